/* Selections by a list that the resource has itself: of all records of a zone those that the group names. Several such
 * conditions, `Records(Name=$Mine.Name&Type=$Mine.Type)`, are about one item: the same must meet them all. They are
 * compared as the properties are, so that another spelling of a name is no other name, and what both sides lack is
 * equal. engine_source.c calls this for the conditions of a path. */
#include "providers/aws/engine.h"

/* The property that is compared with, "Mine.Name"; n = 0: the condition is of another kind. */
static struct span cond_member(const struct call_cond *c)
{
	const struct call_source *s = &call_sources[c->values.first];
	bool member = c->op == COND_IS && c->values.n == 1 && s->kind == SRC_PROP && s->path.n == 2;

	return member ? s->path : (struct span){0, 0};
}

static const struct value *cond_items(const struct env *env, const struct call_cond *c)
{
	struct span path = cond_member(c);
	const struct value *v = path.n ? value_get(env->props, call_text(step_at(path, 0)->name)) : NULL;

	return v && v->kind == V_LIST ? v : NULL;
}

bool cond_on_items(const struct env *env, const struct call_cond *c)
{
	return env->props ? cond_items(env, c) != NULL : cond_member(c).n != 0;
}

static bool item_fits(const struct env *env, struct span conds, const struct value *items, const struct value *item,
		      const struct value *root)
{
	for (size_t i = 0; i < conds.n; i++) {
		const struct call_cond *c = &call_conds[conds.first + i];
		struct span path = cond_member(c);
		struct str list, member;

		if (cond_items(env, c) != items)
			continue;
		list = call_text(step_at(path, 0)->name);
		member = call_text(step_at(path, 1)->name);
		list = str_fmt(env->arena, "%.*s[].%.*s", STR_ARG(list), STR_ARG(member));
		if (!prop_same(env->arena, env->type, list, value_get(item, member), path_value(env, root, c->path)))
			return false;
	}
	return true;
}

int64_t cond_lacks(const struct env *env, const struct call_cond *c, const struct value *root)
{
	const struct value *items = path_value(env, root, c->path);
	const struct value *least = path_value(env, root, call_sources[c->values.first].path);
	int64_t have = !items ? 0 : items->kind == V_LIST ? (int64_t)value_count(items) : 1, want = 0;

	return least && value_as_int(least, &want) && want > have ? want - have : 0;
}

bool items_fit(const struct env *env, struct span conds, const struct call_cond *c, const struct value *root)
{
	const struct value *items = cond_items(env, c);
	struct arena scratch = {0};
	struct env here = *env;
	bool fits = !env->props;

	/* Where nothing but the id is known, what the items would select from is taken whole. */
	here.arena = &scratch;
	for (size_t i = 0; i < value_count(items) && !fits; i++)
		fits = item_fits(&here, conds, items, value_at(items, i), root);
	arena_free(&scratch);
	return fits;
}
