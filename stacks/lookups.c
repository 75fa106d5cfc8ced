/* Lookups: existing resources that drplan reads and never owns. Match names properties of the type, Tags, or Id. */
#include "stacks/stackpriv.h"

static const struct str lookup_keys[] = {STR_INIT("Type"), STR_INIT("Target"), STR_INIT("Match")};

static void lookup_declare(struct scope *sc, struct document *doc, const struct member *m)
{
	struct loader *ld = sc->ld;
	struct lookup_item *l = arena_new(ld->arena, struct lookup_item);
	const struct value *type = value_getc(m->value, "Type");
	struct name *old;

	*l = (struct lookup_item){.name = {NAME_LOOKUP, m->key, m->pos}};
	l->raw = m->value;
	l->pub = (struct lookup){.address = sc->prefix.n ? str_cat(ld->arena, sc->prefix, m->key) : m->key,
				 .pos = m->pos,
				 .target = doc->target};
	id_check(ld->errs, m->key, m->pos, "a lookup");
	old = name_put(ld->arena, &sc->names, m->key, l);
	if (old) {
		twice_error(ld->errs, m->key, m->pos, old->pos);
		return;
	}
	if (type && type->kind == V_STRING)
		l->pub.type = model_type(type->text);
	sc->lookups = arena_grow(ld->arena, sc->lookups, &sc->cap_lookups, sc->n_lookups + 1, sizeof *sc->lookups);
	sc->lookups[sc->n_lookups++] = l;
}

void lookups_declare(struct scope *sc)
{
	for (size_t d = 0; d < sc->n_docs; d++) {
		const struct value *map = sc->docs[d]->section[SEC_LOOKUPS];

		for (uint32_t i = 0; map && i < map->map.n; i++)
			lookup_declare(sc, sc->docs[d], &map->map.items[i]);
	}
}

static void type_check(struct loader *ld, const struct lookup_item *l, bool keys_ok)
{
	const struct value *type = value_getc(l->raw, "Type");

	if (!type && !keys_ok)
		return;
	if (!type || type->kind != V_STRING) {
		err_at(ld->errs, type ? type->pos : l->name.pos, "the lookup '%.*s' needs a Type", STR_ARG(l->name.id));
	} else if (!l->pub.type) {
		struct str near = model_suggest(ld->arena, type->text);

		err_help(ld->errs,
			 err_at(ld->errs, type->pos, "the type '%.*s' is not supported%.*s", STR_ARG(type->text),
				STR_ARG(near)),
			 "'drplan schema' lists the types that are");
	}
}

static void match_check(struct loader *ld, const struct lookup_item *l, const struct value *match)
{
	const struct schema *root = type_schema(l->pub.type);

	for (uint32_t i = 0; i < match->map.n; i++) {
		const struct member *m = &match->map.items[i];
		struct str *names, near;
		size_t n = schema_prop_count(root);

		if (str_eqc(m->key, "Id") || str_eqc(m->key, "Tags") || !root || schema_prop(root, m->key))
			continue;
		names = arena_array(ld->arena, n + 2, sizeof *names);
		for (size_t k = 0; k < n; k++)
			names[k] = schema_prop_name(root, k);
		near = err_suggest(ld->arena, m->key, names, n);
		err_help(ld->errs, err_at(ld->errs, m->pos, "%.*s cannot be matched by '%.*s'%.*s",
					  STR_ARG(type_name(l->pub.type)), STR_ARG(m->key), STR_ARG(near)),
			 "Match takes properties of the type, Tags, or Id");
	}
}

void lookups_build(struct scope *sc)
{
	struct loader *ld = sc->ld;

	for (size_t i = 0; i < sc->n_lookups; i++) {
		struct lookup_item *l = sc->lookups[i];
		int32_t phase;
		struct pos phase_pos;
		struct parse p = {sc, 0, 0, "Lookups"};
		const struct value *match = value_getc(l->raw, "Match");
		bool keys_ok = KEYS_CHECK(ld->errs, l->raw, lookup_keys, "a lookup");

		if (l->raw->kind != V_MAP)
			continue;
		type_check(ld, l, keys_ok);
		place_read(sc, l->raw, &l->pub.target, &phase, &phase_pos);
		p.target = l->pub.target;
		l->pub.match = value_map(ld->arena, l->name.pos);
		if (!match && !keys_ok)
			continue;
		if (!match || match->kind != V_MAP || !match->map.n) {
			err_help(ld->errs, err_at(ld->errs, match ? match->pos : l->name.pos,
						  "the lookup '%.*s' needs a Match", STR_ARG(l->name.id)),
				 "write Match: {Name: my-bucket}, {Tags: {Role: primary}} or {Id: ...}");
			continue;
		}
		match_check(ld, l, match);
		match = expr_eval(&p, match);
		if (match->kind == V_MAP)
			l->pub.match = (struct value *)match;
	}
}
