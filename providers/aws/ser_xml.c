/* XML bodies of the rest-xml protocol, for ser_rest.c. Attributes are members of their element's structure. */
#include "providers/aws/serialize.h"

#include "base/xml.h"

static void xml_open(struct ser *s, const struct shape *shape, struct str name)
{
	struct str uri = shape_is(shape, SHAPE_EXTRA) ? shape_extra(shape, EXTRA_XMLNS) : STR_NONE;
	struct str prefix = uri.n ? shape_extra(shape, EXTRA_XMLNS_PREFIX) : STR_NONE;

	buf_char(&s->body, '<');
	buf_str(&s->body, name);
	if (!uri.n)
		return;
	buf_cstr(&s->body, prefix.n ? " xmlns:" : " xmlns");
	buf_str(&s->body, prefix);
	buf_cstr(&s->body, "=\"");
	xml_escape(&s->body, uri, true);
	buf_char(&s->body, '"');
}

static void xml_close(struct ser *s, struct str name)
{
	buf_cstr(&s->body, "</");
	buf_str(&s->body, name);
	buf_char(&s->body, '>');
}

static void xml_attributes(struct ser *s, const struct shape *shape, const struct value *v)
{
	for (size_t i = 0; i < v->map.n; i++) {
		const struct shape *member = ser_member(s, shape, v->map.items[i].key);

		if (!member || !shape_is(member, SHAPE_XML_ATTRIBUTE) || ser_is_null(v->map.items[i].value))
			continue;
		buf_char(&s->body, ' ');
		buf_str(&s->body, shape_wire(member));
		buf_cstr(&s->body, "=\"");
		xml_escape(&s->body, ser_scalar(s, member, v->map.items[i].value, TIME_ISO8601), true);
		buf_char(&s->body, '"');
	}
}

static void xml_structure(struct ser *s, const struct shape *shape, struct str name, const struct value *v,
			  bool body_only)
{
	xml_open(s, shape, name);
	xml_attributes(s, shape, v);
	buf_char(&s->body, '>');
	for (size_t i = 0; i < v->map.n && !s->failed; i++) {
		const struct shape *member = ser_member(s, shape, v->map.items[i].key);

		if (!member || shape_is(member, SHAPE_XML_ATTRIBUTE) || ser_is_null(v->map.items[i].value) ||
		    (body_only && shape_place(member) != PLACE_BODY))
			continue;
		ser_xml_element(s, member, shape_wire(member), v->map.items[i].value, false);
	}
	xml_close(s, name);
}

static void xml_list(struct ser *s, const struct shape *shape, struct str name, const struct value *v)
{
	const struct shape *element = shape_element(shape);
	bool flat = shape_is(shape, SHAPE_FLATTENED);
	struct str item = flat ? name : shape_has_wire(element) ? shape_wire(element) : STR("member");

	if (!flat) {
		xml_open(s, shape, name);
		buf_char(&s->body, '>');
	}
	for (size_t i = 0; i < v->list.n; i++)
		if (!ser_is_null(v->list.items[i]))
			ser_xml_element(s, element, item, v->list.items[i], false);
	if (!flat)
		xml_close(s, name);
}

static void xml_map(struct ser *s, const struct shape *shape, struct str name, const struct value *v)
{
	const struct shape *key = shape_key(shape), *element = shape_element(shape);
	bool flat = shape_is(shape, SHAPE_FLATTENED);
	struct str key_name = shape_has_wire(key) ? shape_wire(key) : STR("key");
	struct str value_name = shape_has_wire(element) ? shape_wire(element) : STR("value");
	struct str entry = flat ? name : STR("entry");

	if (!flat) {
		xml_open(s, shape, name);
		buf_char(&s->body, '>');
	}
	for (size_t i = 0; i < v->map.n; i++) {
		buf_fmt(&s->body, "<%.*s>", STR_ARG(entry));
		ser_xml_element(s, key, key_name, value_string(s->a, (struct pos){0}, v->map.items[i].key), false);
		if (!ser_is_null(v->map.items[i].value))
			ser_xml_element(s, element, value_name, v->map.items[i].value, false);
		xml_close(s, entry);
	}
	if (!flat)
		xml_close(s, name);
}

void ser_xml_element(struct ser *s, const struct shape *shape, struct str name, const struct value *v, bool body_only)
{
	if (!ser_kind(s, shape, v))
		return;
	switch (shape_kind(shape)) {
	case SHAPE_STRUCTURE:
		xml_structure(s, shape, name, v, body_only);
		break;
	case SHAPE_LIST:
		xml_list(s, shape, name, v);
		break;
	case SHAPE_MAP:
		xml_map(s, shape, name, v);
		break;
	default:
		xml_open(s, shape, name);
		buf_char(&s->body, '>');
		xml_escape(&s->body, ser_scalar(s, shape, v, TIME_ISO8601), false);
		xml_close(s, name);
	}
}
