/* Exports of other stacks, as the states beside this one hold them (semantics 8). */
#ifndef DRPLAN_PLANNER_IMPORTS_H
#define DRPLAN_PLANNER_IMPORTS_H

#include "planner/plan.h"

/* The value of an export of the given name, made in the same account and region by the same provider, from the state
 * files in the folder of env's state; NULL if none has it. */
struct value *import_from_siblings(struct arena *a, struct plan_env *env, uint32_t target, struct str name);

/* Put into the state which exports its stack imports, beside those that it imported before if keep_old; none: none. */
void imports_record(struct arena *a, const struct plan_env *env, bool keep_old, bool none);

#endif
