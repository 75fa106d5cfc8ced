/* Runbooks with a provider that counts: order, kinds, gaps, undo, what is found before it is changed; killed at every
 * point and gone on with, each effect happens once. */
#include "tests/unit/bookstage.h"

#define HEAD                                                                                                           \
	"Stack: web\n"                                                                                                 \
	"Targets:\n"                                                                                                   \
	"  primary: {Region: us-east-1, Role: primary}\n"                                                              \
	"  dr: {Region: us-west-2, Role: recovery}\n"                                                                  \
	"Defaults: {Target: dr}\n"                                                                                     \
	"Conditions:\n"                                                                                                \
	"  Active: !Equals [!Ref 'DR::Mode', active]\n"                                                                \
	"Resources:\n"                                                                                                 \
	"  Vpc:\n"                                                                                                     \
	"    Type: AWS::EC2::VPC\n"                                                                                    \
	"    Properties: {CidrBlock: 10.0.0.0/16, EnableDnsHostnames: !If [Active, true, false], Tags: [{Key: a, Value: one}]}\n"              \
	"  Sub:\n"                                                                                                     \
	"    Type: AWS::EC2::Subnet\n"                                                                                 \
	"    Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}\n"                                                  \
	"  Extra:\n"                                                                                                   \
	"    Type: AWS::EC2::Subnet\n"                                                                                 \
	"    Condition: Active\n"                                                                                      \
	"    Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24}\n"                                                  \
	"  Far:\n"                                                                                                     \
	"    Type: AWS::EC2::VPC\n"                                                                                    \
	"    Target: primary\n"                                                                                        \
	"    Properties: {CidrBlock: 10.9.0.0/16, EnableDnsHostnames: !If [Active, true, false]}\n"

static const char whole[] = HEAD
    "Runbooks:\n"
    "  failover:\n"
    "    From: primary\n"
    "    To: dr\n"
    "    Preflight: [{Exists: {Of: [Vpc, Sub]}}]\n"
    "    Steps:\n"
    "      - {Name: announce, Notify: {Topic: t, Subject: s}, OnFailure: continue}\n"
    "      - {Name: loss, Measure: {RPO: {Metric: {Namespace: n, MetricName: m}}}}\n"
    "      - {Name: fence, Capacity: {Of: Vpc, Desired: 0}, When: planned}\n"
    "      - {Name: try-fence, Capacity: {Of: Vpc, Desired: 0, Wait: false}, When: unplanned, OnFailure: continue}\n"
    "      - Name: tier-1\n"
    "        Parallel:\n"
    "          - {Name: promote, PromoteAurora: {Global: Vpc, To: Sub}}\n"
    "          - {Name: tell, Invoke: {Function: f}}\n"
    "      - {Name: works, Check: [{Exists: {Of: Sub}}, {Expression: 'true'}], StopsClock: true}\n"
    "      - {Name: converge, Apply: {Mode: active, Only: mode, Unreachable: defer}}\n"
    "  failback:\n"
    "    From: dr\n"
    "    To: primary\n"
    "    Steps:\n"
    "      - {Name: back, Restore: {Runbook: failover, Step: [fence, try-fence]}}\n"
    "      - {Name: standby, Apply: {Mode: standby, Only: mode}, StopsClock: true}\n";

static const char undoing[] = HEAD
    "Runbooks:\n"
    "  failover:\n"
    "    To: dr\n"
    "    Steps:\n"
    "      - {Name: fence, Capacity: {Of: Vpc, Desired: 0}}\n"
    "      - {Name: tell, Invoke: {Function: f}}\n"
    "      - {Name: promote, PromoteAurora: {Global: Vpc, To: Sub}, OnFailure: undo}\n"
    "      - {Name: never, Notify: {Topic: t, Subject: s}}\n"
    "    Always:\n"
    "      - {Name: clean, CleanUp: {Target: dr}}\n";

static struct show show_new(struct stage *s, const char *yaml)
{
	must(s, stage_apply(s, yaml));
	return (struct show){.s = s, .world = world_new(), .runbook = "failover", .kind = "planned"};
}

static void check_done(struct show *x)
{
	struct stage *s = x->s;
	assert_int_equal(x->world->capacity, 0);
	assert_int_equal(x->world->writer, 1);
	assert_int_equal(deed(x->world, "fence")->effects, 1);
	assert_int_equal(deed(x->world, "promote")->effects, 1);
	/* What nobody can look at may be done again only when nobody knew that it was done. */
	assert_true(deed(x->world, "tell")->starts <= deed(x->world, "tell")->agains + 1);
	assert_true(deed(x->world, "announce")->starts <= deed(x->world, "announce")->agains + 1);
	assert_int_equal(deed(x->world, "try-fence")->starts, 0);
	assert_str(state_get(s->env.state, &s->arena, "mode"), "active");
	assert_str(state_get(s->env.state, &s->arena, "active"), "dr");
	assert_int_equal(sim_count(s->env.provider, STR("AWS::EC2::Subnet")), 2);
}

/* sim_count wants the simulator itself. */
static void look_inside(struct show *x)
{
	open_again(x->s);
}

static void planned(void **state)
{
	struct stage *s = *state;
	struct show x = show_new(s, whole);
	must(s, carry_out(&x));
	assert_int_equal(x.outcome, BOOK_DONE);
	assert_str(row_of(&x, "try-fence")->state, "skipped");
	assert_str(row_of(&x, "fence")->state, "done");
	assert_str(value_text(value_getc(row_of(&x, "fence")->found, "Desired")), "3");
	assert_int_equal(x.world->most_live, 2);
	assert_true(x.run.rto_ms >= 0);
	assert_str(x.run.rpo, "0.25");
	assert_str(x.run.outcome, "done");
	look_inside(&x);
	check_done(&x);
	stage_close(s);
	x.runbook = "failback";
	x.kind = "";
	must(s, carry_out(&x));
	assert_int_equal(x.outcome, BOOK_DONE);
	assert_int_equal(x.world->capacity, 3);
	assert_str(state_get(s->env.state, &s->arena, "mode"), "standby");
	look_inside(&x);
	assert_int_equal(sim_count(s->env.provider, STR("AWS::EC2::Subnet")), 1);
}

static void unplanned(void **state)
{
	struct stage *s = *state;
	struct show x = show_new(s, whole);
	x.kind = "unplanned";
	must(s, carry_out(&x));
	assert_int_equal(x.outcome, BOOK_DONE);
	assert_str(row_of(&x, "fence")->state, "skipped");
	assert_int_equal(deed(x.world, "try-fence")->effects, 1);
}

static void killed_everywhere(void **state)
{
	struct stage *s = *state;
	bool more = true;
	int at = 1;
	for (; more; at++) {
		struct show x = show_new(s, whole);
		more = killed(&x, at);
		if (more) {
			x.resume = true;
			/* A second kill on the way does no harm either. */
			if (killed(&x, 2))
				assert_false(killed(&x, 0));
		}
		look_inside(&x);
		check_done(&x);
		munmap(x.world, sizeof *x.world);
		stage_close(s);
		unlink(stage_path(s, "state.db"));
		unlink(stage_path(s, "sim.db"));
		nftw(s->dir, stage_remove, 8, FTW_DEPTH | FTW_PHYS);
		mkdir(s->dir, 0700);
	}
	assert_true(at > 8);
}

static void a_failure_stops_and_goes_on(void **state)
{
	struct stage *s = *state;
	struct show x = show_new(s, whole);
	x.world->failing = true;
	must(s, carry_out(&x));
	assert_int_equal(x.outcome, BOOK_FAILED);
	assert_true(stage_said(s, "the step 'promote' failed: it is headless"));
	assert_str(row_of(&x, "promote")->state, "failed");
	assert_str(row_of(&x, "tell")->state, "done");
	assert_str(row_of(&x, "works")->state, "");
	assert_int_equal(x.run.rto_ms, -1);
	assert_str(state_get(s->env.state, &s->arena, "mode"), "");
	struct runbook_run open;
	assert_true(book_unfinished(&s->arena, s->env.state, &open, &s->errs));
	/* Not a second one beside it. */
	assert_false(carry_out(&x));
	assert_true(stage_said(s, "is not over"));
	x.world->failing = false;
	x.resume = true;
	must(s, carry_out(&x));
	assert_int_equal(x.outcome, BOOK_DONE);
	assert_int_equal(row_of(&x, "promote")->attempts, 2);
	assert_int_equal(deed(x.world, "promote")->agains, 0);
	assert_int_equal(deed(x.world, "tell")->starts, 1);
	assert_int_equal(deed(x.world, "fence")->starts, 1);
	assert_false(book_unfinished(&s->arena, s->env.state, &open, &s->errs));
	/* Nothing is left to go on with. */
	assert_false(carry_out(&x));
	assert_true(stage_said(s, "no run of the runbook failover is unfinished"));
}

static void nobody_answers(void **state)
{
	struct stage *s = *state;
	struct show x = show_new(s, whole);
	x.kind = "unplanned";
	x.world->dead = true;
	must(s, carry_out(&x));
	assert_int_equal(x.outcome, BOOK_FAILED);
	assert_str(row_of(&x, "announce")->state, "gap");
	assert_str(row_of(&x, "loss")->state, "failed");
	/* In doubt: it is started as the same the next time. */
	x.world->dead = false;
	x.resume = true;
	must(s, carry_out(&x));
	assert_int_equal(x.outcome, BOOK_DONE);
	assert_int_equal(deed(x.world, "announce")->starts, 1);
}

static void undone(void **state)
{
	struct stage *s = *state;
	struct show x = show_new(s, undoing);
	x.world->failing = true;
	must(s, carry_out(&x));
	assert_int_equal(x.outcome, BOOK_UNDONE_EXCEPT);
	assert_int_equal(x.world->capacity, 3);
	assert_str(row_of(&x, "fence")->state, "undone");
	assert_int_equal(deed(x.world, "never")->starts, 0);
	assert_int_equal(deed(x.world, "clean")->effects, 1);
	const struct value *excepts = value_getc(x.run.info, "excepts");
	assert_int_equal(value_count(excepts), 2);
	assert_str(value_text(value_at(excepts, 0)), "promote (PromoteAurora): as the step left it");
	assert_str(value_text(value_at(excepts, 1)), "tell (Invoke): as the step left it");
}

static void only_what_the_mode_changes(void **state)
{
	struct stage *s = *state;
	struct show x = show_new(s, whole);
	/* The tree is not what was applied: that is not the failover's business. */
	int fd = open(stage_path(s, "stack.yaml"), O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "broken: [", 9), 9);
	close(fd);
	must(s, carry_out(&x));
	assert_int_equal(x.outcome, BOOK_DONE);
	assert_true(str_find(row_of(&x, "converge")->detail, STR("1 added, 2 changed, 0 destroyed"), 0) == 0);
}

static void a_changed_stack_is_not_gone_on_with(void **state)
{
	struct stage *s = *state;
	struct show x = show_new(s, whole);
	x.world->failing = true;
	must(s, carry_out(&x));
	struct str changed = str_fmt(&s->arena, "%sOutputs:\n  Id: {Value: !Ref Vpc}\n", whole);
	must(s, stage_apply(s, changed.p));
	x.resume = true;
	assert_false(carry_out(&x));
	assert_true(stage_said(s, "applied anew since run 1 began"));
	assert_true(book_abandon(&s->arena, s->env.state, 1, &s->errs));
	x.resume = false;
	x.world->failing = false;
	must(s, carry_out(&x));
	assert_int_equal(x.outcome, BOOK_DONE);
	assert_int_equal(deed(x.world, "fence")->effects, 1);
}

static void the_mode_must_be_what_the_world_shows(void **state)
{
	struct stage *s = *state;
	struct show x = show_new(s, whole);
	must(s, stage_open(s, whole));
	s->env.provider = fake_open(s->env.provider, x.world);
	assert_true(mode_agrees(&s->arena, &s->env, &s->errs));
	x.world->writer = 1;
	assert_false(mode_agrees(&s->arena, &s->env, &s->errs));
	assert_true(stage_said(s, "the state says mode standby"));
	assert_true(stage_said(s, "the writer is Sub"));
	state_set(s->env.state, "mode", STR("active"));
	assert_true(mode_agrees(&s->arena, &s->env, &s->errs));
	x.world->writer = 0;
	assert_false(mode_agrees(&s->arena, &s->env, &s->errs));
	/* Nobody to ask says nothing. */
	x.world->dead = true;
	assert_true(mode_agrees(&s->arena, &s->env, &s->errs));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		T(planned),
		T(unplanned),
		T(killed_everywhere),
		T(a_failure_stops_and_goes_on),
		T(nobody_answers),
		T(undone),
		T(only_what_the_mode_changes),
		T(a_changed_stack_is_not_gone_on_with),
		T(the_mode_must_be_what_the_world_shows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
