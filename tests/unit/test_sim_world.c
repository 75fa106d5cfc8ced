/* The world's file: private, kept between runs, safe from a kill, open to the tables of others. */
#include "tests/unit/simstage.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct stage s;
static char path[64];

static int setup(void **state)
{
	char dir[32] = "/tmp/drplan-sim-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/sim.db", dir);
	stage_open(&s, path, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stage_close(&s);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	return 0;
}

static void reopen(void)
{
	stage_close(&s);
	stage_open(&s, path, NULL);
}

static void sql(const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void test_private_and_kept(void **state)
{
	struct stat st;
	struct str id = a_vpc(&s);
	char vpc[64];

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(vpc, sizeof vpc, "%.*s", STR_ARG(id));
	reopen();
	assert_text(live(&s, VPC, str_of(vpc)), "CidrBlock", "10.1.0.0/16");
	assert_int_equal(sim_count(s.p, STR_NONE), 1);
	assert_int_equal(sim_count(s.p, STR(GROUP)), 0); /* AWS's own beside it are not counted */
}

static void test_not_a_world(void **state)
{
	struct provider *p;

	(void)state;
	stage_close(&s);
	sql("PRAGMA user_version = 7");
	memset(&s, 0, sizeof s);
	s.errs.arena = &s.arena;
	p = sim_open(NULL, NULL, path, &s.errs);
	assert_null(p);
	assert_int_equal(s.errs.errors, 1);
	sql("PRAGMA user_version = 1");
	arena_free(&s.arena);
	stage_open(&s, path, NULL);
}

/* Equal worlds give equal ids; places do not see each other. */
static void test_places(void **state)
{
	struct stage other;
	struct str vpc = a_vpc(&s), twin;

	(void)state;
	stage_open(&other, NULL, NULL);
	twin = a_vpc(&other);
	assert_string_equal(vpc.p, twin.p);
	stage_close(&other);
	s.place.region = STR("eu-central-1");
	assert_false(seen(&s, VPC, vpc)->found);
	assert_refused(make(&s, SUBNET, with_id(&s, "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.1.0.0/24\"}", vpc)),
		       "InvalidVpcID.NotFound");
	s.place.region = STR("us-west-2");
	s.place.role_arn = STR("arn:aws:iam::210987654321:role/dr");
	assert_false(seen(&s, VPC, vpc)->found);
}

/* A child process makes gateways until the fault kills it. */
static void killed_child(const char *kind)
{
	struct sim_fault f = {.type = STR(IGW), .operation = STR("create"), .nth = 3, .kind = str_of(kind)};
	pid_t child;
	int status;

	assert_true(sim_fault(s.p, &f, &s.errs));
	stage_close(&s);
	child = fork();
	if (child == 0) {
		stage_open(&s, path, NULL);
		for (int i = 0; i < 5; i++) {
			struct work *w = work_new(&s, WORK_CREATE, IGW);

			w->desired = json(&s, "{}");
			w->op = str_fmt(&s.arena, "op-%d", i);
			run(&s, w);
		}
		_exit(1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	stage_open(&s, path, NULL);
}

static enum recover_answer recovered(const char *op)
{
	struct work *w = work_new(&s, WORK_RECOVER, IGW);

	w->op = str_of(op);
	assert_int_equal(run(&s, w)->state, WORK_OK);
	return w->recovered;
}

static void test_killed(void **state)
{
	(void)state;
	killed_child("kill-after");
	assert_int_equal(sim_count(s.p, STR(IGW)), 3);
	assert_int_equal(recovered("op-2"), RECOVER_FOUND);
	assert_int_equal(recovered("op-3"), RECOVER_ABSENT);
	made(&s, IGW, json(&s, "{}")); /* it has fired */
	assert_int_equal(sim_count(s.p, STR(IGW)), 4);
}

static void test_killed_before(void **state)
{
	(void)state;
	killed_child("kill-before");
	assert_int_equal(sim_count(s.p, STR(IGW)), 2);
	assert_int_equal(recovered("op-1"), RECOVER_FOUND);
	assert_int_equal(recovered("op-2"), RECOVER_ABSENT);
	made(&s, IGW, json(&s, "{}"));
}

/* Rows of another process: faults, seeds, drift. */
static void test_tables(void **state)
{
	struct work *w;
	struct str igw = made(&s, IGW, json(&s, "{}"));

	(void)state;
	sql("INSERT INTO faults(type, operation, nth, kind, code) VALUES('" EIP
	    "', 'create', 2, 'error', 'AddressLimitExceeded')");
	made(&s, EIP, json(&s, "{}"));
	assert_refused(make(&s, EIP, json(&s, "{}")), "AddressLimitExceeded");
	sql("INSERT INTO seeds(region, type, props) VALUES('us-west-2', '" VPC "', '{\"CidrBlock\": \"10.0.0.0/16\"}'),"
	    "('us-west-2', '" VPC "', '{\"CidrBlock\": \"10.0.0.0/8\"}')");
	assert_int_equal(sim_count(s.p, STR(VPC)), 0);
	sql("UPDATE resources SET props = json_set(props, '$.Tags', json('[{\"Key\":\"by\",\"Value\":\"hand\"}]')) "
	    "WHERE type = '" IGW "'");
	assert_text(live(&s, IGW, igw), "Tags[0].Value", "hand");
	assert_int_equal(sim_count(s.p, STR(VPC)), 1);
	w = work_new(&s, WORK_LOOKUP, VPC);
	w->match = json(&s, "{\"CidrBlock\": \"10.0.0.0/16\"}");
	assert_int_equal(run(&s, w)->state, WORK_OK);
	assert_true(str_starts(w->id, STR("vpc-")));
	sql("UPDATE resources SET props = 'broken' WHERE type = '" IGW "'");
	w = work_new(&s, WORK_READ, IGW);
	w->items = arena_new(&s.arena, struct work_item);
	w->n_items = 1;
	w->items->id = igw;
	assert_refused(run(&s, w), "InternalError");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_private_and_kept, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_not_a_world, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_places, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_killed_before, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_tables, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
