/* The life of a verb: its calls one at a time, its waits, its end. The header tells how steps are written. */
#include "providers/aws/verbs/verb.h"

#define POLL_FIRST_MS 500
#define POLL_CAP_MS 10000
#define CALL_MS 60000
#define LEAST_MS 250 /* with less time than this left, a look is not worth starting */

static int64_t left_ms(const struct verb *v)
{
	return v->deadline - clock_mono(v->job->e->base.clock);
}

static bool is_probe(const struct verb *v)
{
	return v->work->kind == WORK_PROBE;
}

/* --- ends --------------------------------------------------------------------------------------------------------- */

static void end(struct verb *v)
{
	struct job *j = v->job;

	arena_free(&v->round);
	job_done(j);
}

void verb_fail(struct verb *v, const char *fmt, ...)
{
	struct str text;

	VERB_FORMAT(v->work->arena, fmt, text);
	job_fail(v->job, ERR_REMOTE, "%.*s", STR_ARG(text));
	end(v);
}

static void set(struct verb *v, struct value *map, const char *key, struct value *value)
{
	value_set(v->work->arena, map, str_of(key), (struct pos){0}, value);
}

static void finish(struct verb *v, bool holds, bool never, struct str detail)
{
	struct arena *a = v->work->arena;
	struct value *result = value_map(a, (struct pos){0});

	if (is_probe(v)) {
		set(v, result, "Holds", value_bool(a, (struct pos){0}, holds));
		set(v, result, "Never", value_bool(a, (struct pos){0}, never));
	}
	set(v, result, "Detail", value_string(a, (struct pos){0}, detail));
	if (v->value)
		set(v, result, "Value", v->value);
	if (v->excepts)
		set(v, result, "Excepts", v->excepts);
	v->job->w->result = result;
	end(v);
}

void verb_done(struct verb *v, const char *fmt, ...)
{
	struct str text;

	VERB_FORMAT(v->work->arena, fmt, text);
	finish(v, true, false, text);
}

void probe_answer(struct verb *v, bool holds, const char *fmt, ...)
{
	struct str text;

	VERB_FORMAT(v->work->arena, fmt, text);
	finish(v, holds, false, text);
}

void probe_never(struct verb *v, const char *fmt, ...)
{
	struct str text;

	VERB_FORMAT(v->work->arena, fmt, text);
	finish(v, false, true, text);
}

void verb_value(struct verb *v, const struct value *value)
{
	v->value = value_copy(v->work->arena, value);
}

void verb_except(struct verb *v, const char *fmt, ...)
{
	struct str text;

	VERB_FORMAT(v->work->arena, fmt, text);
	if (!v->excepts)
		v->excepts = value_list(v->work->arena, (struct pos){0});
	value_append(v->work->arena, v->excepts, value_string(v->work->arena, (struct pos){0}, text));
}

/* --- waits -------------------------------------------------------------------------------------------------------- */

static void wake(struct job *j)
{
	struct verb *v = j->verb;

	arena_reset(&v->round);
	v->answer = NULL;
	v->code = STR_NONE;
	v->next(v);
}

static void out_of_time(struct verb *v, struct str what)
{
	int64_t took = clock_mono(v->job->e->base.clock) - v->job->started;

	job_fail(v->job, ERR_NETWORK, "timed out after %.*s: %.*s", STR_ARG(duration_text(v->arena, took)),
		 STR_ARG(what));
	end(v);
}

static void interrupted(struct verb *v, struct str what)
{
	job_fail(v->job, ERR_SYSTEM, "interrupted while %.*s", STR_ARG(what));
	v->job->w->err.code = STR("Interrupted");
	end(v);
}

void verb_wait(struct verb *v, verb_step *step, const char *fmt, ...)
{
	int64_t left = left_ms(v), delay = v->delay_ms;
	struct str what;

	VERB_FORMAT(&v->round, fmt, what);
	job_waiting(v->job, what);
	if (v->job->e->settling) {
		interrupted(v, what);
		return;
	}
	if (left < LEAST_MS) {
		out_of_time(v, what);
		return;
	}
	v->delay_ms = delay * 3 / 2 > POLL_CAP_MS ? POLL_CAP_MS : delay * 3 / 2;
	v->next = step;
	job_after(v->job, delay < left - LEAST_MS ? delay : left - LEAST_MS, wake);
}

/* --- calls -------------------------------------------------------------------------------------------------------- */

void verb_expect(struct verb *v, const char *codes)
{
	v->expected = codes;
}

void verb_busy(struct verb *v, const char *codes)
{
	v->busy = codes;
}

static bool code_among(struct str code, const char *codes)
{
	struct str rest = str_of(codes), one;

	while (rest.n) {
		str_cut(&rest, ' ', &one);
		if (one.n && str_eq(one, code))
			return true;
	}
	return false;
}

/* Nobody knows what became of it: the region does not answer, or broke off. */
static bool is_doubtful(const struct call *c)
{
	return c->err.kind == ERR_NETWORK || c->maybe_done;
}

/* A verb that has set a look of its own can see what was done. */
static bool is_blind(const struct verb *v)
{
	return v->def->blind && v->look == v->def->look;
}

static void answered(struct call *c)
{
	struct verb *v = c->ctx;
	const char *expected = v->expected, *busy = v->busy;
	bool again;

	v->job->w->calls += c->attempts;
	v->expected = v->busy = NULL;
	v->answer = c->ok ? c->output : NULL;
	v->code = c->ok ? STR_NONE : c->err.code;
	if (is_doubtful(c) && !c->ok && code_among(STR("Unreachable"), expected)) {
		v->code = STR("Unreachable");
		v->next(v);
		return;
	}
	if (c->ok || code_among(c->err.code, expected) ||
	    (c->err.kind == ERR_REMOTE && code_among(STR("*"), expected))) {
		v->acted |= c->mutating && c->ok;
		v->next(v);
		return;
	}
	again = code_among(c->err.code, busy) || (is_doubtful(c) && !is_probe(v) && !(c->mutating && is_blind(v)));
	if (!again || v->job->e->settling || left_ms(v) < LEAST_MS) {
		job_call_error(v->job, &c->err);
		end(v);
		return;
	}
	verb_wait(v, v->look, "%.*s: %.*s", STR_ARG(op_name(c->op)), STR_ARG(c->err.message));
}

static void call_start(struct verb *v, const char *op, struct value *input, bool mutating, verb_step *next)
{
	struct str operation = str_of(op), service;
	int64_t left = left_ms(v);

	str_cut(&operation, ':', &service);
	v->next = next;
	v->call = (struct call){.op = wire_op(service, operation),
				.place = v->at,
				.region = v->region,
				.input = input ? input : value_map(&v->round, (struct pos){0}),
				.arena = &v->round,
				.mutating = mutating,
				.done = answered,
				.ctx = v,
				.address = v->work->address};
	v->call.timeout_ms = left < LEAST_MS ? LEAST_MS : left < CALL_MS || is_blind(v) ? left : CALL_MS;
	if (!v->call.op) {
		job_fail(v->job, ERR_INPUT, "AWS's models have no operation %s", op);
		end(v);
		return;
	}
	v->call.all_pages = !mutating && !v->one_page && op_paginates(v->call.op);
	v->one_page = false;
	if (v->once && op_token_param(v->call.op).n)
		v->call.token = v->work->op;
	v->once = false;
	wire_start(v->job->e->wire, &v->call);
}

void verb_ask(struct verb *v, const char *op, struct value *input, verb_step *next)
{
	call_start(v, op, input, false, next);
}

void verb_act(struct verb *v, const char *op, struct value *input, verb_step *next)
{
	v->delay_ms = POLL_FIRST_MS;
	call_start(v, op, input, true, next);
}

void verb_at(struct verb *v, const struct place *place)
{
	v->at = place;
	v->region = STR_NONE;
}

void verb_in(struct verb *v, struct str region)
{
	if (str_eq(place_region(v, v->at), region)) {
		v->region = STR_NONE;
		return;
	}
	for (size_t i = 0; i < v->work->n_places; i++)
		if (str_eq(v->work->places[i].region, region)) {
			verb_at(v, &v->work->places[i]);
			return;
		}
	v->region = str_dup(v->arena, region);
}

/* --- beginning ---------------------------------------------------------------------------------------------------- */

void *verb_state(struct verb *v, size_t size)
{
	if (!v->own)
		v->own = arena_alloc(v->arena, size);
	return v->own;
}

int64_t verb_now(const struct verb *v)
{
	return clock_wall(v->job->e->base.clock);
}

/* WORK_VERB, WORK_PROBE. */
void work_verb(struct job *j)
{
	const struct verb_def *def = j->w->kind == WORK_VERB ? verb_named(j->w->name) : probe_named(j->w->name);
	struct verb *v = arena_new(&j->arena, struct verb);
	int64_t bound = j->w->timeout_ms;
	struct str why;

	if (!def) {
		job_fail(j, ERR_INPUT, "%.*s is not supported yet", STR_ARG(j->w->name));
		job_done(j);
		return;
	}
	if (!bound)
		bound = def->bound_ms;
	*v = (struct verb){.def = def,
			   .work = j->w,
			   .args = j->w->desired,
			   .arena = &j->arena,
			   .at = j->w->place,
			   .look = def->look,
			   .job = j,
			   .deadline = j->started + bound,
			   .delay_ms = POLL_FIRST_MS};
	j->verb = v;
	if (!args_check(v, &why)) {
		job_fail(j, ERR_INPUT, "%s: %.*s", def->name, STR_ARG(why));
		end(v);
		return;
	}
	def->look(v);
}
