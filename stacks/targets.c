/* Targets: named places (account and region). Their properties may use parameters, which are known before. */
#include "stacks/stackpriv.h"

#include <string.h>

static const struct str target_keys[] = {
	STR_INIT("Region"), STR_INIT("Profile"), STR_INIT("RoleArn"), STR_INIT("Account"), STR_INIT("Role"),
	STR_INIT("Priority"),
};

void region_parts(struct target *t)
{
	static const struct {
		struct str prefix, partition, suffix;
	} rows[] = {
		{STR_INIT("cn-"), STR_INIT("aws-cn"), STR_INIT("amazonaws.com.cn")},
		{STR_INIT("us-gov-"), STR_INIT("aws-us-gov"), STR_INIT("amazonaws.com")},
		{STR_INIT("us-isob-"), STR_INIT("aws-iso-b"), STR_INIT("sc2s.sgov.gov")},
		{STR_INIT("us-iso-"), STR_INIT("aws-iso"), STR_INIT("c2s.ic.gov")},
		{STR_INIT("eusc-"), STR_INIT("aws-eusc"), STR_INIT("amazonaws.eu")},
	};

	t->partition = STR("aws");
	t->url_suffix = STR("amazonaws.com");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!str_starts(t->region, rows[i].prefix))
			continue;
		t->partition = rows[i].partition;
		t->url_suffix = rows[i].suffix;
		return;
	}
}

static struct str text_of(struct loader *ld, const struct value *map, const char *key)
{
	const struct parse p = {ld->root, 0, PARSE_NO_RESOURCES, "Targets"};
	const struct value *v = value_getc(map, key);
	struct str s = STR_NONE;

	if (v && v->kind != V_NULL)
		expr_text(&p, v, key, &s);
	return s;
}

static void region_check(struct loader *ld, const struct value *map, const struct target *t)
{
	struct pos pos = value_getc(map, "Region") ? value_getc(map, "Region")->pos : t->pos;

	if (t->region.n && regex_match(STR("[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}"), t->region, true) != REGEX_YES)
		err_help(ld->errs, err_at(ld->errs, pos, "'%.*s' is not a region's name", STR_ARG(t->region)),
			 "it looks like us-west-2");
}

static void role_check(struct loader *ld, const struct value *map, const struct target *t)
{
	static const struct str roles[] = {STR_INIT("primary"), STR_INIT("recovery")};
	struct str near;

	if (!t->role.n || str_eq(t->role, roles[0]) || str_eq(t->role, roles[1]))
		return;
	near = err_suggest(ld->arena, t->role, roles, 2);
	err_help(ld->errs, err_at(ld->errs, value_getc(map, "Role")->pos, "Role cannot be '%.*s'%.*s", STR_ARG(t->role),
				  STR_ARG(near)),
		 "it is primary or recovery");
}

static void target_read(struct loader *ld, struct target *t, const struct value *map)
{
	struct str priority;

	if (!KEYS_CHECK(ld->errs, map, target_keys, "a target"))
		return;
	t->region = text_of(ld, map, "Region");
	t->profile = text_of(ld, map, "Profile");
	t->role_arn = text_of(ld, map, "RoleArn");
	t->account = text_of(ld, map, "Account");
	t->role = text_of(ld, map, "Role");
	priority = text_of(ld, map, "Priority");
	region_check(ld, map, t);
	role_check(ld, map, t);
	if (t->account.n && regex_match(STR("[0-9]{12}"), t->account, true) != REGEX_YES)
		err_at(ld->errs, value_getc(map, "Account")->pos, "an account id has 12 digits, not '%.*s'",
		       STR_ARG(t->account));
	if (priority.n && !str_int(priority, 0, 1000, &t->priority))
		err_at(ld->errs, value_getc(map, "Priority")->pos,
		       "Priority must be a number from 0 to 1000, not '%.*s'", STR_ARG(priority));
}

static void target_add(struct loader *ld, size_t *cap, const struct member *m)
{
	struct stack *s = ld->stack;
	struct target *t;

	for (size_t i = 0; i < s->n_targets; i++) {
		if (str_eq(s->targets[i].name, m->key)) {
			twice_error(ld->errs, m->key, m->pos, s->targets[i].pos);
			return;
		}
	}
	s->targets = arena_grow(ld->arena, s->targets, cap, s->n_targets + 1, sizeof *s->targets);
	t = &s->targets[s->n_targets++];
	*t = (struct target){.name = m->key, .pos = m->pos};
	if (regex_match(STR("[A-Za-z][A-Za-z0-9_-]*"), m->key, true) != REGEX_YES)
		err_at(ld->errs, m->pos, "a target's name has letters, digits, '-' and '_' only");
	if (m->value->kind == V_MAP)
		target_read(ld, t, m->value);
	else if (m->value->kind != V_NULL)
		err_at(ld->errs, m->value->pos, "a target is a map with Region and more, not %s", kind_name(m->value));
}

/* Targets are few (one per account and region), so names are compared one by one. */
void targets_read(struct loader *ld)
{
	struct stack *s = ld->stack;
	size_t cap = 0;

	for (size_t d = 0; d < ld->root->n_docs; d++) {
		const struct value *map = ld->root->docs[d]->section[SEC_TARGETS];

		for (uint32_t i = 0; map && i < map->map.n && s->n_targets < 200; i++)
			target_add(ld, &cap, &map->map.items[i]);
	}
	if (!s->n_targets) {
		s->targets = arena_grow(ld->arena, NULL, &cap, 1, sizeof *s->targets);
		s->targets[s->n_targets++] = (struct target){.name = STR("default")};
	}
	for (size_t i = 0; i < s->n_targets; i++) {
		if (!s->targets[i].region.n)
			s->targets[i].region = ld->opt->default_region;
		region_parts(&s->targets[i]);
	}
	ld->targets_known = true;
}

bool target_named(struct loader *ld, struct str name, struct pos pos, uint32_t *out)
{
	const struct stack *s = ld->stack;
	struct str *names = arena_array(ld->arena, s->n_targets + 1, sizeof *names), near;

	for (size_t i = 0; i < s->n_targets; i++) {
		if (str_eq(s->targets[i].name, name)) {
			*out = (uint32_t)i;
			return true;
		}
		names[i] = s->targets[i].name;
	}
	near = err_suggest(ld->arena, name, names, s->n_targets);
	err_help(ld->errs, err_at(ld->errs, pos, "there is no target '%.*s'%.*s", STR_ARG(name), STR_ARG(near)),
		 "targets are named under Targets at the top of the stack");
	return false;
}
