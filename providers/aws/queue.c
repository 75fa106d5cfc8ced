/* Whose turn it is: one queue with an adaptive bucket per account, region and service, and the limit of calls in
 * flight over all of them; the queues take turns. See flow.h. */
#include "providers/aws/flow.h"

static struct queue *queue_get(struct wire *w, const struct flow *f)
{
	const struct place *p = f->c->place;
	struct str key = str_fmt(&w->arena, "%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(p->profile), STR_ARG(p->role_arn),
				 STR_ARG(f->region), STR_ARG(op_service(f->c->op)));
	struct queue *q;

	for (q = w->queues; q; q = q->next)
		if (str_eq(q->key, key))
			return q;
	q = arena_new(&w->arena, struct queue);
	q->key = key;
	q->wire = w;
	q->last = &q->first;
	bucket_init(&q->bucket, op_service(f->c->op), clock_mono(w->clock));
	q->next = w->queues;
	w->queues = q;
	return q;
}

void queue_add(struct flow *f)
{
	struct queue *q = f->queue ? f->queue : queue_get(f->w, f);

	f->queue = q;
	f->next = NULL;
	*q->last = f;
	q->last = &f->next;
}

static struct flow *queue_take(struct queue *q)
{
	struct flow *f = q->first;

	q->first = f->next;
	if (!q->first)
		q->last = &q->first;
	f->next = NULL;
	return f;
}

static void queue_wake(void *ctx)
{
	struct queue *q = ctx;

	q->timer = false;	/* wire_poll pumps after timers */
}

/* One call of this queue, if its bucket lets it go. */
static bool queue_pump(struct wire *w, struct queue *q, int64_t now)
{
	int64_t wait;

	if (!q->first)
		return false;
	if (!bucket_take(&q->bucket, now, &wait)) {
		if (!q->timer) {
			q->timer = true;
			timers_set(&w->timers, now + (wait > 0 ? wait : 1), queue_wake, q);
		}
		return false;
	}
	flow_launch(queue_take(q));
	return true;
}

void queues_pump(struct wire *w)
{
	int64_t now = clock_mono(w->clock);
	bool any = true;

	while (any && w->in_flight < w->parallelism) {
		any = false;
		for (struct queue *q = w->queues; q && w->in_flight < w->parallelism; q = q->next)
			any |= queue_pump(w, q, now);
	}
}

void queues_interrupt(struct wire *w)
{
	for (struct queue *q = w->queues; q; q = q->next)
		while (q->first)
			flow_interrupt(queue_take(q));
}
