/* Dns: traffic goes to a target. The usual way is a switch: an alarm in the recovery region, which a health check
 * follows, which the primary's record depends on. It is thrown by putting a value into the alarm's metric, so that
 * no control plane of Route 53 is needed. The alarm stands in the region that it fails over to: in ALARM users go
 * there, in OK they don't.
 *
 * The probe of the same name asks where the switch points. Records without a switch are record.c's. */
#include "providers/aws/verbs/health.h"
#include "providers/aws/verbs/looks.h"

#define PUT_AGAIN_MS 20000 /* a period's statistic may still hold the old value: say it anew in the next one */

struct dns {
	struct subject alarm;
	bool thrown; /* wanted: ALARM */
	int64_t put_at; /* wall ms of the last value put; 0: none */
	struct value *checks; /* ids of health checks that follow the alarm, and whether inverted */
	size_t i;
};

static void look(struct verb *v);

/* --- the metric --------------------------------------------------------------------------------------------------- */

/* The value with which the alarm's comparison holds, or doesn't. */
static bool value_for(const struct value *alarm, bool thrown, double *out)
{
	struct str op = text_at(alarm, "ComparisonOperator");
	double t;

	if (!number_of(value_getc(alarm, "Threshold"), &t))
		return false;
	if (str_eqc(op, "GreaterThanOrEqualToThreshold"))
		*out = thrown ? t : t - 1;
	else if (str_eqc(op, "GreaterThanThreshold"))
		*out = thrown ? t + 1 : t;
	else if (str_eqc(op, "LessThanThreshold"))
		*out = thrown ? t - 1 : t;
	else if (str_eqc(op, "LessThanOrEqualToThreshold"))
		*out = thrown ? t : t + 1;
	else
		return false;
	return text_at(alarm, "MetricName").n && !is_at(alarm, "Statistic", "SampleCount");
}

static void put_done(struct verb *v)
{
	struct dns *own = v->own;

	own->put_at = verb_now(v);
	verb_wait(v, look, "%.*s is told to be %s", STR_ARG(own->alarm.id), own->thrown ? "ALARM" : "OK");
}

static void put(struct verb *v, const struct value *alarm)
{
	struct dns *own = v->own;
	struct value *datum;
	double x;

	if (!value_for(alarm, own->thrown, &x)) {
		verb_fail(v, "alarm %.*s is no switch: it must compare one metric with a threshold",
			  STR_ARG(own->alarm.id));
		return;
	}
	datum =
	    MAP(v, TXT("MetricName", text_at(alarm, "MetricName")), VAL("Dimensions", value_getc(alarm, "Dimensions")),
		TXT("Unit", text_at(alarm, "Unit")), VAL("Value", verb_number(v, x)));
	verb_act(v, "cloudwatch:PutMetricData",
		 MAP(v, TXT("Namespace", text_at(alarm, "Namespace")), VAL("MetricData", verb_list(v, datum))),
		 put_done);
}

/* --- the health checks that follow -------------------------------------------------------------------------------- */

static void check_next(struct verb *v);

static void check_known(struct verb *v)
{
	struct dns *own = v->own;
	const struct value *check = value_at(own->checks, own->i);
	bool healthy, should = !own->thrown;

	if (!v->answer) {
		verb_except(v, "Route 53 did not say whether health check %.*s follows", STR_ARG(text_at(check, "Id")));
		own->i = value_count(own->checks);
		check_next(v);
		return;
	}
	if (!health_reported(v->answer, &healthy) || healthy != should) {
		verb_wait(v, look, "health check %.*s does not follow yet", STR_ARG(text_at(check, "Id")));
		return;
	}
	own->i++;
	check_next(v);
}

static void check_next(struct verb *v)
{
	struct dns *own = v->own;

	if (own->i >= value_count(own->checks)) {
		verb_done(v, "the switch is %s: users go to %.*s", own->thrown ? "thrown" : "back",
			  STR_ARG(arg_text(v, "To")));
		return;
	}
	verb_expect(v, "Unreachable");
	verb_ask(v, "route53:GetHealthCheckStatus",
		 MAP(v, TXT("HealthCheckId", text_at(value_at(own->checks, own->i), "Id"))), check_known);
}

static bool follows(const struct verb *v, const struct value *check)
{
	const struct dns *own = v->own;
	const struct value *id = value_path(check, STR("HealthCheckConfig.AlarmIdentifier"));

	return str_eq(text_at(id, "Name"), own->alarm.id) &&
	       str_eq(text_at(id, "Region"), place_region(v, own->alarm.place));
}

static void checks_known(struct verb *v)
{
	struct dns *own = v->own;
	const struct value *list = value_getc(v->answer, "HealthChecks");

	own->checks = value_list(v->arena, (struct pos){0});
	own->i = 0;
	for (size_t i = 0; i < value_count(list); i++)
		if (follows(v, value_at(list, i)))
			value_append(v->arena, own->checks, value_copy(v->arena, value_at(list, i)));
	if (!v->answer)
		verb_except(v, "Route 53 did not say whether its health checks follow");
	else if (!value_count(own->checks))
		verb_except(v, "no health check follows alarm %.*s", STR_ARG(own->alarm.id));
	check_next(v);
}

/* Health checks are read from Route 53's control plane. On the unplanned path nothing waits for that: the checkers
 * follow the alarm by themselves. */
static void alarm_right(struct verb *v)
{
	struct dns *own = v->own;

	if (v->work->unplanned)
		verb_done(v, "the switch is %s: the health checkers follow within a minute",
			  own->thrown ? "thrown" : "back");
	else if (own->checks)
		check_next(v);
	else {
		verb_expect(v, "Unreachable");
		verb_ask(v, "route53:ListHealthChecks", NULL, checks_known);
	}
}

/* --- looking ------------------------------------------------------------------------------------------------------ */

static void alarm_known(struct verb *v)
{
	struct dns *own = v->own;
	const struct value *alarm = value_at(value_getc(v->answer, "MetricAlarms"), 0);
	struct str state = text_at(alarm, "StateValue");
	bool in_alarm = str_eqc(state, "ALARM");

	if (!alarm)
		verb_fail(v, "there is no metric alarm %.*s in %.*s", STR_ARG(own->alarm.id),
			  STR_ARG(own->alarm.place->name));
	else if (v->work->kind == WORK_PROBE)
		probe_answer(v, in_alarm == own->thrown, "%.*s is %.*s", STR_ARG(own->alarm.id), STR_ARG(state));
	else if (own->thrown ? in_alarm : str_eqc(state, "OK"))
		alarm_right(v);
	else if (!own->put_at || verb_now(v) - own->put_at >= PUT_AGAIN_MS)
		put(v, alarm);
	else
		verb_wait(v, look, "%.*s is %.*s", STR_ARG(own->alarm.id), STR_ARG(state));
}

static void look(struct verb *v)
{
	struct dns *own = v->own;

	own->i = 0;
	verb_at(v, own->alarm.place);
	verb_ask(v, "cloudwatch:DescribeAlarms", MAP(v, VAL("AlarmNames", verb_list(v, verb_text(v, own->alarm.id)))),
		 alarm_known);
}

void dns_look(struct verb *v)
{
	struct dns *own;

	if (!arg(v, "Switch") == !arg(v, "Record")) {
		verb_fail(v, "Dns takes either a Switch or a Record");
		return;
	}
	if (arg(v, "Record")) {
		v->look = record_look;
		record_look(v);
		return;
	}
	own = verb_own(v, struct dns);
	own->alarm = arg_one(v, "Switch");
	own->thrown = str_eq(place_region(v, place_named(v, arg_text(v, "To"))), place_region(v, own->alarm.place));
	v->look = look;
	look(v);
}
