/* The stack as it was applied last, rendered out of the state alone: a failover never reads the working tree.
 *
 *	struct stored src = {.vars = ..., .n_vars = ...};	what the command line gives again: NoEcho parameters
 *	if (!source_open(a, state, &src, &errs)) ...
 *	struct stack *s = source_render(a, &src, STR("active"), STR("dr"), &errs);
 *
 * Rendering it with two modes tells what depends on the mode.
 */
#ifndef DRPLAN_PLANNER_SOURCE_H
#define DRPLAN_PLANNER_SOURCE_H

#include "stacks/source.h"
#include "state/state.h"

struct stored {
	const struct stack_var *vars;	/* of the caller; they win over the stored ones */
	size_t n_vars;
	const struct value *value;	/* filled */
	struct str digest, lineage;
};

bool source_open(struct arena *a, struct state *st, struct stored *src, struct errs *errs);
/* Empty mode and active: what the stack begins with. */
struct stack *source_render(struct arena *a, const struct stored *src, struct str mode, struct str active,
			    struct errs *errs);
/* Addresses whose resources differ between the two, sorted; and for those that stand in both, Ignore of after also
 * names each property that does not depend on the mode. */
struct str *source_differs(struct arena *a, struct stack *before, struct stack *after, size_t *n);
/* The template of a Temporary step out of the same files; opt has path, vars, name, tags, default_region, lineage. */
struct stack *source_template(struct arena *a, const struct stored *src, struct stack_options *opt, struct errs *errs);

#endif
