/* The one-key maps of gates and runbooks: which checks and verbs there are and which keys each takes (shapes.c). Read by
 * runbooks.c, which checks stacks against them, and by jsonschema.c, which tells editors. */
#ifndef DRPLAN_STACKS_SHAPES_H
#define DRPLAN_STACKS_SHAPES_H

#include "base/str.h"

struct shape {
	struct str name;
	const char *keys;	/* blank separated; "" = any value; a key that ends in '!' must be there */
};

extern const struct shape check_shapes[];
extern const size_t n_check_shapes;
extern const struct shape verb_shapes[];
extern const size_t n_verb_shapes;

/* The next key of a shape off *rest; required tells of the '!'. */
bool shape_next(struct str *rest, struct str *key, bool *required);

#endif
