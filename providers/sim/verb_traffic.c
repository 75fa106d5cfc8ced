/* Where users go: the switch, alarms and health checks that follow it, names, and addresses that answer. See verbs.h.
 *
 * An alarm is OK until the answers say otherwise (kind "alarm"), a metric has its typical value until they do ("metric",
 * named "NAMESPACE/METRIC"), an endpoint's health check is healthy until they do ("health", by its id). */
#include "providers/sim/verbs.h"

#include <stdlib.h>

#define SWITCH_MS 110000 /* one period of the alarm, then three of the checkers' observations */

/* --- alarms and health checks ------------------------------------------------------------------------------------- */

static struct str alarm_state(struct call *c, struct str name)
{
	struct str state = mark_get(c, "alarm", name);

	return state.n ? state : STR("OK");
}

bool probe_alarm(struct verb *v)
{
	const struct value *of = value_getc(v->args, "Of"), *is = value_getc(v->args, "Is");

	for (size_t i = 0; i < args_number(of); i++) {
		struct thing alarm;
		struct str state;

		if (!thing_find(v, args_nth(of, i), &alarm))
			return false;
		state = alarm_state(v->c, alarm.r.id);
		if (!args_has(is, state))
			return probe_told(v, false, "%.*s is in %.*s", STR_ARG(alarm.address), STR_ARG(state));
	}
	return probe_told(v, true, "%zu %s", args_number(of), args_number(of) == 1 ? "alarm" : "alarms");
}

static bool check_healthy(struct verb *v, struct call *checks, struct str id, unsigned depth)
{
	const struct value *config, *children;
	struct row r;
	int64_t needed = 1, healthy = 0;
	struct str type;

	if (depth > 8 || !row_by_id(checks, id, &r))
		return true;
	config = value_getc(r.props, "HealthCheckConfig");
	type = value_text(value_getc(config, "Type"));
	if (str_eqc(type, "CLOUDWATCH_METRIC"))
		return !str_eqc(alarm_state(v->c, value_text(value_path(config, STR("AlarmIdentifier.Name")))),
				"ALARM");
	children = value_getc(config, "ChildHealthChecks");
	if (!str_eqc(type, "CALCULATED") || !children)
		return !str_eqc(mark_get(v->c, "health", id), "unhealthy");
	value_as_int(value_getc(config, "HealthThreshold"), &needed);
	for (size_t i = 0; i < value_count(children); i++)
		healthy += check_healthy(v, checks, value_text(value_at(children, i)), depth + 1);
	return healthy >= needed;
}

bool probe_health(struct verb *v)
{
	const struct value *of = value_getc(v->args, "Of");

	for (size_t i = 0; i < args_number(of); i++) {
		struct thing check;
		struct str state;

		if (!thing_find(v, args_nth(of, i), &check))
			return false;
		state = check_healthy(v, &check.at, check.r.id, 0) ? STR("healthy") : STR("unhealthy");
		if (!args_has(value_getc(v->args, "Is"), state))
			return probe_told(v, false, "%.*s is %.*s", STR_ARG(check.address), STR_ARG(state));
	}
	return probe_told(v, true, "%.*s", STR_ARG(value_text(args_nth(value_getc(v->args, "Is"), 0))));
}

/* --- the switch --------------------------------------------------------------------------------------------------- */

static bool switch_wanted(struct verb *v, struct thing *alarm, struct str *state)
{
	struct str to = value_text(value_getc(v->args, "To"));
	const struct place *place = place_of_target(v, to);

	if (!thing_of(v, "Switch", alarm))
		return false;
	if (!place)
		return call_refuse(v->c, STR("ValidationError"), "there is no target %.*s", STR_ARG(to));
	/* It stands in the region that it fails over to. */
	*state = str_eq(scope_of(v->c->a, place).region, alarm->r.region) ? STR("ALARM") : STR("OK");
	return true;
}

bool verb_dns(struct verb *v)
{
	struct thing alarm;
	struct str state, to = value_text(value_getc(v->args, "To"));

	if (!value_getc(v->args, "Switch") == !value_getc(v->args, "Record"))
		return call_refuse(v->c, STR("ValidationError"), "Dns takes either a Switch or a Record");
	if (value_getc(v->args, "Record"))
		return verb_record(v);
	if (!switch_wanted(v, &alarm, &state))
		return false;
	if (!str_eq(alarm_state(v->c, alarm.r.id), state)) {
		v->takes = SWITCH_MS;
		v->waits = "the alarm and the health checks that follow it";
	}
	return mark_set(v->c, "alarm", alarm.r.id, state) && verb_told(v, "users go to %.*s", STR_ARG(to));
}

/* --- names -------------------------------------------------------------------------------------------------------- */

struct asked {
	struct verb *v;
	struct call *checks;
	struct str name;
	bool secondary;
};

static struct str bare_name(struct str name)
{
	if (str_starts(name, STR("dualstack.")))
		name = str_sub(name, 10, name.n);
	return str_ends(name, STR(".")) ? str_sub(name, 0, name.n - 1) : name;
}

/* A record that answers for the name: a simple one, or that of a failover pair whose turn it is. */
static bool record_answers(void *ctx, const struct row *r)
{
	const struct asked *a = ctx;
	struct str role = value_text(value_getc(r->props, "Failover")),
		   check = value_text(value_getc(r->props, "HealthCheckId"));

	if (!str_eq_nocase(bare_name(value_text(value_getc(r->props, "Name"))), a->name))
		return false;
	if (str_eqc(role, "SECONDARY") != a->secondary || str_eqc(value_text(value_getc(r->props, "Weight")), "0"))
		return false;
	return !check.n || check_healthy(a->v, a->checks, check, 0);
}

/* What a name leads to, one step; empty where no record says. */
static struct str name_leads(struct verb *v, struct str name)
{
	struct call records = *v->c, checks = *v->c;
	struct asked asked = {.v = v, .checks = &checks, .name = bare_name(name)};
	struct row r;
	const struct value *alias;

	records.facts = facts_of(&v->c->sim->catalog, STR("AWS::Route53::RecordSet"), NULL);
	checks.facts = facts_of(&v->c->sim->catalog, STR("AWS::Route53::HealthCheck"), NULL);
	records.scope.region = checks.scope.region = STR_NONE;
	while (!rows_any(&records, record_answers, &asked, &r)) {
		if (asked.secondary)
			return STR_NONE;
		asked.secondary = true;
	}
	alias = value_path(r.props, STR("AliasTarget.DNSName"));
	return bare_name(value_text(alias ? alias : args_nth(value_getc(r.props, "ResourceRecords"), 0)));
}

bool probe_dns(struct verb *v)
{
	struct str name = value_text(value_getc(v->args, "Name")), leads, state;
	const struct value *answers = value_getc(v->args, "Answers");
	struct thing alarm;

	if (value_getc(v->args, "Record"))
		return probe_record(v);
	if (value_getc(v->args, "To")) {
		if (!switch_wanted(v, &alarm, &state))
			return false;
		return probe_told(v, str_eq(alarm_state(v->c, alarm.r.id), state), "the switch %.*s is in %.*s",
				  STR_ARG(alarm.address), STR_ARG(alarm_state(v->c, alarm.r.id)));
	}
	leads = name_leads(v, name);
	for (size_t i = 0; i < args_number(answers); i++)
		if (str_eq_nocase(bare_name(value_text(args_nth(answers, i))), leads))
			return probe_told(v, true, "%.*s leads to %.*s", STR_ARG(name), STR_ARG(leads));
	return probe_told(v, false, "%.*s leads to %.*s", STR_ARG(name), STR_ARG(leads.n ? leads : STR("nothing")));
}

/* --- addresses ---------------------------------------------------------------------------------------------------- */

static bool is_called(void *ctx, const struct row *r)
{
	return str_eq_nocase(bare_name(value_text(value_getc(r->props, "DNSName"))), *(const struct str *)ctx);
}

static bool has_instances(void *ctx, const struct row *r)
{
	int64_t n = 0;

	(void)ctx;
	return value_as_int(value_getc(r->props, "DesiredCapacity"), &n) && n > 0;
}

static bool region_serves(struct verb *v, struct scope at)
{
	struct call c = *v->c;
	struct row r;

	c.scope = at;
	c.facts = facts_of(&c.sim->catalog, STR("AWS::AutoScaling::AutoScalingGroup"), NULL);
	return rows_any(&c, has_instances, NULL, &r) || servers_serve(v, at.region);
}

/* 200 where a load balancer of that name, or what the answers say of it, stands in a region with instances, 503 without
 * them, 0: nobody is there. */
static int status_of(struct verb *v, struct str host)
{
	struct str region = mark_get(v->c, "endpoint", host);

	for (size_t i = 0; i < v->w->n_places; i++) {
		struct call c = *v->c;
		struct row r;

		c.scope = scope_of(c.a, &v->w->places[i]);
		c.facts = facts_of(&c.sim->catalog, STR("AWS::ElasticLoadBalancingV2::LoadBalancer"), NULL);
		if (region.n ? str_eq(region, c.scope.region) : rows_any(&c, is_called, &host, &r))
			return region_serves(v, c.scope) ? 200 : 503;
	}
	return 0;
}

static struct str host_of(struct str url)
{
	ptrdiff_t at = str_find(url, STR("://"), 0), end;
	struct str rest = at < 0 ? url : str_sub(url, (size_t)at + 3, url.n);

	for (end = 0; (size_t)end < rest.n && rest.p[end] != '/' && rest.p[end] != ':' && rest.p[end] != '?'; end++)
		;
	return str_sub(rest, 0, (size_t)end);
}

static int answer_of(struct verb *v, struct str host)
{
	int status = status_of(v, bare_name(host));
	struct str leads = status ? STR_NONE : name_leads(v, host);

	return leads.n ? status_of(v, leads) : status;
}

/* A rehearsal's world holds what the state remembers: other names are taken to answer, or no rehearsal would end well. */
static bool nobody_at(struct verb *v, struct str host)
{
	if (v->c->sim->partial)
		return probe_told(v, true, "%.*s is not in this world; it is taken that it answers", STR_ARG(host));
	return probe_told(v, false, "nobody is at %.*s", STR_ARG(host));
}

bool probe_http(struct verb *v)
{
	struct str host = host_of(value_text(value_getc(v->args, "Url")));
	const struct value *wanted = value_getc(v->args, "Status");
	int status = answer_of(v, host);
	struct str text = str_fmt(v->c->a, "%d", status);
	bool holds = wanted ? args_has(wanted, text) : status == 200;

	if (!status)
		return nobody_at(v, host);
	return probe_told(v, holds, "%.*s answered %d", STR_ARG(host), status);
}

bool probe_tcp(struct verb *v)
{
	struct str host = value_text(value_getc(v->args, "Host"));

	if (value_getc(v->args, "Servers"))
		return probe_ports(v);
	return answer_of(v, host) ? probe_told(v, true, "%.*s accepts connections", STR_ARG(host)) : nobody_at(v, host);
}

/* --- metrics ------------------------------------------------------------------------------------------------------ */

static double metric_value(struct verb *v, struct str name)
{
	static const struct {
		struct str name;
		double value;
	} typical[] = {
	    {STR_INIT("AWS/RDS/AuroraGlobalDBRPOLag"), 450}, /* ms; "typically under a second" (Aurora user guide) */
	    {STR_INIT("AWS/S3/ReplicationLatency"), 12}, /* s */
	};
	struct str told = mark_get(v->c, "metric", name);

	if (told.n)
		return strtod(told.p, NULL);
	for (size_t i = 0; i < sizeof typical / sizeof *typical; i++)
		if (str_eq(typical[i].name, name))
			return typical[i].value;
	return 0;
}

static bool bound(const struct verb *v, const char *key, double *out)
{
	const struct value *b = value_getc(v->args, key);

	if (!b || !value_is_scalar(b))
		return false;
	*out = strtod(value_text(b).p, NULL);
	return true;
}

bool probe_metric(struct verb *v)
{
	struct str name = str_fmt(v->c->a, "%.*s/%.*s", STR_ARG(value_text(value_getc(v->args, "Namespace"))),
				  STR_ARG(value_text(value_getc(v->args, "MetricName"))));
	double x = metric_value(v, name), scale = 1, limit;
	bool holds = true;

	if (bound(v, "Scale", &scale))
		x *= scale;
	holds = holds && (!bound(v, "Above", &limit) || x > limit) && (!bound(v, "AtLeast", &limit) || x >= limit);
	holds = holds && (!bound(v, "Below", &limit) || x < limit) && (!bound(v, "AtMost", &limit) || x <= limit);
	probe_told(v, holds, "%.*s is %g", STR_ARG(name), x);
	value_set(v->w->arena, v->w->result, STR("Value"), (struct pos){0},
		  value_number(v->w->arena, (struct pos){0}, str_fmt(v->w->arena, "%g", x)));
	return true;
}
