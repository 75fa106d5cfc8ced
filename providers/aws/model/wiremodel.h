/* The compiled service models: how AWS's published models (as botocore ships them) lie in memory.
 *
 * tools/gen_model.py makes one table per service: <service>_gen.c for the product, a binary file of the same layout
 * for conformance cases (model_open). A table is one block: a struct model, then arrays that are found by the
 * offsets in it. Nothing in it is a pointer, so it needs no relocation and can be read from a file as it is.
 * Engine and type texts need wire.h alone; serializers, parsers and endpoints use what is below.
 *
 * A handle (struct op, struct shape, struct error_shape) points at its record. Every such record holds its own
 * distance from the block's start (self), so that a handle alone is enough to find names and further records.
 *
 * A struct shape is one *use* of a shape: a structure's member, a list's element, a map's key or value, an
 * operation's input or output. It carries what the use adds (name, place in the message); its def carries the rest.
 * Shapes may be recursive.
 */
#ifndef DRPLAN_AWS_MODEL_WIREMODEL_H
#define DRPLAN_AWS_MODEL_WIREMODEL_H

#include "base/str.h"

struct op;
struct shape;

/* A string of the pool: offset << 10 | length. 0 is the empty string. All are NUL-terminated. */
typedef uint32_t pstr;

enum protocol { PROTOCOL_EC2, PROTOCOL_QUERY, PROTOCOL_REST_XML, PROTOCOL_JSON, PROTOCOL_REST_JSON };

enum model_flags {
	MODEL_QUERY_COMPATIBLE = 1,	/* awsQueryCompatible: send x-amzn-query-mode, take the code from x-amzn-query-error */
	MODEL_S3 = 2,			/* S3's own rules: body errors under 200, unsigned payloads, no path normalisation */
	MODEL_NO_AUTH = 4,		/* nothing is signed (sso-oidc) */
	MODEL_JSON_11 = 8,		/* application/x-amz-json-1.1, else 1.0 */
};

/* An array within the block. */
struct span {
	uint32_t at;			/* bytes from the block's start */
	uint32_t n;			/* items */
};

struct model {
	uint32_t magic;			/* MODEL_MAGIC */
	uint32_t size;			/* of the whole block */
	uint16_t flags;			/* MODEL_... */
	uint8_t protocol;		/* enum protocol */
	uint8_t slots;			/* variables of the endpoint rules: the parameters first */
	pstr name;			/* as botocore names it: "elbv2" */
	pstr service_id;		/* "Elastic Load Balancing v2" */
	pstr endpoint_prefix;		/* "elasticloadbalancing" */
	pstr signing_name;		/* "elasticloadbalancing"; endpoint rules may say another */
	pstr api_version;		/* "2015-12-01" */
	pstr target_prefix;		/* x-amz-target: PREFIX.Operation */
	pstr xml_namespace;
	pstr global_endpoint;		/* "iam.amazonaws.com", or empty */
	pstr env_suffix;		/* AWS_ENDPOINT_URL_<this>: "ELASTIC_LOAD_BALANCING_V2" */
	struct span ops;		/* struct op, sorted by name */
	struct span shapes;		/* struct shape */
	struct span defs;		/* struct shape_def */
	struct span errors;		/* struct error_shape, sorted by code */
	struct span pages;		/* struct paginator */
	struct span pairs;		/* struct pair: static and operation context parameters */
	struct span extras;		/* struct extra, sorted by shape, then kind */
	struct span lists;		/* pstr: the paginators' lists */
	struct span params;		/* struct rule_param: slot i holds parameter i */
	struct span rules;		/* struct rule: 0 is the root, a tree without conditions */
	struct span conds;		/* struct rule_cond */
	struct span exprs;		/* struct expr */
	struct span pool;		/* char */
};
#define MODEL_MAGIC 0x31575244u		/* "DRW1" */

enum op_flags {
	OP_NO_AUTH = 1,			/* authtype none: not signed (AssumeRoleWithWebIdentity) */
	OP_UNSIGNED_PAYLOAD = 2,	/* x-amz-content-sha256: UNSIGNED-PAYLOAD */
	OP_CHECKSUM_REQUIRED = 4,	/* httpChecksum.requestChecksumRequired or httpChecksumRequired */
	OP_READ_ONLY = 8,		/* the model says so (few do) */
	OP_IDEMPOTENT = 16,
	OP_COMPRESS = 32,		/* requestcompression: gzip is allowed */
	OP_EVENT_STREAM = 64,		/* not implemented: refused */
	OP_STREAM_OUT = 128,		/* the output's payload is a stream of bytes */
};

struct op {
	uint32_t self;
	pstr name;
	pstr method;
	pstr uri;			/* "/2015-03-31/functions/{FunctionName}"; may hold a query: "/{Bucket}?versioning" */
	pstr host_prefix;		/* "{AccountId}." or empty */
	pstr wrapper;			/* query: the element around the output ("ListUsersResult"), or empty */
	pstr token;			/* the idempotency token's member of the input, or empty */
	pstr checksum_member;		/* input member that names the algorithm, or empty */
	pstr validation_member;		/* input member that asks for checked responses, or empty */
	uint32_t input, output;		/* index of a shape + 1; 0 = none */
	uint16_t flags;			/* OP_... */
	uint16_t status;		/* http.responseCode, 0 = not stated */
	uint16_t page;			/* index of a paginator + 1; 0 = none */
	uint16_t pairs;			/* its context parameters: first in pairs */
	uint16_t n_pairs;
	uint16_t unused;
};

enum shape_place {			/* where a member travels in HTTP */
	PLACE_BODY, PLACE_HEADER, PLACE_HEADERS, PLACE_URI, PLACE_QUERY, PLACE_STATUS,
};

enum shape_flags {
	SHAPE_PLACE = 7,		/* mask: enum shape_place */
	SHAPE_REQUIRED = 8,
	SHAPE_FLATTENED = 16,		/* stated on the member or on the shape */
	SHAPE_XML_ATTRIBUTE = 32,
	SHAPE_TOKEN = 64,		/* idempotencyToken */
	SHAPE_JSONVALUE = 128,		/* header: JSON, base64 */
	SHAPE_STREAMING = 256,
	SHAPE_HOST_LABEL = 512,
	SHAPE_EXTRA = 1024,		/* there are struct extra rows for it */
	SHAPE_TIME = 0x1800,		/* mask: enum time_format << 11; TIME_DEFAULT = the protocol's and place's own */
	SHAPE_EVENT = 0x2000,		/* eventpayload, eventheader: not implemented */
};

enum time_format { TIME_DEFAULT, TIME_ISO8601, TIME_RFC822, TIME_UNIX };

struct shape {
	uint32_t self;
	pstr name;			/* the member's name; empty for elements, inputs and outputs */
	pstr wire;			/* locationName as stated, or empty: the name */
	uint16_t def;			/* index of a shape_def */
	uint16_t flags;			/* SHAPE_..., with the time format of the shape filled in */
};

enum def_flags {
	DEF_SENSITIVE = 1,
	DEF_UNION = 2,
	DEF_DOCUMENT = 4,		/* free-form JSON */
	DEF_EXCEPTION = 8,
	DEF_EVENT_STREAM = 16,
	DEF_WRAPPER = 32,
	DEF_BOXED = 64,
};

struct shape_def {
	uint8_t kind;			/* enum shape_kind (wire.h) */
	uint8_t flags;			/* DEF_... */
	uint16_t payload;		/* structure: index among its members + 1 of the HTTP payload; 0 = none */
	uint32_t first;			/* structure: its members in shapes, sorted by name; list: element; map: key, value */
	uint32_t n;			/* structure: members; list: 1; map: 2 */
};

struct error_shape {
	uint32_t self;
	pstr code;			/* what the wire says: error.code or the shape's name */
	pstr name;			/* the shape's name */
	uint32_t shape;			/* index of a shape + 1 */
	uint16_t status;		/* HTTP status, 0 = not stated */
	uint8_t sender;			/* senderFault */
	uint8_t retryable;		/* 1 = retryable, 2 = and throttling */
};

/* Lists are ranges of the lists array. Entries are as the model writes them: a member, a path ("Vpcs",
 * "DistributionList.NextMarker", "Contents[-1].Key"), or alternatives ("NextMarker || Contents[-1].Key"). */
struct paginator {
	uint32_t in, out, result;	/* first in lists; input and output tokens pair up */
	uint8_t n_in, n_out, n_result;
	uint8_t unused;
	pstr more;			/* output member that says whether there is more, or empty */
	pstr limit;			/* input member for the page size, or empty */
};

enum pair_kind { PAIR_STATIC_STRING, PAIR_STATIC_TRUE, PAIR_STATIC_FALSE, PAIR_STATIC_LIST, PAIR_PATH };

struct pair {				/* a context parameter of an operation */
	uint32_t kind;			/* enum pair_kind */
	pstr name;			/* the endpoint rules' parameter */
	pstr value;			/* the string; LIST: items joined by a newline; PATH: path in the input ("Keys(T)", "A.B[].C") */
};

enum extra_kind {
	EXTRA_QUERY_NAME,		/* ec2: the name in requests, as it is */
	EXTRA_XMLNS,			/* xmlNamespace.uri of the element */
	EXTRA_XMLNS_PREFIX,
	EXTRA_CONTEXT_PARAM,		/* the endpoint rules' parameter that this member fills */
};

struct extra {
	uint32_t shape;			/* index in shapes */
	uint32_t kind;
	pstr value;
};

/* --- endpoint rules: botocore's endpoint-rule-set-1.json, names turned into slots ------------------------------- */

enum builtin {
	BUILTIN_NONE, BUILTIN_REGION, BUILTIN_FIPS, BUILTIN_DUAL_STACK, BUILTIN_ENDPOINT, BUILTIN_STS_GLOBAL,
	BUILTIN_S3_PATH_STYLE, BUILTIN_S3_ACCELERATE, BUILTIN_S3_GLOBAL, BUILTIN_S3_ARN_REGION, BUILTIN_S3_NO_MRAP,
	BUILTIN_S3CONTROL_ARN_REGION, BUILTIN_S3_EXPRESS_NO_AUTH, BUILTIN_ACCOUNT_ID, BUILTIN_ACCOUNT_ID_MODE,
};

enum rule_param_kind { RULE_PARAM_STRING, RULE_PARAM_BOOL, RULE_PARAM_LIST };

struct rule_param {
	pstr name;			/* "Region" */
	uint8_t builtin;		/* enum builtin */
	uint8_t kind;			/* enum rule_param_kind */
	uint8_t required;
	uint8_t has_default;
	pstr value;			/* default: the string, "true", "false" */
};

enum rule_kind { RULE_TREE, RULE_ENDPOINT, RULE_ERROR };

/* Rules of one parent lie together, in order. The first whose conditions all hold is taken; within a tree that was
 * entered, one must match. */
struct rule {
	uint8_t kind;
	uint8_t n_conds;
	uint16_t conds;			/* first */
	uint16_t first, n;		/* TREE: its rules */
	uint16_t value;			/* ENDPOINT: expr of the URL; ERROR: of the message */
	uint16_t properties;		/* ENDPOINT: an EXPR_MAP, or 0 */
	uint16_t headers;		/* ENDPOINT: an EXPR_MAP of lists, or 0 */
	uint16_t unused;
};

struct rule_cond {			/* holds unless the value is false or not set */
	uint16_t expr;
	uint16_t assign;		/* slot that takes the value + 1; 0 = none */
};

enum expr_kind {
	EXPR_NONE,			/* index 0 */
	EXPR_TEXT,			/* a: pstr */
	EXPR_NUMBER,			/* a: the integer */
	EXPR_BOOL,			/* a: 0, 1 */
	EXPR_SLOT,			/* a: slot */
	EXPR_CALL,			/* fn; n arguments from exprs[a] */
	EXPR_CONCAT,			/* a template: n parts from exprs[a], each a text, slot or getAttr */
	EXPR_LIST,			/* n items from exprs[a] */
	EXPR_MAP,			/* n pairs from exprs[a]: text, value, text, value, ... */
};

enum rule_fn {				/* as the endpoint rules language names them */
	FN_NONE, FN_IS_SET, FN_NOT, FN_GET_ATTR, FN_STRING_EQUALS, FN_BOOLEAN_EQUALS, FN_PARSE_URL, FN_SUBSTRING,
	FN_URI_ENCODE, FN_VALID_HOST_LABEL, FN_PARTITION, FN_PARSE_ARN, FN_VIRTUAL_HOSTABLE, FN_SPLIT, FN_COALESCE, FN_ITE,
};

struct expr {
	uint8_t kind;
	uint8_t fn;
	uint16_t n;
	uint32_t a;
};

/* --- partitions (partitions_gen.c) -------------------------------------------------------------------------------- */

struct partition {			/* all strings in partition_pool, as pstr */
	pstr name;			/* "aws" */
	pstr dns_suffix, dual_stack_suffix;
	pstr global_region;		/* implicitGlobalRegion */
	pstr regex;			/* regions that are not listed: PCRE2 */
	uint16_t regions, n_regions;	/* in partition_regions, sorted */
	uint8_t fips, dual_stack;	/* supported */
	uint16_t unused;
};

extern const struct partition partitions[];	/* the first is the one for regions that match none: "aws" */
extern const size_t partition_count;
extern const pstr partition_regions[];
extern const char partition_pool[];

/* --- access ------------------------------------------------------------------------------------------------------- */

/* The product's tables, sorted by service name (index_gen.c). */
extern const struct model *const wire_models[];
extern const size_t wire_model_count;

const struct model *wire_model(struct str service);	/* NULL if unknown */
/* A table in memory that came from a file: checked (sizes, every offset and index), then used in place.
 * NULL if it is no such table. p must be 4-aligned and live as long as the handles; several tables may follow each
 * other in a file: the next begins at p + model->size. A table from a file may not bring endpoint rules. */
const struct model *model_open(const void *p, size_t n);
const struct op *model_op(const struct model *m, struct str name);
const struct op *model_op_nth(const struct model *m, size_t i);
size_t model_op_count(const struct model *m);
struct str model_str(const struct model *m, pstr s);

const struct model *op_model(const struct op *op);
struct str op_str(const struct op *op, pstr s);
const struct paginator *op_paginator(const struct op *op);	/* NULL: one page */
struct str page_list(const struct op *op, uint32_t first, size_t i);	/* page_list(op, page->in, 0) */
const struct pair *op_pairs(const struct op *op, size_t *n);

const struct model *shape_model(const struct shape *s);
const struct shape_def *shape_def(const struct shape *s);
struct str shape_name(const struct shape *s);		/* the member's name */
struct str shape_wire(const struct shape *s);		/* locationName, else the member's name */
bool shape_has_wire(const struct shape *s);		/* a locationName is stated */
enum shape_place shape_place(const struct shape *s);
enum time_format shape_time(const struct shape *s);
bool shape_is(const struct shape *s, unsigned flag);	/* any of SHAPE_... */
bool shape_def_is(const struct shape *s, unsigned flag);	/* any of DEF_... */
struct str shape_extra(const struct shape *s, enum extra_kind kind);	/* or empty */
const struct shape *shape_nth(const struct shape *s, size_t i);	/* member i, sorted by name */
const struct shape *shape_payload(const struct shape *s);	/* the member that is the whole HTTP body, or NULL */
const struct shape *shape_key(const struct shape *s);		/* of a map */

/* By the code on the wire; NULL if the model doesn't list it. */
const struct error_shape *model_error(const struct model *m, struct str code);
const struct shape *error_members(const struct error_shape *e);	/* its structure */

const struct rule_param *model_params(const struct model *m, size_t *n);
const struct rule *model_rules(const struct model *m, size_t *n);
const struct rule_cond *model_cond(const struct model *m, size_t i);
const struct expr *model_expr(const struct model *m, size_t i);

#endif
