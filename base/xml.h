/* XML: API answers into values, on expat. External entities and DTDs are refused; depth and size are bounded.
 *
 * An element becomes a map of its children in document order. A name that comes more than once, and every element
 * with attributes or mixed text, is still exact: the tree below is the plain infoset, and the protocol parsers
 * (providers/aws) give it types from the model.
 */
#ifndef DRPLAN_BASE_XML_H
#define DRPLAN_BASE_XML_H

#include "base/err.h"

struct xml_attr {
	struct str name, value;		/* the name as written, with its prefix */
};

struct xml {			/* one element */
	struct str name;	/* local name, prefix removed */
	struct str text;	/* character data directly below, concatenated */
	struct xml_attr *attrs;
	size_t n_attrs;
	struct xml *child;	/* first child */
	struct xml *next;	/* next sibling */
};

#define XML_DEPTH 256

/* The root element, in the arena; NULL with one error (ERR_NETWORK) added if it is not well-formed. */
struct xml *xml_read(struct arena *a, struct str text, struct errs *errs);
struct xml *xml_child(const struct xml *e, struct str name);	/* first of that name or NULL */
/* Appends. In an attribute, quotes and white space are escaped too. */
void xml_escape(struct buf *out, struct str s, bool attribute);

#endif
