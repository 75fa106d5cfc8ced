/* IAM policies by meaning: between normal.c and normal_policy.c alone. */
#ifndef DRPLAN_MODEL_NORMAL_POLICY_H
#define DRPLAN_MODEL_NORMAL_POLICY_H

#include "base/value.h"

/* A copy of a policy document in which everything that IAM reads the same way is written the same way. What does not
 * have a policy's shape is left as it is. */
struct value *policy_form(struct arena *a, const struct value *doc);
/* "arn:aws:iam::123456789012:root" is the account: "123456789012". Anything else is itself. */
struct str principal_form(struct str s);
/* ASCII, in the arena; shared by normal.c and normal_policy.c. */
struct str normal_lower(struct arena *a, struct str s);

#endif
