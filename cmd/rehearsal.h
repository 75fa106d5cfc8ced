/* A rehearsal: a command on a copy of the state, in a simulated world and in virtual time. rehearse.c opens and closes it,
 * rehearseworld.c makes the world, rehearseshow.c tells what came of it.
 */
#ifndef DRPLAN_CMD_REHEARSAL_H
#define DRPLAN_CMD_REHEARSAL_H

#include "cmd/bookui.h"
#include "cmd/sessionpriv.h"
#include "planner/run.h"
#include "providers/sim/sim.h"

struct span {			/* a step of a plan, or a phase */
	struct str phase;
	const struct change *change;	/* NULL: a phase */
	enum action action;
	int64_t from, to;		/* virtual ms */
};

struct rehearsal {
	struct str folder;		/* private, removed at the end: the copies of state and world, and files */
	struct provider *sim;
	bool copied;			/* the world is the stack's own simulated one */
	struct span *steps, *phases;	/* of a plan, in the order of their ends */
	size_t n_steps, cap_steps, n_phases, cap_phases;
};

/* The provider and its places; then, with the stack rendered or not, what stands in the world, and the faults. */
bool rehearsal_world(struct session *s, struct rehearsal *r);
bool rehearsal_fill(struct session *s, struct rehearsal *r);
/* The end of a rehearsed plan: time by phase, and the longest chain of steps. */
void rehearsal_plan_summary(struct session *s, const struct plan *p, const char *what, bool done, int64_t took_ms);

#endif
