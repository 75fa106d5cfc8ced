/* The graph as GraphViz text, one cluster per phase; arrows point at what is needed. */
#include "planner/graph.h"

static void dot_quote(struct buf *out, struct str s)
{
	buf_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_char(out, '\\');
		buf_char(out, s.p[i]);
	}
	buf_char(out, '"');
}

static void dot_node(struct buf *out, const struct node *n)
{
	struct str type = n->res ? type_name(n->res->type) : n->lookup ? type_name(n->lookup->type) : n->row->type;
	buf_cstr(out, "    ");
	dot_quote(out, n->address);
	buf_cstr(out, " [label=\"");
	buf_fmt(out, "%.*s\\n%.*s\"", STR_ARG(n->address), STR_ARG(type));
	if (n->lookup)
		buf_cstr(out, ", style=dashed");
	else if (!n->res)
		buf_cstr(out, ", color=red");
	buf_cstr(out, "];\n");
}

static void dot_phase(const struct graph *g, size_t phase, const uint32_t *members, size_t n, struct buf *out)
{
	if (!n)
		return;
	buf_fmt(out, "  subgraph cluster_%zu {\n    label=", phase);
	dot_quote(out, phase < g->stack->n_phases ? g->stack->phases[phase].name : STR("?"));
	buf_cstr(out, ";\n");
	for (size_t i = 0; i < n; i++)
		dot_node(out, &g->nodes[members[i]]);
	buf_cstr(out, "  }\n");
}

void graph_dot(const struct graph *g, struct buf *out)
{
	size_t n_phases = g->stack->n_phases + 1;
	size_t *start = arena_array(g->arena, n_phases + 1, sizeof *start);
	uint32_t *members = arena_array(g->arena, g->n + 1, sizeof *members);
	for (size_t i = 0; i < g->n; i++)
		start[g->nodes[i].phase + 1]++;
	for (size_t p = 0; p < n_phases; p++)
		start[p + 1] += start[p];
	size_t *fill = arena_array(g->arena, n_phases, sizeof *fill);
	for (size_t i = 0; i < g->n; i++) {
		uint32_t p = g->nodes[i].phase;
		members[start[p] + fill[p]++] = (uint32_t)i;
	}
	buf_cstr(out, "digraph ");
	dot_quote(out, g->stack->name);
	buf_cstr(out, " {\n  rankdir=BT;\n  node [shape=box];\n");
	for (size_t p = 0; p < n_phases; p++)
		dot_phase(g, p, members + start[p], fill[p], out);
	for (size_t i = 0; i < g->n; i++) {
		const struct node_list *needs = &g->nodes[i].deps[GRAPH_NEEDS];
		for (uint32_t k = 0; k < needs->n; k++) {
			buf_cstr(out, "  ");
			dot_quote(out, g->nodes[i].address);
			buf_cstr(out, " -> ");
			dot_quote(out, g->nodes[needs->items[k]].address);
			buf_cstr(out, ";\n");
		}
	}
	buf_cstr(out, "}\n");
}
