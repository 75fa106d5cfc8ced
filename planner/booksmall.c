/* Steps that the engine carries out itself: Check, Wait, Measure, Approval, Report. */
#include "planner/bookpriv.h"

#define FIRST_PAUSE_MS 500
#define LONGEST_PAUSE_MS 10000
#define LOOK_AGAIN_MS 1000 /* at the file of approvals */

static int64_t now_of(const struct doing *d)
{
	return clock_mono(d->b->env->provider->clock);
}

/* --- Check -------------------------------------------------------------------------------------------------------- */

void check_launch(struct doing *d)
{
	d->pause_ms = FIRST_PAUSE_MS;
	check_tick(d);
}

static void check_again(struct doing *d, const struct check_result *r)
{
	struct book *b = d->b;
	if (r->answer == CHECK_NEVER || now_of(d) >= d->deadline_ms) {
		step_failed(d, str_fmt(b->a, "%.*s: %.*s", STR_ARG(r->name), STR_ARG(r->detail)), false);
		return;
	}
	book_emit(b, BOOK_WAITING, d, str_fmt(b->a, "%.*s: %.*s", STR_ARG(r->name), STR_ARG(r->detail)));
	d->next_ms = now_of(d) + d->pause_ms;
	d->pause_ms = 2 * d->pause_ms < LONGEST_PAUSE_MS ? 2 * d->pause_ms : LONGEST_PAUSE_MS;
}

/* One after the other, each until it holds; what the list needs in all is the step's time. */
void check_tick(struct doing *d)
{
	struct book *b = d->b;
	struct check_result r;
	if (now_of(d) < d->next_ms)
		return;
	b->asking = d->step;
	while (d->runs && d->index < value_count(d->args)) {
		const struct member *m = &value_at(d->args, d->index)->map.items[0];
		bool held = check_once(&b->world, m, &r);
		if (r.interrupted)
			return;
		if (!held) {
			check_again(d, &r);
			return;
		}
		d->index++;
		d->pause_ms = FIRST_PAUSE_MS;
	}
	if (d->runs)
		step_done(d, str_fmt(b->a, "%.*s%s%.*s", STR_ARG(r.name), r.detail.n ? ": " : "", STR_ARG(r.detail)),
			  NULL);
}

/* --- Wait --------------------------------------------------------------------------------------------------------- */

void wait_launch(struct doing *d)
{
	int64_t ms = 0;
	str_duration(value_text(value_getc(d->args, "For")), &ms);
	/* One that was begun before a kill has waited since. */
	int64_t waited = clock_wall(d->b->env->provider->clock) - d->row->started_ms;
	d->next_ms = now_of(d) + (waited > 0 ? ms - waited : ms);
	wait_tick(d);
}

void wait_tick(struct doing *d)
{
	if (now_of(d) >= d->next_ms)
		step_done(d, STR("waited"), NULL);
}

/* --- Measure ------------------------------------------------------------------------------------------------------ */

void measure_launch(struct doing *d)
{
	struct book *b = d->b;
	const struct value *check = value_getc(d->args, "RPO");
	struct check_result r;
	check_once(&b->world, &check->map.items[0], &r);
	if (!r.value || !value_is_scalar(r.value)) {
		step_failed(d,
			    str_fmt(b->a, "%.*s told no value%s%.*s", STR_ARG(r.name), r.detail.n ? ": " : "",
				    STR_ARG(r.detail)),
			    r.interrupted);
		return;
	}
	/* A run that is gone on with keeps what was measured before anything changed. */
	if (!b->run.rpo.n) {
		b->run.rpo = value_text(r.value);
		state_runbook_update(b->env->state, &b->run);
	}
	book_emit(b, BOOK_MEASURED, d, b->run.rpo);
	step_done(d, str_fmt(b->a, "RPO %.*s s", STR_ARG(b->run.rpo)), NULL);
}

/* --- Approval ----------------------------------------------------------------------------------------------------- */

/* Pipelines answer in a file; which line it takes is said once. */
static void approval_await(struct doing *d)
{
	struct book *b = d->b;
	d->awaited = world_run_id(b);
	struct str line = str_fmt(b->a, "%.*s %.*s", STR_ARG(d->awaited), STR_ARG(d->step->name));
	struct book_event e = {.kind = BOOK_ASKED,
			       .step = d->step,
			       .name = d->step->name,
			       .state = d->row->state,
			       .text = value_text(value_getc(d->args, "Ask")),
			       .file = str_of(b->opt->approvals),
			       .line = line,
			       .limit_ms = d->step->timeout_ms,
			       .clock_ms = book_clock(b)};
	if (b->opt->event)
		b->opt->event(b->opt->ctx, &e);
	book_emit(b, BOOK_WAITING, d, str_fmt(b->a, "'%.*s' in %s", STR_ARG(line), b->opt->approvals));
	d->next_ms = now_of(d) + LOOK_AGAIN_MS;
}

void approval_launch(struct doing *d)
{
	struct book *b = d->b;
	struct str how = STR_NONE;
	b->asking = d->step;
	enum check_answer answer = b->world.approved(b, value_text(value_getc(d->args, "Ask")), &how);
	/* Where time is virtual nobody comes to answer. */
	if (answer == CHECK_NOT_YET && !b->env->provider->ops->advance)
		approval_await(d);
	else if (answer == CHECK_HOLDS)
		step_done(d, how, NULL);
	else
		step_failed(d, how, false);
}

void approval_tick(struct doing *d)
{
	struct book *b = d->b;
	struct arena scratch = {0};
	struct str how = STR_NONE;
	if (now_of(d) < d->next_ms)
		return;
	d->next_ms = now_of(d) + LOOK_AGAIN_MS;
	enum check_answer answer = approval_in_file(&scratch, b->opt->approvals, d->awaited, d->step->name, &how);
	bool over = answer == CHECK_HOLDS || now_of(d) >= d->deadline_ms;
	how = over ? str_dup(b->a, how) : STR_NONE;
	arena_free(&scratch);
	if (answer == CHECK_HOLDS)
		step_done(d, how, NULL);
	else if (over)
		step_failed(d, world_unapproved(b, how, d->step->name), false);
}

/* --- Report ------------------------------------------------------------------------------------------------------- */

/* The journal is the record: files are written when the run is over, whatever became of it (bookproof.c). */
void report_launch(struct doing *d)
{
	struct str to = value_text(value_getc(d->args, "To")), bucket, prefix;
	if (to.n && !s3_place(to, &bucket, &prefix)) {
		step_failed(d, str_fmt(d->b->a, "'%.*s' is no place in S3", STR_ARG(to)), false);
		return;
	}
	book_info(d->b, "report", d->args);
	state_runbook_update(d->b->env->state, &d->b->run);
	step_done(d, str_fmt(d->b->a, "run %lld is recorded", (long long)d->b->run.id), NULL);
}
