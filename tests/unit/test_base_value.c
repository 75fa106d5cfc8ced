/* Values: maps with and without an index, equality and order, paths, flags. */
#include "tests/unit/check.h"

#include "base/decimal.h"
#include "base/json.h"

static struct arena arena;
static const struct pos nowhere;

static struct value *json(const char *text)
{
	struct errs errs = {.arena = &arena};
	struct value *v = json_read(&arena, str_of(text), 0, &errs);

	assert_non_null(v);
	return v;
}

static struct value *plain(const char *text)
{
	struct value *v = value_string(&arena, nowhere, str_of(text));

	v->flags |= VALUE_PLAIN;
	return v;
}

static struct value *quoted(const char *text)
{
	return value_string(&arena, nowhere, str_of(text));
}

static void check_json(const struct value *v, const char *want, const char *file, int line)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	json_write(&b, v, 0);
	check_str(buf_get(&b), want, file, line);
	buf_free(&b);
}

#define assert_json(v, want) check_json((v), (want), __FILE__, __LINE__)

static void large_map(void **state)
{
	struct value *map = value_map(&arena, nowhere);
	const uint32_t n = 10000;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		value_set(&arena, map, str_fmt(&arena, "key%u", i), nowhere, value_int(&arena, nowhere, i));
	assert_int_equal(value_count(map), n);
	for (uint32_t i = 0; i < n; i++) {
		struct str key = str_fmt(&arena, "key%u", i);
		int64_t got;

		assert_str(map->map.items[i].key, key.p);
		assert_true(value_as_int(value_get(map, key), &got) && got == i);
	}
	assert_null(value_getc(map, "key10000"));
	value_set(&arena, map, STR("key77"), nowhere, value_null(&arena, nowhere));
	assert_int_equal(value_count(map), n);
	assert_int_equal(value_getc(map, "key77")->kind, V_NULL);
	value_del(map, STR("key0"));
	assert_null(value_getc(map, "key0"));
	assert_str(map->map.items[0].key, "key1");
	value_set(&arena, map, STR("key0"), nowhere, value_null(&arena, nowhere));
	assert_str(map->map.items[n - 1].key, "key0");
	assert_non_null(value_getc(map, "key9999"));
}

/* Around the size at which the index appears and doubles. */
static void index_boundaries(void **state)
{
	struct value *map = value_map(&arena, nowhere);

	(void)state;
	for (uint32_t i = 0; i < 300; i++) {
		value_set(&arena, map, str_fmt(&arena, "%u", i), (struct pos){.line = i + 1}, map);
		for (uint32_t j = 0; j <= i; j++) {
			struct member *m = value_member(map, str_fmt(&arena, "%u", j));

			assert_non_null(m);
			assert_int_equal(m->pos.line, j + 1);
		}
		assert_null(value_member(map, str_fmt(&arena, "%u", i + 1)));
	}
	while (map->map.n) {
		struct str first = map->map.items[0].key;

		value_del(map, first);
		value_del(map, first);
		assert_null(value_get(map, first));
	}
}

static void access_is_total(void **state)
{
	struct value *list = json("[1]"), *text = quoted("x");
	int64_t n;
	bool b;

	(void)state;
	assert_null(value_get(NULL, STR("a")));
	assert_null(value_get(list, STR("a")));
	assert_null(value_at(NULL, 0));
	assert_null(value_at(text, 0));
	assert_null(value_at(list, 1));
	assert_int_equal(value_count(NULL), 0);
	assert_int_equal(value_count(text), 0);
	assert_str(value_text(NULL), "");
	assert_str(value_text(list), "");
	assert_str(value_text(json("true")), "true");
	assert_false(value_is_scalar(json("null")));
	assert_false(value_as_int(NULL, &n));
	assert_false(value_as_int(json("true"), &n));
	assert_false(value_as_int(json("1.5"), &n));
	assert_false(value_as_int(json("9223372036854775808"), &n));
	assert_true(value_as_int(json("1.50e1"), &n) && n == 15);
	assert_true(value_as_int(json("-9223372036854775808"), &n) && n == INT64_MIN);
	assert_true(value_as_int(quoted("80"), &n) && n == 80);
	assert_true(value_as_bool(quoted("YES"), &b) && b);
	assert_true(value_as_bool(plain("Off"), &b) && !b);
	assert_false(value_as_bool(json("1"), &b));
	assert_false(value_as_bool(quoted("y"), &b));
}

static void numbers_by_value(void **state)
{
	/* Ascending; those in a row are equal. */
	static const char *const rows[][4] = {
		{"-1e400", "-10e399"},		   {"-12345678901234567890.5"},
		{"-1", "-1.0", "-0.1e1"},	   {"-0.5"},
		{"0", "-0", "0.000", "0e99999"},   {"1e-400"},
		{"0.1", "1e-1", "0.10"},	   {"0.11"},
		{"1", "1.0", "1e0", "0.01E+2"},	   {"1.0000000000000000000001"},
		{"9", "9.0"},			   {"10", "1e1", "1.0e+1"},
		{"123456789012345678901234567890", "123456789012345678901234567890.000"},
		{"1e99999999999999999999999999"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t j = 0; j < COUNT(rows) * 4; j++) {
			const char *other = rows[j / 4][j % 4];
			struct decimal a, b;

			if (!other)
				continue;
			assert_true(decimal_parse(str_of(rows[i][0]), &a));
			assert_true(decimal_parse(str_of(other), &b));
			assert_int_equal(decimal_cmp(&a, &b), (i > j / 4) - (i < j / 4));
			assert_int_equal(value_equal(json(rows[i][0]), json(other)), i == j / 4);
		}
	}
}

static void decimals_are_strict(void **state)
{
	static const char *const bad[] = {"", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "1_0", "NaN", "--1", "1.e1"};
	struct decimal d;
	int64_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(decimal_parse(str_of(bad[i]), &d));
	assert_true(decimal_parse(STR("1.2345"), &d));
	assert_true(decimal_int(&d, 3, true, &n) && n == 1234);
	assert_false(decimal_int(&d, 3, false, &n));
	assert_true(decimal_int(&d, 4, false, &n) && n == 12345);
	assert_true(decimal_parse(STR("1e300"), &d));
	assert_false(decimal_int(&d, 0, false, &n));
	assert_true(decimal_parse(STR("0e300"), &d));
	assert_true(decimal_int(&d, 0, false, &n) && n == 0);
	assert_true(decimal_parse(STR("1e-999999999999999999999"), &d));
	assert_true(decimal_int(&d, 0, true, &n) && n == 0);
}

static void equality_of_scalars(void **state)
{
	(void)state;
	assert_true(value_equal(plain("80"), json("80")));
	assert_true(value_equal(json("80.0"), plain("80")));
	assert_true(value_equal(plain("80"), quoted("80")));
	assert_true(value_equal(quoted("80"), json("80")));
	assert_false(value_equal(quoted("80.0"), json("80")));
	assert_false(value_equal(plain("1.10"), plain("1.1")));
	assert_false(value_equal(quoted("1.10"), quoted("1.1")));
	assert_true(value_equal(plain("Yes"), json("true")));
	assert_true(value_equal(json("false"), plain("off")));
	assert_false(value_equal(quoted("yes"), json("true")));
	assert_false(value_equal(json("1"), json("true")));
	assert_false(value_equal(json("null"), quoted("")));
	assert_true(value_equal(NULL, NULL));
	assert_false(value_equal(NULL, json("null")));
}

static void equality_of_trees(void **state)
{
	struct value *x = value_expr(&arena, nowhere, 3), *y = value_expr(&arena, nowhere, 3);

	(void)state;
	assert_true(value_equal(json("{\"a\":[1,{\"b\":null}],\"c\":2}"), json("{\"c\":2.0,\"a\":[1,{\"b\":null}]}")));
	assert_false(value_equal(json("[1,2]"), json("[2,1]")));
	assert_false(value_equal(json("{\"a\":1}"), json("{\"a\":1,\"b\":2}")));
	assert_false(value_equal(json("{\"a\":1}"), json("{\"b\":1}")));
	assert_true(value_equal(json("{}"), json("{}")));
	assert_false(value_equal(json("{}"), json("[]")));
	value_append(&arena, x, quoted("a"));
	value_append(&arena, y, quoted("a"));
	assert_true(value_equal(x, y));
	assert_int_equal(value_compare(x, y), 0);
	y->fn = 4;
	assert_false(value_equal(x, y));
	assert_true(value_equal_set(json("[1,2,2,{\"a\":1}]"), json("[2,{\"a\":1},1,2.0]")));
	assert_false(value_equal_set(json("[1,2,2]"), json("[1,1,2]")));
	assert_false(value_equal_set(json("[1.10]"), json("[\"1.1\"]")));
	assert_true(value_equal_set(json("[]"), json("[]")));
	assert_true(value_equal_set(quoted("a"), plain("a")));
}

/* A total order: antisymmetric, transitive, and 0 for whatever is equal. */
static void order_is_total(void **state)
{
	struct value *v[] = {
		json("null"), json("true"),  json("false"), plain("yes"), quoted("no"),	 json("1"),
		json("1.0"),  quoted("1.0"), plain("1"),    quoted("a"),  json("-5e3"),	 quoted("10"),
		quoted(""),   json("[]"),    json("[1]"),   json("{}"),	  json("[1,2]"), json("{\"a\":1}"),
		quoted("9"),  plain("b"),    json("{\"a\":0,\"b\":1}"), json("{\"b\":1,\"a\":0.0}"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++) {
		for (size_t j = 0; j < COUNT(v); j++) {
			int c = value_compare(v[i], v[j]);

			assert_int_equal((c > 0) - (c < 0), -((value_compare(v[j], v[i]) > 0) -
							      (value_compare(v[j], v[i]) < 0)));
			if (value_equal(v[i], v[j]))
				assert_int_equal(c, 0);
			for (size_t k = 0; k < COUNT(v); k++) {
				if (c <= 0 && value_compare(v[j], v[k]) <= 0)
					assert_true(value_compare(v[i], v[k]) <= 0);
			}
		}
	}
}

static void big_sets_are_fast(void **state)
{
	struct value *x = value_list(&arena, nowhere), *y = value_list(&arena, nowhere);
	const int n = 20000;

	(void)state;
	for (int i = 0; i < n; i++) {
		value_append(&arena, x, value_int(&arena, nowhere, i / 2));
		value_append(&arena, y, value_string(&arena, nowhere, str_fmt(&arena, "%d", (n - 1 - i) / 2)));
	}
	assert_true(value_equal_set(x, y));
}

static void paths(void **state)
{
	struct value *v = json("{\"Tags\":[{\"Key\":\"a\"},{\"Key\":\"b\"}],\"a.b\":{\"it's\":[[1,2]]},\"\":7}");

	(void)state;
	assert_ptr_equal(value_path(v, STR("")), v);
	assert_json(value_path(v, STR("Tags[1].Key")), "\"b\"");
	assert_json(value_path(v, STR("['a.b']['it''s'][0][1]")), "2");
	assert_json(value_path(v, STR("['']")), "7");
	assert_json(value_path(v, STR("['Tags'][0]['Key']")), "\"a\"");
	assert_null(value_path(v, STR("Tags[2]")));
	assert_null(value_path(v, STR("Tags.Key")));
	assert_null(value_path(v, STR("Nothing.at.all")));
	assert_null(value_path(NULL, STR("a")));
}

static void bad_paths(void **state)
{
	static const char *const bad[] = {".",	  ".a",	 "a.",	   "a..b", "a[",      "a[]",	 "a[x]", "a[-1]",
					  "a]",	  "a'b", "['a'",   "['a]", "a['b'",   "[''']",	 "a[1]b", "a[99999999999]"};
	struct value *v = json("{\"a\":{\"b\":[[1]]}}");
	char deep[131];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_null(value_path(v, str_of(bad[i])));
		assert_null(value_with(&arena, v, str_of(bad[i]), v));
	}
	for (size_t i = 0; i < sizeof deep; i++)
		deep[i] = i % 2 ? '.' : 'a';
	assert_non_null(value_with(&arena, NULL, (struct str){deep, 127}, v));	/* 64 steps */
	assert_null(value_with(&arena, NULL, (struct str){deep, 129}, v));
}

static void with_leaves_the_rest(void **state)
{
	struct value *v = json("{\"a\":{\"b\":[1,2,3]},\"c\":null,\"d\":\"x\"}");
	struct value *seven = json("7");

	(void)state;
	assert_json(value_with(&arena, v, STR("a.b[1]"), seven), "{\"a\":{\"b\":[1,7,3]},\"c\":null,\"d\":\"x\"}");
	assert_json(value_with(&arena, v, STR("a.b[1]"), NULL), "{\"a\":{\"b\":[1,3]},\"c\":null,\"d\":\"x\"}");
	assert_json(value_with(&arena, v, STR("c.e.f"), seven),
		    "{\"a\":{\"b\":[1,2,3]},\"c\":{\"e\":{\"f\":7}},\"d\":\"x\"}");
	assert_json(value_with(&arena, v, STR("a"), NULL), "{\"c\":null,\"d\":\"x\"}");
	assert_json(value_with(&arena, v, STR("x.y"), NULL), "{\"a\":{\"b\":[1,2,3]},\"c\":null,\"d\":\"x\"}");
	assert_json(value_with(&arena, NULL, STR("x.y"), seven), "{\"x\":{\"y\":7}}");
	assert_ptr_equal(value_with(&arena, v, STR(""), seven), seven);
	assert_null(value_with(&arena, v, STR("d.e"), seven));
	assert_null(value_with(&arena, v, STR("a.b[3]"), seven));
	assert_null(value_with(&arena, v, STR("a[0]"), seven));
	assert_json(v, "{\"a\":{\"b\":[1,2,3]},\"c\":null,\"d\":\"x\"}");
}

static void built_paths_are_read(void **state)
{
	static const char *const keys[] = {"a", "a.b", "", "it's", "x[0]", "''", "]", "\xc3\xa4 b"};
	struct buf path;

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		for (size_t j = 0; j < COUNT(keys); j++) {
			struct value *v;

			buf_init(&path, 1000);
			path_key(&path, str_of(keys[i]));
			path_key(&path, str_of(keys[j]));
			v = value_with(&arena, NULL, buf_get(&path), json("[5]"));
			assert_non_null(v);
			path_index(&path, 0);
			assert_json(value_path(v, buf_get(&path)), "5");
			assert_non_null(value_getc(value_getc(v, keys[i]), keys[j]));
			buf_free(&path);
		}
	}
}

static void flags_and_copies(void **state)
{
	struct value *v = json("{\"a\":[\"x\",null,true],\"b\":{}}"), *copy, *marked;
	struct arena other = {0};

	(void)state;
	value_append(&arena, value_getc(v, "a"), value_expr(&arena, nowhere, 9));
	assert_true(value_has_expr(v));
	assert_false(value_has_secret(v));
	marked = value_mark_secret(&arena, v);
	assert_true(value_has_secret(marked));
	assert_false(value_has_secret(v));
	assert_true(value_has_secret(value_path(marked, STR("a[3]"))));
	assert_false(value_has_secret(value_path(marked, STR("a[1]"))));
	copy = value_copy(&other, marked);
	assert_true(value_equal(copy, v));
	assert_true(value_path(copy, STR("a[0]"))->flags & VALUE_SECRET);
	assert_int_equal(value_path(copy, STR("a[3]"))->fn, 9);
	assert_json(copy, "{\"a\":[\"(secret)\",null,\"(secret)\",\"(secret)\"],\"b\":{}}");
	arena_free(&other);
	assert_null(value_copy(&arena, NULL));
	assert_false(value_has_expr(NULL));
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
		cmocka_unit_test(large_map),	       cmocka_unit_test(index_boundaries),
		cmocka_unit_test(access_is_total),     cmocka_unit_test(numbers_by_value),
		cmocka_unit_test(decimals_are_strict), cmocka_unit_test(equality_of_scalars),
		cmocka_unit_test(equality_of_trees),   cmocka_unit_test(order_is_total),
		cmocka_unit_test(big_sets_are_fast),   cmocka_unit_test(paths),
		cmocka_unit_test(bad_paths),	       cmocka_unit_test(with_leaves_the_rest),
		cmocka_unit_test(built_paths_are_read), cmocka_unit_test(flags_and_copies),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
