/* What the texts say to the planner and the simulator: rows and flags for model/facts.h, and the Sim blocks. Every
 * property that is named here is checked against the schema. */
#include "providers/aws/typec.h"

#include "base/json.h"
#include "model/normal.h"

#include <stdlib.h>
#include <string.h>

struct row {
	struct fact fact;
	struct str sort;
};

struct rows {
	struct row items[256];
	size_t n;
};

static void row_add(struct typec *tc, struct rows *rows, enum fact_kind kind, struct str a, struct str b, struct str c,
		    uint8_t value)
{
	struct pool *p = &tc->facts.pool;

	if (rows->n < 256)
		rows->items[rows->n++] = (struct row){
			{.kind = (uint8_t)kind, .value = value, .a = pool_add(p, a), .b = pool_add(p, b), .c = pool_add(p, c)}, a};
}

static int row_order(const void *x, const void *y)
{
	const struct row *a = x, *b = y;

	if (a->fact.kind != b->fact.kind)
		return a->fact.kind < b->fact.kind ? -1 : 1;
	return str_cmp(a->sort, b->sort);
}

static bool known_path(struct typec *tc, struct text_type *t, struct str path, struct pos pos)
{
	if (schema_path(t->schema, path))
		return true;
	err_at(&tc->errs, pos, "%.*s has no property '%.*s'", STR_ARG(t->name), STR_ARG(path));
	return false;
}

static struct str json_text(struct typec *tc, const struct value *v)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	json_write(&b, v, JSON_SORTED | JSON_TYPED);
	return buf_take(&b, &tc->arena);
}

static void facts_unique(struct typec *tc, struct text_type *t, struct rows *rows, const char *word)
{
	const struct value *v = text_get(t->text, word);

	for (size_t i = 0; i < text_count(v); i++) {
		const struct value *item = text_item(v, i);
		struct str rest = text_scalar(tc, item), set = rest;

		while (rest.n)
			known_path(tc, t, text_word(&rest), item->pos);
		row_add(tc, rows, FACT_UNIQUE, set, STR_NONE, STR_NONE, str_eqc(str_of(word), "Alone"));
	}
}

/* Stated defaults; and "null" for what a facet can take away. */
static void facts_defaults(struct typec *tc, struct text_type *t, struct rows *rows)
{
	const struct value *v = text_get(t->text, "Default"), *facets = text_get(t->text, "Facets");

	for (size_t i = 0, n = text_members(tc, v, 64); i < n; i++)
		if (known_path(tc, t, v->map.items[i].key, v->map.items[i].pos))
			row_add(tc, rows, FACT_DEFAULT, v->map.items[i].key, json_text(tc, v->map.items[i].value), STR_NONE, 0);
	for (size_t i = 0, n = facets && facets->kind == V_MAP ? value_count(facets) : 0; i < n; i++) {
		struct str prop = facets->map.items[i].key;

		if (text_get(facets->map.items[i].value, "Remove") && !(v && value_get(v, prop)))
			row_add(tc, rows, FACT_DEFAULT, prop, STR("null"), STR_NONE, 0);
		if (text_get(facets->map.items[i].value, "Drop") && !(v && value_get(v, prop)))
			row_add(tc, rows, FACT_DEFAULT, prop, STR("[]"), STR_NONE, 0);
	}
}

static void facts_normal(struct typec *tc, struct text_type *t, struct rows *rows)
{
	const struct value *v = text_get(t->text, "Normalise");

	for (size_t i = 0, n = text_members(tc, v, 64); i < n; i++) {
		const struct member *m = &v->map.items[i];
		struct str name = text_scalar(tc, m->value);
		enum normaliser how = normaliser_named(name);

		if (how == NORMAL_NONE && !str_eqc(name, "none"))
			err_at(&tc->errs, m->value->pos, "there is no normaliser '%.*s'", STR_ARG(name));
		else if (known_path(tc, t, m->key, m->pos))
			row_add(tc, rows, FACT_NORMAL, m->key, STR_NONE, STR_NONE, (uint8_t)how);
	}
}

static void shared_child(struct typec *tc, struct str prop, const struct value *v, struct rows *rows)
{
	struct str type, parent;
	int child;

	if (!text_keys(tc, v, "Type Parent Foreign"))
		return;
	type = text_scalar(tc, text_get(v, "Type"));
	parent = text_scalar(tc, text_get(v, "Parent"));
	child = model_schema_index(type);
	if (child < 0 || !schema_path(model_schema_root((size_t)child), parent))
		err_at(&tc->errs, v->pos, "there is no type '%.*s' with a property '%.*s'", STR_ARG(type), STR_ARG(parent));
	row_add(tc, rows, FACT_SHARED, prop, type, parent, str_eqc(text_scalar(tc, text_get(v, "Foreign")), "kept"));
}

static void facts_shared(struct typec *tc, struct text_type *t, struct rows *rows)
{
	const struct value *v = text_get(t->text, "Shared");

	for (size_t i = 0, n = text_members(tc, v, 64); i < n; i++) {
		const struct member *m = &v->map.items[i];

		for (size_t k = 0; known_path(tc, t, m->key, m->pos) && k < text_count(m->value); k++)
			shared_child(tc, m->key, text_item(m->value, k), rows);
	}
}

/* Code that travels as an archive: {Property, Member, Runtime, With}. */
static void facts_package(struct typec *tc, struct text_type *t, struct rows *rows)
{
	const struct value *v = text_get(t->text, "Package");
	struct str property, member, runtime, with;

	if (!v || !text_keys(tc, v, "Property Member Runtime With"))
		return;
	property = text_scalar(tc, text_get(v, "Property"));
	member = text_scalar(tc, text_get(v, "Member"));
	runtime = text_scalar(tc, text_get(v, "Runtime"));
	with = text_scalar(tc, text_get(v, "With"));
	known_path(tc, t, str_fmt(&tc->arena, "%.*s.%.*s", STR_ARG(property), STR_ARG(member)), v->pos);
	known_path(tc, t, runtime, v->pos);
	if (with.n)
		known_path(tc, t, with, v->pos);
	row_add(tc, rows, FACT_PACKAGE, property, member,
		str_fmt(&tc->arena, "%.*s %.*s", STR_ARG(runtime), STR_ARG(with)), 0);
}

/* A document that may be written in several ways. */
static void facts_document(struct typec *tc, struct text_type *t, struct rows *rows)
{
	static const char *const words[] = {"Text", "Object", "Substitutions", "File"};
	const struct value *v = text_get(t->text, "Document");
	struct str names[4];

	if (!v || !text_keys(tc, v, "Text Object Substitutions File"))
		return;
	for (size_t i = 0; i < 4; i++) {
		names[i] = text_scalar(tc, text_get(v, words[i]));
		if (!known_path(tc, t, names[i], v->pos))
			return;
	}
	row_add(tc, rows, FACT_DOCUMENT, names[0], names[1],
		str_fmt(&tc->arena, "%.*s %.*s", STR_ARG(names[2]), STR_ARG(names[3])), 0);
}

/* Lists that others add to, too, and the member that tells their elements apart. */
static void facts_written(struct typec *tc, struct text_type *t, struct rows *rows)
{
	const struct value *v = text_get(t->text, "Written");

	for (size_t i = 0, n = text_members(tc, v, 16); i < n; i++) {
		const struct member *m = &v->map.items[i];
		struct str key = text_scalar(tc, m->value);

		if (known_path(tc, t, str_fmt(&tc->arena, "%.*s[].%.*s", STR_ARG(m->key), STR_ARG(key)), m->value->pos))
			row_add(tc, rows, FACT_WRITTEN, m->key, key, STR_NONE, 0);
	}
}

/* {Tenancy: [host dedicated]}: from the first word to the second. */
static void facts_passes(struct typec *tc, struct text_type *t, struct rows *rows)
{
	const struct value *v = text_get(t->text, "Passes");

	for (size_t i = 0, n = text_members(tc, v, 16); i < n; i++) {
		const struct member *m = &v->map.items[i];

		for (size_t k = 0; k < text_count(m->value) && known_path(tc, t, m->key, m->pos); k++) {
			struct str to = text_scalar(tc, text_item(m->value, k)), from = text_word(&to);

			if (!from.n || !to.n)
				err_at(&tc->errs, m->value->pos, "Passes says two words, a value and the one that it may change to");
			row_add(tc, rows, FACT_PASSES, m->key, from, str_trim(to), 0);
		}
	}
}

/* A list of property paths. */
static void facts_paths(struct typec *tc, struct text_type *t, const char *key, enum fact_kind kind, struct rows *rows)
{
	const struct value *v = text_get(t->text, key);

	for (size_t i = 0; i < text_count(v); i++)
		if (known_path(tc, t, value_text(text_item(v, i)), text_item(v, i)->pos))
			row_add(tc, rows, kind, value_text(text_item(v, i)), STR_NONE, STR_NONE, 0);
}

static void facts_protected(struct typec *tc, struct text_type *t, struct rows *rows)
{
	const struct value *v = text_get(t->text, "Protected");

	for (size_t i = 0, n = text_members(tc, v, 8); i < n; i++) {
		const struct member *m = &v->map.items[i];

		if (known_path(tc, t, m->key, m->pos))
			row_add(tc, rows, FACT_PROTECTED, m->key, text_scalar(tc, m->value), STR_NONE, 0);
	}
}

/* --- flags -------------------------------------------------------------------------------------------------------- */

static void flag_add(struct typec *tc, struct text_type *t, struct str path, unsigned set, unsigned clear)
{
	const struct schema *s = schema_path(t->schema, path);
	struct fact_flag *flags;

	if (!s)
		return;
	flags = (struct fact_flag *)(void *)tc->facts.flags.p;
	for (size_t i = 0; i < tc->facts.n_flags; i++)
		if (flags[i].node == schema_id(s)) {
			flags[i].set |= (uint16_t)set;
			flags[i].clear |= (uint16_t)clear;
			return;
		}
	buf_add(&tc->facts.flags, &(struct fact_flag){schema_id(s), (uint16_t)set, (uint16_t)clear}, sizeof *flags);
	tc->facts.n_flags++;
}

/* Resources of another type that stand first although nothing refers to them: which of my properties (through a
 * reference: "SubnetId.VpcId") refers to the same as which of theirs. */
static void facts_follows(struct typec *tc, struct text_type *t, struct rows *rows)
{
	const struct value *v = text_get(t->text, "Follows");

	for (size_t i = 0; i < text_count(v); i++) {
		const struct value *item = text_item(v, i), *where, *unless;
		struct str type, mine, theirs, first, rest;
		int other;

		if (!text_keys(tc, item, "Type Where Unless"))
			continue;
		type = text_scalar(tc, text_get(item, "Type"));
		where = text_get(item, "Where");
		unless = text_get(item, "Unless");
		other = model_schema_index(type);
		if (text_members(tc, where, 1) != 1 || text_members(tc, unless, 1) > 1)
			continue;
		rest = mine = where->map.items[0].key;
		theirs = text_scalar(tc, where->map.items[0].value);
		if (other < 0 || !schema_path(model_schema_root((size_t)other), theirs))
			err_at(&tc->errs, item->pos, "there is no type '%.*s' with a property '%.*s'", STR_ARG(type), STR_ARG(theirs));
		if (str_cut(&rest, '.', &first))
			known_path(tc, t, first, item->pos);
		if (unless && known_path(tc, t, unless->map.items[0].key, item->pos))
			mine = str_fmt(&tc->arena, "%.*s %.*s=%.*s", STR_ARG(mine), STR_ARG(unless->map.items[0].key),
				       STR_ARG(value_text(unless->map.items[0].value)));
		row_add(tc, rows, FACT_FOLLOWS, mine, type, theirs, 0);
	}
}

static void facts_flags(struct typec *tc, struct text_type *t)
{
	static const struct {
		const char *key;
		unsigned set, clear;
	} lists[] = {
		{"CreateOnly", PROP_CREATE_ONLY, PROP_MAYBE_CREATE_ONLY},
		{"Updatable", PROP_UPDATABLE, PROP_MAYBE_CREATE_ONLY | PROP_CREATE_ONLY},
		{"NotRead", PROP_WRITE_ONLY, 0},
		{"Readable", 0, PROP_WRITE_ONLY},
		{"Unsupported", PROP_UNSUPPORTED, 0},
		{"Secret", PROP_SECRET, 0},
		{"Public", PROP_PUBLIC, PROP_SECRET},
		{"Sets", PROP_SET, 0},
		{"Irreversible", PROP_IRREVERSIBLE, 0},
	};

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		const struct value *v = text_get(t->text, lists[i].key);

		for (size_t k = 0; k < text_count(v); k++)
			flag_add(tc, t, value_text(text_item(v, k)), lists[i].set, lists[i].clear);
	}
}

/* --- the type's row ----------------------------------------------------------------------------------------------- */

static unsigned type_abilities_of(struct typec *tc, const struct text_type *t)
{
	const struct fetch_def *read = ROW(tc, fetches, fetch_def, t->def.read.first);
	unsigned can = CAN_READ;

	if (t->local)
		return CAN_CREATE | CAN_READ | CAN_UPDATE | CAN_DELETE | CAN_IMPORT | CAN_RECOVER;
	if (t->def.create.n || says_facets(t, "Create"))
		can |= CAN_CREATE;
	if (read->how != FETCH_EACH)
		can |= CAN_READ_BULK;
	if (t->def.update.n || t->def.facets.n || t->def.tag_put)
		can |= CAN_UPDATE;
	if (t->def.delete.n || says_facets(t, "Delete"))
		can |= CAN_DELETE;
	if (t->def.tag_put)
		can |= CAN_TAG;
	if (t->def.recover)
		can |= CAN_RECOVER;
	return can | CAN_IMPORT;
}

static uint8_t layer_of(struct typec *tc, struct text_type *t)
{
	static const char *const names[] = {"networking", "security", "compute", "monitoring"};
	const struct value *v = text_get(t->text, "Layer");

	for (uint8_t i = 0; v && i < LAYER_COUNT; i++)
		if (str_eqc(text_scalar(tc, v), names[i]))
			return i;
	err_at(&tc->errs, v ? v->pos : t->pos, "Layer is networking, security, compute or monitoring");
	return 0;
}

static uint8_t tag_style_of(const struct text_type *t)
{
	struct str tags = model_schema_tags(t->schema_index);
	const struct schema *s = tags.n ? schema_prop(t->schema, tags) : NULL;

	if (!s)
		return TAGS_NONE;
	return schema_types(s) & SCHEMA_ARRAY ? TAGS_LIST : TAGS_MAP;
}

static void facts_row(struct typec *tc, struct text_type *t, const struct rows *rows)
{
	struct facts_out *f = &tc->facts;
	const struct value *name = text_get(t->text, "Name");
	struct str prop = text_scalar(tc, text_get(name, "Property"));
	unsigned flags = (text_flag(tc, t->text, "Data") ? TYPE_HOLDS_DATA : 0u) |
			 (text_flag(tc, t->text, "Snapshot") ? TYPE_SNAPSHOT : 0u) |
			 (name && text_flag(tc, name, "Lower") ? TYPE_NAME_LOWER : 0u);
	int64_t max = 0;

	if (name && text_keys(tc, name, "Property Max Lower") && !known_path(tc, t, prop, name->pos))
		return;
	if (name && text_get(name, "Max") && !str_int(text_scalar(tc, text_get(name, "Max")), 1, 4096, &max))
		err_at(&tc->errs, name->pos, "Max is a number of characters");
	buf_fmt(&f->types, "\t{.name = %u, .schema = %zu, .layer = %u, .tag_style = %u, .tag_property = %u, .name_property = %u,\n"
		"\t .name_max = %u, .flags = %u, .abilities = %u, .n_facts = %zu, .facts = %zu},\n",
		(unsigned)pool_add(&f->pool, t->name), t->schema_index, layer_of(tc, t), tag_style_of(t),
		(unsigned)pool_add(&f->pool, model_schema_tags(t->schema_index)), (unsigned)pool_add(&f->pool, prop),
		(unsigned)max, flags, type_abilities_of(tc, t), rows->n, f->n_rows);
	f->n_types++;
	for (size_t i = 0; i < rows->n; i++) {
		const struct fact *r = &rows->items[i].fact;

		buf_fmt(&f->rows, "\t{%u, %u, 0, %u, %u, %u},\n", r->kind, r->value, (unsigned)r->a, (unsigned)r->b, (unsigned)r->c);
		f->n_rows++;
	}
}

static void facts_sim(struct typec *tc, struct text_type *t)
{
	const struct value *v = text_get(t->text, "Sim");

	if (!v)
		return;
	buf_cstr(&tc->facts.sim, "\t{");
	emit_string(&tc->facts.sim, t->name);
	buf_cstr(&tc->facts.sim, ", ");
	emit_string(&tc->facts.sim, json_text(tc, v));
	buf_cstr(&tc->facts.sim, "},\n");
	tc->facts.n_sim++;
}

void type_facts(struct typec *tc, struct text_type *t)
{
	struct rows rows = {.n = 0};

	facts_unique(tc, t, &rows, "Unique");
	facts_unique(tc, t, &rows, "Alone");
	facts_defaults(tc, t, &rows);
	facts_paths(tc, t, "Moves", FACT_MOVES, &rows);
	facts_paths(tc, t, "Renews", FACT_RENEWS, &rows);
	facts_paths(tc, t, "Copy", FACT_COPY, &rows);
	facts_protected(tc, t, &rows);
	facts_normal(tc, t, &rows);
	facts_shared(tc, t, &rows);
	facts_package(tc, t, &rows);
	facts_document(tc, t, &rows);
	facts_written(tc, t, &rows);
	facts_passes(tc, t, &rows);
	facts_follows(tc, t, &rows);
	qsort(rows.items, rows.n, sizeof *rows.items, row_order);
	facts_flags(tc, t);
	facts_row(tc, t, &rows);
	facts_sim(tc, t);
}
