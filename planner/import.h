/* Taking over what exists: a resource of the stack gets a row in the state for something that drplan did not make.
 *
 *	struct import *items = {{.address = "Vpc", .id = "vpc-1"}, ...};
 *	import_run(arena, &env, &plan_options, items, n, &errs);
 *
 * Nothing is changed in AWS. What the stack says becomes what was applied last, so that the next plan shows where the
 * resource differs from it, and what is written but never given back (a password) counts as being as written.
 */
#ifndef DRPLAN_PLANNER_IMPORT_H
#define DRPLAN_PLANNER_IMPORT_H

#include "planner/plan.h"

struct import {
	struct str address, id;
	struct pos pos;			/* where it is asked for, for messages; or nowhere */
	const struct type *type;	/* filled */
	struct str assumed;		/* filled: properties that cannot be read back, joined by ", " */
};

/* All or none: every address must be a resource of the stack that the state does not hold, every id must exist and be
 * held by no other row. False with errors added, and then the state is as it was; else it is committed. */
bool import_run(struct arena *a, struct plan_env *env, const struct plan_options *opt, struct import *items, size_t n,
		struct errs *errs);

#endif
