/* Call: any operation of the compiled models.
 *
 *	Call: {Service: rds, Operation: RebootDBCluster, Parameters: {DBClusterIdentifier: x},
 *	       Unless: {Operation: DescribeDBClusters, Parameters: {...}, Path: 'DBClusters[0].Status', Is: available}}
 *
 * Unless is how such a step can be started twice: the read is made first, and where its answer holds that value (or
 * one of a list) nothing is called; after the call it is made until it does. Without Unless the call is made once;
 * when nobody knows what became of an earlier start it is made again only if the operation has an idempotency token
 * (the work's UUID) or changes nothing. Parameters are checked against the model before anything is sent. */
#include "providers/aws/verbs/looks.h"

static const char *const reads[] = {"Describe", "Get", "List", "Head", "Search", "Lookup"};

static bool is_read(struct str operation)
{
	for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
		if (str_starts(operation, str_of(reads[i])))
			return true;
	return false;
}

/* "service:Operation", or NULL where the models have none. */
static const char *op_of(struct verb *v, struct str operation)
{
	struct str service = arg_text(v, "Service");

	if (!wire_op(service, operation))
		return NULL;
	return str_fmt(v->arena, "%.*s:%.*s", STR_ARG(service), STR_ARG(operation)).p;
}

/* --- parameters against the model --------------------------------------------------------------------------------- */

static bool fits(struct verb *v, const struct shape *shape, const struct value *x, struct str path, struct str *why);

static bool members_fit(struct verb *v, const struct shape *shape, const struct value *x, struct str path,
			struct str *why)
{
	for (size_t i = 0; i < x->map.n; i++) {
		const struct member *m = &x->map.items[i];
		bool structure = shape_kind(shape) == SHAPE_STRUCTURE;
		const struct shape *below = structure ? shape_member(shape, m->key) : shape_element(shape);
		struct str at = str_fmt(v->arena, "%.*s%s%.*s", STR_ARG(path), path.n ? "." : "", STR_ARG(m->key));

		if (!below) {
			*why = str_fmt(v->arena, "there is no parameter %.*s", STR_ARG(at));
			return false;
		}
		if (!fits(v, below, m->value, at, why))
			return false;
	}
	return true;
}

static bool scalar_fits(enum shape_kind kind, const struct value *x)
{
	int64_t n;
	double d;
	bool b;

	switch (kind) {
	case SHAPE_BOOLEAN:
		return value_as_bool(x, &b);
	case SHAPE_INTEGER:
	case SHAPE_LONG:
		return value_as_int(x, &n);
	case SHAPE_FLOAT:
	case SHAPE_DOUBLE:
		return number_of(x, &d);
	case SHAPE_STRUCTURE:
	case SHAPE_LIST:
	case SHAPE_MAP:
		return false;
	case SHAPE_STRING:
	case SHAPE_BLOB:
	case SHAPE_TIMESTAMP:
		break;
	}
	return value_is_scalar(x);
}

static bool fits(struct verb *v, const struct shape *shape, const struct value *x, struct str path, struct str *why)
{
	enum shape_kind kind = shape_kind(shape);
	bool ok = true;

	if (kind == SHAPE_STRUCTURE || kind == SHAPE_MAP)
		ok = x->kind == V_MAP;
	else if (kind == SHAPE_LIST)
		ok = x->kind == V_LIST;
	else
		ok = scalar_fits(kind, x);
	if (!ok) {
		*why = str_fmt(v->arena, "parameter %.*s has the wrong kind of value", STR_ARG(path));
		return false;
	}
	if (x->kind == V_MAP)
		return members_fit(v, shape, x, path, why);
	for (size_t i = 0; i < value_count(x); i++)
		if (!fits(v, shape_element(shape), value_at(x, i), str_fmt(v->arena, "%.*s[%zu]", STR_ARG(path), i),
			  why))
			return false;
	return true;
}

static bool request_fits(struct verb *v, struct str operation, const struct value *params, struct str *why)
{
	const struct op *op = wire_op(arg_text(v, "Service"), operation);

	if (!op) {
		*why = str_fmt(v->arena, "%.*s has no operation '%.*s'", STR_ARG(arg_text(v, "Service")),
			       STR_ARG(operation));
		return false;
	}
	if (!params || (params->kind == V_MAP && !params->map.n))
		return true;
	if (!op_input(op) || params->kind != V_MAP) {
		*why = str_fmt(v->arena, "%.*s takes no such parameters", STR_ARG(operation));
		return false;
	}
	return fits(v, op_input(op), params, STR_NONE, why);
}

/* --- the call ----------------------------------------------------------------------------------------------------- */

static void look(struct verb *v);

static void called(struct verb *v)
{
	if (arg(v, "Unless"))
		verb_wait(v, look, "%.*s was called", STR_ARG(arg_text(v, "Operation")));
	else
		verb_done(v, "%.*s was called", STR_ARG(arg_text(v, "Operation")));
}

static void make(struct verb *v)
{
	struct str operation = arg_text(v, "Operation");
	const char *op = op_of(v, operation);
	struct value *params = (struct value *)arg(v, "Parameters");

	if (is_read(operation)) {
		verb_ask(v, op, params, called);
		return;
	}
	v->once = true;
	verb_act(v, op, params, called);
}

/* --- unless ------------------------------------------------------------------------------------------------------- */

static bool holds(const struct value *wanted, const struct value *found)
{
	if (!wanted || !found)
		return false;
	for (size_t i = 0; wanted->kind == V_LIST && i < value_count(wanted); i++)
		if (value_equal(value_at(wanted, i), found))
			return true;
	return wanted->kind != V_LIST && value_equal(wanted, found);
}

static void seen(struct verb *v)
{
	const struct value *unless = arg(v, "Unless");
	const struct value *found = value_path(v->answer, text_at(unless, "Path"));
	struct str is = value_text(found);

	if (holds(value_getc(unless, "Is"), found))
		verb_done(v, "%.*s is %.*s", STR_ARG(text_at(unless, "Path")), STR_ARG(is));
	else if (v->acted)
		verb_wait(v, look, "%.*s is %.*s", STR_ARG(text_at(unless, "Path")),
			  STR_ARG(is.n ? is : STR("not there")));
	else
		make(v);
}

static void look(struct verb *v)
{
	const struct value *unless = arg(v, "Unless");

	verb_ask(v, op_of(v, text_at(unless, "Operation")), value_getc(unless, "Parameters"), seen);
}

static bool unless_check(struct verb *v, struct str *why)
{
	const struct value *unless = arg(v, "Unless");
	struct str operation = text_at(unless, "Operation");

	if (!unless)
		return true;
	if (is_read(operation) && text_at(unless, "Path").n && value_getc(unless, "Is"))
		return request_fits(v, operation, value_getc(unless, "Parameters"), why);
	*why = STR("Unless has an Operation that reads, its Parameters, a Path into the answer, and what it Is");
	return false;
}

void call_look(struct verb *v)
{
	struct str operation = arg_text(v, "Operation"), why;

	if (!request_fits(v, operation, arg(v, "Parameters"), &why) || !unless_check(v, &why)) {
		verb_fail(v, "%.*s", STR_ARG(why));
	} else if (arg(v, "Unless")) {
		v->look = look;
		look(v);
	} else if (v->work->again && !is_read(operation) &&
		   !op_token_param(wire_op(arg_text(v, "Service"), operation)).n) {
		verb_fail(v,
			  "nobody knows whether %.*s was called before: look, then skip the step or give it an Unless",
			  STR_ARG(operation));
	} else {
		make(v);
	}
}
