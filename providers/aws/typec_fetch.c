/* Reads: how resources are asked for (each, many at once, all), where they stand in the answer, and which property
 * each part of an element becomes. */
#include "providers/aws/typec.h"

#include <string.h>

#define FETCH_WORDS "Call Service With First When Filter By Of At Id Key Gives Absent Page List Max Region Over Into"
#define BIND_MAX 200

struct gather {
	struct call_bind rows[BIND_MAX];
	size_t n;
};

static void gather_add(struct gather *g, struct call_bind row)
{
	if (g->n < BIND_MAX)
		g->rows[g->n++] = row;
}

/* The list of {Name, Values} that EC2-like operations call Filters or Filter. */
static struct str filters_name(const struct shape *input)
{
	static const char *const names[] = {"Filters", "Filter"};

	for (size_t i = 0; i < 2; i++) {
		const struct shape *s = input ? shape_member(input, str_of(names[i])) : NULL;

		if (s && shape_kind(s) == SHAPE_LIST && shape_find(shape_element(s), STR("Values")).n)
			return str_of(names[i]);
	}
	return STR_NONE;
}

static void fetch_by(struct typec *tc, struct text_type *t, const struct value *v, const struct op *op,
		     struct fetch_def *f)
{
	struct str filters = filters_name(op_input(op));
	const struct value *by = text_get(v, "By"), *filter = text_get(v, "Filter");
	const struct shape *end = NULL;

	if (filters.n)
		path_wire(tc, t, (struct piece){v, filters}, op_input(op), &f->filters, NULL);
	if (filter && !filters.n) {
		err_at(&tc->errs, filter->pos, "%.*s has no filters: say By: PARAMETER", STR_ARG(op_name(op)));
		return;
	}
	if (filter) {
		struct str path = str_fmt(&tc->arena, "%.*s(Name=%.*s).Values", STR_ARG(filters),
					  STR_ARG(text_scalar(tc, filter)));

		path_wire(tc, t, (struct piece){filter, path}, op_input(op), &f->by, &end);
	} else if (by) {
		path_wire(tc, t, (struct piece){by, text_scalar(tc, by)}, op_input(op), &f->by, &end);
	}
	f->how = FETCH_EACH;
	if (end && shape_kind(end) == SHAPE_LIST)
		f->how = FETCH_BULK;
	else if (text_flag(tc, v, "List"))
		f->how = FETCH_LIST;
}

static uint16_t line_flags(struct typec *tc, struct text_type *t, const struct map_line *line, struct call_bind *row)
{
	unsigned shown = text_lists(t, "Shown", line->prop.s) ? BIND_SHOWN : 0;

	if (!line->value.s.n)
		return (uint16_t)(BIND_RECEIVE | shown);
	row->value = source_of(tc, t, line->value);
	return (uint16_t)(BIND_RECEIVE | shown | (line->like ? BIND_LIKE : BIND_UNLESS));
}

static bool is_attr(const struct text_type *t, struct str name)
{
	for (size_t i = 0; i < model_schema_attrs(t->schema_index); i++)
		if (str_eq(model_schema_attr(t->schema_index, i), name))
			return true;
	return false;
}

/* A name that drplan always makes up (CloudFormation has it read-only) is a property like any other. */
static bool is_name(const struct text_type *t, struct str prop)
{
	const struct value *name = text_get(text_get(t->text, "Name"), "Property");

	return name && str_eq(value_text(name), prop);
}

static void receive_line(struct typec *tc, struct text_type *t, const struct map_line *line, const struct scope *scope,
			 struct gather *g)
{
	struct call_bind row = {.prop = pool_add(&tc->pool, line->prop.s)};
	const struct shape *end = NULL;
	struct span ignored;

	if (!path_scoped(tc, t, line->path, scope, &row.path, &row.up, &end))
		return;
	row.flags = line_flags(tc, t, line, &row);
	if (!t->element && is_attr(t, line->prop.s) && !is_name(t, line->prop.s) &&
	    (schema_own_flags(schema_path(t->schema, line->prop.s)) & PROP_READ_ONLY))
		row.flags |= BIND_ATTR;
	else if ((t->element || !is_attr(t, line->prop.s)) && !path_prop(tc, t, line->prop, &ignored))
		return;
	if (line->as.s.n) {
		struct scope element = {.shapes = {shape_inside(end)}, .n = 1};

		row.as = source_template_here(tc, t, line->as, &element);
		if (line->by.s.n)
			path_scoped(tc, t, line->by, &element, &row.by, &row.up, NULL);
	}
	gather_add(g, row);
}

/* Gives: names, or mapping lines, that an extra read answers; of the elements of a list, where it goes into one. */
static struct span gives_of(struct typec *tc, struct text_type *t, const struct value *v, const struct scope *scope)
{
	struct gather g = {.n = 0};

	for (size_t i = 0; i < text_count(v); i++) {
		const struct value *item = text_item(v, i);
		struct str s = text_scalar(tc, item);
		struct map_line line = {.prop = {item, s}, .arrow = ARROW_RECEIVE};

		if (str_chr(s, ' ', 0) >= 0) {
			if (!map_line_of(tc, item, &line))
				continue;
		} else {
			struct str name = STR_NONE;

			for (size_t k = 0; k < scope->n && !name.n; k++)
				name = shape_find(scope->shapes[k], s);
			line.path = (struct piece){item, name.n ? name : s};
		}
		receive_line(tc, t, &line, scope, &g);
	}
	binds_nest(tc, g.rows, g.n);
	return table_add(&tc->binds, g.rows, g.n);
}

/* A read whose elements are not those that the type's Map is about: Recover by another operation. */
static bool is_another(const struct text_type *t, const struct scope *scope)
{
	return t->found.n && scope->n && scope->shapes[0] != t->found.shapes[0];
}

/* The path is the property, or below it. */
static bool is_at(struct str path, struct str prop)
{
	return str_starts(path, prop) && (path.n == prop.n || path.p[prop.n] == '.');
}

/* The lines of a property and of what is below it; true if one is about all of it. */
static bool receive_mapped(struct typec *tc, struct text_type *t, struct str prop, const struct scope *scope,
			   struct gather *g)
{
	bool done = false, other = is_another(t, scope) || text_count(text_get(t->text, "Read")) > 1;

	for (size_t i = 0; i < text_count(t->map); i++) {
		struct map_line line;

		if (!map_line_of(tc, text_item(t->map, i), &line) || !(line.arrow & ARROW_RECEIVE))
			continue;
		if (!is_at(line.prop.s, prop) || (other && !scope_has(scope, line.path.s)))
			continue;
		receive_line(tc, t, &line, scope, g);
		done = done || str_eq(line.prop.s, prop);
	}
	return done;
}

static bool facet_received(const struct text_type *t, struct str prop)
{
	const struct value *facets = text_get(t->text, "Facets");

	return facets && text_get(value_get(facets, prop), "In");
}

/* What the type's own read answers: each property by its Map line or by name, near elements before outer ones. */
static struct span read_binds(struct typec *tc, struct text_type *t, const struct scope *scope)
{
	struct gather g = {.n = 0};

	for (size_t i = 0; i < schema_prop_count(t->schema); i++) {
		struct str prop = schema_prop_name(t->schema, i);
		unsigned own = schema_own_flags(schema_prop_nth(t->schema, i));
		struct map_line line = {.prop = {t->text, prop}, .arrow = ARROW_RECEIVE};

		if (receive_mapped(tc, t, prop, scope, &g))
			continue;
		if (text_lists(t, "Readable", prop))
			own &= ~(unsigned)PROP_WRITE_ONLY;
		if ((own & (PROP_READ_ONLY | PROP_WRITE_ONLY)) || facet_received(t, prop) || text_lists(t, "NotRead", prop) ||
		    (text_lists(t, "Unsupported", prop) && !text_lists(t, "Copy", prop)))
			continue;
		for (size_t k = 0; k + 1 < scope->n || k == 0; k++) {
			struct str name = shape_find(scope->shapes[k], prop);

			if (k && text_lists(t, "Inner", prop))
				break;
			if (!name.n)
				continue;
			line.path = (struct piece){t->text, name};
			receive_line(tc, t, &line, scope, &g);
			break;
		}
	}
	binds_nest(tc, g.rows, g.n);
	return table_add(&tc->binds, g.rows, g.n);
}

static void fetch_key(struct typec *tc, struct text_type *t, const struct value *v, bool main_read,
		      const struct scope *scope, struct fetch_def *f)
{
	const struct value *key = text_get(v, main_read ? "Id" : "Key");
	struct piece p = {key ? key : v, text_scalar(tc, key)};

	if (!key && main_read && t->id_name.n)
		p.s = shape_find(scope->shapes[0], t->id_name);
	if (p.s.n)
		path_scoped(tc, t, p, scope, &f->key, &f->key_up, NULL);
	else if (main_read && t->id_name.n && f->how != FETCH_EACH)
		err_at(&tc->errs, v->pos, "the elements have no '%.*s': say Id: PATH", STR_ARG(t->id_name));
	else if (!main_read && f->how == FETCH_BULK)
		err_at(&tc->errs, v->pos, "a read of many needs 'Key': what in an element says whose it is");
}

static void fetch_page(struct typec *tc, struct text_type *t, const struct value *v, const struct op *op, struct fetch_def *f)
{
	static const char *const names[] = {"MaxResults", "limit", "Limit", "MaxItems", "MaxRecords", "PageSize"};
	const struct value *page = text_get(v, "Page");
	int64_t number = 0;

	if (!page)
		return;
	if (!str_int(text_scalar(tc, page), 1, 10000, &number))
		err_at(&tc->errs, page->pos, "Page is the number of elements that a page holds");
	f->page = (uint16_t)number;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (op_input(op) && shape_member(op_input(op), str_of(names[i]))) {
			path_wire(tc, t, (struct piece){page, str_of(names[i])}, op_input(op), &f->page_size, NULL);
			return;
		}
	err_at(&tc->errs, page->pos, "%.*s does not take the size of a page", STR_ARG(op_name(op)));
}

uint16_t over_of(struct typec *tc, struct text_type *t, const struct value *v, enum call_role role, struct span *path)
{
	const struct value *take = text_get(v, "Take");
	uint16_t call;

	if (!take) {
		err_at(&tc->errs, v->pos, "Over is a read: {Call, With, Take}");
		return 0;
	}
	call = call_of(tc, t, v, role, STR_NONE);
	if (call)
		path_wire(tc, t, (struct piece){take, text_scalar(tc, take)}, op_output(call_op(tc, ROW(tc, calls, call_def, call))),
			  path, NULL);
	return call;
}

/* Into: the list whose elements the answers are. */
static call_str fetch_into(struct typec *tc, struct text_type *t, const struct value *v)
{
	struct str prop = text_scalar(tc, v);

	if (v && !schema_items(schema_prop(t->schema, prop)))
		err_at(&tc->errs, v->pos, "%.*s has no list '%.*s'", STR_ARG(t->name), STR_ARG(prop));
	return pool_add(&tc->pool, prop);
}

/* What the extra read gives, below the list that it goes into if it does. */
static struct span gives_into(struct typec *tc, struct text_type *t, const struct value *v, const struct scope *scope)
{
	const struct schema *root = t->schema, *items = schema_items(schema_prop(root, text_scalar(tc, text_get(v, "Into"))));
	struct span binds;

	if (items)
		t->schema = t->element = items;
	binds = gives_of(tc, t, text_get(v, "Gives"), scope);
	t->schema = root;
	t->element = NULL;
	return binds;
}

uint16_t fetch_of(struct typec *tc, struct text_type *t, const struct value *v, bool main_read)
{
	struct fetch_def f = {.max = 200};
	const struct value *at = text_get(v, "At"), *of = text_get(v, "Of"), *max = text_get(v, "Max");
	const struct value *over = text_get(v, "Over");
	struct scope scope = {.n = 0};
	const struct op *op;
	int64_t number = 0;

	if (!text_keys(tc, v, FETCH_WORDS))
		return 0;
	f.call = call_of(tc, t, v, text_get(v, "Filter") || text_get(v, "By") || text_flag(tc, v, "List") ? ROLE_READ : ROLE_PLAIN,
			 STR_NONE);
	if (!f.call)
		return 0;
	op = call_op(tc, ROW(tc, calls, call_def, f.call));
	fetch_by(tc, t, v, op, &f);
	if (of)
		f.of = source_of(tc, t, (struct piece){of, text_scalar(tc, of)});
	if (max && str_int(text_scalar(tc, max), 1, 1000, &number))
		f.max = (uint16_t)number;
	fetch_page(tc, t, v, op, &f);
	f.absent = text_codes(tc, text_get(v, "Absent"));
	if (at) {
		if (!scope_enter(tc, t, at, op_output(op), &scope, &f.at))
			return 0;
	} else {
		scope = (struct scope){.shapes = {op_output(op)}, .n = 1};
	}
	if (over && over->kind == V_STRING)
		f.on = source_of(tc, t, (struct piece){over, text_scalar(tc, over)});
	else if (over)
		f.over = over_of(tc, t, over, main_read ? ROLE_READ : ROLE_PLAIN, &f.over_path);
	f.into = fetch_into(tc, t, text_get(v, "Into"));
	if (main_read && !t->found.n)
		t->found = scope;
	else if (main_read && scope.shapes[0] != t->found.shapes[0] && t->further.n < TYPEC_SCOPES)
		t->further.shapes[t->further.n++] = scope.shapes[0];
	fetch_key(tc, t, v, main_read, &scope, &f);
	f.binds = main_read ? read_binds(tc, t, &scope) : gives_into(tc, t, v, &scope);
	return table_one(&tc->fetches, &f);
}
