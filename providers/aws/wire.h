/* The wire: one AWS API operation, from a value tree to a value tree, over one shared event loop.
 *
 * Rooms behind it: wiremodel (tables), serialize/parse (protocols), sigv4, creds, endpoint, http (curl multi), and
 * retry (rate limits, backoff). The engine above (engine.c) knows operations by their model handles and never sees
 * a byte; this room never heard of resource types.
 *
 *	const struct op *op = wire_op(STR("ec2"), STR("DescribeVpcs"));
 *	struct call c = {.op = op, .place = place, .input = params, .arena = &scratch, .done = on_done, .ctx = x};
 *	wire_start(w, &c);   ...   wire_poll(w, timeout);      done(&c) is called from wire_poll
 */
#ifndef DRPLAN_AWS_WIRE_H
#define DRPLAN_AWS_WIRE_H

#include "providers/provider.h"

struct wire;
struct op;			/* an operation of the compiled models: const data */
struct shape;			/* a shape of the compiled models: const data */

/* --- models (wiremodel.c over model/wire_gen.c) ----------------------------------------------------------------- */
const struct op *wire_op(struct str service, struct str operation);	/* service as botocore names it: "ec2" */
struct str op_service(const struct op *op);
struct str op_signing_name(const struct op *op);	/* "elasticloadbalancing", mostly also what policies call it */
struct str op_name(const struct op *op);
const struct shape *op_input(const struct op *op);	/* NULL: takes nothing */
const struct shape *op_output(const struct op *op);
bool op_paginates(const struct op *op);
struct str op_token_param(const struct op *op);		/* the idempotency token's member, or empty */

enum shape_kind {
	SHAPE_STRUCTURE, SHAPE_LIST, SHAPE_MAP, SHAPE_STRING, SHAPE_BOOLEAN, SHAPE_INTEGER, SHAPE_LONG, SHAPE_FLOAT,
	SHAPE_DOUBLE, SHAPE_BLOB, SHAPE_TIMESTAMP,
};
enum shape_kind shape_kind(const struct shape *s);
const struct shape *shape_member(const struct shape *s, struct str name);	/* of a structure; NULL if unknown */
size_t shape_member_count(const struct shape *s);
struct str shape_member_name(const struct shape *s, size_t i);
const struct shape *shape_element(const struct shape *s);	/* of a list; a map's value */
bool shape_sensitive(const struct shape *s);
/* The partition that a region is in ("aws-cn"), and what its domain names end with ("amazonaws.com.cn"). */
struct str region_partition(struct str region, struct str *suffix);

/* --- calls ------------------------------------------------------------------------------------------------------ */

struct call {
	/* by the caller */
	const struct op *op;
	const struct place *place;
	struct str region;		/* another region than the place's (global services, cross-region calls); or empty */
	const struct value *input;	/* a map; plain strings are fine for numbers and booleans: the model's types decide */
	struct arena *arena;		/* for the answer */
	struct str token;		/* UUID for the model's idempotency token member, or empty to leave it out */
	bool all_pages;			/* follow the paginator: output has the result lists of all pages concatenated */
	bool mutating;			/* never re-sent blindly: only where the answer proves that nothing was done, or with a token */
	int64_t timeout_ms;		/* of the whole call with retries; 0: 60 s */
	void (*done)(struct call *);	/* may start other calls; must not free this one before it returns */
	void *ctx;
	struct str address;		/* for messages */

	/* by the wire */
	bool ok;
	struct value *output;		/* a map, empty for operations without output */
	struct err err;			/* code, message, request id, operation */
	int http_status;
	bool maybe_done;		/* failed, and the effect is unknown: connection lost after sending, 5xx */
	unsigned attempts, pages;
	void *impl;
};

struct wire *wire_open(const struct provider_options *opt, struct errs *errs);
void wire_start(struct wire *w, struct call *c);
/* Run transfers, timers and callbacks; returns the number of calls in flight or waiting for their turn. */
size_t wire_poll(struct wire *w, int timeout_ms);
/* A timer of the engine's: call fn(ctx) after ms. */
void wire_after(struct wire *w, int64_t ms, void (*fn)(void *ctx), void *ctx);
/* AWS's clock minus ours, as the last answer showed it; false: none did. */
bool wire_clock_off(const struct wire *w, int64_t *ms);
/* When the credentials that a place uses end, wall ms; 0: never, or they were not asked for yet. */
int64_t wire_expires(const struct wire *w, const struct place *place);
/* What getting credentials for a place needs (creds.h). */
struct creds_need;
size_t wire_needs(struct wire *w, struct arena *a, const struct place *place, struct creds_need *out, size_t max);
/* No more retries, no new timers: timers fire at once, calls in flight are finished (SIGTERM). */
void wire_settle(struct wire *w);
void wire_stats(const struct wire *w, struct provider_stats *out);
void wire_close(struct wire *w);

#endif
