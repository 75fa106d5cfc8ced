/* A plan as text: what each resource's change is, property by property, and the counts. Used by plan, apply,
 * destroy and `show FILE`; the same plan as JSON is planner's plan_json, as JSON lines jsonui.h.
 */
#ifndef DRPLAN_CMD_PLANUI_H
#define DRPLAN_CMD_PLANUI_H

#include "cmd/ui.h"
#include "planner/plan.h"

void planui_plan(const struct plan *p, struct buf *out, bool colour);
/* "+", "~", "-", "-/+", "+/-", "<=" */
const char *planui_symbol(const struct change *c);
enum ui_colour planui_colour(enum action action);
/* A space and a value for people: strings quoted, unknowns and secrets named as such; lists and maps over several lines
 * where one is too short. column is where the value begins, indent where its continuation lines do. */
void planui_value(struct buf *out, const struct value *v, size_t column, size_t indent);
/* The phase's name, or its number where the plan does not say it. */
struct str planui_phase(const struct plan *p, uint32_t phase);

#endif
