/* Whether a Call can be sent: its parameters against the compiled models. See callcheck.h. */
#include "providers/aws/callcheck.h"

#include "base/decimal.h"
#include "providers/aws/wire.h"

static const char *const reads[] = {"Describe", "Get", "List", "Head", "Search", "Lookup"};

bool call_reads(struct str operation)
{
	for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
		if (str_starts(operation, str_of(reads[i])))
			return true;
	return false;
}

/* --- parameters against the model --------------------------------------------------------------------------------- */

static bool fits(struct arena *a, const struct shape *shape, const struct value *x, struct str path, struct str *why);

static bool members_fit(struct arena *a, const struct shape *shape, const struct value *x, struct str path,
			struct str *why)
{
	for (size_t i = 0; i < x->map.n; i++) {
		const struct member *m = &x->map.items[i];
		bool structure = shape_kind(shape) == SHAPE_STRUCTURE;
		const struct shape *below = structure ? shape_member(shape, m->key) : shape_element(shape);
		struct str at = str_fmt(a, "%.*s%s%.*s", STR_ARG(path), path.n ? "." : "", STR_ARG(m->key));

		if (!below) {
			*why = str_fmt(a, "there is no parameter %.*s", STR_ARG(at));
			return false;
		}
		if (!fits(a, below, m->value, at, why))
			return false;
	}
	return true;
}

static bool is_number(const struct value *x)
{
	struct decimal d;

	return decimal_parse(value_text(x), &d);
}

static bool scalar_fits(enum shape_kind kind, const struct value *x)
{
	int64_t n;
	bool b;

	switch (kind) {
	case SHAPE_BOOLEAN:
		return value_as_bool(x, &b);
	case SHAPE_INTEGER:
	case SHAPE_LONG:
		return value_as_int(x, &n);
	case SHAPE_FLOAT:
	case SHAPE_DOUBLE:
		return is_number(x);
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

static bool fits(struct arena *a, const struct shape *shape, const struct value *x, struct str path, struct str *why)
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
		*why = str_fmt(a, "parameter %.*s has the wrong kind of value", STR_ARG(path));
		return false;
	}
	if (x->kind == V_MAP)
		return members_fit(a, shape, x, path, why);
	for (size_t i = 0; i < value_count(x); i++)
		if (!fits(a, shape_element(shape), value_at(x, i), str_fmt(a, "%.*s[%zu]", STR_ARG(path), i), why))
			return false;
	return true;
}

static bool request_fits(struct arena *a, struct str service, struct str operation, const struct value *params,
			 struct str *why)
{
	const struct op *op = wire_op(service, operation);

	if (!op) {
		*why = str_fmt(a, "%.*s has no operation '%.*s'", STR_ARG(service), STR_ARG(operation));
		return false;
	}
	if (!params || (params->kind == V_MAP && !params->map.n))
		return true;
	if (!op_input(op) || params->kind != V_MAP) {
		*why = str_fmt(a, "%.*s takes no such parameters", STR_ARG(operation));
		return false;
	}
	return fits(a, op_input(op), params, STR_NONE, why);
}

bool call_checked(struct arena *a, const struct value *args, struct str *why)
{
	struct str service = value_text(value_getc(args, "Service")),
		   operation = value_text(value_getc(args, "Operation"));
	const struct value *unless = value_getc(args, "Unless");
	struct str asked = value_text(value_getc(unless, "Operation"));

	if (!request_fits(a, service, operation, value_getc(args, "Parameters"), why))
		return false;
	if (!unless)
		return true;
	if (call_reads(asked) && value_text(value_getc(unless, "Path")).n && value_getc(unless, "Is"))
		return request_fits(a, service, asked, value_getc(unless, "Parameters"), why);
	*why = STR("Unless has an Operation that reads, its Parameters, a Path into the answer, and what it Is");
	return false;
}
