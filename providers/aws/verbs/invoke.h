/* Asking a Lambda function, for the verbs that do. */
#ifndef DRPLAN_AWS_VERBS_INVOKE_H
#define DRPLAN_AWS_VERBS_INVOKE_H

#include "providers/aws/verbs/verb.h"

/* The request that sends a payload to the function an argument names; following calls go where it lives. */
struct value *invoke_input(struct verb *v, const char *argument, struct str payload);
/* What it answered, or NULL where that is no JSON; *said is the beginning of it for people, *error its own failure. */
const struct value *invoke_answer(struct verb *v, struct str *said, struct str *error);

#endif
