/* The AWS provider: works come in, become jobs, and leave as events. What each kind of work does is in engine_*.c; a
 * map of the files is in engine.h. */
#include "providers/aws/engine.h"
#include "providers/aws/engine_claim.h"
#include "providers/aws/states.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* --- events ------------------------------------------------------------------------------------------------------- */

void event_add(struct engine *e, enum work_event_kind kind, struct work *w)
{
	if (e->n_events == e->cap_events) {
		size_t cap = e->cap_events ? e->cap_events * 2 : 64;
		struct work_event *ring = xmalloc(cap * sizeof *ring);

		for (size_t i = 0; i < e->n_events; i++)
			ring[i] = e->events[(e->first_event + i) % e->cap_events];
		free(e->events);
		e->events = ring;
		e->cap_events = cap;
		e->first_event = 0;
	}
	e->events[(e->first_event + e->n_events++) % e->cap_events] = (struct work_event){kind, w};
}

static struct work_event engine_next(struct provider *p)
{
	struct engine *e = (struct engine *)p;
	struct work_event ev = {0};

	if (e->n_events) {
		ev = e->events[e->first_event];
		e->first_event = (e->first_event + 1) % e->cap_events;
		e->n_events--;
	}
	return ev;
}

/* --- jobs --------------------------------------------------------------------------------------------------------- */

void job_done(struct job *j)
{
	struct engine *e = j->e;
	struct work *w = j->w;

	w->state = j->failed ? WORK_FAILED : WORK_OK;
	w->impl = NULL;
	e->base.pending--;
	event_add(e, WORK_DONE, w);
	arena_free(&j->arena);
	free(j);
}

void job_fail(struct job *j, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	j->w->err = (struct err){.kind = kind, .message = str_vfmt(j->w->arena, fmt, ap), .address = j->w->address};
	va_end(ap);
	j->failed = true;
}

void job_call_error(struct job *j, const struct err *err)
{
	struct arena *a = j->w->arena;

	j->failed = true;
	j->w->err = *err;
	j->w->err.address = j->w->address;
	j->w->err.message = str_dup(a, err->message);
	j->w->err.help = str_dup(a, err->help);
	j->w->err.operation = str_dup(a, err->operation);
	j->w->err.code = str_dup(a, err->code);
	j->w->err.request_id = str_dup(a, err->request_id);
}

struct timer_ctx {
	struct job *j;
	job_fn *fn;
};

static void timer_fired(void *ctx)
{
	struct timer_ctx *t = ctx;

	t->fn(t->j);
}

void job_after(struct job *j, int64_t ms, job_fn *fn)
{
	struct timer_ctx *t = arena_new(&j->arena, struct timer_ctx);

	*t = (struct timer_ctx){j, fn};
	wire_after(j->e->wire, ms, timer_fired, t);
}

void job_waiting(struct job *j, struct str what)
{
	if (str_eq(j->w->waiting, what))
		return;
	j->w->waiting = str_dup(j->w->arena, what);
	event_add(j->e, WORK_WAITING, j->w);
}

const struct type_def *type_def_find(struct str name)
{
	size_t lo = 0, hi = type_def_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(name, call_text(type_defs[mid].name));

		if (c == 0)
			return &type_defs[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

struct env job_env(struct job *j)
{
	bool snapshot = j->w->kind == WORK_DELETE && j->w->snapshot;

	return (struct env){.arena = &j->arena, .def = j->def, .type = j->w->type, .facts = j->facts, .id = j->w->id,
			    .props = j->w->desired, .prior = j->w->prior, .found = j->found.n ? &j->found : NULL,
			    .op = j->w->op, .undo = j->w->kind == WORK_DELETE && j->w->undo,
			    .snapshot = str_sub(j->w->op, 0, snapshot ? 8 : 0)};
}

/* --- places ------------------------------------------------------------------------------------------------------- */

static struct str environment(const char *a, const char *b)
{
	struct str s = str_of(getenv(a));

	return s.n ? s : str_of(getenv(b));
}

struct place_facts *place_facts(struct engine *e, const struct place *p)
{
	struct place_facts *f;

	for (f = e->places; f; f = f->next)
		if (f->place == p)
			return f;
	f = arena_new(&e->arena, struct place_facts);
	f->place = p;
	f->region = p->region.n ? p->region : environment("AWS_REGION", "AWS_DEFAULT_REGION");
	f->partition = region_partition(f->region, &f->suffix);
	f->next = e->places;
	e->places = f;
	return f;
}

/* Where a text names an ARN as the region, the ARN's own is meant. */
struct str region_text(const struct env *env, uint16_t source)
{
	struct str s = source_text(env, source), part, rest = s;

	if (!str_starts(s, STR("arn:")))
		return s;
	for (size_t i = 0; i < 4; i++)
		if (!str_cut(&rest, ':', &part))
			return s;
	return part;
}

static void account_known(struct call *c)
{
	struct place_facts *f = c->ctx;
	struct job *j = f->waiting, *next;

	f->waiting = NULL;
	f->asking = NULL;
	if (c->ok && j)
		f->account = str_dup(&j->e->arena, value_text(value_getc(c->output, "Account")));
	for (; j; j = next) {
		next = j->next;
		j->next = NULL;
		j->w->calls++;
		if (f->account.n) {
			j->after_wait(j);
			continue;
		}
		job_call_error(j, &c->err);
		job_done(j);
	}
}

void job_account(struct job *j, job_fn *fn)
{
	struct place_facts *f = j->facts;
	struct call *c;

	if (f->account.n) {
		fn(j);
		return;
	}
	j->after_wait = fn;
	j->next = f->waiting;
	f->waiting = j;
	if (f->asking)
		return;
	c = arena_new(&j->e->arena, struct call);
	*c = (struct call){.op = wire_op(STR("sts"), STR("GetCallerIdentity")), .place = f->place, .arena = &j->e->arena,
			   .done = account_known, .ctx = f, .address = j->w->address};
	f->asking = c;
	wire_start(j->e->wire, c);
}

/* --- works -------------------------------------------------------------------------------------------------------- */

static void job_begin(struct job *j)
{
	switch (j->w->kind) {
	case WORK_CREATE:
		job_named(j, work_create);
		return;
	case WORK_UPDATE:
		work_update(j);
		return;
	case WORK_DELETE:
		work_delete(j);
		return;
	case WORK_READ:
		work_read(j);
		return;
	case WORK_LOOKUP:
		job_named(j, work_lookup);
		return;
	case WORK_RECOVER:
		job_named(j, work_recover);
		return;
	case WORK_VERB:
	case WORK_PROBE:
		work_verb(j);
		return;
	default:
		work_ask(j);
	}
}

static bool is_about_a_type(enum work_kind k)
{
	return k == WORK_READ || k == WORK_LOOKUP || k == WORK_CREATE || k == WORK_UPDATE || k == WORK_DELETE ||
	       k == WORK_RECOVER;
}

static void engine_start(struct provider *p, struct work *w)
{
	struct engine *e = (struct engine *)p;
	struct job *j = xmalloc(sizeof *j);

	memset(j, 0, sizeof *j);
	j->e = e;
	j->w = w;
	j->last_step = &j->steps;
	j->started = clock_mono(p->clock);
	j->facts = place_facts(e, w->place);
	w->impl = j;
	w->state = WORK_RUNNING;
	w->calls = 0;
	p->pending++;
	if (is_about_a_type(w->kind)) {
		j->def = type_def_find(type_name(w->type));
		if (!j->def) {
			job_fail(j, ERR_BUG, "the AWS provider has no calls for %.*s", STR_ARG(type_name(w->type)));
			job_done(j);
			return;
		}
		if (j->def->flags & DEF_NEEDS_ACCOUNT) {
			job_account(j, job_begin);
			return;
		}
	}
	job_begin(j);
}

/* What gathered in this turn is sent. */
static void calls_flush(struct engine *e)
{
	batches_flush(e);
	gatherings_flush(e);
}

static void engine_poll(struct provider *p, int timeout_ms)
{
	struct engine *e = (struct engine *)p;

	claims_go_on(e);
	calls_flush(e);
	wire_poll(e->wire, e->n_events ? 0 : timeout_ms);
	calls_flush(e);
}

static void engine_settle(struct provider *p)
{
	struct engine *e = (struct engine *)p;

	e->settling = true;
	calls_flush(e);
	wire_settle(e->wire);
}

static void engine_stats(const struct provider *p, struct provider_stats *out)
{
	wire_stats(((const struct engine *)p)->wire, out);
}

static bool engine_probes(const struct provider *p, struct str name)
{
	(void)p;
	return verb_is_probe(name);
}

static bool engine_verbs(const struct provider *p, struct str name)
{
	(void)p;
	return verb_is_verb(name);
}

static void engine_close(struct provider *p)
{
	struct engine *e = (struct engine *)p;

	wire_close(e->wire);
	batches_free(e);
	gatherings_free(e);
	free(e->events);
	arena_free(&e->arena);
	free(e);
}

static const struct provider_ops engine_ops = {
	.name = "aws",
	.start = engine_start,
	.poll = engine_poll,
	.next = engine_next,
	.settle = engine_settle,
	.stats = engine_stats,
	.probes = engine_probes,
	.verbs = engine_verbs,
	.exports = states_export,
	.close = engine_close,
};

struct provider *provider_aws_open(const struct provider_options *opt, struct errs *errs)
{
	struct engine *e = xmalloc(sizeof *e);

	memset(e, 0, sizeof *e);
	e->base = (struct provider){.ops = &engine_ops, .clock = &clock_system};
	e->wire = wire_open(opt, errs);
	if (!e->wire) {
		free(e);
		return NULL;
	}
	return &e->base;
}
