/* Steps: what a plan's changes come down to, in which order and in which stage.
 *
 * A change is one step, a replacement two. Stages are a barrier each: in an apply, stage 2p makes and changes phase p,
 * then comes its gate, then stage 2p+1 deletes what was replaced or removed there. What must be deleted before its
 * replacement can be made is in the making stage. A destroy has one stage per phase, the last phase first. A deletion
 * waits for everything that used the old resource to be changed or deleted, wherever that is. What another resource takes
 * over (succeed.c) is given up before it is made, too.
 */
#include "planner/planpriv.h"
#include "planner/runpriv.h"

#include <string.h>

/* Which edges are cut where steps would wait in a circle: uses first, then what is taken over, the rest never. */
enum hold { HOLD_USE, HOLD_SUCCESSION, HOLD_ALWAYS };

struct step_edge {
	uint32_t from, to; /* from waits for to */
	enum hold hold;
};

struct maker {
	struct run *r;
	uint32_t *make, *drop; /* by change: its steps, or NO_STEP */
	struct step_edge *edges;
	size_t n_edges, cap_edges;
	uint32_t *order; /* topological */
};

struct change *run_change(const struct run *r, struct str address)
{
	size_t at = hash_bytes(address).lo & (r->n_slots - 1);
	for (; r->slots[at]; at = (at + 1) & (r->n_slots - 1))
		if (str_eq(r->plan->changes[r->slots[at] - 1].address, address))
			return &r->plan->changes[r->slots[at] - 1];
	return NULL;
}

static void changes_hash(struct run *r)
{
	r->n_slots = 16;
	while (r->n_slots < 2 * r->plan->n)
		r->n_slots *= 2;
	r->slots = arena_array(r->a, r->n_slots, sizeof *r->slots);
	for (size_t i = 0; i < r->plan->n; i++) {
		const struct change *c = &r->plan->changes[i];
		if (c->row && c->row->generation)
			continue;
		size_t at = hash_bytes(c->address).lo & (r->n_slots - 1);
		while (r->slots[at])
			at = (at + 1) & (r->n_slots - 1);
		r->slots[at] = (uint32_t)i + 1;
	}
}

static uint32_t step_add(struct run *r, struct change *c, enum step_kind kind, uint32_t stage)
{
	struct step *s = &r->steps[r->n];
	*s = (struct step){.kind = kind, .change = c, .row = c->row, .prior = c->live, .stage = stage};
	if (c->row)
		s->generation = c->row->generation;
	return r->n++;
}

static void steps_of(struct maker *m, size_t i)
{
	struct run *r = m->r;
	struct change *c = &r->plan->changes[i];
	size_t n_phases = r->plan->stack->n_phases;
	uint32_t phase = c->phase;
	uint32_t make = plan_backwards(r->plan) ? (uint32_t)(n_phases ? n_phases - 1 - phase : 0) : 2 * phase;
	uint32_t drop = plan_backwards(r->plan) ? make : make + 1;
	switch (c->action) {
	case ACT_CREATE:
		m->make[i] = step_add(r, c, STEP_CREATE, make);
		break;
	case ACT_UPDATE:
		m->make[i] = step_add(r, c, STEP_UPDATE, make);
		break;
	case ACT_READ:
		m->make[i] = step_add(r, c, STEP_READ, make);
		break;
	case ACT_REPLACE:
		m->make[i] = step_add(r, c, STEP_CREATE, make);
		if (!c->keeps_old && !c->defers)
			m->drop[i] = step_add(r, c, STEP_DELETE, c->create_first ? drop : make);
		break;
	case ACT_DELETE:
		m->drop[i] = step_add(r, c, STEP_DELETE, drop);
		break;
	case ACT_FORGET:
		m->drop[i] = step_add(r, c, STEP_FORGET, drop);
		break;
	case ACT_NONE:
	case ACT_COUNT:
		break;
	}
}

static void edge(struct maker *m, uint32_t from, uint32_t to, enum hold hold)
{
	if (from == NO_STEP || to == NO_STEP || from == to)
		return;
	m->edges = arena_grow(m->r->a, m->edges, &m->cap_edges, m->n_edges + 1, sizeof *m->edges);
	m->edges[m->n_edges++] = (struct step_edge){from, to, hold};
}

static bool deletes_first(const struct change *c)
{
	return c->action == ACT_REPLACE && !c->create_first;
}

/* b uses a, or used it when it was applied last. The old a waits for the old b to be gone, or to be another one. */
static void edges_between(struct maker *m, size_t b, size_t a)
{
	const struct change *ca = &m->r->plan->changes[a], *cb = &m->r->plan->changes[b];
	bool first = deletes_first(ca) || deletes_first(cb);
	if (m->r->plan->undo && ca->action == ACT_UPDATE && cb->action == ACT_UPDATE)
		edge(m, m->make[a], m->make[b], HOLD_USE);
	else
		edge(m, m->make[b], m->make[a], HOLD_ALWAYS);
	edge(m, m->drop[a], m->drop[b], HOLD_USE);
	if (!first && cb->row)
		edge(m, m->drop[a], m->make[b], HOLD_USE);
}

/* b used a when it was applied last, whatever the stack says of them today: b's old self goes before a's. */
static void edges_recorded(struct maker *m, size_t b)
{
	const struct change *cb = &m->r->plan->changes[b];
	for (size_t k = 0; cb->row && k < cb->row->n_depends; k++) {
		const struct change *ca = run_change(m->r, cb->row->depends[k]);
		if (!ca || ca == cb)
			continue;
		size_t a = (size_t)(ca - m->r->plan->changes);
		edge(m, m->drop[a], m->drop[b], HOLD_USE);
		if (!deletes_first(ca) && !deletes_first(cb))
			edge(m, m->drop[a], m->make[b], HOLD_USE);
	}
}

/* What another one takes over is given up before its turn. */
static void edge_succession(void *ctx, size_t takes, size_t gives)
{
	struct maker *m = ctx;
	uint32_t step = m->r->plan->changes[gives].action == ACT_UPDATE ? m->make[gives] : m->drop[gives];
	edge(m, m->make[takes], step, HOLD_SUCCESSION);
	if (step != NO_STEP && m->make[takes] != NO_STEP)
		m->r->steps[step].early = true;
}

static void edges_make(struct maker *m)
{
	for (size_t i = 0; i < m->r->plan->n; i++) {
		const struct change *c = &m->r->plan->changes[i];
		for (size_t k = 0; k < c->n_needs; k++)
			edges_between(m, i, c->needs[k]);
		edges_recorded(m, i);
		if (c->action == ACT_REPLACE && c->create_first)
			edge(m, m->drop[i], m->make[i], HOLD_ALWAYS);
		else if (c->action == ACT_REPLACE)
			edge(m, m->make[i], m->drop[i], HOLD_ALWAYS);
	}
	successions_each(m->r->a, m->r->plan, edge_succession, m);
}

static void followers_deal(struct maker *m)
{
	struct run *r = m->r;
	uint32_t *pool = arena_array(r->a, m->n_edges + 1, sizeof *pool);
	for (uint32_t i = 0; i < r->n; i++)
		r->steps[i].blockers = r->steps[i].n_followers = 0;
	for (size_t i = 0; i < m->n_edges; i++) {
		r->steps[m->edges[i].to].n_followers++;
		r->steps[m->edges[i].from].blockers++;
	}
	for (uint32_t i = 0; i < r->n; i++) {
		r->steps[i].followers = pool;
		pool += r->steps[i].n_followers;
		r->steps[i].n_followers = 0;
	}
	for (size_t i = 0; i < m->n_edges; i++) {
		struct step *to = &r->steps[m->edges[i].to];
		to->followers[to->n_followers++] = m->edges[i].from;
	}
}

/* Kahn's algorithm; the number of steps that got a place. left[i] > 0 marks those that did not. */
static uint32_t steps_sort(struct maker *m, uint32_t *left)
{
	struct run *r = m->r;
	uint32_t tail = 0;
	for (uint32_t i = 0; i < r->n; i++)
		if ((left[i] = r->steps[i].blockers) == 0)
			m->order[tail++] = i;
	for (uint32_t head = 0; head < tail; head++) {
		const struct step *s = &r->steps[m->order[head]];
		for (uint32_t k = 0; k < s->n_followers; k++)
			if (--left[s->followers[k]] == 0)
				m->order[tail++] = s->followers[k];
	}
	return tail;
}

/* A circle comes of what earlier runs recorded, of a user that goes over to what takes the old one's place, and of two
 * that swap their names. The provider retries what AWS refuses. */
static void edges_cut(struct maker *m, const uint32_t *left, enum hold hold)
{
	size_t kept = 0;
	for (size_t i = 0; i < m->n_edges; i++)
		if (!(m->edges[i].hold == hold && left[m->edges[i].from] && left[m->edges[i].to]))
			m->edges[kept++] = m->edges[i];
	m->n_edges = kept;
}

static bool makes(const struct step *s)
{
	return s->kind == STEP_CREATE || s->kind == STEP_UPDATE || s->kind == STEP_READ;
}

static bool deferred(const struct run *r, const struct step *s)
{
	bool first = s->early || deletes_first(s->change);
	return !makes(s) && !first && !plan_backwards(r->plan);
}

/* Against the order: what must be gone before something is made goes early. Along it: nothing runs before the stage
 * of what it waits for, and deletions wait for the gate of that phase. */
static void stages_settle(struct maker *m)
{
	struct run *r = m->r;
	for (uint32_t i = r->n; i-- > 0;) {
		struct step *t = &r->steps[m->order[i]];
		for (uint32_t k = 0; k < t->n_followers && !makes(t); k++) {
			const struct step *s = &r->steps[t->followers[k]];
			if (deferred(r, s))
				continue;
			t->early = true;
			if (s->stage < t->stage)
				t->stage = s->stage;
		}
	}
	for (uint32_t i = 0; i < r->n; i++) {
		const struct step *t = &r->steps[m->order[i]];
		for (uint32_t k = 0; k < t->n_followers; k++) {
			struct step *s = &r->steps[t->followers[k]];
			uint32_t least = deferred(r, s) ? t->stage | 1 : t->stage;
			if (s->stage < least)
				s->stage = least;
		}
	}
}

bool steps_make(struct run *r, struct errs *errs)
{
	struct plan *p = r->plan;
	struct maker m = {.r = r};
	changes_hash(r);
	m.make = arena_array(r->a, p->n + 1, sizeof *m.make);
	m.drop = arena_array(r->a, p->n + 1, sizeof *m.drop);
	memset(m.make, 0xff, (p->n + 1) * sizeof *m.make);
	memset(m.drop, 0xff, (p->n + 1) * sizeof *m.drop);
	size_t most = 0;
	for (size_t i = 0; i < p->n; i++)
		most += p->changes[i].action == ACT_NONE ? 0 : p->changes[i].action == ACT_REPLACE ? 2 : 1;
	r->steps = arena_array(r->a, most + 1, sizeof *r->steps);
	for (size_t i = 0; i < p->n; i++)
		steps_of(&m, i);
	edges_make(&m);
	uint32_t *left = arena_array(r->a, r->n + 1, sizeof *left);
	m.order = arena_array(r->a, r->n + 1, sizeof *m.order);
	followers_deal(&m);
	for (enum hold hold = HOLD_USE; steps_sort(&m, left) != r->n; hold++) {
		if (hold == HOLD_ALWAYS) {
			err_add(errs, ERR_BUG, (struct pos){0}, "the plan's steps wait for each other in a circle");
			return false;
		}
		edges_cut(&m, left, hold);
		followers_deal(&m);
	}
	stages_settle(&m);
	r->n_stages = (uint32_t)(2 * p->stack->n_phases + 2);
	r->stage_left = arena_array(r->a, r->n_stages + 1, sizeof *r->stage_left);
	for (uint32_t i = 0; i < r->n; i++)
		r->stage_left[r->steps[i].stage]++;
	return true;
}
