/* How many calls may leave, and when: a limit overall, and one per account, region and service that adapts.
 *
 * A bucket lets everything through until AWS throttles its service; from then on it paces calls by a rate that is
 * cut at each throttle and grows again with success (the curve of the AWS SDKs' adaptive mode). Services whose
 * limits are known and low start with a rate.
 */
#ifndef DRPLAN_AWS_LIMITS_H
#define DRPLAN_AWS_LIMITS_H

#include "base/str.h"

struct bucket {				/* rates are calls a second; times are monotonic ms */
	bool paced;			/* a rate holds */
	double rate, tokens;
	int64_t filled;			/* when tokens was brought up to date */
	double max_rate;		/* where the last throttle came */
	int64_t throttled;		/* when */
	double seen;			/* what was sent lately, smoothed */
	int64_t window;			/* begin of the half second that is being counted */
	unsigned sent;
};

/* A bucket for a service: Route 53 takes five calls a second for an account. */
void bucket_init(struct bucket *b, struct str service, int64_t now);
/* Take a token; false if there is none, with *wait the ms until there is. */
bool bucket_take(struct bucket *b, int64_t now, int64_t *wait);
void bucket_success(struct bucket *b, int64_t now);
void bucket_throttle(struct bucket *b, int64_t now);

#endif
