/* Values that a type text names: what stands at a path, what a source is worth, whether conditions hold.
 * The ids that they make are engine_id.c's. Nothing here talks to anybody. */
#include "providers/aws/engine.h"

#include "base/json.h"

#include <string.h>

static bool is_there(const struct value *v)
{
	bool b;

	if (!v || v->kind == V_NULL)
		return false;
	if (value_is_scalar(v) && !value_text(v).n)
		return false;
	return !(v->kind == V_BOOL && value_as_bool(v, &b) && !b);
}

/* --- paths -------------------------------------------------------------------------------------------------------- */

/* What a step leads to. A path goes on below a text where the text is a JSON document. */
static struct value *step_value(const struct env *env, const struct value *at, struct str name)
{
	struct errs ignored = {.arena = env->arena};

	if (at->kind == V_STRING)
		at = json_read_lax(env->arena, at->text, 0, &ignored);
	return value_get(at, name);
}

static void path_collect(const struct env *env, const struct value *at, struct span path, size_t i, struct value **out,
			 bool *many)
{
	const struct call_step *step;
	struct value *next;

	if (!at)
		return;
	if (i == path.n) {
		if (*out && !*many) {
			struct value *list = value_list(env->arena, (struct pos){0});

			value_append(env->arena, list, *out);
			*out = list;
			*many = true;
		}
		if (*many)
			value_append(env->arena, *out, (struct value *)(uintptr_t)at);
		else
			*out = (struct value *)(uintptr_t)at;
		return;
	}
	step = step_at(path, i);
	next = step_value(env, at, call_text(step->name));
	if (!next || !step->list || next->kind != V_LIST || (i + 1 == path.n && !step->conds.n)) {
		path_collect(env, next, path, i + 1, out, many);
		return;
	}
	for (size_t k = 0; k < value_count(next); k++)
		if (conds_hold(env, step->conds, value_at(next, k)))
			path_collect(env, value_at(next, k), path, i + 1, out, many);
}

struct value *path_value(const struct env *env, const struct value *root, struct span path)
{
	struct value *out = NULL;
	bool many = false;

	path_collect(env, root, path, 0, &out, &many);
	return out;
}

struct value *element_value(const struct env *env, const struct element *el, struct span path, uint8_t up)
{
	return el && up < el->n ? path_value(env, el->levels[up], path) : NULL;
}

static void element_descend(const struct env *env, struct element *el, struct span at, size_t i,
			    void (*fn)(void *, const struct element *), void *ctx)
{
	const struct call_step *step;
	const struct value *v;
	struct element inner;

	if (i == at.n || el->n == ENGINE_LEVELS) {
		fn(ctx, el);
		return;
	}
	step = step_at(at, i);
	v = step_value(env, el->levels[0], call_text(step->name));
	if (!v)
		return;
	inner.n = el->n + 1;
	memcpy(inner.levels + 1, el->levels, el->n * sizeof *el->levels);
	if (v->kind != V_LIST) {
		inner.levels[0] = v;
		element_descend(env, &inner, at, i + 1, fn, ctx);
		return;
	}
	for (size_t k = 0; k < value_count(v); k++) {
		inner.levels[0] = value_at(v, k);
		if (conds_hold(env, step->conds, inner.levels[0]))
			element_descend(env, &inner, at, i + 1, fn, ctx);
	}
}

void element_each(const struct env *env, const struct value *root, struct span at,
		  void (*fn)(void *ctx, const struct element *el), void *ctx)
{
	struct element el = {.levels = {root}, .n = 1};

	element_descend(env, &el, at, 0, fn, ctx);
}

struct element element_copy(struct arena *a, const struct element *el)
{
	struct element out = {.n = el->n};

	for (size_t i = 0; i < el->n; i++)
		out.levels[i] = value_copy(a, el->levels[i]);
	return out;
}

/* --- sources ------------------------------------------------------------------------------------------------------ */

static struct value *text_value(const struct env *env, struct str s)
{
	return s.n ? value_string(env->arena, (struct pos){0}, s) : NULL;
}

/* A list in a composed id: its items with a space between. */
static struct value *words_value(const struct env *env, struct str words)
{
	struct value *list = value_list(env->arena, (struct pos){0});
	struct str word;

	while (str_cut(&words, ' ', &word))
		if (word.n)
			value_append(env->arena, list, value_string(env->arena, (struct pos){0}, word));
	return list;
}

struct value *id_part(const struct env *env, struct str name)
{
	const struct call_source *t = env->def && env->def->id ? &call_sources[env->def->id] : NULL;
	struct str rest = env->id, piece;

	if (!t || t->kind != SRC_TEMPLATE || !(env->def->flags & DEF_COMPOSED))
		return NULL;
	for (size_t i = 0; i < t->parts.n && rest.n; i++) {
		const struct call_source *part = &call_sources[t->parts.first + i];
		const struct call_source *of = part->kind == SRC_ELSE ? &call_sources[part->parts.first] : part;

		if (part->kind == SRC_TEXT) {
			str_cut(&rest, '|', &piece);
			continue;
		}
		if (of->kind == SRC_PROP && str_eq(call_text(step_at(of->path, 0)->name), name)) {
			str_cut(&rest, '|', &piece);
			if (schema_types(schema_prop(type_schema(env->type), name)) & SCHEMA_ARRAY)
				return words_value(env, piece);
			return text_value(env, piece);
		}
	}
	return NULL;
}

static struct value *source_prop(const struct env *env, struct span path)
{
	struct value *v = path_value(env, env->props, path);

	if (!v || v->kind == V_NULL)
		v = path_value(env, env->prior, path);
	if ((!v || v->kind == V_NULL) && path.n == 1)
		v = id_part(env, call_text(step_at(path, 0)->name));
	return v && v->kind != V_NULL ? v : NULL;
}

static struct value *source_row(const struct env *env, const struct call_source *s);

static struct value *source_template(const struct env *env, const struct call_source *s)
{
	struct buf b;
	struct str text;
	bool whole = true;

	buf_init(&b, 65536);
	for (size_t i = 0; i < s->parts.n; i++) {
		const struct call_source *part = &call_sources[s->parts.first + i];
		struct value *v = source_row(env, part);

		if (s->parts.n == 1 && part->kind == SRC_MEMBER) {
			buf_free(&b);
			return v;
		}

		if (!v && part->kind != SRC_IF && !(part->kind == SRC_ELSE && !call_text(part->text).n))
			whole = false;
		for (size_t k = 0; v && v->kind == V_LIST && k < value_count(v); k++) {
			buf_cstr(&b, k ? " " : "");
			buf_str(&b, value_text(value_at(v, k)));
		}
		buf_str(&b, value_text(v));
	}
	text = buf_take(&b, env->arena);
	buf_free(&b);
	return whole ? text_value(env, text) : NULL;
}

/* The element of a facet, or the part of it; of several elements the part of each. */
static struct value *source_element(const struct env *env, const struct call_source *s)
{
	const struct value *all = env->element;
	struct value *out;

	if (!s->path.n || !all)
		return (struct value *)(uintptr_t)all;
	if (all->kind != V_LIST)
		return path_value(env, all, s->path);
	out = value_list(env->arena, (struct pos){0});
	for (size_t i = 0; i < value_count(all); i++) {
		struct value *v = path_value(env, value_at(all, i), s->path);

		if (v)
			value_append(env->arena, out, v);
	}
	return out;
}

/* What follows the last `text`: the name at the end of an ARN. */
static struct value *source_after(const struct env *env, const struct call_source *s)
{
	struct str whole = value_text(source_row(env, &call_sources[s->parts.first])), text = call_text(s->text);

	for (size_t i = whole.n; text.n && i >= text.n; i--)
		if (str_eq(str_sub(whole, i - text.n, i), text))
			return text_value(env, str_sub(whole, i, whole.n));
	return NULL;
}

/* Text where the first part is there, or where it is the second. */
static struct value *source_if(const struct env *env, const struct call_source *s)
{
	const struct value *v = source_row(env, &call_sources[s->parts.first]);
	bool holds = is_there(v);

	if (s->parts.n > 1)
		holds = v && str_eq(value_text(v), call_text(call_sources[s->parts.first + 1].text));
	return holds ? text_value(env, call_text(s->text)) : NULL;
}

static struct value *source_row(const struct env *env, const struct call_source *s)
{
	struct value *v;

	switch ((enum source_kind)s->kind) {
	case SRC_NONE:
		return NULL;
	case SRC_TEXT:
		return value_string(env->arena, (struct pos){0}, call_text(s->text));
	case SRC_PROP:
		return source_prop(env, s->path);
	case SRC_PRIOR:
		return path_value(env, env->prior, s->path);
	case SRC_FOUND:
		return element_value(env, env->found, s->path, s->index);
	case SRC_HERE:
		return element_value(env, env->here, s->path, s->index);
	case SRC_ID:
		return text_value(env, env->id);
	case SRC_ARN:
		return env->def->arn ? source_row(env, &call_sources[env->def->arn]) : NULL;
	case SRC_REGION:
		return text_value(env, env->facts->region);
	case SRC_ACCOUNT:
		return text_value(env, env->facts->account);
	case SRC_UNDO:
		return env->undo ? value_bool(env->arena, (struct pos){0}, true) : NULL;
	case SRC_OP:
		return text_value(env, env->op);
	case SRC_ANSWER:
		return path_value(env, env->answer, s->path);
	case SRC_SNAPSHOT:
		return text_value(env, env->snapshot);
	case SRC_PARTITION:
		return text_value(env, env->facts->partition);
	case SRC_SUFFIX:
		return text_value(env, env->facts->suffix);
	case SRC_VAR:
		return path_value(env, env->vars[s->index], s->path);
	case SRC_ELEMENT:
	case SRC_ELEMENTS:
		return source_element(env, s);
	case SRC_MEMBER:
		return document_member(env, s);
	case SRC_TEMPLATE:
		return source_template(env, s);
	case SRC_CHOICE:
		for (size_t i = 0; i < s->parts.n; i++)
			if ((v = source_row(env, &call_sources[s->parts.first + i])) != NULL)
				return v;
		return NULL;
	case SRC_IF:
		return source_if(env, s);
	case SRC_AFTER:
		return source_after(env, s);
	case SRC_UNLESS:
		v = source_row(env, &call_sources[s->parts.first]);
		return v && str_eq(value_text(v), call_text(s->text)) ? NULL : v;
	case SRC_EMPTY:
		return value_map(env->arena, (struct pos){0});
	case SRC_MAP:
		return document_map(env, s);
	case SRC_LIST:
		return document_list(env, s);
	case SRC_NAMED:
		return NULL;
	case SRC_ELSE:
		v = source_row(env, &call_sources[s->parts.first]);
		return v ? v : text_value(env, call_text(s->text));
	}
	return NULL;
}

struct value *source_value(const struct env *env, uint16_t source)
{
	return source_row(env, &call_sources[source]);
}

struct str source_text(const struct env *env, uint16_t source)
{
	struct value *v = source ? source_value(env, source) : NULL;

	return value_text(v && v->kind == V_LIST ? value_at(v, 0) : v);
}

static bool row_names(const struct call_source *s, struct str prop)
{
	if (s->kind == SRC_PROP && s->path.n && str_eq(call_text(step_at(s->path, 0)->name), prop))
		return true;
	for (size_t i = 0; i < s->parts.n; i++)
		if (row_names(&call_sources[s->parts.first + i], prop))
			return true;
	return false;
}

bool call_names(const struct call_def *c, struct str prop)
{
	for (size_t i = 0; i < c->with.n; i++)
		if (row_names(&call_sources[call_withs[c->with.first + i].value], prop))
			return true;
	for (size_t i = 0; i < c->first.n; i++)
		if (call_names(&call_defs[call_takes[c->first.first + i].call], prop))
			return true;
	return false;
}

static bool row_uses(const struct call_source *s, enum source_kind kind);

/* In a condition of the path. */
static bool path_uses(struct span path, enum source_kind kind)
{
	for (size_t i = 0; i < path.n; i++)
		for (size_t k = 0; k < step_at(path, i)->conds.n; k++) {
			const struct call_cond *c = &call_conds[step_at(path, i)->conds.first + k];

			for (size_t m = 0; m < c->values.n; m++)
				if (row_uses(&call_sources[c->values.first + m], kind))
					return true;
		}
	return false;
}

static bool row_uses(const struct call_source *s, enum source_kind kind)
{
	if (s->kind == kind || path_uses(s->path, kind))
		return true;
	for (size_t i = 0; i < s->parts.n; i++)
		if (row_uses(&call_sources[s->parts.first + i], kind))
			return true;
	return false;
}

bool source_uses(uint16_t source, enum source_kind kind)
{
	return source && row_uses(&call_sources[source], kind);
}

bool call_uses(const struct call_def *c, enum source_kind kind)
{
	for (size_t i = 0; i < c->with.n; i++)
		if (source_uses(call_withs[c->with.first + i].value, kind))
			return true;
	for (size_t i = 0; i < c->first.n; i++)
		if (path_uses(call_takes[c->first.first + i].path, kind) ||
		    call_uses(&call_defs[call_takes[c->first.first + i].call], kind))
			return true;
	return false;
}

/* --- conditions --------------------------------------------------------------------------------------------------- */

static bool text_fits(struct str text, struct str pattern)
{
	if (str_ends(pattern, STR("*")))
		return str_starts(text, str_sub(pattern, 0, pattern.n - 1));
	return str_eq(text, pattern);
}

static bool cond_value(const struct env *env, const struct call_cond *c, const struct value *v)
{
	if (v && v->kind == V_LIST) {
		for (size_t i = 0; i < value_count(v); i++)
			if (cond_value(env, c, value_at(v, i)))
				return true;
		return false;
	}
	for (size_t i = 0; i < c->values.n; i++) {
		const struct call_source *s = &call_sources[c->values.first + i];
		const struct value *want = source_row(env, s);

		if (!want && s->kind == SRC_PROP && !env->props)
			return true;	/* nothing but the id is known: what its properties would select from is taken whole */
		if (want && want->kind != V_LIST && text_fits(value_text(v), value_text(want)))
			return true;
		for (size_t k = 0; want && want->kind == V_LIST && k < value_count(want); k++)
			if (text_fits(value_text(v), value_text(value_at(want, k))))
				return true;
	}
	return false;
}

static bool cond_holds(const struct env *env, const struct call_cond *c, const struct value *root)
{
	const struct value *v = path_value(env, root, c->path);

	if (!v && root == env->props && env->props)
		v = source_prop(env, c->path);
	switch ((enum cond_op)c->op) {
	case COND_SET:
		return is_there(v);
	case COND_UNSET:
		return !is_there(v);
	case COND_IS:
		return v && cond_value(env, c, v);
	case COND_NOT:
		return !v || !cond_value(env, c, v);
	case COND_IS_OR_UNSET:
		return !is_there(v) || cond_value(env, c, v);
	case COND_MANY:
		return cond_lacks(env, c, root) == 0;
	}
	return false;
}

bool conds_hold(const struct env *env, struct span conds, const struct value *root)
{
	for (size_t i = 0; i < conds.n; i++) {
		const struct call_cond *c = &call_conds[conds.first + i];

		if (cond_on_items(env, c) ? !items_fit(env, conds, c, root) : !cond_holds(env, c, root))
			return false;
	}
	return true;
}
