/* One type text, from its keys to a row of the engine's table. The order matters: the id's name and the read's
 * elements ($found) must be known before the calls that use them. */
#include "providers/aws/typec.h"

#include <string.h>

#define TYPE_WORDS "Layer Id OtherId " \
		   "Ref Arn Attributes Create After Tags Read Also Map Update Facets Delete Gone Dead Wait WaitDelete Stands Follows Package Document Shown " \
		   "Recover Reference Renews Sets Visible Name Unique Alone Default Normalise CreateOnly Updatable Shared Moves Secret Public Irreversible Data " \
		   "Snapshot Copy Written Passes Inner NotRead Readable Kept Empty Unsupported Claims Unsure Protected Find Named TagCalls Service Sim"

/* What the planner reads of a type that another provider carries out. */
#define LOCAL_WORDS "Layer Name Unique Default Normalise CreateOnly Updatable Renews Unsupported Secret Sets"

bool text_lists(const struct text_type *t, const char *key, struct str prop)
{
	const struct value *list = text_get(t->text, key);

	for (size_t i = 0; i < text_count(list); i++)
		if (str_eq(value_text(text_item(list, i)), prop))
			return true;
	return false;
}

bool deletes_nothing(const struct text_type *t)
{
	return str_eqc(value_text(text_get(t->text, "Delete")), "nothing");
}

bool type_is_updatable(struct typec *tc, const struct text_type *t, struct str prop)
{
	const struct schema *s = schema_prop(t->schema, prop);
	unsigned own = schema_own_flags(s);

	(void)tc;
	if (text_lists(t, "Updatable", prop))
		return true;
	return !(own & (PROP_CREATE_ONLY | PROP_READ_ONLY)) && !text_lists(t, "CreateOnly", prop);
}

bool says_facets(const struct text_type *t, const char *key)
{
	return str_eqc(value_text(text_get(t->text, key)), "facets");
}

static struct span calls_of(struct typec *tc, struct text_type *t, const struct value *v, enum call_role role)
{
	struct call_def rows[16];
	size_t n = 0;

	for (size_t i = 0; i < text_room(tc, v, 16); i++) {
		uint16_t call = call_of(tc, t, text_item(v, i), role, STR_NONE);

		if (!call)
			continue;
		rows[n] = *ROW(tc, calls, call_def, call);
		if (text_get(text_item(v, i), "Over"))
			rows[n].over = over_of(tc, t, text_get(text_item(v, i), "Over"), ROLE_PLAIN, &rows[n].over_path);
		n++;
	}
	return table_add(&tc->calls, rows, n);
}

static struct span fetches_of(struct typec *tc, struct text_type *t, const struct value *v, bool main_read)
{
	struct fetch_def rows[16];
	size_t n = 0;

	for (size_t i = 0; i < text_room(tc, v, 16); i++) {
		uint16_t fetch = fetch_of(tc, t, text_item(v, i), main_read);

		if (fetch)
			rows[n++] = *ROW(tc, fetches, fetch_def, fetch);
	}
	return table_add(&tc->fetches, rows, n);
}

/* --- id ----------------------------------------------------------------------------------------------------------- */

static void names_in(struct typec *tc, const struct call_source *s, call_str *names, size_t *n)
{
	if (s->kind == SRC_PROP && *n < 16) {
		names[(*n)++] = ROW(tc, steps, call_step, s->path.first)->name;
		return;
	}
	for (size_t i = 0; i < s->parts.n; i++)
		names_in(tc, ROW(tc, sources_, call_source, s->parts.first + i), names, n);
}

static const struct op *create_op(struct typec *tc, struct text_type *t)
{
	const struct value *v = text_item(text_get(t->text, "Create"), 0);
	const struct value *name = v && v->kind == V_MAP ? text_get(v, "Call") : v;

	return name ? wire_op(t->service, text_scalar(tc, name)) : NULL;
}

/* The other place where the id may stand: a call that makes one of two things answers one of two structures. */
static void type_id_other(struct typec *tc, struct text_type *t)
{
	const struct value *v = text_get(t->text, "OtherId");
	const struct op *op = create_op(tc, t);

	if (op && v)
		path_wire(tc, t, (struct piece){v, text_scalar(tc, v)}, op_output(op), &t->def.id_other, NULL);
}

static void type_id_answer(struct typec *tc, struct text_type *t, struct piece p)
{
	const struct op *op = create_op(tc, t);
	ptrdiff_t dot = -1;

	if (!op || !path_wire(tc, t, p, op_output(op), &t->def.id_answer, NULL))
		return;
	for (size_t i = 0; i < p.s.n; i++)
		if (p.s.p[i] == '.')
			dot = (ptrdiff_t)i;
	t->id_name = str_sub(p.s, (size_t)(dot + 1), p.s.n);
	if (dot > 0)
		path_wire(tc, t, (struct piece){p.v, str_sub(p.s, 0, (size_t)dot)}, op_output(op), &t->def.element_answer, NULL);
}

static void type_id(struct typec *tc, struct text_type *t)
{
	const struct value *id = text_get(t->text, "Id"), *v = id && id->kind == V_MAP ? text_get(id, "Path") : id;
	struct piece p = {v, text_scalar(tc, v)};
	call_str names[16];
	size_t n = 0;

	if (v != id && text_keys(tc, id, "Path After"))
		t->def.id_after = pool_add(&tc->pool, text_scalar(tc, text_get(id, "After")));

	if (!p.s.n) {
		err_at(&tc->errs, t->pos, "%.*s has no 'Id'", STR_ARG(t->name));
		return;
	}
	if (p.s.p[0] != '$' && str_chr(p.s, '{', 0) < 0) {
		type_id_answer(tc, t, p);
		type_id_other(tc, t);
		return;
	}
	t->answer = create_op(tc, t) ? op_output(create_op(tc, t)) : NULL;
	t->def.id = source_of(tc, t, p);
	t->answer = NULL;
	if (p.s.p[0] == '$') {
		t->id_name = str_sub(p.s, 1, p.s.n);
	} else if (t->def.id) {
		t->def.flags |= DEF_COMPOSED;
		names_in(tc, ROW(tc, sources_, call_source, t->def.id), names, &n);
		t->def.id_names = table_add(&tc->codes, names, n);
	}
}

/* The same structure: a model's handles differ by where a shape is used. */
static bool shape_alike(const struct shape *x, const struct shape *y)
{
	if (!x || !y || shape_kind(x) != SHAPE_STRUCTURE || shape_kind(y) != SHAPE_STRUCTURE ||
	    shape_member_count(x) != shape_member_count(y))
		return false;
	for (size_t i = 0; i < shape_member_count(x); i++)
		if (!shape_member(y, shape_member_name(x, i)))
			return false;
	return true;
}

/* The create's answer can stand for a read if it is the same shape, and nothing around the element is looked at. */
static void type_answer(struct typec *tc, struct text_type *t)
{
	const struct op *op = create_op(tc, t);
	const struct shape *at = op ? op_output(op) : NULL;

	if (!at || !t->def.element_answer.n || t->found.n != 2)
		return;
	for (size_t i = 0; i < t->def.element_answer.n; i++) {
		const struct call_step *step = ROW(tc, steps, call_step, t->def.element_answer.first + i);

		at = shape_member(shape_inside(at), pool_get(&tc->pool, step->name));
	}
	if (shape_alike(shape_inside(at), t->found.shapes[0]))
		t->def.flags |= DEF_ANSWER_IS_ELEMENT;
}

/* --- tags, attributes --------------------------------------------------------------------------------------------- */

static void type_tags(struct typec *tc, struct text_type *t)
{
	const struct value *v = text_get(t->text, "Tags"), *calls = t->tag_calls;
	bool updatable = model_schema_tags(t->schema_index).n > 0;
	struct piece p = {v, text_scalar(tc, v)};

	if (v && t->def.create.n && !str_eqc(p.s, "after")) {
		for (size_t i = 0; i < t->def.create.n; i++) {
			struct call_def *def = ROW(tc, calls, call_def, t->def.create.first + i);
			const struct op *op = call_op(tc, def);
			const struct shape *end = NULL;
			struct span path;

			if (path_wire(tc, t, p, op_input(op), &path, &end) && end && shape_kind(end) == SHAPE_MAP)
				t->def.flags |= DEF_TAGS_MAP;
			ROW(tc, calls, call_def, t->def.create.first + i)->tags = path;
		}
	}
	if (!calls || !updatable)
		return;
	if (!text_keys(tc, calls, "Put Remove"))
		return;
	t->def.tag_put = call_tags(tc, t, text_get(calls, "Put"), "Tags");
	t->def.tag_remove = call_tags(tc, t, text_get(calls, "Remove"), "Keys");
}

static bool also_gives(struct typec *tc, const struct text_type *t, struct str name)
{
	for (size_t i = 0; i < t->def.also.n + t->def.read.n; i++) {
		size_t row = i < t->def.also.n ? t->def.also.first + i : t->def.read.first + (i - t->def.also.n);
		struct span binds = ROW(tc, fetches, fetch_def, row)->binds;

		for (size_t k = 0; k < binds.n; k++)
			if (str_eq(pool_get(&tc->pool, ROW(tc, binds, call_bind, binds.first + k)->prop), name))
				return true;
	}
	return false;
}

/* Where the type's Map receives a property from, or empty. */
static struct str received_from(struct typec *tc, const struct text_type *t, struct str prop)
{
	for (size_t i = 0; i < text_count(t->map); i++) {
		struct map_line line;

		if (map_line_of(tc, text_item(t->map, i), &line) && (line.arrow & ARROW_RECEIVE) && str_eq(line.prop.s, prop))
			return line.path.s;
	}
	return STR_NONE;
}

static uint16_t attr_by_path(struct typec *tc, struct text_type *t, struct str name)
{
	struct call_source s = {.kind = SRC_HERE};
	struct str first, rest = name, mapped;
	struct value *text = value_string(&tc->arena, t->pos, name);

	if (!str_cut(&rest, '.', &first))
		return 0;
	mapped = received_from(tc, t, first);
	first = mapped.n ? mapped : first;
	for (size_t i = 0; i < t->found.n; i++) {
		struct str found = shape_find(t->found.shapes[i], first);
		struct str path = rest.n ? str_fmt(&tc->arena, "%.*s.%.*s", STR_ARG(found), STR_ARG(rest)) : found;

		if (found.n && path_scoped(tc, t, (struct piece){text, path}, &t->found, &s.path, &s.index, NULL))
			return table_one(&tc->sources_, &s);
	}
	for (size_t i = 0; i < t->further.n; i++) {
		struct scope one = {.shapes = {t->further.shapes[i]}, .n = 1};

		if (scope_has(&one, name) && path_scoped(tc, t, (struct piece){text, name}, &one, &s.path, &s.index, NULL))
			return table_one(&tc->sources_, &s);
	}
	return 0;
}

static uint16_t attr_source(struct typec *tc, struct text_type *t, const struct value *v, struct str name)
{
	struct call_source s = {.kind = SRC_ID};

	if (v) {
		struct piece p = {v, text_scalar(tc, v)};

		if (p.s.n && (p.s.p[0] == '$' || str_chr(p.s, '{', 0) >= 0))
			return source_of(tc, t, p);
		s.kind = SRC_HERE;
		if (!path_scoped(tc, t, p, &t->found, &s.path, &s.index, NULL))
			return 0;
		return table_one(&tc->sources_, &s);
	}
	if (str_eq(name, t->id_name) || str_eq(name, STR("Id")))
		return table_one(&tc->sources_, &s);
	if (str_eq(name, STR("Arn")) && t->def.arn)
		return t->def.arn;
	return attr_by_path(tc, t, name);
}

static void type_attrs(struct typec *tc, struct text_type *t)
{
	const struct value *map = text_get(t->text, "Attributes");
	struct attr_def rows[128];
	size_t n = 0;

	for (size_t i = 0; i < model_schema_attrs(t->schema_index) && n < 128; i++) {
		struct str name = model_schema_attr(t->schema_index, i);
		const struct value *v = value_get(map, name);
		struct attr_def a = {.name = pool_add(&tc->pool, name)};
		const struct schema *s = schema_path(t->schema, name);

		if (!v && text_lists(t, "Unsupported", name))
			continue;
		if (!v && also_gives(tc, t, name) && (schema_own_flags(s) & PROP_READ_ONLY))
			continue;
		if (!v && s && !(schema_own_flags(s) & PROP_READ_ONLY))
			a.prop = 1;
		else
			a.value = attr_source(tc, t, v, name);
		if (!a.prop && !a.value) {
			err_at(&tc->errs, t->pos, "attribute '%.*s' of %.*s has no source: say it under Attributes", STR_ARG(name),
			       STR_ARG(t->name));
			continue;
		}
		rows[n++] = a;
	}
	for (size_t i = 0, n_map = text_members(tc, map, 128); i < n_map; i++) {
		bool known = false;

		for (size_t k = 0; k < model_schema_attrs(t->schema_index) && !known; k++)
			known = str_eq(model_schema_attr(t->schema_index, k), map->map.items[i].key);
		if (!known)
			err_at(&tc->errs, map->map.items[i].pos, "%.*s has no attribute '%.*s'", STR_ARG(t->name),
			       STR_ARG(map->map.items[i].key));
	}
	t->def.attrs = table_add(&tc->attrs, rows, n);
}

/* --- the type ----------------------------------------------------------------------------------------------------- */

static void type_head(struct typec *tc, struct text_type *t)
{
	const struct value *service = text_get(t->text, "Service"), *arn = text_get(t->text, "Arn");
	const struct value *own = text_get(t->text, "TagCalls");

	t->def.name = pool_add(&tc->pool, t->name);
	t->map = text_get(t->text, "Map");
	if (service)
		t->service = text_scalar(tc, service);
	if (own)
		t->tag_calls = own;
	type_id(tc, t);
	if (arn)
		t->def.arn = source_of(tc, t, (struct piece){arn, text_scalar(tc, arn)});
	t->def.gone = text_codes(tc, text_get(t->text, "Gone"));
	t->def.visible_ms = text_duration(tc, t->text, "Visible", 15000);
}

void type_compile(struct typec *tc, struct text_type *t)
{
	int index = model_schema_index(t->name);
	const struct value *ref = text_get(t->text, "Ref");

	if (index < 0) {
		err_at(&tc->errs, t->pos, "there is no schema of a type '%.*s'", STR_ARG(t->name));
		return;
	}
	t->schema_index = (size_t)index;
	t->schema = model_schema_root(t->schema_index);
	if (t->local) {
		if (text_keys(tc, t->text, LOCAL_WORDS))
			type_facts(tc, t);
		return;
	}
	if (!text_keys(tc, t->text, TYPE_WORDS))
		return;
	type_head(tc, t);
	t->def.read = fetches_of(tc, t, text_get(t->text, "Read"), true);
	if (!t->def.read.n) {
		err_at(&tc->errs, t->pos, "%.*s has no 'Read' that could be compiled", STR_ARG(t->name));
		return;
	}
	type_answer(tc, t);
	if (says_facets(t, "Create"))
		t->def.flags |= DEF_FACETS;
	else
		t->def.create = calls_of(tc, t, text_get(t->text, "Create"), ROLE_CREATE);
	t->def.after = calls_of(tc, t, text_get(t->text, "After"), ROLE_AFTER);
	t->def.update = calls_of(tc, t, text_get(t->text, "Update"), ROLE_UPDATE);
	if (!deletes_nothing(t) && !says_facets(t, "Delete"))
		t->def.delete = calls_of(tc, t, text_get(t->text, "Delete"), ROLE_PLAIN);
	t->def.also = fetches_of(tc, t, text_get(t->text, "Also"), false);
	type_facets(tc, t);
	type_empty(tc, t);
	type_tags(tc, t);
	type_attrs(tc, t);
	if (ref)
		t->def.ref = attr_source(tc, t, ref, STR_NONE);
	t->def.dead = conds_of(tc, t, text_get(t->text, "Dead"), &t->found);
	t->def.stands = conds_of(tc, t, text_get(t->text, "Stands"), &t->found);
	type_wait(tc, t, "Wait", &t->def.wait);
	type_wait(tc, t, "WaitDelete", &t->def.wait_delete);
	type_find(tc, t);
	type_named(tc, t);
	type_recover(tc, t);
	type_unsure(tc, t);
	type_claims(tc, t);
	if (text_get(t->text, "Reference"))
		path_wire(tc, t, (struct piece){text_get(t->text, "Reference"), text_scalar(tc, text_get(t->text, "Reference"))},
			  t->found.shapes[0], &t->def.reference, NULL);
	type_check(tc, t);
	table_one(&tc->types, &t->def);
	type_facts(tc, t);
}
