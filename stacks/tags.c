/* Default tags on resources: merged into the tag property of every type that has one, in the type's own style. */
#include "stacks/stackpriv.h"

/* The style of list items: some types want PropagateAtLaunch beside Key and Value. */
static bool wants_propagate(const struct type *t)
{
	const struct schema *tags = schema_prop(type_schema(t), type_tag_property(t));

	return schema_prop(schema_items(tags), STR("PropagateAtLaunch")) != NULL;
}

static struct value *tag_item(struct arena *a, const struct member *m, bool propagate)
{
	struct value *tag = value_map(a, m->pos);

	value_set(a, tag, STR("Key"), m->pos, value_string(a, m->pos, m->key));
	value_set(a, tag, STR("Value"), m->pos, m->value);
	if (propagate)
		value_set(a, tag, STR("PropagateAtLaunch"), m->pos, value_bool(a, m->pos, true));
	return tag;
}

static struct value *merge_list(struct arena *a, const struct type *t, const struct value *defaults,
				const struct value *own)
{
	struct value *out = value_list(a, own ? own->pos : defaults->pos), *keys = value_map(a, out->pos);
	bool propagate = wants_propagate(t);

	for (size_t i = 0; i < value_count(own); i++) {
		struct value *tag = value_at(own, i);

		value_append(a, out, tag);
		value_set(a, keys, value_text(value_getc(tag, "Key")), tag->pos, tag);
	}
	for (uint32_t i = 0; i < defaults->map.n; i++)
		if (!value_get(keys, defaults->map.items[i].key))
			value_append(a, out, tag_item(a, &defaults->map.items[i], propagate));
	return out;
}

static struct value *merge_map(struct arena *a, const struct value *defaults, const struct value *own)
{
	struct value *out = value_map(a, own ? own->pos : defaults->pos);

	for (uint32_t i = 0; own && i < own->map.n; i++)
		value_set(a, out, own->map.items[i].key, own->map.items[i].pos, own->map.items[i].value);
	for (uint32_t i = 0; i < defaults->map.n; i++)
		if (!value_get(out, defaults->map.items[i].key))
			value_set(a, out, defaults->map.items[i].key, defaults->map.items[i].pos,
				  defaults->map.items[i].value);
	return out;
}

struct value *tags_merge(struct loader *ld, const struct item *it, struct value *props)
{
	enum tag_style style = type_tag_style(it->res.type);
	struct value *defaults, *own, *merged;
	struct str name;

	if (style == TAGS_NONE)
		return props;
	defaults = default_tags(it->scope, it->doc, it->res.target);
	name = type_tag_property(it->res.type);
	own = value_get(props, name);
	if (!value_count(defaults) || (own && own->kind != (style == TAGS_LIST ? V_LIST : V_MAP)))
		return props;		/* nothing to merge, or unknown or wrong: the schema check tells */
	merged = style == TAGS_LIST ? merge_list(ld->arena, it->res.type, defaults, own)
				    : merge_map(ld->arena, defaults, own);
	return value_with(ld->arena, props, name, merged);
}
