/* Tags as a list of {Key, Value}, whatever form the type gives them, and the own ones that mark what drplan made.
 * An answer gives them back to receive_tags(). How a request carries them is engine_send.c's affair. */
#include "providers/aws/engine.h"

static void tag_add(struct arena *a, struct value *list, struct str key, struct str text)
{
	struct value *tag = value_map(a, (struct pos){0});

	value_set(a, tag, STR("Key"), (struct pos){0}, value_string(a, (struct pos){0}, key));
	value_set(a, tag, STR("Value"), (struct pos){0}, value_string(a, (struct pos){0}, text));
	value_append(a, list, tag);
}

/* With what it says beside key and value: whether a group's instances get it. */
static void tag_copy(struct arena *a, struct value *list, const struct value *from)
{
	struct value *tag;

	tag_add(a, list, value_text(value_getc(from, "Key")), value_text(value_getc(from, "Value")));
	tag = value_at(list, value_count(list) - 1);
	for (size_t i = 0; from->kind == V_MAP && i < value_count(from); i++)
		if (!value_get(tag, from->map.items[i].key))
			value_set(a, tag, from->map.items[i].key, (struct pos){0}, value_copy(a, from->map.items[i].value));
}

struct value *tags_of(struct arena *a, const struct type *t, const struct value *props)
{
	struct value *out = value_list(a, (struct pos){0});
	const struct value *v = type_tag_style(t) == TAGS_NONE ? NULL : value_get(props, type_tag_property(t));

	for (size_t i = 0; v && v->kind == V_LIST && i < value_count(v); i++)
		tag_copy(a, out, value_at(v, i));
	for (size_t i = 0; v && v->kind == V_MAP && i < value_count(v); i++)
		tag_add(a, out, v->map.items[i].key, value_text(v->map.items[i].value));
	return out;
}

struct value *tags_wanted(struct arena *a, const struct work *w)
{
	struct value *out = tags_of(a, w->type, w->desired);

	if (!w->owner || !w->owner->tags)
		return out;
	tag_add(a, out, STR(OWN_TAG "stack"), w->owner->stack);
	tag_add(a, out, STR(OWN_TAG "lineage"), w->owner->lineage);
	tag_add(a, out, STR(OWN_TAG "address"), w->address);
	tag_add(a, out, STR(OWN_TAG "op"), w->op);
	return out;
}

/* --- as answered ---------------------------------------------------------------------------------------------------- */

static bool tag_is_ours(struct str key)
{
	return str_starts(key, STR(OWN_TAG)) || str_starts(key, STR("aws:"));
}

/* What the type's tags say beside key and value. */
static void tag_rest(const struct env *env, struct value *tag, const struct value *from)
{
	const struct schema *s = schema_items(schema_prop(type_schema(env->type), type_tag_property(env->type)));

	for (size_t i = 0; from->kind == V_MAP && i < schema_prop_count(s); i++) {
		struct str name = schema_prop_name(s, i);

		if (!value_get(tag, name) && value_get(from, name))
			value_set(env->arena, tag, name, (struct pos){0}, value_copy(env->arena, value_get(from, name)));
	}
}

static void tag_take(const struct env *env, struct received *out, struct value *list, struct value *map, struct str key, const struct value *text,
		     const struct value *whole)
{
	struct arena *a = env->arena;
	struct value *tag;

	if (str_eqc(key, OWN_TAG "op"))
		out->op = str_dup(a, value_text(text));
	if (str_eqc(key, OWN_TAG "address"))
		out->address = str_dup(a, value_text(text));
	if (str_eqc(key, OWN_TAG "stack"))
		out->stack = str_dup(a, value_text(text));
	if (str_eqc(key, OWN_TAG "lineage"))
		out->lineage = str_dup(a, value_text(text));
	if (tag_is_ours(key))
		return;
	if (map) {
		value_set(a, map, str_dup(a, key), (struct pos){0}, value_string(a, (struct pos){0}, str_dup(a, value_text(text))));
		return;
	}
	tag = value_map(a, (struct pos){0});
	value_set(a, tag, STR("Key"), (struct pos){0}, value_string(a, (struct pos){0}, str_dup(a, key)));
	value_set(a, tag, STR("Value"), (struct pos){0},
		  value_string(a, (struct pos){0}, str_dup(a, value_text(text))));
	if (whole)
		tag_rest(env, tag, whole);
	value_append(a, list, tag);
}

/* Tags come as a map or as a list of Key and Value, whatever the template's style is. */
void receive_tags(const struct env *env, const struct value *v, struct received *out)
{
	struct arena *a = env->arena;
	bool as_map = type_tag_style(env->type) == TAGS_MAP;
	struct value *list = value_list(a, (struct pos){0}), *map = as_map ? value_map(a, (struct pos){0}) : NULL;

	for (size_t i = 0; v->kind == V_MAP && i < value_count(v); i++)
		tag_take(env, out, list, map, v->map.items[i].key, v->map.items[i].value, NULL);
	for (size_t i = 0; v->kind == V_LIST && i < value_count(v); i++) {
		const struct value *tag = value_at(v, i);
		const char *key = value_getc(tag, "TagKey") ? "TagKey" : value_getc(tag, "key") ? "key" : "Key";

		tag_take(env, out, list, map, value_text(value_getc(tag, key)),
			 value_getc(tag, key[0] == 'T' ? "TagValue" : key[0] == 'k' ? "value" : "Value"), tag);
	}
	if (type_tag_style(env->type) != TAGS_NONE)
		value_set(a, out->live, type_tag_property(env->type), (struct pos){0}, as_map ? map : list);
}
