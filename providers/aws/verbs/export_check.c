/* Checks as states (export.h): what a single read of AWS answers. Aurora's are in export_data.c, those of servers in
 * export_drs.c. */
#include "providers/aws/verbs/export.h"

/* --- Metric ------------------------------------------------------------------------------------------------------- */

static struct value *dimensions(struct machine *m)
{
	const struct value *map = arg(&m->v, "Dimensions");
	struct value *list = verb_list(&m->v, NULL);

	for (uint32_t i = 0; map && i < map->map.n; i++) {
		const struct value *d = map->map.items[i].value;

		value_append(&m->v.round, list,
			     MAP(&m->v, TXT("Name", map->map.items[i].key),
				 TXT("Value", d->kind == V_MAP ? text_at(d, "Id") : value_text(d))));
	}
	return list;
}

static struct str within(struct machine *m)
{
	static const char *const bounds[][2] = {{"Above", ">"}, {"Below", "<"}, {"AtLeast", ">="}, {"AtMost", "<="}};
	struct str all = STR("$known");

	for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
		if (arg(&m->v, bounds[i][0]))
			all = str_fmt(&m->v.round, "%.*s and $value %s %.*s", STR_ARG(all), bounds[i][1],
				      STR_ARG(arg_text(&m->v, bounds[i][0])));
	return all;
}

void metric_export(struct machine *m)
{
	int64_t period = arg_ms(&m->v, "Period", 60000), window = period * 5 < 600000 ? 600000 : period * 5;
	struct str stat = arg(&m->v, "Stat") ? arg_text(&m->v, "Stat") : STR("Average");
	struct str scale = arg(&m->v, "Scale") ? arg_text(&m->v, "Scale") : STR("1");
	struct value *metric = MAP(&m->v, TXT("Namespace", arg_text(&m->v, "Namespace")),
				   TXT("MetricName", arg_text(&m->v, "MetricName")), VAL("Dimensions", dimensions(m)));
	struct value *query =
	    MAP(&m->v, VAL("Metric", metric), TXT("Stat", stat), TXT("Unit", arg_text(&m->v, "Unit")));

	if (!machine_is_here(m, m->work.place))
		return;
	value_put_int(&m->v.round, query, "Period", period / 1000);
	machine_begin(m, NULL, "look");
	machine_ask(
	    m, "look", "cloudwatch:GetMetricData",
	    MAP(&m->v,
		VAL("MetricDataQueries", verb_list(&m->v, MAP(&m->v, TXT("Id", STR("m")), VAL("MetricStat", query)))),
		TXT("ScanBy", STR("TimestampDescending")),
		VAL("StartTime", jsonata(m, "$fromMillis($millis() - %lld)", (long long)window)),
		VAL("EndTime", jsonata(m, "$fromMillis($millis())"))),
	    STR_NONE,
	    VARS({"known", jsonata(m, "$exists($states.result.MetricDataResults[0].Values[0])")},
		 {"value", jsonata(m, "[$states.result.MetricDataResults[0].Values[0], 0][0] * %.*s", STR_ARG(scale))},
		 {"said", jsonata(m, "'the metric is ' & [$string($states.result.MetricDataResults[0].Values[0]), "
				     "'not known yet'][0]")}),
	    "choose");
	machine_choose(m, "choose", BRANCHES({jsonata(m, "%.*s", STR_ARG(within(m))), DONE}), WAIT);
	machine_wait(m, "look");
	machine_finish(m, jsonata(m, "$value"));
}

/* --- Alarm -------------------------------------------------------------------------------------------------------- */

void alarm_export(struct machine *m)
{
	struct value *names = verb_list(&m->v, NULL), *types = verb_list(&m->v, verb_text(&m->v, STR("MetricAlarm")));
	struct str is = jsonata_texts(m, arg(&m->v, "Is"));
	struct subject alarm;
	size_t n = 0;

	for (; arg_subject(&m->v, "Of", n, &alarm); n++) {
		if (!machine_is_here(m, alarm.place))
			return;
		verb_push(&m->v, names, alarm.id);
		machine_allow(m, "cloudwatch:DescribeAlarms",
			      machine_arn(m, "cloudwatch", str_fmt(&m->v.round, "alarm:%.*s", STR_ARG(alarm.id))));
	}
	verb_push(&m->v, types, STR("CompositeAlarm"));
	arg_subject(&m->v, "Of", 0, &alarm);
	machine_begin(m, NULL, "look");
	machine_ask(
	    m, "look", "cloudwatch:DescribeAlarms", MAP(&m->v, VAL("AlarmNames", names), VAL("AlarmTypes", types)),
	    machine_arn(m, "cloudwatch", str_fmt(&m->v.round, "alarm:%.*s", STR_ARG(alarm.id))),
	    VARS(
		{"seen",
		 jsonata(m, "[$states.result.(MetricAlarms.StateValue), $states.result.(CompositeAlarms.StateValue)]")},
		{"said", jsonata(m, "'alarms are ' & $join([$states.result.MetricAlarms.StateValue, "
				    "$states.result.CompositeAlarms.StateValue], ', ')")}),
	    "choose");
	machine_choose(
	    m, "choose",
	    BRANCHES({jsonata(m, "$count($filter($seen, function($s) {$s in %.*s})) = %zu", STR_ARG(is), n), DONE}),
	    WAIT);
	machine_wait(m, "look");
	machine_finish(m, NULL);
}

/* --- HealthCheck -------------------------------------------------------------------------------------------------- */

#define CONFIG "$states.result.HealthCheck.HealthCheckConfig"
#define SEEN "$states.result.HealthCheckObservations"

static void one_health(struct machine *m, const struct subject *check, struct str is)
{
	struct value *input = MAP(&m->v, TXT("HealthCheckId", check->id));
	struct str arn =
	    str_fmt(&m->v.round, "arn:%.*s:route53:::healthcheck/%.*s", STR_ARG(m->partition), STR_ARG(check->id));

	machine_begin(m, NULL, "look");
	machine_ask(m, "look", "route53:GetHealthCheck", input, arn,
		    VARS({"disabled", jsonata(m, CONFIG ".Disabled = true")},
			 {"inverted", jsonata(m, CONFIG ".Inverted = true")},
			 {"blind", jsonata(m, CONFIG ".Type in ['CALCULATED', 'RECOVERY_CONTROL']")}),
		    "kind");
	machine_choose(m, "kind", BRANCHES({jsonata(m, "$blind"), "no status"}), "status");
	machine_fail(m, "no status", "'of this kind of health check Route 53 tells no status'");
	machine_ask(
	    m, "status", "route53:GetHealthCheckStatus", input, arn,
	    VARS({"reports", jsonata(m, "$count(" SEEN ")")},
		 {"healthy", jsonata(m, "$disabled ? $not($inverted) : ($count(" SEEN
					"[$contains(StatusReport.Status, /^Success/)]) * 100 > 18 * $count(" SEEN
					")) != $inverted")},
		 {"said", jsonata(m, "$string($count(" SEEN ")) & ' checkers report'")}),
	    "choose");
	machine_choose(
	    m, "choose",
	    BRANCHES({jsonata(m, "($disabled or $reports > 0) and ($healthy ? 'healthy' : 'unhealthy') in %.*s",
			      STR_ARG(is)),
		      DONE}),
	    WAIT);
	machine_wait(m, "look");
	machine_finish(m, NULL);
}

void healthcheck_export(struct machine *m)
{
	struct str step = m->prefix, end = m->done, is = jsonata_texts(m, arg(&m->v, "Is"));
	struct subject check, next;

	for (size_t i = 0; arg_subject(&m->v, "Of", i, &check); i++) {
		m->prefix = i ? str_fmt(&m->v.round, "%.*s [%zu]", STR_ARG(step), i + 1) : step;
		m->done = arg_subject(&m->v, "Of", i + 1, &next)
			      ? str_fmt(&m->v.round, "%.*s [%zu]: begin", STR_ARG(step), i + 2)
			      : end;
		one_health(m, &check, is);
	}
}

/* --- State -------------------------------------------------------------------------------------------------------- */

/* Where AWS says in which state something is. */
static const struct {
	const char *type, *op, *parameter, *path, *service, *resource;
	bool list; /* the parameter takes one */
} states[] = {
    {"AWS::DynamoDB::Table", "dynamodb:DescribeTable", "TableName", "Table.TableStatus", "dynamodb", "table/", false},
    {"AWS::EC2::Instance", "ec2:DescribeInstances", "InstanceIds", "Reservations[0].Instances[0].State.Name", NULL,
     NULL, true},
    {"AWS::EC2::VPC", "ec2:DescribeVpcs", "VpcIds", "Vpcs[0].State", NULL, NULL, true},
    {"AWS::ElasticLoadBalancingV2::LoadBalancer", "elbv2:DescribeLoadBalancers", "LoadBalancerArns",
     "LoadBalancers[0].State.Code", NULL, NULL, true},
    {"AWS::Lambda::Function", "lambda:GetFunctionConfiguration", "FunctionName", "State", "lambda", "function:", false},
    {"AWS::RDS::DBCluster", "rds:DescribeDBClusters", "DBClusterIdentifier", "DBClusters[0].Status", "rds",
     "cluster:", false},
    {"AWS::RDS::DBInstance", "rds:DescribeDBInstances", "DBInstanceIdentifier", "DBInstances[0].DBInstanceStatus",
     "rds", "db:", false},
};

static void one_state(struct machine *m, size_t row, const struct subject *s, struct str is)
{
	struct value *input = value_map(&m->v.round, (struct pos){0}), *id = verb_text(&m->v, s->id);
	struct str path = machine_path(m, states[row].op, str_of(states[row].path)), arn = STR_NONE;

	value_put(&m->v.round, input, states[row].parameter, states[row].list ? verb_list(&m->v, id) : id);
	if (states[row].service)
		arn = machine_arn(m, states[row].service,
				  str_fmt(&m->v.round, "%s%.*s", states[row].resource, STR_ARG(s->id)));
	machine_begin(m, NULL, "look");
	machine_ask(m, "look", states[row].op, input, arn,
		    VARS({"state", jsonata(m, "[$states.result%.*s, ''][0]", STR_ARG(path))},
			 {"said", jsonata(m, "'it is ' & $states.result%.*s", STR_ARG(path))}),
		    "choose");
	machine_choose(m, "choose",
		       BRANCHES({jsonata(m, "$lowercase($state) in $map(%.*s, $lowercase)", STR_ARG(is)), DONE}), WAIT);
	machine_wait(m, "look");
	machine_finish(m, NULL);
}

static bool row_of(struct machine *m, const struct subject *s, size_t *row)
{
	for (*row = 0; *row < sizeof states / sizeof *states; ++*row)
		if (str_eqc(s->type, states[*row].type))
			return machine_is_here(m, s->place);
	machine_refuse(m, "of %.*s a state machine does not know where its state is told", STR_ARG(s->type));
	return false;
}

void state_export(struct machine *m)
{
	struct str step = m->prefix, end = m->done, is;
	struct subject s, next;
	size_t row;

	if (!arg(&m->v, "Of")) {
		state_servers(m);
		return;
	}
	is = jsonata_texts(m, arg(&m->v, "Is"));
	for (size_t i = 0; arg_subject(&m->v, "Of", i, &s); i++) {
		if (!row_of(m, &s, &row))
			return;
		m->prefix = i ? str_fmt(&m->v.round, "%.*s [%zu]", STR_ARG(step), i + 1) : step;
		m->done = arg_subject(&m->v, "Of", i + 1, &next)
			      ? str_fmt(&m->v.round, "%.*s [%zu]: begin", STR_ARG(step), i + 2)
			      : end;
		one_state(m, row, &s, is);
	}
}

/* --- Credentials -------------------------------------------------------------------------------------------------- */

void credentials_export(struct machine *m)
{
	struct str account = arg_text(&m->v, "Account");

	if (!machine_is_here(m, m->work.place))
		return;
	machine_begin(m, NULL, "look");
	machine_ask(m, "look", "sts:GetCallerIdentity", NULL, STR_NONE,
		    VARS({"account", jsonata(m, "$states.result.Account")},
			 {"said", jsonata(m, "'this is account ' & $states.result.Account")}),
		    "choose");
	machine_choose(
	    m, "choose",
	    BRANCHES({account.n ? jsonata(m, "$account = %.*s", STR_ARG(jsonata_text(m, account))) : jsonata(m, "true"),
		      DONE}),
	    WAIT);
	machine_wait(m, "look");
	machine_finish(m, NULL);
}
