/* Random stacks, random edits, and something going wrong in each run: faults, kills, interrupts, a second run beside it.
 *
 * Whatever happens: a run that was undone leaves the world as it was; one more run converges; then the plan is clean and
 * the world holds what the state holds, no more and no less; a destroy leaves nothing. A sample of seeds by default, 2,000
 * with FAULTS=all, one with CHAOS_SEED=N. A seed that fails is tried again with fewer and fewer resources, and the smallest
 * stack that still fails is printed.
 */
#include "tests/unit/faultvfs.h"
#include "tests/unit/randomstack.h"
#include "tests/unit/simview.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define SAMPLE 30
#define ALL 2000
#define STEPS 3

enum chaos { CALM, ERROR, DROP, THROTTLE, KILL_BEFORE, KILL_AFTER, INTERRUPT, RACE, CHAOS_KINDS };

struct incident {
	enum chaos kind;
	const char *operation;
	unsigned nth;
	bool whole_run;
};

/* What happened, over all processes. */
static struct tally {
	_Atomic unsigned runs, killed, undone, failed, interrupted, refused;
	_Atomic size_t resources;
} * tally;

static unsigned interrupt_after;

static bool interrupted(void)
{
	return interrupt_after && --interrupt_after == 0 ? (interrupt_after = 1, true) : false;
}

static const char *const chaos_words[] = {"nothing",     "error",      "drop-after", "throttle",
					  "kill-before", "kill-after", "interrupt",  "a second run"};

/* Late enough to hurt, early enough to happen. */
static struct incident incident_random(uint64_t *seed, unsigned calls)
{
	static const char *const operations[] = {"", "", "create", "update", "delete"}; /* "": any */
	return (struct incident){.kind = (enum chaos)random_below(seed, CHAOS_KINDS),
				 .operation = operations[random_below(seed, COUNT(operations))],
				 .nth = 1 + random_below(seed, calls),
				 .whole_run = random_below(seed, 2)};
}

static bool arm(struct stage *s, const struct incident *in)
{
	if (in->kind == INTERRUPT)
		interrupt_after = in->nth;
	if (in->kind == CALM || in->kind == INTERRUPT || in->kind == RACE)
		return true;
	struct sim_fault f = {.operation = str_of(in->operation),
			      .nth = in->nth,
			      .kind = str_of(chaos_words[in->kind]),
			      .code = in->kind == ERROR ? STR("LimitExceeded") : STR_NONE,
			      .message = in->kind == ERROR ? STR("no more of that") : STR_NONE};
	return sim_fault(s->env.provider, &f, &s->errs);
}

/* One apply or destroy in a process of its own, as the incident has it; the exit status is the run's outcome. */
static pid_t command_start(struct stage *s, const char *yaml, const struct incident *in, bool destroy)
{
	stage_close(s);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid)
		return pid;
	s->opt.destroy = destroy;
	s->run = (struct run_options){.whole_run = in->whole_run, .gate_ms = 200};
	bool ready = stage_plan(s, yaml) && arm(s, in);
	s->run.interrupted = in->kind == INTERRUPT ? interrupted : NULL;
	if (ready)
		stage_run(s);
	stage_errors(s);
	if (s->env.provider)
		sim_fault_clear(s->env.provider, &s->errs);
	stage_close(s);
	_exit(ready ? 100 + (int)s->result.outcome : 99);
}

/* RUN_... of a run that ended; -1: it was killed, or could not begin. */
static int command_end(pid_t pid)
{
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) ? WEXITSTATUS(status) >= 99 : WTERMSIG(status) == SIGKILL);
	int outcome = WIFEXITED(status) ? WEXITSTATUS(status) - 100 : -1;
	tally->runs++;
	tally->killed += WIFSIGNALED(status);
	tally->refused += WIFEXITED(status) && outcome < 0;
	tally->undone += outcome == RUN_ROLLED_BACK || outcome == RUN_ROLLED_BACK_EXCEPT;
	tally->failed += outcome == RUN_FAILED;
	tally->interrupted += outcome == RUN_INTERRUPTED;
	return outcome;
}

static int command(struct stage *s, const char *yaml, const struct incident *in, bool destroy)
{
	pid_t second = in->kind == RACE ? command_start(s, yaml, in, destroy) : -1;
	int outcome = command_end(command_start(s, yaml, in, destroy));
	if (second > 0)
		command_end(second);
	return outcome;
}

/* The state holds these resources and the world holds nothing else. */
static void check_world(struct stage *s, const char *yaml, size_t size)
{
	struct state_row *rows;
	size_t n;
	must(s, stage_apply(s, yaml));
	must_be_clean(s, yaml);
	assert_true(state_rows(s->env.state, &s->arena, &rows, &n, &s->errs));
	tally->resources += size;
	assert_int_equal(n, size);
	assert_int_equal(sim_count(s->env.provider, STR_NONE), size);
}

static void check_undone(struct stage *s, const char *yaml, struct str before)
{
	must(s, stage_open(s, yaml));
	struct str after = seen(s);
	if (str_eq(before, after))
		return;
	lines_of(before, after, "before:");
	lines_of(after, before, "after: ");
	fail_msg("the run was undone, and the world is not as before");
}

static void tell(uint64_t seed, int limit, unsigned step, const struct incident *in, const char *yaml, size_t size)
{
	fprintf(stderr, "seed %llu with at most %d resources, step %u: %s at %s %u, %zu resources:\n%s",
		(unsigned long long)seed, limit, step, chaos_words[in->kind], in->operation, in->nth, size, yaml);
}

static void live_through(struct stage *s, uint64_t seed, int limit, bool loud)
{
	struct random_stack r;
	size_t size, size_before = 0;
	const char *yaml = NULL, *older = NULL;
	stack_random(&r, seed, limit);
	for (unsigned step = 0; step < STEPS; step++, older = yaml, size_before = size) {
		struct incident in = incident_random(&r.seed, step ? 5 : (unsigned)limit);
		struct str before = STR_NONE;
		if (step)
			stack_edit(&r);
		yaml = stack_text(&s->arena, &r, &size);
		if (loud)
			tell(seed, limit, step, &in, yaml, size);
		if (!size)
			return;
		if (older && size_before) {
			must(s, stage_open(s, older));
			before = seen(s);
		}
		int outcome = command(s, yaml, &in, false);
		if (outcome == RUN_ROLLED_BACK && in.whole_run && before.n)
			check_undone(s, older, before);
		if (in.kind == CALM || in.kind == THROTTLE)
			assert_int_equal(outcome, RUN_DONE);
		check_world(s, yaml, size);
	}
	struct incident last = incident_random(&r.seed, (unsigned)limit);
	command(s, yaml, &last, true);
	s->opt.destroy = true;
	must(s, stage_apply(s, yaml));
	assert_int_equal(sim_count(s->env.provider, STR_NONE), 0);
}

/* In a process of its own, which ends well or not. */
static pid_t seed_start(uint64_t seed, int limit, bool loud)
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid)
		return pid;
	void *state;
	stage_setup(&state);
	if (!freopen("/dev/null", "w", stdout) || (!loud && !freopen("/dev/null", "w", stderr)))
		_exit(2);
	live_through(state, seed, limit, loud);
	stage_teardown(&state);
	_exit(0);
}

static bool seed_holds(uint64_t seed, int limit, bool loud)
{
	int status;
	pid_t pid = seed_start(seed, limit, loud);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void reproduce(uint64_t seed)
{
	int limit = 2;
	while (limit < ITEMS_MAX && seed_holds(seed, limit, false))
		limit++;
	print_error("CHAOS_SEED=%llu fails with %d resources or more:\n", (unsigned long long)seed, limit);
	seed_holds(seed, limit, true);
}

#define JOBS_MAX 64

static struct job {
	pid_t pid;
	uint64_t seed;
} jobs[JOBS_MAX];

/* Wait until one of those that run ends; its seed where it failed, else 0. */
static uint64_t job_end(void)
{
	int status;
	pid_t pid = wait(&status);
	assert_true(pid > 0);
	for (size_t i = 0; i < JOBS_MAX; i++)
		if (jobs[i].pid == pid) {
			jobs[i].pid = 0;
			return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : jobs[i].seed;
		}
	fail_msg("a process that nobody started");
	return 0;
}

static void job_start(uint64_t seed)
{
	size_t i = 0;
	while (jobs[i].pid)
		i++;
	jobs[i] = (struct job){seed_start(seed, ITEMS_MAX, false), seed};
}

static void test_seeds(void **state)
{
	const char *faults = getenv("FAULTS"), *one = getenv("CHAOS_SEED");
	uint64_t first = one ? strtoull(one, NULL, 10) : 1, bad[3], ended;
	uint64_t n = one ? 1 : faults && strcmp(faults, "all") == 0 ? ALL : SAMPLE;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned failed = 0, running = 0, at_once = cpus < 1 ? 1 : cpus > JOBS_MAX ? JOBS_MAX : (unsigned)cpus;
	(void)state;
	for (uint64_t seed = first; seed < first + n || running;) {
		if (seed < first + n && running < at_once) {
			job_start(seed++);
			running++;
			continue;
		}
		ended = job_end();
		running--;
		if (ended && failed++ < COUNT(bad))
			bad[failed - 1] = ended;
	}
	for (unsigned i = 0; i < failed && i < COUNT(bad); i++)
		reproduce(bad[i]);
	print_message(
	    "%llu random stacks, %u failed; %u runs: %u killed, %u undone, %u interrupted, %u left as they were, "
	    "%u refused; %zu resources\n",
	    (unsigned long long)n, failed, tally->runs, tally->killed, tally->undone, tally->interrupted, tally->failed,
	    tally->refused, tally->resources);
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_seeds)};
	tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		return 1;
	faultvfs_install(); /* it also spares the disk its syncs */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
