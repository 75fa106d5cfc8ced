/* Values as far as they are known: folding with the attributes of what stands and stays, and with the answers to
 * dynamic references.
 *
 * A dynamic reference stays an expression in what a plan keeps: it is resolved once for the comparison here and once
 * more by the run at the last moment, and its value is never stored.
 */
#include "planner/planpriv.h"
#include "planner/runbook.h"

struct dynamic {
	uint32_t target;
	struct str name;
	struct value *value;
};

struct dynamics {
	struct dynamic *items;
	size_t n, cap;
};

struct resolver {
	struct planning *p;
	uint32_t target;
	bool dynamics; /* resolve those too */
};

/* --- attributes ----------------------------------------------------------------------------------------------- */

bool change_stays(const struct change *c)
{
	if (c->made)
		return true;
	return c->row && !c->gone && (c->action == ACT_NONE || c->action == ACT_UPDATE);
}

static bool path_head_is(struct str path, struct str head)
{
	return str_starts(path, head) && (path.n == head.n || path.p[head.n] == '.' || path.p[head.n] == '[');
}

static bool changes_at(const struct change *c, struct str path)
{
	for (size_t i = 0; i < c->n_props; i++)
		if (path_head_is(c->props[i].path, path) || path_head_is(path, c->props[i].path))
			return true;
	return false;
}

/* An attribute that is also a property which the template sets is known before it is applied (semantics 9). */
static struct value *attribute_written(const struct change *c, struct str attribute)
{
	struct value *v = attribute.n ? value_path(c->desired, attribute) : NULL;
	const struct schema *s = v && !value_has_expr(v) ? schema_path(type_schema(c->type), attribute) : NULL;
	return s && !(schema_flags(s) & PROP_READ_ONLY) ? v : NULL;
}

static struct value *attribute_live(const struct change *c, struct str attribute)
{
	struct value *v = value_get(c->live_attrs, attribute.n ? attribute : STR("Ref"));
	if (!v && attribute.n)
		v = value_path(c->live, attribute);
	return v && (v->kind == V_NULL || state_is_hidden(v)) ? NULL : v;
}

struct value *change_attribute(const struct change *c, struct str attribute)
{
	struct value *live = change_stays(c) ? attribute_live(c, attribute) : NULL;
	if (live && (c->made || c->action == ACT_NONE || !(changes_at(c, attribute) || type_renews(c->type, attribute))))
		return live;
	return attribute_written(c, attribute);
}

static struct value *resolve_attribute(void *ctx, struct str address, struct str attribute)
{
	struct resolver *r = ctx;
	const struct node *n = graph_find(&r->p->g, address);
	return n ? change_attribute(change_of(r->p, n), attribute) : NULL;
}

/* --- dynamic references --------------------------------------------------------------------------------------- */

struct str dynamic_name(struct arena *a, const struct value *expr)
{
	struct str service = value_text(value_at(expr, 0)), reference = value_text(value_at(expr, 1));
	return str_fmt(a, "%.*s:%.*s", STR_ARG(service), STR_ARG(reference));
}

void dynamics_find(const struct value *v, void (*fn)(void *ctx, const struct value *expr), void *ctx)
{
	if (!v)
		return;
	if (v->kind == V_EXPR && v->fn == FN_DYNAMIC && !value_has_expr(value_at(v, 1)))
		fn(ctx, v);
	else if (v->kind == V_LIST || v->kind == V_EXPR)
		for (uint32_t i = 0; i < v->list.n; i++)
			dynamics_find(v->list.items[i], fn, ctx);
	else if (v->kind == V_MAP)
		for (uint32_t i = 0; i < v->map.n; i++)
			dynamics_find(v->map.items[i].value, fn, ctx);
}

static struct dynamic *dynamic_get(const struct dynamics *d, uint32_t target, struct str name)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->items[i].target == target && str_eq(d->items[i].name, name))
			return &d->items[i];
	return NULL;
}

static struct value *resolve_fact(void *ctx, const struct value *expr)
{
	struct resolver *r = ctx;
	if (expr->fn == FN_RUNBOOK)
		return runbook_known(r->p->a, r->p->env->provider, expr, r->p->errs);
	if (!r->dynamics || expr->fn != FN_DYNAMIC || value_has_expr(value_at(expr, 1)))
		return NULL;
	const struct dynamic *d = dynamic_get(r->p->dynamics, r->target, dynamic_name(r->p->a, expr));
	return d ? d->value : NULL;
}

static void dynamic_collect(void *ctx, const struct value *expr)
{
	struct resolver *r = ctx;
	struct dynamics *d = r->p->dynamics;
	struct str name = dynamic_name(r->p->a, expr);
	if (dynamic_get(d, r->target, name))
		return;
	d->items = arena_grow(r->p->a, d->items, &d->cap, d->n + 1, sizeof *d->items);
	d->items[d->n++] = (struct dynamic){.target = r->target, .name = name};
}

/* Asks those from first on, all at once. */
static bool dynamics_fetch(struct planning *p, size_t first)
{
	struct dynamics *d = p->dynamics;
	size_t n = d->n - first, before = p->errs->errors;
	struct work *works = arena_array(p->a, n + 1, sizeof *works),
		    **started = arena_array(p->a, n + 1, sizeof *started);
	for (size_t i = 0; i < n; i++) {
		const struct dynamic *it = &d->items[first + i];
		works[i] = (struct work){
		    .kind = WORK_SECRET, .place = &p->env->places[it->target], .arena = p->a, .name = it->name};
		started[i] = &works[i];
	}
	if (!works_run(p->env, started, n, p->opt, "references", p->errs))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (works[i].state != WORK_OK)
			work_error(&works[i], p->errs);
		d->items[first + i].value = works[i].result;
	}
	return p->errs->errors == before;
}

bool dynamics_ask(struct planning *p)
{
	struct resolver r = {.p = p};
	p->dynamics = arena_new(p->a, struct dynamics);
	for (size_t i = 0; i < p->g.n; i++) {
		const struct node *n = &p->g.nodes[i];
		if (!n->res || !p->selected[i])
			continue;
		r.target = n->res->target;
		dynamics_find(n->res->props, dynamic_collect, &r);
	}
	return dynamics_fetch(p, 0);
}

/* References whose names are made of attributes: asked once these are known. */
static bool dynamics_follow(struct resolver *r, const struct value *v)
{
	size_t asked = r->p->dynamics->n;
	dynamics_find(v, dynamic_collect, r);
	return r->p->dynamics->n == asked || dynamics_fetch(r->p, asked);
}

/* --- folding -------------------------------------------------------------------------------------------------- */

bool change_fold(struct planning *p, struct change *c, const struct value **seen)
{
	const struct value *props = c->node->res ? c->node->res->props : c->node->lookup->match;
	struct resolver r = {.p = p, .target = c->target};
	struct expr_env env = {
	    .ctx = &r, .attribute = resolve_attribute, .fact = resolve_fact, .arena = p->a, .errs = p->errs};
	c->desired = props;
	if (value_has_expr(props)) {
		c->desired = expr_fold(&env, props);
		if (c->desired && c->node->res)
			c->desired = stack_typed(p->a, c->type, c->desired);
	}
	if (!c->desired)
		return false;
	if (!seen)
		return true;
	*seen = c->desired;
	if (p->dynamics && value_has_expr(c->desired)) {
		if (!dynamics_follow(&r, c->desired))
			return false;
		r.dynamics = true;
		*seen = expr_fold(&env, c->desired);
	}
	return *seen != NULL;
}

bool pass_resolve(struct planning *p)
{
	bool ok = p->opt->destroy || dynamics_ask(p);
	p->touched = p->dynamics ? p->dynamics->n : 0;
	return ok;
}
