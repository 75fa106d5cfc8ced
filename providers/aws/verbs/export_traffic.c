/* Capacity, Dns, Notify, Invoke and Call as states (export.h). */
#include "providers/aws/verbs/export.h"

#include "base/json.h"

/* --- Capacity ----------------------------------------------------------------------------------------------------- */

#define GROUP "$states.result.AutoScalingGroups[0]"

static const struct {
	const char *arg, *member, *variable;
} sizes[] = {{"Min", "MinSize", "min"}, {"Max", "MaxSize", "max"}, {"Desired", "DesiredCapacity", "desired"}};

/* The group's own scaling may want more once the step's sizes were set. */
static struct str sizes_hold(struct machine *m)
{
	struct str all = STR("true");

	for (size_t i = 0; i < 3; i++) {
		long long n = arg_count(&m->v, sizes[i].arg, -1);

		if (n >= 0)
			all = str_fmt(&m->v.round, "%.*s and ($%s = %lld%s)", STR_ARG(all), sizes[i].variable, n,
				      i == 2 && n ? str_fmt(&m->v.round, " or ($acted and $desired > %lld)", n).p : "");
	}
	return all;
}

static void group_ask(struct machine *m, const struct subject *of)
{
	machine_ask(m, "look", "autoscaling:DescribeAutoScalingGroups",
		    MAP(&m->v, VAL("AutoScalingGroupNames", verb_list(&m->v, verb_text(&m->v, of->id)))), STR_NONE,
		    VARS({"found", jsonata(m, "$exists(" GROUP ")")}, {"min", jsonata(m, "[" GROUP ".MinSize, -1][0]")},
			 {"max", jsonata(m, "[" GROUP ".MaxSize, -1][0]")},
			 {"desired", jsonata(m, "[" GROUP ".DesiredCapacity, -1][0]")},
			 {"left", jsonata(m, "$count(" GROUP ".Instances)")},
			 {"serving", jsonata(m, "$count(" GROUP ".Instances[LifecycleState = 'InService' and "
						"HealthStatus = 'Healthy'])")},
			 {"said", jsonata(m, "$string($count(" GROUP ".Instances[LifecycleState = 'InService'])) & "
					     "' instances are in service'")}),
		    "choose");
}

static void group_act(struct machine *m, const struct subject *of)
{
	struct value *input = MAP(&m->v, TXT("AutoScalingGroupName", of->id));
	struct str name = str_fmt(&m->v.round, "autoScalingGroup:*:autoScalingGroupName/%.*s", STR_ARG(of->id));

	for (size_t i = 0; i < 3; i++)
		if (arg(&m->v, sizes[i].arg))
			value_put_int(&m->v.round, input, sizes[i].member, arg_count(&m->v, sizes[i].arg, 0));
	machine_act(m, "act", "autoscaling:UpdateAutoScalingGroup", input, machine_arn(m, "autoscaling", name),
		    VARS({"acted", jsonata(m, "true")}), "look");
}

static void targets_ask(struct machine *m, const struct subject *healthy, int64_t wanted)
{
	machine_ask(m, "targets", "elbv2:DescribeTargetHealth", MAP(&m->v, TXT("TargetGroupArn", healthy->id)),
		    STR_NONE,
		    VARS({"healthy", jsonata(m, "$count($states.result.TargetHealthDescriptions"
						"[TargetHealth.State = 'healthy'])")},
			 {"said", jsonata(m,
					  "$string($count($states.result.TargetHealthDescriptions"
					  "[TargetHealth.State = 'healthy'])) & ' of %lld targets are healthy'",
					  (long long)wanted)}),
		    "healthy?");
	machine_choose(m, "healthy?", BRANCHES({jsonata(m, "$healthy >= %lld", (long long)wanted), DONE}), WAIT);
}

void capacity_export(struct machine *m)
{
	struct subject of = arg_one(&m->v, "Of"), healthy = arg_one(&m->v, "Healthy");
	int64_t wanted = arg_count(&m->v, "Desired", arg_count(&m->v, "Min", 0));
	bool waits = arg_bool(&m->v, "Wait", true);
	struct branch branches[5] = {{NULL, NULL}};
	size_t n = 0;

	if (!machine_is_here(m, of.place) || (healthy.id.n && !machine_is_here(m, healthy.place)))
		return;
	machine_begin(m, VARS({"acted", jsonata(m, "false")}), "look");
	group_ask(m, &of);
	branches[n++] = (struct branch){jsonata(m, "$not($found)"), "no group"};
	branches[n++] = (struct branch){jsonata(m, "$not(%.*s)", STR_ARG(sizes_hold(m))), "act"};
	if (waits && arg(&m->v, "Desired") && !wanted)
		branches[n++] = (struct branch){jsonata(m, "$left > 0"), WAIT};
	if (waits && wanted)
		branches[n++] = (struct branch){jsonata(m, "$serving < %lld", (long long)wanted), WAIT};
	machine_choose(m, "choose", branches, waits && healthy.id.n ? "targets" : DONE);
	group_act(m, &of);
	if (waits && healthy.id.n)
		targets_ask(m, &healthy, arg_count(&m->v, "Desired", 1));
	machine_fail(
	    m, "no group", "%.*s",
	    STR_ARG(jsonata_text(m, str_fmt(&m->v.round, "there is no Auto Scaling group %.*s", STR_ARG(of.id)))));
	machine_wait(m, "look");
	machine_finish(m, NULL);
}

/* --- Dns ---------------------------------------------------------------------------------------------------------- */

/* The value with which the alarm's comparison holds, or doesn't; as dns.c has it. */
static struct value *switch_value(struct machine *m, bool thrown)
{
	return jsonata(m,
		       "$alarm.ComparisonOperator = 'GreaterThanOrEqualToThreshold' ? $alarm.Threshold%s : "
		       "$alarm.ComparisonOperator = 'GreaterThanThreshold' ? $alarm.Threshold%s : "
		       "$alarm.ComparisonOperator = 'LessThanThreshold' ? $alarm.Threshold%s : $alarm.Threshold%s",
		       thrown ? "" : " - 1", thrown ? " + 1" : "", thrown ? " - 1" : "", thrown ? "" : " + 1");
}

static void switch_put(struct machine *m, bool thrown)
{
	struct value *datum = jsonata(
	    m, "[$merge([{'MetricName': $alarm.MetricName, 'Value': $x}, $exists($alarm.Dimensions[0]) ? "
	       "{'Dimensions': [$alarm.Dimensions]} : {}, $exists($alarm.Unit) ? {'Unit': $alarm.Unit} : {}])]");

	machine_set(m, "value", VARS({"x", switch_value(m, thrown)}), "act");
	machine_act(m, "act", "cloudwatch:PutMetricData",
		    MAP(&m->v, VAL("Namespace", jsonata(m, "$alarm.Namespace")), VAL("MetricData", datum)), STR_NONE,
		    VARS({"putAt", jsonata(m, "$millis()")}), WAIT);
}

/* The health checks that follow the alarm agree, as far as Route 53 has them; it has one endpoint for all regions. */
static void followers(struct machine *m, const struct subject *alarm, bool thrown)
{
	machine_ask_pages(
	    m, "checks", "route53:ListHealthChecks", NULL, "MaxItems", 100,
	    VARS({"checks", jsonata(m,
				    "$states.result.HealthChecks[HealthCheckConfig.AlarmIdentifier.Name = %.*s "
				    "and HealthCheckConfig.AlarmIdentifier.Region = '%.*s'].Id",
				    STR_ARG(jsonata_text(m, alarm->id)), STR_ARG(alarm->place->region))}),
	    "next check");
	machine_choose(m, "next check", BRANCHES({jsonata(m, "$count($checks) = 0"), DONE}), "check");
	machine_ask(
	    m, "check", "route53:GetHealthCheckStatus", MAP(&m->v, VAL("HealthCheckId", jsonata(m, "$checks[0]"))),
	    STR_NONE,
	    VARS({"follows",
		  jsonata(m,
			  "($count($states.result.HealthCheckObservations[$contains(StatusReport.Status, /^Success/)]) "
			  "* 100 > 18 * $count($states.result.HealthCheckObservations)) = %s",
			  thrown ? "false" : "true")},
		 {"checks", jsonata(m, "[$checks[[1..999]]]")},
		 {"said", jsonata(m, "'health check ' & $checks[0] & ' does not follow yet'")}),
	    "follows?");
	machine_choose(m, "follows?", BRANCHES({jsonata(m, "$follows"), "next check"}), WAIT);
}

void dns_export(struct machine *m)
{
	struct subject alarm = arg_one(&m->v, "Switch");
	const struct place *to = place_named(&m->v, arg_text(&m->v, "To"));
	bool thrown = str_eq(to->region, alarm.place->region);
	const char *state = thrown ? "ALARM" : "OK";

	if (!arg(&m->v, "Switch")) {
		machine_refuse(m, "a Record is changed by Route 53's control plane: use a Switch");
		return;
	}
	if (!machine_is_here(m, alarm.place))
		return;
	machine_begin(m, VARS({"putAt", jsonata(m, "0")}), "look");
	machine_ask(m, "look", "cloudwatch:DescribeAlarms",
		    MAP(&m->v, VAL("AlarmNames", verb_list(&m->v, verb_text(&m->v, alarm.id)))),
		    machine_arn(m, "cloudwatch", str_fmt(&m->v.round, "alarm:%.*s", STR_ARG(alarm.id))),
		    VARS({"alarm", jsonata(m, "[$states.result.MetricAlarms, {}][0]")},
			 {"said", jsonata(m, "'the switch is ' & $states.result.MetricAlarms[0].StateValue")}),
		    "choose");
	machine_choose(m, "choose",
		       BRANCHES({jsonata(m, "$not($exists($alarm.MetricName))"), "no switch"},
				{jsonata(m, "$alarm.StateValue = '%s'", state), m->b->unplanned ? DONE : "checks"},
				{jsonata(m, "$millis() - $putAt < 20000"), WAIT}),
		       "value");
	switch_put(m, thrown);
	if (!m->b->unplanned)
		followers(m, &alarm, thrown);
	machine_fail(m, "no switch", "'there is no alarm of one metric that could be switched'");
	machine_wait(m, "look");
	machine_finish(m, NULL);
}

/* --- Notify, Invoke ----------------------------------------------------------------------------------------------- */

void notify_export(struct machine *m)
{
	struct subject topic = arg_one(&m->v, "Topic");
	struct str message = arg_text(&m->v, "Message"), subject = notify_subject(&m->v);
	bool fifo = str_ends(topic.id, STR(".fifo"));
	struct value *id = jsonata(m, "$states.context.Execution.Name"), *once;
	struct value *op = MAP(&m->v, TXT("DataType", STR("String")), VAL("StringValue", id));

	if (!machine_is_here(m, topic.place))
		return;
	once = jsonata(m, "$states.context.Execution.Name & '-%u'", m->step->stage);
	machine_act_once(m, "begin", "sns:Publish",
			 MAP(&m->v, TXT("TopicArn", topic.id), TXT("Subject", subject),
			     TXT("Message", message.n ? message : arg_text(&m->v, "Subject")),
			     VAL("MessageAttributes", MAP(&m->v, VAL("drplan-op", op))),
			     TXT("MessageGroupId", fifo ? STR("drplan") : STR_NONE),
			     VAL("MessageDeduplicationId", fifo ? once : NULL)),
			 topic.id, NULL, DONE);
	machine_finish(m, NULL);
}

static const struct {
	const char *suffix, *relation;
} bounds[] = {{"_at_least", ">="}, {"_at_most", "<="}, {"_above", ">"}, {"_below", "<"}};

/* "$answer.rows >= 1": the same suffixes as invoke.c's. */
static struct str expectation(struct machine *m)
{
	const struct value *expect = arg(&m->v, "Expect");
	struct str all = STR("true");

	for (uint32_t i = 0; expect && i < expect->map.n; i++) {
		struct str key = expect->map.items[i].key;
		const char *relation = "=";
		struct str wanted;
		struct buf b;

		for (size_t k = 0; k < sizeof bounds / sizeof *bounds; k++)
			if (str_ends(key, str_of(bounds[k].suffix))) {
				key.n -= str_of(bounds[k].suffix).n;
				relation = bounds[k].relation;
			}
		buf_init(&b, 1 << 16);
		json_write(&b, expect->map.items[i].value, JSON_TYPED);
		wanted = buf_take(&b, &m->v.round);
		all = str_fmt(&m->v.round, "%.*s and $lookup($answer, %.*s) %s %.*s", STR_ARG(all),
			      STR_ARG(jsonata_text(m, key)), relation, STR_ARG(wanted));
	}
	return all;
}

/* The payload as JSON has it: what was written without quotes may be a number. */
static struct value *payload_of(struct machine *m)
{
	const struct value *payload = arg(&m->v, "Payload");
	struct errs errs = {.arena = &m->v.round};
	struct buf b;

	if (!payload || payload->kind == V_STRING)
		return (struct value *)payload;
	buf_init(&b, 6 << 20);
	json_write(&b, payload, JSON_TYPED);
	return json_read_lax(&m->v.round, buf_take(&b, &m->v.round), 0, &errs);
}

/* As a step it is called once, and as a check until it answers so. */
void invoke_export(struct machine *m)
{
	struct subject f = arg_one(&m->v, "Function");
	bool named = !str_starts(f.id, STR("arn:"));
	struct str rest = str_fmt(&m->v.round, "function:%.*s", STR_ARG(f.id)), expected = expectation(m);
	struct str arn = named ? machine_arn(m, "lambda", rest) : f.id;
	bool check = str_eqc(m->step->verb, "Check") || str_eqc(m->step->verb, "Measure");
	struct value *input = MAP(&m->v, TXT("FunctionName", f.id), VAL("Payload", payload_of(m)));

	if (!machine_is_here(m, f.place))
		return;
	machine_begin(m, NULL, "look");
	m->integration = "lambda:invoke";
	(check ? machine_ask : machine_act_once)(
	    m, "look", "lambda:Invoke", input, arn,
	    VARS({"answer", jsonata(m, "[$states.result.Payload, {}][0]")},
		 {"said", jsonata(m, "'the function answered ' & $string($states.result.Payload)")}),
	    "choose");
	machine_choose(m, "choose", BRANCHES({jsonata(m, "%.*s", STR_ARG(expected)), DONE}), check ? WAIT : "other");
	if (check)
		machine_wait(m, "look");
	else
		machine_fail(m, "other", "$said & ', other than expected'");
	machine_finish(m, jsonata(m, "$answer"));
}

/* --- Call --------------------------------------------------------------------------------------------------------- */

static struct str condition(struct machine *m, const char *op, const struct value *unless)
{
	struct str path = machine_path(m, op, text_at(unless, "Path"));

	return str_fmt(&m->v.round, "$string($states.result%.*s) in %.*s", STR_ARG(path),
		       STR_ARG(jsonata_texts(m, value_getc(unless, "Is"))));
}

void call_export(struct machine *m)
{
	const struct value *unless = arg(&m->v, "Unless");
	struct value *params = (struct value *)arg(&m->v, "Parameters");
	struct str service = arg_text(&m->v, "Service");
	const char *op = str_fmt(&m->v.round, "%.*s:%.*s", STR_ARG(service), STR_ARG(arg_text(&m->v, "Operation"))).p;
	const char *read;

	if (!machine_is_here(m, m->work.place))
		return;
	if (!unless) {
		machine_act_once(m, "begin", op, params, STR_NONE, NULL, DONE);
		machine_finish(m, NULL);
		return;
	}
	read = str_fmt(&m->v.round, "%.*s:%.*s", STR_ARG(service), STR_ARG(text_at(unless, "Operation"))).p;
	machine_begin(m, VARS({"acted", jsonata(m, "false")}), "look");
	machine_ask(m, "look", read, value_getc(unless, "Parameters"), STR_NONE,
		    VARS({"holds", jsonata(m, "%.*s", STR_ARG(condition(m, read, unless)))},
			 {"said", jsonata(m, "'it does not hold yet'")}),
		    "choose");
	machine_choose(m, "choose", BRANCHES({jsonata(m, "$holds"), DONE}, {jsonata(m, "$acted"), WAIT}), "act");
	machine_act(m, "act", op, params, STR_NONE, VARS({"acted", jsonata(m, "true")}), WAIT);
	machine_wait(m, "look");
	machine_finish(m, NULL);
}
