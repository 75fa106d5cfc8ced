/* Reading the compiled service models (model/wiremodel.h): from a handle to its table, and from there to names,
 * members, pages and endpoint rules. Operations and members are found by binary search. Nothing is allocated and
 * nothing is kept; wiremodel_open.c checks tables that come from a file.
 */
#include "providers/aws/model/wiremodel.h"

#include "providers/aws/wire.h"

#define AT(m, type, span, i) ((const type *)(const void *)((const char *)(m) + (m)->span.at) + (i))

struct str model_str(const struct model *m, pstr s)
{
	return (struct str){AT(m, char, pool, s >> 10), s & 0x3ff};
}

/* Every record that is searched begins with self and name. */
struct named {
	uint32_t self;
	pstr name;
};

static const void *find_named(const struct model *m, uint32_t at, size_t n, size_t size, struct str name)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const void *p = (const char *)m + at + mid * size;
		int c = str_cmp(name, model_str(m, ((const struct named *)p)->name));

		if (c == 0)
			return p;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

/* --- models --- */

const struct model *wire_model(struct str service)
{
	size_t lo = 0, hi = wire_model_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(service, model_str(wire_models[mid], wire_models[mid]->name));

		if (c == 0)
			return wire_models[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const struct op *model_op(const struct model *m, struct str name)
{
	return m ? find_named(m, m->ops.at, m->ops.n, sizeof(struct op), name) : NULL;
}

const struct op *model_op_nth(const struct model *m, size_t i)
{
	return i < m->ops.n ? AT(m, struct op, ops, i) : NULL;
}

size_t model_op_count(const struct model *m)
{
	return m->ops.n;
}

const struct error_shape *model_error(const struct model *m, struct str code)
{
	return find_named(m, m->errors.at, m->errors.n, sizeof(struct error_shape), code);
}

const struct shape *error_members(const struct error_shape *e)
{
	const struct model *m = (const struct model *)(const void *)((const char *)e - e->self);

	return AT(m, struct shape, shapes, e->shape - 1);
}

/* --- operations --- */

const struct op *wire_op(struct str service, struct str operation)
{
	return model_op(wire_model(service), operation);
}

const struct model *op_model(const struct op *op)
{
	return (const struct model *)(const void *)((const char *)op - op->self);
}

struct str op_str(const struct op *op, pstr s)
{
	return model_str(op_model(op), s);
}

struct str op_service(const struct op *op)
{
	return op_str(op, op_model(op)->name);
}

struct str op_signing_name(const struct op *op)
{
	return op_str(op, op_model(op)->signing_name);
}

struct str op_name(const struct op *op)
{
	return op_str(op, op->name);
}

const struct shape *op_input(const struct op *op)
{
	return op->input ? AT(op_model(op), struct shape, shapes, op->input - 1) : NULL;
}

const struct shape *op_output(const struct op *op)
{
	return op->output ? AT(op_model(op), struct shape, shapes, op->output - 1) : NULL;
}

bool op_paginates(const struct op *op)
{
	return op->page != 0;
}

struct str op_token_param(const struct op *op)
{
	return op_str(op, op->token);
}

const struct paginator *op_paginator(const struct op *op)
{
	return op->page ? AT(op_model(op), struct paginator, pages, op->page - 1) : NULL;
}

struct str page_list(const struct op *op, uint32_t first, size_t i)
{
	return op_str(op, *AT(op_model(op), pstr, lists, first + i));
}

const struct pair *op_pairs(const struct op *op, size_t *n)
{
	*n = op->n_pairs;
	return AT(op_model(op), struct pair, pairs, op->pairs);
}

/* --- shapes --- */

const struct model *shape_model(const struct shape *s)
{
	return (const struct model *)(const void *)((const char *)s - s->self);
}

const struct shape_def *shape_def(const struct shape *s)
{
	return AT(shape_model(s), struct shape_def, defs, s->def);
}

/* Member, element, key or value i of the shape's def. */
static const struct shape *shape_below(const struct shape *s, size_t i)
{
	const struct shape_def *d = shape_def(s);

	return i < d->n ? AT(shape_model(s), struct shape, shapes, d->first + i) : NULL;
}

enum shape_kind shape_kind(const struct shape *s)
{
	return shape_def(s)->kind;
}

const struct shape *shape_member(const struct shape *s, struct str name)
{
	const struct shape_def *d = shape_def(s);
	const struct model *m = shape_model(s);

	if (d->kind != SHAPE_STRUCTURE)
		return NULL;
	return find_named(m, m->shapes.at + d->first * (uint32_t)sizeof(struct shape), d->n, sizeof(struct shape), name);
}

size_t shape_member_count(const struct shape *s)
{
	const struct shape_def *d = shape_def(s);

	return d->kind == SHAPE_STRUCTURE ? d->n : 0;
}

const struct shape *shape_nth(const struct shape *s, size_t i)
{
	return i < shape_member_count(s) ? shape_below(s, i) : NULL;
}

struct str shape_member_name(const struct shape *s, size_t i)
{
	const struct shape *member = shape_nth(s, i);

	return member ? shape_name(member) : STR("");
}

const struct shape *shape_element(const struct shape *s)
{
	switch (shape_kind(s)) {
	case SHAPE_LIST:
		return shape_below(s, 0);
	case SHAPE_MAP:
		return shape_below(s, 1);
	default:
		return NULL;
	}
}

const struct shape *shape_key(const struct shape *s)
{
	return shape_kind(s) == SHAPE_MAP ? shape_below(s, 0) : NULL;
}

const struct shape *shape_payload(const struct shape *s)
{
	const struct shape_def *d = shape_def(s);

	return d->payload ? shape_below(s, d->payload - 1u) : NULL;
}

bool shape_sensitive(const struct shape *s)
{
	return shape_def_is(s, DEF_SENSITIVE);
}

struct str shape_name(const struct shape *s)
{
	return model_str(shape_model(s), s->name);
}

struct str shape_wire(const struct shape *s)
{
	return model_str(shape_model(s), s->wire ? s->wire : s->name);
}

bool shape_has_wire(const struct shape *s)
{
	return s->wire != 0;
}

enum shape_place shape_place(const struct shape *s)
{
	return s->flags & SHAPE_PLACE;
}

enum time_format shape_time(const struct shape *s)
{
	return (s->flags & SHAPE_TIME) >> 11;
}

bool shape_is(const struct shape *s, unsigned flag)
{
	return (s->flags & flag) != 0;
}

bool shape_def_is(const struct shape *s, unsigned flag)
{
	return (shape_def(s)->flags & flag) != 0;
}

struct str shape_extra(const struct shape *s, enum extra_kind kind)
{
	const struct model *m = shape_model(s);
	uint32_t index = (uint32_t)(s - AT(m, struct shape, shapes, 0));
	size_t lo = 0, hi = m->extras.n;

	if (!(s->flags & SHAPE_EXTRA))
		return STR("");
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct extra *e = AT(m, struct extra, extras, mid);

		if (e->shape == index && e->kind == (uint32_t)kind)
			return model_str(m, e->value);
		if (e->shape < index || (e->shape == index && e->kind < (uint32_t)kind))
			lo = mid + 1;
		else
			hi = mid;
	}
	return STR("");
}

/* --- endpoint rules --- */

const struct rule_param *model_params(const struct model *m, size_t *n)
{
	*n = m->params.n;
	return AT(m, struct rule_param, params, 0);
}

const struct rule *model_rules(const struct model *m, size_t *n)
{
	*n = m->rules.n;
	return AT(m, struct rule, rules, 0);
}

const struct rule_cond *model_cond(const struct model *m, size_t i)
{
	return AT(m, struct rule_cond, conds, i);
}

const struct expr *model_expr(const struct model *m, size_t i)
{
	return AT(m, struct expr, exprs, i);
}
