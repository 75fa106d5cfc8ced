/* The plan of one round of an undo: every row of the state and everything that stood before is a change; what the run
 * touched is read, and compared with what the journal says stood there. See undo.c.
 *
 * What was made is deleted, and the row that it pushed aside stands again. What was changed gets its live values from
 * before. What was deleted already is made again, under a new id, which is an exception that is told; what held data
 * is not made again empty, and its replacement stays.
 */
#include "planner/undo.h"

#include <stdlib.h>

struct round {
	struct undoing *u;
	struct planning pl;
	struct plan *plan;
	struct state_row *rows;
	size_t n_rows;
};

/* --- small things --------------------------------------------------------------------------------------------- */

static void except(struct undoing *u, const struct undo_group *g, struct str why)
{
	u->excepts = arena_grow(u->a, u->excepts, &u->cap_excepts, u->n_excepts + 1, sizeof *u->excepts);
	u->excepts[u->n_excepts++] = str_fmt(u->a, "%.*s: %.*s", STR_ARG(g->address), STR_ARG(why));
}

static int group_compare(const void *key, const void *item)
{
	return str_cmp(*(const struct str *)key, ((const struct undo_group *)item)->address);
}

static struct undo_group *group_find(const struct undoing *u, struct str address)
{
	if (!u->n_groups)
		return NULL;
	return bsearch(&address, u->groups, u->n_groups, sizeof *u->groups, group_compare);
}

/* The run made the resource with this id. */
static bool made_by_run(const struct undo_group *g, struct str id)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->intents[i]->action == INTENT_CREATE && id.n && str_eq(g->intents[i]->id, id))
			return !g->before || !str_eq(g->before->id, id);
	return false;
}

static bool holds_data(const struct state_row *row)
{
	const struct type *t = model_type(row->type);
	return t && type_holds_data(t);
}

/* --- changes -------------------------------------------------------------------------------------------------- */

static uint32_t index_named(const struct str name, const struct target *t, size_t n, uint32_t otherwise)
{
	for (uint32_t i = 0; i < n; i++)
		if (str_eq(t[i].name, name))
			return i;
	return otherwise;
}

static uint32_t phase_named(const struct stack *s, struct str name)
{
	for (uint32_t i = 0; i < s->n_phases; i++)
		if (str_eq(s->phases[i].name, name))
			return i;
	return 0;
}

static struct change *change_add(struct round *r, const struct state_row *row)
{
	const struct stack *s = r->u->env->stack;
	struct change *c = &r->plan->changes[r->plan->n];
	struct node *n = &r->pl.g.nodes[r->plan->n];
	*c = (struct change){.node = n,
			     .address = row->address,
			     .row = row,
			     .type = model_type(row->type),
			     .target = index_named(row->target, s->targets, s->n_targets, s->default_target),
			     .phase = phase_named(s, row->phase),
			     .live_attrs = row->attrs};
	*n = (struct node){.address = row->address, .row = row, .order = (uint32_t)r->plan->n};
	r->plan->n++;
	return c;
}

/* Rows of the state, and what the run took out of it. */
static void changes_make(struct round *r)
{
	struct undoing *u = r->u;
	for (size_t i = 0; i < r->n_rows; i++) {
		const struct state_row *row = &r->rows[i];
		struct undo_group *g = group_find(u, row->address);
		struct change *c = change_add(r, row);
		if (!g)
			continue;
		if (row->generation == 0)
			g->now = c;
		if (g->before && str_eq(row->id, g->before->id) &&
		    (row->generation == u->run || (row->generation == 0 && !g->old)))
			g->old = c;
	}
	for (size_t i = 0; i < u->n_groups; i++) {
		struct undo_group *g = &u->groups[i];
		if (!g->before || g->old)
			continue;
		struct state_row *row = arena_new(u->a, struct state_row);
		*row = *g->before;
		row->generation = -1; /* not in the state: nobody's current one */
		g->old = change_add(r, row);
	}
}

static bool read_live(struct round *r)
{
	struct undoing *u = r->u;
	r->pl.g.n = r->plan->n;
	r->pl.selected = arena_array(u->a, r->plan->n + 1, sizeof *r->pl.selected);
	for (size_t i = 0; i < u->n_groups; i++) {
		const struct undo_group *g = &u->groups[i];
		if (g->old)
			r->pl.selected[g->old - r->plan->changes] = true;
		/* Made again by an undo that did not come to wait for it. */
		if (g->before && g->now && g->now->row->status == ROW_PENDING)
			r->pl.selected[g->now - r->plan->changes] = true;
	}
	return pass_refresh(&r->pl);
}

static struct state_row *back_row(struct undoing *u, const struct undo_group *g)
{
	struct state_row *row = arena_new(u->a, struct state_row);
	*row = *g->before;
	row->generation = g->old->row->generation == u->run ? u->run : 0;
	row->status = ROW_OK;
	return row;
}

/* Nothing remote is left to do: the row as it was. */
static void stand_again(struct undoing *u, const struct undo_group *g, const struct value *inputs,
			const struct value *attrs)
{
	struct state_row row = *back_row(u, g);
	row.inputs = (struct value *)inputs;
	if (row.generation)
		state_delete(u->env->state, row.address, row.generation);
	row.generation = 0;
	if (attrs)
		row.attrs = state_hide_secrets(u->env->state, u->a, attrs);
	state_put(u->env->state, &row);
}

/* --- what each group needs ------------------------------------------------------------------------------------ */

static void decide_made(struct undoing *u, struct undo_group *g)
{
	struct change *c = g->now;
	bool gone = g->before && g->old->gone;
	if (str_eqc(c->row->deletion, "Retain") && holds_data(c->row)) {
		g->keeps = true;
		except(u, g, STR("was made, and its DeletionPolicy is Retain: it stays"));
	} else if (gone && holds_data(g->before)) {
		g->keeps = true;
		except(u, g, STR("what it replaced held data and is deleted: it stays"));
	} else {
		c->action = gone ? ACT_REPLACE : ACT_DELETE;
		c->desired = gone ? g->before->inputs : NULL;
		c->back = g->before ? back_row(u, g) : NULL;
		if (gone) {		/* the address may have been of another type or target */
			const struct stack *st = u->env->stack;
			c->type = model_type(g->before->type);
			c->target = index_named(g->before->target, st->targets, st->n_targets, c->target);
		}
	}
}

static bool has_hidden(const struct value *v)
{
	if (!v)
		return false;
	if (state_is_hidden(v))
		return true;
	for (size_t i = 0; i < value_count(v); i++)
		if (has_hidden(v->kind == V_MAP ? v->map.items[i].value : value_at(v, i)))
			return true;
	return false;
}

/* What its creation was to set; what the journal hides stays as it is. */
static const struct value *asked_for(struct undoing *u, const struct state_row *row)
{
	struct value *out = value_map(u->a, (struct pos){0});
	for (size_t i = 0; i < value_count(row->inputs); i++) {
		const struct member *m = &row->inputs->map.items[i];
		if (!has_hidden(m->value))
			value_set(u->a, out, m->key, (struct pos){0}, m->value);
	}
	return out;
}

/* Made again by an undo that ended before all of it was set. */
static void decide_pending(struct undoing *u, struct undo_group *g)
{
	struct change *c = g->now;
	struct diff d;
	c->action = ACT_UPDATE;
	c->desired = asked_for(u, c->row);
	diff_hidden(u->a, c->type, c->desired, c->desired, c->desired, c->live, NULL, &d);
	c->props = d.props;
	c->n_props = d.n;
	c->keep = d.keep;
	c->n_keep = d.n_keep;
	c->back = back_row(u, g);
}

static void decide_gone(struct undoing *u, struct undo_group *g)
{
	if (g->now && !str_eq(g->now->row->id, g->before->id)) {
		g->now->back = g->before;
		g->now->remade = g->now->row->id;
		except(u, g, str_fmt(u->a, "%.*s was deleted; it was made again as %.*s", STR_ARG(g->before->id),
				     STR_ARG(g->now->row->id)));
		if (g->now->row->status == ROW_PENDING && g->now->live)
			decide_pending(u, g);
		return;
	}
	if (holds_data(g->before)) {
		except(u, g, STR("it held data and is deleted"));
		return;
	}
	g->old->action = ACT_CREATE;
	g->old->desired = g->before->inputs;
	g->old->back = back_row(u, g);
}

static void decide(struct undoing *u, struct undo_group *g)
{
	if (g->skipped) {
		except(u, g, STR("left as it is (--skip)"));
		return;
	}
	if (g->now && made_by_run(g, g->now->row->id))
		decide_made(u, g);
	else if (g->before && g->old->gone)
		decide_gone(u, g);
	else if (g->before && !g->now)
		stand_again(u, g, g->before->inputs, g->old->live_attrs);
}

/* What stays needs what it needs. */
static void keep_needs(struct undoing *u)
{
	size_t n = 0;
	struct undo_group **todo = arena_array(u->a, u->n_groups + 1, sizeof *todo);
	for (size_t i = 0; i < u->n_groups; i++)
		if (u->groups[i].keeps || (u->groups[i].skipped && u->groups[i].now))
			todo[n++] = &u->groups[i];
	while (n > 0) {
		const struct state_row *row = todo[--n]->now->row;
		for (size_t i = 0; i < row->n_depends; i++) {
			struct undo_group *g = group_find(u, row->depends[i]);
			if (!g || g->keeps || g->skipped || !g->now || !g->now->action)
				continue;
			g->keeps = true;
			g->now->action = ACT_NONE;
			except(u, g, str_fmt(u->a, "it stays, because %.*s needs it", STR_ARG(row->address)));
			todo[n++] = g;
		}
	}
}

/* --- order ---------------------------------------------------------------------------------------------------- */

static size_t needs_add(struct round *r, const struct state_row *row, uint32_t *out, size_t n)
{
	for (size_t i = 0; row && i < row->n_depends; i++) {
		const struct node *node = graph_find(&r->pl.g, row->depends[i]);
		if (node)
			out[n++] = node->order;
	}
	return n;
}

/* An address leads to what is current; where nothing is, to what will be made again. */
static void needs_make(struct round *r)
{
	for (size_t i = 0; i < r->u->n_groups; i++) {
		struct undo_group *g = &r->u->groups[i];
		if (g->now || !g->old || g->old->action != ACT_CREATE)
			continue;
		g->old->row = g->old->node->row = NULL;
	}
	graph_hash(&r->pl.g);
	for (size_t i = 0; i < r->plan->n; i++) {
		struct change *c = &r->plan->changes[i];
		size_t most = (c->row ? c->row->n_depends : 0) + (c->back ? c->back->n_depends : 0);
		c->needs = arena_array(r->u->a, most + 1, sizeof *c->needs);
		c->n_needs = needs_add(r, c->row, c->needs, 0);
		c->n_needs = needs_add(r, c->back, c->needs, c->n_needs);
	}
}

/* --- what was changed ----------------------------------------------------------------------------------------- */

/* The live values from before; what AWS never gives back, as it was applied. */
static const struct value *wanted(struct undoing *u, struct undo_group *g, const struct change *c)
{
	const struct schema *root = type_schema(c->type);
	const struct value *prior = g->prior ? g->prior : g->before->inputs, *was = g->before->inputs;
	struct value *want = value_map(u->a, (struct pos){0});
	for (size_t i = 0; i < value_count(prior); i++) {
		const struct member *m = &prior->map.items[i];
		const struct schema *s = schema_prop(root, m->key);
		if (s && !(schema_flags(s) & PROP_READ_ONLY))
			value_set(u->a, want, m->key, (struct pos){0}, m->value);
	}
	for (size_t i = 0; i < value_count(was); i++) {
		const struct member *m = &was->map.items[i];
		const struct schema *s = schema_prop(root, m->key);
		if (s && (schema_flags(s) & PROP_WRITE_ONLY) && !value_get(want, m->key))
			value_set(u->a, want, m->key, (struct pos){0}, m->value);
	}
	return package_before(u->a, c->type, want, was);
}

static struct str top_of(struct str path)
{
	size_t n = 0;
	while (n < path.n && path.p[n] != '.' && path.p[n] != '[')
		n++;
	return (struct str){path.p, n};
}

/* Takes what cannot be changed back out of want; true if there was any. */
static bool drop_irreversible(struct undoing *u, struct undo_group *g, const struct type *type, const struct diff *d,
			      const struct value *live, const struct value **want)
{
	bool any = false;
	for (size_t i = 0; i < d->n; i++) {
		const struct prop_change *p = &d->props[i];
		struct str top = top_of(p->path);
		struct value *wish = value_get(*want, top);
		if (!p->irreversible && !p->replaces && !has_hidden(wish) && !package_lost(u->a, type, *want, top))
			continue;
		except(u, g, str_fmt(u->a, "%.*s cannot be changed back", STR_ARG(p->path)));
		struct value *stays = value_get(live, top), *next = value_with(u->a, *want, top, stays);
		if (next)
			*want = next;
		any = true;
	}
	return any;
}

static void decide_update(struct round *r, struct undo_group *g)
{
	struct undoing *u = r->u;
	struct change *c = g->now;
	if (g->skipped || g->keeps || !g->before || !c || c != g->old || c->gone || c->action || !c->live)
		return;
	const struct value *want = undo_new_ids(u->a, r->plan, c, wanted(u, g, c));
	const struct value *last = g->last ? g->last : g->before->inputs;
	struct diff d;
	diff_hidden(u->a, c->type, want, want, last, c->live, NULL, &d);
	if (drop_irreversible(u, g, c->type, &d, c->live, &want))
		diff_hidden(u->a, c->type, want, want, last, c->live, NULL, &d);
	if (!d.n && c->row->status != ROW_PENDING) {
		const struct value *inputs = undo_new_ids(u->a, r->plan, c, g->before->inputs);
		if (!value_equal(c->row->inputs, inputs))
			stand_again(u, g, inputs, c->live_attrs);
		return;
	}
	c->action = ACT_UPDATE;
	c->desired = want;
	c->props = d.props;
	c->n_props = d.n;
	c->keep = d.keep;
	c->n_keep = d.n_keep;
	c->back = back_row(u, g);
}

/* --- what was only forgotten ---------------------------------------------------------------------------------- */

/* Rows that the run put aside without a call: policy Retain. */
static void forgotten_stand_again(struct round *r)
{
	struct undoing *u = r->u;
	for (size_t i = 0; i < r->n_rows; i++) {
		struct state_row row = r->rows[i];
		if (row.generation != u->run || group_find(u, row.address) || (u->phase.n && !str_eq(row.phase, u->phase)))
			continue;
		if (i > 0 && r->rows[i - 1].generation == 0 && str_eq(r->rows[i - 1].address, row.address))
			continue;
		state_delete(u->env->state, row.address, row.generation);
		row.generation = 0;
		row.status = ROW_OK;
		state_put(u->env->state, &row);
	}
}

/* --- the whole ------------------------------------------------------------------------------------------------ */

bool undo_recover(struct undoing *u)
{
	struct plan_options opt = {.interrupted = u->opt->run->interrupted};
	struct planning pl = {.a = u->a, .env = u->env, .opt = &opt, .errs = u->errs};
	if (!state_rows(u->env->state, u->a, &pl.rows, &pl.n_rows, u->errs) || !recover_open(&pl))
		return false;
	u->undecided = pl.n_undecided;
	return true;
}

static struct plan *plan_new(struct undoing *u)
{
	struct plan *p = arena_new(u->a, struct plan);
	*p = (struct plan){.arena = u->a,
			   .stack = u->env->stack,
			   .state = u->env->state,
			   .undo = true,
			   .applyable = true,
			   .warnings = u->errs,
			   .provider = str_of(u->env->provider->ops->name)};
	return p;
}

static void groups_clear(struct undoing *u)
{
	u->n_excepts = u->left = 0;
	for (size_t i = 0; i < u->n_groups; i++) {
		u->groups[i].now = u->groups[i].old = NULL;
		u->groups[i].keeps = false;
	}
}

bool undo_plan(struct undoing *u)
{
	struct plan_options opt = {.interrupted = u->opt->run->interrupted};
	struct round r = {.u = u, .plan = plan_new(u)};
	if (!state_rows(u->env->state, u->a, &r.rows, &r.n_rows, u->errs))
		return false;
	size_t most = r.n_rows + u->n_groups + 1;
	u->plan = r.plan;
	r.plan->changes = arena_array(u->a, most, sizeof *r.plan->changes);
	r.pl = (struct planning){.a = u->a, .env = u->env, .opt = &opt, .errs = u->errs, .plan = r.plan};
	r.pl.g = (struct graph){.arena = u->a, .stack = u->env->stack};
	r.pl.g.nodes = arena_array(u->a, most, sizeof *r.pl.g.nodes);
	groups_clear(u);
	changes_make(&r);
	if (!read_live(&r))
		return false;
	for (size_t i = 0; i < u->n_groups; i++)
		decide(u, &u->groups[i]);
	keep_needs(u);
	needs_make(&r);
	for (size_t i = 0; i < u->n_groups; i++)
		decide_update(&r, &u->groups[i]);
	forgotten_stand_again(&r);
	for (size_t i = 0; i < r.plan->n; i++)
		u->left += r.plan->changes[i].action != ACT_NONE;
	if (!state_commit(u->env->state, u->errs))
		return false;
	r.plan->lineage = state_lineage(u->env->state);
	r.plan->serial = state_serial(u->env->state);
	return true;
}
