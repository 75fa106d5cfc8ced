/* Documents that a template may write in several ways and an API takes as one text: a state machine's definition as a
 * JSON text, as a tree, or in a local file, each with ${substitutions}. Rendering turns all of them into the text, so
 * that nothing behind it knows but one form. Which properties these are, the type's text says (its word Document). */
#include "stacks/stackpriv.h"

struct substitution {
	struct arena *arena;
	const struct value *values;	/* name -> what stands for it */
};

/* ${NAME} in a text; what is no name of a substitution stays as it is. */
static struct value *text_substituted(const struct substitution *u, const struct value *v)
{
	struct value *parts = value_list(u->arena, v->pos);
	struct str s = v->text;
	size_t from = 0;
	ptrdiff_t at, end;

	for (size_t look = 0; (at = str_find(s, STR("${"), look)) >= 0; look = (size_t)at + 2) {
		struct value *with;

		end = str_chr(s, '}', (size_t)at);
		if (end < 0)
			break;
		with = value_get(u->values, str_sub(s, (size_t)at + 2, (size_t)end));
		if (!with)
			continue;
		if ((size_t)at > from)
			value_append(u->arena, parts, value_string(u->arena, v->pos, str_sub(s, from, (size_t)at)));
		value_append(u->arena, parts, with);
		from = (size_t)end + 1;
	}
	if (!value_count(parts))
		return (struct value *)v;
	if (from < s.n)
		value_append(u->arena, parts, value_string(u->arena, v->pos, str_sub(s, from, s.n)));
	return expr_make(u->arena, v->pos, FN_JOIN, value_string(u->arena, v->pos, STR("")), parts);
}

/* In every text of a tree, also inside what is not known yet. */
static struct value *substituted(const struct substitution *u, const struct value *v)
{
	struct value *out;

	switch (v->kind) {
	case V_STRING:
		return text_substituted(u, v);
	case V_MAP:
		out = value_map(u->arena, v->pos);
		for (uint32_t i = 0; i < v->map.n; i++)
			value_set(u->arena, out, v->map.items[i].key, v->map.items[i].pos, substituted(u, v->map.items[i].value));
		return out;
	case V_EXPR:
		if (v->fn != FN_JOIN && v->fn != FN_IF && v->fn != FN_TO_JSON_STRING)
			return (struct value *)v;
		out = value_expr(u->arena, v->pos, v->fn);
		break;
	case V_LIST:
		out = value_list(u->arena, v->pos);
		break;
	default:
		return (struct value *)v;
	}
	for (uint32_t i = 0; i < v->list.n; i++)
		value_append(u->arena, out, substituted(u, v->list.items[i]));
	return out;
}

/* The tree in a file; NULL with an error. */
static struct value *file_tree(struct loader *ld, const struct item *it, const struct value *path)
{
	struct str text, name = path_join(ld->arena, it->doc->dir, path->text);
	struct value *tree;

	if (!file_keep(ld, name, path->pos, &text))
		return NULL;
	tree = text_value(ld->arena, name, text, 0, ld->errs);
	if (tree && tree->kind != V_MAP)
		err_at(ld->errs, tree->pos, "a definition is a map, not %s", kind_name(tree));
	return tree && tree->kind == V_MAP ? tree : NULL;
}

/* What the document is, in the one form: a text, or what becomes one. NULL: none is written, or a wrong one. */
static struct value *document_text(struct loader *ld, const struct item *it, const struct type_document *d,
				   const struct value *props)
{
	struct value *text = value_get(props, d->text), *tree = value_get(props, d->object);
	struct value *file = value_get(props, d->file);

	if (file && file->kind == V_STRING) {
		if (text || tree) {
			err_at(ld->errs, file->pos, "the document is written twice: leave out '%.*s'", STR_ARG(tree ? d->object : d->text));
			return NULL;
		}
		tree = file_tree(ld, it, file);
	} else if (text && tree) {
		err_at(ld->errs, tree->pos, "the document is written twice: leave out '%.*s'", STR_ARG(d->text));
		return NULL;
	}
	if (!tree)
		return text;
	tree = schema_typed(ld->arena, schema_prop(type_schema(it->res.type), d->object), tree);
	return expr_make(ld->arena, tree->pos, FN_TO_JSON_STRING, tree, NULL);
}

struct value *document_render(struct loader *ld, const struct expr_env *env, const struct item *it, struct value *props)
{
	struct type_document d;
	struct substitution u = {.arena = ld->arena};
	const struct value *file;
	struct value *text;

	if (!type_document(it->res.type, &d))
		return props;
	u.values = value_get(props, d.substitutions);
	file = value_get(props, d.file);
	if (!value_get(props, d.object) && !u.values && !(file && file->kind == V_STRING))
		return props;
	text = document_text(ld, it, &d, props);
	if (file && file->kind == V_STRING)
		props = value_with(ld->arena, props, d.file, NULL);
	if (!text)
		return value_with(ld->arena, props, d.text, value_expr(ld->arena, it->props_pos, FN_BROKEN));
	if (u.values && u.values->kind == V_MAP)
		text = substituted(&u, text);
	props = value_with(ld->arena, props, d.object, NULL);
	props = value_with(ld->arena, props, d.substitutions, NULL);
	return value_with(ld->arena, props, d.text, fold_value(env, text));
}
