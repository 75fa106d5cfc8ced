/* Stacks out of the state; see source.h. */
#include "planner/source.h"

bool source_open(struct arena *a, struct state *st, struct stored *src, struct errs *errs)
{
	size_t before = errs->errors;
	src->value = state_source(st, a, &src->digest, errs);
	src->lineage = state_lineage(st);
	if (src->value)
		return true;
	if (errs->errors == before) {
		struct err *e =
		    err_add(errs, ERR_STATE, (struct pos){0}, "the state %.*s keeps no stack that could be carried out",
			    STR_ARG(state_path(st)));
		err_help(errs, e, "it is kept by each apply that was carried through whole");
	}
	return false;
}

static const struct stack_var *vars_join(struct arena *a, const struct stack_options *opt, const struct stored *src)
{
	struct stack_var *all = arena_array(a, opt->n_vars + src->n_vars + 1, sizeof *all);
	for (size_t i = 0; i < opt->n_vars; i++)
		all[i] = opt->vars[i];
	for (size_t i = 0; i < src->n_vars; i++)
		all[opt->n_vars + i] = src->vars[i];
	return all;
}

struct stack *source_render(struct arena *a, const struct stored *src, struct str mode, struct str active,
			    struct errs *errs)
{
	struct stack_options opt = {.lineage = src->lineage, .mode = mode, .active = active};
	if (!source_options(a, src->value, &opt, errs))
		return NULL;
	opt.vars = vars_join(a, &opt, src);
	opt.n_vars += src->n_vars;
	struct stack *s = stack_load(a, &opt, errs);
	if (!s)
		return NULL;
	source_facts(s, src->value, NULL);
	return stack_render(s, errs) ? s : NULL;
}

struct stack *source_template(struct arena *a, const struct stored *src, struct stack_options *opt, struct errs *errs)
{
	struct stack_options own = {0};
	if (!source_options(a, src->value, &own, errs))
		return NULL;
	opt->files = own.files;
	opt->n_files = own.n_files;
	return stack_load(a, opt, errs);
}

/* --- what depends on the mode --------------------------------------------------------------------------------- */

/* Properties that are the same in both modes stay as they are live, whatever they are by now. */
static void keep_same(struct arena *a, const struct resource *before, struct resource *after)
{
	struct value *ignore = value_list(a, (struct pos){0});
	for (size_t i = 0; i < value_count(after->ignore); i++)
		value_append(a, ignore, value_at(after->ignore, i));
	for (size_t i = 0; i < value_count(after->props); i++) {
		const struct member *m = &after->props->map.items[i];
		const struct value *old = value_get(before->props, m->key);
		if (old && value_equal(old, m->value))
			value_append(a, ignore, value_string(a, m->pos, m->key));
	}
	after->ignore = ignore;
}

static bool same_resource(const struct resource *x, const struct resource *y)
{
	return x->type == y->type && x->target == y->target && value_equal(x->props, y->props);
}

struct str *source_differs(struct arena *a, struct stack *before, struct stack *after, size_t *n)
{
	struct str *out = arena_array(a, before->n_resources + after->n_resources + 1, sizeof *out);
	size_t i = 0, k = 0;
	*n = 0;
	while (i < before->n_resources || k < after->n_resources) {
		struct resource *x = i < before->n_resources ? &before->resources[i] : NULL;
		struct resource *y = k < after->n_resources ? &after->resources[k] : NULL;
		int order = !x ? 1 : !y ? -1 : str_cmp(x->address, y->address);
		if (order != 0) {
			out[(*n)++] = order < 0 ? x->address : y->address;
		} else if (!same_resource(x, y)) {
			out[(*n)++] = y->address;
			keep_same(a, x, y);
		}
		i += order <= 0;
		k += order >= 0;
	}
	return out;
}
