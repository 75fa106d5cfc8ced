/* What schema checking asks of a node (model.h): bounds, patterns, enumerations, rules among properties and rules of
 * rules. Beside schema.c, over the same tables.
 */
#include "model/schematab.h"

static const struct schema_check *check_of(const struct schema *s)
{
	return &schema_checks[schema_def_of(s)->checks];
}

static const struct schema *link_nth(unsigned first, unsigned n, size_t i)
{
	return i < n ? &schema_nodes[schema_links[first + i]] : NULL;
}

void schema_rules(const struct schema *s, struct schema_rules *out)
{
	const struct schema_def *d = schema_def_of(s);
	const struct schema_check *c = check_of(s);

	*out = (struct schema_rules){
		.pattern = schema_text(c->pattern),
		.min_length = c->min_length,
		.max_length = c->max_length,
		.min_items = c->min_items,
		.max_items = c->max_items,
		.minimum = schema_text(c->minimum),
		.maximum = schema_text(c->maximum),
		.exclusive_minimum = schema_text(c->exclusive_minimum),
		.exclusive_maximum = schema_text(c->exclusive_maximum),
		.multiple_of = schema_text(c->multiple_of),
		.unique_items = d->bits & DEF_UNIQUE_ITEMS,
		.n_enum = c->n_enums,
		.enum_nocase = d->bits & DEF_ENUM_NOCASE,
	};
}

struct str schema_enum(const struct schema *s, size_t i)
{
	const struct schema_check *c = check_of(s);

	return i < c->n_enums ? schema_text(schema_words[c->enums + i]) : STR("");
}

/* Group i of one kind, or NULL. Groups are few and sorted by kind. */
static const struct schema_group_row *group_nth(const struct schema *s, enum schema_group kind, size_t i)
{
	const struct schema_check *c = check_of(s);
	const struct schema_group_row *g = schema_groups + c->groups;

	for (unsigned k = 0; k < c->n_groups; k++)
		if (g[k].kind == kind && i-- == 0)
			return &g[k];
	return NULL;
}

size_t schema_group_count(const struct schema *s, enum schema_group kind)
{
	const struct schema_check *c = check_of(s);
	size_t n = 0;

	for (unsigned k = 0; k < c->n_groups; k++)
		n += schema_groups[c->groups + k].kind == kind;
	return n;
}

size_t schema_group_size(const struct schema *s, enum schema_group kind, size_t i)
{
	const struct schema_group_row *g = group_nth(s, kind, i);

	return g ? g->n : 0;
}

struct str schema_group_name(const struct schema *s, enum schema_group kind, size_t i, size_t k)
{
	const struct schema_group_row *g = group_nth(s, kind, i);

	return g && k < g->n ? schema_text(schema_words[g->first + k]) : STR("");
}

size_t schema_variants(const struct schema *s, bool *exactly_one)
{
	*exactly_one = schema_def_of(s)->bits & DEF_EXACTLY_ONE;
	return check_of(s)->n_variants;
}

const struct schema *schema_variant(const struct schema *s, size_t i)
{
	return link_nth(check_of(s)->variants, check_of(s)->n_variants, i);
}

size_t schema_all_count(const struct schema *s)
{
	return check_of(s)->n_all;
}

const struct schema *schema_all(const struct schema *s, size_t i)
{
	return link_nth(check_of(s)->all, check_of(s)->n_all, i);
}

const struct schema *schema_not(const struct schema *s)
{
	return schema_node(check_of(s)->negated);
}

bool schema_condition(const struct schema *s, struct schema_condition *out)
{
	const struct schema_check *c = check_of(s);

	*out = (struct schema_condition){schema_node(c->test), schema_node(c->then), schema_node(c->otherwise)};
	return c->test != 0;
}

const struct schema *schema_names(const struct schema *s)
{
	return schema_node(check_of(s)->names);
}

size_t schema_prefix_count(const struct schema *s)
{
	return check_of(s)->n_prefix;
}

const struct schema *schema_prefix(const struct schema *s, size_t i)
{
	return link_nth(check_of(s)->prefix, check_of(s)->n_prefix, i);
}

struct str schema_note(const struct schema *s)
{
	return schema_text(check_of(s)->note);
}
