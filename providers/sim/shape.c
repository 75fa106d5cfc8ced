/* What AWS makes of the properties that it is given: normal forms, things it drops, defaults it fills in, the id and
 * the attributes. The simulator gives back this, never what it was sent.
 */
#include "providers/sim/inner.h"
#include "model/normal.h"

#include <stdlib.h>

struct walk {
	struct call *call;
	const struct sim_facts *facts;
	struct buf path; /* without indexes: "Tags[].Key" */
};

static int value_order(const void *x, const void *y)
{
	return value_compare(*(struct value *const *)x, *(struct value *const *)y);
}

/* Normal forms from the leaves up; a set comes back in AWS's order, which is nobody's. */
static struct value *normal_tree(struct walk *w, const struct schema *s, struct value *v)
{
	enum normaliser how = w->path.n ? type_normaliser(w->facts->type, buf_get(&w->path)) : NORMAL_NONE;
	size_t mark = w->path.n;

	if (schema_types(s) & SCHEMA_JSON)
		return how ? normal_form(w->call->a, how, v) : v;
	for (size_t i = 0; i < value_count(v); i++) {
		struct value **item = v->kind == V_LIST ? &v->list.items[i] : &v->map.items[i].value;
		struct str key = v->kind == V_LIST ? STR_NONE : v->map.items[i].key;
		const struct schema *below = v->kind == V_LIST ? schema_items(s) : schema_prop(s, key);

		if (v->kind == V_LIST)
			buf_cstr(&w->path, "[]");
		else
			path_key(&w->path, key);
		*item = normal_tree(w, below ? below : schema_items(s), *item);
		w->path.n = mark;
	}
	if (v->kind == V_LIST && v->list.n > 1 && (schema_flags(s) & PROP_SET))
		qsort(v->list.items, v->list.n, sizeof *v->list.items, value_order);
	return how ? normal_form(w->call->a, how, v) : v;
}

static struct value *drop(struct call *c, const struct sim_facts *f, struct value *props)
{
	for (size_t i = 0; i < value_count(f->drop); i++) {
		const struct value *rule = value_at(f->drop, i), *paths = value_getc(rule, "Paths");

		if (!when_holds(value_getc(rule, "When"), props))
			continue;
		for (size_t k = 0; k < value_count(paths); k++)
			props = value_with(c->a, props, value_text(value_at(paths, k)), NULL);
	}
	return props;
}

/* A default below a property that was left out ("DnsOptions.X") belongs to nothing. */
static bool default_applies(struct str path, const struct value *props)
{
	ptrdiff_t dot = path.n;

	if (value_path(props, path))
		return false;
	while (dot > 0 && path.p[dot - 1] != '.')
		dot--;
	return dot <= 0 || value_path(props, str_sub(path, 0, (size_t)dot - 1));
}

/* An empty text, an empty list, or a map of nothing else: how a call says that there shall be none. */
static bool says_nothing(const struct value *v)
{
	if (value_is_scalar(v))
		return v->kind == V_STRING && !v->text.n;
	for (size_t i = 0; v->kind == V_MAP && i < value_count(v); i++)
		if (!says_nothing(v->map.items[i].value))
			return false;
	return v->kind == V_MAP || value_count(v) == 0;
}

const struct value *shape_said(struct call *c, const struct value *props)
{
	const struct value *tags = c->facts->tags.n ? value_path(props, c->facts->tags) : NULL;

	if (tags && says_nothing(tags))
		props = value_with(c->a, props, c->facts->tags, NULL);
	for (size_t i = 0; i < c->facts->n_defaults; i++) {
		const struct sim_default *d = &c->facts->defaults[i];
		const struct value *v = d->is_template || !says_nothing(d->value) ? NULL : value_path(props, d->path);

		if (v && says_nothing(v))
			props = value_with(c->a, props, d->path, NULL);
	}
	return props;
}

static struct value *fill(struct call *c, const struct sim_facts *f, struct value *props)
{
	for (size_t i = 0; i < f->n_defaults; i++) {
		const struct sim_default *d = &f->defaults[i];
		const struct value *v;

		if (!d->is_template && says_nothing(d->value))	/* AWS has none then, and shows none */
			continue;
		if (!default_applies(d->path, props))
			continue;
		v = d->is_template ? template_render(c, d->value, props) : d->value;
		if (v)
			props = value_with(c->a, props, d->path, value_copy(c->a, v));
	}
	return props;
}

static int tag_order(const void *x, const void *y)
{
	return str_cmp(value_text(value_getc(*(struct value *const *)x, "Key")),
		       value_text(value_getc(*(struct value *const *)y, "Key")));
}

/* Tags in the order of their keys; an empty list is no list. */
static struct value *tidy_tags(struct call *c, const struct sim_facts *f, struct value *props)
{
	struct value *tags = f->tags.n ? value_path(props, f->tags) : NULL;

	if (tags && value_count(tags) == 0)
		return value_with(c->a, props, f->tags, NULL);
	if (tags && tags->kind == V_LIST)
		qsort(tags->list.items, tags->list.n, sizeof *tags->list.items, tag_order);
	return props;
}

static struct value *shape_with(struct call *c, const struct sim_facts *f, struct value *props)
{
	struct walk w = {.call = c, .facts = f};

	buf_init(&w.path, 4096);
	props = normal_tree(&w, f->schema, (struct value *)shape_said(c, props));
	buf_free(&w.path);
	props = drop(c, f, props);
	return tidy_tags(c, f, fill(c, f, props));
}

struct value *shape_props(struct call *c, struct value *props)
{
	return shape_with(c, c->facts, props);
}

struct value *shape_identity(struct call *c, struct value *props)
{
	c->id = str_dup(c->a, template_text(c, c->facts->id, props));
	if (!c->id.n) {
		call_refuse(c, STR("MissingParameter"), "the %.*s cannot be named without more properties",
			    STR_ARG(c->facts->noun));
		return NULL;
	}
	for (size_t i = 0; i < value_count(c->facts->attrs); i++) {
		const struct member *m = &c->facts->attrs->map.items[i];
		const struct value *v = template_render(c, m->value, props);

		if (v)
			props = value_with(c->a, props, m->key, value_copy(c->a, v));
	}
	return props;
}

static struct value *without_write_only(struct call *c, const struct schema *s, const struct value *v)
{
	struct value *out;

	if ((v->kind != V_MAP && v->kind != V_LIST) || !s || schema_types(s) & SCHEMA_JSON)
		return value_copy(c->a, v);
	out = v->kind == V_MAP ? value_map(c->a, v->pos) : value_list(c->a, v->pos);
	for (size_t i = 0; i < value_count(v); i++) {
		const struct schema *below;

		if (v->kind == V_LIST) {
			value_append(c->a, out, without_write_only(c, schema_items(s), v->list.items[i]));
			continue;
		}
		below = schema_prop(s, v->map.items[i].key);
		if (!below || !(schema_flags(below) & PROP_WRITE_ONLY))
			value_set(c->a, out, v->map.items[i].key, v->pos,
				  without_write_only(c, below ? below : schema_items(s), v->map.items[i].value));
	}
	return out;
}

struct value *shape_stored(struct call *c, struct value *props)
{
	return without_write_only(c, c->facts->schema, props);
}

struct value *shape_child(struct call *c, const struct sim_facts *child, const struct value *element)
{
	struct value *e = without_write_only(c, child->schema, element);

	return e->kind == V_MAP ? shape_with(c, child, e) : e;
}
