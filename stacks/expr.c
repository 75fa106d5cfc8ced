/* Folding (expr.h): walks a tree, hands each function whose arguments were folded to foldfn.c, and shares every part
 * that did not change. exprjson.c writes and reads residual trees; exprparse.c makes them from templates. */
#include "stacks/stackpriv.h"

#include <string.h>

#define UNKNOWN_MAX 20000	/* values in one tree that is used in others */

bool expr_is(const struct value *v, unsigned fn)
{
	return v && v->kind == V_EXPR && v->fn == fn;
}

struct str expr_word(const struct value *v)
{
	static const struct str words[][2] = {
		{STR_INIT("True"), STR_INIT("true")}, {STR_INIT("TRUE"), STR_INIT("true")},
		{STR_INIT("False"), STR_INIT("false")}, {STR_INIT("FALSE"), STR_INIT("false")},
	};
	struct str s = value_text(v);

	for (size_t i = 0; v->kind == V_STRING && (v->flags & VALUE_PLAIN) && i < sizeof words / sizeof *words; i++)
		if (str_eq(s, words[i][0]))
			return words[i][1];
	return s;
}

struct value *expr_make(struct arena *a, struct pos pos, unsigned fn, struct value *arg1, struct value *arg2)
{
	struct value *e = value_expr(a, pos, (uint16_t)fn);

	if (arg1)
		value_append(a, e, arg1);
	if (arg2)
		value_append(a, e, arg2);
	return e;
}

/* Fold the items of a list or the arguments of a function; v itself if all stayed the same. */
static struct value *fold_items(const struct expr_env *env, const struct value *v)
{
	struct value *out = NULL;

	for (uint32_t i = 0; i < v->list.n; i++) {
		struct value *old = v->list.items[i], *item = fold_value(env, old);
		bool gone = v->kind == V_LIST && expr_is(item, FN_NO_VALUE);

		if (!out && (item != old || gone)) {
			out = v->kind == V_LIST ? value_list(env->arena, v->pos)
						: value_expr(env->arena, v->pos, v->fn);
			out->flags = v->flags;
			for (uint32_t k = 0; k < i; k++)
				value_append(env->arena, out, v->list.items[k]);
		}
		if (out && !gone)
			value_append(env->arena, out, item);
	}
	return out ? out : (struct value *)v;
}

static struct value *fold_map(const struct expr_env *env, const struct value *v)
{
	struct value *out = NULL;

	for (uint32_t i = 0; i < v->map.n; i++) {
		const struct member *m = &v->map.items[i];
		struct value *item = fold_value(env, m->value);
		bool gone = expr_is(item, FN_NO_VALUE);

		if (!out && (item != m->value || gone)) {
			out = value_map(env->arena, v->pos);
			out->flags = v->flags;
			for (uint32_t k = 0; k < i; k++)
				value_set(env->arena, out, v->map.items[k].key, v->map.items[k].pos,
					  v->map.items[k].value);
		}
		if (out && !gone)
			value_set(env->arena, out, m->key, m->pos, item);
	}
	return out ? out : (struct value *)v;
}

/* A branch that may never be taken: its errors don't count until it is. */
static struct value *fold_quietly(const struct expr_env *env, const struct value *v)
{
	struct errs quiet = {.arena = env->arena};
	struct expr_env e = *env;
	struct value *out;

	e.errs = &quiet;
	out = fold_value(&e, v);
	return quiet.errors ? (struct value *)v : out;
}

static struct value *fold_if(const struct expr_env *env, const struct value *e)
{
	struct value *cond = fold_value(env, value_at(e, 0)), *out;
	struct value *branch[2];

	if (cond->kind == V_BOOL)
		return fold_value(env, value_at(e, cond->boolean ? 1 : 2));
	branch[0] = fold_quietly(env, value_at(e, 1));
	branch[1] = fold_quietly(env, value_at(e, 2));
	if (cond == value_at(e, 0) && branch[0] == value_at(e, 1) && branch[1] == value_at(e, 2))
		return (struct value *)e;
	out = expr_make(env->arena, e->pos, FN_IF, cond, branch[0]);
	value_append(env->arena, out, branch[1]);
	return out;
}

/* The tables of FindInMap hold no functions: only the names are folded. */
static struct value *fold_find(const struct expr_env *env, const struct value *e)
{
	struct value *out = value_expr(env->arena, e->pos, e->fn), *r;

	value_append(env->arena, out, value_at(e, 0));
	for (size_t i = 1; i < value_count(e); i++)
		value_append(env->arena, out, fold_value(env, value_at(e, i)));
	r = fold_function(env, out);
	return r ? r : out;
}

struct value *fold_value(const struct expr_env *env, const struct value *v)
{
	struct value *e, *r;

	switch (v->kind) {
	case V_STRING:
		return dynamic_parse(env, v);
	case V_LIST:
		return fold_items(env, v);
	case V_MAP:
		return fold_map(env, v);
	case V_EXPR:
		break;
	default:
		return (struct value *)v;
	}
	if (v->fn == FN_NO_VALUE || v->fn == FN_BROKEN)
		return (struct value *)v;
	if (v->fn == FN_IF && value_count(v) == 3)
		return fold_if(env, v);
	if (v->fn == FN_FIND_IN_MAP)
		return fold_find(env, v);
	e = v->fn == FN_DYNAMIC ? (struct value *)v : fold_items(env, v);
	r = fold_function(env, e);
	return r ? r : e;
}

struct value *expr_fold(const struct expr_env *env, const struct value *v)
{
	size_t before = env->errs ? env->errs->errors : 0;
	struct value *out = fold_value(env, v);

	return env->errs && env->errs->errors > before ? NULL : out;
}

void expr_refs(const struct value *v,
	       void (*fn)(void *ctx, const struct value *expr, struct str address, struct str attribute), void *ctx)
{
	if (!v)
		return;
	if (v->kind == V_MAP) {
		for (uint32_t i = 0; i < v->map.n; i++)
			expr_refs(v->map.items[i].value, fn, ctx);
	} else if (expr_is(v, FN_REF)) {
		fn(ctx, v, value_text(value_at(v, 0)), STR_NONE);
	} else if (expr_is(v, FN_GETATT)) {
		fn(ctx, v, value_text(value_at(v, 0)), value_text(value_at(v, 1)));
	} else if (v->kind == V_LIST || v->kind == V_EXPR) {
		for (uint32_t i = 0; i < v->list.n; i++)
			expr_refs(v->list.items[i], fn, ctx);
	}
}

bool expr_has_ref(const struct value *v)
{
	if (!v)
		return false;
	if (v->kind == V_MAP) {
		for (uint32_t i = 0; i < v->map.n; i++)
			if (expr_has_ref(v->map.items[i].value))
				return true;
		return false;
	}
	if (v->kind != V_LIST && v->kind != V_EXPR)
		return false;
	if (expr_is(v, FN_REF) || expr_is(v, FN_GETATT))
		return true;
	for (uint32_t i = 0; i < v->list.n; i++)
		if (expr_has_ref(v->list.items[i]))
			return true;
	return false;
}

/* Take the nodes of v off the budget; false when it is used up. */
static bool nodes_within(const struct value *v, size_t *budget)
{
	if (!*budget)
		return false;
	--*budget;
	for (uint32_t i = 0; v->kind == V_MAP && i < v->map.n; i++)
		if (!nodes_within(v->map.items[i].value, budget))
			return false;
	for (uint32_t i = 0; (v->kind == V_LIST || v->kind == V_EXPR) && i < v->list.n; i++)
		if (!nodes_within(v->list.items[i], budget))
			return false;
	return true;
}

struct value *expr_bounded(struct loader *ld, struct value *v, struct pos pos)
{
	size_t budget = UNKNOWN_MAX;

	if (nodes_within(v, &budget))
		return v;
	err_help(ld->errs, err_at(ld->errs, pos, "this expression grows beyond %d values", UNKNOWN_MAX),
		 "values that are made of one another grow with each step");
	return expr_broken(ld, pos);
}
