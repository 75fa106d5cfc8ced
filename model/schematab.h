/* How the compiled property schemas lie in memory: schema_gen.c holds the arrays, tools/genmodel/schemaout.py writes
 * them, schema.c reads them, and nobody else looks here. No pointers, so no relocations.
 *
 * A node (struct schema) is a property, an element or a rule in one place: its name and flags. Its def says what
 * values are; nodes that are alike share a def if nothing lies below it. Checks that few nodes have hang off the def.
 * Index 0 of nodes, defs and checks means "none". Strings are references into schema_pool: offset << 12 | length.
 */
#ifndef DRPLAN_MODEL_SCHEMATAB_H
#define DRPLAN_MODEL_SCHEMATAB_H

#include "model/model.h"

struct schema {
	uint32_t name;			/* of the property; 0 for elements, rules and roots */
	uint16_t def;
	uint16_t flags;			/* PROP_... */
};

enum {
	DEF_OPEN = 1,			/* keys that are no property are allowed */
	DEF_UNIQUE_ITEMS = 2,
	DEF_ENUM_NOCASE = 4,
	DEF_EXACTLY_ONE = 8,		/* of the variants; else at least one */
};

struct schema_def {
	uint16_t types;			/* SCHEMA_... */
	uint8_t normaliser;		/* enum normaliser */
	uint8_t bits;			/* DEF_... */
	uint16_t first, n;		/* the properties: nodes, sorted by name */
	uint16_t items;			/* node of the elements, or of an open map's values */
	uint16_t checks;
};

struct schema_check {
	uint32_t pattern, format, note;
	int32_t min_length, max_length, min_items, max_items;
	uint32_t minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of;
	uint16_t enums, n_enums;	/* in schema_words */
	uint16_t groups, n_groups;	/* in schema_groups, sorted by kind */
	uint16_t variants, n_variants;	/* in schema_links: nodes */
	uint16_t all, n_all;
	uint16_t prefix, n_prefix;
	uint16_t test, then, otherwise;	/* nodes */
	uint16_t negated, names;
	uint16_t unused;
};

struct schema_group_row {
	uint8_t kind;			/* enum schema_group */
	uint8_t unused;
	uint16_t n;
	uint32_t first;			/* in schema_words */
};

struct schema_type {			/* sorted by name, by bytes */
	uint32_t name;
	uint16_t root;			/* node */
	uint16_t deletes_first;
	uint16_t attrs, n_attrs;	/* in schema_words, sorted */
	uint16_t ids, n_ids;		/* in schema_words */
	uint32_t tags;			/* the tag property, or 0 */
};

/* For facts.c: one step down a path that is not empty; takes it off *path and moves *s, to NULL if nothing is there.
 * False if the path is malformed. */
bool schema_step(const struct schema **s, struct str *path);
bool model_schema_deletes_first(size_t index);

extern const struct schema schema_nodes[];
extern const struct schema_def schema_defs[];
extern const struct schema_check schema_checks[];
extern const struct schema_group_row schema_groups[];
extern const uint32_t schema_words[];
extern const uint16_t schema_links[];
extern const struct schema_type schema_rows[];
extern const size_t schema_row_count;
extern const char schema_pool[];

static inline struct str schema_text(uint32_t ref)
{
	return (struct str){schema_pool + (ref >> 12), ref & 0xfff};
}

static inline const struct schema_def *schema_def_of(const struct schema *s)
{
	return &schema_defs[s ? s->def : 0];
}

static inline const struct schema *schema_node(unsigned i)
{
	return i ? &schema_nodes[i] : NULL;
}

#endif
