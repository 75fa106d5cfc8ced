/* Calls of several works that travel as one (engine_gather.c), over a scripted wire: records of one zone. */
#include "tests/unit/fakewire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define N 4

static struct arena arena;
static struct provider *provider;
static const struct place place = {.name = STR_INIT("dr"), .region = STR_INIT("us-west-2")};
static const struct owner nobody = {.tags = false};
static struct work works[N];

static int setup(void **state)
{
	struct errs errs = {.arena = &arena};

	(void)state;
	fake_reset();
	provider = provider_aws_open(NULL, &errs);
	return provider ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	provider_close(provider);
	arena_free(&arena);
	fake_reset();
	buf_free(&fake_said);
	return 0;
}

/* N records, of which the last one is in the zone that is named. */
static void begin(const char *last_zone)
{
	struct errs errs = {.arena = &arena};

	for (size_t i = 0; i < N; i++) {
		struct str text = str_fmt(&arena,
					  "{\"HostedZoneId\": \"%s\", \"Name\": \"h%zu.example.com\", \"Type\": \"A\", \"TTL\": \"60\","
					  " \"ResourceRecords\": [\"10.0.0.1\"]}", i + 1 < N ? "Z1" : last_zone, i);

		works[i] = (struct work){.kind = WORK_CREATE, .place = &place, .type = model_type(STR("AWS::Route53::RecordSet")),
					 .arena = &arena, .owner = &nobody, .address = str_fmt(&arena, "R%zu", i), .no_wait = true,
					 .op = STR("11111111-2222-4333-8444-555555555555"), .desired = json_read(&arena, text, 0, &errs)};
		provider_start(provider, &works[i]);
	}
}

static void finish(void)
{
	for (size_t turn = 0; turn < 1000 && provider_pending(provider); turn++) {
		provider_poll(provider, 0);
		while (provider_next(provider).work)
			;
	}
	assert_int_equal(provider_pending(provider), 0);
}

static unsigned times(const char *what)
{
	unsigned n = 0;

	for (const char *p = said(); (p = strstr(p, what)) != NULL; p += strlen(what))
		n++;
	return n;
}

static const char *records(void)
{
	struct buf b;
	struct str out;

	buf_init(&b, 1 << 16);
	buf_cstr(&b, "{\"ResourceRecordSets\": [");
	for (size_t i = 0; i < N; i++)
		buf_fmt(&b, "%s{\"Name\": \"h%zu.example.com.\", \"Type\": \"A\", \"TTL\": 60, \"ResourceRecords\": [{\"Value\": \"10.0.0.1\"}]}",
			i ? ", " : "", i);
	buf_cstr(&b, "]}");
	out = buf_take(&b, &arena);
	buf_free(&b);
	return out.p;
}

static void one_request(void **state)
{
	(void)state;
	script("ChangeResourceRecordSets", "{\"ChangeInfo\": {\"Id\": \"/change/C1\", \"Status\": \"INSYNC\"}}");
	script("ListResourceRecordSets", records());
	begin("Z1");
	assert_int_equal(fake_total, 0);	/* nothing leaves before the turn ends */
	finish();
	assert_int_equal(times("ChangeResourceRecordSets"), 1);
	assert_int_equal(times("\"Action\":\"CREATE\""), N);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(works[i].state, WORK_OK);
}

static void another_zone_goes_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++)
		script("ChangeResourceRecordSets", "{\"ChangeInfo\": {\"Id\": \"/change/C1\", \"Status\": \"INSYNC\"}}");
	for (size_t i = 0; i < 2; i++)
		script("ListResourceRecordSets", records());
	begin("Z2");
	finish();
	assert_int_equal(times("ChangeResourceRecordSets"), 2);
	assert_int_equal(times("\"Action\":\"CREATE\""), N);
}

/* All, two halves, and the two of the half that has it: the error is the third one's, and nobody else's. */
static void blame_lands_where_it_belongs(void **state)
{
	(void)state;
	script("ChangeResourceRecordSets", "!InvalidChangeBatch");
	script("ChangeResourceRecordSets", "{\"ChangeInfo\": {\"Id\": \"/change/C1\", \"Status\": \"INSYNC\"}}");
	script("ChangeResourceRecordSets", "!InvalidChangeBatch");
	script("ChangeResourceRecordSets", "!InvalidChangeBatch");
	script("ChangeResourceRecordSets", "{\"ChangeInfo\": {\"Id\": \"/change/C2\", \"Status\": \"INSYNC\"}}");
	for (size_t i = 0; i < 2; i++)
		script("ListResourceRecordSets", records());
	begin("Z1");
	finish();
	assert_int_equal(times("ChangeResourceRecordSets"), 5);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(works[i].state, i == 2 ? WORK_FAILED : WORK_OK);
	assert_string_equal(works[2].err.code.p, "InvalidChangeBatch");
	assert_string_equal(works[2].err.address.p, "R2");
}

/* Works that wait for one change ask once. */
static void one_question(void **state)
{
	(void)state;
	script("ChangeResourceRecordSets", "{\"ChangeInfo\": {\"Id\": \"/change/C1\", \"Status\": \"PENDING\"}}");
	script("GetChange", "{\"ChangeInfo\": {\"Id\": \"/change/C1\", \"Status\": \"PENDING\"}}");
	script("GetChange", "{\"ChangeInfo\": {\"Id\": \"/change/C1\", \"Status\": \"INSYNC\"}}");
	script("ListResourceRecordSets", records());
	begin("Z1");
	for (size_t i = 0; i < N; i++)
		works[i].no_wait = false;
	finish();
	assert_int_equal(times("GetChange"), 2);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(works[i].state, WORK_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_request, setup, teardown),
		cmocka_unit_test_setup_teardown(another_zone_goes_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(blame_lands_where_it_belongs, setup, teardown),
		cmocka_unit_test_setup_teardown(one_question, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
