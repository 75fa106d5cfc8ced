/* The table of facts: what the type texts say about resource types, for model/facts.c alone.
 *
 * The compiler of the type texts (providers/aws/typec*.c) checks every name and path here and emits the table as
 * $(B)/gen/facts.c; model.h is how everyone reads it. No pointers: strings are offsets into fact_pool, where offset
 * 0 is the empty string and every string ends with a NUL. A type without a text is not in the table and so not
 * supported, even if its schema is known.
 *
 * What the emitter writes:
 *
 *	const char fact_pool[] = "\0" "AWS::EC2::VPC\0" ...;
 *	const struct type fact_types[] = { {.name = 1, .schema = 12, ...}, ... };      sorted by name, by bytes
 *	const size_t fact_type_count = ...;
 *	const struct fact fact_rows[] = { {FACT_DEFAULT, 0, 40, 61, 0}, ... };         of one type together, see below
 *	const struct fact_flag fact_flags[] = { {.node = 17, .set = PROP_SECRET}, ... };  sorted by node
 *	const size_t fact_flag_count = ...;
 *
 * An array without content gets one zeroed entry and the count 0.
 */
#ifndef DRPLAN_MODEL_FACTS_H
#define DRPLAN_MODEL_FACTS_H

#include "model/model.h"

typedef uint32_t fact_str;		/* offset in fact_pool */

enum {
	TYPE_HOLDS_DATA = 1,		/* type_holds_data */
	TYPE_SNAPSHOT = 2,		/* type_snapshot_default */
	TYPE_NAME_LOWER = 4,		/* name_rules.lower */
};

struct type {
	fact_str name;			/* "AWS::EC2::VPC" */
	uint16_t schema;		/* model_schema_index(name) at compile time */
	uint8_t layer;			/* enum layer */
	uint8_t tag_style;		/* enum tag_style */
	fact_str tag_property;		/* "Tags", or 0 */
	fact_str name_property;		/* "RoleName", or 0 */
	uint16_t name_max;		/* characters; 0 = the schema's maxLength */
	uint8_t flags;			/* TYPE_... */
	uint8_t unused;
	uint16_t abilities;		/* CAN_... */
	uint16_t n_facts;
	uint32_t facts;			/* first in fact_rows */
};

/* Rows of one type lie together, sorted by kind, then by the text of a. Paths are property paths without indexes:
 * "Tags[].Key". */
enum fact_kind {
	FACT_UNIQUE,		/* a: property names joined by one space, "VpcId CidrBlock"; in the text's order;
				 * value: 1 = others may share them, a replacement and what it replaces may not */
	FACT_DEFAULT,		/* a: path, b: JSON text */
	FACT_MOVES,		/* a: path */
	FACT_NORMAL,		/* a: path, value: enum normaliser; overrides the schema's own, NORMAL_NONE too */
	FACT_COPY,		/* a: path */
	FACT_SHARED,		/* a: property, b: child type, c: its parent property, value: foreign_kept */
	FACT_RENEWS,		/* a: an attribute */
	FACT_PACKAGE,		/* a: property, b: its member, c: the runtime's property, then one sent along */
	FACT_DOCUMENT,		/* a: text, b: object, c: substitutions, then file */
	FACT_PROTECTED,		/* a: property, b: its value, or the Key of its entry that is true */
	FACT_WRITTEN,		/* a: a list, b: its elements' member that tells them apart */
	FACT_PASSES,		/* a: path, b: a value, c: the value that it may change to although it is create-only */
	FACT_FOLLOWS,		/* a: my path, then " Property=value" of an exception; b: type, c: its property */
};

struct fact {
	uint8_t kind;
	uint8_t value;
	uint16_t unused;
	fact_str a, b, c;
};

/* Flags that a text gives to a property, or takes from it, by the node that schema_path() finds at compile time.
 * PROP_CREATE_ONLY set or PROP_MAYBE_CREATE_ONLY cleared is how a text decides a conditionally create-only one. */
struct fact_flag {
	uint32_t node;			/* schema_id() */
	uint16_t set, clear;		/* PROP_... */
};

extern const char fact_pool[];
extern const struct type fact_types[];
extern const size_t fact_type_count;
extern const struct fact fact_rows[];
extern const struct fact_flag fact_flags[];
extern const size_t fact_flag_count;

/* --- for the emitter: schemas of all known types, with or without facts (model/schema.c) --- */

/* Index of a type's schema, or -1. The root node's flags and names are those of the generated schema alone. */
int model_schema_index(struct str type_name);
const struct schema *model_schema_root(size_t index);
struct str model_schema_name(size_t index);
size_t model_schema_count(void);
uint32_t schema_id(const struct schema *s);
/* The schema's own flags and normaliser, before facts. */
unsigned schema_own_flags(const struct schema *s);
unsigned schema_own_normaliser(const struct schema *s);
/* Fn::GetAtt names of a schema, and the schema's primary identifier as property paths ("Id"). */
size_t model_schema_attrs(size_t index);
struct str model_schema_attr(size_t index, size_t i);
size_t model_schema_ids(size_t index);
struct str model_schema_id_path(size_t index, size_t i);
/* The schema's own tagging property ("Tags"), or empty. */
struct str model_schema_tags(size_t index);

#endif
