/* A session out of the state alone: what failover, failback, drill and runbook work in. The working tree is not looked
 * at; nothing is asked of anybody before a step does. See sessionpriv.h.
 */
#include "cmd/sessionpriv.h"

#include "planner/source.h"

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

bool session_open_stored(struct session *s)
{
	struct arena *a = &s->arena;
	struct stored src = {0};
	struct vars vars = {0};

	if (!session_write_state(s) || !session_vars(s, &vars) ||
	    !session_owner(s, "provider", option_on(&s->opt, OPT_SIM) ? STR("sim") : STR("aws"),
			   "a state made with --sim is used with --sim only"))
		return false;
	src.vars = vars.items;
	src.n_vars = vars.n;
	if (!source_open(a, s->state, &src, &s->errs))
		return false;
	s->stack = source_render(a, &src, state_get(s->state, a, "mode"), state_get(s->state, a, "active"), &s->errs);
	if (!s->stack || !session_provider(s))
		return false;
	session_places(s);
	return session_frozen(s) && s->errs.errors == 0;
}
