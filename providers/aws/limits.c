/* The adaptive token bucket; call_queue.c keeps one per account, region and service. */
#include "providers/aws/limits.h"

#include <math.h>

static const double CUT = 0.7, GROWTH = 0.4, RATE_MIN = 0.5, BURST = 1.0, SMOOTH = 0.8;

void bucket_init(struct bucket *b, struct str service, int64_t now)
{
	*b = (struct bucket){.filled = now, .window = now, .throttled = now};
	if (str_eqc(service, "route53")) {
		b->paced = true;
		b->rate = b->max_rate = 5;
		b->tokens = 5;
	}
}

static void bucket_fill(struct bucket *b, int64_t now)
{
	double cap = b->rate > BURST ? b->rate : BURST;

	b->tokens += b->rate * (double)(now - b->filled) / 1000;
	if (b->tokens > cap)
		b->tokens = cap;
	b->filled = now;
}

static void bucket_count(struct bucket *b, int64_t now)
{
	if (now - b->window >= 500) {
		double rate = b->sent * 1000.0 / (double)(now - b->window);

		b->seen = rate * SMOOTH + b->seen * (1 - SMOOTH);
		b->sent = 0;
		b->window = now;
	}
	b->sent++;
}

bool bucket_take(struct bucket *b, int64_t now, int64_t *wait)
{
	if (b->paced) {
		bucket_fill(b, now);
		if (b->tokens < 1) {
			*wait = (int64_t)ceil((1 - b->tokens) * 1000 / b->rate);
			return false;
		}
		b->tokens -= 1;
	}
	bucket_count(b, now);
	return true;
}

/* Cubic growth from the rate after the cut back to where the throttle came, then beyond it. */
static double cubic(const struct bucket *b, int64_t now)
{
	double back = cbrt(b->max_rate * (1 - CUT) / GROWTH);
	double t = (double)(now - b->throttled) / 1000 - back;

	return GROWTH * t * t * t + b->max_rate;
}

void bucket_success(struct bucket *b, int64_t now)
{
	double rate;

	if (!b->paced)
		return;
	bucket_fill(b, now);
	rate = cubic(b, now);
	/* Never far beyond what is really sent: a rate that nobody uses says nothing. */
	if (b->seen > 0 && rate > 2 * b->seen + 1 && rate > b->rate)
		rate = b->rate > 2 * b->seen + 1 ? b->rate : 2 * b->seen + 1;
	b->rate = rate > RATE_MIN ? rate : RATE_MIN;
}

void bucket_throttle(struct bucket *b, int64_t now)
{
	double rate = b->paced && b->rate < b->seen ? b->rate : b->seen;

	/* One burst of refusals is one message. */
	if (b->paced && now - b->throttled < 250)
		return;
	if (rate < 1)
		rate = b->paced ? b->rate : 2;
	bucket_fill(b, now);
	b->max_rate = rate;
	b->throttled = now;
	b->rate = rate * CUT > RATE_MIN ? rate * CUT : RATE_MIN;
	if (!b->paced || b->tokens > BURST)
		b->tokens = 0;
	b->paced = true;
}
