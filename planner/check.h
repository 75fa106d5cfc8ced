/* Checks: questions about the world that hold, do not hold yet, or never will. A phase's gate is a list of them (gate.c),
 * and so are a runbook's Preflight and its Check steps.
 *
 *	struct check_world w = {.arena = a, .provider = p, .places = ..., .scope = scope, ...};
 *	struct check_result r;
 *	if (!checks_supported(&w, list, &errs)) ...		before anything is done
 *	if (check_holds(&w, member, 5 * 60 * 1000, &r)) ...	asks until it holds or its time is over
 *
 * check.c walks and repeats; checkstate.c answers what is about resources, probe.c and probechild.c what is about the world
 * outside: a URL, a port, a name, a program. Every other check is the provider's (WORK_PROBE).
 */
#ifndef DRPLAN_PLANNER_CHECK_H
#define DRPLAN_PLANNER_CHECK_H

#include "planner/verbargs.h"

enum check_answer {
	CHECK_HOLDS,
	CHECK_NOT_YET,		/* asked again until its time is over */
	CHECK_NEVER,		/* asking again is of no use */
};

struct check_world {
	struct arena *arena;		/* results */
	struct provider *provider;
	const struct place *places;	/* all targets */
	size_t n_places;
	uint32_t place;			/* of checks that name no target and nothing that has one */
	bool unplanned;			/* the side that is left may be dead: its region is not asked */
	struct verb_scope scope;
	struct owner owner;
	void *ctx;			/* of the functions below; each may be NULL */
	bool (*interrupted)(void *ctx);	/* asked several times a second: answers at once */
	/* Whether an Approval is given; how says by whom, or what would give it. NOT_YET: somebody still may, which is waited
	 * for where the check has a Within. */
	enum check_answer (*approved)(void *ctx, struct str question, struct str *how);
	/* Events of works that are not the check's: it polls the provider, which may carry other works meanwhile. */
	void (*event)(void *ctx, struct work_event e);
};

struct check_result {
	enum check_answer answer;
	bool interrupted;		/* a signal came before it was decided */
	bool unanswered;		/* whom it asked does not answer: neither yes nor no */
	struct str name;		/* "State Vpc": which check this was, for people */
	struct str detail;		/* what was seen */
	const struct value *value;	/* what was measured, or NULL */
	const struct value *args;	/* folded; NULL if they could not be */
};

/* m: {KIND: arguments}, as stack.h has it. Its time is its own Within, else within_ms. */
bool check_holds(const struct check_world *w, const struct member *m, int64_t within_ms, struct check_result *out);
/* The same, asked once. */
bool check_once(const struct check_world *w, const struct member *m, struct check_result *out);
/* Asked once, and given no longer than this for the answer. */
bool check_soon(const struct check_world *w, const struct member *m, int64_t limit_ms, struct check_result *out);
/* Which check this is, for people: "State Vpc". args: folded, or NULL. */
struct str check_name(struct arena *a, const struct member *m, const struct value *args);
/* A list of checks: an error for each that nobody here can answer. */
bool checks_supported(const struct provider *p, const struct value *list, struct errs *errs);

/* approval.c: whether the file at path approves this phase of the plan with this digest, or this step of the run with this
 * id; how says by whom, or which line would. A file that is not there approves nothing. */
enum check_answer approval_in_file(struct arena *a, const char *path, struct str which, struct str name,
				   struct str *how);

#define CHECK_WITHIN_MS (5 * 60 * 1000)

#endif
