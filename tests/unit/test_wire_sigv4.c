/* Signature Version 4: AWS's own example, session tokens, S3's rules. The whole suite runs in `make wire`. */
#include "tests/unit/check.h"

#include "providers/aws/sigv4.h"

static struct arena arena;

static const struct sigv4 example = {.id = STR_INIT("AKIDEXAMPLE"),
				     .secret = STR_INIT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
				     .region = STR_INIT("us-east-1"),
				     .service = STR_INIT("service"),
				     .now = 1440938160000};

static struct request request(const char *path, const char *query)
{
	return (struct request){.method = STR("GET"), .scheme = STR("https"), .host = STR("example.amazonaws.com"),
				.path = str_of(path), .query = str_of(query)};
}

static void the_published_example(void **state)
{
	struct request r = request("/", "");

	(void)state;
	sigv4_sign(&example, &r, &arena);
	assert_str(headers_get(&r.headers, STR("authorization")),
		   "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		   "SignedHeaders=host;x-amz-date, "
		   "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

static void query_is_sorted_by_encoded_bytes(void **state)
{
	struct request r = request("/", "b=2&a=1&a=0&B=x&empty&c=");
	struct str names, canonical = sigv4_canonical(&example, &r, &arena, &names);

	(void)state;
	assert_true(str_find(canonical, STR("\nB=x&a=0&a=1&b=2&c=&empty=\n"), 0) > 0);
}

static void a_token_is_signed_and_replaced(void **state)
{
	struct sigv4 s = example;
	struct request r = request("/", "");

	(void)state;
	s.token = STR("first");
	sigv4_sign(&s, &r, &arena);
	s.token = STR("second");
	sigv4_sign(&s, &r, &arena);
	assert_str(headers_get(&r.headers, STR("X-Amz-Security-Token")), "second");
	assert_int_equal(r.headers.n, 3);
	assert_true(str_find(headers_get(&r.headers, STR("Authorization")), STR("host;x-amz-date;x-amz-security-token"), 0) > 0);
	s.token = STR_NONE;
	sigv4_sign(&s, &r, &arena);
	assert_false(headers_has(&r.headers, STR("X-Amz-Security-Token")));
}

static void paths_are_encoded_twice_but_for_s3(void **state)
{
	struct sigv4 s = example;
	struct request r = request("/a%20b/../c//d.", "");
	struct str names;

	(void)state;
	assert_true(str_starts(sigv4_canonical(&s, &r, &arena, &names), STR("GET\n/c/d.\n")));
	r.path = STR("/a%20b");
	assert_true(str_starts(sigv4_canonical(&s, &r, &arena, &names), STR("GET\n/a%2520b\n")));
	s.s3 = true;
	r.path = STR("/a%20b/../c//d.");
	assert_true(str_starts(sigv4_canonical(&s, &r, &arena, &names), STR("GET\n/a%20b/../c//d.\n")));
}

static void s3_sends_the_body_hash(void **state)
{
	struct sigv4 s = example;
	struct request r = request("/", "");

	(void)state;
	s.s3 = true;
	sigv4_sign(&s, &r, &arena);
	assert_str(headers_get(&r.headers, STR("x-amz-content-sha256")),
		   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	r.unsigned_payload = true;
	sigv4_sign(&s, &r, &arena);
	assert_str(headers_get(&r.headers, STR("x-amz-content-sha256")), "UNSIGNED-PAYLOAD");
	r.scheme = STR("http");		/* in clear text the body must be signed */
	sigv4_sign(&s, &r, &arena);
	assert_true(str_starts(headers_get(&r.headers, STR("x-amz-content-sha256")), STR("e3b0c442")));
}

static void changeable_headers_are_left_out(void **state)
{
	struct request r = request("/", "");
	struct str names;

	(void)state;
	headers_add(&r.headers, &arena, STR("User-Agent"), STR("x"));
	headers_add(&r.headers, &arena, STR("Connection"), STR("close"));
	headers_add(&r.headers, &arena, STR("X-B"), STR("  two   words "));
	headers_add(&r.headers, &arena, STR("x-a"), STR("1"));
	headers_add(&r.headers, &arena, STR("X-A"), STR("2"));
	(void)sigv4_canonical(&example, &r, &arena, &names);
	assert_str(names, "host;x-a;x-b");
	assert_true(str_find(sigv4_canonical(&example, &r, &arena, &names), STR("x-a:1,2\nx-b:two words\n"), 0) > 0);
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
		cmocka_unit_test(the_published_example),
		cmocka_unit_test(query_is_sorted_by_encoded_bytes),
		cmocka_unit_test(a_token_is_signed_and_replaced),
		cmocka_unit_test(paths_are_encoded_twice_but_for_s3),
		cmocka_unit_test(s3_sends_the_body_hash),
		cmocka_unit_test(changeable_headers_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
