/* What a run writes about resources: rows as steps end, outputs and facts when it is over. All of it goes into the
 * transaction of the turn; secrets are hidden on the way (state_hide_secrets). The stack's source goes there, too. */
#include "planner/imports.h"
#include "planner/planpriv.h"
#include "planner/runpriv.h"

#include "stacks/source.h"

#include <string.h>

static struct value *hidden(struct run *r, const struct value *v)
{
	return v ? state_hide_secrets(r->env->state, r->a, v) : value_map(r->a, (struct pos){0});
}

static struct str phase_name(const struct run *r, const struct change *c)
{
	const struct stack *s = r->plan->stack;
	return c->phase < s->n_phases ? s->phases[c->phase].name : STR_NONE;
}

struct str *change_depends(struct run *r, const struct change *c, size_t *n)
{
	struct str *out = arena_array(r->a, c->n_needs + 1, sizeof *out);
	*n = 0;
	for (size_t i = 0; i < c->n_needs; i++) {
		const struct change *need = &r->plan->changes[c->needs[i]];
		if (need->res)
			out[(*n)++] = need->address;
	}
	return out;
}

static struct state_row row_of(struct run *r, const struct change *c)
{
	struct state_row row = {
	    .address = c->address,
	    .type = type_name(c->type),
	    .target = r->plan->stack->targets[c->target].name,
	    .phase = phase_name(r, c),
	    .deletion = policy_text(c->res ? c->res->deletion : DELETION_DEFAULT, c->type),
	};
	row.depends = change_depends(r, c, &row.n_depends);
	return row;
}

/* The old one of a replacement steps aside for the new one: to be deleted, or kept for ever. */
static void put_aside(struct run *r, const struct change *c)
{
	struct state_row old = *c->row;
	old.generation = r->id;
	old.status = c->keeps_old ? ROW_KEPT : ROW_DEPOSED;
	if (c->res)
		old.deletion = policy_text(c->res->update_replace, NULL);
	state_delete(r->env->state, c->address, 0);
	state_put(r->env->state, &old);
}

/* Undo: the row as it was, of a resource with this id. */
static void put_back(struct run *r, const struct change *c, struct str id, const struct value *attrs, bool settled)
{
	struct state_row row = *c->back;
	if (row.generation)
		state_delete(r->env->state, c->address, row.generation);
	row.generation = 0;
	row.id = id;
	row.status = settled ? ROW_OK : ROW_PENDING;
	row.inputs = (struct value *)undo_desired(r, c, row.inputs);
	if (attrs)
		row.attrs = hidden(r, attrs);
	state_put(r->env->state, &row);
}

void record_created(struct run *r, struct step *s, bool settled)
{
	if (s->change->back) {
		put_back(r, s->change, s->work->id, s->work->attrs, settled);
		return;
	}
	struct change *c = s->change;
	struct state_row row = row_of(r, c);
	if (c->action == ACT_REPLACE && (c->create_first || c->keeps_old))
		put_aside(r, c);
	row.id = s->work->id;
	row.status = settled ? ROW_OK : ROW_PENDING;
	row.inputs = hidden(r, s->desired);
	row.attrs = hidden(r, s->work->attrs);
	row.name_chosen = s->name_chosen;
	state_put(r->env->state, &row);
}

void record_updated(struct run *r, struct step *s, bool settled)
{
	if (s->change->back) {
		put_back(r, s->change, s->row->id, s->work->attrs, settled);
		return;
	}
	struct state_row row = row_of(r, s->change);
	row.id = s->row->id;
	row.status = settled ? ROW_OK : ROW_PENDING;
	row.inputs = hidden(r, s->desired);
	row.attrs = hidden(r, s->work->attrs ? s->work->attrs : s->change->live_attrs);
	row.name_chosen = s->row->name_chosen;
	row.created_ms = s->row->created_ms;
	state_put(r->env->state, &row);
}

void record_deleted(struct run *r, struct step *s)
{
	const struct change *c = s->change;
	state_delete(r->env->state, c->address, s->generation);
	if (c->back && c->action == ACT_DELETE)
		put_back(r, c, c->back->id, NULL, true);
}

/* Gone already: nothing is left to know. Kept by its policy: listed for ever, under this run's number. */
void record_forgotten(struct run *r, struct step *s)
{
	struct state_row kept = *s->row;
	state_delete(r->env->state, s->change->address, s->generation);
	if (s->change->gone)
		return;
	kept.status = ROW_KEPT;
	kept.generation = s->generation ? s->generation : r->id;
	state_put(r->env->state, &kept);
}

/* --- what needed no change ------------------------------------------------------------------------------------ */

static bool same_depends(const struct state_row *row, const struct str *depends, size_t n)
{
	if (row->n_depends != n)
		return false;
	size_t same = 0;
	for (size_t i = 0; i < n; i++)
		same += str_eq(row->depends[i], depends[i]);
	if (same == n)
		return true;
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;
		while (k < n && !str_eq(row->depends[i], depends[k]))
			k++;
		if (k == n)
			return false;
	}
	return true;
}

static bool value_differs(const struct value *a, const struct value *b)
{
	return a != b && (!a || !b || !value_equal(a, b));
}

/* Its policy, its phase, its dependencies or the attributes that AWS reports may have moved all the same. */
static void refresh_row(struct run *r, const struct change *c)
{
	struct state_row row = row_of(r, c);
	row.attrs = r->plan->refreshed && c->live_attrs ? hidden(r, c->live_attrs) : c->row->attrs;
	row.inputs = c->desired && !value_has_expr(c->desired) ? hidden(r, c->desired) : c->row->inputs;
	if (str_eq(row.deletion, c->row->deletion) && str_eq(row.phase, c->row->phase) &&
	    same_depends(c->row, row.depends, row.n_depends) && !value_differs(row.attrs, c->row->attrs) &&
	    !value_differs(row.inputs, c->row->inputs))
		return;
	row.id = c->row->id;
	row.status = c->row->status;
	row.name_chosen = c->row->name_chosen;
	row.created_ms = c->row->created_ms;
	state_put(r->env->state, &row);
}

void record_unchanged(struct run *r)
{
	for (size_t i = 0; i < r->plan->n; i++) {
		const struct change *c = &r->plan->changes[i];
		if (c->action == ACT_NONE && c->row && c->res && c->desired && !c->gone)
			refresh_row(r, c);
	}
}

/* --- outputs, facts ------------------------------------------------------------------------------------------- */

static const struct state_output *output_had(const struct state_output *had, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(had[i].name, name))
			return &had[i];
	return NULL;
}

/* An output that is not known yet, because the run did not come that far, keeps its last value. */
static void record_outputs(struct run *r)
{
	const struct plan *p = r->plan;
	struct state_output *had, *out = arena_array(r->a, p->n_outputs + 1, sizeof *out);
	size_t n_had, n = 0;
	if (!state_outputs(r->env->state, r->a, &had, &n_had, r->errs))
		return;
	for (size_t i = 0; i < p->n_outputs && !p->destroy; i++) {
		const struct output *o = p->outputs[i].out;
		if (!o->value)
			continue;
		const struct value *v = run_fold(r, p->stack->default_target, o->value);
		const struct state_output *before = output_had(had, n_had, o->name);
		if (v && !value_has_expr(v))
			out[n++] = (struct state_output){.name = o->name,
							 .value = (struct value *)v,
							 .export_name = value_text(o->export_name),
							 .secret = o->secret || value_has_secret(v)};
		else if (before)
			out[n++] = *before;
	}
	bool same = n == n_had;
	for (size_t i = 0; i < n && same; i++)
		same = str_eq(out[i].name, had[i].name) && str_eq(out[i].export_name, had[i].export_name) &&
		       out[i].secret == had[i].secret && (out[i].secret || value_equal(out[i].value, had[i].value));
	if (!same)
		state_set_outputs(r->env->state, out, n);
}

static void set_if_new(struct run *r, struct str key, struct str value)
{
	if (!str_eq(state_get(r->env->state, r->a, key.p), value))
		state_set(r->env->state, key.p, value);
}

static void record_facts(struct run *r)
{
	const struct stack *s = r->env->stack;
	const struct target *t = s->n_targets ? &s->targets[s->default_target] : NULL;
	if (t && t->found_account.n)
		set_if_new(r, STR("exports"),
			   str_fmt(r->a, "%.*s/%.*s", STR_ARG(t->found_account),
				   STR_ARG(r->env->places[s->default_target].region)));
	for (size_t i = 0; i < s->n_facts; i++) {
		const struct fact *f = &s->facts[i];
		if (f->kind == FACT_SSM && f->value && !value_has_secret(f->value))
			set_if_new(
			    r, str_fmt(r->a, "ssm/%.*s/%.*s", STR_ARG(s->targets[f->target].name), STR_ARG(f->name)),
			    value_text(f->value));
	}
}

/* What was deferred waits until a run that was about it succeeded. */
static void record_deferred(struct run *r)
{
	static const char *const words[ACT_COUNT] = {
	    [ACT_NONE] = "none",     [ACT_CREATE] = "create", [ACT_UPDATE] = "update", [ACT_REPLACE] = "replace",
	    [ACT_DELETE] = "delete", [ACT_READ] = "read",     [ACT_FORGET] = "forget"};
	const struct plan *p = r->plan;
	struct state_deferred *had;
	size_t n;
	if (!state_deferred(r->env->state, r->a, &had, &n, r->errs))
		return;
	for (size_t i = 0; i < n; i++) {
		const struct change *c = run_change(r, had[i].address);
		if (!r->failed && !r->interrupted && (!p->partial || (c && c->action != ACT_NONE)))
			state_defer_end(r->env->state, had[i].address);
	}
	for (size_t i = 0; i < p->n_deferred; i++) {
		const struct deferral *d = &p->deferred[i];
		struct state_deferred row = {.address = d->address,
					     .target = p->stack->targets[d->target].name,
					     .action = str_of(words[d->action]),
					     .why = STR("its target did not answer")};
		state_defer(r->env->state, &row);
	}
}

/* The stack as it was applied, for the day when nothing but the state is at hand. */
static void record_source(struct run *r)
{
	const struct stack *s = r->env->stack;
	if (r->failed || r->interrupted || r->plan->partial || r->plan->destroy || !s->loader)
		return;
	struct str teller = source_tells_secret(s);
	if (!teller.n) {
		state_set_source(r->env->state, stack_source(r->a, s));
		return;
	}
	if (!value_count(s->runbooks))
		return;
	struct err *e = err_warn(r->errs, (struct pos){0},
				 "the stack is not kept in the state, because a secret of %.*s is written in its files: a "
				 "failover would carry out what was kept before, or nothing",
				 STR_ARG(teller));
	err_help(r->errs, e, "give it by a NoEcho parameter without default, or by {{resolve:secretsmanager:...}}");
}

void record_end(struct run *r)
{
	record_outputs(r);
	record_facts(r);
	record_deferred(r);
	record_source(r);
	imports_record(r->a, r->env, r->failed || r->done < r->n, r->plan->destroy);
}
