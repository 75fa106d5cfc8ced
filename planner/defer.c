/* Targets that do not answer (semantics 41): nothing of theirs is read or changed. Lookups and facts come from the
 * state; what would have been done there is a deferral, shown by the plan and kept by the run until a later one does
 * it. What needs a resource that is deferred and does not exist is deferred with it.
 */
#include "planner/planpriv.h"

#include "stacks/source.h"

void frozen_select(struct planning *p)
{
	p->frozen = arena_array(p->a, p->g.n + 1, sizeof *p->frozen);
	for (size_t i = 0; p->env->frozen && i < p->g.n; i++) {
		const struct node *n = &p->g.nodes[i];
		if (!p->selected[i] || n->lookup || !target_frozen(p->env, change_of(p, n)->target))
			continue;
		p->frozen[i] = true;
		p->selected[i] = false;
		p->plan->partial = true;
	}
}

/* What is not known without asking is no reason to speak of a change. */
static bool certain(const struct change *c)
{
	for (size_t i = 0; i < c->n_props; i++)
		if (!c->props[i].after || !value_has_expr(c->props[i].after))
			return true;
	return c->action != ACT_UPDATE;
}

void change_defer(struct planning *p, struct change *c)
{
	struct plan *plan = p->plan;
	if (c->action != ACT_NONE && c->action != ACT_READ && certain(c)) {
		plan->deferred =
		    arena_grow(p->a, plan->deferred, &plan->cap_deferred, plan->n_deferred + 1, sizeof *plan->deferred);
		plan->deferred[plan->n_deferred++] = (struct deferral){c->address, c->target, c->action};
	}
	c->deferred = true;
	c->action = ACT_NONE;
	c->reason = WHY_NONE;
	c->desired = NULL;
	c->n_props = c->n_noted = c->n_keep = 0;
	c->waits = false;
	p->selected[c->node - p->g.nodes] = false;
	plan->partial = true;
}

bool change_needs_deferred(const struct planning *p, const struct change *c)
{
	const struct node_list *needs = &c->node->deps[GRAPH_NEEDS];
	bool waits = c->action == ACT_CREATE || (c->action != ACT_NONE && c->desired && value_has_expr(c->desired));
	for (uint32_t i = 0; waits && c->node->res && i < needs->n; i++) {
		const struct change *need = change_of(p, &p->g.nodes[needs->items[i]]);
		if (need->deferred && !need->row)
			return true;
	}
	return false;
}

static bool fact_missing(struct plan_env *env, const struct fact *f, struct errs *errs)
{
	if (!target_frozen(env, f->target) || f->value)
		return false;
	struct err *e = err_at(errs, f->pos, "target %.*s is not asked, and the state does not know %s%.*s",
			       STR_ARG(env->stack->targets[f->target].name),
			       f->kind == FACT_ACCOUNT ? "its account" : "", STR_ARG(f->name));
	err_help(errs, e, "only what a complete apply was made from is known without asking");
	return true;
}

bool frozen_facts(struct arena *a, struct plan_env *env, struct errs *errs)
{
	struct stack *s = env->stack;
	struct str digest;
	bool ok = true;
	if (!env->frozen)
		return true;
	size_t before = errs->errors;
	const struct value *source = state_source(env->state, a, &digest, errs);
	if (errs->errors != before)
		return false;
	for (uint32_t i = 0; i < s->n_targets; i++)
		if (target_frozen(env, i))
			s->targets[i].found_account =
			    state_get(env->state, a, str_fmt(a, "account/%.*s", STR_ARG(s->targets[i].name)).p);
	if (source)
		source_facts(s, source, env->frozen);
	for (size_t i = 0; i < s->n_facts; i++) {
		struct fact *f = &s->facts[i];
		struct str account = s->targets[f->target].found_account;
		if (target_frozen(env, f->target) && f->kind == FACT_ACCOUNT && account.n)
			f->value = value_string(a, f->pos, account);
		ok &= !fact_missing(env, f, errs);
	}
	return ok;
}
