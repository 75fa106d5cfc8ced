/* drplan rehearse: a runbook, apply or destroy, on the simulator, in virtual time. Its state is a copy in a private folder
 * that goes away whatever happens; nobody is asked for anything, not even when the state was made against AWS. See
 * rehearsal.h for its neighbours.
 */
#include "cmd/rehearsal.h"

#include "cmd/jsonui.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the copy ----------------------------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static bool folder_make(struct session *s, struct str *out)
{
	const char *base = getenv("TMPDIR");
	struct str path = str_fmt(&s->arena, "%s/drplan-rehearsal-XXXXXX", base && *base ? base : "/tmp");

	*out = (struct str){arena_copy(&s->arena, path.p, path.n), path.n};
	if (mkdtemp((char *)out->p))
		return true;
	err_add(&s->errs, ERR_SYSTEM, (struct pos){0}, "cannot make a folder %s: %s", path.p, strerror(errno));
	return false;
}

/* Of a stack that was never applied there is none to copy. */
static bool state_take(struct session *s, struct str folder, bool needed)
{
	struct state_options opt = {.mode = STATE_WRITE, .command = s->command->name, .clock = &clock_system};
	struct str copy = str_fmt(&s->arena, "%.*s/state.db", STR_ARG(folder));

	if (needed || access(s->state_path.p, F_OK) == 0 || errno != ENOENT) {
		if (!session_read_state(s) || !state_copy(s->state, copy.p, &s->errs))
			return false;
		state_close(s->state);
	}
	s->state_path = copy;
	s->state = state_open(&s->arena, copy.p, &opt, &s->errs);
	if (!s->state)
		return false;
	state_set(s->state, "provider", STR("sim"));
	return state_commit(s->state, &s->errs);
}

/* --- what is rehearsed -------------------------------------------------------------------------------------------- */

static bool open_stored(struct session *s, struct rehearsal *r)
{
	struct stored src;
	struct arena *a = &s->arena;

	if (!state_take(s, r->folder, true) || !session_source(s, &src))
		return false;
	s->stack = source_render(a, &src, state_get(s->state, a, "mode"), state_get(s->state, a, "active"), &s->errs);
	return s->stack && rehearsal_world(s, r) && rehearsal_fill(s, r) && s->errs.errors == 0;
}

/* What AWS answered when the stack was applied last is what it answers in the rehearsal. */
static bool facts_set(struct session *s, struct rehearsal *r)
{
	struct stored src = {0};

	if (!state_get(s->state, &s->arena, "source").n)
		return true;
	if (!source_open(&s->arena, s->state, &src, &s->errs))
		return false;
	source_facts(s->stack, src.value, NULL);
	for (size_t i = 0; i < s->stack->n_facts; i++) {
		const struct fact *f = &s->stack->facts[i];
		const char *kind = f->kind == FACT_SSM ? "ssm" : f->kind == FACT_IMPORT ? "export" : NULL;

		if (kind && value_text(f->value).n &&
		    !sim_answer(r->sim, &s->env.places[f->target], kind, f->name, value_text(f->value), &s->errs))
			return false;
	}
	return true;
}

/* The working tree's stack beside the copy of its state. */
static bool open_tree(struct session *s, struct rehearsal *r, struct str path)
{
	struct arena *a = &s->arena;

	if (!session_load(s, path) || !session_state_name(s) || !state_take(s, r->folder, false) ||
	    !session_owner(s, "stack", s->stack->name, "say -state=PATH for a state of this stack's own"))
		return false;
	stack_bind(s->stack, state_lineage(s->state), state_get(s->state, a, "mode"), state_get(s->state, a, "active"));
	return session_check(s, NULL) && rehearsal_world(s, r) && rehearsal_fill(s, r) && facts_set(s, r) &&
	       plan_facts(a, &s->env, &s->errs) && s->errs.errors == 0;
}

/* What stands in the way of the real one stands in the way here. */
static int rehearse_plan(struct session *s, bool destroy)
{
	struct plan_options opt = {.destroy = destroy};
	int64_t began = clock_mono(s->provider->clock);
	const char *what = destroy ? "destroy" : "apply";
	struct plan *p;
	int status;

	if (!session_mode(s))
		return session_status(s);
	p = plan_make(&s->arena, &s->env, &opt, &s->errs);
	if (!p || s->errs.errors)
		return session_status(s);
	plan_show(s, p);
	s->opt.values[OPT_AUTO_APPROVE].on = s->opt.values[OPT_ALLOW_DATA_LOSS].on = true;
	status = execute_plan(s, p, what);
	rehearsal_plan_summary(s, p, what, status == EXIT_DONE, clock_mono(s->provider->clock) - began);
	return status;
}

static int rehearse(struct session *s, struct rehearsal *r, struct str what)
{
	bool apply = str_eqc(what, "apply"), destroy = str_eqc(what, "destroy");
	struct str path = s->opt.n_args > 1 ? s->opt.args[1] : STR_NONE;
	size_t unmet;
	int status;

	if (!(apply ? open_tree(s, r, path) : open_stored(s, r)))
		return session_status(s);
	status = apply || destroy ? rehearse_plan(s, destroy) : book_opened(s, what);
	unmet = sim_faults_unmet(r->sim);
	if (unmet)
		err_warn(&s->errs, (struct pos){0}, "%zu of the faults met no call", unmet);
	return status;
}

static bool is_known(struct str what)
{
	static const char *const known[] = {"failover", "failback", "drill", "apply", "destroy"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_eqc(what, known[i]))
			return true;
	return false;
}

int cmd_rehearse(struct session *s)
{
	struct str what = s->opt.n_args ? s->opt.args[0] : STR_NONE;
	struct rehearsal r = {0};
	int status;

	if (!is_known(what) || (s->opt.n_args > 1 && !str_eqc(what, "apply")))
		return session_usage(s, "say what: failover, failback, drill, apply or destroy");
	if (!folder_make(s, &r.folder))
		return EXIT_FAILED;
	s->rehearsal = &r;
	if (s->ui.json)
		jsonui_version(&s->ui, &s->arena);
	status = rehearse(s, &r, what);
	session_close(s);
	s->rehearsal = NULL;
	if (nftw(r.folder.p, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0) {
		err_add(&s->errs, ERR_SYSTEM, (struct pos){0}, "cannot remove the folder %s: %s", r.folder.p,
			strerror(errno));
		return EXIT_FAILED;
	}
	return status;
}
