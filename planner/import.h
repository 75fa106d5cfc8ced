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

struct import_lost {
	struct str address;
	struct pos pos;
	struct str why;
};

struct import_found {
	struct import *items;		/* for import_run() */
	size_t n;
	struct import_lost *lost;
	size_t n_lost;
	struct str lineage;		/* the state is new, and what stands there is of this one: nothing else was looked for */
};

/* Look for every resource of the stack that the state lacks (importfind.c): by drplan's tags, or by parent or name. Where
 * a lineage comes back, it has to become the state's, and the stack rendered with it, before this is asked again. False
 * with errors added: nobody could be asked. */
bool import_find(struct arena *a, struct plan_env *env, const struct plan_options *opt, struct import_found *out,
		 struct errs *errs);

#endif
