/* A session out of the state alone: what failover, failback, drill and runbook work in. The working tree is not looked
 * at; nothing is asked of anybody before a step does. See sessionpriv.h.
 */
#include "cmd/sessionpriv.h"

#include "planner/runbook.h"

bool session_frozen(struct session *s)
{
	struct str *names;
	size_t n = option_each(&s->opt, &s->arena, OPT_UNREACHABLE, &names);
	bool *frozen, ok = true;

	if (!n)
		return true;
	frozen = arena_array(&s->arena, s->stack->n_targets, sizeof(frozen[0]));
	for (size_t i = 0; i < n; i++) {
		struct str *all = arena_array(&s->arena, s->stack->n_targets, sizeof(all[0]));
		bool found = false;

		for (size_t t = 0; t < s->stack->n_targets; t++) {
			all[t] = s->stack->targets[t].name;
			if (!str_eq(all[t], names[i]))
				continue;
			found = frozen[t] = true;
		}
		if (!found)
			err_add(&s->errs, ERR_INPUT, (struct pos){0}, "--unreachable names no target '%.*s'%.*s",
				STR_ARG(names[i]), STR_ARG(err_suggest(&s->arena, names[i], all, s->stack->n_targets)));
		ok &= found;
	}
	s->env.frozen = frozen;
	return ok;
}

bool session_mode(struct session *s)
{
	struct runbook_run open;
	size_t before = s->errs.errors;

	if (book_unfinished(&s->arena, s->state, &open, &s->errs)) {
		bool only_shows = s->command->bit == IN_PLAN || s->command->bit == IN_DRIFT;
		struct err *e;

		if (only_shows)
			e = err_warn(&s->errs, (struct pos){0}, "run %lld of the runbook %.*s is not over",
				     (long long)open.id, STR_ARG(open.runbook));
		else
			e = err_add(&s->errs, ERR_STATE, (struct pos){0},
				    "run %lld of the runbook %.*s is not over: nothing else may change the stack",
				    (long long)open.id, STR_ARG(open.runbook));
		err_help(&s->errs, e,
			 "go on with it by `drplan %.*s --resume`, or give it up by `drplan runbook abandon %lld`",
			 STR_ARG(runbook_command(&s->arena, open.runbook)), (long long)open.id);
		return only_shows && s->errs.errors == before;
	}
	return s->errs.errors == before && mode_agrees(&s->arena, &s->env, &s->errs);
}

bool session_source(struct session *s, struct stored *out)
{
	struct vars vars = {0};

	if (!session_vars(s, &vars))
		return false;
	*out = (struct stored){.vars = vars.items, .n_vars = vars.n};
	return source_open(&s->arena, s->state, out, &s->errs);
}

bool session_open_stored(struct session *s, bool write)
{
	struct arena *a = &s->arena;
	struct stored src;

	if (!(write ? session_write_state(s) : session_read_state(s)) ||
	    !session_owner(s, "provider", option_on(&s->opt, OPT_SIM) ? STR("sim") : STR("aws"),
			   "a state made with --sim is used with --sim only"))
		return false;
	if (!session_source(s, &src))
		return false;
	s->stack = source_render(a, &src, state_get(s->state, a, "mode"), state_get(s->state, a, "active"), &s->errs);
	if (!s->stack || !session_provider(s))
		return false;
	session_places(s);
	return session_frozen(s) && s->errs.errors == 0;
}
