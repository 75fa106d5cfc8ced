/* Facets of a type text: properties with calls of their own, and which of them stand in the way of its deletion. */
#include "providers/aws/typec.h"

static uint16_t facet_call(struct typec *tc, struct text_type *t, const struct value *facet, const char *key,
			   enum call_role role, struct str prop)
{
	const struct value *v = text_get(facet, key);

	return v ? call_of(tc, t, v, role, prop) : 0;
}

static const struct op *facet_op(struct typec *tc, uint16_t call)
{
	return call ? call_op(tc, ROW(tc, calls, call_def, call)) : NULL;
}

void type_facets(struct typec *tc, struct text_type *t)
{
	const struct value *map = text_get(t->text, "Facets");
	struct facet_def rows[32];
	size_t n = 0, n_map = text_members(tc, map, 32);

	for (size_t i = 0; i < n_map; i++) {
		const struct member *m = &map->map.items[i];
		const struct value *v = m->value, *change = text_get(v, "Change");
		struct facet_def f = {.prop = pool_add(&tc->pool, m->key)};
		int64_t batch;

		if (!schema_prop(t->schema, m->key)) {
			err_at(&tc->errs, m->pos, "%.*s has no property '%.*s'", STR_ARG(t->name), STR_ARG(m->key));
			continue;
		}
		if (!text_keys(tc, v, "Put Remove Add Drop DropFirst Change In Elements Batch Anew Given Head Again Renamed"))
			continue;
		/* The entries of a free-form map are {Key, Value}, as tags are. */
		t->element = schema_items(schema_prop(t->schema, m->key));
		if (!t->element && (schema_types(schema_prop(t->schema, m->key)) & (SCHEMA_JSON | SCHEMA_OBJECT)))
			t->element = schema_items(schema_prop(t->schema, STR("Tags")));
		f.drop_first = text_flag(tc, v, "DropFirst");
		f.anew = text_flag(tc, v, "Anew");
		f.given = text_flag(tc, v, "Given");
		f.head = text_flag(tc, v, "Head");
		if (text_get(v, "Batch") && str_int(text_scalar(tc, text_get(v, "Batch")), 1, 255, &batch))
			f.batch = (uint8_t)batch;
		f.put = facet_call(tc, t, v, "Put", ROLE_PUT, m->key);
		f.remove = facet_call(tc, t, v, "Remove", ROLE_ELEMENT, m->key);
		f.add = facet_call(tc, t, v, "Add", ROLE_ELEMENT, m->key);
		f.drop = facet_call(tc, t, v, "Drop", ROLE_ELEMENT, m->key);
		f.change = facet_call(tc, t, v, "Change", ROLE_ELEMENT, m->key);
		f.change_only = text_codes(tc, text_get(change, "Only"));
		f.again = text_codes(tc, text_get(v, "Again"));
		f.renamed = text_codes(tc, text_get(v, "Renamed"));
		if (text_get(v, "Elements"))
			f.variants = variants_of(tc, t, v, facet_op(tc, f.add), m->key);
		rows[n++] = f;
	}
	t->element = NULL;
	t->def.facets = table_add(&tc->facets, rows, n);
}

/* Empty: facets whose elements stand in the way of deletion; "Delete: facets": all, and that is the deletion. */
void type_empty(struct typec *tc, struct text_type *t)
{
	const struct value *v = text_get(t->text, "Empty"), *facets = text_get(t->text, "Facets");
	call_str all[32];
	size_t n = 0;

	for (size_t i = 0; i < text_count(v); i++)
		if (!text_get(value_get(facets, value_text(text_item(v, i))), "Drop"))
			err_at(&tc->errs, text_item(v, i)->pos, "Empty names facets that have a 'Drop'");
	t->def.empty = text_codes(tc, v);
	if (!says_facets(t, "Delete"))
		return;
	for (size_t i = 0; i < value_count(facets) && n < 32; i++)
		if (text_get(facets->map.items[i].value, "Drop"))
			all[n++] = pool_add(&tc->pool, facets->map.items[i].key);
	t->def.empty = table_add(&tc->codes, all, n);
}
