/* Mode active: production runs on what this stack made. To delete it, or to replace what holds data, is refused unless
 * the command names the stack (semantics 43). */
#include "planner/planpriv.h"

static void refuse(struct planning *p, struct str what)
{
	struct str active = state_get(p->env->state, p->a, "active"), name = p->env->stack->name;
	struct err *e = err_add(p->errs, ERR_INPUT, (struct pos){0},
				"%.*s is refused: the stack is in mode active, production runs in %.*s", STR_ARG(what),
				STR_ARG(active.n ? active : STR("the recovery region")));
	err_help(p->errs, e, "bring production back first (drplan failback), or say --destroy-production %.*s",
		 STR_ARG(name));
}

bool pass_production(struct planning *p)
{
	size_t before = p->errs->errors;
	if (!str_eqc(state_get(p->env->state, p->a, "mode"), "active") ||
	    str_eq(p->opt->production, p->env->stack->name))
		return true;
	if (p->opt->destroy) {
		refuse(p, STR("destroy"));
		return false;
	}
	for (size_t i = 0; i < p->plan->n; i++) {
		const struct change *c = &p->plan->changes[i];
		if (change_loses_data(c))
			refuse(p, str_fmt(p->a, "to %s %.*s, which holds data,",
					  c->action == ACT_DELETE ? "delete" : "replace", STR_ARG(c->address)));
	}
	return p->errs->errors == before;
}
