/* The graph: resources, lookups and their order, over all targets and phases of a stack.
 *
 * Nodes live in one array; edges are counted lists in both directions: deps[GRAPH_NEEDS] are the nodes that must
 * stand before this one, deps[GRAPH_NEEDED_BY] those that wait for it. The direction is an index, so create, destroy
 * and undo share one walker (run.c).
 */
#ifndef DRPLAN_PLANNER_GRAPH_H
#define DRPLAN_PLANNER_GRAPH_H

#include "stacks/stack.h"
#include "state/state.h"

enum { GRAPH_NEEDS, GRAPH_NEEDED_BY };

struct node_list {
	uint32_t *items;	/* indexes into graph->nodes */
	uint32_t n, cap;
};

struct node {
	struct str address;
	const struct resource *res;	/* graph_build: NULL for what only the state knows */
	const struct lookup *lookup;	/* graph_build */
	const struct state_row *row;	/* graph_build: current row, or NULL */
	uint32_t phase;			/* graph_place: index into the stack's phases */
	uint32_t order;			/* graph_sort: position in a topological order, ties by address */
	struct node_list deps[2];	/* graph_build */
	/* run.c's counters */
	uint32_t blockers;
};

struct graph {
	struct arena *arena;
	const struct stack *stack;
	struct node *nodes;
	size_t n, cap;
	uint32_t *slots;		/* hash of addresses */
	size_t n_slots;
	uint32_t *sorted;		/* graph_sort: node indexes in topological order */
};

/* Nodes for every resource and lookup of the stack, every row that the stack no longer has, and every deposed row
 * (same address, its own node, found by no graph_find); rows that are kept have none. Edges from Ref, GetAtt,
 * DependsOn, and what the types follow (implied.h); and from the rows' recorded dependencies where one end is known
 * to the state alone: what used such a resource until the last run must let go of it before it is deleted. Linear in
 * nodes plus edges. */
bool graph_build(struct graph *g, struct arena *a, const struct stack *s, const struct state_row *rows, size_t n_rows,
		 struct errs *errs);
/* A topological order: the stack's nodes, then those that only the state knows. A cycle among the stack's is one error
 * that shows its path with the position of each reference; one among recorded dependencies is cut, not an error. */
bool graph_sort(struct graph *g, struct errs *errs);
/* Phases as semantics 1 says; two written ones that contradict each other are an error naming both lines. */
bool graph_place(struct graph *g, struct errs *errs);
/* The hash for graph_find, over nodes that are complete; graph_build does it. */
void graph_hash(struct graph *g);
bool node_written(const struct node *n);	/* a resource or lookup of the stack */
struct node *graph_find(const struct graph *g, struct str address);
/* GraphViz text, clustered by phase. */
void graph_dot(const struct graph *g, struct buf *out);

#endif
