/* Arguments of checks and verbs; see verbargs.h. */
#include "planner/verbargs.h"

#include "stacks/expr.h"

/* --- names ---------------------------------------------------------------------------------------------------- */

static void put_text(struct arena *a, struct value *map, struct str key, struct str text)
{
	value_set(a, map, key, (struct pos){0}, value_string(a, (struct pos){0}, text));
}

static void put_tree(struct arena *a, struct value *map, struct str key, const struct value *v)
{
	value_set(a, map, key, (struct pos){0}, v ? (struct value *)v : value_map(a, (struct pos){0}));
}

static struct value *thing_value(struct arena *a, const struct thing *t, struct pos pos)
{
	struct value *map = value_map(a, pos);
	put_text(a, map, STR("Address"), t->address);
	put_text(a, map, STR("Type"), type_name(t->type));
	put_text(a, map, STR("Id"), t->id);
	put_text(a, map, STR("Target"), t->place->name);
	put_tree(a, map, STR("Attrs"), t->attrs);
	put_tree(a, map, STR("Props"), t->props);
	return map;
}

/* The address that a text or a !Ref names; empty: neither. */
static struct str named(const struct value *v)
{
	if (v->kind == V_STRING)
		return v->text;
	if (v->kind == V_EXPR && v->fn == FN_REF)
		return value_text(value_at(v, 0));
	return STR_NONE;
}

static struct value *name_resolve(struct arena *a, const struct verb_scope *scope, const struct value *v, bool must,
				  struct str *why)
{
	struct thing t;
	if (v->kind == V_LIST) {
		struct value *list = value_list(a, v->pos);
		for (size_t i = 0; i < value_count(v); i++) {
			struct value *item = name_resolve(a, scope, value_at(v, i), must, why);
			if (!item)
				return NULL;
			value_append(a, list, item);
		}
		return list;
	}
	struct str address = named(v);
	if (address.n && scope->thing(scope->ctx, address, &t))
		return thing_value(a, &t, v->pos);
	if (must && address.n) {
		*why = str_fmt(a, "%.*s does not exist", STR_ARG(address));
		return NULL;
	}
	return (struct value *)v;
}

/* --- values --------------------------------------------------------------------------------------------------- */

struct unknown {
	struct str address, attribute;
};

static void first_unknown(void *ctx, const struct value *expr, struct str address, struct str attribute)
{
	struct unknown *u = ctx;
	(void)expr;
	if (!u->address.n)
		*u = (struct unknown){address, attribute};
}

static struct value *fold(struct arena *a, const struct verb_scope *scope, const struct value *v, struct str *why)
{
	struct errs errs = {.arena = a};
	struct expr_env env = {
	    .ctx = scope->ctx, .attribute = scope->attribute, .fact = scope->fact, .arena = a, .errs = &errs};
	struct value *folded = value_has_expr(v) ? expr_fold(&env, v) : (struct value *)v;
	if (!folded) {
		*why = errs.n ? errs.items[0].message : STR("its values are wrong");
		return NULL;
	}
	if (!value_has_expr(folded))
		return folded;
	struct unknown u = {0};
	expr_refs(folded, first_unknown, &u);
	*why = u.address.n ? str_fmt(a, "%.*s%s%.*s is not known", STR_ARG(u.address), u.attribute.n ? "." : "",
				     STR_ARG(u.attribute))
			   : STR("its values are not known");
	return NULL;
}

struct value *verb_args(struct arena *a, const struct verb_scope *scope, const struct shape *shape,
			const struct value *args, struct str *why)
{
	if (!args || args->kind != V_MAP || !shape->keys[0])
		return args ? fold(a, scope, args, why) : value_map(a, (struct pos){0});
	struct value *out = value_map(a, args->pos);
	for (size_t i = 0; i < args->map.n; i++) {
		const struct member *m = &args->map.items[i];
		enum shape_names names = shape_names(shape, m->key);
		struct value *v = m->value;
		if (names != NAMES_NOTHING)
			v = name_resolve(a, scope, v, names == NAMES_RESOURCES, why);
		v = v ? fold(a, scope, v, why) : NULL;
		if (!v)
			return NULL;
		value_set(a, out, m->key, m->pos, v);
	}
	return out;
}

/* --- what the state knows ------------------------------------------------------------------------------------- */

struct known {
	struct thing *things;
	size_t n, n_slots;
	uint32_t *slots; /* hash of addresses -> index + 1 */
};

static const struct thing *known_find(const struct known *k, struct str address)
{
	size_t at = hash_bytes(address).lo & (k->n_slots - 1);
	for (; k->slots[at]; at = (at + 1) & (k->n_slots - 1))
		if (str_eq(k->things[k->slots[at] - 1].address, address))
			return &k->things[k->slots[at] - 1];
	return NULL;
}

static void known_add(struct known *k, const struct thing *t)
{
	if (!t->place || !t->type || !t->id.n || known_find(k, t->address))
		return;
	size_t at = hash_bytes(t->address).lo & (k->n_slots - 1);
	while (k->slots[at])
		at = (at + 1) & (k->n_slots - 1);
	k->things[k->n++] = *t;
	k->slots[at] = (uint32_t)k->n;
}

static bool known_thing(void *ctx, struct str address, struct thing *out)
{
	const struct thing *t = known_find(ctx, address);
	if (t)
		*out = *t;
	return t != NULL;
}

static struct value *known_attribute(void *ctx, struct str address, struct str attribute)
{
	const struct thing *t = known_find(ctx, address);
	struct value *v = t ? value_get(t->attrs, attribute.n ? attribute : STR("Ref")) : NULL;
	if (t && !v && attribute.n)
		v = value_path(t->props, attribute);
	return v && (v->kind == V_NULL || state_is_hidden(v)) ? NULL : v;
}

static const struct place *place_named(const struct place *places, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(places[i].name, name))
			return &places[i];
	return NULL;
}

const struct place *place_of_args(const struct place *places, size_t n, const struct value *args, struct str otherwise)
{
	const struct place *p = place_named(places, n, value_text(value_getc(args, "Target")));
	for (size_t i = 0; !p && args && args->kind == V_MAP && i < args->map.n; i++) {
		const struct value *v = args->map.items[i].value;
		v = v->kind == V_LIST ? value_at(v, 0) : v;
		if (v && value_getc(v, "Address"))
			p = place_named(places, n, value_text(value_getc(v, "Target")));
	}
	return p ? p : place_named(places, n, otherwise);
}

bool scope_of_state(struct arena *a, struct state *st, const struct place *places, size_t n_places,
		    struct verb_scope *out, struct errs *errs)
{
	struct state_row *rows;
	struct state_lookup *lookups;
	size_t n_rows, n_lookups;
	if (!state_rows(st, a, &rows, &n_rows, errs) || !state_lookups(st, a, &lookups, &n_lookups, errs))
		return false;
	struct known *k = arena_new(a, struct known);
	k->n_slots = 16;
	while (k->n_slots < 2 * (n_rows + n_lookups))
		k->n_slots *= 2;
	k->slots = arena_array(a, k->n_slots, sizeof *k->slots);
	k->things = arena_array(a, n_rows + n_lookups + 1, sizeof *k->things);
	for (size_t i = 0; i < n_rows; i++) {
		const struct state_row *r = &rows[i];
		if (r->generation == 0)
			known_add(k, &(struct thing){.address = r->address,
						     .id = r->id,
						     .type = model_type(r->type),
						     .place = place_named(places, n_places, r->target),
						     .attrs = r->attrs,
						     .props = r->inputs});
	}
	for (size_t i = 0; i < n_lookups; i++) {
		const struct state_lookup *l = &lookups[i];
		known_add(k, &(struct thing){.address = l->address,
					     .id = l->id,
					     .type = model_type(l->type),
					     .place = place_named(places, n_places, l->target),
					     .attrs = l->attrs,
					     .props = l->live});
	}
	*out = (struct verb_scope){.ctx = k, .thing = known_thing, .attribute = known_attribute};
	return true;
}
