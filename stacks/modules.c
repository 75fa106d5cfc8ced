/* Modules: nested stacks (AWS::CloudFormation::Stack) with a local template. Their resources are addressed
 * Module.Resource; parameters come in as the parent's folded values, outputs go out as theirs. */
#include "stacks/stackpriv.h"

#include <string.h>

#define MODULES_MAX 1000
#define OPENING_MAX 50		/* modules that wait for each other's outputs */

static const struct str module_keys[] = {
	STR_INIT("Type"), STR_INIT("Properties"), STR_INIT("DependsOn"), STR_INIT("Condition"), STR_INIT("DeletionPolicy"),
	STR_INIT("UpdateReplacePolicy"), STR_INIT("Metadata"), STR_INIT("Target"), STR_INIT("Phase"),
};
static const struct str property_keys[] = {
	STR_INIT("TemplateURL"), STR_INIT("Parameters"), STR_INIT("Tags"), STR_INIT("TimeoutInMinutes"),
	STR_INIT("NotificationARNs"),
};

struct scope *scope_new(struct loader *ld, struct scope *parent)
{
	struct scope *sc = arena_new(ld->arena, struct scope);

	sc->ld = ld;
	sc->parent = parent;
	sc->phase = -1;
	sc->depth = parent ? parent->depth + 1 : 0;
	return sc;
}

void module_declare(struct scope *parent, struct document *doc, struct str id, struct pos pos, const struct value *raw)
{
	struct loader *ld = parent->ld;
	struct scope *sc = scope_new(ld, parent);
	struct name *old;

	sc->name = (struct name){NAME_MODULE, id, pos};
	sc->decl_doc = doc;
	sc->raw = raw;
	sc->prefix = str_fmt(ld->arena, "%.*s%.*s.", STR_ARG(parent->prefix), STR_ARG(id));
	sc->stack_name = str_fmt(ld->arena, "%.*s-%.*s", STR_ARG(parent->stack_name), STR_ARG(id));
	old = name_put(ld->arena, &parent->names, id, sc);
	if (old) {
		twice_error(ld->errs, id, pos, old->pos);
		return;
	}
	parent->modules = arena_grow(ld->arena, parent->modules, &parent->cap_modules, parent->n_modules + 1,
				     sizeof *parent->modules);
	parent->modules[parent->n_modules++] = sc;
}

static bool recursion_check(struct scope *sc, struct str path, struct pos pos)
{
	struct loader *ld = sc->ld;

	for (const struct scope *up = sc->parent; up; up = up->parent) {
		if (str_eq(up->path, path)) {
			err_at(ld->errs, pos, "the nested stack '%.*s' contains itself", STR_ARG(path));
			return false;
		}
	}
	if (sc->depth > MODULE_DEPTH || ld->n_scopes > MODULES_MAX) {
		err_at(ld->errs, pos, "too many nested stacks: at most %d deep and %d in all", MODULE_DEPTH,
		       MODULES_MAX);
		return false;
	}
	return true;
}

static bool template_read(struct scope *sc, const struct value *props)
{
	const struct parse p = {sc->parent, sc->target, PARSE_NO_RESOURCES, "TemplateURL"};
	struct loader *ld = sc->ld;
	const struct value *url = value_getc(props, "TemplateURL");
	struct str path;

	if (!url) {
		err_help(ld->errs,
			 err_at(ld->errs, props ? props->pos : sc->name.pos, "a nested stack needs a TemplateURL"),
			 "it is the path of a template, relative to this file");
		return false;
	}
	if (!expr_text(&p, url, "TemplateURL", &path))
		return false;
	if (str_find(path, STR("://"), 0) >= 0) {
		err_help(ld->errs, err_at(ld->errs, url->pos, "a remote TemplateURL is not supported"),
			 "copy the template beside this one and give its path");
		return false;
	}
	path = path_join(ld->arena, sc->decl_doc->dir, path);
	return recursion_check(sc, path, url->pos) && scope_read(sc, path, url->pos);
}

static void parameters_give(struct scope *sc, const struct value *map)
{
	const struct parse p = {sc->parent, sc->target, 0, "Parameters"};
	struct loader *ld = sc->ld;

	if (map && map->kind == V_MAP && map->map.n == 1 && str_eqc(map->map.items[0].key, "Fn::If"))
		map = expr_eval(&p, map);
	if (map && map->kind != V_MAP) {
		if (!expr_is(map, FN_BROKEN))
			err_at(ld->errs, map->pos, "Parameters must be a map, not %s", kind_name(map));
		return;
	}
	for (uint32_t i = 0; map && i < map->map.n; i++) {
		const struct member *m = &map->map.items[i];
		struct name *n = name_get(&sc->names, m->key);

		if (n && n->kind == NAME_PARAMETER) {
			struct value *v = cond_false(sc->cond) ? expr_parse(&p, m->value) : expr_eval(&p, m->value);

			if (!expr_is(v, FN_NO_VALUE))
				((struct param *)n)->given = v;
		} else {
			struct str near = name_suggest(sc, m->key);

			err_at(ld->errs, m->pos, "the nested stack '%.*s' has no parameter '%.*s'%.*s",
			       STR_ARG(sc->name.id), STR_ARG(m->key), STR_ARG(near));
		}
	}
}

static void head_read(struct scope *sc, const struct value *props)
{
	static const char *const unused[] = {"TimeoutInMinutes", "NotificationARNs"};
	struct loader *ld = sc->ld;
	struct parse p = {sc->parent, 0, PARSE_NO_RESOURCES, "a policy"};

	KEYS_CHECK(ld->errs, sc->raw, module_keys, "a nested stack");
	if (props)
		KEYS_CHECK(ld->errs, props, property_keys, "AWS::CloudFormation::Stack");
	for (size_t i = 0; i < 2; i++)
		if (value_getc(props, unused[i]))
			err_warn(ld->errs, value_member(props, str_of(unused[i]))->pos, "%s is not carried out",
				 unused[i]);
	sc->target = sc->decl_doc->target;
	sc->phase = sc->decl_doc->phase;
	sc->phase_pos = sc->decl_doc->phase_pos;
	place_read(sc->parent, sc->raw, &sc->target, &sc->phase, &sc->phase_pos);
	p.target = sc->target;
	sc->deletion = policy_read(&p, sc->raw, "DeletionPolicy", sc->parent->deletion);
	sc->update_replace = policy_read(&p, sc->raw, "UpdateReplacePolicy", sc->parent->update_replace);
	sc->cond = condition_of(sc->parent, sc->target, sc->raw, &sc->cond_name);
	sc->tags = value_getc(props, "Tags");
}

static bool module_read(struct scope *sc)
{
	struct loader *ld = sc->ld;
	const struct value *props = value_getc(sc->raw, "Properties");

	if (props && props->kind != V_MAP)
		props = NULL;
	head_read(sc, props);
	depends_read(sc->parent, NULL, sc, value_getc(sc->raw, "DependsOn"));
	if (!template_read(sc, props)) {
		sc->broken = true;
		return false;
	}
	params_declare(sc);
	parameters_give(sc, value_getc(props, "Parameters"));
	scope_begin(sc);
	defaults_read(sc);
	params_fill_ssm(sc);
	scope_names(sc);
	ld->scopes = arena_grow(ld->arena, ld->scopes, &ld->cap_scopes, ld->n_scopes + 1, sizeof *ld->scopes);
	ld->scopes[ld->n_scopes++] = sc;
	return true;
}

bool module_open(struct scope *sc, struct pos use)
{
	struct loader *ld = sc->ld;
	bool ok = true;

	if (sc->state == SCOPE_OPEN)
		return !sc->broken;
	if (sc->state == SCOPE_OPENING || ld->module_depth >= OPENING_MAX) {
		struct err *e =
			err_at(ld->errs, use, "the nested stack '%.*s' needs its own outputs", STR_ARG(sc->name.id));

		e->related = sc->name.pos;
		e->related_note = STR("which is defined here");
		return false;
	}
	sc->state = SCOPE_OPENING;
	ld->module_depth++;
	ok = module_read(sc);
	ld->module_depth--;
	sc->state = SCOPE_OPEN;
	return ok;
}
