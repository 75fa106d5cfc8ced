/* What the tests of runbooks share: a provider that carries out verbs in a small world of its own, in memory that
 * outlives the process, and everything else in the simulator; and a way to be killed at any point of it.
 */
#ifndef DRPLAN_TESTS_BOOKSTAGE_H
#define DRPLAN_TESTS_BOOKSTAGE_H

#include "tests/unit/planstage.h"

#include "planner/runbook.h"

#include <sys/mman.h>
#include <sys/wait.h>

enum { STEPS_MAX = 32, QUEUE_MAX = 32 };

struct deed {				/* what was asked for under one step's name */
	char step[32], op[40];
	int starts, agains, effects;
};

struct book_world {			/* shared with the processes that are killed */
	int points, die_at;		/* points passed; the one at which the process dies, 0 = none */
	int capacity, writer, live;	/* the world; live: verbs under way */
	int most_live;
	bool dead;			/* nobody answers */
	bool failing;			/* PromoteAurora is refused */
	struct deed deeds[STEPS_MAX];
	int n;
};

struct fake {
	struct provider base;
	struct provider *inner;
	struct book_world *world;
	struct work *queue[QUEUE_MAX];
	int age[QUEUE_MAX];
	size_t n;
	struct work_event done[QUEUE_MAX];
	size_t n_done;
	struct provider_ops ops;
};

static inline void point(struct book_world *w)
{
	if (++w->points == w->die_at)
		_exit(9);
}

static inline struct deed *deed_of(struct book_world *w, struct str step)
{
	for (int i = 0; i < w->n; i++)
		if (str_eqc(step, w->deeds[i].step))
			return &w->deeds[i];
	assert_true(w->n < STEPS_MAX);
	snprintf(w->deeds[w->n].step, sizeof w->deeds[0].step, "%.*s", STR_ARG(step));
	return &w->deeds[w->n++];
}

static inline struct deed *deed(struct book_world *w, const char *step)
{
	return deed_of(w, str_of(step));
}

static inline void fake_count(struct fake *f)
{
	f->base.pending = provider_pending(f->inner) + f->n + f->n_done;
}

static inline void fake_start(struct provider *p, struct work *w)
{
	struct fake *f = (struct fake *)p;
	if (w->kind != WORK_VERB && w->kind != WORK_PROBE) {
		provider_start(f->inner, w);
	} else {
		w->state = WORK_RUNNING;
		if (w->kind == WORK_VERB) {
			struct deed *d = deed_of(f->world, w->address);
			point(f->world);
			/* A step keeps its op until it is known to be over. */
			if (w->again && d->op[0])
				assert_true(str_eqc(w->op, d->op));
			snprintf(d->op, sizeof d->op, "%.*s", STR_ARG(w->op));
			d->starts++;
			d->agains += w->again;
			if (++f->world->live > f->world->most_live)
				f->world->most_live = f->world->live;
		}
		f->age[f->n] = 0;
		f->queue[f->n++] = w;
	}
	fake_count(f);
}

static inline void fake_set(struct work *w, const char *key, struct value *v)
{
	if (!w->result)
		w->result = value_map(w->arena, (struct pos){0});
	value_set(w->arena, w->result, str_of(key), (struct pos){0}, v);
}

/* One look and at most one effect, as a verb does. */
static inline void fake_act(struct book_world *world, struct work *w)
{
	struct deed *d = deed_of(world, w->address);
	int64_t want;
	if (str_eqc(w->name, "Capacity")) {
		assert_true(value_as_int(value_getc(w->desired, "Desired"), &want));
		if (world->capacity != (int)want) {
			world->capacity = (int)want;
			d->effects++;
		}
	} else if (str_eqc(w->name, "PromoteAurora")) {
		if (!world->writer) {
			world->writer = 1;
			d->effects++;
		}
	} else {
		d->effects++;
	}
	point(world);
}

static inline void fake_answer(struct fake *f, struct work *w)
{
	struct arena *a = w->arena;
	struct pos none = {0};
	if (w->kind == WORK_PROBE && str_eqc(w->name, "Capacity")) {
		struct value *v = value_map(a, none);
		value_set(a, v, STR("Desired"), none, value_int(a, none, f->world->capacity));
		fake_set(w, "Value", v);
	} else if (w->kind == WORK_PROBE && str_eqc(w->name, "Metric")) {
		fake_set(w, "Value", value_number(a, none, STR("0.25")));
	} else if (w->kind == WORK_PROBE) {
		fake_set(w, "Detail", value_string(a, none, f->world->writer ? STR("the writer is Sub") : STR("the writer is elsewhere")));
	}
	fake_set(w, "Holds", value_bool(a, none, !str_eqc(w->name, "PromoteAurora") || f->world->writer));
	w->state = WORK_OK;
}

static inline void fake_refuse(struct work *w, enum err_kind kind, const char *text)
{
	w->state = WORK_FAILED;
	w->err = (struct err){.kind = kind, .message = str_of(text)};
}

static inline void fake_poll(struct provider *p, int timeout_ms)
{
	struct fake *f = (struct fake *)p;
	if (provider_pending(f->inner))
		provider_poll(f->inner, timeout_ms);
	for (size_t i = 0; i < f->n;) {
		struct work *w = f->queue[i];
		/* All that were started together are seen together before one of them ends. */
		if (f->age[i]++ < 1) {
			i++;
			continue;
		}
		f->world->live -= w->kind == WORK_VERB;
		if (f->world->dead)
			fake_refuse(w, ERR_NETWORK, "nobody answers");
		else if (f->world->failing && w->kind == WORK_VERB && str_eqc(w->name, "PromoteAurora"))
			fake_refuse(w, ERR_REMOTE, "it is headless");
		else {
			if (w->kind == WORK_VERB)
				fake_act(f->world, w);
			fake_answer(f, w);
		}
		f->done[f->n_done++] = (struct work_event){WORK_DONE, w};
		f->queue[i] = f->queue[--f->n];
		f->age[i] = f->age[f->n];
	}
	fake_count(f);
}

static inline struct work_event fake_next(struct provider *p)
{
	struct fake *f = (struct fake *)p;
	struct work_event e = {WORK_NONE, NULL};
	if (f->n_done)
		e = f->done[--f->n_done];
	else
		e = provider_next(f->inner);
	fake_count(f);
	return e;
}

static inline void fake_settle(struct provider *p)
{
	struct fake *f = (struct fake *)p;
	f->inner->ops->settle(f->inner);
}

static inline bool fake_knows(const struct provider *p, struct str name)
{
	(void)p;
	(void)name;
	return true;
}

static inline void fake_close(struct provider *p)
{
	struct fake *f = (struct fake *)p;
	provider_close(f->inner);
	free(f);
}

static inline struct provider *fake_open(struct provider *inner, struct book_world *world)
{
	struct fake *f = calloc(1, sizeof *f);
	f->inner = inner;
	f->world = world;
	f->ops = *inner->ops;
	f->ops.start = fake_start;
	f->ops.poll = fake_poll;
	f->ops.next = fake_next;
	f->ops.settle = fake_settle;
	f->ops.probes = fake_knows;
	f->ops.verbs = fake_knows;
	f->ops.close = fake_close;
	f->ops.advance = NULL;
	f->base = (struct provider){.ops = &f->ops, .clock = inner->clock};
	return &f->base;
}

static inline struct book_world *world_new(void)
{
	struct book_world *w = mmap(NULL, sizeof *w, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(w != MAP_FAILED);
	w->capacity = 3;
	return w;
}

/* --- commands ----------------------------------------------------------------------------------------------------- */

struct show {
	struct stage *s;
	struct book_world *world;
	const char *runbook, *kind;
	bool resume;
	enum book_outcome outcome;
	struct runbook_run run;
	struct runbook_row *rows;
	struct runbook *rb;
};

static inline void open_again(struct stage *s)
{
	struct state_options so = {.mode = STATE_WRITE, .command = "test"};
	struct sim_options sim = {0};
	stage_close(s);
	s->errs.n = s->errs.errors = 0;
	s->env.state = state_open(&s->arena, stage_path(s, "state.db"), &so, &s->errs);
	s->env.provider = sim_open(NULL, &sim, stage_path(s, "sim.db"), &s->errs);
	assert_true(s->env.state && s->env.provider);
}

/* False: it did not begin. */
static inline bool carry_out(struct show *x)
{
	struct stage *s = x->s;
	struct stored source = {0};
	open_again(s);
	s->env.provider = fake_open(s->env.provider, x->world);
	if (!source_open(&s->arena, s->env.state, &source, &s->errs))
		return false;
	struct stack *st = source_render(&s->arena, &source, state_get(s->env.state, &s->arena, "mode"),
					 state_get(s->env.state, &s->arena, "active"), &s->errs);
	if (!st)
		return false;
	struct place *places = arena_array(&s->arena, st->n_targets, sizeof *places);
	for (size_t i = 0; i < st->n_targets; i++)
		places[i] = (struct place){.name = st->targets[i].name, .region = st->targets[i].region};
	s->env.stack = st;
	s->env.places = places;
	struct book_options opt = {.kind = str_of(x->kind), .resume = x->resume, .operated_by = STR("me@here"), .source = &source};
	x->rb = runbook_read(&s->arena, st, str_of(x->runbook), &s->errs);
	struct book *b = x->rb && runbook_supported(x->rb, s->env.provider, &s->errs)
			     ? book_new(&s->arena, &s->env, x->rb, &opt, &s->errs) : NULL;
	if (!b || !book_preflight(b))
		return false;
	x->outcome = book_run(b);
	x->run = *book_journal(b);
	x->rows = arena_array(&s->arena, x->rb->n, sizeof *x->rows);
	memcpy(x->rows, book_rows(b), x->rb->n * sizeof *x->rows);
	return true;
}

/* In a process of its own, which dies at that point; false: it was carried through before. */
static inline bool killed(struct show *x, int at)
{
	stage_close(x->s);
	x->world->points = 0;
	x->world->die_at = at;
	x->world->live = 0;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		bool ok = carry_out(x) && x->outcome == BOOK_DONE;
		if (!ok)
			stage_errors(x->s);
		stage_close(x->s);
		_exit(ok ? 0 : 1);
	}
	int status;
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 9);
	x->world->die_at = 0;
	x->world->live = 0;
	return WEXITSTATUS(status) == 9;
}

static inline const struct runbook_row *row_of(const struct show *x, const char *step)
{
	for (uint32_t i = 0; i < x->rb->n; i++)
		if (str_eqc(x->rb->steps[i].name, step))
			return &x->rows[i];
	fail_msg("no step %s", step);
	return NULL;
}

#endif
