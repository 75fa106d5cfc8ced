/* The run of a runbook: which earlier run it goes on with, stages one after the other, turns, and how it ends. */
#include "planner/bookpriv.h"
#include "planner/evidence.h"

#include <time.h>

#define TICK_MS 200
#define RUNS_SEEN 1000

/* --- small -------------------------------------------------------------------------------------------------------- */

int64_t book_clock(const struct book *b)
{
	int64_t now = clock_wall(b->env->provider->clock) - b->run.started_ms;
	return b->run.rto_ms >= 0 ? b->run.rto_ms : now > 0 ? now : 0;
}

void book_emit(struct book *b, enum book_event_kind kind, const struct doing *d, struct str text)
{
	if (!b->opt->event)
		return;
	struct book_event e = {.kind = kind, .text = text, .clock_ms = book_clock(b), .total = b->rb->n};
	if (d) {
		e.step = d->step;
		e.name = d->step->name;
		e.state = d->row->state;
		e.position = (uint32_t)d->row->position + 1;
		e.elapsed_ms = clock_mono(b->env->provider->clock) - d->begun_ms;
	}
	b->opt->event(b->opt->ctx, &e);
}

bool book_commit(struct book *b)
{
	b->broken |= !state_commit(b->env->state, b->errs);
	return !b->broken;
}

bool book_interrupted(struct book *b)
{
	if (!b->interrupted && b->opt->interrupted && b->opt->interrupted())
		b->interrupted = true;
	return b->interrupted && !b->cleaning;
}

void book_info(struct book *b, const char *key, struct value *v)
{
	value_set(b->a, b->run.info, str_of(key), (struct pos){0}, v);
}

static void info_text(struct book *b, const char *key, struct str text)
{
	book_info(b, key, value_string(b->a, (struct pos){0}, text));
}

void book_mode(struct book *b)
{
	struct state *st = b->env->state;
	if (!b->rb->leads_to.n)
		return;
	state_set(st, "mode", b->rb->leads_to);
	state_set(st, "active", b->rb->to);
}

/* --- which run this is -------------------------------------------------------------------------------------------- */

static bool over(const struct runbook_run *r)
{
	return str_eqc(r->outcome, "done") || str_eqc(r->outcome, "abandoned") || str_eqc(r->outcome, "undone");
}

static bool newest_of(struct arena *a, struct state *st, struct str runbook, struct runbook_run *out, struct errs *errs)
{
	struct runbook_run *runs;
	size_t n;
	*out = (struct runbook_run){0};
	if (!state_runbooks(st, a, RUNS_SEEN, &runs, &n, errs))
		return false;
	for (size_t i = 0; i < n && !out->id; i++)
		if (str_eq(runs[i].runbook, runbook))
			*out = runs[i];
	return true;
}

bool book_unfinished(struct arena *a, struct state *st, struct runbook_run *out, struct errs *errs)
{
	struct runbook_run *runs;
	size_t n;
	if (!state_runbooks(st, a, RUNS_SEEN, &runs, &n, errs))
		return false;
	for (size_t i = 0; i < n; i++) {
		*out = runs[i];
		if (value_text(value_getc(runs[i].info, "mode")).n && !over(&runs[i]))
			return true;
	}
	return false;
}

bool book_abandon(struct arena *a, struct state *st, int64_t id, struct errs *errs)
{
	struct runbook_run *runs;
	size_t n;
	if (!state_runbooks(st, a, RUNS_SEEN, &runs, &n, errs))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (runs[i].id != id || over(&runs[i]))
			continue;
		runs[i].outcome = STR("abandoned");
		runs[i].ended_ms = runs[i].ended_ms ? runs[i].ended_ms : clock_wall(&clock_system);
		state_runbook_update(st, &runs[i]);
		return evidence_seal(a, st, &runs[i], errs) && state_commit(st, errs);
	}
	err_add(errs, ERR_INPUT, (struct pos){0}, "no run %lld of a runbook is unfinished", (long long)id);
	return false;
}

/* Whether it keeps others from beginning: what leads from one mode to the other until it is done, the rest while nobody
 * knows how it ended. */
static bool in_the_way(const struct runbook_run *r)
{
	return !over(r) && (!r->outcome.n || value_text(value_getc(r->info, "mode")).n);
}

/* A drill beside a half-done failback would launch and clean up servers under it, and the other way about. */
static bool other_in_the_way(struct book *b, struct runbook_run *out)
{
	struct runbook_run *runs;
	size_t n;
	if (!state_runbooks(b->env->state, b->a, RUNS_SEEN, &runs, &n, b->errs))
		return false;
	for (size_t i = 0; i < n; i++) {
		*out = runs[i];
		if (!str_eq(runs[i].runbook, b->rb->name) && in_the_way(&runs[i]))
			return true;
	}
	return false;
}

struct str runbook_command(struct arena *a, struct str runbook)
{
	static const char *const own[] = {"failover", "failback", "drill"};
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (str_eqc(runbook, own[i]))
			return runbook;
	return str_fmt(a, "runbook run %.*s", STR_ARG(runbook));
}

static bool refuse_unfinished(struct book *b, const struct runbook_run *r)
{
	struct err *e = err_add(b->errs, ERR_STATE, (struct pos){0}, "run %lld of the runbook %.*s is not over",
				(long long)r->id, STR_ARG(r->runbook));
	err_help(b->errs, e,
		 "`drplan %.*s --resume` goes on with it; `drplan runbook abandon %lld` gives it up as it stands",
		 STR_ARG(runbook_command(b->a, r->runbook)), (long long)r->id);
	return false;
}

/* A virtual clock that was killed goes on where the journal ends. */
static void clock_catch_up(struct book *b)
{
	struct provider *p = b->env->provider;
	int64_t last = b->run.started_ms, now = clock_wall(p->clock);
	for (uint32_t i = 0; i < b->rb->n; i++) {
		last = b->rows[i].started_ms > last ? b->rows[i].started_ms : last;
		last = b->rows[i].ended_ms > last ? b->rows[i].ended_ms : last;
	}
	if (p->ops->advance && last > now)
		p->ops->advance(p, last - now);
}

/* Steps are found by name; a runbook whose stack was applied anew meanwhile may have other ones. */
static bool take_up(struct book *b, const struct runbook_run *r)
{
	struct runbook_row *rows;
	size_t n;
	if (!str_eq(r->digest, b->opt->source->digest)) {
		struct err *e = err_add(b->errs, ERR_STATE, (struct pos){0},
					"the stack was applied anew since run %lld began", (long long)r->id);
		err_help(b->errs, e,
			 "`drplan runbook abandon %lld`, then begin again: what holds already is not done twice",
			 (long long)r->id);
		return false;
	}
	b->run = *r;
	b->resumed = true;
	if (!state_runbook_steps(b->env->state, b->a, r->id, &rows, &n, b->errs))
		return false;
	for (size_t i = 0; i < n; i++)
		if (rows[i].position >= 0 && rows[i].position < b->rb->n &&
		    str_eq(rows[i].name, b->rb->steps[rows[i].position].name))
			b->rows[rows[i].position] = rows[i];
	clock_catch_up(b);
	return true;
}

static void fresh(struct book *b, const struct stack *s)
{
	struct runbook_run *r = &b->run;
	*r = (struct runbook_run){.runbook = b->rb->name,
				  .kind = b->opt->kind,
				  .from = b->rb->from,
				  .to = b->rb->to,
				  .digest = b->opt->source->digest,
				  .operated_by = b->opt->operated_by,
				  .info = value_map(b->a, (struct pos){0}),
				  .rto_ms = -1};
	info_text(b, "mode_before", s->mode);
	info_text(b, "active_before", s->active);
	info_text(b, "mode", b->rb->leads_to);
	if (s->objectives)
		book_info(b, "objectives", (struct value *)s->objectives);
	if (b->opt->control_plane)
		info_text(b, "control_plane", STR("allowed"));
}

static bool choose(struct book *b)
{
	struct runbook_run last, other;
	size_t before = b->errs->errors;
	if (!newest_of(b->a, b->env->state, b->rb->name, &last, b->errs))
		return false;
	bool open = last.id && !over(&last);
	if (b->opt->resume && !open) {
		err_add(b->errs, ERR_INPUT, (struct pos){0}, "no run of the runbook %.*s is unfinished",
			STR_ARG(b->rb->name));
		return false;
	}
	if (b->opt->resume)
		return take_up(b, &last);
	if (open && (b->rb->leads_to.n || !last.outcome.n))
		return refuse_unfinished(b, &last);
	if (other_in_the_way(b, &other))
		return refuse_unfinished(b, &other);
	fresh(b, b->env->stack);
	return b->errs->errors == before;
}

struct book *book_new(struct arena *a, struct plan_env *env, const struct runbook *rb, const struct book_options *opt,
		      struct errs *errs)
{
	struct book *b = arena_new(a, struct book);
	*b = (struct book){.a = a, .env = env, .rb = rb, .opt = opt, .errs = errs};
	b->rows = arena_array(a, rb->n + 1u, sizeof *b->rows);
	b->doing = arena_array(a, rb->n + 1u, sizeof *b->doing);
	if (!choose(b) || !steps_know_secrets(b))
		return NULL;
	for (uint32_t i = 0; i < rb->n; i++)
		b->doing[i] = (struct doing){.b = b, .step = &rb->steps[i], .row = &b->rows[i], .fd = -1};
	return world_make(b) ? b : NULL;
}

const struct runbook_run *book_journal(const struct book *b)
{
	return &b->run;
}

const struct runbook_row *book_rows(const struct book *b)
{
	return b->rows;
}

bool book_resumes(const struct book *b)
{
	return b->resumed;
}

/* --- turns -------------------------------------------------------------------------------------------------------- */

bool book_foreign(struct book *b, struct work_event e)
{
	for (uint32_t i = 0; i < b->rb->n; i++) {
		if (b->doing[i].runs && b->doing[i].work == e.work) {
			step_event(&b->doing[i], e);
			return true;
		}
	}
	return false;
}

static void drain(struct book *b)
{
	struct work_event e;
	while ((e = provider_next(b->env->provider)).work)
		book_foreign(b, e);
}

static bool programs_run(const struct book *b)
{
	for (uint32_t i = 0; i < b->rb->n; i++)
		if (b->doing[i].runs && b->doing[i].pid > 0)
			return true;
	return false;
}

static void pause_for(struct book *b)
{
	struct provider *p = b->env->provider;
	if (provider_pending(p))
		provider_poll(p, TICK_MS);
	else if (p->ops->advance && !programs_run(b))
		p->ops->advance(p, TICK_MS);
	else
		nanosleep(&(struct timespec){.tv_nsec = TICK_MS * 1000000L / 4}, NULL);
}

/* A signal: programs are ended, waits of the provider too; what is in flight there is finished. */
static void look_for_signal(struct book *b)
{
	if (!book_interrupted(b) || b->settled)
		return;
	b->settled = true;
	b->env->provider->ops->settle(b->env->provider);
	for (uint32_t i = 0; i < b->rb->n; i++)
		if (b->doing[i].runs && !b->doing[i].work)
			step_failed(&b->doing[i], STR("interrupted"), true);
}

static void turns(struct book *b)
{
	while (b->running) {
		look_for_signal(b);
		pause_for(b);
		drain(b);
		for (uint32_t i = 0; i < b->rb->n && !b->settled; i++)
			if (b->doing[i].runs)
				step_tick(&b->doing[i]);
		if (b->running)
			book_commit(b);
	}
}

/* --- stages ------------------------------------------------------------------------------------------------------- */

static void clock_stop(struct book *b, const struct book_stage *stage)
{
	bool held = true;
	for (uint32_t i = stage->first; i < stage->first + stage->n; i++)
		held &= BOOK_STEP_STATE(&b->rows[i], "done");
	if (!held || b->run.rto_ms >= 0)
		return;
	b->run.rto_ms = book_clock(b);
	state_runbook_update(b->env->state, &b->run);
	book_mode(b);
	book_emit(b, BOOK_CLOCK, NULL, STR_NONE);
}

static void judge(struct book *b, const struct book_stage *stage)
{
	for (uint32_t i = stage->first; i < stage->first + stage->n; i++) {
		if (!BOOK_STEP_STATE(&b->rows[i], "failed") && !BOOK_STEP_STATE(&b->rows[i], "started"))
			continue;
		b->failed = true;
		b->undo |= b->rb->steps[i].on_failure == FAILURE_UNDOES && !b->interrupted;
	}
}

/* False: the runbook stops here. */
static bool stage_run(struct book *b, const struct book_stage *stage)
{
	bool any = false;
	if (!world_make(b))
		b->failed = true;
	for (uint32_t i = stage->first; i < stage->first + stage->n && !b->failed; i++)
		if (!step_over(&b->rows[i]))
			any |= step_open(b, i);
	if (!book_commit(b) || b->failed)
		return false;
	for (uint32_t i = stage->first; any && i < stage->first + stage->n; i++)
		if (b->doing[i].runs)
			step_launch(b, i);
	turns(b);
	judge(b, stage);
	if (stage->stops_clock)
		clock_stop(b, stage);
	return book_commit(b) && !b->failed;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static bool begin(struct book *b)
{
	struct runbook_run *r = &b->run;
	if (b->resumed) {
		r->outcome = STR_NONE;
		r->ended_ms = 0;
		proof_resume(b);
		state_runbook_update(b->env->state, r);
	} else {
		if (b->opt->forced)
			info_text(b, "forced", STR("true"));
		r->started_ms = clock_wall(b->env->provider->clock);
		proof_begin(b);
		r->id = state_runbook_begin(b->env->state, r);
	}
	for (uint32_t i = 0; i < b->rb->n; i++) {
		b->rows[i].run = r->id;
		b->rows[i].position = i;
	}
	return book_commit(b);
}

/* Always runs again when the others went on, unless it was killed in the middle. */
static void forget_always(struct book *b)
{
	for (uint32_t k = 0; k < b->rb->n_stages; k++) {
		const struct book_stage *stage = &b->rb->stages[k];
		for (uint32_t i = stage->first; stage->always && i < stage->first + stage->n; i++)
			if (!BOOK_STEP_STATE(&b->rows[i], "started"))
				b->rows[i].state = STR_NONE;
	}
}

/* What must happen whatever happened; its failures are told, and fail the run. */
static void clean_up(struct book *b)
{
	bool failed = b->failed;
	b->cleaning = true;
	if (b->settled && b->opt->reopen && !b->opt->reopen(b->opt->ctx, b->env))
		failed = true;
	b->settled = false;
	failed |= !world_make(b);
	for (uint32_t k = 0; k < b->rb->n_stages && !b->broken; k++) {
		if (!b->rb->stages[k].always)
			continue;
		b->failed = false;
		stage_run(b, &b->rb->stages[k]);
		failed |= b->failed;
	}
	b->failed = failed;
	b->failed |= !b->broken && !temporaries_remove(b);
}

static enum book_outcome finish(struct book *b, bool undone, struct value *excepts)
{
	struct runbook_run *r = &b->run;
	enum book_outcome out = b->interrupted && b->failed ? BOOK_INTERRUPTED : b->failed ? BOOK_FAILED : BOOK_DONE;
	if (undone)
		out = value_count(excepts) ? BOOK_UNDONE_EXCEPT : BOOK_UNDONE;
	if (out == BOOK_DONE)
		book_mode(b);
	if (value_count(excepts))
		book_info(b, "excepts", excepts);
	r->outcome = out == BOOK_DONE          ? STR("done")
		     : out == BOOK_FAILED      ? STR("failed")
		     : out == BOOK_INTERRUPTED ? STR("interrupted")
					       : STR("undone");
	r->ended_ms = clock_wall(b->env->provider->clock);
	if (!proof_end(b) || !book_commit(b))
		return BOOK_FAILED;
	if (proof_write(b) && out != BOOK_INTERRUPTED)
		proof_upload(b);
	return out;
}

enum book_outcome book_run(struct book *b)
{
	struct value *excepts = value_list(b->a, (struct pos){0});
	bool undone = false;
	if (!begin(b))
		return BOOK_FAILED;
	forget_always(b);
	for (uint32_t k = 0; k < b->rb->n_stages; k++) {
		if (b->rb->stages[k].always)
			continue;
		if (book_interrupted(b))
			b->failed = true;
		if (b->failed || !stage_run(b, &b->rb->stages[k]))
			break;
	}
	if (b->undo && !b->broken)
		undone = book_undo(b, excepts);
	clean_up(b);
	return b->broken ? BOOK_FAILED : finish(b, undone, excepts);
}
