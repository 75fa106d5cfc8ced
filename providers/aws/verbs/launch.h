/* Where a drill's servers are launched: Elastic Disaster Recovery takes the subnet from each server's EC2 launch
 * template, so a drill that wants another one gives the templates another default version for its time.
 *
 * A template is tagged with the version to go back to before it is changed: whoever comes later, after a kill too,
 * finds it by that tag in one call. Recover puts the templates back at its end and before any real launch, CleanUp
 * of drills does. */
#ifndef DRPLAN_AWS_VERBS_LAUNCH_H
#define DRPLAN_AWS_VERBS_LAUNCH_H

#include "providers/aws/verbs/verb.h"

/* Launch these servers into that subnet from here on; then go to step. */
void launch_divert(struct verb *v, const struct value *servers, struct str subnet, verb_step *then);
/* Put back whatever templates of this stack a drill has left changed; then go to step. */
void launch_restore(struct verb *v, verb_step *then);

#endif
