/* The compiler of the type texts: a host program, run by the build. docs/adding-a-type.md is the language.
 *
 *	typec_main.c   files in, tables out
 *	typec.c        texts in, in the order of the types' names
 *	typec_text.c   walking the YAML: known keys, words, lists; errors with suggestions
 *	typec_path.c   paths, scopes, mapping lines
 *	typec_source.c sources and conditions
 *	typec_call.c   calls and reads; typec_gather.c: those that share a request; typec_keep.c: a document
 *	typec_type.c   one type: its keys in order; typec_facet.c: its facets
 *	typec_find.c   waiting, lookups, recovery
 *	typec_check.c  nothing forgotten: every property is sent, read back and updated, or the text says why not
 *	typec_facts.c  what model/ and the simulator get
 *	typec_emit.c   the tables as C
 *
 * The tables are built in memory with the very structs that the engine reads (calls.h) and dumped.
 */
#ifndef DRPLAN_AWS_TYPEC_H
#define DRPLAN_AWS_TYPEC_H

#include "model/facts.h"
#include "providers/aws/calls.h"
#include "providers/aws/wire.h"

#include <stdio.h>

#define TYPEC_SCOPES 6		/* elements around an element */
#define TYPEC_USED 64
#define TYPEC_VARS 8		/* First reads of one call */

struct table {			/* a growing table of calls.h's rows; row 0 is reserved */
	void *rows;
	size_t n, cap, size;
	bool full;		/* a span could not be said in its bits */
};

struct pool {			/* strings, each once */
	struct buf text;
	uint32_t *slots;
	size_t n_slots, n;
};

/* The elements at hand while a path of an answer is read: the innermost first. */
struct scope {
	const struct shape *shapes[TYPEC_SCOPES];
	size_t n;
};

struct text_type {		/* one type while it is compiled */
	struct str name;
	struct pos pos;
	const struct value *text;	/* its map */
	struct str service;
	struct str region;		/* the file's Region, or empty */
	bool local;			/* the file's Provider is local: facts are all that is wanted */
	size_t schema_index;
	const struct schema *schema;
	struct type_def def;
	struct str id_name;		/* last name of the id's path: what other operations call it */
	struct scope found;		/* $found: elements of the first read */
	struct scope further;		/* the elements of the other reads, side by side */
	const struct shape *answer;	/* $answer: of the call that the Await at hand belongs to */
	struct str vars[TYPEC_VARS];	/* of the call at hand */
	const struct shape *var_shapes[TYPEC_VARS];
	size_t n_vars;
	struct str used[TYPEC_USED];	/* properties that some call gets by a source ($Prop) */
	size_t n_used;
	const struct schema *element;	/* of the facet whose calls are at hand, or NULL */
	const struct value *map;	/* Map of the type */
	const struct value *tag_calls;	/* of the file, or the type's own */
	struct span read_binds;		/* of the first read, for attributes */
};

struct facts_out {
	struct pool pool;
	struct buf types, rows, flags, sim;
	size_t n_types, n_rows, n_flags, n_sim;
};

struct typec {
	struct arena arena;
	struct errs errs;
	struct sources sources;
	struct pool pool;
	struct table steps, conds, sources_, binds, withs, takes, variants, codes, calls, keeps, fetches, facets, attrs, finds, named, types;
	struct text_type *texts;
	size_t n_texts, cap_texts;
	struct facts_out facts;
};

/* --- typec.c ------------------------------------------------------------------------------------------------------ */
void typec_init(struct typec *tc);
/* One text; both strings must live as long as tc. */
void typec_add(struct typec *tc, struct str path, struct str text);
/* All texts that were added; errors are in tc->errs. */
void typec_compile(struct typec *tc);
void typec_free(struct typec *tc);

/* --- typec_emit.c ------------------------------------------------------------------------------------------------ */
uint32_t pool_add(struct pool *p, struct str s);
struct str pool_get(const struct pool *p, uint32_t at);
/* Append rows that lie together; returns their span. */
struct span table_add(struct table *t, const void *rows, size_t n);
/* Append one row; returns its index. */
uint16_t table_one(struct table *t, const void *row);
void tables_init(struct typec *tc);
void tables_free(struct typec *tc);
bool emit_calls(struct typec *tc, const char *path);
void emit_string(struct buf *out, struct str s);	/* as a C string literal, without a NUL of its own */

#define ROW(tc, table, type, i) (&((struct type *)(tc)->table.rows)[i])

/* --- typec_text.c ------------------------------------------------------------------------------------------------ */
/* False, with errors, if the map has keys that are not among the words of the list ("Call With Map"). */
bool text_keys(struct typec *tc, const struct value *map, const char *known);
const struct value *text_get(const struct value *map, const char *key);
/* The scalar's text; an error and an empty string if it is something else. NULL is empty without an error. */
struct str text_scalar(struct typec *tc, const struct value *v);
bool text_flag(struct typec *tc, const struct value *map, const char *key);
uint32_t text_duration(struct typec *tc, const struct value *map, const char *key, int64_t otherwise);
/* A scalar or a list of scalars: item i, or NULL. */
const struct value *text_item(const struct value *v, size_t i);
size_t text_count(const struct value *v);
/* How many of them to take: all, or max with an error. */
size_t text_room(struct typec *tc, const struct value *v, size_t max);
/* The members of a map, at most max of them; 0 with an error if it is no map. */
size_t text_members(struct typec *tc, const struct value *v, size_t max);
struct span text_codes(struct typec *tc, const struct value *v);
/* The position of byte `at` of a scalar. */
struct pos text_pos(const struct value *v, size_t at);
/* As err_at, at a byte of a scalar. */
void text_error(struct typec *tc, const struct value *v, size_t at, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Take the next word, up to white space, off *rest. */
struct str text_word(struct str *rest);

/* --- typec_path.c ------------------------------------------------------------------------------------------------ */
/* A piece of a scalar: for error positions its bytes are known to lie in v's text. */
struct piece {
	const struct value *v;
	struct str s;
};
struct piece piece_sub(struct piece p, size_t from, size_t to);
void piece_error(struct typec *tc, struct piece p, struct str message);

/* A path through an API's shapes, from root on; *end is where it arrives. False with an error. */
bool path_wire(struct typec *tc, struct text_type *t, struct piece p, const struct shape *root, struct span *out,
	       const struct shape **end);
/* The same from an element or one of those around it: *up says how many outward. */
bool path_scoped(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope, struct span *out,
		 uint8_t *up, const struct shape **end);
/* A path through the type's properties. */
bool path_prop(struct typec *tc, struct text_type *t, struct piece p, struct span *out);
/* The member of that name, letter case aside; empty if there is none. */
struct str shape_find(const struct shape *s, struct str name);
/* What a path that stands on this shape goes on from: the elements of a list. */
const struct shape *shape_inside(const struct shape *s);
bool scope_enter(struct typec *tc, struct text_type *t, const struct value *path, const struct shape *root,
		 struct scope *scope, struct span *out);
/* Whether some element at hand has the path's first name. */
bool scope_has(const struct scope *scope, struct str path);

enum map_arrow { ARROW_SEND = 1, ARROW_RECEIVE = 2, ARROW_BOTH = 3 };
struct map_line {		/* Prop <-> Param.Path [like X | unless X] [by Member] [as 'template'] */
	struct piece prop, path, value, by, as;
	enum map_arrow arrow;
	bool like;
};
/* Mark the lines that rename below other ones. */
void binds_nest(struct typec *tc, struct call_bind *rows, size_t n);
bool map_line_of(struct typec *tc, const struct value *v, struct map_line *out);

/* --- typec_source.c ----------------------------------------------------------------------------------------------- */
uint16_t source_of(struct typec *tc, struct text_type *t, struct piece p);
/* What stands right in a text: a scalar's source, or a document of such. */
uint16_t source_value_of(struct typec *tc, struct text_type *t, const struct value *v);
/* A template whose {names} are paths in the scope, not properties. */
uint16_t source_template_here(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope);
/* "P=v|w" or a list of such. scope NULL: on properties. */
struct span conds_of(struct typec *tc, struct text_type *t, const struct value *v, const struct scope *scope);
/* One of them. */
bool cond_one(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope, struct call_cond *out);

/* --- typec_call.c ------------------------------------------------------------------------------------------------ */
enum call_role { ROLE_CREATE, ROLE_AFTER, ROLE_UPDATE, ROLE_PUT, ROLE_ELEMENT, ROLE_PLAIN, ROLE_READ };
/* A call: an operation's name, or a map with Call. prop: the one property of a facet's call, else empty. */
uint16_t call_of(struct typec *tc, struct text_type *t, const struct value *v, enum call_role role, struct str prop);
/* Over: {Call, With, Take}: the call that lists items, and where they stand in its answer. */
uint16_t over_of(struct typec *tc, struct text_type *t, const struct value *v, enum call_role role, struct span *path);
/* Call and With of a word that says more beside them (typec_keep.c). */
struct value *call_part(struct typec *tc, const struct value *v);
/* Keep: {Call, With, Absent, At, List, Key, Ours, Same, Otherwise} of a call to op. */
uint16_t keep_of(struct typec *tc, struct text_type *t, const struct value *v, const struct op *op);
uint16_t fetch_of(struct typec *tc, struct text_type *t, const struct value *v, bool main_read);
uint16_t call_tags(struct typec *tc, struct text_type *t, const struct value *v, const char *key);
/* The Elements of a facet or call, with its In and Outside. */
struct span variants_of(struct typec *tc, struct text_type *t, const struct value *owner, const struct op *op, struct str prop);
const struct op *call_op(struct typec *tc, const struct call_def *c);
/* Gather: the list that calls share (typec_gather.c). */
void call_gather(struct typec *tc, struct text_type *t, const struct value *v, const struct op *op, struct call_def *def);

/* --- typec_facet.c ------------------------------------------------------------------------------------------------ */
void type_facets(struct typec *tc, struct text_type *t);
void type_empty(struct typec *tc, struct text_type *t);

/* --- typec_find.c: words of a type that may be left out ------------------------------------------------------------- */
void type_wait(struct typec *tc, struct text_type *t, const char *key, struct wait_def *w);
void type_find(struct typec *tc, struct text_type *t);
void type_recover(struct typec *tc, struct text_type *t);
void type_unsure(struct typec *tc, struct text_type *t);
void type_named(struct typec *tc, struct text_type *t);
void type_claims(struct typec *tc, struct text_type *t);

/* --- typec_type.c, typec_check.c, typec_facts.c ---------------------------------------------------------------- */
void type_compile(struct typec *tc, struct text_type *t);
bool type_is_updatable(struct typec *tc, const struct text_type *t, struct str prop);
/* "Delete: nothing": AWS has no way back. */
bool deletes_nothing(const struct text_type *t);
/* "Create: facets", "Delete: facets". */
bool says_facets(const struct text_type *t, const char *key);
bool text_lists(const struct text_type *t, const char *key, struct str prop);
void type_check(struct typec *tc, struct text_type *t);
void type_facts(struct typec *tc, struct text_type *t);
bool emit_facts(struct typec *tc, const char *path);
bool emit_sim(struct typec *tc, const char *path);

#endif
