/* What a Call (docs/verbs.md) may send: its operation and parameters against AWS's models, its Unless. The verb asks
 * before it sends anything, the simulator instead of sending. */
#ifndef DRPLAN_AWS_CALLCHECK_H
#define DRPLAN_AWS_CALLCHECK_H

#include "base/value.h"

/* args: Service, Operation, Parameters, Unless. False: *why says what is wrong. */
bool call_checked(struct arena *a, const struct value *args, struct str *why);
bool call_reads(struct str operation);	/* it changes nothing, by its name */

#endif
