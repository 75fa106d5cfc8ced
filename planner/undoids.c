/* What an undo had to make again has another id: where the values from before name the old id, or an attribute that came
 * with it, they are given those of what stands there instead. undoplan.c compares with them, the executor asks
 * undo_desired() at the last moment, when the ids are known. */
#include "planner/undo.h"

static struct value *swapped(struct arena *a, struct value *v, struct str from, struct str to)
{
	struct value *copy = v;
	if (v->kind == V_STRING && str_eq(v->text, from)) {
		copy = value_string(a, v->pos, to);
	} else if (v->kind == V_LIST) {
		copy = value_list(a, v->pos);
		for (uint32_t i = 0; i < v->list.n; i++)
			value_append(a, copy, swapped(a, v->list.items[i], from, to));
	} else if (v->kind == V_MAP) {
		copy = value_map(a, v->pos);
		for (uint32_t i = 0; i < v->map.n; i++)
			value_set(a, copy, v->map.items[i].key, v->map.items[i].pos,
				  swapped(a, v->map.items[i].value, from, to));
	}
	return copy;
}

static const struct value *with_new_id(struct arena *a, const struct value *v, const struct change *need)
{
	const struct value *had = need->back->attrs;
	struct value *out = swapped(a, (struct value *)v, need->back->id, need->remade);
	for (size_t i = 0; i < value_count(had); i++) {
		struct str from = value_text(had->map.items[i].value);
		struct str to = value_text(value_get(need->live_attrs, had->map.items[i].key));
		if (from.n && to.n && !str_eq(from, to))
			out = swapped(a, out, from, to);
	}
	return out;
}

const struct value *undo_new_ids(struct arena *a, const struct plan *p, const struct change *c, const struct value *v)
{
	for (size_t i = 0; i < c->n_needs && v; i++) {
		const struct change *need = &p->changes[c->needs[i]];
		if (need->back && need->remade.n && !str_eq(need->back->id, need->remade))
			v = with_new_id(a, v, need);
	}
	return v;
}

const struct value *undo_desired(struct run *r, const struct change *c, const struct value *desired)
{
	return undo_new_ids(r->a, r->plan, c, desired);
}
