/* The facts of a type, put together on first use from its Sim block (simfacts.h) and from the model. Every key of
 * a block is known here; a misspelled one is an error, so that a text cannot say what nobody reads.
 */
#include "providers/sim/simfacts.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *key;
	uint8_t kinds; /* of the value, a bit per enum value_kind */
} block_keys[] = {
    {"Attrs", 1 << V_MAP},
    {"Between", 1 << V_LIST},
    {"Cidr", 1 << V_LIST},
    {"Create", 1 << V_MAP | 1 << V_LIST},
    {"Delete", 1 << V_MAP | 1 << V_LIST},
    {"Drop", 1 << V_LIST},
    {"Equal", 1 << V_LIST},
    {"Exists", 1 << V_STRING},
    {"Fill", 1 << V_MAP},
    {"Handles", 1 << V_LIST},
    {"Id", 1 << V_STRING},
    {"InUse", 1 << V_STRING},
    {"Keep", 1 << V_LIST},
    {"Lingers", 1 << V_STRING},
    {"Missing", 1 << V_STRING},
    {"Needs", 1 << V_LIST},
    {"NotKey", 1 << V_LIST},
    {"Noun", 1 << V_STRING},
    {"Ref", 1 << V_STRING},
    {"Refs", 1 << V_MAP},
    {"Scope", 1 << V_STRING},
    {"StandsFor", 1 << V_STRING},
    {"Unique", 1 << V_LIST},
    {"Update", 1 << V_MAP | 1 << V_LIST},
    {"With", 1 << V_LIST},
};

static bool block_check(const struct value *block, struct str type, struct errs *errs)
{
	bool good = true;

	for (size_t i = 0; i < value_count(block); i++) {
		const struct member *m = &block->map.items[i];
		size_t k = 0;

		while (k < sizeof block_keys / sizeof *block_keys && !str_eqc(m->key, block_keys[k].key))
			k++;
		if (k < sizeof block_keys / sizeof *block_keys && (block_keys[k].kinds >> m->value->kind & 1))
			continue;
		good = false;
		if (errs)
			err_add(errs, ERR_BUG, m->pos, "%.*s: the Sim block's %.*s is unknown or of the wrong kind",
				STR_ARG(type), STR_ARG(m->key));
	}
	return good;
}

static int text_cmp(const void *key, const void *item)
{
	return strcmp(key, ((const struct sim_text *)item)->type);
}

/* NULL: malformed. A type without a block gets an empty map. */
static const struct value *block_read(struct arena *a, struct str type, struct errs *errs)
{
	struct errs quiet = {.arena = a};
	const struct sim_text *t = bsearch(type.p, sim_texts, sim_text_count, sizeof *sim_texts, text_cmp);
	const struct value *v;

	if (!t)
		return value_map(a, (struct pos){0});
	v = json_read(a, str_of(t->json), 0, errs ? errs : &quiet);
	return v && v->kind == V_MAP && block_check(v, type, errs) ? v : NULL;
}

static struct str last_word(struct str type)
{
	size_t at = type.n;

	while (at > 0 && type.p[at - 1] != ':')
		at--;
	return str_sub(type, at, type.n);
}

static struct str text_or(const struct value *block, const char *key, struct str otherwise)
{
	const struct value *v = value_getc(block, key);

	return v ? value_text(v) : otherwise;
}

static const struct value *default_id(struct arena *a, struct sim_facts *f)
{
	struct str name = type_name_property(f->type), word = last_word(f->name);
	char *lower;

	if (name.n)
		return value_string(a, (struct pos){0}, str_fmt(a, "{%.*s}", STR_ARG(name)));
	lower = arena_copy(a, word.p, word.n);
	for (size_t i = 0; i < word.n; i++)
		if (lower[i] >= 'A' && lower[i] <= 'Z')
			lower[i] = (char)(lower[i] - 'A' + 'a');
	return value_string(a, (struct pos){0}, str_fmt(a, "%s-{hex17}", lower));
}

/* Those of Fill that stand as they are written, or those that ask for other properties. */
static void load_fill(struct sim_facts *f, const struct value *fill, bool as_written)
{
	for (size_t i = 0; i < value_count(fill); i++) {
		const struct member *m = &fill->map.items[i];
		bool plain = value_is_scalar(m->value) && str_chr(value_text(m->value), '{', 0) < 0;

		if (plain == as_written)
			f->defaults[f->n_defaults++] = (struct sim_default){m->key, m->value, true};
	}
}

/* What AWS fills in: the facts' defaults of the properties, and Fill, which wins. */
static void load_defaults(struct arena *a, struct sim_facts *f, const struct value *fill)
{
	struct errs quiet = {.arena = a};
	size_t props = schema_prop_count(f->schema), n_fill = value_count(fill);

	f->defaults = arena_array(a, props + n_fill, sizeof *f->defaults);
	load_fill(f, fill, true);
	load_fill(f, fill, false);
	for (size_t i = 0; i < props; i++) {
		struct str name = schema_prop_name(f->schema, i), text = type_default(f->type, name);
		const struct value *v = text.n && !value_get(fill, name) ? json_read(a, text, 0, &quiet) : NULL;

		if (v)
			f->defaults[f->n_defaults++] = (struct sim_default){name, v, false};
	}
}

/* Those of the block first: their codes are more exact. */
static void load_uniques(struct arena *a, struct sim_facts *f, const struct value *more)
{
	size_t n_more = value_count(more), n = n_more + type_unique_count(f->type);
	struct str region = f->global ? STR("account") : STR("region");

	f->uniques = arena_array(a, n, sizeof *f->uniques);
	for (size_t i = 0; i < n; i++) {
		struct sim_unique *u = &f->uniques[f->n_uniques];
		const struct value *m = value_at(more, i), *of = value_getc(m, "Of");
		struct str *names;
		size_t size;

		if (!m && type_unique_alone(f->type, i - n_more))
			continue;
		f->n_uniques++;
		size = m ? value_count(of) : type_unique_size(f->type, i - n_more);
		names = arena_array(a, size, sizeof *names);
		for (size_t k = 0; k < size; k++)
			names[k] = m ? value_text(value_at(of, k)) : type_unique_name(f->type, i - n_more, k);
		*u = (struct sim_unique){.names = names,
					 .n = size,
					 .code = text_or(m, "Code", f->exists),
					 .scope = text_or(m, "Scope", region),
					 .when = value_getc(m, "When")};
	}
}

/* What is put on several at once stays a resource beside them here: only the planner takes it out of their lists. */
static bool has_one_parent(const struct shared_list *l)
{
	const struct type *child = model_type(l->child);

	return !(schema_types(schema_prop(type_schema(child), l->child_parent)) & SCHEMA_ARRAY);
}

static void load_shared(struct arena *a, struct sim_facts *f)
{
	size_t n = type_shared_count(f->type);

	f->shared = arena_array(a, n, sizeof *f->shared);
	for (size_t i = 0; i < n; i++) {
		struct shared_list l;

		type_shared(f->type, i, &l);
		if (has_one_parent(&l))
			f->shared[f->n_shared++] = (struct sim_shared){l.property, l.child, l.child_parent};
	}
}

/* Whether some other type says that this one's resources are elements of its list. */
static void load_child_of(struct arena *a, struct sim_facts *f)
{
	for (size_t i = 0; i < model_count(); i++) {
		const struct type *t = model_nth(i);

		for (size_t k = 0; k < type_shared_count(t); k++) {
			struct shared_list l;
			struct sim_shared *s;

			type_shared(t, k, &l);
			if (!str_eq(l.child, f->name) || !has_one_parent(&l))
				continue;
			s = arena_new(a, struct sim_shared);
			*s = (struct sim_shared){l.property, l.child, l.child_parent};
			f->child_of = s;
			f->child_of_type = type_name(t);
		}
	}
}

static struct sim_facts *facts_load(struct arena *a, const struct type *type, struct errs *errs)
{
	struct sim_facts *f = arena_new(a, struct sim_facts);
	const struct value *b = block_read(a, type_name(type), errs);
	static const char *const steps[SIM_STEPS] = {"Create", "Update", "Delete"};

	if (!b)
		return NULL;
	f->type = type;
	f->name = type_name(type);
	f->schema = type_schema(type);
	f->global = str_eqc(value_text(value_getc(b, "Scope")), "account");
	f->tags = type_tag_property(type);
	f->id = value_getc(b, "Id");
	if (!f->id)
		f->id = default_id(a, f);
	f->ref = value_getc(b, "Ref");
	for (int i = 0; i < SIM_STEPS; i++)
		f->steps[i] = value_getc(b, steps[i]);
	f->attrs = value_getc(b, "Attrs");
	f->drop = value_getc(b, "Drop");
	f->handles = value_getc(b, "Handles");
	f->refs = value_getc(b, "Refs");
	f->needs = value_getc(b, "Needs");
	f->equal = value_getc(b, "Equal");
	f->between = value_getc(b, "Between");
	f->cidr = value_getc(b, "Cidr");
	f->with = value_getc(b, "With");
	f->keep = value_getc(b, "Keep");
	f->not_key = value_getc(b, "NotKey");
	f->exists = text_or(b, "Exists", STR("AlreadyExists"));
	f->missing = text_or(b, "Missing", STR("ResourceNotFoundException"));
	f->in_use = text_or(b, "InUse", STR("DependencyViolation"));
	f->stands_for = text_or(b, "StandsFor", STR_NONE);
	f->noun = text_or(b, "Noun", last_word(f->name));
	str_duration(text_or(b, "Lingers", STR("0s")), &f->lingers);
	load_defaults(a, f, value_getc(b, "Fill"));
	load_uniques(a, f, value_getc(b, "Unique"));
	load_shared(a, f);
	load_child_of(a, f);
	for (size_t i = 0; i < schema_prop_count(f->schema); i++)
		f->secrets |= (schema_flags(schema_prop_nth(f->schema, i)) & PROP_SECRET) != 0;
	return f;
}

/* model_nth is sorted by name. */
static ptrdiff_t type_index(struct str type)
{
	size_t low = 0, high = model_count();

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		struct str name = type_name(model_nth(mid));
		size_t common = name.n < type.n ? name.n : type.n;
		int order = common ? memcmp(name.p, type.p, common) : 0;

		if (order == 0)
			order = (name.n > type.n) - (name.n < type.n);
		if (order == 0)
			return (ptrdiff_t)mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return -1;
}

const struct sim_facts *facts_of(struct sim_catalog *c, struct str type, struct errs *errs)
{
	ptrdiff_t i = type_index(type);

	if (i < 0)
		return NULL;
	if (!c->items) {
		c->n = model_count();
		c->items = arena_array(&c->arena, c->n, sizeof *c->items);
	}
	if (!c->items[i])
		c->items[i] = facts_load(&c->arena, model_nth((size_t)i), errs);
	return c->items[i];
}

void facts_free(struct sim_catalog *c)
{
	arena_free(&c->arena);
	memset(c, 0, sizeof *c);
}
