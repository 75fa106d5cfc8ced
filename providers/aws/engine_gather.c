/* Calls of several works that travel as one. A call whose text says Gather hands its list to a request that it shares
 * with all others that differ in that list alone, and calls that are equal share one answer (the polls of many works
 * for one change). What is ready in one turn of the loop goes together; while a request is under way, those that come
 * later wait for its answer, and go together then. A request that AWS refuses did nothing: it is halved until the part
 * that is to blame stands alone, so that the error lands where it belongs. */
#include "providers/aws/engine.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

struct gathered {		/* one work's call; in the call's own arena */
	struct gathered *next;
	struct call *call;
	unsigned attempts;	/* of requests that were refused as a whole */
};

struct gathering {		/* calls that may go together */
	struct gathering *next;	/* in its chain */
	struct arena arena;
	const struct call_def *def;
	const struct op *op;
	const struct place *place;
	struct str region;
	const struct value *rest;	/* the request without the list */
	struct gathered *first, **last;
	size_t n;
	unsigned under_way;
};

struct parcel {			/* one request under way */
	struct engine *e;
	struct gathering *g;
	struct arena arena;
	struct gathered *calls;
	size_t n;
	struct call call;
};

/* --- which go together -------------------------------------------------------------------------------------------- */

/* A request without what stands at the path; what is beside it is shared. */
static struct value *value_without(struct arena *a, const struct value *v, struct span path, size_t i)
{
	struct value *out;

	if (i == path.n || v->kind != V_MAP)
		return (struct value *)(uintptr_t)v;
	out = value_map(a, v->pos);
	for (size_t k = 0; k < value_count(v); k++) {
		const struct member *m = &v->map.items[k];
		bool here = str_eq(m->key, call_text(step_at(path, i)->name));

		if (!here)
			value_set(a, out, m->key, m->pos, m->value);
		else if (i + 1 < path.n)
			value_set(a, out, m->key, m->pos, value_without(a, m->value, path, i + 1));
	}
	return out;
}

static struct value *list_at(const struct value *input, struct span path)
{
	struct value *v = (struct value *)(uintptr_t)input;

	for (size_t i = 0; v && i < path.n; i++)
		v = value_get(v, call_text(step_at(path, i)->name));
	return v;
}

static struct gathering **chain_of(struct engine *e, const struct value *rest)
{
	return &e->gatherings[hash_value(rest).lo % (sizeof e->gatherings / sizeof *e->gatherings)];
}

static struct gathering *gathering_for(struct engine *e, const struct call_def *def, const struct call *c)
{
	struct value *rest = value_without(c->arena, c->input, def->gather, 0);
	struct gathering **chain = chain_of(e, rest), *g;

	for (g = *chain; g; g = g->next)
		if (g->def == def && g->op == c->op && g->place == c->place && str_eq(g->region, c->region) &&
		    value_equal(g->rest, rest))
			return g;
	g = xmalloc(sizeof *g);
	memset(g, 0, sizeof *g);
	g->def = def;
	g->op = c->op;
	g->place = c->place;
	g->region = str_dup(&g->arena, c->region);
	g->rest = value_copy(&g->arena, rest);
	g->last = &g->first;
	g->next = *chain;
	*chain = g;
	return g;
}

void gather(struct engine *e, const struct call_def *def, struct call *c)
{
	struct gathering *g = gathering_for(e, def, c);
	struct gathered *one = arena_new(c->arena, struct gathered);

	*one = (struct gathered){.call = c};
	*g->last = one;
	g->last = &one->next;
	g->n++;
}

/* --- sending ------------------------------------------------------------------------------------------------------ */

static void parcel_send(struct engine *e, struct gathering *g, struct gathered *calls, size_t n);

/* An answer said no, and nobody may ask again as it is. */
static bool was_refused(const struct parcel *p)
{
	const struct call *c = &p->call;

	return !c->ok && p->n > 1 && p->g->def->gather.n && !c->maybe_done && c->err.kind == ERR_REMOTE && !p->e->settling &&
	       !error_among(p->g->def->retry, &c->err);
}

static void parcel_halve(struct parcel *p)
{
	struct gathered *half = p->calls, *rest;
	size_t n = p->n / 2;

	p->calls->attempts += p->call.attempts;
	for (size_t i = 1; i < n; i++)
		half = half->next;
	rest = half->next;
	half->next = NULL;
	parcel_send(p->e, p->g, p->calls, n);
	parcel_send(p->e, p->g, rest, p->n - n);
}

static void give_answer(const struct parcel *p, struct gathered *one, bool first)
{
	const struct call *from = &p->call;
	struct call *c = one->call;

	c->ok = from->ok;
	c->err = from->err;
	c->err.address = c->address;
	c->http_status = from->http_status;
	c->maybe_done = from->maybe_done;
	c->pages = from->pages;
	c->attempts = one->attempts + (first ? from->attempts : 0);
	c->output = from->output ? value_copy(c->arena, from->output) : NULL;
	c->done(c);
}

static void parcel_answered(struct call *c)
{
	struct parcel *p = c->ctx;
	struct gathered *next;

	p->g->under_way--;
	if (was_refused(p)) {
		parcel_halve(p);
	} else {
		for (struct gathered *one = p->calls; one; one = next) {
			next = one->next;	/* its call may be gone afterwards */
			give_answer(p, one, one == p->calls);
		}
	}
	arena_free(&p->arena);
	free(p);
}

static struct value *parcel_input(struct parcel *p)
{
	struct value *input = value_copy(&p->arena, p->calls->call->input), *list = list_at(input, p->g->def->gather);

	for (const struct gathered *one = p->calls->next; one && p->g->def->gather.n; one = one->next) {
		const struct value *more = list_at(one->call->input, p->g->def->gather);

		for (size_t i = 0; i < value_count(more); i++)
			value_append(&p->arena, list, value_copy(&p->arena, value_at(more, i)));
	}
	return input;
}

static void parcel_send(struct engine *e, struct gathering *g, struct gathered *calls, size_t n)
{
	const struct call *one = calls->call;
	struct parcel *p = xmalloc(sizeof *p);

	memset(p, 0, sizeof *p);
	p->e = e;
	p->g = g;
	p->calls = calls;
	p->n = n;
	p->call = (struct call){.op = g->op, .place = g->place, .region = g->region, .arena = &p->arena, .mutating = one->mutating,
				.timeout_ms = one->timeout_ms, .done = parcel_answered, .ctx = p,
				.address = str_dup(&p->arena, one->address)};
	p->call.input = parcel_input(p);
	g->under_way++;
	wire_start(e->wire, &p->call);
}

/* Take up to most calls off; equal ones all go as one. */
static struct gathered *gathering_take(struct gathering *g, size_t *n)
{
	size_t most = g->def->gather.n ? g->def->gather_most : SIZE_MAX;
	struct gathered *first = g->first, **p = &first;

	for (*n = 0; *p && *n < most; (*n)++)
		p = &(*p)->next;
	g->first = *p;
	*p = NULL;
	if (!g->first)
		g->last = &g->first;
	g->n -= *n;
	return first;
}

static void gathering_flush(struct engine *e, struct gathering *g)
{
	bool idle = !g->under_way || e->settling;
	struct gathered *calls;
	size_t n;

	while (idle && g->n) {
		calls = gathering_take(g, &n);
		parcel_send(e, g, calls, n);
	}
}

void gatherings_flush(struct engine *e)
{
	for (size_t i = 0; i < sizeof e->gatherings / sizeof *e->gatherings; i++)
		for (struct gathering **p = &e->gatherings[i], *g; (g = *p) != NULL;) {
			gathering_flush(e, g);
			if (g->n || g->under_way) {
				p = &g->next;
				continue;
			}
			*p = g->next;
			arena_free(&g->arena);
			free(g);
		}
}

void gatherings_free(struct engine *e)
{
	for (size_t i = 0; i < sizeof e->gatherings / sizeof *e->gatherings; i++)
		for (struct gathering *g = e->gatherings[i], *next; g; g = next) {
			next = g->next;
			arena_free(&g->arena);
			free(g);
		}
}
