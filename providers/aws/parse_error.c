/* Error answers: what failed, in whichever of the protocols' forms. An unreadable body still gives a status, and a
 * page of a proxy or load balancer is no error document. */
#include "providers/aws/parse.h"

#include "base/xml.h"

bool parse_is_error(const struct op *op, const struct answer *ans)
{
	struct str head = str_sub(ans->body, 0, 256);
	ptrdiff_t start;

	if (ans->status >= 300)
		return true;
	if (!(op_model(op)->flags & MODEL_S3) || op->flags & OP_STREAM_OUT)
		return false;
	/* S3 begins some answers (copies, completed uploads) before it knows how they end. */
	start = str_find(head, STR("<Error>"), 0);
	return start == 0 || (start > 0 && str_starts(head, STR("<?xml")) && str_chr(head, '>', 0) < start &&
			      !str_trim(str_sub(head, (size_t)str_chr(head, '>', 0) + 1, (size_t)start)).n);
}

struct str parse_request_id(const struct answer *ans)
{
	static const char *const names[] = {"x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id",
					    "x-amz-requestid"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (headers_has(&ans->headers, str_of(names[i])))
			return headers_get(&ans->headers, str_of(names[i]));
	return STR_NONE;
}

/* "aws.protocoltests#FooError:http://internal/" is FooError. */
static struct str short_code(struct str code)
{
	struct str head;
	ptrdiff_t hash;

	str_cut(&code, ':', &head);
	hash = str_chr(head, '#', 0);
	return hash < 0 ? head : str_sub(head, (size_t)hash + 1, head.n);
}

static struct str first_text(const struct value *v, const char *x, const char *y)
{
	struct str s = value_text(value_getc(v, x));

	return s.n ? s : value_text(value_getc(v, y));
}

/* "AWS.SimpleQueueService.NonExistentQueue;Sender": the code that the service had in its query days. */
static struct str query_error(struct par *p, const struct answer *ans)
{
	struct str s = headers_get(&ans->headers, STR("x-amzn-query-error")), code;

	if (!(p->model->flags & MODEL_QUERY_COMPATIBLE) || !str_cut(&s, ';', &code))
		return STR_NONE;
	return code;
}

static const struct shape *error_shape_of(struct par *p, struct str wire_code, struct str code)
{
	const struct error_shape *e = model_error(p->model, wire_code);

	if (!e)
		e = model_error(p->model, code);
	return e ? error_members(e) : NULL;
}

static void error_json(struct par *p, const struct answer *ans, struct remote_error *out)
{
	const struct value *v = ans->body.n ? par_read_json(p, ans->body) : NULL;
	struct str code = headers_get(&ans->headers, STR("x-amzn-errortype")), query = query_error(p, ans), wire;
	const struct shape *shape;

	if (!code.n)
		code = value_text(value_getc(v, "__type"));
	if (!code.n)
		code = first_text(v, "code", "Code");
	wire = short_code(code);
	out->code = query.n ? query : wire;
	out->message = first_text(v, "message", "Message");
	if (!out->message.n)
		out->message = first_text(v, "errorMessage", "error_description");
	shape = error_shape_of(p, wire, out->code);
	if (!shape)
		return;
	if (p->model->protocol == PROTOCOL_REST_JSON)
		par_headers(p, shape, ans, out->members);
	if (v)
		par_json_members(p, shape, v, out->members);
}

static struct str child_text(const struct xml *e, const char *name)
{
	const struct xml *c = e ? xml_child(e, str_of(name)) : NULL;

	return c ? str_trim(c->text) : STR_NONE;
}

/* <ErrorResponse><Error>, <Response><Errors><Error>, or <Error> by itself. */
static void error_xml(struct par *p, const struct answer *ans, struct remote_error *out)
{
	const struct xml *root = ans->body.n ? par_read_xml(p, ans->body) : NULL, *e = root;
	const struct shape *shape;

	if (!root)
		return;
	if (xml_child(root, STR("Errors")))
		e = xml_child(root, STR("Errors"));
	if (xml_child(e, STR("Error")))
		e = xml_child(e, STR("Error"));
	out->code = child_text(e, "Code");
	out->message = child_text(e, "Message");
	if (!out->message.n)
		out->message = child_text(e, "message");
	out->request_id = child_text(root, "RequestId");
	if (!out->request_id.n)
		out->request_id = child_text(root, "RequestID");
	if (!out->request_id.n)
		out->request_id = child_text(e, "RequestId");
	shape = error_shape_of(p, out->code, out->code);
	if (!shape)
		return;
	if (p->model->protocol == PROTOCOL_REST_XML)
		par_headers(p, shape, ans, out->members);
	par_xml_members(p, shape, e, out->members);
}

void parse_error(const struct op *op, const struct answer *ans, struct arena *a, struct remote_error *out)
{
	struct par p = {.op = op, .model = op_model(op), .a = a, .scratch = a};
	struct str head = str_trim(str_sub(ans->body, 0, 64));
	bool page =
	    str_starts(head, STR("<html")) || str_starts(head, STR("<!DOCTYPE")) || str_starts(head, STR("<HTML"));

	*out = (struct remote_error){.members = value_map(a, (struct pos){0})};
	if (page)
		out->message = STR("the answer is a web page, not the service's");
	else if (p.model->protocol == PROTOCOL_JSON || p.model->protocol == PROTOCOL_REST_JSON)
		error_json(&p, ans, out);
	else
		error_xml(&p, ans, out);
	if (!out->code.n)
		out->code = str_fmt(a, "%d", ans->status);
	if (!out->request_id.n)
		out->request_id = parse_request_id(ans);
	if (!out->message.n && p.why.n)
		out->message = p.why;
}
