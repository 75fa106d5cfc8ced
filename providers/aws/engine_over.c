/* Reads that need another read first: one call answers a list, and each of its items is asked about in a call of its
 * own ($element). The list may also be a property: what a resource is put on. The want that is waiting gets the elements
 * of all of them, and one end. engine_fetch.c makes the single calls. */
#include "providers/aws/engine.h"

#include <stdlib.h>
#include <string.h>

struct over {			/* one list, and what is asked about its items */
	struct engine *e;
	struct want *w;
	struct fetch_def each;	/* the text's read, as that of a single item */
	struct arena arena;
	struct call call;
	struct want *items;
	size_t n, left;
	bool failed;
	struct err err;
};

static void over_end(struct over *o)
{
	struct want *w = o->w;

	w->done(w, o->failed ? &o->err : NULL);
	arena_free(&o->arena);
	free(o);
}

static void item_element(struct want *item, const struct element *el)
{
	struct over *o = item->ctx;

	o->w->hit = true;
	o->w->env.element = item->env.element;
	o->w->element(o->w, el);
}

static void item_done(struct want *item, const struct err *err)
{
	struct over *o = item->ctx;

	o->w->calls += item->calls;
	if (err && !o->failed) {
		o->failed = true;
		o->err = *err;
		o->err.message = str_dup(&o->arena, err->message);
		o->err.help = str_dup(&o->arena, err->help);
		o->err.code = str_dup(&o->arena, err->code);
		o->err.operation = str_dup(&o->arena, err->operation);
		o->err.request_id = str_dup(&o->arena, err->request_id);
	}
	if (--o->left == 0)
		over_end(o);
}

static void items_start(struct over *o, const struct value *list)
{
	o->n = list && list->kind == V_LIST ? value_count(list) : list ? 1 : 0;
	o->items = arena_array(&o->arena, o->n + 1, sizeof *o->items);
	o->each = *o->w->f;
	o->each.over = o->each.on = 0;
	o->left = o->n + 1;
	for (size_t i = 0; i < o->n; i++) {
		struct want *item = &o->items[i];

		*item = *o->w;
		item->f = &o->each;
		item->calls = 0;
		item->env.element = list->kind == V_LIST ? value_at(list, i) : list;
		item->element = item_element;
		item->done = item_done;
		item->ctx = o;
		want_start(o->e, item);
	}
	if (--o->left == 0)
		over_end(o);
}

static void over_answered(struct call *c)
{
	struct over *o = c->ctx;
	const struct type_def *def = o->w->env.def;

	o->w->calls += c->attempts;
	if (!c->ok && !codes_have(o->w->f->absent, c->err.code) && !codes_have(def->gone, c->err.code)) {
		o->failed = true;
		o->err = c->err;
	}
	items_start(o, c->ok ? path_value(&o->w->env, c->output, o->w->f->over_path) : NULL);
}

void over_start(struct engine *e, struct want *w)
{
	struct over *o = xmalloc(sizeof *o);
	const struct call_def *def = &call_defs[w->f->over];
	struct step none = {.call = def};
	struct env env = w->env;

	memset(o, 0, sizeof *o);
	o->e = e;
	o->w = w;
	env.arena = &o->arena;
	if (w->f->on) {
		items_start(o, source_value(&env, w->f->on));
		return;
	}
	o->call = (struct call){.op = call_operation(def), .place = env.facts->place, .arena = &o->arena, .ctx = o,
				.region = str_dup(&o->arena, region_text(&env, def->region)), .address = w->address,
				.done = over_answered};
	o->call.all_pages = op_paginates(o->call.op);
	o->call.input = input_build(&env, def, &none);
	wire_start(e->wire, &o->call);
}
