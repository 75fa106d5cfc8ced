/* Drives a provider from JSON lines on stdin, for trying types by hand and for tests of the engine alone:
 *
 *	{"kind": "create", "type": "AWS::EC2::VPC", "address": "Vpc", "desired": {"CidrBlock": "10.0.0.0/16"}}
 *	{"kind": "read", "type": "AWS::EC2::VPC", "items": [{"id": "vpc-1"}]}
 *
 *	{"kind": "verb", "name": "Capacity", "targets": {"dr": "us-west-2"}, "target": "dr", "desired": {...}}
 *
 * A list of works runs at once. Each work gives one line: state, id, live, attrs, error, calls.
 */
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "providers/provider.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKS 20000

static const struct {
	const char *name;
	enum work_kind kind;
} kinds[] = {{"read", WORK_READ}, {"lookup", WORK_LOOKUP}, {"create", WORK_CREATE}, {"update", WORK_UPDATE},
	     {"delete", WORK_DELETE}, {"recover", WORK_RECOVER}, {"account", WORK_ACCOUNT}, {"zones", WORK_ZONES},
	     {"ssm", WORK_SSM}, {"export", WORK_EXPORT}, {"secret", WORK_SECRET}, {"verb", WORK_VERB},
	     {"probe", WORK_PROBE}};

static struct place places[64];
static size_t n_places;
static struct owner owner = {STR_INIT("drive"), STR_INIT("00000000-0000-4000-8000-000000000001"), true};

static const struct place *place_in(struct str region)
{
	for (size_t i = 0; i < n_places; i++)
		if (str_eq(places[i].region, region))
			return &places[i];
	places[n_places] = (struct place){.name = region, .region = region};
	return &places[n_places++];
}

/* Targets have names of their own; the first work that names them makes them. */
static const struct place *place_called(struct str name, struct str region)
{
	for (size_t i = 0; i < n_places; i++)
		if (str_eq(places[i].name, name))
			return &places[i];
	places[n_places] = (struct place){.name = str_of(strdup(name.p)), .region = str_of(strdup(region.p))};
	return &places[n_places++];
}

static void targets_make(const struct value *v, struct work *w)
{
	const struct value *targets = value_getc(v, "targets");

	for (size_t i = 0; targets && i < targets->map.n; i++)
		place_called(targets->map.items[i].key, value_text(targets->map.items[i].value));
	if (value_getc(v, "target"))
		w->place = place_called(value_text(value_getc(v, "target")), STR_NONE);
	w->places = places;
	w->n_places = n_places;
	value_as_int(value_getc(v, "timeout"), &w->timeout_ms);
	value_as_bool(value_getc(v, "again"), &w->again);
	value_as_bool(value_getc(v, "unplanned"), &w->unplanned);
	value_as_bool(value_getc(v, "control_plane"), &w->control_plane);
}

static void work_make(struct arena *a, const struct value *v, struct work *w)
{
	struct str kind = value_text(value_getc(v, "kind")), region = value_text(value_getc(v, "region"));
	const struct value *items = value_getc(v, "items"), *op = value_getc(v, "op");

	*w = (struct work){.kind = WORK_ACCOUNT, .arena = a, .owner = &owner};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (str_eqc(kind, kinds[i].name))
			w->kind = kinds[i].kind;
	w->place = place_in(region.n ? str_dup(a, region) : STR("us-west-2"));
	w->type = model_type(value_text(value_getc(v, "type")));
	w->address = value_text(value_getc(v, "address"));
	w->id = value_text(value_getc(v, "id"));
	w->name = value_text(value_getc(v, "name"));
	w->desired = value_getc(v, "desired");
	w->prior = value_getc(v, "prior");
	w->match = value_getc(v, "match");
	w->op = op ? value_text(op) : random_uuid(a);
	targets_make(v, w);
	w->n_items = value_count(items);
	w->items = arena_array(a, w->n_items, sizeof *w->items);
	for (size_t i = 0; i < w->n_items; i++) {
		w->items[i].id = value_text(value_getc(value_at(items, i), "id"));
		w->items[i].props = value_getc(value_at(items, i), "props");
	}
}

static void json(struct buf *b, const char *key, const struct value *v)
{
	if (!v)
		return;
	buf_fmt(b, ", \"%s\": ", key);
	json_write(b, v, 0);
}

static void print(const struct work *w)
{
	struct buf b;

	buf_init(&b, (size_t)64 << 20);
	buf_fmt(&b, "{\"ok\": %s, \"calls\": %u, \"settled\": %s, \"id\": ", w->state == WORK_OK ? "true" : "false", w->calls,
		w->settled ? "true" : "false");
	json_string(&b, w->id);
	json(&b, "live", w->live);
	json(&b, "attrs", w->attrs);
	json(&b, "result", w->result);
	if (w->kind == WORK_RECOVER)
		buf_fmt(&b, ", \"recovered\": %d", (int)w->recovered);
	for (size_t i = 0; i < w->n_items; i++) {
		buf_fmt(&b, "%s{\"found\": %s", i ? ", " : ", \"items\": [", w->items[i].found ? "true" : "false");
		json(&b, "live", w->items[i].live);
		json(&b, "attrs", w->items[i].attrs);
		buf_cstr(&b, i + 1 == w->n_items ? "}]" : "}");
	}
	if (w->state == WORK_FAILED) {
		buf_cstr(&b, ", \"error\": ");
		json_string(&b, w->err.message);
		buf_cstr(&b, ", \"code\": ");
		json_string(&b, w->err.code);
	}
	buf_cstr(&b, "}\n");
	fwrite(b.p, 1, b.n, stdout);
	buf_free(&b);
}

static volatile sig_atomic_t interrupted;

static void on_term(int sig)
{
	(void)sig;
	interrupted = 1;
}

static void run(struct provider *p, struct work *works, size_t n)
{
	for (size_t i = 0; i < n; i++)
		provider_start(p, &works[i]);
	while (provider_pending(p)) {
		provider_poll(p, 1000);
		if (interrupted == 1) {
			interrupted = 2;
			p->ops->settle(p);
		}
		while (provider_next(p).work)
			continue;
	}
	while (provider_next(p).work)
		continue;
	for (size_t i = 0; i < n; i++)
		print(&works[i]);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct arena a = {0};
	struct errs errs = {.arena = &a};
	struct provider_options opt = {0};
	struct provider *p;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	log_init(argc > 1 && !strcmp(argv[1], "-t") ? LOG_TRACE : argc > 1 && !strcmp(argv[1], "-v") ? LOG_CALLS : LOG_QUIET, 2);
	signal(SIGTERM, on_term);
	p = provider_aws_open(&opt, &errs);
	while (p && (n = getline(&line, &cap, stdin)) > 0) {
		struct arena round = {0};
		struct value *v = json_read(&round, str_dup(&round, (struct str){line, (size_t)n}), 0, &errs);
		size_t count = v && v->kind == V_LIST ? value_count(v) : 1;
		struct work *works = arena_array(&round, count, sizeof *works);

		if (!v) {
			fprintf(stderr, "drive: not JSON: %s", line);
			return 1;
		}
		for (size_t i = 0; i < count; i++)
			work_make(&round, v->kind == V_LIST ? value_at(v, i) : v, &works[i]);
		run(p, works, count);
		arena_free(&round);
	}
	free(line);
	if (p)
		provider_close(p);
	arena_free(&a);
	return 0;
}
