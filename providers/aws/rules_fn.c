/* The functions of the endpoint rules' language, as AWS's Smithy specification describes them. rules.c calls them.
 * An argument that is not set, or of another kind, makes the result "not set" (NULL) or false. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "providers/aws/endpoint.h"

#include <pcre2.h>
#include <string.h>

static struct value *fn_text(struct arena *a, struct str s)
{
	return value_string(a, (struct pos){0}, s);
}

static struct value *fn_bool(struct arena *a, bool b)
{
	return value_bool(a, (struct pos){0}, b);
}

static bool is_true(const struct value *v)
{
	return v && (v->kind != V_BOOL || v->boolean);
}

/* "name", "name[0]", "[0]", "a.b"; a negative index counts from the end. */
static struct value *fn_get_attr(struct value *v, struct str path)
{
	struct str part;

	while (v && str_cut(&path, '.', &part)) {
		ptrdiff_t bracket = str_chr(part, '[', 0);
		int64_t index;

		if (bracket != 0)
			v = value_get(v, bracket < 0 ? part : str_sub(part, 0, (size_t)bracket));
		if (bracket < 0)
			continue;
		part = str_sub(part, (size_t)bracket + 1, part.n - 1);
		if (!str_int(part, -1000, 1000, &index))
			return NULL;
		if (index < 0)
			index += (int64_t)value_count(v);
		v = index < 0 ? NULL : value_at(v, (size_t)index);
	}
	return v;
}

static bool is_ipv4(struct str s)
{
	struct str part;
	unsigned n = 0;
	int64_t byte;

	while (str_cut(&s, '.', &part)) {
		if (part.n > 3 || !str_int(part, 0, 255, &byte))
			return false;
		n++;
	}
	return n == 4;
}

static bool authority_is_ip(struct str authority)
{
	ptrdiff_t end;

	if (authority.n && authority.p[0] == '[')
		return str_chr(authority, ']', 0) > 0;
	end = str_chr(authority, ':', 0);
	return is_ipv4(end < 0 ? authority : str_sub(authority, 0, (size_t)end));
}

static struct value *fn_parse_url(struct arena *a, struct str url)
{
	struct value *map = value_map(a, (struct pos){0});
	ptrdiff_t colon = str_find(url, STR("://"), 0), slash;
	struct str scheme, rest, authority, path;

	if (colon < 0 || str_chr(url, '?', 0) >= 0 || str_chr(url, '#', 0) >= 0)
		return NULL;
	scheme = str_sub(url, 0, (size_t)colon);
	if (!str_eqc(scheme, "http") && !str_eqc(scheme, "https"))
		return NULL;
	rest = str_sub(url, (size_t)colon + 3, url.n);
	slash = str_chr(rest, '/', 0);
	authority = slash < 0 ? rest : str_sub(rest, 0, (size_t)slash);
	path = slash < 0 ? STR("") : str_sub(rest, (size_t)slash, rest.n);
	if (!authority.n)
		return NULL;
	value_put(a, map, "scheme", fn_text(a, scheme));
	value_put(a, map, "authority", fn_text(a, authority));
	value_put(a, map, "path", fn_text(a, path));
	value_put(a, map, "normalizedPath", fn_text(a, str_ends(path, STR("/")) ? path : str_cat(a, path, STR("/"))));
	value_put(a, map, "isIp", fn_bool(a, authority_is_ip(authority)));
	return map;
}

static struct value *fn_substring(struct arena *a, struct value **args)
{
	struct str s = value_text(args[0]);
	int64_t from, to;
	bool reverse;

	if (!args[0] || !value_as_int(args[1], &from) || !value_as_int(args[2], &to) ||
	    !value_as_bool(args[3], &reverse))
		return NULL;
	if (from < 0 || from >= to || (int64_t)s.n < to)
		return NULL;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] > 127)
			return NULL;
	if (reverse)
		return fn_text(a, str_sub(s, s.n - (size_t)to, s.n - (size_t)from));
	return fn_text(a, str_sub(s, (size_t)from, (size_t)to));
}

static bool is_label(struct str s)
{
	if (!s.n || s.n > 63 || s.p[0] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') ||
		      (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-'))
			return false;
	return true;
}

static bool is_host(struct str s, bool dots)
{
	struct str label;

	if (!dots || !s.n || s.p[s.n - 1] == '.')
		return is_label(s);
	while (str_cut(&s, '.', &label))
		if (!is_label(label))
			return false;
	return true;
}

static bool is_virtual_hostable(struct str s, bool dots)
{
	struct str rest = s, label;

	if (s.n < 3 || is_ipv4(s) || !is_host(s, dots))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'Z')
			return false;
	while (str_cut(&rest, '.', &label))
		if (label.p[label.n - 1] == '-')
			return false;
	return true;
}

static struct str pool_str(pstr s)
{
	return (struct str){partition_pool + (s >> 10), s & 1023};
}

static bool partition_lists(const struct partition *p, struct str region)
{
	for (size_t i = 0; i < p->n_regions; i++)
		if (str_eq(pool_str(partition_regions[p->regions + i]), region))
			return true;
	return false;
}

static bool partition_fits(const struct partition *p, struct str region)
{
	struct str pattern = pool_str(p->regex);
	int code;
	PCRE2_SIZE at;
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, 0, &code, &at, NULL);
	pcre2_match_data *match;
	bool fits;

	if (!re)
		return false;
	match = pcre2_match_data_create_from_pattern(re, NULL);
	fits = match && pcre2_match(re, (PCRE2_SPTR)region.p, region.n, 0, 0, match, NULL) >= 0;
	pcre2_match_data_free(match);
	pcre2_code_free(re);
	return fits;
}

/* The partition that lists a region, else whose pattern it fits, else AWS's main one. */
static const struct partition *partition_of(struct str region)
{
	for (size_t i = 0; i < partition_count; i++)
		if (partition_lists(&partitions[i], region))
			return &partitions[i];
	for (size_t i = 0; i < partition_count; i++)
		if (region.n && partition_fits(&partitions[i], region))
			return &partitions[i];
	return &partitions[0];
}

struct str region_partition(struct str region, struct str *suffix)
{
	const struct partition *p = partition_of(region);

	*suffix = pool_str(p->dns_suffix);
	return pool_str(p->name);
}

static struct value *fn_partition(struct arena *a, struct str region)
{
	const struct partition *p = partition_of(region);
	struct value *map = value_map(a, (struct pos){0});

	value_put(a, map, "name", fn_text(a, pool_str(p->name)));
	value_put(a, map, "dnsSuffix", fn_text(a, pool_str(p->dns_suffix)));
	value_put(a, map, "dualStackDnsSuffix", fn_text(a, pool_str(p->dual_stack_suffix)));
	value_put(a, map, "implicitGlobalRegion", fn_text(a, pool_str(p->global_region)));
	value_put(a, map, "supportsFIPS", fn_bool(a, p->fips));
	value_put(a, map, "supportsDualStack", fn_bool(a, p->dual_stack));
	return map;
}

static struct value *fn_parse_arn(struct arena *a, struct str arn)
{
	static const char *const names[] = {"", "partition", "service", "region", "accountId"};
	struct value *map = value_map(a, (struct pos){0}), *ids = value_list(a, (struct pos){0});
	struct str rest = arn, part;

	if (!str_starts(arn, STR("arn:")))
		return NULL;
	for (size_t i = 0; i < 5; i++) {
		if (str_chr(rest, ':', 0) < 0)
			return NULL;
		str_cut(&rest, ':', &part);
		if ((i == 1 || i == 2) && !part.n)
			return NULL;
		if (i)
			value_put(a, map, names[i], fn_text(a, part));
	}
	if (!rest.n)
		return NULL;
	for (size_t i = 0, from = 0; i <= rest.n; i++) {
		if (i < rest.n && rest.p[i] != ':' && rest.p[i] != '/')
			continue;
		value_append(a, ids, fn_text(a, str_sub(rest, from, i)));
		from = i + 1;
	}
	value_put(a, map, "resourceId", ids);
	return map;
}

static struct value *fn_split(struct arena *a, struct str s, struct str delimiter, int64_t limit)
{
	struct value *list = value_list(a, (struct pos){0});
	size_t from = 0;
	ptrdiff_t at;

	while (delimiter.n && (limit <= 0 || (int64_t)value_count(list) + 1 < limit) &&
	       (at = str_find(s, delimiter, from)) >= 0) {
		value_append(a, list, fn_text(a, str_sub(s, from, (size_t)at)));
		from = (size_t)at + delimiter.n;
	}
	value_append(a, list, fn_text(a, str_sub(s, from, s.n)));
	return list;
}

static struct value *fn_encode(struct arena *a, struct str s)
{
	struct buf b;

	buf_init(&b, 3 * s.n + 1);
	uri_encode(&b, s, "");
	return fn_text(a, buf_take(&b, a));
}

struct value *rules_call(enum rule_fn fn, struct value **args, size_t n, struct arena *a)
{
	static const uint8_t arity[] = {0, 1, 1, 2, 2, 2, 1, 4, 1, 2, 1, 1, 2, 3, 0, 3};
	struct str text;
	int64_t limit = 0;
	bool dots = false;

	if (fn >= sizeof(arity) || n != arity[fn])
		return NULL;
	text = n ? value_text(args[0]) : STR_NONE;
	switch (fn) {
	case FN_IS_SET:
		return fn_bool(a, args[0] != NULL);
	case FN_NOT:
		return fn_bool(a, !is_true(args[0]));
	case FN_GET_ATTR:
		return fn_get_attr(args[0], value_text(args[1]));
	case FN_STRING_EQUALS:
		return fn_bool(a, args[0] && args[1] && str_eq(text, value_text(args[1])));
	case FN_BOOLEAN_EQUALS:
		return fn_bool(a, args[0] && args[1] && value_equal(args[0], args[1]));
	case FN_PARSE_URL:
		return args[0] ? fn_parse_url(a, text) : NULL;
	case FN_SUBSTRING:
		return fn_substring(a, args);
	case FN_URI_ENCODE:
		return args[0] ? fn_encode(a, text) : NULL;
	case FN_VALID_HOST_LABEL:
		return fn_bool(a, args[0] && value_as_bool(args[1], &dots) && is_host(text, dots));
	case FN_PARTITION:
		return args[0] ? fn_partition(a, text) : NULL;
	case FN_PARSE_ARN:
		return args[0] ? fn_parse_arn(a, text) : NULL;
	case FN_VIRTUAL_HOSTABLE:
		return fn_bool(a, args[0] && value_as_bool(args[1], &dots) && is_virtual_hostable(text, dots));
	case FN_SPLIT:
		return args[0] && value_as_int(args[2], &limit) ? fn_split(a, text, value_text(args[1]), limit) : NULL;
	case FN_ITE:
		return is_true(args[0]) ? args[1] : args[2];
	case FN_NONE:
	case FN_COALESCE:	/* rules.c: its arguments are not all evaluated */
		break;
	}
	return NULL;
}
