/* Signature Version 4 on base/hash.h's SHA-256 and HMAC. See sigv4.h for the calling sequence; call.c uses it for
 * API calls and creds_sts.c for the calls that fetch credentials. */
#include "providers/aws/sigv4.h"

#include "base/clock.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define ALGORITHM "AWS4-HMAC-SHA256"
enum { SIGN_MAX = 1 << 20 };

/* Headers that proxies and the HTTP library may change, and the signature itself. */
static bool header_is_unsigned(struct str name)
{
	static const char *const names[] = {"authorization", "expect",          "transfer-encoding",
					    "user-agent",    "x-amzn-trace-id", "connection"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_eq_nocase(name, str_of(names[i])))
			return true;
	return false;
}

static void add_lower(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_char(out, s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i]);
}

/* Runs of spaces count as one, spaces at the ends as none. */
static void add_header_value(struct buf *out, struct str s)
{
	bool space = false;

	s = str_trim(s);
	for (size_t i = 0; i < s.n; i++) {
		bool is_space = s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\r' || s.p[i] == '\n';

		if (!is_space)
			buf_char(out, s.p[i]);
		else if (!space)
			buf_char(out, ' ');
		space = is_space;
	}
}

/* RFC 3986's removal of dot segments and empty segments: all services but S3 sign the path this way. */
static struct str normalize_path(struct arena *a, struct str path)
{
	struct str *parts = arena_array(a, path.n + 1, sizeof(*parts));
	size_t n = 0;
	struct str rest = path, part;
	bool slash = path.n > 1 && path.p[path.n - 1] == '/';
	struct buf b;

	while (str_cut(&rest, '/', &part)) {
		if (str_eqc(part, "..")) {
			if (n)
				n--;
		} else if (part.n && !str_eqc(part, ".")) {
			parts[n++] = part;
		}
	}
	buf_init(&b, SIGN_MAX);
	for (size_t i = 0; i < n; i++) {
		buf_char(&b, '/');
		buf_str(&b, parts[i]);
	}
	if (!n || slash)
		buf_char(&b, '/');
	return buf_take(&b, a);
}

static void add_path(struct buf *out, const struct sigv4 *s, struct str path, struct arena *a)
{
	if (!path.n)
		path = STR("/");
	if (s->s3)	/* the key is encoded once and dots are part of it */
		buf_str(out, path);
	else		/* the path as sent, encoded once more */
		uri_encode(out, normalize_path(a, path), "/");
}

struct param {
	struct str name, value;
};

static int param_compare(const void *x, const void *y)
{
	const struct param *p = x, *q = y;
	int c = str_cmp(p->name, q->name);

	return c ? c : str_cmp(p->value, q->value);
}

static void add_query(struct buf *out, struct str query, struct arena *a)
{
	struct param *params;
	size_t n = 0;
	struct str rest = query, item;

	if (!query.n)
		return;
	params = arena_array(a, query.n + 1, sizeof(*params));
	while (str_cut(&rest, '&', &item)) {
		struct str name;

		if (!item.n)
			continue;
		str_cut(&item, '=', &name);
		params[n++] = (struct param){name, item};
	}
	qsort(params, n, sizeof(*params), param_compare);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_char(out, '&');
		buf_str(out, params[i].name);
		buf_char(out, '=');
		buf_str(out, params[i].value);
	}
}

struct line {
	struct str name;	/* lower case */
	struct str value;
	size_t order;		/* several of one name are joined in the order they are sent */
};

static int line_compare(const void *x, const void *y)
{
	const struct line *p = x, *q = y;
	int c = str_cmp(p->name, q->name);

	return c ? c : (p->order > q->order) - (p->order < q->order);
}

static void add_headers(struct buf *out, const struct request *r, struct arena *a, struct str *signed_headers)
{
	struct line *lines = arena_array(a, r->headers.n + 1, sizeof(*lines));
	size_t n = 0;
	struct buf names, lower;

	buf_init(&names, SIGN_MAX);
	buf_init(&lower, SIGN_MAX);
	if (!headers_has(&r->headers, STR("host")))
		lines[n++] = (struct line){STR("host"), r->host, 0};
	for (size_t i = 0; i < r->headers.n; i++) {
		if (header_is_unsigned(r->headers.items[i].name))
			continue;
		add_lower(&lower, r->headers.items[i].name);
		lines[n++] = (struct line){buf_take(&lower, a), r->headers.items[i].value, i};
	}
	qsort(lines, n, sizeof(*lines), line_compare);
	for (size_t i = 0; i < n; i++) {
		if (i && str_eq(lines[i].name, lines[i - 1].name)) {
			buf_char(out, ',');
			add_header_value(out, lines[i].value);
			continue;
		}
		if (i)
			buf_char(out, '\n');
		buf_str(out, lines[i].name);
		buf_char(out, ':');
		add_header_value(out, lines[i].value);
		if (i)
			buf_char(&names, ';');
		buf_str(&names, lines[i].name);
	}
	buf_char(out, '\n');
	*signed_headers = buf_take(&names, a);
	buf_free(&lower);
}

/* The hash that travels, where one does; else that of the body. */
static struct str payload_hash(const struct request *r, struct arena *a)
{
	struct str sent = headers_get(&r->headers, STR("x-amz-content-sha256"));
	struct sha256 digest;

	if (sent.n)
		return sent;
	digest = sha256_of(r->body);
	return sha256_hex(a, &digest);
}

struct str sigv4_canonical(const struct sigv4 *s, const struct request *r, struct arena *a, struct str *signed_headers)
{
	struct buf b;

	buf_init(&b, 4 * (size_t)SIGN_MAX);
	buf_str(&b, r->method);
	buf_char(&b, '\n');
	add_path(&b, s, r->path, a);
	buf_char(&b, '\n');
	add_query(&b, r->query, a);
	buf_char(&b, '\n');
	add_headers(&b, r, a, signed_headers);
	buf_char(&b, '\n');
	buf_str(&b, *signed_headers);
	buf_char(&b, '\n');
	buf_str(&b, payload_hash(r, a));
	return buf_take(&b, a);
}

static struct str scope_of(const struct sigv4 *s, struct arena *a)
{
	return str_fmt(a, "%.8s/%.*s/%.*s/aws4_request", time_basic(a, s->now).p, STR_ARG(s->region),
		       STR_ARG(s->service));
}

struct str sigv4_string_to_sign(const struct sigv4 *s, struct str canonical, struct arena *a)
{
	struct sha256 digest = sha256_of(canonical);

	return str_fmt(a, ALGORITHM "\n%s\n%s\n%s", time_basic(a, s->now).p, scope_of(s, a).p,
		       sha256_hex(a, &digest).p);
}

static struct sha256 hmac_step(struct sha256 *key, struct str data)
{
	struct sha256 next = hmac_sha256((struct str){(const char *)key->b, sizeof(key->b)}, data);

	wipe(key, sizeof(*key));
	return next;
}

struct str sigv4_signature(const struct sigv4 *s, struct str string_to_sign, struct arena *a)
{
	struct sha256 key, signature;
	struct buf first;

	buf_init(&first, 4096);
	first.secret = true;
	buf_cstr(&first, "AWS4");
	buf_str(&first, s->secret);
	key = hmac_sha256(buf_get(&first), str_sub(time_basic(a, s->now), 0, 8));
	buf_free(&first);
	key = hmac_step(&key, s->region);
	key = hmac_step(&key, s->service);
	key = hmac_step(&key, STR("aws4_request"));
	signature = hmac_step(&key, string_to_sign);
	return sha256_hex(a, &signature);
}

void sigv4_sign(const struct sigv4 *s, struct request *r, struct arena *a)
{
	struct str names, canonical, signature;

	headers_del(&r->headers, STR("Authorization"));
	headers_set(&r->headers, a, STR("X-Amz-Date"), time_basic(a, s->now));
	headers_del(&r->headers, STR("X-Amz-Security-Token"));
	if (s->token.n)
		headers_add(&r->headers, a, STR("X-Amz-Security-Token"), s->token);
	headers_del(&r->headers, STR("X-Amz-Content-Sha256"));
	if (r->unsigned_payload && str_eqc(r->scheme, "https"))
		headers_add(&r->headers, a, STR("X-Amz-Content-Sha256"), STR("UNSIGNED-PAYLOAD"));
	else if (s->s3)
		headers_add(&r->headers, a, STR("X-Amz-Content-Sha256"), payload_hash(r, a));
	canonical = sigv4_canonical(s, r, a, &names);
	signature = sigv4_signature(s, sigv4_string_to_sign(s, canonical, a), a);
	headers_add(&r->headers, a, STR("Authorization"),
		    str_fmt(a, ALGORITHM " Credential=%.*s/%s, SignedHeaders=%.*s, Signature=%.*s", STR_ARG(s->id),
			    scope_of(s, a).p, STR_ARG(names), STR_ARG(signature)));
}
