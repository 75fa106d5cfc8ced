/* What the verbs about Aurora global databases share: reading DescribeGlobalClusters. */
#ifndef DRPLAN_AWS_VERBS_AURORA_H
#define DRPLAN_AWS_VERBS_AURORA_H

#include "providers/aws/verbs/verb.h"

/* Ask for the global cluster in a region that knows it: any member's does. */
void global_ask(struct verb *v, const struct subject *global, const struct place *where, verb_step *next);
/* The answer's global cluster. */
const struct value *global_of(const struct verb *v);
const struct value *global_writer(const struct value *global); /* its member, or NULL */
const struct value *global_member(const struct verb *v, const struct value *global, const struct subject *cluster);
struct str member_arn(const struct value *member); /* of NULL: empty */
/* For people: "dr-cluster in us-west-2". */
struct str cluster_words(struct verb *v, struct str arn);
/* Ask for one cluster by the identifier that ends its ARN, in the ARN's region. */
void cluster_ask(struct verb *v, struct str arn, verb_step *next);
const struct value *cluster_of(const struct verb *v);
/* The part of an engine's version that a managed switchover or failover needs to be the same: major and minor. */
struct str engine_release(struct str version);

#endif
