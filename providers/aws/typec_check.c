/* Nothing forgotten: every property that can be written is sent by some call, comes back by some read, and can be
 * changed unless it is create-only. What AWS cannot do is said in the text (NotRead, CreateOnly, Unsupported), so that
 * it is a decision and not an oversight. */
#include "providers/aws/typec.h"

static bool binds_have(struct typec *tc, struct span binds, struct str prop, uint8_t flag)
{
	for (size_t i = 0; i < binds.n; i++) {
		const struct call_bind *b = ROW(tc, binds, call_bind, binds.first + i);
		struct str name = pool_get(&tc->pool, b->prop);

		if ((b->flags & flag) && str_starts(name, prop) && (name.n == prop.n || name.p[prop.n] == '.'))
			return true;
	}
	return false;
}

static bool variants_have(struct typec *tc, struct span variants, struct str prop, bool received)
{
	for (size_t i = 0; i < variants.n; i++) {
		const struct call_variant *v = ROW(tc, variants, call_variant, variants.first + i);

		if (received && !v->in.n)
			continue;
		if (binds_have(tc, v->binds, prop, received ? BIND_RECEIVE : BIND_SEND))
			return true;
	}
	return false;
}

static bool calls_have(struct typec *tc, struct span calls, struct str prop, uint8_t flag)
{
	for (size_t i = 0; i < calls.n; i++) {
		const struct call_def *c = ROW(tc, calls, call_def, calls.first + i);

		if (binds_have(tc, c->binds, prop, flag) || variants_have(tc, c->variants, prop, false))
			return true;
	}
	return false;
}

static const struct facet_def *facet_for(struct typec *tc, const struct text_type *t, struct str prop)
{
	for (size_t i = 0; i < t->def.facets.n; i++) {
		const struct facet_def *f = ROW(tc, facets, facet_def, t->def.facets.first + i);

		if (str_eq(pool_get(&tc->pool, f->prop), prop))
			return f;
	}
	return NULL;
}

static bool is_received(struct typec *tc, const struct text_type *t, struct str prop)
{
	const struct facet_def *f = facet_for(tc, t, prop);

	for (size_t i = 0; i < t->def.read.n; i++)
		if (binds_have(tc, ROW(tc, fetches, fetch_def, t->def.read.first + i)->binds, prop, BIND_RECEIVE))
			return true;
	for (size_t i = 0; i < t->def.also.n; i++)
		if (binds_have(tc, ROW(tc, fetches, fetch_def, t->def.also.first + i)->binds, prop, BIND_RECEIVE) ||
		    str_eq(pool_get(&tc->pool, ROW(tc, fetches, fetch_def, t->def.also.first + i)->into), prop))
			return true;
	for (size_t i = 0; f && i < f->variants.n; i++)
		if (ROW(tc, variants, call_variant, f->variants.first + i)->in.n)
			return true;
	return false;
}

/* Its change adds the elements of some facet again. */
static bool goes_with_elements(struct typec *tc, const struct text_type *t, struct str prop)
{
	for (size_t i = 0; i < t->def.facets.n; i++) {
		const struct facet_def *f = ROW(tc, facets, facet_def, t->def.facets.first + i);
		const struct span lists[] = {f->again, f->renamed};

		for (size_t k = 0; k < 2; k++)
			for (size_t m = 0; m < lists[k].n; m++)
				if (str_eq(pool_get(&tc->pool, ((const call_str *)tc->codes.rows)[lists[k].first + m]), prop))
					return true;
	}
	return false;
}

/* What the id is made of comes back with it. */
static bool is_of_id(struct typec *tc, const struct text_type *t, struct str prop)
{
	for (size_t i = 0; i < t->def.id_names.n; i++)
		if (str_eq(pool_get(&tc->pool, ((const call_str *)tc->codes.rows)[t->def.id_names.first + i]), prop))
			return true;
	return t->def.id && ROW(tc, sources_, call_source, t->def.id)->kind == SRC_PROP && str_eq(t->id_name, prop);
}

static bool is_used(const struct text_type *t, struct str prop)
{
	for (size_t i = 0; i < t->n_used; i++)
		if (str_starts(t->used[i], prop) && (t->used[i].n == prop.n || t->used[i].p[prop.n] == '.'))
			return true;
	return false;
}

/* Every member that an element of the facet's list can have travels in at least one of its variants. */
static void check_elements(struct typec *tc, struct text_type *t, const struct facet_def *f, struct str prop)
{
	const struct schema *element = schema_items(schema_prop(t->schema, prop));

	for (size_t i = 0; f->variants.n && i < schema_prop_count(element); i++)
		if (!variants_have(tc, f->variants, schema_prop_name(element, i), false) &&
		    !text_lists(t, "Unsupported", str_fmt(&tc->arena, "%.*s[].%.*s", STR_ARG(prop),
							  STR_ARG(schema_prop_name(element, i)))))
			err_at(&tc->errs, t->pos, "%.*s: no variant of %.*s sends '%.*s'", STR_ARG(t->name), STR_ARG(prop),
			       STR_ARG(schema_prop_name(element, i)));
}

static void check_property(struct typec *tc, struct text_type *t, struct str prop, unsigned own)
{
	const struct facet_def *f = facet_for(tc, t, prop);
	bool facet = (f && (f->put || f->add)) || goes_with_elements(tc, t, prop);
	bool used = facet || is_used(t, prop) || text_lists(t, "Kept", prop);

	if (f)
		check_elements(tc, t, f, prop);
	if (!used && !calls_have(tc, t->def.create, prop, BIND_SEND) &&
	    !calls_have(tc, t->def.update, prop, BIND_SEND | BIND_TRIGGER))
		err_at(&tc->errs, t->pos, "%.*s: no call sends property '%.*s' (Map it, or list it under Unsupported)",
		       STR_ARG(t->name), STR_ARG(prop));
	if ((!(own & PROP_WRITE_ONLY) || text_lists(t, "Readable", prop)) && !text_lists(t, "NotRead", prop) &&
	    !is_received(tc, t, prop) && !is_of_id(tc, t, prop))
		err_at(&tc->errs, t->pos, "%.*s: no read answers property '%.*s' (Map it, or list it under NotRead)",
		       STR_ARG(t->name), STR_ARG(prop));
	if (type_is_updatable(tc, t, prop) && !facet && !text_lists(t, "Kept", prop) &&
	    !calls_have(tc, t->def.update, prop, BIND_TRIGGER))
		err_at(&tc->errs, t->pos, "%.*s: no call updates property '%.*s' (a Facet, an Update, or list it under CreateOnly)",
		       STR_ARG(t->name), STR_ARG(prop));
}

static void check_list(struct typec *tc, struct text_type *t, const char *key)
{
	const struct value *list = text_get(t->text, key);

	for (size_t i = 0; i < text_count(list); i++) {
		const struct value *item = text_item(list, i);

		if (!schema_path(t->schema, value_text(item)))
			text_error(tc, item, 0, "%.*s has no property '%.*s'", STR_ARG(t->name), STR_ARG(value_text(item)));
	}
}

/* Another way to write the property that travels: never part of a request. */
static bool is_other_form(const struct text_type *t, struct str prop)
{
	const struct value *document = text_get(t->text, "Document");

	return document && (str_eq(value_text(value_getc(document, "Object")), prop) ||
			    str_eq(value_text(value_getc(document, "Substitutions")), prop));
}

void type_check(struct typec *tc, struct text_type *t)
{
	static const char *const lists[] = {"CreateOnly", "Updatable", "NotRead", "Readable", "Kept",
					   "Unsupported", "Inner", "Secret", "Shown", "Irreversible", "Moves"};
	struct str tags = model_schema_tags(t->schema_index);

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		check_list(tc, t, lists[i]);
	for (size_t i = 0; i < schema_prop_count(t->schema); i++) {
		struct str prop = schema_prop_name(t->schema, i);
		unsigned own = schema_own_flags(schema_prop_nth(t->schema, i));

		if ((own & PROP_READ_ONLY) || text_lists(t, "Unsupported", prop) || str_eq(prop, tags) || is_other_form(t, prop))
			continue;
		check_property(tc, t, prop, own);
	}
	if (tags.n && (!text_get(t->text, "Tags") || !t->def.tag_put || !t->def.tag_remove))
		err_at(&tc->errs, t->pos, "%.*s has '%.*s', and the text lacks Tags or TagCalls", STR_ARG(t->name), STR_ARG(tags));
	if ((!t->def.create.n && !says_facets(t, "Create")) || (!t->def.delete.n && !deletes_nothing(t) && !says_facets(t, "Delete")))
		err_at(&tc->errs, t->pos, "%.*s lacks Create or Delete", STR_ARG(t->name));
}
