/* Order that AWS insists on and no reference says: what goes out through a gateway needs it attached. A template that
 * leaves out this DependsOn works or fails by luck when all is made at once, and again when all is deleted. */
#ifndef DRPLAN_PLANNER_IMPLIED_H
#define DRPLAN_PLANNER_IMPLIED_H

#include "planner/graph.h"

#define IMPLIED_NONE UINT32_MAX

struct implied {
	const struct graph *g;
	uint32_t *by_gateway, *by_vpc;	/* node of a gateway, a VPC -> node of its attachment; IMPLIED_NONE */
};

/* Finds the attachments of a hashed graph. */
void implied_init(struct implied *im, const struct graph *g);
/* The attachment that a node needs without saying so, as an index into the nodes, or IMPLIED_NONE. */
uint32_t implied_need(const struct implied *im, const struct node *n);

#endif
