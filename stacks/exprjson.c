/* Residual expressions as JSON and back (expr.h), the names of functions, and {{resolve:...}} references. */
#include "stacks/stackpriv.h"

#include "base/json.h"

#include <string.h>

static const struct str names[FN_BROKEN + 1] = {
	[FN_REF] = STR_INIT("Ref"), [FN_GETATT] = STR_INIT("Fn::GetAtt"), [FN_SUB] = STR_INIT("Fn::Sub"),
	[FN_JOIN] = STR_INIT("Fn::Join"), [FN_SELECT] = STR_INIT("Fn::Select"), [FN_SPLIT] = STR_INIT("Fn::Split"),
	[FN_FIND_IN_MAP] = STR_INIT("Fn::FindInMap"), [FN_IF] = STR_INIT("Fn::If"), [FN_EQUALS] = STR_INIT("Fn::Equals"),
	[FN_AND] = STR_INIT("Fn::And"), [FN_OR] = STR_INIT("Fn::Or"), [FN_NOT] = STR_INIT("Fn::Not"),
	[FN_CONDITION] = STR_INIT("Condition"), [FN_BASE64] = STR_INIT("Fn::Base64"), [FN_CIDR] = STR_INIT("Fn::Cidr"),
	[FN_GET_AZS] = STR_INIT("Fn::GetAZs"), [FN_IMPORT_VALUE] = STR_INIT("Fn::ImportValue"),
	[FN_LENGTH] = STR_INIT("Fn::Length"), [FN_TO_JSON_STRING] = STR_INIT("Fn::ToJsonString"),
	[FN_FACT] = STR_INIT("DR::Fact"), [FN_DYNAMIC] = STR_INIT("DR::Dynamic"), [FN_MODE] = STR_INIT("DR::Mode"),
	[FN_RUNBOOK] = STR_INIT("DR::Runbook"),
	[FN_NO_VALUE] = STR_INIT("AWS::NoValue"), [FN_BROKEN] = STR_INIT("DR::Broken"),
};

struct str expr_name(enum expr_fn fn)
{
	return (unsigned)fn <= FN_BROKEN ? names[fn] : STR_NONE;
}

static void expr_out(struct buf *out, const struct value *v, unsigned flags)
{
	struct str name = expr_name(v->fn);
	bool single = value_count(v) == 1 && (v->fn == FN_REF || v->fn == FN_MODE || v->fn == FN_BASE64 ||
					      v->fn == FN_LENGTH || v->fn == FN_TO_JSON_STRING);

	if (v->fn == FN_NO_VALUE) {
		buf_cstr(out, "{\"Ref\":\"AWS::NoValue\"}");
		return;
	}
	flags &= ~(unsigned)JSON_PRETTY;
	buf_char(out, '{');
	json_string(out, name);
	buf_cstr(out, single ? ":" : ":[");
	for (size_t i = 0; i < value_count(v); i++) {
		if (i)
			buf_char(out, ',');
		json_write_with(out, value_at(v, i), flags, expr_out);
	}
	buf_cstr(out, single ? "}" : "]}");
}

void expr_write(struct buf *out, const struct value *v, unsigned json_flags)
{
	json_write_with(out, v, json_flags, expr_out);
}

/* The function that a one-key map says; FN_NONE if it is ordinary data. */
static unsigned fn_of(const struct value *map)
{
	struct str key;

	if (map->kind != V_MAP || map->map.n != 1)
		return FN_NONE;
	key = map->map.items[0].key;
	for (unsigned fn = 1; fn < FN_COUNT; fn++)
		if (fn != FN_CONDITION && str_eq(names[fn], key))
			return fn;
	return FN_NONE;
}

static struct value *read_function(struct arena *a, const struct value *v, unsigned fn, struct errs *errs)
{
	const struct value *arg = v->map.items[0].value;
	struct value *e;
	bool single = fn == FN_REF || fn == FN_MODE || fn == FN_BASE64 || fn == FN_LENGTH || fn == FN_TO_JSON_STRING;

	if (fn == FN_REF && str_eqc(value_text(arg), "AWS::NoValue"))
		return value_expr(a, v->pos, FN_NO_VALUE);
	e = value_expr(a, v->pos, (uint16_t)fn);
	if (!single && arg->kind != V_LIST) {
		err_at(errs, v->pos, "%.*s: a list of arguments is expected", STR_ARG(names[fn]));
		return e;
	}
	for (size_t i = 0; i < (single ? 1 : value_count(arg)); i++)
		value_append(a, e, expr_read(a, single ? arg : value_at(arg, i), errs));
	return e;
}

struct value *expr_read(struct arena *a, const struct value *v, struct errs *errs)
{
	unsigned fn = fn_of(v);
	struct value *out;

	if (fn != FN_NONE)
		return read_function(a, v, fn, errs);
	if (v->kind == V_LIST) {
		out = value_list(a, v->pos);
		for (size_t i = 0; i < value_count(v); i++)
			value_append(a, out, expr_read(a, value_at(v, i), errs));
		return out;
	}
	if (v->kind == V_MAP) {
		out = value_map(a, v->pos);
		for (uint32_t i = 0; i < v->map.n; i++)
			value_set(a, out, v->map.items[i].key, v->map.items[i].pos,
				  expr_read(a, v->map.items[i].value, errs));
		return out;
	}
	return (struct value *)v;
}

/* --- {{resolve:service:reference}} ------------------------------------------------------------------------------ */

static struct value *dynamic_make(const struct expr_env *env, const struct value *v, struct str inside)
{
	struct str service = inside, reference = STR_NONE;
	ptrdiff_t colon = str_chr(inside, ':', 0);
	struct value *e, *known;

	if (colon >= 0) {
		service = str_sub(inside, 0, (size_t)colon);
		reference = str_sub(inside, (size_t)colon + 1, inside.n);
	}
	if (!reference.n || !(str_eqc(service, "ssm") || str_eqc(service, "ssm-secure") ||
			      str_eqc(service, "secretsmanager"))) {
		struct err *err =
			err_at(env->errs, v->pos, "not a dynamic reference: '{{resolve:%.*s}}'", STR_ARG(inside));

		err_help(env->errs, err, "it is {{resolve:ssm:NAME}}, {{resolve:ssm-secure:NAME}} or "
			 "{{resolve:secretsmanager:ID:SecretString:KEY}}");
		return value_expr(env->arena, v->pos, FN_BROKEN);
	}
	e = expr_make(env->arena, v->pos, FN_DYNAMIC, value_string(env->arena, v->pos, service),
		      value_string(env->arena, v->pos, reference));
	known = env->fact ? env->fact(env->ctx, e) : NULL;
	return known ? known : e;
}

struct value *dynamic_parse(const struct expr_env *env, const struct value *v)
{
	static const struct str open = STR_INIT("{{resolve:");
	struct value *parts = NULL, *join, *known;
	struct str s = v->text;
	size_t from = 0;

	if ((v->flags & VALUE_SECRET) || s.n < open.n || !memchr(s.p, '{', s.n))
		return (struct value *)v;
	for (;;) {
		ptrdiff_t at = str_find(s, open, from);
		ptrdiff_t end = at < 0 ? -1 : str_find(s, STR("}}"), (size_t)at);
		struct value *ref;

		if (end < 0)
			break;
		ref = dynamic_make(env, v, str_sub(s, (size_t)at + open.n, (size_t)end));
		if (at == 0 && (size_t)end + 2 == s.n)
			return ref;
		if (!parts)
			parts = value_list(env->arena, v->pos);
		if ((size_t)at > from)
			value_append(env->arena, parts, value_string(env->arena, v->pos, str_sub(s, from, (size_t)at)));
		value_append(env->arena, parts, ref);
		from = (size_t)end + 2;
	}
	if (!parts)
		return (struct value *)v;
	if (from < s.n)
		value_append(env->arena, parts, value_string(env->arena, v->pos, str_sub(s, from, s.n)));
	join = expr_make(env->arena, v->pos, FN_JOIN, value_string(env->arena, v->pos, STR("")), parts);
	known = fold_join(env, join);
	return known ? known : join;
}
