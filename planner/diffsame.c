/* When two values mean the same: by the schema's types, the type's normalisers, sets without order. Neighbours:
 * diffpriv.h. Nothing here records anything. */
#include "planner/diffpriv.h"

#include "base/json.h"
#include "model/normal.h"

#include <stdlib.h>
#include <string.h>

#define SET_PAIRS_MAX 4000000 /* comparisons of two sets, before they are taken as different */

bool value_is_nothing(const struct value *v)
{
	if (!v || v->kind == V_NULL)
		return true;
	if (v->kind == V_STRING)
		return v->text.n == 0;
	return (v->kind == V_LIST || v->kind == V_MAP) && value_count(v) == 0;
}

bool schema_is_document(const struct schema *s, unsigned flags)
{
	return (flags & PROP_JSON) || (s && (schema_types(s) & SCHEMA_JSON));
}

bool schema_is_free_map(const struct schema *s)
{
	return s && schema_open(s) && schema_prop_count(s) == 0;
}

const struct schema *schema_below(const struct schema *s, struct str key)
{
	const struct schema *child = schema_prop(s, key);
	return child || !s || !schema_open(s) ? child : schema_items(s);
}

const struct value *walk_default(struct walk *w)
{
	struct str text = type_default(w->type, buf_get(&w->pattern));
	struct errs errs = {.arena = w->a};
	return text.n ? json_read_lax(w->a, text, 0, &errs) : NULL;
}

static bool number_same(const struct value *a, const struct value *b)
{
	struct value x = {.kind = V_NUMBER, .text = value_text(a)}, y = {.kind = V_NUMBER, .text = value_text(b)};
	return value_equal(&x, &y);
}

static bool scalar_covers(struct walk *w, const struct schema *s, const struct value *d, const struct value *v)
{
	if (value_is_scalar(d) && value_is_scalar(v)) {
		unsigned types = s ? schema_types(s) : 0;
		bool x, y;
		if (str_eq(value_text(d), value_text(v)))
			return true;
		if ((types & SCHEMA_BOOLEAN) && value_as_bool(d, &x) && value_as_bool(v, &y))
			return x == y;
		if ((types & (SCHEMA_INTEGER | SCHEMA_NUMBER)) && number_same(d, v))
			return true;
	}
	unsigned how = type_normaliser(w->type, buf_get(&w->pattern));
	return how ? normal_equal(w->a, (enum normaliser)how, d, v) : value_equal(d, v);
}

static int item_compare(const void *pa, const void *pb)
{
	return value_compare(*(struct value *const *)pa, *(struct value *const *)pb);
}

static struct value **sorted_items(struct walk *w, const struct value *list)
{
	struct value **items = arena_array(w->a, list->list.n + 1, sizeof *items);
	if (list->list.n)
		memcpy(items, list->list.items, list->list.n * sizeof *items);
	qsort(items, list->list.n, sizeof *items, item_compare);
	return items;
}

/* Most sets agree once both are sorted; only what is left over is paired by trying. */
static bool set_covers(struct walk *w, const struct schema *items, unsigned flags, const struct value *d,
		       const struct value *v)
{
	size_t n = d->list.n, left = 0;
	struct value **a = sorted_items(w, d), **b = sorted_items(w, v);
	for (size_t i = 0; i < n; i++) {
		if (value_covers(w, items, flags, a[i], b[i]))
			continue;
		a[left] = a[i];
		b[left++] = b[i];
	}
	if (left > 1 && left > SET_PAIRS_MAX / left)
		return false;
	for (size_t i = 0, rest = left; i < left; i++, rest--) {
		size_t k = 0;
		while (k < rest && !value_covers(w, items, flags, a[i], b[k]))
			k++;
		if (k == rest)
			return false;
		b[k] = b[rest - 1];
	}
	return true;
}

static bool list_covers(struct walk *w, const struct schema *s, unsigned flags, const struct value *d,
			const struct value *v)
{
	const struct schema *items = s ? schema_items(s) : NULL;
	bool ok = d->list.n == v->list.n;
	if (type_normaliser(w->type, buf_get(&w->pattern)) == NORMAL_ENTRIES)
		return normal_equal(w->a, NORMAL_ENTRIES, d, v);
	struct mark m = walk_index(w, 0);
	if (ok && (flags & PROP_SET))
		ok = set_covers(w, items, flags_below(flags, items), d, v);
	else
		for (uint32_t i = 0; ok && i < d->list.n; i++)
			ok = value_covers(w, items, flags_below(flags, items), d->list.items[i], v->list.items[i]);
	walk_back(w, m);
	return ok;
}

static bool map_covers(struct walk *w, const struct schema *s, unsigned flags, const struct value *d,
		       const struct value *v)
{
	if (schema_is_free_map(s) && d->map.n != v->map.n)
		return false;
	bool ok = true;
	for (uint32_t i = 0; ok && i < d->map.n; i++) {
		const struct member *m = &d->map.items[i];
		const struct schema *child = schema_below(s, m->key);
		struct mark back = walk_key(w, m->key);
		ok = value_covers(w, child, flags_below(flags, child), m->value, value_get(v, m->key));
		walk_back(w, back);
	}
	return ok;
}

static bool document_covers(struct walk *w, const struct value *d, const struct value *v)
{
	unsigned how = type_normaliser(w->type, buf_get(&w->pattern));
	return normal_equal(w->a, how ? (enum normaliser)how : NORMAL_JSON, d, v);
}

bool value_covers(struct walk *w, const struct schema *s, unsigned flags, const struct value *d, const struct value *v)
{
	if (d == v || (value_is_nothing(d) && value_is_nothing(v)))
		return true;
	if (d && d->kind != V_NULL && (!v || v->kind == V_NULL) &&
	    normal_equal(w->a, (enum normaliser)type_normaliser(w->type, buf_get(&w->pattern)), d, NULL))
		return true;
	if (!d || d->kind == V_NULL || !v || v->kind == V_NULL) {
		const struct value *other = d && d->kind != V_NULL ? d : v, *def = walk_default(w);
		return !value_is_nothing(def) && !value_is_nothing(other) && !value_has_expr(other) &&
		       value_covers(w, s, flags, other, def);
	}
	if (d->kind == V_EXPR || v->kind == V_EXPR || state_is_hidden(d) || state_is_hidden(v))
		return value_equal(d, v);
	if (schema_is_document(s, flags))
		return document_covers(w, d, v);
	if (d->kind == V_MAP && v->kind == V_MAP)
		return map_covers(w, s, flags, d, v);
	if (d->kind == V_LIST && v->kind == V_LIST)
		return list_covers(w, s, flags, d, v);
	return scalar_covers(w, s, d, v);
}

bool value_same(struct walk *w, const struct schema *s, unsigned flags, const struct value *a, const struct value *b)
{
	return value_covers(w, s, flags, a, b) && value_covers(w, s, flags, b, a);
}
