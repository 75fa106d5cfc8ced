/* Properties into requests. A binding puts a property at its path; what is below a property travels by name, letter
 * case aside, unless a nested mapping line renames it. The request's shape decides the form: a scalar becomes a list
 * of one or {Value: x}, an object that the API takes as text becomes JSON. */
#include "providers/aws/engine.h"

#include "base/json.h"

#include <string.h>

struct sending {
	const struct env *env;
	const struct call_def *def;
	bool nested;		/* the call has renames below its properties */
};

/* --- paths -------------------------------------------------------------------------------------------------------- */

static struct value *list_of_one(struct arena *a, struct value *v)
{
	struct value *list = value_list(a, (struct pos){0});

	value_append(a, list, v);
	return list;
}

static void put_at(const struct env *env, struct value *at, struct span path, size_t i, struct value *v);

/* The element of a list that meets the step's conditions, made if there is none. */
static struct value *chosen_element(const struct env *env, struct value *list, const struct call_step *step)
{
	struct value *made;

	for (size_t i = 0; i < value_count(list); i++)
		if (conds_hold(env, step->conds, value_at(list, i)))
			return value_at(list, i);
	made = value_map(env->arena, (struct pos){0});
	for (size_t i = 0; i < step->conds.n; i++) {
		const struct call_cond *c = &call_conds[step->conds.first + i];

		if (c->op == COND_IS && c->values.n)
			put_at(env, made, c->path, 0, source_value(env, (uint16_t)c->values.first));
	}
	value_append(env->arena, list, made);
	return made;
}

static void put_list(const struct env *env, struct value *list, struct span path, size_t i, struct value *v)
{
	const struct call_step *step = step_at(path, i);

	if (step->conds.n || v->kind != V_LIST) {
		if (!step->conds.n && value_count(list) == 0)
			value_append(env->arena, list, value_map(env->arena, (struct pos){0}));
		if (step->conds.n)
			put_at(env, chosen_element(env, list, step), path, i + 1, v);
		for (size_t k = 0; !step->conds.n && k < value_count(list); k++)	/* into each that is there */
			put_at(env, value_at(list, k), path, i + 1, v);
		return;
	}
	for (size_t k = 0; k < value_count(v); k++) {	/* each item into an element of its own */
		while (value_count(list) <= k)
			value_append(env->arena, list, value_map(env->arena, (struct pos){0}));
		put_at(env, value_at(list, k), path, i + 1, value_at(v, k));
	}
}

static void put_at(const struct env *env, struct value *at, struct span path, size_t i, struct value *v)
{
	const struct call_step *step = step_at(path, i);
	struct str name = call_text(step->name);
	struct value *next = value_get(at, name);

	if (!v || at->kind != V_MAP)
		return;
	if (i + 1 == path.n) {
		if (step->list && v->kind != V_LIST)
			v = list_of_one(env->arena, v);
		value_set(env->arena, at, name, (struct pos){0}, v);
		return;
	}
	if (!next || (next->kind != V_LIST && next->kind != V_MAP)) {
		next = step->list ? value_list(env->arena, (struct pos){0}) : value_map(env->arena, (struct pos){0});
		value_set(env->arena, at, name, (struct pos){0}, next);
	}
	if (next->kind == V_LIST)
		put_list(env, next, path, i, v);
	else
		put_at(env, next, path, i + 1, v);
}

void path_put(const struct env *env, struct value *root, struct span path, struct value *v)
{
	if (v && path.n)
		put_at(env, root, path, 0, v);
}

/* The steps from number n on. */
static struct span span_after(struct span path, size_t n)
{
	return (struct span){(path.first + (uint32_t)n) & 0xfffff, (path.n - (uint32_t)n) & 0xfff};
}

static const struct shape *path_shape(const struct shape *s, struct span path)
{
	for (size_t i = 0; s && i < path.n; i++) {
		while (s && shape_kind(s) == SHAPE_LIST)
			s = shape_element(s);
		if (s && shape_kind(s) == SHAPE_MAP)
			s = shape_element(s);
		else
			s = s ? shape_member(s, call_text(step_at(path, i)->name)) : NULL;
	}
	return s;
}

/* --- values ------------------------------------------------------------------------------------------------------- */

static struct str member_named(const struct shape *s, struct str name)
{
	if (shape_member(s, name))
		return name;
	for (size_t i = 0; i < shape_member_count(s); i++)
		if (str_eq_nocase(shape_member_name(s, i), name))
			return shape_member_name(s, i);
	return STR_NONE;
}

/* A property on its way: its path, and how many steps of the request's path lead to where it goes. */
struct going {
	struct str prop;
	size_t depth;
};

/* The nested mapping line of this property, or NULL. */
static const struct call_bind *nested_line(const struct sending *s, struct going at)
{
	for (size_t i = 0; s->nested && i < s->def->binds.n; i++) {
		const struct call_bind *b = &call_binds[s->def->binds.first + i];

		if ((b->flags & BIND_NESTED) && b->path.n > at.depth && str_eq(call_text(b->prop), at.prop))
			return b;
	}
	return NULL;
}

static struct value *send_value(const struct sending *s, struct going at, const struct value *v, const struct shape *shape);

/* An empty structure says by being there what the property says by true. */
static struct value *send_marker(struct arena *a, const struct value *v)
{
	for (size_t i = 0; i < v->map.n; i++)
		if (str_eqc(value_text(v->map.items[i].value), "false"))
			return NULL;
	return value_map(a, v->pos);
}

static struct value *send_map(const struct sending *s, struct going at, const struct value *v, const struct shape *shape)
{
	struct arena *a = s->env->arena;
	struct value *out = value_map(a, v->pos);

	if (shape_kind(shape) == SHAPE_STRUCTURE && !shape_member_count(shape))
		return send_marker(a, v);

	for (size_t i = 0; i < v->map.n; i++) {
		struct str key = v->map.items[i].key, name = key;
		struct going below = {key, at.depth + 1};
		const struct value *item = v->map.items[i].value;
		const struct call_bind *line;
		const struct shape *to;
		struct value *sent;

		if (s->nested)
			below.prop = str_fmt(a, "%.*s.%.*s", STR_ARG(at.prop), STR_ARG(key));
		if (!item || item->kind == V_NULL)
			continue;
		line = nested_line(s, (struct going){below.prop, at.depth});
		if (line) {
			struct span tail = span_after(line->path, at.depth);

			to = path_shape(shape, tail);
			below.depth = line->path.n;
			if (to)
				path_put(s->env, out, tail, send_value(s, below, item, to));
			continue;
		}
		if (shape_kind(shape) == SHAPE_MAP) {
			to = shape_element(shape);
		} else {
			name = member_named(shape, key);
			to = name.n ? shape_member(shape, name) : NULL;
		}
		sent = to ? send_value(s, below, item, to) : NULL;
		if (sent)
			value_set(a, out, name, v->map.items[i].pos, sent);
	}
	return out;
}

static struct value *send_json(struct arena *a, const struct value *v)
{
	struct buf b;
	struct value *out;

	buf_init(&b, (size_t)16 << 20);
	b.secret = value_has_secret(v);
	json_write(&b, v, JSON_TYPED | JSON_SECRETS);
	out = value_string(a, v->pos, buf_take(&b, a));
	if (value_has_secret(v))
		out->flags |= VALUE_SECRET;
	buf_free(&b);
	return out;
}

/* A list of pairs that the API takes as a map: {Key, Value}, or whatever the two are called; the key is the first of
 * the names by the alphabet, as it is in the schema. NULL if it is something else. */
static struct value *send_pairs(const struct sending *s, struct going at, const struct value *v, const struct shape *shape)
{
	struct value *out = value_map(s->env->arena, v->pos);

	for (size_t i = 0; i < value_count(v); i++) {
		const struct value *pair = value_at(v, i);
		size_t key;

		if (pair->kind != V_MAP || value_count(pair) != 2)
			return NULL;
		key = str_cmp(pair->map.items[0].key, pair->map.items[1].key) > 0;
		value_set(s->env->arena, out, value_text(pair->map.items[key].value), pair->pos,
			  send_value(s, at, pair->map.items[!key].value, shape_element(shape)));
	}
	return out;
}

/* A list of texts that the API takes as one text: joined by commas. NULL if it is something else. */
static struct value *send_commas(struct arena *a, const struct value *v)
{
	struct str text = STR_NONE;

	for (size_t i = 0; i < value_count(v); i++) {
		if (v->kind != V_LIST || !value_is_scalar(value_at(v, i)))
			return NULL;
		text = i ? str_fmt(a, "%.*s,%.*s", STR_ARG(text), STR_ARG(value_text(value_at(v, i)))) : value_text(value_at(v, i));
	}
	return v->kind == V_LIST && value_count(v) ? value_string(a, v->pos, text) : NULL;
}

static struct value *send_value(const struct sending *s, struct going at, const struct value *v, const struct shape *shape)
{
	struct arena *a = s->env->arena;
	struct value *out;

	switch (shape_kind(shape)) {
	case SHAPE_LIST:
		if (v->kind != V_LIST)
			return list_of_one(a, send_value(s, at, v, shape_element(shape)));
		out = value_list(a, v->pos);
		for (size_t i = 0; i < value_count(v); i++)
			value_append(a, out, send_value(s, at, value_at(v, i), shape_element(shape)));
		return out;
	case SHAPE_MAP:
	case SHAPE_STRUCTURE:
		if (v->kind == V_MAP)
			return send_map(s, at, v, shape);
		if (value_is_scalar(v) && shape_member(shape, STR("Value"))) {
			out = value_map(a, v->pos);
			value_set(a, out, STR("Value"), v->pos, (struct value *)(uintptr_t)v);
			return out;
		}
		if (v->kind == V_LIST && value_count(v) && shape_kind(shape) == SHAPE_STRUCTURE)	/* it takes one alone */
			return send_value(s, at, value_at(v, 0), shape);
		out = v->kind == V_LIST && shape_kind(shape) == SHAPE_MAP ? send_pairs(s, at, v, shape) : NULL;
		return out ? out : (struct value *)(uintptr_t)v;
	default:
		out = shape_kind(shape) == SHAPE_STRING ? send_commas(a, v) : NULL;
		if (out)
			return out;
		if (v->kind == V_MAP || v->kind == V_LIST)
			return send_json(a, v);
		return (struct value *)(uintptr_t)v;
	}
}

static void send_bound(const struct sending *s, struct value *input, const struct call_bind *b, const struct value *v,
		       const struct shape *root)
{
	const struct shape *shape = path_shape(root, b->path);
	struct going at = {call_text(b->prop), b->path.n};
	bool spreads = false;
	struct value *out;

	if (!shape || !v || v->kind == V_NULL)
		return;
	for (size_t i = 0; i + 1 < b->path.n; i++)
		spreads = spreads || (step_at(b->path, i)->list && !step_at(b->path, i)->conds.n);
	if (!spreads || v->kind != V_LIST) {
		path_put(s->env, input, b->path, send_value(s, at, v, shape));
		return;
	}
	out = value_list(s->env->arena, v->pos);
	for (size_t i = 0; i < value_count(v); i++)
		value_append(s->env->arena, out, send_value(s, at, value_at(v, i), shape));
	path_put(s->env, input, b->path, out);
}

/* --- elements ----------------------------------------------------------------------------------------------------- */

static const struct call_variant *variant_for(const struct env *env, struct span variants, const struct value *element)
{
	struct env here = *env;

	here.props = element;
	here.prior = NULL;
	here.id = STR_NONE;
	for (size_t i = 0; i < variants.n; i++)
		if (conds_hold(&here, call_variants[variants.first + i].when, element))
			return &call_variants[variants.first + i];
	return NULL;
}

/* Lists of `more` are appended to those of `into`: several elements in one request. */
static void merge(struct arena *a, struct value *into, const struct value *more)
{
	for (size_t i = 0; i < more->map.n; i++) {
		struct value *there = value_get(into, more->map.items[i].key);
		struct value *v = more->map.items[i].value;

		if (there && there->kind == V_MAP && v->kind == V_MAP) {
			merge(a, there, v);
			continue;
		}
		if (!there || there->kind != V_LIST || v->kind != V_LIST) {
			value_set(a, into, more->map.items[i].key, (struct pos){0}, v);
			continue;
		}
		for (size_t k = 0; k < value_count(v); k++)
			value_append(a, there, value_at(v, k));
	}
}

static void send_element(const struct sending *s, struct value *input, struct span variants, const struct value *element,
			 const struct shape *root)
{
	const struct call_variant *variant = variant_for(s->env, variants, element);
	struct value *one = value_map(s->env->arena, (struct pos){0});

	if (!variant)
		return;
	for (size_t i = 0; i < variant->binds.n; i++) {
		const struct call_bind *b = &call_binds[variant->binds.first + i];

		if (b->flags & BIND_SEND)
			send_bound(s, one, b, value_get(element, call_text(b->prop)), root);
	}
	merge(s->env->arena, input, one);
}

/* --- the request -------------------------------------------------------------------------------------------------- */

static struct str top_of(struct str prop)
{
	struct str head, rest = prop;

	return str_cut(&rest, '.', &head) ? head : prop;
}

static bool bind_sends(const struct call_def *def, const struct call_bind *b, const struct step *step)
{
	if (!(b->flags & BIND_SEND) || (b->flags & BIND_NESTED))
		return false;
	if (!step->changed || (b->flags & BIND_ALWAYS) || (def->flags & CALL_WHOLE))
		return true;
	return (b->flags & BIND_TRIGGER) &&
	       (value_get(step->changed, top_of(call_text(b->prop))) || value_get(step->changed, call_text(b->prop)));
}

/* Into each element that is there, is selected and lacks it. */
static void put_missing(const struct env *env, struct value *at, struct span path, size_t i, struct value *v)
{
	const struct call_step *step = step_at(path, i);
	struct value *next = value_get(at, call_text(step->name));

	if (step->list && next && next->kind == V_LIST && i + 1 < path.n) {
		for (size_t k = 0; k < value_count(next); k++)
			if (conds_hold(env, step->conds, value_at(next, k)))
				put_missing(env, value_at(next, k), path, i + 1, v);
		return;
	}
	if (next && next->kind == V_MAP && i + 1 < path.n)
		put_missing(env, next, path, i + 1, v);
	else if (!next || !path_value(env, at, span_after(path, i)))
		path_put(env, at, span_after(path, i), v);
}

static void put_withs(const struct env *env, struct value *input, struct span withs, bool only_missing)
{
	for (size_t i = 0; i < withs.n; i++) {
		const struct call_with *w = &call_withs[withs.first + i];
		struct value *v = source_value(env, w->value);

		if (only_missing && v)
			put_missing(env, input, w->path, 0, v);
		else
			path_put(env, input, w->path, v);
	}
}

/* Some services call the parts of a tag TagKey and TagValue, or key and value. */
static struct value *tags_shaped(struct arena *a, const struct value *tags, const struct shape *list)
{
	static const struct str names[][2] = {{STR_INIT("TagKey"), STR_INIT("TagValue")}, {STR_INIT("key"), STR_INIT("value")}};
	size_t as = 0;
	const struct shape *tag = list && shape_kind(list) == SHAPE_LIST ? shape_element(list) : NULL;
	struct value *out;

	while (tag && as < 2 && !shape_member(tag, names[as][0]))
		as++;
	if (!tag || shape_kind(tag) != SHAPE_STRUCTURE || as == 2)
		return (struct value *)(uintptr_t)tags;
	out = value_list(a, (struct pos){0});
	for (size_t i = 0; i < value_count(tags); i++) {
		struct value *one = value_map(a, (struct pos){0});

		value_set(a, one, names[as][0], (struct pos){0}, value_getc(value_at(tags, i), "Key"));
		value_set(a, one, names[as][1], (struct pos){0}, value_getc(value_at(tags, i), "Value"));
		value_append(a, out, one);
	}
	return out;
}

static void put_tags(const struct env *env, struct value *input, const struct call_def *def, const struct value *tags,
		     const struct shape *root)
{
	const struct shape *shape = path_shape(root, def->tags);
	struct value *map;

	if (!tags || !value_count(tags) || !def->tags.n)
		return;
	if (!shape || shape_kind(shape) != SHAPE_MAP) {
		path_put(env, input, def->tags, tags_shaped(env->arena, tags, shape));
		return;
	}
	map = value_map(env->arena, (struct pos){0});
	for (size_t i = 0; i < value_count(tags); i++)
		value_set(env->arena, map, value_text(value_getc(value_at(tags, i), "Key")), (struct pos){0},
			  value_getc(value_at(tags, i), "Value"));
	path_put(env, input, def->tags, map);
}

static void put_elements(const struct sending *s, struct value *input, const struct step *step, const struct shape *root)
{
	if (!step->facet->variants.n)
		return;
	if (step->elements->kind != V_LIST) {
		send_element(s, input, step->facet->variants, step->elements, root);
		return;
	}
	for (size_t i = 0; i < value_count(step->elements); i++)
		send_element(s, input, step->facet->variants, value_at(step->elements, i), root);
}

/* A part of the identity: as AWS has it, else out of the composed id. */
static const struct value *identity_value(const struct env *env, struct str prop)
{
	const struct value *v = value_path(env->prior, prop);

	return v && v->kind != V_NULL ? v : id_part(env, prop);
}

struct value *input_build(const struct env *env, const struct call_def *def, const struct step *step)
{
	struct value *input = value_map(env->arena, (struct pos){0});
	struct sending s = {.env = env, .def = def};
	const struct shape *root = op_input(call_operation(def));

	for (size_t i = 0; i < def->binds.n; i++)
		s.nested = s.nested || (call_binds[def->binds.first + i].flags & BIND_NESTED);
	for (size_t i = 0; i < def->binds.n && root; i++) {
		const struct call_bind *b = &call_binds[def->binds.first + i];
		const struct value *v;

		if (!bind_sends(def, b, step))
			continue;
		v = value_path(step->props, call_text(b->prop));
		if ((!v || v->kind == V_NULL) && (b->flags & BIND_ALWAYS))
			v = identity_value(env, call_text(b->prop));
		send_bound(&s, input, b, v, root);
	}
	if (def->variants.n)
		send_element(&s, input, def->variants, step->props, root);
	if (step->facet && step->elements)
		put_elements(&s, input, step, root);
	put_tags(env, input, def, step->tags, root);
	put_withs(env, input, def->with, false);
	put_withs(env, input, def->otherwise, true);
	if (def->id.n && env->id.n)
		path_put(env, input, def->id, value_string(env->arena, (struct pos){0}, env->id));
	return input;
}
