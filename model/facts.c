/* Types and facts: the type texts' table (facts.h, made at build time) joined with the property schemas (schema.c).
 * Everything that needs facts is here, so that the compiler of the texts can link schema.c without them.
 */
#include "model/facts.h"

#include "base/err.h"
#include "model/schematab.h"

static struct str text(fact_str s)
{
	return str_of(fact_pool + s);
}

/* --- types --- */

const struct type *model_type(struct str name)
{
	size_t lo = 0, hi = fact_type_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(name, text(fact_types[mid].name));

		if (c == 0)
			return &fact_types[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

size_t model_count(void)
{
	return fact_type_count;
}

const struct type *model_nth(size_t i)
{
	return i < fact_type_count ? &fact_types[i] : NULL;
}

/* AWS::EC2::VPC is VPC. */
static struct str last_part(struct str name)
{
	ptrdiff_t colon;

	while ((colon = str_chr(name, ':', 0)) >= 0)
		name = str_sub(name, (size_t)colon + 1, name.n);
	return name;
}

/* The last part must be near by itself: AWS::EC2:: alone is no likeness. */
struct str model_suggest(struct arena *a, struct str name)
{
	struct str *names = arena_array(a, fact_type_count + 1, sizeof(*names)), last = last_part(name);
	size_t n = 0;

	if (model_schema_known(name))
		return STR_NONE;
	for (size_t i = 0; i < fact_type_count; i++) {
		struct str candidate = text(fact_types[i].name), part = last_part(candidate);

		if (err_suggest(a, last, &part, 1).n)
			names[n++] = candidate;
	}
	return err_suggest(a, name, names, n);
}

struct str type_name(const struct type *t)
{
	return t ? text(t->name) : STR("");
}

const struct schema *type_schema(const struct type *t)
{
	return t ? model_schema_root(t->schema) : NULL;
}

enum layer type_layer(const struct type *t)
{
	return t ? t->layer : LAYER_NETWORKING;
}

struct str layer_name(enum layer l)
{
	static const struct str names[] = {STR_INIT("networking"), STR_INIT("security"), STR_INIT("compute"),
					   STR_INIT("monitoring")};

	return l < LAYER_COUNT ? names[l] : STR("");
}

size_t type_attr_count(const struct type *t)
{
	return t ? model_schema_attrs(t->schema) : 0;
}

struct str type_attr_name(const struct type *t, size_t i)
{
	return i < type_attr_count(t) ? model_schema_attr(t->schema, i) : STR("");
}

bool type_has_attr(const struct type *t, struct str name)
{
	size_t lo = 0, hi = type_attr_count(t);

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(name, model_schema_attr(t->schema, mid));

		if (c == 0)
			return true;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}

const struct schema *type_attr_schema(const struct type *t, struct str name)
{
	return type_has_attr(t, name) ? schema_path(type_schema(t), name) : NULL;
}

bool type_deletes_first(const struct type *t)
{
	return t && model_schema_deletes_first(t->schema);
}

/* --- flags: the schema's own, and what a text gave or took --- */

unsigned schema_flags(const struct schema *s)
{
	unsigned flags = schema_own_flags(s);
	uint32_t id = schema_id(s);
	size_t lo = 0, hi = fact_flag_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct fact_flag *f = &fact_flags[mid];

		if (f->node == id)
			return (flags | f->set) & ~(unsigned)f->clear;
		if (f->node < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return flags;
}

unsigned schema_path_flags(const struct schema *root, struct str path)
{
	unsigned flags = 0;

	while (root && path.n) {
		if (!schema_step(&root, &path))
			return flags;
		flags |= schema_flags(root);
	}
	return flags;
}

/* --- rows of facts --- */

/* The rows of one kind of a type lie together: the first and how many. */
static size_t fact_range(const struct type *t, enum fact_kind kind, const struct fact **first)
{
	size_t from = 0, to;

	*first = NULL;
	if (!t)
		return 0;
	while (from < t->n_facts && fact_rows[t->facts + from].kind < kind)
		from++;
	for (to = from; to < t->n_facts && fact_rows[t->facts + to].kind == kind;)
		to++;
	*first = &fact_rows[t->facts + from];
	return to - from;
}

static const struct fact *fact_nth(const struct type *t, enum fact_kind kind, size_t i)
{
	const struct fact *first;

	return i < fact_range(t, kind, &first) ? first + i : NULL;
}

/* "Tags[2].Key" and "Tags[].Key" are the same path to a fact. */
static bool path_equal(const char *fact, struct str path)
{
	size_t k = 0;

	for (; *fact && k < path.n && *fact == path.p[k]; fact++, k++)
		if (path.p[k] == '[')
			while (k + 1 < path.n && path.p[k + 1] >= '0' && path.p[k + 1] <= '9')
				k++;
	return !*fact && k == path.n;
}

static const struct fact *fact_at(const struct type *t, enum fact_kind kind, struct str path)
{
	const struct fact *first;
	size_t n = fact_range(t, kind, &first);

	for (size_t i = 0; i < n; i++)
		if (path_equal(fact_pool + first[i].a, path))
			return &first[i];
	return NULL;
}

static size_t fact_count(const struct type *t, enum fact_kind kind)
{
	const struct fact *first;

	return fact_range(t, kind, &first);
}

struct str type_default(const struct type *t, struct str path)
{
	const struct fact *f = fact_at(t, FACT_DEFAULT, path);

	return f ? text(f->b) : STR("");
}

bool type_moves(const struct type *t, struct str path)
{
	return fact_at(t, FACT_MOVES, path) != NULL;
}

bool type_renews(const struct type *t, struct str attribute)
{
	return fact_at(t, FACT_RENEWS, attribute) != NULL;
}

unsigned type_normaliser(const struct type *t, struct str path)
{
	const struct fact *f = fact_at(t, FACT_NORMAL, path);

	return f ? f->value : schema_own_normaliser(schema_path(type_schema(t), path));
}

/* --- uniqueness and shared lists --- */

size_t type_unique_count(const struct type *t)
{
	return fact_count(t, FACT_UNIQUE);
}

/* Word k of a text whose words are separated by single spaces; empty beyond the last. */
static struct str word_nth(struct str words, size_t k)
{
	struct str word = STR("");

	for (size_t i = 0; i <= k; i++)
		if (!str_cut(&words, ' ', &word))
			return STR("");
	return word;
}

size_t type_unique_size(const struct type *t, size_t i)
{
	const struct fact *f = fact_nth(t, FACT_UNIQUE, i);
	size_t n = 0;

	while (f && word_nth(text(f->a), n).n)
		n++;
	return n;
}

struct str type_unique_name(const struct type *t, size_t i, size_t k)
{
	const struct fact *f = fact_nth(t, FACT_UNIQUE, i);

	return f ? word_nth(text(f->a), k) : STR("");
}

bool type_unique_alone(const struct type *t, size_t i)
{
	const struct fact *f = fact_nth(t, FACT_UNIQUE, i);

	return f && f->value;
}

size_t type_shared_count(const struct type *t)
{
	return fact_count(t, FACT_SHARED);
}

void type_shared(const struct type *t, size_t i, struct shared_list *out)
{
	const struct fact *f = fact_nth(t, FACT_SHARED, i);

	*out = (struct shared_list){0};
	if (f)
		*out = (struct shared_list){text(f->a), text(f->b), text(f->c), f->value != 0};
}

struct str type_written(const struct type *t, struct str property)
{
	const struct fact *f = fact_at(t, FACT_WRITTEN, property);

	return f ? text(f->b) : STR("");
}

bool type_passes(const struct type *t, struct str path, struct str from, struct str to)
{
	const struct fact *first;
	size_t n = fact_range(t, FACT_PASSES, &first);

	for (size_t i = 0; i < n; i++)
		if (path_equal(fact_pool + first[i].a, path) && str_eq(text(first[i].b), from) && str_eq(text(first[i].c), to))
			return true;
	return false;
}

size_t type_follows_count(const struct type *t)
{
	return fact_count(t, FACT_FOLLOWS);
}

void type_follows(const struct type *t, size_t i, struct type_follows *out)
{
	const struct fact *f = fact_nth(t, FACT_FOLLOWS, i);
	struct str rest;

	*out = (struct type_follows){0};
	if (!f)
		return;
	rest = text(f->a);
	out->type = text(f->b);
	out->theirs = text(f->c);
	str_cut(&rest, ' ', &out->mine);
	if (str_cut(&rest, '=', &out->unless))
		out->unless_value = rest;
}

/* --- single facts --- */

bool type_document(const struct type *t, struct type_document *out)
{
	const struct fact *f = fact_nth(t, FACT_DOCUMENT, 0);
	struct str names = f ? text(f->c) : STR("");

	*out = (struct type_document){.text = f ? text(f->a) : STR(""), .object = f ? text(f->b) : STR("")};
	str_cut(&names, ' ', &out->substitutions);
	out->file = names;
	return f != NULL;
}

bool type_package(const struct type *t, struct type_package *out)
{
	const struct fact *f = fact_nth(t, FACT_PACKAGE, 0);
	struct str names = f ? text(f->c) : STR("");

	*out = (struct type_package){.property = f ? text(f->a) : STR(""), .member = f ? text(f->b) : STR("")};
	str_cut(&names, ' ', &out->runtime);
	out->with = names;
	return f != NULL;
}

enum tag_style type_tag_style(const struct type *t)
{
	return t ? t->tag_style : TAGS_NONE;
}

struct str type_tag_property(const struct type *t)
{
	return t ? text(t->tag_property) : STR("");
}

struct str type_name_property(const struct type *t)
{
	return t ? text(t->name_property) : STR("");
}

void type_name_rules(const struct type *t, struct name_rules *out)
{
	struct schema_rules rules;

	*out = (struct name_rules){.max = t ? t->name_max : 0, .lower = t && (t->flags & TYPE_NAME_LOWER)};
	if (out->max || !type_name_property(t).n)
		return;
	schema_rules(schema_path(type_schema(t), type_name_property(t)), &rules);
	out->max = rules.max_length > 0 ? (unsigned)rules.max_length : 255;
}

bool type_holds_data(const struct type *t)
{
	return t && (t->flags & TYPE_HOLDS_DATA);
}

bool type_snapshot_default(const struct type *t)
{
	return t && (t->flags & TYPE_SNAPSHOT);
}

bool type_is_copy(const struct type *t, const struct value *props)
{
	for (size_t i = 0; t && i < t->n_facts; i++) {
		const struct fact *f = &fact_rows[t->facts + i];

		if (f->kind == FACT_COPY && value_text(value_path(props, text(f->a))).n)
			return true;
	}
	return false;
}

/* A scalar that says so, or an entry {Key, Value} of a list that is true. */
static bool protects(const struct value *v, struct str what)
{
	if (!v || v->kind != V_LIST)
		return v && value_is_scalar(v) && str_eq(value_text(v), what);
	for (size_t i = 0; i < value_count(v); i++)
		if (str_eq(value_text(value_getc(value_at(v, i), "Key")), what))
			return str_eqc(value_text(value_getc(value_at(v, i), "Value")), "true");
	return false;
}

struct str type_protection(const struct type *t, const struct value *live)
{
	for (size_t i = 0; t && i < t->n_facts; i++) {
		const struct fact *f = &fact_rows[t->facts + i];

		if (f->kind == FACT_PROTECTED && protects(value_get(live, text(f->a)), text(f->b)))
			return text(f->a);
	}
	return STR_NONE;
}

unsigned type_abilities(const struct type *t)
{
	return t ? t->abilities : 0;
}
