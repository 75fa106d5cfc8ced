/* The AWS engine's works over a scripted wire: which calls are made, in which order, and what comes of the answers. */
#include "tests/unit/fakewire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena arena;
static struct provider *provider;
static const struct place place = {.name = STR_INIT("dr"), .region = STR_INIT("us-west-2")};
static const struct owner nobody = {.tags = false};
static const struct owner owner = {STR_INIT("s"), STR_INIT("l"), true};

static int setup(void **state)
{
	struct errs errs = {.arena = &arena};

	(void)state;
	fake_reset();
	provider = provider_aws_open(NULL, &errs);
	return provider ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	provider_close(provider);
	arena_free(&arena);
	fake_reset();
	buf_free(&fake_said);
	return 0;
}

static struct value *json(const char *text)
{
	struct errs errs = {.arena = &arena};
	struct value *v = json_read(&arena, str_of(text), 0, &errs);

	assert_non_null(v);
	return v;
}

static struct work work(enum work_kind kind, const char *type)
{
	return (struct work){.kind = kind, .place = &place, .type = model_type(str_of(type)), .arena = &arena, .owner = &nobody,
			     .address = STR("R"), .op = STR("11111111-2222-4333-8444-555555555555")};
}

/* Run one work to its end; returns how many times its id was told. */
static unsigned run(struct work *w)
{
	unsigned ids = 0;
	bool done = false;

	provider_start(provider, w);
	for (size_t turn = 0; turn < 10000 && !done; turn++) {
		struct work_event e;

		provider_poll(provider, 0);
		while ((e = provider_next(provider)).work) {
			ids += e.kind == WORK_ID;
			done = done || e.kind == WORK_DONE;
		}
	}
	assert_true(done);
	assert_int_equal(provider_pending(provider), 0);
	return ids;
}

static void assert_json(const struct value *v, const char *want)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	if (v)
		json_write(&b, v, JSON_SORTED);
	assert_string_equal(b.n ? b.p : "", want);
	buf_free(&b);
}

/* --- create ------------------------------------------------------------------------------------------------------- */

/* What the create cannot take is set by its own call, one property each; AWS's defaults are not set again. */
static void create_then_attributes(void **state)
{
	struct work w = work(WORK_CREATE, "AWS::EC2::VPC");

	(void)state;
	w.desired = json("{\"CidrBlock\": \"10.0.0.0/16\", \"EnableDnsSupport\": true, \"EnableDnsHostnames\": true}");
	script("CreateVpc", "{\"Vpc\": {\"VpcId\": \"vpc-1\", \"State\": \"available\", \"CidrBlock\": \"10.0.0.0/16\"}}");
	script("ModifyVpcAttribute", "{}");
	script("DescribeVpcs", "{\"Vpcs\": [{\"VpcId\": \"vpc-1\", \"State\": \"available\", \"CidrBlock\": \"10.0.0.0/16\"}]}");
	script("DescribeVpcAttribute", "{\"EnableDnsSupport\": {\"Value\": true}}");
	script("DescribeVpcAttribute", "{\"EnableDnsHostnames\": {\"Value\": true}}");
	script("DescribeSecurityGroups", "{\"SecurityGroups\": [{\"GroupId\": \"sg-9\", \"VpcId\": \"vpc-1\"}]}");
	script("DescribeNetworkAcls", "{\"NetworkAcls\": []}");
	assert_int_equal(run(&w), 1);
	assert_int_equal(w.state, WORK_OK);
	assert_true(w.settled);
	assert_true(strncmp(said(), "CreateVpc {\"CidrBlock\":\"10.0.0.0/16\"}\n"
				    "ModifyVpcAttribute {\"EnableDnsHostnames\":{\"Value\":true},\"VpcId\":\"vpc-1\"}\n", 110) == 0);
	assert_json(w.live, "{\"CidrBlock\":\"10.0.0.0/16\",\"EnableDnsHostnames\":true,\"EnableDnsSupport\":true}");
	assert_string_equal(value_text(value_getc(w.attrs, "DefaultSecurityGroup")).p, "sg-9");
	assert_string_equal(value_text(value_getc(w.attrs, "Ref")).p, "vpc-1");
}

/* Own tags go out with the template's, and are taken off what comes back. */
static void own_tags(void **state)
{
	struct work w = work(WORK_CREATE, "AWS::EC2::InternetGateway");

	(void)state;
	w.owner = &owner;
	w.desired = json("{\"Tags\": [{\"Key\": \"Name\", \"Value\": \"x\"}]}");
	script("CreateInternetGateway", "{\"InternetGateway\": {\"InternetGatewayId\": \"igw-1\", \"Tags\": ["
	       "{\"Key\": \"drplan:op\", \"Value\": \"o\"}, {\"Key\": \"aws:x\", \"Value\": \"y\"}, {\"Key\": \"Name\", \"Value\": \"x\"}]}}");
	run(&w);
	assert_non_null(strstr(said(), "{\"Key\":\"drplan:op\",\"Value\":\"11111111-2222-4333-8444-555555555555\"}"));
	assert_non_null(strstr(said(), "{\"Key\":\"drplan:address\",\"Value\":\"R\"}"));
	assert_int_equal(fake_total, 1);	/* the answer is as good as a read */
	assert_json(w.live, "{\"Tags\":[{\"Key\":\"Name\",\"Value\":\"x\"}]}");
}

static void waits_and_fails(void **state)
{
	struct work w = work(WORK_CREATE, "AWS::EC2::NatGateway");

	(void)state;
	w.desired = json("{\"SubnetId\": \"subnet-1\", \"AllocationId\": \"eipalloc-1\"}");
	script("CreateNatGateway", "{\"NatGateway\": {\"NatGatewayId\": \"nat-1\", \"State\": \"pending\"}}");
	script("DescribeNatGateways", "{\"NatGateways\": []}");
	script("DescribeNatGateways", "{\"NatGateways\": [{\"NatGatewayId\": \"nat-1\", \"State\": \"pending\"}]}");
	script("DescribeNatGateways", "{\"NatGateways\": [{\"NatGatewayId\": \"nat-1\", \"State\": \"failed\", \"FailureMessage\": \"no route\"}]}");
	assert_int_equal(run(&w), 1);
	assert_int_equal(w.state, WORK_FAILED);
	assert_non_null(strstr(w.err.message.p, "'failed': no route"));
	assert_string_equal(w.id.p, "nat-1");
}

/* A failure inside a good answer is a failure. */
static void unsuccessful(void **state)
{
	struct work w = work(WORK_CREATE, "AWS::EC2::FlowLog");

	(void)state;
	w.desired = json("{\"ResourceId\": \"vpc-1\", \"ResourceType\": \"VPC\"}");
	script("CreateFlowLogs", "{\"Unsuccessful\": [{\"Error\": {\"Code\": \"FlowLogAlreadyExists\", \"Message\": \"m\"}}]}");
	assert_int_equal(run(&w), 0);
	assert_int_equal(w.state, WORK_FAILED);
	assert_string_equal(w.err.code.p, "FlowLogAlreadyExists");
}

/* The id of what has none is made of properties, in AWS's spelling of them. */
static void composed_id(void **state)
{
	struct work w = work(WORK_CREATE, "AWS::EC2::Route");

	(void)state;
	w.desired = json("{\"RouteTableId\": \"rtb-1\", \"DestinationCidrBlock\": \"10.7.0.9/16\", \"GatewayId\": \"igw-1\"}");
	script("CreateRoute", "{\"Return\": true}");
	script("DescribeRouteTables", "{\"RouteTables\": [{\"RouteTableId\": \"rtb-1\", \"Routes\": ["
	       "{\"DestinationCidrBlock\": \"10.1.0.0/16\", \"GatewayId\": \"local\"},"
	       "{\"DestinationCidrBlock\": \"10.7.0.0/16\", \"GatewayId\": \"igw-1\"}]}]}");
	run(&w);
	assert_int_equal(w.state, WORK_OK);
	assert_string_equal(w.id.p, "rtb-1|10.7.0.0/16");
	assert_json(w.live, "{\"DestinationCidrBlock\":\"10.7.0.0/16\",\"GatewayId\":\"igw-1\",\"RouteTableId\":\"rtb-1\"}");
}

/* Egress that is not written is AWS's allow-all; written, the allow-all of each family that AWS gave goes, after the new
 * rules came. */
static void group_rules(void **state)
{
	struct work w = work(WORK_CREATE, "AWS::EC2::SecurityGroup");
	const char *add, *drop;

	(void)state;
	w.desired = json("{\"GroupDescription\": \"d\", \"SecurityGroupEgress\": [{\"IpProtocol\": \"tcp\", \"FromPort\": 443, \"ToPort\": 443, "
			 "\"CidrIp\": \"10.0.0.0/8\", \"Description\": \"x\"}]}");
	script("CreateSecurityGroup", "{\"GroupId\": \"sg-1\"}");
	script("DescribeSecurityGroups", "{\"SecurityGroups\": [{\"GroupId\": \"sg-1\", \"Description\": \"d\", \"IpPermissionsEgress\": ["
	       "{\"IpProtocol\": \"-1\", \"IpRanges\": [{\"CidrIp\": \"0.0.0.0/0\"}], \"Ipv6Ranges\": [{\"CidrIpv6\": \"::/0\"}],"
	       "\"UserIdGroupPairs\": []}]}]}");
	script("AuthorizeSecurityGroupEgress", "{}");
	script("RevokeSecurityGroupEgress", "{}");
	script("DescribeSecurityGroups", "{\"SecurityGroups\": [{\"GroupId\": \"sg-1\", \"Description\": \"d\", \"IpPermissionsEgress\": ["
	       "{\"IpProtocol\": \"tcp\", \"FromPort\": 443, \"ToPort\": 443, \"IpRanges\": [{\"CidrIp\": \"10.0.0.0/8\", \"Description\": \"x\"}],"
	       "\"UserIdGroupPairs\": []}]}]}");
	run(&w);
	assert_int_equal(w.state, WORK_OK);
	add = strstr(said(), "AuthorizeSecurityGroupEgress {\"GroupId\":\"sg-1\",\"IpPermissions\":[{\"FromPort\":443,\"IpProtocol\":\"tcp\","
			     "\"IpRanges\":[{\"CidrIp\":\"10.0.0.0/8\",\"Description\":\"x\"}],\"ToPort\":443}]}");
	drop = strstr(said(), "RevokeSecurityGroupEgress {\"GroupId\":\"sg-1\",\"IpPermissions\":[{\"IpProtocol\":\"-1\","
			      "\"IpRanges\":[{\"CidrIp\":\"0.0.0.0/0\"}]},{\"IpProtocol\":\"-1\",\"Ipv6Ranges\":[{\"CidrIpv6\":\"::/0\"}]}]}");
	assert_true(add && drop && add < drop);
	assert_json(value_getc(w.live, "SecurityGroupEgress"),
		    "[{\"CidrIp\":\"10.0.0.0/8\",\"Description\":\"x\",\"FromPort\":443,\"IpProtocol\":\"tcp\",\"ToPort\":443}]");
}

/* --- read --------------------------------------------------------------------------------------------------------- */

/* 250 ids: two calls of at most 200; one of them is gone, and fails nothing. */
static void bulk_read(void **state)
{
	struct work w = work(WORK_READ, "AWS::EC2::RouteTable");
	struct work_item items[250];
	struct buf first, second;

	(void)state;
	memset(items, 0, sizeof items);
	buf_init(&first, 1 << 20);
	buf_init(&second, 1 << 20);
	for (size_t i = 0; i < 250; i++) {
		struct buf *b = i < 200 ? &first : &second;

		items[i].id = str_fmt(&arena, "rtb-%zu", i);
		buf_cstr(b, b->n ? "," : "{\"RouteTables\": [");
		if (i == 7)
			buf_cstr(b, "{\"RouteTableId\": \"rtb-other\"}");
		else
			buf_fmt(b, "{\"RouteTableId\": \"rtb-%zu\", \"VpcId\": \"vpc-1\"}", i);
	}
	buf_cstr(&first, "]}");
	buf_cstr(&second, "]}");
	script("DescribeRouteTables", first.p);
	script("DescribeRouteTables", second.p);
	w.items = items;
	w.n_items = 250;
	run(&w);
	assert_int_equal(w.state, WORK_OK);
	assert_int_equal(fake_total, 2);
	assert_int_equal(w.calls, 2);
	for (size_t i = 0; i < 250; i++)
		assert_int_equal(items[i].found, i != 7);
	assert_json(items[249].live, "{\"VpcId\":\"vpc-1\"}");
	buf_free(&first);
	buf_free(&second);
}

static void read_error(void **state)
{
	struct work w = work(WORK_READ, "AWS::EC2::RouteTable");
	struct work_item item = {.id = STR("rtb-1")};

	(void)state;
	script("DescribeRouteTables", "!UnauthorizedOperation");
	w.items = &item;
	w.n_items = 1;
	run(&w);
	assert_int_equal(w.state, WORK_FAILED);
	assert_true(item.failed && !item.found);
	assert_string_equal(w.err.code.p, "UnauthorizedOperation");
}

/* A resource on its way out counts as gone. */
static void dead_is_gone(void **state)
{
	struct work w = work(WORK_READ, "AWS::EC2::NatGateway");
	struct work_item item = {.id = STR("nat-1")};

	(void)state;
	script("DescribeNatGateways", "{\"NatGateways\": [{\"NatGatewayId\": \"nat-1\", \"State\": \"deleted\"}]}");
	w.items = &item;
	w.n_items = 1;
	run(&w);
	assert_int_equal(w.state, WORK_OK);
	assert_false(item.found);
}

/* --- update and delete -------------------------------------------------------------------------------------------- */

static void update_only_what_differs(void **state)
{
	struct work w = work(WORK_UPDATE, "AWS::EC2::Subnet");

	(void)state;
	w.id = STR("subnet-1");
	w.prior = json("{\"VpcId\": \"vpc-1\", \"MapPublicIpOnLaunch\": false, \"EnableDns64\": false,"
		       "\"Tags\": [{\"Key\": \"a\", \"Value\": \"1\"}, {\"Key\": \"b\", \"Value\": \"2\"}]}");
	w.desired = json("{\"VpcId\": \"vpc-1\", \"MapPublicIpOnLaunch\": true, \"EnableDns64\": false,"
			 "\"Tags\": [{\"Key\": \"a\", \"Value\": \"9\"}]}");
	script("ModifySubnetAttribute", "{}");
	script("CreateTags", "{}");
	script("DeleteTags", "{}");
	script("DescribeSubnets", "{\"Subnets\": [{\"SubnetId\": \"subnet-1\", \"State\": \"available\"}]}");
	script("DescribeNetworkAcls", "{\"NetworkAcls\": []}");
	run(&w);
	assert_int_equal(w.state, WORK_OK);
	assert_true(strncmp(said(), "ModifySubnetAttribute {\"MapPublicIpOnLaunch\":{\"Value\":true},\"SubnetId\":\"subnet-1\"}\n"
				    "CreateTags {\"Resources\":[\"subnet-1\"],\"Tags\":[{\"Key\":\"a\",\"Value\":\"9\"}]}\n"
				    "DeleteTags {\"Resources\":[\"subnet-1\"],\"Tags\":[{\"Key\":\"b\"}]}\n", 150) == 0);
}

static void delete_retries(void **state)
{
	struct work w = work(WORK_DELETE, "AWS::EC2::Subnet");

	(void)state;
	w.id = STR("subnet-1");
	w.prior = json("{}");
	script("DeleteSubnet", "!DependencyViolation");
	script("DeleteSubnet", "!DependencyViolation");
	script("DeleteSubnet", "!InvalidSubnetID.NotFound");
	run(&w);
	assert_int_equal(w.state, WORK_OK);
	assert_int_equal(w.calls, 3);
}

/* A call that needs what another one answers. */
static void delete_with_first_reads(void **state)
{
	struct work w = work(WORK_DELETE, "AWS::EC2::SubnetNetworkAclAssociation");

	(void)state;
	w.id = STR("aclassoc-1");
	w.prior = json("{}");
	script("DescribeNetworkAcls", "{\"NetworkAcls\": [{\"VpcId\": \"vpc-1\"}]}");
	script("DescribeNetworkAcls", "{\"NetworkAcls\": [{\"NetworkAclId\": \"acl-0\"}]}");
	script("ReplaceNetworkAclAssociation", "{}");
	run(&w);
	assert_int_equal(w.state, WORK_OK);
	assert_non_null(strstr(said(), "{\"Name\":\"vpc-id\",\"Values\":[\"vpc-1\"]}"));
	assert_non_null(strstr(said(), "ReplaceNetworkAclAssociation {\"AssociationId\":\"aclassoc-1\",\"NetworkAclId\":\"acl-0\"}"));
}

/* --- finding ------------------------------------------------------------------------------------------------------ */

static void recover_by_tag(void **state)
{
	struct work w = work(WORK_RECOVER, "AWS::EC2::RouteTable");
	const char *tagged = "{\"RouteTables\": [{\"RouteTableId\": \"rtb-1\", \"VpcId\": \"vpc-1\", \"Tags\": [{\"Key\": \"drplan:op\","
			     "\"Value\": \"11111111-2222-4333-8444-555555555555\"}]}]}";

	(void)state;
	w.owner = &owner;
	w.desired = json("{\"VpcId\": \"vpc-1\"}");
	script("DescribeRouteTables", tagged);
	script("DescribeRouteTables", tagged);
	run(&w);
	assert_int_equal(w.recovered, RECOVER_FOUND);
	assert_string_equal(w.id.p, "rtb-1");
	assert_non_null(strstr(said(), "{\"Name\":\"tag:drplan:op\",\"Values\":[\"11111111-2222-4333-8444-555555555555\"]}"));

	w = work(WORK_RECOVER, "AWS::EC2::RouteTable");
	w.owner = &owner;
	w.desired = json("{\"VpcId\": \"vpc-1\"}");
	script("DescribeRouteTables", "{\"RouteTables\": []}");
	run(&w);	/* begun in 1970: long visible by now */
	assert_int_equal(w.recovered, RECOVER_ABSENT);

	w = work(WORK_RECOVER, "AWS::EC2::RouteTable");
	w.owner = &owner;
	w.desired = json("{\"VpcId\": \"vpc-1\"}");
	w.started = clock_wall(&clock_system) + 3600000;	/* the clock was set back since: it may not be visible yet */
	script("DescribeRouteTables", "{\"RouteTables\": []}");
	script("DescribeRouteTables", tagged);
	script("DescribeRouteTables", tagged);
	run(&w);
	assert_int_equal(w.recovered, RECOVER_FOUND);
}

/* One of the same name that somebody else made is never taken for ours. */
static void recover_foreign_name(void **state)
{
	struct work w = work(WORK_RECOVER, "AWS::Logs::LogGroup");

	(void)state;
	w.owner = &owner;
	w.desired = json("{\"LogGroupName\": \"/x\"}");
	script("GetCallerIdentity", "{\"Account\": \"123456789012\"}");
	script("DescribeLogGroups", "{\"logGroups\": [{\"logGroupName\": \"/x\"}, {\"logGroupName\": \"/xy\"}]}");
	script("ListTagsForResource", "{\"tags\": {}}");
	run(&w);
	assert_int_equal(w.recovered, RECOVER_UNKNOWN);
	assert_int_equal(w.state, WORK_FAILED);
}

static void lookup_wants_one(void **state)
{
	struct work w = work(WORK_LOOKUP, "AWS::EC2::RouteTable");
	const char *two = "{\"RouteTables\": [{\"RouteTableId\": \"rtb-1\", \"VpcId\": \"vpc-1\"},"
			  "{\"RouteTableId\": \"rtb-2\", \"VpcId\": \"vpc-1\"}]}";

	(void)state;
	w.match = json("{\"VpcId\": \"vpc-1\"}");
	script("DescribeRouteTables", two);
	run(&w);
	assert_int_equal(w.state, WORK_FAILED);
	assert_non_null(strstr(w.err.message.p, "2 resources match"));
	assert_non_null(strstr(w.err.message.p, "rtb-1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(create_then_attributes, setup, teardown),
		cmocka_unit_test_setup_teardown(own_tags, setup, teardown),
		cmocka_unit_test_setup_teardown(waits_and_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(unsuccessful, setup, teardown),
		cmocka_unit_test_setup_teardown(composed_id, setup, teardown),
		cmocka_unit_test_setup_teardown(group_rules, setup, teardown),
		cmocka_unit_test_setup_teardown(bulk_read, setup, teardown),
		cmocka_unit_test_setup_teardown(read_error, setup, teardown),
		cmocka_unit_test_setup_teardown(dead_is_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(update_only_what_differs, setup, teardown),
		cmocka_unit_test_setup_teardown(delete_retries, setup, teardown),
		cmocka_unit_test_setup_teardown(delete_with_first_reads, setup, teardown),
		cmocka_unit_test_setup_teardown(recover_by_tag, setup, teardown),
		cmocka_unit_test_setup_teardown(recover_foreign_name, setup, teardown),
		cmocka_unit_test_setup_teardown(lookup_wants_one, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
