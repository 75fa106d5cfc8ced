/* Capacity: an Auto Scaling group has these sizes, its instances are in service, and as many targets answer. The probe
 * of the same name tells the sizes that it has, for a later step that puts them back. */
#include "providers/aws/verbs/looks.h"

static const struct {
	const char *arg, *member;
} sizes[] = {{"Min", "MinSize"}, {"Max", "MaxSize"}, {"Desired", "DesiredCapacity"}};

static const struct value *group_of(const struct verb *v)
{
	return value_at(value_getc(v->answer, "AutoScalingGroups"), 0);
}

static int64_t size_of(const struct value *group, size_t which)
{
	int64_t n = -1;

	value_as_int(value_getc(group, sizes[which].member), &n);
	return n;
}

/* The group's own scaling may want more than was asked for; it is left alone once the step's sizes were set. */
static bool sizes_hold(const struct verb *v, const struct value *group)
{
	for (size_t i = 0; i < 3; i++) {
		int64_t wanted = arg_count(v, sizes[i].arg, -1), has = size_of(group, i);
		bool more = i == 2 && v->acted && wanted > 0 && has > wanted;

		if (wanted >= 0 && has != wanted && !more)
			return false;
	}
	return true;
}

static struct value *sizes_value(struct verb *v, const struct value *group)
{
	struct value *map = value_map(&v->round, (struct pos){0});

	for (size_t i = 0; i < 3; i++)
		value_set(&v->round, map, str_of(sizes[i].arg), (struct pos){0},
			  verb_number(v, (double)size_of(group, i)));
	return map;
}

static int64_t in_service(const struct value *group)
{
	const struct value *list = value_getc(group, "Instances");
	int64_t n = 0;

	for (size_t i = 0; i < value_count(list); i++)
		n += is_at(value_at(list, i), "LifecycleState", "InService") &&
		     is_at(value_at(list, i), "HealthStatus", "Healthy");
	return n;
}

static void health_known(struct verb *v)
{
	const struct value *list = value_getc(v->answer, "TargetHealthDescriptions");
	int64_t wanted = arg_count(v, "Desired", 1), good = 0;

	for (size_t i = 0; i < value_count(list); i++)
		good += is_at(value_getc(value_at(list, i), "TargetHealth"), "State", "healthy");
	if (good >= wanted)
		verb_done(v, "%lld healthy targets", (long long)good);
	else
		verb_wait(v, capacity_look, "%lld of %lld targets are healthy", (long long)good, (long long)wanted);
}

static void judge(struct verb *v)
{
	const struct value *group = group_of(v);
	int64_t wanted = arg_count(v, "Desired", arg_count(v, "Min", 0)), have = in_service(group);
	int64_t left = (int64_t)value_count(value_getc(group, "Instances"));
	struct subject healthy = arg_one(v, "Healthy");

	if (!arg_bool(v, "Wait", true))
		verb_done(v, "%lld instances in service, %lld wanted", (long long)have, (long long)wanted);
	else if (arg(v, "Desired") && !wanted && left)
		verb_wait(v, capacity_look, "%lld instances are still there", (long long)left);
	else if (have < wanted)
		verb_wait(v, capacity_look, "%lld of %lld instances are in service", (long long)have,
			  (long long)wanted);
	else if (healthy.id.n) {
		verb_at(v, healthy.place);
		verb_ask(v, "elbv2:DescribeTargetHealth", MAP(v, TXT("TargetGroupArn", healthy.id)), health_known);
	} else
		verb_done(v, "%lld instances in service", (long long)have);
}

static void group_known(struct verb *v)
{
	const struct value *group = group_of(v);
	struct subject of = arg_one(v, "Of");

	if (!group) {
		verb_fail(v, "there is no Auto Scaling group %.*s in %.*s", STR_ARG(of.id), STR_ARG(of.place->name));
		return;
	}
	if (v->work->kind == WORK_PROBE) {
		verb_value(v, sizes_value(v, group));
		probe_answer(v, sizes_hold(v, group), "%.*s: min %lld, max %lld, desired %lld",
			     STR_ARG(subject_name(&of)), (long long)size_of(group, 0), (long long)size_of(group, 1),
			     (long long)size_of(group, 2));
		return;
	}
	if (sizes_hold(v, group)) {
		judge(v);
		return;
	}
	verb_busy(v, "ScalingActivityInProgress ResourceContention");
	verb_act(v, "autoscaling:UpdateAutoScalingGroup",
		 MAP(v, TXT("AutoScalingGroupName", of.id), TXT("MinSize", arg_text(v, "Min")),
		     TXT("MaxSize", arg_text(v, "Max")), TXT("DesiredCapacity", arg_text(v, "Desired"))),
		 capacity_look);
}

void capacity_look(struct verb *v)
{
	struct subject of = arg_one(v, "Of");

	verb_at(v, of.place);
	verb_ask(v, "autoscaling:DescribeAutoScalingGroups",
		 MAP(v, VAL("AutoScalingGroupNames", verb_list(v, verb_text(v, of.id)))), group_known);
}
