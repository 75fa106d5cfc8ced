/* Which properties and which elements of a list differ, so that a change touches nothing else. The live side may say
 * more than was asked for: what was never written is not compared. */
#include "providers/aws/engine.h"

#include "model/normal.h"

static bool scalar_same(const struct value *x, const struct value *y)
{
	int64_t m, n;
	bool b, c;

	if (value_equal(x, y) || str_eq(value_text(x), value_text(y)))
		return true;
	if (value_as_int(x, &m) && value_as_int(y, &n))
		return m == n;
	return value_as_bool(x, &b) && value_as_bool(y, &c) && b == c;
}

static bool list_same(struct arena *a, const struct type *t, struct str path, const struct value *desired,
		      const struct value *live)
{
	const struct schema *s = schema_path(type_schema(t), path);
	struct str below = str_cat(a, path, STR("[]"));
	size_t n = value_count(desired);
	bool *used;

	if (n != value_count(live))
		return false;
	if (!(schema_flags(s) & PROP_SET)) {
		for (size_t i = 0; i < n; i++)
			if (!prop_same(a, t, below, value_at(desired, i), value_at(live, i)))
				return false;
		return true;
	}
	used = arena_array(a, n + 1, sizeof *used);
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < n && (used[k] || !prop_same(a, t, below, value_at(desired, i), value_at(live, k))))
			k++;
		if (k == n)
			return false;
		used[k] = true;
	}
	return true;
}

bool prop_same(struct arena *a, const struct type *t, struct str path, const struct value *desired, const struct value *live)
{
	enum normaliser how = (enum normaliser)type_normaliser(t, path);
	const struct schema *s = schema_path(type_schema(t), path);

	if (!desired || desired->kind == V_NULL)
		return !live || live->kind == V_NULL;
	if (!live || live->kind == V_NULL)
		return normal_equal(a, how, desired, NULL);
	if (how != NORMAL_NONE && normal_equal(a, how, desired, live))
		return true;
	if (schema_flags(s) & PROP_JSON)
		return normal_equal(a, how == NORMAL_POLICY ? how : NORMAL_JSON, desired, live);
	if (desired->kind == V_LIST && live->kind == V_LIST)
		return list_same(a, t, path, desired, live);
	if (desired->kind != V_MAP || live->kind != V_MAP)
		return value_is_scalar(desired) && value_is_scalar(live) && scalar_same(desired, live);
	for (size_t i = 0; i < value_count(desired); i++) {
		struct str key = desired->map.items[i].key;

		if (!prop_same(a, t, str_fmt(a, "%.*s.%.*s", STR_ARG(path), STR_ARG(key)), desired->map.items[i].value,
			       value_get(live, key)))
			return false;
	}
	return true;
}

/* An alias in it was put in the place of something else: which key it names is AWS's to know. */
static bool alias_changes(struct arena *a, const struct type *t, struct str path, const struct value *desired,
			  const struct value *prior)
{
	if (!desired || !prior || desired->kind != V_MAP || prior->kind != V_MAP)
		return normal_is_alias((enum normaliser)type_normaliser(t, path), desired, prior);
	for (size_t i = 0; i < value_count(desired); i++) {
		struct str key = desired->map.items[i].key;

		if (alias_changes(a, t, str_fmt(a, "%.*s.%.*s", STR_ARG(path), STR_ARG(key)), desired->map.items[i].value,
				  value_get(prior, key)))
			return true;
	}
	return false;
}

bool prop_changes(struct arena *a, const struct type *t, struct str path, const struct value *desired, const struct value *prior)
{
	return !prop_same(a, t, path, desired, prior) || alias_changes(a, t, path, desired, prior);
}

/* A copy without the marks that the models put on it. */
static struct value *value_public(struct arena *a, const struct value *v)
{
	struct value *out = v->kind == V_MAP ? value_map(a, v->pos) : v->kind == V_LIST ? value_list(a, v->pos) : value_copy(a, v);

	out->flags &= (uint8_t)~VALUE_SECRET;
	for (size_t i = 0; v->kind == V_MAP && i < value_count(v); i++)
		value_set(a, out, v->map.items[i].key, v->map.items[i].pos, value_public(a, v->map.items[i].value));
	for (size_t i = 0; v->kind == V_LIST && i < value_count(v); i++)
		value_append(a, out, value_public(a, value_at(v, i)));
	return out;
}

const struct value *prop_form(struct arena *a, const struct type *t, struct str path, const struct value *v)
{
	if (v && (schema_flags(schema_prop(type_schema(t), path)) & PROP_PUBLIC))
		return value_public(a, v);
	return type_normaliser(t, path) == NORMAL_DNS_NAME ? normal_form(a, NORMAL_DNS_NAME, v) : v;
}

struct value *elements_minus(struct arena *a, const struct type *t, struct str path, const struct value *x, const struct value *y,
			     bool x_is_live)
{
	struct value *out = value_list(a, (struct pos){0});
	struct str below = str_cat(a, path, STR("[]"));

	for (size_t i = 0; i < value_count(x); i++) {
		bool found = false;

		for (size_t k = 0; k < value_count(y) && !found; k++)
			found = x_is_live ? prop_same(a, t, below, value_at(y, k), value_at(x, i)) :
					    prop_same(a, t, below, value_at(x, i), value_at(y, k));
		if (!found)
			value_append(a, out, value_at(x, i));
	}
	return out;
}
