/* Properties against their schema, as the service itself would: every value becomes what the schema says it is
 * (texts of numbers and booleans are converted), or the call is refused. stacks/ has told the user about all of
 * this before; here it catches what drplan itself would send wrongly.
 */
#include "providers/sim/inner.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/utf8.h"

struct check {
	struct call *call;
	struct buf path;
	bool quiet; /* trying alternatives: the refusal is not kept */
};

static struct value *check_node(struct check *k, const struct schema *s, const struct value *v);

static struct value *wrong(struct check *k, const char *code, const char *what)
{
	if (!k->quiet)
		call_refuse(k->call, str_of(code), "%.*s: %s", STR_ARG(buf_get(&k->path)), what);
	return NULL;
}

static bool decimal_bound(struct str limit, const struct decimal *d, int *order)
{
	struct decimal bound;

	if (!limit.n || !decimal_parse(limit, &bound))
		return false;
	*order = decimal_cmp(d, &bound);
	return true;
}

static bool number_fits(const struct schema_rules *r, struct str text)
{
	struct decimal d;
	int order;

	if (!decimal_parse(text, &d))
		return false;
	return !(decimal_bound(r->minimum, &d, &order) && order < 0) &&
	       !(decimal_bound(r->maximum, &d, &order) && order > 0) &&
	       !(decimal_bound(r->exclusive_minimum, &d, &order) && order <= 0) &&
	       !(decimal_bound(r->exclusive_maximum, &d, &order) && order >= 0);
}

static bool enum_fits(const struct schema *s, const struct schema_rules *r, struct str text)
{
	for (size_t i = 0; i < r->n_enum; i++) {
		struct str want = schema_enum(s, i);
		if (r->enum_nocase ? str_eq_nocase(want, text) : str_eq(want, text))
			return true;
	}
	return r->n_enum == 0;
}

static int64_t characters(struct str s)
{
	int64_t n = 0;

	for (size_t at = 0, len; at < s.n; at += len, n++)
		utf8_decode(s.p + at, s.n - at, &len);
	return n;
}

static struct value *check_text(struct check *k, const struct schema *s, const struct value *v)
{
	struct schema_rules r;
	struct str text = value_text(v);
	int64_t n = characters(text);

	schema_rules(s, &r);
	if (!enum_fits(s, &r, text))
		return wrong(k, "InvalidParameterValue", "not one of the values that are allowed");
	if ((r.min_length >= 0 && n < r.min_length) || (r.max_length >= 0 && n > r.max_length))
		return wrong(k, "InvalidParameterValue", "too short or too long");
	return value_string(k->call->a, v->pos, text);
}

static struct value *check_number(struct check *k, const struct schema *s, const struct value *v, unsigned types)
{
	struct schema_rules r;
	int64_t whole;

	schema_rules(s, &r);
	if (!(types & SCHEMA_NUMBER) && !value_as_int(v, &whole))
		return wrong(k, "InvalidParameterValue", "not a whole number");
	if (!number_fits(&r, value_text(v)) || !enum_fits(s, &r, value_text(v)))
		return wrong(k, "InvalidParameterValue", "not a number within its bounds");
	return value_number(k->call->a, v->pos, value_text(v));
}

/* Text first where the schema allows it; otherwise the type that the text can be read as. */
static struct value *check_scalar(struct check *k, const struct schema *s, const struct value *v)
{
	unsigned types = schema_types(s);
	struct decimal d;
	bool b;

	if ((types & SCHEMA_BOOLEAN) && (v->kind == V_BOOL || !(types & SCHEMA_STRING)) && value_as_bool(v, &b))
		return value_bool(k->call->a, v->pos, b);
	if ((types & (SCHEMA_INTEGER | SCHEMA_NUMBER)) && (v->kind == V_NUMBER || !(types & SCHEMA_STRING)) &&
	    decimal_parse(value_text(v), &d))
		return check_number(k, s, v, types);
	if (types & SCHEMA_STRING)
		return check_text(k, s, v);
	return wrong(k, "InvalidParameterValue", "a value of the wrong type");
}

static struct value *check_list(struct check *k, const struct schema *s, const struct value *v)
{
	struct value *out = value_list(k->call->a, v->pos);
	struct schema_rules r;
	size_t mark = k->path.n;

	schema_rules(s, &r);
	if ((r.min_items >= 0 && (int64_t)v->list.n < r.min_items) ||
	    (r.max_items >= 0 && (int64_t)v->list.n > r.max_items))
		return wrong(k, "InvalidParameterValue", "too few or too many items");
	for (uint32_t i = 0; i < v->list.n; i++) {
		struct value *item;

		path_index(&k->path, i);
		item = check_node(k, schema_items(s), v->list.items[i]);
		k->path.n = mark;
		if (!item)
			return NULL;
		value_append(k->call->a, out, item);
	}
	return out;
}

static bool group_holds(const struct schema *s, enum schema_group kind, size_t i, const struct value *v)
{
	size_t n = schema_group_size(s, kind, i), have = 0;
	bool first = n && value_get(v, schema_group_name(s, kind, i, 0));

	for (size_t k = 0; k < n; k++)
		have += value_get(v, schema_group_name(s, kind, i, k)) != NULL;
	switch (kind) {
	case GROUP_REQUIRED_OR:
		return have >= 1;
	case GROUP_REQUIRED_XOR:
		return have == 1;
	case GROUP_DEPENDENT_REQUIRED:
		return !first || have == n;
	case GROUP_DEPENDENT_EXCLUDED:
		return !first || have == 1;
	default:
		return true;
	}
}

static bool check_groups(struct check *k, const struct schema *s, const struct value *v)
{
	for (int kind = 0; kind < GROUP_COUNT; kind++)
		for (size_t i = 0; i < schema_group_count(s, kind); i++)
			if (!group_holds(s, kind, i, v)) {
				wrong(k, "InvalidParameterCombination", "properties that need or exclude each other");
				return false;
			}
	return true;
}

static bool check_required(struct check *k, const struct schema *s, const struct value *v)
{
	for (size_t i = 0; i < schema_prop_count(s); i++) {
		struct str name = schema_prop_name(s, i);

		if (!(schema_flags(schema_prop_nth(s, i)) & PROP_REQUIRED) || value_get(v, name))
			continue;
		path_key(&k->path, name);
		wrong(k, "MissingParameter", "is required");
		return false;
	}
	return true;
}

static struct value *check_object(struct check *k, const struct schema *s, const struct value *v)
{
	struct value *out = value_map(k->call->a, v->pos);
	size_t mark = k->path.n;

	for (uint32_t i = 0; i < v->map.n; i++) {
		const struct member *m = &v->map.items[i];
		const struct schema *prop = schema_prop(s, m->key);
		struct value *item;

		if (m->value->kind == V_NULL)
			continue;
		path_key(&k->path, m->key);
		if (!prop && !schema_open(s) && !k->quiet)
			return wrong(k, "UnknownParameter", "there is no such property");
		if (prop && (schema_flags(prop) & PROP_READ_ONLY) && !k->quiet &&
		    !str_eq(m->key, type_name_property(k->call->facts->type)))
			return wrong(k, "InvalidParameterValue", "is read-only");
		item = check_node(k, prop ? prop : schema_items(s), m->value);
		k->path.n = mark;
		if (!item)
			return NULL;
		value_set(k->call->a, out, m->key, m->pos, item);
	}
	return check_required(k, s, out) && check_groups(k, s, out) ? out : NULL;
}

/* An alternative says only what it adds: properties that it doesn't name were checked by the node itself. */
static struct value *check_bare(struct check *k, const struct schema *s, const struct value *v)
{
	if (s && v->kind == V_MAP && !(check_required(k, s, v) && check_groups(k, s, v)))
		return NULL;
	return value_copy(k->call->a, v);
}

/* A document: text that is JSON is kept as what it says. */
static struct value *check_json(struct check *k, const struct schema *s, const struct value *v)
{
	struct errs quiet = {.arena = k->call->a};
	struct value *parsed;

	if (v->kind != V_STRING)
		return value_copy(k->call->a, v);
	parsed = json_read_lax(k->call->a, v->text, 0, &quiet);
	if (parsed)
		return parsed;
	return schema_types(s) & SCHEMA_STRING ? value_string(k->call->a, v->pos, v->text)
					       : wrong(k, "MalformedPolicyDocument", "not a JSON document");
}

static bool check_variants(struct check *k, const struct schema *s, const struct value *v)
{
	bool exactly_one = false, quiet = k->quiet;
	size_t n = schema_variants(s, &exactly_one), fit = 0;

	k->quiet = true;
	for (size_t i = 0; i < n; i++)
		fit += check_node(k, schema_variant(s, i), v) != NULL;
	k->quiet = quiet;
	/* The forms of a text differ in their patterns, which are not looked at here. */
	return n == 0 || (exactly_one && !value_is_scalar(v) ? fit == 1 : fit >= 1);
}

static struct value *check_node(struct check *k, const struct schema *s, const struct value *v)
{
	unsigned types = schema_types(s);
	struct value *out;

	if (v->kind == V_EXPR)
		return wrong(k, "InvalidParameterValue", "not known");
	if (!s || types == 0)
		return check_bare(k, s, v);
	if (types & SCHEMA_JSON)
		return check_json(k, s, v);
	if (v->kind == V_MAP)
		out = types & SCHEMA_OBJECT ? check_object(k, s, v)
					    : wrong(k, "InvalidParameterValue", "an object is not expected");
	else if (v->kind == V_LIST)
		out = types & SCHEMA_ARRAY ? check_list(k, s, v)
					   : wrong(k, "InvalidParameterValue", "a list is not expected");
	else
		out = check_scalar(k, s, v);
	if (out && !check_variants(k, s, out))
		return wrong(k, "InvalidParameterCombination", "fits none of the forms that are allowed");
	return out;
}

struct value *check_props(struct call *c, const struct value *desired)
{
	struct check k = {.call = c};
	struct value *out;

	buf_init(&k.path, 4096);
	if (!desired)
		desired = value_map(c->a, (struct pos){0});
	if (desired->kind == V_MAP)
		out = check_node(&k, c->facts->schema, desired);
	else
		out = wrong(&k, "InvalidParameterValue", "the properties are not an object");
	buf_free(&k.path);
	return out;
}
