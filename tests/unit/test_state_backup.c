/* Backups of the state: made beside it, kept few, and the way back to one when the state is damaged or gone. */
#include "tests/unit/check.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/state.h"

struct fixture {
	struct arena arena;
	struct errs errs;
	char dir[64];
	const char *path;
};

static const struct state_options writing = {.mode = STATE_WRITE, .command = "test"};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	f->errs.arena = &f->arena;
	snprintf(f->dir, sizeof f->dir, "/tmp/drplan-backup-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->path = str_fmt(&f->arena, "%s/s.db", f->dir).p;
	*state = f;
	return 0;
}

static int remove_one(const char *path, const struct stat *sb, int type, struct FTW *at)
{
	(void)sb;
	(void)type;
	(void)at;
	return remove(path);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	arena_free(&f->arena);
	free(f);
	return 0;
}

static void put(struct state *st, struct fixture *f, const char *address)
{
	struct state_row row = {.address = str_of(address),
				.type = STR("AWS::EC2::VPC"),
				.target = STR("dr"),
				.phase = STR("networking"),
				.id = STR("vpc-1"),
				.deletion = STR("Delete"),
				.inputs = value_map(&f->arena, (struct pos){0}),
				.attrs = value_map(&f->arena, (struct pos){0})};
	state_put(st, &row);
	assert_true(state_commit(st, &f->errs));
}

/* A state with n resources and a backup after each. */
static void make(struct fixture *f, const char *path, unsigned n)
{
	struct state *st = state_open(&f->arena, path, &writing, &f->errs);
	assert_non_null(st);
	for (unsigned i = 0; i < n; i++) {
		put(st, f, str_fmt(&f->arena, "R%u", i).p);
		state_backup(st, &f->errs);
		state_backup(st, &f->errs);
	}
	state_close(st);
	assert_int_equal(f->errs.n, 0);
}

static void damage(const char *path)
{
	char junk[8192];
	int fd = open(path, O_WRONLY);
	memset(junk, 0x5a, sizeof junk);
	assert_int_equal(pwrite(fd, junk, sizeof junk, 4096), (ssize_t)sizeof junk);
	close(fd);
}

static bool said(const struct fixture *f, const char *text)
{
	for (size_t i = 0; i < f->errs.n; i++)
		if (str_find(f->errs.items[i].message, str_of(text), 0) >= 0)
			return true;
	return false;
}

static size_t rows_in(struct fixture *f, const char *path, int64_t *serial)
{
	struct state *st = state_open(&f->arena, path, &writing, &f->errs);
	struct state_row *rows;
	size_t n;
	assert_non_null(st);
	assert_true(state_rows(st, &f->arena, &rows, &n, &f->errs));
	*serial = state_serial(st);
	state_close(st);
	return n;
}

static void test_the_newest_stay(void **state)
{
	struct fixture *f = *state;
	struct state_backup *all;
	struct stat sb;
	make(f, f->path, 8);
	size_t n = state_backups(&f->arena, f->path, &all);
	assert_int_equal(n, 5);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(all[i].serial, 8 - (int)i);
		assert_int_equal(all[i].resources, 8 - i);
		assert_int_equal(all[i].damage.n, 0);
		assert_int_equal(stat(all[i].path.p, &sb), 0);
		assert_int_equal(sb.st_mode & 0777, 0600);
	}
}

static void test_uncommitted_is_not_copied(void **state)
{
	struct fixture *f = *state;
	struct state_backup *all;
	struct state *st = state_open(&f->arena, f->path, &writing, &f->errs);
	put(st, f, "A");
	state_set(st, "left", STR("open"));
	state_backup(st, &f->errs);
	assert_int_equal(f->errs.n, 0);
	assert_int_equal(state_backups(&f->arena, f->path, &all), 1);
	assert_true(state_commit(st, &f->errs));
	state_close(st);
}

static void test_damage_and_the_way_back(void **state)
{
	struct fixture *f = *state;
	struct state_backup *all, from;
	struct str aside;
	int64_t serial;
	make(f, f->path, 3);
	state_backups(&f->arena, f->path, &all);
	assert_false(state_restore(&f->arena, f->path, all[1].path.p, &writing, &from, &aside, &f->errs));
	assert_true(said(f, "is whole, with serial 3; the backup has 2"));
	damage(f->path);
	assert_null(state_open(&f->arena, f->path, &writing, &f->errs));
	assert_true(said(f, "is damaged"));
	assert_true(state_restore(&f->arena, f->path, all[0].path.p, &writing, &from, &aside, &f->errs));
	assert_int_equal(from.resources, 3);
	assert_int_equal(access(aside.p, F_OK), 0);
	assert_int_equal(rows_in(f, f->path, &serial), 3);
	assert_int_equal(serial, 1003);
}

static void test_gone_is_not_fresh(void **state)
{
	struct fixture *f = *state;
	struct state_backup *all, from;
	struct str aside;
	int64_t serial;
	make(f, f->path, 2);
	state_backups(&f->arena, f->path, &all);
	for (int truncated = 0; truncated < 2; truncated++) {
		f->errs.n = f->errs.errors = 0;
		assert_int_equal(truncated ? truncate(f->path, 0) : unlink(f->path), 0);
		assert_null(state_open(&f->arena, f->path, &writing, &f->errs));
		assert_true(said(f, "is gone, but backups of it are there"));
		assert_true(state_restore(&f->arena, f->path, all[0].path.p, &writing, &from, &aside, &f->errs));
		assert_int_equal(rows_in(f, f->path, &serial), 2);
	}
}

static void test_refused_backups(void **state)
{
	struct fixture *f = *state;
	struct state_backup *all, *theirs, from;
	struct str aside;
	const char *other = str_fmt(&f->arena, "%s/other.db", f->dir).p;
	make(f, f->path, 2);
	make(f, other, 3);
	state_backups(&f->arena, f->path, &all);
	state_backups(&f->arena, other, &theirs);
	assert_false(state_restore(&f->arena, f->path, theirs[0].path.p, &writing, &from, &aside, &f->errs));
	assert_true(said(f, "is a backup of another state"));
	damage(all[0].path.p);
	assert_int_equal(unlink(f->path), 0);
	assert_false(state_restore(&f->arena, f->path, all[0].path.p, &writing, &from, &aside, &f->errs));
	assert_true(said(f, "it is damaged"));
	assert_false(state_restore(&f->arena, f->path, "/nowhere/s.db.s1.backup", &writing, &from, &aside, &f->errs));
	assert_int_equal(access(f->path, F_OK), -1);
}

static void test_lock_holds(void **state)
{
	struct fixture *f = *state;
	struct state_backup *all, from;
	struct str aside;
	make(f, f->path, 1);
	state_backups(&f->arena, f->path, &all);
	struct state *st = state_open(&f->arena, f->path, &writing, &f->errs);
	assert_false(state_restore(&f->arena, f->path, all[0].path.p, &writing, &from, &aside, &f->errs));
	assert_true(said(f, "is locked by"));
	state_close(st);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_the_newest_stay),         T(test_uncommitted_is_not_copied),
					   T(test_damage_and_the_way_back), T(test_gone_is_not_fresh),
					   T(test_refused_backups),         T(test_lock_holds)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
