/* Calls: an operation, which properties it takes and where, what else it is given, and how its errors are meant.
 * Passing by name is the rule: a property goes to the parameter of its own name, letter case aside; With and Map say
 * the exceptions. Reads, which are calls with an answer to look into, are in typec_fetch.c. */
#include "providers/aws/typec.h"

#include <string.h>

#define CALL_WORDS "Call Service With Otherwise Map When First Region Retry Max Ok Properties Each Whole Elements Tags Keys Anyway " \
		   "Only Outside Filter By Of At Id Key Gives Absent Page List Take Over Into Await Gather Keep " \
		   "Note"
#define BIND_MAX 200

struct binder {			/* what is being gathered for one call */
	struct call_bind rows[BIND_MAX];
	size_t n;
};

const struct op *call_op(struct typec *tc, const struct call_def *c)
{
	return wire_op(pool_get(&tc->pool, c->service), pool_get(&tc->pool, c->op));
}

static const struct op *find_op(struct typec *tc, const struct value *name, struct str service, struct call_def *def)
{
	struct str op_text = text_scalar(tc, name);
	const struct op *op = wire_op(service, op_text);

	if (!op)
		text_error(tc, name, 0, "there is no operation '%.*s' in %.*s", STR_ARG(op_text), STR_ARG(service));
	def->service = pool_add(&tc->pool, service);
	def->op = pool_add(&tc->pool, op_text);
	if (op && op_token_param(op).n)
		def->flags |= CALL_TOKEN;
	if (op) {
		const struct shape *list = op_output(op) ? shape_member(op_output(op), STR("Unsuccessful")) : NULL;
		const struct shape *entries = op_output(op) ? shape_member(op_output(op), STR("FailedEntries")) : NULL;

		if ((list && shape_find(shape_inside(list), STR("Error")).n) ||
		    (entries && shape_find(shape_inside(entries), STR("ErrorCode")).n))
			def->flags |= CALL_UNSUCCESSFUL;
	}
	return op;
}

/* --- With, First -------------------------------------------------------------------------------------------------- */

static struct span withs_of(struct typec *tc, struct text_type *t, const struct value *map, const struct shape *input)
{
	struct call_with rows[24];
	size_t n = 0, n_map = text_members(tc, map, 24);

	for (size_t i = 0; i < n_map; i++) {
		const struct member *m = &map->map.items[i];
		struct value *key = value_string(&tc->arena, m->pos, m->key);

		key->flags = VALUE_PLAIN;
		memset(&rows[n], 0, sizeof rows[n]);
		if (!path_wire(tc, t, (struct piece){key, m->key}, input, &rows[n].path, NULL))
			continue;
		rows[n].value = source_value_of(tc, t, m->value);
		n++;
	}
	return table_add(&tc->withs, rows, n);
}

static struct span takes_of(struct typec *tc, struct text_type *t, const struct value *map)
{
	struct call_take rows[TYPEC_VARS];
	size_t n = 0, n_map = text_members(tc, map, TYPEC_VARS - t->n_vars);

	for (size_t i = 0; i < n_map; i++) {
		const struct member *m = &map->map.items[i];
		const struct value *take = text_get(m->value, "Take");
		const struct op *op;

		if (!str_starts(m->key, STR("$")) || !take) {
			err_at(&tc->errs, m->pos, "a First read is '$name: {Call, With, Take}'");
			continue;
		}
		memset(&rows[n], 0, sizeof rows[n]);
		rows[n].call = call_of(tc, t, m->value, ROLE_READ, STR_NONE);
		op = rows[n].call ? call_op(tc, ROW(tc, calls, call_def, rows[n].call)) : NULL;
		t->var_shapes[t->n_vars] = NULL;
		if (op)
			path_wire(tc, t, (struct piece){take, text_scalar(tc, take)}, op_output(op), &rows[n].path,
				  &t->var_shapes[t->n_vars]);
		if (t->n_vars < TYPEC_VARS)
			t->vars[t->n_vars++] = m->key;
		n++;
	}
	return table_add(&tc->takes, rows, n);
}

/* --- properties to parameters ------------------------------------------------------------------------------------- */

static bool path_fits(const struct shape *input, struct str path)
{
	struct str first, rest = path;

	if (!str_cut(&rest, '.', &first))
		return false;
	if (str_chr(first, '(', 0) >= 0)
		first = str_sub(first, 0, (size_t)str_chr(first, '(', 0));
	return input && shape_kind(input) == SHAPE_STRUCTURE && shape_member(input, first);
}

static bool is_below(struct str path, struct str prop)
{
	return path.n > prop.n && str_starts(path, prop) && path.p[prop.n] == '.';
}

static void bind_add(struct binder *b, struct call_bind row)
{
	if (b->n < BIND_MAX)
		b->rows[b->n++] = row;
}

/* The lines of a Map that send this property or something below it. True if one sends the property as a whole. */
static bool bind_lines(struct typec *tc, struct text_type *t, const struct value *map, const struct shape *input,
		       struct str prop, uint8_t flags, struct binder *b)
{
	bool whole = false;

	for (size_t i = 0; i < text_count(map); i++) {
		struct map_line line;
		struct call_bind row = {.flags = (uint8_t)(BIND_SEND | flags)};
		struct span ignored;

		if (!map_line_of(tc, text_item(map, i), &line) || !(line.arrow & ARROW_SEND))
			continue;
		if (!str_eq(line.prop.s, prop) && !is_below(line.prop.s, prop))
			continue;
		if (map == t->map && !path_fits(input, line.path.s))
			continue;
		if (!path_prop(tc, t, line.prop, &ignored) || !path_wire(tc, t, line.path, input, &row.path, NULL))
			continue;
		row.prop = pool_add(&tc->pool, line.prop.s);
		if (is_below(line.prop.s, prop) && is_below(line.path.s, shape_find(input, prop)))
			row.flags = BIND_SEND | BIND_NESTED;
		bind_add(b, row);
		whole = whole || str_eq(line.prop.s, prop);
	}
	return whole;
}

static bool binds_below(const struct typec *tc, const struct binder *b, size_t from, struct str prop)
{
	for (size_t i = from; i < b->n; i++)
		if (!(b->rows[i].flags & BIND_NESTED) && is_below(pool_get(&tc->pool, b->rows[i].prop), prop))
			return true;
	return false;
}

/* One property: by its Map lines, else by name. */
static void bind_property(struct typec *tc, struct text_type *t, const struct value *map, const struct shape *input,
			  struct str prop, uint8_t flags, struct binder *b)
{
	size_t from = b->n;
	struct str name = shape_find(input, prop);
	struct call_bind row = {.flags = (uint8_t)(BIND_SEND | flags), .prop = pool_add(&tc->pool, prop)};
	struct call_step step = {0};

	if (bind_lines(tc, t, map, input, prop, flags, b) || bind_lines(tc, t, t->map, input, prop, flags, b))
		return;
	if (!name.n || binds_below(tc, b, from, prop))
		return;
	step.name = pool_add(&tc->pool, name);
	step.list = shape_kind(shape_member(input, name)) == SHAPE_LIST;
	step.map = shape_kind(shape_member(input, name)) == SHAPE_MAP;
	row.path = table_add(&tc->steps, &step, 1);
	bind_add(b, row);
}

static bool in_variants(struct typec *tc, struct span variants, struct str prop)
{
	for (size_t i = 0; i < variants.n; i++) {
		const struct call_variant *v = ROW(tc, variants, call_variant, variants.first + i);

		for (size_t k = 0; k < v->binds.n; k++)
			if (str_eq(pool_get(&tc->pool, ROW(tc, binds, call_bind, v->binds.first + k)->prop), prop))
				return true;
	}
	return false;
}

static bool is_id_name(struct typec *tc, const struct text_type *t, struct str prop)
{
	for (size_t i = 0; i < t->def.id_names.n; i++)
		if (str_eq(pool_get(&tc->pool, ((const call_str *)tc->codes.rows)[t->def.id_names.first + i]), prop))
			return true;
	return false;
}

static bool is_facet(const struct text_type *t, struct str prop)
{
	const struct value *facets = text_get(t->text, "Facets");

	return facets && value_get(facets, prop);
}

/* Whether a call in this role takes the property, and with which flags. */
static bool role_takes(struct typec *tc, const struct text_type *t, const struct value *v, enum call_role role,
		       struct str facet, struct str prop, bool whole, uint8_t *flags)
{
	const struct value *only = text_get(v, "Properties");
	bool listed = only && text_lists(&(struct text_type){.text = v}, "Properties", prop);

	*flags = is_id_name(tc, t, prop) ? BIND_ALWAYS : 0;
	switch (role) {
	case ROLE_CREATE:
		return true;
	case ROLE_PUT:
		if (str_eq(prop, facet))
			*flags |= BIND_TRIGGER;
		return *flags;
	case ROLE_UPDATE:
		if (listed || (!only && type_is_updatable(tc, t, prop) && !is_facet(t, prop)))
			*flags |= BIND_TRIGGER;
		return *flags || whole;
	default:
		return *flags;
	}
}

static struct span binds_of(struct typec *tc, struct text_type *t, const struct value *v, const struct op *op,
			    enum call_role role, struct str facet, const struct call_def *def)
{
	struct binder b = {.n = 0};
	const struct shape *input = op_input(op);

	if (role == ROLE_READ || role == ROLE_ELEMENT)
		return (struct span){0, 0};
	for (size_t i = 0; i < schema_prop_count(t->schema); i++) {
		struct str prop = schema_prop_name(t->schema, i);
		unsigned own = schema_own_flags(schema_prop_nth(t->schema, i));
		uint8_t flags;
		size_t before;

		if ((own & PROP_READ_ONLY) || text_lists(t, "Unsupported", prop) || in_variants(tc, def->variants, prop))
			continue;
		if (str_eq(prop, model_schema_tags(t->schema_index)))
			continue;
		if (!role_takes(tc, t, v, role, facet, prop, def->flags & CALL_WHOLE, &flags))
			continue;
		before = b.n;
		bind_property(tc, t, text_get(v, "Map"), input, prop, flags, &b);
		/* Properties may name what only causes the call: the operation's name says the value. */
		if (b.n == before && text_get(v, "Properties") && (flags & BIND_TRIGGER))
			bind_add(&b, (struct call_bind){.prop = pool_add(&tc->pool, prop), .flags = BIND_TRIGGER});
	}
	binds_nest(tc, b.rows, b.n);
	return table_add(&tc->binds, b.rows, b.n);
}

/* --- the id's parameter ------------------------------------------------------------------------------------------- */

static bool with_fills(struct typec *tc, struct span with, struct str name)
{
	for (size_t i = 0; i < with.n; i++) {
		struct span path = ROW(tc, withs, call_with, with.first + i)->path;

		if (str_eq(pool_get(&tc->pool, ROW(tc, steps, call_step, path.first)->name), name))
			return true;
	}
	return false;
}

static void id_param(struct typec *tc, struct text_type *t, const struct value *v, const struct op *op,
		     struct call_def *def)
{
	struct str name = shape_find(op_input(op), t->id_name);
	struct call_step step = {0};

	if (!t->id_name.n)
		return;
	if (!name.n)
		name = shape_find(op_input(op), str_cat(&tc->arena, t->id_name, STR("s")));
	if (!name.n) {
		if (!def->with.n && !def->variants.n)
			text_error(tc, v, 0, "%.*s has no parameter '%.*s': say With: {PARAMETER: $id}",
				   STR_ARG(op_name(op)), STR_ARG(t->id_name));
		return;
	}
	if (with_fills(tc, def->with, name))
		return;
	step.name = pool_add(&tc->pool, name);
	step.list = shape_kind(shape_member(op_input(op), name)) == SHAPE_LIST;
	def->id = table_add(&tc->steps, &step, 1);
}

/* --- variants ----------------------------------------------------------------------------------------------------- */

/* The steps of `outer` but the last `up`, then `inner`. */
static struct span steps_join(struct typec *tc, struct span outer, size_t up, struct span inner)
{
	struct call_step steps[32];
	size_t n = 0;

	for (size_t i = 0; i + up < outer.n && n < 32; i++)
		steps[n++] = *ROW(tc, steps, call_step, outer.first + i);
	for (size_t i = 0; i < inner.n && n < 32; i++)
		steps[n++] = *ROW(tc, steps, call_step, inner.first + i);
	return table_add(&tc->steps, steps, n);
}

static void variant_lines(struct typec *tc, struct text_type *t, const struct value *map, const struct scope *scope,
			  struct span at, bool receives, struct str prop, struct binder *b, bool *done)
{
	for (size_t i = 0; i < text_count(map); i++) {
		struct map_line line;
		struct call_bind row = {0};
		struct span inner;

		if (!map_line_of(tc, text_item(map, i), &line) || !str_eq(line.prop.s, prop))
			continue;
		if (!path_scoped(tc, t, line.path, scope, &inner, &row.up, NULL))
			continue;
		row.prop = pool_add(&tc->pool, prop);
		row.path = steps_join(tc, at, row.up, inner);
		row.flags = (uint8_t)((line.arrow & ARROW_SEND ? BIND_SEND : 0) |
				      (line.arrow & ARROW_RECEIVE ? BIND_RECEIVE : 0));
		if (line.value.s.n && receives) {
			row.value = source_of(tc, t, line.value);
			row.flags |= line.like ? BIND_LIKE : BIND_UNLESS;
		}
		bind_add(b, row);
		*done = true;
	}
}

static struct span variant_binds(struct typec *tc, struct text_type *t, const struct value *v, const struct scope *scope,
				 struct span at, bool receives, const struct value *outside, const struct schema *element)
{
	struct binder b = {.n = 0};

	for (size_t i = 0; i < schema_prop_count(element); i++) {
		struct str prop = schema_prop_name(element, i);
		bool done = text_lists(&(struct text_type){.text = outside}, "Outside", prop);

		if (!done)
			variant_lines(tc, t, text_get(v, "Map"), scope, at, receives, prop, &b, &done);
		for (size_t k = 0; !done && k < scope->n; k++) {
			struct str name = shape_find(scope->shapes[k], prop);
			struct call_step step = {.name = name.n ? pool_add(&tc->pool, name) : 0};
			struct call_bind row = {.flags = BIND_SEND | BIND_RECEIVE, .up = (uint8_t)k};

			if (!name.n)
				continue;
			step.list = shape_kind(shape_member(scope->shapes[k], name)) == SHAPE_LIST;
			row.prop = pool_add(&tc->pool, prop);
			row.path = steps_join(tc, at, k, table_add(&tc->steps, &step, 1));
			bind_add(&b, row);
			done = true;
		}
	}
	return table_add(&tc->binds, b.rows, b.n);
}

struct span variants_of(struct typec *tc, struct text_type *t, const struct value *owner, const struct op *op, struct str prop)
{
	const struct value *v = text_get(owner, "Elements"), *in = text_get(owner, "In");
	const struct schema *root = t->schema, *element = root;
	struct call_variant rows[16];
	size_t n = 0;

	if (prop.n)
		element = schema_items(schema_prop(root, prop));
	if (!element || !op)
		return (struct span){0, 0};
	t->schema = element;
	for (size_t i = 0; i < text_room(tc, v, 16); i++) {
		const struct value *item = text_item(v, i), *at = text_get(item, "At");
		struct scope scope;
		struct span head = {0, 0};

		if (!text_keys(tc, item, "At When Map") || !at)
			continue;
		memset(&rows[n], 0, sizeof rows[n]);
		if (!scope_enter(tc, t, at, op_input(op), &scope, &rows[n].at))
			continue;
		scope.n--;	/* the request itself is no place for an element */
		rows[n].when = conds_of(tc, t, text_get(item, "When"), NULL);
		rows[n].binds = variant_binds(tc, t, item, &scope, rows[n].at, in != NULL, owner, element);
		if (in && path_wire(tc, t, (struct piece){in, text_scalar(tc, in)}, t->found.shapes[0], &head, NULL))
			rows[n].in = steps_join(tc, head, 0, (struct span){rows[n].at.first + 1, (rows[n].at.n - 1u) & 0xfff});
		n++;
	}
	t->schema = root;
	return table_add(&tc->variants, rows, n);
}

/* Await: what is asked after the answer until its work is done: {Call, With, Until, Typical, Max}. */
static void call_await(struct typec *tc, struct text_type *t, const struct value *v, const struct op *op, struct call_def *def)
{
	struct value *ask;
	struct scope scope = {.n = 1};

	if (!v || !text_keys(tc, v, "Call With Until Typical Max"))
		return;
	ask = value_map(&tc->arena, v->pos);
	for (size_t i = 0; i < value_count(v); i++)
		if (str_eqc(v->map.items[i].key, "Call") || str_eqc(v->map.items[i].key, "With"))
			value_set(&tc->arena, ask, v->map.items[i].key, v->map.items[i].pos, v->map.items[i].value);
	t->answer = op_output(op);
	def->await = call_of(tc, t, ask, ROLE_READ, STR_NONE);
	t->answer = NULL;
	if (!def->await)
		return;
	scope.shapes[0] = op_output(call_op(tc, ROW(tc, calls, call_def, def->await)));
	def->until = conds_of(tc, t, text_get(v, "Until"), &scope);
	if (!def->until.n)
		err_at(&tc->errs, v->pos, "Await needs 'Until'");
	def->await_typical_ms = text_duration(tc, v, "Typical", 2000);
	def->await_max_ms = text_duration(tc, v, "Max", 600000);
}

/* --- calls -------------------------------------------------------------------------------------------------------- */

static uint8_t call_flags(struct typec *tc, const struct value *v)
{
	return (uint8_t)((text_flag(tc, v, "Each") ? CALL_EACH : 0) | (text_flag(tc, v, "Whole") ? CALL_WHOLE : 0) |
			 (text_flag(tc, v, "Anyway") ? CALL_ANYWAY : 0));
}

static void call_words(struct typec *tc, struct text_type *t, const struct value *v, const struct op *op,
		       struct call_def *def)
{
	const struct value *region = text_get(v, "Region");

	def->flags |= call_flags(tc, v);
	def->first = takes_of(tc, t, text_get(v, "First"));
	def->with = withs_of(tc, t, text_get(v, "With"), op_input(op));
	def->otherwise = withs_of(tc, t, text_get(v, "Otherwise"), op_input(op));
	def->when = conds_of(tc, t, text_get(v, "When"), NULL);
	def->retry = text_codes(tc, text_get(v, "Retry"));
	def->ok = text_codes(tc, text_get(v, "Ok"));
	def->note = pool_add(&tc->pool, text_scalar(tc, text_get(v, "Note")));
	def->keep = keep_of(tc, t, text_get(v, "Keep"), op);
	if (!text_get(v, "At") && !text_get(v, "Gives"))	/* of a read, Max is a number of keys */
		def->max_ms = text_duration(tc, v, "Max", def->max_ms);
	if (region)
		def->region = source_of(tc, t, (struct piece){region, text_scalar(tc, region)});
	else if (t->region.n)
		def->region = source_of(tc, t, (struct piece){v, t->region});
}

uint16_t call_of(struct typec *tc, struct text_type *t, const struct value *v, enum call_role role, struct str prop)
{
	struct call_def def = {.max_ms = role == ROLE_PLAIN ? 600000 : 30000};
	const struct value *name = v->kind == V_MAP ? text_get(v, "Call") : v;
	struct str service = v->kind == V_MAP && text_get(v, "Service") ? text_scalar(tc, text_get(v, "Service")) : t->service;
	size_t outer_vars = t->n_vars;
	const struct op *op;

	if (v->kind == V_MAP && !text_keys(tc, v, CALL_WORDS))
		return 0;
	if (!name) {
		err_at(&tc->errs, v->pos, "'Call' is missing here");
		return 0;
	}
	op = find_op(tc, name, service, &def);
	if (!op)
		return 0;
	call_words(tc, t, v, op, &def);
	call_await(tc, t, text_get(v, "Await"), op, &def);
	call_gather(tc, t, text_get(v, "Gather"), op, &def);
	if (text_get(v, "Elements") && role == ROLE_CREATE)
		def.variants = variants_of(tc, t, v, op, STR_NONE);
	def.binds = binds_of(tc, t, v, op, role, prop, &def);
	if (role != ROLE_CREATE && role != ROLE_READ)
		id_param(tc, t, name, op, &def);
	if (role != ROLE_READ)
		t->n_vars = outer_vars;
	return table_one(&tc->calls, &def);
}

uint16_t call_tags(struct typec *tc, struct text_type *t, const struct value *v, const char *key)
{
	uint16_t call = v ? call_of(tc, t, v, ROLE_PLAIN, STR_NONE) : 0;
	const struct value *path = text_get(v, key);
	struct call_def def;
	const struct op *op;

	if (!call)
		return 0;
	def = *ROW(tc, calls, call_def, call);
	op = call_op(tc, &def);
	if (!path && !text_flag(tc, text_get(t->tag_calls, "Put"), "Whole"))
		err_at(&tc->errs, v->pos, "'%s' is missing here: the parameter that takes them", key);
	else if (path)
		path_wire(tc, t, (struct piece){path, text_scalar(tc, path)}, op_input(op), &def.tags, NULL);
	return table_one(&tc->calls, &def);
}
