/* The inside of a run of a runbook; runbook.h says which file does what.
 *
 * A turn of the run's loop: what ended is written into its row; rows are committed; only then is anything started; the
 * provider is polled, and checks, timers and programs that are due are looked at. Verbs that need the whole process
 * (Apply, Temporary, Approval) carry themselves out between two turns and stand in no Parallel.
 */
#ifndef DRPLAN_PLANNER_BOOKPRIV_H
#define DRPLAN_PLANNER_BOOKPRIV_H

#include "planner/planpriv.h"
#include "planner/runbook.h"

struct doing {				/* a step that is under way */
	struct book *b;
	const struct book_step *step;
	struct runbook_row *row;
	bool runs;
	bool again;			/* nobody knows what became of an earlier start */
	struct value *args;		/* as the verb takes them: folded, names resolved */
	struct work *work;
	int64_t begun_ms, deadline_ms, next_ms, pause_ms;	/* the provider's monotonic clock */
	size_t errors_from;		/* of errs, when it began */
	struct str awaited;		/* Approval: whose line in the file */
	uint32_t index;			/* Check: which of the list; Restore: which of what was found */
	int64_t pid, started_ms;	/* Command: programs live in real time */
	int fd;
	struct buf out;
};

struct book {
	struct arena *a;
	struct plan_env *env;
	const struct runbook *rb;
	const struct book_options *opt;
	struct errs *errs;
	struct runbook_run run;
	struct runbook_row *rows;	/* parallel to the steps */
	struct doing *doing;
	struct verb_scope scope;	/* what the state knows */
	struct check_world world;
	const struct book_step *asking;	/* whose Approval is asked */
	uint32_t running;
	bool resumed;
	bool interrupted, settled;
	bool cleaning;			/* Always: a signal does not end it */
	bool failed, undo;
	bool broken;			/* the state cannot be written */
};

#define BOOK_STEP_STATE(row, word) str_eqc((row)->state, (word))

/* runbook.c: stages and steps; the name is set. */
void runbook_fill(struct runbook *rb, struct arena *a, const struct value *v);

/* book.c */
void book_emit(struct book *b, enum book_event_kind kind, const struct doing *d, struct str text);
int64_t book_clock(const struct book *b);	/* ms since the run began; stands still once stopped */
bool book_commit(struct book *b);
bool book_interrupted(struct book *b);
bool book_foreign(struct book *b, struct work_event e);	/* an event that some other loop got: false, not ours */
void book_info(struct book *b, const char *key, struct value *v);
void book_mode(struct book *b);		/* the mode that the runbook leads to is in force, with the next commit */

/* bookstep.c */
bool step_open(struct book *b, uint32_t i);	/* false: it ended already; else its row is to be committed */
void step_launch(struct book *b, uint32_t i);
void step_tick(struct doing *d);
void step_event(struct doing *d, struct work_event e);
void step_done(struct doing *d, struct str detail, struct value *result);
void step_failed(struct doing *d, struct str detail, bool in_doubt);
bool step_over(const struct runbook_row *row);	/* it needs not be started any more */
bool steps_know_secrets(struct book *b);	/* false: an error for each step that would send a stand-in */

/* bookverb.c: verbs that the provider carries out. */
void verb_launch(struct doing *d);
void verb_event(struct doing *d, struct work_event e);
void restore_launch(struct doing *d);
bool book_undo(struct book *b, struct value *excepts);	/* what earlier steps found is put back */
const struct place *verb_place(const struct book *b, const struct value *written, const struct value *args);

/* booksmall.c */
void check_launch(struct doing *d);
void check_tick(struct doing *d);
void wait_launch(struct doing *d);
void wait_tick(struct doing *d);
void measure_launch(struct doing *d);
void approval_launch(struct doing *d);
void approval_tick(struct doing *d);
void report_launch(struct doing *d);
/* bookcommand.c */
void command_launch(struct doing *d);
void command_tick(struct doing *d);
void command_kill(struct doing *d);

/* bookapply.c, booktemp.c */
void apply_launch(struct doing *d);
/* Carry a plan out as a part of the step; said is the outcome in words. */
bool part_run(struct doing *d, struct plan_env *env, struct plan *plan, enum on_failure on_failure, struct str *said);
void temporary_launch(struct doing *d);
bool temporaries_remove(struct book *b);	/* false: something stays, and the errors say what */

/* bookproof.c: what is evidence of the run, kept in its journal. */
void proof_begin(struct book *b);
void proof_resume(struct book *b);
bool proof_end(struct book *b);			/* the run is over: it joins the chain */
bool proof_write(struct book *b);		/* the files that a Report step asks for */
/* bookupload.c: and where its To says; what goes wrong is told. */
void proof_upload(struct book *b);

/* bookworld.c */
bool world_make(struct book *b);		/* names and values as the state has them by now */
struct str world_run_id(const struct book *b);	/* DR::RunId; empty before the run began */
/* What the file of approvals lacks, and the other way. */
struct str world_unapproved(const struct book *b, struct str how, struct str name);
struct value *world_args(struct book *b, const struct book_step *s, struct str *why);
const struct parameter *world_hidden(const struct stack *s);	/* whose value is a stand-in; NULL: all are known */
uint32_t target_of(const struct stack *s, struct str name, uint32_t otherwise);
/* Which targets answer: those that do not within five seconds are frozen in out (parallel to the targets). */
bool targets_probe(struct book *b, const bool *wanted, bool *out);

#endif
