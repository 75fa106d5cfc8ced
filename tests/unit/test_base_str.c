/* Slices and buffers: bounds, numbers, durations, UTF-8, distances. */
#include "tests/unit/check.h"

#include "base/utf8.h"

static struct arena arena;

static void compares(void **state)
{
	(void)state;
	assert_true(str_eq(STR(""), STR_NONE));
	assert_true(str_eq(str_of(NULL), STR("")));
	assert_false(str_eq(STR("a"), STR("b")));
	assert_true(str_eq_nocase(STR("VpcId"), STR("vPCiD")));
	assert_false(str_eq_nocase(STR("[\\]"), STR("{|}")));
	assert_true(str_cmp(STR("a"), STR("ab")) < 0);
	assert_true(str_cmp(STR("\xff"), STR("a")) > 0);
	assert_true(str_cmp(STR_NONE, STR("")) == 0);
	assert_true(str_starts(STR("abc"), STR("")) && str_starts(STR("abc"), STR("abc")));
	assert_false(str_starts(STR("ab"), STR("abc")));
	assert_true(str_ends(STR("abc"), STR("bc")) && str_ends(STR_NONE, STR_NONE));
	assert_false(str_ends(STR("c"), STR("bc")));
}

static void finds_and_cuts(void **state)
{
	struct str rest = STR("a,,b,"), head;

	(void)state;
	assert_int_equal(str_find(STR("abcabc"), STR("bc"), 0), 1);
	assert_int_equal(str_find(STR("abcabc"), STR("bc"), 2), 4);
	assert_int_equal(str_find(STR("abc"), STR(""), 3), 3);
	assert_int_equal(str_find(STR("abc"), STR(""), 4), -1);
	assert_int_equal(str_find(STR_NONE, STR("a"), 0), -1);
	assert_int_equal(str_chr(STR("abc"), 'c', 2), 2);
	assert_int_equal(str_chr(STR("abc"), 'c', 3), -1);
	assert_str(str_sub(STR("abc"), 1, SIZE_MAX), "bc");
	assert_str(str_sub(STR("abc"), 2, 1), "");
	assert_str(str_trim(STR(" \t a b\r\n")), "a b");
	assert_str(str_trim(STR(" \n ")), "");
	for (size_t i = 0; i < 4; i++) {
		assert_true(str_cut(&rest, ',', &head));
		assert_str(head, i == 0 ? "a" : i == 2 ? "b" : "");
	}
	assert_false(str_cut(&rest, ',', &head));
	assert_str(str_cat(&arena, STR("a"), STR_NONE), "a");
	assert_str(str_fmt(&arena, "%s-%d", "x", 7), "x-7");
	assert_int_equal(str_fmt(&arena, "%1000d", 7).n, 1000);
	assert_int_equal(strlen(str_fmt(&arena, "%255d", 7).p), 255);
	assert_int_equal(strlen(str_fmt(&arena, "%256d", 7).p), 256);
}

static void integers(void **state)
{
	static const char *const bad[] = {"",   "-",  "+1",  " 1",		    "1 ",
					  "1a", "--1", "0x1", "9223372036854775808", "-9223372036854775809"};
	int64_t n = 42;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(str_int(str_of(bad[i]), INT64_MIN, INT64_MAX, &n));
	assert_int_equal(n, 42);
	assert_true(str_int(STR("9223372036854775807"), 0, INT64_MAX, &n) && n == INT64_MAX);
	assert_true(str_int(STR("-9223372036854775808"), INT64_MIN, 0, &n) && n == INT64_MIN);
	assert_true(str_int(STR("0010"), 0, 10, &n) && n == 10);
	assert_false(str_int(STR("11"), 0, 10, &n));
	assert_false(str_int(STR("-1"), 0, 10, &n));
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{"0s", 0},	     {"250ms", 250},	{"30s", 30000},		      {"15m", 900000},
		{"24h", 86400000},   {"7d", 604800000}, {"1h30m", 5400000},	      {"1d1h1m1s1ms", 90061001},
		{"90m", 5400000},    {"1m5ms", 60005},	{"3653d", 3653LL * 86400000},
	};
	static const char *const bad[] = {"",	  "1",	  "s",	 "-1s",	 "1.5h", "30m1h", "1h1h",
					  "1 h",  "1H",	  "1x",	 "1hh",	 "3654d", "99999999999999999999s",
					  "9223372036854775807d", "3653d1ms", "h1"};
	int64_t ms = 42;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(str_duration(str_of(good[i].text), &ms));
		assert_int_equal(ms, good[i].ms);
	}
	ms = 42;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(str_duration(str_of(bad[i]), &ms));
	assert_int_equal(ms, 42);
}

static void utf8(void **state)
{
	static const char *const good[] = {"",		      "a",		  "\xc2\x80",	       "\xdf\xbf",
					   "\xe0\xa0\x80",    "\xed\x9f\xbf",	  "\xee\x80\x80",      "\xef\xbf\xbf",
					   "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xe6\x97\xa5x\xc3\xa4"};
	static const char *const bad[] = {
		"\x80",		"\xc0\x80",	"\xc1\xbf",	    "\xc2",		"\xc2x",
		"\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80",	    "\xed\xbf\xbf",	"\xe2\x82",
		"\xe2\x28\xa1", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe",
		"\xff",		"a\xf0\x90\x80", "\xf5\x80\x80\x80",
	};
	char again[4];
	size_t len;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(str_utf8(str_of(good[i])));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(str_utf8(str_of(bad[i])));
	for (int32_t c = 0; c <= 0x10ffff; c++) {
		size_t n;

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		n = utf8_encode(again, c);
		assert_int_equal(utf8_decode(again, n, &len), c);
		assert_int_equal(len, n);
		if (n > 1)
			assert_int_equal(utf8_decode(again, n - 1, &len), -1);
	}
	assert_int_equal(utf8_width('a'), 1);
	assert_int_equal(utf8_width(0x65e5), 2);
	assert_int_equal(utf8_width(0x301), 0);
}

static void distances(void **state)
{
	char longer[200];

	(void)state;
	assert_int_equal(str_distance(STR("CidrBlok"), STR("CidrBlock"), 5), 1);
	assert_int_equal(str_distance(STR("CidrBolck"), STR("CidrBlock"), 5), 1);
	assert_int_equal(str_distance(STR(""), STR("abc"), 5), 3);
	assert_int_equal(str_distance(STR("abc"), STR(""), 2), 3);
	assert_int_equal(str_distance(STR("kitten"), STR("sitting"), 5), 3);
	assert_int_equal(str_distance(STR("kitten"), STR("sitting"), 2), 3);
	assert_int_equal(str_distance(STR("abcdef"), STR("ghijkl"), 3), 4);
	assert_int_equal(str_distance(STR("ca"), STR("abc"), 9), 3);
	assert_int_equal(str_distance(STR("ab"), STR("ba"), 1), 1);
	memset(longer, 'x', sizeof longer);
	assert_int_equal(str_distance((struct str){longer, 200}, (struct str){longer, 199}, 9), 10);
	assert_int_equal(str_distance((struct str){longer, 200}, (struct str){longer, 200}, 9), 0);
	assert_int_equal(str_distance((struct str){longer, 127}, (struct str){longer, 126}, 9), 1);
}

static void buffer_has_a_maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_cstr(&b, "12345");
	buf_str(&b, STR("67890"));
	assert_false(b.overflow);
	assert_str(buf_get(&b), "1234567890");
	buf_add(&b, "", 0);
	assert_false(b.overflow);
	buf_char(&b, 'x');
	assert_true(b.overflow);
	buf_fmt(&b, "%d", 1);
	assert_str(buf_get(&b), "1234567890");
	assert_true(b.cap <= 11);
	buf_clear(&b);
	assert_false(b.overflow);
	buf_fmt(&b, "%300d", 1);
	assert_true(b.overflow);
	assert_str(buf_get(&b), "");
	buf_free(&b);
	buf_init(&b, 0);
	buf_char(&b, 'x');
	assert_true(b.overflow);
	buf_free(&b);
	buf_init(&b, SIZE_MAX);
	buf_add(&b, "x", 1);
	buf_pad(&b, 'y', SIZE_MAX - 1);
	assert_true(b.overflow);
	buf_free(&b);
}

static void buffer_is_taken(void **state)
{
	struct buf b;
	struct str s;

	(void)state;
	buf_init(&b, 1000);
	b.secret = true;
	for (int i = 0; i < 100; i++)
		buf_char(&b, (char)('0' + i % 10));
	s = buf_take(&b, &arena);
	assert_int_equal(s.n, 100);
	assert_int_equal(strlen(s.p), 100);
	assert_null(b.p);
	buf_cstr(&b, "again");
	assert_str(buf_get(&b), "again");
	buf_free(&b);
	s = buf_take(&b, &arena);
	assert_string_equal(s.p, "");
}

static void hostile_text_is_visible(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	buf_visible(&b, STR("a\033[31m\x7f\nb\t\xff\xc2\x9b\xe2\x80\xae\xc3\xa4"), false);
	assert_str(buf_get(&b), "a\\x1b[31m\\x7f b \\xff\\u009b\\u202e\xc3\xa4");
	buf_clear(&b);
	buf_visible(&b, STR("a\n\tb\r"), true);
	assert_str(buf_get(&b), "a\n\tb ");
	buf_visible(&b, STR_NONE, true);
	buf_free(&b);
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
		cmocka_unit_test(compares),		cmocka_unit_test(finds_and_cuts),
		cmocka_unit_test(integers),		cmocka_unit_test(durations),
		cmocka_unit_test(utf8),			cmocka_unit_test(distances),
		cmocka_unit_test(buffer_has_a_maximum), cmocka_unit_test(buffer_is_taken),
		cmocka_unit_test(hostile_text_is_visible),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
