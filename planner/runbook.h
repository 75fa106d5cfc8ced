/* Runbooks: ordered steps that an operator carries out on the worst day, and how far each run of one came.
 *
 *	struct runbook *rb = runbook_read(a, stack, STR("failover"), &errs);
 *	if (!runbook_supported(rb, provider, &errs)) ...	nothing is begun that cannot be carried out
 *	struct book *b = book_new(a, env, rb, &opt, &errs);	finds an earlier run that is not over
 *	book_preflight(b);				shown before the question; nothing was changed
 *	book_run(b);					the steps, one after the other, Parallel ones together
 *
 * The stack is rendered out of the state (source.h); nothing looks at the working tree. A step's row is durable before
 * the step acts, what it found before it acts with it. A run that was killed, interrupted or failed goes on with
 * opt.resume: steps that are done stay done; one that was under way is started again as such, with the op of then. See
 * docs/runbooks.md.
 *
 *	runbook.c   reading         book.c       the run: stages, turns, ends    bookstep.c   beginning and ending a step
 *	bookverb.c  provider verbs  booksmall.c  Check, Wait, Measure ...         bookapply.c  what depends on the mode
 *	booktemp.c  Temporary       bookworld.c  names, values, reachability      mode.c       is the mode what the world is?
 *	bookproof.c what a run leaves as evidence (evidence.h)      bookupload.c  and takes to a bucket
 *	bookexport.c  a runbook for somebody else
 */
#ifndef DRPLAN_PLANNER_RUNBOOK_H
#define DRPLAN_PLANNER_RUNBOOK_H

#include "planner/check.h"
#include "planner/run.h"
#include "planner/source.h"

enum step_failure { FAILURE_STOPS, FAILURE_IS_GAP, FAILURE_UNDOES };

struct book_step {
	struct str name, verb;
	struct pos pos;
	const struct value *args;	/* of the verb, as rendered */
	int64_t timeout_ms;
	enum step_failure on_failure;
	bool failure_said;		/* the step itself says OnFailure */
	struct str when;		/* "planned", "unplanned" or empty */
	struct str owner;
};

struct book_stage {			/* steps that run at the same time; most have one */
	struct str name;
	uint32_t first, n;		/* of the runbook's steps */
	bool stops_clock;		/* when all of them are done */
	bool always;			/* runs whatever became of the others */
};

struct runbook {
	struct str name, description, schedule;
	struct str from, to;		/* targets, or empty */
	struct pos pos;
	const struct value *preflight;	/* list of checks, or NULL */
	struct book_step *steps;
	uint32_t n;
	struct book_stage *stages;
	uint32_t n_stages;
	struct str leads_to;		/* the mode that its Apply sets: "active", "standby"; or empty */
	bool asks_kind;			/* some steps are for planned or for unplanned runs only */
};

/* NULL with an error (and a suggestion) if there is no such runbook. */
struct runbook *runbook_read(struct arena *a, const struct stack *s, struct str name, struct errs *errs);
/* An error for each step or check that nobody here carries out. */
bool runbook_supported(const struct runbook *rb, const struct provider *p, struct errs *errs);

/* The runbook in the provider's own terms, to be carried out there without drplan; tree: stack_runbook's. what:
 * StateMachine (a text) or PolicyDocument (a tree). NULL while something of it is unknown, and with errors at the steps
 * that cannot be said so, which does not depend on what is unknown. */
struct value *runbook_export(struct arena *a, const struct provider *p, struct str what, const struct value *tree,
			     struct errs *errs);
/* What an FN_RUNBOOK stands for, as soon as all that its steps name is known; what cannot be exported is said at once. */
struct value *runbook_known(struct arena *a, const struct provider *p, const struct value *expr, struct errs *errs);
/* That of a stack out of the state, with what the state knows of what it names (the recovery side
 * carries it out). */
struct value *runbook_export_stored(struct arena *a, struct plan_env *env, struct str name, struct str kind,
				    struct str what, struct errs *errs);

enum book_outcome { BOOK_DONE, BOOK_FAILED, BOOK_UNDONE, BOOK_UNDONE_EXCEPT, BOOK_INTERRUPTED };

enum book_event_kind {
	BOOK_CHECK,			/* one check of the preflight */
	BOOK_STEP,			/* a step begins */
	BOOK_WAITING,			/* text: what it waits for */
	BOOK_ASKED,			/* nobody is there to say yes: the line in the file is awaited; text: the question */
	BOOK_STEP_END,			/* state: done, failed, gap, skipped, undone; text: what was seen */
	BOOK_MEASURED,			/* text: the RPO in seconds */
	BOOK_CLOCK,			/* the clock stopped */
	BOOK_REPORT,			/* text: where evidence was written to */
	BOOK_PART,			/* run: something of the Apply or Temporary that the step carries out */
};

struct book_event {
	enum book_event_kind kind;
	const struct book_step *step;	/* or NULL */
	struct str name, state, text;
	bool held;			/* BOOK_CHECK */
	int64_t elapsed_ms;		/* of the step */
	int64_t clock_ms;		/* since the run began, until the clock stopped */
	uint32_t position, total;
	const struct run_event *run;
	struct str file, line;		/* BOOK_ASKED */
	int64_t limit_ms;		/* BOOK_ASKED: how long */
};

struct book_options {
	struct str kind;		/* "planned", "unplanned"; empty where the runbook does not ask */
	bool resume, forced, control_plane;
	struct str operated_by;		/* user@host */
	const struct stored *source;	/* what the stack was rendered from */
	const struct str *approved;	/* names of steps whose Approval is given */
	size_t n_approved;
	bool (*approve)(void *ctx, struct str step, struct str question);	/* ask a person; NULL: nobody is there */
	const char *approvals;		/* where nobody is there: the file that lines are awaited in (approval.c) */
	void (*event)(void *ctx, const struct book_event *e);
	void *ctx;
	bool (*interrupted)(void);
	/* A new provider in env, after the old one was settled by a signal: for what is cleaned up. NULL: there is none. */
	bool (*reopen)(void *ctx, struct plan_env *env);
	struct str folder;		/* where states of Temporary stacks are: that of the state, ends with '/' or is empty */
};

struct book;

/* NULL with errors: an earlier run is not over and resume was not said, or there is none to resume, or the stack that
 * it began with has changed. */
struct book *book_new(struct arena *a, struct plan_env *env, const struct runbook *rb, const struct book_options *opt,
		      struct errs *errs);
bool book_preflight(struct book *b);		/* false: some check does not hold; none where it resumes */
enum book_outcome book_run(struct book *b);
const struct runbook_run *book_journal(const struct book *b);
const struct runbook_row *book_rows(const struct book *b);	/* parallel to the runbook's steps; state empty: not begun */
bool book_resumes(const struct book *b);

/* The newest run of any runbook that is not over and leads from one mode to the other; false: none. Nothing else may
 * change the stack meanwhile. */
bool book_unfinished(struct arena *a, struct state *st, struct runbook_run *out, struct errs *errs);
/* What carries the runbook out, after `drplan`: "drill", "runbook run NAME". */
struct str runbook_command(struct arena *a, struct str runbook);
bool book_abandon(struct arena *a, struct state *st, int64_t id, struct errs *errs);

/* mode.c: the state's mode against the world (semantics 42): who writes, where the switch points. False with an error
 * that names both; what does not answer, and what was not made yet, says nothing. */
bool mode_agrees(struct arena *a, struct plan_env *env, struct errs *errs);

#endif
