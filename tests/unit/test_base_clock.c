/* Times in all spellings, and durations for people. */
#include "tests/unit/check.h"

#include "base/clock.h"

static struct arena arena;

static const int64_t example = 1795326847000;	/* 2026-11-22T05:54:07Z, a Sunday */

static void writes(void **state)
{
	(void)state;
	assert_str(time_rfc3339(&arena, example, false), "2026-11-22T05:54:07Z");
	assert_str(time_rfc3339(&arena, example + 42, true), "2026-11-22T05:54:07.042Z");
	assert_str(time_basic(&arena, example), "20261122T055407Z");
	assert_str(time_http(&arena, example), "Sun, 22 Nov 2026 05:54:07 GMT");
	assert_str(time_rfc3339(&arena, 0, true), "1970-01-01T00:00:00.000Z");
	assert_str(time_rfc3339(&arena, -1, true), "1969-12-31T23:59:59.999Z");
	assert_str(time_http(&arena, -1), "Wed, 31 Dec 1969 23:59:59 GMT");
	assert_str(time_rfc3339(&arena, 951782400000, false), "2000-02-29T00:00:00Z");
	assert_str(time_rfc3339(&arena, 4107542400000, false), "2100-03-01T00:00:00Z");
	assert_str(time_rfc3339(&arena, -62135596800000, false), "0001-01-01T00:00:00Z");
}

static void reads(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{"2026-11-22T05:54:07Z", 1795326847000},
		{"2026-11-22t05:54:07.5z", 1795326847500},
		{"2026-11-22T05:54:07.123456789Z", 1795326847123},
		{"2026-11-22T06:54:07+01:00", 1795326847000},
		{"2026-11-22T00:24:07-0530", 1795326847000},
		{"2026-11-22 05:54:07Z", 1795326847000},
		{"Sun, 22 Nov 2026 05:54:07 GMT", 1795326847000},
		{"1795326847", 1795326847000},
		{"1795326847.1239", 1795326847123},
		{"1.795326847123E9", 1795326847123},
		{"0", 0},
		{"-1.5", -1500},
		{"1970-01-01T00:00:00Z", 0},
		{"2016-12-31T23:59:60Z", 1483228799000},
		{"2024-02-29T00:00:00Z", 1709164800000},
		{"0001-01-01T00:00:00Z", -62135596800000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t ms = 42;

		assert_true(time_parse(str_of(rows[i].text), &ms));
		assert_int_equal(ms, rows[i].ms);
	}
}

static void refuses(void **state)
{
	static const char *const bad[] = {
		"",	"now",	"2026-11-22",  "2026-11-22T05:54:07",  "2026-13-22T05:54:07Z",	"2026-11-31T05:54:07Z",
		"2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T05:60:07Z",
		"2026-11-22T05:54:61Z", "2026-11-22T05:54:07.Z", "2026-11-22T05:54:07Zx", "2026-11-22T05:54:07+24:00",
		"26-11-22T05:54:07Z", "-026-11-22T05:54:07Z", "2026-11-22T05:54:-7Z", "2026-00-22T05:54:07Z",
		"2026-11-00T05:54:07Z", "Sun, 22 Nov 2026 05:54:07", "Sun, 22 Nob 2026 05:54:07 GMT",
		"Sunday, 22 Nov 2026 05:54:07 GMT", "Sun, 32 Nov 2026 05:54:07 GMT", "Sun,", "Sun, 22", "1e30", "0x10",
		"1795326847s", "99999999999999999999",
	};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(time_parse(str_of(bad[i]), &ms));
}

static void there_and_back(void **state)
{
	(void)state;
	for (int64_t day = -200000; day < 200000; day++) {
		int64_t ms = day * 86400000 + 3661001, back;

		assert_true(time_parse(time_rfc3339(&arena, ms, true), &back));
		assert_int_equal(back, ms);
		if (day % 7 == 0) {
			assert_true(time_parse(time_http(&arena, ms), &back));
			assert_int_equal(back, ms - 1);
		}
		arena_reset(&arena);
	}
}

static void durations(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{-5, "0 ms"},		 {0, "0 ms"},		     {999, "999 ms"},	    {1000, "1.0 s"},
		{3250, "3.2 s"},	 {59999, "59.9 s"},	     {60000, "1 min 0 s"},  {250000, "4 min 10 s"},
		{3600000, "1 h 0 min"}, {86399999, "23 h 59 min"}, {90000000, "1 d 1 h"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_str(duration_text(&arena, rows[i].ms), rows[i].text);
}

static int64_t fixed(void *ctx)
{
	return *(int64_t *)ctx;
}

static void clocks(void **state)
{
	int64_t now = 7;
	const struct clock c = {fixed, fixed, &now};
	int64_t a = clock_mono(&clock_system), b = clock_mono(&clock_system);

	(void)state;
	assert_true(b >= a);
	assert_true(clock_wall(&clock_system) > 1600000000000);
	assert_int_equal(clock_mono(&c), 7);
	now = 8;
	assert_int_equal(clock_wall(&c), 8);
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes),	  cmocka_unit_test(reads),     cmocka_unit_test(refuses),
		cmocka_unit_test(there_and_back), cmocka_unit_test(durations), cmocka_unit_test(clocks),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
