/* JSON bodies by the model: the json and rest-json protocols. parse.c calls it. */
#include "providers/aws/parse.h"

static struct value *json_list(struct par *p, const struct shape *shape, const struct value *v)
{
	struct value *list = value_list(p->a, (struct pos){0});

	for (size_t i = 0; i < v->list.n; i++)
		value_append(p->a, list, par_json(p, shape_element(shape), v->list.items[i]));
	return list;
}

static struct value *json_map(struct par *p, const struct shape *shape, const struct value *v)
{
	struct value *map = value_map(p->a, (struct pos){0});

	for (size_t i = 0; i < v->map.n; i++)
		if (v->map.items[i].value->kind != V_NULL)
			value_set(p->a, map, str_dup(p->a, v->map.items[i].key), (struct pos){0},
				  par_json(p, shape_element(shape), v->map.items[i].value));
	return map;
}

static struct value *json_mismatch(struct par *p, const struct shape *shape)
{
	par_fail(p, "the answer's %.*s has a value of another type than the model says", STR_ARG(shape_name(shape)));
	return value_null(p->a, (struct pos){0});
}

struct value *par_json(struct par *p, const struct shape *shape, const struct value *v)
{
	struct value *out;

	if (!v)
		return NULL;
	if (v->kind == V_NULL)
		return value_null(p->a, (struct pos){0});
	if (shape_def_is(shape, DEF_DOCUMENT))
		return par_mark(p, shape, value_copy(p->a, v));
	switch (shape_kind(shape)) {
	case SHAPE_STRUCTURE:
		if (v->kind != V_MAP)
			return json_mismatch(p, shape);
		out = value_map(p->a, (struct pos){0});
		par_json_members(p, shape, v, out);
		break;
	case SHAPE_LIST:
		out = v->kind == V_LIST ? json_list(p, shape, v) : json_mismatch(p, shape);
		break;
	case SHAPE_MAP:
		out = v->kind == V_MAP ? json_map(p, shape, v) : json_mismatch(p, shape);
		break;
	default:
		out = value_is_scalar(v) ? par_scalar(p, shape, value_text(v)) : json_mismatch(p, shape);
	}
	return par_mark(p, shape, out);
}

void par_json_members(struct par *p, const struct shape *shape, const struct value *v, struct value *into)
{
	if (v->kind != V_MAP) {
		par_fail(p, "the answer is JSON, but no object");
		return;
	}
	for (size_t i = 0; i < shape_member_count(shape); i++) {
		const struct shape *member = shape_nth(shape, i);
		const struct value *got;

		if (!par_in_body(member))
			continue;
		got = value_get(v, shape_wire(member));
		if (got && got->kind != V_NULL)
			value_set(p->a, into, shape_name(member), (struct pos){0}, par_json(p, member, got));
	}
}
