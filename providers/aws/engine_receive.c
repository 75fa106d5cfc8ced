/* Answers into live properties and attributes: the inverse of engine_send.c. The property's schema decides the form:
 * one of a list becomes a scalar, {Value: x} becomes x, a JSON text becomes the document. An empty text is AWS's way
 * of saying nothing and is left out. */
#include "providers/aws/engine.h"

#include "base/json.h"

#include <string.h>

struct receiving {
	const struct env *env;
	const struct fetch_def *f;
	const struct element *el;
	struct received *out;
};

/* IAM gives documents back percent-encoded. */
static struct str percent_decoded(struct arena *a, struct str s)
{
	struct buf b;
	struct str out;

	if (!str_starts(s, STR("%7B")) && !str_starts(s, STR("%5B")))
		return s;
	buf_init(&b, s.n + 1);
	for (size_t i = 0; i < s.n; i++) {
		int64_t hex = 0;
		const char *digits = "0123456789abcdef";

		if (s.p[i] != '%' || i + 2 >= s.n) {
			buf_char(&b, s.p[i] == '+' ? ' ' : s.p[i]);
			continue;
		}
		for (size_t k = 1; k <= 2; k++) {
			char c = s.p[i + k] >= 'A' && s.p[i + k] <= 'F' ? (char)(s.p[i + k] + 32) : s.p[i + k];
			const char *at = c ? strchr(digits, c) : NULL;

			hex = hex * 16 + (at ? at - digits : 0);
		}
		buf_char(&b, (char)hex);
		i += 2;
	}
	out = buf_take(&b, a);
	buf_free(&b);
	return out;
}

static struct value *document(struct arena *a, const struct value *v)
{
	struct errs errs = {.arena = a};
	struct value *out = json_read_lax(a, percent_decoded(a, value_text(v)), 0, &errs);

	return out ? out : value_copy(a, v);
}

/* Which nested mapping lines hold below the property at hand, and how many steps of their paths lead here. */
struct lines {
	const struct env *env;
	struct span binds;
	struct str prop;
	size_t depth;
};

static struct value *receive_deep(struct arena *a, const struct schema *s, const struct value *v, const struct lines *l);

static struct value *receive_value(struct arena *a, const struct schema *s, const struct value *v)
{
	return receive_deep(a, s, v, NULL);
}

/* The property of that name by a nested mapping line; *below gets what holds beneath it. */
static const struct value *nested_item(struct arena *a, const struct value *v, struct str name, const struct lines *l,
				       struct lines *below)
{
	if (!l)
		return NULL;
	*below = *l;
	below->prop = str_fmt(a, "%.*s.%.*s", STR_ARG(l->prop), STR_ARG(name));
	below->depth = l->depth + 1;
	for (size_t i = 0; i < l->binds.n; i++) {
		const struct call_bind *b = &call_binds[l->binds.first + i];
		struct span tail = {(b->path.first + (uint32_t)l->depth) & 0xfffff, (b->path.n - (uint32_t)l->depth) & 0xfff};
		const struct value *item;

		if (!(b->flags & BIND_NESTED) || b->path.n <= l->depth || !str_eq(call_text(b->prop), below->prop))
			continue;
		item = path_value(l->env, v, tail);
		if (item)
			below->depth = b->path.n;
		if (item)
			return item;
	}
	return NULL;
}

static struct value *receive_map(struct arena *a, const struct schema *s, const struct value *v, const struct lines *l)
{
	struct value *out = value_map(a, (struct pos){0});

	if (schema_open(s) && !schema_prop_count(s))
		return value_copy(a, v);
	for (size_t i = 0; i < schema_prop_count(s); i++) {
		struct str name = schema_prop_name(s, i);
		struct lines below;
		const struct value *item = nested_item(a, v, name, l, &below);

		if (!item)
			item = value_get(v, name);
		for (size_t k = 0; !item && k < value_count(v); k++)
			if (str_eq_nocase(v->map.items[k].key, name))
				item = v->map.items[k].value;
		if (item)
			item = receive_deep(a, schema_prop_nth(s, i), item, l ? &below : NULL);
		if (item)
			value_set(a, out, name, (struct pos){0}, (struct value *)(uintptr_t)item);
	}
	return value_count(out) ? out : NULL;
}

/* The entries of a map are pairs of the template's list: {Key, Value}, or whatever the two are called. A structure is
 * one element of the list, and has both names. */
static bool is_pairs(const struct schema *items, const struct value *v)
{
	return v->kind == V_MAP && schema_prop_count(items) == 2 &&
	       !(value_get(v, schema_prop_name(items, 0)) && value_get(v, schema_prop_name(items, 1)));
}

static struct value *receive_pairs(struct arena *a, const struct schema *items, const struct value *v)
{
	struct value *out = value_list(a, (struct pos){0});

	for (size_t i = 0; i < value_count(v); i++) {
		struct value *pair = value_map(a, (struct pos){0});
		struct value *item = receive_value(a, schema_prop_nth(items, 1), v->map.items[i].value);

		value_set(a, pair, schema_prop_name(items, 0), (struct pos){0},
			  value_string(a, (struct pos){0}, str_dup(a, v->map.items[i].key)));
		if (item)
			value_set(a, pair, schema_prop_name(items, 1), (struct pos){0}, item);
		value_append(a, out, pair);
	}
	return out;
}

static struct value *receive_list(struct arena *a, const struct schema *s, const struct value *v, const struct lines *l)
{
	struct value *out = value_list(a, (struct pos){0}), *item;

	if (v->kind == V_STRING && schema_types(schema_items(s)) == SCHEMA_STRING && str_chr(v->text, ',', 0) >= 0) {
		struct str part, rest = v->text;

		while (str_cut(&rest, ',', &part))
			value_append(a, out, value_string(a, (struct pos){0}, str_dup(a, part)));
		return out;
	}
	if (is_pairs(schema_items(s), v))
		return receive_pairs(a, schema_items(s), v);
	if (v->kind != V_LIST) {
		item = receive_deep(a, schema_items(s), v, l);
		if (item)
			value_append(a, out, item);
		return out;
	}
	for (size_t i = 0; i < value_count(v); i++)
		if ((item = receive_deep(a, schema_items(s), value_at(v, i), l)) != NULL)
			value_append(a, out, item);
	return out;
}

static bool state_is(const struct value *v, struct str beginning)
{
	return v->text.n >= beginning.n && str_eq_nocase(str_sub(v->text, 0, beginning.n), beginning);
}

/* An API may write as text what the property's schema has as a number or a boolean; a boolean that takes time as a
 * state, ENABLED and on its way ENABLING. */
static struct value *receive_scalar(struct arena *a, unsigned types, const struct value *v)
{
	int64_t n;
	bool b;

	if (v->kind == V_STRING && !(types & SCHEMA_STRING)) {
		if ((types & SCHEMA_BOOLEAN) && value_as_bool(v, &b))
			return value_bool(a, (struct pos){0}, b);
		if ((types & SCHEMA_BOOLEAN) && (state_is(v, STR("enabl")) || state_is(v, STR("disabl"))))
			return value_bool(a, (struct pos){0}, state_is(v, STR("enabl")));
		if ((types & (SCHEMA_INTEGER | SCHEMA_NUMBER)) && value_as_int(v, &n))
			return value_int(a, (struct pos){0}, n);
	}
	return value_copy(a, v);
}

static struct value *receive_deep(struct arena *a, const struct schema *s, const struct value *v, const struct lines *l)
{
	unsigned types = schema_types(s), scalars = SCHEMA_STRING | SCHEMA_INTEGER | SCHEMA_NUMBER | SCHEMA_BOOLEAN;
	bool json = (schema_flags(s) & PROP_JSON) || (types & SCHEMA_JSON);

	if (!v || v->kind == V_NULL)
		return NULL;
	if ((types & SCHEMA_ARRAY) && !(json && value_is_scalar(v)))
		return receive_list(a, s, v, l);
	if (v->kind == V_LIST)
		return value_count(v) ? receive_deep(a, s, value_at(v, 0), l) : NULL;
	if (v->kind == V_MAP && (types & SCHEMA_OBJECT))
		return receive_map(a, s, v, l);
	if (v->kind == V_MAP && (types & scalars) && value_getc(v, "Value"))
		return receive_deep(a, s, value_getc(v, "Value"), l);
	if (value_is_scalar(v) && !value_text(v).n)
		return NULL;
	if (value_is_scalar(v) && (json || (types & SCHEMA_OBJECT)))
		return document(a, v);
	return receive_scalar(a, types, v);
}

/* --- elements ----------------------------------------------------------------------------------------------------- */

struct variant_ctx {
	struct receiving *r;
	const struct call_variant *variant;
	const struct schema *schema;
	struct value *list;
};

static bool bind_filter(const struct env *env, const struct call_bind *b, const struct value *v)
{
	struct str want, got = value_text(v);
	bool fits;

	if (!(b->flags & (BIND_LIKE | BIND_UNLESS)))
		return true;
	want = source_text(env, b->value);
	fits = str_ends(want, STR("*")) ? str_starts(got, str_sub(want, 0, want.n - 1)) : str_eq(got, want);
	return (b->flags & BIND_LIKE) ? fits : !fits;
}

static void receive_element(void *ctx, const struct element *el)
{
	struct variant_ctx *c = ctx;
	const struct env *env = c->r->env;
	struct value *out = value_map(env->arena, (struct pos){0});

	for (size_t i = 0; i < c->variant->binds.n; i++) {
		const struct call_bind *b = &call_binds[c->variant->binds.first + i];
		size_t from = c->variant->at.n - b->up;
		struct span tail = {(uint32_t)(b->path.first + from) & 0xfffff, (uint32_t)(b->path.n - from) & 0xfff};
		struct str prop = call_text(b->prop);
		const struct value *v;

		if (!(b->flags & BIND_RECEIVE))
			continue;
		v = element_value(env, el, tail, b->up);
		if (!v || !bind_filter(env, b, v))
			continue;
		v = receive_value(env->arena, schema_prop(c->schema, prop), v);
		if (v)
			value_set(env->arena, out, prop, (struct pos){0}, (struct value *)(uintptr_t)v);
	}
	if (value_count(out))
		value_append(env->arena, c->list, out);
}

static void receive_facets(struct receiving *r)
{
	for (size_t i = 0; i < r->env->def->facets.n; i++) {
		const struct facet_def *f = &facet_defs[r->env->def->facets.first + i];
		const struct schema *items = schema_items(schema_prop(type_schema(r->env->type), call_text(f->prop)));
		struct value *list = value_list(r->env->arena, (struct pos){0});
		bool any = false;

		for (size_t k = 0; k < f->variants.n; k++) {
			const struct call_variant *v = &call_variants[f->variants.first + k];
			struct variant_ctx c = {r, v, items, list};

			/* Two variants in one place are two ways to send the same thing: only the first one is received. */
			if (!v->in.n || (k && !memcmp(&v->in, &v[-1].in, sizeof v->in)))
				continue;
			any = true;
			element_each(r->env, r->el->levels[0], v->in, receive_element, &c);
		}
		if (any)
			value_set(r->env->arena, r->out->live, call_text(f->prop), (struct pos){0}, list);
	}
}

/* --- a whole element ---------------------------------------------------------------------------------------------- */

static struct value *as_template(const struct env *env, uint16_t as, const struct value *v)
{
	struct value *out = value_list(env->arena, (struct pos){0});

	for (size_t i = 0; i < (v->kind == V_LIST ? value_count(v) : 1); i++) {
		struct element one = {.levels = {v->kind == V_LIST ? value_at(v, i) : v}, .n = 1};
		struct env here = *env;
		struct value *item;

		here.here = &one;
		item = source_value(&here, as);
		if (item)
			value_append(env->arena, out, item);
	}
	return out;
}

/* The elements as entries of a map, each under the key that it has at `by`. */
static struct value *as_entries(const struct env *env, const struct call_bind *b, const struct value *v)
{
	struct value *out = value_map(env->arena, (struct pos){0});

	for (size_t i = 0; i < value_count(v); i++) {
		const struct value *key = path_value(env, value_at(v, i), b->by);
		const struct value *text = value_at(as_template(env, b->as, value_at(v, i)), 0);

		if (key && text)
			value_set(env->arena, out, str_dup(env->arena, value_text(key)), (struct pos){0},
				  value_copy(env->arena, text));
	}
	return out;
}

static void receive_bind(struct receiving *r, const struct call_bind *b)
{
	const struct env *env = r->env;
	struct str prop = call_text(b->prop);
	struct lines lines = {env, r->f ? r->f->binds : (struct span){0, 0}, prop, b->path.n};
	const struct value *v = b->flags & BIND_NESTED ? NULL : element_value(env, r->el, b->path, b->up);
	const struct schema *s;

	if (!v || !bind_filter(env, b, v))
		return;
	if (str_eq(prop, type_tag_property(env->type)) && prop.n) {
		receive_tags(env, v, r->out);
		return;
	}
	s = b->flags & BIND_ATTR ? type_attr_schema(env->type, prop) : schema_path(type_schema(env->type), prop);
	if (b->as)
		v = b->by.n ? as_entries(env, b, v) : as_template(env, b->as, v);
	if ((b->flags & BIND_SHOWN) && v->kind == V_STRING)
		v = value_string(env->arena, (struct pos){0}, v->text);
	v = prop_form(env->arena, env->type, prop, b->by.n ? v : receive_deep(env->arena, s, v, &lines));
	if (!v)
		return;
	/* What the type calls a secret is one when AWS gives it back, too. */
	if (s && (schema_flags(s) & PROP_SECRET))
		v = value_mark_secret(env->arena, v);
	if (b->flags & BIND_ATTR)
		value_set(env->arena, r->out->attrs, prop, (struct pos){0}, (struct value *)(uintptr_t)v);
	else if (str_chr(prop, '.', 0) < 0)
		value_set(env->arena, r->out->live, prop, (struct pos){0}, (struct value *)(uintptr_t)v);
	else
		r->out->live = value_with(env->arena, r->out->live, prop, (struct value *)(uintptr_t)v);
}

/* An element as the read's lines say it, or by name where it has none. */
static struct value *into_element(struct receiving *r, const struct schema *items)
{
	struct arena *a = r->env->arena;
	struct value *out = value_map(a, (struct pos){0});

	if (!r->f->binds.n)
		return receive_value(a, items, r->el->levels[0]);
	for (size_t i = 0; i < r->f->binds.n; i++) {
		const struct call_bind *b = &call_binds[r->f->binds.first + i];
		const struct value *v = element_value(r->env, r->el, b->path, b->up);
		struct value *item = v ? receive_value(a, schema_path(items, call_text(b->prop)), v) : NULL;

		if (item)
			out = value_with(a, out, call_text(b->prop), item);
	}
	return out;
}

/* Each answer of the read is one more element of a list. */
static void receive_into(struct receiving *r, struct str prop)
{
	struct arena *a = r->env->arena;
	struct value *list = value_get(r->out->live, prop);
	struct value *v = into_element(r, schema_items(schema_prop(type_schema(r->env->type), prop)));

	if (!list) {
		list = value_list(a, (struct pos){0});
		value_set(a, r->out->live, prop, (struct pos){0}, list);
	}
	if (v)
		value_append(a, list, v);
}

/* What the id is made of is known, though the answer may not repeat it. */
static void receive_id(struct receiving *r)
{
	const struct env *env = r->env;
	const struct call_source *id = &call_sources[env->def->id];
	struct arena *a = env->arena;

	for (size_t i = 0; i < env->def->id_names.n; i++) {
		struct str name = call_text(call_codes[env->def->id_names.first + i]);
		bool list = schema_types(schema_prop(type_schema(env->type), name)) & SCHEMA_ARRAY;	/* of old, maybe */
		struct value *part = list || value_get(r->out->live, name) ? NULL : id_part(env, name);
		struct value *v = part ? receive_value(a, schema_prop(type_schema(env->type), name), part) : NULL;

		if (v)
			value_set(a, r->out->live, name, (struct pos){0}, v);
	}
	if (env->def->id && id->kind == SRC_PROP && id->path.n == 1 && env->id.n) {
		struct str name = call_text(step_at(id->path, 0)->name);

		if (!value_get(r->out->live, name))
			value_set(a, r->out->live, name, (struct pos){0}, value_string(a, (struct pos){0}, str_dup(a, env->id)));
	}
}

/* A type without tags in templates may still carry ours; where its creation sends none, tags that come with it are those of
 * what it belongs to. */
static bool carries_ours(const struct env *env)
{
	return type_tag_style(env->type) == TAGS_NONE && env->def->create.n && call_defs[env->def->create.first].tags.n;
}

void receive(const struct env *env, const struct fetch_def *f, const struct element *el, struct received *out)
{
	struct env with = *env;
	struct receiving r = {.env = &with, .f = f, .el = el, .out = out};
	bool main_read = f >= &fetch_defs[env->def->read.first] && f < &fetch_defs[env->def->read.first + env->def->read.n];

	if (main_read || !with.found)
		with.found = el;
	if (!out->live)
		out->live = value_map(env->arena, (struct pos){0});
	if (!out->attrs)
		out->attrs = value_map(env->arena, (struct pos){0});
	for (size_t i = 0; !f->into && i < f->binds.n; i++)
		receive_bind(&r, &call_binds[f->binds.first + i]);
	if (f->into)
		receive_into(&r, call_text(f->into));
	if (carries_ours(env) && value_getc(el->levels[0], "Tags"))
		receive_tags(&with, value_getc(el->levels[0], "Tags"), out);
	if ((main_read || f == &fetch_defs[env->def->recover_read]) && env->def->reference.n)
		out->op = str_dup(env->arena, value_text(path_value(env, el->levels[0], env->def->reference)));
	if (main_read)
		receive_facets(&r);
	if (main_read)
		receive_id(&r);
}

/* Attributes that stand in the element, or are made of what is known. */
void receive_attrs(const struct env *env, const struct element *el, struct received *out)
{
	struct env here = *env;
	const struct value *ref;

	here.here = el;
	here.found = el;
	here.props = out->live;
	for (size_t i = 0; i < env->def->attrs.n; i++) {
		const struct attr_def *d = &attr_defs[env->def->attrs.first + i];
		struct str name = call_text(d->name);
		const struct value *v = d->prop ? value_path(out->live, name) : source_value(&here, d->value);

		if (v && !d->prop)
			v = receive_value(env->arena, type_attr_schema(env->type, name), v);
		if (v)
			value_set(env->arena, out->attrs, name, (struct pos){0}, (struct value *)(uintptr_t)v);
	}
	ref = env->def->ref ? source_value(&here, env->def->ref) : NULL;
	value_set(env->arena, out->attrs, STR("Ref"), (struct pos){0},
		  ref ? value_copy(env->arena, ref) : value_string(env->arena, (struct pos){0}, str_dup(env->arena, env->id)));
}
