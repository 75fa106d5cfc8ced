/* Alarm: the state of CloudWatch alarms, asked one after the other where each lives. */
#include "providers/aws/verbs/looks.h"

struct alarms {
	struct subject at;
	size_t i;
	struct str seen; /* "lag is OK, errors is ALARM" */
	bool all;
};

static void next(struct verb *v);

/* A metric alarm or a composite one; NULL if there is none. */
static const struct value *alarm_of(const struct value *answer)
{
	const struct value *a = value_at(value_getc(answer, "MetricAlarms"), 0);

	return a ? a : value_at(value_getc(answer, "CompositeAlarms"), 0);
}

static void answered(struct verb *v)
{
	struct alarms *own = v->own;
	const struct value *alarm = alarm_of(v->answer);
	struct str state = text_at(alarm, "StateValue");

	if (!alarm) {
		probe_never(v, "there is no alarm %.*s in %.*s", STR_ARG(own->at.id), STR_ARG(own->at.place->name));
		return;
	}
	own->all = own->all && arg_has(v, "Is", state);
	own->seen = str_fmt(v->arena, "%.*s%s%.*s is %.*s", STR_ARG(own->seen), own->i ? ", " : "",
			    STR_ARG(subject_name(&own->at)), STR_ARG(state));
	own->i++;
	next(v);
}

static void next(struct verb *v)
{
	struct alarms *own = v->own;
	struct value *types = verb_list(v, verb_text(v, STR("MetricAlarm")));

	if (!arg_subject(v, "Of", own->i, &own->at)) {
		probe_answer(v, own->all, "%.*s", STR_ARG(own->seen));
		return;
	}
	verb_push(v, types, STR("CompositeAlarm"));
	verb_at(v, own->at.place);
	verb_ask(v, "cloudwatch:DescribeAlarms",
		 MAP(v, VAL("AlarmNames", verb_list(v, verb_text(v, own->at.id))), VAL("AlarmTypes", types)), answered);
}

void alarm_look(struct verb *v)
{
	verb_own(v, struct alarms)->all = true;
	next(v);
}
