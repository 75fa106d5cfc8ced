/* The steps of a change: which calls bring a resource from what it is to what is wanted, in which order. Creation uses
 * it for what its own call could not take, an update for everything.
 */
#include "providers/aws/engine.h"

#include "base/json.h"

void step_add(struct job *j, struct step s)
{
	struct step *step = arena_new(&j->arena, struct step);

	*step = s;
	step->next = NULL;
	*j->last_step = step;
	j->last_step = &step->next;
}

struct spread {			/* a step that is made for each of a list */
	struct job *j;
	const struct step *step;
	job_fn *then;
	bool gone_is_ok;
	struct call call;
};

static void spread_listed(struct call *c)
{
	struct spread *x = c->ctx;
	struct job *j = x->j;
	struct env env = job_env(j);
	const struct value *list = c->ok ? path_value(&env, c->output, x->step->call->over_path) : NULL;
	size_t n = list && list->kind == V_LIST ? value_count(list) : list ? 1 : 0;

	j->w->calls += c->attempts;
	if (!c->ok && !(x->gone_is_ok && codes_have(j->def->gone, c->err.code)))
		job_call_error(j, &c->err);
	for (size_t i = n; i-- > 0;) {
		struct step *one = arena_new(&j->arena, struct step);

		*one = *x->step;
		one->spread = true;
		one->elements = list->kind == V_LIST ? value_at(list, i) : list;
		one->next = j->steps;
		if (!j->steps)
			j->last_step = &one->next;
		j->steps = one;
	}
	x->then(j);
}

void step_run(struct job *j, const struct step *s, bool gone_is_ok, job_fn *then)
{
	const struct call_def *list = &call_defs[s->call->over];
	struct step none = {.call = list, .props = s->props};
	struct env env = job_env(j);
	struct spread *x;

	if (!s->call->over || s->spread) {
		job_exec(j, s, j->w->op, gone_is_ok, then);
		return;
	}
	env.props = s->props;
	x = arena_new(&j->arena, struct spread);
	*x = (struct spread){.j = j, .step = s, .then = then, .gone_is_ok = gone_is_ok};
	x->call = (struct call){.op = call_operation(list), .place = j->w->place, .arena = &j->arena, .ctx = x,
				.region = source_text(&env, list->region), .address = j->w->address, .done = spread_listed};
	x->call.all_pages = op_paginates(x->call.op);
	x->call.input = input_build(&env, list, &none);
	wire_start(j->e->wire, &x->call);
}

/* After a failure only what says Anyway is still done; it is the first failure that is reported. */
static void steps_fail(struct job *j)
{
	if (!j->first_failure) {
		j->first_failure = arena_new(j->w->arena, struct err);
		*j->first_failure = j->w->err;
	}
	while (j->steps && !(j->steps->call->flags & CALL_ANYWAY))
		j->steps = j->steps->next;
}

static void steps_next(struct job *j)
{
	struct step *s;

	if (j->failed)
		steps_fail(j);
	if (!j->steps) {
		j->last_step = &j->steps;
		if (j->first_failure)
			j->w->err = *j->first_failure;
		j->after_wait(j);
		return;
	}
	s = j->steps;
	j->steps = s->next;
	if (!j->steps)
		j->last_step = &j->steps;
	step_run(j, s, false, steps_next);
}

void steps_run(struct job *j, job_fn *fn)
{
	j->after_wait = fn;
	steps_next(j);
}

/* --- what is sent already ----------------------------------------------------------------------------------------- */

static bool is_of(struct str bound, struct str prop)
{
	return str_eq(bound, prop) || (bound.n > prop.n && str_starts(bound, prop) && bound.p[prop.n] == '.');
}

/* The call was chosen by what the property is: by that it is said. */
static bool call_tells(const struct call_def *c, struct str prop)
{
	for (size_t i = 0; i < c->when.n; i++) {
		const struct call_cond *cond = &call_conds[c->when.first + i];

		if (cond->op == COND_IS && cond->path.n == 1 && str_eq(call_text(step_at(cond->path, 0)->name), prop))
			return true;
	}
	return false;
}

static bool call_sends(const struct call_def *c, struct str prop)
{
	for (size_t i = 0; i < c->binds.n; i++) {
		const struct call_bind *b = &call_binds[c->binds.first + i];

		if ((b->flags & BIND_SEND) && is_of(call_text(b->prop), prop))
			return true;
	}
	for (size_t i = 0; i < c->variants.n; i++) {
		struct span binds = call_variants[c->variants.first + i].binds;

		for (size_t k = 0; k < binds.n; k++)
			if (str_eq(call_text(call_binds[binds.first + k].prop), prop))
				return true;
	}
	return call_names(c, prop) || call_tells(c, prop);
}

static const struct value *default_of(struct job *j, struct str prop)
{
	struct str text = type_default(j->w->type, prop);
	struct errs errs = {.arena = &j->arena};

	return text.n ? json_read(&j->arena, text, 0, &errs) : NULL;
}

/* The create took the first element of a list, and is done with it: that one is there already. */
static bool head_was_sent(struct job *j, struct str prop, const struct value *list, struct value **from)
{
	struct value *head = value_list(&j->arena, (struct pos){0});

	for (size_t i = 0; i < j->def->facets.n; i++) {
		const struct facet_def *f = &facet_defs[j->def->facets.first + i];

		if (!f->head || !str_eq(call_text(f->prop), prop) || !value_count(list) || list->kind != V_LIST)
			continue;
		value_append(&j->arena, head, value_at(list, 0));
		*from = value_with(&j->arena, *from, prop, head);
		return true;
	}
	return false;
}

/* The top-level properties that differ. from is completed with AWS's defaults where a resource is being created. */
static struct value *changed_props(struct job *j, struct value **from, const struct value *to, const struct call_def *sent)
{
	struct arena *a = &j->arena;
	struct value *changed = value_map(a, (struct pos){0});
	struct str tags = type_tag_property(j->w->type);

	for (size_t i = 0; i < value_count(to); i++) {
		struct str prop = to->map.items[i].key;
		const struct value *was;

		if (str_eq(prop, tags) || (sent && call_sends(sent, prop) && !head_was_sent(j, prop, to->map.items[i].value, from)))
			continue;
		was = value_get(*from, prop);
		if (sent && !was && (was = default_of(j, prop)) != NULL)
			*from = value_with(a, *from, prop, (struct value *)(uintptr_t)was);
		if (prop_changes(a, j->w->type, prop, to->map.items[i].value, was))
			value_set(a, changed, prop, (struct pos){0}, to->map.items[i].value);
	}
	return changed;
}

/* --- updates ------------------------------------------------------------------------------------------------------ */

static struct str top_of(struct str prop)
{
	struct str head, rest = prop;

	return str_cut(&rest, '.', &head) ? head : prop;
}

static bool bind_changed(struct job *j, const struct call_bind *b, const struct value *changed, const struct value *from,
			 const struct value *to)
{
	struct str prop = call_text(b->prop);
	const struct value *want = value_path(to, prop);

	if (!(b->flags & BIND_TRIGGER) || (b->flags & BIND_NESTED) || !value_get(changed, top_of(prop)))
		return false;
	return want && (want->kind == V_NULL || prop_changes(&j->arena, j->w->type, prop, want, value_path(from, prop)));
}

static void plan_update(struct job *j, const struct call_def *c, const struct value *changed, const struct value *from,
			const struct value *to)
{
	struct env env = job_env(j);
	bool any = false;

	env.props = to;
	for (size_t i = 0; i < c->binds.n; i++) {
		const struct call_bind *b = &call_binds[c->binds.first + i];
		struct value *only;

		if (!bind_changed(j, b, changed, from, to))
			continue;
		any = true;
		if (!(c->flags & CALL_EACH))
			break;
		only = value_map(&j->arena, (struct pos){0});
		value_set(&j->arena, only, call_text(b->prop), (struct pos){0}, value_null(&j->arena, (struct pos){0}));
		if (conds_hold(&env, c->when, to))
			step_add(j, (struct step){.call = c, .props = to, .changed = only});
	}
	if (any && !(c->flags & CALL_EACH) && conds_hold(&env, c->when, to))
		step_add(j, (struct step){.call = c, .props = to, .changed = changed});
}

/* --- facets ------------------------------------------------------------------------------------------------------- */

/* The same element but for the members that a Change call can alter. */
static bool element_alike(struct job *j, const struct facet_def *f, const struct value *x, const struct value *y)
{
	struct value *p = value_copy(&j->arena, x), *q = value_copy(&j->arena, y);

	for (size_t i = 0; i < f->change_only.n; i++) {
		value_del(p, call_text(call_codes[f->change_only.first + i]));
		value_del(q, call_text(call_codes[f->change_only.first + i]));
	}
	return prop_same(&j->arena, j->w->type, str_cat(&j->arena, call_text(f->prop), STR("[]")), p, q);
}

/* Move the pairs that only a Change call separates from `add` and `drop`; returns the new forms. */
static struct value *take_changes(struct job *j, const struct facet_def *f, struct value **add, struct value **drop)
{
	struct arena *a = &j->arena;
	struct value *change = value_list(a, (struct pos){0}), *left_add = value_list(a, (struct pos){0});
	struct value *left_drop = value_list(a, (struct pos){0});
	bool *used = arena_array(a, value_count(*drop) + 1, sizeof *used);

	for (size_t i = 0; i < value_count(*add); i++) {
		size_t k = 0;

		while (k < value_count(*drop) && (used[k] || !element_alike(j, f, value_at(*add, i), value_at(*drop, k))))
			k++;
		value_append(a, k < value_count(*drop) ? change : left_add, value_at(*add, i));
		if (k < value_count(*drop))
			used[k] = true;
	}
	for (size_t k = 0; k < value_count(*drop); k++)
		if (!used[k])
			value_append(a, left_drop, value_at(*drop, k));
	*add = left_add;
	*drop = left_drop;
	return change;
}

static const struct value *elements_some(struct job *j, const struct value *all, size_t from, size_t most)
{
	struct value *some = value_list(&j->arena, (struct pos){0});

	if (!from && most >= value_count(all))
		return all;
	for (size_t i = from; i < value_count(all) && i < from + most; i++)
		value_append(&j->arena, some, value_at(all, i));
	return some;
}

static void plan_elements(struct job *j, const struct facet_def *f, uint16_t call, const struct value *elements,
			  const struct value *to)
{
	const struct call_def *c = &call_defs[call];

	if (!call || !value_count(elements))
		return;
	if (!call_uses(c, SRC_ELEMENT)) {
		size_t n = value_count(elements), most = f->batch ? f->batch : n;

		for (size_t i = 0; i < n; i += most)
			step_add(j, (struct step){.call = c, .facet = f, .props = to, .elements = elements_some(j, elements, i, most)});
		return;
	}
	for (size_t i = 0; i < value_count(elements); i++)
		step_add(j, (struct step){.call = c, .facet = f, .props = to, .elements = value_at(elements, i)});
}

/* The entries of a map that another one lacks, or has otherwise unless only keys count, as {Key, Value}. */
static struct value *entries_minus(struct job *j, const struct value *x, const struct value *y, bool keys_only)
{
	struct arena *a = &j->arena;
	struct value *out = value_list(a, (struct pos){0});

	for (size_t i = 0; x && x->kind == V_MAP && i < value_count(x); i++) {
		const struct member *m = &x->map.items[i];
		const struct value *other = value_get(y, m->key);
		struct value *entry;

		if (other && (keys_only || str_eq(value_text(other), value_text(m->value))))
			continue;
		entry = value_map(a, (struct pos){0});
		value_set(a, entry, STR("Key"), (struct pos){0}, value_string(a, (struct pos){0}, m->key));
		value_set(a, entry, STR("Value"), (struct pos){0}, m->value);
		value_append(a, out, entry);
	}
	return out;
}

/* A call that sets the whole property, or takes it away. */
static void plan_whole(struct job *j, uint16_t call, struct str prop, const struct value *to)
{
	struct value *only = value_map(&j->arena, (struct pos){0});

	value_set(&j->arena, only, prop, (struct pos){0}, value_null(&j->arena, (struct pos){0}));
	if (call)
		step_add(j, (struct step){.call = &call_defs[call], .props = to, .changed = only});
}

static bool any_changed(struct span names, const struct value *changed)
{
	for (size_t i = 0; i < names.n; i++)
		if (value_get(changed, call_text(call_codes[names.first + i])))
			return true;
	return false;
}

static void plan_facet(struct job *j, const struct facet_def *f, const struct value *changed, const struct value *from,
		       const struct value *to)
{
	struct str prop = call_text(f->prop);
	const struct value *was = value_get(from, prop), *want = value_get(to, prop);
	struct value *add, *drop, *change;
	bool gone = !want || want->kind == V_NULL, renamed = any_changed(f->renamed, changed);

	if (!f->add) {
		if (gone || (f->anew && was && was->kind != V_NULL))
			plan_whole(j, f->remove, prop, to);
		if (!gone)
			plan_whole(j, f->put, prop, to);
		return;
	}
	if ((want && want->kind == V_MAP) || (was && was->kind == V_MAP)) {
		plan_elements(j, f, f->add, entries_minus(j, gone ? NULL : want, was, false), to);
		plan_elements(j, f, f->drop, entries_minus(j, was, gone ? NULL : want, true), to);
		return;
	}
	add = elements_minus(&j->arena, j->w->type, prop, gone ? NULL : want, renamed || any_changed(f->again, changed) ? NULL : was,
			     false);
	drop = elements_minus(&j->arena, j->w->type, prop, was, gone || renamed ? NULL : want, true);
	change = f->change ? take_changes(j, f, &add, &drop) : NULL;
	if (f->drop_first)
		plan_elements(j, f, f->drop, drop, to);
	plan_elements(j, f, f->add, add, to);
	plan_elements(j, f, f->change, change, to);
	if (!f->drop_first)
		plan_elements(j, f, f->drop, drop, to);
}

void steps_fill(struct job *j, const struct value *props)
{
	for (size_t i = 0; i < j->def->facets.n; i++) {
		const struct facet_def *f = &facet_defs[j->def->facets.first + i];

		plan_elements(j, f, f->add, value_get(props, call_text(f->prop)), props);
	}
}

void steps_empty(struct job *j, const struct value *props)
{
	for (size_t i = 0; i < j->def->facets.n; i++) {
		const struct facet_def *f = &facet_defs[j->def->facets.first + i];

		if (codes_have(j->def->empty, call_text(f->prop)))
			plan_elements(j, f, f->drop, value_get(props, call_text(f->prop)), props);
	}
}

/* --- tags --------------------------------------------------------------------------------------------------------- */

static const struct value *tag_named(const struct value *tags, struct str key)
{
	for (size_t i = 0; i < value_count(tags); i++)
		if (str_eq(value_text(value_getc(value_at(tags, i), "Key")), key))
			return value_at(tags, i);
	return NULL;
}

/* Everything that one says of itself the other says too. */
static bool tag_same(const struct value *tag, const struct value *old)
{
	for (size_t i = 0; i < value_count(tag); i++) {
		const struct value *v = value_get(old, tag->map.items[i].key);

		if (!v || !str_eq(value_text(tag->map.items[i].value), value_text(v)))
			return false;
	}
	return true;
}

static void plan_tags(struct job *j, const struct value *from, const struct value *to, const struct call_def *sent)
{
	struct arena *a = &j->arena;
	struct value *was = tags_of(a, j->w->type, from), *want = sent ? tags_wanted(a, j->w) : tags_of(a, j->w->type, to);
	struct value *put = value_list(a, (struct pos){0}), *keys = value_list(a, (struct pos){0});

	if (!j->def->tag_put || (sent && sent->tags.n) || (!sent && !value_get(to, type_tag_property(j->w->type))))
		return;
	for (size_t i = 0; i < value_count(want); i++) {
		const struct value *tag = value_at(want, i), *old = tag_named(was, value_text(value_getc(tag, "Key")));

		if (!old || !tag_same(tag, old))
			value_append(a, put, value_at(want, i));
	}
	for (size_t i = 0; i < value_count(was); i++)
		if (!tag_named(want, value_text(value_getc(value_at(was, i), "Key"))))
			value_append(a, keys, value_getc(value_at(was, i), "Key"));
	if ((value_count(put) || value_count(keys)) && (call_defs[j->def->tag_put].flags & CALL_WHOLE)) {
		want = tags_wanted(a, j->w);
		step_add(j, (struct step){.call = &call_defs[value_count(want) ? j->def->tag_put : j->def->tag_remove],
					  .props = to, .tags = want});
		return;
	}
	if (value_count(put))
		step_add(j, (struct step){.call = &call_defs[j->def->tag_put], .props = to, .tags = put});
	if (value_count(keys))
		step_add(j, (struct step){.call = &call_defs[j->def->tag_remove], .props = to, .tags = keys});
}

void plan_steps(struct job *j, const struct value *from, const struct value *to, const struct call_def *sent)
{
	struct value *before = value_copy(&j->arena, from), *changed = changed_props(j, &before, to, sent);

	for (size_t i = 0; i < j->def->update.n; i++)
		plan_update(j, &call_defs[j->def->update.first + i], changed, before, to);
	for (size_t i = 0; i < j->def->facets.n; i++) {
		const struct facet_def *f = &facet_defs[j->def->facets.first + i];

		if (value_get(changed, call_text(f->prop)) || any_changed(f->again, changed) || any_changed(f->renamed, changed))
			plan_facet(j, f, changed, before, to);
	}
	plan_tags(j, from, to, sent);
}
