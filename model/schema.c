/* Property schemas: reading the generated tables (schema_gen.c, laid out in schematab.h) for model.h and for the
 * compiler of the type texts, which finds its part in facts.h. Knows nothing of facts: what a text adds to a node's
 * flags is joined in facts.c. schema_rules.c answers the questions of schema checking.
 */
#include "model/facts.h"
#include "model/schematab.h"

/* --- types --- */

int model_schema_index(struct str type_name)
{
	size_t lo = 0, hi = schema_row_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(type_name, schema_text(schema_rows[mid].name));

		if (c == 0)
			return (int)mid;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return -1;
}

bool model_schema_known(struct str name)
{
	return model_schema_index(name) >= 0;
}

size_t model_schema_count(void)
{
	return schema_row_count;
}

struct str model_schema_name(size_t index)
{
	return schema_text(schema_rows[index].name);
}

const struct schema *model_schema_root(size_t index)
{
	return schema_node(schema_rows[index].root);
}

size_t model_schema_attrs(size_t index)
{
	return schema_rows[index].n_attrs;
}

struct str model_schema_attr(size_t index, size_t i)
{
	return schema_text(schema_words[schema_rows[index].attrs + i]);
}

size_t model_schema_ids(size_t index)
{
	return schema_rows[index].n_ids;
}

struct str model_schema_id_path(size_t index, size_t i)
{
	return schema_text(schema_words[schema_rows[index].ids + i]);
}

struct str model_schema_tags(size_t index)
{
	return schema_text(schema_rows[index].tags);
}

bool model_schema_deletes_first(size_t index)
{
	return schema_rows[index].deletes_first;
}

/* --- nodes --- */

uint32_t schema_id(const struct schema *s)
{
	return s ? (uint32_t)(s - schema_nodes) : 0;
}

unsigned schema_own_flags(const struct schema *s)
{
	return s ? s->flags : 0;
}

unsigned schema_own_normaliser(const struct schema *s)
{
	return schema_def_of(s)->normaliser;
}

unsigned schema_types(const struct schema *s)
{
	return schema_def_of(s)->types;
}

size_t schema_prop_count(const struct schema *s)
{
	return schema_def_of(s)->n;
}

const struct schema *schema_prop_nth(const struct schema *s, size_t i)
{
	const struct schema_def *d = schema_def_of(s);

	return i < d->n ? &schema_nodes[d->first + i] : NULL;
}

struct str schema_prop_name(const struct schema *s, size_t i)
{
	const struct schema *prop = schema_prop_nth(s, i);

	return prop ? schema_text(prop->name) : STR("");
}

const struct schema *schema_prop(const struct schema *s, struct str name)
{
	const struct schema_def *d = schema_def_of(s);
	size_t lo = 0, hi = d->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct schema *prop = &schema_nodes[d->first + mid];
		int c = str_cmp(name, schema_text(prop->name));

		if (c == 0)
			return prop;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

bool schema_open(const struct schema *s)
{
	return s && (schema_def_of(s)->bits & DEF_OPEN);
}

const struct schema *schema_items(const struct schema *s)
{
	return schema_node(schema_def_of(s)->items);
}

struct str schema_format(const struct schema *s)
{
	return schema_text(schema_checks[schema_def_of(s)->checks].format);
}

/* One step of a path: a property, or the value of an open map under that key. */
static const struct schema *step_key(const struct schema *s, struct str key)
{
	const struct schema *prop = schema_prop(s, key);

	if (prop)
		return prop;
	return (schema_types(s) & SCHEMA_OBJECT) && schema_open(s) ? schema_items(s) : NULL;
}

/* Takes "[0]", "[]" or "['a.b']" off the path; false if it is none of them. */
static bool step_bracket(const struct schema **s, struct str *path)
{
	ptrdiff_t end;

	if (path->n > 1 && path->p[1] == '\'') {
		end = str_find(*path, STR("']"), 2);
		if (end < 0)
			return false;
		*s = step_key(*s, str_sub(*path, 2, (size_t)end));
		*path = str_sub(*path, (size_t)end + 2, path->n);
		return true;
	}
	end = str_chr(*path, ']', 0);
	if (end < 0)
		return false;
	for (ptrdiff_t i = 1; i < end; i++)
		if (path->p[i] < '0' || path->p[i] > '9')
			return false;
	*s = schema_types(*s) & SCHEMA_ARRAY ? schema_items(*s) : NULL;
	*path = str_sub(*path, (size_t)end + 1, path->n);
	return true;
}

bool schema_step(const struct schema **s, struct str *path)
{
	size_t n = 0;

	if (path->p[0] == '[')
		return step_bracket(s, path);
	if (path->p[0] == '.')
		*path = str_sub(*path, 1, path->n);
	while (n < path->n && path->p[n] != '.' && path->p[n] != '[')
		n++;
	if (!n)
		return false;
	*s = step_key(*s, str_sub(*path, 0, n));
	*path = str_sub(*path, n, path->n);
	return true;
}

const struct schema *schema_path(const struct schema *root, struct str path)
{
	while (root && path.n)
		if (!schema_step(&root, &path))
			return NULL;
	return root;
}
