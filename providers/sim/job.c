/* The steps of one job: the call with its faults, the change, the wait until it is settled, the answer. */
#include "providers/sim/job.h"
#include "providers/sim/verbs.h"

#include <signal.h>
#include <string.h>

enum {
	RETRIES = 8,
	BACKOFF_MS = 200,
	BACKOFF_MAX_MS = 20000,
	BLOCKED_MAX_MS = 15 * 60 * 1000, /* how long a deletion waits for what is on its way out */
};

static struct str operation_of(const struct work *w)
{
	static const struct {
		enum work_kind kind;
		const char *name;
	} names[] = {
	    {WORK_READ, "read"},     {WORK_LOOKUP, "lookup"}, {WORK_CREATE, "create"},
	    {WORK_UPDATE, "update"}, {WORK_DELETE, "delete"}, {WORK_RECOVER, "recover"},
	    {WORK_VERB, "verb"},     {WORK_PROBE, "probe"},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].kind == w->kind)
			return str_of(names[i].name);
	return STR("ask");
}

static bool mutates(const struct work *w)
{
	return w->kind == WORK_CREATE || w->kind == WORK_UPDATE || w->kind == WORK_DELETE ||
	       w->kind == WORK_VERB;
}

static void set_error(struct work *w, enum err_kind kind, struct str code, struct str message, struct str help)
{
	struct str operation = operation_of(w);

	w->err = (struct err){
	    .kind = kind,
	    .level = LEVEL_ERROR,
	    .address = w->address,
	    .message = message,
	    .code = str_dup(w->arena, code),
	    .help = str_dup(w->arena, help),
	    .operation = str_fmt(w->arena, "sim:%.*s", STR_ARG(operation)),
	};
}

void job_refuse(struct job *j, enum err_kind kind, struct str code, const char *fmt, ...)
{
	va_list ap;
	struct str message;

	va_start(ap, fmt);
	message = str_vfmt(j->work->arena, fmt, ap);
	va_end(ap);
	set_error(j->work, kind, code, message, STR_NONE);
}

static void fail_call(struct sim *s, struct job *j, const struct call *c)
{
	set_error(j->work, c->kind, c->code, str_dup(j->work->arena, c->message), c->help);
	sched_done(s, j, false);
}

/* The entry of Create, Update or Delete that holds for these properties. */
static const struct value *step_of(const struct sim_facts *f, enum sim_step step, const struct value *props)
{
	const struct value *v = f->steps[step];

	if (!v || v->kind == V_MAP)
		return v && when_holds(value_getc(v, "When"), props) ? v : NULL;
	for (size_t i = 0; i < value_count(v); i++)
		if (when_holds(value_getc(value_at(v, i), "When"), props))
			return value_at(v, i);
	return NULL;
}

static int64_t step_time(const struct value *step)
{
	int64_t ms = 0;

	str_duration(value_text(value_getc(step, "Takes")), &ms);
	return ms;
}

static void finish_verb(struct sim *s, struct job *j)
{
	bool over = s->mono >= j->ends;

	if (!over)
		set_error(j->work, ERR_SYSTEM, STR("Interrupted"), STR("interrupted before it showed"), STR_NONE);
	else if (j->fails)
		set_error(j->work, str_eqc(j->fail_code, "TimedOut") ? ERR_NETWORK : ERR_REMOTE, j->fail_code,
			  j->fail_message, STR_NONE);
	sched_done(s, j, over && !j->fails);
}

static bool finish(struct sim *s, struct job *j)
{
	struct work *w = j->work;
	struct call c;
	struct row r;

	if (w->kind == WORK_VERB) {
		finish_verb(s, j);
		return false;
	}
	if (w->kind == WORK_DELETE) {
		w->settled = s->mono >= j->ends;
		sched_done(s, j, true);
		return false;
	}
	if (!call_begin(&c, s, &s->scratch, w->place, type_name(w->type)) || !row_by_row(&c, j->row, &r)) {
		if (!c.code.n)
			refs_missing(&c, c.facts, w->id);
		fail_call(s, j, &c);
		return false;
	}
	if (j->fails && s->mono >= j->ends) {
		world_do(&s->world, world_bind(&s->world, W_ROW_SET_STATE, "isn", j->row, STR("failed")));
		set_error(w, ERR_REMOTE, j->fail_code, j->fail_message, STR_NONE);
		sched_done(s, j, false);
		return false;
	}
	w->settled = s->mono >= j->ends || !j->shows;
	if (w->settled && str_eqc(r.state, "pending"))
		world_do(&s->world, world_bind(&s->world, W_ROW_SET_STATE, "isn", j->row, STR("active")));
	if (row_show(&c, w->arena, &r, &w->live, &w->attrs))
		sched_done(s, j, true);
	else
		fail_call(s, j, &c);
	return false;
}

/* Shows the next of the texts, spread evenly over the wait; or ends. */
static bool wait_on(struct sim *s, struct job *j)
{
	struct work *w = j->work;
	size_t n = j->shows && j->shows->kind == V_LIST ? value_count(j->shows) : j->shows ? 1 : 0;

	if (s->mono >= j->ends || s->settling || (w->no_wait && j->shows))
		return finish(s, j);
	if (j->shown < n) {
		struct str text =
		    value_text(n == 1 && j->shows->kind != V_LIST ? j->shows : value_at(j->shows, j->shown));

		w->waiting = str_dup(w->arena, text);
		sched_event(s, WORK_WAITING, w);
		j->shown++;
	}
	sched_at(s, j,
		 n ? j->begun + (j->ends - j->begun) * (int64_t)j->shown / (int64_t)n - s->mono : j->ends - s->mono);
	return false;
}

static bool wait_begin(struct sim *s, struct job *j, int64_t ms, const struct value *shows)
{
	j->sent = true;
	j->begun = s->mono;
	j->ends = s->mono + ms;
	j->shows = shows;
	return wait_on(s, j);
}

static bool call_create(struct sim *s, struct job *j, struct call *c, const struct fault *f)
{
	struct work *w = j->work;
	const struct value *step = step_of(c->facts, SIM_CREATE, w->desired);
	const struct value *shows = value_getc(step, "Shows");
	int64_t ms = step_time(step);
	struct maker m = {.op = w->op,
			  .address = w->address,
			  .state = shows ? STR("pending") : STR("active"),
			  .due = shows ? s->wall + ms : 0};
	struct row r;

	if (w->owner) {
		m.stack = w->owner->stack;
		m.lineage = w->owner->lineage;
	}
	/* The same client token again: the first answer again. */
	if (!(w->op.n && row_by_op(c, w->op, &r)) && (c->code.n || !change_create(c, w->desired, &m, &r)))
		return false;
	w->id = str_dup(w->arena, r.id);
	j->row = r.row;
	j->ends = ms;
	j->shows = shows;
	if (f && f->kind == FAULT_FAIL)
		job_fails(j, f, "CreateFailed");
	return true;
}

static bool call_update(struct sim *s, struct job *j, struct call *c)
{
	struct work *w = j->work;
	const struct value *step = step_of(c->facts, SIM_UPDATE, w->desired);
	struct row r;

	if (!row_by_id(c, w->id, &r) || !row_lives(&r))
		return c->code.n ? false : refs_missing(c, c->facts, w->id);
	if (!change_update(c, &r, w->prior, w->desired))
		return false;
	j->row = r.row;
	if (str_eqc(r.state, "pending")) { /* an earlier create is on its way: this waits for it too */
		step = step_of(c->facts, SIM_CREATE, r.props);
		j->ends = r.due > s->wall ? r.due - s->wall : 0;
	} else {
		j->ends = w->prior && value_equal(w->prior, w->desired) ? 0 : step_time(step);
	}
	j->shows = value_getc(step, "Shows");
	return true;
}

/* "Not found" is success; what is deleting already is waited for. */
static bool call_delete(struct sim *s, struct job *j, struct call *c)
{
	struct work *w = j->work;
	const struct value *step;
	struct row r;

	if (!row_by_id(c, w->id, &r) || str_eqc(r.state, "reserved"))
		return c->code.n == 0;
	step = step_of(c->facts, SIM_DELETE, r.props);
	j->row = r.row;
	j->ends = step_time(step);
	j->shows = value_getc(step, "Shows");
	if (str_eqc(r.state, "deleting")) {
		j->ends = r.due > s->wall ? r.due - s->wall : 0;
		return true;
	}
	c->undo = j->work->undo;
	return change_delete(c, &r, j->shows ? s->wall + j->ends : 0);
}

static bool call_recover(struct sim *s, struct job *j, struct call *c)
{
	struct work *w = j->work;
	bool several = false;
	struct row r;

	w->recovered = RECOVER_ABSENT;
	if (w->op.n ? !row_by_op(c, w->op, &r) || str_eqc(r.state, "reserved")
		    : !w->owner || !row_by_owner(c, w->owner->stack, w->address, &r, &several))
		return c->code.n == 0;
	if (several) {
		w->recovered = RECOVER_UNKNOWN;
		return call_refuse(c, STR("Ambiguous"), "several resources fit");
	}
	w->recovered = RECOVER_FOUND;
	w->id = str_dup(w->arena, r.id);
	w->lineage = str_dup(w->arena, r.lineage);
	j->row = r.row;
	j->ends = str_eqc(r.state, "pending") && r.due > s->wall ? r.due - s->wall : 0;
	j->shows = value_getc(step_of(c->facts, SIM_CREATE, r.props), "Shows");
	return true;
}

static bool call_question(struct sim *s, struct job *j, struct call *c)
{
	struct work *w = j->work;

	if (w->kind == WORK_READ) {
		read_items(s, w, c);
		return c->code.n == 0;
	}
	w->calls = 1;
	s->stats.calls++;
	if (w->kind == WORK_PROBE)
		return verb_carry(&(struct verb){.c = c, .w = w});
	return w->kind == WORK_LOOKUP ? read_lookup(c, w) : ask_answer(c, w);
}

static bool perform(struct sim *s, struct job *j, struct call *c, const struct fault *f)
{
	struct work *w = j->work;

	if (mutates(w)) {
		w->calls++;
		s->stats.calls++;
		s->stats.mutating++;
	}
	switch (w->kind) {
	case WORK_CREATE:
		return call_create(s, j, c, f);
	case WORK_UPDATE:
		return call_update(s, j, c);
	case WORK_DELETE:
		return call_delete(s, j, c);
	case WORK_VERB:
		return job_verb(j, c, f);
	case WORK_RECOVER:
		w->calls++;
		s->stats.calls++;
		return call_recover(s, j, c);
	default:
		return call_question(s, j, c);
	}
}

static void retry_throttled(struct sim *s, struct job *j, const struct fault *f)
{
	int64_t pause = (int64_t)BACKOFF_MS << j->attempts;

	s->stats.calls++;
	s->stats.throttled++;
	j->work->calls++;
	if (++j->attempts > RETRIES || s->settling) {
		job_refuse(j, ERR_REMOTE, f->code.n ? f->code : STR("Throttling"), "Rate exceeded");
		sched_done(s, j, false);
		return;
	}
	s->stats.retries++;
	s->in_flight++;
	sched_at(s, j, pause < BACKOFF_MAX_MS ? pause : BACKOFF_MAX_MS);
}

/* True: the fault took the place of the call, and the job is dealt with. */
static bool fault_instead(struct sim *s, struct job *j, const struct fault *f)
{
	struct str message = f->message.n ? f->message : STR("the simulator was told to refuse this call");

	switch (f->kind) {
	case FAULT_THROTTLE:
		retry_throttled(s, j, f);
		return true;
	case FAULT_KILL_BEFORE:
		world_commit(&s->world);
		raise(SIGKILL);
		return true;
	case FAULT_DROP_BEFORE:
		if (job_looks_again(s, j))
			return true;
		job_refuse(j, ERR_NETWORK, f->code, "the connection was lost before an answer came");
		break;
	case FAULT_ERROR:
		job_refuse(j, ERR_REMOTE, f->code.n ? f->code : STR("InternalError"), "%.*s", STR_ARG(message));
		break;
	case FAULT_UNKNOWN:
		if (j->work->kind != WORK_RECOVER)
			return false;
		j->work->recovered = RECOVER_UNKNOWN;
		job_refuse(j, ERR_REMOTE, f->code, "the simulator was told not to know");
		sched_done(s, j, true);
		return true;
	default:
		return false;
	}
	sched_done(s, j, false);
	return true;
}

static bool answered(struct sim *s, struct job *j, const struct fault *f)
{
	struct work *w = j->work;

	if (f && f->kind == FAULT_KILL_AFTER) {
		s->kill = true;
		sched_done(s, j, true);
		return true;
	}
	if (f && f->kind == FAULT_DROP_AFTER && job_looks_again(s, j))
		return false;
	if (f && f->kind == FAULT_DROP_AFTER) {
		w->id = w->kind == WORK_CREATE ? STR_NONE : w->id;
		job_refuse(j, ERR_NETWORK, f->code, "the connection was lost before an answer came");
		sched_done(s, j, false);
		return false;
	}
	if (w->kind == WORK_CREATE)
		sched_event(s, WORK_ID, w);
	if (mutates(w) || (w->kind == WORK_RECOVER && w->recovered == RECOVER_FOUND))
		return wait_begin(s, j, j->ends, j->shows);
	w->settled = true;
	sched_done(s, j, true);
	return false;
}

/* A deletion that only waits for others to be gone tries again when they are. */
static bool again_later(struct sim *s, struct job *j, const struct call *c)
{
	if (!c->retry_at || s->settling || j->work->kind != WORK_DELETE)
		return false;
	if (!j->begun)
		j->begun = s->mono;
	if (s->mono - j->begun > BLOCKED_MAX_MS)
		return false;
	s->in_flight++;
	sched_at(s, j, c->retry_at > s->wall ? c->retry_at - s->wall : BACKOFF_MS);
	return true;
}

/* The fault that the call meets; false when it is served later, by a latency that comes first. */
static bool meet(struct sim *s, struct job *j, struct str region, const struct fault **f)
{
	int64_t latency = 0;

	if (j->delayed) {
		*f = fault_numbered(s, j->fault);
		j->delayed = false;
		return true;
	}
	*f = fault_met(s, j->work, operation_of(j->work), region, &latency);
	if (latency <= 0)
		return true;
	j->delayed = true;
	j->fault = *f ? (*f)->n : 0;
	s->in_flight++;
	sched_at(s, j, latency);
	return false;
}

/* Changes run inside a savepoint; questions inside a reading transaction, if none is open. */
static bool perform_safely(struct sim *s, struct job *j, struct call *c, const struct fault *f)
{
	struct world *w = &s->world;
	bool good;

	if (!mutates(j->work)) {
		bool reading = world_look(w);

		good = (reading || call_broken(c)) && perform(s, j, c, f);
		world_looked(w);
		return good;
	}
	if (!world_save(w))
		return call_broken(c);
	good = perform(s, j, c, f) && (!w->broken || call_broken(c));
	if (good && !(j->work->kind == WORK_VERB && f && f->kind == FAULT_FAIL)) /* a verb that fails did nothing */
		world_release(w);
	else
		world_undo(w);
	return good;
}

bool job_step(struct sim *s, struct job *j)
{
	struct work *w = j->work;
	const struct fault *f;
	struct call c;

	if (j->sent)
		return wait_on(s, j);
	if (!call_begin(&c, s, w->kind == WORK_READ ? w->arena : &s->scratch, w->place,
			w->type ? type_name(w->type) : STR_NONE)) {
		fail_call(s, j, &c);
		return false;
	}
	if (!meet(s, j, c.scope.region, &f) || (f && fault_instead(s, j, f)))
		return false;
	if (perform_safely(s, j, &c, f))
		return answered(s, j, f);
	if (!again_later(s, j, &c))
		fail_call(s, j, &c);
	return false;
}
