/* Types and facts, over a table of facts that the test brings: the product's own comes from the type texts. */
#include "tests/unit/check.h"

#include "model/facts.h"
#include "model/normal.h"

/* Offsets of the strings in the pool below. */
enum {
	P_GROUP = 1, P_SUBNET = P_GROUP + 24, P_TAGS = P_SUBNET + 17, P_NAME = P_TAGS + 5, P_UNIQUE = P_NAME + 10,
	P_INGRESS = P_UNIQUE + 16, P_CHILD = P_INGRESS + 21, P_PARENT = P_CHILD + 31, P_MAP = P_PARENT + 8,
	P_FALSE = P_MAP + 20, P_PORT = P_FALSE + 6,
};

const char fact_pool[] = "\0"
			 "AWS::EC2::SecurityGroup\0"
			 "AWS::EC2::Subnet\0"
			 "Tags\0"
			 "GroupName\0"
			 "VpcId CidrBlock\0"
			 "SecurityGroupIngress\0"
			 "AWS::EC2::SecurityGroupIngress\0"
			 "GroupId\0"
			 "MapPublicIpOnLaunch\0"
			 "false\0"
			 "SecurityGroupIngress[].FromPort";

/* Not const here, unlike the product's: the schema's index is looked up. */
struct type fact_rows_of_types[2];
extern const struct type fact_types[2] __attribute__((alias("fact_rows_of_types")));
const size_t fact_type_count = 2;

const struct fact fact_rows[] = {
	{.kind = FACT_NORMAL, .a = P_PORT, .value = NORMAL_LOWER},
	{.kind = FACT_SHARED, .a = P_INGRESS, .b = P_CHILD, .c = P_PARENT, .value = 1},
	{.kind = FACT_UNIQUE, .a = P_UNIQUE},
	{.kind = FACT_DEFAULT, .a = P_MAP, .b = P_FALSE},
	{.kind = FACT_MOVES, .a = P_MAP},
};

struct fact_flag fact_rows_of_flags[2];
extern const struct fact_flag fact_flags[2] __attribute__((alias("fact_rows_of_flags")));
const size_t fact_flag_count = 2;

static uint32_t id_of(const char *type, const char *path)
{
	const struct schema *root = model_schema_root((size_t)model_schema_index(str_of(type)));

	return schema_id(schema_path(root, str_of(path)));
}

static int fill(void **state)
{
	struct fact_flag *f = fact_rows_of_flags;

	(void)state;
	fact_rows_of_types[0] = (struct type){
		.name = P_GROUP, .schema = (uint16_t)model_schema_index(STR("AWS::EC2::SecurityGroup")),
		.layer = LAYER_SECURITY, .tag_style = TAGS_LIST, .tag_property = P_TAGS, .name_property = P_NAME,
		.name_max = 255, .abilities = CAN_CREATE | CAN_DELETE, .n_facts = 2, .facts = 0,
	};
	fact_rows_of_types[1] = (struct type){
		.name = P_SUBNET, .schema = (uint16_t)model_schema_index(STR("AWS::EC2::Subnet")),
		.layer = LAYER_NETWORKING, .flags = TYPE_HOLDS_DATA, .n_facts = 3, .facts = 2,
	};
	f[0] = (struct fact_flag){id_of("AWS::EC2::Subnet", "Ipv6CidrBlock"), 0, PROP_MAYBE_CREATE_ONLY};
	f[1] = (struct fact_flag){id_of("AWS::EC2::Subnet", "CidrBlock"), PROP_SECRET, 0};
	if (f[0].node > f[1].node) {
		struct fact_flag swap = f[0];

		f[0] = f[1];
		f[1] = swap;
	}
	return 0;
}

static void types(void **state)
{
	const struct type *group = model_type(STR("AWS::EC2::SecurityGroup"));
	struct arena a = {0};

	(void)state;
	assert_non_null(group);
	assert_int_equal(model_count(), 2);
	assert_ptr_equal(model_nth(0), group);
	assert_null(model_nth(2));
	assert_str(type_name(group), "AWS::EC2::SecurityGroup");
	assert_int_equal(type_layer(group), LAYER_SECURITY);
	assert_str(layer_name(LAYER_MONITORING), "monitoring");
	/* its schema is there, a text is not */
	assert_null(model_type(STR("AWS::EC2::VPC")));
	assert_true(model_schema_known(STR("AWS::EC2::VPC")));
	assert_true(str_find(model_suggest(&a, STR("AWS::EC2::Subnets")), STR("AWS::EC2::Subnet"), 0) >= 0);
	assert_non_null(schema_prop(type_schema(group), STR("VpcId")));
	assert_true(type_has_attr(group, STR("GroupId")));
	assert_false(type_has_attr(group, STR("GroupIds")));
	assert_non_null(type_attr_schema(group, STR("GroupId")));
	assert_null(type_attr_schema(group, STR("GroupNames")));
	assert_int_equal(type_abilities(group), CAN_CREATE | CAN_DELETE);
	arena_free(&a);
}

static void facts(void **state)
{
	const struct type *group = model_type(STR("AWS::EC2::SecurityGroup"));
	const struct type *subnet = model_type(STR("AWS::EC2::Subnet"));
	struct shared_list shared;
	struct name_rules rules;

	(void)state;
	assert_int_equal(type_tag_style(group), TAGS_LIST);
	assert_str(type_tag_property(group), "Tags");
	assert_str(type_name_property(group), "GroupName");
	type_name_rules(group, &rules);
	assert_int_equal(rules.max, 255);
	assert_int_equal(type_unique_count(subnet), 1);
	assert_int_equal(type_unique_size(subnet, 0), 2);
	assert_str(type_unique_name(subnet, 0, 0), "VpcId");
	assert_str(type_unique_name(subnet, 0, 1), "CidrBlock");
	assert_str(type_unique_name(subnet, 0, 2), "");
	assert_int_equal(type_unique_size(subnet, 1), 0);
	assert_str(type_default(subnet, STR("MapPublicIpOnLaunch")), "false");
	assert_str(type_default(subnet, STR("CidrBlock")), "");
	assert_true(type_moves(subnet, STR("MapPublicIpOnLaunch")));
	assert_false(type_moves(group, STR("MapPublicIpOnLaunch")));
	assert_int_equal(type_shared_count(group), 1);
	type_shared(group, 0, &shared);
	assert_str(shared.child, "AWS::EC2::SecurityGroupIngress");
	assert_str(shared.child_parent, "GroupId");
	assert_true(shared.foreign_kept);
	assert_true(type_holds_data(subnet));
	assert_false(type_snapshot_default(subnet));
}

static void normalisers(void **state)
{
	const struct type *group = model_type(STR("AWS::EC2::SecurityGroup"));

	(void)state;
	assert_int_equal(type_normaliser(group, STR("SecurityGroupIngress[12].FromPort")), NORMAL_LOWER);
	assert_int_equal(type_normaliser(group, STR("SecurityGroupIngress[].FromPort")), NORMAL_LOWER);
	assert_int_equal(type_normaliser(group, STR("SecurityGroupIngress[12].From")), NORMAL_NONE);
	assert_int_equal(type_normaliser(model_type(STR("AWS::EC2::Subnet")), STR("CidrBlock")), NORMAL_CIDR);
}

static void flags(void **state)
{
	const struct schema *subnet = type_schema(model_type(STR("AWS::EC2::Subnet")));
	int endpoint = model_schema_index(STR("AWS::EC2::VPC"));
	const struct schema *vpc = model_schema_root((size_t)endpoint);

	(void)state;
	assert_int_equal(schema_flags(schema_prop(subnet, STR("Ipv6CidrBlock"))), 0);
	assert_int_equal(schema_flags(schema_prop(subnet, STR("CidrBlock"))), PROP_CREATE_ONLY | PROP_SECRET);
	assert_int_equal(schema_flags(schema_prop(subnet, STR("SubnetId"))), PROP_READ_ONLY);
	assert_int_equal(schema_flags(NULL), 0);
	/* below a read-only object everything is read-only */
	assert_true(schema_path_flags(vpc, STR("VpcEncryptionControl.ResourceExclusions.Lambda.State")) & PROP_READ_ONLY);
	assert_true(schema_path_flags(subnet, STR("BlockPublicAccessStates.InternetGatewayBlockMode")) & PROP_READ_ONLY);
	assert_int_equal(schema_path_flags(subnet, STR("Tags[0].Key")), PROP_SET | PROP_REQUIRED);
	assert_int_equal(schema_path_flags(subnet, STR("")), 0);
}

static void nothing_answers_no(void **state)
{
	struct shared_list shared;
	struct name_rules rules;

	(void)state;
	assert_null(model_type(STR("")));
	assert_int_equal(type_name(NULL).n, 0);
	assert_null(type_schema(NULL));
	assert_int_equal(type_attr_count(NULL), 0);
	assert_int_equal(type_unique_count(NULL), 0);
	assert_int_equal(type_default(NULL, STR("x")).n, 0);
	assert_int_equal(type_normaliser(NULL, STR("x")), 0);
	assert_int_equal(type_tag_style(NULL), TAGS_NONE);
	type_shared(NULL, 0, &shared);
	assert_int_equal(shared.child.n, 0);
	type_name_rules(NULL, &rules);
	assert_int_equal(rules.max, 0);
	assert_false(type_deletes_first(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types), cmocka_unit_test(facts),	       cmocka_unit_test(normalisers),
		cmocka_unit_test(flags), cmocka_unit_test(nothing_answers_no),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
