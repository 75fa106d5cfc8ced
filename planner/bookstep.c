/* One step: its row is opened, it is launched, it ends. What each verb does between stands in the files that
 * bookpriv.h names. */
#include "planner/bookpriv.h"

static const struct {
	const char *verb;
	void (*launch)(struct doing *d);
	void (*tick)(struct doing *d); /* NULL: it waits for the provider, or is over when it was launched */
} verbs[] = {
    {"Apply", apply_launch, NULL},       {"Approval", approval_launch, approval_tick},
    {"Check", check_launch, check_tick}, {"Command", command_launch, command_tick},
    {"Measure", measure_launch, NULL},   {"Report", report_launch, NULL},
    {"Restore", restore_launch, NULL},   {"Temporary", temporary_launch, NULL},
    {"Wait", wait_launch, wait_tick},
};
#define N_VERBS (sizeof verbs / sizeof *verbs)

static size_t verb_index(struct str verb)
{
	size_t i = 0;
	while (i < N_VERBS && !str_eqc(verb, verbs[i].verb))
		i++;
	return i;
}

bool step_over(const struct runbook_row *row)
{
	return BOOK_STEP_STATE(row, "done") || BOOK_STEP_STATE(row, "gap") || BOOK_STEP_STATE(row, "skipped");
}

/* --- ends --------------------------------------------------------------------------------------------------------- */

static void row_end(struct doing *d, const char *state, struct str detail, struct value *result)
{
	struct book *b = d->b;
	struct runbook_row *row = d->row;
	row->state = str_of(state);
	row->detail = str_dup(b->a, detail);
	row->result = result ? result : row->result;
	row->ended_ms = clock_wall(b->env->provider->clock);
	state_runbook_step(b->env->state, row);
	if (d->runs)
		b->running--;
	d->runs = false;
	book_emit(b, BOOK_STEP_END, d, row->detail);
}

void step_done(struct doing *d, struct str detail, struct value *result)
{
	row_end(d, "done", detail, result);
}

/* What went wrong inside of a step that may fail is told, and fails nothing. */
static void errors_soften(struct doing *d)
{
	struct errs *errs = d->b->errs;
	for (size_t i = d->errors_from; i < errs->n; i++) {
		errs->errors -= errs->items[i].level == LEVEL_ERROR;
		errs->items[i].level = LEVEL_WARNING;
	}
}

/* In doubt: it may have acted; the row stays started, so that the next run begins it as such. */
void step_failed(struct doing *d, struct str detail, bool in_doubt)
{
	struct book *b = d->b;
	bool interrupted = b->interrupted && !b->cleaning;
	command_kill(d);
	if (d->step->on_failure == FAILURE_IS_GAP && !interrupted) {
		if (str_eqc(d->step->verb, "Apply") || str_eqc(d->step->verb, "Temporary"))
			errors_soften(d);
		row_end(d, "gap", detail, NULL);
		return;
	}
	row_end(d, in_doubt ? "started" : "failed", detail, NULL);
	if (interrupted)
		return;
	struct err *e = err_add(b->errs, ERR_REMOTE, d->step->pos, "the step '%.*s' failed: %.*s",
				STR_ARG(d->step->name), STR_ARG(detail));
	if (d->step->owner.n)
		err_help(b->errs, e, "its owner is %.*s", STR_ARG(d->step->owner));
}

/* --- beginning ---------------------------------------------------------------------------------------------------- */

static bool skipped(const struct book *b, const struct book_step *s)
{
	return s->when.n && !str_eq(s->when, b->run.kind);
}

/* Whether what stands for a secret that is not known (source.h) is in it. */
static bool stands_in(const struct value *v)
{
	bool found = false;
	if (!v)
		return false;
	if (v->kind == V_STRING)
		return (v->flags & VALUE_SECRET) && str_find(v->text, STR("(secret)"), 0) >= 0;
	for (size_t i = 0; !found && (v->kind == V_LIST || v->kind == V_EXPR) && i < v->list.n; i++)
		found = stands_in(v->list.items[i]);
	for (size_t i = 0; !found && v->kind == V_MAP && i < v->map.n; i++)
		found = stands_in(v->map.items[i].value);
	return found;
}

/* Told before the first step: in the middle of a failover is late to look for a password. */
bool steps_know_secrets(struct book *b)
{
	const struct parameter *hidden = b->env->provider->rehearsal ? NULL : world_hidden(b->env->stack);
	size_t before = b->errs->errors;
	for (uint32_t i = 0; hidden && i < b->rb->n; i++) {
		const struct book_step *s = &b->rb->steps[i];
		if (skipped(b, s) || step_over(&b->rows[i]) || !stands_in(s->args))
			continue;
		struct err *e =
		    err_at(b->errs, s->pos, "the step '%.*s' needs the parameter '%.*s', which is NoEcho and not kept",
			   STR_ARG(s->name), STR_ARG(hidden->name));
		err_help(b->errs, e, "give it with -var %.*s=...", STR_ARG(hidden->name));
	}
	return b->errs->errors == before;
}

bool step_open(struct book *b, uint32_t i)
{
	struct doing *d = &b->doing[i];
	struct runbook_row *row = d->row;
	struct str why = STR_NONE;
	int64_t now = clock_mono(b->env->provider->clock);
	d->again = BOOK_STEP_STATE(row, "started");
	*row = (struct runbook_row){.run = b->run.id,
				    .position = i,
				    .name = d->step->name,
				    .verb = d->step->verb,
				    .state = STR("started"),
				    .op = d->again && row->op.n ? row->op : random_uuid(b->a),
				    .attempts = row->attempts + 1,
				    .found = row->found,
				    .result = d->again ? row->result : NULL,
				    .started_ms = d->again ? row->started_ms : clock_wall(b->env->provider->clock)};
	d->begun_ms = d->next_ms = now;
	d->deadline_ms = now + d->step->timeout_ms;
	d->index = 0;
	d->errors_from = b->errs->n;
	if (skipped(b, d->step)) {
		row_end(d, "skipped", str_fmt(b->a, "only when %.*s", STR_ARG(d->step->when)), NULL);
		return false;
	}
	d->args = world_args(b, d->step, &why);
	row->args = d->args;
	if (!d->args) {
		step_failed(d, why, false);
		return false;
	}
	d->runs = true;
	b->running++;
	state_runbook_step(b->env->state, row);
	return true;
}

void step_launch(struct book *b, uint32_t i)
{
	struct doing *d = &b->doing[i];
	size_t verb = verb_index(d->step->verb);
	book_emit(b, BOOK_STEP, d, STR_NONE);
	if (verb < N_VERBS)
		verbs[verb].launch(d);
	else
		verb_launch(d);
}

void step_tick(struct doing *d)
{
	size_t verb = verb_index(d->step->verb);
	if (verb < N_VERBS && verbs[verb].tick)
		verbs[verb].tick(d);
}

void step_event(struct doing *d, struct work_event e)
{
	if (e.kind == WORK_WAITING)
		book_emit(d->b, BOOK_WAITING, d, e.work->waiting);
	else if (e.kind == WORK_DONE)
		verb_event(d, e);
}
