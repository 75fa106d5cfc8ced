/* The simulator refuses what AWS refuses, with AWS's codes. */
#include "tests/unit/simstage.h"

static struct stage s;

static int setup(void **state)
{
	(void)state;
	stage_open(&s, NULL, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stage_close(&s);
	return 0;
}

static void test_missing_reference(void **state)
{
	struct work *w =
	    make(&s, SUBNET, json(&s, "{\"VpcId\": \"vpc-0123456789abcdef0\", \"CidrBlock\": \"10.1.0.0/24\"}"));

	(void)state;
	assert_refused(w, "InvalidVpcID.NotFound");
	assert_non_null(strstr(w->err.message.p, "vpc-0123456789abcdef0"));
	assert_int_equal(sim_count(s.p, STR_NONE), 0);
}

static void test_ranges(void **state)
{
	struct str vpc = a_vpc(&s);

	(void)state;
	assert_refused(make(&s, VPC, json(&s, "{\"CidrBlock\": \"10.0.0.0/8\"}")), "InvalidVpc.Range");
	assert_refused(make(&s, SUBNET, with_id(&s, "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.2.0.0/24\"}", vpc)),
		       "InvalidSubnet.Range");
	assert_refused(make(&s, SUBNET, with_id(&s, "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.1.0.0/29\"}", vpc)),
		       "InvalidSubnet.Range");
	made(&s, SUBNET, with_id(&s, "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.1.16.0/20\"}", vpc));
	assert_refused(make(&s, SUBNET, with_id(&s, "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.1.20.0/24\"}", vpc)),
		       "InvalidSubnet.Conflict");
	assert_refused(make(&s, SUBNET, with_id(&s, "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.1.0.0/18\"}", vpc)),
		       "InvalidSubnet.Conflict");
	made(&s, SUBNET, with_id(&s, "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.1.0.0/20\"}", vpc));
	made(&s, SUBNET, with_id(&s, "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.1.32.0/20\"}", vpc));
	assert_int_equal(sim_count(s.p, STR(SUBNET)), 3);
}

static void test_schema(void **state)
{
	(void)state;
	assert_refused(make(&s, VPC, json(&s, "{\"CidrBlok\": \"10.1.0.0/16\"}")), "UnknownParameter");
	assert_refused(make(&s, VPC, json(&s, "{\"CidrBlock\": \"10.1.0.0/16\", \"VpcId\": \"vpc-1\"}")),
		       "InvalidParameterValue");
	assert_refused(make(&s, VPC, json(&s, "{\"CidrBlock\": \"10.1.0.0/16\", \"EnableDnsSupport\": \"perhaps\"}")),
		       "InvalidParameterValue");
	assert_refused(make(&s, VPC, json(&s, "{\"CidrBlock\": \"10.1.0.0/16\", \"Tags\": \"x\"}")),
		       "InvalidParameterValue");
	assert_refused(make(&s, GROUP, json(&s, "{\"GroupName\": \"g\"}")), "MissingParameter");
	assert_int_equal(sim_count(s.p, STR_NONE), 0);
}

static void test_duplicates(void **state)
{
	struct str vpc = a_vpc(&s), table = made(&s, TABLE, with_id(&s, "{\"VpcId\": \"%s\"}", vpc));
	struct str igw = made(&s, IGW, json(&s, "{}"));
	const char *route =
	    str_fmt(&s.arena,
		    "{\"RouteTableId\": \"%.*s\", \"DestinationCidrBlock\": \"0.0.0.0/0\", \"GatewayId\": \"%%s\"}",
		    STR_ARG(table))
		.p;

	(void)state;
	a_group(&s, vpc, "web");
	assert_refused(
	    make(&s, GROUP,
		 with_id(&s, "{\"GroupName\": \"web\", \"GroupDescription\": \"e\", \"VpcId\": \"%s\"}", vpc)),
	    "InvalidGroup.Duplicate");
	assert_refused(
	    make(&s, GROUP,
		 with_id(&s, "{\"GroupName\": \"default\", \"GroupDescription\": \"e\", \"VpcId\": \"%s\"}", vpc)),
	    "InvalidGroup.Duplicate");
	made(&s, LOGS, json(&s, "{\"LogGroupName\": \"/a\"}"));
	assert_refused(make(&s, LOGS, json(&s, "{\"LogGroupName\": \"/a\"}")), "ResourceAlreadyExistsException");
	/* A route to a gateway that is not attached to the network, then the same destination twice. */
	assert_refused(make(&s, ROUTE, with_id(&s, route, igw)), "InvalidParameterValue");
	made(&s, ATTACHMENT,
	     with_id(&s, str_fmt(&s.arena, "{\"VpcId\": \"%.*s\", \"InternetGatewayId\": \"%%s\"}", STR_ARG(vpc)).p,
		     igw));
	assert_string_equal(made(&s, ROUTE, with_id(&s, route, igw)).p,
			    str_fmt(&s.arena, "%.*s|0.0.0.0/0", STR_ARG(table)).p);
	assert_refused(make(&s, ROUTE, with_id(&s, route, igw)), "RouteAlreadyExists");
}

/* Nothing that others refer to can go; in the right order everything can, and what is part of it goes along. */
static void test_deletion_order(void **state)
{
	struct str vpc = a_vpc(&s),
		   subnet = made(&s, SUBNET, with_id(&s, "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.1.0.0/24\"}", vpc));
	struct str igw = made(&s, IGW, json(&s, "{}")), eip = made(&s, EIP, json(&s, "{}")), table, nat, attachment;
	const char *attach = str_fmt(&s.arena, "{\"VpcId\": \"%.*s\", \"InternetGatewayId\": \"%%s\"}", STR_ARG(vpc)).p;
	const char *gateway =
	    str_fmt(&s.arena, "{\"SubnetId\": \"%.*s\", \"AllocationId\": \"%%s\"}", STR_ARG(subnet)).p;
	struct work *w;

	(void)state;
	assert_refused(make(&s, NAT, with_id(&s, gateway, eip)), "Gateway.NotAttached");
	attachment = made(&s, ATTACHMENT, with_id(&s, attach, igw));
	nat = made(&s, NAT, with_id(&s, gateway, eip));
	assert_refused(make(&s, NAT, with_id(&s, gateway, eip)), "Resource.AlreadyAssociated");
	table = made(&s, TABLE, with_id(&s, "{\"VpcId\": \"%s\"}", vpc));
	made(&s, ROUTE,
	     with_id(&s,
		     str_fmt(&s.arena,
			     "{\"RouteTableId\": \"%.*s\", \"DestinationCidrBlock\": \"0.0.0.0/0\","
			     "\"NatGatewayId\": \"%%s\"}",
			     STR_ARG(table))
			 .p,
		     nat));

	w = removed(&s, VPC, vpc);
	assert_refused(w, "DependencyViolation");
	assert_true(w->err.help.n > 0);
	assert_refused(removed(&s, SUBNET, subnet), "DependencyViolation");
	assert_refused(removed(&s, EIP, eip), "InvalidIPAddress.InUse");
	assert_refused(removed(&s, IGW, igw), "DependencyViolation");
	assert_refused(removed(&s, ATTACHMENT, attachment), "DependencyViolation");
	assert_int_equal(removed(&s, TABLE, table)->state, WORK_OK);
	assert_int_equal(sim_count(s.p, STR(ROUTE)), 0);
	assert_int_equal(removed(&s, NAT, nat)->state, WORK_OK);
	assert_int_equal(removed(&s, EIP, eip)->state, WORK_OK);
	assert_int_equal(removed(&s, ATTACHMENT, attachment)->state, WORK_OK);
	assert_int_equal(removed(&s, IGW, igw)->state, WORK_OK);
	assert_int_equal(removed(&s, SUBNET, subnet)->state, WORK_OK);
	assert_int_equal(removed(&s, VPC, vpc)->state, WORK_OK);
	assert_int_equal(sim_count(s.p, STR_NONE), 0);
	assert_int_equal(removed(&s, VPC, vpc)->state, WORK_OK); /* not found is success */
}

/* A deletion that only what is going away itself holds up waits for it. */
static void test_deletion_waits(void **state)
{
	struct str vpc = a_vpc(&s),
		   subnet = made(&s, SUBNET, with_id(&s, "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.1.0.0/24\"}", vpc));
	struct str nat =
	    made(&s, NAT, with_id(&s, "{\"SubnetId\": \"%s\", \"ConnectivityType\": \"private\"}", subnet));
	struct work *w = work_new(&s, WORK_DELETE, NAT);

	(void)state;
	w->id = nat;
	w->no_wait = true;
	assert_int_equal(run(&s, w)->state, WORK_OK);
	assert_false(w->settled);
	assert_false(seen(&s, NAT, nat)->found);
	assert_int_equal(removed(&s, SUBNET, subnet)->state, WORK_OK);
	assert_true(s.took > 30000);
}

static void test_protection(void **state)
{
	struct str name = made(&s, LOGS, json(&s, "{\"LogGroupName\": \"/a\", \"DeletionProtectionEnabled\": true}"));
	const struct value *now = live(&s, LOGS, name);

	(void)state;
	assert_refused(removed(&s, LOGS, name), "ValidationException");
	assert_int_equal(
	    changed(&s, LOGS, name, now, json(&s, "{\"LogGroupName\": \"/a\", \"DeletionProtectionEnabled\": false}"))
		->state,
	    WORK_OK);
	assert_int_equal(removed(&s, LOGS, name)->state, WORK_OK);
}

static void test_update(void **state)
{
	struct str vpc = a_vpc(&s);
	const struct value *now = live(&s, VPC, vpc);
	struct work *w;

	(void)state;
	assert_refused(changed(&s, VPC, vpc, now, json(&s, "{\"CidrBlock\": \"10.9.0.0/16\"}")),
		       "InvalidParameterValue");
	w = changed(&s, VPC, vpc, now,
		    json(&s, "{\"CidrBlock\": \"10.1.0.0/16\", \"EnableDnsHostnames\": \"yes\","
			     "\"Tags\": [{\"Key\": \"b\", \"Value\": \"2\"}, {\"Key\": \"a\", \"Value\": \"1\"}]}"));
	assert_int_equal(w->state, WORK_OK);
	assert_text(w->live, "EnableDnsHostnames", "true");
	assert_text(w->live, "Tags[0].Key", "a");
	assert_text(w->attrs, "VpcId", vpc.p);
	assert_refused(changed(&s, VPC, STR("vpc-0123456789abcdef0"), now, now), "InvalidVpcID.NotFound");
}

static void test_quota(void **state)
{
	(void)state;
	assert_true(sim_quota(s.p, STR(EIP), 2, &s.errs));
	made(&s, EIP, json(&s, "{}"));
	made(&s, EIP, json(&s, "{}"));
	assert_refused(make(&s, EIP, json(&s, "{}")), "LimitExceeded");
	assert_true(sim_quota(s.p, STR(EIP), 0, &s.errs));
	made(&s, EIP, json(&s, "{}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_missing_reference, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_ranges, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_schema, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_duplicates, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_deletion_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_deletion_waits, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_protection, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_update, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_quota, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
