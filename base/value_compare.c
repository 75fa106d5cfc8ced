/* Comparing values by content (value.h).
 *
 * Equality is between what people write and what services answer, so it is lenient where a spelling may stand for
 * two things: the plain scalar 80 equals the number 80 and the string "80". Such a relation cannot be transitive
 * ("1.0" = 1.0 = 1 = "1"); the order is therefore coarser than equality: everything that reads as a number is ordered
 * by its value, and what is equal always has the same place.
 */
#include "base/value.h"

#include "base/decimal.h"

#include <stdlib.h>
#include <string.h>

static bool is_text(const struct value *v)
{
	return v->kind == V_STRING || v->kind == V_NUMBER;
}

static bool same_number(const struct value *a, const struct value *b)
{
	struct decimal x, y;

	return decimal_parse(a->text, &x) && decimal_parse(b->text, &y) && decimal_cmp(&x, &y) == 0;
}

static bool scalar_equal(const struct value *a, const struct value *b)
{
	bool x, y;

	if (str_eq(value_text(a), value_text(b)))
		return true;
	if (a->kind == V_NUMBER && b->kind == V_NUMBER)
		return same_number(a, b);
	if (b->kind == V_STRING) {
		const struct value *swap = a;

		a = b;
		b = swap;
	}
	if (a->kind != V_STRING || !(a->flags & VALUE_PLAIN))
		return false;
	if (b->kind == V_NUMBER)
		return same_number(a, b);
	return b->kind == V_BOOL && value_as_bool(a, &x) && value_as_bool(b, &y) && x == y;
}

static bool list_equal(const struct value *a, const struct value *b)
{
	if (a->list.n != b->list.n)
		return false;
	for (uint32_t i = 0; i < a->list.n; i++) {
		if (!value_equal(a->list.items[i], b->list.items[i]))
			return false;
	}
	return true;
}

static bool map_equal(const struct value *a, const struct value *b)
{
	if (a->map.n != b->map.n)
		return false;
	for (uint32_t i = 0; i < a->map.n; i++) {
		const struct member *m = &a->map.items[i], *other;

		/* Mostly both were written in the same order. */
		other = &b->map.items[i];
		if (!str_eq(m->key, other->key))
			other = value_member(b, m->key);
		if (!other || !value_equal(m->value, other->value))
			return false;
	}
	return true;
}

bool value_equal(const struct value *a, const struct value *b)
{
	if (a == b)
		return true;
	if (!a || !b)
		return false;
	if (value_is_scalar(a) && value_is_scalar(b))
		return scalar_equal(a, b);
	if (a->kind != b->kind)
		return false;
	switch ((enum value_kind)a->kind) {
	case V_LIST:
		return list_equal(a, b);
	case V_EXPR:
		return a->fn == b->fn && list_equal(a, b);
	case V_MAP:
		return map_equal(a, b);
	default:
		return true;	/* null */
	}
}

/* How a value reads, whatever its kind: the first key of the order. */
enum reading { READS_NULL, READS_BOOL, READS_NUMBER, READS_TEXT, READS_LIST, READS_MAP, READS_EXPR };

static enum reading reading_of(const struct value *v, struct decimal *number, bool *boolean)
{
	switch ((enum value_kind)v->kind) {
	case V_NULL:
		return READS_NULL;
	case V_LIST:
		return READS_LIST;
	case V_MAP:
		return READS_MAP;
	case V_EXPR:
		return READS_EXPR;
	default:
		break;
	}
	if (value_as_bool(v, boolean))
		return READS_BOOL;
	return is_text(v) && decimal_parse(v->text, number) ? READS_NUMBER : READS_TEXT;
}

static int list_compare(const struct value *a, const struct value *b)
{
	for (uint32_t i = 0; i < a->list.n && i < b->list.n; i++) {
		int c = value_compare(a->list.items[i], b->list.items[i]);

		if (c)
			return c;
	}
	return (a->list.n > b->list.n) - (a->list.n < b->list.n);
}

static int by_key(const void *a, const void *b)
{
	const struct member *const *x = a, *const *y = b;

	return str_cmp((*x)->key, (*y)->key);
}

static struct member **sorted_members(const struct value *map)
{
	struct member **sorted = xmalloc(map->map.n * sizeof(struct member *));

	for (uint32_t i = 0; i < map->map.n; i++)
		sorted[i] = &map->map.items[i];
	if (map->map.n)
		qsort(sorted, map->map.n, sizeof *sorted, by_key);
	return sorted;
}

static int map_compare(const struct value *a, const struct value *b)
{
	struct member **x = sorted_members(a), **y = sorted_members(b);
	int c = 0;

	for (uint32_t i = 0; !c && i < a->map.n && i < b->map.n; i++) {
		c = str_cmp(x[i]->key, y[i]->key);
		if (!c)
			c = value_compare(x[i]->value, y[i]->value);
	}
	if (!c)
		c = (a->map.n > b->map.n) - (a->map.n < b->map.n);
	free(x);
	free(y);
	return c;
}

int value_compare(const struct value *a, const struct value *b)
{
	struct decimal x, y;
	bool p = false, q = false;
	enum reading ra, rb;

	if (!a || !b || a == b)
		return (a && !b) - (!a && b);
	ra = reading_of(a, &x, &p);
	rb = reading_of(b, &y, &q);
	if (ra != rb)
		return ra < rb ? -1 : 1;
	switch (ra) {
	case READS_BOOL:
		return p - q;
	case READS_NUMBER:
		return decimal_cmp(&x, &y);
	case READS_TEXT:
		return str_cmp(value_text(a), value_text(b));
	case READS_LIST:
		return list_compare(a, b);
	case READS_MAP:
		return map_compare(a, b);
	case READS_EXPR:
		return a->fn != b->fn ? (a->fn < b->fn ? -1 : 1) : list_compare(a, b);
	case READS_NULL:
		break;
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	return value_compare(*(struct value *const *)a, *(struct value *const *)b);
}

/* Items in order, in memory of the caller's. */
static struct value **sorted_items(const struct value *list)
{
	struct value **items = xmalloc(list->list.n * sizeof *items);

	if (list->list.n) {
		memcpy(items, list->list.items, list->list.n * sizeof *items);
		qsort(items, list->list.n, sizeof *items, by_value);
	}
	return items;
}

/* Within a run of the same place, each item of the one side takes the first free equal one of the other side. */
static bool match_run(struct value **a, struct value **b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t j = i;

		while (j < n && !value_equal(a[i], b[j]))
			j++;
		if (j == n)
			return false;
		b[j] = b[i];
	}
	return true;
}

bool value_equal_set(const struct value *a, const struct value *b)
{
	struct value **x, **y;
	bool equal = true;
	size_t run;

	if (!a || !b || a->kind != V_LIST || b->kind != V_LIST)
		return value_equal(a, b);
	if (a->list.n != b->list.n)
		return false;
	x = sorted_items(a);
	y = sorted_items(b);
	for (size_t i = 0; equal && i < a->list.n; i += run) {
		for (run = 1; i + run < a->list.n && value_compare(x[i], x[i + run]) == 0; run++)
			;
		equal = match_run(x + i, y + i, run);
	}
	free(x);
	free(y);
	return equal;
}
