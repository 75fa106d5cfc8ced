/* What the verbs about Elastic Disaster Recovery share: servers chosen by tags, and what runs of them. */
#ifndef DRPLAN_AWS_VERBS_DRS_H
#define DRPLAN_AWS_VERBS_DRS_H

#include "providers/aws/verbs/verb.h"

#define DRS_AT_ONCE 200 /* servers in one StartRecovery */

/* Whether a choice ({Tags: {...}, Ids: [...]}) says which servers; why not otherwise. */
bool choice_check(const struct value *choice, const char **why);
/* The source servers of an answer that a choice means; copies in the arena. */
struct value *servers_chosen(struct arena *a, const struct value *answer, const struct value *choice);
bool server_has_tag(const struct value *server, const char *key, struct str value);
struct str server_id(const struct value *server);
struct str server_name(const struct value *server); /* for people: the host's name, else the id */
/* The item of a list whose key has that text, or NULL. */
const struct value *item_with(const struct value *list, const char *key, struct str text);
bool recovery_is_drill(const struct value *instance);
/* "PT1H30M5.5S" in milliseconds. */
bool iso_duration(struct str s, int64_t *ms);

/* Ask for all source servers of the place at hand. */
void servers_ask(struct verb *v, verb_step *next);
/* For the jobs of the last week. */
void jobs_ask(struct verb *v, verb_step *next);
/* For the recovery instances of these source servers. */
void recoveries_ask(struct verb *v, const struct value *servers, verb_step *next);

#endif
