/* What Route 53's checkers report, for the verbs that look at it. */
#ifndef DRPLAN_AWS_VERBS_HEALTH_H
#define DRPLAN_AWS_VERBS_HEALTH_H

#include "providers/aws/verbs/verb.h"

/* Of GetHealthCheckStatus: whether the check is healthy, before it is inverted. False: no checker has reported yet. */
bool health_reported(const struct value *answer, bool *healthy);
bool health_flag(const struct value *config, const char *key);

#endif
