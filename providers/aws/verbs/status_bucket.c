/* Status of buckets: versioning, each rule of their replication, and what it still has to send.
 * Metrics of replication are published where the source is, once S3 Replication Time Control or
 * metrics are on. */
#include "providers/aws/verbs/status.h"

#define WINDOW_MS (15 * 60 * 1000)
#define LATENCY_RED_S 900 /* S3 Replication Time Control: 99.9 % within 15 minutes (S3 user guide) */

struct buckets {
	struct report r;
	struct value *rules; /* [{ID, Bucket}] that are enabled and have metrics */
	size_t rule;
};

static void next(struct verb *v);
static void rule_next(struct verb *v);

static const struct {
	const char *name, *words, *unit;
	double scale;
} metrics[] = {{"ReplicationLatency", "latency", "s", 1},
	       {"BytesPendingReplication", "pending", "bytes", 1},
	       {"OperationsFailedReplication", "failed operations", "", 1}};
#define N_METRICS (sizeof metrics / sizeof *metrics)

static bool newest(const struct value *answer, size_t which, double *x)
{
	const struct value *results = value_getc(answer, "MetricDataResults");
	char id[8] = {'m', (char)('0' + which), 0};

	for (size_t i = 0; i < value_count(results); i++)
		if (is_at(value_at(results, i), "Id", id) &&
		    number_of(value_at(value_getc(value_at(results, i), "Values"), 0), x))
			return true;
	return false;
}

static void metrics_known(struct verb *v)
{
	struct buckets *own = v->own;
	struct str rule = text_at(value_at(own->rules, own->rule), "ID");
	double latency = 0, pending = 0, failed = 0;
	bool has = newest(v->answer, 0, &latency);
	int64_t rpo = arg_ms(v, "Rpo", -1);
	const char *name = str_fmt(v->arena, "replication %.*s", STR_ARG(rule)).p;
	bool late;

	has |= newest(v->answer, 1, &pending);
	has |= newest(v->answer, 2, &failed);
	late = latency > LATENCY_RED_S || (rpo >= 0 && pending > 0 && latency * 1000 > (double)rpo);
	if (!has)
		report_say(v, &own->r, SAY_NOTE, name,
			   "nothing was written lately, or replication metrics are off: see "
			   "Metrics of the rule's Destination",
			   "no data in the last 15 minutes");
	else if (late || failed > 0)
		report_say(v, &own->r, SAY_RED, name,
			   "check the rule by `aws s3api get-bucket-replication`, the role's permissions and the "
			   "destination's "
			   "key policy; what failed is sent again by a batch job (ReplicateBacklog)",
			   "latency %.0f s, pending %.0f bytes, %.0f operations failed", latency, pending, failed);
	else
		report_say(v, &own->r, SAY_OK, name, NULL, "latency %.0f s, pending %.0f bytes", latency, pending);
	own->rule++;
	rule_next(v);
}

static struct value *query(struct verb *v, size_t which, struct str source, const struct value *rule)
{
	struct value *dimensions = verb_list(v, MAP(v, TXT("Name", STR("SourceBucket")), TXT("Value", source)));
	struct value *metric, *stat;

	value_append(&v->round, dimensions,
		     MAP(v, TXT("Name", STR("DestinationBucket")), TXT("Value", text_at(rule, "Bucket"))));
	value_append(&v->round, dimensions, MAP(v, TXT("Name", STR("RuleId")), TXT("Value", text_at(rule, "ID"))));
	metric = MAP(v, TXT("Namespace", STR("AWS/S3")), TXT("MetricName", str_of(metrics[which].name)),
		     VAL("Dimensions", dimensions));
	stat = MAP(v, VAL("Metric", metric), TXT("Period", STR("60")), TXT("Stat", STR("Maximum")));
	return MAP(v, TXT("Id", str_fmt(&v->round, "m%zu", which)), VAL("MetricStat", stat));
}

static void rule_next(struct verb *v)
{
	struct buckets *own = v->own;
	const struct value *rule = value_at(own->rules, own->rule);
	struct value *queries;

	if (!rule) {
		next(v);
		return;
	}
	queries = verb_list(v, NULL);
	for (size_t i = 0; i < N_METRICS; i++)
		value_append(&v->round, queries, query(v, i, own->r.at.id, rule));
	verb_ask(v, "cloudwatch:GetMetricData",
		 MAP(v, VAL("MetricDataQueries", queries), TXT("ScanBy", STR("TimestampDescending")),
		     TXT("StartTime", time_rfc3339(&v->round, verb_now(v) - WINDOW_MS, false)),
		     TXT("EndTime", time_rfc3339(&v->round, verb_now(v), false))),
		 metrics_known);
}

static void rule_add(struct verb *v, struct buckets *own, const struct value *rule)
{
	struct value *map = value_map(v->arena, (struct pos){0});
	struct str id = str_dup(v->arena, text_at(rule, "ID")),
		   bucket = str_dup(v->arena, arn_tail(text_at(value_getc(rule, "Destination"), "Bucket")));

	value_set(v->arena, map, STR("ID"), (struct pos){0}, value_string(v->arena, (struct pos){0}, id));
	value_set(v->arena, map, STR("Bucket"), (struct pos){0}, value_string(v->arena, (struct pos){0}, bucket));
	value_append(v->arena, own->rules, map);
}

static void rules_known(struct verb *v)
{
	struct buckets *own = v->own;
	const struct value *rules = value_path(v->answer, STR("ReplicationConfiguration.Rules"));

	own->rules = value_list(v->arena, (struct pos){0});
	own->rule = 0;
	for (size_t i = 0; i < value_count(rules); i++) {
		if (is_at(value_at(rules, i), "Status", "Enabled"))
			rule_add(v, own, value_at(rules, i));
		else
			report_say(v, &own->r, SAY_RED, "replication",
				   "enable the rule: `drplan plan` shows who changed it", "rule %.*s is disabled",
				   STR_ARG(text_at(value_at(rules, i), "ID")));
	}
	if (!value_count(rules) && subject_attr(&own->r.at, "ReplicationConfiguration").n == 0 &&
	    value_getc(own->r.at.props, "ReplicationConfiguration"))
		report_say(v, &own->r, SAY_RED, "replication",
			   "the stack has rules and the bucket has none: `drplan plan` shows it, `drplan apply` puts "
			   "them back",
			   "there are no rules");
	rule_next(v);
}

static void versioning_known(struct verb *v)
{
	struct buckets *own = v->own;

	if (!v->answer) {
		if (str_eqc(v->code, "NoSuchBucket"))
			report_gone(v, &own->r);
		next(v);
		return;
	}
	if (value_getc(own->r.at.props, "VersioningConfiguration") && !is_at(v->answer, "Status", "Enabled"))
		report_say(v, &own->r, SAY_RED, "versioning", "replication needs it: `drplan apply` turns it on again",
			   "is not enabled");
	verb_expect(v, "ReplicationConfigurationNotFoundError NoSuchBucket");
	verb_ask(v, "s3:GetBucketReplication", MAP(v, TXT("Bucket", own->r.at.id)), rules_known);
}

static void next(struct verb *v)
{
	struct buckets *own = v->own;

	if (!report_next(v, &own->r)) {
		report_done(v, &own->r);
		return;
	}
	verb_expect(v, "NoSuchBucket");
	verb_ask(v, "s3:GetBucketVersioning", MAP(v, TXT("Bucket", own->r.at.id)), versioning_known);
}

void status_bucket(struct verb *v)
{
	verb_own(v, struct buckets);
	next(v);
}
