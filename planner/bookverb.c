/* Steps that the provider carries out. Capacity is asked first what stands there: that is journaled before anything
 * changes, so that Restore, and an undo, can put it back. */
#include "planner/bookpriv.h"

/* --- where -------------------------------------------------------------------------------------------------------- */

/* What is written, else where the thing is that it is about, else where the runbook leads. */
const struct place *verb_place(const struct book *b, const struct value *written, const struct value *args)
{
	size_t n = b->env->stack->n_targets;
	const struct place *p = place_of_args(b->env->places, n, written, STR_NONE);
	if (!p)
		p = place_of_args(b->env->places, n, args, b->rb->to);
	return p ? p : &b->env->places[b->env->stack->default_target];
}

/* --- works -------------------------------------------------------------------------------------------------------- */

static struct value *without_target(struct arena *a, const struct value *args)
{
	struct value *out = value_map(a, args->pos);
	for (size_t i = 0; i < value_count(args); i++) {
		const struct member *m = &args->map.items[i];
		if (!str_eqc(m->key, "Target"))
			value_set(a, out, m->key, m->pos, m->value);
	}
	return out;
}

static void work_start(struct doing *d, enum work_kind kind, struct str name, struct value *args)
{
	struct book *b = d->b;
	int64_t left = d->deadline_ms - clock_mono(b->env->provider->clock);
	d->work = arena_new(b->a, struct work);
	*d->work = (struct work){.kind = kind,
				 .place = verb_place(b, d->step->args, args),
				 .places = b->env->places,
				 .n_places = b->env->stack->n_targets,
				 .arena = b->a,
				 .address = d->step->name,
				 .name = name,
				 .desired = without_target(b->a, args),
				 .op = d->row->op,
				 .again = d->again,
				 .unplanned = str_eqc(b->run.kind, "unplanned"),
				 .timeout_ms = left > 1 ? left : 1,
				 .owner = &b->world.owner,
				 .control_plane = b->opt->control_plane || value_getc(b->run.info, "control_plane"),
				 .user = d};
	provider_start(b->env->provider, d->work);
}

static bool asks_first(const struct doing *d)
{
	const struct provider *p = d->b->env->provider;
	return str_eqc(d->step->verb, "Capacity") && !d->row->found && p->ops->probes &&
	       p->ops->probes(p, d->step->verb);
}

void verb_launch(struct doing *d)
{
	work_start(d, asks_first(d) ? WORK_PROBE : WORK_VERB, d->step->verb, d->args);
}

static struct str detail_of(const struct work *w)
{
	struct str said = value_text(value_getc(w->result, "Detail"));
	return w->state == WORK_OK ? said : w->err.message.n ? w->err.message : STR("the provider gave no reason");
}

/* What was found is durable before the verb changes it. */
static void found(struct doing *d)
{
	struct book *b = d->b;
	const struct value *v = value_getc(d->work->result, "Value");
	if (d->work->state != WORK_OK || !v) {
		step_failed(d, d->work->state == WORK_OK ? STR("what stands there was not told") : detail_of(d->work),
			    b->interrupted);
		return;
	}
	d->row->found = (struct value *)v;
	state_runbook_step(b->env->state, d->row);
	if (!book_commit(b)) {
		step_failed(d, STR("the state cannot be written"), false);
		return;
	}
	work_start(d, WORK_VERB, d->step->verb, d->args);
}

static bool in_doubt(const struct work *w)
{
	return w->err.kind == ERR_NETWORK || str_eqc(w->err.code, "Interrupted");
}

static void restore_next(struct doing *d);

void verb_event(struct doing *d, struct work_event e)
{
	struct work *w = e.work;
	if (w->kind == WORK_PROBE) {
		found(d);
		return;
	}
	if (w->state != WORK_OK) {
		step_failed(d, detail_of(w), in_doubt(w) || d->b->interrupted);
	} else if (str_eqc(d->step->verb, "Restore")) {
		d->index++;
		restore_next(d);
	} else {
		step_done(d, detail_of(w), w->result);
	}
}

/* --- Restore ------------------------------------------------------------------------------------------------------ */

struct finding {
	struct value *args; /* of a Capacity that puts it back */
};

/* Args of then, with the sizes that stood there before. */
static struct value *args_back(struct arena *a, const struct runbook_row *row)
{
	static const char *const sizes[] = {"Min", "Max", "Desired"};
	struct value *out = value_map(a, (struct pos){0});
	for (size_t i = 0; i < value_count(row->args); i++) {
		const struct member *m = &row->args->map.items[i];
		if (str_eqc(m->key, "Of") || str_eqc(m->key, "Target"))
			value_set(a, out, m->key, m->pos, m->value);
	}
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		if (value_getc(row->found, sizes[i]))
			value_set(a, out, str_of(sizes[i]), (struct pos){0}, value_getc(row->found, sizes[i]));
	return out;
}

static bool names_step(const struct value *steps, struct str name)
{
	bool named = steps->kind != V_LIST && str_eq(value_text(steps), name);
	for (size_t i = 0; steps->kind == V_LIST && i < value_count(steps); i++)
		named |= str_eq(value_text(value_at(steps, i)), name);
	return named;
}

/* What the newest run of that runbook found before these steps changed it. */
static size_t findings(struct book *b, const struct value *args, struct finding **out)
{
	struct str runbook = value_text(value_getc(args, "Runbook"));
	struct runbook_run *runs;
	struct runbook_row *rows = NULL;
	size_t n_runs, n_rows = 0, n = 0;
	if (!state_runbooks(b->env->state, b->a, SIZE_MAX, &runs, &n_runs, b->errs))
		return 0;
	for (size_t i = 0; i < n_runs && !rows; i++)
		if (str_eq(runs[i].runbook, runbook) &&
		    !state_runbook_steps(b->env->state, b->a, runs[i].id, &rows, &n_rows, b->errs))
			return 0;
	*out = arena_array(b->a, n_rows + 1, sizeof **out);
	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].found && names_step(value_getc(args, "Step"), rows[i].name))
			(*out)[n++] = (struct finding){args_back(b->a, &rows[i])};
	return n;
}

static void restore_next(struct doing *d)
{
	struct finding *list;
	size_t n = findings(d->b, d->args, &list);
	if (d->index < n)
		work_start(d, WORK_VERB, STR("Capacity"), list[d->index].args);
	else
		step_done(d, str_fmt(d->b->a, "%zu put back", n), NULL);
}

/* What was found is durable before anything changes: where nothing was found, nothing was changed. */
void restore_launch(struct doing *d)
{
	struct finding *list;
	if (findings(d->b, d->args, &list) == 0)
		step_done(d, STR("those steps changed nothing"), NULL);
	else
		restore_next(d);
}

/* --- undo --------------------------------------------------------------------------------------------------------- */

static bool put_back(struct book *b, struct doing *d)
{
	d->row->state = STR("undoing");
	d->runs = true;
	b->running++;
	d->deadline_ms = clock_mono(b->env->provider->clock) + d->step->timeout_ms;
	work_start(d, WORK_VERB, d->step->verb, args_back(b->a, d->row));
	while (d->runs && d->work->state != WORK_OK && d->work->state != WORK_FAILED) {
		provider_poll(b->env->provider, 200);
		while (provider_next(b->env->provider).work)
			;
	}
	bool ok = d->work->state == WORK_OK;
	d->runs = false;
	b->running--;
	d->row->state = ok ? STR("undone") : STR("failed");
	d->row->detail = detail_of(d->work);
	state_runbook_step(b->env->state, d->row);
	book_emit(b, BOOK_STEP_END, d, d->row->detail);
	return book_commit(b) && ok;
}

static bool changes_nothing(struct str verb)
{
	static const char *const reads[] = {"Check", "Wait", "Measure", "Approval", "Report", "Notify"};
	for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
		if (str_eqc(verb, reads[i]))
			return true;
	return false;
}

bool book_undo(struct book *b, struct value *excepts)
{
	const struct pos none = {0};
	for (uint32_t i = b->rb->n; i-- > 0;) {
		struct doing *d = &b->doing[i];
		bool acted = BOOK_STEP_STATE(d->row, "done") || BOOK_STEP_STATE(d->row, "started") ||
			     BOOK_STEP_STATE(d->row, "failed") || BOOK_STEP_STATE(d->row, "gap");
		if (!acted || changes_nothing(d->step->verb) || (d->row->found && put_back(b, d)))
			continue;
		if (!d->row->found && BOOK_STEP_STATE(d->row, "failed") && str_eqc(d->step->verb, "Capacity"))
			continue;
		value_append(b->a, excepts,
			     value_string(b->a, none,
					  str_fmt(b->a, "%.*s (%.*s): as the step left it", STR_ARG(d->step->name),
						  STR_ARG(d->step->verb))));
	}
	return true;
}
