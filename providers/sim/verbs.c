/* Verbs and probes: which there are, what their arguments mean, and the short ones. See verbs.h. */
#include "providers/sim/verbs.h"

#include "providers/aws/callcheck.h"

/* Typical times: an instance of Amazon Linux is in service after a minute and a half, and healthy two checks of ten
 * seconds later (Auto Scaling and load balancer user guides); instances leave after connections were drained. */
#define LAUNCH_MS 90000
#define HEALTHY_MS 20000
#define DRAIN_MS 45000
#define BACKLOG_MS 120000

static bool verb_capacity(struct verb *v);
static bool probe_capacity(struct verb *v);
static bool verb_notify(struct verb *v);
static bool verb_invoke(struct verb *v);
static bool verb_backlog(struct verb *v);
static bool verb_report(struct verb *v);
static bool verb_call(struct verb *v);
static bool probe_credentials(struct verb *v);
static bool probe_quota(struct verb *v);

static const struct verb_row {
	struct str name;
	bool (*verb)(struct verb *v), (*probe)(struct verb *v);
} rows[] = {
    {STR_INIT("Advice"), NULL, probe_advice},
    {STR_INIT("Alarm"), NULL, probe_alarm},
    {STR_INIT("Call"), verb_call, NULL},
    {STR_INIT("Capacity"), verb_capacity, probe_capacity},
    {STR_INIT("CleanUp"), verb_cleanup, NULL},
    {STR_INIT("Credentials"), NULL, probe_credentials},
    {STR_INIT("Dns"), verb_dns, probe_dns},
    {STR_INIT("EngineMatch"), NULL, probe_engines},
    {STR_INIT("Fence"), verb_fence, NULL},
    {STR_INIT("HealthCheck"), NULL, probe_health},
    {STR_INIT("Http"), NULL, probe_http},
    {STR_INIT("Invoke"), verb_invoke, verb_invoke},
    {STR_INIT("KeepSnapshot"), verb_keep_snapshot, NULL},
    {STR_INIT("Member"), NULL, probe_member},
    {STR_INIT("Metric"), NULL, probe_metric},
    {STR_INIT("Notify"), verb_notify, NULL},
    {STR_INIT("PromoteAurora"), verb_promote, probe_writer},
    {STR_INIT("Quota"), NULL, probe_quota},
    {STR_INIT("Recover"), verb_recover, NULL},
    {STR_INIT("ReplicateBacklog"), verb_backlog, NULL},
    {STR_INIT("Replication"), NULL, probe_replication},
    {STR_INIT("ReverseReplication"), verb_reverse, NULL},
    {STR_INIT("State"), NULL, probe_servers},
    {STR_INIT("Report"), verb_report, NULL},
    {STR_INIT("Status"), NULL, probe_status},
    {STR_INIT("Tcp"), NULL, probe_tcp},
    {STR_INIT("Writer"), NULL, probe_writer},
};

static const struct verb_row *row_named(struct str name)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (str_eq(rows[i].name, name))
			return &rows[i];
	return NULL;
}

bool sim_probes(const struct provider *p, struct str name)
{
	const struct verb_row *row = row_named(name);

	(void)p;
	return row && row->probe;
}

bool sim_verbs(const struct provider *p, struct str name)
{
	const struct verb_row *row = row_named(name);

	(void)p;
	return row && row->verb;
}

bool verb_carry(struct verb *v)
{
	const struct verb_row *row = row_named(v->w->name);
	bool (*does)(struct verb *) = !row ? NULL : v->w->kind == WORK_VERB ? row->verb : row->probe;

	v->args = v->w->desired;
	if (!does)
		return call_refuse(v->c, STR("NotSupported"), "%.*s is not supported by the simulator yet",
				   STR_ARG(v->w->name));
	return does(v);
}

/* --- arguments ---------------------------------------------------------------------------------------------------- */

size_t args_number(const struct value *v)
{
	return !v ? 0 : v->kind == V_LIST ? value_count(v) : 1;
}

const struct value *args_nth(const struct value *v, size_t i)
{
	return v && v->kind == V_LIST ? value_at(v, i) : v;
}

bool args_has(const struct value *v, struct str text)
{
	for (size_t i = 0; i < args_number(v); i++)
		if (str_eq(value_text(args_nth(v, i)), text))
			return true;
	return false;
}

const struct place *place_of_target(const struct verb *v, struct str target)
{
	for (size_t i = 0; i < v->w->n_places; i++)
		if (str_eq(v->w->places[i].name, target))
			return &v->w->places[i];
	return NULL;
}

bool thing_find(struct verb *v, const struct value *named, struct thing *out)
{
	struct str type = value_text(value_getc(named, "Type")), id = value_text(value_getc(named, "Id"));
	const struct place *place = place_of_target(v, value_text(value_getc(named, "Target")));

	*out = (struct thing){.address = value_text(value_getc(named, "Address"))};
	if (!type.n || !id.n)
		return call_refuse(v->c, STR("ValidationError"), "%.*s was not made", STR_ARG(out->address));
	if (!call_begin(&out->at, v->c->sim, v->c->a, place ? place : v->w->place, type) ||
	    !row_by_id(&out->at, id, &out->r) || !row_lives(&out->r))
		return call_refuse(v->c, out->at.code.n ? out->at.code : STR("ResourceNotFoundException"),
				   "%.*s (%.*s) does not exist", STR_ARG(out->address), STR_ARG(id));
	return true;
}

bool thing_of(struct verb *v, const char *argument, struct thing *out)
{
	return thing_find(v, args_nth(value_getc(v->args, argument), 0), out);
}

bool rows_any(struct call *c, bool (*fits)(void *ctx, const struct row *r), void *ctx, struct row *out)
{
	sqlite3_stmt *st =
	    world_bind(&c->sim->world, W_ROWS_OF_TYPE, "sss", c->scope.account, c->scope.region, c->facts->name);

	while (world_step(&c->sim->world, st)) {
		if (!row_take(c, st, out) || (row_lives(out) && fits(ctx, out))) {
			world_reset(st);
			return c->code.n == 0;
		}
	}
	return false;
}

struct str mark_get(struct call *c, const char *kind, struct str name)
{
	struct world *w = &c->sim->world;
	sqlite3_stmt *st = world_bind(w, W_ANSWER_GET, "ssss", str_of(kind), name, c->scope.account, STR_NONE);
	struct str out = world_step(w, st) ? str_dup(c->a, world_text(st, 0)) : STR_NONE;

	world_reset(st);
	return out;
}

bool mark_set(struct call *c, const char *kind, struct str name, struct str value)
{
	struct world *w = &c->sim->world;

	return world_do(w,
			world_bind(w, W_ANSWER_SET, "sssss", str_of(kind), name, c->scope.account, STR_NONE, value)) ||
	       call_broken(c);
}

/* --- results ------------------------------------------------------------------------------------------------------ */

static void result_set(struct verb *v, const char *key, struct value *value)
{
	if (!v->w->result)
		v->w->result = value_map(v->w->arena, (struct pos){0});
	value_set(v->w->arena, v->w->result, str_of(key), (struct pos){0}, value);
}

static void result_text(struct verb *v, const char *key, const char *fmt, va_list ap)
{
	result_set(v, key, value_string(v->w->arena, (struct pos){0}, str_vfmt(v->w->arena, fmt, ap)));
}

bool verb_told(struct verb *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result_text(v, "Detail", fmt, ap);
	va_end(ap);
	return true;
}

void probe_gives(struct verb *v, struct value *value)
{
	result_set(v, "Value", value);
}

void verb_gives(struct verb *v, const char *key, struct str text)
{
	struct value *map;

	if (!value_getc(v->w->result, "Value"))
		result_set(v, "Value", value_map(v->w->arena, (struct pos){0}));
	map = value_getc(v->w->result, "Value");
	value_set(v->w->arena, map, str_of(key), (struct pos){0},
		  value_string(v->w->arena, (struct pos){0}, str_dup(v->w->arena, text)));
}

bool probe_told(struct verb *v, bool holds, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result_text(v, "Detail", fmt, ap);
	va_end(ap);
	result_set(v, "Holds", value_bool(v->w->arena, (struct pos){0}, holds));
	return true;
}

/* --- Capacity ----------------------------------------------------------------------------------------------------- */

static const struct {
	const char *argument;
	struct str property;
} sizes[] = {{"Min", STR_INIT("MinSize")}, {"Max", STR_INIT("MaxSize")}, {"Desired", STR_INIT("DesiredCapacity")}};

static int64_t size_had(const struct row *group, size_t i)
{
	int64_t n = 0;

	/* A group without a written desired capacity has its minimum. */
	if (!value_as_int(value_get(group->props, sizes[i].property), &n) && i == 2)
		value_as_int(value_get(group->props, sizes[0].property), &n);
	return n;
}

static bool probe_capacity(struct verb *v)
{
	struct thing group;
	bool holds = true;

	if (!thing_of(v, "Of", &group))
		return false;
	for (size_t i = 0; i < 3; i++) {
		int64_t wanted, has = size_had(&group.r, i);

		if (value_as_int(value_getc(v->args, sizes[i].argument), &wanted))
			holds = holds && wanted == has;
		verb_gives(v, sizes[i].argument, str_fmt(v->c->a, "%lld", (long long)has));
	}
	return probe_told(v, holds, "%.*s: min %lld, max %lld, desired %lld", STR_ARG(group.address),
			  (long long)size_had(&group.r, 0), (long long)size_had(&group.r, 1),
			  (long long)size_had(&group.r, 2));
}

static struct value *writable(struct call *c, const struct value *props)
{
	struct value *out = value_map(c->a, (struct pos){0});

	for (size_t i = 0; i < value_count(props); i++) {
		const struct member *m = &props->map.items[i];
		const struct schema *s = schema_prop(c->facts->schema, m->key);

		if (s && !(schema_flags(s) & PROP_READ_ONLY))
			value_set(c->a, out, m->key, m->pos, m->value);
	}
	return out;
}

static bool verb_capacity(struct verb *v)
{
	struct thing group;
	struct value *prior, *desired;
	int64_t wanted, had;
	bool wait = true;

	if (!thing_of(v, "Of", &group))
		return false;
	had = size_had(&group.r, 2);
	prior = writable(&group.at, group.r.props);
	desired = writable(&group.at, group.r.props);
	for (size_t i = 0; i < 3; i++)
		if (value_as_int(value_getc(v->args, sizes[i].argument), &wanted))
			value_set(v->c->a, desired, sizes[i].property, (struct pos){0},
				  value_string(v->c->a, (struct pos){0}, str_fmt(v->c->a, "%lld", (long long)wanted)));
	if (!change_update(&group.at, &group.r, prior, desired))
		return call_refuse(v->c, group.at.code, "%.*s", STR_ARG(group.at.message));
	wanted = size_had(&group.r, 2);
	value_as_bool(value_getc(v->args, "Wait"), &wait);
	if (wait && wanted > had)
		v->takes = LAUNCH_MS + (value_getc(v->args, "Healthy") ? HEALTHY_MS : 0);
	else if (wait && wanted < had)
		v->takes = DRAIN_MS;
	v->waits = "instances";
	return verb_told(v, "%lld instances in service", (long long)wanted);
}

/* --- the short ones ----------------------------------------------------------------------------------------------- */

static bool verb_notify(struct verb *v)
{
	const struct value *topic = value_getc(v->args, "Topic");
	struct thing t;

	if (value_getc(topic, "Address") && !thing_find(v, topic, &t))
		return false;
	return verb_told(v, "published");
}

/* Functions are not run here: that they exist is all that can be told, and the detail says so. */
static bool verb_invoke(struct verb *v)
{
	const struct value *function = value_getc(v->args, "Function");
	struct thing t = {0};

	if (value_getc(function, "Address") && !thing_find(v, function, &t))
		return false;
	if (v->w->kind == WORK_PROBE)
		return probe_told(v, true, "not run: the simulator takes it that the function answers as expected");
	return verb_told(v, "not run: the simulator takes it that the function answers as expected");
}

/* The model says what may be sent; what comes of it is nothing that a world of resources could tell. */
static bool verb_call(struct verb *v)
{
	struct str operation = value_text(value_getc(v->args, "Operation")), why;

	if (!call_checked(v->c->a, v->args, &why))
		return call_refuse(v->c, STR("ValidationError"), "%.*s", STR_ARG(why));
	return verb_told(v, "not called: the simulator takes it that %.*s did its work", STR_ARG(operation));
}

static bool verb_backlog(struct verb *v)
{
	struct thing bucket;

	if (!thing_of(v, "Bucket", &bucket))
		return false;
	v->takes = BACKLOG_MS;
	v->waits = "the batch job";
	return verb_told(v, "nothing was left to replicate");
}

/* A bucket that is not the stack's is somebody else's: that it is there is not known here. */
static bool verb_report(struct verb *v)
{
	const struct value *bucket = value_getc(v->args, "Bucket");
	struct thing t;

	if (value_getc(bucket, "Address") && !thing_find(v, bucket, &t))
		return false;
	return verb_told(v, "stored");
}

static bool probe_credentials(struct verb *v)
{
	return probe_told(v, true, "account %.*s", STR_ARG(v->c->scope.account));
}

static bool probe_quota(struct verb *v)
{
	return probe_told(v, true, "the simulator has room");
}
