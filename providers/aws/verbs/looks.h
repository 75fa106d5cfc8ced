/* The first steps of all verbs and probes; verb_table.c says what each is called and takes. */
#ifndef DRPLAN_AWS_VERBS_LOOKS_H
#define DRPLAN_AWS_VERBS_LOOKS_H

#include "providers/aws/verbs/verb.h"

verb_step advice_look;
verb_step alarm_look;
verb_step backlog_look;
verb_step call_look;
verb_step capacity_look;
verb_step cleanup_look;
verb_step credentials_look;
verb_step dns_look;
verb_step doctor_look;
verb_step enginematch_look;
verb_step fence_look;
verb_step healthcheck_look;
verb_step invoke_look;
verb_step member_look;
verb_step metric_look;
verb_step notify_look;
verb_step policy_look;
verb_step promote_look;
verb_step quota_look;
verb_step record_look;
verb_step recover_look;
verb_step replication_look;
verb_step report_look;
verb_step reverse_look;
verb_step snapshot_look;
verb_step state_look;
verb_step status_look;
verb_step tcp_look;
verb_step writer_look;

#endif
