/* Virtual time, the order of events, and what faults do to a call. */
#include "tests/unit/simstage.h"

static struct stage s;

static int setup(void **state)
{
	(void)state;
	stage_open(&s, NULL, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stage_close(&s);
	return 0;
}

static struct str private_nat(struct work **out)
{
	struct str vpc = a_vpc(&s),
		   subnet = made(&s, SUBNET, with_id(&s, "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.1.0.0/24\"}", vpc));

	*out = work_new(&s, WORK_CREATE, NAT);
	(*out)->desired = with_id(&s, "{\"SubnetId\": \"%s\", \"ConnectivityType\": \"private\"}", subnet);
	return subnet;
}

static void test_waits(void **state)
{
	struct work *w;

	(void)state;
	private_nat(&w);
	run(&s, w);
	assert_int_equal(w->state, WORK_OK);
	assert_true(w->settled);
	assert_int_equal(s.n_seen, 3);
	assert_int_equal(s.seen[0], WORK_ID);
	assert_int_equal(s.seen[1], WORK_WAITING);
	assert_int_equal(s.seen[2], WORK_DONE);
	assert_string_equal(w->waiting.p, "State = pending");
	assert_true(s.took >= 90000 && s.took < 100000);
}

static void test_synchronous(void **state)
{
	(void)state;
	made(&s, IGW, json(&s, "{}"));
	assert_int_equal(s.n_seen, 2);
	assert_int_equal(s.seen[0], WORK_ID);
	assert_int_equal(s.seen[1], WORK_DONE);
	assert_true(s.took > 0 && s.took <= 2000);
}

/* An unsettled create is found by a read, and an update without differences waits for it. */
static void test_no_wait(void **state)
{
	struct work *w;
	const struct value *now;

	(void)state;
	private_nat(&w);
	w->no_wait = true;
	run(&s, w);
	assert_int_equal(w->state, WORK_OK);
	assert_false(w->settled);
	assert_true(s.took < 2000);
	now = live(&s, NAT, w->id);
	assert_int_equal(changed(&s, NAT, w->id, now, now)->state, WORK_OK);
	assert_true(s.took > 80000);
	assert_int_equal(changed(&s, NAT, w->id, now, now)->state, WORK_OK);
	assert_true(s.took < 2000);
}

static void test_settle(void **state)
{
	struct work *w, *queued = work_new(&s, WORK_CREATE, IGW);
	struct work_event e;
	size_t done = 0;

	(void)state;
	private_nat(&w);
	w->arena = queued->arena = &s.arena;
	w->place = queued->place = &s.place;
	queued->desired = json(&s, "{}");
	provider_start(s.p, w);
	do
		provider_poll(s.p, 1000);
	while ((e = provider_next(s.p)).kind != WORK_WAITING);
	s.p->ops->settle(s.p);
	provider_start(s.p, queued);
	while (provider_pending(s.p)) {
		provider_poll(s.p, 1000);
		while ((e = provider_next(s.p)).kind != WORK_NONE)
			done += e.kind == WORK_DONE;
	}
	assert_int_equal(done, 2);
	assert_int_equal(w->state, WORK_OK);
	assert_false(w->settled);
	assert_refused(queued, "Interrupted");
	assert_int_equal(sim_count(s.p, STR(IGW)), 0);
}

static void fault(const char *type, const char *operation, unsigned nth, unsigned times, const char *kind,
		  const char *code)
{
	struct sim_fault f = {.type = str_of(type),
			      .operation = str_of(operation),
			      .nth = nth,
			      .times = times,
			      .kind = str_of(kind),
			      .code = str_of(code),
			      .latency_ms = strcmp(kind, "latency") ? 0 : 5000};

	assert_true(sim_fault(s.p, &f, &s.errs));
}

static void test_throttle(void **state)
{
	struct provider_stats stats;

	(void)state;
	fault(IGW, "create", 1, 3, "throttle", "RequestLimitExceeded");
	made(&s, IGW, json(&s, "{}"));
	s.p->ops->stats(s.p, &stats);
	assert_int_equal(stats.throttled, 3);
	assert_int_equal(stats.retries, 3);
	assert_int_equal(sim_count(s.p, STR(IGW)), 1);
	fault(IGW, "create", 0, 0, "throttle", "RequestLimitExceeded");
	assert_refused(make(&s, IGW, json(&s, "{}")), "RequestLimitExceeded");
}

static void test_errors(void **state)
{
	struct work *w;

	(void)state;
	fault(IGW, "create", 2, 1, "error", "InternetGatewayLimitExceeded");
	made(&s, IGW, json(&s, "{}"));
	w = make(&s, IGW, json(&s, "{}"));
	assert_refused(w, "InternetGatewayLimitExceeded");
	assert_int_equal(w->err.kind, ERR_REMOTE);
	made(&s, IGW, json(&s, "{}"));
	fault(EIP, "", 1, 1, "latency", "");
	made(&s, EIP, json(&s, "{}"));
	assert_true(s.took > 5000);
}

/* The settling of an asynchronous create fails: it exists, and its id is known. */
static void test_fail(void **state)
{
	struct work *w;

	(void)state;
	private_nat(&w);
	fault(NAT, "create", 1, 1, "fail", "InsufficientFreeAddressesInSubnet");
	assert_refused(run(&s, w), "InsufficientFreeAddressesInSubnet");
	assert_int_equal(s.seen[0], WORK_ID);
	assert_true(w->id.n > 0);
	assert_true(seen(&s, NAT, w->id)->found);
}

static struct work *with_op(enum work_kind kind, const char *op)
{
	struct work *w = work_new(&s, kind, IGW);

	w->desired = json(&s, "{}");
	w->op = str_of(op);
	return run(&s, w);
}

static void test_dropped(void **state)
{
	struct work *w;

	(void)state;
	fault(IGW, "create", 1, 1, "drop-before", "");
	w = with_op(WORK_CREATE, "op-1");
	assert_int_equal(w->state, WORK_FAILED);
	assert_int_equal(w->err.kind, ERR_NETWORK);
	assert_int_equal(w->id.n, 0);
	assert_int_equal(sim_count(s.p, STR(IGW)), 0);
	w = with_op(WORK_RECOVER, "op-1");
	assert_int_equal(w->state, WORK_OK);
	assert_int_equal(w->recovered, RECOVER_ABSENT);

	assert_true(sim_fault_clear(s.p, &s.errs));
	fault(IGW, "create", 1, 1, "drop-after", "");
	w = with_op(WORK_CREATE, "op-2");
	assert_int_equal(w->err.kind, ERR_NETWORK);
	assert_int_equal(w->id.n, 0);
	assert_int_equal(sim_count(s.p, STR(IGW)), 1);
	w = with_op(WORK_RECOVER, "op-2");
	assert_int_equal(w->recovered, RECOVER_FOUND);
	assert_text(w->attrs, "InternetGatewayId", w->id.p);
	/* The same token again is the first answer again. */
	assert_string_equal(with_op(WORK_CREATE, "op-2")->id.p, w->id.p);
	assert_int_equal(sim_count(s.p, STR(IGW)), 1);

	fault(IGW, "recover", 1, 1, "unknown", "");
	assert_int_equal(with_op(WORK_RECOVER, "op-2")->recovered, RECOVER_UNKNOWN);
}

static void test_advance(void **state)
{
	struct work *w;
	int64_t wall = clock_wall(s.p->clock);

	(void)state;
	private_nat(&w);
	w->no_wait = true;
	run(&s, w);
	sim_advance(s.p, 600000);
	assert_true(clock_wall(s.p->clock) - wall >= 600000);
	changed(&s, NAT, w->id, live(&s, NAT, w->id), live(&s, NAT, w->id));
	assert_true(s.took < 1000);
}

/* With a speed, virtual time follows the real clock. */
static void test_speed(void **state)
{
	struct sim_options o = {.speed = 1000};
	struct stage fast;
	int64_t from = clock_mono(&clock_system), real;

	(void)state;
	stage_open(&fast, NULL, &o);
	made(&fast, VPC, json(&fast, "{\"CidrBlock\": \"10.1.0.0/16\"}"));
	made(&fast, VPC, json(&fast, "{\"CidrBlock\": \"10.1.0.0/16\"}"));
	real = clock_mono(&clock_system) - from;
	assert_true(clock_mono(fast.p->clock) >= 2000);
	assert_true(real >= 1 && real < 2000);
	stage_close(&fast);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_waits, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_synchronous, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_no_wait, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_settle, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_throttle, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_fail, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_dropped, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_advance, setup, teardown),
	    cmocka_unit_test(test_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
