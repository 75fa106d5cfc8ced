/* Rendering: with the facts known, everything is folded again, typed by the schemas and checked; resources that their
 * condition excludes go. An attribute that equals a set property of its resource is known already (semantics 9);
 * such resources are rendered first, and the order that the reference meant is kept as a dependency. */
#include "stacks/stackpriv.h"

#include <stdlib.h>
#include <string.h>

enum { UNSEEN, WAITING, RENDERED };

struct render {
	struct loader *ld;
	struct expr_env env;
	struct item *current;		/* whose properties are folded */
	struct item **stack;		/* of resources that wait for those above them */
	size_t n, cap;
};

static struct value *mode_value(struct loader *ld, const struct value *e)
{
	struct str name = value_text(value_at(e, 0)), s = STR_NONE;

	if (str_eqc(name, "DR::Mode"))
		s = ld->stack->mode;
	else if (str_eqc(name, "DR::Active"))
		s = ld->stack->active;
	else if (str_eqc(name, "DR::Lineage"))
		s = ld->opt->lineage.n ? ld->opt->lineage : STR("00000000-0000-0000-0000-000000000000");
	return s.n ? value_string(ld->arena, e->pos, s) : NULL;
}

static struct value *fact_known(void *ctx, const struct value *e)
{
	struct render *r = ctx;

	if (e->fn == FN_FACT)
		return fact_value(r->ld, e);
	if (e->fn == FN_MODE)
		return mode_value(r->ld, e);
	if (e->fn == FN_RUNBOOK && value_count(e) > 2)
		return fold_value(&r->env, runbook_expand(r->ld, e));
	return NULL;
}

/* Where a reference points, if its attribute is a property that is written there. */
static struct item *written_at(struct loader *ld, struct str address, struct str attr, struct value **value)
{
	struct item *it = attr.n ? name_get(&ld->addresses, address) : NULL;

	if (!it || it->excluded || !it->res.props)
		return NULL;
	*value = value_path(it->res.props, attr);
	return *value ? it : NULL;
}

static struct value *attribute_known(void *ctx, struct str address, struct str attr)
{
	struct render *r = ctx;
	struct value *v;
	struct item *it = written_at(r->ld, address, attr, &v);

	if (!it || it->visit != RENDERED || expr_is(v, FN_BROKEN))
		return NULL;
	if (r->current)
		depends_add(r->ld, r->current, address, r->current->res.pos);
	return expr_bounded(r->ld, v, it->res.pos);
}

/* --- one resource ---------------------------------------------------------------------------------------------- */

/* A reference that is left must lead to something that exists. */
static void reference_check(void *ctx, const struct value *e, struct str address, struct str attr)
{
	struct render *r = ctx;
	struct item *it = name_get(&r->ld->addresses, address);
	struct err *err;

	(void)attr;
	if (!it || !it->excluded)
		return;
	err = err_at(r->ld->errs, e->pos, "'%.*s' is left out by its condition '%.*s', and is needed here",
		     STR_ARG(address), STR_ARG(it->cond_name));
	err->related = it->res.pos;
	err->related_note = STR("the resource is defined here");
	err_help(r->ld->errs, err, "use !If with the same condition, or put the condition on what refers to it");
}

static void props_check(struct render *r, struct item *it)
{
	struct loader *ld = r->ld;

	expr_refs(it->res.props, reference_check, r);
	if (!it->res.type)
		return;
	it->res.props = package_refer(ld, it, it->res.props);
	it->res.props = schema_typed(ld->arena, type_schema(it->res.type), it->res.props);
	if (!it->partial)
		schema_check_at(it->res.type, it->res.props, it->res.address, it->props_pos, ld->errs);
	it->res.name_generated = type_name_property(it->res.type).n &&
				 !value_get(it->res.props, type_name_property(it->res.type));
}

static void item_render(struct render *r, struct item *it)
{
	it->visit = RENDERED;
	if (!it->res.props)
		return;
	r->current = it;
	if (it->res.type)
		it->res.props = tags_merge(r->ld, it, it->res.props);
	it->res.props = fold_value(&r->env, it->res.props);
	if (it->res.type)
		it->res.props = document_render(r->ld, &r->env, it, it->res.props);
	r->current = NULL;
	props_check(r, it);
}

static void push_first(void *ctx, const struct value *e, struct str address, struct str attr)
{
	struct render *r = ctx;
	struct value *v;
	struct item *it = written_at(r->ld, address, attr, &v);

	(void)e;
	if (!it || it->visit != UNSEEN)
		return;
	r->stack = arena_grow(r->ld->arena, r->stack, &r->cap, r->n + 1, sizeof *r->stack);
	r->stack[r->n++] = it;
}

/* Depth first without recursion: chains of attributes may be as long as the stack. */
static void item_visit(struct render *r, struct item *first)
{
	r->stack = arena_grow(r->ld->arena, r->stack, &r->cap, 1, sizeof *r->stack);
	r->stack[r->n++] = first;
	while (r->n) {
		struct item *it = r->stack[r->n - 1];

		if (it->visit == UNSEEN) {
			it->visit = WAITING;
			if (it->res.props)
				expr_refs(it->res.props, push_first, r);
			continue;
		}
		r->n--;
		if (it->visit == WAITING)
			item_render(r, it);
	}
}

/* --- conditions ------------------------------------------------------------------------------------------------- */

/* True to keep what the condition guards. */
static bool cond_holds(struct render *r, struct value **cond, struct str name, struct pos pos)
{
	struct errs *errs = r->ld->errs;

	if (!*cond)
		return true;
	*cond = fold_value(&r->env, *cond);
	if ((*cond)->kind == V_BOOL)
		return (*cond)->boolean;
	if (expr_has_ref(*cond))
		err_help(errs, err_at(errs, pos, "the condition '%.*s' depends on a resource", STR_ARG(name)),
			 "conditions are decided before anything is made: use parameters");
	return true;
}

static void conditions_render(struct render *r)
{
	for (size_t s = 0; s < r->ld->n_scopes; s++) {
		struct scope *sc = r->ld->scopes[s];

		for (size_t i = 0; i < sc->n_items; i++) {
			struct item *it = sc->items[i];

			it->visit = UNSEEN;
			if (!it->excluded && !cond_holds(r, &it->cond, it->cond_name, it->res.pos))
				it->excluded = true;
		}
	}
}

/* --- what the stack shows --------------------------------------------------------------------------------------- */

static int by_address(const void *a, const void *b)
{
	const struct resource *x = a, *y = b;

	return str_cmp(x->address, y->address);
}

static int by_dependency(const void *a, const void *b)
{
	const struct depends *x = a, *y = b;

	return str_cmp(x->address, y->address);
}

/* Sorted, each once, without what is excluded. */
static void depends_tidy(struct loader *ld, struct resource *res)
{
	size_t n = 0;

	if (!res->n_depends)
		return;
	qsort(res->depends, res->n_depends, sizeof *res->depends, by_dependency);
	for (size_t i = 0; i < res->n_depends; i++) {
		const struct item *it = name_get(&ld->addresses, res->depends[i].address);

		if ((it && it->excluded) || (n && str_eq(res->depends[n - 1].address, res->depends[i].address)))
			continue;
		res->depends[n++] = res->depends[i];
	}
	res->n_depends = n;
}

static void resources_publish(struct loader *ld)
{
	struct stack *s = ld->stack;
	size_t total = 0;

	for (size_t i = 0; i < ld->n_scopes; i++)
		total += ld->scopes[i]->n_items;
	s->resources = arena_array(ld->arena, total + 1, sizeof *s->resources);
	s->n_resources = 0;
	for (size_t k = 0; k < ld->n_scopes; k++) {
		for (size_t i = 0; i < ld->scopes[k]->n_items; i++) {
			struct item *it = ld->scopes[k]->items[i];

			if (it->excluded || !it->res.type)
				continue;
			depends_tidy(ld, &it->res);
			s->resources[s->n_resources++] = it->res;
		}
	}
	qsort(s->resources, s->n_resources, sizeof *s->resources, by_address);
}

static void lookups_publish(struct render *r)
{
	struct loader *ld = r->ld;
	struct stack *s = ld->stack;
	size_t total = 0;

	for (size_t i = 0; i < ld->n_scopes; i++)
		total += ld->scopes[i]->n_lookups;
	s->lookups = arena_array(ld->arena, total + 1, sizeof *s->lookups);
	s->n_lookups = 0;
	for (size_t k = 0; k < ld->n_scopes; k++) {
		for (size_t i = 0; i < ld->scopes[k]->n_lookups; i++) {
			struct lookup *l = &ld->scopes[k]->lookups[i]->pub;

			if (l->match) {
				l->match = fold_value(&r->env, l->match);
				expr_refs(l->match, reference_check, r);
			}
			s->lookups[s->n_lookups++] = *l;
		}
	}
}

static void output_publish(struct render *r, struct out *o)
{
	struct loader *ld = r->ld;
	struct stack *s = ld->stack;
	struct output *out = &s->outputs[s->n_outputs];

	if (!cond_holds(r, &o->cond, o->name, o->pos))
		return;
	o->value = fold_value(&r->env, o->value);
	expr_refs(o->value, reference_check, r);
	if (o->export_name)
		o->export_name = fold_value(&r->env, o->export_name);
	if (value_is_scalar(o->value) || o->value->kind == V_LIST || o->value->kind == V_EXPR) {
		*out = (struct output){.name = o->name, .pos = o->pos, .value = o->value, .export_name = o->export_name,
				       .description = value_text(value_getc(o->raw, "Description")),
				       .secret = value_has_secret(o->value)};
		s->n_outputs++;
		return;
	}
	if (!expr_is(o->value, FN_NO_VALUE))
		err_at(ld->errs, o->value->pos, "an output must be a text, not %s", kind_name(o->value));
}

static void stack_fold(struct loader *ld)
{
	struct render r = {.ld = ld};
	struct stack *s = ld->stack;

	r.env = (struct expr_env){.ctx = &r, .attribute = attribute_known, .fact = fact_known, .arena = ld->arena,
				  .errs = ld->errs};
	conditions_render(&r);
	for (size_t k = 0; k < ld->n_scopes; k++)	/* rendered before, with fewer facts: folding goes on from there */
		for (size_t i = 0; i < ld->scopes[k]->n_items; i++)
			ld->scopes[k]->items[i]->visit = UNSEEN;
	for (size_t k = 0; k < ld->n_scopes; k++)
		for (size_t i = 0; i < ld->scopes[k]->n_items; i++)
			if (!ld->scopes[k]->items[i]->excluded && ld->scopes[k]->items[i]->visit == UNSEEN)
				item_visit(&r, ld->scopes[k]->items[i]);
	resources_publish(ld);
	lookups_publish(&r);
	s->outputs = arena_array(ld->arena, ld->root->n_outs + 1, sizeof *s->outputs);
	s->n_outputs = 0;
	for (size_t i = 0; i < ld->root->n_outs; i++)
		output_publish(&r, ld->root->outs[i]);
	for (size_t i = 0; i < s->n_params; i++)
		if (s->params[i].value)
			s->params[i].value = fold_value(&r.env, s->params[i].value);
	for (size_t i = 0; i < s->n_phases; i++)
		if (s->phases[i].gate)
			s->phases[i].gate = fold_value(&r.env, s->phases[i].gate);
	if (s->runbooks)
		s->runbooks = fold_value(&r.env, s->runbooks);
}

/* The mode that DR::Mode and DR::Active stand for. */
static void mode_set(struct loader *ld)
{
	struct stack *s = ld->stack;

	s->mode = ld->opt->mode.n ? ld->opt->mode : STR("standby");
	s->active = ld->opt->active;
	for (size_t i = 0; i < s->n_targets && !s->active.n; i++)
		if (str_eqc(s->targets[i].role, "primary"))
			s->active = s->targets[i].name;
	if (!s->active.n)
		s->active = s->targets[s->default_target].name;
}

void stack_check(struct loader *ld)
{
	mode_set(ld);
	stack_fold(ld);
}

bool stack_render(struct stack *s, struct errs *errs)
{
	struct loader *ld = s->loader;
	size_t before = errs->errors;

	ld->errs = errs;
	mode_set(ld);
	stack_fold(ld);
	stack_digest(s);
	return errs->errors == before;
}
