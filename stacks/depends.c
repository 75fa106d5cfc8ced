/* DependsOn: between resources, and between modules and resources, where every root of one side waits for every sink
 * of the other (a root needs nothing, a sink is needed by nothing inside of its module). */
#include "stacks/stackpriv.h"

void depends_add(struct loader *ld, struct item *it, struct str address, struct pos pos)
{
	it->res.depends = arena_grow(ld->arena, it->res.depends, &it->cap_depends, it->res.n_depends + 1,
				     sizeof *it->res.depends);
	it->res.depends[it->res.n_depends++] = (struct depends){address, pos};
}

static void edge_add(struct loader *ld, struct module_edge e)
{
	ld->edges = arena_grow(ld->arena, ld->edges, &ld->cap_edges, ld->n_edges + 1, sizeof *ld->edges);
	ld->edges[ld->n_edges++] = e;
}

static void depend_on(struct scope *sc, struct item *item, struct scope *module, const struct value *v)
{
	struct loader *ld = sc->ld;
	struct name *n;

	if (v->kind != V_STRING) {
		err_at(ld->errs, v->pos, "DependsOn takes logical ids, not %s", kind_name(v));
		return;
	}
	n = name_get(&sc->names, v->text);
	if (!n || n->kind == NAME_PARAMETER) {
		struct str near = n ? STR_NONE : name_suggest(sc, v->text);

		if (!sc->broken)
			err_at(ld->errs, v->pos, n ? "'%.*s' is a parameter; DependsOn names resources%.*s"
			       : "DependsOn names '%.*s', which is no resource%.*s", STR_ARG(v->text), STR_ARG(near));
		return;
	}
	if (item && (struct name *)item == n) {
		err_help(ld->errs, err_at(ld->errs, v->pos, "'%.*s' depends on itself", STR_ARG(v->text)),
			 "remove it from its own DependsOn");
		return;
	}
	if (item && n->kind == NAME_RESOURCE)
		depends_add(ld, item, ((struct item *)n)->res.address, v->pos);
	else if (item && n->kind == NAME_LOOKUP)
		depends_add(ld, item, ((struct lookup_item *)n)->pub.address, v->pos);
	else if (n->kind != NAME_LOOKUP)
		edge_add(ld, (struct module_edge){
			.from_item = item, .from_scope = module, .pos = v->pos,
			.to_item = n->kind == NAME_RESOURCE ? (struct item *)n : NULL,
			.to_scope = n->kind == NAME_MODULE ? (struct scope *)n : NULL,
		});
}

void depends_read(struct scope *sc, struct item *item, struct scope *module, const struct value *raw)
{
	if (!raw)
		return;
	if (raw->kind != V_LIST)
		depend_on(sc, item, module, raw);
	for (size_t i = 0; raw->kind == V_LIST && i < value_count(raw); i++)
		depend_on(sc, item, module, value_at(raw, i));
}

/* --- modules ------------------------------------------------------------------------------------------------------- */

enum { HAS_NEED = 1, IS_NEEDED = 2 };

struct inside {
	struct loader *ld;
	struct str prefix;
	struct item *item;
};

static void inner_address(struct inside *in, struct str address)
{
	struct item *other = str_starts(address, in->prefix) ? name_get(&in->ld->addresses, address) : NULL;

	if (!other || other == in->item)
		return;
	in->item->visit |= HAS_NEED;
	other->visit |= IS_NEEDED;
}

static void inner_ref(void *ctx, const struct value *expr, struct str address, struct str attribute)
{
	(void)expr;
	(void)attribute;
	inner_address(ctx, address);
}

static void list_add(struct arena *a, struct item_list *list, struct item *it)
{
	list->items = arena_grow(a, list->items, &list->cap, list->n + 1, sizeof *list->items);
	list->items[list->n++] = it;
}

static void module_members(struct scope *sc, struct item_list *all)
{
	for (size_t i = 0; i < sc->n_items; i++)
		list_add(sc->ld->arena, all, sc->items[i]);
	for (size_t i = 0; i < sc->n_modules; i++)
		module_members(sc->modules[i], all);
}

static void module_ends(struct scope *sc)
{
	struct item_list all = {0};

	if (sc->edges_known)
		return;
	sc->edges_known = true;
	module_members(sc, &all);
	for (size_t i = 0; i < all.n; i++) {
		struct inside in = {sc->ld, sc->prefix, all.items[i]};

		expr_refs(all.items[i]->res.props, inner_ref, &in);
		for (size_t k = 0; k < all.items[i]->res.n_depends; k++)
			inner_address(&in, all.items[i]->res.depends[k].address);
	}
	for (size_t i = 0; i < all.n; i++) {
		if (!(all.items[i]->visit & HAS_NEED))
			list_add(sc->ld->arena, &sc->roots, all.items[i]);
		if (!(all.items[i]->visit & IS_NEEDED))
			list_add(sc->ld->arena, &sc->sinks, all.items[i]);
		all.items[i]->visit = 0;
	}
}

void modules_depend(struct loader *ld)
{
	for (size_t i = 0; i < ld->n_edges; i++) {
		struct module_edge *e = &ld->edges[i];
		struct item_list from = {&e->from_item, 1, 1}, to = {&e->to_item, 1, 1};

		if (e->from_scope) {
			module_ends(e->from_scope);
			from = e->from_scope->roots;
		}
		if (e->to_scope) {
			module_ends(e->to_scope);
			to = e->to_scope->sinks;
		}
		for (size_t f = 0; f < from.n; f++)
			for (size_t t = 0; t < to.n; t++)
				depends_add(ld, from.items[f], to.items[t]->res.address, e->pos);
	}
}
