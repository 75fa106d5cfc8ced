/* YAML: a text into a value tree with positions, on libyaml's events. Used for stacks, variable files and type texts.
 *
 * Plain scalars keep their text (V_STRING with VALUE_PLAIN; only an empty one, ~ and null become V_NULL): whoever
 * takes the value decides what it is. Dates, octals and yes/no are text like any other.
 * Refused, with both places where there are two: duplicate keys, a second document, keys that are not scalars,
 * unknown tags, unknown aliases. Merge keys (<<) are carried out; aliases share the anchored tree.
 * Depends on base/ alone.
 */
#ifndef DRPLAN_STACKS_YAML_H
#define DRPLAN_STACKS_YAML_H

#include "base/err.h"

#define YAML_DEPTH 100		/* nested collections, aliases expanded */
#define YAML_ALIASED 200000	/* nodes that all aliases of a document may stand for */

enum {
	YAML_FUNCTIONS = 1,	/* !Sub x reads as {Fn::Sub: x}, !Ref x as {Ref: x}; without it such tags are errors */
	YAML_PARTIAL = 2,	/* duplicate keys, unknown tags and the like don't hide what else is to be said: the tree is
				 * given although there were errors, with a V_EXPR without function for what is unknown */
};

/* The one document of text, in the arena; file is the index for positions (sources_add). All errors that can be told
 * without guessing are added; NULL if there was any (but see YAML_PARTIAL; what is not YAML always gives NULL). */
struct value *yaml_read(struct arena *a, struct str text, uint16_t file, unsigned flags, struct errs *errs);

#endif
