/* Resources that are nothing but what they put on others: a policy on topics, on queues, on roles. Such a type reads
 * each of those (`Over: $Prop`), and what they answer becomes one picture: the list holds those that have it; of what
 * they say, a value that differs from what was applied last is the one that shows. engine_read.c calls this. */
#include "providers/aws/engine.h"

/* The property whose items are asked about. */
static struct str on_property(const struct fetch_def *f)
{
	return call_text(step_at(call_sources[f->on].path, 0)->name);
}

static bool is_as_applied(const struct reading *r, struct str prop, const struct value *live)
{
	const struct value *applied = value_get(r->env.props, prop);

	return !applied || prop_same(r->scratch, r->env.type, prop, applied, live);
}

static bool all_as_applied(const struct reading *r, const struct value *live)
{
	for (size_t i = 0; i < value_count(live); i++)
		if (!is_as_applied(r, live->map.items[i].key, live->map.items[i].value))
			return false;
	return true;
}

static void list_add(struct reading *r, struct str prop, const struct value *item)
{
	struct arena *a = r->env.arena;
	struct value *list = value_get(r->got.live, prop);

	if (!list) {
		list = value_list(a, (struct pos){0});
		value_set(a, r->got.live, prop, (struct pos){0}, list);
	}
	if (item)
		value_append(a, list, value_copy(a, item));
}

void on_element(struct reading *r, struct want *w, const struct element *el)
{
	const struct type_def *def = r->env.def;
	struct received one = {0};

	if (def->dead.n && conds_hold(&r->env, def->dead, el->levels[0]))
		return;
	receive(&r->env, w->f, el, &one);
	if (r->strict && !all_as_applied(r, one.live))
		return;
	if (!r->found)
		r->got = (struct received){.live = value_map(r->env.arena, (struct pos){0})};
	r->found = r->until = r->stands = true;
	for (size_t i = 0; i < value_count(one.live); i++) {
		const struct member *m = &one.live->map.items[i];

		if (!value_get(r->got.live, m->key) || !is_as_applied(r, m->key, m->value))
			value_set(r->env.arena, r->got.live, m->key, (struct pos){0}, m->value);
	}
	list_add(r, on_property(w->f), w->env.element);
	r->got.attrs = value_map(r->env.arena, (struct pos){0});
	receive_attrs(&r->env, el, &r->got);
}

void on_lists(struct reading *r)
{
	const struct type_def *def = r->env.def;

	for (size_t i = 0; i < def->read.n; i++) {
		const struct fetch_def *f = &fetch_defs[def->read.first + i];
		const struct call_def *c = &call_defs[f->call];

		if (f->on && (!r->env.props || conds_hold(&r->env, c->when, r->env.props)))
			list_add(r, on_property(f), NULL);
	}
}
