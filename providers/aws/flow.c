/* One call from wire_start to done: endpoint, request, credentials, turn, signature, answer, retries, pages.
 * flow.h shows the way; wire.c owns the event loop. */
#include "providers/aws/flow.h"

#include "base/hash.h"
#include "base/log.h"
#include "providers/aws/checksum.h"
#include "providers/aws/compress.h"
#include "providers/aws/parse.h"
#include "providers/aws/serialize.h"
#include "providers/aws/sigv4.h"

#include <stdlib.h>
#include <string.h>

enum { CALL_TIMEOUT_MS = 60000, ATTEMPT_TIMEOUT_MS = 60000 };

#define USER_AGENT "drplan/" DRPLAN_VERSION " os/linux lang/c"

struct flow *flow_new(struct wire *w, struct call *c)
{
	struct flow *f = xmalloc(sizeof(*f));

	*f = (struct flow){.w = w, .c = c, .input = c->input, .late = w->settling};
	f->all_next = w->all;
	f->all_link = &w->all;
	if (w->all)
		w->all->all_link = &f->all_next;
	w->all = f;
	w->active++;
	c->ok = false;
	c->output = NULL;
	c->err = (struct err){0};
	c->http_status = 0;
	c->maybe_done = false;
	c->attempts = c->pages = 0;
	c->impl = f;
	f->tokened = c->token.n && op_token_param(c->op).n;
	f->safe = !c->mutating || f->tokened || retry_repeatable(op_name(c->op));
	return f;
}

void flow_free(struct flow *f)
{
	*f->all_link = f->all_next;
	if (f->all_next)
		f->all_next->all_link = f->all_link;
	f->w->active--;
	arena_free(&f->arena);
	free(f);
}

/* The call is its caller's again; done may free it. */
static void flow_done(struct flow *f)
{
	struct call *c = f->c;

	c->impl = NULL;
	flow_free(f);
	c->done(c);
}

static struct str redacted(struct arena *a, struct str s)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	log_redact(&b, s);
	return buf_take(&b, a);
}

void flow_fail(struct flow *f, enum err_kind kind, const char *code, const char *fmt, ...)
{
	struct call *c = f->c;
	struct err *e = &c->err;
	va_list ap;

	va_start(ap, fmt);
	e->message = redacted(c->arena, str_vfmt(&f->arena, fmt, ap));
	va_end(ap);
	e->kind = kind;
	e->code = str_dup(c->arena, str_of(code));
	e->operation = str_fmt(c->arena, "%.*s:%.*s", STR_ARG(op_service(c->op)), STR_ARG(op_name(c->op)));
	e->address = c->address;
	c->ok = false;
	c->output = NULL;
	c->maybe_done = f->doubt;
	flow_done(f);
}

void flow_interrupt(struct flow *f)
{
	flow_fail(f, ERR_NETWORK, "Interrupted",
		  f->c->attempts ? "interrupted before it was tried again" : "interrupted before it was sent");
}

/* --- the request --- */

static bool flow_serialize(struct flow *f)
{
	struct call *c = f->c;
	struct errs errs = {.arena = &f->arena};
	struct str why = STR_NONE;

	if (!serialize(c->op, f->input, c->token, &f->arena, &f->request, &errs)) {
		flow_fail(f, errs.items[0].kind, "InvalidRequest", "%.*s", STR_ARG(errs.items[0].message));
		return false;
	}
	if (!endpoint_find(c->op, f->input, &f->w->config, c->place, f->region, &f->arena, &f->endpoint, &why)) {
		flow_fail(f, ERR_INPUT, "NoEndpoint", "%.*s has no endpoint in '%.*s': %.*s",
			  STR_ARG(op_service(c->op)), STR_ARG(f->region), STR_ARG(why));
		return false;
	}
	endpoint_apply(&f->endpoint, &f->request, &f->arena);
	compress_body(c->op, &f->request, &f->arena);
	if (!checksum_add(c->op, f->input, &f->request, &f->arena, &why)) {
		flow_fail(f, ERR_INPUT, "InvalidRequest", "%.*s", STR_ARG(why));
		return false;
	}
	headers_set(&f->request.headers, &f->arena, STR("User-Agent"), STR(USER_AGENT));
	return true;
}

static void on_creds(void *ctx, const struct creds *creds, const struct err *err)
{
	struct flow *f = ctx;

	if (err) {
		f->c->err.help = str_dup(f->c->arena, err->help);
		flow_fail(f, err->kind, err->code.n ? err->code.p : "NoCredentials", "%.*s", STR_ARG(err->message));
		return;
	}
	f->creds = creds;
	if (f->w->settling && !f->late)
		flow_interrupt(f);
	else
		queue_add(f);
}

static bool needs_no_creds(const struct flow *f)
{
	return f->anonymous || f->c->op->flags & OP_NO_AUTH || op_model(f->c->op)->flags & MODEL_NO_AUTH;
}

/* Credentials are asked for before each attempt: they may have been renewed meanwhile. */
static void flow_get_creds(struct flow *f)
{
	if (needs_no_creds(f)) {
		queue_add(f);
	} else if (f->internal) {
		f->creds = &f->given;
		queue_add(f);
	} else {
		creds_get(f->w->creds, f->c->place, on_creds, f);
	}
}

void flow_again(struct flow *f)
{
	if (f->c->pages) /* the last page's bytes; f->input lies with the caller's output */
		arena_reset(&f->arena);
	f->attempts = 0;
	f->deadline = clock_mono(f->w->clock) + (f->c->timeout_ms > 0 ? f->c->timeout_ms : CALL_TIMEOUT_MS);
	f->made = false;
	flow_get_creds(f);
}

void flow_start(struct flow *f)
{
	struct call *c = f->c;

	f->started = f->sent_at = clock_mono(f->w->clock);
	f->region = c->region.n ? c->region : c->place->region;
	if (f->w->config_failure.n) {
		flow_fail(f, ERR_SYSTEM, "Configuration", "%.*s", STR_ARG(f->w->config_failure));
		return;
	}
	if (!f->region.n)
		f->region = config_region(&f->w->config, c->place->profile);
	if (!f->region.n) {
		c->err.help = STR("give the target a Region, or set AWS_REGION");
		flow_fail(f, ERR_INPUT, "NoRegion", "no region is set for the target '%.*s'", STR_ARG(c->place->name));
		return;
	}
	trace_secrets(op_input(c->op), c->input);
	flow_again(f);
}

/* --- sending --- */

static void on_answer(struct transfer *t);

static void flow_sign(struct flow *f)
{
	struct sigv4 s = {.region = f->endpoint.signing_region,
			  .service = f->endpoint.signing_name,
			  .now = clock_wall(f->w->clock) + f->w->skew,
			  .s3 = f->endpoint.single_encoding};

	if (needs_no_creds(f) || f->endpoint.unsigned_call)
		return;
	s.id = f->creds->id;
	s.secret = f->creds->secret;
	s.token = f->creds->token;
	/* The headers outlive the credentials, which may be renewed while the request is on its way. */
	s.token = str_dup(&f->arena, s.token);
	sigv4_sign(&s, &f->request, &f->arena);
}

void flow_launch(struct flow *f)
{
	struct wire *w = f->w;
	int64_t left = f->deadline - clock_mono(w->clock);

	if (left <= 0) {
		flow_fail(f, ERR_NETWORK, "Timeout", "its turn did not come in time");
		return;
	}
	/* The request is made as late as this, so that calls that wait for their turn hold next to nothing. */
	if (!f->made && !flow_serialize(f))
		return;
	f->made = true;
	flow_sign(f);
	f->attempts++;
	f->c->attempts++;
	f->sent_at = clock_mono(w->clock);
	f->transfer = (struct transfer){
	    .request = &f->request,
	    .arena = &f->arena,
	    .done = on_answer,
	    .ctx = f,
	    .timeout_ms = left < ATTEMPT_TIMEOUT_MS || f->c->timeout_ms > 0 ? left : ATTEMPT_TIMEOUT_MS,
	    .once = !f->safe,
	    .secret = f->internal,
	    .identity = op_model(f->c->op)->flags & MODEL_S3};
	trace_request(f);
	w->in_flight++;
	w->stats.calls++;
	w->stats.mutating += f->c->mutating;
	http_start(w->http, &f->transfer);
}

/* --- the answer --- */

static void retry_now(void *ctx)
{
	struct flow *f = ctx;

	if (f->w->settling && !f->late) {
		flow_interrupt(f);
		return;
	}
	flow_get_creds(f);
}

static void flow_retry(struct flow *f, int64_t delay)
{
	f->w->stats.retries++;
	timers_set(&f->w->timers, clock_mono(f->w->clock) + delay, retry_now, f);
}

/* EC2 answers RequestExpired to a clock that is wrong and to a session that is over. */
static bool expired(enum verdict_kind v, const struct remote_error *re)
{
	return v == VERDICT_EXPIRED || (v == VERDICT_SKEWED && str_eqc(re->code, "RequestExpired"));
}

static void flow_refuse(struct flow *f, enum verdict_kind v, const struct remote_error *re)
{
	struct call *c = f->c;
	const struct transfer *t = &f->transfer;

	/* A refusal settles what an earlier attempt with the same token may have done; without one it may be refused for what
	 * that attempt has done. */
	if (f->tokened && v == VERDICT_FINAL && t->result == TRANSFER_OK)
		f->doubt = false;
	if (f->malformed.n) {
		flow_fail(f, ERR_NETWORK, "MalformedAnswer", "%.*s", STR_ARG(f->malformed));
	} else if (t->result == TRANSFER_OK) {
		c->err.request_id = str_dup(c->arena, re->request_id);
		if (expired(v, re))
			c->err.help = STR("sign in again, or refresh the credentials in the environment");
		flow_fail(f, ERR_REMOTE, str_dup(&f->arena, re->code).p, "%.*s",
			  STR_ARG(re->message.n ? re->message : STR("the service gives no reason")));
	} else if (t->result == TRANSFER_NOT_SENT || t->result == TRANSFER_REFUSED) {
		if (t->result == TRANSFER_REFUSED)
			c->err.help = STR(
			    "AWS_CA_BUNDLE names a file of certificates to trust; AWS_ENDPOINT_URL, another endpoint");
		flow_fail(f, ERR_NETWORK, "NoConnection", "cannot reach %.*s: %.*s", STR_ARG(f->request.host),
			  STR_ARG(t->error));
	} else {
		flow_fail(f, ERR_NETWORK, t->result == TRANSFER_TIMEOUT ? "Timeout" : "ConnectionLost",
			  "%.*s did not answer: %.*s", STR_ARG(f->request.host), STR_ARG(t->error));
	}
}

/* S3 tells where a bucket lives. */
static bool flow_move(struct flow *f)
{
	struct str region = headers_get(&f->transfer.answer.headers, STR("x-amz-bucket-region"));

	if (f->moved || !(op_model(f->c->op)->flags & MODEL_S3) || !region.n || str_eq(region, f->region) ||
	    (f->c->http_status != 301 && f->c->http_status != 307 && f->c->http_status != 400))
		return false;
	f->moved = true;
	f->made = false;
	f->region = str_dup(f->c->arena, region);
	f->queue = NULL;
	return true;
}

/* Expired credentials, a clock that is wrong and a bucket elsewhere are put right once; nothing was done. */
static bool flow_repair(struct flow *f, enum verdict_kind v, const struct remote_error *re)
{
	int64_t skew;

	if (v == VERDICT_SKEWED && !f->corrected &&
	    retry_skew(&f->transfer.answer, clock_wall(f->w->clock) + f->w->skew, &skew)) {
		f->corrected = true;
		f->w->skew += skew;
		return true;
	}
	if (expired(v, re) && !f->renewed && !f->internal) {
		f->renewed = true;
		creds_expired(f->w->creds, f->c->place);
		return true;
	}
	return v == VERDICT_FINAL && flow_move(f);
}

static void flow_judge(struct flow *f, enum verdict_kind v, const struct remote_error *re)
{
	struct wire *w = f->w;
	int64_t delay = retry_delay(v, f->attempts, &f->transfer.answer);
	bool time_left = clock_mono(w->clock) + delay < f->deadline;
	bool may = !w->settling || f->late;

	f->doubt |= f->c->mutating && verdict_unknown(v);
	if (v == VERDICT_THROTTLED) {
		w->stats.throttled++;
		bucket_throttle(&f->queue->bucket, clock_mono(w->clock));
	}
	if (may && flow_repair(f, v, re))
		flow_retry(f, 0);
	else if (may && time_left && retry_allowed(v, f->safe, f->attempts, w->max_attempts))
		flow_retry(f, delay);
	else
		flow_refuse(f, v, re);
}

/* An answer that can't be read is as good as none. */
static void flow_page(struct flow *f)
{
	struct value *output = parse_output(f->c->op, &f->transfer.answer, f->c->arena, &f->arena, &f->malformed);
	struct remote_error none = {0};
	bool circles;

	if (output && value_has_secret(output))
		trace_secrets(op_output(f->c->op), output);
	trace_answer(f);
	trace_call(f, output ? str_fmt(&f->arena, "%d", f->transfer.answer.status) : STR("unreadable"));
	if (!output) {
		flow_judge(f, VERDICT_LOST, &none);
	} else if (page_add(f, output, &circles)) {
		if (f->w->settling && !f->late)
			flow_interrupt(f);
		else
			flow_again(f);
	} else if (circles) {
		flow_fail(f, ERR_REMOTE, "PaginationLoop", "the service gives the same page token twice");
	} else {
		f->c->ok = true;
		flow_done(f);
	}
}

static void flow_clock(struct flow *f)
{
	int64_t theirs;

	if (!time_parse(headers_get(&f->transfer.answer.headers, STR("Date")), &theirs))
		return;
	f->w->clock_off = theirs - clock_wall(f->w->clock);
	f->w->clock_known = true;
}

static void on_answer(struct transfer *t)
{
	struct flow *f = t->ctx;
	struct wire *w = f->w;
	struct remote_error re = {0};
	enum verdict_kind v;
	bool refused = t->result == TRANSFER_OK && parse_is_error(f->c->op, &t->answer);

	w->in_flight--;
	w->stats.bytes_in += t->bytes_in;
	w->stats.bytes_out += t->bytes_out;
	f->c->http_status = t->answer.status;
	flow_clock(f);
	f->malformed = STR_NONE;
	if (refused)
		parse_error(f->c->op, &t->answer, &f->arena, &re);
	v = retry_classify(op_model(f->c->op), t->result, t->answer.status, re.code);
	if (v == VERDICT_OK) {
		bucket_success(&f->queue->bucket, clock_mono(w->clock));
		flow_page(f);
		return;
	}
	trace_answer(f);
	trace_call(f, str_fmt(&f->arena, "%.*s", STR_ARG(re.code.n ? re.code : redacted(&f->arena, t->error))));
	flow_judge(f, v, &re);
}
