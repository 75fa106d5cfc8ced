/* Requests from value trees, by the model: one serializer per protocol.
 *
 * serialize() fills method, path, query, headers and body; where the request goes (endpoint.c), its checksum and
 * its signature come later. Types are the model's: "80", 80 and '80' are the same integer. A blob is its plain
 * bytes. A map or list given for a string member travels as JSON text (policies). Null members are left out.
 */
#ifndef DRPLAN_AWS_SERIALIZE_H
#define DRPLAN_AWS_SERIALIZE_H

#include "base/err.h"
#include "providers/aws/model/wiremodel.h"
#include "providers/aws/request.h"
#include "providers/aws/wire.h"

/* input: a map or NULL. token: for the idempotency token's member where the input leaves it out, or empty.
 * On failure adds one error. */
bool serialize(const struct op *op, const struct value *input, struct str token, struct arena *a, struct request *out,
	       struct errs *errs);

/* --- between the serializers -------------------------------------------------------------------------------------- */

enum { SERIALIZE_MAX = 256 << 20 };

struct ser {
	const struct op *op;
	const struct model *model;
	struct arena *a;
	struct errs *errs;
	struct request *out;
	struct buf body;
	bool failed;		/* an error was added; what was written is of no use */
};

void ser_fail(struct ser *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The text of a scalar by its shape: timestamps in the shape's format or else the protocol's. */
struct str ser_scalar(struct ser *s, const struct shape *shape, const struct value *v, enum time_format format);
/* The shape of a structure's member; an unknown name is an error and NULL. */
const struct shape *ser_member(struct ser *s, const struct shape *shape, struct str name);
bool ser_is_null(const struct value *v);
/* A map given as a list of {Key, Value} is not a map: wrong kinds are errors. */
bool ser_kind(struct ser *s, const struct shape *shape, const struct value *v);
bool ser_special_float(struct str s);	/* NaN, Infinity, -Infinity */
struct str time_text(struct arena *a, int64_t ms, enum time_format format);

void ser_query(struct ser *s, const struct value *input);			/* ec2 and query */
void ser_json(struct ser *s, const struct value *input);			/* json 1.0 and 1.1 */
void ser_rest(struct ser *s, const struct value *input);			/* rest-xml and rest-json */
void ser_json_value(struct ser *s, const struct shape *shape, const struct value *v);
void ser_json_members(struct ser *s, const struct shape *shape, const struct value *v, bool body_only);
void ser_xml_element(struct ser *s, const struct shape *shape, struct str name, const struct value *v, bool body_only);

#endif
