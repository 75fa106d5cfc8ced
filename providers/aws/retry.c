/* Classification of answers and the delays between attempts. The lists are those of the AWS SDKs' standard mode;
 * LimitExceededException is left out, because most services mean a quota by it, which no pause lifts. */
#include "providers/aws/retry.h"

#include "base/clock.h"
#include "base/hash.h"

enum {
	SKEW_MS = 4 * 60 * 1000,
	DELAY_MAX_MS = 20000,
	DELAY_TRANSIENT_MS = 100,
	DELAY_THROTTLED_MS = 500,
	TRANSIENT_ATTEMPTS = 5,
};

static bool one_of(struct str s, const char *const *names)
{
	for (; *names; names++)
		if (str_eqc(s, *names))
			return true;
	return false;
}

static const char *const throttled[] = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
    NULL,
};

static const char *const transient[] = {
    "RequestTimeout",
    "RequestTimeoutException",
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Unavailable",
    "IDPCommunicationError",
    "TransactionInProgressException",
    NULL,
};

static const char *const expired[] = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", NULL};

static const char *const skewed[] = {
    "RequestTimeTooSkewed",
    "RequestInTheFuture",
    "RequestExpired",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "AuthFailure",
    NULL,
};

static enum verdict_kind classify_transfer(enum transfer_result result)
{
	switch (result) {
	case TRANSFER_NOT_SENT:
		return VERDICT_NOT_SENT;
	case TRANSFER_REFUSED:
		return VERDICT_FINAL;
	default:
		return VERDICT_LOST;
	}
}

enum verdict_kind retry_classify(const struct model *m, enum transfer_result result, int status, struct str code)
{
	const struct error_shape *e;

	if (result != TRANSFER_OK)
		return classify_transfer(result);
	if (status < 300 && !code.n)
		return VERDICT_OK;
	if (one_of(code, throttled) || status == 429)
		return VERDICT_THROTTLED;
	if (one_of(code, expired))
		return VERDICT_EXPIRED;
	if (one_of(code, skewed))
		return VERDICT_SKEWED;
	e = m ? model_error(m, code) : NULL;
	if (e && e->retryable == 2)
		return VERDICT_THROTTLED;
	if (one_of(code, transient) || status >= 500 || (e && e->retryable))
		return VERDICT_TRANSIENT;
	return VERDICT_FINAL;
}

bool retry_skew(const struct answer *ans, int64_t wall_ms, int64_t *skew)
{
	int64_t theirs;

	if (!time_parse(headers_get(&ans->headers, STR("Date")), &theirs))
		return false;
	*skew = theirs - wall_ms;
	return *skew > SKEW_MS || *skew < -SKEW_MS;
}

/* By the words that operations begin with: what is gone, set or tagged stays so when it is asked for twice. */
static const char *const repeatable[] = {"Delete",  "Release", "Terminate", "Set",	"Modify",     "Put",
					 "Enable",  "Disable", "Tag",	    "Untag",	"CreateTags", "CreateOrUpdateTags",
					 "AddTags", "RemoveTags", "ChangeTags", NULL};

/* Each of these adds one more, or takes one more away. */
static const char *const adding[] = {"PutEvents",
				     "PutLogEvents",
				     "PutMetricData",
				     "PutParameter",
				     "PutPartnerEvents",
				     "PutQueryDefinition",
				     "PutRecord",
				     "PutRecords",
				     "PutSecretValue",
				     "TerminateInstanceInAutoScalingGroup",
				     NULL};

bool retry_repeatable(struct str operation)
{
	if (one_of(operation, adding))
		return false;
	for (const char *const *p = repeatable; *p; p++)
		if (str_starts(operation, str_of(*p)))
			return true;
	return false;
}

bool verdict_unknown(enum verdict_kind v)
{
	return v == VERDICT_TRANSIENT || v == VERDICT_LOST;
}

bool retry_allowed(enum verdict_kind v, bool safe, unsigned attempts, unsigned max_attempts)
{
	switch (v) {
	case VERDICT_THROTTLED:
		return attempts < max_attempts;
	case VERDICT_NOT_SENT:
		return attempts < max_attempts && attempts < TRANSIENT_ATTEMPTS;
	case VERDICT_TRANSIENT:
	case VERDICT_LOST:
		return safe && attempts < max_attempts && attempts < TRANSIENT_ATTEMPTS;
	default:	/* expired and skewed are repaired, once, by the caller */
		return false;
	}
}

int64_t retry_delay(enum verdict_kind v, unsigned attempts, const struct answer *ans)
{
	int64_t bound = v == VERDICT_THROTTLED ? DELAY_THROTTLED_MS : DELAY_TRANSIENT_MS, least = 0;
	uint64_t random;

	for (unsigned i = 1; i < attempts && bound < DELAY_MAX_MS; i++)
		bound *= 2;
	if (bound > DELAY_MAX_MS)
		bound = DELAY_MAX_MS;
	if (str_int(headers_get(&ans->headers, STR("Retry-After")), 0, DELAY_MAX_MS / 1000, &least))
		least *= 1000;
	random_bytes(&random, sizeof(random));
	bound = (int64_t)(random % (uint64_t)(bound + 1));
	return bound > least ? bound : least;
}
