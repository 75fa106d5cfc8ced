/* What a caller must be allowed: the actions, as IAM policies name them, of every call that the
 * types' texts and the verbs make (permits.c). Sorted, each once. */
#ifndef DRPLAN_AWS_VERBS_PERMITS_H
#define DRPLAN_AWS_VERBS_PERMITS_H

#include "providers/aws/verbs/verb.h"

struct permits {
	struct arena *arena;
	struct str *actions;
	size_t n, cap;
};

/* "elasticloadbalancing:DescribeTargetHealth" of elbv2 and DescribeTargetHealth. */
struct str permit_action(struct arena *a, struct str service, struct str operation);
void permits_of_type(struct permits *p, struct str type, const struct value *props);
void permits_of_verb(struct permits *p, struct str verb);
void permits_basic(struct permits *p); /* what every command asks */
void permits_sort(struct permits *p);
/* Of all resources in Of, and of Verbs. */
void permits_of_args(struct verb *v, struct permits *p);

#endif
