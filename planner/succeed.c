/* Successions: a name, a range or an address that one resource gives up and another one takes, in one plan. Two living
 * resources cannot share it, so what gives it up goes first, although deletions come last otherwise (semantics 36).
 * Renaming a resource in a stack is the common case: the same thing under another logical id.
 */
#include "planner/planpriv.h"

struct claim {
	uint64_t key; /* 0: free */
	uint32_t change;
};

struct claims {
	struct claim *slots; /* what is given up */
	size_t n;
};

/* What properties claim at a target by the i-th unique set of their type; 0: nothing, or it is not known yet. */
static uint64_t claim_key(struct buf *b, struct str target, const struct type *t, const struct value *props, size_t i)
{
	bool any = false;
	if (type_unique_alone(t, i))
		return 0;
	buf_clear(b);
	buf_fmt(b, "%.*s %.*s %zu", STR_ARG(target), STR_ARG(type_name(t)), i);
	for (size_t k = 0; k < type_unique_size(t, i); k++) {
		const struct value *v = value_get(props, type_unique_name(t, i, k));
		if (v && value_has_expr(v))
			return 0;
		any |= v != NULL;
		buf_fmt(b, " %016llx", (unsigned long long)(v ? hash_value(v).lo : 0));
	}
	return any ? hash_bytes(buf_get(b)).lo | 1 : 0;
}

static uint64_t claim_taken(struct buf *b, const struct plan *p, const struct change *c, size_t i)
{
	return claim_key(b, p->stack->targets[c->target].name, c->type, c->desired, i);
}

static bool takes(const struct change *c)
{
	return c->type && c->desired &&
	       (c->action == ACT_CREATE || c->action == ACT_REPLACE || c->action == ACT_UPDATE);
}

static bool gives_up(const struct change *c)
{
	return c->row && model_type(c->row->type) && !c->keeps_old && !c->defers &&
	       (c->action == ACT_DELETE || c->action == ACT_REPLACE || c->action == ACT_UPDATE);
}

static struct claim *slot_of(const struct claims *all, uint64_t key)
{
	size_t at = key & (all->n - 1);
	while (all->slots[at].key && all->slots[at].key != key)
		at = (at + 1) & (all->n - 1);
	return &all->slots[at];
}

static size_t sets_of(const struct plan *p)
{
	size_t n = 0;
	for (size_t i = 0; i < p->n; i++)
		n += gives_up(&p->changes[i]) ? type_unique_count(model_type(p->changes[i].row->type)) : 0;
	return n;
}

/* What the change had by a set, where and as what it was applied last, and has no more. */
static void claims_add(struct claims *all, struct buf *b, const struct plan *p, uint32_t index)
{
	const struct change *c = &p->changes[index];
	const struct type *t = model_type(c->row->type);
	for (size_t i = 0; i < type_unique_count(t); i++) {
		uint64_t key = claim_key(b, c->row->target, t, c->row->inputs, i);
		if (key && !(takes(c) && c->type == t && claim_taken(b, p, c, i) == key))
			*slot_of(all, key) = (struct claim){key, index};
	}
}

void successions_each(struct arena *a, const struct plan *p, succession_fn *fn, void *ctx)
{
	size_t sets = sets_of(p);
	struct claims all = {.n = 16};
	struct buf b;
	if (!sets)
		return;
	while (all.n < 2 * sets)
		all.n *= 2;
	all.slots = arena_array(a, all.n, sizeof *all.slots);
	buf_init(&b, 4096);
	for (uint32_t i = 0; i < p->n; i++)
		if (gives_up(&p->changes[i]))
			claims_add(&all, &b, p, i);
	for (size_t i = 0; i < p->n; i++) {
		const struct change *c = &p->changes[i];
		for (size_t k = 0; takes(c) && k < type_unique_count(c->type); k++) {
			uint64_t key = claim_taken(&b, p, c, k);
			const struct claim *of = key ? slot_of(&all, key) : NULL;
			if (of && of->key && of->change != i)
				fn(ctx, i, of->change);
		}
	}
	buf_free(&b);
}
