/* What one scalar or one list must hold to: enumerations, patterns, lengths, bounds, uniqueness. */
#include "base/json.h"
#include "stacks/paramtype.h"

#include <stdlib.h>

/* "'x'" for the message, or other words where the value is a secret or too long to show. */
static struct str shown(const struct check *c, const struct value *v)
{
	struct str s = value_text(v);

	if (v->flags & VALUE_SECRET)
		return STR("this secret value");
	if (s.n > 80)
		return STR("this long value");
	return str_fmt(c->errs->arena, "'%.*s'", STR_ARG(s));
}

static void enum_check(struct check *c, const struct schema *s, const struct schema_rules *r, const struct value *v,
		       struct str name)
{
	struct str text = value_text(v), near, *all, owner;
	struct buf list;
	struct err *e;

	for (size_t i = 0; i < r->n_enum; i++) {
		struct str allowed = schema_enum(s, i);

		if (r->enum_nocase ? str_eq_nocase(allowed, text) : str_eq(allowed, text))
			return;
	}
	if (c->quiet) {
		c->wrong++;
		return;
	}
	all = arena_array(c->errs->arena, r->n_enum, sizeof *all);
	buf_init(&list, 1000);
	for (size_t i = 0; i < r->n_enum; i++) {
		all[i] = schema_enum(s, i);
		buf_fmt(&list, "%s%.*s", i ? ", " : "", STR_ARG(all[i]));
	}
	near = v->flags & VALUE_SECRET ? STR_NONE : err_suggest(c->errs->arena, text, all, r->n_enum);
	owner = check_owner(c, name);
	e = check_error(c, v->pos, "%.*s cannot be %.*s%.*s", STR_ARG(owner), STR_ARG(shown(c, v)), STR_ARG(near));
	if (!list.overflow)
		err_help(c->errs, e, r->n_enum == 1 ? "it must be %.*s" : "it is one of %.*s", STR_ARG(buf_get(&list)));
	buf_free(&list);
}

static void text_check(struct check *c, const struct schema_rules *r, const struct value *v, struct str name)
{
	struct str text = value_text(v), owner;
	int64_t n = (int64_t)text_length(text);

	if (r->min_length >= 0 && n < r->min_length) {
		owner = check_owner(c, name);
		if (n)
			check_error(c, v->pos, "%.*s must have at least %lld characters, not %lld", STR_ARG(owner),
				    (long long)r->min_length, (long long)n);
		else
			check_error(c, v->pos, "%.*s must not be empty", STR_ARG(owner));
		return;
	}
	if (r->max_length >= 0 && n > r->max_length) {
		owner = check_owner(c, name);
		check_error(c, v->pos, "%.*s may have at most %lld characters, not %lld", STR_ARG(owner),
			    (long long)r->max_length, (long long)n);
		return;
	}
	if (r->pattern.n && regex_match(r->pattern, text, false) == REGEX_NO) {
		struct err *e;

		owner = check_owner(c, name);
		e = check_error(c, v->pos, "%.*s cannot be %.*s", STR_ARG(owner), STR_ARG(shown(c, v)));
		if (!c->quiet)
			err_help(c->errs, e, "it must match the pattern %.*s", STR_ARG(r->pattern));
	}
}

/* Physical ids: what they begin with, never how long they are. */
static const char *id_prefix(struct str format)
{
	static const struct {
		struct str format;
		const char *prefix;
	} rows[] = {
		{STR_INIT("AWS::EC2::VPC.Id"), "vpc-"}, {STR_INIT("AWS::EC2::Subnet.Id"), "subnet-"},
		{STR_INIT("AWS::EC2::SecurityGroup.Id"), "sg-"}, {STR_INIT("AWS::EC2::Image.Id"), "ami-"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (str_eq(rows[i].format, format))
			return rows[i].prefix;
	return NULL;
}

static void format_check(struct check *c, const struct schema *s, const struct value *v, struct str name)
{
	struct str format = schema_format(s), text = value_text(v), owner;
	bool ipv4 = str_eqc(format, "ipv4-network"), ipv6 = str_eqc(format, "ipv6-network");
	const char *prefix = id_prefix(format);
	struct err *e;

	if ((!prefix || str_starts(text, str_of(prefix))) && (!(ipv4 || ipv6) || cidr_ok(text, ipv6)))
		return;
	owner = check_owner(c, name);
	e = check_error(c, v->pos, "%.*s cannot be %.*s", STR_ARG(owner), STR_ARG(shown(c, v)));
	if (c->quiet)
		return;
	if (prefix)
		err_help(c->errs, e, "it is an id that begins with %s", prefix);
	else
		err_help(c->errs, e, "it is an address block such as %s", ipv6 ? "2001:db8::/56" : "10.0.0.0/16");
}

/* A document that is given as text must be JSON; where in the text it breaks is in the message. */
static void json_check(struct check *c, const struct schema *s, const struct value *v, struct str name)
{
	struct errs inner = {.arena = c->errs->arena};
	struct str owner;

	if (c->quiet || v->kind != V_STRING || (v->flags & VALUE_SECRET) ||
	    !((schema_types(s) & SCHEMA_JSON) || (schema_flags(s) & PROP_JSON) || str_eqc(schema_format(s), "json")))
		return;
	if (json_read(c->errs->arena, value_text(v), 0, &inner) || !inner.n)
		return;
	owner = check_owner(c, name);
	err_help(c->errs, check_error(c, v->pos, "%.*s is not JSON: %.*s", STR_ARG(owner), STR_ARG(inner.items[0].message)),
		 "write it as a map, or as JSON text");
}

static void bound_check(struct check *c, const struct value *v, struct str bound, int wrong, bool exclusive, struct str name)
{
	struct str owner;
	int order;

	if (!bound.n || !number_cmp(value_text(v), bound, &order) || !(order * wrong > 0 || (exclusive && order == 0)))
		return;
	owner = check_owner(c, name);
	check_error(c, v->pos, "%.*s must be %s %.*s, not %.*s", STR_ARG(owner),
		    exclusive ? (wrong < 0 ? "more than" : "less than") : (wrong < 0 ? "at least" : "at most"),
		    STR_ARG(bound), STR_ARG(shown(c, v)));
}

static void multiple_check(struct check *c, const struct schema_rules *r, const struct value *v, struct str name)
{
	int64_t n, step;

	if (r->multiple_of.n && str_int(r->multiple_of, 1, INT64_MAX, &step) && value_as_int(v, &n) && n % step)
		check_error(c, v->pos, "%.*s must be a multiple of %lld, not %lld", STR_ARG(check_owner(c, name)),
			    (long long)step, (long long)n);
}

void check_scalar(struct check *c, const struct schema *s, const struct value *v, struct str name)
{
	struct schema_rules r;

	schema_rules(s, &r);
	if (r.n_enum)
		enum_check(c, s, &r, v, name);
	if (v->kind == V_STRING)
		text_check(c, &r, v, name);
	bound_check(c, v, r.minimum, -1, false, name);
	bound_check(c, v, r.maximum, 1, false, name);
	bound_check(c, v, r.exclusive_minimum, -1, true, name);
	bound_check(c, v, r.exclusive_maximum, 1, true, name);
	multiple_check(c, &r, v, name);
	format_check(c, s, v, name);
	json_check(c, s, v, name);
}

static int by_value(const void *a, const void *b)
{
	return value_compare(*(struct value *const *)a, *(struct value *const *)b);
}

static void unique_check(struct check *c, const struct value *v, struct str name)
{
	size_t n = value_count(v);
	struct value **sorted = arena_array(c->errs->arena, n + 1, sizeof *sorted);

	for (size_t i = 0; i < n; i++)
		sorted[i] = value_at(v, i);
	qsort(sorted, n, sizeof *sorted, by_value);
	for (size_t i = 1; i < n; i++) {
		if (value_has_expr(sorted[i]) || !value_equal(sorted[i - 1], sorted[i]))
			continue;
		check_error(c, sorted[i]->pos, "%.*s has the same item twice", STR_ARG(check_owner(c, name)));
		return;
	}
}

static void tag_keys_check(struct check *c, const struct value *tags)
{
	struct value *seen = value_map(c->errs->arena, tags->pos);

	for (size_t i = 0; i < value_count(tags); i++) {
		const struct value *key = value_getc(value_at(tags, i), "Key");
		const struct member *old = value_is_scalar(key) ? value_member(seen, value_text(key)) : NULL;
		struct err *e;

		if (!value_is_scalar(key))
			continue;
		if (!old) {
			value_set(c->errs->arena, seen, value_text(key), key->pos, value_at(tags, i));
			continue;
		}
		e = check_error(c, key->pos, "the tag '%.*s' is there twice", STR_ARG(value_text(key)));
		e->related = old->pos;
		e->related_note = STR("first given here");
	}
}

void check_list(struct check *c, const struct schema *s, const struct value *v, struct str name)
{
	const struct schema *items = schema_items(s);
	int64_t n = (int64_t)value_count(v);
	struct schema_rules r;

	for (size_t i = 0; i < value_count(v); i++) {
		if (items)
			check_value(c, items, value_at(v, i), name);
		if (i < schema_prefix_count(s))
			check_value(c, schema_prefix(s, i), value_at(v, i), name);
	}
	schema_rules(s, &r);
	if (r.min_items >= 0 && n < r.min_items)
		check_error(c, v->pos, "%.*s needs at least %lld items, not %lld", STR_ARG(check_owner(c, name)),
			    (long long)r.min_items, (long long)n);
	if (r.max_items >= 0 && n > r.max_items)
		check_error(c, v->pos, "%.*s takes at most %lld items, not %lld", STR_ARG(check_owner(c, name)),
			    (long long)r.max_items, (long long)n);
	if (r.unique_items && n > 1)
		unique_check(c, v, name);
	if (!c->quiet && !c->loose && type_tag_style(c->type) == TAGS_LIST && str_eq(name, type_tag_property(c->type)))
		tag_keys_check(c, v);
}
