/* Properties against the schema of their type: unknown, missing, wrong kind, read-only. schema_rules.c has the rules
 * among properties and alternatives, schema_scalar.c what a single value or list must hold to. Unknown values pass. */
#include "stacks/stackpriv.h"

#include "base/decimal.h"
#include "stacks/paramtype.h"

#define CHECK_DEPTH 64
#define PROPERTIES_SHOWN 12

struct err *check_error(struct check *c, struct pos pos, const char *fmt, ...)
{
	static struct err unused;
	struct err *e;
	va_list ap;

	c->wrong++;
	if (c->quiet) {
		unused = (struct err){0};
		return &unused;
	}
	va_start(ap, fmt);
	e = err_at(c->errs, pos, "%s", str_vfmt(c->errs->arena, fmt, ap).p);
	va_end(ap);
	e->address = c->address;
	return e;
}

struct str check_owner(const struct check *c, struct str name)
{
	struct str type = type_name(c->type);

	return name.n ? str_fmt(c->errs->arena, "'%.*s' of %.*s", STR_ARG(name), STR_ARG(type)) : type;
}

/* --- kinds ------------------------------------------------------------------------------------------------------- */

static bool kind_fits(unsigned types, const struct value *v)
{
	struct decimal d;
	int64_t n;
	bool b;

	switch (v->kind) {
	case V_MAP:
		return types & SCHEMA_OBJECT;
	case V_LIST:
		return types & SCHEMA_ARRAY;
	case V_BOOL:
		return types & (SCHEMA_BOOLEAN | SCHEMA_STRING);
	case V_NUMBER:
	case V_STRING:
		if ((types & SCHEMA_STRING) ||
		    ((types & SCHEMA_BOOLEAN) && v->kind == V_STRING && value_as_bool(v, &b)))
			return true;
		if (!number_ok(value_text(v)))
			return false;
		return (types & SCHEMA_NUMBER) || ((types & SCHEMA_INTEGER) && decimal_parse(value_text(v), &d) &&
						   decimal_int(&d, 0, false, &n));
	default:
		return false;
	}
}

static struct str types_text(struct arena *a, unsigned types)
{
	static const struct {
		unsigned bit;
		const char *text;
	} rows[] = {
		{SCHEMA_OBJECT, "a map"}, {SCHEMA_ARRAY, "a list"}, {SCHEMA_STRING, "a text"},
		{SCHEMA_INTEGER, "a whole number"}, {SCHEMA_NUMBER, "a number"}, {SCHEMA_BOOLEAN, "true or false"},
	};
	struct buf b;

	buf_init(&b, 256);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (types & rows[i].bit)
			buf_fmt(&b, "%s%s", b.n ? " or " : "", rows[i].text);
	return buf_take(&b, a);
}

static void kind_error(struct check *c, unsigned types, const struct value *v, struct str name)
{
	struct str want = types_text(c->errs->arena, types);
	struct str owner = check_owner(c, name);
	struct err *e;

	if (value_is_scalar(v) && !(v->flags & VALUE_SECRET) && value_text(v).n < 60)
		e = check_error(c, v->pos, "%.*s must be %.*s, not '%.*s'", STR_ARG(owner), STR_ARG(want),
				STR_ARG(value_text(v)));
	else
		e = check_error(c, v->pos, "%.*s must be %.*s, not %s", STR_ARG(owner), STR_ARG(want), kind_name(v));
	if (v->kind == V_NULL && !c->quiet)
		err_help(c->errs, e, "remove the key, or use !Ref AWS::NoValue");
	else if ((types & SCHEMA_ARRAY) && str_eq(name, type_tag_property(c->type)) && !c->quiet)
		err_help(c->errs, e, "write [{Key: Name, Value: web}]; Defaults.Tags takes a map");
	else if ((types & SCHEMA_ARRAY) && value_is_scalar(v) && !c->quiet)
		err_help(c->errs, e, "%.*s takes a list: [%.*s]", STR_ARG(name),
			 STR_ARG(v->flags & VALUE_SECRET ? STR("...") : value_text(v)));
}

/* --- objects ------------------------------------------------------------------------------------------------------ */

static struct str names_text(struct arena *a, const struct str *names, size_t n)
{
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; i < n; i++)
		buf_fmt(&b, "%s%.*s", !i ? "" : i + 1 == n ? " and " : ", ", STR_ARG(names[i]));
	return buf_take(&b, a);
}

static void unknown_property(struct check *c, const struct schema *s, const struct member *m, struct str name)
{
	struct arena *a = c->errs->arena;
	size_t n = schema_prop_count(s), usable = 0;
	struct str *names, near, owner;
	struct err *e;

	if (c->quiet) {
		c->wrong++;
		return;
	}
	names = arena_array(a, n + 1, sizeof *names);
	for (size_t i = 0; i < n; i++)
		if (!(schema_flags(schema_prop_nth(s, i)) & PROP_READ_ONLY))
			names[usable++] = schema_prop_name(s, i);
	near = err_suggest(a, m->key, names, usable);
	for (size_t i = 0; i < usable; i++)
		if (near.n && str_find(near, str_fmt(a, "'%.*s'", STR_ARG(names[i])), 0) >= 0)
			c->meant = names[i];
	owner = check_owner(c, name);
	e = check_error(c, m->pos, "%.*s has no property '%.*s'%.*s", STR_ARG(owner), STR_ARG(m->key), STR_ARG(near));
	if (!near.n && usable > PROPERTIES_SHOWN)
		err_help(c->errs, e, "'drplan schema %.*s' lists what it has", STR_ARG(type_name(c->type)));
	else if (!near.n && usable)
		err_help(c->errs, e, "it has %.*s", STR_ARG(names_text(a, names, usable)));
}

static void member_check(struct check *c, const struct schema *s, const struct member *m, struct str name)
{
	const struct schema *prop = schema_prop(s, m->key);
	unsigned flags = schema_flags(prop);
	struct err *e;

	if (!prop) {
		if (schema_items(s))
			check_value(c, schema_items(s), m->value, m->key);
		else if (!schema_open(s) && !c->loose)
			unknown_property(c, s, m, name);
		return;
	}
	if ((flags & PROP_READ_ONLY) && !c->loose) {
		e = check_error(c, m->pos, "'%.*s' is set by AWS and cannot be written", STR_ARG(m->key));
		if (!c->quiet)
			err_help(c->errs, e, "read it with !GetAtt from another resource");
		return;
	}
	if ((flags & PROP_UNSUPPORTED) && !c->loose) {
		struct str owner = check_owner(c, name);

		check_error(c, m->pos, "the property '%.*s' of %.*s is not supported yet", STR_ARG(m->key),
			    STR_ARG(owner));
		return;
	}
	check_value(c, prop, m->value, m->key);
}

static void required_check(struct check *c, const struct schema *s, const struct value *v, struct str name)
{
	for (size_t i = 0; i < schema_prop_count(s); i++) {
		struct str key = schema_prop_name(s, i), owner;

		if (!(schema_flags(schema_prop_nth(s, i)) & PROP_REQUIRED) || value_get(v, key) ||
		    str_eq(key, c->meant))
			continue;
		if (c->quiet) {
			c->wrong++;
			continue;
		}
		owner = check_owner(c, name);
		check_error(c, name.n ? v->pos : c->pos, "%.*s needs the property '%.*s'", STR_ARG(owner),
			    STR_ARG(key));
	}
}

static void object_check(struct check *c, const struct schema *s, const struct value *v, struct str name)
{
	const struct schema *keys = schema_names(s);
	struct schema_rules rules;

	for (uint32_t i = 0; i < v->map.n; i++) {
		struct str meant = c->meant;

		member_check(c, s, &v->map.items[i], name);
		if (schema_prop(s, v->map.items[i].key))
			c->meant = meant;	/* what was meant further down is no business of this object */
		if (keys) {
			struct value *key = value_string(c->errs->arena, v->map.items[i].pos, v->map.items[i].key);

			check_value(c, keys, key, v->map.items[i].key);
		}
	}
	required_check(c, s, v, name);
	schema_rules(s, &rules);
	if (rules.min_items >= 0 && (int64_t)v->map.n < rules.min_items)
		check_error(c, v->pos, "%.*s needs at least %lld entries", STR_ARG(check_owner(c, name)),
			    (long long)rules.min_items);
	if (rules.max_items >= 0 && (int64_t)v->map.n > rules.max_items)
		check_error(c, v->pos, "%.*s takes at most %lld entries", STR_ARG(check_owner(c, name)),
			    (long long)rules.max_items);
}

/* Would the node have something to say about a value that is not known? */
static bool node_is_choosy(const struct schema *s)
{
	struct schema_rules rules;
	struct schema_condition cond;
	bool one;

	schema_rules(s, &rules);
	return rules.n_enum || rules.pattern.n || rules.minimum.n || rules.maximum.n || rules.min_length > 0 ||
	       rules.max_length >= 0 || rules.min_items > 0 || schema_prop_count(s) || schema_variants(s, &one) ||
	       schema_not(s) || schema_all_count(s) || schema_condition(s, &cond);
}

void check_value(struct check *c, const struct schema *s, const struct value *v, struct str name)
{
	unsigned types = schema_types(s);

	if (!s || c->depth >= CHECK_DEPTH)
		return;
	if (types & SCHEMA_NEVER) {
		check_error(c, v->pos, "%.*s must not be set here", STR_ARG(check_owner(c, name)));
		return;
	}
	if (v->kind == V_EXPR) {
		c->unknown += node_is_choosy(s);
		return;
	}
	if (((types & SCHEMA_JSON) || (schema_flags(s) & PROP_JSON)) && (v->kind == V_MAP || v->kind == V_LIST))
		return;
	if (types && !(types & SCHEMA_JSON && v->kind == V_STRING) && !kind_fits(types, v)) {
		kind_error(c, types & SCHEMA_JSON ? types | SCHEMA_OBJECT : types, v, name);
		return;
	}
	c->depth++;
	c->meant = STR_NONE;
	if (v->kind == V_MAP)
		object_check(c, s, v, name);
	else if (v->kind == V_LIST)
		check_list(c, s, v, name);
	else if (v->kind != V_NULL)
		check_scalar(c, s, v, name);
	check_rules(c, s, v, name);
	c->depth--;
}

bool schema_check_at(const struct type *t, const struct value *props, struct str address, struct pos pos,
		     struct errs *errs)
{
	struct check c = {.errs = errs, .type = t, .address = address, .pos = pos};
	size_t before = errs->errors;

	check_value(&c, type_schema(t), package_hidden(errs->arena, t, props), STR_NONE);
	return errs->errors == before;
}

bool schema_check(const struct type *t, const struct value *props, struct str address, struct errs *errs)
{
	return schema_check_at(t, props, address, props->pos, errs);
}
