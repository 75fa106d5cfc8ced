/* The wire's pure halves as a filter, for the conformance cases: JSON lines in, JSON lines out.
 *
 *	wiretest [cases.bin] <questions >answers
 *
 *	{"do":"serialize","model":M,"input":{...},"token":"...","endpoint":"https://host"} -> method, url, host, headers, body
 *	{"do":"parse","model":M,"status":200,"headers":{...},"body":"..."}	-> output | code, message, members
 *	{"do":"sign","method":...,"host":...,"path":...,"query":...,"headers":[[n,v]],"body":...,"token":...} -> each step
 *	{"do":"rules","service":"ec2","params":{...}}				-> url, properties, headers | error
 *
 * M names a table of cases.bin (tools/gen_model.py --models), which holds one operation. Bodies travel as base64.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "providers/aws/checksum.h"
#include "providers/aws/compress.h"
#include "providers/aws/endpoint.h"
#include "providers/aws/parse.h"
#include "providers/aws/serialize.h"
#include "providers/aws/sigv4.h"

#include <stdio.h>
#include <stdlib.h>

enum { LINE_LIMIT = 64 << 20 };

static struct arena arena;

static void set(struct value *map, const char *key, struct value *v)
{
	value_set(&arena, map, str_of(key), (struct pos){0}, v);
}

static struct value *text(struct str s)
{
	return value_string(&arena, (struct pos){0}, s);
}

static struct str get(const struct value *q, const char *key)
{
	return value_text(value_getc(q, key));
}

static const struct op *op_of(const struct value *tables, struct str name)
{
	int64_t at;

	if (!value_as_int(value_get(tables, name), &at))
		return NULL;
	return model_op_nth((const struct model *)(uintptr_t)at, 0);
}

static struct value *header_list(const struct headers *h)
{
	struct value *list = value_list(&arena, (struct pos){0});

	for (size_t i = 0; i < h->n; i++) {
		struct value *pair = value_list(&arena, (struct pos){0});

		value_append(&arena, pair, text(h->items[i].name));
		value_append(&arena, pair, text(h->items[i].value));
		value_append(&arena, list, pair);
	}
	return list;
}

static void do_serialize(const struct op *op, const struct value *q, struct value *out)
{
	struct request r;
	struct errs errs = {.arena = &arena};
	struct endpoint e = {0};
	struct str why = STR_NONE;

	if (!serialize(op, value_getc(q, "input"), get(q, "token"), &arena, &r, &errs)) {
		set(out, "error", text(errs.items[0].message));
		return;
	}
	compress_body(op, &r, &arena);
	if (!endpoint_parse(get(q, "endpoint"), &arena, &e) ||
	    !checksum_add(op, value_getc(q, "input"), &r, &arena, &why)) {
		set(out, "error", text(why.n ? why : STR("no endpoint")));
		return;
	}
	endpoint_apply(&e, &r, &arena);
	set(out, "method", text(r.method));
	set(out, "host", text(r.host));
	set(out, "path", text(r.path));
	set(out, "query", text(r.query));
	set(out, "headers", header_list(&r.headers));
	set(out, "body", text(base64_of(&arena, r.body)));
}

static void do_parse(const struct op *op, const struct value *q, struct value *out)
{
	struct answer ans = {0};
	const struct value *headers = value_getc(q, "headers");
	int64_t status = 200;
	struct str why = STR_NONE;
	struct remote_error re;
	struct value *v;

	(void)value_as_int(value_getc(q, "status"), &status);
	ans.status = (int)status;
	for (size_t i = 0; i < value_count(headers); i++)
		headers_add(&ans.headers, &arena, headers->map.items[i].key, value_text(headers->map.items[i].value));
	if (!base64_decode(&arena, get(q, "body"), &ans.body)) {
		set(out, "error", text(STR("the case's body is not base64")));
		return;
	}
	if (parse_is_error(op, &ans)) {
		parse_error(op, &ans, &arena, &re);
		set(out, "code", text(re.code));
		set(out, "message", text(re.message));
		set(out, "members", re.members);
		return;
	}
	v = parse_output(op, &ans, &arena, &arena, &why);
	if (v)
		set(out, "output", v);
	else
		set(out, "error", text(why));
}

static void do_sign(const struct value *q, struct value *out)
{
	struct sigv4 s = {.id = get(q, "id"),
			  .secret = get(q, "secret"),
			  .token = get(q, "token"),
			  .region = get(q, "region"),
			  .service = get(q, "service")};
	struct request r = {.method = get(q, "method"),
			    .host = get(q, "host"),
			    .path = get(q, "path"),
			    .query = get(q, "query"),
			    .scheme = STR("https")};
	const struct value *headers = value_getc(q, "headers");
	struct str names, canonical;

	(void)value_as_int(value_getc(q, "now"), &s.now);
	(void)base64_decode(&arena, get(q, "body"), &r.body);
	for (size_t i = 0; i < value_count(headers); i++)
		headers_add(&r.headers, &arena, value_text(value_at(value_at(headers, i), 0)),
			    value_text(value_at(value_at(headers, i), 1)));
	sigv4_sign(&s, &r, &arena);
	set(out, "authorization", text(headers_get(&r.headers, STR("Authorization"))));
	canonical = sigv4_canonical(&s, &r, &arena, &names);
	set(out, "canonical", text(canonical));
	set(out, "string_to_sign", text(sigv4_string_to_sign(&s, canonical, &arena)));
}

static void do_rules(const struct value *q, struct value *out)
{
	const struct model *m = wire_model(get(q, "service"));
	struct endpoint e = {0};
	struct str why = STR_NONE;

	if (!m) {
		set(out, "unknown", value_bool(&arena, (struct pos){0}, true));
	} else if (!rules_resolve(m, value_getc(q, "params"), &arena, &e, &why)) {
		set(out, "error", text(why));
	} else {
		set(out, "url",
		    text(str_fmt(&arena, "%.*s://%.*s%.*s", STR_ARG(e.scheme), STR_ARG(e.host), STR_ARG(e.path))));
		set(out, "properties", e.properties ? e.properties : value_map(&arena, (struct pos){0}));
		set(out, "headers", e.headers ? e.headers : value_map(&arena, (struct pos){0}));
	}
}

static void answer(const struct value *tables, struct str line)
{
	struct errs errs = {.arena = &arena};
	const struct value *q = json_read(&arena, line, 0, &errs);
	struct value *out = value_map(&arena, (struct pos){0});
	struct str what = q ? get(q, "do") : STR_NONE;
	const struct op *op = q ? op_of(tables, get(q, "model")) : NULL;
	struct buf b;

	if (str_eqc(what, "sign"))
		do_sign(q, out);
	else if (str_eqc(what, "rules"))
		do_rules(q, out);
	else if (op && str_eqc(what, "serialize"))
		do_serialize(op, q, out);
	else if (op && str_eqc(what, "parse"))
		do_parse(op, q, out);
	else
		set(out, "error", text(q ? STR("no such table or question") : errs.items[0].message));
	buf_init(&b, LINE_LIMIT);
	json_write(&b, out, JSON_SECRETS);
	printf("%s\n", b.p);
	buf_free(&b);
}

/* The file's tables by name; their addresses as numbers are fine for a test. */
static struct value *load_tables(struct arena *a, const char *path)
{
	struct value *tables = value_map(a, (struct pos){0});
	FILE *f = fopen(path, "rb");
	char *p;
	long size;

	if (!f || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0) {
		fprintf(stderr, "wiretest: cannot read %s\n", path);
		exit(2);
	}
	rewind(f);
	p = arena_alloc(a, (size_t)size);
	if (fread(p, 1, (size_t)size, f) != (size_t)size)
		exit(2);
	fclose(f);
	for (size_t at = 0; at < (size_t)size;) {
		const struct model *m = model_open(p + at, (size_t)size - at);

		if (!m) {
			fprintf(stderr, "wiretest: %s holds no table at %zu\n", path, at);
			exit(2);
		}
		value_set(a, tables, model_str(m, m->name), (struct pos){0},
			  value_int(a, (struct pos){0}, (int64_t)(uintptr_t)m));
		at += m->size;
	}
	return tables;
}

int main(int argc, char **argv)
{
	struct arena kept = {0};
	struct value *tables = argc > 1 ? load_tables(&kept, argv[1]) : value_map(&kept, (struct pos){0});
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, stdin)) > 0) {
		answer(tables, (struct str){line, (size_t)n});
		arena_reset(&arena);
	}
	free(line);
	arena_free(&arena);
	arena_free(&kept);
	return 0;
}
