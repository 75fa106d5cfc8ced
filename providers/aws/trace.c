/* What -v and --trace show of a call; secrets are taken out by base/log.c and, where the model knows them, here. */
#include "providers/aws/flow.h"

#include "base/log.h"
#include "providers/aws/model/wiremodel.h"

enum { TRACE_BODY = 64 << 10 };

static bool header_is_secret(struct str name)
{
	return str_eq_nocase(name, STR("Authorization")) || str_eq_nocase(name, STR("X-Amz-Security-Token")) ||
	       str_eq_nocase(name, STR("x-amz-sso_bearer_token")) || str_eq_nocase(name, STR("Set-Cookie"));
}

static void trace_headers(const struct headers *h, char arrow)
{
	for (size_t i = 0; i < h->n; i++)
		log_line(LOG_TRACE, "%c %.*s: %.*s", arrow, STR_ARG(h->items[i].name),
			 STR_ARG(header_is_secret(h->items[i].name) ? STR("(secret)") : h->items[i].value));
}

static void trace_body(struct str body, char arrow)
{
	if (!body.n)
		return;
	if (!str_utf8(body))
		log_line(LOG_TRACE, "%c (%zu bytes)", arrow, body.n);
	else
		log_line(LOG_TRACE, "%c %.*s%s", arrow, STR_ARG(str_sub(body, 0, TRACE_BODY)),
			 body.n > TRACE_BODY ? " ..." : "");
}

void trace_request(const struct flow *f)
{
	const struct request *r = &f->request;

	if (!log_wants(LOG_TRACE))
		return;
	log_line(LOG_TRACE, "> %.*s %.*s://%.*s%.*s%s%.*s", STR_ARG(r->method), STR_ARG(r->scheme), STR_ARG(r->host),
		 STR_ARG(r->path), r->query.n ? "?" : "", STR_ARG(r->query));
	trace_headers(&r->headers, '>');
	trace_body(r->body, '>');
}

void trace_answer(const struct flow *f)
{
	if (!log_wants(LOG_TRACE))
		return;
	if (f->transfer.result != TRANSFER_OK)
		log_line(LOG_TRACE, "< %.*s", STR_ARG(f->transfer.error));
	log_line(LOG_TRACE, "< status %d", f->transfer.answer.status);
	trace_headers(&f->transfer.answer.headers, '<');
	trace_body(f->transfer.answer.body, '<');
}

void trace_call(const struct flow *f, struct str outcome)
{
	const struct call *c = f->c;

	if (!log_wants(LOG_CALLS))
		return;
	log_line(LOG_CALLS, "%.*s:%.*s %.*s %.*s %lld ms%s%.*s", STR_ARG(op_service(c->op)), STR_ARG(op_name(c->op)),
		 STR_ARG(f->region), STR_ARG(outcome), (long long)(clock_mono(f->w->clock) - f->sent_at),
		 c->address.n ? " for " : "", STR_ARG(c->address));
}

static void secret_strings(const struct value *v)
{
	if (v->kind == V_STRING)
		log_secret(v->text);
	for (size_t i = 0; v->kind == V_LIST && i < v->list.n; i++)
		secret_strings(v->list.items[i]);
	for (size_t i = 0; v->kind == V_MAP && i < v->map.n; i++)
		secret_strings(v->map.items[i].value);
}

void trace_secrets(const struct shape *shape, const struct value *v)
{
	if (!v || !shape)
		return;
	if (shape_sensitive(shape) || v->flags & VALUE_SECRET) {
		secret_strings(v);
		return;
	}
	if (v->kind == V_LIST && shape_kind(shape) == SHAPE_LIST)
		for (size_t i = 0; i < v->list.n; i++)
			trace_secrets(shape_element(shape), v->list.items[i]);
	if (v->kind != V_MAP || (shape_kind(shape) != SHAPE_STRUCTURE && shape_kind(shape) != SHAPE_MAP))
		return;
	for (size_t i = 0; i < v->map.n; i++)
		trace_secrets(shape_kind(shape) == SHAPE_MAP ? shape_element(shape)
							     : shape_member(shape, v->map.items[i].key),
			      v->map.items[i].value);
}
