/* Errors: the printed form to the letter, sorting, suggestions, and what hostile text cannot do. */
#include "tests/unit/check.h"

#include "base/log.h"

static struct arena arena;

struct fixture {
	struct sources sources;
	struct errs errs;
};

static void setup(struct fixture *f, struct str text)
{
	*f = (struct fixture){.errs = {.arena = &arena}};
	f->errs.sources = &f->sources;
	assert_int_equal(sources_add(&f->sources, &arena, STR("stack.yaml"), text), 0);
}

static struct pos at(uint32_t line, uint16_t col)
{
	return (struct pos){.line = line, .col = col};
}

static struct str printed(struct fixture *f, bool colour)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	errs_print(&f->errs, &b, colour);
	return buf_take(&b, &arena);
}

static const char subnet[] = "Resources:\n  A:\n    Properties:\n        CidrBlok: 10.0.0.0/24\n        \"a: b\": [x, yz]\n";

static void as_documented(void **state)
{
	struct fixture f;
	struct err *e;

	(void)state;
	setup(&f, str_of(subnet));
	e = err_at(&f.errs, at(4, 9), "AWS::EC2::Subnet has no property '%s' (did you mean 'CidrBlock'?)", "CidrBlok");
	err_help(&f.errs, e, "`drplan schema %s` lists them\nall", "AWS::EC2::Subnet");
	assert_str(printed(&f, false),
		   "stack.yaml:4:9: error: AWS::EC2::Subnet has no property 'CidrBlok' (did you mean 'CidrBlock'?)\n"
		   "    4 |         CidrBlok: 10.0.0.0/24\n"
		   "      |         ^~~~~~~~\n"
		   "  help: `drplan schema AWS::EC2::Subnet` lists them\n"
		   "        all\n");
	assert_int_equal(f.errs.errors, 1);
}

static void underlines_tokens(void **state)
{
	static const struct {
		uint16_t col;
		uint32_t width;
		const char *caret;
	} rows[] = {
		{9, 0, "        ^~~~~~\n"}, {17, 0, "                ^\n"}, {18, 0, "                 ^\n"},
		{21, 0, "                    ^~\n"}, {21, 1, "                    ^\n"},
		{9, 99, "        ^~~~~~~~~~~~~~~\n"}, {24, 0, "                       ^\n"},
		{99, 0, "                       ^\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct str out;

		setup(&f, str_of(subnet));
		err_at(&f.errs, at(5, rows[i].col), "x")->width = rows[i].width;
		out = printed(&f, false);
		assert_str(str_sub(out, (size_t)str_find(out, STR("      | "), 0) + 8, out.n), rows[i].caret);
	}
}

static void related_place(void **state)
{
	struct fixture f;
	struct err *e;

	(void)state;
	setup(&f, STR("A: 1\nA: 2\n"));
	e = err_at(&f.errs, at(2, 1), "key 'A' is there twice");
	e->related = at(1, 1);
	e->related_note = STR("first written here");
	assert_str(printed(&f, false), "stack.yaml:2:1: error: key 'A' is there twice\n"
				       "    2 | A: 2\n"
				       "      | ^\n"
				       "stack.yaml:1:1: note: first written here\n"
				       "    1 | A: 1\n"
				       "      | ^\n");
}

static void remote_errors(void **state)
{
	struct fixture f;
	struct err *e;

	(void)state;
	setup(&f, STR("A: 1\n"));
	e = err_add(&f.errs, ERR_REMOTE, (struct pos){0}, "the range is taken");
	e->address = STR("WebSubnet");
	e->operation = STR("ec2:CreateSubnet");
	e->code = STR("InvalidSubnet.Range");
	e->request_id = STR("1234");
	err_add(&f.errs, ERR_SYSTEM, (struct pos){0}, "no space left");
	err_warn(&f.errs, at(1, 1), "odd");
	assert_str(printed(&f, false),
		   "stack.yaml:1:1: warning: odd\n"
		   "    1 | A: 1\n"
		   "      | ^\n"
		   "error: WebSubnet: the range is taken (ec2:CreateSubnet InvalidSubnet.Range, request 1234)\n"
		   "error: no space left\n");
	assert_int_equal(f.errs.errors, 2);
}

static void colours_only_when_asked(void **state)
{
	struct fixture f;
	struct str out;

	(void)state;
	setup(&f, STR("A: 1\n"));
	err_at(&f.errs, at(1, 1), "x");
	assert_int_equal(str_chr(printed(&f, false), '\033', 0), -1);
	out = printed(&f, true);
	assert_true(str_find(out, STR("\033[1;31merror:\033[0m"), 0) > 0);
	assert_true(str_ends(out, STR("\033[0m\n")));
}

static void places_that_do_not_exist(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, STR("A: 1\n"));
	err_at(&f.errs, at(7, 3), "beyond the end");
	err_at(&f.errs, (struct pos){.line = 3, .col = 1, .file = 9}, "no such file");
	err_at(&f.errs, at(1, UINT16_MAX), "far right");
	assert_str(printed(&f, false), "stack.yaml:1:65535: error: far right\n"
				       "stack.yaml:7:3: error: beyond the end\n"
				       "line:3:1: error: no such file\n");
	f.errs = (struct errs){.arena = &arena};
	err_at(&f.errs, at(1, 1), "x");
	assert_str(printed(&f, false), "line:1:1: error: x\n");
}

static void tabs_and_wide_characters(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, STR("\xef\xbb\xbf\t\xe6\x97\xa5\xe6\x9c\xac: \xc3\xa4\xcc\x88 x\r\nb: 1\r\n"));
	err_at(&f.errs, at(1, 9), "x");
	err_at(&f.errs, at(1, 2), "cjk");
	err_at(&f.errs, at(2, 4), "one");
	assert_str(printed(&f, false), "stack.yaml:1:2: error: cjk\n"
				       "    1 | \t\xe6\x97\xa5\xe6\x9c\xac: \xc3\xa4\xcc\x88 x\n"
				       "      | \t^~~~\n"
				       "stack.yaml:1:9: error: x\n"
				       "    1 | \t\xe6\x97\xa5\xe6\x9c\xac: \xc3\xa4\xcc\x88 x\n"
				       "      | \t        ^\n"
				       "stack.yaml:2:4: error: one\n"
				       "    2 | b: 1\n"
				       "      |    ^\n");
}

static void long_lines_are_clipped(void **state)
{
	struct fixture f;
	struct buf text;
	struct str out, line, caret;

	(void)state;
	buf_init(&text, 1 << 20);
	for (int i = 0; i < 1000; i++)
		buf_fmt(&text, "%04d ", i);
	setup(&f, buf_get(&text));
	err_at(&f.errs, at(1, 2501), "here");
	out = printed(&f, false);
	str_cut(&out, '\n', &line);
	str_cut(&out, '\n', &line);
	assert_true(str_starts(line, STR("    1 | ...")));
	assert_true(str_ends(line, STR("...")));
	assert_true(line.n < 180);
	str_cut(&out, '\n', &caret);
	/* The caret stands under the word that begins at that column. */
	assert_int_equal(str_chr(caret, '^', 0), str_find(line, STR("0500"), 0));
	assert_str(str_sub(caret, (size_t)str_chr(caret, '^', 0), caret.n), "^~~~");
	buf_free(&text);
}

static void hostile_text(void **state)
{
	struct fixture f;
	struct err *e;

	(void)state;
	setup(&f, STR("a\033[2J: \xe2\x80\xae\xff z\n"));
	e = err_at(&f.errs, at(1, 10), "bad\033]0;title\007\nerror: forged");
	e->address = STR("x\r\x1b[A");
	assert_str(printed(&f, false), "stack.yaml:1:10: error: x \\x1b[A: bad\\x1b]0;title\\x07 error: forged\n"
				       "    1 | a\\x1b[2J: \\u202e\\xff z\n"
				       "      |                     ^\n");
}

static void secrets_do_not_show(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, STR("Password: hunter2-hunter2\n"));
	log_secret(STR("hunter2-hunter2"));
	err_at(&f.errs, at(1, 11), "'hunter2-hunter2' is too short");
	assert_str(printed(&f, false), "stack.yaml:1:11: error: '(secret)' is too short\n");
	log_reset();
}

static void sorted_once(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, STR(""));
	sources_add(&f.sources, &arena, STR("b.yaml"), STR_NONE);
	err_add(&f.errs, ERR_SYSTEM, (struct pos){0}, "last");
	err_at(&f.errs, (struct pos){.line = 1, .col = 1, .file = 1}, "other file");
	err_at(&f.errs, at(2, 1), "z");
	err_at(&f.errs, at(2, 1), "a");
	err_at(&f.errs, at(1, 5), "col 5");
	err_at(&f.errs, at(2, 1), "z");
	err_warn(&f.errs, at(2, 1), "z");
	err_at(&f.errs, at(1, 4), "col 4");
	assert_str(printed(&f, false), "stack.yaml:1:4: error: col 4\nstack.yaml:1:5: error: col 5\n"
				       "stack.yaml:2:1: error: z\nstack.yaml:2:1: error: a\n"
				       "stack.yaml:2:1: warning: z\nb.yaml:1:1: error: other file\nerror: last\n");
	assert_int_equal(f.errs.n, 7);
	assert_int_equal(f.errs.errors, 6);
}

/* A scan from the top for every error would take minutes. */
static void many_errors(void **state)
{
	struct fixture f;
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 24);
	for (int i = 0; i < 20000; i++)
		buf_cstr(&text, "        key: a value of some length\n");
	setup(&f, buf_get(&text));
	for (uint32_t i = 20000; i; i--)
		err_at(&f.errs, at(i, 9), "x");
	buf_free(&text);
	buf_init(&text, 1 << 24);
	/* One more line of a megabyte, and errors along it. */
	buf_pad(&text, 'x', 1 << 20);
	sources_add(&f.sources, &arena, STR("one-line.json"), buf_take(&text, &arena));
	for (uint16_t i = 1; i < 1000; i++)
		err_at(&f.errs, (struct pos){.line = 1, .col = i, .file = 1}, "x");
	f.sources.items[0].text = STR_NONE;
	buf_init(&text, 1 << 26);
	errs_print(&f.errs, &text, false);
	assert_false(text.overflow);
	buf_free(&text);
}

static void too_many_files(void **state)
{
	struct sources s = {0};
	uint16_t last = 0;

	(void)state;
	for (int i = 0; i < 70000; i++)
		last = sources_add(&s, &arena, STR("x"), STR("y"));
	assert_int_equal(last, UINT16_MAX - 1);
	assert_int_equal(s.n, UINT16_MAX);
	assert_int_equal(s.items[last].text.n, 0);
}

static void suggestions(void **state)
{
	static const struct str names[] = {STR_INIT("CidrBlock"), STR_INIT("VpcId"), STR_INIT("vpcid2"),
					   STR_INIT("Tags"), STR_INIT("")};
	static const struct {
		const char *got, *want;
	} rows[] = {
		{"CidrBlok", "CidrBlock"}, {"cidrblock", "CidrBlock"}, {"CIDRBLOCK", "CidrBlock"},
		{"VPCID", "VpcId"},	   {"vpcid", "VpcId"},	       {"Tag", "Tags"},
		{"Tgas", "Tags"},	   {"Xy", NULL},	       {"CidrBlocksAndMore", NULL},
		{"", NULL},
	};
	char longer[300];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str got = err_suggest(&arena, str_of(rows[i].got), names, COUNT(names));

		assert_str(got, rows[i].want ? str_fmt(&arena, " (did you mean '%s'?)", rows[i].want).p : "");
	}
	memset(longer, 'x', sizeof longer);
	assert_str(err_suggest(&arena, (struct str){longer, sizeof longer}, names, COUNT(names)), "");
	assert_str(err_suggest(&arena, STR("x"), NULL, 0), "");
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
		cmocka_unit_test(as_documented),	   cmocka_unit_test(underlines_tokens),
		cmocka_unit_test(related_place),	   cmocka_unit_test(remote_errors),
		cmocka_unit_test(colours_only_when_asked), cmocka_unit_test(places_that_do_not_exist),
		cmocka_unit_test(tabs_and_wide_characters), cmocka_unit_test(long_lines_are_clipped),
		cmocka_unit_test(hostile_text),		   cmocka_unit_test(secrets_do_not_show),
		cmocka_unit_test(sorted_once),		   cmocka_unit_test(many_errors),
		cmocka_unit_test(too_many_files),	   cmocka_unit_test(suggestions),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
