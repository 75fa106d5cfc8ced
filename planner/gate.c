/* Gates: the checks that must hold after a phase was made, before anything of it is deleted and before the next one.
 * What was seen goes into the state, whether it held or not. check.h says what checks are. */
#include "planner/gate.h"

bool gates_supported(const struct planning *p)
{
	const struct stack *s = p->env->stack;
	size_t before = p->errs->errors;
	for (size_t i = 0; i < s->n_phases; i++)
		checks_supported(p->env->provider, s->phases[i].gate, p->errs);
	return p->errs->errors == before;
}

/* --- what a run knows ----------------------------------------------------------------------------------------- */

struct gate {
	struct run *r;
	const struct phase *phase;
};

struct str change_id(const struct change *c)
{
	if (c->remade.n)
		return c->remade;
	return c->row ? c->row->id : value_text(value_getc(c->live_attrs, "Ref"));
}

const struct value *change_props(const struct change *c)
{
	return c->made || !c->row ? c->live : c->row->inputs;
}

static bool run_thing(void *ctx, struct str address, struct thing *out)
{
	const struct gate *g = ctx;
	const struct change *c = run_change(g->r, address);
	if (!c || !change_id(c).n)
		return false;
	*out = (struct thing){.address = address,
			      .id = change_id(c),
			      .type = c->type,
			      .place = &g->r->env->places[c->target],
			      .attrs = c->live_attrs,
			      .props = change_props(c)};
	return true;
}

static struct value *run_attribute(void *ctx, struct str address, struct str attribute)
{
	const struct gate *g = ctx;
	const struct change *c = run_change(g->r, address);
	return c ? change_attribute(c, attribute) : NULL;
}

static bool run_interrupted(void *ctx)
{
	struct run *r = ((const struct gate *)ctx)->r;
	if (!r->interrupted && r->opt->interrupted && r->opt->interrupted())
		r->interrupted = r->stopping = true;
	return r->interrupted;
}

static enum check_answer run_approved(void *ctx, struct str question, struct str *how)
{
	const struct gate *g = ctx;
	const struct run_options *opt = g->r->opt;
	struct str name = g->phase->name;
	for (size_t i = 0; i < opt->n_approved; i++) {
		if (str_eq(opt->approved[i], name)) {
			*how = STR("approved on the command line");
			return CHECK_HOLDS;
		}
	}
	if (opt->approvals && !g->r->plan->digest[0]) {
		*how = STR("approvals by file are of a saved plan: plan -out=FILE, then apply FILE");
		return CHECK_NEVER;
	}
	if (opt->approvals)
		return approval_in_file(g->r->a, opt->approvals, str_of(g->r->plan->digest), name, how);
	if (opt->approve && opt->approve(opt->ctx, name, question)) {
		*how = STR("approved");
		return CHECK_HOLDS;
	}
	*how = str_fmt(g->r->a, "not approved; --approve %.*s does", STR_ARG(name));
	return CHECK_NEVER;
}

/* --- a gate --------------------------------------------------------------------------------------------------- */

static bool record(struct run *r, const struct phase *ph, struct pos pos, const struct check_result *seen)
{
	bool held = seen->answer == CHECK_HOLDS;
	if (seen->interrupted)
		return false;
	state_gate(r->env->state, r->id, ph->name, seen->name, held, seen->detail);
	if (ph->gate || !held)
		run_emit(r, RUN_GATE, NULL,
			 str_fmt(r->a, "%.*s: %s%s%.*s", STR_ARG(seen->name), held ? "holds" : "does not hold",
				 seen->detail.n ? ": " : "", STR_ARG(seen->detail)));
	if (!held)
		err_add(r->errs, ERR_REMOTE, pos, "the gate of phase %.*s does not hold: %.*s: %.*s", STR_ARG(ph->name),
			STR_ARG(seen->name), STR_ARG(seen->detail));
	return held;
}

bool gate_holds(struct run *r, const struct phase *ph)
{
	struct gate g = {r, ph};
	const struct check_world w = {
	    .arena = r->a,
	    .provider = r->env->provider,
	    .places = r->env->places,
	    .n_places = r->plan->stack->n_targets,
	    .place = r->plan->stack->default_target,
	    .scope = {.ctx = &g, .thing = run_thing, .attribute = run_attribute},
	    .owner = r->owner,
	    .ctx = &g,
	    .interrupted = run_interrupted,
	    .approved = run_approved,
	};
	int64_t within = r->opt->gate_ms ? r->opt->gate_ms : CHECK_WITHIN_MS;
	struct check_result seen;
	if (!ph->gate) {
		gate_default(&w, r, (uint32_t)(ph - r->plan->stack->phases), within, &seen);
		return record(r, ph, ph->pos, &seen);
	}
	for (size_t i = 0; i < value_count(ph->gate); i++) {
		const struct member *m = &value_at(ph->gate, i)->map.items[0];
		check_holds(&w, m, within, &seen);
		if (!record(r, ph, m->pos, &seen))
			return false;
	}
	return true;
}
