/* What the files of a check share; see check.h. */
#ifndef DRPLAN_PLANNER_CHECKPRIV_H
#define DRPLAN_PLANNER_CHECKPRIV_H

#include "planner/check.h"

struct check {
	const struct check_world *w;
	struct arena *a;		/* w->arena */
	struct str kind;		/* "Http" */
	const struct value *args;	/* folded; resources are maps (verbargs.h) */
	void *ctx;			/* of an asker of one's own */
	int64_t left_ms;		/* of its time */
	struct str detail;		/* filled: what was seen */
	const struct value *value;	/* filled: what was measured */
	bool unanswered;		/* filled: the last works were not answered */
};

enum check_answer check_exists(struct check *c);
enum check_answer check_state(struct check *c);
enum check_answer check_expression(struct check *c);
enum check_answer check_approval(struct check *c);
enum check_answer check_http(struct check *c);
enum check_answer check_tcp(struct check *c);
enum check_answer check_dns(struct check *c);
enum check_answer check_command(struct check *c);
enum check_answer check_asked(struct check *c);	/* of the provider */

/* Ask until it holds, its time is over or a signal comes. */
enum check_answer check_until(struct check *c, enum check_answer (*ask)(struct check *c), int64_t within_ms);
/* Works, all at once, to their end; what else the provider carries meanwhile is told to whoever started it. False with
 * the detail set if one failed. */
bool check_carry(struct check *c, struct work *const *works, size_t n);
/* One argument: a text as a list of one, a list as it is. */
size_t check_count(const struct value *v);
const struct value *check_item(const struct value *v, size_t i);
const char *check_text(const struct check *c, const char *key);	/* of a scalar argument, or NULL */
long check_attempt_ms(const struct check *c);	/* how long one attempt may take */
bool check_interrupted(const struct check *c);

#endif
