/* Runs: carrying out a plan. One event loop walks the changes; each finished one lowers its followers' counters.
 *
 *	struct run_options opt = {...};
 *	enum run_outcome o = run_plan(arena, env, plan, &opt, &errs);
 *
 * Within a phase new and changed resources come first, then the phase's gate, then what was replaced or removed is
 * deleted (semantics 15, 36). Intents of one turn are committed before the calls leave; results with their rows in
 * one transaction after. See docs/journal-and-rollback.md for the crash rule and rollback.
 */
#ifndef DRPLAN_PLANNER_RUN_H
#define DRPLAN_PLANNER_RUN_H

#include "planner/plan.h"

enum run_outcome {
	RUN_DONE,
	RUN_FAILED,		/* something failed; nothing new was started after it, the state is consistent */
	RUN_ROLLED_BACK,
	RUN_ROLLED_BACK_EXCEPT,	/* errs and the journal list what could not be undone */
	RUN_INTERRUPTED,	/* a signal: settled and resumable */
};

enum run_event_kind {
	RUN_PHASE_BEGIN, RUN_PHASE_END, RUN_START, RUN_WAITING, RUN_OK, RUN_ERROR, RUN_GATE, RUN_UNDO,
};

struct run_event {
	enum run_event_kind kind;
	struct str phase;
	const struct change *change;	/* or NULL */
	enum action action;		/* of this step: a replacement has a create and a delete */
	struct str text;		/* id, what is waited for, the error's first line */
	int64_t elapsed_ms;		/* of the step */
	size_t done, total;		/* steps of the run */
};

struct run_options {
	unsigned parallelism;		/* steps at once; 0 = 32 */
	void (*event)(void *ctx, const struct run_event *e);	/* progress; may be NULL */
	void *ctx;
	bool (*interrupted)(void);	/* polled each turn */
	const char *command;		/* "apply", "destroy" for the journal */
	const enum on_failure *on_failure;	/* NULL: as the phase says. A destroy is never undone */
	bool whole_run;			/* what is undone: all phases of the run, not only the one that failed */
	const struct str *approved;	/* phases whose Approval is given (--approve) */
	size_t n_approved;
	bool (*approve)(void *ctx, struct str phase, struct str question);	/* ask a person; NULL: nobody is there */
	const char *approvals;		/* a file of approvals, read when a gate asks (approval.c); or NULL */
	int64_t gate_ms;		/* how long a check without Within is asked; 0: five minutes */
};

struct run_result {
	enum run_outcome outcome;
	size_t created, updated, removed, forgotten, failed, skipped;
	size_t replaced, replaced_gone;	/* of replacements: those that were made, and old ones that were deleted */
	size_t undone;			/* steps of the undo */
	struct str undone_phase;	/* empty: the whole run */
	struct str kept_phase;		/* it failed and was left as it is, by its OnFailure or the command's; or empty */
	struct str *excepts;		/* RUN_ROLLED_BACK_EXCEPT: "ADDRESS: why" */
	size_t n_excepts;
	int64_t elapsed_ms;
};

/* Undo the last run, which failed, was interrupted or killed, or go on with an undo that was (undo.c). Addresses in
 * skips stay as they are. False if something is left to undo: errs say what, and calling it again goes on. */
struct undo_options {
	const struct run_options *run;
	const struct str *skips;
	size_t n_skips;
};
bool undo_last(struct arena *a, struct plan_env *env, const struct undo_options *opt, struct run_result *out,
	       struct errs *errs);

bool run_plan(struct arena *a, struct plan_env *env, struct plan *p, const struct run_options *opt,
	      struct run_result *out, struct errs *errs);

#endif
