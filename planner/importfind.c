/* Where is what a lost state knew (import.h): every resource of the stack that the state lacks is looked for by the tags
 * that drplan gave it, or by its parent or its name. Along the graph's order, because what is found makes more of what
 * the others were asked for known; all of one depth at once. import.c takes over what was found. */
#include "planner/import.h"

#include "planner/planpriv.h"

#include <ctype.h>

struct finding {
	struct planning p;
	struct owner owner;
	struct import_found *out;
	struct change **by_depth;	/* what is looked for, the shallow ones first */
	uint32_t *first;		/* of each depth in by_depth; one more at the end */
	uint32_t depths;
};

/* --- what is looked for when ---------------------------------------------------------------------------------- */

static bool is_lost(const struct finding *f, const struct change *c)
{
	return c->node->res && !c->node->row && !target_frozen(f->p.env, c->target);
}

/* How many that are lost stand below it on its longest way; changes lie in topological order. */
static uint32_t depth_of(const struct finding *f, const struct change *c, const uint32_t *depth)
{
	const struct node_list *needs = &c->node->deps[GRAPH_NEEDS];
	uint32_t most = 0;
	for (uint32_t i = 0; i < needs->n; i++) {
		const struct change *need = change_of(&f->p, &f->p.g.nodes[needs->items[i]]);
		uint32_t below = depth[need - f->p.plan->changes] + is_lost(f, need);
		most = below > most ? below : most;
	}
	return most;
}

static void sort_by_depth(struct finding *f)
{
	struct plan *plan = f->p.plan;
	uint32_t *depth = arena_array(f->p.a, plan->n + 1, sizeof *depth);
	f->first = arena_array(f->p.a, plan->n + 2, sizeof *f->first);
	f->by_depth = arena_array(f->p.a, plan->n + 1, sizeof *f->by_depth);
	for (size_t i = 0; i < plan->n; i++) {
		depth[i] = depth_of(f, &plan->changes[i], depth);
		if (!is_lost(f, &plan->changes[i]))
			continue;
		f->first[depth[i] + 1]++;
		f->depths = depth[i] >= f->depths ? depth[i] + 1 : f->depths;
	}
	for (uint32_t d = 0; d < f->depths; d++)
		f->first[d + 1] += f->first[d];
	uint32_t *at = arena_array(f->p.a, f->depths + 1, sizeof *at);
	for (uint32_t d = 0; d < f->depths; d++)
		at[d] = f->first[d];
	for (size_t i = 0; i < plan->n; i++)
		if (is_lost(f, &plan->changes[i]))
			f->by_depth[at[depth[i]]++] = &plan->changes[i];
}

/* --- looking -------------------------------------------------------------------------------------------------- */

/* The properties whose values are known without what is still lost. */
static const struct value *known_of(struct arena *a, const struct value *desired)
{
	struct value *out = value_map(a, (struct pos){0});
	for (size_t i = 0; i < value_count(desired); i++) {
		const struct member *m = &desired->map.items[i];
		if (!value_has_expr(m->value))
			value_set(a, out, m->key, m->pos, m->value);
	}
	return out;
}

static void lose(struct finding *f, const struct change *c, struct str why)
{
	f->out->lost[f->out->n_lost++] = (struct import_lost){c->address, c->res->pos, why};
}

static bool is_uuid(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? s.p[i] != '-' : !isxdigit((unsigned char)s.p[i]))
			return false;
	return s.n == 36;
}

/* What another state owns is nobody else's; a state that is new may become the one that was lost. */
static bool lineage_fits(struct finding *f, const struct work *w)
{
	if (!w->lineage.n || str_eq(w->lineage, f->owner.lineage))
		return true;
	if (f->p.n_rows == 0 && !f->out->lineage.n && is_uuid(w->lineage))
		f->out->lineage = w->lineage;
	return str_eq(w->lineage, f->out->lineage);
}

static void take(struct finding *f, struct change *c, const struct work *w)
{
	if (w->state == WORK_FAILED && w->err.kind == ERR_NETWORK) {
		work_error(w, f->p.errs);
	} else if (w->state != WORK_OK || w->recovered == RECOVER_UNKNOWN) {
		lose(f, c, w->err.message);
	} else if (w->recovered != RECOVER_FOUND) {
		lose(f, c, STR("there is none"));
	} else if (!lineage_fits(f, w)) {
		lose(f, c, str_fmt(f->p.a, "%.*s belongs to another state of a stack of this name", STR_ARG(w->id)));
	} else if (!w->live) {
		lose(f, c, str_fmt(f->p.a, "%.*s could not be read", STR_ARG(w->id)));
	} else {
		c->live = w->live;
		c->live_attrs = w->attrs;
		c->made = true;
		f->out->items[f->out->n++] = (struct import){.address = c->address, .id = w->id, .pos = c->res->pos};
	}
}

static bool look(struct finding *f, struct change *const *changes, uint32_t n)
{
	struct planning *p = &f->p;
	struct work *works = arena_array(p->a, n + 1, sizeof *works), **started = arena_array(p->a, n + 1, sizeof *started);
	for (uint32_t i = 0; i < n; i++) {
		struct change *c = changes[i];
		if (!change_fold(p, c, NULL))
			return false;
		works[i] = (struct work){.kind = WORK_RECOVER,
					 .place = &p->env->places[c->target],
					 .type = c->type,
					 .arena = p->a,
					 .address = c->address,
					 .desired = known_of(p->a, c->desired),
					 .owner = &f->owner};
		started[i] = &works[i];
	}
	size_t before = p->errs->errors;
	if (!works_run(p->env, started, n, p->opt, "import", p->errs))
		return false;
	for (uint32_t i = 0; i < n; i++)
		take(f, changes[i], &works[i]);
	return p->errs->errors == before;
}

bool import_find(struct arena *a, struct plan_env *env, const struct plan_options *opt, struct import_found *out,
		 struct errs *errs)
{
	struct plan_options trusting = *opt;
	struct finding f = {.out = out, .owner = {env->stack->name, state_lineage(env->state), env->stack->own_tags}};
	*out = (struct import_found){0};
	trusting.no_refresh = true;
	if (!plan_begin(&f.p, a, env, &trusting, "resolve", errs))
		return false;
	sort_by_depth(&f);
	out->items = arena_array(a, f.p.plan->n + 1, sizeof *out->items);
	out->lost = arena_array(a, f.p.plan->n + 1, sizeof *out->lost);
	for (uint32_t d = 0; d < f.depths && !out->lineage.n; d++)
		if (!look(&f, &f.by_depth[f.first[d]], f.first[d + 1] - f.first[d]))
			return false;
	return true;
}
