/* The option table: sorted, complete in the man page, and parsed in all spellings. */
#include "cmd/options.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;
static struct options opt;
static struct str message;

#define PARSE(bit, ...)                                                                                                \
	options_parse(&opt, &arena, bit, "plan", (int)(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)),              \
		      (char *[]){__VA_ARGS__}, &message)

static void rows_are_sorted(void **state)
{
	(void)state;
	for (size_t i = 0; i < OPT_COUNT; i++) {
		assert_non_null(option_rows[i].name);
		assert_non_null(option_rows[i].help);
		assert_true(option_rows[i].commands);
		assert_int_equal(option_rows[i].arg == NULL, option_rows[i].kind == OPTION_BOOL);
		if (i)
			assert_true(strcmp(option_rows[i - 1].name, option_rows[i].name) < 0);
	}
}

static void all_spellings_are_one(void **state)
{
	(void)state;
	assert_true(PARSE(IN_PLAN, "-out=p", "dir", "--json", "-target", "A", "--target=B", "-refresh=false"));
	assert_string_equal(option_text(&opt, OPT_OUT).p, "p");
	assert_true(option_on(&opt, OPT_JSON));
	assert_true(option_given(&opt, OPT_REFRESH) && !option_on(&opt, OPT_REFRESH));
	assert_true(option_on(&opt, OPT_INPUT));
	assert_int_equal(opt.n_args, 1);
	struct str *targets;
	assert_int_equal(option_each(&opt, &arena, OPT_TARGET, &targets), 2);
	assert_true(str_eqc(targets[0], "A") && str_eqc(targets[1], "B"));
	assert_true(PARSE(IN_PLAN, "-var", "a=b=c", "--", "-json"));
	assert_true(str_eqc(opt.items[0].text, "a=b=c"));
	assert_true(!option_on(&opt, OPT_JSON) && str_eqc(opt.args[0], "-json"));
	assert_true(PARSE(IN_PLAN, "-h"));
	assert_true(option_on(&opt, OPT_HELP));
}

static void numbers_are_checked(void **state)
{
	(void)state;
	assert_true(PARSE(IN_PLAN, "-parallelism=7", "-lock-timeout=3s"));
	assert_int_equal(option_number(&opt, OPT_PARALLELISM, 0), 7);
	assert_int_equal(option_number(&opt, OPT_LOCK_TIMEOUT, 0), 3000);
	assert_false(PARSE(IN_PLAN, "-parallelism=0"));
	assert_false(PARSE(IN_PLAN, "-parallelism=99999999999999999999"));
	assert_false(PARSE(IN_PLAN, "-lock-timeout=soon"));
}

static void mistakes_are_explained(void **state)
{
	(void)state;
	assert_false(PARSE(IN_PLAN, "-jsn"));
	assert_non_null(strstr(message.p, "did you mean 'json'"));
	assert_false(PARSE(IN_PLAN, "-auto-approve"));
	assert_false(PARSE(IN_PLAN, "-json=perhaps"));
	assert_false(PARSE(IN_PLAN, "-out"));
	assert_false(PARSE(IN_PLAN, "-out="));
	assert_false(PARSE(IN_PLAN, "-="));
	assert_false(PARSE(IN_PLAN, "--=x"));
}

static void man_page_has_every_option(void **state)
{
	static char page[1 << 16];
	FILE *f = fopen(TEST_DATA "/../../../docs/drplan.1", "r");

	(void)state;
	assert_non_null(f);
	size_t n = fread(page, 1, sizeof(page) - 1, f);
	fclose(f);
	page[n] = 0;
	for (size_t i = 0; i < OPT_COUNT; i++) {
		struct str name = str_of(option_rows[i].name);
		struct buf roff;

		buf_init(&roff, 256);
		buf_cstr(&roff, str_starts(option_spelling(&arena, (enum option_id)i, false), STR("--")) ? ".B \\-\\-" : ".B \\-");
		for (size_t k = 0; k < name.n; k++)
			buf_fmt(&roff, name.p[k] == '-' ? "\\%c" : "%c", name.p[k]);
		if (!strstr(page, roff.p))
			fail_msg("docs/drplan.1 does not have '%s'", roff.p);
		buf_free(&roff);
	}
}

static int clear(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sorted),
		cmocka_unit_test(all_spellings_are_one),
		cmocka_unit_test(numbers_are_checked),
		cmocka_unit_test(mistakes_are_explained),
		cmocka_unit_test(man_page_has_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, clear);
}
