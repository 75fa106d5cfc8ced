/* Tying a saved plan to its world again: the same stack, the same state, once. What the file left out, rows and
 * secrets, is filled in; everything that could differ from the moment of planning is refused. */
#include "planner/planfile.h"
#include "planner/planpriv.h"

#include <stdlib.h>

static bool refuse(struct errs *errs, const char *why)
{
	struct err *e = err_add(errs, ERR_INPUT, (struct pos){0}, "the saved plan cannot be carried out: %s", why);
	err_help(errs, e, "make a new one with `drplan plan -out=FILE`");
	return false;
}

static bool same_world(const struct plan *p, const struct plan_env *env, struct errs *errs)
{
	const struct stack *was = p->stack, *is = env->stack;
	if (!str_eq(p->provider, str_of(env->provider->ops->name)))
		return refuse(errs, "it was made for another provider");
	if (!str_eq(was->name, is->name) || !str_eq(str_of(was->digest), str_of(is->digest)))
		return refuse(errs, "the stack, its variables or what they refer to changed since it was made");
	if (!str_eq(p->lineage, state_lineage(env->state)))
		return refuse(errs, "it belongs to another state");
	if (state_plan_used(env->state, str_of(p->digest)))
		return refuse(errs, "it was carried out before");
	if (p->serial != state_serial(env->state))
		return refuse(errs, "it is stale, the state moved on since it was made");
	if (was->n_targets != is->n_targets || was->n_phases != is->n_phases)
		return refuse(errs, "its targets or phases are not the stack's");
	for (size_t i = 0; i < is->n_targets; i++)
		if (!str_eq(was->targets[i].name, is->targets[i].name))
			return refuse(errs, "its targets are not the stack's");
	return true;
}

static int row_compare(const void *pa, const void *pb)
{
	const struct state_row *a = pa, *b = pb;
	int c = str_cmp(a->address, b->address);
	return c ? c : (a->generation > b->generation) - (a->generation < b->generation);
}

static bool bind_change(struct plan *p, size_t i, const struct stack *s, const struct state_row *rows, size_t n_rows)
{
	struct change *c = &p->changes[i];
	const struct value *m = value_at(value_getc(p->content, "changes"), i),
			   *generation = value_getc(m, "generation");
	if (generation) {
		struct state_row key = {.address = c->address};
		if (!value_as_int(generation, &key.generation))
			return false;
		c->row = n_rows ? bsearch(&key, rows, n_rows, sizeof *rows, row_compare) : NULL;
		if (!c->row)
			return false;
	}
	if (!c->row || c->row->generation == 0)
		c->res = p->destroy ? NULL : stack_find(s, c->address);
	return true;
}

/* Nodes for the changes of a plan that has no graph, so that references find them. */
static void index_changes(struct arena *a, struct planning *pl)
{
	struct plan *p = pl->plan;
	pl->g = (struct graph){.arena = a, .stack = pl->env->stack};
	pl->g.nodes = arena_array(a, p->n + 1, sizeof *pl->g.nodes);
	pl->g.n = p->n;
	for (size_t i = 0; i < p->n; i++) {
		struct change *c = &p->changes[i];
		c->node = &pl->g.nodes[i];
		*c->node = (struct node){
		    .address = c->address, .res = c->res, .row = c->row, .phase = c->phase, .order = (uint32_t)i};
	}
	graph_hash(&pl->g);
}

/* A secret attribute of something that is left as it is stands nowhere but with its owner: it is read again. */
static bool read_secrets(struct planning *pl)
{
	bool any = false;
	pl->selected = arena_array(pl->a, pl->g.n + 1, sizeof *pl->selected);
	for (size_t i = 0; i < pl->plan->n; i++) {
		const struct change *c = &pl->plan->changes[i];
		bool read = c->row && c->action == ACT_NONE && !c->gone && state_has_hidden(c->row->attrs);
		pl->selected[i] = read;
		any |= read;
	}
	return !any || pass_refresh(pl);
}

static bool any_secret(const struct plan *p)
{
	const struct value *changes = value_getc(p->content, "changes");
	for (size_t i = 0; i < p->n; i++)
		if (value_getc(value_at(changes, i), "secret"))
			return true;
	return false;
}

/* Secrets are not in the file: the properties are folded again and must come out as they were planned. */
static bool fill_secrets(struct arena *a, struct plan_env *env, struct plan *p, struct errs *errs)
{
	struct plan_options opt = {0};
	struct planning pl = {.a = a, .env = env, .opt = &opt, .errs = errs, .plan = p};
	const struct value *changes = value_getc(p->content, "changes");
	index_changes(a, &pl);
	if (any_secret(p) && !read_secrets(&pl))
		return false;
	for (size_t i = 0; i < p->n; i++) {
		struct change *c = &p->changes[i];
		if (!value_getc(value_at(changes, i), "secret") || !c->res)
			continue;
		const struct value *planned = c->desired;
		if (!change_fold(&pl, c, NULL))
			return false;
		c->desired = change_named(&pl, c, c->desired);
		if (!value_equal(planfile_tree(a, c->desired), planfile_tree(a, planned)))
			return refuse(errs, "a value that holds a secret is not as it was planned");
	}
	return true;
}

static bool same_secrets(struct arena *a, const struct plan *p, struct plan_env *env, struct errs *errs)
{
	struct str key = str_fmt(a, "plan/%s", p->digest);
	struct str was = state_get(env->state, a, key.p), is = planfile_secrets(a, env->stack, env->state);
	return str_eq(was, is) || refuse(errs, "a NoEcho parameter has another value than it was made with");
}

bool planfile_bind(struct plan *p, struct plan_env *env, struct errs *errs)
{
	struct arena *a = p->arena;
	struct state_row *rows;
	size_t n_rows;
	if (!same_world(p, env, errs) || !same_secrets(a, p, env, errs) ||
	    !state_rows(env->state, a, &rows, &n_rows, errs))
		return false;
	for (size_t i = 0; i < p->n; i++)
		if (!bind_change(p, i, env->stack, rows, n_rows))
			return refuse(errs, "it speaks of a resource that the state does not have");
	for (size_t i = 0; i < p->n_outputs; i++)
		for (size_t k = 0; k < env->stack->n_outputs; k++)
			if (str_eq(env->stack->outputs[k].name, p->outputs[i].out->name))
				p->outputs[i].out = &env->stack->outputs[k];
	p->stack = env->stack;
	return fill_secrets(a, env, p, errs);
}
