/* JSON bodies: the json protocol, and rest-json's bodies for ser_rest.c. */
#include "providers/aws/serialize.h"

#include "base/json.h"

static void json_list(struct ser *s, const struct shape *shape, const struct value *v)
{
	buf_char(&s->body, '[');
	for (size_t i = 0; i < v->list.n; i++) {
		if (i)
			buf_char(&s->body, ',');
		ser_json_value(s, shape_element(shape), v->list.items[i]);
	}
	buf_char(&s->body, ']');
}

static void json_map(struct ser *s, const struct shape *shape, const struct value *v)
{
	buf_char(&s->body, '{');
	for (size_t i = 0; i < v->map.n; i++) {
		if (i)
			buf_char(&s->body, ',');
		json_string(&s->body, v->map.items[i].key);
		buf_char(&s->body, ':');
		ser_json_value(s, shape_element(shape), v->map.items[i].value);
	}
	buf_char(&s->body, '}');
}

static void json_scalar(struct ser *s, const struct shape *shape, const struct value *v)
{
	struct str text = ser_scalar(s, shape, v, TIME_UNIX);

	switch (shape_kind(shape)) {
	case SHAPE_BOOLEAN:
	case SHAPE_INTEGER:
	case SHAPE_LONG:
		buf_str(&s->body, text);
		break;
	case SHAPE_FLOAT:
	case SHAPE_DOUBLE:
		if (ser_special_float(text))
			json_string(&s->body, text);
		else
			buf_str(&s->body, text);
		break;
	case SHAPE_TIMESTAMP:
		if (shape_time(shape) == TIME_DEFAULT || shape_time(shape) == TIME_UNIX)
			buf_str(&s->body, text);
		else
			json_string(&s->body, text);
		break;
	default:
		json_string(&s->body, text);
	}
}

void ser_json_value(struct ser *s, const struct shape *shape, const struct value *v)
{
	if (ser_is_null(v)) {
		buf_cstr(&s->body, "null");
		return;
	}
	if (!ser_kind(s, shape, v))
		return;
	if (shape_def_is(shape, DEF_DOCUMENT)) {
		json_write(&s->body, v, JSON_SECRETS | JSON_TYPED);
		return;
	}
	switch (shape_kind(shape)) {
	case SHAPE_STRUCTURE:
		ser_json_members(s, shape, v, false);
		break;
	case SHAPE_LIST:
		json_list(s, shape, v);
		break;
	case SHAPE_MAP:
		json_map(s, shape, v);
		break;
	default:
		json_scalar(s, shape, v);
	}
}

void ser_json_members(struct ser *s, const struct shape *shape, const struct value *v, bool body_only)
{
	bool first = true;

	buf_char(&s->body, '{');
	for (size_t i = 0; v && i < v->map.n && !s->failed; i++) {
		const struct member *m = &v->map.items[i];
		const struct shape *member = ser_member(s, shape, m->key);

		if (!member || ser_is_null(m->value) || (body_only && shape_place(member) != PLACE_BODY))
			continue;
		if (!first)
			buf_char(&s->body, ',');
		first = false;
		json_string(&s->body, shape_wire(member));
		buf_char(&s->body, ':');
		ser_json_value(s, member, m->value);
	}
	buf_char(&s->body, '}');
}

void ser_json(struct ser *s, const struct value *input)
{
	headers_add(
	    &s->out->headers, s->a, STR("X-Amz-Target"),
	    str_fmt(s->a, "%.*s.%.*s", STR_ARG(model_str(s->model, s->model->target_prefix)), STR_ARG(op_name(s->op))));
	headers_add(&s->out->headers, s->a, STR("Content-Type"),
		    s->model->flags & MODEL_JSON_11 ? STR("application/x-amz-json-1.1")
						    : STR("application/x-amz-json-1.0"));
	if (op_input(s->op))
		ser_json_members(s, op_input(s->op), input, false);
	else
		buf_cstr(&s->body, "{}");
}
