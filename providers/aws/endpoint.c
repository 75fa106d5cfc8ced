/* The parameters of the endpoint rules from place, environment, profile and input, and what the user overrides; see
 * endpoint.h. call.c asks once per call. */
#include "providers/aws/endpoint.h"

#include <string.h>

struct params {
	struct value *map;
	struct arena *a;
};

static void set_text(struct params *p, struct str name, struct str s)
{
	if (s.n)
		value_set(p->a, p->map, name, (struct pos){0}, value_string(p->a, (struct pos){0}, s));
}

static void set_bool(struct params *p, struct str name, bool b)
{
	value_set(p->a, p->map, name, (struct pos){0}, value_bool(p->a, (struct pos){0}, b));
}

static struct str lower_service(struct arena *a, struct str s)
{
	char *p = arena_copy(a, s.p, s.n);

	for (size_t i = 0; i < s.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + 32);
	return (struct str){p, s.n};
}

struct str endpoint_configured(const struct model *m, const struct config *config, struct str profile)
{
	struct arena scratch = {0};
	struct str suffix = model_str(m, m->env_suffix), section, url;
	const struct value *services;

	if (config_true(config, profile, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"))
		return STR_NONE;
	url = env_str(str_fmt(&scratch, "AWS_ENDPOINT_URL_%.*s", STR_ARG(suffix)).p);
	if (!url.n)
		url = env_str("AWS_ENDPOINT_URL");
	if (!url.n) {
		section = config_get(config, profile, "services");
		services = section.n ? value_get(config->services, section) : NULL;
		url = value_text(value_getc(value_get(services, lower_service(&scratch, suffix)), "endpoint_url"));
	}
	arena_free(&scratch);
	return url.n ? url : config_get(config, profile, "endpoint_url");
}

bool endpoint_parse(struct str url, struct arena *a, struct endpoint *out)
{
	ptrdiff_t colon = str_find(url, STR("://"), 0), slash;
	struct str rest;

	if (colon < 0)
		return false;
	out->scheme = str_dup(a, str_sub(url, 0, (size_t)colon));
	rest = str_sub(url, (size_t)colon + 3, url.n);
	slash = str_chr(rest, '/', 0);
	out->host = str_dup(a, slash < 0 ? rest : str_sub(rest, 0, (size_t)slash));
	out->path = slash < 0 ? STR_NONE : str_dup(a, str_sub(rest, (size_t)slash, rest.n));
	while (out->path.n && out->path.p[out->path.n - 1] == '/')
		out->path.n--;
	for (size_t i = 0; i < out->host.n; i++)
		if ((unsigned char)out->host.p[i] <= ' ' || strchr("@?#\\\"<>", out->host.p[i]))
			return false;
	return out->host.n && (str_eqc(out->scheme, "http") || str_eqc(out->scheme, "https"));
}

/* --- parameters --- */

static void fill_builtin(struct params *p, struct str name, enum builtin b, const struct config *config,
			 struct str profile, struct str region, struct str custom)
{
	switch (b) {
	case BUILTIN_REGION:
		set_text(p, name, region);
		break;
	case BUILTIN_FIPS:	/* an endpoint of one's own is taken as it is */
		set_bool(p, name,
			 !custom.n && config_true(config, profile, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"));
		break;
	case BUILTIN_DUAL_STACK:
		set_bool(p, name,
			 !custom.n &&
			     config_true(config, profile, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"));
		break;
	case BUILTIN_ENDPOINT:
		set_text(p, name, custom);
		break;
	case BUILTIN_S3_PATH_STYLE:	/* names below an own endpoint rarely resolve */
		set_bool(p, name, custom.n > 0);
		break;
	case BUILTIN_S3_EXPRESS_NO_AUTH:
		set_bool(p, name, true);
		break;
	case BUILTIN_S3_ARN_REGION:
	case BUILTIN_S3CONTROL_ARN_REGION:
		set_bool(p, name, true);
		break;
	default:	/* global STS, S3 in us-east-1, acceleration, account endpoints: off */
		break;
	}
}

/* Members of the input that the rules want to see: Bucket, AccountId. */
static void fill_context(struct params *p, const struct op *op, const struct value *input)
{
	const struct shape *shape = op_input(op);

	for (size_t i = 0; shape && i < shape_member_count(shape); i++) {
		const struct shape *member = shape_nth(shape, i);
		struct str name = shape_is(member, SHAPE_EXTRA) ? shape_extra(member, EXTRA_CONTEXT_PARAM) : STR_NONE;
		struct value *v = name.n ? value_get(input, shape_name(member)) : NULL;

		if (v && v->kind != V_NULL)
			value_set(p->a, p->map, name, (struct pos){0}, v);
	}
}

static struct value *lines_list(struct arena *a, struct str lines)
{
	struct value *list = value_list(a, (struct pos){0});
	struct str line;

	while (lines.n && str_cut(&lines, '\n', &line))
		value_append(a, list, value_string(a, (struct pos){0}, line));
	return list;
}

/* The few paths that operations use: "TableName", "keys(RequestItems)", "TransactItems[*].Put.TableName". They only
 * steer account-based endpoints, which drplan doesn't use: the plain member is enough. */
static void fill_pairs(struct params *p, const struct op *op, const struct value *input)
{
	size_t n;
	const struct pair *pairs = op_pairs(op, &n);

	for (size_t i = 0; i < n; i++) {
		struct str name = op_str(op, pairs[i].name), text = op_str(op, pairs[i].value);
		struct value *v = NULL;

		switch ((enum pair_kind)pairs[i].kind) {
		case PAIR_STATIC_STRING:
			v = value_string(p->a, (struct pos){0}, text);
			break;
		case PAIR_STATIC_TRUE:
			v = value_bool(p->a, (struct pos){0}, true);
			break;
		case PAIR_STATIC_FALSE:
			v = value_bool(p->a, (struct pos){0}, false);
			break;
		case PAIR_STATIC_LIST:
			v = lines_list(p->a, text);
			break;
		case PAIR_PATH:
			v = value_get(input, text);
			break;
		}
		if (v && v->kind != V_NULL)
			value_set(p->a, p->map, name, (struct pos){0}, v);
	}
}

static struct value *make_params(const struct op *op, const struct value *input, const struct config *config,
				 struct str profile, struct str region, struct str custom, struct arena *a)
{
	struct params p = {.map = value_map(a, (struct pos){0}), .a = a};
	size_t n;
	const struct rule_param *rp = model_params(op_model(op), &n);

	for (size_t i = 0; i < n; i++)
		fill_builtin(&p, op_str(op, rp[i].name), (enum builtin)rp[i].builtin, config, profile, region, custom);
	fill_context(&p, op, input);
	fill_pairs(&p, op, input);
	return p.map;
}

bool endpoint_find(const struct op *op, const struct value *input, const struct config *config,
		   const struct place *place, struct str region, struct arena *a, struct endpoint *out, struct str *why)
{
	const struct model *m = op_model(op);
	struct str profile = config_profile_name(place->profile);
	struct str custom = endpoint_configured(m, config, profile);
	struct endpoint own = {0};

	*out = (struct endpoint){0};
	if (!rules_resolve(m, make_params(op, input, config, profile, region, STR_NONE, a), a, out, why) && !custom.n)
		return false;
	if (custom.n) {
		if (!rules_resolve(m, make_params(op, input, config, profile, region, custom, a), a, &own, why))
			return false;
		out->scheme = own.scheme;
		out->host = own.host;
		out->path = own.path;
		out->headers = own.headers;
	}
	if (!out->signing_name.n)
		out->signing_name = model_str(m, m->signing_name);
	if (!out->signing_region.n)
		out->signing_region = region;
	if (m->flags & MODEL_S3)
		out->single_encoding = true;
	return true;
}

void endpoint_apply(const struct endpoint *e, struct request *r, struct arena *a)
{
	struct str host = e->host;
	bool local;

	r->scheme = e->scheme;
	/* Some services' rules put the prefix in front by themselves: it stands there once. */
	if (r->host_prefix.n && str_starts(host, r->host_prefix))
		host = str_sub(host, r->host_prefix.n, host.n);
	/* A prefix is for AWS's names; below an address there is nothing to resolve. */
	local = str_starts(host, STR("127.")) || str_starts(host, STR("localhost")) || str_starts(host, STR("["));
	r->host = r->host_prefix.n && !local ? str_cat(a, r->host_prefix, host) : host;
	if (e->path.n)
		r->path = str_cat(a, e->path, r->path);
	if (!r->path.n)
		r->path = STR("/");
	for (size_t i = 0; i < value_count(e->headers); i++) {
		const struct value *list = e->headers->map.items[i].value;

		for (size_t j = 0; j < value_count(list); j++)
			headers_set(&r->headers, a, e->headers->map.items[i].key, value_text(value_at(list, j)));
	}
}
