/* Call: any operation of the compiled models.
 *
 *	Call: {Service: rds, Operation: RebootDBCluster, Parameters: {DBClusterIdentifier: x},
 *	       Unless: {Operation: DescribeDBClusters, Parameters: {...}, Path: 'DBClusters[0].Status', Is: available}}
 *
 * Unless is how such a step can be started twice: the read is made first, and where its answer holds that value (or
 * one of a list) nothing is called; after the call it is made until it does. Without Unless the call is made once;
 * when nobody knows what became of an earlier start it is made again only if the operation has an idempotency token
 * (the work's UUID) or changes nothing. Parameters are checked against the model before anything is sent. */
#include "providers/aws/callcheck.h"
#include "providers/aws/verbs/looks.h"

/* "service:Operation", or NULL where the models have none. */
static const char *op_of(struct verb *v, struct str operation)
{
	struct str service = arg_text(v, "Service");

	if (!wire_op(service, operation))
		return NULL;
	return str_fmt(v->arena, "%.*s:%.*s", STR_ARG(service), STR_ARG(operation)).p;
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

	if (call_reads(operation)) {
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

void call_look(struct verb *v)
{
	struct str operation = arg_text(v, "Operation"), why;

	if (!call_checked(v->arena, v->args, &why)) {
		verb_fail(v, "%.*s", STR_ARG(why));
	} else if (arg(v, "Unless")) {
		v->look = look;
		look(v);
	} else if (v->work->again && !call_reads(operation) &&
		   !op_token_param(wire_op(arg_text(v, "Service"), operation)).n) {
		verb_fail(v,
			  "nobody knows whether %.*s was called before: look, then skip the step or give it an Unless",
			  STR_ARG(operation));
	} else {
		make(v);
	}
}
