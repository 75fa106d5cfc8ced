/* Killed at every mutating call of an apply, a change with replacements and a destroy, before and after the world
 * changed: one more run converges, nothing is doubled, nothing is left over. */
#include "tests/unit/planstage.h"
#include "tests/unit/twostacks.h"

#include <signal.h>
#include <sys/wait.h>

struct crash {
	const char *operation, *kind;
	unsigned nth;
	bool destroy;
	const char *yaml;
};

/* In a process of its own, which the fault kills; false: the fault never fired, the command was carried through. */
static bool crashed(struct stage *s, const struct crash *c)
{
	stage_close(s);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct sim_fault f = {.operation = str_of(c->operation), .nth = c->nth, .kind = str_of(c->kind)};
		s->opt.destroy = c->destroy;
		bool ok = stage_plan(s, c->yaml) && sim_fault(s->env.provider, &f, &s->errs) && stage_run(s);
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

static size_t living(struct stage *s, const char *type)
{
	return sim_count(s->env.provider, str_of(type));
}

static void check_world(struct stage *s, const char *yaml)
{
	static const char *const types[] = {"AWS::EC2::VPC", "AWS::EC2::InternetGateway", "AWS::EC2::Subnet",
					    "AWS::EC2::SecurityGroupIngress", "AWS::Logs::LogGroup",
					    "AWS::EC2::SubnetRouteTableAssociation"};
	struct state_row *rows;
	size_t n;
	must(s, stage_apply(s, yaml));
	must_be_clean(s, yaml);
	for (size_t i = 0; i < COUNT(types); i++)
		assert_int_equal(living(s, types[i]), 1);
	assert_true(state_rows(s->env.state, &s->arena, &rows, &n, &s->errs));
	for (size_t i = 0; i < n; i++)
		assert_true(rows[i].status == ROW_OK && rows[i].generation == 0);
}

static void check_gone(struct stage *s, const char *yaml)
{
	struct state_row *rows;
	size_t n;
	s->opt.destroy = true;
	must(s, stage_apply(s, yaml));
	s->opt.destroy = false;
	assert_true(state_rows(s->env.state, &s->arena, &rows, &n, &s->errs));
	assert_int_equal(n, 0);
	assert_int_equal(living(s, "AWS::EC2::VPC") + living(s, "AWS::EC2::Subnet") + living(s, "AWS::Logs::LogGroup") +
				 living(s, "AWS::EC2::InternetGateway"),
			 0);
}

static const char *const kinds[] = {"kill-before", "kill-after"};
static unsigned cases;

static void test_apply(void **state)
{
	struct stage *s = *state;
	for (size_t k = 0; k < COUNT(kinds); k++)
		for (unsigned n = 1; crashed(s, &(struct crash){"create", kinds[k], n, false, first}); n++, cases++) {
			check_world(s, first);
			check_gone(s, first);
		}
	check_gone(s, first);
}

static void test_change(void **state)
{
	static const char *const operations[] = {"create", "update", "delete"};
	struct stage *s = *state;
	for (size_t o = 0; o < COUNT(operations); o++)
		for (size_t k = 0; k < COUNT(kinds); k++)
			for (unsigned n = 1;; n++, cases++) {
				must(s, stage_apply(s, first));
				if (!crashed(s, &(struct crash){operations[o], kinds[k], n, false, second}))
					break;
				check_world(s, second);
			}
	check_gone(s, second);
}

static void test_destroy(void **state)
{
	struct stage *s = *state;
	for (size_t k = 0; k < COUNT(kinds); k++)
		for (unsigned n = 1;; n++, cases++) {
			must(s, stage_apply(s, first));
			if (!crashed(s, &(struct crash){"delete", kinds[k], n, true, first}))
				break;
			check_gone(s, first);
		}
	print_message("%u crashes, each resumed by one run\n", cases);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {T(test_apply), T(test_change), T(test_destroy)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
