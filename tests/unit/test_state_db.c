/* The state file: made, locked, read beside a writer, refused when foreign, damaged or newer; rows, journal, secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <sqlite3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "state/state.h"

struct fixture {
	struct arena arena;
	struct errs errs;
	char dir[64];
	struct str path;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	f->errs.arena = &f->arena;
	snprintf(f->dir, sizeof f->dir, "/tmp/drplan-state-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->path = str_fmt(&f->arena, "%s/deep/s.db", f->dir);
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
	chmod(str_fmt(&f->arena, "%s/deep", f->dir).p, 0700);
	assert_int_equal(nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	arena_free(&f->arena);
	free(f);
	return 0;
}

static struct state *open_as(struct fixture *f, enum state_mode mode)
{
	struct state_options opt = {.mode = mode, .command = "test"};
	return state_open(&f->arena, f->path.p, &opt, &f->errs);
}

static struct state_row sample(struct fixture *f, const char *address, int64_t generation)
{
	static struct str needs[] = {STR_INIT("Vpc"), STR_INIT("Igw")};
	struct state_row r = {
		.address = str_of(address), .generation = generation, .type = STR("AWS::EC2::Subnet"), .target = STR("dr"),
		.phase = STR("networking"), .id = STR("subnet-1"), .deletion = STR("Delete"), .depends = needs, .n_depends = 2,
		.inputs = json_read(&f->arena, STR("{\"CidrBlock\": \"10.0.0.0/24\", \"N\": 1.50}"), 0, &f->errs),
	};
	return r;
}

static void test_missing_file(void **state)
{
	struct fixture *f = *state;
	struct state *st = open_as(f, STATE_READ);
	assert_non_null(st);
	assert_false(state_exists(st));
	struct state_row *rows;
	size_t n;
	assert_true(state_rows(st, &f->arena, &rows, &n, &f->errs));
	assert_int_equal(n, 0);
	state_close(st);
	assert_int_not_equal(access(f->path.p, F_OK), 0);
}

static void test_rows(void **state)
{
	struct fixture *f = *state;
	struct state *st = open_as(f, STATE_WRITE);
	assert_non_null(st);
	struct stat sb;
	assert_int_equal(stat(f->path.p, &sb), 0);
	assert_int_equal(sb.st_mode & 0777, 0600);
	struct str lineage = str_dup(&f->arena, state_lineage(st));
	struct state_row b = sample(f, "B", 0), a = sample(f, "A", 0), old = sample(f, "A", 7);
	old.n_depends = 0;
	old.status = ROW_DEPOSED;
	state_put(st, &b);
	state_put(st, &old);
	state_put(st, &a);
	a.n_depends = 1;
	state_put(st, &a);
	assert_true(state_commit(st, &f->errs));
	assert_int_equal(state_serial(st), 1);
	state_set(st, "mode", STR("active"));
	assert_true(state_commit(st, &f->errs));
	assert_int_equal(state_serial(st), 1);
	state_put(st, &b);
	state_close(st);

	st = open_as(f, STATE_WRITE);
	assert_true(str_eq(lineage, state_lineage(st)));
	assert_int_equal(state_serial(st), 1);
	assert_true(str_eqc(state_get(st, &f->arena, "mode"), "active"));
	struct state_row *rows;
	size_t n;
	assert_true(state_rows(st, &f->arena, &rows, &n, &f->errs));
	assert_int_equal(n, 3);
	assert_true(str_eqc(rows[0].address, "A") && rows[0].generation == 0 && rows[0].n_depends == 1);
	assert_true(rows[1].generation == 7 && rows[1].status == ROW_DEPOSED && rows[1].n_depends == 0);
	assert_true(str_eqc(rows[2].address, "B") && rows[2].n_depends == 2);
	assert_true(str_eqc(rows[2].depends[0], "Igw"));
	assert_true(str_eqc(value_getc(rows[0].inputs, "N")->text, "1.50"));
	assert_int_equal(value_getc(rows[0].inputs, "N")->pos.line, 0);
	state_delete(st, STR("A"), 7);
	assert_true(state_commit(st, &f->errs));
	assert_int_equal(state_serial(st), 2);
	state_close(st);
	assert_int_equal(f->errs.errors, 0);
}

static void test_reader_beside_writer(void **state)
{
	struct fixture *f = *state;
	struct state *w = open_as(f, STATE_WRITE);
	struct state_row a = sample(f, "A", 0);
	state_put(w, &a);
	assert_true(state_commit(w, &f->errs));
	state_put(w, &a);
	struct state *r = open_as(f, STATE_READ);
	assert_non_null(r);
	assert_int_equal(state_serial(r), 1);
	state_set(r, "mode", STR("active"));
	assert_false(state_commit(r, &f->errs));
	state_close(r);
	assert_true(state_commit(w, &f->errs));
	state_close(w);
}

static void test_read_only_folder(void **state)
{
	struct fixture *f = *state;
	struct state *w = open_as(f, STATE_WRITE);
	assert_true(state_commit(w, &f->errs));
	state_close(w);
	assert_int_equal(chmod(f->path.p, 0400), 0);
	assert_int_equal(chmod(str_fmt(&f->arena, "%s/deep", f->dir).p, 0500), 0);
	struct state *r = open_as(f, STATE_READ);
	assert_non_null(r);
	assert_true(state_exists(r));
	state_close(r);
}

static void test_lock(void **state)
{
	struct fixture *f = *state;
	struct state *w = open_as(f, STATE_WRITE);
	assert_non_null(w);
	assert_null(open_as(f, STATE_WRITE));
	assert_int_equal(f->errs.errors, 1);
	assert_true(str_eqc(f->errs.items[0].code, "locked"));
	assert_true(str_find(f->errs.items[0].message, STR("'test' (process "), 0) > 0);
	state_close(w);
	w = open_as(f, STATE_WRITE);
	assert_non_null(w);
	state_close(w);
}

/* A file system whose locks do not reach another machine: the one that was there first stops, and writes nothing. */
static void test_lock_taken_elsewhere(void **state)
{
	struct fixture *f = *state;
	struct state *w = open_as(f, STATE_WRITE);
	struct state_row a = sample(f, "A", 0);
	const char *name = str_fmt(&f->arena, "%.*s.lock", STR_ARG(f->path)).p;
	assert_non_null(w);
	state_put(w, &a);
	assert_true(state_commit(w, &f->errs));
	FILE *lock = fopen(name, "w");
	assert_non_null(lock);
	fprintf(lock, "'apply' (process 7 on elsewhere) since 2026-11-22T12:00:00Z\n");
	fclose(lock);
	usleep(1100000);
	struct state_row b = sample(f, "B", 0);
	state_put(w, &b);
	assert_false(state_commit(w, &f->errs));
	assert_true(str_find(f->errs.items[0].message, STR("'apply' (process 7 on elsewhere)"), 0) > 0);
	state_close(w);
	struct stat sb;
	assert_int_equal(stat(name, &sb), 0);
	assert_true(sb.st_size > 0);
	w = open_as(f, STATE_WRITE);
	struct state_row *rows;
	size_t n;
	assert_true(state_rows(w, &f->arena, &rows, &n, &f->errs));
	assert_int_equal(n, 1);
	unlink(name);
	usleep(1100000);
	state_put(w, &b);
	assert_false(state_commit(w, &f->errs));
	state_close(w);
}

/* Another name of the file is no other state. */
static void test_lock_of_links(void **state)
{
	struct fixture *f = *state;
	struct str path = f->path;
	struct state *w = open_as(f, STATE_WRITE);
	assert_non_null(w);
	f->path = str_fmt(&f->arena, "%s/link.db", f->dir);
	assert_int_equal(symlink(path.p, f->path.p), 0);
	assert_null(open_as(f, STATE_WRITE));
	assert_true(str_eqc(f->errs.items[f->errs.n - 1].code, "locked"));
	state_close(w);
	w = open_as(f, STATE_WRITE);
	assert_non_null(w);
	state_close(w);
	f->path = str_fmt(&f->arena, "%s/hard.db", f->dir);
	assert_int_equal(link(path.p, f->path.p), 0);
	assert_null(open_as(f, STATE_WRITE));
	assert_true(str_find(f->errs.items[f->errs.n - 1].message, STR("hard link"), 0) > 0);
	unlink(f->path.p);
	f->path = path;
}

static void test_lock_freed_by_death(void **state)
{
	struct fixture *f = *state;
	int ready[2];
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct state *w = open_as(f, STATE_WRITE);
		struct state_row a = sample(f, "A", 0);
		state_put(w, &a);
		bool ok = w && write(ready[1], "x", 1) == 1;
		pause();
		_exit(!ok);
	}
	char c;
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_null(open_as(f, STATE_WRITE));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	struct state *w = open_as(f, STATE_WRITE);
	assert_non_null(w);
	assert_int_equal(state_serial(w), 0);
	state_close(w);
	close(ready[0]);
	close(ready[1]);
}

static void write_file(struct fixture *f, const char *text, size_t n)
{
	mkdir(str_fmt(&f->arena, "%s/deep", f->dir).p, 0700);
	int fd = open(f->path.p, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	close(fd);
}

static void test_refused_files(void **state)
{
	struct fixture *f = *state;
	write_file(f, "Resources:\n  this is no database, but a file that is long enough to look like one to a reader of "
		      "headers, which want one hundred bytes\n", 130);
	assert_null(open_as(f, STATE_READ));
	assert_null(open_as(f, STATE_WRITE));
	assert_true(str_find(f->errs.items[0].message, STR("is not a drplan state"), 0) > 0);

	unlink(f->path.p);
	sqlite3 *db;
	sqlite3_open(f->path.p, &db);
	sqlite3_exec(db, "CREATE TABLE cookies (a)", NULL, NULL, NULL);
	sqlite3_close(db);
	assert_null(open_as(f, STATE_WRITE));

	unlink(f->path.p);
	struct state *st = open_as(f, STATE_WRITE);
	state_close(st);
	sqlite3_open(f->path.p, &db);
	sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL);
	sqlite3_close(db);
	f->errs.n = f->errs.errors = 0;
	assert_null(open_as(f, STATE_READ));
	assert_null(open_as(f, STATE_WRITE));
	assert_true(str_find(f->errs.items[0].message, STR("has version 99"), 0) > 0);
}

static struct value *json(struct fixture *f, const char *text)
{
	struct value *v = json_read(&f->arena, str_of(text), 0, &f->errs);
	assert_non_null(v);
	return v;
}

static void test_older_version(void **state)
{
	struct fixture *f = *state;
	struct state *st = open_as(f, STATE_WRITE);
	struct state_row row = sample(f, "Vpc", 0);
	state_put(st, &row);
	assert_true(state_commit(st, &f->errs));
	state_close(st);
	sqlite3 *db;
	sqlite3_open(f->path.p, &db);
	assert_int_equal(sqlite3_exec(db, "DROP TABLE runbook_step; DROP TABLE runbook_run; DROP TABLE deferred; "
					  "DROP TABLE source; PRAGMA user_version = 1", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);

	struct str digest;
	st = open_as(f, STATE_READ);
	assert_null(state_source(st, &f->arena, &digest, &f->errs));
	assert_int_equal(f->errs.errors, 0);
	state_close(st);
	st = open_as(f, STATE_WRITE);
	struct state_row *rows;
	size_t n;
	assert_true(state_rows(st, &f->arena, &rows, &n, &f->errs));
	assert_int_equal(n, 1);
	state_set_source(st, json(f, "{\"path\": \"a\"}"));
	assert_true(state_commit(st, &f->errs));
	state_close(st);
	assert_int_equal(access(str_fmt(&f->arena, "%s.v1.backup", f->path.p).p, R_OK), 0);
}

static void test_runbooks(void **state)
{
	struct fixture *f = *state;
	struct state *st = open_as(f, STATE_WRITE);
	struct runbook_run run = {.runbook = STR("failover"), .kind = STR("planned"), .from = STR("primary"), .to = STR("dr"),
				  .digest = STR("d"), .operated_by = STR("me@here"), .info = json(f, "{}"), .rto_ms = -1};
	run.id = state_runbook_begin(st, &run);
	struct value *secret = json(f, "{\"Password\": \"hunter2\"}");
	value_getc(secret, "Password")->flags |= VALUE_SECRET;
	struct runbook_row row = {.run = run.id, .position = 3, .name = STR("fence"), .verb = STR("Capacity"),
				  .state = STR("started"), .op = STR("op-1"), .attempts = 1, .args = secret};
	state_runbook_step(st, &row);
	row.state = STR("done");
	row.found = json(f, "{\"Desired\": 3}");
	row.ended_ms = 9;
	state_runbook_step(st, &row);
	run.rto_ms = 1500;
	run.rpo = STR("0.25");
	run.outcome = STR("done");
	run.ended_ms = 10;
	state_runbook_update(st, &run);
	assert_true(state_commit(st, &f->errs));
	state_close(st);

	st = open_as(f, STATE_READ);
	struct runbook_run *runs;
	struct runbook_row *rows;
	size_t n;
	assert_true(state_runbooks(st, &f->arena, 10, &runs, &n, &f->errs));
	assert_int_equal(n, 1);
	assert_true(runs[0].rto_ms == 1500 && str_eqc(runs[0].rpo, "0.25") && str_eqc(runs[0].outcome, "done"));
	assert_true(str_eqc(runs[0].operated_by, "me@here") && runs[0].ended_ms == 10 && runs[0].started_ms > 0);
	assert_true(state_runbook_steps(st, &f->arena, runs[0].id, &rows, &n, &f->errs));
	assert_int_equal(n, 1);
	assert_true(str_eqc(rows[0].state, "done") && rows[0].position == 3 && rows[0].attempts == 1);
	assert_true(state_is_hidden(value_getc(rows[0].args, "Password")));
	assert_true(str_eqc(value_text(value_getc(rows[0].found, "Desired")), "3"));
	state_close(st);
}

static void test_deferred(void **state)
{
	struct fixture *f = *state;
	struct state *st = open_as(f, STATE_WRITE);
	struct state_deferred d = {.address = STR("Vpc"), .target = STR("primary"), .action = STR("create"), .why = STR("dead")};
	struct state_deferred *rows;
	size_t n;
	state_defer(st, &d);
	d.action = STR("update");
	state_defer(st, &d);
	assert_true(state_commit(st, &f->errs));
	assert_true(state_deferred(st, &f->arena, &rows, &n, &f->errs));
	assert_int_equal(n, 1);
	assert_true(str_eqc(rows[0].action, "update") && rows[0].since_ms > 0);
	state_defer_end(st, STR("Vpc"));
	assert_true(state_deferred(st, &f->arena, &rows, &n, &f->errs));
	assert_int_equal(n, 0);
	state_close(st);
}

static void test_journal(void **state)
{
	struct fixture *f = *state;
	struct state *st = open_as(f, STATE_WRITE);
	int64_t run = state_run_begin(st, "apply", STR("abc"));
	struct intent in = {.run = run, .action = INTENT_CREATE, .address = STR("Vpc"), .type = STR("AWS::EC2::VPC"),
			    .target = STR("dr"), .op = STR("op-1"), .whole = true, .inputs = {1, 2}};
	struct value *secret = value_map(&f->arena, (struct pos){0}), *text = value_string(&f->arena, (struct pos){0}, STR("hunter2"));
	text->flags |= VALUE_SECRET;
	value_set(&f->arena, secret, STR("Password"), (struct pos){0}, text);
	in.desired = secret;
	int64_t one = state_intent(st, &in), two = state_intent(st, &in), three = state_intent(st, &in);
	assert_true(state_commit(st, &f->errs));
	state_intent_id(st, one, STR("vpc-1"));
	state_intent_end(st, two, "done", STR_NONE);
	state_intent_end(st, three, "failed", STR("no quota"));
	state_gate(st, run, STR("networking"), STR("Exists"), true, STR("yes"));
	assert_true(state_commit(st, &f->errs));
	state_close(st);

	st = open_as(f, STATE_WRITE);
	struct intent *open;
	size_t n;
	assert_true(state_open_intents(st, &f->arena, &open, &n, &f->errs));
	assert_int_equal(n, 1);
	assert_true(open[0].seq == one && str_eqc(open[0].id, "vpc-1") && str_eqc(open[0].state, "open"));
	assert_true(open[0].inputs.hi == 1 && open[0].inputs.lo == 2 && open[0].whole);
	assert_true(state_is_hidden(value_getc(open[0].desired, "Password")));
	struct str fp = value_text(value_path(open[0].desired, STR("Password['(secret)']")));
	assert_true(str_eq(fp, state_secret(st, &f->arena, STR("hunter2"))));
	assert_true(state_run_intents(st, &f->arena, run, &open, &n, &f->errs));
	assert_int_equal(n, 3);
	assert_true(str_eqc(open[2].state, "failed") && str_eqc(open[2].note, "no quota"));
	assert_true(state_plan_used(st, STR("abc")));
	assert_false(state_plan_used(st, STR("abd")));
	state_run_end(st, run, "done");
	assert_true(state_commit(st, &f->errs));
	struct state_run *runs;
	assert_true(state_runs(st, &f->arena, 10, &runs, &n, &f->errs));
	assert_true(n == 1 && str_eqc(runs[0].outcome, "done"));
	state_close(st);
}

static void test_outputs_and_lookups(void **state)
{
	struct fixture *f = *state;
	struct state *st = open_as(f, STATE_WRITE);
	struct value *v = value_string(&f->arena, (struct pos){0}, STR("hunter2"));
	struct state_output out[] = {{.name = STR("Z"), .value = value_int(&f->arena, (struct pos){0}, 3), .export_name = STR("x")},
				     {.name = STR("A"), .value = v, .secret = true}};
	state_set_outputs(st, out, 2);
	state_set_outputs(st, out, 2);
	struct state_lookup l = {.address = STR("Zone"), .type = STR("T"), .target = STR("dr"), .id = STR("Z1")};
	state_put_lookup(st, &l);
	assert_true(state_commit(st, &f->errs));
	struct state_output *got;
	struct state_lookup *looked;
	size_t n;
	assert_true(state_outputs(st, &f->arena, &got, &n, &f->errs));
	assert_true(n == 2 && str_eqc(got[0].name, "Z") && str_eqc(value_text(got[1].value), "(secret)"));
	assert_true(state_lookups(st, &f->arena, &looked, &n, &f->errs));
	assert_true(n == 1 && str_eqc(looked[0].id, "Z1") && looked[0].read_ms > 0);
	state_close(st);
}

static void test_full_disk_is_remembered(void **state)
{
	struct fixture *f = *state;
	struct state *st = open_as(f, STATE_WRITE);
	struct state_row a = sample(f, "A", 0);
	state_put(st, &a);
	state_put(st, &a);
	/* A row that breaks a constraint stands for any write that fails. */
	struct intent in = {.run = 12345, .address = STR("A")};
	state_intent(st, &in);
	assert_false(state_commit(st, &f->errs));
	assert_false(state_commit(st, &f->errs));
	state_close(st);
	st = open_as(f, STATE_WRITE);
	assert_int_equal(state_serial(st), 0);
	state_close(st);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_missing_file), T(test_rows), T(test_reader_beside_writer), T(test_read_only_folder), T(test_lock),
		T(test_lock_taken_elsewhere), T(test_lock_of_links),
		T(test_lock_freed_by_death), T(test_refused_files), T(test_older_version), T(test_runbooks), T(test_deferred),
		T(test_journal), T(test_outputs_and_lookups), T(test_full_disk_is_remembered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
