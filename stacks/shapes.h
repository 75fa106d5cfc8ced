/* The one-key maps of gates and runbooks: which checks and verbs there are and which keys each takes (shapes.c). Read by
 * runbooks.c, which checks stacks against them, by jsonschema.c, which tells editors, and by planner/verbargs.c, which
 * puts what was made in the place of its name. */
#ifndef DRPLAN_STACKS_SHAPES_H
#define DRPLAN_STACKS_SHAPES_H

#include "base/str.h"

struct shape {
	struct str name;
	const char *keys;	/* blank separated; "" = any value; a key that ends in '!' must be there. The value of
				 * '@Key' is a logical id or a list of them, that of '?Key' is one if there is one */
};

extern const struct shape check_shapes[];
extern const size_t n_check_shapes;
extern const struct shape verb_shapes[];
extern const size_t n_verb_shapes;

/* Where a Report goes, "s3://BUCKET/PREFIX". False: it is no such place. */
bool s3_place(struct str to, struct str *bucket, struct str *prefix);
/* The next key of a shape off *rest; required tells of the '!'. */
bool shape_next(struct str *rest, struct str *key, bool *required);
const struct shape *shape_find(const struct shape *shapes, size_t n, struct str name);	/* or NULL */

enum shape_names { NAMES_NOTHING, NAMES_RESOURCES, MAY_NAME_RESOURCES };
enum shape_names shape_names(const struct shape *shape, struct str key);

#endif
