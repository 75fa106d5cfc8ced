/* A loaded stack as one value and back (source.h). The value is hostile like any input: it may come from a state that
 * somebody edited. */
#include "stacks/source.h"

#include "stacks/stackpriv.h"

#define SOURCE_FORMAT 1

static const struct {
	enum fact_kind kind;
	struct str name;
} fact_names[] = {
    {FACT_ACCOUNT, STR_INIT("account")},
    {FACT_ZONES, STR_INIT("zones")},
    {FACT_SSM, STR_INIT("ssm")},
    {FACT_IMPORT, STR_INIT("import")},
};

static struct value *files_value(struct arena *a, const struct loader *ld)
{
	struct value *files = value_map(a, (struct pos){0});

	for (size_t i = 0; i < ld->n_texts; i++)
		value_set(a, files, ld->texts[i].path, (struct pos){0},
			  value_string(a, (struct pos){0}, ld->texts[i].text));
	return files;
}

static const struct parameter *param_named(const struct stack *s, struct str name)
{
	for (size_t i = 0; i < s->n_params; i++)
		if (str_eq(s->params[i].name, name))
			return &s->params[i];
	return NULL;
}

/* Variables as they were given, by name; a secret's is null. */
static struct value *params_value(struct arena *a, const struct stack *s)
{
	const struct stack_options *opt = s->loader->opt;
	struct value *map = value_map(a, (struct pos){0});

	for (size_t i = 0; i < opt->n_vars; i++) {
		const struct parameter *p = param_named(s, opt->vars[i].name);

		if (p)
			value_set(a, map, p->name, (struct pos){0},
				  p->no_echo ? value_null(a, (struct pos){0})
					     : value_string(a, (struct pos){0}, opt->vars[i].value));
	}
	return map;
}

static struct value *facts_value(struct arena *a, const struct stack *s)
{
	const struct pos none = {0};
	struct value *list = value_list(a, none);

	for (size_t i = 0; i < s->n_facts; i++) {
		const struct fact *f = &s->facts[i];
		struct value *map = value_map(a, none);

		if (!f->value || value_has_secret(f->value))
			continue;
		value_put_text(a, map, "kind", fact_names[f->kind].name);
		value_put_text(a, map, "target", s->targets[f->target].name);
		value_put_text(a, map, "name", f->name);
		value_set(a, map, STR("value"), none, f->value);
		value_append(a, list, map);
	}
	return list;
}

struct value *stack_source(struct arena *a, const struct stack *s)
{
	const struct pos none = {0};
	struct value *source = value_map(a, none), *accounts = value_map(a, none);

	for (size_t i = 0; i < s->n_targets; i++)
		if (s->targets[i].found_account.n)
			value_put_text(a, accounts, str_dup(a, s->targets[i].name).p, s->targets[i].found_account);
	value_set(a, source, STR("format"), none, value_int(a, none, SOURCE_FORMAT));
	value_put_text(a, source, "path", s->path);
	value_put_text(a, source, "region", s->loader->opt->default_region);
	value_set(a, source, STR("files"), none, files_value(a, s->loader));
	value_set(a, source, STR("parameters"), none, params_value(a, s));
	value_set(a, source, STR("accounts"), none, accounts);
	value_set(a, source, STR("facts"), none, facts_value(a, s));
	return source;
}

bool source_options(struct arena *a, const struct value *source, struct stack_options *opt, struct errs *errs)
{
	const struct value *files = value_getc(source, "files"), *params = value_getc(source, "parameters");
	struct stack_file *f = arena_array(a, value_count(files) + 1, sizeof *f);
	struct stack_var *vars = arena_array(a, value_count(params) + 1, sizeof *vars);
	int64_t format;

	if (!value_getc(source, "format") || !value_as_int(value_getc(source, "format"), &format) ||
	    format != SOURCE_FORMAT || !files || files->kind != V_MAP || !params || params->kind != V_MAP) {
		struct err *e = err_add(errs, ERR_STATE, (struct pos){0},
					"the state keeps the stack in a form that this drplan does not know");

		err_help(errs, e, "use the drplan that applied it, or apply it again with this one");
		return false;
	}
	for (size_t i = 0; i < files->map.n; i++)
		f[i] = (struct stack_file){files->map.items[i].key, value_text(files->map.items[i].value)};
	for (size_t i = 0; i < params->map.n; i++) {
		const struct member *m = &params->map.items[i];
		bool hidden = m->value->kind == V_NULL;

		vars[i] = (struct stack_var){.name = m->key,
					     .value = hidden ? STR("(secret)") : value_text(m->value),
					     .origin = STR("the state"),
					     .optional = true,
					     .hidden = hidden};
	}
	opt->path = value_text(value_getc(source, "path"));
	opt->default_region = value_text(value_getc(source, "region"));
	opt->files = f;
	opt->n_files = files->map.n;
	opt->vars = vars;
	opt->n_vars = params->map.n;
	return true;
}

static bool fact_is(const struct stack *s, const struct fact *f, const struct value *stored)
{
	return str_eq(value_text(value_getc(stored, "kind")), fact_names[f->kind].name) &&
	       str_eq(value_text(value_getc(stored, "name")), f->name) &&
	       str_eq(value_text(value_getc(stored, "target")), s->targets[f->target].name);
}

void source_facts(struct stack *s, const struct value *source, const bool *only)
{
	const struct value *accounts = value_getc(source, "accounts"), *facts = value_getc(source, "facts");

	for (size_t i = 0; i < s->n_targets; i++) {
		struct str account = value_text(value_get(accounts, s->targets[i].name));

		if (account.n && (!only || only[i]))
			s->targets[i].found_account = account;
	}
	for (size_t i = 0; i < s->n_facts; i++) {
		struct fact *f = &s->facts[i];
		struct str account = s->targets[f->target].found_account;

		if (only && !only[f->target])
			continue;
		if (f->kind == FACT_ACCOUNT && account.n)
			f->value = value_string(s->arena, f->pos, account);
		for (size_t k = 0; k < value_count(facts) && !f->value; k++)
			if (fact_is(s, f, value_at(facts, k)))
				f->value = value_getc(value_at(facts, k), "value");
	}
}
