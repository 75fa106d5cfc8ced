/* Trees for the JSON plan; see jsonshape.h. */
#include "planner/jsonshape.h"

const struct pos json_nowhere;

void json_append(struct arena *a, struct value *list, const char *text)
{
	value_append(a, list, value_string(a, json_nowhere, str_of(text)));
}

struct value *json_known(struct arena *a, const struct value *v)
{
	struct value *copy;
	if (!v || v->kind == V_EXPR)
		return NULL;
	if (!value_has_expr(v))
		return state_show_hidden(a, v);
	if (v->kind == V_LIST) {
		copy = value_list(a, v->pos);
		for (uint32_t i = 0; i < v->list.n; i++) {
			struct value *item = json_known(a, v->list.items[i]);
			value_append(a, copy, item ? item : value_null(a, json_nowhere));
		}
		return copy;
	}
	copy = value_map(a, v->pos);
	for (uint32_t i = 0; i < v->map.n; i++) {
		struct value *item = json_known(a, v->map.items[i].value);
		if (item)
			value_set(a, copy, v->map.items[i].key, json_nowhere, item);
	}
	return copy;
}

static bool is_unknown(const struct value *v)
{
	return v->kind == V_EXPR;
}

static bool is_sensitive(const struct value *v)
{
	return (v->flags & VALUE_SECRET) || state_is_hidden(v);
}

/* NULL: nothing is below. */
static struct value *marks(struct arena *a, const struct value *v, bool (*is)(const struct value *v))
{
	struct value *out = NULL;
	if (is(v))
		return value_bool(a, json_nowhere, true);
	if (v->kind == V_MAP) {
		for (uint32_t i = 0; i < v->map.n; i++) {
			struct value *item = marks(a, v->map.items[i].value, is);
			if (!item)
				continue;
			out = out ? out : value_map(a, json_nowhere);
			value_set(a, out, v->map.items[i].key, json_nowhere, item);
		}
		return out;
	}
	for (uint32_t i = 0; v->kind == V_LIST && i < v->list.n; i++) {
		struct value *item = marks(a, v->list.items[i], is);
		if (!item && !out)
			continue;
		if (!out) {
			out = value_list(a, json_nowhere);
			for (uint32_t k = 0; k < i; k++)
				value_append(a, out, value_bool(a, json_nowhere, false));
		}
		value_append(a, out, item ? item : value_bool(a, json_nowhere, false));
	}
	return out;
}

static struct value *marks_or_shape(struct arena *a, const struct value *v, bool (*is)(const struct value *v))
{
	struct value *m = v ? marks(a, v, is) : NULL;
	if (m)
		return m;
	if (v && v->kind == V_MAP)
		return value_map(a, json_nowhere);
	if (v && v->kind == V_LIST)
		return value_list(a, json_nowhere);
	return value_bool(a, json_nowhere, false);
}

struct value *json_unknown(struct arena *a, const struct value *v)
{
	return marks_or_shape(a, v, is_unknown);
}

struct value *json_sensitive(struct arena *a, const struct value *v)
{
	return marks_or_shape(a, v, is_sensitive);
}

struct value *json_path_steps(struct arena *a, struct str path)
{
	struct value *list = value_list(a, json_nowhere);
	while (path.n) {
		int64_t index;
		size_t n = 0;
		if (path.p[0] == '[') {
			ptrdiff_t end =
			    path.n > 1 && path.p[1] == '\'' ? str_find(path, STR("']"), 2) : str_chr(path, ']', 1);
			struct str inner = str_sub(path, 1, end < 0 ? path.n : (size_t)end);
			bool quoted = inner.n && inner.p[0] == '\'';
			if (!quoted && str_int(inner, 0, UINT32_MAX, &index))
				value_append(a, list, value_int(a, json_nowhere, index));
			else
				value_append(
				    a, list,
				    value_string(a, json_nowhere, quoted ? str_sub(inner, 1, inner.n) : inner));
			path = str_sub(path, end < 0 ? path.n : (size_t)end + (quoted ? 2 : 1), path.n);
			continue;
		}
		if (path.p[0] == '.')
			path = str_sub(path, 1, path.n);
		while (n < path.n && path.p[n] != '.' && path.p[n] != '[')
			n++;
		if (n)
			value_append(a, list, value_string(a, json_nowhere, str_sub(path, 0, n)));
		path = str_sub(path, n, path.n);
	}
	return list;
}
