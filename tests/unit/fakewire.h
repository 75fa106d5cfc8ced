/* A wire that answers from a script, so that the engine's logic is tested without a network.
 *
 *	script("CreateVpc", "{\"Vpc\": {...}}");            one answer, in the order of the calls of that operation
 *	script("DeleteSubnet", "!DependencyViolation");    an error of that code
 *
 * said() lists the calls that were made, a line each: operation and input as JSON with sorted keys. A call without a
 * script is answered with an error of the code NoScript. Timers fire at the next poll.
 */
#ifndef DRPLAN_TESTS_FAKEWIRE_H
#define DRPLAN_TESTS_FAKEWIRE_H

#include "base/json.h"
#include "providers/aws/wire.h"

#include <string.h>

#define FAKE_MAX 4096

struct fake_answer {
	const char *op, *answer;
	bool used;
};

struct fake_timer {
	void (*fn)(void *ctx);
	void *ctx;
};

static struct fake_answer fake_script[FAKE_MAX];
static size_t fake_scripted;
static struct call *fake_calls[FAKE_MAX];
static size_t fake_n_calls;
static struct fake_timer fake_timers[FAKE_MAX];
static size_t fake_n_timers;
static struct buf fake_said;
static struct arena fake_arena;
static size_t fake_total;

static void script(const char *op, const char *answer)
{
	fake_script[fake_scripted++] = (struct fake_answer){op, answer, false};
}

static const char *said(void)
{
	return fake_said.n ? fake_said.p : "";
}

static void fake_reset(void)
{
	fake_scripted = fake_n_calls = fake_n_timers = fake_total = 0;
	buf_free(&fake_said);
	buf_init(&fake_said, (size_t)8 << 20);
	arena_free(&fake_arena);
}

static const char *fake_answer_for(struct str op)
{
	for (size_t i = 0; i < fake_scripted; i++)
		if (!fake_script[i].used && str_eqc(op, fake_script[i].op)) {
			fake_script[i].used = true;
			return fake_script[i].answer;
		}
	return "!NoScript";
}

static void fake_do(struct call *c)
{
	const char *answer = fake_answer_for(op_name(c->op));
	struct errs errs = {.arena = &fake_arena};

	c->attempts = 1;
	c->ok = answer[0] != '!';
	c->output = value_map(c->arena, (struct pos){0});
	if (c->ok)
		c->output = json_read(c->arena, str_of(answer), 0, &errs);
	else
		c->err = (struct err){.kind = ERR_REMOTE, .code = str_of(answer + 1), .message = STR("as scripted")};
	c->done(c);
}

struct wire *wire_open(const struct provider_options *opt, struct errs *errs)
{
	static int it;

	(void)opt;
	(void)errs;
	return (struct wire *)(void *)&it;
}

void wire_start(struct wire *w, struct call *c)
{
	struct str op = op_name(c->op);

	(void)w;
	buf_fmt(&fake_said, "%.*s ", STR_ARG(op));
	json_write(&fake_said, c->input, JSON_SORTED);
	buf_char(&fake_said, '\n');
	fake_total++;
	fake_calls[fake_n_calls++] = c;
}

size_t wire_poll(struct wire *w, int timeout_ms)
{
	struct call *calls[FAKE_MAX];
	struct fake_timer timers[FAKE_MAX];
	size_t n = fake_n_calls, m = fake_n_timers;

	(void)w;
	(void)timeout_ms;
	memcpy(calls, fake_calls, n * sizeof *calls);
	memcpy(timers, fake_timers, m * sizeof *timers);
	fake_n_calls = fake_n_timers = 0;
	for (size_t i = 0; i < n; i++)
		fake_do(calls[i]);
	for (size_t i = 0; i < m; i++)
		timers[i].fn(timers[i].ctx);
	return fake_n_calls + fake_n_timers;
}

void wire_after(struct wire *w, int64_t ms, void (*fn)(void *ctx), void *ctx)
{
	(void)w;
	(void)ms;
	fake_timers[fake_n_timers++] = (struct fake_timer){fn, ctx};
}

void wire_settle(struct wire *w)
{
	(void)w;
}

void wire_stats(const struct wire *w, struct provider_stats *out)
{
	(void)w;
	*out = (struct provider_stats){.calls = fake_total};
}

void wire_close(struct wire *w)
{
	(void)w;
}

bool wire_clock_off(const struct wire *w, int64_t *ms)
{
	(void)w;
	*ms = 0;
	return false;
}

size_t wire_needs(struct wire *w, struct arena *a, const struct place *place, struct creds_need *out, size_t max)
{
	(void)w;
	(void)a;
	(void)place;
	(void)out;
	(void)max;
	return 0;
}

int64_t wire_expires(const struct wire *w, const struct place *place)
{
	(void)w;
	(void)place;
	return 0;
}

#endif
