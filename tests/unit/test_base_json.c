/* JSON: the cases of the public JSONTestSuite (nst/JSONTestSuite) by their names, positions and messages of errors,
 * the writer, and large documents in linear time. */
#include "tests/unit/check.h"

#include "base/json.h"

static struct arena arena;

struct json_case {
	const char *name;	/* y_: must be read; n_: must be refused; i_: ours to decide */
	struct str text;
	bool i_reads;		/* what we decided for an i_ case */
};

#define C(name, text) {name, STR_INIT(text), false}
#define READS(name, text) {name, STR_INIT(text), true}

static const struct json_case cases[] = {
#include "tests/unit/data/json_cases.inc"
};

/* Reads, and holds what must hold afterwards: either a value and no error, or one error with a position. */
static struct value *read(struct str text, struct errs *errs)
{
	struct value *v;

	*errs = (struct errs){.arena = &arena};
	v = json_read(&arena, text, 0, errs);
	assert_int_equal(errs->n, v ? 0 : 1);
	if (!v) {
		assert_true(errs->items[0].pos.line >= 1);
		assert_true(errs->items[0].pos.col >= 1);
	}
	return v;
}

static struct value *must_read(const char *text)
{
	struct errs errs;
	struct value *v = read(str_of(text), &errs);

	assert_non_null(v);
	return v;
}

static struct str written(const struct value *v, unsigned flags)
{
	struct buf b;

	buf_init(&b, SIZE_MAX / 4);
	json_write(&b, v, flags);
	return buf_take(&b, &arena);
}

static void suite(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct json_case *c = &cases[i];
		struct errs errs;
		struct value *v = read(c->text, &errs);
		bool reads = c->name[0] == 'y' || (c->name[0] == 'i' && c->i_reads);

		if (!v != !reads) {
			print_error("%s was %s\n", c->name, v ? "read" : "refused");
			wrong++;
		}
		if (v) {
			struct value *again = read(written(v, 0), &errs);

			assert_non_null(again);
			assert_true(value_equal(v, again));
		}
	}
	assert_int_equal(wrong, 0);
	assert_true(COUNT(cases) >= 280);
}

static void suite_by_construction(void **state)
{
	const size_t n = 100000;
	char *text = arena_alloc(&arena, 5 * n);
	struct errs errs;

	(void)state;
	memset(text, '[', n);				/* n_structure_100000_opening_arrays */
	assert_null(read((struct str){text, n}, &errs));
	assert_int_equal(errs.items[0].pos.col, JSON_DEPTH + 1);
	memset(text + JSON_DEPTH, ']', JSON_DEPTH);
	assert_non_null(read((struct str){text, 2 * (size_t)JSON_DEPTH}, &errs));
	memset(text, '[', 500);				/* i_structure_500_nested_arrays: deeper than our limit */
	memset(text + 500, ']', 500);
	assert_null(read((struct str){text, 1000}, &errs));
	for (size_t i = 0; i < n; i++)			/* n_structure_open_array_object */
		memcpy(text + 5 * i, "[{\"\":", 5);
	assert_null(read((struct str){text, 5 * n}, &errs));
}

static void meanings(void **state)
{
	struct value *v = must_read("{\"s\":\"\\u0041\\n\\uD834\\uDD1E\\u0000\\/\",\"n\":-1.50E+2,\"t\":true,\"l\":[null,{}]}");
	struct str s = value_text(value_getc(v, "s"));

	(void)state;
	assert_int_equal(s.n, 8);
	assert_memory_equal(s.p, "A\n\xf0\x9d\x84\x9e\0/", 8);
	assert_str(value_text(value_getc(v, "n")), "-1.50E+2");
	assert_true(value_getc(v, "t")->boolean);
	assert_int_equal(value_path(v, STR("l[0]"))->kind, V_NULL);
	assert_int_equal(value_path(v, STR("l[1]"))->kind, V_MAP);
}

static void positions(void **state)
{
	struct value *v = must_read("\xef\xbb\xbf{\r\n  \"\xc3\xa4\xc3\xb6\": [1,\n\t2], \r \"b\" : null}");
	struct member *b = value_member(v, STR("b"));
	struct value *list = value_getc(v, "\xc3\xa4\xc3\xb6");

	(void)state;
	assert_int_equal(v->pos.line, 1);
	assert_int_equal(v->pos.col, 1);
	assert_int_equal(list->pos.line, 2);
	assert_int_equal(list->pos.col, 9);
	assert_int_equal(value_at(list, 1)->pos.line, 3);
	assert_int_equal(value_at(list, 1)->pos.col, 2);
	assert_int_equal(b->pos.line, 4);
	assert_int_equal(b->pos.col, 2);
	assert_int_equal(b->value->pos.col, 8);
}

static void messages(void **state)
{
	static const struct {
		const char *text;
		uint32_t line, col;
		const char *message;
	} rows[] = {
		{"", 1, 1, "there is no JSON value in this text"},
		{" \n", 2, 1, "there is no JSON value in this text"},
		{"{\"a\": 1\n \"b\": 2}", 1, 8, "expected ',' or '}' after this value"},
		{"[1\n2]", 1, 3, "expected ',' or ']' after this value"},
		{"[1 : 2]", 1, 3, "expected ',' or ']' after this value"},
		{"{\"a\" 1}", 1, 5, "expected ':' after this key"},
		{"{\"a\":1,}", 1, 8, "expected another key after ',', found '}'"},
		{"[1,\n]", 2, 1, "expected another item after ',', found ']'"},
		{"{a: 1}", 1, 2, "expected a key in double quotes"},
		{"{'a': 1}", 1, 2, "expected a key in double quotes"},
		{"[yes]", 1, 2, "expected a value; text needs double quotes in JSON"},
		{"['a']", 1, 2, "expected a value"},
		{"[,1]", 1, 2, "expected a value"},
		{"[01]", 1, 2, "this is not a number in JSON's spelling"},
		{"[1.]", 1, 2, "this is not a number in JSON's spelling"},
		{"{\"a\":", 1, 6, "the text ends where a value should be"},
		{"{\"a\":[1,", 1, 9, "the text ends where a value should be"},
		{"{\n\"a\":[1", 2, 7, "the text ends before the closing ']'"},
		{"{\"a\":1", 1, 7, "the text ends before the closing '}'"},
		{"[\"a\nb\"]", 1, 2, "this string has no closing '\"' on its line"},
		{"[\"a", 1, 2, "this string has no closing '\"'"},
		{"[\"a\tb\"]", 1, 4, "a control character must be escaped in a string"},
		{"[\"\\x41\"]", 1, 3, "there is no such escape in JSON (a backslash itself is written \\\\)"},
		{"[\"\\u00g0\"]", 1, 3, "expected four hexadecimal digits after \\u"},
		{"[\"\\ud800\"]", 1, 3, "half of a surrogate pair is no character"},
		{"[\"\xff\"]", 1, 3, "this is not valid UTF-8"},
		{"{} x", 1, 4, "unexpected text behind the end of the document"},
		{"// x\n{}", 1, 1, "expected a value"},
		{"{\"a\":1,\n \"a\":2}", 2, 2, "key 'a' is there twice"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct errs errs;

		assert_null(read(str_of(rows[i].text), &errs));
		assert_str(errs.items[0].message, rows[i].message);
		assert_int_equal(errs.items[0].pos.line, rows[i].line);
		assert_int_equal(errs.items[0].pos.col, rows[i].col);
	}
}

static void duplicates(void **state)
{
	struct errs errs;
	struct value *v;

	(void)state;
	assert_null(read(STR("{\"x\":1,\n \"y\":2,\n  \"\\u0078\":3}"), &errs));
	assert_int_equal(errs.items[0].pos.line, 3);
	assert_int_equal(errs.items[0].pos.col, 3);
	assert_int_equal(errs.items[0].related.line, 1);
	assert_int_equal(errs.items[0].related.col, 2);
	v = json_read_lax(&arena, STR("{\"x\":1,\"x\":2}"), 0, &errs);
	assert_str(value_text(value_getc(v, "x")), "2");
	assert_int_equal(value_count(v), 1);
	errs = (struct errs){.arena = &arena};
	assert_null(json_read_lax(&arena, STR("{\"x\":1,}"), 0, &errs));
}

static void writer(void **state)
{
	struct value *v = must_read("{\"b\":[1.0,true,{}],\"a\":{\"z\":[],\"y\":\"\\u0001\\u007f\\\"\\\\\\b\\f\\n\\r\\t/\xc3\xa4\"}}");
	struct value *plain = value_list(&arena, (struct pos){0});
	static const char *const words[] = {"true",   "True", "yes", "null",	   "~",	 "80", "1e3",
					    "012345", "1.0",  "",    "2012-10-17", "NaN"};

	(void)state;
	assert_str(written(v, 0), "{\"b\":[1.0,true,{}],\"a\":{\"z\":[],"
				  "\"y\":\"\\u0001\\u007f\\\"\\\\\\b\\f\\n\\r\\t/\xc3\xa4\"}}");
	assert_str(written(v, JSON_SORTED | JSON_PRETTY),
		   "{\n  \"a\": {\n    \"y\": \"\\u0001\\u007f\\\"\\\\\\b\\f\\n\\r\\t/\xc3\xa4\",\n    \"z\": []\n  },\n"
		   "  \"b\": [\n    1.0,\n    true,\n    {}\n  ]\n}");
	for (size_t i = 0; i < COUNT(words); i++) {
		value_append(&arena, plain, value_string(&arena, (struct pos){0}, str_of(words[i])));
		value_at(plain, i)->flags |= VALUE_PLAIN;
	}
	assert_str(written(plain, 0), "[\"true\",\"True\",\"yes\",\"null\",\"~\",\"80\",\"1e3\",\"012345\",\"1.0\",\"\","
				      "\"2012-10-17\",\"NaN\"]");
	assert_str(written(plain, JSON_TYPED), "[true,true,\"yes\",null,null,80,1e3,\"012345\",1.0,\"\","
					       "\"2012-10-17\",\"NaN\"]");
	assert_str(written(value_expr(&arena, (struct pos){0}, 1), 0), "null");
	assert_str(written(NULL, 0), "null");
	assert_str(written(value_number(&arena, (struct pos){0}, STR("1,\"x\":2")), 0), "\"1,\\\"x\\\":2\"");
	assert_str(written(value_string(&arena, (struct pos){0}, STR("a\xff")), 0), "\"a\\ufffd\"");
}

static void writer_hides_secrets(void **state)
{
	struct value *v = must_read("{\"a\":\"hunter2\",\"b\":[1]}");

	(void)state;
	value_getc(v, "a")->flags |= VALUE_SECRET;
	value_getc(v, "b")->flags |= VALUE_SECRET;
	assert_str(written(v, 0), "{\"a\":\"(secret)\",\"b\":\"(secret)\"}");
	assert_str(written(v, JSON_SECRETS), "{\"a\":\"hunter2\",\"b\":[1]}");
}

/* Quadratic readers need minutes for this. */
static void large_documents(void **state)
{
	const int n = 200000;
	struct errs errs;
	struct value *v;
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX / 4);
	buf_char(&b, '{');
	for (int i = 0; i < n; i++)
		buf_fmt(&b, "%s\"key%d\":[%d]", i ? "," : "", i, i);
	buf_char(&b, '}');
	v = read(buf_get(&b), &errs);
	assert_int_equal(value_count(v), n);
	assert_int_equal(value_member(v, STR("key199999"))->pos.col, UINT16_MAX);
	assert_true(str_eq(written(v, 0), buf_get(&b)));
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
		cmocka_unit_test(suite),      cmocka_unit_test(suite_by_construction),
		cmocka_unit_test(meanings),   cmocka_unit_test(positions),
		cmocka_unit_test(messages),   cmocka_unit_test(duplicates),
		cmocka_unit_test(writer),     cmocka_unit_test(writer_hides_secrets),
		cmocka_unit_test(large_documents),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
