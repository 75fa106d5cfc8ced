/* XML bodies by the model: the ec2, query and rest-xml protocols' structures, lists and maps. parse.c calls it. */
#include "providers/aws/parse.h"

#include "base/xml.h"

static const struct xml *next_of(const struct xml *e, struct str name)
{
	while (e && !str_eq(e->name, name))
		e = e->next;
	return e;
}

static struct value *xml_list(struct par *p, const struct shape *shape, const struct xml *first)
{
	struct value *list = value_list(p->a, (struct pos){0});

	if (shape_is(shape, SHAPE_FLATTENED)) {
		for (const struct xml *e = first; e; e = next_of(e->next, first->name))
			value_append(p->a, list, par_xml(p, shape_element(shape), e));
		return list;
	}
	for (const struct xml *e = first->child; e; e = e->next)
		value_append(p->a, list, par_xml(p, shape_element(shape), e));
	return list;
}

static void xml_entry(struct par *p, const struct shape *shape, const struct xml *entry, struct value *map)
{
	const struct shape *key = shape_key(shape), *element = shape_element(shape);
	const struct xml *k = xml_child(entry, shape_has_wire(key) ? shape_wire(key) : STR("key"));
	const struct xml *v = xml_child(entry, shape_has_wire(element) ? shape_wire(element) : STR("value"));

	if (k && v)
		value_set(p->a, map, str_dup(p->a, k->text), (struct pos){0}, par_xml(p, element, v));
}

static struct value *xml_map(struct par *p, const struct shape *shape, const struct xml *first)
{
	struct value *map = value_map(p->a, (struct pos){0});

	if (shape_is(shape, SHAPE_FLATTENED)) {
		for (const struct xml *e = first; e; e = next_of(e->next, first->name))
			xml_entry(p, shape, e, map);
		return map;
	}
	for (const struct xml *e = first->child; e; e = e->next)
		xml_entry(p, shape, e, map);
	return map;
}

struct value *par_xml(struct par *p, const struct shape *shape, const struct xml *e)
{
	struct value *v;

	if (!e)
		return NULL;
	switch (shape_kind(shape)) {
	case SHAPE_STRUCTURE:
		v = value_map(p->a, (struct pos){0});
		par_xml_members(p, shape, e, v);
		break;
	case SHAPE_LIST:
		v = xml_list(p, shape, e);
		break;
	case SHAPE_MAP:
		v = xml_map(p, shape, e);
		break;
	default:
		v = par_scalar(p, shape, e->text);
	}
	return par_mark(p, shape, v);
}

static struct value *xml_attribute(struct par *p, const struct shape *member, const struct xml *e)
{
	for (size_t i = 0; i < e->n_attrs; i++)
		if (str_eq(e->attrs[i].name, shape_wire(member)))
			return par_mark(p, member, par_scalar(p, member, e->attrs[i].value));
	return NULL;
}

void par_xml_members(struct par *p, const struct shape *shape, const struct xml *e, struct value *into)
{
	for (size_t i = 0; i < shape_member_count(shape); i++) {
		const struct shape *member = shape_nth(shape, i);
		struct value *v;

		if (!par_in_body(member))
			continue;
		if (shape_is(member, SHAPE_XML_ATTRIBUTE))
			v = xml_attribute(p, member, e);
		else
			v = par_xml(p, member, next_of(e->child, shape_wire(member)));
		if (v && v->kind != V_NULL)
			value_set(p->a, into, shape_name(member), (struct pos){0}, v);
	}
}
