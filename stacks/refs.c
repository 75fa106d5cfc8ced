/* What a name means: Ref, GetAtt and the variables of Sub, resolved in a scope. */
#include "stacks/stackpriv.h"

#include <string.h>

#define SUGGESTIONS_MAX 40	/* each looks at every name of the scope */
#define ATTRIBUTES_SHOWN 15
#define ERRORS_PLACED 200	/* each of these looks through the source for the exact column */

/* The caret of a variable inside a Sub's text goes under its own name. */
static struct pos name_pos(const struct parse *p, struct pos pos, struct str name, bool in_sub)
{
	struct loader *ld = p->scope->ld;
	struct pos at;

	if (!in_sub || ld->errs->errors > ERRORS_PLACED)
		return pos;
	at = pos_find(ld->errs, pos, str_fmt(ld->arena, "${%.*s", STR_ARG(name)));
	if (at.line != pos.line || at.col != pos.col)
		at.col = (uint16_t)(at.col + 2);
	return at;
}

struct str name_suggest(struct scope *sc, struct str name)
{
	static const struct str pseudo[] = {
		STR_INIT("AWS::Region"), STR_INIT("AWS::AccountId"), STR_INIT("AWS::StackName"), STR_INIT("AWS::StackId"),
		STR_INIT("AWS::Partition"), STR_INIT("AWS::URLSuffix"), STR_INIT("AWS::NoValue"),
		STR_INIT("AWS::NotificationARNs"), STR_INIT("DR::Mode"), STR_INIT("DR::Active"),
	};
	enum { N_PSEUDO = sizeof pseudo / sizeof *pseudo };
	struct arena *a = sc->ld->arena;
	struct str *all;
	size_t n = 0;

	if (sc->ld->suggestions++ > SUGGESTIONS_MAX)
		return STR_NONE;
	all = arena_array(a, sc->names.n + N_PSEUDO, sizeof *all);
	for (size_t i = 0; i < sc->names.cap; i++)
		if (sc->names.slots[i].item)
			all[n++] = sc->names.slots[i].key;
	memcpy(all + n, pseudo, sizeof pseudo);
	return err_suggest(a, name, all, n + N_PSEUDO);
}

/* What a name that is neither parameter nor resource is after all. */
static bool other_kind(struct scope *sc, struct err *e, struct str name)
{
	ptrdiff_t dot = str_chr(name, '.', 0);

	if (name_get(&sc->conditions, name))
		err_help(sc->ld->errs, e, "it is a condition: use it in !If [%.*s, ..., ...]", STR_ARG(name));
	else if (sc->mappings && value_get(sc->mappings, name))
		err_help(sc->ld->errs, e, "it is a mapping: use !FindInMap [%.*s, ..., ...]", STR_ARG(name));
	else if (dot > 0 && name_get(&sc->names, str_sub(name, 0, (size_t)dot)))
		err_help(sc->ld->errs, e, "for an attribute write !GetAtt %.*s", STR_ARG(name));
	else
		return false;
	return true;
}

static void unknown_name(const struct parse *p, struct pos pos, struct str name)
{
	struct scope *sc = p->scope;
	struct str near = name_suggest(sc, name);
	struct err *e;

	if (sc->broken)
		return;
	e = err_at(sc->ld->errs, pos, "nothing is named '%.*s' here%.*s", STR_ARG(name), STR_ARG(near));
	e->width = (uint32_t)name.n;
	if (other_kind(sc, e, name))
		return;
	if (p->flags & PARSE_NO_RESOURCES)
		err_help(sc->ld->errs, e, "only parameters, mappings and pseudo parameters are known in %s",
			 p->where ? p->where : "this place");
	else if (!near.n)
		err_help(sc->ld->errs, e,
			 "a name must be a parameter, a resource or a lookup of this stack, or a pseudo "
			 "parameter such as AWS::Region");
}

static bool resources_allowed(const struct parse *p, struct pos pos, struct str name)
{
	struct errs *errs = p->scope->ld->errs;

	if (!(p->flags & PARSE_NO_RESOURCES))
		return true;
	err_help(errs, err_at(errs, pos, "'%.*s' is a resource and cannot be used in %s", STR_ARG(name),
			      p->where ? p->where : "this place"),
		 "only parameters, mappings and pseudo parameters are known there");
	return false;
}

static struct value *address_expr(const struct parse *p, struct pos pos, struct str address)
{
	struct arena *a = p->scope->ld->arena;

	return expr_make(a, pos, FN_REF, value_string(a, pos, address), NULL);
}

static struct value *param_value(const struct parse *p, struct pos pos, const struct param *param)
{
	struct loader *ld = p->scope->ld;

	if (param->pub.value)
		return param->pub.value;
	if (!param->bad) {
		struct err *e = err_at(ld->errs, pos, "the value of '%.*s' is not known here", STR_ARG(param->name.id));

		err_help(ld->errs, e, param->ssm ? "SSM parameters are read after the targets are known"
			 : "parameters cannot depend on each other");
	}
	return expr_broken(ld, pos);
}

/* Ref of a nested stack: what AWS::StackId is inside of it. */
static struct value *module_id(const struct parse *p, struct pos pos, struct scope *module)
{
	const struct parse inside = {module, module->target, p->flags, p->where};
	bool known;

	return module_open(module, pos) ? pseudo_value(&inside, pos, STR("AWS::StackId"), &known)
	       : expr_broken(p->scope->ld, pos);
}

struct value *ref_parse(const struct parse *p, struct pos pos, struct str name, bool in_sub)
{
	struct scope *sc = p->scope;
	const struct name *n = name_get(&sc->names, name);
	struct value *v;
	bool known;

	if (n && n->kind == NAME_PARAMETER)
		return param_value(p, pos, (const struct param *)n);
	if (!n) {
		v = pseudo_value(p, pos, name, &known);
		if (!known)
			unknown_name(p, name_pos(p, pos, name, in_sub), name);
		return known ? v : expr_broken(sc->ld, pos);
	}
	if (!resources_allowed(p, pos, name))
		return expr_broken(sc->ld, pos);
	if (n->kind == NAME_MODULE)
		return module_id(p, pos, (struct scope *)n);
	if (n->kind == NAME_LOOKUP)
		return address_expr(p, pos, ((const struct lookup_item *)n)->pub.address);
	return address_expr(p, pos, ((const struct item *)n)->res.address);
}

/* --- attributes -------------------------------------------------------------------------------------------------- */

/* A leaf below a read-only object is an attribute, too (a whole object is one by name). */
static bool below_read_only(const struct type *t, struct str attr)
{
	const struct schema *root = type_schema(t);

	if (!schema_path(root, attr))
		return false;
	for (ptrdiff_t dot = -1;;) {
		dot = str_chr(attr, '.', (size_t)(dot + 1));
		if (schema_flags(schema_path(root, str_sub(attr, 0, dot < 0 ? attr.n : (size_t)dot))) & PROP_READ_ONLY)
			return true;
		if (dot < 0)
			return false;
	}
}

static void unknown_attribute(const struct parse *p, struct pos pos, const struct type *t, struct str name,
			      struct str attr)
{
	struct loader *ld = p->scope->ld;
	struct str type = type_name(t), near;
	size_t n = type_attr_count(t);
	struct str *names = arena_array(ld->arena, n + 1, sizeof *names);
	struct buf list;
	struct err *e;
	size_t named = 0;

	buf_init(&list, 4096);
	for (size_t i = 0; i < n; i++) {
		names[i] = type_attr_name(t, i);
		if (str_chr(names[i], '.', 0) < 0 && named++ < ATTRIBUTES_SHOWN)
			buf_fmt(&list, "%s%.*s", list.n ? ", " : "", STR_ARG(names[i]));
	}
	if (named > ATTRIBUTES_SHOWN)
		buf_cstr(&list, ", ...");
	near = err_suggest(ld->arena, attr, names, n);
	e = err_at(ld->errs, pos, "%.*s has no attribute '%.*s'%.*s", STR_ARG(type), STR_ARG(attr), STR_ARG(near));
	if (list.n && !list.overflow)
		err_help(ld->errs, e, "the attributes of '%.*s' are %.*s", STR_ARG(name), STR_ARG(buf_get(&list)));
	else if (!n)
		err_help(ld->errs, e, "it has no attributes at all; !Ref %.*s gives its id", STR_ARG(name));
	buf_free(&list);
}

static struct value *attribute_expr(const struct parse *p, struct pos pos, struct str address, struct str attr)
{
	struct arena *a = p->scope->ld->arena;

	return expr_make(a, pos, FN_GETATT, value_string(a, pos, address), value_string(a, pos, attr));
}

static struct value *module_output(const struct parse *p, struct pos pos, struct scope *module, struct str attr)
{
	struct loader *ld = p->scope->ld;
	struct str name = attr;
	struct out *o;

	if (!str_starts(attr, STR("Outputs."))) {
		err_help(ld->errs, err_at(ld->errs, pos, "a nested stack has no attribute '%.*s'", STR_ARG(attr)),
			 "only its outputs can be used: !GetAtt %.*s.Outputs.Name", STR_ARG(module->name.id));
		return expr_broken(ld, pos);
	}
	name = str_sub(attr, strlen("Outputs."), attr.n);
	if (!module_open(module, pos) || module->broken)
		return expr_broken(ld, pos);
	o = name_get(&module->outputs, name);
	if (!o) {
		struct str *names = arena_array(ld->arena, module->n_outs + 1, sizeof *names), near;

		for (size_t i = 0; i < module->n_outs; i++)
			names[i] = module->outs[i]->name;
		near = err_suggest(ld->arena, name, names, module->n_outs);
		err_at(ld->errs, pos, "the nested stack '%.*s' has no output '%.*s'%.*s", STR_ARG(module->name.id),
		       STR_ARG(name), STR_ARG(near));
		return expr_broken(ld, pos);
	}
	return output_value(module, o);
}

static struct value *lookup_attribute(const struct parse *p, struct pos pos, const struct lookup_item *l,
				      struct str attr)
{
	const struct type *t = l->pub.type;

	if (t && !type_has_attr(t, attr) && !schema_path(type_schema(t), attr)) {
		unknown_attribute(p, pos, t, l->name.id, attr);
		return expr_broken(p->scope->ld, pos);
	}
	return attribute_expr(p, pos, l->pub.address, attr);
}

static struct value *own_attribute(const struct parse *p, struct pos pos, struct str name, struct str attr)
{
	struct loader *ld = p->scope->ld;

	if (str_eqc(name, "DR::Targets"))
		return target_attribute(p, pos, attr);
	if (str_eqc(name, "DR::Runbooks"))
		return runbook_attribute(p, pos, attr);
	err_help(ld->errs, err_at(ld->errs, pos, "there is no '%.*s'", STR_ARG(name)),
			 "another target's values are !GetAtt 'DR::Targets.NAME.Region', AccountId or Name");
	return expr_broken(ld, pos);
}

struct value *getatt_parse(const struct parse *p, struct pos pos, struct str name, struct str attr, bool in_sub)
{
	struct loader *ld = p->scope->ld;
	const struct name *n = name_get(&p->scope->names, name);
	const struct item *item;

	if (str_starts(name, STR("DR::")))
		return own_attribute(p, pos, name, attr);
	if (!n) {
		unknown_name(p, name_pos(p, pos, name, in_sub), name);
		return expr_broken(ld, pos);
	}
	if (n->kind == NAME_PARAMETER) {
		err_at(ld->errs, name_pos(p, pos, name, in_sub), "'%.*s' is a parameter and has no attributes",
		       STR_ARG(name));
		return expr_broken(ld, pos);
	}
	if (!resources_allowed(p, pos, name))
		return expr_broken(ld, pos);
	if (n->kind == NAME_MODULE)
		return module_output(p, pos, (struct scope *)n, attr);
	if (n->kind == NAME_LOOKUP)
		return lookup_attribute(p, pos, (const struct lookup_item *)n, attr);
	item = (const struct item *)n;
	if (item->res.type && !type_has_attr(item->res.type, attr) && !below_read_only(item->res.type, attr)) {
		unknown_attribute(p, name_pos(p, pos, name, in_sub), item->res.type, name, attr);
		return expr_broken(ld, pos);
	}
	return attribute_expr(p, pos, item->res.address, attr);
}
