/* Ids: what of an answered text is the id, and the id that properties make. engine_source.c evaluates what a text names. */
#include "providers/aws/engine.h"

#include "model/normal.h"

/* Properties in the spelling that AWS keeps, so that an id composed from a template equals one composed from an answer. */
static struct value *props_canonical(const struct env *env)
{
	struct value *out = value_map(env->arena, (struct pos){0});

	for (size_t i = 0; i < env->def->id_names.n; i++) {
		struct str name = call_text(call_codes[env->def->id_names.first + i]);
		struct value *v = value_get(env->props, name);
		enum normaliser how = (enum normaliser)type_normaliser(env->type, name);

		if (v && v->kind != V_NULL)
			value_set(env->arena, out, name, (struct pos){0}, how ? normal_form(env->arena, how, v) : v);
	}
	return out;
}

struct str text_after(struct str text, struct str after)
{
	for (size_t i = after.n ? text.n : 0; i >= after.n && i; i--)
		if (str_eq(str_sub(text, i - after.n, i), after))
			return str_sub(text, i, text.n);
	return text;
}

struct str id_own(const struct type_def *def, struct str answered)
{
	return text_after(answered, call_text(def->id_after));
}

struct str id_compose(const struct env *env)
{
	struct env canonical = *env;

	if (!env->def->id)
		return STR_NONE;
	canonical.props = env->def->flags & DEF_COMPOSED ? props_canonical(env) : env->props;
	canonical.prior = NULL;
	canonical.id = STR_NONE;
	return source_text(&canonical, env->def->id);
}
