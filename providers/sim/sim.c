/* The simulator as a provider, and the hand behind the scenes (sim.h): opening, the clock, what comes due. The machine
 * itself is in sched.c and job.c, the world's rules in the files that inner.h lists.
 */
#include "providers/sim/job.h"
#include "providers/sim/servers.h"

#include "providers/aws/states.h"

#include <stdlib.h>
#include <string.h>

enum { PARALLELISM = 32 };

bool call_refuse(struct call *c, struct str code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	c->message = str_vfmt(c->a, fmt, ap);
	va_end(ap);
	c->code = code.n ? code : STR("InternalError");
	return false;
}

bool call_broken(struct call *c)
{
	c->kind = ERR_SYSTEM;
	return call_refuse(c, STR("InternalError"), "%s", c->sim->world.message);
}

struct scope scope_of(struct arena *a, const struct place *place)
{
	struct scope at = {STR("123456789012"), STR("us-east-1")};
	struct str rest = place ? place->role_arn : STR_NONE, part = STR_NONE;
	int64_t number;

	if (place && place->region.n)
		at.region = place->region;
	for (int i = 0; i < 5 && str_cut(&rest, ':', &part); i++)
		;
	if (part.n == 12 && str_int(part, 0, 999999999999, &number))
		at.account = str_dup(a, part);
	return at;
}

bool call_begin(struct call *c, struct sim *s, struct arena *a, const struct place *place, struct str type)
{
	*c = (struct call){.sim = s, .a = a, .scope = scope_of(a, place), .kind = ERR_REMOTE};
	if (!type.n)
		return true;
	struct errs errs = {.arena = a};
	c->facts = facts_of(&s->catalog, type, &errs);
	if (!c->facts && errs.n)
		return call_refuse(c, STR("TypeNotFoundException"), "%.*s", STR_ARG(errs.items[0].message));
	if (!c->facts)
		return call_refuse(c, STR("TypeNotFoundException"), "the simulator has no type %.*s", STR_ARG(type));
	if (c->facts->global)
		c->scope.region = STR_NONE;
	return true;
}

static int64_t virtual_mono(void *ctx)
{
	return ((struct sim *)ctx)->mono;
}

static int64_t virtual_wall(void *ctx)
{
	return ((struct sim *)ctx)->wall;
}

static void sim_pass(struct provider *p, int64_t ms)
{
	struct sim *s = (struct sim *)p;

	s->mono += ms;
	s->wall += ms;
}

static void sim_stats(const struct provider *p, struct provider_stats *out)
{
	*out = ((const struct sim *)p)->stats;
}

static void sim_close(struct provider *p)
{
	struct sim *s = (struct sim *)p;

	sched_free(s);
	facts_free(&s->catalog);
	arena_free(&s->scratch);
	arena_free(&s->fault_arena);
	world_close(&s->world);
	free(s);
}

static const struct provider_ops sim_ops = {
    .name = "sim",
    .start = sched_start,
    .poll = sched_poll,
    .next = sched_next,
    .advance = sim_pass,
    .settle = sched_settle,
    .stats = sim_stats,
    .probes = sim_probes,
    .verbs = sim_verbs,
    .exports = states_export,
    .own_world = true,
    .close = sim_close,
};

struct provider *sim_open(const struct provider_options *opt, const struct sim_options *sim, const char *path,
			  struct errs *errs)
{
	struct sim *s = xmalloc(sizeof *s);
	int64_t last;

	memset(s, 0, sizeof *s);
	if (!world_open(&s->world, path, sim ? sim->seed : 0, errs)) {
		free(s);
		return NULL;
	}
	s->base.ops = &sim_ops;
	s->base.clock = &s->clock;
	s->clock = (struct clock){.mono_ms = virtual_mono, .wall_ms = virtual_wall, .ctx = s};
	s->parallelism = opt && opt->parallelism ? opt->parallelism : PARALLELISM;
	s->speed = sim ? sim->speed : 0;
	s->seed = (uint64_t)world_meta(&s->world, "seed");
	last = world_meta(&s->world, "now");
	s->wall = clock_wall(&clock_system);
	if (last > s->wall) /* an earlier run let more time pass than there was */
		s->wall = last;
	s->real_mono = clock_mono(&clock_system);
	return &s->base;
}

struct provider *provider_sim_open(const struct provider_options *opt, const char *path, struct errs *errs)
{
	return sim_open(opt, NULL, path, errs);
}

static bool sweep_row(struct sim *s, struct call *c, const struct row *r)
{
	struct world *w = &s->world;

	if (str_eqc(r->state, "deleting"))
		return change_remove(c, r->row, false);
	if (str_eqc(r->state, "reserved"))
		return world_do(w, world_bind(w, W_ROW_DEL, "i", r->row));
	return world_do(
	    w, world_bind(w, W_ROW_SET_STATE, "isn", r->row, str_eqc(r->state, "pending") ? STR("active") : r->state));
}

void world_sweep(struct sim *s)
{
	struct world *w = &s->world;
	bool more = !w->broken;

	while (more) {
		struct call c = {.sim = s, .a = &s->scratch};
		sqlite3_stmt *st = world_bind(w, W_ROWS_DUE, "i", s->wall);
		struct row r;

		more = world_step(w, st) && row_take(&c, st, &r);
		world_reset(st);
		if (!more || !world_save(w))
			break;
		more = sweep_row(s, &c, &r);
		world_release(w);
		arena_reset(&s->scratch);
	}
}

void world_reload(struct sim *s)
{
	faults_load(s);
	seeds_take(s);
	world_commit(&s->world);
}
