/* What all protocols' serializers share: the choice among them, scalars, errors; see serialize.h. */
#include "providers/aws/serialize.h"

#include "base/clock.h"
#include "base/decimal.h"
#include "base/hash.h"
#include "base/json.h"

#include <string.h>

void ser_fail(struct ser *s, const char *fmt, ...)
{
	struct err *e;
	va_list ap;

	if (s->failed)
		return;
	s->failed = true;
	va_start(ap, fmt);
	e = err_add(s->errs, ERR_INPUT, (struct pos){0}, "%s", str_vfmt(s->errs->arena, fmt, ap).p);
	va_end(ap);
	e->operation = str_fmt(s->errs->arena, "%.*s:%.*s", STR_ARG(op_service(s->op)), STR_ARG(op_name(s->op)));
	e->code = STR("InvalidRequest");
}

bool ser_is_null(const struct value *v)
{
	return !v || v->kind == V_NULL;
}

static const char *kind_text(enum shape_kind kind)
{
	switch (kind) {
	case SHAPE_STRUCTURE:
	case SHAPE_MAP:
		return "a map";
	case SHAPE_LIST:
		return "a list";
	case SHAPE_BOOLEAN:
		return "true or false";
	case SHAPE_INTEGER:
	case SHAPE_LONG:
		return "an integer";
	case SHAPE_FLOAT:
	case SHAPE_DOUBLE:
		return "a number";
	case SHAPE_TIMESTAMP:
		return "a time";
	default:
		return "a string";
	}
}

static void ser_wrong(struct ser *s, const struct shape *shape)
{
	struct str name = shape_name(shape);

	ser_fail(s, "%.*s takes %s", STR_ARG(name.n ? name : STR("an element")), kind_text(shape_kind(shape)));
}

bool ser_kind(struct ser *s, const struct shape *shape, const struct value *v)
{
	enum shape_kind kind = shape_kind(shape);
	bool ok = true;

	if (v->kind == V_EXPR)
		ok = false;
	else if (kind == SHAPE_LIST)
		ok = v->kind == V_LIST;
	else if ((kind == SHAPE_STRUCTURE && !shape_def_is(shape, DEF_DOCUMENT)) || kind == SHAPE_MAP)
		ok = v->kind == V_MAP;
	if (!ok)
		ser_wrong(s, shape);
	return ok;
}

const struct shape *ser_member(struct ser *s, const struct shape *shape, struct str name)
{
	const struct shape *member = shape_member(shape, name);

	if (!member)
		ser_fail(s, "the operation has no parameter '%.*s'%s%.*s", STR_ARG(name),
			 shape_name(shape).n ? " in " : "", STR_ARG(shape_name(shape)));
	return member;
}

bool ser_special_float(struct str s)
{
	return str_eqc(s, "NaN") || str_eqc(s, "Infinity") || str_eqc(s, "-Infinity");
}

static struct str without_zeros(struct arena *a, struct str digits)
{
	while (digits.n && digits.p[digits.n - 1] == '0')
		digits.n--;
	return digits.n ? str_fmt(a, ".%.*s", STR_ARG(digits)) : STR("");
}

struct str time_text(struct arena *a, int64_t ms, enum time_format format)
{
	int64_t seconds = ms / 1000, rest = ms % 1000;
	struct str fraction;

	if (rest < 0) {
		rest += 1000;
		seconds--;
	}
	if (format == TIME_RFC822)
		return time_http(a, ms);
	if (format == TIME_ISO8601)
		return time_rfc3339(a, ms, rest != 0);
	fraction = without_zeros(a, str_fmt(a, "%03d", (int)rest));
	if (seconds < 0 && rest)	/* -1.25 is one second before -0.25 */
		return str_fmt(a, "-%lld%s", (long long)-(seconds + 1),
			       without_zeros(a, str_fmt(a, "%03d", (int)(1000 - rest))).p);
	return str_fmt(a, "%lld%s", (long long)seconds, fraction.p);
}

static struct str ser_string(struct ser *s, const struct value *v)
{
	struct buf b;

	if (v->kind != V_MAP && v->kind != V_LIST)
		return value_text(v);
	buf_init(&b, SERIALIZE_MAX);
	json_write(&b, v, JSON_SECRETS | JSON_TYPED);
	return buf_take(&b, s->a);
}

struct str ser_scalar(struct ser *s, const struct shape *shape, const struct value *v, enum time_format format)
{
	struct str text = value_text(v);
	int64_t n;
	bool b;

	switch (shape_kind(shape)) {
	case SHAPE_STRING:
		return ser_string(s, v);
	case SHAPE_BLOB:
		return base64_of(s->a, text);
	case SHAPE_BOOLEAN:
		if (value_as_bool(v, &b))
			return b ? STR("true") : STR("false");
		break;
	case SHAPE_INTEGER:
	case SHAPE_LONG:
		if (value_as_int(v, &n))
			return str_fmt(s->a, "%lld", (long long)n);
		break;
	case SHAPE_FLOAT:
	case SHAPE_DOUBLE:
		if ((text.n && decimal_scan(text) == text.n) || ser_special_float(text))
			return text;
		break;
	case SHAPE_TIMESTAMP:
		if (shape_time(shape) != TIME_DEFAULT)
			format = shape_time(shape);
		if (time_parse(text, &n) || time_parse(str_cat(s->a, text, STR("Z")), &n))	/* without a zone it is UTC */
			return time_text(s->a, n, format);
		break;
	default:
		break;
	}
	ser_wrong(s, shape);
	return STR_NONE;
}

static const struct value *with_token(const struct op *op, const struct value *input, struct str token, struct arena *a)
{
	struct str name = op_token_param(op);
	struct value *copy;

	if (!name.n || !token.n || !ser_is_null(value_get(input, name)))
		return input;
	copy = value_map(a, (struct pos){0});
	for (size_t i = 0; i < value_count(input); i++)
		value_set(a, copy, input->map.items[i].key, input->map.items[i].pos, input->map.items[i].value);
	value_set(a, copy, name, (struct pos){0}, value_string(a, (struct pos){0}, token));
	return copy;
}

/* "{AccountId}." from members that are fit for a host name. */
static void ser_host_prefix(struct ser *s, const struct value *input)
{
	struct str rest = op_str(s->op, s->op->host_prefix), part;
	struct buf b;

	if (!rest.n)
		return;
	buf_init(&b, 1024);
	while (rest.n) {
		if (rest.p[0] != '{') {
			buf_char(&b, rest.p[0]);
			rest = str_sub(rest, 1, rest.n);
			continue;
		}
		rest = str_sub(rest, 1, rest.n);
		str_cut(&rest, '}', &part);
		part = value_text(value_get(input, part));
		for (size_t i = 0; i < part.n; i++)
			if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.", part.p[i]) ||
			    !part.p[i])
				part.n = 0;
		if (!part.n)
			ser_fail(s, "a parameter that becomes part of the host name is missing or unfit for one");
		buf_str(&b, part);
	}
	s->out->host_prefix = buf_take(&b, s->a);
}

bool serialize(const struct op *op, const struct value *input, struct str token, struct arena *a, struct request *out,
	       struct errs *errs)
{
	struct ser s = {.op = op, .model = op_model(op), .a = a, .errs = errs, .out = out};

	*out = (struct request){.method = op_str(op, op->method), .path = STR("/")};
	out->unsigned_payload = op->flags & OP_UNSIGNED_PAYLOAD;
	buf_init(&s.body, SERIALIZE_MAX);
	input = with_token(op, input, token, a);
	if (op->flags & OP_EVENT_STREAM)
		ser_fail(&s, "the operation is an event stream, which drplan does not speak");
	if (s.model->flags & MODEL_QUERY_COMPATIBLE)
		headers_add(&out->headers, a, STR("x-amzn-query-mode"), STR("true"));
	ser_host_prefix(&s, input);
	switch ((enum protocol)s.model->protocol) {
	case PROTOCOL_EC2:
	case PROTOCOL_QUERY:
		ser_query(&s, input);
		break;
	case PROTOCOL_JSON:
		ser_json(&s, input);
		break;
	case PROTOCOL_REST_XML:
	case PROTOCOL_REST_JSON:
		ser_rest(&s, input);
		break;
	}
	if (s.body.overflow)
		ser_fail(&s, "the request is larger than %d MB", SERIALIZE_MAX >> 20);
	out->body = buf_take(&s.body, a);
	return !s.failed;
}
