/* The form of a saved plan, shared by its writer (planfile.c) and its reader (planread.c). */
#ifndef DRPLAN_PLANNER_PLANFILE_H
#define DRPLAN_PLANNER_PLANFILE_H

#include "planner/plan.h"

#define PLANFILE_MAX (512u << 20)
#define PLANFILE_HEAD "{\"drplan_plan\":1,\"sha256\":\""
#define PLANFILE_MIDDLE "\",\"content\":"
#define PLANFILE_SECRET "(secret)"
#define PLANFILE_FLAGS 9

struct planfile_flag {
	const char *name;
	size_t offset;			/* of a bool in struct change */
};
extern const struct planfile_flag planfile_flags[PLANFILE_FLAGS];

/* One keyed fingerprint over all NoEcho parameters; empty if there are none. It is kept in the state under
 * "plan/DIGEST", never in the file. */
struct str planfile_secrets(struct arena *a, const struct stack *s, struct state *st);

struct str planfile_action(enum action action);
/* {"value": tree} or {"expr": "long form as text"}; NULL for NULL. */
struct value *planfile_tree(struct arena *a, const struct value *v);
static inline bool value_has_secret_in(const struct value *v) { return v && value_has_secret(v); }

#endif
