/* Advice: what AWS's own facts say against a stack that shall survive its region, out of what was
 * applied alone. Nobody is asked anything, so that both providers give the same (WORK_PROBE
 * "Advice").
 *
 * args: {Of: [resources and lookups, as provider.h has them, each with its Region], Steps:
 * [{Runbook, Name, Verb, Args}], Differs: [addresses that depend on the mode]}. The result is a
 * list of {Name, Value, Level, Remedy}.
 */
#ifndef DRPLAN_PROVIDERS_ADVICE_H
#define DRPLAN_PROVIDERS_ADVICE_H

#include "base/value.h"

struct value *advice(struct arena *a, const struct value *args);

#endif
