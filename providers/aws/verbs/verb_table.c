/* Which verbs and probes there are. */
#include "providers/aws/verbs/verb.h"
#include "providers/aws/verbs/looks.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)

#define CAPACITY "Of:resource! Min:count Max:count Desired:count Healthy:resource Wait:bool"

#define DNS "Switch:resource Record:resource To:target!"
#define PROMOTE "Global:resource! To:resource! Planned:bool"
/* clang-format off */
static const struct verb_def verbs[] = {
	{"Call", "Service:text! Operation:text! Parameters:map Unless:map", call_look, 15 * MINUTE, true},
	{"Capacity", CAPACITY, capacity_look, 15 * MINUTE, false},
	{"CleanUp", "RecoveryInstances:map! Disconnect:bool", cleanup_look, 30 * MINUTE, false},
	{"Dns", DNS, dns_look, 10 * MINUTE, false},
	{"Fence", "Servers:map! Wait:bool", fence_look, 15 * MINUTE, false},
	{"Invoke", "Function:resource! Payload:any Expect:map", invoke_look, 15 * MINUTE, true},
	{"KeepSnapshot", "Cluster:resource! Prefix:text! As:text!", snapshot_look, 60 * MINUTE, false},
	{"Notify", "Topic:resource! Subject:text! Message:text", notify_look, 30 * SECOND, true},
	{"PromoteAurora", PROMOTE, promote_look, 30 * MINUTE, false},
	{"Recover", "Servers:map! Tiers:texts PointInTime:text Drill:bool Subnet:resource",
	 recover_look, 60 * MINUTE, false},
	{"ReplicateBacklog", "Bucket:resource! Rule:text Status:texts Role:resource!",
	 backlog_look, 24 * 60 * MINUTE, false},
	{"Report", "Bucket:resource! Key:text! Body:text! Type:text! KmsKeyId:text", report_look, MINUTE, false},
	{"ReverseReplication", "From:target! To:target! Servers:map!", reverse_look, 60 * MINUTE, false},
};

static const struct verb_def probes[] = {
	{"Advice", "Of:any Steps:any Differs:any", advice_look, 20 * SECOND, false},
	{"Alarm", "Of:resources! Is:texts!", alarm_look, 20 * SECOND, false},
	{"Capacity", CAPACITY, capacity_look, 20 * SECOND, false},
	{"Credentials", "Account:text", credentials_look, 20 * SECOND, false},
	{"Dns", DNS, dns_look, 20 * SECOND, false},
	{"Doctor", "Topic:text! Of:resources Elsewhere:resources Verbs:texts Avoid:texts", doctor_look, 20 * SECOND, false},
	{"EngineMatch", "Of:resource!", enginematch_look, 20 * SECOND, false},
	{"HealthCheck", "Of:resources! Is:texts!", healthcheck_look, 20 * SECOND, false},
	{"Invoke", "Function:resource! Payload:any Expect:map", invoke_look, MINUTE, false},
	{"Member", "Of:resource! Cluster:resource! Is:texts", member_look, 20 * SECOND, false},
	{"Metric", "Namespace:text! MetricName:text! Dimensions:map Stat:text Period:duration Unit:text Scale:number "
		   "Above:number Below:number AtLeast:number AtMost:number", metric_look, 20 * SECOND, false},
	{"Policy", "Of:resources Verbs:texts Regions:texts", policy_look, 20 * SECOND, false},
	{"PromoteAurora", PROMOTE, writer_look, 20 * SECOND, false},
	{"Quota", "For:resource! Instances:count", quota_look, 30 * SECOND, false},
	{"Replication", "Servers:map! Is:texts LagBelow:duration AtLeast:count Value:text",
	 replication_look, 20 * SECOND, false},
	{"State", "Servers:map! Is:texts! Drill:bool", state_look, 20 * SECOND, false},
	{"Status", "Type:text! Of:resources! Active:bool Production:bool Switches:texts Rpo:duration", status_look,
	 20 * SECOND, false},
	{"Tcp", "Host:text Servers:map Port:count! From:resource!", tcp_look, MINUTE, false},
	{"Writer", "Of:resource! Is:resource!", writer_look, 20 * SECOND, false},
};
/* clang-format on */

static const struct verb_def *find(const struct verb_def *defs, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eqc(name, defs[i].name))
			return &defs[i];
	return NULL;
}

const struct verb_def *verb_named(struct str name)
{
	return find(verbs, sizeof verbs / sizeof *verbs, name);
}

const struct verb_def *probe_named(struct str name)
{
	return find(probes, sizeof probes / sizeof *probes, name);
}

bool verb_is_probe(struct str name)
{
	return probe_named(name) != NULL;
}

bool verb_is_verb(struct str name)
{
	return verb_named(name) != NULL;
}
