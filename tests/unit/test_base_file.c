/* Whole files, and children: what is left when something does not go through. */
#include "tests/unit/check.h"

#include "base/child.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/drplan-file-XXXXXX";
static struct arena arena;

static struct str at(const char *name)
{
	return str_fmt(&arena, "%s/%s", folder, name);
}

static struct str content(struct str path)
{
	char text[64];
	int fd = open(path.p, O_RDONLY);
	ssize_t n = read(fd, text, sizeof text);

	assert_true(n >= 0);
	close(fd);
	return str_dup(&arena, (struct str){text, (size_t)n});
}

static int files(void)
{
	DIR *d = opendir(folder);
	int n = -2;	/* . and .. */

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(at("one").p);
	unlink(at("elsewhere").p);
	rmdir(folder);
	arena_free(&arena);
	return 0;
}

static void replaces(void **state)
{
	const struct str parts[] = {STR("head "), STR(""), STR("tail")};
	struct stat st;

	(void)state;
	assert_true(file_replace(&arena, at("one"), parts, 1));
	assert_true(file_replace(&arena, at("one"), parts, 3));
	assert_str(content(at("one")), "head tail");
	assert_int_equal(stat(at("one").p, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(files(), 1);
}

/* A planted link is replaced, what it points to stays. */
static void follows_no_link(void **state)
{
	const struct str text = STR("new");

	(void)state;
	assert_true(file_replace(&arena, at("elsewhere"), &(struct str){"old", 3}, 1));
	unlink(at("one").p);
	assert_int_equal(symlink(at("elsewhere").p, at("one").p), 0);
	assert_true(file_replace(&arena, at("one"), &text, 1));
	assert_str(content(at("one")), "new");
	assert_str(content(at("elsewhere")), "old");
}

static void leaves_nothing(void **state)
{
	const struct str text = STR("x");
	int before = files();

	(void)state;
	assert_false(file_replace(&arena, at("none/one"), &text, 1));
	assert_int_equal(errno, ENOENT);
	assert_int_equal(mkdir(at("taken").p, 0700), 0);
	assert_false(file_replace(&arena, at("taken"), &text, 1));
	assert_int_equal(errno, EISDIR);
	assert_int_equal(rmdir(at("taken").p), 0);
	assert_int_equal(files(), before);
}

static void says(const void *arg)
{
	if (dprintf(STDOUT_FILENO, "%s, group %d", (const char *)arg, getpgrp() == getpid()) < 0)
		_exit(1);
	_exit(3);
}

static struct str output(int fd)
{
	char text[64];
	ssize_t n = read(fd, text, sizeof text);

	assert_true(n >= 0);
	return str_dup(&arena, (struct str){text, (size_t)n});
}

static void children(void **state)
{
	static char *const missing[] = {"/no/such/program", NULL}, *const echo[] = {"echo", "of a program", NULL};
	int ends[2], status = 0;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(waitpid(child_start(says, "hello", ends[1]), &status, 0) > 0, 1);
	assert_int_equal(WEXITSTATUS(status), 3);
	assert_str(output(ends[0]), "hello, group 1");
	assert_true(waitpid(child_start(child_exec, echo, ends[1]), &status, 0) > 0);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_str(output(ends[0]), "of a program\n");
	assert_true(waitpid(child_start(child_exec, missing, ends[1]), &status, 0) > 0);
	assert_int_equal(WEXITSTATUS(status), 127);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces),
		cmocka_unit_test(follows_no_link),
		cmocka_unit_test(leaves_nothing),
		cmocka_unit_test(children),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
