/* Undo: a failure at each mutating call of a change, on a stack that ran in an older version. Afterwards the simulator's
 * world and the state are as before, and the older version has nothing to do. */
#include "tests/unit/planstage.h"
#include "tests/unit/simview.h"
#include "tests/unit/twostacks.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/json.h"

static const enum on_failure pause_it = FAIL_PAUSE;
static unsigned cases, exceptions;

static void must_be_same(struct stage *s, struct str before, const char *operation, unsigned nth)
{
	struct str after = seen(s);
	if (str_eq(before, after))
		return;
	stage_errors(s);
	print_error("%s %u\n", operation, nth);
	lines_of(before, after, "before:");
	lines_of(after, before, "after: ");
	fail_msg("not as before");
}

/* A fresh world in the older version. */
static struct str begin_anew(struct stage *s)
{
	s->opt.destroy = true;
	must(s, stage_apply(s, first));
	s->opt.destroy = false;
	must(s, stage_apply(s, first));
	return seen(s);
}

static struct sim_fault failing(const char *operation, unsigned nth)
{
	return (struct sim_fault){.operation = str_of(operation), .nth = nth, .kind = STR("error"), .code = STR("LimitExceeded"),
				  .message = STR("no more of that")};
}

static bool rolled_back(enum run_outcome o)
{
	exceptions += o == RUN_ROLLED_BACK_EXCEPT;
	return o == RUN_ROLLED_BACK || o == RUN_ROLLED_BACK_EXCEPT;
}

static void test_each_step_fails(void **state)
{
	static const char *const operations[] = {"create", "update", "delete"};
	struct stage *s = *state;
	must(s, stage_apply(s, first));
	struct str before = seen(s);
	s->run.whole_run = true;
	for (size_t o = 0; o < COUNT(operations); o++)
		for (unsigned n = 1;; n++) {
			struct sim_fault f = failing(operations[o], n);
			must(s, stage_plan(s, second));
			must(s, sim_fault(s->env.provider, &f, &s->errs));
			if (stage_run(s)) {
				sim_fault_clear(s->env.provider, &s->errs);
				before = begin_anew(s);
				break;
			}
			cases++;
			if (!rolled_back(s->result.outcome)) {
				stage_errors(s);
				fail_msg("%s %u: outcome %d", operations[o], n, (int)s->result.outcome);
			}
			sim_fault_clear(s->env.provider, &s->errs);
			must_be_same(s, before, operations[o], n);
			must_be_clean(s, first);
		}
	print_message("%u failures, all undone, %u of them with new ids\n", cases, exceptions);
}

static bool undo(struct stage *s)
{
	struct undo_options opt = {.run = &s->run};
	return undo_last(&s->arena, &s->env, &opt, &s->result, &s->errs);
}

static bool killed(struct stage *s, const char *operation, const char *kind, unsigned nth, bool whole, bool (*run)(struct stage *),
		   const char *yaml)
{
	stage_close(s);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct sim_fault f = {.operation = str_of(operation), .nth = nth, .kind = str_of(kind)};
		s->run.whole_run = whole;
		bool ok = (run == undo ? stage_open(s, yaml) : stage_plan(s, yaml)) && sim_fault(s->env.provider, &f, &s->errs) && run(s);
		if (!ok)
			stage_errors(s);
		if (s->env.provider)
			sim_fault_clear(s->env.provider, &s->errs);
		stage_close(s);
		_exit(ok ? 0 : 1);
	}
	int status;
	waitpid(pid, &status, 0);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* A run that was killed anywhere is undone by command. */
static void test_killed_run_is_undone(void **state)
{
	static const char *const operations[] = {"create", "update", "delete"}, *const kinds[] = {"kill-before", "kill-after"};
	struct stage *s = *state;
	must(s, stage_apply(s, first));
	struct str before = seen(s);
	cases = 0;
	for (size_t o = 0; o < COUNT(operations); o++)
		for (size_t k = 0; k < COUNT(kinds); k++) {
			before = begin_anew(s);
			for (unsigned n = 1; killed(s, operations[o], kinds[k], n, true, stage_run, second); n++, cases++) {
				must(s, stage_open(s, first));
				s->run.whole_run = true;
				undo(s);
				if (!rolled_back(s->result.outcome)) {
					stage_errors(s);
					fail_msg("%s %s %u: outcome %d", operations[o], kinds[k], n, (int)s->result.outcome);
				}
				must_be_same(s, before, operations[o], n);
				must_be_clean(s, first);
			}
		}
	print_message("%u killed runs, all undone\n", cases);
}

/* And an undo that was killed anywhere is gone on with. */
static void test_killed_undo_goes_on(void **state)
{
	static const char *const operations[] = {"create", "update", "delete"}, *const kinds[] = {"kill-before", "kill-after"};
	struct stage *s = *state;
	must(s, stage_apply(s, first));
	struct str before = seen(s);
	cases = 0;
	s->run.on_failure = &pause_it;
	for (size_t o = 0; o < COUNT(operations); o++)
		for (size_t k = 0; k < COUNT(kinds); k++)
			for (unsigned n = 1;; n++, cases++) {
				struct sim_fault f = failing("delete", 5);
				must(s, stage_plan(s, second));
				must(s, sim_fault(s->env.provider, &f, &s->errs));
				assert_false(stage_run(s));
				sim_fault_clear(s->env.provider, &s->errs);
				bool was = killed(s, operations[o], kinds[k], n, true, undo, first);
				must(s, stage_open(s, first));
				s->run.whole_run = true;
				undo(s);
				if (was && !rolled_back(s->result.outcome)) {
					stage_errors(s);
					fail_msg("%s %s %u: outcome %d", operations[o], kinds[k], n, (int)s->result.outcome);
				}
				must_be_same(s, before, operations[o], n);
				must_be_clean(s, first);
				if (!was)
					break;
			}
	print_message("%u killed undos, all gone on with\n", cases);
}

static void test_pause_then_skip(void **state)
{
	struct stage *s = *state;
	struct sim_fault f = failing("create", 2);
	struct str logs = STR("Logs");
	must(s, stage_apply(s, first));
	must(s, stage_plan(s, second));
	must(s, sim_fault(s->env.provider, &f, &s->errs));
	s->run.on_failure = &pause_it;
	assert_false(stage_run(s));
	assert_int_equal(s->result.outcome, RUN_FAILED);
	sim_fault_clear(s->env.provider, &s->errs);
	must(s, stage_open(s, first));
	struct undo_options opt = {.run = &s->run, .skips = &logs, .n_skips = 1};
	assert_false(undo_last(&s->arena, &s->env, &opt, &s->result, &s->errs));
	assert_true(stage_said(s, "nothing of 'Logs' is to be undone"));
	must(s, stage_open(s, first));
	must(s, undo(s));
	must(s, stage_open(s, first));
	assert_false(undo(s));
	assert_true(stage_said(s, "the last run was undone already"));
	must_be_clean(s, first);
}

/* An undo that fails says what is left; the next one does it. */
static void test_failed_undo_says_what_is_left(void **state)
{
	struct stage *s = *state;
	struct sim_fault f = failing("create", 2), g = failing("delete", 1);
	const char *more = "Stack: t\nResources:\n"
			   "  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.1.0.0/16}}\n"
			   "  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.1.0.0/24}}\n";
	g.times = 100;
	must(s, stage_plan(s, more));
	must(s, sim_fault(s->env.provider, &f, &s->errs));
	must(s, sim_fault(s->env.provider, &g, &s->errs));
	assert_false(stage_run(s));
	assert_int_equal(s->result.outcome, RUN_FAILED);
	assert_true(stage_said(s, "is still to be deleted"));
	sim_fault_clear(s->env.provider, &s->errs);
	must(s, stage_open(s, more));
	must(s, undo(s));
	assert_int_equal(sim_count(s->env.provider, STR_NONE), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {T(test_each_step_fails), T(test_killed_run_is_undone), T(test_killed_undo_goes_on),
					   T(test_pause_then_skip), T(test_failed_undo_says_what_is_left)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
