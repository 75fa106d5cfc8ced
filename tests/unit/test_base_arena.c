/* Arenas: alignment, zeroing, growth in place and by copy, reset. */
#include "tests/unit/check.h"

#include <stdalign.h>
#include <sys/wait.h>
#include <unistd.h>

static void zeroed_and_aligned(void **state)
{
	struct arena a = {0};

	(void)state;
	for (size_t n = 0; n < 300; n++) {
		unsigned char *p = arena_alloc(&a, n);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, n);
	}
	arena_free(&a);
	assert_null(a.head);
	assert_int_equal(a.total, 0);
}

static void reset_zeroes_again(void **state)
{
	struct arena a = {0};
	size_t total;

	(void)state;
	memset(arena_alloc(&a, 4096), 0xff, 4096);
	memset(arena_alloc(&a, 1 << 20), 0xff, 1 << 20);
	arena_reset(&a);
	total = a.total;
	for (int i = 0; i < 100; i++) {
		const unsigned char *p = arena_alloc(&a, 4096);

		assert_int_equal(p[0], 0);
		assert_int_equal(p[4095], 0);
		arena_reset(&a);
	}
	assert_int_equal(a.total, total);
	arena_free(&a);
	arena_reset(&a);	/* of an empty one */
}

static void grows_in_place(void **state)
{
	struct arena a = {0};
	size_t cap = 0;
	int *items = NULL, *first;

	(void)state;
	items = first = arena_grow(&a, items, &cap, 1, sizeof *items);
	for (int i = 0; i < 1000; i++) {
		items = arena_grow(&a, items, &cap, (size_t)i + 1, sizeof *items);
		items[i] = i;
	}
	assert_ptr_equal(items, first);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
	for (size_t i = 1000; i < cap; i++)
		assert_int_equal(items[i], 0);
	arena_free(&a);
}

static void grows_by_copy(void **state)
{
	struct arena a = {0};
	size_t cap = 0;
	size_t *items = NULL;

	(void)state;
	for (size_t i = 0; i < 100000; i++) {
		items = arena_grow(&a, items, &cap, i + 1, sizeof *items);
		items[i] = i;
		arena_alloc(&a, 1);
	}
	for (size_t i = 0; i < 100000; i++)
		assert_int_equal(items[i], i);
	assert_true(cap >= 100000 && cap <= 200000);
	arena_free(&a);
}

static void copies_end_in_nul(void **state)
{
	struct arena a = {0};

	(void)state;
	for (size_t n = 0; n < 100; n++) {
		char *p = arena_copy(&a, "0123456789012345678901234567890123456789012345678901234567890123456789"
					 "012345678901234567890123456789", n);

		assert_int_equal(strlen(p), n);
	}
	assert_string_equal(arena_copy(&a, NULL, 0), "");
	arena_free(&a);
}

static void small_ones_stay_small(void **state)
{
	struct arena a = {0};

	(void)state;
	for (int i = 0; i < 100000; i++)
		arena_copy(&a, "x", 1);
	/* Two bytes each, and the sanitizer's gaps; far from a block each. */
	assert_true(a.total < 4 << 20);
	/* A big one must not make the rest of the current block useless. */
	for (int i = 0; i < 100; i++) {
		arena_alloc(&a, 2 << 20);
		arena_alloc(&a, 16);
	}
	assert_true(a.total < (size_t)210 << 20);
	arena_free(&a);
}

/* What cannot be had ends the program at once, with a message and status 1. */
static void ends_on_overflow(void **state)
{
	char text[100];
	int status, fd[2];
	ssize_t n;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (pid == 0) {
		struct arena a = {0};

		dup2(fd[1], STDERR_FILENO);
		arena_array(&a, SIZE_MAX / 4, 8);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	n = read(fd[0], text, sizeof text);
	assert_str(((struct str){text, n > 0 ? (size_t)n : 0}), "drplan: out of memory\n");
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeroed_and_aligned), cmocka_unit_test(reset_zeroes_again),
		cmocka_unit_test(grows_in_place),     cmocka_unit_test(grows_by_copy),
		cmocka_unit_test(copies_end_in_nul),  cmocka_unit_test(small_ones_stay_small),
		cmocka_unit_test(ends_on_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
