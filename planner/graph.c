/* The graph: nodes from a stack and the state's rows, edges from references, a topological order.
 *
 * Edges are gathered in one array and dealt out to both directions by counting, so that building costs a handful of
 * allocations whatever the size. place.c gives nodes their phases, dot.c draws them.
 */
#include "planner/implied.h"

#include <stdlib.h>
#include <string.h>

struct edge {
	uint32_t from, to; /* from needs to */
};

struct builder {
	struct graph *g;
	struct errs *errs;
	struct edge *edges;
	size_t n_edges, cap_edges;
	uint32_t *seen; /* per node: 1 + the last node that got an edge to it; keeps edges unique */
	uint32_t from;
	struct pos pos;
};

bool node_written(const struct node *n)
{
	return n->res || n->lookup;
}

static struct node *node_add(struct graph *g, struct str address)
{
	g->nodes = arena_grow(g->arena, g->nodes, &g->cap, g->n + 1, sizeof *g->nodes);
	struct node *n = &g->nodes[g->n++];
	*n = (struct node){.address = address};
	return n;
}

static bool hashed(const struct node *n)
{
	return !n->row || n->row->generation == 0;
}

void graph_hash(struct graph *g)
{
	g->n_slots = 16;
	while (g->n_slots < 2 * g->n)
		g->n_slots *= 2;
	g->slots = arena_array(g->arena, g->n_slots, sizeof *g->slots);
	for (size_t i = 0; i < g->n; i++) {
		if (!hashed(&g->nodes[i]))
			continue;
		size_t at = hash_bytes(g->nodes[i].address).lo & (g->n_slots - 1);
		while (g->slots[at])
			at = (at + 1) & (g->n_slots - 1);
		g->slots[at] = (uint32_t)i + 1;
	}
}

struct node *graph_find(const struct graph *g, struct str address)
{
	size_t at = hash_bytes(address).lo & (g->n_slots - 1);
	for (; g->slots[at]; at = (at + 1) & (g->n_slots - 1))
		if (str_eq(g->nodes[g->slots[at] - 1].address, address))
			return &g->nodes[g->slots[at] - 1];
	return NULL;
}

static int node_compare(const void *pa, const void *pb)
{
	const struct node *a = pa, *b = pb;
	int c = str_cmp(a->address, b->address);
	if (c)
		return c;
	int64_t ga = a->row ? a->row->generation : 0, gb = b->row ? b->row->generation : 0;
	return ga < gb ? -1 : ga > gb;
}

/* The stack's resources are sorted by address: rows find theirs by binary search. */
static void nodes_make(struct graph *g, const struct state_row *rows, size_t n_rows)
{
	const struct stack *s = g->stack;
	g->nodes = arena_grow(g->arena, NULL, &g->cap, s->n_resources + s->n_lookups + n_rows + 1, sizeof *g->nodes);
	for (size_t i = 0; i < s->n_resources; i++)
		node_add(g, s->resources[i].address)->res = &s->resources[i];
	for (size_t i = 0; i < s->n_lookups; i++)
		node_add(g, s->lookups[i].address)->lookup = &s->lookups[i];
	for (size_t i = 0; i < n_rows; i++) {
		if (rows[i].status == ROW_KEPT)
			continue;
		const struct resource *res = rows[i].generation ? NULL : stack_find(s, rows[i].address);
		if (res)
			g->nodes[res - s->resources].row = &rows[i];
		else
			node_add(g, rows[i].address)->row = &rows[i];
	}
	qsort(g->nodes, g->n, sizeof *g->nodes, node_compare);
}

static void edge_add(struct builder *b, uint32_t to)
{
	if (b->seen[to] == b->from + 1)
		return;
	b->seen[to] = b->from + 1;
	b->edges = arena_grow(b->g->arena, b->edges, &b->cap_edges, b->n_edges + 1, sizeof *b->edges);
	b->edges[b->n_edges++] = (struct edge){b->from, to};
}

static void edge_ref(void *ctx, const struct value *expr, struct str address, struct str attribute)
{
	struct builder *b = ctx;
	struct node *to = graph_find(b->g, address);
	if (to && node_written(to))
		edge_add(b, (uint32_t)(to - b->g->nodes));
	else
		err_at(b->errs, expr->pos, "%.*s%s%.*s refers to nothing in this stack", STR_ARG(address),
		       attribute.n ? "." : "", STR_ARG(attribute));
}

/* What a row needed when it was applied: where the state alone knows one end. Deposed rows stand behind the current
 * one of their address; whoever used it may still use them. */
static void edges_recorded(struct builder *b, const struct node *n, struct str address)
{
	struct node *to = graph_find(b->g, address), *end = b->g->nodes + b->g->n;
	if (!to)
		return;
	if (to != n && (!n->res || !node_written(to)))
		edge_add(b, (uint32_t)(to - b->g->nodes));
	while (++to < end && str_eq(to->address, address))
		if (to != n)
			edge_add(b, (uint32_t)(to - b->g->nodes));
}

static void edge_implied(void *ctx, uint32_t to)
{
	struct builder *b = ctx;
	if (to != b->from)
		edge_add(b, to);
}

static void edges_of(struct builder *b, const struct node *n)
{
	if (n->lookup)
		expr_refs(n->lookup->match, edge_ref, b);
	if (n->res) {
		expr_refs(n->res->props, edge_ref, b);
		for (size_t i = 0; i < n->res->n_depends; i++) {
			struct node *to = graph_find(b->g, n->res->depends[i].address);
			if (to && node_written(to))
				edge_add(b, (uint32_t)(to - b->g->nodes));
		}
	}
	for (size_t i = 0; n->row && i < n->row->n_depends; i++)
		edges_recorded(b, n, n->row->depends[i]);
}

/* Deal the edges out: each node's two lists are slices of two pools. */
static void edges_deal(struct builder *b)
{
	struct graph *g = b->g;
	for (int d = 0; d < 2; d++) {
		for (size_t i = 0; i < b->n_edges; i++)
			g->nodes[d == GRAPH_NEEDS ? b->edges[i].from : b->edges[i].to].deps[d].cap++;
		uint32_t *pool = arena_array(g->arena, b->n_edges + 1, sizeof *pool);
		for (size_t i = 0; i < g->n; i++) {
			g->nodes[i].deps[d].items = pool;
			pool += g->nodes[i].deps[d].cap;
		}
		for (size_t i = 0; i < b->n_edges; i++) {
			struct edge e = b->edges[i];
			struct node_list *l = &g->nodes[d == GRAPH_NEEDS ? e.from : e.to].deps[d];
			l->items[l->n++] = d == GRAPH_NEEDS ? e.to : e.from;
		}
	}
}

bool graph_build(struct graph *g, struct arena *a, const struct stack *s, const struct state_row *rows, size_t n_rows,
		 struct errs *errs)
{
	*g = (struct graph){.arena = a, .stack = s};
	size_t before = errs->errors;
	if (s->n_resources + s->n_lookups + n_rows >= UINT32_MAX) {
		err_add(errs, ERR_INPUT, (struct pos){0}, "the stack is too large");
		return false;
	}
	nodes_make(g, rows, n_rows);
	graph_hash(g);
	struct builder b = {.g = g, .errs = errs, .seen = arena_array(a, g->n + 1, sizeof(uint32_t))};
	struct implied implied;
	implied_init(&implied, g);
	for (b.from = 0; b.from < g->n; b.from++) {
		edges_of(&b, &g->nodes[b.from]);
		implied_needs(&implied, &g->nodes[b.from], edge_implied, &b);
	}
	edges_deal(&b);
	return errs->errors == before;
}

/* --- order ---------------------------------------------------------------------------------------------------- */

struct edge_search {
	struct str address;
	struct pos pos;
};

static void find_ref(void *ctx, const struct value *expr, struct str address, struct str attribute)
{
	struct edge_search *s = ctx;
	(void)attribute;
	if (!s->pos.line && str_eq(address, s->address))
		s->pos = expr->pos;
}

/* Where n says that it needs the other one. */
static struct pos edge_pos(const struct node *n, const struct node *to)
{
	struct edge_search s = {.address = to->address};
	if (n->lookup)
		expr_refs(n->lookup->match, find_ref, &s);
	if (n->res)
		expr_refs(n->res->props, find_ref, &s);
	for (size_t i = 0; n->res && !s.pos.line && i < n->res->n_depends; i++)
		if (str_eq(n->res->depends[i].address, to->address))
			s.pos = n->res->depends[i].pos;
	if (!s.pos.line)
		s.pos = n->res ? n->res->pos : n->lookup->pos;
	return s.pos;
}

static void path_step(struct errs *errs, struct buf *path, const struct node *n, const struct node *to)
{
	struct pos p = edge_pos(n, to);
	buf_fmt(path, "%.*s (", STR_ARG(n->address));
	if (errs->sources && p.file < errs->sources->n)
		buf_fmt(path, "%.*s:", STR_ARG(errs->sources->items[p.file].path));
	buf_fmt(path, "%u:%u) -> ", (unsigned)p.line, (unsigned)p.col);
}

static uint32_t blocked_need(const struct graph *g, const struct node *n)
{
	for (uint32_t i = 0; i < n->deps[GRAPH_NEEDS].n; i++) {
		uint32_t to = n->deps[GRAPH_NEEDS].items[i];
		if (node_written(&g->nodes[to]) && g->nodes[to].blockers)
			return to;
	}
	return UINT32_MAX;
}

static void self_error(const struct node *n, struct errs *errs)
{
	struct err *e = err_at(errs, edge_pos(n, n), "the resource needs itself");
	e->address = n->address;
	err_help(errs, e, "make the part that refers to it a resource of its own (a rule, an attachment)");
}

/* Every node that is still blocked has a blocked need: following them must come round. */
static void cycle_error(struct graph *g, struct errs *errs)
{
	uint32_t *order = arena_array(g->arena, g->n, sizeof *order), at = 0, step = 0;
	while (!node_written(&g->nodes[at]) || !g->nodes[at].blockers)
		at++;
	while (!order[at]) {
		order[at] = ++step;
		at = blocked_need(g, &g->nodes[at]);
	}
	struct buf path;
	buf_init(&path, 1 << 20);
	uint32_t first = at;
	do {
		uint32_t next = blocked_need(g, &g->nodes[at]);
		path_step(errs, &path, &g->nodes[at], &g->nodes[next]);
		at = next;
	} while (at != first);
	uint32_t second = blocked_need(g, &g->nodes[first]);
	if (first == second) {
		self_error(&g->nodes[first], errs);
		buf_free(&path);
		return;
	}
	struct str text = buf_take(&path, errs->arena);
	struct err *e =
	    err_at(errs, edge_pos(&g->nodes[first], &g->nodes[second]),
		   "resources need each other in a circle: %.*s%.*s", STR_ARG(text), STR_ARG(g->nodes[first].address));
	buf_free(&path);
	e->address = g->nodes[first].address;
	e->related = edge_pos(&g->nodes[second], &g->nodes[blocked_need(g, &g->nodes[second])]);
	e->related_note = STR("and this is the next step of the circle");
	err_help(
	    errs, e,
	    "give one of them its reference by a resource of its own (a rule, an attachment), or drop a DependsOn");
}

/* Kahn's algorithm over the nodes of one kind; returns how many it could order behind those that are sorted. */
static size_t sort_kind(struct graph *g, bool written, size_t base)
{
	size_t tail = base;
	for (uint32_t i = 0; i < g->n; i++) {
		struct node *n = &g->nodes[i];
		if (node_written(n) != written)
			continue;
		n->blockers = 0;
		for (uint32_t k = 0; k < n->deps[GRAPH_NEEDS].n; k++)
			n->blockers += node_written(&g->nodes[n->deps[GRAPH_NEEDS].items[k]]) == written;
		if (!n->blockers)
			g->sorted[tail++] = i;
	}
	for (size_t head = base; head < tail; head++) {
		struct node *n = &g->nodes[g->sorted[head]];
		n->order = (uint32_t)head;
		for (uint32_t k = 0; k < n->deps[GRAPH_NEEDED_BY].n; k++) {
			uint32_t user = n->deps[GRAPH_NEEDED_BY].items[k];
			if (node_written(&g->nodes[user]) == written && --g->nodes[user].blockers == 0)
				g->sorted[tail++] = user;
		}
	}
	return tail;
}

/* Recorded dependencies of different runs may contradict each other; what is left goes in by address. */
static void sort_rest(struct graph *g, size_t tail)
{
	for (uint32_t i = 0; i < g->n; i++) {
		struct node *n = &g->nodes[i];
		if (node_written(n) || !n->blockers)
			continue;
		n->blockers = 0;
		n->order = (uint32_t)tail;
		g->sorted[tail++] = i;
	}
}

bool graph_sort(struct graph *g, struct errs *errs)
{
	g->sorted = arena_array(g->arena, g->n + 1, sizeof *g->sorted);
	size_t written = 0;
	for (size_t i = 0; i < g->n; i++)
		written += node_written(&g->nodes[i]);
	if (sort_kind(g, true, 0) != written) {
		cycle_error(g, errs);
		return false;
	}
	sort_rest(g, sort_kind(g, false, written));
	return true;
}
