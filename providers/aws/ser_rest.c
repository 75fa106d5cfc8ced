/* The rest protocols: members in the path, the query string, headers and the body. The body itself is written by
 * ser_json.c or ser_xml.c; serialize.c calls this. */
#include "providers/aws/serialize.h"

#include "base/hash.h"
#include "base/json.h"

enum { REST_URL_MAX = 1 << 20, REST_HEADER_MAX = 1 << 16 };

static bool is_xml(const struct ser *s)
{
	return s->model->protocol == PROTOCOL_REST_XML;
}

/* --- the path --- */

/* The label "Name" or "Name+" of the template, from the input. */
static void rest_label(struct ser *s, struct str label, const struct value *input, struct buf *path)
{
	bool greedy = str_ends(label, STR("+"));
	const struct shape *shape = op_input(s->op);

	if (greedy)
		label.n--;
	for (size_t i = 0; shape && i < shape_member_count(shape); i++) {
		const struct shape *member = shape_nth(shape, i);
		const struct value *v = value_get(input, shape_name(member));
		struct str text;

		if (shape_place(member) != PLACE_URI || !str_eq(shape_wire(member), label))
			continue;
		text = ser_is_null(v) ? STR_NONE : ser_scalar(s, member, v, TIME_ISO8601);
		if (!text.n)
			ser_fail(s, "%.*s is missing, and the request's path needs it", STR_ARG(shape_name(member)));
		uri_encode(path, text, greedy ? "/" : "");
		return;
	}
	ser_fail(s, "the request's path needs '%.*s', which the model does not place", STR_ARG(label));
}

static void rest_path(struct ser *s, const struct value *input, struct buf *query)
{
	struct str rest = op_str(s->op, s->op->uri), label;
	struct buf path;
	ptrdiff_t question = str_chr(rest, '?', 0);

	if (question >= 0) {	/* "?versioning", "?list-type=2" */
		buf_str(query, str_sub(rest, (size_t)question + 1, rest.n));
		rest = str_sub(rest, 0, (size_t)question);
	}
	/* The endpoint says where a bucket goes: into the host or before the path. */
	if (s->model->flags & MODEL_S3 && str_starts(rest, STR("/{Bucket}")))
		rest = str_sub(rest, 9, rest.n);
	buf_init(&path, REST_URL_MAX);
	while (rest.n) {
		if (rest.p[0] != '{') {
			buf_char(&path, rest.p[0]);
			rest = str_sub(rest, 1, rest.n);
			continue;
		}
		rest = str_sub(rest, 1, rest.n);
		str_cut(&rest, '}', &label);
		rest_label(s, label, input, &path);
	}
	if (!path.n && !(s->model->flags & MODEL_S3))	/* a bucket's path is the endpoint's alone */
		buf_char(&path, '/');
	s->out->path = buf_take(&path, s->a);
}

/* --- the query string --- */

static bool query_has_literal(const struct op *op, struct str name)
{
	struct str uri = op_str(op, op->uri), item, key;

	if (!str_cut(&uri, '?', &item))
		return false;
	while (str_cut(&uri, '&', &item)) {
		str_cut(&item, '=', &key);
		if (str_eq(key, name))
			return true;
	}
	return false;
}

static void rest_query_one(struct ser *s, struct buf *query, struct str name, const struct shape *shape,
			   const struct value *v)
{
	if (!ser_is_null(v))
		form_add(query, name, ser_scalar(s, shape, v, TIME_ISO8601));
}

static void rest_query_list(struct ser *s, struct buf *query, struct str name, const struct shape *shape,
			    const struct value *v)
{
	for (size_t i = 0; i < v->list.n; i++)
		rest_query_one(s, query, name, shape_element(shape), v->list.items[i]);
}

/* A map's entries are parameters of their own; a parameter that a member names wins over one of the same name. */
static void rest_query_map(struct ser *s, struct buf *query, const struct shape *shape, const struct value *v,
			   const struct value *input)
{
	const struct shape *top = op_input(s->op), *element = shape_element(shape);

	for (size_t i = 0; i < v->map.n; i++) {
		bool taken = query_has_literal(s->op, v->map.items[i].key);

		for (size_t j = 0; j < shape_member_count(top); j++) {
			const struct shape *other = shape_nth(top, j);

			taken |= shape_place(other) == PLACE_QUERY && shape_kind(other) != SHAPE_MAP &&
				 str_eq(shape_wire(other), v->map.items[i].key) &&
				 !ser_is_null(value_get(input, shape_name(other)));
		}
		if (taken || ser_is_null(v->map.items[i].value))
			continue;
		if (shape_kind(element) == SHAPE_LIST && ser_kind(s, element, v->map.items[i].value))
			rest_query_list(s, query, v->map.items[i].key, element, v->map.items[i].value);
		else
			rest_query_one(s, query, v->map.items[i].key, element, v->map.items[i].value);
	}
}

static void rest_query(struct ser *s, struct buf *query, const struct shape *member, const struct value *v,
		       const struct value *input)
{
	if (!ser_kind(s, member, v))
		return;
	if (shape_kind(member) == SHAPE_MAP)
		rest_query_map(s, query, member, v, input);
	else if (shape_kind(member) == SHAPE_LIST)
		rest_query_list(s, query, shape_wire(member), member, v);
	else
		rest_query_one(s, query, shape_wire(member), member, v);
}

/* --- headers --- */

static void header_list_item(struct buf *b, const struct shape *element, struct str text)
{
	if (shape_kind(element) != SHAPE_STRING || (str_chr(text, ',', 0) < 0 && str_chr(text, '"', 0) < 0)) {
		buf_str(b, text);
		return;
	}
	buf_char(b, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_char(b, '\\');
		buf_char(b, text.p[i]);
	}
	buf_char(b, '"');
}

static void rest_header_list(struct ser *s, const struct shape *member, const struct value *v)
{
	struct buf b;

	buf_init(&b, REST_HEADER_MAX);
	for (size_t i = 0; i < v->list.n; i++) {
		if (ser_is_null(v->list.items[i]))
			continue;
		if (b.n)
			buf_cstr(&b, ", ");
		header_list_item(&b, shape_element(member),
				 ser_scalar(s, shape_element(member), v->list.items[i], TIME_RFC822));
	}
	headers_set(&s->out->headers, s->a, shape_wire(member), buf_take(&b, s->a));
}

/* A string is a JSON text already. */
static struct str jsonvalue_text(struct ser *s, const struct value *v)
{
	struct buf b;

	if (v->kind == V_STRING)
		return base64_of(s->a, v->text);
	buf_init(&b, REST_HEADER_MAX);
	json_write(&b, v, JSON_SECRETS | JSON_TYPED);
	return base64_of(s->a, buf_take(&b, s->a));
}

static void rest_header(struct ser *s, const struct shape *member, const struct value *v)
{
	if (shape_is(member, SHAPE_JSONVALUE)) {
		headers_set(&s->out->headers, s->a, shape_wire(member), jsonvalue_text(s, v));
		return;
	}
	if (!ser_kind(s, member, v))
		return;
	if (shape_kind(member) == SHAPE_LIST)
		rest_header_list(s, member, v);
	else
		headers_set(&s->out->headers, s->a, shape_wire(member), ser_scalar(s, member, v, TIME_RFC822));
}

/* x-amz-meta-*: the map's keys behind the prefix; a header that a member names is not overridden. */
static void rest_headers(struct ser *s, const struct shape *member, const struct value *v)
{
	if (!ser_kind(s, member, v))
		return;
	for (size_t i = 0; i < v->map.n; i++) {
		struct str name =
		    str_cat(s->a, shape_has_wire(member) ? shape_wire(member) : STR_NONE, v->map.items[i].key);

		if (!ser_is_null(v->map.items[i].value) && !headers_has(&s->out->headers, name))
			headers_add(&s->out->headers, s->a, name,
				    ser_scalar(s, shape_element(member), v->map.items[i].value, TIME_RFC822));
	}
}

/* --- the body --- */

static void rest_content_type(struct ser *s, struct str type)
{
	if (!headers_has(&s->out->headers, STR("Content-Type")))
		headers_add(&s->out->headers, s->a, STR("Content-Type"), type);
}

static bool has_body_members(const struct shape *shape, const struct value *input, bool given)
{
	for (size_t i = 0; i < shape_member_count(shape); i++) {
		const struct shape *member = shape_nth(shape, i);

		if (shape_place(member) == PLACE_BODY && (!given || !ser_is_null(value_get(input, shape_name(member)))))
			return true;
	}
	return false;
}

static void rest_payload(struct ser *s, const struct shape *payload, const struct value *v)
{
	enum shape_kind kind = shape_kind(payload);

	if (kind == SHAPE_BLOB || kind == SHAPE_STRING) {
		if (ser_is_null(v))
			return;
		rest_content_type(s, kind == SHAPE_BLOB ? STR("application/octet-stream") : STR("text/plain"));
		buf_str(&s->body, value_text(v));
		return;
	}
	if (ser_is_null(v)) {
		if (!is_xml(s) && kind == SHAPE_STRUCTURE && !shape_def_is(payload, DEF_DOCUMENT | DEF_UNION)) {
			rest_content_type(s, STR("application/json"));
			buf_cstr(&s->body, "{}");
		}
		return;
	}
	rest_content_type(s, is_xml(s) ? STR("application/xml") : STR("application/json"));
	if (is_xml(s))
		ser_xml_element(s, payload, shape_wire(payload), v, false);
	else
		ser_json_value(s, payload, v);
}

static void rest_body(struct ser *s, const struct shape *shape, const struct value *input)
{
	const struct shape *payload = shape_payload(shape);
	struct str root = shape_has_wire(shape) ? shape_wire(shape) : str_cat(s->a, op_name(s->op), STR("Request"));

	if (payload) {
		rest_payload(s, payload, value_get(input, shape_name(payload)));
	} else if (is_xml(s)) {
		if (!has_body_members(shape, input, true))
			return;
		rest_content_type(s, STR("application/xml"));
		ser_xml_element(s, shape, root, input, true);
	} else if (has_body_members(shape, input, false)) {
		rest_content_type(s, STR("application/json"));
		ser_json_members(s, shape, input, true);
	}
}

void ser_rest(struct ser *s, const struct value *input)
{
	const struct shape *shape = op_input(s->op);
	const struct value *prefixed = NULL;
	const struct shape *prefixed_shape = NULL;
	struct buf query;

	buf_init(&query, REST_URL_MAX);
	rest_path(s, input, &query);
	for (size_t i = 0; shape && i < value_count(input) && !s->failed; i++) {
		const struct value *v = input->map.items[i].value;
		const struct shape *member = ser_member(s, shape, input->map.items[i].key);

		if (!member || ser_is_null(v))
			continue;
		if (shape_place(member) == PLACE_QUERY) {
			rest_query(s, &query, member, v, input);
		} else if (shape_place(member) == PLACE_HEADER) {
			rest_header(s, member, v);
		} else if (shape_place(member) == PLACE_HEADERS) {
			prefixed = v;
			prefixed_shape = member;
		}
	}
	if (prefixed)
		rest_headers(s, prefixed_shape, prefixed);
	s->out->query = buf_take(&query, s->a);
	if (shape)
		rest_body(s, shape, input);
}
