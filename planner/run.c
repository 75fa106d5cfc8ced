/* The run: one loop, one turn after the other.
 *
 * A turn takes what is ready, records its intents, commits them together with the results of the turn before, lets
 * the works go, and waits for the provider. When the last step of a stage is done the next one opens; between making
 * and deleting in a phase stands its gate. A failure or a signal stops starting; what is in flight is settled and
 * recorded. docs/journal-and-rollback.md says what that leaves.
 */
#include "planner/imports.h"
#include "planner/planpriv.h"
#include "planner/runpriv.h"

#include "base/log.h"

#include <string.h>

#define PARALLELISM 32
#define POLL_MS 1000

/* --- events --------------------------------------------------------------------------------------------------- */

static enum action step_action(const struct step *s)
{
	static const enum action actions[] = {[STEP_CREATE] = ACT_CREATE,
					      [STEP_UPDATE] = ACT_UPDATE,
					      [STEP_READ] = ACT_READ,
					      [STEP_DELETE] = ACT_DELETE,
					      [STEP_FORGET] = ACT_FORGET};
	return actions[s->kind];
}

struct str stage_phase(const struct run *r, uint32_t stage)
{
	const struct stack *s = r->plan->stack;
	size_t phase = plan_backwards(r->plan) ? s->n_phases - 1 - stage : stage / 2;
	return phase < s->n_phases ? s->phases[phase].name : STR_NONE;
}

void run_emit(struct run *r, enum run_event_kind kind, const struct step *s, struct str text)
{
	if (!r->opt->event)
		return;
	struct run_event e = {.kind = kind, .text = text, .done = r->done, .total = r->n};
	e.phase = stage_phase(r, s ? s->stage : r->stage);
	if (s) {
		e.change = s->change;
		e.action = step_action(s);
		e.elapsed_ms = clock_mono(r->env->provider->clock) - s->begun_ms;
	}
	r->opt->event(r->opt->ctx, &e);
}

/* --- ready steps ---------------------------------------------------------------------------------------------- */

void step_ready(struct run *r, uint32_t index)
{
	struct step *s = &r->steps[index];
	s->state = STEP_READY;
	s->next_ready = NO_STEP;
	if (r->ready_tail == NO_STEP)
		r->ready_head = index;
	else
		r->steps[r->ready_tail].next_ready = index;
	r->ready_tail = index;
}

static struct step *take_ready(struct run *r)
{
	if (r->ready_head == NO_STEP)
		return NULL;
	struct step *s = &r->steps[r->ready_head];
	r->ready_head = s->next_ready;
	if (r->ready_head == NO_STEP)
		r->ready_tail = NO_STEP;
	return s;
}

static void step_passed(struct run *r, struct step *s)
{
	s->state = STEP_DONE;
	r->done++;
	r->stage_left[s->stage]--;
	for (uint32_t i = 0; i < s->n_followers; i++) {
		struct step *next = &r->steps[s->followers[i]];
		if (--next->blockers == 0 && next->stage == r->stage)
			step_ready(r, s->followers[i]);
	}
}

static void stop(struct run *r)
{
	/* An undo goes on with what does not need it: as much as can be is taken back. */
	r->stopping |= !r->plan->undo || r->broken;
	r->failed = true;
	r->result->failed++;
}

/* --- stages --------------------------------------------------------------------------------------------------- */

/* A gate is owed from the first step of its phase until it held: a kill, a signal or a failure leaves it to the next
 * run, which asks it even where the phase has nothing left to do. */
static const char *gate_key(struct arena *a, struct str phase)
{
	return str_fmt(a, "gate/%.*s", STR_ARG(phase)).p;
}

bool gate_owed(struct arena *a, struct state *st, struct str phase)
{
	return state_get(st, a, gate_key(a, phase)).n > 0;
}

static bool owes(struct run *r, uint32_t phase)
{
	return gate_owed(r->a, r->env->state, r->plan->stack->phases[phase].name);
}

static void gate_owe(struct run *r, uint32_t phase, bool owed)
{
	struct str name = r->plan->stack->phases[phase].name;
	if (owed != owes(r, phase))
		state_set(r->env->state, gate_key(r->a, name), owed ? STR("owed") : STR_NONE);
}

/* The phase's gate stands between what it made and what it deletes. */
static void pass_gate(struct run *r, uint32_t phase)
{
	const struct phase *ph = &r->plan->stack->phases[phase];
	if (ph->gate && !value_count(ph->gate)) {
		gate_owe(r, phase, false);
		return;
	}
	bool held = gate_holds(r, ph);
	r->gate_cut = !held && r->interrupted;
	if (r->gate_cut)
		return;
	run_emit(r, RUN_GATE, NULL, str_fmt(r->a, "%.*s: %s", STR_ARG(ph->name), held ? "passed" : "failed"));
	if (held)
		gate_owe(r, phase, false);
	else
		stop(r);
}

static bool phase_has_steps(const struct run *r, uint32_t stage)
{
	if (plan_backwards(r->plan))
		return r->stage_total[stage] > 0;
	return r->stage_total[stage & ~1u] + r->stage_total[stage | 1u] > 0;
}

/* Leave a stage that is done; true if the run goes on in the next one. */
static bool next_stage(struct run *r)
{
	bool making = !plan_backwards(r->plan) && r->stage % 2 == 0, had = phase_has_steps(r, r->stage);
	uint32_t phase = r->stage / 2;
	if (making && phase < r->plan->stack->n_phases && (had || owes(r, phase)))
		pass_gate(r, phase);
	else if (!making && had)
		run_emit(r, RUN_PHASE_END, NULL, STR_NONE);
	return !r->stopping && ++r->stage < r->n_stages;
}

static void open_stage(struct run *r)
{
	if (phase_has_steps(r, r->stage) && (plan_backwards(r->plan) || r->stage % 2 == 0))
		run_emit(r, RUN_PHASE_BEGIN, NULL, STR_NONE);
	if (!plan_backwards(r->plan) && r->stage % 2 == 0 && phase_has_steps(r, r->stage) &&
	    r->stage / 2 < r->plan->stack->n_phases)
		gate_owe(r, r->stage / 2, true);
	for (uint32_t i = r->stage_first[r->stage]; i < r->stage_first[r->stage + 1]; i++)
		if (r->steps[r->by_stage[i]].blockers == 0)
			step_ready(r, r->by_stage[i]);
}

/* --- a turn --------------------------------------------------------------------------------------------------- */

static void begin_one(struct run *r, struct step *s)
{
	if (!step_begin(r, s)) {
		if (s->references) {
			s->state = STEP_RUNS;
			r->running++;
			return;
		}
		s->state = STEP_FAILED;
		run_emit(r, RUN_ERROR, s, STR("it could not be prepared"));
		stop(r);
		return;
	}
	if (s->kind == STEP_FORGET) {
		step_passed(r, s);
		run_emit(r, RUN_OK, s, s->row->id);
		r->result->forgotten++;
		return;
	}
	r->starting[r->n_starting++] = s;
}

/* Intents must be durable before their calls leave. Results alone need not: should the power fail, their open intents
 * find them again. */
static bool turn_write(struct run *r)
{
	struct state *st = r->env->state;
	return r->n_starting || !r->running ? state_commit(st, r->errs) : state_keep(st, r->errs);
}

/* Prepare what is ready, commit its intents with all that is unwritten, and only then let it go. */
static bool start_ready(struct run *r)
{
	unsigned most = r->opt->parallelism ? r->opt->parallelism : PARALLELISM;
	struct step *s;
	r->n_starting = 0;
	while (!r->stopping && r->running + r->n_starting < most && (s = take_ready(r)) != NULL)
		begin_one(r, s);
	if (r->broken)
		return false;
	if (!turn_write(r)) {
		r->broken = true;
		stop(r);
		return false;
	}
	/* One that could not be prepared does not call the others back: their intents are written. */
	for (size_t i = 0; i < r->n_starting; i++) {
		s = r->starting[i];
		s->state = STEP_RUNS;
		r->running++;
		run_emit(r, RUN_START, s, STR_NONE);
		provider_start(r->env->provider, s->work);
	}
	return true;
}

static void count_done(struct run *r, const struct step *s)
{
	struct run_result *out = r->result;
	bool of_two = s->change->action == ACT_REPLACE;
	if (s->kind == STEP_CREATE && of_two)
		out->replaced++;
	else if (s->kind == STEP_CREATE)
		out->created++;
	else if (s->kind == STEP_UPDATE)
		out->updated++;
	else if (s->kind == STEP_DELETE)
		*(of_two ? &out->replaced_gone : &out->removed) += 1;
}

static void work_done(struct run *r, struct step *s)
{
	r->running--;
	step_end(r, s);
	if (s->state == STEP_DONE) {
		step_passed(r, s);
		count_done(r, s);
		run_emit(r, r->plan->undo ? RUN_UNDO : RUN_OK, s, s->work->id);
		return;
	}
	if (s->work->state == WORK_OK || r->interrupted) {
		r->stopping = true;
		return;
	}
	run_emit(r, RUN_ERROR, s, s->work->err.message);
	stop(r);
}

static void secret_done(struct run *r, struct work *w)
{
	struct step *s = w->user;
	bool good = reference_answered(r, w);
	if (!good)
		stop(r);
	if (--s->references)
		return;
	r->running--;
	if (good && !r->stopping)
		step_ready(r, (uint32_t)(s - r->steps));
	else
		s->state = STEP_FAILED;
}

static void drain(struct run *r)
{
	struct work_event e;
	while ((e = provider_next(r->env->provider)).work) {
		struct step *s = e.work->user;
		if (e.work->kind == WORK_SECRET) {
			if (e.kind == WORK_DONE)
				secret_done(r, e.work);
		} else if (e.kind == WORK_ID) {
			step_answered(r, s);
		} else if (e.kind == WORK_LOOKED) {
			state_intent_looked(r->env->state, s->seq);
		} else if (e.kind == WORK_WAITING) {
			run_emit(r, RUN_WAITING, s, e.work->waiting);
		} else if (e.kind == WORK_DONE) {
			work_done(r, s);
		}
	}
}

static void look_for_signal(struct run *r)
{
	if (r->interrupted || !r->opt->interrupted || !r->opt->interrupted())
		return;
	r->interrupted = r->stopping = true;
	r->env->provider->ops->settle(r->env->provider);
}

static void run_loop(struct run *r)
{
	r->ready_head = r->ready_tail = NO_STEP;
	open_stage(r);
	for (;;) {
		look_for_signal(r);
		if (!start_ready(r) && !r->running)
			return;
		if (r->running) {
			provider_poll(r->env->provider, POLL_MS);
			drain(r);
		} else if (r->stopping) {
			return;
		} else if (r->stage_left[r->stage] == 0 || (r->plan->undo && r->failed && r->ready_head == NO_STEP)) {
			if (!next_stage(r))
				return;
			open_stage(r);
		} else if (r->ready_head == NO_STEP) {
			err_add(r->errs, ERR_BUG, (struct pos){0}, "steps of the plan wait for each other");
			stop(r);
			return;
		}
	}
}

/* --- the whole ------------------------------------------------------------------------------------------------ */

static bool run_prepare(struct run *r)
{
	if (!steps_make(r, r->errs))
		return false;
	r->starting = arena_array(r->a, r->n + 1u, sizeof *r->starting);
	r->stage_total = arena_array(r->a, r->n_stages + 2u, sizeof *r->stage_total);
	r->stage_first = arena_array(r->a, r->n_stages + 2u, sizeof *r->stage_first);
	r->by_stage = arena_array(r->a, r->n + 1u, sizeof *r->by_stage);
	memcpy(r->stage_total, r->stage_left, r->n_stages * sizeof *r->stage_total);
	for (uint32_t i = 0; i < r->n_stages; i++)
		r->stage_first[i + 1] = r->stage_first[i] + r->stage_total[i];
	uint32_t *fill = arena_array(r->a, r->n_stages + 1u, sizeof *fill);
	for (uint32_t i = 0; i < r->n; i++) {
		uint32_t stage = r->steps[i].stage;
		r->by_stage[r->stage_first[stage] + fill[stage]++] = i;
	}
	return true;
}

static bool run_open(struct run *r)
{
	struct plan *p = r->plan;
	struct state *st = r->env->state;
	if (!state_writable(st) || !str_eq(state_lineage(st), p->lineage) || state_serial(st) != p->serial) {
		struct err *e = err_add(r->errs, ERR_STATE, (struct pos){0},
					"the plan is stale: the state moved on since it was made");
		err_help(r->errs, e, "make a new plan");
		return false;
	}
	state_backup(st, r->errs);
	r->id = state_run_begin(st, r->opt->command ? r->opt->command : "apply", str_of(p->digest));
	if (!p->undo)
		state_set(st, "undo", STR_NONE);
	r->was_owed = arena_array(r->a, p->stack->n_phases + 1, sizeof *r->was_owed);
	for (uint32_t i = 0; i < p->stack->n_phases; i++)
		r->was_owed[i] = owes(r, i);
	for (uint32_t i = 0; plan_backwards(p) && i < p->stack->n_phases; i++)
		gate_owe(r, i, false);
	if (p->digest[0])
		state_set(st, str_fmt(r->a, "plan/%s", p->digest).p, STR_NONE);
	if (p->applyable && !p->undo)
		record_unchanged(r);
	if (!p->undo)
		imports_record(r->a, r->env, true, p->destroy);
	return state_commit(st, r->errs);
}

static void run_close(struct run *r)
{
	static const char *const names[] = {[RUN_DONE] = "done",
					    [RUN_FAILED] = "failed",
					    [RUN_ROLLED_BACK] = "rolled back",
					    [RUN_ROLLED_BACK_EXCEPT] = "rolled back, except",
					    [RUN_INTERRUPTED] = "interrupted"};
	struct run_result *out = r->result;
	bool cut = r->interrupted && (r->done < r->n || r->gate_cut);
	out->outcome = r->failed ? RUN_FAILED : cut ? RUN_INTERRUPTED : RUN_DONE;
	out->skipped = r->n - r->done > out->failed ? r->n - r->done - out->failed : 0;
	if (r->broken)
		return;
	/* What will be taken back at once is not told to anybody. */
	if (!r->plan->undo && !undo_wanted(r))
		record_end(r);
	state_run_end(r->env->state, r->id, names[out->outcome]);
	if (!state_commit(r->env->state, r->errs))
		out->outcome = RUN_FAILED;
	else
		state_backup(r->env->state, r->errs);
}

bool run_plan(struct arena *a, struct plan_env *env, struct plan *p, const struct run_options *opt,
	      struct run_result *out, struct errs *errs)
{
	*out = (struct run_result){.outcome = RUN_FAILED};
	struct run r = {.a = a, .env = env, .plan = p, .opt = opt, .result = out, .errs = errs};
	int64_t begun = clock_mono(env->provider->clock);
	r.owner = (struct owner){p->stack->name, state_lineage(env->state), p->stack->own_tags};
	if (!run_prepare(&r) || !run_open(&r))
		return false;
	run_loop(&r);
	run_close(&r);
	if (out->outcome == RUN_FAILED && !r.broken)
		undo_failed_run(&r);
	out->elapsed_ms = clock_mono(env->provider->clock) - begun;
	log_line(LOG_TRACE, "run %lld: %u of %u steps", (long long)r.id, r.done, r.n);
	return out->outcome == RUN_DONE;
}
