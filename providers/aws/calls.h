/* Call descriptors: what the type texts (types/) say, as const tables that the engine interprets.
 *
 * The compiler of the texts (typec*.c) checks every name here against the models and emits $(B)/gen/calls.c; engine*.c
 * reads it. There are no pointers: strings are offsets into call_pool (0 is the empty string, a NUL behind each), and
 * everything else is a span or an index into one of the tables below, where index 0 of a table means "none".
 * docs/adding-a-type.md explains the words of the texts; a comment here names the word that a field comes from.
 */
#ifndef DRPLAN_AWS_CALLS_H
#define DRPLAN_AWS_CALLS_H

#include "base/str.h"

typedef uint32_t call_str;

struct span {			/* n rows of a table, from first on */
	uint32_t first : 20, n : 12;
};

/* One step of a path. Through a list it goes to every element: reading collects, sending spreads a list over the
 * elements, or fills the one element that meets the conditions. */
struct call_step {
	call_str name;
	struct span conds;	/* "(Key=idle_timeout)": of the list's elements */
	uint8_t list;		/* the member is a list */
	uint8_t map;		/* the member is a map: the next step's name is a key */
};

enum cond_op {
	COND_SET,		/* P       it is there and not false */
	COND_UNSET,		/* !P */
	COND_IS,		/* P=v|w   a value that ends with * is a prefix */
	COND_NOT,		/* P!=v|w */
	COND_IS_OR_UNSET,	/* P?=v|w */
	COND_MANY,		/* P>=Q    P has at least as many items as the number Q of the same element */
};

struct call_cond {		/* on properties (When) or on an element of an answer (Until, Fail, Dead) */
	struct span path;	/* steps */
	struct span values;	/* sources */
	uint8_t op;
};

enum source_kind {
	SRC_NONE,
	SRC_TEXT,		/* text as it is */
	SRC_PROP,		/* $Prop.Path   desired, else last applied, else a part of the composed id */
	SRC_PRIOR,		/* $prior.Path  live before an update or delete */
	SRC_FOUND,		/* $found.Path  the element of the read's answer that is this resource */
	SRC_ID, SRC_ARN, SRC_REGION, SRC_ACCOUNT, SRC_PARTITION, SRC_SUFFIX,
	SRC_UNDO,		/* $undo        true, there only while a create is taken back */
	SRC_OP,			/* $op          the text that tells this work from all others: for references of the caller */
	SRC_ANSWER,		/* $answer.Path what the call that is awaited answered */
	SRC_SNAPSHOT,		/* $snapshot    a text that tells final snapshots apart, while one is to be taken */
	SRC_VAR,		/* $name.Path   taken by one of the call's First reads */
	SRC_ELEMENT,		/* $element     the element that a facet adds or drops, one call each; or one of Over; a path */
	SRC_ELEMENTS,		/* $elements    all of them in one call; with a path, that of each */
	SRC_MEMBER,		/* {$name into P at Q}  the JSON text P with the first part as its member Q; without P, the
				 * first part itself */
	SRC_TEMPLATE,		/* parts, concatenated */
	SRC_CHOICE,		/* {A,B}        the first part that is there */
	SRC_IF,			/* {P?text}     text where part P is there, {P=value?text} where it is value, else nothing */
	SRC_ELSE,		/* {P!text}     P, or text */
	SRC_AFTER,		/* {P>text}     what follows the last text in P */
	SRC_UNLESS,		/* {P unless text}  P, but nothing where it is text */
	SRC_EMPTY,		/* {}           an empty structure */
	SRC_MAP,		/* {K: v}       a document: parts are its members (SRC_NAMED); index 1: the first part is the
				 * JSON text that they go into */
	SRC_LIST,		/* [v, ...]     a list in a document */
	SRC_NAMED,		/* a member: text is its name; without parts, one that is taken out */
	SRC_HERE,		/* a path in the element at hand: attributes, 'as' templates */
};

struct call_source {
	uint8_t kind;
	uint8_t index;		/* SRC_VAR: which; SRC_HERE: how many elements outward the path starts */
	struct span path;	/* steps */
	struct span parts;	/* sources */
	call_str text;
};

enum {
	BIND_SEND = 1,
	BIND_RECEIVE = 2,
	BIND_TRIGGER = 4,	/* its change causes this call */
	BIND_ALWAYS = 8,	/* part of the identity: sent with every call */
	BIND_NESTED = 16,	/* a rename below another bound property: only consulted while converting */
	BIND_LIKE = 32,		/* received only if value matches (like) ... */
	BIND_UNLESS = 64,	/* ... or unless it does */
	BIND_ATTR = 128,	/* an attribute, not a property */
	BIND_SHOWN = 256,	/* no secret, though the model calls it sensitive */
};

struct call_bind {		/* Prop <-> Param.Path */
	call_str prop;		/* "Icmp.Code" */
	struct span path;	/* steps in the request, or in the element */
	uint16_t flags;
	uint8_t up;		/* receiving: how many elements outward the path starts */
	uint16_t value;		/* source: of like and unless */
	uint16_t as;		/* source: a template over each element, or none */
	struct span by;		/* steps in each element to its key, where the elements are a map's entries */
};

struct call_with {		/* With: {Param.Path: source} */
	struct span path;
	uint16_t value;
};

struct call_take {		/* First: a read that a call needs; its result is variable number i of the call */
	uint16_t call;
	struct span path;	/* of the answer */
};

struct call_variant {		/* Elements: one way in which an element of a list travels */
	struct span at;		/* steps, in the request */
	struct span in;		/* steps, in the element of the read that has them; n = 0: never received */
	struct span when;	/* conditions on the element */
	struct span binds;
};

enum {
	CALL_EACH = 1,		/* one changed property a call */
	CALL_WHOLE = 2,		/* every property that is set, changed or not */
	CALL_TOKEN = 4,		/* the operation takes an idempotency token */
	CALL_UNSUCCESSFUL = 8,	/* the answer reports failures in Unsuccessful[].Error or FailedEntries[] */
	CALL_ANYWAY = 16,	/* of an update: made even if a call before it failed */
};

struct call_def {
	call_str service, op;
	struct span binds, with, first, when;
	struct span otherwise;	/* as with, where no property filled the parameter */
	struct span retry, ok;	/* call_codes: errors that are tried again, that count as done */
	struct span id;		/* steps to the parameter that takes the id; n = 0: none */
	struct span tags;	/* steps to the list or map of tags; or of tag keys */
	struct span variants;
	uint32_t max_ms;	/* bound of retry */
	uint16_t region;	/* source */
	uint8_t flags;
	uint16_t over;		/* Over: one call for each ($element) of what the answer of this call ... */
	struct span over_path;	/* ... has here; 0: a single call */
	uint16_t await;		/* Await: asked after the answer, until ... */
	struct span until;	/* ... this holds of what it says */
	uint32_t await_typical_ms, await_max_ms;
	struct span gather;	/* Gather: steps to the list that calls share; n = 0: none */
	uint16_t gather_most;	/* calls in one request */
	uint16_t keep;		/* Keep: what is not ours in the list that it replaces stays; 0: nothing */
	call_str note;		/* Note: what people are told where an Ok error was met */
};

struct keep_def {		/* a call that replaces a document in whose list others have elements too */
	uint16_t call;		/* reads it */
	struct span absent;	/* call_codes: there is none */
	struct span at;		/* steps to the document, in that answer and in the request */
	call_str list;		/* its member, whose elements ... */
	call_str key;		/* ... are told apart by this one of theirs */
	uint16_t ours;		/* source: the keys of ours */
	struct span same;	/* call_codes: members that hold for all elements: not changed under others */
	uint16_t otherwise;	/* call: instead, where no element is left */
};

enum fetch_how { FETCH_EACH, FETCH_BULK, FETCH_LIST };	/* a call per resource, per many, or one for all */

struct fetch_def {		/* a read; one call serves many resources where by is a list */
	uint16_t call;
	uint16_t of;		/* source of the key by which a resource is asked for; 0: its id */
	struct span by;		/* steps to the parameter that takes keys; n = 0: none does */
	struct span filters;	/* the step to the list of filters ({Name, Values}), if the operation has one */
	struct span at;		/* steps to the elements in the answer */
	struct span key;	/* steps in the element to what answers the key; n = 0: by id, or one call each */
	uint8_t key_up;
	uint8_t how;		/* enum fetch_how */
	uint16_t max;		/* keys in one call */
	uint16_t page;		/* what a page holds: where at least as much is wanted, everything is listed; 0: never */
	struct span page_size;	/* steps to the parameter that takes page */
	struct span binds;
	struct span absent;	/* call_codes: "there is none of it", not a failure */
	struct span over_path;	/* Over: one call for each of what stands here in the answer of ... */
	uint16_t over;		/* ... this call; 0: a single call */
	uint16_t on;		/* Over: $Prop: one call for each item of this source; 0: not so */
	call_str into;		/* each answer is an element of this list property; binds then are of the element */
};

struct facet_def {		/* a property with calls of its own */
	call_str prop;
	uint16_t put, remove;	/* calls: the whole value */
	uint16_t add, drop, change;	/* calls: elements of a list */
	struct span change_only;	/* call_codes: members in which two elements may differ to be the same element */
	struct span variants;
	uint8_t drop_first;	/* what goes makes room for what comes */
	uint8_t batch;		/* at most so many elements in one call; 0: any number */
	uint8_t given;		/* AWS gives a new one elements: they are read before it is changed */
	uint8_t anew;		/* a value that changes is taken away first */
	uint8_t head;		/* the create takes the first element; the others are added */
	struct span again;	/* call_codes: properties whose change adds every element again */
	struct span renamed;	/* ... and drops every one as it was */
};

struct wait_def {
	struct span until, fail, why;
	uint32_t typical_ms, max_ms;
};

struct attr_def {
	call_str name;
	uint16_t value;		/* source */
	uint8_t prop;		/* 1: the live property of that path */
};

struct find_def {		/* Find: a filter's name for a property */
	call_str prop, filter;
};

struct named_def {		/* Named: a property that another one may give by a name */
	call_str prop, by;
	uint16_t call;		/* lists what may have that name */
	struct span at;		/* steps to them in its answer, and in each ... */
	struct span name, take;	/* ... to its name, and to the property's value */
	call_str after;		/* of that, only what follows the last of this text counts; 0: all */
};

enum recover_how { RECOVER_NONE, RECOVER_TAG, RECOVER_NAME, RECOVER_PARENT, RECOVER_AGAIN };

enum {
	DEF_ANSWER_IS_ELEMENT = 1,	/* create answers what a read would */
	DEF_NEEDS_ACCOUNT = 2,		/* some source is, or holds, $account */
	DEF_COMPOSED = 4,		/* the id is made of properties */
	DEF_TAGS_MAP = 8,		/* tags travel as a map, not as a list of Key and Value */
	DEF_CLAIMS = 16,		/* Claims: creating what exists would succeed, so it is looked for first */
	DEF_FACETS = 32,		/* Create: facets: it is what its facets add, and nothing of its own */
};

struct type_def {
	call_str name;
	struct span create;		/* call_defs: alternatives, the first whose When holds */
	struct span after, update, delete;	/* call_defs */
	struct span read, also;			/* fetch_defs */
	struct span facets, attrs, find;
	struct span id_answer;		/* steps in create's answer to the id */
	struct span id_other;		/* the same, where the answer has two forms; n = 0: it has one */
	struct span element_answer;	/* steps in create's answer to the element */
	struct span id_names;		/* call_codes: properties that the composed id is made of */
	uint16_t id;			/* source, where the id is not answered */
	uint16_t ref;			/* source; 0: the id */
	uint16_t arn;			/* source */
	uint16_t tag_put, tag_remove;	/* calls */
	uint16_t recover_read;		/* fetch: by parent; the first of n_recover whose When holds */
	uint16_t n_recover;
	uint8_t recover;
	uint8_t flags;
	struct span unsure;		/* conditions: what is found may have been there before, only that there is none is certain; n = 0: never */
	struct span gone;		/* call_codes */
	struct span dead;		/* conditions: it is as good as gone */
	struct wait_def wait, wait_delete;
	struct span stands;		/* conditions: what a gate waits for beside wait */
	uint32_t visible_ms;		/* how long a new one may stay invisible */
	struct span reference;		/* steps in the element to what repeats $op; n = 0: nothing does */
	struct span empty;		/* call_codes: facets whose elements are dropped before it is deleted */
	call_str id_after;		/* of an answered id, only what follows the last of this text counts; 0: all */
	struct span named;		/* named_defs */
};

extern const char call_pool[];
extern const struct call_step call_steps[];
extern const struct call_cond call_conds[];
extern const struct call_source call_sources[];
extern const struct call_bind call_binds[];
extern const struct call_with call_withs[];
extern const struct call_take call_takes[];
extern const struct call_variant call_variants[];
extern const call_str call_codes[];
extern const struct call_def call_defs[];
extern const struct keep_def keep_defs[];
extern const struct fetch_def fetch_defs[];
extern const struct facet_def facet_defs[];
extern const struct attr_def attr_defs[];
extern const struct find_def find_defs[];
extern const struct named_def named_defs[];
extern const struct type_def type_defs[];	/* sorted by name */
extern const size_t type_def_count;

#endif
