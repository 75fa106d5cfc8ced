/* What an answer or its absence means for sending the request again; pure, so that each case can be tested. */
#ifndef DRPLAN_AWS_RETRY_H
#define DRPLAN_AWS_RETRY_H

#include "providers/aws/http.h"
#include "providers/aws/model/wiremodel.h"

enum verdict_kind {
	VERDICT_OK,
	VERDICT_FINAL,		/* refused: sending it again gives the same */
	VERDICT_THROTTLED,	/* refused for its pace: nothing was done */
	VERDICT_TRANSIENT,	/* the service stumbled: what was done is unknown */
	VERDICT_NOT_SENT,	/* no connection: nothing was done */
	VERDICT_LOST,		/* sent, and no answer: what was done is unknown */
	VERDICT_EXPIRED,	/* the credentials have expired: nothing was done */
	VERDICT_SKEWED,		/* the clock is wrong: nothing was done */
};

enum verdict_kind retry_classify(const struct model *m, enum transfer_result result, int status, struct str code);
/* Whether AWS's Date and our clock are far enough apart to explain a refused signature; *skew gets the difference. */
bool retry_skew(const struct answer *ans, int64_t wall_ms, int64_t *skew);
bool retry_repeatable(struct str operation);	/* a change that done twice is the same as done once */
/* May it be sent again? safe: it changes nothing, or a token makes it idempotent, or it is repeatable. */
bool retry_allowed(enum verdict_kind v, bool safe, unsigned attempts, unsigned max_attempts);
/* Full jitter: a random time up to a bound that doubles; at least what Retry-After says. */
int64_t retry_delay(enum verdict_kind v, unsigned attempts, const struct answer *ans);
bool verdict_unknown(enum verdict_kind v);	/* the effect of a change is unknown */

#endif
