/* Raw trees into V_EXPR: which maps are functions, and whether their arguments have the right form. Names are
 * resolved by refs.c, texts of Sub by sub.c. Computing is expr.c's. */
#include "stacks/stackpriv.h"

#include <string.h>

struct function {
	struct str name;
	enum expr_fn fn;
	uint8_t min, max;	/* arguments of a list; 0, 0: a single argument */
	struct value *(*parse)(const struct parse *p, const struct function *f, const struct value *arg,
			       struct pos pos);
};

struct value *expr_broken(struct loader *ld, struct pos pos)
{
	struct value *v = value_expr(ld->arena, pos, FN_BROKEN);

	return v;
}

static struct value *parse_single(const struct parse *p, const struct function *f, const struct value *arg,
				  struct pos pos)
{
	return expr_make(p->scope->ld->arena, pos, f->fn, expr_parse(p, arg), NULL);
}

static bool count_check(const struct parse *p, const struct function *f, const struct value *arg, struct pos pos)
{
	struct errs *errs = p->scope->ld->errs;

	if (arg->kind != V_LIST) {
		err_at(errs, arg->pos.line ? arg->pos : pos, "%.*s takes a list of arguments, not %s", STR_ARG(f->name),
		       kind_name(arg));
		return false;
	}
	if (value_count(arg) >= f->min && value_count(arg) <= f->max)
		return true;
	if (f->min == f->max)
		err_at(errs, pos, "%.*s takes %u argument%s, not %zu", STR_ARG(f->name), f->min, f->min == 1 ? "" : "s",
		       value_count(arg));
	else
		err_at(errs, pos, "%.*s takes %u %s %u arguments, not %zu", STR_ARG(f->name), f->min,
		       f->max == f->min + 1 ? "or" : "to", f->max, value_count(arg));
	return false;
}

static struct value *parse_list(const struct parse *p, const struct function *f, const struct value *arg,
				struct pos pos)
{
	struct loader *ld = p->scope->ld;
	struct value *e;

	if (!count_check(p, f, arg, pos))
		return expr_broken(ld, pos);
	e = value_expr(ld->arena, pos, (uint16_t)f->fn);
	for (size_t i = 0; i < value_count(arg); i++)
		value_append(ld->arena, e, expr_parse(p, value_at(arg, i)));
	return e;
}

static struct value *parse_split(const struct parse *p, const struct function *f, const struct value *arg,
				 struct pos pos)
{
	const struct value *text = value_at(arg, 1);

	if (arg->kind == V_LIST && value_count(arg) == 2 && text->kind == V_LIST) {
		err_at(p->scope->ld->errs, text->pos, "Fn::Split: the second argument must be a text, not a list");
		return expr_broken(p->scope->ld, pos);
	}
	return parse_list(p, f, arg, pos);
}

/* Two texts: a list may still come out of a parameter, but not be written here. */
static struct value *parse_equals(const struct parse *p, const struct function *f, const struct value *arg,
				  struct pos pos)
{
	struct errs *errs = p->scope->ld->errs;
	struct value *e = parse_list(p, f, arg, pos);

	if (!expr_is(e, f->fn))
		return e;
	for (size_t i = 0; i < 2; i++) {
		const struct value *v = value_at(e, i);

		if (v == value_at(arg, i) && !value_is_scalar(v)) {
			err_at(errs, v->pos, "Fn::Equals compares texts; this is %s", kind_name(v));
			return expr_broken(p->scope->ld, pos);
		}
	}
	return e;
}

static struct value *parse_ref(const struct parse *p, const struct function *f, const struct value *arg, struct pos pos)
{
	const struct parse plain = {p->scope, p->target, p->flags | PARSE_NO_RESOURCES, "a name"};
	struct str name;

	(void)f;
	if (arg->kind == V_STRING)
		return ref_parse(p, arg->pos.line ? arg->pos : pos, arg->text, false);
	if (arg->kind != V_MAP || !p->scope->extensions)
		err_at(p->scope->ld->errs, arg->pos.line ? arg->pos : pos, "Ref takes a name, not %s", kind_name(arg));
	else if (expr_text(&plain, arg, "the name", &name))
		return ref_parse(p, pos, name, false);
	return expr_broken(p->scope->ld, pos);
}

/* "A.B.C" is A, B.C; names of drplan's own tables have a dot more in front. */
static bool getatt_split(struct str s, struct str *name, struct str *attr)
{
	ptrdiff_t dot = str_chr(s, '.', 0);

	if (dot < 1)
		return false;
	*name = str_sub(s, 0, (size_t)dot);
	*attr = str_sub(s, (size_t)dot + 1, s.n);
	return attr->n > 0;
}

static struct value *parse_getatt(const struct parse *p, const struct function *f, const struct value *arg,
				  struct pos pos)
{
	struct loader *ld = p->scope->ld;
	struct str name = STR_NONE, attr = STR_NONE;
	bool ok = false;

	(void)f;
	if (arg->kind == V_STRING) {
		ok = getatt_split(arg->text, &name, &attr);
	} else if (arg->kind == V_LIST && value_count(arg) >= 2 &&
		   (value_at(arg, 0)->kind == V_STRING || p->scope->extensions)) {
		const struct parse plain = {p->scope, p->target, p->flags | PARSE_NO_RESOURCES, "a name"};

		if (!expr_text(&plain, value_at(arg, 0), "the logical id", &name))
			return expr_broken(ld, pos);
		if (value_count(arg) == 2) {
			ok = expr_text(&plain, value_at(arg, 1), "the attribute's name", &attr);
			if (!ok)
				return expr_broken(ld, pos);
			if (str_starts(name, STR("DR::")) && str_chr(name, '.', 0) > 0) {
				attr = str_fmt(ld->arena, "%.*s.%.*s", STR_ARG(name), STR_ARG(attr));
				ok = getatt_split(attr, &name, &attr);
			}
		}
	}
	if (ok)
		return getatt_parse(p, arg->pos.line ? arg->pos : pos, name, attr, false);
	err_help(ld->errs, err_at(ld->errs, pos, "Fn::GetAtt takes a logical id and an attribute"),
		 "write !GetAtt Name.Attribute, or [Name, Attribute]");
	return expr_broken(ld, pos);
}

static struct value *parse_sub(const struct parse *p, const struct function *f, const struct value *arg, struct pos pos)
{
	(void)f;
	return sub_parse(p, arg, pos);
}

static struct value *parse_condition(const struct parse *p, const struct function *f, const struct value *arg,
				     struct pos pos)
{
	struct loader *ld = p->scope->ld;

	(void)f;
	if (arg->kind == V_STRING)
		return condition_value(p->scope, p->target, arg->text, arg->pos.line ? arg->pos : pos);
	err_at(ld->errs, arg->pos.line ? arg->pos : pos, "Condition takes the name of a condition, not %s",
	       kind_name(arg));
	return expr_broken(ld, pos);
}

static struct value *parse_if(const struct parse *p, const struct function *f, const struct value *arg, struct pos pos)
{
	struct loader *ld = p->scope->ld;
	struct value *cond, *e;

	if (!count_check(p, f, arg, pos))
		return expr_broken(ld, pos);
	cond = value_at(arg, 0);
	if (cond->kind == V_STRING) {
		cond = condition_value(p->scope, p->target, cond->text, cond->pos);
	} else {
		struct parse in_condition = *p;

		in_condition.flags |= PARSE_CONDITION | PARSE_NO_RESOURCES;
		cond = expr_parse(&in_condition, cond);
	}
	e = expr_make(ld->arena, pos, FN_IF, cond, expr_parse(p, value_at(arg, 1)));
	value_append(ld->arena, e, expr_parse(p, value_at(arg, 2)));
	return e;
}

/* Only the tables that can be meant stay in the expression: the one that is named, or all. */
static struct value *find_tables(const struct parse *p, struct value *name)
{
	struct loader *ld = p->scope->ld;
	struct value *all = p->scope->mappings, *one;
	struct member *m = name->kind == V_STRING ? value_member(all, name->text) : NULL;

	if (!m)
		return all;
	one = value_map(ld->arena, all->pos);
	value_set(ld->arena, one, m->key, m->pos, m->value);
	return one;
}

static struct value *parse_find(const struct parse *p, const struct function *f, const struct value *arg,
				struct pos pos)
{
	static const struct str keys[] = {STR_INIT("DefaultValue")};
	const struct parse early = {p->scope, p->target, p->flags | PARSE_NO_RESOURCES, "the keys of Fn::FindInMap"};
	struct loader *ld = p->scope->ld;
	struct value *e, *name;

	if (!count_check(p, f, arg, pos))
		return expr_broken(ld, pos);
	name = expr_parse(&early, value_at(arg, 0));
	e = expr_make(ld->arena, pos, FN_FIND_IN_MAP, find_tables(p, name), name);
	value_append(ld->arena, e, expr_parse(&early, value_at(arg, 1)));
	value_append(ld->arena, e, expr_parse(&early, value_at(arg, 2)));
	if (value_count(arg) == 4) {
		const struct value *options = value_at(arg, 3);

		if (!KEYS_CHECK(ld->errs, options, keys, "the fourth argument of Fn::FindInMap"))
			return expr_broken(ld, pos);
		if (!p->scope->extensions)
			err_help(ld->errs, err_at(ld->errs, options->pos, "DefaultValue needs the language extensions"),
				 "add 'Transform: AWS::LanguageExtensions' at the top level");
		if (value_getc(options, "DefaultValue"))
			value_append(ld->arena, e, expr_parse(p, value_getc(options, "DefaultValue")));
	}
	return e;
}

/* GetAZs and ImportValue carry the target whose zones or exports are meant. */
static struct value *parse_with_target(const struct parse *p, const struct function *f, const struct value *arg,
				       struct pos pos)
{
	struct loader *ld = p->scope->ld;
	const struct target *t = p->target < ld->stack->n_targets ? &ld->stack->targets[p->target] : NULL;
	const struct parse early = {p->scope, p->target, p->flags | PARSE_NO_RESOURCES,
				    f->fn == FN_GET_AZS ? "Fn::GetAZs" : "Fn::ImportValue"};
	struct value *v = expr_parse(&early, arg);

	if (f->fn == FN_GET_AZS && ((v->kind == V_STRING && !v->text.n) || v->kind == V_NULL))
		v = value_string(ld->arena, v->pos, t ? t->region : STR(""));
	return expr_make(ld->arena, pos, f->fn, v, value_string(ld->arena, pos, t ? t->name : STR("")));
}

static struct value *parse_extension(const struct parse *p, const struct function *f, const struct value *arg,
				     struct pos pos)
{
	struct errs *errs = p->scope->ld->errs;

	if (!p->scope->extensions)
		err_help(errs, err_at(errs, pos, "%.*s needs the language extensions", STR_ARG(f->name)),
			 "add 'Transform: AWS::LanguageExtensions' at the top level");
	return parse_single(p, f, arg, pos);
}

static struct value *parse_unsupported(const struct parse *p, const struct function *f, const struct value *arg,
				       struct pos pos)
{
	(void)arg;
	err_help(p->scope->ld->errs, err_at(p->scope->ld->errs, pos, "%.*s is not supported", STR_ARG(f->name)),
		 f->fn == FN_IMPORT_VALUE ? "export the other stack's output and use Fn::ImportValue"
		 : "drplan runs no macros");
	return expr_broken(p->scope->ld, pos);
}

static const struct function functions[] = {
	{STR_INIT("Fn::And"), FN_AND, 2, 10, parse_list},
	{STR_INIT("Fn::Base64"), FN_BASE64, 0, 0, parse_single},
	{STR_INIT("Fn::Cidr"), FN_CIDR, 2, 3, parse_list},
	{STR_INIT("Fn::Equals"), FN_EQUALS, 2, 2, parse_equals},
	{STR_INIT("Fn::FindInMap"), FN_FIND_IN_MAP, 3, 4, parse_find},
	{STR_INIT("Fn::GetAZs"), FN_GET_AZS, 0, 0, parse_with_target},
	{STR_INIT("Fn::GetAtt"), FN_GETATT, 0, 0, parse_getatt},
	{STR_INIT("Fn::GetStackOutput"), FN_IMPORT_VALUE, 0, 0, parse_unsupported},
	{STR_INIT("Fn::If"), FN_IF, 3, 3, parse_if},
	{STR_INIT("Fn::ImportValue"), FN_IMPORT_VALUE, 0, 0, parse_with_target},
	{STR_INIT("Fn::Join"), FN_JOIN, 2, 2, parse_list},
	{STR_INIT("Fn::Length"), FN_LENGTH, 0, 0, parse_extension},
	{STR_INIT("Fn::Not"), FN_NOT, 1, 1, parse_list},
	{STR_INIT("Fn::Or"), FN_OR, 2, 10, parse_list},
	{STR_INIT("Fn::Select"), FN_SELECT, 2, 2, parse_list},
	{STR_INIT("Fn::Split"), FN_SPLIT, 2, 2, parse_split},
	{STR_INIT("Fn::Sub"), FN_SUB, 0, 0, parse_sub},
	{STR_INIT("Fn::ToJsonString"), FN_TO_JSON_STRING, 0, 0, parse_extension},
	{STR_INIT("Fn::Transform"), FN_NONE, 0, 0, parse_unsupported},
	{STR_INIT("Ref"), FN_REF, 0, 0, parse_ref},
};

static const struct function condition_function = {STR_INIT("Condition"), FN_CONDITION, 0, 0, parse_condition};

#define N_FUNCTIONS (sizeof functions / sizeof *functions)

static const struct function *function_named(struct str name)
{
	for (size_t i = 0; i < N_FUNCTIONS; i++)
		if (str_eq(functions[i].name, name))
			return &functions[i];
	return NULL;
}

static void unknown_function(const struct parse *p, const struct member *m)
{
	struct errs *errs = p->scope->ld->errs;
	struct str names[N_FUNCTIONS], near;

	if (foreach_key(m->key)) {
		err_at(errs, m->pos, "Fn::ForEach needs the language extensions");
		err_help(errs, &errs->items[errs->n - 1], "add 'Transform: AWS::LanguageExtensions' at the top level");
		return;
	}
	for (size_t i = 0; i < N_FUNCTIONS; i++)
		names[i] = functions[i].name;
	near = err_suggest(errs->arena, m->key, names, N_FUNCTIONS);
	err_at(errs, m->pos, "there is no function '%.*s'%.*s", STR_ARG(m->key), STR_ARG(near));
}

/* The map as a function call; NULL if it is ordinary data. */
static struct value *function_parse(const struct parse *p, const struct value *map)
{
	const struct member *m = &map->map.items[0];
	const struct function *f = NULL;

	if (str_starts(m->key, STR("Fn::")) || str_eqc(m->key, "Ref")) {
		f = function_named(m->key);
		if (!f) {
			unknown_function(p, m);
			return expr_broken(p->scope->ld, m->pos);
		}
	} else if ((p->flags & PARSE_CONDITION) && str_eqc(m->key, "Condition")) {
		f = &condition_function;
	}
	return f ? f->parse(p, f, m->value, map->pos.line ? map->pos : m->pos) : NULL;
}

static struct value *map_parse(const struct parse *p, const struct value *raw)
{
	struct arena *a = p->scope->ld->arena;
	struct value *out = NULL, *call = raw->map.n == 1 ? function_parse(p, raw) : NULL;

	if (call)
		return call;
	for (uint32_t i = 0; i < raw->map.n; i++) {
		const struct member *m = &raw->map.items[i];
		struct value *v;

		if (raw->map.n > 1 && str_starts(m->key, STR("Fn::")) && function_named(m->key)) {
			struct errs *errs = p->scope->ld->errs;

			err_help(errs, err_at(errs, m->pos, "%.*s must stand alone in its map", STR_ARG(m->key)),
				 "a function is a map with one key");
			return expr_broken(p->scope->ld, m->pos);
		}
		v = expr_parse(p, m->value);
		if (!out && v != m->value) {
			out = value_map(a, raw->pos);
			for (uint32_t k = 0; k < i; k++)
				value_set(a, out, raw->map.items[k].key, raw->map.items[k].pos,
					  raw->map.items[k].value);
		}
		if (out)
			value_set(a, out, m->key, m->pos, v);
	}
	return out ? out : (struct value *)raw;
}

static struct value *list_parse(const struct parse *p, const struct value *raw)
{
	struct arena *a = p->scope->ld->arena;
	struct value *out = NULL;

	for (size_t i = 0; i < value_count(raw); i++) {
		struct value *old = value_at(raw, i), *v = expr_parse(p, old);

		if (!out && v != old) {
			out = value_list(a, raw->pos);
			for (size_t k = 0; k < i; k++)
				value_append(a, out, value_at(raw, k));
		}
		if (out)
			value_append(a, out, v);
	}
	return out ? out : (struct value *)raw;
}

static bool map_has_loop(const struct value *raw)
{
	for (uint32_t i = 0; i < raw->map.n; i++)
		if (foreach_key(raw->map.items[i].key))
			return true;
	return false;
}

struct value *expr_parse(const struct parse *p, const struct value *raw)
{
	if (raw->kind == V_MAP && raw->map.n && p->scope->extensions && map_has_loop(raw))
		return map_parse(p, foreach_expand(p->scope, raw));
	if (raw->kind == V_MAP && raw->map.n)
		return map_parse(p, raw);
	if (raw->kind == V_LIST)
		return list_parse(p, raw);
	return (struct value *)raw;
}

struct value *expr_eval(const struct parse *p, const struct value *raw)
{
	struct expr_env env = {.arena = p->scope->ld->arena, .errs = p->scope->ld->errs};

	return fold_value(&env, expr_parse(p, raw));
}

bool expr_text(const struct parse *p, const struct value *raw, const char *what, struct str *out)
{
	struct errs *errs = p->scope->ld->errs;
	struct value *v = expr_eval(p, raw);

	if (value_is_scalar(v)) {
		*out = value_text(v);
		return true;
	}
	if (expr_is(v, FN_BROKEN))
		return false;
	if (v->kind == V_EXPR)
		err_help(errs, err_at(errs, raw->pos, "%s must be known before anything is asked of AWS", what),
			 "use texts, parameters and mappings only");
	else
		err_at(errs, raw->pos, "%s must be a text, not %s", what, kind_name(v));
	return false;
}
