/* What the files of an undo share: undo.c decides what is undone and repeats rounds, undoplan.c compares what stood
 * before with what stands now and makes the plan of a round, undoids.c swaps the ids of what had to be made again. */
#ifndef DRPLAN_PLANNER_UNDO_H
#define DRPLAN_PLANNER_UNDO_H

#include "planner/planpriv.h"
#include "planner/runpriv.h"

struct undo_group {		/* all that the run intended for one address */
	struct str address;
	const struct intent **intents;
	size_t n;
	const struct state_row *before;	/* NULL: there was nothing before */
	bool made_first;		/* its first intent made it */
	const struct value *prior;	/* live before, where it was changed or deleted */
	const struct value *last;	/* what an update asked for last */
	bool skipped, keeps;		/* --skip; it stays, with what it needs */
	struct change *now, *old;	/* round: what is current; what was read of the resource from before */
};

struct undoing {
	struct arena *a;
	struct plan_env *env;
	const struct undo_options *opt;
	struct errs *errs;
	int64_t run;
	struct str phase;		/* empty: the whole run */
	const struct intent **intents;	/* in scope, by address and time */
	struct undo_group *groups;	/* by address */
	size_t n_groups;
	struct plan *plan;		/* of this round */
	size_t left;			/* its actions */
	size_t undecided;		/* creates of which nobody knows whether they happened */
	struct str *excepts;
	size_t n_excepts, cap_excepts;
};

/* Open intents first, those of an interrupted undo too. */
bool undo_recover(struct undoing *u);
bool undo_plan(struct undoing *u);

/* v, where c needs what was made again: with the ids and attributes of what stands there. */
const struct value *undo_new_ids(struct arena *a, const struct plan *p, const struct change *c, const struct value *v);

#endif
