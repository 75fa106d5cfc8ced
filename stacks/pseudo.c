/* Pseudo parameters (AWS::..., DR::...) at a target, and the attributes of other targets (DR::Targets.NAME.X). */
#include "stacks/stackpriv.h"

#include <string.h>

struct value *fact_expr(struct arena *a, struct pos pos, const char *kind, struct str target, struct value *name)
{
	struct value *e = expr_make(a, pos, FN_FACT, value_string(a, pos, str_of(kind)), value_string(a, pos, target));

	value_append(a, e, name);
	return e;
}

struct value *account_expr(struct loader *ld, struct pos pos, const struct target *t)
{
	if (t->account.n)
		return value_string(ld->arena, pos, t->account);
	return fact_expr(ld->arena, pos, "account", t->name, value_string(ld->arena, pos, STR("")));
}

static struct value *mode_expr(struct loader *ld, struct pos pos, struct str name)
{
	return expr_make(ld->arena, pos, FN_MODE, value_string(ld->arena, pos, name), NULL);
}

/* What of the region is wanted; an error once where there is none. */
static struct value *region_value(struct loader *ld, struct pos pos, const struct target *t, struct str what)
{
	if (t->region.n)
		return value_string(ld->arena, pos, what);
	if (!ld->region_missed)
		err_help(ld->errs, err_at(ld->errs, pos, "no region is known for the target '%.*s'", STR_ARG(t->name)),
			 "set Region under Targets, or AWS_REGION in the environment");
	ld->region_missed = true;
	return expr_broken(ld, pos);
}

/* A well-formed ARN whose UUID is the state's lineage: it never changes for a stack, wherever it is planned. */
static struct value *stack_id(const struct parse *p, struct pos pos, const struct target *t)
{
	struct arena *a = p->scope->ld->arena;
	struct value *parts = value_list(a, pos);

	if (!t->region.n)
		return region_value(p->scope->ld, pos, t, STR_NONE);
	value_append(a, parts, value_string(a, pos, str_fmt(a, "arn:%.*s:cloudformation:%.*s:", STR_ARG(t->partition),
							    STR_ARG(t->region))));
	value_append(a, parts, account_expr(p->scope->ld, pos, t));
	value_append(a, parts, value_string(a, pos, str_fmt(a, ":stack/%.*s/", STR_ARG(p->scope->stack_name))));
	value_append(a, parts, mode_expr(p->scope->ld, pos, STR("DR::Lineage")));
	return expr_make(a, pos, FN_JOIN, value_string(a, pos, STR("")), parts);
}

static const struct target *target_of(const struct parse *p, struct target *environment)
{
	const struct loader *ld = p->scope->ld;

	if (ld->targets_known && p->target < ld->stack->n_targets)
		return &ld->stack->targets[p->target];
	*environment = (struct target){.name = STR("default"), .region = ld->opt->default_region};
	region_parts(environment);
	return environment;
}

struct value *pseudo_value(const struct parse *p, struct pos pos, struct str name, bool *known)
{
	struct loader *ld = p->scope->ld;
	struct target environment;
	const struct target *t = target_of(p, &environment);

	*known = true;
	if (str_eqc(name, "AWS::Region"))
		return region_value(ld, pos, t, t->region);
	if (str_eqc(name, "AWS::Partition"))
		return region_value(ld, pos, t, t->partition);
	if (str_eqc(name, "AWS::URLSuffix"))
		return region_value(ld, pos, t, t->url_suffix);
	if (str_eqc(name, "AWS::AccountId"))
		return account_expr(ld, pos, t);
	if (str_eqc(name, "AWS::StackName"))
		return value_string(ld->arena, pos, p->scope->stack_name);
	if (str_eqc(name, "AWS::StackId"))
		return stack_id(p, pos, t);
	if (str_eqc(name, "AWS::NoValue"))
		return value_expr(ld->arena, pos, FN_NO_VALUE);
	if (str_eqc(name, "AWS::NotificationARNs"))
		return value_list(ld->arena, pos);
	if (str_eqc(name, "DR::Mode") || str_eqc(name, "DR::Active"))
		return mode_expr(ld, pos, name);
	if (str_eqc(name, "DR::RunId") && (p->flags & PARSE_RUNBOOK))
		return mode_expr(ld, pos, name);
	*known = false;
	return NULL;
}

struct value *target_attribute(const struct parse *p, struct pos pos, struct str path)
{
	struct loader *ld = p->scope->ld;
	struct str name = path, attr = STR_NONE;
	ptrdiff_t dot = str_chr(path, '.', 0);
	const struct target *t;
	uint32_t i;

	if (dot > 0) {
		name = str_sub(path, 0, (size_t)dot);
		attr = str_sub(path, (size_t)dot + 1, path.n);
	}
	if (!ld->targets_known) {
		err_at(ld->errs, pos, "targets are not known here");
		return expr_broken(ld, pos);
	}
	if (!target_named(ld, name, pos, &i))
		return expr_broken(ld, pos);
	t = &ld->stack->targets[i];
	if (str_eqc(attr, "Region"))
		return region_value(ld, pos, t, t->region);
	if (str_eqc(attr, "AccountId"))
		return account_expr(ld, pos, t);
	if (str_eqc(attr, "Name"))
		return value_string(ld->arena, pos, t->name);
	err_help(ld->errs, err_at(ld->errs, pos, "a target has no attribute '%.*s'", STR_ARG(attr)),
		 "it has Region, AccountId and Name");
	return expr_broken(ld, pos);
}
