/* Undo: a run, or the last phase of one, taken back from the journal (docs/journal-and-rollback.md).
 *
 * What stood before is in the intents: the row, and what was live. What stands now is read. The difference is a plan
 * like any other, carried out backwards by run.c and journaled as a run of its own; rounds go on until a round finds
 * nothing to do, which is the proof. Nothing is remembered between rounds, so that an undo which was killed or failed
 * goes on from the same journal. undoplan.c makes the plan of a round.
 */
#include "planner/undo.h"

#include <stdlib.h>
#include <string.h>

#define ROUNDS 4
#define KEY "undo"

/* --- what is to be undone ------------------------------------------------------------------------------------- */

static int intent_compare(const void *pa, const void *pb)
{
	const struct intent *a = *(const struct intent *const *)pa, *b = *(const struct intent *const *)pb;
	int c = str_cmp(a->address, b->address);
	return c ? c : (a->seq > b->seq) - (a->seq < b->seq);
}

static bool in_scope(const struct undoing *u, struct str phase)
{
	return !u->phase.n || str_eq(u->phase, phase);
}

static void group_note(struct undo_group *g, const struct intent *in)
{
	if (!g->before && in->row && !g->made_first)
		g->before = in->row;
	g->made_first |= in->action == INTENT_CREATE && !in->row && !g->before;
	if (in->action != INTENT_CREATE && g->before && !g->prior && str_eq(in->id, g->before->id))
		g->prior = in->prior;
	if (in->action == INTENT_UPDATE && in->desired)
		g->last = in->desired;
}

static bool groups_make(struct undoing *u)
{
	struct intent *all;
	size_t n, kept = 0;
	if (!state_run_intents(u->env->state, u->a, u->run, &all, &n, u->errs))
		return false;
	u->intents = arena_array(u->a, n + 1, sizeof *u->intents);
	u->groups = arena_array(u->a, n + 1, sizeof *u->groups);
	u->n_groups = 0;
	for (size_t i = 0; i < n; i++)
		if (in_scope(u, all[i].at))
			u->intents[kept++] = &all[i];
	qsort(u->intents, kept, sizeof *u->intents, intent_compare);
	for (size_t i = 0; i < kept; i++) {
		const struct intent *in = u->intents[i];
		struct undo_group *g = u->n_groups ? &u->groups[u->n_groups - 1] : NULL;
		if (!g || !str_eq(g->address, in->address)) {
			g = &u->groups[u->n_groups++];
			*g = (struct undo_group){.address = in->address, .intents = &u->intents[i]};
		}
		g->n++;
		group_note(g, in);
	}
	for (size_t i = 0; i < u->n_groups; i++)
		for (size_t k = 0; k < u->opt->n_skips; k++)
			u->groups[i].skipped |= str_eq(u->groups[i].address, u->opt->skips[k]);
	return true;
}

static bool skips_known(struct undoing *u)
{
	struct str *names = arena_array(u->a, u->n_groups + 1, sizeof *names);
	size_t before = u->errs->errors;
	for (size_t i = 0; i < u->n_groups; i++)
		names[i] = u->groups[i].address;
	for (size_t k = 0; k < u->opt->n_skips; k++) {
		size_t i = 0;
		while (i < u->n_groups && !str_eq(names[i], u->opt->skips[k]))
			i++;
		if (i == u->n_groups)
			err_add(u->errs, ERR_INPUT, (struct pos){0}, "nothing of '%.*s' is to be undone%.*s",
				STR_ARG(u->opt->skips[k]),
				STR_ARG(err_suggest(u->a, u->opt->skips[k], names, u->n_groups)));
	}
	return u->errs->errors == before;
}

/* --- rounds --------------------------------------------------------------------------------------------------- */

static void told_left(struct undoing *u)
{
	static const char *const words[ACT_COUNT] = {[ACT_CREATE] = "made again",
						     [ACT_UPDATE] = "changed back",
						     [ACT_REPLACE] = "deleted, and what it replaced made again",
						     [ACT_DELETE] = "deleted"};
	size_t left = 0;
	for (size_t i = 0; i < u->plan->n; i++) {
		const struct change *c = &u->plan->changes[i];
		if (c->action == ACT_NONE)
			continue;
		left++;
		struct str id = c->row ? c->row->id : c->back->id;
		struct err *e = err_add(u->errs, ERR_REMOTE, (struct pos){0}, "%.*s (%.*s) is still to be %s",
					STR_ARG(c->address), STR_ARG(id), words[c->action]);
		e->address = c->address;
	}
	struct err *e =
	    err_add(u->errs, ERR_REMOTE, (struct pos){0}, "the run was not undone completely: %zu left", left);
	err_help(u->errs, e,
		 "`drplan rollback` goes on with it, `drplan rollback --skip ADDRESS` leaves one as it is, and "
		 "`drplan apply` goes forward instead");
}

static enum run_outcome told_interrupted(struct undoing *u)
{
	struct err *e = err_add(u->errs, ERR_SYSTEM, (struct pos){0}, "the undo was interrupted");
	err_help(u->errs, e, "`drplan rollback` goes on with it");
	return RUN_INTERRUPTED;
}

static bool interrupted(const struct undoing *u)
{
	return u->opt->run->interrupted && u->opt->run->interrupted();
}

/* One after the other until nothing is left to do. */
static enum run_outcome rounds(struct undoing *u, struct run_result *out)
{
	struct run_options opt = *u->opt->run;
	opt.command = "rollback";
	for (int round = 0; round < ROUNDS; round++) {
		struct run_result result;
		if (interrupted(u))
			return told_interrupted(u);
		if (!undo_plan(u))
			return interrupted(u) ? told_interrupted(u) : RUN_FAILED;
		if (!u->left)
			return u->undecided ? RUN_FAILED : u->n_excepts ? RUN_ROLLED_BACK_EXCEPT : RUN_ROLLED_BACK;
		bool ok = run_plan(u->a, u->env, u->plan, &opt, &result, u->errs);
		out->undone += result.created + result.updated + result.replaced + result.removed;
		if (result.outcome == RUN_INTERRUPTED)
			return told_interrupted(u);
		if (!ok) {
			if (undo_plan(u))
				told_left(u);
			return RUN_FAILED;
		}
	}
	told_left(u);
	return RUN_FAILED;
}

static bool undo(struct undoing *u, struct run_result *out)
{
	static const char *const names[] = {[RUN_ROLLED_BACK] = "rolled back",
					    [RUN_ROLLED_BACK_EXCEPT] = "rolled back, except"};
	struct state *st = u->env->state;
	state_set(st, KEY, str_fmt(u->a, "%lld/%.*s", (long long)u->run, STR_ARG(u->phase)));
	if (!undo_recover(u) || !groups_make(u) || !skips_known(u)) {
		out->outcome = RUN_FAILED;
		return false;
	}
	out->outcome = rounds(u, out);
	out->undone_phase = u->phase;
	out->excepts = u->excepts;
	out->n_excepts = u->n_excepts;
	bool over = out->outcome == RUN_ROLLED_BACK || out->outcome == RUN_ROLLED_BACK_EXCEPT;
	if (over) {
		state_run_end(st, u->run, names[out->outcome]);
		state_set(st, KEY, STR_NONE);
	}
	if (!state_commit(st, u->errs)) {
		out->outcome = RUN_FAILED;
		return false;
	}
	return over;
}

/* --- after a failure ------------------------------------------------------------------------------------------ */

static const struct phase *failed_phase(const struct run *r)
{
	const struct stack *s = r->plan->stack;
	return r->stage / 2 < s->n_phases ? &s->phases[r->stage / 2] : NULL;
}

bool undo_wanted(const struct run *r)
{
	const struct phase *ph = failed_phase(r);
	if (plan_backwards(r->plan) || !r->failed || r->broken || r->interrupted || !ph)
		return false;
	return (r->opt->on_failure ? *r->opt->on_failure : ph->on_failure) == FAIL_ROLLBACK;
}

void undo_failed_run(struct run *r)
{
	const struct phase *ph = failed_phase(r);
	struct undo_options opt = {.run = r->opt};
	struct undoing u = {.a = r->a, .env = r->env, .opt = &opt, .errs = r->errs, .run = r->id};
	if (plan_backwards(r->plan) || !ph)
		return;
	if (!r->opt->whole_run)
		u.phase = ph->name;
	if (undo_wanted(r)) {
		undo(&u, r->result);
		return;
	}
	/* Left as it is: `drplan rollback` finds which phase it was. */
	r->result->kept_phase = ph->name;
	state_set(r->env->state, KEY, str_fmt(r->a, "%lld/%.*s", (long long)r->id, STR_ARG(u.phase)));
	state_commit(r->env->state, r->errs);
}

/* --- by command ----------------------------------------------------------------------------------------------- */

static bool nothing(struct errs *errs, const char *why)
{
	struct err *e = err_add(errs, ERR_INPUT, (struct pos){0}, "there is nothing to undo: %s", why);
	err_help(errs, e, "to take back what a finished run did, apply the stack as it was before");
	return false;
}

/* The phase that a killed or interrupted run was in. */
static bool last_phase(struct undoing *u)
{
	struct intent *all;
	size_t n;
	if (!state_run_intents(u->env->state, u->a, u->run, &all, &n, u->errs))
		return false;
	u->phase = n ? all[n - 1].at : STR_NONE;
	return true;
}

static bool find_run(struct undoing *u)
{
	struct state_run *runs;
	struct str run, phase = state_get(u->env->state, u->a, KEY);
	size_t n, i = 0;
	if (str_cut(&phase, '/', &run) && str_int(run, 1, INT64_MAX, &u->run)) {
		u->phase = phase;
		return true;
	}
	if (!state_runs(u->env->state, u->a, 64, &runs, &n, u->errs))
		return false;
	while (i < n && str_eqc(runs[i].command, "rollback"))
		i++;
	if (i == n)
		return nothing(u->errs, "the state knows no run");
	if (str_eqc(runs[i].command, "destroy"))
		return nothing(u->errs, "the last run was a destroy");
	if (str_starts(runs[i].outcome, STR("rolled back")))
		return nothing(u->errs, "the last run was undone already");
	if (str_eqc(runs[i].outcome, "done"))
		return nothing(u->errs, "the last run was carried through");
	u->run = runs[i].run;
	return last_phase(u);
}

bool undo_last(struct arena *a, struct plan_env *env, const struct undo_options *opt, struct run_result *out,
	       struct errs *errs)
{
	struct undoing u = {.a = a, .env = env, .opt = opt, .errs = errs};
	int64_t begun = clock_mono(env->provider->clock);
	*out = (struct run_result){.outcome = RUN_FAILED};
	if (!find_run(&u))
		return false;
	if (opt->run->whole_run)
		u.phase = STR_NONE;
	bool ok = undo(&u, out);
	out->elapsed_ms = clock_mono(env->provider->clock) - begun;
	return ok;
}
