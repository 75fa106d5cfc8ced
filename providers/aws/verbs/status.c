/* Status: the types that something can be said of, and the lines. See status.h. */
#include "providers/aws/verbs/status.h"

#include "providers/aws/verbs/looks.h"

#include <stdarg.h>

static const struct status_row {
	const char *type;
	verb_step *look;
} rows[] = {
    {"AWS::AutoScaling::AutoScalingGroup", status_group},
    {"AWS::CloudWatch::Alarm", status_alarm},
    {"AWS::CloudWatch::CompositeAlarm", status_alarm},
    {"AWS::DRS::ReplicationConfigurationTemplate", status_servers},
    {"AWS::EC2::NatGateway", status_nat},
    {"AWS::ElasticLoadBalancingV2::TargetGroup", status_targets},
    {"AWS::KMS::Key", status_key},
    {"AWS::KMS::ReplicaKey", status_key},
    {"AWS::RDS::DBCluster", status_cluster},
    {"AWS::RDS::DBInstance", status_instance},
    {"AWS::RDS::GlobalCluster", status_global},
    {"AWS::Route53::HealthCheck", status_health},
    {"AWS::S3::Bucket", status_bucket},
    {"AWS::SecretsManager::Secret", status_secret},
};

bool report_next(struct verb *v, struct report *r)
{
	return arg_subject(v, "Of", r->i++, &r->at);
}

static void set(struct verb *v, struct value *map, const char *key, struct str text)
{
	struct arena *a = v->work->arena;

	value_set(a, map, str_of(key), (struct pos){0}, value_string(a, (struct pos){0}, str_dup(a, text)));
}

void report_say(struct verb *v, struct report *r, enum severity how, const char *what, const char *remedy,
		const char *fmt, ...)
{
	static const char *const words[] = {
	    [SAY_OK] = "ok", [SAY_NOTE] = "note", [SAY_WARN] = "warn", [SAY_RED] = "red"};
	struct arena *a = v->work->arena;
	struct value *line = value_map(a, (struct pos){0});
	struct str value, name = subject_name(&r->at);
	va_list ap;

	va_start(ap, fmt);
	value = str_vfmt(a, fmt, ap);
	va_end(ap);
	set(v, line, "Name", what[0] ? str_fmt(a, "%.*s %s", STR_ARG(name), what) : name);
	set(v, line, "Value", value);
	set(v, line, "Level", str_of(words[how]));
	if (how != SAY_OK && remedy)
		set(v, line, "Remedy", str_of(remedy));
	if (!r->lines)
		r->lines = value_list(a, (struct pos){0});
	value_append(a, r->lines, line);
}

void report_gone(struct verb *v, struct report *r)
{
	report_say(v, r, SAY_RED, "", "somebody deleted it: `drplan plan` shows it, `drplan apply` makes it again",
		   "%.*s does not exist", STR_ARG(r->at.id));
}

void report_done(struct verb *v, struct report *r)
{
	if (r->lines)
		verb_value(v, r->lines);
	probe_answer(v, true, "%zu resources", r->i ? r->i - 1 : 0);
}

const struct value *report_element(const struct value *list, const char *key, struct str id)
{
	for (size_t i = 0; i < value_count(list); i++)
		if (str_eq_nocase(text_at(value_at(list, i), key), id))
			return value_at(list, i);
	return NULL;
}

struct value *report_ids(struct verb *v)
{
	struct value *list = verb_list(v, NULL);
	struct subject s;

	for (size_t i = 0; arg_subject(v, "Of", i, &s); i++)
		verb_push(v, list, s.id);
	return list;
}

void status_look(struct verb *v)
{
	struct str type = arg_text(v, "Type");

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (str_eqc(type, rows[i].type)) {
			rows[i].look(v);
			return;
		}
	probe_answer(v, true, "nothing is told of %.*s", STR_ARG(type));
}
