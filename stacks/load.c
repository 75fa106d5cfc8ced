/* Loading: the order in which a stack becomes known. Parameters first, then targets (which may use them), defaults and
 * phases, then every name, then everything is evaluated with the facts unknown. render.c takes over from there. */
#include "stacks/stackpriv.h"

#include <string.h>

void scope_begin(struct scope *sc)
{
	mappings_declare(sc);
	params_fill(sc);
}

void scope_names(struct scope *sc)
{
	conditions_declare(sc);
	lookups_declare(sc);
	resources_declare(sc);
	outputs_declare(sc);
}

void scope_build(struct scope *sc)
{
	for (size_t i = 0; i < sc->n_modules; i++)
		module_open(sc->modules[i], sc->modules[i]->name.pos);
	resources_build(sc);
	lookups_build(sc);
	outputs_build(sc);
	conditions_check(sc);
}

/* A file's name without folder and ending; stack.yaml takes its folder's name. */
static struct str base_name(struct arena *a, struct str path)
{
	struct str dir = path_dir(path), base = str_sub(path, dir.n, path.n);
	ptrdiff_t dot = str_chr(base, '.', 1);

	if (dot > 0)
		base = str_sub(base, 0, (size_t)dot);
	if (str_eqc(base, "stack") && dir.n > 1) {
		struct str up = str_sub(dir, 0, dir.n - 1);

		base = str_sub(up, path_dir(up).n, up.n);
	}
	if (!base.n || str_eqc(base, ".") || str_eqc(base, ".."))
		base = STR("stack");
	return str_dup(a, base);
}

static void name_read(struct loader *ld)
{
	const struct parse p = {ld->root, 0, PARSE_NO_RESOURCES, "Stack"};
	const struct value *root = ld->root->docs[0]->root, *v = value_getc(root, "Stack");
	struct stack *s = ld->stack;

	s->description = value_text(value_getc(root, "Description"));
	s->name = ld->opt->name.n ? ld->opt->name : base_name(ld->arena, s->path);
	if (v && !ld->opt->name.n && expr_text(&p, v, "Stack", &s->name) &&
	    regex_match(STR("[A-Za-z][A-Za-z0-9-]{0,127}"), s->name, true) != REGEX_YES)
		err_help(ld->errs, err_at(ld->errs, v->pos, "'%.*s' is no name for a stack", STR_ARG(s->name)),
			 "it begins with a letter and has letters, digits and '-' only, at most 128");
	ld->root->stack_name = s->name;
}

/* Variables that the main stack's parameters are given; later ones win. */
static void variables_give(struct loader *ld)
{
	const struct stack_options *opt = ld->opt;

	for (size_t i = 0; i < opt->n_vars; i++) {
		const struct stack_var *var = &opt->vars[i];
		struct name *n = name_get(&ld->root->names, var->name);
		struct str near;

		if (n && n->kind == NAME_PARAMETER) {
			((struct param *)n)->given = value_string(ld->arena, var->pos, var->value);
			((struct param *)n)->hidden = var->hidden;
			continue;
		}
		if (var->optional || ld->root->broken)
			continue;
		near = name_suggest(ld->root, var->name);
		err_help(ld->errs, err_at(ld->errs, var->name_pos, "%.*s gives '%.*s', which is no parameter of this stack%.*s",
					  STR_ARG(var->origin), STR_ARG(var->name), STR_ARG(near)),
			 "parameters are declared under Parameters");
	}
}

static void params_publish(struct loader *ld)
{
	struct stack *s = ld->stack;

	s->params = arena_array(ld->arena, ld->root->n_params + 1, sizeof *s->params);
	for (size_t i = 0; i < ld->root->n_params; i++)
		s->params[s->n_params++] = ld->root->params[i]->pub;
}

static void resources_exist(struct loader *ld)
{
	for (size_t i = 0; i < ld->root->n_docs; i++)
		if (value_count(value_getc(ld->root->docs[i]->root, "Resources")))
			return;
	if (!ld->root->broken && !ld->errs->errors)
		err_help(ld->errs, err_at(ld->errs, ld->root->docs[0]->root->pos, "the stack has no resources"),
			 "add Resources, or Include the files that have them");
}

static void stack_build(struct loader *ld)
{
	struct scope *root = ld->root;

	name_read(ld);
	params_declare(root);
	variables_give(ld);
	scope_begin(root);
	targets_read(ld);
	phases_read(ld);
	defaults_read(root);
	params_fill_ssm(root);
	scope_names(root);
	ld->scopes = arena_grow(ld->arena, ld->scopes, &ld->cap_scopes, 1, sizeof *ld->scopes);
	ld->scopes[ld->n_scopes++] = root;
	root->state = SCOPE_OPEN;
	for (size_t i = 0; i < ld->n_scopes; i++)
		scope_build(ld->scopes[i]);
	resources_exist(ld);
	modules_depend(ld);
	runbooks_read(ld);
	objectives_read(ld);
	params_publish(ld);
	facts_collect(ld);
}

static struct loader *loader_new(struct arena *a, const struct stack_options *opt, struct errs *errs)
{
	struct loader *ld = arena_new(a, struct loader);
	struct stack_options *kept = arena_new(a, struct stack_options);

	*kept = *opt;
	*ld = (struct loader){.arena = a, .errs = errs, .opt = kept};
	ld->stack = arena_new(a, struct stack);
	ld->stack->arena = a;
	ld->stack->loader = ld;
	ld->stack->own_tags = true;
	ld->root = scope_new(ld, NULL);
	return ld;
}

static struct stack *stack_finish(struct loader *ld, bool readable, size_t errors_before)
{
	if (readable) {
		ld->stack->path = ld->root->docs[0]->path;
		stack_build(ld);
		if (ld->errs->errors > errors_before)
			stack_check(ld);
	}
	return ld->errs->errors > errors_before ? NULL : ld->stack;
}

struct stack *stack_load(struct arena *a, const struct stack_options *opt, struct errs *errs)
{
	size_t before = errs->errors;
	struct loader *ld = loader_new(a, opt, errs);

	return stack_finish(ld, scope_read(ld->root, opt->path, (struct pos){0}), before);
}

struct stack *stack_load_text(struct arena *a, const struct stack_options *opt, struct str text, struct errs *errs)
{
	size_t before = errs->errors;
	struct loader *ld = loader_new(a, opt, errs);

	ld->no_files = true;
	return stack_finish(ld, scope_read_text(ld->root, opt->path, text), before);
}

void stack_bind(struct stack *s, struct str lineage, struct str mode, struct str active)
{
	struct stack_options *opt = s->loader->opt;

	if (lineage.n)
		opt->lineage = lineage;
	if (mode.n)
		opt->mode = mode;
	if (active.n)
		opt->active = active;
}

const struct resource *stack_find(const struct stack *s, struct str address)
{
	size_t lo = 0, hi = s->n_resources;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = str_cmp(s->resources[mid].address, address);

		if (order == 0)
			return &s->resources[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}
