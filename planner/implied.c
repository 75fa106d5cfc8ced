/* Needs that no reference expresses (implied.h). Known from references alone: two resources that refer to the same
 * resource of the stack belong together; ids written out are somebody else's business. */
#include "planner/implied.h"

/* The node that a property refers to; "SubnetId.VpcId" goes on from there. */
static uint32_t referred(const struct graph *g, const struct node *n, struct str path)
{
	struct str property;
	uint32_t at = IMPLIED_NONE;

	while (str_cut(&path, '.', &property)) {
		const struct value *v = n->res ? value_get(n->res->props, property) : NULL;
		const struct node *to;

		if (!v || v->kind != V_EXPR || (v->fn != FN_REF && v->fn != FN_GETATT))
			return IMPLIED_NONE;
		to = graph_find(g, value_text(value_at(v, 0)));
		if (!to || !node_written(to))
			return IMPLIED_NONE;
		at = (uint32_t)(to - g->nodes);
		n = to;
	}
	return at;
}

static struct implied_kind *kind_of(struct implied *im, struct str type, struct str theirs)
{
	const struct type *t = model_type(type);

	for (size_t i = 0; i < im->n; i++)
		if (im->kinds[i].type == t && str_eq(im->kinds[i].theirs, theirs))
			return &im->kinds[i];
	return NULL;
}

static void kind_add(struct implied *im, const struct type_follows *f)
{
	const struct graph *g = im->g;
	struct implied_kind *k;

	if (!model_type(f->type) || kind_of(im, f->type, f->theirs) || im->n == IMPLIED_KINDS)
		return;
	k = &im->kinds[im->n++];
	*k = (struct implied_kind){model_type(f->type), f->theirs, arena_array(g->arena, g->n + 1, sizeof *k->by_referred)};
	for (size_t i = 0; i < g->n; i++)
		k->by_referred[i] = IMPLIED_NONE;
	for (uint32_t i = 0; i < g->n; i++) {
		uint32_t to;

		if (!g->nodes[i].res || g->nodes[i].res->type != k->type)
			continue;
		to = referred(g, &g->nodes[i], f->theirs);
		if (to != IMPLIED_NONE)
			k->by_referred[to] = i;
	}
}

void implied_init(struct implied *im, const struct graph *g)
{
	*im = (struct implied){.g = g};
	for (size_t t = 0; t < model_count(); t++)
		for (size_t i = 0; i < type_follows_count(model_nth(t)); i++) {
			struct type_follows f;

			type_follows(model_nth(t), i, &f);
			kind_add(im, &f);
		}
}

void implied_needs(const struct implied *im, const struct node *n, void (*fn)(void *ctx, uint32_t node), void *ctx)
{
	for (size_t i = 0; n->res && i < type_follows_count(n->res->type); i++) {
		const struct implied_kind *k;
		struct type_follows f;
		uint32_t to;

		type_follows(n->res->type, i, &f);
		if (f.unless.n && str_eq(value_text(value_get(n->res->props, f.unless)), f.unless_value))
			continue;
		k = kind_of((struct implied *)im, f.type, f.theirs);
		to = k ? referred(im->g, n, f.mine) : IMPLIED_NONE;
		if (to != IMPLIED_NONE && k->by_referred[to] != IMPLIED_NONE)
			fn(ctx, k->by_referred[to]);
	}
}
