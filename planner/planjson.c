/* A plan in the shape of Terraform's plan representation, format_version 1.2, so that policy tools read it.
 *
 * before is what is live, after is that with what is written laid over it; what is not known yet is missing from after
 * and true in after_unknown, a secret is "(secret)" and true in before_sensitive or after_sensitive. No timestamp:
 * the same plan gives the same bytes.
 */
#include "planner/jsonshape.h"

#include "base/json.h"

struct maker {
	struct arena *a;
	const struct plan *p;
};

static const struct value *before_of(const struct change *c)
{
	if (c->action == ACT_CREATE || c->action == ACT_READ || (c->gone && c->action != ACT_FORGET))
		return NULL;
	return c->live ? c->live : c->row ? c->row->inputs : NULL;
}

static const struct value *after_of(struct maker *m, const struct change *c, const struct value *before)
{
	if (c->action == ACT_DELETE || c->action == ACT_FORGET)
		return NULL;
	if (!c->desired)
		return before;
	if (c->action != ACT_UPDATE && c->action != ACT_NONE)
		return c->desired;
	struct value *after = value_map(m->a, json_nowhere);
	for (size_t i = 0; i < value_count(before); i++)
		value_set(m->a, after, before->map.items[i].key, json_nowhere, before->map.items[i].value);
	for (size_t i = 0; c->action == ACT_UPDATE && i < value_count(c->desired); i++)
		value_set(m->a, after, c->desired->map.items[i].key, json_nowhere, c->desired->map.items[i].value);
	return after;
}

static struct value *actions_tree(struct arena *a, const struct change *c)
{
	struct value *list = value_list(a, json_nowhere);
	const char *const names[ACT_COUNT] = {"no-op", "create", "update", NULL, "delete", "read", "forget"};
	if (c->action == ACT_REPLACE) {
		json_append(a, list, c->create_first ? "create" : "delete");
		json_append(a, list, c->create_first ? "delete" : "create");
	} else {
		json_append(a, list, names[c->action]);
	}
	return list;
}

static const char *reason_text(const struct change *c)
{
	switch (c->reason) {
	case WHY_CREATE_ONLY:
	case WHY_DEPENDENCY:
	case WHY_TARGET:
		return c->action == ACT_REPLACE ? "replace_because_cannot_update" : NULL;
	case WHY_REQUESTED:
		return "replace_by_request";
	case WHY_NOT_WRITTEN:
		return c->action == ACT_DELETE ? "delete_because_no_resource_config" : NULL;
	case WHY_NONE:
	case WHY_GONE:
	case WHY_DESTROY:
	case WHY_DEPOSED:
	case WHY_PENDING:
		break;
	}
	return c->action == ACT_READ ? "read_because_config_unknown" : NULL;
}

static struct value *replace_paths(struct arena *a, const struct change *c)
{
	struct value *list = NULL;
	for (size_t i = 0; c->action == ACT_REPLACE && i < c->n_props; i++) {
		if (!c->props[i].replaces)
			continue;
		list = list ? list : value_list(a, json_nowhere);
		value_append(a, list, json_path_steps(a, c->props[i].path));
	}
	return list;
}

static struct value *resource_head(struct maker *m, const struct change *c)
{
	struct arena *a = m->a;
	struct value *r = value_map(a, json_nowhere);
	ptrdiff_t dot = -1;
	for (size_t i = 0; i < c->address.n; i++)
		if (c->address.p[i] == '.')
			dot = (ptrdiff_t)i;
	value_put_text(a, r, "address", c->address);
	if (dot > 0)
		value_put_text(a, r, "module_address", str_sub(c->address, 0, (size_t)dot));
	value_put_text(a, r, "mode", c->lookup ? STR("data") : STR("managed"));
	value_put_text(a, r, "type", type_name(c->type));
	value_put_text(a, r, "name", str_sub(c->address, (size_t)(dot + 1), c->address.n));
	value_put_text(a, r, "provider_name", str_cat(a, STR("drplan/"), m->p->provider));
	value_put_text(a, r, "target", m->p->stack->targets[c->target].name);
	if (c->row && c->row->generation)
		value_put_text(a, r, "deposed", str_fmt(a, "%lld", (long long)c->row->generation));
	return r;
}

static struct value *change_tree(struct maker *m, struct value *actions, const struct value *before,
				 const struct value *after)
{
	struct arena *a = m->a;
	struct value *c = value_map(a, json_nowhere);
	value_put(a, c, "actions", actions);
	value_put(a, c, "before", json_known(a, before));
	value_put(a, c, "after", json_known(a, after));
	value_put(a, c, "after_unknown", json_unknown(a, after));
	value_put(a, c, "before_sensitive", json_sensitive(a, before));
	value_put(a, c, "after_sensitive", json_sensitive(a, after));
	return c;
}

static struct value *resource_change(struct maker *m, const struct change *c)
{
	struct value *r = resource_head(m, c);
	const struct value *before = before_of(c), *after = after_of(m, c, before);
	struct value *change = change_tree(m, actions_tree(m->a, c), before, after);
	struct value *paths = replace_paths(m->a, c);
	if (paths)
		value_put(m->a, change, "replace_paths", paths);
	value_put(m->a, r, "change", change);
	if (reason_text(c))
		value_put_text(m->a, r, "action_reason", str_of(reason_text(c)));
	return r;
}

/* What was changed or deleted behind drplan's back, whatever the plan does about it. */
static struct value *resource_drift(struct maker *m, const struct change *c)
{
	struct value *actions = value_list(m->a, json_nowhere), *r;
	struct diff d = {0};
	if (!c->row || !c->row->inputs || (!c->gone && !c->live) || c->row->status != ROW_OK)
		return NULL;
	if (!c->gone)
		diff_props(m->a, c->type, c->row->inputs, c->row->inputs, c->live, c->res ? c->res->ignore : NULL, &d);
	if (!c->gone && d.n == 0)
		return NULL;
	json_append(m->a, actions, c->gone ? "delete" : "update");
	r = resource_head(m, c);
	value_put(m->a, r, "change", change_tree(m, actions, c->row->inputs, c->gone ? NULL : c->live));
	return r;
}

/* --- values before and after ---------------------------------------------------------------------------------- */

static struct value *resource_value(struct maker *m, const struct change *c, const struct value *v)
{
	struct value *r = resource_head(m, c);
	value_put_int(m->a, r, "schema_version", 0);
	value_put(m->a, r, "values", json_known(m->a, v));
	value_put(m->a, r, "sensitive_values", json_sensitive(m->a, v));
	return r;
}

static struct value *output_value(struct arena *a, const struct value *v, bool secret)
{
	struct value *o = value_map(a, json_nowhere);
	value_put(a, o, "sensitive", value_bool(a, json_nowhere, secret));
	if (v && !value_has_expr(v))
		value_put(a, o, "value", json_known(a, v));
	return o;
}

static struct value *values_tree(struct maker *m, bool after)
{
	struct arena *a = m->a;
	struct value *v = value_map(a, json_nowhere), *outputs = value_map(a, json_nowhere),
		     *root = value_map(a, json_nowhere);
	struct value *resources = value_list(a, json_nowhere);
	for (size_t i = 0; i < m->p->n_outputs; i++) {
		const struct value *o = after ? m->p->outputs[i].after : m->p->outputs[i].before;
		if (o)
			value_set(a, outputs, m->p->outputs[i].out->name, json_nowhere,
				  output_value(a, o, m->p->outputs[i].out->secret));
	}
	for (size_t i = 0; i < m->p->n; i++) {
		const struct change *c = &m->p->changes[i];
		const struct value *before = before_of(c), *props = after ? after_of(m, c, before) : before;
		if (props)
			value_append(a, resources, resource_value(m, c, props));
	}
	if (value_count(outputs))
		value_put(a, v, "outputs", outputs);
	value_put(a, root, "resources", resources);
	value_put(a, v, "root_module", root);
	return v;
}

static struct value *output_changes(struct maker *m)
{
	struct arena *a = m->a;
	struct value *all = value_map(a, json_nowhere);
	for (size_t i = 0; i < m->p->n_outputs; i++) {
		const struct value *before = m->p->outputs[i].before, *after = m->p->outputs[i].after;
		bool same = before && after && value_equal(before, after);
		struct value *actions = value_list(a, json_nowhere);
		json_append(a, actions,
			    same || (!before && !after) ? "no-op"
			    : !before                   ? "create"
			    : !after                    ? "delete"
							: "update");
		value_set(a, all, m->p->outputs[i].out->name, json_nowhere, change_tree(m, actions, before, after));
	}
	return all;
}

static struct value *variables_tree(struct maker *m)
{
	struct value *all = value_map(m->a, json_nowhere);
	for (size_t i = 0; i < m->p->stack->n_params; i++) {
		const struct parameter *p = &m->p->stack->params[i];
		struct value *v = value_map(m->a, json_nowhere);
		value_put(m->a, v, "value",
			  p->no_echo || !p->value ? value_string(m->a, json_nowhere, STR("(secret)"))
						  : json_known(m->a, p->value));
		value_set(m->a, all, p->name, json_nowhere, v);
	}
	return all;
}

/* The least that readers of the format look for: which resources are written. */
static struct value *configuration_tree(struct maker *m)
{
	struct arena *a = m->a;
	struct value *all = value_map(a, json_nowhere), *root = value_map(a, json_nowhere),
		     *list = value_list(a, json_nowhere);
	struct value *providers = value_map(a, json_nowhere), *provider = value_map(a, json_nowhere);
	struct str name = m->p->provider;
	for (size_t i = 0; i < m->p->n; i++) {
		const struct change *c = &m->p->changes[i];
		if (c->action == ACT_DELETE || c->action == ACT_FORGET || m->p->destroy)
			continue;
		struct value *r = resource_head(m, c);
		value_put_text(a, r, "provider_config_key", name);
		value_put_int(a, r, "schema_version", 0);
		value_append(a, list, r);
	}
	value_put_text(a, provider, "name", name);
	value_put_text(a, provider, "full_name", str_cat(a, STR("drplan/"), name));
	value_set(a, providers, name, json_nowhere, provider);
	value_put(a, all, "provider_config", providers);
	value_put(a, root, "resources", list);
	value_put(a, all, "root_module", root);
	return all;
}

void plan_json(const struct plan *p, struct buf *out)
{
	struct arena scratch = {0};
	struct arena *a = &scratch;
	struct maker m = {a, p};
	struct value *doc = value_map(a, json_nowhere), *drift = value_list(a, json_nowhere),
		     *changes = value_list(a, json_nowhere);
	struct value *prior = value_map(a, json_nowhere);
	for (size_t i = 0; i < p->n; i++) {
		struct value *d = resource_drift(&m, &p->changes[i]);
		if (d)
			value_append(a, drift, d);
		value_append(a, changes, resource_change(&m, &p->changes[i]));
	}
	value_put_text(a, prior, "format_version", STR("1.0"));
	value_put(a, prior, "values", values_tree(&m, false));
	value_put_text(a, doc, "format_version", STR("1.2"));
	value_put_text(a, doc, "drplan_version", STR(DRPLAN_VERSION));
	value_put(a, doc, "variables", variables_tree(&m));
	value_put(a, doc, "planned_values", values_tree(&m, true));
	value_put(a, doc, "resource_drift", drift);
	value_put(a, doc, "resource_changes", changes);
	value_put(a, doc, "output_changes", output_changes(&m));
	value_put(a, doc, "prior_state", prior);
	value_put(a, doc, "configuration", configuration_tree(&m));
	value_put(a, doc, "applyable", value_bool(a, json_nowhere, p->applyable && (!plan_empty(p) || p->n_owed)));
	value_put(a, doc, "complete", value_bool(a, json_nowhere, !p->partial));
	value_put(a, doc, "errored", value_bool(a, json_nowhere, false));
	json_write(out, doc, 0);
	buf_char(out, '\n');
	arena_free(&scratch);
}
