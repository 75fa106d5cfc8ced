/* The provider's member exports (provider.h), for AWS and for what stands in for it: a runbook as a state machine of AWS Step
 * Functions. See verbs/export.h. */
#ifndef DRPLAN_AWS_STATES_H
#define DRPLAN_AWS_STATES_H

#include "providers/provider.h"

bool states_export(const struct provider *p, struct export_book *b);

#endif
