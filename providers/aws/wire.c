/* The wire's event loop: starts calls, waits for transfers, timers and processes, and calls back. See wire.h for the
 * sequence, flow.h for a call's way. Configuration, credentials, curl and TLS wait for the first call. */
#include "providers/aws/flow.h"

#include <poll.h>
#include <stdlib.h>

enum { PARALLELISM = 32, MAX_ATTEMPTS = 12 };

struct wire *wire_open(const struct provider_options *opt, struct errs *errs)
{
	struct wire *w = xmalloc(sizeof(*w));

	(void)errs;	/* nothing can fail yet */
	*w = (struct wire){.clock = &clock_system,
			   .parallelism = opt && opt->parallelism ? opt->parallelism : PARALLELISM,
			   .max_attempts = MAX_ATTEMPTS};
	w->starting_last = &w->starting;
	return w;
}

static void wire_enqueue(struct wire *w, struct flow *f)
{
	*w->starting_last = f;
	w->starting_last = &f->next;
}

/* A call of the credentials' own. */
static void call_internal(void *ctx, struct call *c, const struct creds *with)
{
	struct wire *w = ctx;
	struct flow *f = flow_new(w, c);

	f->internal = true;
	f->anonymous = !with;
	if (with)
		f->given = *with;
	wire_enqueue(w, f);
}

static void after_internal(void *ctx, int64_t ms, void (*fn)(void *fn_ctx), void *fn_ctx)
{
	wire_after(ctx, ms, fn, fn_ctx);
}

static void wire_ready(struct wire *w)
{
	struct errs errs = {.arena = &w->arena};
	struct creds_host host = {
	    .config = &w->config, .clock = w->clock, .call = call_internal, .after = after_internal, .ctx = w};
	struct str bundle = env_str("AWS_CA_BUNDLE"), attempts = env_str("AWS_MAX_ATTEMPTS"),
		   profile = config_profile_name(STR_NONE);
	int64_t n;

	if (w->http)
		return;
	if (!config_load(&w->config, &errs))
		w->config_failure = errs.items[0].message;
	if (!bundle.n)
		bundle = config_get(&w->config, profile, "ca_bundle");
	if (!attempts.n)
		attempts = config_get(&w->config, profile, "max_attempts");
	if (str_int(attempts, 1, 100, &n))
		w->max_attempts = (unsigned)n;
	w->http = http_open(bundle, w->parallelism);
	host.http = w->http;
	w->creds = creds_open(&host);
}

void wire_start(struct wire *w, struct call *c)
{
	wire_ready(w);
	wire_enqueue(w, flow_new(w, c));
}

void wire_after(struct wire *w, int64_t ms, void (*fn)(void *ctx), void *ctx)
{
	timers_set(&w->timers, w->settling ? INT64_MIN : clock_mono(w->clock) + ms, fn, ctx);
}

static void start_all(struct wire *w)
{
	while (w->starting) {
		struct flow *f = w->starting;

		w->starting = f->next;
		if (!w->starting)
			w->starting_last = &w->starting;
		f->next = NULL;
		flow_start(f);
	}
}

/* After wire_settle: what was not sent before it will not be. */
static void interrupt_all(struct wire *w)
{
	struct flow *f = w->starting, *next;

	w->interrupt = false;
	w->starting = NULL;
	w->starting_last = &w->starting;
	for (; f; f = next) {
		next = f->next;
		f->next = NULL;
		if (f->late)
			wire_enqueue(w, f);
		else
			flow_interrupt(f);
	}
	queues_interrupt(w);
}

static bool fire_timers(struct wire *w)
{
	struct timer t;
	int64_t now = clock_mono(w->clock);
	uint64_t before = w->timers.set;
	bool any = false;

	/* Timers that a timer sets wait for the next round: a settled wire must not spin here. */
	while (timers_due(&w->timers, now, &t)) {
		any = true;
		t.fn(t.ctx);
		if (w->timers.set != before)
			break;
	}
	return any;
}

size_t wire_poll(struct wire *w, int timeout_ms)
{
	size_t active = w->active;
	int64_t wait;
	bool any;

	if (w->interrupt)
		interrupt_all(w);
	any = fire_timers(w);
	start_all(w);
	queues_pump(w);
	if (any || w->active < active)	/* something happened: the caller wants to know before more waiting */
		timeout_ms = 0;
	wait = timers_wait(&w->timers, clock_mono(w->clock));
	if (wait >= 0 && wait < timeout_ms)
		timeout_ms = (int)wait;
	else if (wait < 0 && !w->active)
		return 0;
	if (w->http)
		http_poll(w->http, timeout_ms);
	else
		poll(NULL, 0, timeout_ms);
	fire_timers(w);
	start_all(w);
	queues_pump(w);
	return w->active;
}

void wire_settle(struct wire *w)
{
	w->settling = w->interrupt = true;
	timers_expire(&w->timers);
}

void wire_stats(const struct wire *w, struct provider_stats *out)
{
	*out = w->stats;
}

void wire_close(struct wire *w)
{
	if (!w)
		return;
	http_close(w->http);
	creds_close(w->creds);
	while (w->all)
		flow_free(w->all);
	timers_free(&w->timers);
	config_free(&w->config);
	arena_free(&w->arena);
	free(w);
}

bool wire_clock_off(const struct wire *w, int64_t *ms)
{
	*ms = w->clock_off;
	return w->clock_known;
}

size_t wire_needs(struct wire *w, struct arena *a, const struct place *place, struct creds_need *out, size_t max)
{
	return w->creds ? creds_needs(w->creds, a, place, out, max) : 0;
}

int64_t wire_expires(const struct wire *w, const struct place *place)
{
	return w->creds ? creds_expires(w->creds, place) : 0;
}
