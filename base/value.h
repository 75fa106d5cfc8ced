/* Values: the one tree that YAML, JSON, XML, properties, API answers and state rows all become.
 *
 * Every node knows where it was written (struct pos; line 0 means "nowhere"), so that any check can point at it.
 * Trees belong to the arena they were made in and are treated as immutable once built: to change one, copy the
 * path that changes (value_with). Maps keep the order of their keys; comparing never looks at that order.
 *
 * Numbers keep their spelling (no trip through double). A string that was a plain YAML scalar carries
 * VALUE_PLAIN: the schema of the receiving property decides what it is.
 * V_EXPR is a function of values that are not known yet (stacks/expr.h gives fn its meaning): it is how
 * "known after apply" is said, and it may stand anywhere in a tree.
 * VALUE_SECRET marks a node that must never be printed, logged, stored or hashed without a key. Copies keep it.
 */
#ifndef DRPLAN_BASE_VALUE_H
#define DRPLAN_BASE_VALUE_H

#include "base/str.h"

struct pos {
	uint32_t line;		/* from 1; 0 = not from a file */
	uint16_t col;		/* from 1, in characters; saturates */
	uint16_t file;		/* index into struct sources (base/err.h) */
};

enum value_kind { V_NULL, V_BOOL, V_NUMBER, V_STRING, V_LIST, V_MAP, V_EXPR };

enum {
	VALUE_SECRET = 1,
	VALUE_PLAIN = 2,	/* V_STRING from an unquoted YAML scalar */
};

struct value;

struct member {
	struct str key;
	struct pos pos;		/* of the key */
	struct value *value;
};

struct value {
	uint8_t kind;		/* enum value_kind */
	uint8_t flags;		/* VALUE_... of this node alone */
	uint16_t fn;		/* V_EXPR: enum expr_fn */
	struct pos pos;
	union {
		bool boolean;
		struct str text;				/* V_STRING, V_NUMBER (as spelled) */
		struct {
			struct value **items;
			uint32_t n, cap;
		} list;						/* V_LIST; V_EXPR: the arguments */
		struct {
			struct member *items;
			uint32_t n, cap;
			uint32_t *index;			/* hash slots, made when the map grows large */
		} map;
	};
};

struct value *value_null(struct arena *a, struct pos pos);
struct value *value_bool(struct arena *a, struct pos pos, bool b);
struct value *value_string(struct arena *a, struct pos pos, struct str s);	/* s is not copied */
struct value *value_number(struct arena *a, struct pos pos, struct str spelling);
struct value *value_int(struct arena *a, struct pos pos, int64_t n);
struct value *value_list(struct arena *a, struct pos pos);
struct value *value_map(struct arena *a, struct pos pos);
struct value *value_expr(struct arena *a, struct pos pos, uint16_t fn);

void value_append(struct arena *a, struct value *list, struct value *item);	/* V_LIST, V_EXPR */
/* Set a key, replacing the old value in place. key is not copied. */
void value_set(struct arena *a, struct value *map, struct str key, struct pos key_pos, struct value *v);
/* For documents that drplan itself makes: key is a literal, positions mean nothing, s is not copied. NULL is put as null. */
void value_put(struct arena *a, struct value *map, const char *key, struct value *v);
void value_put_text(struct arena *a, struct value *map, const char *key, struct str s);
void value_put_int(struct arena *a, struct value *map, const char *key, int64_t n);
void value_del(struct value *map, struct str key);	/* only while building; the order of the rest stays */
struct value *value_get(const struct value *map, struct str key);	/* NULL: no map, no key */
struct value *value_getc(const struct value *map, const char *key);
struct member *value_member(const struct value *map, struct str key);
struct value *value_at(const struct value *list, size_t i);	/* NULL beyond the end */
size_t value_count(const struct value *v);			/* list, map, expr arguments; else 0 */

/* Text of a string or number, "true"/"false" of a boolean; empty for the rest. */
struct str value_text(const struct value *v);
bool value_is_scalar(const struct value *v);	/* bool, number, string */
/* As an integer or a boolean, whatever it was spelled as: "80", 80, 'yes'. False if it is neither. */
bool value_as_int(const struct value *v, int64_t *out);
bool value_as_bool(const struct value *v, bool *out);

struct value *value_copy(struct arena *a, const struct value *v);	/* deep, strings too */
/* Same content: scalars by their text, numbers also by value (1.0 = 1), a plain scalar also as the number or boolean that
 * it may stand for, maps without regard to order. Two V_EXPR are equal if they are the same function of equal
 * arguments. Secret flags don't matter. Not transitive ("1.0" = 1.0 = 1): let the schema settle the kinds first. */
bool value_equal(const struct value *a, const struct value *b);
/* By the same meaning, but lists are compared as multisets at the top level. */
bool value_equal_set(const struct value *a, const struct value *b);
/* A total order for sorting: 0 for all that is equal, and for whatever reads as the same number or boolean. */
int value_compare(const struct value *a, const struct value *b);
bool value_has_expr(const struct value *v);	/* anything below is unknown */
bool value_has_secret(const struct value *v);
struct value *value_mark_secret(struct arena *a, const struct value *v);	/* a copy with every scalar marked */

/* Paths: "Tags[0].Key", "KeyPolicy.Statement"; keys with . or [ are written ['a.b'].
 * value_path gives the node or NULL. value_with gives a copy of root in which the path has v (NULL removes it);
 * maps on the way are made (from null too), list indexes must exist. What is not on the path is shared with root.
 * NULL if the path is malformed, leads through a scalar or a missing item. Both take at most 64 steps. */
struct value *value_path(const struct value *root, struct str path);
struct value *value_with(struct arena *a, const struct value *root, struct str path, struct value *v);
/* Append ".key" or "[i]" to a path that is being built. */
void path_key(struct buf *path, struct str key);
void path_index(struct buf *path, size_t i);

#endif
