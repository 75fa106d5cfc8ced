/* From differences to actions, node after node in topological order, so that what a node needs is decided before it.
 *
 * A value taken from something that will be created or replaced is unknown, and an unknown value of a property that
 * cannot change replaces its resource in turn. pass_replace then decides for each replacement which of the two comes
 * first (semantics 15): what two living resources cannot share is deleted first, and so is what depends on it.
 */
#include "planner/planpriv.h"

#include "stacks/expr.h"

/* --- policies ------------------------------------------------------------------------------------------------- */

struct str policy_text(enum deletion_policy d, const struct type *t)
{
	switch (d) {
	case DELETION_DELETE:
		return STR("Delete");
	case DELETION_RETAIN:
		return STR("Retain");
	case DELETION_SNAPSHOT:
		return STR("Snapshot");
	case DELETION_RETAIN_EXCEPT_ON_CREATE:
		return STR("RetainExceptOnCreate");
	case DELETION_DEFAULT:
		break;
	}
	return t && type_snapshot_default(t) ? STR("Snapshot") : STR("Delete");
}

void policy_apply(struct str policy, bool *keeps, bool *snapshot)
{
	*keeps = str_eqc(policy, "Retain") || str_eqc(policy, "RetainExceptOnCreate");
	*snapshot = str_eqc(policy, "Snapshot");
}

/* --- deletions ------------------------------------------------------------------------------------------------ */

static bool is_copy(const struct change *c)
{
	return type_is_copy(c->type, c->live) || (c->row && type_is_copy(c->type, c->row->inputs));
}

static void decide_delete(struct planning *p, struct change *c)
{
	bool copy = is_copy(c);
	policy_apply(c->row->deletion, &c->keeps_old, &c->snapshot);
	c->snapshot &= !copy;
	c->action = c->gone || c->keeps_old ? ACT_FORGET : ACT_DELETE;
	if (c->gone)
		c->reason = WHY_GONE;
	else if (c->row->status == ROW_DEPOSED)
		c->reason = WHY_DEPOSED;
	else
		c->reason = p->opt->destroy ? WHY_DESTROY : WHY_NOT_WRITTEN;
	c->irreversible = c->action == ACT_DELETE && type_holds_data(c->type) && !copy && !c->snapshot;
}

/* --- creations and updates ------------------------------------------------------------------------------------ */

static bool requested(const struct planning *p, struct str address)
{
	for (size_t i = 0; i < p->opt->n_replaces; i++)
		if (str_eq(p->opt->replaces[i], address))
			return true;
	return false;
}

/* The name that was chosen for a resource that names itself is part of what is written for it, for life. */
const struct value *change_named(struct planning *p, const struct change *c, const struct value *props)
{
	struct str property = type_name_property(c->type);
	if (!c->generated_name.n || !property.n || value_get(props, property))
		return props;
	struct value *copy = value_with(p->a, props, property, value_string(p->a, c->res->pos, c->generated_name));
	return copy ? copy : props;
}

static void decide_create(struct planning *p, struct change *c)
{
	c->action = ACT_CREATE;
	c->reason = c->gone ? WHY_GONE : WHY_NONE;
	c->n_props = value_count(c->desired);
	c->props = arena_array(p->a, c->n_props + 1, sizeof *c->props);
	const struct schema *root = type_schema(c->type);
	for (size_t i = 0; i < c->n_props; i++) {
		const struct member *m = &c->desired->map.items[i];
		const struct schema *s = schema_prop(root, m->key);
		bool secret = s && (schema_flags(s) & PROP_SECRET);
		c->props[i] = (struct prop_change){
		    .path = m->key, .kind = PROP_ADD, .after = secret ? value_mark_secret(p->a, m->value) : m->value};
	}
}

static void take_diff(struct change *c, const struct diff *d)
{
	c->props = d->props;
	c->n_props = d->n;
	c->noted = d->noted;
	c->n_noted = d->n_noted;
	c->keep = d->keep;
	c->n_keep = d->n_keep;
	package_mark(c);
	for (size_t i = 0; i < d->n; i++)
		c->irreversible |= d->props[i].irreversible;
}

static enum reason replace_reason(const struct change *c)
{
	for (size_t i = 0; i < c->n_props; i++)
		if (c->props[i].replaces && !(c->props[i].after && value_has_expr(c->props[i].after)))
			return WHY_CREATE_ONLY;
	return WHY_DEPENDENCY;
}

static void decide_replace(struct change *c, enum reason why)
{
	struct str policy = policy_text(c->res->update_replace, NULL);
	c->action = ACT_REPLACE;
	c->reason = why;
	policy_apply(policy, &c->keeps_old, &c->snapshot);
	c->snapshot &= !is_copy(c);
	c->irreversible |= type_holds_data(c->type) && !is_copy(c) && !c->keeps_old;
}

static bool place_moved(const struct planning *p, const struct change *c)
{
	return !str_eq(c->row->type, type_name(c->type)) ||
	       !str_eq(c->row->target, p->env->stack->targets[c->target].name);
}

static bool decide_resource(struct planning *p, struct change *c)
{
	const struct value *seen;
	if (!change_fold(p, c, &seen))
		return false;
	if (c->res->name_generated && c->row)
		c->generated_name = c->row->name_chosen;
	if (!c->row || c->gone) {
		c->desired = change_named(p, c, c->desired);
		decide_create(p, c);
		return true;
	}
	if (place_moved(p, c)) {
		decide_create(p, c);
		decide_replace(c, WHY_TARGET);
		return true;
	}
	seen = change_named(p, c, seen);
	c->live = live_written(p, c, seen);
	struct diff d;
	const struct value *hidden = state_hide_secrets(p->env->state, p->a, seen);
	diff_hidden(p->a, c->type, seen, hidden, c->row->inputs, c->live, c->res->ignore, &d);
	take_diff(c, &d);
	c->waits = c->row->status == ROW_PENDING;
	if (d.replace || requested(p, c->address)) {
		decide_replace(c, d.replace ? replace_reason(c) : WHY_REQUESTED);
	} else if (d.n || c->waits) {
		c->desired = change_named(p, c, c->desired);
		c->action = ACT_UPDATE;
		c->reason = d.n ? WHY_NONE : WHY_PENDING;
	} else {
		c->desired = change_named(p, c, c->desired);
	}
	return true;
}

static bool decide_lookup(struct planning *p, struct change *c)
{
	if (!change_fold(p, c, NULL))
		return false;
	if (value_has_expr(c->desired) || !c->made) {
		c->action = ACT_READ;
		c->made = false;
	}
	return true;
}

static void decide(struct planning *p, struct change *c)
{
	if (c->node->res)
		decide_resource(p, c);
	else if (c->node->lookup)
		decide_lookup(p, c);
	else
		decide_delete(p, c);
}

bool pass_diff(struct planning *p)
{
	size_t before = p->errs->errors;
	for (size_t i = 0; i < p->plan->n; i++) {
		struct change *c = &p->plan->changes[i];
		size_t node = (size_t)(c->node - p->g.nodes);
		if (!p->selected[node] && !p->frozen[node])
			continue;
		decide(p, c);
		if (p->frozen[node] || change_needs_deferred(p, c))
			change_defer(p, c);
		p->touched += c->action != ACT_NONE;
	}
	return p->errs->errors == before;
}

/* --- which comes first ---------------------------------------------------------------------------------------- */

/* A property keeps its value through the replacement, so that both resources would claim it. */
static bool keeps_value(const struct change *c, struct str name)
{
	const struct value *v = value_get(c->desired, name);
	if (!v || value_has_expr(v))
		return false;
	for (size_t i = 0; i < c->n_props; i++)
		if (str_starts(c->props[i].path, name) &&
		    (c->props[i].path.n == name.n || c->props[i].path.p[name.n] == '.' ||
		     c->props[i].path.p[name.n] == '['))
			return false;
	return true;
}

static bool absent_on_both_sides(const struct change *c, struct str name)
{
	return !value_get(c->desired, name) && !value_get(c->row->inputs, name);
}

static bool collides(const struct change *c, size_t set)
{
	size_t n = type_unique_size(c->type, set), kept = 0;
	for (size_t k = 0; k < n; k++) {
		struct str name = type_unique_name(c->type, set, k);
		if (keeps_value(c, name))
			kept++;
		else if (!absent_on_both_sides(c, name))
			return false;
	}
	return kept > 0;
}

/* The value is the id of something new: of what is created, or made beside the one that it replaces. */
static bool names_something_new(const struct planning *p, const struct value *v)
{
	if (v->kind != V_EXPR || (v->fn != FN_REF && v->fn != FN_GETATT))
		return false;
	const struct node *node = graph_find(&p->g, value_text(value_at(v, 0)));
	const struct change *of = node ? change_of(p, node) : NULL;
	struct str attribute = v->fn == FN_REF ? STR("Ref") : value_text(value_at(v, 1));
	if (!of || of->action != ACT_REPLACE || !of->create_first)
		return of && of->action == ACT_CREATE;
	return of->row && str_eq(value_text(value_get(of->live_attrs, attribute)), of->row->id);
}

static bool surely_changes(const struct planning *p, const struct change *c, size_t set)
{
	for (size_t k = 0; k < type_unique_size(c->type, set); k++) {
		struct str name = type_unique_name(c->type, set, k);
		const struct value *v = value_get(c->desired, name);
		if (!v || keeps_value(c, name))
			continue;
		if (value_has_expr(v) ? names_something_new(p, v) : true)
			return true;
	}
	return false;
}

/* The schema's word for it counts wherever old and new could claim the same thing. */
static bool may_collide(const struct planning *p, const struct change *c)
{
	for (size_t i = 0; i < type_unique_count(c->type); i++)
		if (!surely_changes(p, c, i))
			return true;
	return type_unique_count(c->type) == 0;
}

static bool deletes_first(const struct planning *p, const struct change *c)
{
	if (c->keeps_old || c->reason == WHY_TARGET)
		return false;
	if (type_deletes_first(c->type) && may_collide(p, c))
		return true;
	for (size_t i = 0; i < type_unique_count(c->type); i++)
		if (collides(c, i))
			return true;
	/* What it stands on goes away before it could be replaced. */
	for (size_t k = 0; k < c->row->n_depends; k++) {
		const struct node *node = graph_find(&p->g, c->row->depends[k]);
		const struct change *need = node ? change_of(p, node) : NULL;
		if (need && need->gives_way && need->action == ACT_DELETE)
			return true;
	}
	const struct node_list *needs = &c->node->deps[GRAPH_NEEDS];
	for (uint32_t k = 0; k < needs->n; k++) {
		const struct change *need = change_of(p, &p->g.nodes[needs->items[k]]);
		if (need->action == ACT_REPLACE && !need->create_first && !need->keeps_old)
			return true;
	}
	return false;
}

/* What is deleted before something else is made cannot be brought back. */
static void give_way(void *ctx, size_t takes, size_t gives)
{
	struct change *c = &((struct plan *)ctx)->changes[gives];
	(void)takes;
	c->gives_way = c->action != ACT_UPDATE;
	c->irreversible |= c->gives_way;
}

/* A replacement that is made beside the old one cannot have its name; one that comes after it keeps it. */
bool pass_replace(struct planning *p)
{
	successions_each(p->a, p->plan, give_way, p->plan);
	for (size_t i = 0; i < p->plan->n; i++) {
		struct change *c = &p->plan->changes[i];
		if (c->action != ACT_REPLACE)
			continue;
		p->touched++;
		c->create_first = !deletes_first(p, c);
		c->irreversible |= !c->create_first;
		if (c->create_first)
			c->generated_name = STR_NONE;
		else
			c->desired = change_named(p, c, c->desired);
	}
	return true;
}
