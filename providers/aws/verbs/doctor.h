/* Doctor: one topic of what a failover will need of a target, beside the resources that stand
 * there already. doctor.c has the topics; doctor_place.c where we are, doctor_who.c as whom and by
 * what, doctor_room.c what the region has room for and offers, doctor_data.c the same for
 * databases and keys, doctor_may.c what we may. Lines are those of status.h. A
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

/* All texts that stand at a key somewhere in the properties of a resource, each once. */
void doctor_names(struct verb *v, const struct value *props, const char *key, struct value *out);

verb_step doctor_addresses;
verb_step doctor_clock;
verb_step doctor_images;
verb_step doctor_keys;
verb_step doctor_machines;
verb_step doctor_databases;
verb_step doctor_permissions;
verb_step doctor_quotas;
verb_step doctor_region;
verb_step doctor_source;

#endif
