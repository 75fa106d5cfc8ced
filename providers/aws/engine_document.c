/* Documents that a text writes: lists and maps of sources, and JSON texts that something goes into. What is secret of the
 * parts makes the whole secret. engine_source.c comes here for them. */
#include "providers/aws/engine.h"

#include "base/json.h"

/* A JSON text with one more member: {$name into P at Q}. What is secret of the parts makes the whole secret. */
struct value *document_member(const struct env *env, const struct call_source *s)
{
	struct value *v = source_value(env, (uint16_t)s->parts.first);
	const struct value *text = source_value(env, (uint16_t)(s->parts.first + 1));
	const struct value *key = source_value(env, (uint16_t)(s->parts.first + 2));
	struct errs quiet = {.arena = env->arena};
	struct value *doc, *out;
	struct buf b;

	if (!v || !text || !key)
		return v;
	doc = text->kind == V_MAP ? value_copy(env->arena, text) : json_read(env->arena, value_text(text), 0, &quiet);
	if (!doc || doc->kind != V_MAP)
		return NULL;
	value_set(env->arena, doc, value_text(key), (struct pos){0}, v);
	buf_init(&b, 1 << 20);
	b.secret = value_has_secret(doc) || value_has_secret(text);
	json_write(&b, doc, JSON_SECRETS | JSON_TYPED);
	out = value_string(env->arena, (struct pos){0}, buf_take(&b, env->arena));
	if (b.secret)
		out->flags |= VALUE_SECRET;
	buf_free(&b);
	return out;
}

struct value *document_list(const struct env *env, const struct call_source *s)
{
	struct value *list = value_list(env->arena, (struct pos){0});

	for (size_t i = 0; i < s->parts.n; i++) {
		struct value *v = source_value(env, (uint16_t)(s->parts.first + i));

		if (v)
			value_append(env->arena, list, v);
	}
	return list;
}

/* What goes into a JSON text may be secret, and so is the whole then. */
static struct value *secret_text(const struct env *env, const struct value *doc)
{
	struct value *out;
	struct buf b;

	buf_init(&b, 1 << 20);
	b.secret = true;
	json_write(&b, doc, JSON_SECRETS | JSON_TYPED);
	out = value_string(env->arena, (struct pos){0}, buf_take(&b, env->arena));
	out->flags |= VALUE_SECRET;
	buf_free(&b);
	return out;
}

/* A document of sources; or the JSON text that one goes into, with its members set and others taken out. NULL if that
 * text is no JSON object. */
struct value *document_map(const struct env *env, const struct call_source *s)
{
	struct errs quiet = {.arena = env->arena};
	struct value *doc = value_map(env->arena, (struct pos){0});

	if (s->index)
		doc = json_read_lax(env->arena, value_text(source_value(env, (uint16_t)s->parts.first)), 0, &quiet);
	if (!doc || doc->kind != V_MAP)
		return NULL;
	for (size_t i = s->index; i < s->parts.n; i++) {
		const struct call_source *part = &call_sources[s->parts.first + i];
		struct value *v = part->parts.n ? source_value(env, (uint16_t)part->parts.first) : NULL;

		if (v)
			value_set(env->arena, doc, call_text(part->text), (struct pos){0}, v);
		else if (!part->parts.n)
			value_del(doc, call_text(part->text));
	}
	return s->index ? secret_text(env, doc) : doc;
}
