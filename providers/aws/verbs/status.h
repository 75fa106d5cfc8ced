/* Status: what is to be said of the resources of one type, against what recovery needs of them.
 * status.c has the table of types and the lines; status_data.c what holds data, status_run.c what
 * carries the application, status_watch.c what watches and steers traffic. A look goes through its
 * resources (report_next) and ends with report_done.
 */
#ifndef DRPLAN_AWS_VERBS_STATUS_H
#define DRPLAN_AWS_VERBS_STATUS_H

#include "providers/aws/verbs/verb.h"

enum severity { SAY_OK, SAY_NOTE, SAY_WARN, SAY_RED };

struct report { /* begins what a look keeps in v->own */
	struct subject at; /* the resource at hand */
	size_t i; /* how many were begun */
	struct value *lines;
};

/* The next resource among Of; false after the last. */
bool report_next(struct verb *v, struct report *r);
void report_say(struct verb *v, struct report *r, enum severity how, const char *what, const char *remedy,
		const char *fmt, ...) PRINTF_LIKE(6, 7);
/* It is not there any more. */
void report_gone(struct verb *v, struct report *r);
void report_done(struct verb *v, struct report *r);
/* The element of a list whose key has the id; ids are compared without case where AWS folds them. */
const struct value *report_element(const struct value *list, const char *key, struct str id);
/* The ids of all resources of Of. */
struct value *report_ids(struct verb *v);

verb_step status_alarm;
verb_step status_bucket;
verb_step status_cluster;
verb_step status_global;
verb_step status_group;
verb_step status_health;
verb_step status_instance;
verb_step status_key;
verb_step status_nat;
verb_step status_secret;
verb_step status_servers;
verb_step status_targets;

#endif
