/* Doctor: one topic of what a failover will need of a target, beside the resources that stand
 * there already. doctor.c has the topics; doctor_place.c who and where we are, doctor_room.c what
 * the region has room for and offers, doctor_may.c what we may. Lines are those of status.h. A
 * topic that may not be asked says so, as a note.
 */
#ifndef DRPLAN_AWS_VERBS_DOCTOR_H
#define DRPLAN_AWS_VERBS_DOCTOR_H

#include "providers/aws/verbs/status.h"

/* A line that is about no resource. */
void doctor_say(struct verb *v, struct report *r, const char *name, enum severity how, const char *remedy,
		const char *fmt, ...) PRINTF_LIKE(6, 7);
/* The last call was refused: says so. */
void doctor_refused(struct verb *v, struct report *r, const char *name);

verb_step doctor_addresses;
verb_step doctor_clock;
verb_step doctor_images;
verb_step doctor_machines;
verb_step doctor_databases;
verb_step doctor_permissions;
verb_step doctor_quotas;
verb_step doctor_region;

#endif
