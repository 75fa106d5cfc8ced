/* What a type text says about waiting for a resource, and about finding it: by filters, again after an interrupted create,
 * and before a create that would take it over. */
#include "providers/aws/typec.h"

void type_wait(struct typec *tc, struct text_type *t, const char *key, struct wait_def *w)
{
	const struct value *v = text_get(t->text, key), *why = text_get(v, "Why");
	uint8_t up;

	if (!v || !text_keys(tc, v, "Until Fail Why Typical Max"))
		return;
	w->until = conds_of(tc, t, text_get(v, "Until"), &t->found);
	w->fail = conds_of(tc, t, text_get(v, "Fail"), &t->found);
	if (why)
		path_scoped(tc, t, (struct piece){why, text_scalar(tc, why)}, &t->found, &w->why, &up, NULL);
	w->typical_ms = text_duration(tc, v, "Typical", 2000);
	w->max_ms = text_duration(tc, v, "Max", 600000);
}

void type_find(struct typec *tc, struct text_type *t)
{
	const struct value *map = text_get(t->text, "Find");
	struct find_def rows[24];
	size_t n = 0, n_map = text_members(tc, map, 24);

	for (size_t i = 0; i < n_map; i++) {
		const struct member *m = &map->map.items[i];

		rows[n].prop = pool_add(&tc->pool, m->key);
		rows[n++].filter = pool_add(&tc->pool, text_scalar(tc, m->value));
	}
	t->def.find = table_add(&tc->finds, rows, n);
}

/* One property that may be given by a name: {By, Call, With, At, Name, Take, After}. */
static bool named_of(struct typec *tc, struct text_type *t, const struct member *m, struct named_def *d)
{
	const struct value *v = m->value, *by = text_get(v, "By"), *name = text_get(v, "Name"), *take = text_get(v, "Take");
	struct scope elements = {.n = 0};
	uint8_t up;

	if (!text_keys(tc, v, "By Call With At Name Take After") || !schema_prop(t->schema, m->key) ||
	    !schema_prop(t->schema, text_scalar(tc, by)) || !text_get(v, "At") || !name || !take) {
		err_at(&tc->errs, m->pos, "Named is {PROPERTY: {By: PROPERTY, Call, With, At, Name, Take}}");
		return false;
	}
	d->prop = pool_add(&tc->pool, m->key);
	d->by = pool_add(&tc->pool, text_scalar(tc, by));
	d->call = call_of(tc, t, call_part(tc, v), ROLE_READ, STR_NONE);
	d->after = pool_add(&tc->pool, text_scalar(tc, text_get(v, "After")));
	return d->call &&
	       scope_enter(tc, t, text_get(v, "At"), op_output(call_op(tc, ROW(tc, calls, call_def, d->call))), &elements, &d->at) &&
	       path_scoped(tc, t, (struct piece){name, text_scalar(tc, name)}, &elements, &d->name, &up, NULL) &&
	       path_scoped(tc, t, (struct piece){take, text_scalar(tc, take)}, &elements, &d->take, &up, NULL);
}

void type_named(struct typec *tc, struct text_type *t)
{
	const struct value *map = text_get(t->text, "Named");
	struct named_def rows[4];
	size_t n = 0;

	for (size_t i = 0, n_map = text_members(tc, map, 4); i < n_map; i++)
		if (named_of(tc, t, &map->map.items[i], &rows[n]))
			n++;
	t->def.named = table_add(&tc->named, rows, n);
}

/* A read by a parent: what it does not say is as in the type's own read. */
static struct value *recover_merged(struct typec *tc, const struct value *read, const struct value *v)
{
	struct value *merged = value_map(&tc->arena, v->pos);

	for (size_t i = 0; !text_get(v, "Call") && i < read->map.n; i++)
		if (!str_eqc(read->map.items[i].key, "Filter") && !str_eqc(read->map.items[i].key, "By"))
			value_set(&tc->arena, merged, read->map.items[i].key, read->map.items[i].pos, read->map.items[i].value);
	for (size_t i = 0; i < v->map.n; i++)
		value_set(&tc->arena, merged, v->map.items[i].key, v->map.items[i].pos, v->map.items[i].value);
	return merged;
}

/* One of the type's ways to read, each with When. */
static bool recover_reads(struct typec *tc, struct text_type *t, const struct value *v)
{
	const struct value *reads = text_get(t->text, "Read");
	struct fetch_def rows[4];
	size_t n = 0;

	for (size_t i = 0; i < text_room(tc, v, 4); i++) {
		const struct value *item = text_item(v, i), *read = text_item(reads, i < text_count(reads) ? i : 0);
		uint16_t fetch;

		if (item->kind != V_MAP || !read || read->kind != V_MAP)
			return false;
		fetch = fetch_of(tc, t, recover_merged(tc, read, item), true);
		if (fetch)
			rows[n++] = *ROW(tc, fetches, fetch_def, fetch);
	}
	t->def.recover = RECOVER_PARENT;
	t->def.recover_read = (uint16_t)table_add(&tc->fetches, rows, n).first;
	t->def.n_recover = (uint16_t)n;
	return true;
}

void type_recover(struct typec *tc, struct text_type *t)
{
	static const char *const words[] = {"none", "tag", "name", "parent", "again"};
	const struct value *v = text_get(t->text, "Recover");
	struct str word;

	if (!v) {
		err_at(&tc->errs, t->pos, "%.*s does not say 'Recover': how an interrupted create is found again", STR_ARG(t->name));
		return;
	}
	if (v->kind != V_STRING && recover_reads(tc, t, v))
		return;
	word = text_scalar(tc, v);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eqc(word, words[i])) {
			t->def.recover = (uint8_t)i;
			if (!t->def.id && (i == RECOVER_NAME || i == RECOVER_PARENT))
				err_at(&tc->errs, v->pos, "Recover: %s wants an Id made of properties: an answered one is not known without its answer",
				       words[i]);
			return;
		}
	err_at(&tc->errs, v->pos, "Recover is tag, name, parent, again, none, or a read by a parent");
}

/* What only Recover's read tells, and not for certain. */
void type_unsure(struct typec *tc, struct text_type *t)
{
	const struct value *v = text_get(t->text, "Unsure");

	t->def.unsure = conds_of(tc, t, v, NULL);
	if (v && !t->def.recover_read)
		err_at(&tc->errs, v->pos, "Unsure wants a Recover that reads");
}

/* What the create would take over must be found by what the template says. */
void type_claims(struct typec *tc, struct text_type *t)
{
	const struct value *v = text_get(t->text, "Claims");
	bool composed = t->def.id && str_find(value_text(text_get(t->text, "Id")), STR("$answer."), 0) < 0;

	if (!text_flag(tc, t->text, "Claims"))
		return;
	t->def.flags |= DEF_CLAIMS;
	if (!composed && !(t->def.recover_read && text_get(t->text, "Unique")))
		err_at(&tc->errs, v->pos, "Claims wants an Id made of properties, or Unique and a Recover that reads");
}
