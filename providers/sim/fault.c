/* Faults: rows of the world's table that say which call goes wrong, and how. The count of matching calls is kept in
 * the world too, so that a fault that killed the process has fired and does not fire again.
 */
#include "providers/sim/inner.h"

#include <string.h>

static const struct {
	const char *name;
	enum fault_kind kind;
} kinds[] = {
    {"throttle", FAULT_THROTTLE},
    {"error", FAULT_ERROR},
    {"drop-before", FAULT_DROP_BEFORE},
    {"drop-after", FAULT_DROP_AFTER},
    {"fail", FAULT_FAIL},
    {"latency", FAULT_LATENCY},
    {"unknown", FAULT_UNKNOWN},
    {"kill-before", FAULT_KILL_BEFORE},
    {"kill-after", FAULT_KILL_AFTER},
};

static enum fault_kind kind_named(struct str name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (str_eqc(name, kinds[i].name))
			return kinds[i].kind;
	return FAULT_NONE;
}

bool faults_load(struct sim *s)
{
	struct arena *a = &s->fault_arena;
	sqlite3_stmt *st = s->world.stmts[W_FAULTS];
	size_t cap = 0;

	arena_reset(a);
	s->faults = NULL;
	s->n_faults = 0;
	while (world_step(&s->world, st)) {
		struct fault *f;

		s->faults = arena_grow(a, s->faults, &cap, s->n_faults + 1, sizeof *s->faults);
		f = &s->faults[s->n_faults++];
		*f = (struct fault){
		    .n = world_int(st, 0),
		    .type = str_dup(a, world_text(st, 1)),
		    .operation = str_dup(a, world_text(st, 2)),
		    .region = str_dup(a, world_text(st, 3)),
		    .nth = world_int(st, 4),
		    .times = world_int(st, 5),
		    .kind = kind_named(world_text(st, 6)),
		    .code = str_dup(a, world_text(st, 7)),
		    .message = str_dup(a, world_text(st, 8)),
		    .latency_ms = world_int(st, 9),
		    .seen = world_int(st, 10),
		};
	}
	return !s->world.broken;
}

static bool fault_matches(const struct fault *f, struct str type, struct str operation, struct str region)
{
	return (!f->type.n || str_eq(f->type, type)) && (!f->operation.n || str_eq(f->operation, operation)) &&
	       (!f->region.n || str_eq(f->region, region));
}

/* From the nth call on, times calls; nth 0 without times is every call. */
static bool fault_fires(const struct fault *f)
{
	int64_t first = f->nth > 0 ? f->nth : 1;
	int64_t times = f->times > 0 ? f->times : f->nth > 0 ? 1 : INT64_MAX - first;

	return f->seen >= first && f->seen < first + times;
}

const struct fault *fault_met(struct sim *s, const struct work *w, struct str operation, struct str region,
			      int64_t *latency)
{
	/* Of a verb or check, its name. */
	struct str type = w->type ? type_name(w->type) : w->name;
	const struct fault *met = NULL;

	*latency = 0;
	for (size_t i = 0; i < s->n_faults; i++) {
		struct fault *f = &s->faults[i];

		if (!fault_matches(f, type, operation, region))
			continue;
		f->seen++;
		if (world_save(&s->world)) {
			world_do(&s->world, world_bind(&s->world, W_FAULT_SEEN, "ii", f->n, f->seen));
			world_release(&s->world);
		}
		if (!fault_fires(f))
			continue;
		*latency += f->latency_ms;
		if (f->kind != FAULT_LATENCY && !met)
			met = f;
	}
	return met;
}

const struct fault *fault_numbered(const struct sim *s, int64_t n)
{
	for (size_t i = 0; i < s->n_faults; i++)
		if (s->faults[i].n == n)
			return &s->faults[i];
	return NULL;
}
