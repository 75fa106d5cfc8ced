/* A table that came from a file: every offset, index and string is checked before the first use, so that the
 * accessors (wiremodel.c) may trust any table that they meet. Used for conformance cases.
 */
#include "providers/aws/model/wiremodel.h"

#include "providers/aws/wire.h"

#define AT(m, type, span, i) ((const type *)(const void *)((const char *)(m) + (m)->span.at) + (i))

static bool span_fits(const struct model *m, struct span s, size_t item)
{
	return s.at % 4 == 0 && s.at >= sizeof(*m) && s.at <= m->size && s.n <= (m->size - s.at) / item;
}

static bool spans_fit(const struct model *m)
{
	return span_fits(m, m->ops, sizeof(struct op)) && span_fits(m, m->shapes, sizeof(struct shape)) &&
	       span_fits(m, m->defs, sizeof(struct shape_def)) && span_fits(m, m->errors, sizeof(struct error_shape)) &&
	       span_fits(m, m->pages, sizeof(struct paginator)) && span_fits(m, m->pairs, sizeof(struct pair)) &&
	       span_fits(m, m->extras, sizeof(struct extra)) && span_fits(m, m->lists, sizeof(pstr)) &&
	       span_fits(m, m->params, sizeof(struct rule_param)) && span_fits(m, m->rules, sizeof(struct rule)) &&
	       span_fits(m, m->conds, sizeof(struct rule_cond)) && span_fits(m, m->exprs, sizeof(struct expr)) &&
	       span_fits(m, m->pool, 1);
}

static bool text_fits(const struct model *m, pstr s)
{
	size_t at = s >> 10, n = s & 0x3ff;

	return at + n < m->pool.n && AT(m, char, pool, 0)[at + n] == '\0';
}

static bool texts_fit(const struct model *m, const pstr *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!text_fits(m, s[i]))
			return false;
	return true;
}

static bool range_fits(size_t first, size_t n, size_t limit)
{
	return first <= limit && n <= limit - first;
}

static bool head_fits(const struct model *m)
{
	const pstr texts[] = {m->name, m->service_id, m->endpoint_prefix, m->signing_name, m->api_version,
			      m->target_prefix, m->xml_namespace, m->global_endpoint, m->env_suffix};

	return m->protocol <= PROTOCOL_REST_JSON && m->slots >= m->params.n &&
	       texts_fit(m, texts, sizeof(texts) / sizeof(*texts));
}

static bool op_fits(const struct model *m, size_t i)
{
	const struct op *op = AT(m, struct op, ops, i);
	const pstr texts[] = {op->name, op->method, op->uri, op->host_prefix, op->wrapper, op->token,
			      op->checksum_member, op->validation_member};

	return op->self == m->ops.at + i * sizeof(*op) && texts_fit(m, texts, sizeof(texts) / sizeof(*texts)) &&
	       op->input <= m->shapes.n && op->output <= m->shapes.n && op->page <= m->pages.n &&
	       range_fits(op->pairs, op->n_pairs, m->pairs.n);
}

static bool shape_fits(const struct model *m, size_t i)
{
	const struct shape *s = AT(m, struct shape, shapes, i);

	return s->self == m->shapes.at + i * sizeof(*s) && text_fits(m, s->name) && text_fits(m, s->wire) &&
	       s->def < m->defs.n && (s->flags & SHAPE_PLACE) <= PLACE_STATUS;
}

static bool def_fits(const struct model *m, size_t i)
{
	const struct shape_def *d = AT(m, struct shape_def, defs, i);

	if (d->kind > SHAPE_TIMESTAMP || !range_fits(d->first, d->n, m->shapes.n))
		return false;
	if ((d->kind == SHAPE_LIST && d->n != 1) || (d->kind == SHAPE_MAP && d->n != 2))
		return false;
	return d->payload <= d->n;
}

static bool error_fits(const struct model *m, size_t i)
{
	const struct error_shape *e = AT(m, struct error_shape, errors, i);

	return e->self == m->errors.at + i * sizeof(*e) && text_fits(m, e->code) && text_fits(m, e->name) &&
	       e->shape != 0 && e->shape <= m->shapes.n;
}

static bool page_fits(const struct model *m, size_t i)
{
	const struct paginator *p = AT(m, struct paginator, pages, i);

	return range_fits(p->in, p->n_in, m->lists.n) && range_fits(p->out, p->n_out, m->lists.n) &&
	       range_fits(p->result, p->n_result, m->lists.n) && p->n_in == p->n_out && text_fits(m, p->more) &&
	       text_fits(m, p->limit);
}

static bool pair_fits(const struct model *m, size_t i)
{
	const struct pair *p = AT(m, struct pair, pairs, i);

	return p->kind <= PAIR_PATH && text_fits(m, p->name) && text_fits(m, p->value);
}

static bool extra_fits(const struct model *m, size_t i)
{
	const struct extra *e = AT(m, struct extra, extras, i);

	return e->shape < m->shapes.n && e->kind <= EXTRA_CONTEXT_PARAM && text_fits(m, e->value);
}

static bool list_fits(const struct model *m, size_t i)
{
	return text_fits(m, *AT(m, pstr, lists, i));
}

/* Conformance tables carry no endpoint rules, and a file must not bring any: their interpreter trusts the generator. */
static bool no_rules(const struct model *m)
{
	return m->params.n == 0 && m->rules.n == 0 && m->conds.n == 0 && m->exprs.n == 0;
}

static bool all_fit(const struct model *m, size_t n, bool (*fits)(const struct model *, size_t))
{
	for (size_t i = 0; i < n; i++)
		if (!fits(m, i))
			return false;
	return true;
}

const struct model *model_open(const void *p, size_t n)
{
	const struct model *m = p;

	if (n < sizeof(*m) || (uintptr_t)p % 4 != 0 || m->magic != MODEL_MAGIC || m->size > n || m->size % 4 != 0)
		return NULL;
	if (!spans_fit(m) || !head_fits(m) || !no_rules(m))
		return NULL;
	if (!all_fit(m, m->ops.n, op_fits) || !all_fit(m, m->shapes.n, shape_fits) || !all_fit(m, m->defs.n, def_fits) ||
	    !all_fit(m, m->errors.n, error_fits) || !all_fit(m, m->pages.n, page_fits) ||
	    !all_fit(m, m->pairs.n, pair_fits) || !all_fit(m, m->extras.n, extra_fits) ||
	    !all_fit(m, m->lists.n, list_fits))
		return NULL;
	return m;
}
