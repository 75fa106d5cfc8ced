/* Defaults: target, phase and tags that hold for a file's resources; the first file's target and tags also hold for
 * the files that it includes and the modules that it calls. */
#include "stacks/stackpriv.h"

#include <stdlib.h>

static const struct str default_keys[] = {STR_INIT("Target"), STR_INIT("Tags"), STR_INIT("Phase"), STR_INIT("OwnTags")};

static void own_tags_read(struct scope *sc, const struct document *doc, const struct value *v)
{
	const struct parse p = {sc, sc->target, PARSE_NO_RESOURCES, "Defaults"};
	struct errs *errs = sc->ld->errs;
	struct value *known = expr_eval(&p, v);
	bool on;

	if (sc->parent || doc != sc->docs[0])
		err_at(errs, v->pos, "OwnTags belongs into the main file's Defaults");
	else if (value_as_bool(known, &on))
		sc->ld->stack->own_tags = on;
	else if (!expr_is(known, FN_BROKEN))
		err_at(errs, v->pos, "OwnTags is on or off");
}

static void target_read(struct scope *sc, struct document *doc)
{
	const struct parse p = {sc, sc->target, PARSE_NO_RESOURCES, "Defaults"};
	const struct value *v = value_getc(doc->defaults, "Target");
	struct str name;

	doc->target = sc->target;
	if (v && expr_text(&p, v, "Target", &name) && target_named(sc->ld, name, v->pos, &doc->target) &&
	    doc == sc->docs[0])
		sc->target = doc->target;
}

static void phase_read(struct scope *sc, struct document *doc)
{
	const struct parse p = {sc, sc->target, PARSE_NO_RESOURCES, "Defaults"};
	const struct value *v = value_getc(doc->defaults, "Phase");
	struct str name;

	doc->phase = sc->phase;
	doc->phase_pos = sc->phase_pos;
	if (v && expr_text(&p, v, "Phase", &name) && phase_named(sc->ld, name, v->pos, &doc->phase))
		doc->phase_pos = v->pos;
}

void defaults_read(struct scope *sc)
{
	struct loader *ld = sc->ld;

	for (size_t i = 0; i < sc->n_docs; i++) {
		struct document *doc = sc->docs[i];

		if (doc->defaults && !KEYS_CHECK(ld->errs, doc->defaults, default_keys, "Defaults"))
			doc->defaults = doc->defaults->kind == V_MAP ? doc->defaults : NULL;
		target_read(sc, doc);
		phase_read(sc, doc);
		if (value_getc(doc->defaults, "OwnTags"))
			own_tags_read(sc, doc, value_getc(doc->defaults, "OwnTags"));
	}
	if (sc->parent)
		return;
	ld->stack->default_target = sc->target;
	if (ld->stack->n_targets > 1 && !value_getc(sc->docs[0]->defaults, "Target"))
		err_help(ld->errs,
			 err_at(ld->errs, ld->stack->targets[0].pos, "with several targets, one must be the default"),
			 "add 'Defaults: {Target: %.*s}'", STR_ARG(ld->stack->targets[0].name));
}

/* Lay tags over those that are there: {key: value}, or CloudFormation's list of Key and Value. */
static void tags_over(struct scope *sc, struct value *tags, const struct value *v)
{
	struct loader *ld = sc->ld;

	for (uint32_t i = 0; v->kind == V_MAP && i < v->map.n; i++)
		value_set(ld->arena, tags, v->map.items[i].key, v->map.items[i].pos, v->map.items[i].value);
	for (size_t i = 0; v->kind == V_LIST && i < value_count(v); i++) {
		const struct value *tag = value_at(v, i), *key = value_getc(tag, "Key"),
				   *value = value_getc(tag, "Value");

		if (key && value && value_is_scalar(key))
			value_set(ld->arena, tags, value_text(key), key->pos, (struct value *)value);
		else if (!expr_is(tag, FN_BROKEN))
			err_at(ld->errs, tag->pos.line ? tag->pos : v->pos, "a tag is {Key: ..., Value: ...}");
	}
	if (v->kind != V_MAP && v->kind != V_LIST && !expr_is(v, FN_BROKEN))
		err_help(ld->errs, err_at(ld->errs, v->pos, "Tags must be a map, not %s", kind_name(v)),
			 "write Tags: {Project: web, Owner: sre}");
}

static int by_key(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	return str_cmp(x->key, y->key);
}

/* The order in which a template writes its keys must not show in a resource's list of tags. */
static struct value *tags_sorted(struct arena *a, const struct value *tags)
{
	struct value *out = value_map(a, tags->pos);
	struct member *items = arena_array(a, tags->map.n + 1, sizeof *items);

	for (uint32_t i = 0; i < tags->map.n; i++)
		items[i] = tags->map.items[i];
	qsort(items, tags->map.n, sizeof *items, by_key);
	for (uint32_t i = 0; i < tags->map.n; i++)
		value_set(a, out, items[i].key, items[i].pos, items[i].value);
	return out;
}

struct value *default_tags(struct scope *sc, struct document *doc, uint32_t target)
{
	const struct parse p = {sc, target, PARSE_NO_RESOURCES, "Defaults.Tags"};
	struct arena *a = sc->ld->arena;
	struct value *tags, *base = NULL;
	const struct value *own = value_getc(doc->defaults, "Tags");

	if (!doc->tags)
		doc->tags = arena_array(a, sc->ld->stack->n_targets, sizeof *doc->tags);
	if (doc->tags[target])
		return doc->tags[target];
	if (doc != sc->docs[0])
		base = default_tags(sc, sc->docs[0], target);
	else if (sc->parent)
		base = default_tags(sc->parent, sc->decl_doc, target);
	else
		base = (struct value *)sc->ld->opt->tags;
	tags = value_map(a, doc->root->pos);
	doc->tags[target] = tags;
	if (base)
		tags_over(sc, tags, base);
	if (doc == sc->docs[0] && sc->tags) {
		const struct parse up = {sc->parent, target, PARSE_NO_RESOURCES, "a module's Tags"};

		tags_over(sc, tags, expr_eval(&up, sc->tags));
	}
	if (own)
		tags_over(sc, tags, expr_eval(&p, own));
	doc->tags[target] = tags_sorted(a, tags);
	return doc->tags[target];
}
