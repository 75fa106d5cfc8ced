/* Advice; see advice.h. Each rule is one function over one resource or step. */
#include "providers/advice.h"

struct advising {
	struct arena *a;
	const struct value *of, *steps, *differs;
	struct value *lines;
};

static void put(struct advising *d, struct value *map, const char *key, struct str text)
{
	value_set(d->a, map, str_of(key), (struct pos){0}, value_string(d->a, (struct pos){0}, text));
}

static void say(struct advising *d, struct str name, const char *level, const char *remedy, struct str value)
{
	struct value *line = value_map(d->a, (struct pos){0});

	put(d, line, "Name", name);
	put(d, line, "Value", value);
	put(d, line, "Level", str_of(level));
	put(d, line, "Remedy", str_of(remedy));
	value_append(d->a, d->lines, line);
}

static struct str text_at(const struct value *map, const char *key)
{
	return value_text(value_getc(map, key));
}

static struct str prop(const struct value *thing, const char *path)
{
	return value_text(value_path(value_getc(thing, "Props"), str_of(path)));
}

static bool is_type(const struct value *thing, const char *type)
{
	return str_eqc(text_at(thing, "Type"), type);
}

static bool ours(const struct value *thing)
{
	bool lookup = false;

	return !value_as_bool(value_getc(thing, "Lookup"), &lookup) || !lookup;
}

/* --- control planes in one region --------------------------------------------------------------------------------- */

/* Written through one region for all (AWS Fault Isolation Boundaries, "Global services"): IAM and
 * Route 53 through us-east-1; S3 makes and configures buckets through it too. */
static bool written_elsewhere(struct str type)
{
	static const char *const types[] = {"AWS::IAM::", "AWS::Route53::", "AWS::S3::Bucket", "AWS::CloudFront::"};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (str_starts(type, str_of(types[i])))
			return true;
	return false;
}

static void depends_on_mode(struct advising *d, const struct value *thing)
{
	struct str address = text_at(thing, "Address");

	for (size_t i = 0; i < value_count(d->differs); i++)
		if (str_eq(value_text(value_at(d->differs, i)), address) && written_elsewhere(text_at(thing, "Type")))
			say(d, address, "red",
			    "have it the same in both modes; a failover changes only what its region changes alone",
			    str_fmt(d->a,
				    "depends on the mode, and %.*s is changed through us-east-1, which may be down",
				    STR_ARG(text_at(thing, "Type"))));
}

static void step_stays_in_region(struct advising *d, const struct value *step)
{
	struct str verb = text_at(step, "Verb"), service = value_text(value_path(step, STR("Args.Service"))),
		   name =
		       str_fmt(d->a, "%.*s: %.*s", STR_ARG(text_at(step, "Runbook")), STR_ARG(text_at(step, "Name")));

	if (str_eqc(verb, "Dns") && value_path(step, STR("Args.Record")))
		say(d, name, "red",
		    "throw a switch instead: an alarm in the recovery region, a health check of type CLOUDWATCH_METRIC "
		    "that "
		    "follows it, and Dns: {Switch: ALARM}",
		    STR("changes a record, which needs Route 53's control plane in us-east-1"));
	if (str_eqc(verb, "Call") &&
	    (str_eqc(service, "iam") || str_eqc(service, "route53") || str_eqc(service, "s3control")))
		say(d, name, "red", "do it beforehand, in the stack",
		    str_fmt(d->a, "calls %.*s, whose control plane is in us-east-1", STR_ARG(service)));
}

/* --- databases ---------------------------------------------------------------------------------------------------- */

static bool has_instance(const struct advising *d, const struct value *cluster)
{
	for (size_t i = 0; i < value_count(d->of); i++) {
		const struct value *x = value_at(d->of, i);

		if (is_type(x, "AWS::RDS::DBInstance") && str_eq(text_at(x, "Target"), text_at(cluster, "Target")) &&
		    str_eq_nocase(prop(x, "DBClusterIdentifier"), text_at(cluster, "Id")))
			return true;
	}
	return false;
}

static void cluster_rules(struct advising *d, const struct value *thing)
{
	struct str address = text_at(thing, "Address"), retention = prop(thing, "BackupRetentionPeriod");
	int64_t days;
	bool protected = false;

	if (!is_type(thing, "AWS::RDS::DBCluster") || !ours(thing))
		return;
	if (!has_instance(d, thing))
		say(d, address, "red",
		    "add an AWS::RDS::DBInstance in it: Aurora promotes no cluster without instances",
		    STR("is headless: nothing could be promoted"));
	if (!value_as_bool(value_path(value_getc(thing, "Props"), STR("DeletionProtection")), &protected) || !protected)
		say(d, address, "warn", "DeletionProtection: true", STR("can be deleted by one call"));
	if (str_int(retention, 0, 35, &days) && days < 7)
		say(d, address, "warn", "BackupRetentionPeriod: 7 or more",
		    str_fmt(d->a, "keeps backups for %.*s days, and so the snapshot of writes that a failover loses",
			    STR_ARG(retention)));
}

/* --- buckets ------------------------------------------------------------------------------------------------------ */

static bool leads_to(const struct value *rules, struct str name)
{
	for (size_t i = 0; i < value_count(rules); i++) {
		struct str arn = value_text(value_path(value_at(rules, i), STR("Destination.Bucket")));

		ptrdiff_t at = str_find(arn, STR(":::"), 0);

		if (at > 0 && str_eq(str_sub(arn, (size_t)at + 3, arn.n), name))
			return true;
	}
	return false;
}

/* Rules stand in a bucket, or are put on one that is not ours. */
static bool replicates(const struct advising *d, struct str from, struct str to)
{
	for (size_t i = 0; i < value_count(d->of); i++) {
		const struct value *x = value_at(d->of, i), *props = value_getc(x, "Props");

		if (is_type(x, "AWS::S3::Bucket") && str_eq(text_at(x, "Id"), from) &&
		    leads_to(value_path(props, STR("ReplicationConfiguration.Rules")), to))
			return true;
		if (is_type(x, "DR::S3::BucketReplication") && str_eq(prop(x, "Bucket"), from) &&
		    leads_to(value_getc(props, "Rules"), to))
			return true;
	}
	return false;
}

static void bucket_rules(struct advising *d, const struct value *thing)
{
	struct str here = text_at(thing, "Id");

	if (!is_type(thing, "AWS::S3::Bucket"))
		return;
	for (size_t i = 0; i < value_count(d->of); i++) {
		const struct value *other = value_at(d->of, i);
		struct str there = text_at(other, "Id");

		if (other == thing || !is_type(other, "AWS::S3::Bucket") || !replicates(d, here, there) ||
		    replicates(d, there, here))
			continue;
		say(d, text_at(thing, "Address"), "warn",
		    "give both buckets rules and a role from the first day: during a failover they could not be made, "
		    "and what is "
		    "written then would have to be copied by hand",
		    str_fmt(d->a, "is replicated to %.*s, and nothing comes back", STR_ARG(text_at(other, "Address"))));
	}
}

/* --- networks ----------------------------------------------------------------------------------------------------- */

static void gateway_rules(struct advising *d, const struct value *thing)
{
	size_t gateways = 0, zones = 0;
	struct str zone = STR_NONE;

	if (!is_type(thing, "AWS::EC2::NatGateway") || !ours(thing))
		return;
	for (size_t i = 0; i < value_count(d->of); i++) {
		const struct value *x = value_at(d->of, i);
		struct str here = prop(x, "AvailabilityZone");

		if (!str_eq(text_at(x, "Target"), text_at(thing, "Target")))
			continue;
		gateways += is_type(x, "AWS::EC2::NatGateway");
		if (is_type(x, "AWS::EC2::Subnet") && here.n && !str_eq(here, zone)) {
			zones++;
			zone = here;
		}
	}
	if (gateways == 1 && zones > 1)
		say(d, text_at(thing, "Address"), "warn", "one gateway in each zone, with a route table of its own",
		    STR("is the only way out of several zones: with its zone all lose it"));
}

/* --- what watches ------------------------------------------------------------------------------------------------- */

static void alarm_rules(struct advising *d, const struct value *thing)
{
	struct str region = text_at(thing, "Region");

	if (!is_type(thing, "AWS::CloudWatch::Alarm"))
		return;
	if (str_eqc(prop(thing, "Namespace"), "AWS/Route53") && !str_eqc(region, "us-east-1"))
		say(d, text_at(thing, "Address"), "red",
		    "give it a target in us-east-1, the only region with Route 53's metrics",
		    str_fmt(d->a, "watches Route 53 from %.*s, where there is no data: it never rings",
			    STR_ARG(region)));
}

static void health_rules(struct advising *d, const struct value *thing)
{
	if (!is_type(thing, "AWS::Route53::HealthCheck") ||
	    !str_eqc(prop(thing, "HealthCheckConfig.Type"), "CLOUDWATCH_METRIC") ||
	    str_eqc(prop(thing, "HealthCheckConfig.InsufficientDataHealthStatus"), "LastKnownStatus"))
		return;
	say(d, text_at(thing, "Address"), "warn", "InsufficientDataHealthStatus: LastKnownStatus",
	    STR("changes its mind when its alarm has no data: traffic would move by itself"));
}

static void log_rules(struct advising *d, const struct value *thing)
{
	if (is_type(thing, "AWS::Logs::LogGroup") && ours(thing) && !prop(thing, "RetentionInDays").n)
		say(d, text_at(thing, "Address"), "note", "RetentionInDays", STR("keeps its logs for ever"));
}

/* ------------------------------------------------------------------------------------------------------------------ */

struct value *advice(struct arena *a, const struct value *args)
{
	static void (*const rules[])(struct advising *, const struct value *) = {
	    depends_on_mode, cluster_rules, bucket_rules, gateway_rules, alarm_rules, health_rules, log_rules};
	struct advising d = {a, value_getc(args, "Of"), value_getc(args, "Steps"), value_getc(args, "Differs"),
			     value_list(a, (struct pos){0})};

	for (size_t i = 0; i < value_count(d.of); i++)
		for (size_t k = 0; k < sizeof rules / sizeof *rules; k++)
			rules[k](&d, value_at(d.of, i));
	for (size_t i = 0; i < value_count(d.steps); i++)
		step_stays_in_region(&d, value_at(d.steps, i));
	return d.lines;
}
