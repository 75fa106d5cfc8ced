/* Small builders for planjson.c: trees of what is known, unknown and sensitive, in the shapes that the format has. */
#ifndef DRPLAN_PLANNER_JSONSHAPE_H
#define DRPLAN_PLANNER_JSONSHAPE_H

#include "planner/plan.h"

extern const struct pos json_nowhere;

void json_append(struct arena *a, struct value *list, const char *text);
/* Without what is unknown: members are missing, list items are null. NULL for NULL and for an unknown value. */
struct value *json_known(struct arena *a, const struct value *v);
/* true where something is unknown or secret, in a tree of the same shape; {}, [] or false where nothing is. */
struct value *json_unknown(struct arena *a, const struct value *v);
struct value *json_sensitive(struct arena *a, const struct value *v);
/* "Tags[0].Key" as ["Tags", 0, "Key"]. */
struct value *json_path_steps(struct arena *a, struct str path);

#endif
