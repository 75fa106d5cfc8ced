/* What answers mean for another attempt, how long to wait, the adaptive buckets and the timers. */
#include "tests/unit/check.h"

#include "base/clock.h"
#include "providers/aws/limits.h"
#include "providers/aws/retry.h"
#include "providers/aws/timers.h"

static enum verdict_kind verdict(int status, const char *code)
{
	return retry_classify(wire_model(STR("ec2")), TRANSFER_OK, status, str_of(code));
}

static void classification(void **state)
{
	(void)state;
	assert_int_equal(verdict(200, ""), VERDICT_OK);
	assert_int_equal(verdict(400, "InvalidParameterValue"), VERDICT_FINAL);
	assert_int_equal(verdict(503, "RequestLimitExceeded"), VERDICT_THROTTLED);
	assert_int_equal(verdict(400, "ThrottlingException"), VERDICT_THROTTLED);
	assert_int_equal(verdict(429, "429"), VERDICT_THROTTLED);
	assert_int_equal(verdict(503, "SlowDown"), VERDICT_THROTTLED);
	assert_int_equal(verdict(400, "LimitExceededException"), VERDICT_FINAL);
	assert_int_equal(verdict(500, "InternalError"), VERDICT_TRANSIENT);
	assert_int_equal(verdict(503, "503"), VERDICT_TRANSIENT);
	assert_int_equal(verdict(400, "ExpiredToken"), VERDICT_EXPIRED);
	assert_int_equal(verdict(403, "RequestTimeTooSkewed"), VERDICT_SKEWED);
	assert_int_equal(retry_classify(NULL, TRANSFER_NOT_SENT, 0, STR_NONE), VERDICT_NOT_SENT);
	assert_int_equal(retry_classify(NULL, TRANSFER_LOST, 0, STR_NONE), VERDICT_LOST);
	assert_int_equal(retry_classify(NULL, TRANSFER_TIMEOUT, 0, STR_NONE), VERDICT_LOST);
	assert_int_equal(retry_classify(NULL, TRANSFER_TOO_BIG, 200, STR_NONE), VERDICT_LOST);
	assert_int_equal(retry_classify(NULL, TRANSFER_REFUSED, 0, STR_NONE), VERDICT_FINAL);
}

static void a_change_is_never_sent_blindly(void **state)
{
	(void)state;
	assert_true(retry_allowed(VERDICT_THROTTLED, false, 1, 12));
	assert_true(retry_allowed(VERDICT_NOT_SENT, false, 1, 12));
	assert_false(retry_allowed(VERDICT_TRANSIENT, false, 1, 12));
	assert_false(retry_allowed(VERDICT_LOST, false, 1, 12));
	assert_true(retry_allowed(VERDICT_TRANSIENT, true, 1, 12));
	assert_true(retry_allowed(VERDICT_LOST, true, 1, 12));
	assert_false(retry_allowed(VERDICT_LOST, true, 5, 12));
	assert_false(retry_allowed(VERDICT_THROTTLED, true, 12, 12));
	assert_false(retry_allowed(VERDICT_FINAL, true, 1, 12));
	assert_true(verdict_unknown(VERDICT_TRANSIENT) && verdict_unknown(VERDICT_LOST));
	assert_false(verdict_unknown(VERDICT_THROTTLED) || verdict_unknown(VERDICT_NOT_SENT));
}

static void only_what_can_be_repeated_is(void **state)
{
	static const char *const yes[] = {"DeleteVpc", "CreateTags", "SetDesiredCapacity", "ModifyDBCluster",
					  "PutBucketPolicy"};
	static const char *const no[] = {"CreateVpc",     "RunInstances", "StartRecovery",
					 "PutMetricData", "PutParameter", "Publish",
					 "PutQueryDefinition", "TerminateInstanceInAutoScalingGroup"};

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++)
		assert_true(retry_repeatable(str_of(yes[i])));
	for (size_t i = 0; i < COUNT(no); i++)
		assert_false(retry_repeatable(str_of(no[i])));
}

static void delays_are_bounded(void **state)
{
	struct answer none = {0};
	struct arena a = {0};
	struct answer told = {0};

	(void)state;
	for (int i = 0; i < 200; i++) {
		assert_in_range(retry_delay(VERDICT_TRANSIENT, 1, &none), 0, 100);
		assert_in_range(retry_delay(VERDICT_THROTTLED, 3, &none), 0, 2000);
		assert_in_range(retry_delay(VERDICT_THROTTLED, 40, &none), 0, 20000);
	}
	headers_add(&told.headers, &a, STR("retry-after"), STR("3"));
	assert_in_range(retry_delay(VERDICT_TRANSIENT, 1, &told), 3000, 3100);
	told.headers.items[0].value = STR("86400");	/* nobody waits for that */
	assert_in_range(retry_delay(VERDICT_TRANSIENT, 1, &told), 0, 100);
	arena_free(&a);
}

static void a_wrong_clock_is_seen(void **state)
{
	struct arena a = {0};
	struct answer ans = {0};
	int64_t now = 1440938160000, skew = 0;

	(void)state;
	assert_false(retry_skew(&ans, now, &skew));
	headers_add(&ans.headers, &a, STR("Date"), time_http(&a, now + 3600000));
	assert_true(retry_skew(&ans, now, &skew));
	assert_int_equal(skew, 3600000);
	ans.headers.items[0].value = time_http(&a, now + 60000);
	assert_false(retry_skew(&ans, now, &skew));
	arena_free(&a);
}

static void a_bucket_is_open_until_throttled(void **state)
{
	struct bucket b;
	int64_t wait = 0, now = 1000;
	unsigned sent = 0;

	(void)state;
	bucket_init(&b, STR("ec2"), now);
	for (int i = 0; i < 1000; i++)
		assert_true(bucket_take(&b, now + i, &wait));
	now += 1000;
	bucket_throttle(&b, now);
	assert_true(b.paced);
	assert_false(bucket_take(&b, now, &wait));
	assert_true(wait > 0);
	for (int i = 0; i < 1000; i++)
		sent += bucket_take(&b, ++now, &wait);
	assert_in_range(sent, 400, 760);	/* 70 % of a thousand a second, and its smoothing */
	for (int i = 0; i < 20000; i++)
		if (bucket_take(&b, ++now, &wait))
			bucket_success(&b, now);
	assert_true(b.rate > 700);		/* it has found its way back */
}

static void a_throttled_bucket_never_stops(void **state)
{
	struct bucket b;
	int64_t wait = 0;

	(void)state;
	bucket_init(&b, STR("ec2"), 0);
	for (int64_t now = 0; now < 60000; now += 1000)
		bucket_throttle(&b, now);
	assert_true(b.rate >= 0.5);
	while (bucket_take(&b, 59000, &wait))
		;
	assert_in_range(wait, 1, 2000);
	assert_true(bucket_take(&b, 59000 + wait, &wait));
}

static void route53_starts_slowly(void **state)
{
	struct bucket b;
	int64_t wait = 0;
	unsigned sent = 0;

	(void)state;
	bucket_init(&b, STR("route53"), 0);
	for (int64_t now = 0; now < 10000; now++)
		sent += bucket_take(&b, now, &wait);
	assert_in_range(sent, 54, 56);		/* a burst of five, then five a second */
}

static int fired[8], n_fired;

static void fire(void *ctx)
{
	fired[n_fired++] = (int)(intptr_t)ctx;
}

static void timers_fire_in_order(void **state)
{
	static const int at[] = {50, 10, 30, 10, 40, 20};
	static const int want[] = {1, 3, 5, 2, 4, 0};
	struct timers t = {0};
	struct timer due;

	(void)state;
	for (size_t i = 0; i < COUNT(at); i++)
		timers_set(&t, at[i], fire, (void *)(intptr_t)i);
	assert_int_equal(timers_wait(&t, 4), 6);
	assert_false(timers_due(&t, 9, &due));
	while (timers_due(&t, 100, &due))
		due.fn(due.ctx);
	for (size_t i = 0; i < COUNT(want); i++)
		assert_int_equal(fired[i], want[i]);
	assert_int_equal(timers_wait(&t, 0), -1);
	for (int i = 0; i < 5; i++)
		timers_set(&t, 1000 - i, fire, (void *)(intptr_t)i);
	timers_expire(&t);
	for (int i = 0; i < 5; i++) {
		assert_true(timers_due(&t, 0, &due));
		assert_int_equal((intptr_t)due.ctx, i);
	}
	timers_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classification),
		cmocka_unit_test(a_change_is_never_sent_blindly),
		cmocka_unit_test(only_what_can_be_repeated_is),
		cmocka_unit_test(delays_are_bounded),
		cmocka_unit_test(a_wrong_clock_is_seen),
		cmocka_unit_test(a_bucket_is_open_until_throttled),
		cmocka_unit_test(a_throttled_bucket_never_stops),
		cmocka_unit_test(route53_starts_slowly),
		cmocka_unit_test(timers_fire_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
