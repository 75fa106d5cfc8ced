/* SQLite's own failure points: an I/O error, a full disk and a power cut at the Nth operation on the state file, for each
 * N. Whatever happens, the file opens again, a call that left has its row or its open intent, and whole runs on the
 * simulator converge without an orphan. A sample by default, every N with FAULTS=all. */
#include "tests/unit/faultvfs.h"
#include "tests/unit/planstage.h"

#include <dirent.h>

#define STACK                                                                                                          \
	"Stack: t\nResources:\n"                                                                                       \
	"  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.1.0.0/16}}\n"                                         \
	"  Net: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.1.0.0/24}}\n"                     \
	"  Logs: {Type: AWS::Logs::LogGroup}\n"

static const char *const kinds[] = {"none", "I/O error once", "I/O errors", "full disk", "power cut"};

static bool all_cases(void)
{
	const char *faults = getenv("FAULTS");
	return faults && strcmp(faults, "all") == 0;
}

/* --- the state alone ------------------------------------------------------------------------------------------ */

#define CALLS 12

struct calls { /* the world: which creates left, whose rows were kept, and whose were committed */
	bool left[CALLS], kept[CALLS], recorded[CALLS];
};

static struct str name_of(struct arena *a, unsigned i)
{
	return str_fmt(a, "R%u", i);
}

static void record(struct state *st, struct arena *a, unsigned i, int64_t seq)
{
	struct state_row row = {.address = name_of(a, i),
				.type = STR("AWS::EC2::VPC"),
				.target = STR("dr"),
				.phase = STR("networking"),
				.id = name_of(a, i),
				.deletion = STR("Delete"),
				.inputs = value_map(a, (struct pos){0}),
				.attrs = value_map(a, (struct pos){0})};
	state_put(st, &row);
	state_intent_end(st, seq, "done", STR_NONE);
}

/* What was kept before a commit is on the disk with it. */
static bool commit(struct state *st, struct errs *errs, struct calls *w)
{
	if (!state_commit(st, errs))
		return false;
	memcpy(w->recorded, w->kept, sizeof w->recorded);
	return true;
}

/* As a run does it: the call leaves after its intent was committed, the row is kept beside the intent's end. */
static bool drive(struct state *st, struct arena *a, struct errs *errs, struct calls *w)
{
	int64_t run = state_run_begin(st, "apply", STR_NONE);
	for (unsigned i = 0; i < CALLS; i++) {
		struct intent in = {.run = run,
				    .action = INTENT_CREATE,
				    .address = name_of(a, i),
				    .type = STR("AWS::EC2::VPC"),
				    .target = STR("dr"),
				    .op = name_of(a, i),
				    .desired = value_map(a, (struct pos){0})};
		int64_t seq = state_intent(st, &in);
		if (!commit(st, errs, w))
			return false;
		w->left[i] = true;
		state_intent_id(st, seq, name_of(a, i));
		record(st, a, i, seq);
		if (!(i % 3 ? state_keep(st, errs) : commit(st, errs, w)))
			return false;
		w->kept[i] = true;
	}
	state_run_end(st, run, "done");
	return commit(st, errs, w);
}

static bool has_row(const struct state_row *rows, size_t n, struct str address)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].address, address))
			return true;
	return false;
}

static bool has_intent(const struct intent *in, size_t n, struct str address)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(in[i].address, address))
			return true;
	return false;
}

static void judge(struct stage *s, const char *path, bool cut, const struct calls *w)
{
	struct state_options opt = {.mode = STATE_WRITE, .command = "test"};
	struct state_row *rows;
	struct intent *open;
	size_t n, n_open;
	s->errs.n = s->errs.errors = 0;
	struct state *st = state_open(&s->arena, path, &opt, &s->errs);
	must(s, st != NULL);
	must(s, state_rows(st, &s->arena, &rows, &n, &s->errs));
	must(s, state_open_intents(st, &s->arena, &open, &n_open, &s->errs));
	for (unsigned i = 0; i < CALLS; i++) {
		struct str address = name_of(&s->arena, i);
		bool row = has_row(rows, n, address), intent = has_intent(open, n_open, address);
		assert_true(!w->left[i] || row || intent);
		assert_true(!w->recorded[i] || row);
		assert_true(!w->kept[i] || row || cut);
		assert_false(row && intent);
	}
	state_close(st);
}

/* False: there are fewer operations than that. */
static bool state_case(struct stage *s, enum fault_kind kind, unsigned at)
{
	const char *path = str_fmt(&s->arena, "%s/state-%d-%u.db", s->dir, kind, at).p;
	struct state_options opt = {.mode = STATE_WRITE, .command = "test"};
	struct calls w = {0};
	s->errs.n = s->errs.errors = 0;
	faultvfs_reset(kind, at);
	struct state *st = state_open(&s->arena, path, &opt, &s->errs);
	bool good = st && drive(st, &s->arena, &s->errs, &w);
	assert_true(good || s->errs.errors);
	state_close(st);
	bool fired = faultvfs.fired;
	if (kind == FAULT_CUT)
		faultvfs_power_cut();
	faultvfs_reset(FAULT_NONE, 0);
	judge(s, path, kind == FAULT_CUT, &w);
	return fired;
}

static void test_each_operation_fails(void **state)
{
	struct stage *s = *state;
	for (int kind = FAULT_IO_ONCE; kind <= FAULT_CUT; kind++) {
		unsigned at = 1, cases = 0, stride = all_cases() ? 1 : 7;
		for (; state_case(s, (enum fault_kind)kind, at); at += stride)
			cases++;
		print_message("state, %s: %u cases\n", kinds[kind], cases);
		assert_true(cases > 20);
	}
}

/* What is kept is not waited for; the next commit takes it along even where it has nothing of its own, and so does the
 * first turn after a second. */
static int64_t told_ms;

static int64_t told_clock(void *ctx)
{
	(void)ctx;
	return told_ms;
}

static void test_kept_is_synced_later(void **state)
{
	struct stage *s = *state;
	const char *path = stage_path(s, "state-kept.db");
	const struct clock clock = {.mono_ms = told_clock, .wall_ms = told_clock};
	struct state_options opt = {.mode = STATE_WRITE, .command = "test", .clock = &clock};
	faultvfs_reset(FAULT_CUT, 0);
	struct state *st = state_open(&s->arena, path, &opt, &s->errs);
	must(s, st != NULL);
	unsigned syncs = faultvfs.syncs;
	state_set(st, "a", STR("1"));
	must(s, state_keep(st, &s->errs));
	assert_int_equal(faultvfs.syncs, syncs);
	assert_non_null(fault_lost);
	must(s, state_commit(st, &s->errs));
	assert_int_equal(faultvfs.syncs, syncs + 1);
	assert_null(fault_lost);
	must(s, state_commit(st, &s->errs));
	assert_int_equal(faultvfs.syncs, syncs + 1);
	state_set(st, "a", STR("2"));
	must(s, state_keep(st, &s->errs));
	told_ms += 999;
	must(s, state_keep(st, &s->errs));
	assert_int_equal(faultvfs.syncs, syncs + 1);
	told_ms++;
	must(s, state_keep(st, &s->errs));
	assert_int_equal(faultvfs.syncs, syncs + 2);
	assert_null(fault_lost);
	state_close(st);
	faultvfs_reset(FAULT_NONE, 0);
}

/* --- whole runs ----------------------------------------------------------------------------------------------- */

static void start_over(struct stage *s)
{
	stage_close(s);
	DIR *dir = opendir(s->dir);
	for (struct dirent *d; (d = readdir(dir)) != NULL;)
		if (d->d_name[0] != '.')
			unlink(stage_path(s, d->d_name));
	closedir(dir);
}

static bool run_case(struct stage *s, enum fault_kind kind, unsigned at)
{
	struct state_row *rows;
	size_t n;
	start_over(s);
	faultvfs_reset(kind, at);
	stage_apply(s, STACK);
	stage_close(s);
	bool fired = faultvfs.fired;
	if (kind == FAULT_CUT)
		faultvfs_power_cut();
	faultvfs_reset(FAULT_NONE, 0);
	must(s, stage_apply(s, STACK));
	must_be_clean(s, STACK);
	assert_true(state_rows(s->env.state, &s->arena, &rows, &n, &s->errs));
	assert_int_equal(n, 3);
	assert_int_equal(sim_count(s->env.provider, STR_NONE), 3);
	return fired;
}

static void test_runs_converge(void **state)
{
	struct stage *s = *state;
	unsigned stride = all_cases() ? 1 : 23;
	for (int kind = FAULT_IO_ONCE; kind <= FAULT_CUT; kind++) {
		unsigned at = (unsigned)kind, cases = 0;
		for (; run_case(s, (enum fault_kind)kind, at); at += stride)
			cases++;
		print_message("apply, %s: %u cases\n", kinds[kind], cases);
		assert_true(cases > 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_each_operation_fails, stage_setup, stage_teardown),
	    cmocka_unit_test_setup_teardown(test_kept_is_synced_later, stage_setup, stage_teardown),
	    cmocka_unit_test_setup_teardown(test_runs_converge, stage_setup, stage_teardown),
	};
	faultvfs_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
