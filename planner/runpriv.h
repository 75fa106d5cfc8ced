/* What the files of a run share. run.c is the loop, steps.c makes the steps and their order from a plan, step.c
 * begins and ends each one, record.c writes what came of it into the state, secrets.c resolves references at the last
 * moment. A run never touches a graph: a plan that came from a file has none.
 */
#ifndef DRPLAN_PLANNER_RUNPRIV_H
#define DRPLAN_PLANNER_RUNPRIV_H

#include "planner/run.h"

#define NO_STEP UINT32_MAX

enum step_kind { STEP_CREATE, STEP_UPDATE, STEP_READ, STEP_DELETE, STEP_FORGET };
enum step_state { STEP_WAITS, STEP_READY, STEP_RUNS, STEP_DONE, STEP_FAILED };

struct step {
	enum step_kind kind;
	enum step_state state;
	struct change *change;
	const struct state_row *row;	/* UPDATE, DELETE, FORGET: what it is about */
	const struct value *prior;	/* live before */
	uint32_t stage;
	bool early;			/* a deletion that something waits for which is made: not for the gate */
	uint32_t blockers;		/* steps that must be done first */
	uint32_t *followers;		/* steps that wait for this one */
	uint32_t n_followers;
	uint32_t next_ready;		/* list of the stage's ready steps */
	uint32_t references;		/* dynamic references that are being asked */
	const struct value *desired;	/* fully known, when it runs */
	struct str name_chosen;
	int64_t generation;		/* of the row that a DELETE removes */
	int64_t seq;			/* its intent */
	int64_t begun_ms;
	struct work *work;
};

struct reference {			/* {{resolve:...}} */
	uint32_t target;
	struct str name;
	struct value *value;		/* NULL until it was answered */
};

struct run {
	struct arena *a;
	struct plan_env *env;
	struct plan *plan;
	const struct run_options *opt;
	struct run_result *result;
	struct errs *errs;
	struct owner owner;
	int64_t id;			/* of the state's run */

	struct step *steps;
	uint32_t n, done, running;
	uint32_t *stage_left;		/* per stage: steps that are not done */
	uint32_t n_stages, stage;
	uint32_t *stage_total;		/* steps of each stage; by_stage lists them, from stage_first on */
	uint32_t *stage_first, *by_stage;
	uint32_t ready_head, ready_tail;	/* of the current stage */

	uint32_t *slots;		/* hash of addresses -> change index + 1, current ones only */
	size_t n_slots;
	struct reference **references;
	size_t n_references, cap_references;
	struct step **starting;		/* this turn's, until their intents are committed */
	size_t n_starting;
	bool stopping;			/* nothing new is started */
	bool interrupted, failed;
	bool gate_cut;			/* a signal came while a gate was asked */
	bool *was_owed;			/* per phase: an earlier run began it, and its gate did not pass */
	bool broken;			/* the state cannot be written: what is in flight ends, its intents stay open */
};

/* steps.c */
bool steps_make(struct run *r, struct errs *errs);
struct change *run_change(const struct run *r, struct str address);

/* step.c: false: it failed before anything left, and the error was added. */
bool step_begin(struct run *r, struct step *s);
void step_end(struct run *r, struct step *s);
void step_answered(struct run *r, struct step *s);	/* WORK_ID */
const struct value *run_fold(struct run *r, uint32_t target, const struct value *v);

bool changes_below(const struct change *c, struct str property);	/* the plan shows a change at it or below */

/* package.c: the archive into the work of a step; false with an error. What stood before an update, with the code as it
 * was applied (AWS tells its fingerprint only); whether the code at this property cannot be had again. */
bool package_send(struct run *r, struct step *s);
const struct value *package_before(struct arena *a, const struct type *t, const struct value *want,
				   const struct value *inputs);
bool package_lost(struct arena *a, const struct type *t, const struct value *want, struct str property);

/* secrets.c: start asking for what v still needs; the number of answers to wait for. */
uint32_t references_ask(struct run *r, struct step *s, const struct value *v);
bool reference_answered(struct run *r, struct work *w);	/* false: the error was added */
struct value *reference_value(struct run *r, uint32_t target, const struct value *expr);

/* record.c */
void record_created(struct run *r, struct step *s, bool settled);
void record_updated(struct run *r, struct step *s, bool settled);
void record_deleted(struct run *r, struct step *s);
void record_forgotten(struct run *r, struct step *s);
void record_unchanged(struct run *r);		/* rows of what needed no change, as they were read */
void record_end(struct run *r);			/* outputs and facts */
struct str *change_depends(struct run *r, const struct change *c, size_t *n);

/* names.c: "Stack-LogicalId-RANDOM12" within the type's rules (semantics 6). */
struct str name_choose(struct arena *a, struct str stack, struct str address, const struct type *t);

/* gate.c: whether a phase's gate holds; false with an error, or because of a signal. */
bool gate_holds(struct run *r, const struct phase *ph);

/* undo.c: s's desired properties with the ids of what had to be made again; after a run failed, undo it. */
const struct value *undo_desired(struct run *r, const struct change *c, const struct value *desired);
void undo_failed_run(struct run *r);
bool undo_wanted(const struct run *r);	/* it failed, and its phase or the command wants it undone */

/* run.c */
struct str stage_phase(const struct run *r, uint32_t stage);
void run_emit(struct run *r, enum run_event_kind kind, const struct step *s, struct str text);
void step_ready(struct run *r, uint32_t index);

#endif
