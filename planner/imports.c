/* ImportValue between drplan's own stacks: the sibling states are opened for reading, one after the other. Each state
 * says what its stack exports, and what it imports: an export that another stack still imports cannot go. */
#include "planner/imports.h"

#include "base/json.h"
#include "planner/planpriv.h"

#include <dirent.h>
#include <string.h>

static struct value *export_in(struct state *st, struct arena *a, struct str name)
{
	struct errs ignored = {.arena = a};
	struct state_output *out;
	size_t n;
	if (!state_outputs(st, a, &out, &n, &ignored))
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (out[i].export_name.n && str_eq(out[i].export_name, name) && !out[i].secret)
			return out[i].value;
	return NULL;
}

/* A stack exports where its default target is: the state has that as "account/region". */
static struct str place_of(struct arena *a, const struct plan_env *env, uint32_t target)
{
	return str_fmt(a, "%.*s/%.*s", STR_ARG(env->stack->targets[target].found_account),
		       STR_ARG(env->places[target].region));
}

/* --- the states beside this one ------------------------------------------------------------------------------- */

/* What is asked of each; true: it was found, the others need not be asked. */
typedef bool sibling_fn(void *ctx, struct state *st, struct str path);

static bool sibling_ask(struct arena *a, const struct plan_env *env, struct str path, sibling_fn *fn, void *ctx)
{
	struct state_options opt = {.mode = STATE_READ};
	struct errs ignored = {.arena = a};
	struct state *st = state_open(a, path.p, &opt, &ignored);
	bool found = false;
	if (st && state_exists(st)) {
		struct str provider = state_get(st, a, "provider");
		found = (!provider.n || str_eqc(provider, env->provider->ops->name)) && fn(ctx, st, path);
	}
	state_close(st);
	return found;
}

static bool siblings_ask(struct arena *a, const struct plan_env *env, sibling_fn *fn, void *ctx)
{
	struct str own = state_path(env->state);
	size_t slash = own.n;
	while (slash && own.p[slash - 1] != '/')
		slash--;
	struct str folder = slash ? str_dup(a, str_sub(own, 0, slash)) : STR("./");
	DIR *dir = opendir(folder.p);
	bool found = false;
	struct dirent *entry;
	while (dir && !found && (entry = readdir(dir)) != NULL) {
		struct str file = str_of(entry->d_name);
		struct str path = str_fmt(a, "%.*s%.*s", STR_ARG(folder), STR_ARG(file));
		if (str_ends(file, STR(".db")) && !str_eq(path, own) && !str_eq(file, str_sub(own, slash, own.n)))
			found = sibling_ask(a, env, path, fn, ctx);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* --- importing ------------------------------------------------------------------------------------------------ */

struct wanted {
	struct arena *a;
	struct str place, name;
	struct value *value;
};

static bool exports_it(void *ctx, struct state *st, struct str path)
{
	struct wanted *w = ctx;
	(void)path;
	if (str_eq(state_get(st, w->a, "exports"), w->place))
		w->value = export_in(st, w->a, w->name);
	return w->value != NULL;
}

struct value *import_from_siblings(struct arena *a, struct plan_env *env, uint32_t target, struct str name)
{
	struct wanted w = {.a = a, .place = place_of(a, env, target), .name = name};
	siblings_ask(a, env, exports_it, &w);
	return w.value;
}

/* --- what is imported stays (semantics 8) --------------------------------------------------------------------- */

static struct value *imports_read(struct arena *a, struct state *st)
{
	struct errs ignored = {.arena = a};
	struct str text = state_get(st, a, "imports");
	struct value *list = text.n ? json_read(a, text, 0, &ignored) : NULL;
	return list && list->kind == V_LIST ? list : value_list(a, (struct pos){0});
}

static void imports_add(struct arena *a, struct value *list, struct str import)
{
	for (size_t i = 0; i < value_count(list); i++)
		if (str_eq(value_text(value_at(list, i)), import))
			return;
	value_append(a, list, value_string(a, (struct pos){0}, import));
}

/* "123456789012/us-east-1 NAME" */
static struct str import_text(struct arena *a, struct str place, struct str name)
{
	return str_fmt(a, "%.*s %.*s", STR_ARG(place), STR_ARG(name));
}

void imports_record(struct arena *a, const struct plan_env *env, bool keep_old, bool none)
{
	const struct stack *s = env->stack;
	struct value *list = keep_old ? imports_read(a, env->state) : value_list(a, (struct pos){0});
	for (size_t i = 0; i < s->n_facts && !none; i++)
		if (s->facts[i].kind == FACT_IMPORT)
			imports_add(a, list, import_text(a, place_of(a, env, s->facts[i].target), s->facts[i].name));
	struct str had = state_get(env->state, a, "imports");
	struct buf b;
	buf_init(&b, 1 << 20);
	if (value_count(list))
		json_write(&b, list, 0);
	if (!str_eq(buf_get(&b), had))
		state_set(env->state, "imports", buf_get(&b));
	buf_free(&b);
}

struct user {
	struct arena *a;
	struct str import, path;
};

static bool imports_it(void *ctx, struct state *st, struct str path)
{
	struct user *u = ctx;
	const struct value *list = imports_read(u->a, st);
	for (size_t i = 0; i < value_count(list); i++)
		if (str_eq(value_text(value_at(list, i)), u->import)) {
			u->path = path;
			return true;
		}
	return false;
}

static bool still_exported(const struct planning *p, struct str name)
{
	const struct stack *s = p->env->stack;
	for (size_t i = 0; i < s->n_outputs && !p->opt->destroy; i++)
		if (s->outputs[i].export_name && str_eq(value_text(s->outputs[i].export_name), name))
			return true;
	return false;
}

bool pass_exports(struct planning *p)
{
	struct state_output *had;
	size_t n, before = p->errs->errors;
	struct str place = state_get(p->env->state, p->a, "exports");
	if (!state_outputs(p->env->state, p->a, &had, &n, p->errs))
		return false;
	for (size_t i = 0; i < n && !p->opt->refresh_only; i++) {
		struct user u = {.a = p->a, .import = import_text(p->a, place, had[i].export_name)};
		if (!had[i].export_name.n || still_exported(p, had[i].export_name) ||
		    !siblings_ask(p->a, p->env, imports_it, &u))
			continue;
		struct err *e = err_add(p->errs, ERR_STATE, (struct pos){0},
					"the export '%.*s' cannot go: the stack of %.*s imports it",
					STR_ARG(had[i].export_name), STR_ARG(u.path));
		err_help(p->errs, e, "take its Fn::ImportValue out there, or destroy that stack, first");
	}
	return p->errs->errors == before;
}
