/* Lists of which others hold elements, too (a type's Written): the disks of a machine are those of its image, those of
 * its template, and what somebody attached. Only elements that are or were written are ours to compare, so the rest
 * is taken out of what is live before the diff and the provider meet it. Neighbours: shared.c, which does the same for
 * elements that are resources of their own, and difftree.c, which pairs what is left.
 */
#include "planner/diffpriv.h"
#include "planner/planpriv.h"

const struct value *element_keyed(const struct value *list, struct str member, struct str key)
{
	for (size_t i = 0; key.n && list && list->kind == V_LIST && i < value_count(list); i++)
		if (str_eq(value_text(value_get(value_at(list, i), member)), key))
			return value_at(list, i);
	return NULL;
}

static struct value *ours(struct arena *a, struct str member, const struct value *live, const struct value *desired,
			  const struct value *last)
{
	struct value *list = value_list(a, (struct pos){0});
	for (size_t i = 0; i < value_count(live); i++) {
		struct str key = value_text(value_get(value_at(live, i), member));
		if (element_keyed(desired, member, key) || element_keyed(last, member, key))
			value_append(a, list, value_at(live, i));
	}
	return list;
}

const struct value *live_written(struct planning *p, const struct change *c, const struct value *desired)
{
	const struct value *live = c->live, *last = c->row ? c->row->inputs : NULL;
	for (size_t i = 0; i < value_count(c->live); i++) {
		struct str name = c->live->map.items[i].key, member = type_written(c->type, name);
		const struct value *list = c->live->map.items[i].value;
		if (!member.n || list->kind != V_LIST || (!value_get(desired, name) && !value_get(last, name)))
			continue;
		live = value_with(p->a, live, name,
				  ours(p->a, member, list, value_get(desired, name), value_get(last, name)));
	}
	return live;
}
