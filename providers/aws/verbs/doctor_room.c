/* Doctor: what the region has room for and offers. Quotas count the peak: a replacement holds the
 * old and the new one for a while, and a failover starts what standby does without. */
#include "providers/aws/verbs/doctor.h"

/* --- quotas ------------------------------------------------------------------------------------------------------- */

static const struct room {
	const char *type, *op, *list, *service, *quota, *name;
	bool network; /* of the two halves, which are asked beside each other */
} rooms[] = {
    {"AWS::EC2::EIP", "ec2:DescribeAddresses", "Addresses", "ec2", "L-0263D0A3", "Elastic IP addresses", true},
    {"AWS::EC2::VPC", "ec2:DescribeVpcs", "Vpcs", "vpc", "L-F678F1CE", "VPCs", true},
    {"AWS::EC2::InternetGateway", "ec2:DescribeInternetGateways", "InternetGateways", "vpc", "L-A4707A72",
     "internet gateways", true},
    {"AWS::ElasticLoadBalancingV2::LoadBalancer", "elbv2:DescribeLoadBalancers", "LoadBalancers",
     "elasticloadbalancing", "L-53DA6B97", "load balancers", false},
    {"AWS::RDS::DBCluster", "rds:DescribeDBClusters", "DBClusters", "rds", "L-952B80B8", "database clusters", false},
    {"AWS::RDS::DBInstance", "rds:DescribeDBInstances", "DBInstances", "rds", "L-7B6409FD", "database instances",
     false},
};
#define N_ROOMS (sizeof rooms / sizeof *rooms)

struct quotas {
	struct report r;
	size_t i, used, ours;
	bool network;
};

static void room_next(struct verb *v);
static void limit_known(struct verb *v);

static void limit_ask(struct verb *v, const char *op, verb_step *next)
{
	const struct room *room = &rooms[((struct quotas *)v->own)->i];

	verb_expect(v, "*");
	verb_ask(v, op, MAP(v, TXT("ServiceCode", str_of(room->service)), TXT("QuotaCode", str_of(room->quota))), next);
}

static void limit_judge(struct verb *v)
{
	struct quotas *own = v->own;
	const struct room *room = &rooms[own->i];
	double limit;

	if (!v->answer || !number_of(value_path(v->answer, STR("Quota.Value")), &limit))
		doctor_refused(v, &own->r, room->name);
	else if ((double)own->used >= limit)
		doctor_say(v, &own->r, room->name, SAY_RED,
			   "ask for more in Service Quotas, or release what nobody uses",
			   "%zu are in use, %.15g are allowed: none can be made or replaced", own->used, limit);
	else if ((double)(own->used + own->ours) > limit)
		doctor_say(v, &own->r, room->name, SAY_WARN,
			   "a replacement of all of the stack's would not fit: ask for more in Service Quotas",
			   "%zu are in use, %.15g are allowed, %zu are the stack's", own->used, limit, own->ours);
	else
		doctor_say(v, &own->r, room->name, SAY_OK, NULL, "%zu of %.15g are in use", own->used, limit);
	own->i++;
	room_next(v);
}

static void limit_known(struct verb *v)
{
	if (v->answer)
		limit_judge(v);
	else
		limit_ask(v, "service-quotas:GetAWSDefaultServiceQuota", limit_judge);
}

static void usage_known(struct verb *v)
{
	struct quotas *own = v->own;

	if (!v->answer) {
		doctor_refused(v, &own->r, rooms[own->i].name);
		own->i++;
		room_next(v);
		return;
	}
	own->used = value_count(value_getc(v->answer, rooms[own->i].list));
	limit_ask(v, "service-quotas:GetServiceQuota", limit_known);
}

static size_t of_type(const struct verb *v, const char *type)
{
	struct subject s;
	size_t n = 0;

	for (size_t i = 0; arg_subject(v, "Of", i, &s); i++)
		n += str_eqc(s.type, type);
	return n;
}

static void room_next(struct verb *v)
{
	struct quotas *own = v->own;

	while (own->i < N_ROOMS &&
	       (rooms[own->i].network != own->network || !(own->ours = of_type(v, rooms[own->i].type))))
		own->i++;
	if (own->i == N_ROOMS) {
		report_done(v, &own->r);
		return;
	}
	verb_expect(v, "*");
	verb_ask(v, rooms[own->i].op, NULL, usage_known);
}

void doctor_quotas(struct verb *v)
{
	v->own = NULL;
	verb_own(v, struct quotas)->network = str_eqc(arg_text(v, "Topic"), "quotas");
	room_next(v);
}

/* --- what the stack names ----------------------------------------------------------------------------------------- */

static bool listed(const struct value *list, struct str text)
{
	for (size_t i = 0; i < value_count(list); i++)
		if (str_eq(value_text(value_at(list, i)), text))
			return true;
	return false;
}

/* All texts that stand at a key somewhere in the properties of a resource. */
void doctor_names(struct verb *v, const struct value *props, const char *key, struct value *out)
{
	for (size_t i = 0; props && props->kind == V_LIST && i < props->list.n; i++)
		doctor_names(v, props->list.items[i], key, out);
	for (size_t i = 0; props && props->kind == V_MAP && i < props->map.n; i++) {
		const struct member *m = &props->map.items[i];
		struct str text = value_text(m->value);

		/* What is said of replicas is of other regions. */
		if (!str_eqc(m->key, key) && !str_starts(m->key, STR("Replica")))
			doctor_names(v, m->value, key, out);
		else if (str_eqc(m->key, key) && text.n && !listed(out, text))
			value_append(v->arena, out, value_string(v->arena, (struct pos){0}, text));
	}
}

static struct value *gather_all(struct verb *v, const char *service, const char *key)
{
	struct value *out = value_list(v->arena, (struct pos){0});
	struct subject s;

	for (size_t i = 0; arg_subject(v, "Of", i, &s); i++)
		if (str_starts(s.type, str_of(service)))
			doctor_names(v, s.props, key, out);
	return out;
}

struct named {
	struct report r;
	struct value *names;
	size_t i;
};

static struct named *named_begin(struct verb *v, const char *service, const char *key)
{
	struct named *own;

	v->own = NULL;
	own = verb_own(v, struct named);
	own->names = gather_all(v, service, key);
	return own;
}

/* --- machines ----------------------------------------------------------------------------------------------------- */

static void offers_known(struct verb *v)
{
	struct named *own = v->own;
	const struct value *offers = value_getc(v->answer, "InstanceTypeOfferings");

	for (size_t i = 0; i < value_count(own->names) && v->answer; i++) {
		struct str name = value_text(value_at(own->names, i));
		const char *what = str_fmt(v->arena, "instance type %.*s", STR_ARG(name)).p;

		if (report_element(offers, "InstanceType", name))
			doctor_say(v, &own->r, what, SAY_OK, NULL, "is offered");
		else
			doctor_say(v, &own->r, what, SAY_RED,
				   "name a type that this region has: nothing would be launched",
				   "is not offered in %.*s", STR_ARG(place_region(v, v->at)));
	}
	if (!v->answer)
		doctor_refused(v, &own->r, "instance types");
	report_done(v, &own->r);
}

void doctor_machines(struct verb *v)
{
	struct named *own = named_begin(v, "AWS::", "InstanceType");
	struct value *filter = MAP(v, TXT("Name", STR("instance-type")), VAL("Values", own->names));

	if (!value_count(own->names)) {
		report_done(v, &own->r);
		return;
	}
	verb_expect(v, "*");
	verb_ask(v, "ec2:DescribeInstanceTypeOfferings", MAP(v, VAL("Filters", verb_list(v, filter))), offers_known);
}

/* --- images ------------------------------------------------------------------------------------------------------- */

static void image_next(struct verb *v);

static void image_known(struct verb *v)
{
	struct named *own = v->own;
	struct str name = value_text(value_at(own->names, own->i));
	const struct value *x = value_at(value_getc(v->answer, "Images"), 0);
	const char *what = str_fmt(v->arena, "image %.*s", STR_ARG(name)).p;

	if (!v->answer && !str_starts(v->code, STR("InvalidAMIID")))
		doctor_refused(v, &own->r, what);
	else if (!x || !is_at(x, "State", "available"))
		doctor_say(
		    v, &own->r, what, SAY_RED,
		    "copy the image to this region, or have the stack take its id from an SSM parameter of the region",
		    "is not there for this account");
	else
		doctor_say(v, &own->r, what, SAY_OK, NULL, "%.*s", STR_ARG(text_at(x, "Name")));
	own->i++;
	image_next(v);
}

static void image_next(struct verb *v)
{
	struct named *own = v->own;
	struct value *name = value_at(own->names, own->i);

	if (!name) {
		report_done(v, &own->r);
		return;
	}
	verb_expect(v, "*");
	verb_ask(v, "ec2:DescribeImages", MAP(v, VAL("ImageIds", verb_list(v, name))), image_known);
}

void doctor_images(struct verb *v)
{
	named_begin(v, "AWS::", "ImageId");
	image_next(v);
}
