/* Gates: the checks that must hold after a phase was made, before anything of it is deleted and before the next one.
 *
 * gate.c walks a gate's checks, repeats each until it holds or its time is over, and records what was seen;
 * gatecheck.c answers those about resources, probe.c those about the world outside: a URL, a port, a name, a program.
 */
#ifndef DRPLAN_PLANNER_GATE_H
#define DRPLAN_PLANNER_GATE_H

#include "planner/planpriv.h"
#include "planner/runpriv.h"

enum check_answer {
	CHECK_HOLDS,
	CHECK_NOT_YET,		/* asked again until its time is over */
	CHECK_NEVER,		/* asking again is of no use */
};

struct check {
	struct run *r;
	const struct phase *phase;
	const struct value *args;	/* folded */
	int64_t left_ms;		/* of its time */
	struct str detail;		/* filled: what was seen */
};

enum check_answer check_exists(struct check *c);
enum check_answer check_state(struct check *c);
enum check_answer check_expression(struct check *c);
enum check_answer check_approval(struct check *c);
enum check_answer check_http(struct check *c);
enum check_answer check_tcp(struct check *c);
enum check_answer check_dns(struct check *c);
enum check_answer check_command(struct check *c);

/* One argument: a text as a list of one, a list as it is. */
size_t check_count(const struct value *v);
const struct value *check_item(const struct value *v, size_t i);
bool check_interrupted(const struct check *c);

#endif
