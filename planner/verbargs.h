/* Arguments of checks and verbs, as the provider takes them: folded, and with what was made in the place of its name.
 *
 *	struct verb_scope scope;
 *	scope_of_state(arena, state, places, n_places, &scope, &errs);	or a run's own, which knows what it just made
 *	struct value *args = verb_args(arena, &scope, shape, m->value, &why);
 *
 * stacks/shapes.h says which keys of which check or verb name resources. There a logical id, or a !Ref of one, becomes
 * {Address, Type, Id, Target, Attrs, Props} (providers/provider.h). Used by gates (gate.c), by checks and by runbooks.
 */
#ifndef DRPLAN_PLANNER_VERBARGS_H
#define DRPLAN_PLANNER_VERBARGS_H

#include "providers/provider.h"
#include "stacks/shapes.h"
#include "state/state.h"

/* A resource or lookup that exists, as far as we know. */
struct thing {
	struct str address, id;
	const struct type *type;
	const struct place *place;
	const struct value *attrs;	/* GetAtt name -> value, "Ref"; or NULL */
	const struct value *props;	/* as read last, else as applied last; what WORK_READ may need beside the id */
};

/* Who knows names and values. */
struct verb_scope {
	void *ctx;
	bool (*thing)(void *ctx, struct str address, struct thing *out);	/* false: it is not there */
	struct value *(*attribute)(void *ctx, struct str address, struct str attribute);	/* as in struct expr_env */
	struct value *(*fact)(void *ctx, const struct value *expr);	/* or NULL */
};

/* NULL with why if something that is named does not exist, or a value is not known yet. */
struct value *verb_args(struct arena *a, const struct verb_scope *scope, const struct shape *shape,
			const struct value *args, struct str *why);

/* The target that arguments are about: the one that is written, else that of the first resource among them, else the one
 * with this name; NULL: none. */
const struct place *place_of_args(const struct place *places, size_t n, const struct value *args, struct str otherwise);

/* What the state alone knows: rows and the last answers of lookups. place of what belongs to a target that is no longer
 * there is NULL, and such a thing is not found. False if the state could not be read. */
bool scope_of_state(struct arena *a, struct state *st, const struct place *places, size_t n_places,
		    struct verb_scope *out, struct errs *errs);

#endif
