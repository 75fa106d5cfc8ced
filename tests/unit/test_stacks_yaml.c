/* YAML: what becomes of every kind of node, positions, and each refusal with its place. */
#include "tests/unit/check.h"

#include "base/json.h"
#include "stacks/yaml.h"

static struct arena arena;

/* The tree as JSON, or "line:col: message" of the first error. */
static struct str read(const char *text, unsigned flags)
{
	struct errs errs = {.arena = &arena};
	struct value *v = yaml_read(&arena, str_of(text), 0, flags, &errs);
	struct buf b;

	if (!v || errs.errors) {
		const struct err *e = &errs.items[0];

		assert_true(errs.errors > 0);
		return str_fmt(&arena, "%u:%u: %.*s", e->pos.line, e->pos.col, STR_ARG(e->message));
	}
	buf_init(&b, 1u << 20);
	json_write(&b, v, 0);
	return buf_take(&b, &arena);
}

struct row {
	const char *text, *want;
};

static void rows_check(const struct row *rows, size_t n, unsigned flags)
{
	for (size_t i = 0; i < n; i++) {
		assert_str(read(rows[i].text, flags), rows[i].want);
		arena_reset(&arena);
	}
}

static void test_scalars_keep_their_text(void **state)
{
	static const struct row rows[] = {
		{"a: 2012-10-17", "{\"a\":\"2012-10-17\"}"},
		{"a: 012345678901", "{\"a\":\"012345678901\"}"},
		{"a: 0x1F\nb: 1.0\nc: yes\nd: 12:30:45", "{\"a\":\"0x1F\",\"b\":\"1.0\",\"c\":\"yes\",\"d\":\"12:30:45\"}"},
		{"a: ~\nb:\nc: null\nd: 'null'", "{\"a\":null,\"b\":null,\"c\":null,\"d\":\"null\"}"},
		{"a: |\n  x\n  y\nb: >-\n  x\n  y", "{\"a\":\"x\\ny\\n\",\"b\":\"x y\"}"},
		{"a: \"\\u00e9\\n\"\nb: 'it''s'", "{\"a\":\"\xc3\xa9\\n\",\"b\":\"it's\"}"},
		{"a: !!str 1\nb: !!int 2\nc: !!null x", "{\"a\":\"1\",\"b\":\"2\",\"c\":null}"},
		{"\xef\xbb\xbf" "a: 1", "{\"a\":\"1\"}"},
		{"--- \na: 1\n...\n", "{\"a\":\"1\"}"},
	};

	(void)state;
	rows_check(rows, COUNT(rows), 0);
}

static void test_short_forms(void **state)
{
	static const struct row rows[] = {
		{"a: !Ref B", "{\"a\":{\"Ref\":\"B\"}}"},
		{"a: !Condition B", "{\"a\":{\"Condition\":\"B\"}}"},
		{"a: !Sub '${B}'", "{\"a\":{\"Fn::Sub\":\"${B}\"}}"},
		{"a: !GetAtt B.C", "{\"a\":{\"Fn::GetAtt\":\"B.C\"}}"},
		{"a: !Select [0, !GetAZs '']", "{\"a\":{\"Fn::Select\":[\"0\",{\"Fn::GetAZs\":\"\"}]}}"},
		{"a: !GetAZs", "{\"a\":{\"Fn::GetAZs\":\"\"}}"},
		{"a: !Join\n  - ','\n  - [x, y]", "{\"a\":{\"Fn::Join\":[\",\",[\"x\",\"y\"]]}}"},
		{"a:\n  Fn::Base64: !Sub |\n    x\n", "{\"a\":{\"Fn::Base64\":{\"Fn::Sub\":\"x\\n\"}}}"},
		{"a: !If [C, {x: !Ref D}, !Ref E]",
		 "{\"a\":{\"Fn::If\":[\"C\",{\"x\":{\"Ref\":\"D\"}},{\"Ref\":\"E\"}]}}"},
		{"a: !Reff B", "1:4: unknown tag '!Reff' (did you mean '!Ref'?)"},
		{"a: !Important", "1:4: unknown tag '!Important'"},
	};

	(void)state;
	rows_check(rows, COUNT(rows), YAML_FUNCTIONS);
	assert_str(read("a: !Ref B", 0), "1:4: unknown tag '!Ref'");
}

static void test_anchors_and_merges(void **state)
{
	static const struct row rows[] = {
		{"a: &x {k: 1}\nb: *x", "{\"a\":{\"k\":\"1\"},\"b\":{\"k\":\"1\"}}"},
		{"a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  l: 3", "{\"a\":{\"k\":\"1\",\"l\":\"2\"},\"b\":{\"l\":\"3\",\"k\":\"1\"}}"},
		{"a: &x {k: 1}\nb: &y {k: 2, m: 3}\nc:\n  <<: [*x, *y]",
		 "{\"a\":{\"k\":\"1\"},\"b\":{\"k\":\"2\",\"m\":\"3\"},\"c\":{\"k\":\"1\",\"m\":\"3\"}}"},
		{"a: {'<<': 1}", "{\"a\":{\"<<\":\"1\"}}"},
		{"&k a: 1\n*k : 2", "2:1: the key 'a' is given twice"},
		{"a: *x", "1:4: alias '*x' has no anchor before it"},
		{"a: &x [*x]", "1:8: alias '*x' has no anchor before it"},
		{"a: {<<: 1}", "1:9: '<<' merges a map or a list of maps"},
	};

	(void)state;
	rows_check(rows, COUNT(rows), 0);
}

static void test_refusals(void **state)
{
	static const struct row rows[] = {
		{"", "1:1: the file is empty"},
		{"# only\n", "1:1: the file is empty"},
		{"a: 1\nb: 2\na: 3", "3:1: the key 'a' is given twice"},
		{"a: 1\n---\nb: 2", "2:1: a second document begins here"},
		{"? [x]\n: 1", "1:3: a key must be a text, not a list"},
		{"{'': x}", "1:2: a key is missing before ':'"},
		{"a: !!binary aGk=", "1:4: the YAML tag '!!binary' is not supported"},
		{"a: 1\n\tb: 2", "2:1: not valid YAML: found a tab character that violates indentation "
		 "while scanning a plain scalar"},
		{"a:\n\tb: 2", "2:1: not valid YAML: found character that cannot start any token "
		 "while scanning for the next token"},
		{"a: [1, 2", "2:1: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence"},
		{"a: b: c", "1:5: not valid YAML: mapping values are not allowed in this context"},
		{"a: \xff", "1:4: not UTF-8 text"},
		{"a: x\x01y", "1:5: control character 0x01; YAML allows none"},
	};

	(void)state;
	rows_check(rows, COUNT(rows), 0);
}

static void test_positions(void **state)
{
	struct errs errs = {.arena = &arena};
	struct value *v = yaml_read(&arena, STR("a:\n  - \xc3\xa9: !Ref X\n    b: [1, two]\n"), 7, YAML_FUNCTIONS, &errs);
	const struct member *m;

	(void)state;
	assert_non_null(v);
	v = value_at(value_getc(v, "a"), 0);
	m = value_member(v, STR("\xc3\xa9"));
	assert_int_equal(m->pos.line, 2);
	assert_int_equal(m->pos.col, 5);
	assert_int_equal(m->pos.file, 7);
	assert_int_equal(m->value->pos.col, 8);
	assert_int_equal(value_getc(m->value, "Ref")->pos.col, 13);
	assert_int_equal(value_at(value_getc(v, "b"), 1)->pos.line, 3);
	assert_int_equal(value_at(value_getc(v, "b"), 1)->pos.col, 12);
	arena_reset(&arena);
}

static void test_limits(void **state)
{
	struct buf b;
	struct str got;

	(void)state;
	buf_init(&b, 1u << 20);
	buf_pad(&b, '[', YAML_DEPTH + 1);
	got = read(buf_get(&b).p, 0);
	assert_str(got, "1:101: nested deeper than 100 levels");
	buf_clear(&b);
	buf_cstr(&b, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 9; i++) {
		buf_fmt(&b, "a%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++)
			buf_fmt(&b, "%s*a%d", k ? ", " : "", i - 1);
		buf_cstr(&b, "]\n");
	}
	got = read(buf_get(&b).p, 0);
	assert_true(str_ends(got, STR("aliases expand to more than 200000 values")));
	buf_free(&b);
	arena_reset(&arena);
}

static void test_partial(void **state)
{
	struct errs errs = {.arena = &arena};
	struct value *v = yaml_read(&arena, STR("a: !Nope 1\nb: 1\nb: 2\nc: 3"), 0, YAML_FUNCTIONS | YAML_PARTIAL, &errs);

	(void)state;
	assert_int_equal(errs.errors, 2);
	assert_non_null(v);
	assert_int_equal(value_getc(v, "a")->kind, V_EXPR);
	assert_str(value_text(value_getc(v, "b")), "1");
	assert_str(value_text(value_getc(v, "c")), "3");
	arena_reset(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalars_keep_their_text), cmocka_unit_test(test_short_forms),
		cmocka_unit_test(test_anchors_and_merges), cmocka_unit_test(test_refusals), cmocka_unit_test(test_positions),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_partial),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
