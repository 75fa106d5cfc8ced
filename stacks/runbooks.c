/* Runbooks, gates and objectives, checked by shape: one-key maps with known keys, durations, names of resources and
 * targets that exist. Steps are steps.c's; what verbs and checks do is the planner's business. */
#include "stacks/runbooks.h"
#include "stacks/shapes.h"

static const struct str runbook_keys[] = {
	STR_INIT("Description"), STR_INIT("From"), STR_INIT("To"), STR_INIT("Preflight"), STR_INIT("Steps"),
	STR_INIT("Always"), STR_INIT("Schedule"),
};
static struct parse runbook_parse(struct loader *ld)
{
	return (struct parse){ld->root, ld->root->target, PARSE_RUNBOOK, "Runbooks"};
}

void duration_check(struct loader *ld, const struct value *v, const char *key)
{
	int64_t ms;

	if (!v || v->kind == V_EXPR || (value_is_scalar(v) && str_duration(value_text(v), &ms)))
		return;
	err_help(ld->errs, err_at(ld->errs, v->pos, "%s must be a duration", key), "such as 30s, 15m, 24h or 7d");
}

void word_check(struct loader *ld, const struct value *v, const char *key, const struct str *words, size_t n)
{
	struct str near;

	if (!v || v->kind == V_EXPR)
		return;
	for (size_t i = 0; i < n; i++)
		if (str_eq(value_text(v), words[i]))
			return;
	near = err_suggest(ld->arena, value_text(v), words, n);
	err_at(ld->errs, v->pos, "%s cannot be '%.*s'%.*s", key, STR_ARG(value_text(v)), STR_ARG(near));
}

void target_check(struct loader *ld, const struct value *v)
{
	uint32_t unused;

	if (v && value_is_scalar(v))
		target_named(ld, value_text(v), v->pos, &unused);
}

/* Logical ids inside verbs: a text or a list of texts. */
static void names_check(struct loader *ld, const struct value *v)
{
	const struct name *n;

	for (size_t i = 0; v && v->kind == V_LIST && i < value_count(v); i++)
		names_check(ld, value_at(v, i));
	if (!v || v->kind != V_STRING || !v->text.n || ld->root->broken)
		return;
	n = name_get(&ld->root->names, v->text);
	if (!n || n->kind == NAME_PARAMETER) {
		struct str near = name_suggest(ld->root, v->text);

		err_help(ld->errs,
			 err_at(ld->errs, v->pos, "there is no resource or lookup '%.*s'%.*s", STR_ARG(v->text),
				STR_ARG(near)),
			 "resources are named by their logical ids here");
	}
}

void unknown_shape(struct loader *ld, const struct member *m, const char *what, const struct shape *shapes,
			  size_t n)
{
	struct str *names = arena_array(ld->arena, n + 1, sizeof *names), near;

	for (size_t i = 0; i < n; i++)
		names[i] = shapes[i].name;
	near = err_suggest(ld->arena, m->key, names, n);
	err_at(ld->errs, m->pos, "there is no %s '%.*s'%.*s", what, STR_ARG(m->key), STR_ARG(near));
}

void shape_keys_check(struct loader *ld, const struct shape *shape, const struct member *m)
{
	struct str keys[24], rest = str_of(shape->keys), key;
	const struct value *v = m->value;
	size_t n = 0;
	bool required;

	if (v->kind != V_MAP) {
		err_at(ld->errs, v->pos, "%.*s takes a map, not %s", STR_ARG(m->key), kind_name(v));
		return;
	}
	while (n < sizeof keys / sizeof *keys && shape_next(&rest, &key, &required)) {
		keys[n++] = key;
		if (required && !value_get(v, key))
			err_at(ld->errs, m->pos, "%.*s needs '%.*s'", STR_ARG(m->key), STR_ARG(key));
	}
	keys_check(ld->errs, v, keys, n, str_dup(ld->arena, m->key).p);
	duration_check(ld, value_getc(v, "Within"), "Within");
	duration_check(ld, value_getc(v, "Ttl"), "Ttl");
	target_check(ld, value_getc(v, "Target"));
	for (uint32_t i = 0; i < v->map.n; i++)
		if (shape_names(shape, v->map.items[i].key) == NAMES_RESOURCES)
			names_check(ld, v->map.items[i].value);
}

void check_check(struct loader *ld, const struct value *v)
{
	const struct shape *shape;

	if (v->kind != V_MAP || v->map.n != 1) {
		err_help(ld->errs, err_at(ld->errs, v->pos, "a check is a map with one key"),
			 "such as - Http: {Url: ...}");
		return;
	}
	shape = shape_find(check_shapes, n_check_shapes, v->map.items[0].key);
	if (!shape)
		unknown_shape(ld, &v->map.items[0], "check", check_shapes, n_check_shapes);
	else if (shape->keys[0])
		shape_keys_check(ld, shape, &v->map.items[0]);
}

void gate_check(struct loader *ld, const struct value *checks)
{
	if (!checks)
		return;
	if (checks->kind != V_LIST)
		err_help(ld->errs, err_at(ld->errs, checks->pos, "checks are a list, not %s", kind_name(checks)),
			 "write '- Exists: {Of: Vpc}'");
	for (size_t i = 0; checks->kind == V_LIST && i < value_count(checks); i++)
		check_check(ld, value_at(checks, i));
}

static void runbook_check(struct loader *ld, const struct member *m)
{
	const struct value *rb = m->value;
	struct step_names names = {.runbook = m->key, .names = value_map(ld->arena, m->pos)};

	if (!KEYS_CHECK(ld->errs, rb, runbook_keys, "a runbook") && rb->kind != V_MAP)
		return;
	target_check(ld, value_getc(rb, "From"));
	target_check(ld, value_getc(rb, "To"));
	gate_check(ld, value_getc(rb, "Preflight"));
	steps_check(ld, value_getc(rb, "Steps"), m->pos, &names);
	if (value_getc(rb, "Always"))
		steps_check(ld, value_getc(rb, "Always"), m->pos, &names);
}

void runbooks_read(struct loader *ld)
{
	const struct parse p = runbook_parse(ld);
	struct value *all = value_map(ld->arena, (struct pos){0});

	for (size_t d = 0; d < ld->root->n_docs; d++) {
		const struct value *map = ld->root->docs[d]->section[SEC_RUNBOOKS];

		for (uint32_t i = 0; map && i < map->map.n; i++) {
			const struct member *m = &map->map.items[i], *old = value_member(all, m->key);

			if (old)
				twice_error(ld->errs, m->key, m->pos, old->pos);
			else
				value_set(ld->arena, all, m->key, m->pos, expr_eval(&p, m->value));
			if (!old)
				templates_read(ld, ld->root->docs[d], value_get(all, m->key));
		}
	}
	for (uint32_t i = 0; i < all->map.n; i++)
		runbook_check(ld, &all->map.items[i]);
	for (uint32_t i = 0; i < all->map.n; i++)
		restores_check(ld, all, value_getc(all->map.items[i].value, "Steps"));
	if (all->map.n)
		ld->stack->runbooks = all;
	for (size_t i = 0; i < ld->stack->n_phases; i++) {
		struct phase *ph = &ld->stack->phases[i];

		if (ph->gate)
			ph->gate = expr_eval(&p, ph->gate);
		gate_check(ld, ph->gate);
	}
}

void objectives_read(struct loader *ld)
{
	static const struct str keys[] = {STR_INIT("RTO"), STR_INIT("RPO")};
	const struct parse p = {ld->root, ld->root->target, PARSE_NO_RESOURCES, "Objectives"};
	const struct value *v = value_getc(ld->root->docs[0]->root, "Objectives");

	if (!v)
		return;
	v = expr_eval(&p, v);
	if (!KEYS_CHECK(ld->errs, v, keys, "Objectives"))
		return;
	duration_check(ld, value_getc(v, "RTO"), "RTO");
	duration_check(ld, value_getc(v, "RPO"), "RPO");
	ld->stack->objectives = v;
}
