/* Answers into value trees, by the model: one parser per protocol, and their error forms.
 *
 * Every answer is hostile until parsed: what doesn't fit the model is left out or is an error, never trusted.
 * The tree has the model's member names. Booleans are V_BOOL, numbers keep their spelling, blobs are their plain
 * bytes, times are RFC 3339 text in UTC. Members that the model calls sensitive are marked VALUE_SECRET.
 */
#ifndef DRPLAN_AWS_PARSE_H
#define DRPLAN_AWS_PARSE_H

#include "base/err.h"
#include "providers/aws/model/wiremodel.h"
#include "providers/aws/request.h"
#include "providers/aws/wire.h"

struct xml;

struct remote_error {
	struct str code;		/* "InvalidVpcID.NotFound"; the status where the body says nothing */
	struct str message;
	struct str request_id;
	struct value *members;		/* what the model lists for this error; a map, maybe empty */
};

/* A status of 300 and more; for S3 also an error document that came with 200. */
bool parse_is_error(const struct op *op, const struct answer *ans);
/* A map in a. NULL with *why set if the body is no answer of this protocol. scratch takes the documents' raw trees. */
struct value *parse_output(const struct op *op, const struct answer *ans, struct arena *a, struct arena *scratch,
			   struct str *why);
void parse_error(const struct op *op, const struct answer *ans, struct arena *a, struct remote_error *out);
struct str parse_request_id(const struct answer *ans);	/* from the headers; may be empty */

/* --- between the parsers ------------------------------------------------------------------------------------------ */

struct par {
	const struct op *op;
	const struct model *model;
	struct arena *a;	/* of the result, strings too */
	struct arena *scratch;
	struct str why;		/* the first thing that was wrong; empty: nothing */
};

void par_fail(struct par *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A scalar from its text. */
struct value *par_scalar(struct par *p, const struct shape *shape, struct str text);
struct value *par_mark(struct par *p, const struct shape *shape, struct value *v);

/* Requests alone have a path and a query: members placed there come back in the body. */
bool par_in_body(const struct shape *member);
void par_xml_members(struct par *p, const struct shape *shape, const struct xml *e, struct value *into);
struct value *par_xml(struct par *p, const struct shape *shape, const struct xml *e);
void par_json_members(struct par *p, const struct shape *shape, const struct value *v, struct value *into);
struct value *par_json(struct par *p, const struct shape *shape, const struct value *v);
struct value *par_read_json(struct par *p, struct str text);
struct xml *par_read_xml(struct par *p, struct str text);
/* Members that travel in headers and the status. */
void par_headers(struct par *p, const struct shape *shape, const struct answer *ans, struct value *into);

#endif
