/* Building and reading values (value.h). Comparing is in value_compare.c, paths are in value_path.c.
 *
 * A map is an array of members in the order of their keys; from INDEX_FROM members on, value_set keeps a table of
 * hash slots beside it, so that maps of many thousand keys (API answers, plan files) stay linear.
 */
#include "base/value.h"

#include "base/decimal.h"
#include "base/hash.h"

#include <string.h>

#define INDEX_FROM 16

/* The index is an array: [0] the number of slots, a power of two; then the slots: 0 or member number + 1. */

static struct value *node(struct arena *a, struct pos pos, enum value_kind kind)
{
	struct value *v = arena_new(a, struct value);

	v->kind = (uint8_t)kind;
	v->pos = pos;
	return v;
}

struct value *value_null(struct arena *a, struct pos pos)
{
	return node(a, pos, V_NULL);
}

struct value *value_bool(struct arena *a, struct pos pos, bool b)
{
	struct value *v = node(a, pos, V_BOOL);

	v->boolean = b;
	return v;
}

struct value *value_string(struct arena *a, struct pos pos, struct str s)
{
	struct value *v = node(a, pos, V_STRING);

	v->text = s;
	return v;
}

struct value *value_number(struct arena *a, struct pos pos, struct str spelling)
{
	struct value *v = node(a, pos, V_NUMBER);

	v->text = spelling;
	return v;
}

struct value *value_int(struct arena *a, struct pos pos, int64_t n)
{
	return value_number(a, pos, str_fmt(a, "%lld", (long long)n));
}

struct value *value_list(struct arena *a, struct pos pos)
{
	return node(a, pos, V_LIST);
}

struct value *value_map(struct arena *a, struct pos pos)
{
	return node(a, pos, V_MAP);
}

struct value *value_expr(struct arena *a, struct pos pos, uint16_t fn)
{
	struct value *v = node(a, pos, V_EXPR);

	v->fn = fn;
	return v;
}

/* arena_grow for the 32-bit counts of values. No input that is accepted holds a billion items; if one did, that would
 * be the end of memory. */
static void *grow(struct arena *a, void *items, uint32_t *cap, uint32_t n, size_t size)
{
	size_t wide = *cap;

	if (n >= UINT32_MAX / 4)
		xmalloc(SIZE_MAX);
	items = arena_grow(a, items, &wide, (size_t)n + 1, size);
	*cap = (uint32_t)wide;
	return items;
}

void value_append(struct arena *a, struct value *list, struct value *item)
{
	list->list.items = grow(a, list->list.items, &list->list.cap, list->list.n, sizeof(struct value *));
	list->list.items[list->list.n++] = item;
}

static void index_add(uint32_t *index, struct str key, uint32_t member)
{
	uint32_t mask = index[0] - 1, slot = (uint32_t)hash_key(key) & mask;

	while (index[1 + slot])
		slot = (slot + 1) & mask;
	index[1 + slot] = member + 1;
}

/* Enter the last member; the table is made or doubled before it is half full. */
static void index_last(struct arena *a, struct value *map)
{
	uint32_t n = map->map.n, slots = map->map.index ? map->map.index[0] : 4 * INDEX_FROM;

	if (n <= INDEX_FROM)
		return;
	if (map->map.index && n <= slots / 2) {
		index_add(map->map.index, map->map.items[n - 1].key, n - 1);
		return;
	}
	while (slots < 4 * (size_t)n)
		slots *= 2;
	map->map.index = arena_array(a, (size_t)slots + 1, sizeof(uint32_t));
	map->map.index[0] = slots;
	for (uint32_t i = 0; i < n; i++)
		index_add(map->map.index, map->map.items[i].key, i);
}

static struct member *find_indexed(const struct value *map, struct str key)
{
	const uint32_t *index = map->map.index;
	uint32_t mask = index[0] - 1, slot = (uint32_t)hash_key(key) & mask;

	for (; index[1 + slot]; slot = (slot + 1) & mask) {
		struct member *m = &map->map.items[index[1 + slot] - 1];

		if (str_eq(m->key, key))
			return m;
	}
	return NULL;
}

struct member *value_member(const struct value *map, struct str key)
{
	if (!map || map->kind != V_MAP)
		return NULL;
	if (map->map.index)
		return find_indexed(map, key);
	for (uint32_t i = 0; i < map->map.n; i++) {
		if (str_eq(map->map.items[i].key, key))
			return &map->map.items[i];
	}
	return NULL;
}

void value_set(struct arena *a, struct value *map, struct str key, struct pos key_pos, struct value *v)
{
	struct member *m = value_member(map, key);

	if (m) {
		m->value = v;
		if (key_pos.line)
			m->pos = key_pos;
		return;
	}
	map->map.items = grow(a, map->map.items, &map->map.cap, map->map.n, sizeof *m);
	map->map.items[map->map.n++] = (struct member){key, key_pos, v};
	index_last(a, map);
}

void value_put(struct arena *a, struct value *map, const char *key, struct value *v)
{
	const struct pos nowhere = {0};

	value_set(a, map, str_of(key), nowhere, v ? v : value_null(a, nowhere));
}

void value_put_text(struct arena *a, struct value *map, const char *key, struct str s)
{
	value_put(a, map, key, value_string(a, (struct pos){0}, s));
}

void value_put_int(struct arena *a, struct value *map, const char *key, int64_t n)
{
	value_put(a, map, key, value_int(a, (struct pos){0}, n));
}

void value_del(struct value *map, struct str key)
{
	struct member *m = value_member(map, key), *end;

	if (!m)
		return;
	end = map->map.items + map->map.n--;
	memmove(m, m + 1, (size_t)(end - m - 1) * sizeof *m);
	map->map.index = NULL;	/* its numbers are wrong; the next value_set makes another */
}

struct value *value_get(const struct value *map, struct str key)
{
	struct member *m = value_member(map, key);

	return m ? m->value : NULL;
}

struct value *value_getc(const struct value *map, const char *key)
{
	return value_get(map, str_of(key));
}

struct value *value_at(const struct value *list, size_t i)
{
	if (!list || (list->kind != V_LIST && list->kind != V_EXPR) || i >= list->list.n)
		return NULL;
	return list->list.items[i];
}

size_t value_count(const struct value *v)
{
	if (!v)
		return 0;
	if (v->kind == V_MAP)
		return v->map.n;
	return v->kind == V_LIST || v->kind == V_EXPR ? v->list.n : 0;
}

struct str value_text(const struct value *v)
{
	if (!v)
		return STR("");
	if (v->kind == V_BOOL)
		return v->boolean ? STR("true") : STR("false");
	return v->kind == V_STRING || v->kind == V_NUMBER ? v->text : STR("");
}

bool value_is_scalar(const struct value *v)
{
	return v && (v->kind == V_BOOL || v->kind == V_NUMBER || v->kind == V_STRING);
}

bool value_as_int(const struct value *v, int64_t *out)
{
	struct decimal d;

	if (!v || (v->kind != V_NUMBER && v->kind != V_STRING))
		return false;
	if (str_int(v->text, INT64_MIN, INT64_MAX, out))
		return true;
	return decimal_parse(v->text, &d) && decimal_int(&d, 0, false, out);
}

bool value_as_bool(const struct value *v, bool *out)
{
	static const struct str words[2][3] = {
		{STR_INIT("false"), STR_INIT("no"), STR_INIT("off")},
		{STR_INIT("true"), STR_INIT("yes"), STR_INIT("on")},
	};

	if (!v || (v->kind != V_BOOL && v->kind != V_STRING))
		return false;
	for (size_t i = 0; i < 6; i++) {
		if (str_eq_nocase(value_text(v), words[i / 3][i % 3])) {
			*out = i >= 3;
			return true;
		}
	}
	return false;
}

static struct value *copy_map(struct arena *a, const struct value *v, struct value *copy,
			      struct value *(*each)(struct arena *, const struct value *))
{
	for (uint32_t i = 0; i < v->map.n; i++) {
		const struct member *m = &v->map.items[i];

		value_set(a, copy, str_dup(a, m->key), m->pos, each(a, m->value));
	}
	return copy;
}

/* A copy of the node with its children as each makes them. */
static struct value *copy_with(struct arena *a, const struct value *v,
			       struct value *(*each)(struct arena *, const struct value *))
{
	struct value *copy;

	if (!v)
		return NULL;
	copy = node(a, v->pos, v->kind);
	copy->flags = v->flags;
	copy->fn = v->fn;
	switch ((enum value_kind)v->kind) {
	case V_NULL:
		break;
	case V_BOOL:
		copy->boolean = v->boolean;
		break;
	case V_NUMBER:
	case V_STRING:
		copy->text = str_dup(a, v->text);
		break;
	case V_LIST:
	case V_EXPR:
		for (uint32_t i = 0; i < v->list.n; i++)
			value_append(a, copy, each(a, v->list.items[i]));
		break;
	case V_MAP:
		copy_map(a, v, copy, each);
		break;
	}
	return copy;
}

struct value *value_copy(struct arena *a, const struct value *v)
{
	return copy_with(a, v, value_copy);
}

/* An unknown is marked as well: what it becomes is derived from the secrets below. */
struct value *value_mark_secret(struct arena *a, const struct value *v)
{
	struct value *copy = copy_with(a, v, value_mark_secret);

	if (copy && (value_is_scalar(copy) || copy->kind == V_EXPR))
		copy->flags |= VALUE_SECRET;
	return copy;
}

static bool has(const struct value *v, bool (*test)(const struct value *))
{
	if (!v)
		return false;
	if (test(v))
		return true;
	if (v->kind == V_LIST || v->kind == V_EXPR) {
		for (uint32_t i = 0; i < v->list.n; i++) {
			if (has(v->list.items[i], test))
				return true;
		}
	}
	if (v->kind == V_MAP) {
		for (uint32_t i = 0; i < v->map.n; i++) {
			if (has(v->map.items[i].value, test))
				return true;
		}
	}
	return false;
}

static bool is_expr(const struct value *v)
{
	return v->kind == V_EXPR;
}

static bool is_secret(const struct value *v)
{
	return v->flags & VALUE_SECRET;
}

bool value_has_expr(const struct value *v)
{
	return has(v, is_expr);
}

bool value_has_secret(const struct value *v)
{
	return has(v, is_secret);
}
