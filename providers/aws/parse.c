/* What all protocols' parsers share: the choice among them, scalars, the documents' readers; see parse.h.
 * parse_xml.c and parse_json.c walk bodies, parse_rest.c headers, parse_error.c error documents. */
#include "providers/aws/parse.h"

#include "base/clock.h"
#include "base/decimal.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/xml.h"

void par_fail(struct par *p, const char *fmt, ...)
{
	va_list ap;

	if (p->why.n)
		return;
	va_start(ap, fmt);
	p->why = str_vfmt(p->a, fmt, ap);
	va_end(ap);
}

struct value *par_read_json(struct par *p, struct str text)
{
	struct errs errs = {.arena = p->scratch};
	struct value *v = json_read_lax(p->scratch, text, 0, &errs);

	if (!v)
		par_fail(p, "the answer is no JSON: %.*s", STR_ARG(errs.items[0].message));
	return v;
}

struct xml *par_read_xml(struct par *p, struct str text)
{
	struct errs errs = {.arena = p->scratch};
	struct xml *x = xml_read(p->scratch, text, &errs);

	if (!x)
		par_fail(p, "%.*s", STR_ARG(errs.items[0].message));
	return x;
}

struct value *par_mark(struct par *p, const struct shape *shape, struct value *v)
{
	return v && shape_sensitive(shape) ? value_mark_secret(p->a, v) : v;
}

/* Seconds since 1970, maybe with a fraction or an exponent; or a date; a text that is neither stays as it is. */
static struct str par_time(struct par *p, struct str text)
{
	struct decimal d;
	int64_t ms;

	if (decimal_parse(text, &d) ? decimal_int(&d, 3, true, &ms) : time_parse(text, &ms))
		return time_rfc3339(p->a, ms, ms % 1000 != 0);
	return str_dup(p->a, text);
}

bool par_in_body(const struct shape *member)
{
	enum shape_place place = shape_place(member);

	return place == PLACE_BODY || place == PLACE_URI || place == PLACE_QUERY;
}

static bool is_special_float(struct str s)
{
	return str_eqc(s, "NaN") || str_eqc(s, "Infinity") || str_eqc(s, "-Infinity");
}

struct value *par_scalar(struct par *p, const struct shape *shape, struct str text)
{
	struct pos none = {0};
	enum shape_kind kind = shape_kind(shape);

	switch (kind) {
	case SHAPE_BOOLEAN:
		if (str_eq_nocase(text, STR("true")) || str_eq_nocase(text, STR("false")))
			return value_bool(p->a, none, str_eq_nocase(text, STR("true")));
		break;
	case SHAPE_INTEGER:
	case SHAPE_LONG:
	case SHAPE_FLOAT:
	case SHAPE_DOUBLE:
		text = str_trim(text);
		if (text.n && decimal_scan(text) == text.n)
			return value_number(p->a, none, str_dup(p->a, text));
		if ((kind == SHAPE_FLOAT || kind == SHAPE_DOUBLE) && is_special_float(text))
			return value_string(p->a, none, str_dup(p->a, text));
		break;
	case SHAPE_BLOB:
		if (base64_decode(p->a, text, &text))
			return value_string(p->a, none, text);
		break;
	case SHAPE_TIMESTAMP:
		return value_string(p->a, none, par_time(p, str_trim(text)));
	case SHAPE_STRING:
		return value_string(p->a, none, str_dup(p->a, text));
	default:
		break;
	}
	if (text.n)	/* an empty element is no value rather than a wrong one */
		par_fail(p, "the answer's %.*s has a value of another type than the model says",
			 STR_ARG(shape_name(shape)));
	return value_null(p->a, none);
}

static void par_query_body(struct par *p, const struct shape *shape, struct str body, struct value *into)
{
	struct str wrapper = op_str(p->op, p->op->wrapper);
	const struct xml *root;

	if (!body.n)
		return;
	root = par_read_xml(p, body);
	if (root && wrapper.n)
		root = xml_child(root, wrapper);
	if (root)
		par_xml_members(p, shape, root, into);
}

static void par_rest_payload(struct par *p, const struct shape *payload, struct str body, struct value *into)
{
	struct value *v = NULL;
	enum shape_kind kind = shape_kind(payload);

	if (!body.n)
		return;
	if (kind == SHAPE_BLOB || kind == SHAPE_STRING)
		v = value_string(p->a, (struct pos){0}, str_dup(p->a, body));
	else if (p->model->protocol == PROTOCOL_REST_XML)
		v = par_xml(p, payload, par_read_xml(p, body));
	else
		v = par_json(p, payload, par_read_json(p, body));
	if (v && v->kind != V_NULL)
		value_set(p->a, into, shape_name(payload), (struct pos){0}, par_mark(p, payload, v));
}

static void par_rest(struct par *p, const struct shape *shape, const struct answer *ans, struct value *into)
{
	const struct shape *payload = shape_payload(shape);
	const struct xml *root;
	const struct value *v;

	par_headers(p, shape, ans, into);
	if (payload) {
		par_rest_payload(p, payload, ans->body, into);
	} else if (!ans->body.n) {
		return;
	} else if (p->model->protocol == PROTOCOL_REST_XML) {
		root = par_read_xml(p, ans->body);
		if (root)
			par_xml_members(p, shape, root, into);
	} else {
		v = par_read_json(p, ans->body);
		if (v)
			par_json_members(p, shape, v, into);
	}
}

struct value *parse_output(const struct op *op, const struct answer *ans, struct arena *a, struct arena *scratch,
			   struct str *why)
{
	struct par p = {.op = op, .model = op_model(op), .a = a, .scratch = scratch};
	const struct shape *shape = op_output(op);
	struct value *out = value_map(a, (struct pos){0}), *v;

	if (!shape)
		return out;
	switch ((enum protocol)p.model->protocol) {
	case PROTOCOL_EC2:
	case PROTOCOL_QUERY:
		par_query_body(&p, shape, ans->body, out);
		break;
	case PROTOCOL_JSON:
		v = ans->body.n ? par_read_json(&p, ans->body) : NULL;
		if (v)
			par_json_members(&p, shape, v, out);
		break;
	case PROTOCOL_REST_XML:
	case PROTOCOL_REST_JSON:
		par_rest(&p, shape, ans, out);
		break;
	}
	*why = p.why;
	return p.why.n ? NULL : out;
}
