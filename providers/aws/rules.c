/* AWS's endpoint rules: the first rule whose conditions hold decides; see endpoint.h. The functions of the language
 * are in rules_fn.c. Values are struct value; one that is not set is NULL. */
#include "providers/aws/endpoint.h"

enum { RULES_DEPTH = 64, RULES_TEXT = 64 << 10 };

struct rules {
	const struct model *m;
	struct arena *a;
	struct value **slots;
	struct endpoint *out;
	struct str *why;
	unsigned depth;
};

enum verdict { NO_MATCH, RESOLVED, REFUSED };

static struct value *text_value(struct rules *r, struct str s)
{
	return value_string(r->a, (struct pos){0}, s);
}

static struct value *eval(struct rules *r, size_t index);

static struct value *eval_concat(struct rules *r, const struct expr *e)
{
	struct buf b;

	buf_init(&b, RULES_TEXT);
	for (size_t i = 0; i < e->n; i++)
		buf_str(&b, value_text(eval(r, e->a + i)));
	return text_value(r, buf_take(&b, r->a));
}

static struct value *eval_call(struct rules *r, const struct expr *e)
{
	struct value **args = arena_array(r->a, e->n + 1u, sizeof(*args)), *v;

	if (e->fn == FN_COALESCE) {
		for (size_t i = 0; i < e->n; i++)
			if ((v = eval(r, e->a + i)))
				return v;
		return NULL;
	}
	for (size_t i = 0; i < e->n; i++)
		args[i] = eval(r, e->a + i);
	return rules_call((enum rule_fn)e->fn, args, e->n, r->a);
}

static struct value *eval_map(struct rules *r, const struct expr *e)
{
	struct value *map = value_map(r->a, (struct pos){0});

	for (size_t i = 0; i < e->n; i++) {
		struct value *v = eval(r, e->a + 2 * i + 1);

		if (v)
			value_set(r->a, map, value_text(eval(r, e->a + 2 * i)), (struct pos){0}, v);
	}
	return map;
}

static struct value *eval_list(struct rules *r, const struct expr *e)
{
	struct value *list = value_list(r->a, (struct pos){0});

	for (size_t i = 0; i < e->n; i++) {
		struct value *v = eval(r, e->a + i);

		if (v)
			value_append(r->a, list, v);
	}
	return list;
}

static struct value *eval(struct rules *r, size_t index)
{
	const struct expr *e = model_expr(r->m, index);
	struct value *v = NULL;

	if (r->depth == RULES_DEPTH)
		return NULL;
	r->depth++;
	switch ((enum expr_kind)e->kind) {
	case EXPR_NONE:
		break;
	case EXPR_TEXT:
		v = text_value(r, model_str(r->m, e->a));
		break;
	case EXPR_NUMBER:
		v = value_int(r->a, (struct pos){0}, (int32_t)e->a);
		break;
	case EXPR_BOOL:
		v = value_bool(r->a, (struct pos){0}, e->a);
		break;
	case EXPR_SLOT:
		v = r->slots[e->a];
		break;
	case EXPR_CALL:
		v = eval_call(r, e);
		break;
	case EXPR_CONCAT:
		v = eval_concat(r, e);
		break;
	case EXPR_LIST:
		v = eval_list(r, e);
		break;
	case EXPR_MAP:
		v = eval_map(r, e);
		break;
	}
	r->depth--;
	return v;
}

static bool rule_holds(struct rules *r, const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_conds; i++) {
		const struct rule_cond *c = model_cond(r->m, rule->conds + i);
		struct value *v = eval(r, c->expr);

		if (!v || (v->kind == V_BOOL && !v->boolean))
			return false;
		if (c->assign)
			r->slots[c->assign - 1] = v;
	}
	return true;
}

/* Of the schemes that a service offers there, the one that drplan speaks. */
static void take_scheme(struct endpoint *out, const struct value *properties)
{
	const struct value *schemes = value_getc(properties, "authSchemes"), *s = NULL;
	struct str name;

	for (size_t i = 0; i < value_count(schemes) && !s; i++) {
		name = value_text(value_getc(value_at(schemes, i), "name"));
		if (str_eqc(name, "sigv4") || str_eqc(name, "sigv4-s3express"))
			s = value_at(schemes, i);
		out->unsigned_call |= str_eqc(name, "none");
	}
	if (!s)
		return;
	out->unsigned_call = false;
	out->signing_name = value_text(value_getc(s, "signingName"));
	out->signing_region = value_text(value_getc(s, "signingRegion"));
	(void)value_as_bool(value_getc(s, "disableDoubleEncoding"), &out->single_encoding);
}

static enum verdict take_endpoint(struct rules *r, const struct rule *rule)
{
	struct str url = value_text(eval(r, rule->value));

	if (!endpoint_parse(url, r->a, r->out)) {
		*r->why = str_fmt(r->a, "the endpoint rules give '%.*s', which is no address", STR_ARG(url));
		return REFUSED;
	}
	r->out->properties = rule->properties ? eval(r, rule->properties) : NULL;
	r->out->headers = rule->headers ? eval(r, rule->headers) : NULL;
	take_scheme(r->out, r->out->properties);
	return RESOLVED;
}

static enum verdict rule_take(struct rules *r, const struct rule *rule)
{
	size_t n;
	const struct rule *all = model_rules(r->m, &n);
	enum verdict got = NO_MATCH;

	switch ((enum rule_kind)rule->kind) {
	case RULE_ENDPOINT:
		return take_endpoint(r, rule);
	case RULE_ERROR:
		*r->why = value_text(eval(r, rule->value));
		return REFUSED;
	case RULE_TREE:
		break;
	}
	for (size_t i = 0; i < rule->n && got == NO_MATCH; i++)
		if (rule_holds(r, &all[rule->first + i]))
			got = rule_take(r, &all[rule->first + i]);
	return got;
}

static bool fill_params(struct rules *r, const struct value *params)
{
	size_t n;
	const struct rule_param *p = model_params(r->m, &n);

	for (size_t i = 0; i < n; i++) {
		struct str name = model_str(r->m, p[i].name), given = model_str(r->m, p[i].value);
		struct value *v = value_get(params, name);

		if (v && v->kind == V_NULL)
			v = NULL;
		if (!v && p[i].has_default)
			v = p[i].kind == RULE_PARAM_BOOL ? value_bool(r->a, (struct pos){0}, str_eqc(given, "true"))
							 : text_value(r, given);
		if (!v && p[i].required) {
			*r->why = str_fmt(r->a, "the endpoint needs %.*s", STR_ARG(name));
			return false;
		}
		r->slots[i] = v;
	}
	return true;
}

bool rules_resolve(const struct model *m, const struct value *params, struct arena *a, struct endpoint *out,
		   struct str *why)
{
	struct rules r = {.m = m, .a = a, .out = out, .why = why};
	size_t n;
	const struct rule *all = model_rules(m, &n);
	enum verdict got;

	if (!n) {
		*why = STR("the model brings no endpoint rules");
		return false;
	}
	r.slots = arena_array(a, (size_t)m->slots + 1, sizeof(*r.slots));
	if (!fill_params(&r, params))
		return false;
	got = rule_take(&r, &all[0]);
	if (got == NO_MATCH)
		*why = STR("no endpoint rule fits");
	return got == RESOLVED;
}
