/* Timers: functions to be called at a moment, in order; the wire's event loop asks for the next one. */
#ifndef DRPLAN_AWS_TIMERS_H
#define DRPLAN_AWS_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	int64_t at;		/* monotonic ms */
	uint64_t order;		/* equal moments fire in the order they were set */
	void (*fn)(void *ctx);
	void *ctx;
};

struct timers {			/* zeroed: empty */
	struct timer *heap;	/* the earliest first */
	size_t n, cap;
	uint64_t set;		/* how many were ever set */
};

void timers_set(struct timers *t, int64_t at, void (*fn)(void *ctx), void *ctx);
/* Milliseconds from now to the next one, 0 if it is due, -1 if there is none. */
int64_t timers_wait(const struct timers *t, int64_t now);
/* Take one that is due at now; false if none is. */
bool timers_due(struct timers *t, int64_t now, struct timer *out);
void timers_expire(struct timers *t);		/* all are due at once */
void timers_free(struct timers *t);

#endif
