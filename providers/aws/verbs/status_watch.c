/* Status of what watches and steers: alarms, and health checks as their checkers see them. The
 * switch that a failover throws, and the health check that follows it, are as the mode says: being
 * in ALARM is no news of them. */
#include "providers/aws/verbs/health.h"
#include "providers/aws/verbs/status.h"

/* --- AWS::CloudWatch::Alarm, CompositeAlarm ----------------------------------------------------------------------- */

static void alarm_one(struct verb *v, struct report *r, const struct value *alarm)
{
	struct str state = text_at(alarm, "StateValue"), why = text_at(alarm, "StateReason");
	bool on = true, thrown = arg_has(v, "Switches", r->at.id);

	value_as_bool(value_getc(alarm, "ActionsEnabled"), &on);
	if (!on && value_count(value_getc(alarm, "AlarmActions")))
		report_say(v, r, SAY_WARN, "actions", "`aws cloudwatch enable-alarm-actions`: nobody would be told",
			   "are off");
	if (thrown)
		report_say(v, r, SAY_OK, "", NULL, "%.*s, as the mode says", STR_ARG(state));
	else if (str_eqc(state, "ALARM"))
		report_say(v, r, SAY_RED, "", "look at what the alarm watches", "ALARM: %.*s", STR_ARG(why));
	else if (!str_eqc(state, "OK"))
		report_say(v, r, SAY_NOTE, "",
			   "its metric has no data: is what it watches running, are its dimensions right?", "%.*s",
			   STR_ARG(state));
	else
		report_say(v, r, SAY_OK, "", NULL, "OK");
}

static void alarms_known(struct verb *v)
{
	struct report *r = v->own;

	while (report_next(v, r)) {
		const struct value *a = report_element(value_getc(v->answer, "MetricAlarms"), "AlarmName", r->at.id);

		a = a ? a : report_element(value_getc(v->answer, "CompositeAlarms"), "AlarmName", r->at.id);
		if (a)
			alarm_one(v, r, a);
		else
			report_gone(v, r);
	}
	report_done(v, r);
}

void status_alarm(struct verb *v)
{
	struct value *types = verb_list(v, verb_text(v, STR("MetricAlarm")));

	verb_push(v, types, STR("CompositeAlarm"));
	verb_own(v, struct report);
	verb_ask(v, "cloudwatch:DescribeAlarms", MAP(v, VAL("AlarmNames", report_ids(v)), VAL("AlarmTypes", types)),
		 alarms_known);
}

/* --- AWS::Route53::HealthCheck ------------------------------------------------------------------------------------ */

struct checks {
	struct report r;
	bool inverted, follows_switch;
};

static void check_next(struct verb *v);

static void status_known(struct verb *v)
{
	struct checks *own = v->own;
	bool healthy;

	if (!v->answer)
		report_gone(v, &own->r);
	else if (!health_reported(v->answer, &healthy))
		report_say(v, &own->r, SAY_NOTE, "", "checkers report within a minute; ask again",
			   "no checker has reported yet");
	else if (own->follows_switch)
		report_say(v, &own->r, (healthy != own->inverted) != arg_bool(v, "Active", false) ? SAY_OK : SAY_RED,
			   "",
			   "it does not follow its alarm: see the alarm's state, and whether the check names it and "
			   "its region",
			   "%s, as the switch", healthy != own->inverted ? "healthy" : "unhealthy");
	else if (healthy == own->inverted)
		report_say(
		    v, &own->r, SAY_RED, "",
		    "`aws route53 get-health-check-status` tells what each checker saw: is the endpoint up, may the "
		    "checkers' addresses reach it, are port and path right?",
		    "unhealthy");
	else
		report_say(v, &own->r, SAY_OK, "", NULL, "healthy");
	check_next(v);
}

static void config_known(struct verb *v)
{
	struct checks *own = v->own;
	const struct value *config = value_path(v->answer, STR("HealthCheck.HealthCheckConfig"));

	if (!v->answer) {
		report_gone(v, &own->r);
		check_next(v);
		return;
	}
	own->inverted = health_flag(config, "Inverted");
	own->follows_switch = arg_has(v, "Switches", text_at(value_getc(config, "AlarmIdentifier"), "Name"));
	if (health_flag(config, "Disabled")) {
		report_say(v, &own->r, SAY_WARN, "", "it counts as healthy whatever happens: enable it", "is disabled");
		check_next(v);
	} else if (is_at(config, "Type", "CALCULATED") || is_at(config, "Type", "RECOVERY_CONTROL")) {
		report_say(v, &own->r, SAY_OK, "", NULL, "is calculated of others");
		check_next(v);
	} else {
		verb_expect(v, "NoSuchHealthCheck");
		verb_ask(v, "route53:GetHealthCheckStatus", MAP(v, TXT("HealthCheckId", own->r.at.id)), status_known);
	}
}

static void check_next(struct verb *v)
{
	struct checks *own = v->own;

	if (!report_next(v, &own->r)) {
		report_done(v, &own->r);
		return;
	}
	verb_expect(v, "NoSuchHealthCheck");
	verb_ask(v, "route53:GetHealthCheck", MAP(v, TXT("HealthCheckId", own->r.at.id)), config_known);
}

void status_health(struct verb *v)
{
	verb_own(v, struct checks);
	check_next(v);
}
