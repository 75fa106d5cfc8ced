/* Expressions: CloudFormation's intrinsic functions, evaluated as far as the known values allow.
 *
 * Parsing turns {Ref: x}, {Fn::Sub: ...} and their short forms into V_EXPR nodes. expr_fold computes every function
 * whose arguments are known and leaves the rest as a residual tree of V_EXPR: "known after apply". Folding again
 * with more known values goes on from there. A residual names resources by full address ("Network.Vpc") and needs
 * nothing of the template any more: parameters, mappings and conditions are gone from it.
 */
#ifndef DRPLAN_STACKS_EXPR_H
#define DRPLAN_STACKS_EXPR_H

#include "base/err.h"

enum expr_fn {
	FN_NONE,
	FN_REF,			/* (address)            a resource's Ref */
	FN_GETATT,		/* (address, attribute) */
	FN_SUB,			/* (text, map)          only before folding; a residual is a FN_JOIN */
	FN_JOIN,		/* (delimiter, list) */
	FN_SELECT, FN_SPLIT, FN_FIND_IN_MAP, FN_IF, FN_EQUALS, FN_AND, FN_OR, FN_NOT, FN_CONDITION, FN_BASE64, FN_CIDR,
	FN_GET_AZS,		/* (region)             until the zones are known */
	FN_IMPORT_VALUE, FN_LENGTH, FN_TO_JSON_STRING,
	FN_FACT,		/* (kind, target, name) a fact that is asked of AWS: account id, SSM value */
	FN_DYNAMIC,		/* (service, reference) {{resolve:...}}: resolved at the last moment, a secret unless plain ssm */
	FN_MODE,		/* DR::Mode, DR::Active: folded from the state's mode */
	FN_RUNBOOK,		/* (what, runbook)      DR::Runbooks.NAME.What: made by the planner of a tree that is known
				 *                      (stack_runbook); while a stack is read it is (what, name, target, account) */
	FN_COUNT,
};

/* What is known about the world while folding. Each callback returns NULL for "not yet"; the tree it returns is
 * shared, not copied. A missing callback means "nothing is known". */
struct expr_env {
	void *ctx;
	/* Ref has an empty attribute. */
	struct value *(*attribute)(void *ctx, struct str address, struct str attribute);
	/* FN_FACT, FN_GET_AZS, FN_IMPORT_VALUE, FN_DYNAMIC, FN_MODE, FN_RUNBOOK */
	struct value *(*fact)(void *ctx, const struct value *expr);
	struct arena *arena;		/* results */
	struct errs *errs;		/* wrong types, index out of range ... at their positions */
};

/* A tree in which every computable expression is replaced; v itself if nothing changed. NULL with errors added if
 * an expression cannot be right whatever its unknowns turn out to be. {AWS::NoValue} members and items are gone. */
struct value *expr_fold(const struct expr_env *env, const struct value *v);

/* Call fn for every FN_REF and FN_GETATT below v (Ref: empty attribute). */
void expr_refs(const struct value *v, void (*fn)(void *ctx, const struct value *expr, struct str address, struct str attribute),
	       void *ctx);

/* Long form, as CloudFormation writes it: for saved plans, the rendered stack, and --trace. expr_read is its inverse on
 * a tree that was read from JSON. */
void expr_write(struct buf *out, const struct value *v, unsigned json_flags);
struct value *expr_read(struct arena *a, const struct value *v, struct errs *errs);
struct str expr_name(enum expr_fn fn);		/* "Fn::Join", "Ref" */

#endif
