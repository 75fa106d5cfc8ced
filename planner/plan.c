/* Making a plan: the table of passes, in the one order that works, each with its reason. A pass lives in the file that
 * planpriv.h names beside it; --trace says how many changes each one touched.
 */
#include "planner/planpriv.h"
#include "planner/runbook.h"

#include "base/log.h"

static bool pass_rows(struct planning *p);
static bool pass_graph(struct planning *p);
static bool pass_changes(struct planning *p);
static bool pass_order(struct planning *p);
static bool pass_gates(struct planning *p);
static struct value *output_fact(void *ctx, const struct value *expr)
{
	const struct planning *p = ctx;
	return expr->fn == FN_RUNBOOK ? runbook_known(p->a, p->env->provider, expr, p->errs) : NULL;
}

static bool pass_outputs(struct planning *p);

static const struct pass {
	const char *name;
	bool (*run)(struct planning *p);
} passes[] = {
    {"gates", pass_gates}, /* nothing is asked of anybody for a gate that cannot be passed; those that are owed */
    {"rows", pass_rows}, /* what the state says exists */
    {"recover", pass_recover}, /* what an interrupted run left open changes those rows */
    {"graph", pass_graph}, /* one order over stack and state, phases on top of it */
    {"changes", pass_changes}, /* one for each node, in that order */
    {"select", pass_select}, /* before anything is asked of AWS: what is left out is not read */
    {"lookup", pass_lookup}, /* values that properties are made of */
    {"refresh", pass_refresh}, /* what is live */
    {"resolve", pass_resolve}, /* dynamic references, to compare by */
    {"diff", pass_diff}, /* properties and actions, along the order */
    {"replace", pass_replace}, /* which of two comes first, when all replacements are known */
    {"protected", pass_protected}, /* what AWS would refuse to delete, before half of a stack is gone */
    {"production", pass_production}, /* what runs in the recovery region is not taken away by accident */
    {"phase", pass_phase}, /* --phase wants the earlier ones complete */
    {"order", pass_order}, /* what waits for what, for the run and the file */
    {"exports", pass_exports}, /* others may need what would go */
    {"outputs", pass_outputs}, /* they follow from all of it */
};

static bool pass_gates(struct planning *p)
{
	const struct stack *s = p->env->stack;
	struct plan *plan = p->plan;
	if (p->opt->destroy)
		return true;
	plan->owed = arena_array(p->a, s->n_phases + 1, sizeof *plan->owed);
	for (size_t i = 0; i < s->n_phases; i++)
		if (!(s->phases[i].gate && !value_count(s->phases[i].gate)) &&
		    gate_owed(p->a, p->env->state, s->phases[i].name))
			plan->owed[plan->n_owed++] = s->phases[i].name;
	return gates_supported(p);
}

static bool pass_rows(struct planning *p)
{
	bool ok = state_rows(p->env->state, p->a, &p->rows, &p->n_rows, p->errs);
	p->touched = p->n_rows;
	return ok;
}

/* To destroy, the stack's resources do not matter: what exists is what the state holds. */
static bool pass_graph(struct planning *p)
{
	p->bare = *p->env->stack;
	if (p->opt->destroy)
		p->bare.n_resources = p->bare.n_lookups = 0;
	p->touched = 0;
	if (!graph_build(&p->g, p->a, &p->bare, p->rows, p->n_rows, p->errs) || !graph_sort(&p->g, p->errs))
		return false;
	p->touched = p->g.n;
	return graph_place(&p->g, p->errs);
}

static uint32_t target_index(const struct stack *s, struct str name)
{
	for (uint32_t i = 0; i < s->n_targets; i++)
		if (str_eq(s->targets[i].name, name))
			return i;
	return s->default_target;
}

static void change_init(struct planning *p, struct change *c, struct node *n)
{
	*c = (struct change){.node = n,
			     .address = n->address,
			     .phase = n->phase,
			     .row = n->row,
			     .res = n->res,
			     .lookup = n->lookup != NULL};
	if (n->res) {
		c->type = n->res->type;
		c->target = n->res->target;
	} else if (n->lookup) {
		c->type = n->lookup->type;
		c->target = n->lookup->target;
	} else {
		c->type = model_type(n->row->type);
		c->target = target_index(p->env->stack, n->row->target);
	}
	if (n->row)
		c->live_attrs = n->row->attrs;
}

static bool pass_changes(struct planning *p)
{
	struct plan *plan = p->plan;
	size_t before = p->errs->errors;
	plan->n = p->g.n;
	plan->changes = arena_array(p->a, plan->n + 1, sizeof *plan->changes);
	for (size_t i = 0; i < plan->n; i++) {
		struct node *n = &p->g.nodes[p->g.sorted[i]];
		change_init(p, &plan->changes[i], n);
		if (plan->changes[i].type)
			continue;
		struct err *e = err_add(p->errs, ERR_STATE, (struct pos){0},
					"the state holds %.*s of type %.*s, which this drplan does not know",
					STR_ARG(n->address), STR_ARG(n->row->type));
		e->address = n->address;
		err_help(p->errs, e, "use the drplan that made it, or `drplan state forget %.*s`", STR_ARG(n->address));
	}
	return p->errs->errors == before;
}

static void count(struct plan_totals *t, enum action action)
{
	size_t *const counters[ACT_COUNT] = {
	    [ACT_CREATE] = &t->create, [ACT_UPDATE] = &t->update, [ACT_REPLACE] = &t->replace,
	    [ACT_DELETE] = &t->remove, [ACT_READ] = &t->read,     [ACT_FORGET] = &t->forget};
	if (counters[action])
		++*counters[action];
}

static bool pass_order(struct planning *p)
{
	size_t total = 0;
	for (size_t i = 0; i < p->g.n; i++)
		total += p->g.nodes[i].deps[GRAPH_NEEDS].n;
	uint32_t *pool = arena_array(p->a, total + 1, sizeof *pool);
	for (size_t i = 0; i < p->plan->n; i++) {
		struct change *c = &p->plan->changes[i];
		const struct node_list *needs = &c->node->deps[GRAPH_NEEDS];
		c->needs = pool;
		for (uint32_t k = 0; k < needs->n; k++)
			pool[k] = p->g.nodes[needs->items[k]].order;
		c->n_needs = needs->n;
		pool += needs->n;
		count(&p->plan->totals, c->action);
	}
	p->touched = total;
	return true;
}

static struct value *output_attribute(void *ctx, struct str address, struct str attribute)
{
	struct planning *p = ctx;
	const struct node *n = graph_find(&p->g, address);
	return n ? change_attribute(change_of(p, n), attribute) : NULL;
}

/* What stands for a secret output, before and after: the two agree, and neither is shown as a text. */
static struct value *output_hidden(struct arena *a, struct pos pos)
{
	struct value *v = value_string(a, pos, STR("(secret)"));
	v->flags |= VALUE_SECRET;
	return v;
}

static const struct value *output_before(struct arena *a, const struct state_output *had, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(had[i].name, name))
			return had[i].secret ? output_hidden(a, (struct pos){0}) : had[i].value;
	return NULL;
}

/* Outputs that the stack no longer has are shown as going. */
static void outputs_gone(struct planning *p, const struct state_output *had, size_t n_had)
{
	const struct stack *s = p->env->stack;
	struct plan *plan = p->plan;
	for (size_t i = 0; i < n_had; i++) {
		size_t k = 0;
		while (k < s->n_outputs && !str_eq(s->outputs[k].name, had[i].name))
			k++;
		if (k < s->n_outputs)
			continue;
		struct output *gone = arena_new(p->a, struct output);
		*gone = (struct output){.name = had[i].name, .secret = had[i].secret};
		plan->outputs[plan->n_outputs].out = gone;
		plan->outputs[plan->n_outputs++].before = had[i].value;
	}
}

static bool pass_outputs(struct planning *p)
{
	const struct stack *s = p->env->stack;
	struct plan *plan = p->plan;
	struct state_output *had;
	size_t n_had;
	if (!state_outputs(p->env->state, p->a, &had, &n_had, p->errs))
		return false;
	struct expr_env env = {.ctx = p, .attribute = output_attribute, .fact = output_fact, .arena = p->a, .errs = p->errs};
	plan->outputs = arena_array(p->a, s->n_outputs + n_had + 1, sizeof *plan->outputs);
	plan->n_outputs = s->n_outputs;
	for (size_t i = 0; i < s->n_outputs; i++) {
		const struct output *o = &s->outputs[i];
		const struct value *v = p->opt->destroy ? NULL : expr_fold(&env, o->value);
		bool secret = v && (o->secret || value_has_secret(v));
		plan->outputs[i].out = o;
		plan->outputs[i].before = output_before(p->a, had, n_had, o->name);
		plan->outputs[i].after = secret && !value_has_expr(v) ? output_hidden(p->a, o->pos) : v;
	}
	outputs_gone(p, had, n_had);
	return true;
}

/* -refresh-only: what was seen is shown as drift, nothing is done. */
static void refresh_only(struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		struct change *c = &plan->changes[i];
		if (c->action == ACT_CREATE && !c->gone)
			c->n_props = 0;
		c->noted = c->n_props ? c->props : c->noted;
		c->n_noted = c->n_props ? c->n_props : c->n_noted;
		c->n_props = 0;
		c->action = ACT_NONE;
	}
	plan->totals = (struct plan_totals){0};
}

bool plan_begin(struct planning *p, struct arena *a, struct plan_env *env, const struct plan_options *opt,
		const char *until, struct errs *errs)
{
	struct plan *plan = arena_new(a, struct plan);
	*p = (struct planning){.a = a, .env = env, .opt = opt, .errs = errs, .plan = plan};
	plan->arena = a;
	plan->stack = env->stack;
	plan->state = env->state;
	plan->destroy = opt->destroy;
	plan->applyable = !opt->refresh_only;
	plan->warnings = errs;
	plan->provider = str_of(env->provider->ops->name);
	plan->made_ms = clock_wall(&clock_system);
	for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
		if (until && str_eqc(str_of(until), passes[i].name))
			break;
		p->touched = 0;
		p->pass = passes[i].name;
		if (opt->progress)
			opt->progress(opt->ctx, passes[i].name, 0, 0);
		if (!passes[i].run(p))
			return false;
		log_line(LOG_TRACE, "plan: %s: %zu", passes[i].name, p->touched);
	}
	return true;
}

struct plan *plan_make(struct arena *a, struct plan_env *env, const struct plan_options *opt, struct errs *errs)
{
	struct planning p;
	if (!plan_begin(&p, a, env, opt, NULL, errs))
		return NULL;
	struct plan *plan = p.plan;
	if (opt->refresh_only)
		refresh_only(plan);
	plan->recovered = p.recovered;
	plan->n_recovered = p.n_recovered;
	/* Recovery may have moved them. */
	plan->lineage = state_lineage(env->state);
	plan->serial = state_serial(env->state);
	return plan;
}

bool change_drifted(const struct change *c)
{
	for (size_t i = 0; i < c->n_props; i++)
		if (c->props[i].drift)
			return true;
	for (size_t i = 0; i < c->n_noted; i++)		/* where a refresh-only plan has them */
		if (c->noted[i].drift)
			return true;
	return c->gone || c->reason == WHY_GONE;
}

bool plan_empty(const struct plan *p)
{
	const struct plan_totals *t = &p->totals;
	return t->create + t->update + t->replace + t->remove + t->read + t->forget == 0;
}
