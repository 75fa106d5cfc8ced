/* Rules among properties: groups (one of, exactly one of, together, not together), alternatives, conditions. A rule that
 * looks at something unknown holds its judgement: struct check counts what is wrong and what is open. */
#include "stacks/stackpriv.h"

enum fit { FIT_NO, FIT_MAYBE, FIT_YES };

static enum fit fits(const struct check *c, const struct schema *s, const struct value *v, struct str name,
		     size_t *wrong)
{
	struct check q = *c;

	q.quiet = q.loose = true;
	q.wrong = q.unknown = 0;
	check_value(&q, s, v, name);
	*wrong = q.wrong;
	return q.wrong ? FIT_NO : q.unknown ? FIT_MAYBE : FIT_YES;
}

static struct str group_text(struct arena *a, const struct schema *s, enum schema_group kind, size_t i, size_t from)
{
	size_t n = schema_group_size(s, kind, i);
	struct buf b;

	buf_init(&b, 4096);
	for (size_t k = from; k < n; k++) {
		const char *before = k == from ? "" : k + 1 == n ? " or " : ", ";

		buf_fmt(&b, "%s'%.*s'", before, STR_ARG(schema_group_name(s, kind, i, k)));
	}
	return buf_take(&b, a);
}

/* How many of a group are there; first and second are the first two. */
static size_t group_set(const struct schema *s, enum schema_group kind, size_t i, const struct value *v,
			const struct member **first, const struct member **second)
{
	size_t n = 0;

	for (size_t k = 0; k < schema_group_size(s, kind, i); k++) {
		const struct member *m = value_member(v, schema_group_name(s, kind, i, k));

		if (m && n == 0)
			*first = m;
		else if (m && n == 1)
			*second = m;
		n += m != NULL;
	}
	return n;
}

static void one_of_check(struct check *c, const struct schema *s, enum schema_group kind, size_t i,
			 const struct value *v, struct str name)
{
	const struct member *first = NULL, *second = NULL;
	size_t n = group_set(s, kind, i, v, &first, &second);
	struct pos pos = name.n ? v->pos : c->pos;
	struct err *e;

	if (n == 1 || (n > 1 && kind == GROUP_REQUIRED_OR))
		return;
	for (size_t k = 0; n == 0 && k < schema_group_size(s, kind, i); k++)
		if (str_eq(schema_group_name(s, kind, i, k), c->meant))
			return;
	if (c->quiet) {
		c->wrong++;
		return;
	}
	if (n == 0) {
		check_error(c, pos, "%.*s needs %s of %.*s", STR_ARG(check_owner(c, name)),
			    kind == GROUP_REQUIRED_OR ? "at least one" : "exactly one",
			    STR_ARG(group_text(c->errs->arena, s, kind, i, 0)));
		return;
	}
	e = check_error(c, second->pos, "'%.*s' and '%.*s' exclude each other", STR_ARG(first->key),
			STR_ARG(second->key));
	e->related = first->pos;
	e->related_note = STR("the other is here");
	err_help(c->errs, e, "exactly one of %.*s is allowed", STR_ARG(group_text(c->errs->arena, s, kind, i, 0)));
}

/* Does a rule of the same kind say the same from the other side? Then the one whose lead stands first speaks. */
static bool told_by_other(const struct schema *s, const struct member *lead, const struct member *m)
{
	bool first = lead->pos.line < m->pos.line || (lead->pos.line == m->pos.line && lead->pos.col < m->pos.col);

	for (size_t i = 0; !first && i < schema_group_count(s, GROUP_DEPENDENT_EXCLUDED); i++) {
		if (!str_eq(schema_group_name(s, GROUP_DEPENDENT_EXCLUDED, i, 0), m->key))
			continue;
		for (size_t k = 1; k < schema_group_size(s, GROUP_DEPENDENT_EXCLUDED, i); k++)
			if (str_eq(schema_group_name(s, GROUP_DEPENDENT_EXCLUDED, i, k), lead->key))
				return true;
	}
	return false;
}

static void together_check(struct check *c, const struct schema *s, enum schema_group kind, size_t i,
			   const struct value *v)
{
	const struct member *lead = value_member(v, schema_group_name(s, kind, i, 0));
	struct err *e;

	for (size_t k = 1; lead && k < schema_group_size(s, kind, i); k++) {
		struct str other = schema_group_name(s, kind, i, k);
		const struct member *m = value_member(v, other);

		if (kind == GROUP_DEPENDENT_REQUIRED && !m) {
			check_error(c, lead->pos, "'%.*s' needs '%.*s' beside it", STR_ARG(lead->key), STR_ARG(other));
		} else if (kind == GROUP_DEPENDENT_EXCLUDED && m && !told_by_other(s, lead, m)) {
			e = check_error(c, m->pos, "'%.*s' and '%.*s' exclude each other", STR_ARG(lead->key),
					STR_ARG(other));
			e->related = lead->pos;
			e->related_note = STR("the other is here");
			return;
		}
	}
}

/* Elements of a list that agree in all properties of the group. The keys are gathered in a map: no pairs are compared. */
static void unique_keys_check(struct check *c, const struct schema *s, size_t i, const struct value *v, struct str name)
{
	struct arena *a = c->errs->arena;
	struct value *seen = value_map(a, v->pos);

	for (size_t n = 0; n < value_count(v); n++) {
		const struct value *item = value_at(v, n);
		bool whole = true;
		struct buf b;
		struct str key;

		buf_init(&b, 1u << 20);
		for (size_t k = 0; k < schema_group_size(s, GROUP_UNIQUE_KEYS, i); k++) {
			const struct value *p = value_get(item, schema_group_name(s, GROUP_UNIQUE_KEYS, i, k));

			whole &= p && value_is_scalar(p);
			buf_fmt(&b, "%zu:", p ? value_text(p).n : 0);
			buf_str(&b, value_text(p));
		}
		key = buf_take(&b, a);
		if (whole && value_get(seen, key)) {
			struct err *e = check_error(c, item->pos, "%.*s has two items with the same %.*s",
						    STR_ARG(check_owner(c, name)),
						    STR_ARG(group_text(a, s, GROUP_UNIQUE_KEYS, i, 0)));

			e->related = value_get(seen, key)->pos;
			e->related_note = STR("the first is here");
		} else if (whole) {
			value_set(a, seen, key, item->pos, (struct value *)item);
		}
	}
}

static void groups_check(struct check *c, const struct schema *s, const struct value *v, struct str name)
{
	for (int kind = 0; kind < GROUP_COUNT; kind++) {
		enum schema_group k = (enum schema_group)kind;

		for (size_t i = 0; i < schema_group_count(s, k); i++) {
			if (k == GROUP_UNIQUE_KEYS) {
				if (v->kind == V_LIST)
					unique_keys_check(c, s, i, v, name);
			} else if (v->kind != V_MAP) {
				continue;
			} else if (k == GROUP_REQUIRED_OR || k == GROUP_REQUIRED_XOR) {
				one_of_check(c, s, k, i, v, name);
			} else {
				together_check(c, s, k, i, v);
			}
		}
	}
}

/* A rule was broken: in its own words, else by what the sub-schema complains about. */
static void rule_broken(struct check *c, const struct schema *s, const struct schema *rule, const struct value *v,
			struct str name)
{
	struct str note = schema_note(rule).n ? schema_note(rule) : schema_note(s);
	bool loose = c->loose;
	size_t before = c->wrong;

	if (c->quiet) {
		c->wrong++;
		return;
	}
	c->loose = true;
	check_value(c, rule, v, name);
	c->loose = loose;
	if (c->wrong == before)
		check_error(c, name.n ? v->pos : c->pos, "%.*s does not fit its rules", STR_ARG(check_owner(c, name)));
	if (note.n && c->errs->n)
		err_help(c->errs, &c->errs->items[c->errs->n - 1], "%.*s", STR_ARG(note));
}

static void variants_check(struct check *c, const struct schema *s, const struct value *v, struct str name)
{
	const struct schema *best = NULL;
	size_t n, yes = 0, maybe = 0, least = SIZE_MAX;
	bool exactly_one = false;

	n = schema_variants(s, &exactly_one);
	for (size_t i = 0; i < n; i++) {
		size_t wrong;
		enum fit fit = fits(c, schema_variant(s, i), v, name, &wrong);

		yes += fit == FIT_YES;
		maybe += fit == FIT_MAYBE;
		if (wrong < least) {
			least = wrong;
			best = schema_variant(s, i);
		}
	}
	if (n && !yes && !maybe)
		rule_broken(c, s, best, v, name);
	else if (exactly_one && yes > 1)
		check_error(c, name.n ? v->pos : c->pos,
			    "%.*s fits more than one of its forms, and only one is allowed",
			    STR_ARG(check_owner(c, name)));
	if (n && !yes && maybe)
		c->unknown++;
}

static void not_check(struct check *c, const struct schema *s, const struct value *v, struct str name)
{
	const struct schema *rule = schema_not(s);
	struct str note;
	struct err *e;
	enum fit fit;
	size_t wrong;

	if (!rule)
		return;
	fit = fits(c, rule, v, name, &wrong);
	c->unknown += fit == FIT_MAYBE;
	if (fit != FIT_YES)
		return;
	note = schema_note(rule).n ? schema_note(rule) : schema_note(s);
	e = check_error(c, name.n ? v->pos : c->pos, "%.*s has a combination of values that is not allowed",
			STR_ARG(check_owner(c, name)));
	if (note.n && !c->quiet)
		err_help(c->errs, e, "%.*s", STR_ARG(note));
}

static void condition_check(struct check *c, const struct schema *s, const struct value *v, struct str name)
{
	struct schema_condition cond;
	const struct schema *rule;
	enum fit fit;
	size_t wrong;

	if (!schema_condition(s, &cond))
		return;
	fit = fits(c, cond.test, v, name, &wrong);
	c->unknown += fit == FIT_MAYBE;
	rule = fit == FIT_YES ? cond.then : fit == FIT_NO ? cond.otherwise : NULL;
	if (rule && fits(c, rule, v, name, &wrong) == FIT_NO)
		rule_broken(c, s, rule, v, name);
}

void check_rules(struct check *c, const struct schema *s, const struct value *v, struct str name)
{
	groups_check(c, s, v, name);
	for (size_t i = 0; i < schema_all_count(s); i++) {
		size_t wrong;

		if (fits(c, schema_all(s, i), v, name, &wrong) == FIT_NO)
			rule_broken(c, s, schema_all(s, i), v, name);
	}
	variants_check(c, s, v, name);
	not_check(c, s, v, name);
	condition_check(c, s, v, name);
}
