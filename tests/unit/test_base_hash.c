/* Digests against published vectors, fingerprints of values, hex and base64, randomness. */
#include "tests/unit/check.h"

#include "base/hash.h"
#include "base/json.h"

#include <stdlib.h>
#include <unistd.h>

static struct arena arena;

static struct value *json(const char *text)
{
	struct errs errs = {.arena = &arena};
	struct value *v = json_read(&arena, str_of(text), 0, &errs);

	assert_non_null(v);
	return v;
}

static struct str hex(struct sha256 d)
{
	return sha256_hex(&arena, &d);
}

static void published_vectors(void **state)
{
	char key[131];

	(void)state;
	assert_str(hex(sha256_of(STR_NONE)), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_str(hex(sha256_of(STR("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	/* RFC 4231, cases 2 and 6 */
	assert_str(hex(hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"))),
		   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof key);
	assert_str(hex(hmac_sha256((struct str){key, sizeof key},
				   STR("Test Using Larger Than Block-Size Key - Hash Key First"))),
		   "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	assert_str(hex(hmac_sha256(STR_NONE, STR_NONE)),
		   "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	/* XXH3-128 of nothing */
	assert_str(fingerprint_hex(&arena, hash_bytes(STR_NONE)), "99aa06d3014798d86001c324468d497f");
}

static void fingerprints_of_values(void **state)
{
	struct fingerprint f = hash_value(json("{\"b\":[1,2],\"a\":null}")), back;
	struct value *secret = json("{\"p\":\"hunter2\"}"), *x, *y;

	(void)state;
	assert_true(fingerprint_eq(f, hash_value(json("{ \"a\": null, \"b\": [1, 2] }"))));
	assert_false(fingerprint_eq(f, hash_value(json("{\"b\":[2,1],\"a\":null}"))));
	assert_true(fingerprint_parse(fingerprint_hex(&arena, f), &back) && fingerprint_eq(f, back));
	value_getc(secret, "p")->flags |= VALUE_SECRET;
	assert_true(fingerprint_eq(hash_value(secret), hash_value(json("{\"p\":\"(secret)\"}"))));
	x = value_expr(&arena, (struct pos){0}, 1);
	y = value_expr(&arena, (struct pos){0}, 1);
	value_append(&arena, x, json("\"A\""));
	value_append(&arena, y, json("\"B\""));
	assert_false(fingerprint_eq(hash_value(x), hash_value(y)));
	assert_true(fingerprint_eq(hash_value(x), hash_value(value_copy(&arena, x))));
	assert_false(fingerprint_parse(STR("00"), &back));
	assert_false(fingerprint_parse(STR("0000000000000000000000000000000g"), &back));
	assert_false(fingerprint_parse(STR("0000000000000000000000000000000A"), &back));
}

static void base64(void **state)
{
	static const char *const rows[][2] = {{"", ""},		{"f", "Zg=="},	       {"fo", "Zm8="},
					      {"foo", "Zm9v"},	{"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
					      {"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfd", "//79"}};
	static const char *const bad[] = {"Z", "Zg", "Zg=", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm-_"};
	struct str out;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_str(base64_of(&arena, str_of(rows[i][0])), rows[i][1]);
		assert_true(base64_decode(&arena, str_of(rows[i][1]), &out));
		assert_str(out, rows[i][0]);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(base64_decode(&arena, str_of(bad[i]), &out));
	assert_str(hex_of(&arena, "\x00\xff\x1a", 3), "00ff1a");
}

static void files(void **state)
{
	char path[] = "/tmp/drplan-test-XXXXXX", block[1000];
	struct errs errs = {.arena = &arena};
	int fd = mkstemp(path);
	struct sha256 d, want;
	struct buf b;

	(void)state;
	assert_true(fd >= 0);
	buf_init(&b, 1 << 20);
	memset(block, 'x', sizeof block);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(write(fd, block, sizeof block), sizeof block);
		buf_add(&b, block, sizeof block);
	}
	close(fd);
	want = sha256_of(buf_get(&b));
	assert_true(sha256_file(path, &d, &errs));
	assert_memory_equal(&d, &want, sizeof d);
	unlink(path);
	assert_false(sha256_file(path, &d, &errs));
	assert_false(sha256_file("/", &d, &errs));
	assert_int_equal(errs.n, 2);
	assert_int_equal(errs.items[0].kind, ERR_SYSTEM);
	buf_free(&b);
}

static void randomness(void **state)
{
	struct str a = random_uuid(&arena), b = random_uuid(&arena), name = random_name(&arena, 500);
	bool seen[256] = {false};
	size_t distinct = 0;

	(void)state;
	assert_int_equal(a.n, 36);
	assert_false(str_eq(a, b));
	assert_int_equal(a.p[14], '4');
	assert_non_null(strchr("89ab", a.p[19]));
	for (size_t i = 0; i < name.n; i++) {
		assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", name.p[i]));
		distinct += !seen[(unsigned char)name.p[i]];
		seen[(unsigned char)name.p[i]] = true;
	}
	assert_true(distinct > 30);
	assert_true(hash_key(STR("a")) == hash_key(STR("a")));
	assert_true(hash_key(STR("a")) != hash_key(STR("b")));
	wipe((char *)name.p, name.n);
	assert_int_equal(name.p[0] | name.p[499], 0);
	wipe(NULL, 0);
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
		cmocka_unit_test(published_vectors), cmocka_unit_test(fingerprints_of_values),
		cmocka_unit_test(base64),	     cmocka_unit_test(files),
		cmocka_unit_test(randomness),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
