/* Arguments of verbs: checked against what the table says before anything starts, then read without further checks. */
#include "providers/aws/verbs/verb.h"

#include "base/decimal.h"

#include <math.h>
#include <stdlib.h>

/* --- kinds -------------------------------------------------------------------------------------------------------- */

static bool each(const struct value *v, bool (*is)(const struct verb *, const struct value *), const struct verb *verb)
{
	if (v->kind != V_LIST)
		return is(verb, v);
	for (size_t i = 0; i < value_count(v); i++)
		if (!is(verb, value_at(v, i)))
			return false;
	return true;
}

static bool is_text(const struct verb *v, const struct value *x)
{
	(void)v;
	return value_is_scalar(x) && value_text(x).n;
}

static bool is_resource(const struct verb *v, const struct value *x)
{
	struct str target = text_at(x, "Target");

	if (x->kind != V_MAP)
		return is_text(v, x);
	return text_at(x, "Id").n && (!target.n || place_named(v, target));
}

static bool is_count(const struct value *x)
{
	int64_t n;

	return value_as_int(x, &n) && n >= 0 && n <= INT32_MAX;
}

static bool is_flag(const struct value *x)
{
	bool b;

	return value_as_bool(x, &b);
}

static bool is_duration(const struct value *x)
{
	int64_t ms;

	return value_is_scalar(x) && str_duration(value_text(x), &ms);
}

bool number_of(const struct value *v, double *out)
{
	struct str s = value_text(v);
	struct decimal d;
	char text[64];

	if (!s.n || s.n >= sizeof text || !decimal_parse(s, &d))
		return false;
	for (size_t i = 0; i < s.n; i++)
		text[i] = s.p[i];
	text[s.n] = 0;
	*out = strtod(text, NULL);
	return isfinite(*out);
}

/* What the argument should be, or NULL if it is that. */
static const char *kind_miss(const struct verb *v, struct str kind, const struct value *x)
{
	double unused;

	if (str_eqc(kind, "text"))
		return is_text(v, x) ? NULL : "a text";
	if (str_eqc(kind, "texts"))
		return each(x, is_text, v) ? NULL : "a text or a list of texts";
	if (str_eqc(kind, "count"))
		return is_count(x) ? NULL : "a whole number from 0";
	if (str_eqc(kind, "number"))
		return number_of(x, &unused) ? NULL : "a number";
	if (str_eqc(kind, "bool"))
		return is_flag(x) ? NULL : "true or false";
	if (str_eqc(kind, "duration"))
		return is_duration(x) ? NULL : "a duration such as 30s or 15m";
	if (str_eqc(kind, "map"))
		return x->kind == V_MAP ? NULL : "a map";
	if (str_eqc(kind, "target"))
		return place_named(v, value_text(x)) ? NULL : "the name of a target";
	if (str_eqc(kind, "resource"))
		return is_resource(v, x) ? NULL : "a resource or its id";
	if (str_eqc(kind, "resources"))
		return value_count(x) + (x->kind != V_LIST) && each(x, is_resource, v) ? NULL
										       : "resources or their ids";
	return NULL;
}

/* --- checking ----------------------------------------------------------------------------------------------------- */

/* The next "Name:kind!" of a table's row. */
static bool row_next(struct str *rest, struct str *name, struct str *kind, bool *needed)
{
	struct str word;

	if (!rest->n)
		return false;
	str_cut(rest, ' ', &word);
	*needed = word.n && word.p[word.n - 1] == '!';
	if (*needed)
		word.n--;
	str_cut(&word, ':', name);
	*kind = word;
	return name->n != 0;
}

static bool is_known(const struct verb *v, struct str key)
{
	struct str rest = str_of(v->def->args), name, kind;
	bool needed;

	while (row_next(&rest, &name, &kind, &needed))
		if (str_eq(name, key))
			return true;
	/* The gate's own bound; where, which every verb takes. */
	return str_eqc(key, "Within") || str_eqc(key, "Target");
}

bool args_check(struct verb *v, struct str *why)
{
	struct str rest = str_of(v->def->args), name, kind;
	bool needed;

	if (!v->args)
		v->args = value_map(v->arena, (struct pos){0});
	if (v->args->kind != V_MAP) {
		*why = STR("its arguments are a map");
		return false;
	}
	for (size_t i = 0; i < v->args->map.n; i++)
		if (!is_known(v, v->args->map.items[i].key)) {
			*why = str_fmt(v->arena, "there is no argument '%.*s'", STR_ARG(v->args->map.items[i].key));
			return false;
		}
	if (arg(v, "Target")) {
		v->at = place_named(v, arg_text(v, "Target"));
		if (!v->at) {
			*why = STR("Target must be the name of a target");
			return false;
		}
	}
	while (row_next(&rest, &name, &kind, &needed)) {
		const struct value *x = value_get(v->args, name);
		const char *miss = x ? kind_miss(v, kind, x) : needed ? "given" : NULL;

		if (miss) {
			*why = str_fmt(v->arena, "%.*s must be %s", STR_ARG(name), miss);
			return false;
		}
	}
	return true;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

const struct value *arg(const struct verb *v, const char *name)
{
	return value_getc(v->args, name);
}

struct str arg_text(const struct verb *v, const char *name)
{
	return value_text(arg(v, name));
}

bool arg_bool(const struct verb *v, const char *name, bool otherwise)
{
	const struct value *x = arg(v, name);

	if (x)
		value_as_bool(x, &otherwise);
	return otherwise;
}

int64_t arg_count(const struct verb *v, const char *name, int64_t otherwise)
{
	const struct value *x = arg(v, name);

	if (x)
		value_as_int(x, &otherwise);
	return otherwise;
}

int64_t arg_ms(const struct verb *v, const char *name, int64_t otherwise)
{
	const struct value *x = arg(v, name);

	if (x)
		str_duration(value_text(x), &otherwise);
	return otherwise;
}

double arg_number(const struct verb *v, const char *name, double otherwise)
{
	const struct value *x = arg(v, name);

	if (x)
		number_of(x, &otherwise);
	return otherwise;
}

bool arg_has(const struct verb *v, const char *name, struct str text)
{
	const struct value *x = arg(v, name);

	if (x && x->kind != V_LIST)
		return str_eq_nocase(value_text(x), text);
	for (size_t i = 0; i < value_count(x); i++)
		if (str_eq_nocase(value_text(value_at(x, i)), text))
			return true;
	return false;
}

struct str arg_list_text(struct verb *v, const char *name)
{
	const struct value *x = arg(v, name);
	struct str out = x && x->kind != V_LIST ? value_text(x) : STR_NONE;

	for (size_t i = 0; i < value_count(x); i++)
		out =
		    str_fmt(v->arena, "%.*s%s%.*s", STR_ARG(out), i ? " or " : "", STR_ARG(value_text(value_at(x, i))));
	return out;
}

/* --- resources and places ----------------------------------------------------------------------------------------- */

bool arg_subject(const struct verb *v, const char *name, size_t i, struct subject *out)
{
	const struct value *x = arg(v, name);
	struct str target;

	if (x && x->kind == V_LIST)
		x = value_at(x, i);
	else if (i)
		x = NULL;
	if (!x)
		return false;
	target = text_at(x, "Target");
	*out = (struct subject){.id = x->kind == V_MAP ? text_at(x, "Id") : value_text(x),
				.address = text_at(x, "Address"),
				.type = text_at(x, "Type"),
				.attrs = value_getc(x, "Attrs"),
				.props = value_getc(x, "Props"),
				.place = target.n ? place_named(v, target) : v->work->place};
	return true;
}

struct subject arg_one(const struct verb *v, const char *name)
{
	struct subject s = {.place = v->work->place};

	arg_subject(v, name, 0, &s);
	return s;
}

struct str subject_name(const struct subject *s)
{
	return s->address.n ? s->address : s->id;
}

struct str subject_attr(const struct subject *s, const char *name)
{
	struct str text = text_at(s->attrs, name);

	return text.n ? text : text_at(s->props, name);
}

const struct place *place_named(const struct verb *v, struct str name)
{
	for (size_t i = 0; i < v->work->n_places; i++)
		if (str_eq(v->work->places[i].name, name))
			return &v->work->places[i];
	return v->work->place && str_eq(v->work->place->name, name) ? v->work->place : NULL;
}

struct str place_region(const struct verb *v, const struct place *place)
{
	return place->region.n ? place->region : place_facts(v->job->e, place)->region;
}

struct str arn_region(struct str arn)
{
	struct str part = STR_NONE;

	if (!str_starts(arn, STR("arn:")))
		return STR_NONE;
	for (int i = 0; i < 4; i++)
		str_cut(&arn, ':', &part);
	return part;
}

struct str arn_tail(struct str arn)
{
	struct str part = STR_NONE;

	while (str_cut(&arn, ':', &part))
		continue;
	return part;
}

/* --- requests ----------------------------------------------------------------------------------------------------- */

struct value *verb_text(struct verb *v, struct str text)
{
	return value_string(&v->round, (struct pos){0}, text);
}

struct value *verb_number(struct verb *v, double n)
{
	return value_number(&v->round, (struct pos){0}, str_fmt(&v->round, "%.15g", n));
}

struct value *verb_map(struct verb *v, const struct field *fields)
{
	struct value *map = value_map(&v->round, (struct pos){0});

	for (; fields->name; fields++) {
		struct value *x = fields->tree     ? (struct value *)fields->tree
				  : fields->text.n ? verb_text(v, fields->text)
						   : NULL;

		if (x)
			value_set(&v->round, map, str_of(fields->name), (struct pos){0}, x);
	}
	return map;
}

struct value *verb_list(struct verb *v, const struct value *only)
{
	struct value *list = value_list(&v->round, (struct pos){0});

	if (only)
		value_append(&v->round, list, (struct value *)only);
	return list;
}

void verb_push(struct verb *v, struct value *list, struct str text)
{
	value_append(&v->round, list, verb_text(v, text));
}
