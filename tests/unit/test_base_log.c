/* Logging: what is written at which level, and that no spelling of a secret gets through. */
#include "tests/unit/check.h"

#include "base/hash.h"
#include "base/log.h"

#include <stdio.h>
#include <unistd.h>

static struct arena arena;

static struct str redacted(struct str text)
{
	struct buf b;

	buf_init(&b, 1 << 24);
	log_redact(&b, text);
	return buf_take(&b, &arena);
}

static void text_is_kept(void **state)
{
	(void)state;
	assert_str(redacted(STR("nothing to hide")), "nothing to hide");
	log_secret(STR("hunter2!"));
	assert_str(redacted(STR("nothing to hide")), "nothing to hide");
	assert_str(redacted(STR_NONE), "");
	assert_str(redacted(STR("h")), "h");
	assert_str(redacted(STR("hunter2")), "hunter2");
	log_reset();
}

static void every_spelling(void **state)
{
	const struct str secret = STR("p\xc3\xa4ss w\"rd&/+");

	(void)state;
	log_secret(secret);
	assert_str(redacted(STR("a p\xc3\xa4ss w\"rd&/+ b")), "a (secret) b");
	assert_str(redacted(STR("x=p%C3%A4ss%20w%22rd%26%2F%2B&")), "x=(secret)&");
	assert_str(redacted(STR("x=p%c3%a4ss+w%22rd%26%2f%2b&")), "x=(secret)&");
	assert_str(redacted(STR("{\"a\":\"p\xc3\xa4ss w\\\"rd&/+\"}")), "{\"a\":\"(secret)\"}");
	assert_true(log_has_secret(STR("....p\xc3\xa4ss w\"rd&/+")));
	log_reset();
	assert_false(log_has_secret(secret));
}

/* Wherever the secret stands in an encoded text, what is encoded of it alone is taken out. */
static void inside_base64(void **state)
{
	static const char *const before[] = {"", "u", "us", "use", "user", "user:"};
	static const char *const after[] = {"", "!", "!!", "!!!"};
	const struct str secret = STR("correct horse battery");

	(void)state;
	log_secret(secret);
	for (size_t i = 0; i < COUNT(before); i++) {
		for (size_t j = 0; j < COUNT(after); j++) {
			struct str plain = str_cat(&arena, str_cat(&arena, str_of(before[i]), secret), str_of(after[j]));
			struct str out = redacted(base64_of(&arena, plain));

			assert_true(str_find(out, STR("(secret)"), 0) >= 0);
			assert_true(out.n <= 8 + 16);
		}
	}
	log_reset();
}

static void several(void **state)
{
	(void)state;
	log_secret(STR("abcdef"));
	log_secret(STR("defghi"));
	log_secret(STR("abcdefgh"));
	log_secret(STR("abcdef"));
	assert_str(redacted(STR("abcdef defghi")), "(secret) (secret)");
	assert_str(redacted(STR("xabcdefgh.")), "x(secret).");
	/* Overlapping ones go together. */
	assert_str(redacted(STR("-abcdefghi-")), "-(secret)-");
	assert_str(redacted(STR("abcdefabcdef")), "(secret)(secret)");
	log_reset();
}

static void short_and_long(void **state)
{
	const struct str pem = STR("-----BEGIN KEY-----\nMIIEowIBAAKCAQEA1234\nshort\n-----END KEY-----\n");

	(void)state;
	log_secret(STR("abc"));
	assert_str(redacted(STR("abc")), "abc");
	log_secret(STR("abcd"));
	assert_str(redacted(STR("abcd")), "(secret)");
	log_secret(pem);
	assert_str(redacted(STR("key: MIIEowIBAAKCAQEA1234")), "key: (secret)");
	assert_str(redacted(pem), "(secret)");
	log_reset();
}

static void many_secrets_are_fast(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 24);
	for (int i = 0; i < 50; i++)
		log_secret(str_fmt(&arena, "%04x-secret-number-%d", i * 1000, i));
	while (text.n < 4 << 20)
		buf_fmt(&text, "%zx some text of an answer that is traced ", text.n);
	assert_int_equal(redacted(buf_get(&text)).n, text.n);
	buf_free(&text);
	log_reset();
}

static struct str logged(int fd)
{
	char p[4096];
	ssize_t n = read(fd, p, sizeof p);

	return str_dup(&arena, (struct str){p, n > 0 ? (size_t)n : 0});
}

static void lines(void **state)
{
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	log_init(LOG_CALLS, fd[1]);
	assert_true(log_wants(LOG_CALLS));
	assert_false(log_wants(LOG_TRACE));
	assert_false(log_wants(LOG_QUIET));
	log_secret(STR("hunter2!"));
	log_line(LOG_TRACE, "not this");
	log_line(LOG_CALLS, "%s %s \033[2J\n\tnext", "GET", "/?p=hunter2%21");
	assert_str(logged(fd[0]), "GET /?p=(secret) \\x1b[2J\n\tnext\n");
	log_init(LOG_QUIET, fd[1]);
	log_line(LOG_CALLS, "nor this");
	log_init(LOG_TRACE, fd[1]);
	log_line(LOG_CALLS, "%1000d", 7);
	assert_int_equal(logged(fd[0]).n, 1001);
	log_init(LOG_QUIET, STDERR_FILENO);
	log_reset();
	close(fd[0]);
	close(fd[1]);
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
		cmocka_unit_test(text_is_kept), cmocka_unit_test(every_spelling),
		cmocka_unit_test(inside_base64), cmocka_unit_test(several),
		cmocka_unit_test(short_and_long), cmocka_unit_test(many_secrets_are_fast),
		cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
