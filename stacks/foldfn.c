/* What each intrinsic function computes, once its arguments are folded. Every function here returns the result, NULL
 * to leave the expression as it is (something is unknown), or FN_BROKEN after adding an error. */
#include "stacks/stackpriv.h"

#include "base/hash.h"
#include "base/json.h"

#include <string.h>

#define TEXT_MAX (1u << 20)		/* of one computed text */

static struct value *broken(const struct expr_env *env, struct pos pos)
{
	return value_expr(env->arena, pos, FN_BROKEN);
}

static bool unknown(const struct value *v)
{
	return !v || v->kind == V_EXPR;
}

static struct value *text_result(const struct expr_env *env, const struct value *e, struct str s, bool secret)
{
	struct value *v = value_string(env->arena, e->pos, s);

	if (secret)
		v->flags |= VALUE_SECRET;
	return secret ? v : dynamic_parse(env, v);
}

/* Where to point for an argument: what came from a variable has no place in the stack, its function has. */
static struct pos place(const struct value *e, const struct value *arg)
{
	return arg->pos.line ? arg->pos : e->pos;
}

/* An argument that must be a text. */
static bool text_arg(const struct expr_env *env, const struct value *e, const struct value *v, const char *what)
{
	struct str name = expr_name(e->fn);

	if (value_is_scalar(v))
		return true;
	err_at(env->errs, place(e, v), "%.*s: %s must be a text, not %s", STR_ARG(name), what, kind_name(v));
	return false;
}

static bool secret_in(const struct value *v)
{
	return v->flags & VALUE_SECRET;
}

/* Append to a residual join's list; known neighbours become one text. */
static void join_append(const struct expr_env *env, struct value *list, struct value *item, struct str delim)
{
	struct value *last = value_at(list, value_count(list) - 1);

	if (value_count(list) && last->kind != V_EXPR && item->kind != V_EXPR && !secret_in(last) && !secret_in(item)) {
		struct str s = str_fmt(env->arena, "%.*s%.*s%.*s", STR_ARG(value_text(last)), STR_ARG(delim),
				       STR_ARG(value_text(item)));

		list->list.items[list->list.n - 1] = value_string(env->arena, last->pos, s);
		return;
	}
	value_append(env->arena, list, item);
}

static struct value *join_residual(const struct expr_env *env, const struct value *e, struct value *delim,
				   const struct value *list)
{
	struct value *parts = value_list(env->arena, list->pos);

	for (size_t i = 0; i < value_count(list); i++)
		join_append(env, parts, value_at(list, i), value_text(delim));
	if (value_count(parts) == value_count(list))
		return NULL;
	return expr_make(env->arena, e->pos, FN_JOIN, delim, parts);
}

struct value *fold_join(const struct expr_env *env, const struct value *e)
{
	struct value *delim = value_at(e, 0), *list = value_at(e, 1);
	bool open = false, secret = false;
	struct buf b;

	if (unknown(delim) || unknown(list))
		return NULL;
	if (!text_arg(env, e, delim, "the delimiter"))
		return broken(env, e->pos);
	if (list->kind != V_LIST) {
		err_at(env->errs, place(e, list), "Fn::Join: the second argument must be a list, not %s",
		       kind_name(list));
		return broken(env, e->pos);
	}
	buf_init(&b, TEXT_MAX);
	for (size_t i = 0; i < value_count(list); i++) {
		struct value *item = value_at(list, i);

		if (unknown(item)) {
			open = true;
			continue;
		}
		if (!text_arg(env, e, item, "an item")) {
			buf_free(&b);
			return broken(env, e->pos);
		}
		secret |= secret_in(item);
		if (i)
			buf_str(&b, value_text(delim));
		buf_str(&b, value_text(item));
	}
	b.secret = secret;
	if (open || b.overflow) {
		if (b.overflow)
			err_at(env->errs, e->pos, "Fn::Join makes a text longer than %u bytes", TEXT_MAX);
		buf_free(&b);
		return open ? join_residual(env, e, delim, list) : broken(env, e->pos);
	}
	return text_result(env, e, buf_take(&b, env->arena), secret);
}

static struct value *fold_select(const struct expr_env *env, const struct value *e)
{
	struct value *index = value_at(e, 0), *list = value_at(e, 1);
	int64_t i;

	if (unknown(index) || unknown(list))
		return NULL;
	if (!value_as_int(index, &i)) {
		err_at(env->errs, place(e, index), "Fn::Select: the index must be a number");
		return broken(env, e->pos);
	}
	if (list->kind != V_LIST) {
		err_at(env->errs, place(e, list), "Fn::Select: the second argument must be a list, not %s",
		       kind_name(list));
		return broken(env, e->pos);
	}
	if (i < 0 || (uint64_t)i >= value_count(list)) {
		struct err *err =
			err_at(env->errs, place(e, index), "Fn::Select: there is no item %lld in a list of %zu",
			       (long long)i, value_count(list));

		err_help(env->errs, err, "the first item has the index 0");
		return broken(env, e->pos);
	}
	return value_at(list, (size_t)i);
}

static struct value *fold_split(const struct expr_env *env, const struct value *e)
{
	struct value *delim = value_at(e, 0), *text = value_at(e, 1), *out;
	struct str d, s;
	size_t from = 0;

	if (unknown(delim) || unknown(text))
		return NULL;
	if (text->kind == V_LIST)
		return text;		/* what a list parameter was given is split where it is a text */
	if (!text_arg(env, e, delim, "the delimiter") || !text_arg(env, e, text, "the second argument"))
		return broken(env, e->pos);
	d = value_text(delim);
	s = value_text(text);
	if (!d.n) {
		err_at(env->errs, place(e, delim), "Fn::Split: the delimiter is empty");
		return broken(env, e->pos);
	}
	out = value_list(env->arena, e->pos);
	for (;;) {
		ptrdiff_t at = str_find(s, d, from);
		struct str part = str_sub(s, from, at < 0 ? s.n : (size_t)at);
		struct value *item = value_string(env->arena, e->pos, part);

		item->flags |= text->flags & VALUE_SECRET;
		value_append(env->arena, out, item);
		if (at < 0)
			return out;
		from = (size_t)at + d.n;
	}
}

/* One level of a FindInMap; a key that is not there is the default's case, or an error that suggests another. */
static struct value *find_key(const struct expr_env *env, const struct value *e, const struct value *map,
			      const struct value *key, const char *what, bool has_default)
{
	struct value *v = value_get(map, value_text(key));
	struct str *names, near;

	if (v || has_default)
		return v;
	names = arena_array(env->arena, value_count(map) + 1, sizeof *names);
	for (uint32_t i = 0; map->kind == V_MAP && i < map->map.n; i++)
		names[i] = map->map.items[i].key;
	near = err_suggest(env->arena, value_text(key), names, value_count(map));
	err_at(env->errs, place(e, key), "Fn::FindInMap: there is no %s '%.*s'%.*s", what, STR_ARG(value_text(key)),
	       STR_ARG(near));
	return NULL;
}

static struct value *fold_find_in_map(const struct expr_env *env, const struct value *e)
{
	static const char *const what[] = {"mapping", "top-level key", "second-level key"};
	struct value *v = value_at(e, 0), *fallback = value_at(e, 4);

	for (size_t i = 1; i <= 3; i++)
		if (unknown(value_at(e, i)))
			return NULL;
	for (size_t i = 1; i <= 3; i++) {
		if (!text_arg(env, e, value_at(e, i), what[i - 1]))
			return broken(env, e->pos);
		v = find_key(env, e, v, value_at(e, i), what[i - 1], fallback);
		if (!v)
			return fallback ? fallback : broken(env, e->pos);
	}
	return v;
}

/* What a resource's reference or attribute will be is not known, but it will be something. */
static bool never_empty(const struct value *v)
{
	if (expr_is(v, FN_REF) || expr_is(v, FN_GETATT))
		return true;
	if (!expr_is(v, FN_JOIN) && !expr_is(v, FN_SPLIT))
		return false;
	if (value_at(v, 1)->kind != V_LIST)
		return never_empty(value_at(v, 1));
	for (size_t i = 0; i < value_count(value_at(v, 1)); i++) {
		const struct value *item = value_at(value_at(v, 1), i);

		if (item->kind == V_STRING ? item->text.n > 0 : never_empty(item))
			return true;
	}
	return false;
}

static bool is_empty(const struct value *v)
{
	return v->kind == V_STRING && !v->text.n;
}

static struct value *fold_equals(const struct expr_env *env, const struct value *e)
{
	struct value *a = value_at(e, 0), *b = value_at(e, 1);
	bool same;

	if (value_is_scalar(a) && value_is_scalar(b)) {
		same = str_eq(expr_word(a), expr_word(b)) || str_eq(value_text(a), value_text(b));
	} else {
		same = value_equal(a, b);
		if (!same && (value_has_expr(a) || value_has_expr(b)) &&
		    !(is_empty(a) && never_empty(b)) && !(is_empty(b) && never_empty(a)))
			return NULL;
	}
	return value_bool(env->arena, e->pos, same);
}

/* And, Or, Not: one deciding argument decides, whatever the others turn out to be. */
static struct value *fold_logic(const struct expr_env *env, const struct value *e)
{
	bool decides = e->fn == FN_OR, open = false;

	for (size_t i = 0; i < value_count(e); i++) {
		const struct value *v = value_at(e, i);
		bool b;

		if (unknown(v)) {
			open = true;
		} else if (!value_as_bool(v, &b)) {
			struct str name = expr_name(e->fn);

			err_at(env->errs, place(e, v), "%.*s: a condition is expected, not %s", STR_ARG(name),
			       kind_name(v));
			return broken(env, e->pos);
		} else if (e->fn == FN_NOT) {
			return value_bool(env->arena, e->pos, !b);
		} else if (b == decides) {
			return value_bool(env->arena, e->pos, decides);
		}
	}
	return open ? NULL : value_bool(env->arena, e->pos, !decides);
}

static struct value *fold_base64(const struct expr_env *env, const struct value *e)
{
	struct value *v = value_at(e, 0);

	if (unknown(v))
		return NULL;
	if (!text_arg(env, e, v, "the argument"))
		return broken(env, e->pos);
	return text_result(env, e, base64_of(env->arena, value_text(v)), secret_in(v));
}

static struct value *fold_cidr(const struct expr_env *env, const struct value *e)
{
	struct value *block = value_at(e, 0), *count = value_at(e, 1), *bits = value_at(e, 2), *out;
	int64_t n, b = 8;

	if (unknown(block) || unknown(count) || (bits && unknown(bits)))
		return NULL;
	if (!text_arg(env, e, block, "the block"))
		return broken(env, e->pos);
	if (!value_as_int(count, &n) || (bits && !value_as_int(bits, &b))) {
		err_at(env->errs, place(e, value_as_int(count, &n) ? bits : count),
		       "Fn::Cidr: the count and the bits must be numbers");
		return broken(env, e->pos);
	}
	out = value_list(env->arena, e->pos);
	if (!cidr_split(env->arena, value_text(block), n, b, out, env->errs, e->pos, place(e, block)))
		return broken(env, e->pos);
	return out;
}

static struct value *ask_fact(const struct expr_env *env, const struct value *e)
{
	return env->fact ? env->fact(env->ctx, e) : NULL;
}

/* GetAZs (region, target) and ImportValue (name, target) become facts once the argument is known. */
static struct value *fold_to_fact(const struct expr_env *env, const struct value *e, const char *kind)
{
	struct value *name = value_at(e, 0), *fact, *r;

	if (unknown(name))
		return NULL;
	if (!text_arg(env, e, name, "the argument"))
		return broken(env, e->pos);
	fact = fact_expr(env->arena, e->pos, kind, value_text(value_at(e, 1)), name);
	r = ask_fact(env, fact);
	return r ? r : fact;
}

static struct value *fold_length(const struct expr_env *env, const struct value *e)
{
	struct value *v = value_at(e, 0);

	if (unknown(v))
		return NULL;
	if (v->kind != V_LIST) {
		err_at(env->errs, place(e, v), "Fn::Length: a list is expected, not %s", kind_name(v));
		return broken(env, e->pos);
	}
	return value_int(env->arena, e->pos, (int64_t)value_count(v));
}

static struct value *fold_json(const struct expr_env *env, const struct value *e)
{
	struct value *v = value_at(e, 0);
	bool secret;
	struct buf b;

	if (value_has_expr(v))
		return NULL;
	if (v->kind != V_LIST && v->kind != V_MAP) {
		err_at(env->errs, place(e, v), "Fn::ToJsonString: a map or a list is expected, not %s", kind_name(v));
		return broken(env, e->pos);
	}
	secret = value_has_secret(v);
	buf_init(&b, TEXT_MAX);
	b.secret = secret;
	json_write(&b, v, JSON_TYPED | JSON_SECRETS);
	if (b.overflow) {
		buf_free(&b);
		err_at(env->errs, e->pos, "Fn::ToJsonString makes a text longer than %u bytes", TEXT_MAX);
		return broken(env, e->pos);
	}
	return text_result(env, e, buf_take(&b, env->arena), secret);
}

static struct value *fold_attribute(const struct expr_env *env, const struct value *e)
{
	struct value *attr = value_at(e, 1);

	if (!env->attribute || (attr && attr->kind == V_EXPR))
		return NULL;
	return env->attribute(env->ctx, value_text(value_at(e, 0)), attr ? value_text(attr) : STR_NONE);
}

struct value *fold_function(const struct expr_env *env, const struct value *e)
{
	switch (e->fn) {
	case FN_REF:
	case FN_GETATT:
		return fold_attribute(env, e);
	case FN_JOIN:
		return fold_join(env, e);
	case FN_SELECT:
		return fold_select(env, e);
	case FN_SPLIT:
		return fold_split(env, e);
	case FN_FIND_IN_MAP:
		return fold_find_in_map(env, e);
	case FN_EQUALS:
		return fold_equals(env, e);
	case FN_AND:
	case FN_OR:
	case FN_NOT:
		return fold_logic(env, e);
	case FN_BASE64:
		return fold_base64(env, e);
	case FN_CIDR:
		return fold_cidr(env, e);
	case FN_GET_AZS:
		return fold_to_fact(env, e, "zones");
	case FN_IMPORT_VALUE:
		return fold_to_fact(env, e, "import");
	case FN_LENGTH:
		return fold_length(env, e);
	case FN_TO_JSON_STRING:
		return fold_json(env, e);
	case FN_FACT:
	case FN_DYNAMIC:
	case FN_MODE:
	case FN_RUNBOOK:
		return ask_fact(env, e);
	default:
		return NULL;
	}
}
