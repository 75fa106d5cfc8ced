/* Phases of nodes, as semantics 1 says.
 *
 * A resource without a written phase stands at its layer, or in the earliest phase that needs it where that is
 * earlier; it moves later only behind a written phase that it depends on. So only two written phases can contradict
 * each other. One walk against the order pulls nodes earlier, one along it pushes them later.
 */
#include "planner/graph.h"

static uint32_t phase_named(const struct stack *s, struct str name, uint32_t otherwise)
{
	for (size_t i = 0; i < s->n_phases; i++)
		if (str_eq(s->phases[i].name, name))
			return (uint32_t)i;
	return otherwise;
}

static bool written(const struct node *n)
{
	return n->res && n->res->phase >= 0;
}

static uint32_t phase_first(const struct stack *s, const struct node *n)
{
	if (written(n))
		return (uint32_t)n->res->phase;
	if (n->res)
		return s->layer_phase[type_layer(n->res->type)];
	if (n->lookup) /* read when the first one needs it */
		return s->n_phases ? (uint32_t)s->n_phases - 1 : 0;
	const struct type *t = model_type(n->row->type);
	return phase_named(s, n->row->phase, t ? s->layer_phase[type_layer(t)] : 0);
}

static void pull_earlier(struct graph *g, struct node *n)
{
	for (uint32_t k = 0; k < n->deps[GRAPH_NEEDED_BY].n; k++) {
		const struct node *user = &g->nodes[n->deps[GRAPH_NEEDED_BY].items[k]];
		if (node_written(user) && user->phase < n->phase)
			n->phase = user->phase;
	}
}

static void contradiction(const struct node *n, const struct node *cause, const struct stack *s, struct errs *errs)
{
	struct str early = s->phases[n->phase].name, late = s->phases[cause->phase].name;
	struct err *e = err_at(errs, n->res->phase_pos.line ? n->res->phase_pos : n->res->pos,
			       "it is put into phase %.*s but needs %.*s, which is put into the later phase %.*s",
			       STR_ARG(early), STR_ARG(cause->address), STR_ARG(late));
	e->address = n->address;
	e->related = cause->res->phase_pos.line ? cause->res->phase_pos : cause->res->pos;
	e->related_note =
	    str_fmt(errs->arena, "%.*s is put into phase %.*s here", STR_ARG(cause->address), STR_ARG(late));
	err_help(errs, e, "move %.*s to phase %.*s or later, or %.*s to an earlier one", STR_ARG(n->address),
		 STR_ARG(late), STR_ARG(cause->address));
}

/* cause[i]: the node with a written phase that makes node i as late as it is. */
static void push_later(struct graph *g, struct node *n, uint32_t *cause, struct errs *errs)
{
	uint32_t self = (uint32_t)(n - g->nodes);
	cause[self] = self;
	for (uint32_t k = 0; k < n->deps[GRAPH_NEEDS].n; k++) {
		uint32_t to = n->deps[GRAPH_NEEDS].items[k];
		if (!node_written(&g->nodes[to]) || g->nodes[to].phase <= n->phase)
			continue;
		if (written(n)) {
			contradiction(n, &g->nodes[cause[to]], g->stack, errs);
			return;
		}
		n->phase = g->nodes[to].phase;
		cause[self] = cause[to];
	}
}

bool graph_place(struct graph *g, struct errs *errs)
{
	size_t before = errs->errors;
	uint32_t *cause = arena_array(g->arena, g->n + 1, sizeof *cause);
	for (size_t i = g->n; i-- > 0;) {
		struct node *n = &g->nodes[g->sorted[i]];
		n->phase = phase_first(g->stack, n);
		if (node_written(n) && !written(n))
			pull_earlier(g, n);
	}
	for (size_t i = 0; i < g->n; i++) {
		struct node *n = &g->nodes[g->sorted[i]];
		if (node_written(n))
			push_later(g, n, cause, errs);
	}
	return errs->errors == before;
}
