/* Scalars get the type of the property that receives them (semantics 2): "80" for an integer is a number, yes for a
 * boolean is true, 2012-10-17 for a text stays as it is. In free-form JSON documents only plain scalars are typed, by
 * JSON's own rules. What cannot be converted is left for the check to report. */
#include "stacks/paramtype.h"

#include "base/decimal.h"
#include "base/log.h"

static struct value *plain_text(struct arena *a, const struct value *v)
{
	struct value *out = value_string(a, v->pos, value_text(v));

	out->flags = v->flags & (uint8_t)~VALUE_PLAIN;
	return out;
}

static struct value *json_scalar(struct arena *a, const struct value *v)
{
	struct decimal d;
	struct value *out;

	if (v->kind != V_STRING || !(v->flags & VALUE_PLAIN))
		return (struct value *)v;
	if (str_eqc(v->text, "true") || str_eqc(v->text, "false"))
		out = value_bool(a, v->pos, v->text.p[0] == 't');
	else if (decimal_parse(v->text, &d))
		out = value_number(a, v->pos, v->text);
	else
		return plain_text(a, v);
	out->flags = v->flags & (uint8_t)~VALUE_PLAIN;
	return out;
}

/* Apply fn to every child; v itself if none changed. */
static struct value *each_item(struct arena *a, const struct schema *items, const struct value *v,
			       struct value *(*fn)(struct arena *, const struct schema *, const struct value *))
{
	struct value *out = NULL;

	for (uint32_t i = 0; i < v->list.n; i++) {
		struct value *item = fn(a, items, v->list.items[i]);

		if (!out && item != v->list.items[i]) {
			out = value_list(a, v->pos);
			out->flags = v->flags;
			for (uint32_t k = 0; k < i; k++)
				value_append(a, out, v->list.items[k]);
		}
		if (out)
			value_append(a, out, item);
	}
	return out ? out : (struct value *)v;
}

static struct value *each_member(struct arena *a, const struct schema *s, const struct value *v,
			       struct value *(*fn)(struct arena *, const struct schema *, const struct value *))
{
	const struct schema *rest = schema_items(s);
	struct value *out = NULL;

	for (uint32_t i = 0; i < v->map.n; i++) {
		const struct member *m = &v->map.items[i];
		const struct schema *prop = schema_prop(s, m->key);
		struct value *item = fn(a, prop ? prop : rest, m->value);

		if (!out && item != m->value) {
			out = value_map(a, v->pos);
			out->flags = v->flags;
			for (uint32_t k = 0; k < i; k++)
				value_set(a, out, v->map.items[k].key, v->map.items[k].pos, v->map.items[k].value);
		}
		if (out)
			value_set(a, out, m->key, m->pos, item);
	}
	return out ? out : (struct value *)v;
}

static struct value *json_typed(struct arena *a, const struct schema *s, const struct value *v)
{
	if (v->kind == V_LIST)
		return each_item(a, s, v, json_typed);
	if (v->kind == V_MAP)
		return each_member(a, s, v, json_typed);
	return json_scalar(a, v);
}

static struct value *scalar_typed(struct arena *a, unsigned types, const struct value *v)
{
	bool plain = v->kind == V_STRING && (v->flags & VALUE_PLAIN), b;
	bool numeric = types & (SCHEMA_INTEGER | SCHEMA_NUMBER);
	struct value *out = NULL;

	if (v->kind == V_BOOL && (types & SCHEMA_BOOLEAN))
		return (struct value *)v;
	if (v->kind == V_NUMBER && numeric)
		return (struct value *)v;
	if ((types & SCHEMA_STRING) && !(plain && numeric && number_ok(v->text)) &&
	    !(plain && (types & SCHEMA_BOOLEAN) && (str_eqc(v->text, "true") || str_eqc(v->text, "false"))))
		return v->kind == V_STRING && !plain ? (struct value *)v : plain_text(a, v);
	if ((types & SCHEMA_BOOLEAN) && !numeric && value_as_bool(v, &b))
		out = value_bool(a, v->pos, b);
	else if ((types & SCHEMA_BOOLEAN) && plain && (str_eqc(v->text, "true") || str_eqc(v->text, "false")))
		out = value_bool(a, v->pos, v->text.p[0] == 't');
	else if (numeric && v->kind == V_STRING && number_ok(str_trim(v->text)))
		out = value_number(a, v->pos, str_trim(v->text));
	if (!out)
		return plain ? plain_text(a, v) : (struct value *)v;
	out->flags = v->flags & VALUE_SECRET;
	return out;
}

static struct value *value_typed(struct arena *a, const struct schema *s, const struct value *v)
{
	unsigned types = schema_types(s);

	if ((types & SCHEMA_JSON) || (schema_flags(s) & PROP_JSON))
		return v->kind == V_STRING ? scalar_typed(a, SCHEMA_STRING, v) : json_typed(a, NULL, v);
	if (v->kind == V_LIST)
		return each_item(a, schema_items(s), v, schema_typed);
	if (v->kind == V_MAP)
		return each_member(a, s, v, schema_typed);
	return scalar_typed(a, types ? types : (unsigned)SCHEMA_STRING, v);
}

/* What a secret property is given is secret, wherever it came from (semantics 13). */
struct value *schema_typed(struct arena *a, const struct schema *s, const struct value *v)
{
	struct value *out;

	if (v->kind == V_EXPR || v->kind == V_NULL)
		return (struct value *)v;
	out = value_typed(a, s, v);
	if (!(schema_flags(s) & PROP_SECRET) || value_has_secret(out))
		return out;
	if (value_is_scalar(out))
		log_secret(value_text(out));
	return value_mark_secret(a, out);
}

struct value *stack_typed(struct arena *a, const struct type *t, const struct value *props)
{
	return schema_typed(a, type_schema(t), props);
}
