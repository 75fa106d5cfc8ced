/* What the files of a phase's gate share: gate.c asks what is written, gatedefault.c what is asked where nothing is. */
#ifndef DRPLAN_PLANNER_GATE_H
#define DRPLAN_PLANNER_GATE_H

#include "planner/check.h"
#include "planner/planpriv.h"
#include "planner/runpriv.h"

bool gate_default(const struct check_world *w, struct run *r, uint32_t phase, int64_t within_ms, struct check_result *out);

/* The id of what a change made, or of what stood before; and what a read of it may need beside the id. */
struct str change_id(const struct change *c);
const struct value *change_props(const struct change *c);

#endif
