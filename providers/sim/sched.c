/* Calls, waits and virtual time. A work waits for a slot, its call travels for a while, the world changes, and an
 * asynchronous resource then takes its type's time to settle. A heap of due times is the whole machine; virtual time
 * jumps to the next due time (or, with a speed, follows the real clock). All that is due at one instant is one turn,
 * and one transaction: events are handed out after it is committed.
 */
#include "providers/sim/job.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	READ_MS = 100, /* one call that reads (a page), one that changes something */
	CHANGE_MS = 300,
};

static bool job_before(const struct job *x, const struct job *y)
{
	return x->due < y->due || (x->due == y->due && x->order < y->order);
}

static void heap_push(struct sim *s, struct job *j)
{
	size_t i = s->n_heap++;

	if (s->n_heap > s->cap_heap) {
		size_t cap = s->cap_heap ? s->cap_heap * 2 : 64;
		struct job **items = xmalloc(cap * sizeof *items);

		if (s->heap)
			memcpy(items, s->heap, i * sizeof *items);
		free(s->heap);
		s->heap = items;
		s->cap_heap = cap;
	}
	j->order = s->order++;
	for (; i > 0 && job_before(j, s->heap[(i - 1) / 2]); i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = j;
}

static struct job *heap_pop(struct sim *s)
{
	struct job *top = s->heap[0], *last = s->heap[--s->n_heap];
	size_t i = 0, k;

	while ((k = 2 * i + 1) < s->n_heap) {
		if (k + 1 < s->n_heap && job_before(s->heap[k + 1], s->heap[k]))
			k++;
		if (!job_before(s->heap[k], last))
			break;
		s->heap[i] = s->heap[k];
		i = k;
	}
	if (s->n_heap)
		s->heap[i] = last;
	return top;
}

void sched_event(struct sim *s, enum work_event_kind kind, struct work *w)
{
	if (s->n_events == s->cap_events) {
		size_t cap = s->cap_events ? s->cap_events * 2 : 64;
		struct work_event *items = xmalloc(cap * sizeof *items);

		if (s->events)
			memcpy(items, s->events, s->n_events * sizeof *items);
		free(s->events);
		s->events = items;
		s->cap_events = cap;
	}
	s->events[s->n_events++] = (struct work_event){kind, w};
}

void sched_at(struct sim *s, struct job *j, int64_t delay)
{
	j->due = s->mono + (delay > 0 ? delay : 0);
	heap_push(s, j);
}

void sched_done(struct sim *s, struct job *j, bool good)
{
	j->work->state = good ? WORK_OK : WORK_FAILED;
	j->work->impl = NULL;
	sched_event(s, WORK_DONE, j->work);
	free(j);
}

void sched_start(struct provider *p, struct work *w)
{
	struct sim *s = (struct sim *)p;
	struct job *j = xmalloc(sizeof *j);

	memset(j, 0, sizeof *j);
	j->work = w;
	w->impl = j;
	w->state = WORK_RUNNING;
	w->settled = false;
	w->waiting = STR_NONE;
	w->calls = 0;
	w->live = w->attrs = w->result = NULL;
	p->pending++;
	if (s->last)
		s->last->next = j;
	else
		s->first = j;
	s->last = j;
}

static int64_t call_time(const struct work *w)
{
	switch (w->kind) {
	case WORK_CREATE:
	case WORK_UPDATE:
	case WORK_DELETE:
		return CHANGE_MS;
	case WORK_READ:
		return (int64_t)READ_MS * (int64_t)(1 + w->n_items / 200);
	default:
		return READ_MS;
	}
}

static void admit(struct sim *s)
{
	while (s->first && (s->in_flight < s->parallelism || s->settling)) {
		struct job *j = s->first;

		s->first = j->next;
		if (!s->first)
			s->last = NULL;
		if (s->settling) {
			job_refuse(j, ERR_SYSTEM, STR("Interrupted"), "interrupted before the call was sent");
			sched_done(s, j, false);
			continue;
		}
		s->in_flight++;
		sched_at(s, j, call_time(j->work));
	}
}

static int64_t real_ms(void)
{
	return clock_mono(&clock_system);
}

static void sleep_ms(int64_t ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&t, NULL); /* a signal ends it early, which is right: the caller looks at its flags */
}

/* Virtual time moves towards the instant; false: it isn't reached within timeout_ms of real time. */
static bool advance(struct sim *s, int64_t to, int timeout_ms)
{
	int64_t step = to - s->mono;

	if (s->speed && step > 0 && !s->settling) {
		int64_t need = step / s->speed + 1 - (real_ms() - s->real_mono);
		int64_t pause = need < timeout_ms ? need : timeout_ms;

		if (pause > 0)
			sleep_ms(pause);
		if ((real_ms() - s->real_mono) * (int64_t)s->speed < step)
			step = (real_ms() - s->real_mono) * (int64_t)s->speed;
	}
	if (step > 0) {
		s->mono += step;
		s->wall += step;
		s->real_mono = real_ms();
	}
	return s->mono >= to;
}

/* What SQLite could not commit has not happened, whatever the works were told. */
static void turn_failed(struct sim *s, size_t from)
{
	for (size_t i = from; i < s->n_events; i++) {
		struct work *w = s->events[i].work;

		if (s->events[i].kind != WORK_DONE || w->state != WORK_OK)
			continue;
		w->state = WORK_FAILED;
		w->err = (struct err){
		    .kind = ERR_SYSTEM, .address = w->address, .message = str_dup(w->arena, str_of(s->world.message))};
	}
}

static void turn(struct sim *s)
{
	size_t from = s->n_events;

	world_sweep(s);
	while (s->n_heap && s->heap[0]->due <= s->mono) {
		struct job *j = heap_pop(s);

		if (!j->sent)
			s->in_flight--;
		if (job_step(s, j))
			break; /* the process is about to be killed: nothing after it may happen */
		arena_reset(&s->scratch);
	}
	if (s->world.in_turn)
		world_meta_set(&s->world, "now", s->wall);
	if (!world_commit(&s->world))
		turn_failed(s, from);
	if (s->kill && !s->world.broken)
		raise(SIGKILL);
}

void sched_poll(struct provider *p, int timeout_ms)
{
	struct sim *s = (struct sim *)p;

	if (s->first_event < s->n_events)
		return;
	s->first_event = s->n_events = 0;
	if (world_changed(&s->world))
		world_reload(s);
	for (;;) {
		admit(s);
		if (s->n_events || !s->n_heap || !advance(s, s->heap[0]->due, timeout_ms))
			return;
		turn(s);
	}
}

struct work_event sched_next(struct provider *p)
{
	struct sim *s = (struct sim *)p;
	struct work_event e = {WORK_NONE, NULL};

	if (s->first_event < s->n_events)
		e = s->events[s->first_event++];
	if (e.kind == WORK_DONE)
		p->pending--;
	return e;
}

/* Waits end where they are: their jobs become due at once, and job_step sees that the simulator is settling. */
void sched_settle(struct provider *p)
{
	struct sim *s = (struct sim *)p;

	s->settling = true;
	for (size_t i = 0; i < s->n_heap; i++)
		s->heap[i]->due = s->mono;
}

void sched_free(struct sim *s)
{
	for (size_t i = 0; i < s->n_heap; i++)
		free(s->heap[i]);
	while (s->first) {
		struct job *next = s->first->next;
		free(s->first);
		s->first = next;
	}
	free(s->heap);
	free(s->events);
}
