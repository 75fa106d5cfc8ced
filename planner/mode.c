/* The mode of the state against the world (semantics 42). What a failover's own steps bring about says where production
 * runs: who writes in the database, where the switch points. In mode active they must hold, in mode standby they must
 * not. What does not answer, or was not made yet, says nothing.
 */
#include "planner/runbook.h"

#define ANSWER_MS 5000

struct witness {
	struct work work;
	const struct book_step *step;
};

static const char *const telling[] = {"PromoteAurora", "Dns"};

static bool tells(const struct provider *p, const struct book_step *s)
{
	for (size_t i = 0; i < sizeof telling / sizeof *telling; i++)
		if (str_eqc(s->verb, telling[i]))
			return p->ops->probes && p->ops->probes(p, s->verb);
	return false;
}

static const struct place *place_for(const struct plan_env *env, const struct runbook *rb)
{
	for (uint32_t i = 0; i < env->stack->n_targets; i++)
		if (str_eq(env->stack->targets[i].name, rb->to))
			return target_frozen(env, i) ? NULL : &env->places[i];
	return NULL;
}

static size_t ask(struct arena *a, struct plan_env *env, const struct runbook *rb, struct witness *out,
		  struct errs *errs)
{
	struct verb_scope scope;
	const struct place *place = place_for(env, rb);
	size_t n = 0;
	if (!place || !scope_of_state(a, env->state, env->places, env->stack->n_targets, &scope, errs))
		return 0;
	for (uint32_t i = 0; i < rb->n; i++) {
		const struct book_step *s = &rb->steps[i];
		const struct shape *shape = shape_find(verb_shapes, n_verb_shapes, s->verb);
		struct str why = STR_NONE;
		struct value *args =
		    shape && tells(env->provider, s) ? verb_args(a, &scope, shape, s->args, &why) : NULL;
		if (!args)
			continue;
		out[n] = (struct witness){.step = s,
					  .work = {.kind = WORK_PROBE,
						   .name = s->verb,
						   .place = place,
						   .places = env->places,
						   .n_places = env->stack->n_targets,
						   .arena = a,
						   .desired = args,
						   .timeout_ms = ANSWER_MS}};
		provider_start(env->provider, &out[n++].work);
	}
	return n;
}

static void wait_for(struct provider *p)
{
	while (provider_pending(p)) {
		provider_poll(p, 200);
		while (provider_next(p).work)
			;
	}
	while (provider_next(p).work)
		;
}

static bool contradicts(struct arena *a, struct plan_env *env, const struct witness *w, bool active, struct errs *errs)
{
	bool holds = false;
	struct str seen = value_text(value_getc(w->work.result, "Detail"));
	if (w->work.state != WORK_OK || !value_getc(w->work.result, "Holds") ||
	    !value_as_bool(value_getc(w->work.result, "Holds"), &holds) || holds == active)
		return false;
	/* Not there yet and never there look alike in standby; in active it must be there. */
	struct str at = state_get(env->state, a, "active");
	struct err *e =
	    err_at(errs, w->step->pos, "the state says mode %s%s%.*s, the world says otherwise: %.*s",
		   active ? "active" : "standby", at.n ? ", production in " : "", STR_ARG(at), STR_ARG(seen));
	err_help(errs, e,
		 "an unfinished failover is gone on with by --resume; a move made by hand is recorded by carrying "
		 "out the runbook, which does not do twice what holds");
	return true;
}

bool mode_agrees(struct arena *a, struct plan_env *env, struct errs *errs)
{
	bool active = str_eqc(state_get(env->state, a, "mode"), "active"), agree = true;
	struct errs own = {.arena = a};
	if (!value_get(env->stack->runbooks, STR("failover")))
		return true;
	const struct runbook *rb = runbook_read(a, env->stack, STR("failover"), &own);
	struct witness *w = rb ? arena_array(a, rb->n + 1u, sizeof *w) : NULL;
	size_t before = errs->errors, n = rb ? ask(a, env, rb, w, errs) : 0;
	wait_for(env->provider);
	for (size_t i = 0; i < n; i++)
		agree &= !contradicts(a, env, &w[i], active, errs);
	return agree && errs->errors == before;
}
