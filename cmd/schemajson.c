/* `drplan schema -json`: types by name, each with layer, abilities, attributes and properties; see schemaui.h. */
#include "cmd/schemaui.h"

#include "base/json.h"

static const struct pos nowhere;

static void set_text(struct arena *a, struct value *map, const char *key, struct str s)
{
	if (s.n)
		value_put(a, map, key, value_string(a, nowhere, s));
}

static void set_limit(struct arena *a, struct value *map, const char *key, int64_t n)
{
	if (n >= 0)
		value_put(a, map, key, value_int(a, nowhere, n));
}

static void set_number(struct arena *a, struct value *map, const char *key, struct str n)
{
	if (n.n)
		value_put(a, map, key, value_number(a, nowhere, n));
}

static void set_kinds(struct arena *a, struct value *map, const struct schema *s)
{
	static const struct {
		unsigned bit;
		const char *name;
	} kinds[] = {
	    {SCHEMA_OBJECT, "object"},   {SCHEMA_ARRAY, "array"},   {SCHEMA_STRING, "string"},
	    {SCHEMA_INTEGER, "integer"}, {SCHEMA_NUMBER, "number"}, {SCHEMA_BOOLEAN, "boolean"},
	    {SCHEMA_JSON, "json"},
	};
	struct value *list = value_list(a, nowhere);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (schema_types(s) & kinds[i].bit)
			value_append(a, list, value_string(a, nowhere, str_of(kinds[i].name)));
	value_put(a, map, "type", list);
}

static void set_flags(struct arena *a, struct value *map, unsigned flags)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
	    {PROP_REQUIRED, "required"},
	    {PROP_CREATE_ONLY, "create_only"},
	    {PROP_MAYBE_CREATE_ONLY, "maybe_create_only"},
	    {PROP_READ_ONLY, "read_only"},
	    {PROP_WRITE_ONLY, "write_only"},
	    {PROP_SECRET, "secret"},
	    {PROP_DEPRECATED, "deprecated"},
	    {PROP_SET, "set"},
	    {PROP_JSON, "json"},
	    {PROP_IRREVERSIBLE, "irreversible"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags & names[i].bit)
			value_put(a, map, names[i].name, value_bool(a, nowhere, true));
}

static void set_rules(struct arena *a, struct value *map, const struct schema *s)
{
	struct value *list = value_list(a, nowhere);
	struct schema_rules r;

	schema_rules(s, &r);
	set_text(a, map, "pattern", r.pattern);
	set_limit(a, map, "min_length", r.min_length);
	set_limit(a, map, "max_length", r.max_length);
	set_limit(a, map, "min_items", r.min_items);
	set_limit(a, map, "max_items", r.max_items);
	set_number(a, map, "minimum", r.minimum);
	set_number(a, map, "maximum", r.maximum);
	for (size_t i = 0; i < r.n_enum; i++)
		value_append(a, list, value_string(a, nowhere, schema_enum(s, i)));
	if (r.n_enum)
		value_put(a, map, "enum", list);
	set_text(a, map, "format", schema_format(s));
}

static struct value *props_of(struct arena *a, const struct schema *s, unsigned depth);

static struct value *node_of(struct arena *a, const struct schema *s, unsigned depth)
{
	struct value *m = value_map(a, nowhere);

	set_kinds(a, m, s);
	set_flags(a, m, schema_flags(s));
	set_rules(a, m, s);
	if (depth >= SCHEMAUI_DEPTH)
		return m;
	if (schema_prop_count(s))
		value_put(a, m, "properties", props_of(a, s, depth + 1));
	if (schema_items(s))
		value_put(a, m, "items", node_of(a, schema_items(s), depth + 1));
	return m;
}

static struct value *props_of(struct arena *a, const struct schema *s, unsigned depth)
{
	struct value *m = value_map(a, nowhere);

	for (size_t i = 0; i < schema_prop_count(s); i++)
		value_set(a, m, schema_prop_name(s, i), nowhere, node_of(a, schema_prop_nth(s, i), depth));
	return m;
}

static void set_unique(struct arena *a, struct value *map, const struct type *t)
{
	struct value *sets = value_list(a, nowhere);

	for (size_t i = 0; i < type_unique_count(t); i++) {
		struct value *names = value_list(a, nowhere);

		for (size_t k = 0; k < type_unique_size(t, i); k++)
			value_append(a, names, value_string(a, nowhere, type_unique_name(t, i, k)));
		value_append(a, sets, names);
	}
	value_put(a, map, "unique", sets);
}

static struct value *type_of(struct arena *a, const struct type *t)
{
	struct value *m = value_map(a, nowhere), *attrs = value_list(a, nowhere), *can = value_list(a, nowhere);
	const char *names[8];
	size_t n = schemaui_abilities(t, names);

	for (size_t i = 0; i < n; i++)
		value_append(a, can, value_string(a, nowhere, str_of(names[i])));
	for (size_t i = 0; i < type_attr_count(t); i++)
		value_append(a, attrs, value_string(a, nowhere, type_attr_name(t, i)));
	set_text(a, m, "layer", layer_name(type_layer(t)));
	value_put(a, m, "abilities", can);
	value_put(a, m, "attributes", attrs);
	set_text(a, m, "tags", type_tag_property(t));
	set_text(a, m, "name", type_name_property(t));
	set_unique(a, m, t);
	value_put(a, m, "holds_data", value_bool(a, nowhere, type_holds_data(t)));
	value_put(a, m, "properties", props_of(a, type_schema(t), 0));
	return m;
}

void schemaui_json(struct arena *a, const struct type *only, struct buf *out)
{
	struct value *doc = value_map(a, nowhere), *types = value_map(a, nowhere);

	for (size_t i = 0; i < model_count(); i++)
		if (!only || model_nth(i) == only)
			value_set(a, types, type_name(model_nth(i)), nowhere, type_of(a, model_nth(i)));
	set_text(a, doc, "format_version", STR("1.0"));
	value_put(a, doc, "types", types);
	json_write(out, doc, JSON_PRETTY);
}
