/* One call of a text, with everything that its text says about it: First reads whose answers it takes, error codes
 * that are tried again within a bound, codes that mean "done", failures that hide in a good answer. */
#include "providers/aws/engine.h"

#include <string.h>

#define RETRY_FIRST_MS 500
#define RETRY_CAP_MS 10000

const struct op *call_operation(const struct call_def *def)
{
	return wire_op(call_text(def->service), call_text(def->op));
}

static void exec_next(struct job *j);

void exec_finish(struct job *j)
{
	job_fn *then = j->exec.then;

	j->exec.then = NULL;
	if (j->keep_key.n)
		keep_release(j);
	then(j);
}

void exec_failed(struct job *j, const struct err *err)
{
	j->failed = true;
	job_call_error(j, err);
	exec_finish(j);
}

static void taken(struct call *c)
{
	struct job *j = c->ctx;
	const struct call_take *take = &call_takes[j->exec.def->first.first + j->exec.taken];
	struct value *v;

	j->w->calls += c->attempts;
	if (!c->ok) {
		j->gone = codes_have(j->def->gone, c->err.code);
		if (j->gone && j->exec.gone_is_ok) {
			exec_finish(j);
			return;
		}
		exec_failed(j, &c->err);
		return;
	}
	v = path_value(&j->exec.env, c->output, take->path);
	if (v && v->kind == V_LIST)
		v = value_at(v, 0);
	if (!v) {
		struct str what = op_name(c->op);

		if (j->exec.gone_is_ok) {
			j->gone = true;
			exec_finish(j);
			return;
		}
		j->failed = true;
		job_fail(j, ERR_REMOTE, "%.*s does not answer what the next call needs", STR_ARG(what));
		exec_finish(j);
		return;
	}
	j->exec.env.vars[j->exec.taken++] = v;
	exec_next(j);
}

void exec_common(struct job *j, struct call *c, const struct call_def *def)
{
	memset(c, 0, sizeof *c);
	c->op = call_operation(def);
	c->place = j->w->place;
	c->region = region_text(&j->exec.env, def->region);
	c->arena = &j->arena;
	c->ctx = j;
	c->address = j->w->address;
}

static void take_next(struct job *j)
{
	const struct call_take *take = &call_takes[j->exec.def->first.first + j->exec.taken];
	const struct call_def *def = &call_defs[take->call];
	struct step none = {.call = def, .props = j->exec.step.props};

	exec_common(j, &j->exec.call, def);
	j->exec.call.input = input_build(&j->exec.env, def, &none);
	j->exec.call.all_pages = op_paginates(j->exec.call.op);
	j->exec.call.done = taken;
	wire_start(j->e->wire, &j->exec.call);
}

/* A failure that the answer reports in a list, with the HTTP status of a success. */
static bool hidden_failure(struct job *j, struct call *c)
{
	const struct value *entry = value_at(value_getc(c->output, "FailedEntries"), 0);
	const struct value *error = value_getc(value_at(value_getc(c->output, "Unsuccessful"), 0), "Error");

	if (!(j->exec.def->flags & CALL_UNSUCCESSFUL) || (!error && !entry))
		return false;
	c->err.kind = ERR_REMOTE;
	c->err.code = value_text(error ? value_getc(error, "Code") : value_getc(entry, "ErrorCode"));
	c->err.message = value_text(error ? value_getc(error, "Message") : value_getc(entry, "ErrorMessage"));
	c->err.operation = str_fmt(&j->arena, "%.*s:%.*s", STR_ARG(op_service(c->op)), STR_ARG(op_name(c->op)));
	return true;
}

bool error_among(struct span codes, const struct err *err)
{
	for (size_t i = 0; i < codes.n; i++) {
		struct str words = call_text(call_codes[codes.first + i]), code;

		str_cut(&words, ':', &code);
		if (str_eq(code, err->code) && str_find(err->message, str_trim(words), 0) >= 0)
			return true;
	}
	return false;
}

/* --- until the work behind an answer is done ---------------------------------------------------------------------- */

static void await_ask(struct job *j);

static void await_answered(struct call *c)
{
	struct job *j = c->ctx;
	const struct call_def *def = j->exec.def;

	j->w->calls += c->attempts;
	if (!c->ok) {
		c->err.kind = ERR_NETWORK; /* what it asks about was accepted */
		exec_failed(j, &c->err);
		return;
	}
	if (j->e->settling || conds_hold(&j->exec.env, def->until, c->output)) {
		exec_finish(j);
		return;
	}
	if (clock_mono(j->e->base.clock) > j->exec.deadline) {
		job_fail(j, ERR_NETWORK, "%.*s was accepted, and not done when the time for it was up", STR_ARG(call_text(def->op)));
		exec_finish(j);
		return;
	}
	job_waiting(j, call_text(call_defs[def->await].op));
	job_after(j, j->exec.delay_ms, await_ask);
	j->exec.delay_ms = j->exec.delay_ms * 3 / 2;
	if (j->exec.delay_ms > (int64_t)def->await_typical_ms / 5)
		j->exec.delay_ms = def->await_typical_ms / 5;
}

static void await_ask(struct job *j)
{
	const struct call_def *def = &call_defs[j->exec.def->await];
	struct step none = {.call = def, .props = j->exec.step.props};

	exec_common(j, &j->exec.call, def);
	j->exec.call.input = input_build(&j->exec.env, def, &none);
	j->exec.call.done = await_answered;
	gather(j->e, def, &j->exec.call);
}

/* The answer stays the call's own for those who look at it afterwards: the id may be in it. */
static void await_begin(struct job *j)
{
	j->exec.env.answer = j->exec.answer = j->exec.call.output;
	j->exec.delay_ms = RETRY_FIRST_MS;
	j->exec.deadline = clock_mono(j->e->base.clock) + j->exec.def->await_max_ms;
	await_ask(j);
}

static void exec_answered(struct call *c)
{
	struct job *j = c->ctx;
	const struct call_def *def = j->exec.def;

	j->w->calls += c->attempts;
	j->gone = false;
	if (c->ok && !hidden_failure(j, c)) {
		j->exec.answer = c->output;
		if (def->await && !j->w->no_wait)
			await_begin(j);
		else
			exec_finish(j);
		return;
	}
	j->gone = codes_have(j->def->gone, c->err.code);
	if (error_among(def->ok, &c->err) || (j->gone && j->exec.gone_is_ok)) {
		if (!c->output)
			c->output = value_map(&j->arena, (struct pos){0});
		if (def->note && !j->gone)
			j->w->note = call_text(def->note);
		exec_finish(j);
		return;
	}
	if (error_among(def->retry, &c->err) && !j->e->settling && clock_mono(j->e->base.clock) < j->exec.deadline) {
		job_waiting(j, c->err.code);
		job_after(j, j->exec.delay_ms, exec_send);
		j->exec.delay_ms = j->exec.delay_ms * 3 / 2;
		if (j->exec.delay_ms > RETRY_CAP_MS)
			j->exec.delay_ms = RETRY_CAP_MS;
		return;
	}
	/* A failure of the service tells as little as no answer does. */
	if (c->maybe_done)
		c->err.kind = ERR_NETWORK;
	exec_failed(j, &c->err);
}

void exec_send(struct job *j)
{
	const struct call_def *def = j->exec.def;
	struct call *c = &j->exec.call;

	exec_common(j, c, def);
	c->input = j->exec.input;
	c->token = def->flags & CALL_TOKEN ? j->exec.token : STR_NONE;
	c->mutating = true;
	c->done = exec_answered;
	if (def->gather.n)
		gather(j->e, def, c);
	else
		wire_start(j->e->wire, c);
}

/* What a document goes into has to be one: a secret may hold anything. */
static bool documents_fit(struct job *j)
{
	const struct call_def *def = j->exec.def;

	for (size_t i = 0; i < def->with.n; i++) {
		const struct call_with *w = &call_withs[def->with.first + i];

		if (call_sources[w->value].kind != SRC_MAP || source_value(&j->exec.env, w->value))
			continue;
		job_fail(j, ERR_REMOTE, "what %.*s is to be merged into is not a JSON object",
			 STR_ARG(call_text(step_at(w->path, w->path.n - 1u)->name)));
		return false;
	}
	return true;
}

static void exec_next(struct job *j)
{
	if (j->exec.taken < j->exec.def->first.n) {
		take_next(j);
		return;
	}
	if (!documents_fit(j)) {
		exec_finish(j);
		return;
	}
	j->exec.input = input_build(&j->exec.env, j->exec.def, &j->exec.step);
	if (j->exec.def->keep)
		keep_others(j);
	else
		exec_send(j);
}

void job_exec(struct job *j, const struct step *step, struct str token, bool gone_is_ok, job_fn *then)
{
	j->exec.def = step->call;
	j->exec.step = *step;
	j->exec.env = job_env(j);
	j->exec.env.props = step->props;
	j->exec.env.element = step->elements;
	j->exec.taken = 0;
	j->exec.token = token;
	j->exec.gone_is_ok = gone_is_ok;
	j->exec.delay_ms = RETRY_FIRST_MS;
	j->exec.deadline = clock_mono(j->e->base.clock) + step->call->max_ms;
	j->exec.then = then;
	j->gone = false;
	exec_next(j);
}
