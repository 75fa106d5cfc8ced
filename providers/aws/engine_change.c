/* Creating, changing and deleting: which calls in which order, and waiting until AWS has settled. */
#include "providers/aws/engine_claim.h"

#define POLL_FIRST_MS 200
#define POLL_CAP_MS 15000

/* --- waiting ------------------------------------------------------------------------------------------------------ */

/* The longest pause between two looks: a fifth of what the type usually takes. */
static int64_t poll_cap(const struct wait_def *w)
{
	int64_t cap = w->typical_ms / 5;

	if (cap < 1000)
		return 1000;
	return cap > POLL_CAP_MS ? POLL_CAP_MS : cap;
}

static void pause_then(struct job *j, const struct wait_def *w, job_fn *fn)
{
	job_after(j, j->delay_ms, fn);
	j->delay_ms = j->delay_ms * 3 / 2;
	if (j->delay_ms > poll_cap(w))
		j->delay_ms = poll_cap(w);
}

static bool out_of_time(const struct job *j, const struct wait_def *w)
{
	int64_t bound = j->w->timeout_ms ? j->w->timeout_ms : w->max_ms;

	return clock_mono(j->e->base.clock) - j->wait_until > bound;
}

static void wait_begin(struct job *j)
{
	j->wait_until = clock_mono(j->e->base.clock);
	j->delay_ms = POLL_FIRST_MS;
}

static void say_waiting(struct job *j)
{
	const struct wait_def *w = &j->def->wait;
	const struct call_cond *c = &call_conds[w->until.first];
	struct str name = w->until.n ? call_text(step_at(c->path, c->path.n - 1u)->name) : STR("visible");

	job_waiting(j, str_fmt(&j->arena, "%.*s = %.*s", STR_ARG(name), STR_ARG(j->reading->found ? j->reading->state : STR("absent"))));
}

static void take_reading(struct job *j)
{
	j->w->live = j->reading->got.live;
	j->w->attrs = j->reading->got.attrs;
}

static void settle_read(struct job *j);

/* The poll saw the settled state without the extra reads: look once more, whole. */
static void settle_whole(struct job *j)
{
	if (!j->failed && j->reading->found)
		take_reading(j);
	j->w->settled = !j->failed && j->reading->found;
	job_done(j);
}

static void settle_look(struct job *j)
{
	const struct wait_def *w = &j->def->wait;
	struct reading *r = j->reading;

	if (j->failed) {
		job_done(j);
		return;
	}
	if (r->found && r->fail) {
		job_fail(j, ERR_REMOTE, "it ended in state '%.*s'%s%.*s", STR_ARG(r->state), r->why.n ? ": " : "", STR_ARG(r->why));
		job_done(j);
		return;
	}
	if (r->found)
		take_reading(j);
	if (r->found && r->until) {
		j->w->settled = true;
		if (r->main_only && j->def->also.n)
			job_read(j, false, false, settle_whole);
		else
			job_done(j);
		return;
	}
	if (j->e->settling || (j->w->no_wait && r->found)) {
		j->w->settled = false;
		job_done(j);
		return;
	}
	if (!r->found && clock_mono(j->e->base.clock) - j->wait_until > j->def->visible_ms) {
		job_fail(j, ERR_REMOTE, "%.*s is not there", STR_ARG(j->w->id));
		job_done(j);
		return;
	}
	if (r->found && out_of_time(j, w)) {
		job_fail(j, ERR_REMOTE, "still in state '%.*s' when the time for it was up", STR_ARG(r->state));
		job_done(j);
		return;
	}
	say_waiting(j);
	pause_then(j, w, settle_read);
}

static void settle_read(struct job *j)
{
	bool quick = j->def->wait.typical_ms <= 2000;

	job_read(j, false, !quick, settle_look);
}

/* Wait until the resource is settled, with its live properties and attributes read, and end the job. */
static void job_settle(struct job *j)
{
	if (j->failed) {
		job_done(j);
		return;
	}
	wait_begin(j);
	settle_read(j);
}

/* --- create ------------------------------------------------------------------------------------------------------- */

static const struct call_def *create_call(struct job *j)
{
	struct env env = job_env(j);

	for (size_t i = 0; i < j->def->create.n; i++) {
		const struct call_def *c = &call_defs[j->def->create.first + i];

		if (conds_hold(&env, c->when, j->w->desired))
			return c;
	}
	return NULL;
}

/* Live properties and attributes from the create's own answer, where it is whole and settled; j->ready if it is
 * settled at least. */
static bool settled_by_answer(struct job *j)
{
	struct env env = job_env(j);
	struct reading r = {.e = j->e, .env = env};
	const struct value *el = path_value(&env, j->exec.answer, j->def->element_answer);
	struct received got = {0};
	struct element one = {.levels = {el}, .n = 1};

	if (el && el->kind == V_LIST)
		one.levels[0] = el = value_at(el, 0);
	if (!(j->def->flags & DEF_ANSWER_IS_ELEMENT) || !el || !conds_hold(&env, j->def->wait.until, el))
		return false;
	j->ready = true;
	if (j->def->also.n)
		return false;
	r.env.arena = j->w->arena;
	receive(&r.env, &fetch_defs[j->def->read.first], &one, &got);
	receive_attrs(&r.env, &one, &got);
	j->w->live = got.live;
	j->w->attrs = got.attrs;
	return true;
}

static void create_rest(struct job *j)
{
	if (j->failed || j->fresh) {
		j->w->settled = !j->failed;
		job_done(j);
		return;
	}
	job_settle(j);
}

/* Lists to which AWS gave elements when it made the resource: those are what is changed. */
static bool has_given(const struct job *j, size_t i)
{
	const struct facet_def *f = &facet_defs[j->def->facets.first + i];

	return f->given && value_get(j->w->desired, call_text(f->prop));
}

static bool wants_given(const struct job *j)
{
	for (size_t i = 0; i < j->def->facets.n; i++)
		if (has_given(j, i))
			return true;
	return false;
}

static struct value *what_was_given(struct job *j)
{
	struct value *was = value_map(&j->arena, (struct pos){0});

	for (size_t i = 0; i < j->def->facets.n; i++) {
		struct str prop = call_text(facet_defs[j->def->facets.first + i].prop);
		struct value *list = has_given(j, i) && j->reading ? value_get(j->reading->got.live, prop) : NULL;

		if (list)
			value_set(&j->arena, was, prop, (struct pos){0}, list);
	}
	return was;
}

static void create_facets(struct job *j)
{
	const struct call_def *c = create_call(j);

	if (j->failed || (!c && !(j->def->flags & DEF_FACETS))) {
		job_done(j);
		return;
	}
	if (c)
		plan_steps(j, what_was_given(j), j->w->desired, c);
	if (j->steps)
		j->fresh = false;
	steps_run(j, create_rest);
}

static void create_ready(struct job *j);

static void create_ready_look(struct job *j)
{
	struct reading *r = j->reading;

	if (j->failed) {
		job_done(j);
		return;
	}
	if (r->found && (r->until || r->fail)) {
		create_facets(j);
		return;
	}
	if (j->e->settling || out_of_time(j, &j->def->wait) ||
	    (!r->found && clock_mono(j->e->base.clock) - j->wait_until > j->def->visible_ms)) {
		job_fail(j, ERR_REMOTE, "it was made, but is not ready for the rest of its properties");
		job_done(j);
		return;
	}
	say_waiting(j);
	pause_then(j, &j->def->wait, create_ready);
}

static void create_ready(struct job *j)
{
	job_read(j, true, true, create_ready_look);
}

static bool needs_more_steps(struct job *j)
{
	bool more;

	plan_steps(j, value_map(&j->arena, (struct pos){0}), j->w->desired, create_call(j));
	more = j->steps != NULL;
	j->steps = NULL;
	j->last_step = &j->steps;
	return more;
}

static void create_after(struct job *j)
{
	if (j->failed) {
		job_done(j);
		return;
	}
	if (j->def->wait.until.n && !j->ready && needs_more_steps(j)) {
		wait_begin(j);
		create_ready(j);
		return;
	}
	if (wants_given(j))
		job_read(j, true, true, create_facets);
	else
		create_facets(j);
}

static void plan_after(struct job *j)
{
	struct env env = job_env(j);

	for (size_t i = 0; i < j->def->after.n; i++) {
		const struct call_def *c = &call_defs[j->def->after.first + i];

		if (conds_hold(&env, c->when, j->w->desired))
			step_add(j, (struct step){.call = c, .props = j->w->desired, .changed = value_map(&j->arena, (struct pos){0})});
	}
}

static void created(struct job *j)
{
	struct env env = job_env(j);
	const struct value *id;

	if (j->failed) {
		claim_advise(j);
		job_done(j);
		return;
	}
	if (j->def->id_answer.n) {
		id = path_value(&env, j->exec.answer, j->def->id_answer);
		if (!id)
			id = path_value(&env, j->exec.answer, j->def->id_other);
		j->w->id = str_dup(j->w->arena, id_own(j->def, value_text(id && id->kind == V_LIST ? value_at(id, 0) : id)));
	} else {
		env.answer = j->exec.answer;
		j->w->id = str_dup(j->w->arena, id_compose(&env));
	}
	if (!j->w->id.n) {
		job_fail(j, ERR_REMOTE, "%.*s answered no id", STR_ARG(call_text(j->exec.def->op)));
		job_done(j);
		return;
	}
	event_add(j->e, WORK_ID, j->w);
	j->fresh = settled_by_answer(j);
	plan_after(j);
	if (j->steps)
		j->fresh = false;
	steps_run(j, create_after);
}

static void create_send(struct job *j)
{
	job_exec(j, &(struct step){.call = create_call(j), .props = j->w->desired, .tags = tags_wanted(&j->arena, j->w)}, j->w->op, false,
		 created);
}

/* It is nothing but what it adds to others: it is there as soon as the first of them has it. */
static void create_on(struct job *j)
{
	struct step *first;

	steps_fill(j, j->w->desired);
	first = j->steps;
	if (!first) {
		job_fail(j, ERR_INPUT, "there is nothing that %.*s is to be put on", STR_ARG(type_name(j->w->type)));
		job_done(j);
		return;
	}
	j->steps = first->next;
	if (!j->steps)
		j->last_step = &j->steps;
	step_run(j, first, false, created);
}

void work_create(struct job *j)
{
	const struct call_def *c = create_call(j);

	if (j->def->flags & DEF_FACETS) {
		job_claim(j, 0, create_on);
		return;
	}
	if (!c) {
		job_fail(j, ERR_INPUT, "none of the ways to make %.*s fits these properties", STR_ARG(type_name(j->w->type)));
		job_done(j);
		return;
	}
	job_claim(j, c->max_ms, create_send);
}

/* --- update ------------------------------------------------------------------------------------------------------- */

static bool steps_use(const struct job *j, enum source_kind kind)
{
	for (const struct step *s = j->steps; s; s = s->next)
		if (call_uses(s->call, kind))
			return true;
	return false;
}

static void update_found(struct job *j)
{
	if (!j->failed && !j->reading->found)
		job_fail(j, ERR_REMOTE, "%.*s is not there", STR_ARG(j->w->id));
	if (j->failed)
		job_done(j);
	else
		steps_run(j, job_settle);
}

void work_update(struct job *j)
{
	plan_steps(j, j->w->prior ? j->w->prior : value_map(&j->arena, (struct pos){0}), j->w->desired, NULL);
	if (steps_use(j, SRC_FOUND))
		job_read(j, true, true, update_found);
	else
		steps_run(j, job_settle);
}

/* --- delete ------------------------------------------------------------------------------------------------------- */

static void delete_wait(struct job *j);

static void delete_look(struct job *j)
{
	const struct reading *r = j->reading;
	const struct wait_def *w = &j->def->wait_delete;

	if (j->failed || (!r->found && !r->dead) || r->until_delete) {
		j->w->settled = !j->failed;
		job_done(j);
		return;
	}
	if (j->e->settling || out_of_time(j, w)) {
		if (!j->e->settling)
			job_fail(j, ERR_REMOTE, "still in state '%.*s' when the time for its deletion was up", STR_ARG(r->state));
		job_done(j);
		return;
	}
	job_waiting(j, str_fmt(&j->arena, "deletion, state = %.*s", STR_ARG(r->state)));
	pause_then(j, w, delete_wait);
}

static void delete_wait(struct job *j)
{
	job_read(j, false, true, delete_look);
}

static void deleted(struct job *j)
{
	if (j->failed || !j->def->wait_delete.until.n || j->w->no_wait) {
		j->w->settled = !j->failed;
		job_done(j);
		return;
	}
	wait_begin(j);
	delete_wait(j);
}

static void delete_next(struct job *j)
{
	struct step *s = j->steps;

	if (j->failed || !s) {
		deleted(j);
		return;
	}
	j->steps = s->next;
	step_run(j, s, true, delete_next);
}

static void delete_plan(struct job *j)
{
	struct env env = job_env(j);

	env.props = j->w->prior;
	steps_empty(j, j->w->prior);
	for (size_t i = 0; i < j->def->delete.n; i++) {
		const struct call_def *c = &call_defs[j->def->delete.first + i];

		if (conds_hold(&env, c->when, j->w->prior))
			step_add(j, (struct step){.call = c, .props = j->w->prior});
	}
	delete_next(j);
}

static void delete_found(struct job *j)
{
	if (j->failed || !j->reading->found) {
		j->w->settled = !j->failed;
		job_done(j);
		return;
	}
	j->w->prior = j->reading->got.live;
	delete_plan(j);
}

void work_delete(struct job *j)
{
	bool look = !j->w->prior;

	for (size_t i = 0; i < j->def->delete.n; i++)
		look = look || call_uses(&call_defs[j->def->delete.first + i], SRC_FOUND);
	if (look)
		job_read(j, true, false, delete_found);
	else
		delete_plan(j);
}
