/* Import: rows for resources that exist already (import.h). The passes of a plan up to the refresh give the graph, the
 * phases and the attributes of what the state holds; what is imported is read all at once, then folded along the order.
 */
#include "planner/import.h"

#include "planner/planpriv.h"

#include <stdlib.h>

struct importing {
	struct planning p;
	struct import *items;
	size_t n;
	struct change **changes;	/* parallel to items */
	bool *asked;			/* by change: among the items */
	const struct state_row **by_id;	/* the state's rows, sorted */
};

static struct err *item_error(struct importing *im, const struct import *item, const char *why)
{
	struct err *e = err_add(im->p.errs, ERR_INPUT, item->pos, "it cannot be imported: %s", why);
	e->address = item->address;
	return e;
}

static void unknown_address(struct importing *im, const struct import *item)
{
	const struct graph *g = &im->p.g;
	struct str *names = arena_array(im->p.a, g->n + 1, sizeof *names);
	size_t n = 0;
	for (size_t i = 0; i < g->n; i++)
		if (g->nodes[i].res)
			names[n++] = g->nodes[i].address;
	struct str near = err_suggest(im->p.a, item->address, names, n);
	item_error(im, item, str_fmt(im->p.a, "the stack has no such resource%.*s", STR_ARG(near)).p);
}

static bool find_change(struct importing *im, size_t i)
{
	const struct import *item = &im->items[i];
	const struct node *node = graph_find(&im->p.g, item->address);
	if (!node || !node->res) {
		unknown_address(im, item);
		return false;
	}
	if (node->row) {
		struct str why = str_fmt(im->p.a, "the state holds it, as %.*s", STR_ARG(node->row->id));
		err_help(im->p.errs, item_error(im, item, why.p), "drplan state forget %.*s lets go of that one",
			 STR_ARG(item->address));
		return false;
	}
	im->changes[i] = change_of(&im->p, node);
	bool *asked = &im->asked[im->changes[i] - im->p.plan->changes];
	if (*asked) {
		item_error(im, item, "it is asked for twice");
		return false;
	}
	*asked = true;
	return true;
}

static int row_order(const void *pa, const void *pb)
{
	const struct state_row *const *a = pa, *const *b = pb;
	return str_cmp((*a)->id, (*b)->id);
}

static void sort_rows(struct importing *im)
{
	im->by_id = arena_array(im->p.a, im->p.n_rows + 1, sizeof *im->by_id);
	for (size_t i = 0; i < im->p.n_rows; i++)
		im->by_id[i] = &im->p.rows[i];
	if (im->p.n_rows)
		qsort(im->by_id, im->p.n_rows, sizeof *im->by_id, row_order);
}

/* The first row in by_id whose id is not before this one. */
static size_t row_at(const struct importing *im, struct str id)
{
	size_t from = 0, to = im->p.n_rows;
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		if (str_cmp(im->by_id[mid]->id, id) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

/* One thing under two addresses would be deleted by the one while the other needs it. */
static bool id_is_free(struct importing *im, const struct import *item, const struct change *c)
{
	struct str target = im->p.env->stack->targets[c->target].name;
	for (size_t i = row_at(im, item->id); i < im->p.n_rows && str_eq(im->by_id[i]->id, item->id); i++) {
		const struct state_row *row = im->by_id[i];
		if (row->status == ROW_KEPT || !str_eq(row->target, target) || !str_eq(row->type, type_name(c->type)))
			continue;
		item_error(im, item,
			   str_fmt(im->p.a, "%.*s is %.*s in this state", STR_ARG(item->id), STR_ARG(row->address)).p);
		return false;
	}
	return true;
}

static bool find_all(struct importing *im)
{
	size_t before = im->p.errs->errors;
	im->changes = arena_array(im->p.a, im->n + 1, sizeof *im->changes);
	im->asked = arena_array(im->p.a, im->p.plan->n + 1, sizeof *im->asked);
	sort_rows(im);
	for (size_t i = 0; i < im->n; i++)
		if (find_change(im, i)) {
			im->items[i].type = im->changes[i]->type;
			id_is_free(im, &im->items[i], im->changes[i]);
		}
	return im->p.errs->errors == before;
}

/* --- reading -------------------------------------------------------------------------------------------------- */

static void take(struct importing *im, size_t i, const struct work *w)
{
	struct change *c = im->changes[i];
	if (w->state != WORK_OK || w->items->failed) {
		work_error(w, im->p.errs);
		return;
	}
	if (!w->items->found) {
		struct str why = str_fmt(im->p.a, "there is no %.*s '%.*s' in target %.*s", STR_ARG(type_name(c->type)),
					 STR_ARG(w->items->id), STR_ARG(im->p.env->stack->targets[c->target].name));
		item_error(im, &im->items[i], why.p);
		return;
	}
	c->live = w->items->live;
	c->live_attrs = w->items->attrs;
	c->made = true;
}

static bool read_all(struct importing *im)
{
	struct planning *p = &im->p;
	size_t before = p->errs->errors;
	struct work *works = arena_array(p->a, im->n + 1, sizeof *works),
		    **started = arena_array(p->a, im->n + 1, sizeof *started);
	struct work_item *reads = arena_array(p->a, im->n + 1, sizeof *reads);
	for (size_t i = 0; i < im->n; i++) {
		const struct change *c = im->changes[i];
		reads[i] = (struct work_item){.id = im->items[i].id, .address = c->address};
		works[i] = (struct work){.kind = WORK_READ,
					 .place = &p->env->places[c->target],
					 .type = c->type,
					 .arena = p->a,
					 .address = c->address,
					 .items = &reads[i],
					 .n_items = 1};
		started[i] = &works[i];
	}
	if (!works_run(p->env, started, im->n, p->opt, "import", p->errs))
		return false;
	for (size_t i = 0; i < im->n; i++)
		take(im, i, &works[i]);
	return p->errs->errors == before;
}

/* --- rows ----------------------------------------------------------------------------------------------------- */

/* What the stack says, as far as it is known without what is still missing; the rest as it is. */
static struct value *inputs_of(struct importing *im, const struct change *c)
{
	struct value *out = value_map(im->p.a, (struct pos){0});
	for (size_t i = 0; i < value_count(c->desired); i++) {
		const struct member *m = &c->desired->map.items[i];
		const struct value *v = value_has_expr(m->value) ? value_get(c->live, m->key) : m->value;
		if (v)
			value_set(im->p.a, out, m->key, m->pos, (struct value *)v);
	}
	return state_hide_secrets(im->p.env->state, im->p.a, out);
}

static struct str assumed_text(struct arena *a, const struct change *c, const struct value *inputs)
{
	struct str out = STR_NONE;
	for (size_t i = 0; i < value_count(inputs); i++) {
		struct str key = inputs->map.items[i].key;
		const struct schema *s = schema_prop(type_schema(c->type), key);
		if (s && (schema_flags(s) & PROP_WRITE_ONLY) && !value_get(c->live, key))
			out = out.n ? str_fmt(a, "%.*s, %.*s", STR_ARG(out), STR_ARG(key)) : key;
	}
	return out;
}

static struct str *needs_of(struct importing *im, const struct change *c, size_t *n)
{
	const struct node_list *needs = &c->node->deps[GRAPH_NEEDS];
	struct str *out = arena_array(im->p.a, needs->n + 1, sizeof *out);
	*n = 0;
	for (uint32_t i = 0; i < needs->n; i++)
		if (im->p.g.nodes[needs->items[i]].res)
			out[(*n)++] = im->p.g.nodes[needs->items[i]].address;
	return out;
}

/* What an earlier destroy kept is the stack's again. */
static void unkeep(struct importing *im, const struct state_row *taken)
{
	for (size_t i = row_at(im, taken->id); i < im->p.n_rows && str_eq(im->by_id[i]->id, taken->id); i++) {
		const struct state_row *row = im->by_id[i];
		if (row->status == ROW_KEPT && str_eq(row->target, taken->target) && str_eq(row->type, taken->type))
			state_delete(im->p.env->state, row->address, row->generation);
	}
}

static bool put_row(struct importing *im, size_t i)
{
	struct planning *p = &im->p;
	struct change *c = im->changes[i];
	const struct stack *s = p->env->stack;
	if (!change_fold(p, c, NULL))
		return false;
	if (c->res->name_generated)
		c->generated_name = value_text(value_get(c->live, type_name_property(c->type)));
	c->desired = change_named(p, c, c->desired);
	struct state_row row = {
	    .address = c->address,
	    .type = type_name(c->type),
	    .target = s->targets[c->target].name,
	    .phase = c->phase < s->n_phases ? s->phases[c->phase].name : STR_NONE,
	    .id = im->items[i].id,
	    .status = ROW_OK,
	    .inputs = inputs_of(im, c),
	    .attrs = state_hide_secrets(p->env->state, p->a, c->live_attrs),
	    .deletion = policy_text(c->res->deletion, c->type),
	    .name_chosen = c->generated_name,
	};
	row.depends = needs_of(im, c, &row.n_depends);
	im->items[i].assumed = assumed_text(p->a, c, row.inputs);
	unkeep(im, &row);
	state_put(p->env->state, &row);
	return true;
}

static int by_order(const void *pa, const void *pb)
{
	const struct change *const *a = pa, *const *b = pb;
	return (*a > *b) - (*a < *b);
}

/* Along the order, so that what one takes from another that is imported too is known; changes lie in that order. */
static bool put_all(struct importing *im)
{
	struct change **sorted = arena_array(im->p.a, im->n + 1, sizeof *sorted);
	uint32_t *item_of = arena_array(im->p.a, im->p.plan->n + 1, sizeof *item_of);
	for (size_t i = 0; i < im->n; i++) {
		sorted[i] = im->changes[i];
		item_of[im->changes[i] - im->p.plan->changes] = (uint32_t)i;
	}
	if (im->n)
		qsort(sorted, im->n, sizeof *sorted, by_order);
	for (size_t i = 0; i < im->n; i++)
		if (!put_row(im, item_of[sorted[i] - im->p.plan->changes]))
			return false;
	return true;
}

bool import_run(struct arena *a, struct plan_env *env, const struct plan_options *opt, struct import *items, size_t n,
		struct errs *errs)
{
	struct plan_options trusting = *opt;
	struct importing im = {.items = items, .n = n};
	trusting.no_refresh = true;
	return plan_begin(&im.p, a, env, &trusting, "resolve", errs) && find_all(&im) && read_all(&im) &&
	       put_all(&im) && state_commit(env->state, errs);
}
