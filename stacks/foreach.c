/* Fn::ForEach::Name: [Identifier, [values], {key: value}] inside a map becomes one member per value. ${Identifier},
 * &{Identifier} and {Ref: Identifier} below are replaced before anything else is looked at. */
#include "stacks/stackpriv.h"

#include <string.h>

#define LOOP_DEPTH 5		/* CloudFormation's bound */
#define LOOP_TEXT_MAX (1u << 20)

struct loop {
	struct loader *ld;
	struct str ident, value;
	struct str dollar, ampersand;	/* "${X}", "&{X}" */
	struct str plain;		/* value with letters and digits only, for &{X} */
};

bool foreach_key(struct str key)
{
	return str_starts(key, STR("Fn::ForEach::"));
}

static void replace_all(struct buf *b, struct str text, struct str what, struct str with)
{
	size_t from = 0;

	for (;;) {
		ptrdiff_t at = str_find(text, what, from);

		buf_str(b, str_sub(text, from, at < 0 ? text.n : (size_t)at));
		if (at < 0)
			return;
		buf_str(b, with);
		from = (size_t)at + what.n;
	}
}

/* A text with one form of the variable replaced. Its length counts as work: texts may be multiplied by long values. */
static struct str one_fill(const struct loop *l, struct str s, struct str what, struct str with)
{
	struct buf b;

	if (str_find(s, what, 0) < 0)
		return s;
	buf_init(&b, LOOP_TEXT_MAX);
	replace_all(&b, s, what, with);
	l->ld->foreach_made += b.overflow ? FOREACH_MAX : b.n / 64;
	return buf_take(&b, l->ld->arena);
}

static struct str text_fill(const struct loop *l, struct str s)
{
	if (!memchr(s.n ? s.p : "", '{', s.n))
		return s;
	return one_fill(l, one_fill(l, s, l->dollar, l->value), l->ampersand, l->plain);
}

static struct value *tree_fill(const struct loop *l, struct value *v)
{
	struct arena *a = l->ld->arena;
	struct value *out;
	struct str s;

	l->ld->foreach_made++;
	switch (v->kind) {
	case V_STRING:
		s = text_fill(l, v->text);
		if (s.p == v->text.p)
			return v;
		out = value_string(a, v->pos, s);
		out->flags = v->flags;
		return out;
	case V_LIST:
		out = value_list(a, v->pos);
		for (size_t i = 0; i < value_count(v) && l->ld->foreach_made < FOREACH_MAX; i++)
			value_append(a, out, tree_fill(l, value_at(v, i)));
		return out;
	case V_MAP:
		if (v->map.n == 1 && str_eqc(v->map.items[0].key, "Ref") &&
		    str_eq(value_text(v->map.items[0].value), l->ident))
			return value_string(a, v->pos, l->value);
		out = value_map(a, v->pos);
		for (uint32_t i = 0; i < v->map.n && l->ld->foreach_made < FOREACH_MAX; i++)
			value_set(a, out, text_fill(l, v->map.items[i].key), v->map.items[i].pos,
				  tree_fill(l, v->map.items[i].value));
		return out;
	default:
		return v;
	}
}

static struct str letters_only(struct arena *a, struct str s)
{
	struct buf b;

	buf_init(&b, s.n + 1);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
			buf_char(&b, c);
	}
	return buf_take(&b, a);
}

/* The values of the loop; NULL with an error added. A list parameter may stand among them. */
static struct value *collection_of(struct scope *sc, const struct value *raw)
{
	const struct parse p = {sc, sc->target, PARSE_NO_RESOURCES, "Fn::ForEach"};
	struct errs *errs = sc->ld->errs;
	struct value *v = expr_eval(&p, raw), *flat;

	if (expr_is(v, FN_BROKEN))
		return NULL;
	if (v->kind != V_LIST) {
		err_help(errs, err_at(errs, raw->pos, "Fn::ForEach: the collection must be a list that is known now"),
			 "write values, or a parameter that is a list");
		return NULL;
	}
	flat = value_list(sc->ld->arena, v->pos);
	for (size_t i = 0; i < value_count(v); i++) {
		struct value *item = value_at(v, i);

		for (size_t k = 0; item->kind == V_LIST && k < value_count(item); k++)
			value_append(sc->ld->arena, flat, value_at(item, k));
		if (item->kind != V_LIST)
			value_append(sc->ld->arena, flat, item);
	}
	for (size_t i = 0; i < value_count(flat); i++) {
		if (value_is_scalar(value_at(flat, i)))
			continue;
		if (!expr_is(value_at(flat, i), FN_BROKEN))
			err_at(errs, value_at(flat, i)->pos, "Fn::ForEach: a value must be a text that is known now");
		return NULL;
	}
	return flat;
}

static void member_put(struct scope *sc, struct value *out, struct str key, struct pos pos, struct value *v)
{
	struct member *old = value_member(out, key);
	struct errs *errs = sc->ld->errs;

	if (old && old->pos.line == pos.line && old->pos.col == pos.col && old->pos.file == pos.file)
		err_help(errs, err_at(errs, pos, "the loop makes '%.*s' twice", STR_ARG(key)),
			 "the loop's variable must stand in the name, and its values must differ");
	else if (old)
		twice_error(errs, key, pos, old->pos);
	else
		value_set(sc->ld->arena, out, key, pos, v);
}

static void map_expand(struct scope *sc, const struct value *map, struct value *out);

static void loop_run(struct scope *sc, const struct value *args, const struct value *values, struct value *out)
{
	struct loader *ld = sc->ld;
	struct str ident = value_at(args, 0)->text;

	for (size_t i = 0; i < value_count(values); i++) {
		struct str text = value_text(value_at(values, i));
		const struct loop l = {ld, ident, text, str_fmt(ld->arena, "${%.*s}", STR_ARG(ident)),
				       str_fmt(ld->arena, "&{%.*s}", STR_ARG(ident)), letters_only(ld->arena, text)};
		struct value *body = tree_fill(&l, value_at(args, 2));

		if (ld->foreach_made >= FOREACH_MAX) {
			if (!ld->foreach_full)
				err_at(ld->errs, args->pos, "loops make more than %d values", FOREACH_MAX);
			ld->foreach_full = true;
			return;
		}
		map_expand(sc, body, out);
	}
}

static void loop_expand(struct scope *sc, const struct member *m, struct value *out)
{
	struct errs *errs = sc->ld->errs;
	const struct value *args = m->value;
	const struct value *values;

	if (args->kind != V_LIST || value_count(args) != 3 || value_at(args, 0)->kind != V_STRING ||
	    value_at(args, 2)->kind != V_MAP || !value_at(args, 0)->text.n) {
		err_help(errs, err_at(errs, m->pos, "%.*s takes an identifier, a list and a map", STR_ARG(m->key)),
			 "write [Zone, [a, b], {'Subnet${Zone}': {...}}]");
		return;
	}
	if (++sc->ld->foreach_depth > LOOP_DEPTH) {
		err_at(errs, m->pos, "loops are nested deeper than %d", LOOP_DEPTH);
	} else {
		values = collection_of(sc, value_at(args, 1));
		if (values)
			loop_run(sc, args, values, out);
	}
	sc->ld->foreach_depth--;
}

static void map_expand(struct scope *sc, const struct value *map, struct value *out)
{
	for (uint32_t i = 0; i < map->map.n; i++) {
		const struct member *m = &map->map.items[i];

		if (foreach_key(m->key))
			loop_expand(sc, m, out);
		else
			member_put(sc, out, m->key, m->pos, m->value);
	}
}

struct value *foreach_expand(struct scope *sc, const struct value *map)
{
	struct value *out = NULL;
	const struct member *loop = NULL;

	if (!map || map->kind != V_MAP)
		return (struct value *)map;
	for (uint32_t i = 0; i < map->map.n && !loop; i++)
		if (foreach_key(map->map.items[i].key))
			loop = &map->map.items[i];
	if (!loop)
		return (struct value *)map;
	if (!sc->extensions) {
		err_help(sc->ld->errs, err_at(sc->ld->errs, loop->pos, "Fn::ForEach needs the language extensions"),
			 "add 'Transform: AWS::LanguageExtensions' at the top level");
	}
	out = value_map(sc->ld->arena, map->pos);
	map_expand(sc, map, out);
	return out;
}
