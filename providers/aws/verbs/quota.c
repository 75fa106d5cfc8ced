/* Quota: is there room in the target for what is to be launched there, beside what runs? EC2 counts the vCPUs of
 * running on-demand instances, by families of instance types. For an Auto Scaling group that is the group at its
 * full size, for `Servers` all source servers of Elastic Disaster Recovery, by the type that each is recommended. */
#include "providers/aws/verbs/looks.h"

struct family {
	const char *types; /* beginnings of instance types, blank separated */
	const char *quota; /* Service Quotas' code */
	const char *name;
};

/* The longest beginning wins: inf is not i, dl not d, u- and hpc are their own. */
static const struct family families[] = {
    {"a c d h i m r t z", "L-1216C47A", "Standard"},
    {"f", "L-74FC7D96", "F"},
    {"g vt", "L-DB2E81BA", "G and VT"},
    {"inf", "L-1945791B", "Inf"},
    {"p", "L-417A185B", "P"},
    {"x", "L-7295265B", "X"},
    {"trn", "L-2C3B7624", "Trn"},
    {"dl", "L-6E869C2A", "DL"},
    {"u", "L-43DA4232", "High Memory"},
    {"hpc", "L-F7808C92", "HPC"},
};

struct demand { /* instances of one type that are to be launched */
	struct str type;
	int64_t count, vcpus; /* vcpus of one */
};

struct quota {
	struct demand *demands;
	size_t n, cap;
	const struct family *family;
	int64_t needed, used;
	struct str group;
	int64_t full; /* its largest size */
	int64_t in_group; /* instances of the group that run: their room is theirs already */
};

/* The letters before the first digit or '-' must be one of a family's beginnings. */
static const struct family *family_of(struct str type)
{
	size_t n = 0;

	while (n < type.n && type.p[n] >= 'a' && type.p[n] <= 'z')
		n++;
	for (size_t pass = n; pass > 0; pass--)
		for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
			struct str rest = str_of(families[i].types), one;

			while (rest.n) {
				str_cut(&rest, ' ', &one);
				if (str_eq(one, str_sub(type, 0, pass)))
					return &families[i];
			}
		}
	return NULL;
}

static void demand_add(struct verb *v, struct str type, int64_t count)
{
	struct quota *own = v->own;

	for (size_t i = 0; i < own->n; i++)
		if (str_eq(own->demands[i].type, type)) {
			own->demands[i].count += count;
			return;
		}
	own->demands = arena_grow(v->arena, own->demands, &own->cap, own->n + 1, sizeof *own->demands);
	own->demands[own->n++] = (struct demand){.type = str_dup(v->arena, type), .count = count};
}

/* --- limit and usage ---------------------------------------------------------------------------------------------- */

static void limit_known(struct verb *v)
{
	struct quota *own = v->own;
	const struct value *limit = value_path(v->answer, STR("Quota.Value"));
	double max;

	if (!number_of(limit, &max)) {
		probe_never(v, "the quota of %s instances is not told", own->family->name);
		return;
	}
	verb_value(v, MAP(v, VAL("Needed", verb_number(v, (double)own->needed)),
			  VAL("Used", verb_number(v, (double)own->used)), VAL("Limit", verb_number(v, max))));
	probe_answer(v, (double)(own->used + own->needed) <= max,
		     "%lld vCPUs of %s instances run, %lld more are needed, %.15g are allowed", (long long)own->used,
		     own->family->name, (long long)own->needed, max);
}

static void limit_ask(struct verb *v, const char *op, verb_step *next)
{
	struct quota *own = v->own;

	verb_ask(v, op, MAP(v, TXT("ServiceCode", STR("ec2")), TXT("QuotaCode", str_of(own->family->quota))), next);
}

/* A quota that was never changed may be told only as a default. */
static void own_limit_known(struct verb *v)
{
	if (v->answer)
		limit_known(v);
	else
		limit_ask(v, "service-quotas:GetAWSDefaultServiceQuota", limit_known);
}

static void usage_known(struct verb *v)
{
	struct quota *own = v->own;
	const struct value *groups = value_getc(v->answer, "Reservations");

	for (size_t i = 0; i < value_count(groups); i++) {
		const struct value *list = value_getc(value_at(groups, i), "Instances");

		for (size_t k = 0; k < value_count(list); k++) {
			const struct value *x = value_at(list, k), *cpu = value_getc(x, "CpuOptions");
			int64_t cores = 0, threads = 0;

			if (family_of(text_at(x, "InstanceType")) != own->family ||
			    is_at(x, "InstanceLifecycle", "spot"))
				continue;
			if (value_as_int(value_getc(cpu, "CoreCount"), &cores) &&
			    value_as_int(value_getc(cpu, "ThreadsPerCore"), &threads))
				own->used += cores * threads;
		}
	}
	verb_expect(v, "NoSuchResourceException");
	limit_ask(v, "service-quotas:GetServiceQuota", own_limit_known);
}

static void usage_ask(struct verb *v)
{
	struct value *states = verb_list(v, verb_text(v, STR("running")));

	verb_push(v, states, STR("pending"));
	verb_ask(v, "ec2:DescribeInstances",
		 MAP(v, VAL("Filters",
			    verb_list(v, MAP(v, TXT("Name", STR("instance-state-name")), VAL("Values", states))))),
		 usage_known);
}

/* --- demand ------------------------------------------------------------------------------------------------------- */

static void types_known(struct verb *v)
{
	struct quota *own = v->own;
	const struct value *list = value_getc(v->answer, "InstanceTypes");

	for (size_t i = 0; i < own->n; i++) {
		struct demand *d = &own->demands[i];
		const struct family *family = family_of(d->type);

		for (size_t k = 0; k < value_count(list); k++)
			if (str_eq(text_at(value_at(list, k), "InstanceType"), d->type))
				value_as_int(value_path(value_at(list, k), STR("VCpuInfo.DefaultVCpus")), &d->vcpus);
		if (!family || !d->vcpus) {
			probe_never(v, "instance type %.*s is not offered in %.*s", STR_ARG(d->type),
				    STR_ARG(v->at->name));
			return;
		}
		if (own->family && family != own->family) {
			probe_never(v, "%.*s and %.*s count against different quotas: not supported yet",
				    STR_ARG(own->demands[0].type), STR_ARG(d->type));
			return;
		}
		own->family = family;
		own->needed += d->count * d->vcpus;
	}
	usage_ask(v);
}

static void types_ask(struct verb *v)
{
	struct quota *own = v->own;
	struct value *types = verb_list(v, NULL), *filter;

	for (size_t i = 0; i < own->n; i++)
		verb_push(v, types, own->demands[i].type);
	filter = MAP(v, TXT("Name", STR("instance-type")), VAL("Values", types));
	if (!own->n)
		probe_answer(v, true, "nothing is to be launched");
	else
		verb_ask(v, "ec2:DescribeInstanceTypes", MAP(v, VAL("Filters", verb_list(v, filter))), types_known);
}

/* --- for a group -------------------------------------------------------------------------------------------------- */

static void group_demand(struct verb *v, struct str type, int64_t size)
{
	struct quota *own = v->own;
	int64_t more = arg_count(v, "Instances", size) - own->in_group;

	demand_add(v, type, more > 0 ? more : 0);
	types_ask(v);
}

static void template_known(struct verb *v)
{
	struct quota *own = v->own;
	const struct value *data =
	    value_getc(value_at(value_getc(v->answer, "LaunchTemplateVersions"), 0), "LaunchTemplateData");
	struct str type = text_at(data, "InstanceType");

	if (!type.n)
		probe_never(v, "the launch template of %.*s names no instance type: not supported yet",
			    STR_ARG(own->group));
	else
		group_demand(v, type, own->full);
}

static void group_known(struct verb *v)
{
	struct quota *own = v->own;
	const struct value *group = value_at(value_getc(v->answer, "AutoScalingGroups"), 0);
	const struct value *mixed = value_path(group, STR("MixedInstancesPolicy.LaunchTemplate"));
	const struct value *template = value_getc(group, "LaunchTemplate");
	struct str type = text_at(value_at(value_getc(mixed, "Overrides"), 0), "InstanceType"), version;
	int64_t max = 0;

	if (!group) {
		probe_never(v, "there is no Auto Scaling group %.*s in %.*s", STR_ARG(own->group),
			    STR_ARG(v->at->name));
		return;
	}
	value_as_int(value_getc(group, "MaxSize"), &max);
	own->in_group = (int64_t)value_count(value_getc(group, "Instances"));
	if (type.n) {
		group_demand(v, type, max);
		return;
	}
	template = template ? template : value_getc(mixed, "LaunchTemplateSpecification");
	version = text_at(template, "Version");
	own->full = max;
	verb_ask(v, "ec2:DescribeLaunchTemplateVersions",
		 MAP(v, TXT("LaunchTemplateId", text_at(template, "LaunchTemplateId")),
		     VAL("Versions", verb_list(v, verb_text(v, version.n ? version : STR("$Default"))))),
		 template_known);
}

/* --- for servers -------------------------------------------------------------------------------------------------- */

static void servers_known(struct verb *v)
{
	const struct value *items = value_getc(v->answer, "items");

	for (size_t i = 0; i < value_count(items); i++) {
		struct str type =
		    text_at(value_getc(value_at(items, i), "sourceProperties"), "recommendedInstanceType");

		if (type.n)
			demand_add(v, type, 1);
	}
	types_ask(v);
}

void quota_look(struct verb *v)
{
	struct quota *own = verb_own(v, struct quota);
	struct subject s = arg_one(v, "For");

	if (!arg(v, "Target"))
		verb_at(v, s.place);
	own->group = s.id;
	if (str_eqc(s.id, "Servers") && !s.type.n)
		verb_ask(v, "drs:DescribeSourceServers", NULL, servers_known);
	else
		verb_ask(v, "autoscaling:DescribeAutoScalingGroups",
			 MAP(v, VAL("AutoScalingGroupNames", verb_list(v, verb_text(v, s.id)))), group_known);
}
