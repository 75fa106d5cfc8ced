/* Hash from names to items (stackpriv.h): open addressing in the arena. Slots keep no order. */
#include "stacks/stackpriv.h"

#include "base/hash.h"

static struct name_slot *slot_of(const struct name_map *m, struct str key)
{
	size_t i = (size_t)hash_key(key) & (m->cap - 1);

	while (m->slots[i].item && !str_eq(m->slots[i].key, key))
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

void *name_get(const struct name_map *m, struct str key)
{
	return m->cap ? slot_of(m, key)->item : NULL;
}

static void map_grow(struct arena *a, struct name_map *m)
{
	struct name_map old = *m;

	m->cap = old.cap ? old.cap * 2 : 32;
	m->slots = arena_array(a, m->cap, sizeof *m->slots);
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].item)
			*slot_of(m, old.slots[i].key) = old.slots[i];
}

void *name_put(struct arena *a, struct name_map *m, struct str key, void *item)
{
	struct name_slot *slot;

	if ((m->n + 1) * 4 > m->cap * 3)
		map_grow(a, m);
	slot = slot_of(m, key);
	if (slot->item)
		return slot->item;
	*slot = (struct name_slot){key, item};
	m->n++;
	return NULL;
}
