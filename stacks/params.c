/* Parameters: declared in a template, given by -var, a variables' file, a module's properties, or their default; checked
 * against every constraint. A value is a text or a list of texts, whatever it is used for later. */
#include "stacks/paramtype.h"

#include "base/log.h"

#include <string.h>

static const struct str param_keys[] = {
	STR_INIT("Type"), STR_INIT("Default"), STR_INIT("Description"), STR_INIT("AllowedValues"),
	STR_INIT("AllowedPattern"), STR_INIT("MinLength"), STR_INIT("MaxLength"), STR_INIT("MinValue"),
	STR_INIT("MaxValue"), STR_INIT("NoEcho"), STR_INIT("ConstraintDescription"),
};

static void type_read(struct loader *ld, struct param *pa)
{
	const struct value *v = value_getc(pa->raw, "Type");
	struct param_type t;
	struct str near;

	if (!v || v->kind != V_STRING) {
		err_help(ld->errs, err_at(ld->errs, v ? v->pos : pa->name.pos, "the parameter '%.*s' needs a Type",
					  STR_ARG(pa->name.id)),
			 "String, Number, CommaDelimitedList, or a type such as AWS::EC2::VPC::Id");
		pa->bad = true;
		return;
	}
	pa->type = v->text;
	if (!param_type_parse(v->text, &t)) {
		near = param_type_suggest(ld->arena, v->text);
		err_help(ld->errs, err_at(ld->errs, v->pos, "there is no parameter type '%.*s'%.*s", STR_ARG(v->text),
					  STR_ARG(near)),
			 "String, Number, CommaDelimitedList, List<Number>, an AWS-specific type, or "
			 "AWS::SSM::Parameter::Value<...> of one");
		pa->bad = true;
	}
	pa->ssm = t.ssm;
	pa->is_list = t.list;
}

/* Constraints that are themselves malformed. */
static void shape_check(struct loader *ld, struct param *pa)
{
	static const char *const numbers[] = {"MinLength", "MaxLength", "MinValue", "MaxValue"};
	const struct value *v, *above;
	int order;

	for (size_t i = 0; i < 4; i++) {
		v = value_getc(pa->raw, numbers[i]);
		if (v && !(value_is_scalar(v) && number_ok(value_text(v))))
			err_at(ld->errs, v->pos, "%s must be a number, not %s", numbers[i], kind_name(v));
	}
	for (size_t i = 0; i < 4; i += 2) {
		v = value_getc(pa->raw, numbers[i]);
		above = value_getc(pa->raw, numbers[i + 1]);
		if (v && above && number_cmp(value_text(v), value_text(above), &order) && order > 0) {
			err_at(ld->errs, v->pos, "%s is greater than %s, so no value fits", numbers[i], numbers[i + 1]);
			pa->bad = true;
		}
	}
	v = value_getc(pa->raw, "AllowedValues");
	if (v && v->kind != V_LIST)
		err_at(ld->errs, v->pos, "AllowedValues must be a list, not %s", kind_name(v));
	v = value_getc(pa->raw, "AllowedPattern");
	if (v && (v->kind != V_STRING || regex_match(v->text, STR(""), true) == REGEX_BAD))
		err_at(ld->errs, v->pos, "AllowedPattern is not a regular expression");
	v = value_getc(pa->raw, "NoEcho");
	if (v && !value_as_bool(v, &(bool){false}))
		err_at(ld->errs, v->pos, "NoEcho is true or false");
}

static void param_declare(struct scope *sc, const struct member *m)
{
	struct loader *ld = sc->ld;
	struct param *pa = arena_new(ld->arena, struct param);
	struct name *old;
	bool keys_ok;

	*pa = (struct param){.name = {NAME_PARAMETER, m->key, m->pos}, .raw = m->value};
	pa->pub.name = m->key;
	pa->pub.pos = m->pos;
	id_check(ld->errs, m->key, m->pos, "a parameter");
	old = name_put(ld->arena, &sc->names, m->key, pa);
	if (old) {
		twice_error(ld->errs, m->key, m->pos, old->pos);
		return;
	}
	sc->params = arena_grow(ld->arena, sc->params, &sc->cap_params, sc->n_params + 1, sizeof *sc->params);
	sc->params[sc->n_params++] = pa;
	keys_ok = KEYS_CHECK(ld->errs, m->value, param_keys, "a parameter");
	if (m->value->kind != V_MAP) {
		pa->bad = true;
		return;
	}
	type_read(ld, pa);
	shape_check(ld, pa);
	pa->misspelt = !keys_ok;
	value_as_bool(value_getc(m->value, "NoEcho"), &pa->pub.no_echo);
}

void params_declare(struct scope *sc)
{
	for (size_t d = 0; d < sc->n_docs; d++) {
		const struct value *map = sc->docs[d]->section[SEC_PARAMETERS];

		for (uint32_t i = 0; map && i < map->map.n; i++)
			param_declare(sc, &map->map.items[i]);
	}
}

/* --- checking a value --------------------------------------------------------------------------------------------- */

/* The parameter's value is refused. A secret is not shown. */
static void PRINTF_LIKE(4, 5) refuse(struct loader *ld, struct param *pa, const struct value *v, const char *fmt, ...)
{
	const struct value *why = value_getc(pa->raw, "ConstraintDescription");
	struct err *e;
	struct str rule;
	va_list ap;

	if (pa->bad)
		return;
	va_start(ap, fmt);
	rule = str_vfmt(ld->arena, fmt, ap);
	va_end(ap);
	if (pa->pub.no_echo || !value_is_scalar(v))
		e = err_at(ld->errs, v->pos.line ? v->pos : pa->name.pos, "the value of the parameter '%.*s' %.*s",
			   STR_ARG(pa->name.id), STR_ARG(rule));
	else
		e = err_at(ld->errs, v->pos.line ? v->pos : pa->name.pos,
			   "'%.*s' is no value for the parameter '%.*s': it %.*s", STR_ARG(value_text(v)),
			   STR_ARG(pa->name.id), STR_ARG(rule));
	if (v->pos.line && (v->pos.line != pa->name.pos.line || v->pos.file != pa->name.pos.file)) {
		e->related = pa->name.pos;
		e->related_note = STR("the parameter is declared here");
	}
	if (why && value_is_scalar(why))
		err_help(ld->errs, e, "%.*s", STR_ARG(value_text(why)));
	pa->bad = true;
}

static bool bound(const struct param *pa, const char *key, struct str *out)
{
	const struct value *v = value_getc(pa->raw, key);

	if (!v || !value_is_scalar(v) || !number_ok(value_text(v)))
		return false;
	*out = value_text(v);
	return true;
}

static void length_check(struct loader *ld, struct param *pa, const struct value *v)
{
	int64_t n = (int64_t)text_length(value_text(v)), limit;
	struct str s;

	if (bound(pa, "MinLength", &s) && str_int(s, 0, INT64_MAX, &limit) && n < limit)
		refuse(ld, pa, v, "must have at least %.*s characters", STR_ARG(s));
	if (bound(pa, "MaxLength", &s) && str_int(s, 0, INT64_MAX, &limit) && n > limit)
		refuse(ld, pa, v, "must have at most %.*s characters", STR_ARG(s));
}

static void range_check(struct loader *ld, struct param *pa, const struct value *v)
{
	struct str s;
	int order;

	if (bound(pa, "MinValue", &s) && number_cmp(value_text(v), s, &order) && order < 0)
		refuse(ld, pa, v, "must be at least %.*s", STR_ARG(s));
	if (bound(pa, "MaxValue", &s) && number_cmp(value_text(v), s, &order) && order > 0)
		refuse(ld, pa, v, "must be at most %.*s", STR_ARG(s));
}

static void allowed_check(struct loader *ld, struct param *pa, const struct value *v)
{
	const struct value *allowed = value_getc(pa->raw, "AllowedValues");
	struct buf list;

	if (!allowed || allowed->kind != V_LIST)
		return;
	for (size_t i = 0; i < value_count(allowed); i++)
		if (str_eq(expr_word(value_at(allowed, i)), value_text(v)) ||
		    str_eq(value_text(value_at(allowed, i)), value_text(v)))
			return;
	buf_init(&list, 2048);
	for (size_t i = 0; i < value_count(allowed); i++)
		buf_fmt(&list, "%s%.*s", i ? ", " : "", STR_ARG(value_text(value_at(allowed, i))));
	if (list.overflow)
		refuse(ld, pa, v, "must be one of its AllowedValues");
	else
		refuse(ld, pa, v, "must be one of %.*s", STR_ARG(buf_get(&list)));
	buf_free(&list);
}

static void item_check(struct loader *ld, struct param *pa, const struct param_type *t, const struct value *v)
{
	const struct value *pattern = value_getc(pa->raw, "AllowedPattern");

	if (!value_is_scalar(v))
		return;
	if (t->number && !t->ssm) {
		if (!number_ok(value_text(v)))
			refuse(ld, pa, v, "must be a number");
		else
			range_check(ld, pa, v);
	}
	length_check(ld, pa, v);
	allowed_check(ld, pa, v);
	if (pattern && pattern->kind == V_STRING && regex_match(pattern->text, value_text(v), true) == REGEX_NO)
		refuse(ld, pa, v, "must match the pattern %.*s as a whole", STR_ARG(pattern->text));
}

static void value_check(struct loader *ld, struct param *pa, const struct value *v)
{
	struct param_type t;

	if (!param_type_parse(pa->type, &t))
		return;
	for (size_t i = 0; v->kind == V_LIST && i < value_count(v); i++)
		item_check(ld, pa, &t, value_at(v, i));
	if (v->kind != V_LIST)
		item_check(ld, pa, &t, v);
}

/* --- filling ------------------------------------------------------------------------------------------------------ */

/* A list that is not known yet: a text with commas, unless it turns out to be a list already. */
static struct value *list_later(struct loader *ld, const struct value *v)
{
	if (v->fn == FN_BROKEN || v->fn == FN_SPLIT || v->fn == FN_CIDR)
		return (struct value *)v;
	return expr_make(ld->arena, v->pos, FN_SPLIT, value_string(ld->arena, v->pos, STR(",")), (struct value *)v);
}

/* A default or a variable as the parameter's value: texts without the plain flag, or a list of them. */
static struct value *convert(struct loader *ld, struct param *pa, const struct value *v)
{
	struct value *out;

	if (v->kind == V_EXPR)
		return pa->is_list ? list_later(ld, v) : (struct value *)v;
	if (pa->is_list && value_is_scalar(v))
		return param_list(ld->arena, v->pos, value_text(v));
	if (pa->is_list && v->kind == V_LIST) {
		out = value_list(ld->arena, v->pos);
		for (size_t i = 0; i < value_count(v); i++) {
			const struct value *item = value_at(v, i);
			bool scalar = value_is_scalar(item);

			value_append(ld->arena, out, scalar ? value_string(ld->arena, item->pos, value_text(item))
				     : (struct value *)item);
		}
		return out;
	}
	if (value_is_scalar(v))
		return value_string(ld->arena, v->pos, expr_word(v));
	refuse(ld, pa, v, "must be a text, not %s", kind_name(v));
	return NULL;
}

static void param_set(struct loader *ld, struct param *pa, const struct value *v, bool given)
{
	struct value *value = pa->bad ? NULL : convert(ld, pa, v);

	if (!value)
		return;
	pa->pub.hidden = given && pa->hidden;
	if (!pa->pub.hidden)
		value_check(ld, pa, value);
	if (pa->pub.hidden) {
		value = value_mark_secret(ld->arena, value);
	} else if (pa->pub.no_echo) {
		value = value_mark_secret(ld->arena, value);
		for (size_t i = 0; value->kind == V_LIST && i < value_count(value); i++)
			log_secret(value_text(value_at(value, i)));
		if (value_is_scalar(value))
			log_secret(value_text(value));
	}
	pa->pub.given = given;
	if (!pa->bad)
		pa->pub.value = value;
}

static void missing(struct scope *sc, struct param *pa)
{
	struct loader *ld = sc->ld;
	struct pos pos = sc->parent ? sc->name.pos : pa->name.pos;
	struct err *e;

	pa->bad = true;
	e = err_at(ld->errs, pos, "the parameter '%.*s' has no value", STR_ARG(pa->name.id));
	if (sc->parent) {
		e->related = pa->name.pos;
		e->related_note = STR("declared here without a Default");
		err_help(ld->errs, e, "give it under Parameters of this nested stack");
	} else {
		err_help(ld->errs, e, "give it with -var %.*s=..., in a -var-file, or write a Default",
			 STR_ARG(pa->name.id));
	}
}

void params_fill(struct scope *sc)
{
	for (size_t i = 0; i < sc->n_params; i++) {
		struct param *pa = sc->params[i];
		const struct value *fallback = value_getc(pa->raw, "Default");

		if (pa->given)
			param_set(sc->ld, pa, pa->given, true);
		else if (fallback && fallback->kind != V_NULL)
			param_set(sc->ld, pa, fallback, false);
		else if (pa->misspelt)
			pa->bad = true;		/* the misspelt key may be the Default */
		else if (!pa->bad)
			missing(sc, pa);
		if (pa->ssm && pa->pub.value) {
			pa->given = pa->pub.value;	/* the SSM parameter's name, until the targets are known */
			pa->pub.value = NULL;
		}
	}
}

void params_fill_ssm(struct scope *sc)
{
	struct loader *ld = sc->ld;

	for (size_t i = 0; i < sc->n_params; i++) {
		struct param *pa = sc->params[i];
		struct value *fact;

		if (!pa->ssm || pa->bad || !pa->given)
			continue;
		if (!value_is_scalar(pa->given))
			pa->given = value_at(pa->given, 0) ? value_at(pa->given, 0)
							   : value_string(ld->arena, pa->name.pos, STR(""));
		fact = fact_expr(ld->arena, pa->given->pos, "ssm", ld->stack->targets[sc->target].name, pa->given);
		pa->pub.value = !pa->is_list ? fact
			: expr_make(ld->arena, fact->pos, FN_SPLIT, value_string(ld->arena, fact->pos, STR(",")), fact);
	}
}
