/* ImportValue between drplan's own stacks: the sibling states are opened for reading, one after the other. */
#include "planner/imports.h"

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
static bool same_place(struct state *st, struct arena *a, struct plan_env *env, uint32_t target)
{
	struct str provider = state_get(st, a, "provider"), place = state_get(st, a, "exports");
	struct str here = str_fmt(a, "%.*s/%.*s", STR_ARG(env->stack->targets[target].found_account),
				  STR_ARG(env->places[target].region));
	if (provider.n && !str_eqc(provider, env->provider->ops->name))
		return false;
	return str_eq(place, here);
}

static struct value *import_from(struct arena *a, struct plan_env *env, const char *path, uint32_t target,
				 struct str name)
{
	struct state_options opt = {.mode = STATE_READ};
	struct errs ignored = {.arena = a};
	struct state *st = state_open(a, path, &opt, &ignored);
	struct value *v = NULL;
	if (st && state_exists(st) && same_place(st, a, env, target))
		v = export_in(st, a, name);
	state_close(st);
	return v;
}

struct value *import_from_siblings(struct arena *a, struct plan_env *env, uint32_t target, struct str name)
{
	struct str own = state_path(env->state);
	size_t slash = own.n;
	while (slash && own.p[slash - 1] != '/')
		slash--;
	struct str folder = slash ? str_dup(a, str_sub(own, 0, slash)) : STR("./");
	DIR *dir = opendir(folder.p);
	struct value *found = NULL;
	struct dirent *entry;
	while (dir && !found && (entry = readdir(dir)) != NULL) {
		struct str file = str_of(entry->d_name);
		struct str path = str_fmt(a, "%.*s%.*s", STR_ARG(folder), STR_ARG(file));
		if (str_ends(file, STR(".db")) && !str_eq(path, own) && !str_eq(file, str_sub(own, slash, own.n)))
			found = import_from(a, env, path.p, target, name);
	}
	if (dir)
		closedir(dir);
	return found;
}
