/* Status of what holds data: Aurora's members and their lag, replication of buckets and secrets, keys. */
#include "providers/aws/verbs/aurora.h"
#include "providers/aws/verbs/status.h"

#define LAG_WINDOW_MS (15 * 60 * 1000)

/* --- AWS::RDS::GlobalCluster -------------------------------------------------------------------------------------- */

static void global_next(struct verb *v);

static void global_known(struct verb *v)
{
	struct report *r = v->own;
	const struct value *global = global_of(v), *members = value_getc(global, "GlobalClusterMembers");
	const struct value *writer = global_writer(global);
	struct str status = text_at(global, "Status");

	if (!global) {
		report_gone(v, r);
		global_next(v);
		return;
	}
	report_say(
	    v, r, str_eqc(status, "available") || !status.n ? SAY_OK : SAY_WARN, "",
	    "a switchover or failover is going on, or was left: `aws rds describe-global-clusters` tells its state",
	    "%.*s, %zu members", STR_ARG(status), value_count(members));
	if (!writer)
		report_say(v, r, SAY_RED, "writer", "nobody can write: promote a member, `drplan failover --unplanned`",
			   "no member writes");
	else
		report_say(v, r, SAY_OK, "writer", NULL, "%.*s", STR_ARG(cluster_words(v, member_arn(writer))));
	if (value_count(members) < 2)
		report_say(v, r, SAY_RED, "members",
			   "there is no secondary to fail over to: `drplan plan` shows it if the stack makes it; a "
			   "secondary is "
			   "made anew from the primary, which takes tens of minutes",
			   "%zu member", value_count(members));
	for (size_t i = 0; i < value_count(members); i++) {
		struct str sync = text_at(value_at(members, i), "SynchronizationStatus");

		if (str_eqc(sync, "pending-resync"))
			report_say(v, r, SAY_RED, "member", "wait until it is connected: a switchover would be refused",
				   "%.*s is %.*s", STR_ARG(cluster_words(v, member_arn(value_at(members, i)))),
				   STR_ARG(sync));
	}
	global_next(v);
}

static void global_next(struct verb *v)
{
	struct report *r = v->own;

	if (!report_next(v, r)) {
		report_done(v, r);
		return;
	}
	verb_expect(v, "GlobalClusterNotFoundFault");
	global_ask(v, &r->at, r->at.place, global_known);
}

void status_global(struct verb *v)
{
	verb_own(v, struct report);
	global_next(v);
}

/* --- AWS::RDS::DBCluster ------------------------------------------------------------------------------------------ */

struct clusters {
	struct report r;
	bool secondary; /* of a global database, and not its writer */
};

static void cluster_next(struct verb *v);

static void lag_known(struct verb *v)
{
	struct clusters *own = v->own;
	const struct value *result = value_at(value_getc(v->answer, "MetricDataResults"), 0);
	int64_t rpo = arg_ms(v, "Rpo", -1);
	double lag;

	if (!number_of(value_at(value_getc(result, "Values"), 0), &lag))
		report_say(v, &own->r, SAY_NOTE, "lag",
			   "a new or headless secondary reports none; ask again in a few minutes",
			   "no data in the last 15 minutes");
	else if (rpo >= 0 && lag > (double)rpo)
		report_say(v, &own->r, SAY_RED, "lag",
			   "check the replication by `aws rds describe-global-clusters`; look at the primary's write "
			   "load and at "
			   "the secondary's instance class. A failover would lose this much",
			   "%.0f ms, the objective is %lld ms", lag, (long long)rpo);
	else
		report_say(v, &own->r, SAY_OK, "lag", NULL, "%.0f ms", lag);
	cluster_next(v);
}

static void lag_ask(struct verb *v)
{
	struct clusters *own = v->own;
	struct value *dimension = MAP(v, TXT("Name", STR("DBClusterIdentifier")), TXT("Value", own->r.at.id));
	struct value *metric = MAP(v, TXT("Namespace", STR("AWS/RDS")), TXT("MetricName", STR("AuroraGlobalDBRPOLag")),
				   VAL("Dimensions", verb_list(v, dimension)));
	struct value *stat = MAP(v, VAL("Metric", metric), TXT("Period", STR("60")), TXT("Stat", STR("Maximum")));

	verb_ask(v, "cloudwatch:GetMetricData",
		 MAP(v, VAL("MetricDataQueries", verb_list(v, MAP(v, TXT("Id", STR("m")), VAL("MetricStat", stat)))),
		     TXT("ScanBy", STR("TimestampDescending")),
		     TXT("StartTime", time_rfc3339(&v->round, verb_now(v) - LAG_WINDOW_MS, false)),
		     TXT("EndTime", time_rfc3339(&v->round, verb_now(v), false))),
		 lag_known);
}

/* A reader of another cluster: the ARN of what it follows. */
static bool follows(const struct value *cluster)
{
	return text_at(cluster, "ReplicationSourceIdentifier").n ||
	       str_eqc(text_at(cluster, "GlobalWriteForwardingStatus"), "enabled");
}

static void cluster_known(struct verb *v)
{
	struct clusters *own = v->own;
	const struct value *c = cluster_of(v), *members = value_getc(c, "DBClusterMembers");
	struct str status = text_at(c, "Status");

	if (!c) {
		report_gone(v, &own->r);
		cluster_next(v);
		return;
	}
	report_say(v, &own->r, str_eqc(status, "available") ? SAY_OK : SAY_RED, "",
		   "Aurora switches only clusters that are available: look at the cluster's events",
		   "%.*s, %zu instances, %.*s", STR_ARG(status), value_count(members),
		   STR_ARG(text_at(c, "EngineVersion")));
	if (!value_count(members))
		report_say(v, &own->r, SAY_RED, "instances",
			   "a headless cluster is not promoted: add an instance (AWS::RDS::DBInstance) to it, and wait "
			   "until it is "
			   "available",
			   "none");
	own->secondary = follows(c) || subject_attr(&own->r.at, "GlobalClusterIdentifier").n;
	if (own->secondary && !arg_bool(v, "Production", false))
		lag_ask(v);
	else
		cluster_next(v);
}

static void cluster_next(struct verb *v)
{
	struct clusters *own = v->own;

	if (!report_next(v, &own->r)) {
		report_done(v, &own->r);
		return;
	}
	verb_expect(v, "DBClusterNotFoundFault");
	verb_at(v, own->r.at.place);
	verb_ask(v, "rds:DescribeDBClusters", MAP(v, TXT("DBClusterIdentifier", own->r.at.id)), cluster_known);
}

void status_cluster(struct verb *v)
{
	verb_own(v, struct clusters);
	cluster_next(v);
}

/* --- AWS::RDS::DBInstance ----------------------------------------------------------------------------------------- */

static void instance_next(struct verb *v);

static void instance_known(struct verb *v)
{
	struct report *r = v->own;
	const struct value *x = value_at(value_getc(v->answer, "DBInstances"), 0);
	struct str status = text_at(x, "DBInstanceStatus");

	if (!x)
		report_gone(v, r);
	else
		report_say(v, r, str_eqc(status, "available") ? SAY_OK : SAY_RED, "",
			   "look at the instance's events; a stopped one is started by `aws rds start-db-instance`",
			   "%.*s, %.*s", STR_ARG(status), STR_ARG(text_at(x, "DBInstanceClass")));
	instance_next(v);
}

static void instance_next(struct verb *v)
{
	struct report *r = v->own;

	if (!report_next(v, r)) {
		report_done(v, r);
		return;
	}
	verb_expect(v, "DBInstanceNotFound DBInstanceNotFoundFault");
	verb_ask(v, "rds:DescribeDBInstances", MAP(v, TXT("DBInstanceIdentifier", r->at.id)), instance_known);
}

void status_instance(struct verb *v)
{
	verb_own(v, struct report);
	instance_next(v);
}

/* --- AWS::KMS::Key ------------------------------------------------------------------------------------------------ */

static void key_next(struct verb *v);

static void key_known(struct verb *v)
{
	struct report *r = v->own;
	const struct value *k = value_getc(v->answer, "KeyMetadata");
	struct str state = text_at(k, "KeyState");

	if (!k)
		report_gone(v, r);
	else
		report_say(v, r, str_eqc(state, "Enabled") ? SAY_OK : SAY_RED, "",
			   "what it encrypts cannot be read: `aws kms cancel-key-deletion` and `aws kms enable-key`",
			   "%.*s", STR_ARG(state));
	key_next(v);
}

static void key_next(struct verb *v)
{
	struct report *r = v->own;

	if (!report_next(v, r)) {
		report_done(v, r);
		return;
	}
	verb_expect(v, "NotFoundException");
	verb_ask(v, "kms:DescribeKey", MAP(v, TXT("KeyId", r->at.id)), key_known);
}

void status_key(struct verb *v)
{
	verb_own(v, struct report);
	key_next(v);
}

/* --- AWS::SecretsManager::Secret ---------------------------------------------------------------------------------- */

static void secret_next(struct verb *v);

static void secret_known(struct verb *v)
{
	struct report *r = v->own;
	const struct value *replicas = value_getc(v->answer, "ReplicationStatus");
	size_t good = 0;

	if (!v->answer) {
		report_gone(v, r);
		secret_next(v);
		return;
	}
	if (text_at(v->answer, "DeletedDate").n)
		report_say(v, r, SAY_RED, "", "`aws secretsmanager restore-secret`", "is scheduled for deletion");
	for (size_t i = 0; i < value_count(replicas); i++) {
		const struct value *x = value_at(replicas, i);

		if (is_at(x, "Status", "Failed"))
			report_say(v, r, SAY_RED, "replica",
				   "remove and add the replica: `aws secretsmanager "
				   "replicate-secret-to-regions --force-overwrite-replica-secret`",
				   "%.*s: %.*s", STR_ARG(text_at(x, "Region")), STR_ARG(text_at(x, "StatusMessage")));
		else
			good++;
	}
	if (good)
		report_say(v, r, SAY_OK, "replicas", NULL, "%zu", good);
	secret_next(v);
}

static void secret_next(struct verb *v)
{
	struct report *r = v->own;

	if (!report_next(v, r)) {
		report_done(v, r);
		return;
	}
	verb_expect(v, "ResourceNotFoundException");
	verb_ask(v, "secretsmanager:DescribeSecret", MAP(v, TXT("SecretId", r->at.id)), secret_known);
}

void status_secret(struct verb *v)
{
	verb_own(v, struct report);
	secret_next(v);
}
