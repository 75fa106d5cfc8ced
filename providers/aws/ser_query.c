/* The ec2 and query protocols: parameters as a flat form, "Filter.1.Value.2=x". serialize.c calls it. */
#include "providers/aws/serialize.h"

static void query_value(struct ser *s, struct str prefix, const struct shape *shape, const struct value *v);

static bool is_ec2(const struct ser *s)
{
	return s->model->protocol == PROTOCOL_EC2;
}

static struct str capitalised(struct ser *s, struct str name)
{
	char *p = arena_copy(s->a, name.p, name.n);

	if (p[0] >= 'a' && p[0] <= 'z')
		p[0] = (char)(p[0] - 32);
	return (struct str){p, name.n};
}

/* The name of a use of a shape: ec2 has names of its own for requests and capitalises the others. */
static struct str query_name(struct ser *s, const struct shape *shape, struct str fallback)
{
	struct str name;

	if (!is_ec2(s))
		return shape_has_wire(shape) ? shape_wire(shape) : fallback;
	name = shape_is(shape, SHAPE_EXTRA) ? shape_extra(shape, EXTRA_QUERY_NAME) : STR_NONE;
	if (name.n)
		return name;
	return capitalised(s, shape_has_wire(shape) ? shape_wire(shape) : fallback);
}

static struct str join(struct ser *s, struct str prefix, struct str name)
{
	if (!prefix.n)
		return name;
	return str_fmt(s->a, "%.*s.%.*s", STR_ARG(prefix), STR_ARG(name));
}

static void query_structure(struct ser *s, struct str prefix, const struct shape *shape, const struct value *v)
{
	for (size_t i = 0; i < v->map.n && !s->failed; i++) {
		const struct member *m = &v->map.items[i];
		const struct shape *member = ser_member(s, shape, m->key);

		if (member && !ser_is_null(m->value))
			query_value(s, join(s, prefix, query_name(s, member, m->key)), member, m->value);
	}
}

static void query_list(struct ser *s, struct str prefix, const struct shape *shape, const struct value *v)
{
	const struct shape *element = shape_element(shape);
	bool flat = shape_is(shape, SHAPE_FLATTENED) || is_ec2(s);
	size_t n = 0;

	if (!v->list.n) {
		if (!is_ec2(s))	/* an empty list is said, and means "none"; ec2 has no way to say it */
			form_add(&s->body, prefix, STR_NONE);
		return;
	}
	if (!flat)
		prefix = join(s, prefix, query_name(s, element, STR("member")));
	for (size_t i = 0; i < v->list.n; i++)
		if (!ser_is_null(v->list.items[i]))
			query_value(s, str_fmt(s->a, "%.*s.%zu", STR_ARG(prefix), ++n), element, v->list.items[i]);
}

static void query_map(struct ser *s, struct str prefix, const struct shape *shape, const struct value *v)
{
	const struct shape *key = shape_key(shape), *element = shape_element(shape);

	if (!shape_is(shape, SHAPE_FLATTENED))
		prefix = join(s, prefix, STR("entry"));
	for (size_t i = 0; i < v->map.n; i++) {
		struct str entry = str_fmt(s->a, "%.*s.%zu", STR_ARG(prefix), i + 1);

		form_add(&s->body, join(s, entry, query_name(s, key, STR("key"))), v->map.items[i].key);
		if (!ser_is_null(v->map.items[i].value))
			query_value(s, join(s, entry, query_name(s, element, STR("value"))), element,
				    v->map.items[i].value);
	}
}

static void query_value(struct ser *s, struct str prefix, const struct shape *shape, const struct value *v)
{
	if (!ser_kind(s, shape, v))
		return;
	switch (shape_kind(shape)) {
	case SHAPE_STRUCTURE:
		query_structure(s, prefix, shape, v);
		break;
	case SHAPE_LIST:
		query_list(s, prefix, shape, v);
		break;
	case SHAPE_MAP:
		query_map(s, prefix, shape, v);
		break;
	default:
		form_add(&s->body, prefix, ser_scalar(s, shape, v, TIME_ISO8601));
	}
}

void ser_query(struct ser *s, const struct value *input)
{
	headers_add(&s->out->headers, s->a, STR("Content-Type"),
		    STR("application/x-www-form-urlencoded; charset=utf-8"));
	form_add(&s->body, STR("Action"), op_name(s->op));
	form_add(&s->body, STR("Version"), model_str(s->model, s->model->api_version));
	if (op_input(s->op) && input)
		query_structure(s, STR_NONE, op_input(s->op), input);
}
