/* Needs that no reference expresses: the type's text says what it follows (model.h, type_follows). A template that
 * leaves out such a DependsOn works or fails by luck when all is made at once, and again when all is deleted. */
#ifndef DRPLAN_PLANNER_IMPLIED_H
#define DRPLAN_PLANNER_IMPLIED_H

#include "planner/graph.h"

#define IMPLIED_NONE UINT32_MAX
#define IMPLIED_KINDS 16

struct implied {
	const struct graph *g;
	struct implied_kind {			/* one for each (type, property) that is followed */
		const struct type *type;
		struct str theirs;
		uint32_t *by_referred;		/* node -> the node of the type whose property refers to it */
	} kinds[IMPLIED_KINDS];
	size_t n;
};

/* Finds what is followed in a hashed graph. */
void implied_init(struct implied *im, const struct graph *g);
/* Call fn with each node that n follows, as an index into the nodes. */
void implied_needs(const struct implied *im, const struct node *n, void (*fn)(void *ctx, uint32_t node), void *ctx);

#endif
