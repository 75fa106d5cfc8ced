/* A binary heap of timers. A timer can't be taken back: its owner ignores the call when it no longer matters. */
#include "providers/aws/timers.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

static bool timer_before(const struct timer *a, const struct timer *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void timers_swap(struct timers *t, size_t i, size_t j)
{
	struct timer x = t->heap[i];

	t->heap[i] = t->heap[j];
	t->heap[j] = x;
}

static void timers_grow(struct timers *t)
{
	size_t cap = t->cap ? 2 * t->cap : 64;
	struct timer *heap = xmalloc(cap * sizeof(*heap));

	if (t->n)
		memcpy(heap, t->heap, t->n * sizeof(*heap));
	free(t->heap);
	t->heap = heap;
	t->cap = cap;
}

void timers_set(struct timers *t, int64_t at, void (*fn)(void *ctx), void *ctx)
{
	size_t i = t->n;

	if (t->n == t->cap)
		timers_grow(t);
	t->heap[t->n++] = (struct timer){at, t->set++, fn, ctx};
	for (; i && timer_before(&t->heap[i], &t->heap[(i - 1) / 2]); i = (i - 1) / 2)
		timers_swap(t, i, (i - 1) / 2);
}

int64_t timers_wait(const struct timers *t, int64_t now)
{
	if (!t->n)
		return -1;
	return t->heap[0].at > now ? t->heap[0].at - now : 0;
}

bool timers_due(struct timers *t, int64_t now, struct timer *out)
{
	size_t i = 0, child;

	if (!t->n || t->heap[0].at > now)
		return false;
	*out = t->heap[0];
	t->heap[0] = t->heap[--t->n];
	while ((child = 2 * i + 1) < t->n) {
		if (child + 1 < t->n && timer_before(&t->heap[child + 1], &t->heap[child]))
			child++;
		if (!timer_before(&t->heap[child], &t->heap[i]))
			break;
		timers_swap(t, i, child);
		i = child;
	}
	return true;
}

void timers_expire(struct timers *t)
{
	for (size_t i = 0; i < t->n; i++)	/* equal moments keep their order; the heap stays one */
		t->heap[i].at = INT64_MIN;
	/* Order alone decides: sort by it so that the heap property holds again. */
	for (size_t i = 1; i < t->n; i++)
		for (size_t j = i; j && timer_before(&t->heap[j], &t->heap[(j - 1) / 2]); j = (j - 1) / 2)
			timers_swap(t, j, (j - 1) / 2);
}

void timers_free(struct timers *t)
{
	free(t->heap);
	*t = (struct timers){0};
}
