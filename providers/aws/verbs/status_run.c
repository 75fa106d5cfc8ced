/* Status of what carries the application: groups and their targets, gateways, servers that are replicated. */
#include "providers/aws/verbs/drs.h"
#include "providers/aws/verbs/status.h"

/* --- AWS::AutoScaling::AutoScalingGroup --------------------------------------------------------------------------- */

static void group_one(struct verb *v, struct report *r, const struct value *group)
{
	const struct value *list = value_getc(group, "Instances"), *halted = value_getc(group, "SuspendedProcesses");
	int64_t wanted = 0, min = 0, max = 0, good = 0;

	value_as_int(value_getc(group, "DesiredCapacity"), &wanted);
	value_as_int(value_getc(group, "MinSize"), &min);
	value_as_int(value_getc(group, "MaxSize"), &max);
	for (size_t i = 0; i < value_count(list); i++)
		good += is_at(value_at(list, i), "LifecycleState", "InService") &&
			is_at(value_at(list, i), "HealthStatus", "Healthy");
	if (value_count(halted))
		report_say(v, r, SAY_RED, "processes", "`aws autoscaling resume-processes`: instances are not launched",
			   "%.*s is suspended", STR_ARG(text_at(value_at(halted, 0), "ProcessName")));
	if (good < wanted)
		report_say(v, r, SAY_RED, "capacity",
			   "`aws autoscaling describe-scaling-activities` tells why: quota, capacity of the zone, AMI "
			   "or template",
			   "%lld of %lld instances are in service", (long long)good, (long long)wanted);
	else if (!wanted && arg_bool(v, "Production", false))
		report_say(v, r, SAY_RED, "capacity", "production runs here: raise DesiredCapacity", "no instances");
	else
		report_say(v, r, SAY_OK, "capacity", NULL, "%lld in service, desired %lld, at most %lld",
			   (long long)good, (long long)wanted, (long long)max);
}

static void groups_known(struct verb *v)
{
	struct report *r = v->own;

	while (report_next(v, r)) {
		const struct value *group =
		    report_element(value_getc(v->answer, "AutoScalingGroups"), "AutoScalingGroupName", r->at.id);

		if (group)
			group_one(v, r, group);
		else
			report_gone(v, r);
	}
	report_done(v, r);
}

void status_group(struct verb *v)
{
	verb_own(v, struct report);
	verb_ask(v, "autoscaling:DescribeAutoScalingGroups", MAP(v, VAL("AutoScalingGroupNames", report_ids(v))),
		 groups_known);
}

/* --- AWS::ElasticLoadBalancingV2::TargetGroup --------------------------------------------------------------------- */

static void targets_next(struct verb *v);

static void targets_known(struct verb *v)
{
	struct report *r = v->own;
	const struct value *list = value_getc(v->answer, "TargetHealthDescriptions"), *why = NULL;
	size_t good = 0, n = value_count(list);

	if (!v->answer) {
		report_gone(v, r);
		targets_next(v);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct value *health = value_getc(value_at(list, i), "TargetHealth");

		if (is_at(health, "State", "healthy") || is_at(health, "State", "unused"))
			good++;
		else if (is_at(health, "State", "unhealthy"))
			why = health;
	}
	report_say(v, r,
		   why                                      ? SAY_RED
		   : !n && arg_bool(v, "Production", false) ? SAY_WARN
							    : SAY_OK,
		   "targets",
		   "look at the application's health path, and at the security group between balancer and instances",
		   "%zu of %zu are healthy%s%.*s", good, n, why ? "; " : "", STR_ARG(text_at(why, "Reason")));
	targets_next(v);
}

static void targets_next(struct verb *v)
{
	struct report *r = v->own;

	if (!report_next(v, r)) {
		report_done(v, r);
		return;
	}
	verb_expect(v, "TargetGroupNotFound");
	verb_ask(v, "elbv2:DescribeTargetHealth", MAP(v, TXT("TargetGroupArn", r->at.id)), targets_known);
}

void status_targets(struct verb *v)
{
	verb_own(v, struct report);
	targets_next(v);
}

/* --- AWS::EC2::NatGateway ----------------------------------------------------------------------------------------- */

static void gateways_known(struct verb *v)
{
	struct report *r = v->own;

	while (report_next(v, r)) {
		const struct value *x = report_element(value_getc(v->answer, "NatGateways"), "NatGatewayId", r->at.id);
		struct str state = text_at(x, "State");

		if (!x || str_eqc(state, "deleted"))
			report_gone(v, r);
		else
			report_say(v, r, str_eqc(state, "available") ? SAY_OK : SAY_RED, "",
				   "instances have no way out: `drplan plan` shows whether it is made anew",
				   "%.*s%s%.*s", STR_ARG(state), text_at(x, "FailureMessage").n ? ": " : "",
				   STR_ARG(text_at(x, "FailureMessage")));
	}
	report_done(v, r);
}

void status_nat(struct verb *v)
{
	struct value *filter = MAP(v, TXT("Name", STR("nat-gateway-id")), VAL("Values", report_ids(v)));

	verb_own(v, struct report);
	verb_ask(v, "ec2:DescribeNatGateways", MAP(v, VAL("Filter", verb_list(v, filter))), gateways_known);
}

/* --- DRS: servers of the region ----------------------------------------------------------------------------------- */

static void server_one(struct verb *v, struct report *r, const struct value *server)
{
	const struct value *info = value_getc(server, "dataReplicationInfo");
	struct str state = text_at(info, "dataReplicationState"), lag = text_at(info, "lagDuration"),
		   error = text_at(value_getc(info, "dataReplicationError"), "error");
	const char *name = str_fmt(v->arena, "server %.*s", STR_ARG(server_name(server))).p;
	int64_t ms = 0, rpo = arg_ms(v, "Rpo", -1);
	bool late = iso_duration(lag, &ms) && rpo >= 0 && ms > rpo;

	if (!str_eqc(state, "CONTINUOUS"))
		report_say(
		    v, r, SAY_RED, name,
		    "look at the agent on the server and at the replication server's way out on ports 443 and 1500; a "
		    "disconnected server is installed anew",
		    "%.*s%s%.*s", STR_ARG(state), error.n ? ": " : "", STR_ARG(error));
	else
		report_say(
		    v, r, late ? SAY_RED : SAY_OK, name,
		    "the server writes faster than it is replicated: more bandwidth, or a larger replication server",
		    "CONTINUOUS, lag %.*s", STR_ARG(lag.n ? lag : STR("none")));
}

static void servers_known(struct verb *v)
{
	struct report *r = v->own;
	const struct value *items = value_getc(v->answer, "items");

	report_next(v, r);
	for (size_t i = 0; i < value_count(items); i++)
		server_one(v, r, value_at(items, i));
	if (!value_count(items))
		report_say(v, r, SAY_WARN, "servers",
			   "install the replication agent on the servers that shall be recovered",
			   "no server is replicated to here");
	report_done(v, r);
}

void status_servers(struct verb *v)
{
	verb_own(v, struct report);
	servers_ask(v, servers_known);
}
