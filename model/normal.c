/* Normalisers (normal.h): pure functions on values. A form is computed for each side and forms are compared; the few
 * that depend on which side is the live one are decided in normal_equal. Policies are in normal_policy.c.
 */
#include "model/normal.h"

#include "base/clock.h"
#include "base/json.h"
#include "model/normal_policy.h"
#include "model/package.h"

#include <arpa/inet.h>

static const struct str names[NORMAL_COUNT] = {
	[NORMAL_NONE] = STR_INIT("none"),
	[NORMAL_LOWER] = STR_INIT("lower"),
	[NORMAL_CIDR] = STR_INIT("cidr"),
	[NORMAL_PROTOCOL] = STR_INIT("protocol"),
	[NORMAL_ENGINE_VERSION] = STR_INIT("engine-version"),
	[NORMAL_ARN_OR_ID] = STR_INIT("arn-or-id"),
	[NORMAL_JSON] = STR_INIT("json"),
	[NORMAL_POLICY] = STR_INIT("policy"),
	[NORMAL_DNS_NAME] = STR_INIT("dns-name"),
	[NORMAL_TRIM] = STR_INIT("trim"),
	[NORMAL_PORT] = STR_INIT("port"),
	[NORMAL_PRINCIPAL] = STR_INIT("principal"),
	[NORMAL_ANY] = STR_INIT("any"),
	[NORMAL_ENTRIES] = STR_INIT("entries"),
	[NORMAL_TEXTS] = STR_INIT("texts"),
	[NORMAL_TIME] = STR_INIT("time"),
	[NORMAL_KMS_KEY] = STR_INIT("kms-key"),
	[NORMAL_PACKAGE] = STR_INIT("package"),
};

enum normaliser normaliser_named(struct str name)
{
	for (unsigned i = 0; i < NORMAL_COUNT; i++)
		if (str_eq(names[i], name))
			return i;
	return NORMAL_NONE;
}

struct str normaliser_name(enum normaliser how)
{
	return how < NORMAL_COUNT ? names[how] : STR("");
}

/* --- texts --- */

struct str normal_lower(struct arena *a, struct str s)
{
	char *p = arena_copy(a, s.p, s.n);

	for (size_t i = 0; i < s.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] += 'a' - 'A';
	return (struct str){p, s.n};
}

/* 10.0.5.7/16 is 10.0.0.0/16; IPv6 in its shortest spelling. What is neither is left as it is. */
static struct str cidr(struct arena *a, struct str s)
{
	struct str rest = s, address = STR("");
	unsigned char b[16];
	char text[INET6_ADDRSTRLEN];
	int64_t bits = -1;
	int family;
	size_t size;

	if (!str_cut(&rest, '/', &address) || address.n >= sizeof(text))
		return s;
	family = str_chr(address, ':', 0) >= 0 ? AF_INET6 : AF_INET;
	size = family == AF_INET6 ? 16 : 4;
	if (inet_pton(family, arena_copy(a, address.p, address.n), b) != 1)
		return s;
	if (address.n != s.n && !str_int(rest, 0, (int64_t)size * 8, &bits))
		return s;
	for (size_t i = 0; bits >= 0 && i < size; i++) {
		int64_t keep = bits - (int64_t)i * 8;

		if (keep < 8)
			b[i] &= keep <= 0 ? 0 : (unsigned char)(0xff << (8 - keep));
	}
	if (!inet_ntop(family, b, text, sizeof(text)))
		return s;
	return bits >= 0 ? str_fmt(a, "%s/%d", text, (int)bits) : str_dup(a, str_of(text));
}

static struct str protocol(struct arena *a, struct str s)
{
	static const struct {
		struct str from, to;
	} map[] = {
		{STR_INIT("6"), STR_INIT("tcp")},     {STR_INIT("17"), STR_INIT("udp")}, {STR_INIT("1"), STR_INIT("icmp")},
		{STR_INIT("58"), STR_INIT("icmpv6")}, {STR_INIT("all"), STR_INIT("-1")},
	};

	s = normal_lower(a, s);
	for (size_t i = 0; i < sizeof(map) / sizeof(*map); i++)
		if (str_eq(s, map[i].from))
			return map[i].to;
	return s;
}

/* The character that an escape \ooo stands for; -1 if it is none, or one that means something else unescaped. */
static int octal_escape(struct str s)
{
	int c = 0;

	if (s.n < 4 || s.p[0] != '\\' || s.p[1] > '3')
		return -1;
	for (size_t i = 1; i < 4; i++) {
		if (s.p[i] < '0' || s.p[i] > '7')
			return -1;
		c = c * 8 + (s.p[i] - '0');
	}
	return c <= ' ' || c >= 127 || c == '.' || c == '\\' ? -1 : c;
}

/* Lower case, no final dot; Route 53 writes what is no letter, digit, hyphen or underscore as \ooo: '*' as \052. */
static struct str dns_name(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n;) {
		int c = octal_escape(str_sub(s, i, s.n));

		p[n++] = c < 0 ? s.p[i] : (char)c;
		i += c < 0 ? 1 : 4;
	}
	s = normal_lower(a, (struct str){p, n});
	return s.n > 1 && str_ends(s, STR(".")) ? str_sub(s, 0, s.n - 1) : s;
}

/* Instants by one spelling: AWS answers with a zone what CloudFormation writes without. */
static struct str instant(struct arena *a, struct str s)
{
	int64_t ms;

	if (str_chr(s, 'T', 0) < 0 || (!time_parse(s, &ms) && !time_parse(str_cat(a, s, STR("Z")), &ms)))
		return s;
	return time_rfc3339(a, ms, ms % 1000 != 0);
}

/* The part behind the last ':' or '/'. */
static struct str last_part(struct str s)
{
	size_t i = s.n;

	while (i > 0 && s.p[i - 1] != ':' && s.p[i - 1] != '/')
		i--;
	return str_sub(s, i, s.n);
}

static struct str text_form(struct arena *a, enum normaliser how, struct str s)
{
	switch (how) {
	case NORMAL_LOWER:
		return normal_lower(a, s);
	case NORMAL_CIDR:
		return cidr(a, s);
	case NORMAL_PROTOCOL:
		return protocol(a, s);
	case NORMAL_ARN_OR_ID:
		return last_part(s);
	case NORMAL_DNS_NAME:
		return dns_name(a, s);
	case NORMAL_TIME:
		return instant(a, s);
	case NORMAL_TRIM:
		return str_trim(s);
	case NORMAL_PRINCIPAL:
		return principal_form(s);
	case NORMAL_PACKAGE:
		return package_form(a, s);
	default:
		return s;
	}
}

/* --- values --- */

static struct value *copy(const struct value *v)
{
	return (struct value *)v;	/* trees are immutable once built: sharing is a copy */
}

/* A document, or its text read; NULL if the text is no JSON. */
static struct value *document(struct arena *a, const struct value *v)
{
	struct errs quiet = {.arena = a};
	struct value *doc;

	if (v->kind != V_STRING)
		return copy(v);
	doc = json_read_lax(a, v->text, 0, &quiet);
	return doc && v->flags & VALUE_SECRET ? value_mark_secret(a, doc) : doc;
}

static struct value *document_form(struct arena *a, enum normaliser how, const struct value *v)
{
	struct value *doc = document(a, v);

	if (!doc)
		return copy(v);
	return how == NORMAL_POLICY ? policy_form(a, doc) : doc;
}

static struct value *texts_form(struct arena *a, const struct value *v)
{
	struct value *out = v->kind == V_LIST ? value_list(a, v->pos) : value_map(a, v->pos);

	if (value_is_scalar(v)) {
		out = value_string(a, v->pos, value_text(v));
		out->flags = v->flags & VALUE_SECRET;
		return out;
	}
	for (size_t i = 0; v->kind == V_LIST && i < value_count(v); i++)
		value_append(a, out, texts_form(a, value_at(v, i)));
	for (size_t i = 0; v->kind == V_MAP && i < value_count(v); i++)
		value_set(a, out, v->map.items[i].key, v->pos, texts_form(a, v->map.items[i].value));
	return v->kind == V_LIST || v->kind == V_MAP ? out : copy(v);
}

struct value *normal_form(struct arena *a, enum normaliser how, const struct value *v)
{
	struct value *out;
	struct str s;

	if (!v || v->kind == V_EXPR || how == NORMAL_NONE)
		return copy(v);
	if (how == NORMAL_JSON || how == NORMAL_POLICY)
		return document_form(a, how, v);
	if (how == NORMAL_TEXTS)
		return texts_form(a, document_form(a, NORMAL_JSON, v));
	if (v->kind == V_LIST) {
		out = value_list(a, v->pos);
		out->flags = v->flags;
		for (uint32_t i = 0; i < v->list.n; i++)
			value_append(a, out, normal_form(a, how, v->list.items[i]));
		return out;
	}
	if (!value_is_scalar(v))
		return copy(v);
	s = text_form(a, how, value_text(v));
	if (str_eq(s, value_text(v)))
		return copy(v);
	out = value_string(a, v->pos, s);
	out->flags = v->flags & VALUE_SECRET;
	return out;
}

/* --- comparing --- */

/* "8.0" asks for any 8.0.x. */
static bool version_equal(struct str desired, struct str live)
{
	return str_eq(desired, live) || (str_starts(live, desired) && live.n > desired.n && live.p[desired.n] == '.');
}

/* One is the other, or its last parts: "NAME", "123456789012:function:NAME" and the whole ARN. */
static bool arn_equal(struct str x, struct str y)
{
	struct str shorter = x.n < y.n ? x : y, longer = x.n < y.n ? y : x;
	char before;

	if (x.n == y.n || !shorter.n)
		return str_eq(x, y);
	before = longer.p[longer.n - shorter.n - 1];
	return str_ends(longer, shorter) && (before == ':' || before == '/');
}

static bool names_alias(struct str s)
{
	return str_starts(s, STR("alias/")) || (str_starts(s, STR("arn:")) && str_find(s, STR(":alias/"), 0) >= 0);
}

bool normal_is_alias(enum normaliser how, const struct value *desired, const struct value *live)
{
	return how == NORMAL_KMS_KEY && desired && live && value_is_scalar(desired) && value_is_scalar(live) &&
	       names_alias(value_text(desired)) && !arn_equal(value_text(desired), value_text(live));
}

/* The alias may name the key: only an alias can be seen to be another one. */
static bool key_equal(struct str desired, struct str live)
{
	if (names_alias(desired) == names_alias(live))
		return arn_equal(desired, live);
	return names_alias(desired) && live.n;
}

static bool sided_equal(enum normaliser how, const struct value *desired, const struct value *live)
{
	struct str x = value_text(desired), y = value_text(live);

	if (value_equal(desired, live))
		return true;
	if (!value_is_scalar(desired) || !value_is_scalar(live))
		return false;
	switch (how) {
	case NORMAL_ENGINE_VERSION:
		return version_equal(x, y);
	case NORMAL_ARN_OR_ID:
		return arn_equal(x, y);
	case NORMAL_KMS_KEY:
		return key_equal(x, y);
	case NORMAL_PORT:
		return str_eqc(y, "-1");
	default:
		return false;
	}
}

const struct value *normal_entry(const struct value *list, struct str key)
{
	for (size_t i = 0; list && list->kind == V_LIST && i < value_count(list); i++)
		if (str_eq(value_text(value_getc(value_at(list, i), "Key")), key))
			return value_at(list, i);
	return NULL;
}

static bool entries_hold(const struct value *desired, const struct value *live)
{
	if (desired->kind != V_LIST || live->kind != V_LIST)
		return false;
	for (uint32_t i = 0; i < desired->list.n; i++) {
		const struct value *want = desired->list.items[i];
		const struct value *have = normal_entry(live, value_text(value_getc(want, "Key")));

		if (!have || !str_eq(value_text(value_getc(want, "Value")), value_text(value_getc(have, "Value"))))
			return false;
	}
	return true;
}

bool normal_equal(struct arena *scratch, enum normaliser how, const struct value *desired, const struct value *live)
{
	if (!desired || !live)
		return desired == live || (desired && how == NORMAL_PORT);
	if (value_has_expr(desired) || value_has_expr(live))
		return value_equal(desired, live);
	switch (how) {
	case NORMAL_ANY:
		return true;
	case NORMAL_ENTRIES:
		return entries_hold(desired, live);
	case NORMAL_PACKAGE:
		return package_equal(scratch, value_text(desired), value_text(live));
	case NORMAL_ENGINE_VERSION:
	case NORMAL_ARN_OR_ID:
	case NORMAL_KMS_KEY:
	case NORMAL_PORT:
		if (desired->kind != V_LIST || live->kind != V_LIST)
			return sided_equal(how, desired, live);
		if (desired->list.n != live->list.n)
			return false;
		for (uint32_t i = 0; i < desired->list.n; i++)
			if (!sided_equal(how, desired->list.items[i], live->list.items[i]))
				return false;
		return true;
	default:
		return value_equal(normal_form(scratch, how, desired), normal_form(scratch, how, live));
	}
}
