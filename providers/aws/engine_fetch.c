/* Reads for many. Wants of one place and one read gather in a batch; a turn of the loop sends them in calls of up to
 * the read's maximum of keys. While a batch has a call under way, later wants wait for its answer unless they fill a
 * call of their own: so the polls of many waiting resources, and the reads after many creates, share calls.
 * Where as many are wanted as a page holds, everything is listed: pages are cheaper than filters of ids.
 */
#include "providers/aws/engine.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

struct batch {
	struct batch *next;
	const struct fetch_def *f;
	const struct place *place;
	struct str region;
	struct str key;		/* of lists by a parent: whose */
	struct want *first, **last;
	size_t n;
	unsigned under_way;
};

struct fetching {		/* one call under way */
	struct engine *e;
	struct batch *batch;
	struct arena arena;
	struct want *wants;
	size_t n;
	struct want **slots;	/* by id */
	size_t n_slots;
	struct call call;
};

/* --- one call for one want ---------------------------------------------------------------------------------------- */

static void each_element(void *ctx, const struct element *el)
{
	struct want *w = ctx;

	w->hit = true;
	w->element(w, el);
}

static void each_answered(struct call *c)
{
	struct fetching *x = c->ctx;
	struct want *w = x->wants;
	const struct err *err = c->ok ? NULL : &c->err;

	w->calls += c->attempts;
	if (c->ok)
		element_each(&w->env, c->output, w->f->at, each_element, w);
	else if (codes_have(w->f->absent, c->err.code) || codes_have(w->env.def->gone, c->err.code))
		err = NULL;
	w->done(w, err);
	arena_free(&x->arena);
	free(x);
}

static struct fetching *fetching_new(struct engine *e, struct want *w)
{
	struct fetching *x = xmalloc(sizeof *x);

	memset(x, 0, sizeof *x);
	x->e = e;
	x->wants = w;
	x->call = (struct call){.op = call_operation(&call_defs[w->f->call]), .place = w->env.facts->place, .arena = &x->arena,
				.ctx = x, .address = w->address};
	x->call.all_pages = op_paginates(x->call.op);
	return x;
}

static struct value *fetch_input(struct arena *a, const struct want *w)
{
	struct env env = w->env;
	struct step none = {.call = &call_defs[w->f->call]};

	env.arena = a;
	return input_build(&env, none.call, &none);
}

static void each_start(struct engine *e, struct want *w)
{
	struct fetching *x = fetching_new(e, w);
	struct env env = w->env;
	struct value *input = fetch_input(&x->arena, w);

	env.arena = &x->arena;
	if (w->f->by.n)
		path_put(&env, input, w->f->by, value_string(&x->arena, (struct pos){0}, w->key));
	x->call.region = str_dup(&x->arena, region_text(&env, call_defs[w->f->call].region));
	x->call.input = input;
	x->call.done = each_answered;
	wire_start(e->wire, &x->call);
}

/* --- batches ------------------------------------------------------------------------------------------------------ */

/* Everything that a parent has is listed, for all of its own that are wanted. */
static bool is_by_parent(const struct fetch_def *f)
{
	return f->how == FETCH_LIST && f->by.n;
}

static bool is_batched(const struct want *w)
{
	return w->f->how != FETCH_EACH;
}

void want_start(struct engine *e, struct want *w)
{
	struct batch *b;
	struct str region = region_text(&w->env, call_defs[w->f->call].region);

	if (w->f->over || w->f->on) {
		over_start(e, w);
		return;
	}
	if (!is_batched(w) && !w->f->page) {
		each_start(e, w);
		return;
	}
	for (b = e->batches; b; b = b->next)
		if (b->f == w->f && b->place == w->env.facts->place && str_eq(b->region, region) &&
		    (!is_by_parent(w->f) || str_eq(b->key, w->key)))
			break;
	if (!b) {
		b = arena_new(&e->arena, struct batch);
		*b = (struct batch){.next = e->batches, .f = w->f, .place = w->env.facts->place, .region = str_dup(&e->arena, region)};
		b->last = &b->first;
		if (is_by_parent(w->f))
			b->key = str_dup(&e->arena, w->key);
		e->batches = b;
	}
	w->next = NULL;
	*b->last = w;
	b->last = &w->next;
	b->n++;
}

static size_t slot_of(const struct fetching *x, struct str id)
{
	return (size_t)hash_bytes(id).lo & (x->n_slots - 1);
}

static void index_wants(struct fetching *x)
{
	size_t n = 16;

	while (n < x->n * 2)
		n *= 2;
	x->n_slots = n;
	x->slots = arena_array(&x->arena, n, sizeof *x->slots);
	for (struct want *w = x->wants; w; w = w->next) {
		size_t i = slot_of(x, w->id);

		while (x->slots[i] && !str_eq(x->slots[i]->id, w->id))
			i = (i + 1) & (n - 1);
		w->same = x->slots[i];
		x->slots[i] = w;
	}
}

/* Every want of this id gets the element: two resources of a template may read the same parent. */
static void give_element(struct fetching *x, struct str id, const struct element *el)
{
	size_t i = slot_of(x, id);

	while (x->slots[i] && !str_eq(x->slots[i]->id, id))
		i = (i + 1) & (x->n_slots - 1);
	for (struct want *w = x->slots[i]; w; w = w->same) {
		w->hit = true;
		w->element(w, el);
	}
}

/* The id of an element: at its path, or made of the properties that it answers. */
static struct str element_id(struct fetching *x, const struct element *el)
{
	const struct fetch_def *f = x->batch->f;
	struct env env = x->wants->env;
	struct received got = {0};

	env.arena = &x->arena;
	env.id = STR_NONE;
	env.found = NULL;
	if (f->key.n) {
		const struct value *v = element_value(&env, el, f->key, f->key_up);

		return id_own(env.def, value_text(v && v->kind == V_LIST ? value_at(v, 0) : v));
	}
	/* What the id is made of may be partly unknown to the answer: the text's Else forms then decide. */
	receive(&env, f, el, &got);
	env.props = got.live;
	if (is_by_parent(f) && f->of && call_sources[f->of].kind == SRC_PROP)
		value_set(&x->arena, got.live, call_text(step_at(call_sources[f->of].path, 0)->name), (struct pos){0},
			  value_string(&x->arena, (struct pos){0}, x->batch->key));
	env.prior = NULL;
	return id_compose(&env);
}

static void batch_element(void *ctx, const struct element *el)
{
	struct fetching *x = ctx;

	give_element(x, element_id(x, el), el);
}

static void batch_send(struct engine *e, struct batch *b, struct want *wants, size_t n, bool listing);

/* One of many is gone, and AWS does not say which: each is asked for alone. */
static void batch_split(struct fetching *x)
{
	struct want *next;

	for (struct want *w = x->wants; w; w = next) {
		next = w->next;
		w->next = NULL;
		batch_send(x->e, x->batch, w, 1, false);
	}
}

static void batch_answered(struct call *c)
{
	struct fetching *x = c->ctx;
	struct want *w, *next;

	x->wants->calls += c->attempts;
	if (c->ok)
		element_each(&x->wants->env, c->output, x->batch->f->at, batch_element, x);
	x->batch->under_way--;
	if (!c->ok && x->n > 1 && codes_have(x->wants->env.def->gone, c->err.code)) {
		batch_split(x);
		arena_free(&x->arena);
		free(x);
		return;
	}
	for (w = x->wants; w; w = next) {
		next = w->next;
		w->done(w, c->ok || codes_have(w->env.def->gone, c->err.code) ? NULL : &c->err);
	}
	arena_free(&x->arena);
	free(x);
}

static void put_keys(struct fetching *x, const struct env *env, struct value *input)
{
	struct value *keys = value_list(&x->arena, (struct pos){0});
	struct value *seen = value_map(&x->arena, (struct pos){0});

	for (struct want *w = x->wants; w; w = w->next) {
		if (value_get(seen, w->key))
			continue;
		value_set(&x->arena, seen, w->key, (struct pos){0}, value_null(&x->arena, (struct pos){0}));
		value_append(&x->arena, keys, value_string(&x->arena, (struct pos){0}, w->key));
	}
	path_put(env, input, x->batch->f->by, keys);
}

static void batch_send(struct engine *e, struct batch *b, struct want *wants, size_t n, bool listing)
{
	struct fetching *x = fetching_new(e, wants);
	struct env env = wants->env;
	struct value *input = fetch_input(&x->arena, wants);

	env.arena = &x->arena;
	x->batch = b;
	x->n = n;
	if (!listing && b->f->how == FETCH_BULK)
		put_keys(x, &env, input);
	if (is_by_parent(b->f))
		path_put(&env, input, b->f->by, value_string(&x->arena, (struct pos){0}, b->key));
	if (listing && b->f->page)
		path_put(&env, input, b->f->page_size, value_int(&x->arena, (struct pos){0}, b->f->page));
	index_wants(x);
	x->call.region = b->region;
	x->call.input = input;
	x->call.done = batch_answered;
	b->under_way++;
	wire_start(e->wire, &x->call);
}

/* Take up to max wants off a batch. */
static struct want *batch_take(struct batch *b, size_t max, size_t *n)
{
	struct want *first = b->first, **p = &first;

	*n = 0;
	while (*p && *n < max) {
		p = &(*p)->next;
		(*n)++;
	}
	b->first = *p;
	*p = NULL;
	if (!b->first)
		b->last = &b->first;
	b->n -= *n;
	return first;
}

static void batch_flush(struct engine *e, struct batch *b)
{
	bool listing = b->f->how == FETCH_LIST || (b->f->page && b->n >= b->f->page && !b->f->of);
	bool idle = !b->under_way;
	struct want *wants, *next;
	size_t n;

	if (b->f->how == FETCH_EACH && !listing) {
		for (wants = batch_take(b, SIZE_MAX, &n); wants; wants = next) {
			next = wants->next;
			each_start(e, wants);
		}
		return;
	}
	while (b->n && (idle || (!listing && b->n >= b->f->max))) {
		wants = batch_take(b, listing ? SIZE_MAX : b->f->max, &n);
		batch_send(e, b, wants, n, listing);
	}
}

void batches_flush(struct engine *e)
{
	for (struct batch *b = e->batches; b; b = b->next)
		if (b->n)
			batch_flush(e, b);
}

void batches_free(struct engine *e)
{
	e->batches = NULL;	/* in the engine's arena; wants belong to those who want */
}
