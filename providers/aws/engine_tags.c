/* Tags as a list of {Key, Value}, whatever form the type gives them, and the own ones that mark what drplan made.
 * How a request carries them is engine_send.c's affair. */
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
