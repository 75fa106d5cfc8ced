/* Property schemas: what CloudFormation's documentation says of some types, and that every table can be walked. */
#include "tests/unit/check.h"

#include "model/facts.h"
#include "model/normal.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

static const struct schema *root_of(const char *type)
{
	int i = model_schema_index(str_of(type));

	assert_true(i >= 0);
	return model_schema_root((size_t)i);
}

static const struct schema *at(const char *type, const char *path)
{
	const struct schema *s = schema_path(root_of(type), str_of(path));

	assert_non_null(s);
	return s;
}

static void types_are_known(void **state)
{
	(void)state;
	assert_true(model_schema_known(STR("AWS::EC2::VPC")));
	assert_true(model_schema_known(STR("DR::Local::File")));
	assert_false(model_schema_known(STR("AWS::EC2::VPCs")));
	assert_false(model_schema_known(STR("")));
	assert_true(model_schema_count() > 90);
	for (size_t i = 1; i < model_schema_count(); i++)
		assert_true(str_cmp(model_schema_name(i - 1), model_schema_name(i)) < 0);
}

static void subnet_properties(void **state)
{
	const char *subnet = "AWS::EC2::Subnet";

	(void)state;
	assert_int_equal(schema_own_flags(at(subnet, "CidrBlock")), PROP_CREATE_ONLY);
	assert_int_equal(schema_own_flags(at(subnet, "VpcId")), PROP_CREATE_ONLY | PROP_REQUIRED);
	assert_int_equal(schema_own_flags(at(subnet, "SubnetId")), PROP_READ_ONLY);
	assert_int_equal(schema_own_flags(at(subnet, "Ipv6CidrBlock")), PROP_MAYBE_CREATE_ONLY);
	assert_int_equal(schema_own_flags(at(subnet, "Tags")), PROP_SET);
	assert_int_equal(schema_own_flags(at(subnet, "MapPublicIpOnLaunch")), 0);
	assert_int_equal(schema_types(at(subnet, "MapPublicIpOnLaunch")), SCHEMA_BOOLEAN);
	assert_int_equal(schema_types(at(subnet, "CidrBlock")), SCHEMA_STRING);
	assert_str(schema_format(at(subnet, "VpcId")), "AWS::EC2::VPC.Id");
	assert_str(schema_format(at(subnet, "CidrBlock")), "ipv4-network");
	assert_int_equal(schema_own_normaliser(at(subnet, "CidrBlock")), NORMAL_CIDR);
	assert_false(schema_open(root_of(subnet)));
	assert_null(schema_prop(root_of(subnet), STR("CidrBlok")));
}

static void paths(void **state)
{
	const char *bucket = "AWS::S3::Bucket";

	(void)state;
	assert_ptr_equal(at(bucket, "Tags[0].Key"), at(bucket, "Tags[].Key"));
	assert_non_null(at(bucket, "ReplicationConfiguration.Rules[3].Destination.Metrics.EventThreshold.Minutes"));
	/* what a schema says only in its alternatives is found through them */
	assert_non_null(at(bucket, "LoggingConfiguration.TargetObjectKeyFormat.PartitionedPrefix.PartitionDateSource"));
	assert_int_equal(schema_types(at("AWS::Lambda::Function", "Environment.Variables['a.b']")) & SCHEMA_STRING,
			 SCHEMA_STRING);
	assert_null(schema_path(root_of(bucket), STR("Tags.Key")));
	assert_null(schema_path(root_of(bucket), STR("Tags[x].Key")));
	assert_null(schema_path(root_of(bucket), STR("Tags[0")));
	assert_null(schema_path(root_of(bucket), STR("Tags..Key")));
	assert_null(schema_path(root_of(bucket), STR("BucketName.x")));
	assert_null(schema_path(root_of(bucket), STR("['Tags")));
	assert_null(schema_path(NULL, STR("Tags")));
	assert_ptr_equal(schema_path(root_of(bucket), STR("")), root_of(bucket));
}

static void groups(void **state)
{
	const struct schema *vpc = root_of("AWS::EC2::VPC"), *subnet = root_of("AWS::EC2::Subnet");

	(void)state;
	assert_int_equal(schema_group_count(vpc, GROUP_REQUIRED_XOR), 1);
	assert_int_equal(schema_group_size(vpc, GROUP_REQUIRED_XOR, 0), 2);
	assert_str(schema_group_name(vpc, GROUP_REQUIRED_XOR, 0, 0), "CidrBlock");
	assert_str(schema_group_name(vpc, GROUP_REQUIRED_XOR, 0, 1), "Ipv4IpamPoolId");
	assert_int_equal(schema_group_count(vpc, GROUP_REQUIRED_OR), 0);
	assert_int_equal(schema_group_count(vpc, GROUP_DEPENDENT_REQUIRED), 2);
	assert_int_equal(schema_group_count(subnet, GROUP_REQUIRED_OR), 1);
	assert_int_equal(schema_group_count(subnet, GROUP_DEPENDENT_EXCLUDED), 6);
	assert_int_equal(schema_group_size(subnet, GROUP_DEPENDENT_EXCLUDED, 6), 0);
	assert_int_equal(schema_group_name(subnet, GROUP_REQUIRED_OR, 0, 9).n, 0);
	assert_int_equal(schema_group_count(at("AWS::DynamoDB::Table", "AttributeDefinitions"), GROUP_UNIQUE_KEYS), 1);
}

static void rules_of_values(void **state)
{
	struct schema_rules r;

	(void)state;
	schema_rules(at("AWS::RDS::DBCluster", "MasterUsername"), &r);
	assert_int_equal(r.min_length, 1);
	schema_rules(at("AWS::Lambda::Function", "MemorySize"), &r);
	assert_int_equal(r.max_length, -1);
	schema_rules(at("AWS::EC2::NetworkAclEntry", "RuleAction"), &r);
	assert_true(r.enum_nocase);
	assert_int_equal(r.n_enum, 2);
	assert_str(schema_enum(at("AWS::EC2::NetworkAclEntry", "RuleAction"), 0), "allow");
	assert_int_equal(schema_enum(at("AWS::EC2::NetworkAclEntry", "RuleAction"), 2).n, 0);
	schema_rules(at("AWS::DynamoDB::Table", "PointInTimeRecoverySpecification.RecoveryPeriodInDays"), &r);
	assert_str(r.minimum, "1");
	assert_str(r.maximum, "35");
	schema_rules(at("DR::Local::File", "Mode"), &r);
	assert_str(r.pattern, "^0?[0-7]{3}$");
	schema_rules(NULL, &r);
	assert_int_equal(r.n_enum, 0);
	assert_int_equal(r.min_items, -1);
}

static void json_documents(void **state)
{
	const struct schema *doc = at("AWS::IAM::Role", "AssumeRolePolicyDocument");

	(void)state;
	assert_int_equal(schema_types(doc), SCHEMA_OBJECT | SCHEMA_STRING | SCHEMA_JSON);
	assert_true(schema_own_flags(doc) & PROP_JSON);
	assert_int_equal(schema_own_normaliser(doc), NORMAL_POLICY);
	assert_int_equal(schema_own_normaliser(at("AWS::SQS::Queue", "RedrivePolicy")), NORMAL_JSON);
	assert_true(schema_open(doc));
}

/* allOf, if/then and "must not be set", as in: an alias record has no TTL. */
static void rules_of_rules(void **state)
{
	const struct schema *record = root_of("AWS::Route53::RecordSet"), *then = NULL;
	struct schema_condition c;
	bool exactly_one;

	(void)state;
	assert_int_equal(schema_variants(record, &exactly_one), 2);
	assert_true(exactly_one);
	for (size_t i = 0; i < schema_all_count(record); i++)
		if (schema_condition(schema_all(record, i), &c) && schema_prop(c.test, STR("AliasTarget")))
			then = c.then;
	assert_non_null(then);
	assert_int_equal(schema_types(schema_prop(then, STR("TTL"))), SCHEMA_NEVER);
	assert_true(schema_open(then));
	assert_non_null(schema_names(at("AWS::Lambda::Function", "Environment.Variables")));
	assert_int_equal(schema_prefix_count(schema_variant(at("AWS::DynamoDB::Table", "KeySchema"), 0)), 2);
	assert_false(schema_condition(record, &c));
	assert_null(schema_all(record, 1000));
}

static bool has_attr(const char *type, const char *attr)
{
	size_t t = (size_t)model_schema_index(str_of(type));

	for (size_t i = 0; i < model_schema_attrs(t); i++)
		if (str_eqc(model_schema_attr(t, i), attr))
			return true;
	return false;
}

static void attributes(void **state)
{
	(void)state;
	assert_true(has_attr("AWS::EC2::VPC", "VpcId"));
	assert_true(has_attr("AWS::EC2::VPC", "CidrBlock"));
	assert_true(has_attr("AWS::RDS::DBCluster", "Endpoint.Address"));
	assert_true(has_attr("AWS::RDS::GlobalCluster", "GlobalEndpoint.Address"));
	assert_true(has_attr("AWS::S3::Bucket", "Arn"));
	assert_false(has_attr("AWS::S3::Bucket", "BucketName"));
	for (size_t t = 0; t < model_schema_count(); t++) {
		for (size_t i = 0; i < model_schema_attrs(t); i++)
			assert_non_null(schema_path(model_schema_root(t), model_schema_attr(t, i)));
		for (size_t i = 0; i < model_schema_ids(t); i++)
			assert_non_null(schema_path(model_schema_root(t), model_schema_id_path(t, i)));
	}
}

static void pattern_compiles(struct str p)
{
	int error;
	PCRE2_SIZE where;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)p.p, p.n, PCRE2_UTF | PCRE2_ALT_BSUX, &error, &where, NULL);

	assert_non_null(code);
	pcre2_code_free(code);
}

struct walk {
	unsigned char *seen;	/* by schema_id */
	size_t nodes, deepest;
};

/* Every accessor on every node that can be reached; names of properties are sorted and found again. */
static void visit(struct walk *w, const struct schema *s, size_t depth)
{
	struct schema_rules r;
	struct schema_condition c;
	bool exactly_one;

	if (!s || w->seen[schema_id(s)])
		return;
	w->seen[schema_id(s)] = 1;
	w->nodes++;
	w->deepest = depth > w->deepest ? depth : w->deepest;
	schema_rules(s, &r);
	if (r.pattern.n)
		pattern_compiles(r.pattern);
	for (size_t i = 0; i < r.n_enum; i++)
		assert_non_null(schema_enum(s, i).p);
	for (size_t i = 0; i < schema_prop_count(s); i++) {
		if (i)
			assert_true(str_cmp(schema_prop_name(s, i - 1), schema_prop_name(s, i)) < 0);
		assert_ptr_equal(schema_prop(s, schema_prop_name(s, i)), schema_prop_nth(s, i));
		visit(w, schema_prop_nth(s, i), depth + 1);
	}
	visit(w, schema_items(s), depth + 1);
	for (size_t i = 0; i < schema_variants(s, &exactly_one); i++)
		visit(w, schema_variant(s, i), depth + 1);
	for (size_t i = 0; i < schema_all_count(s); i++)
		visit(w, schema_all(s, i), depth + 1);
	for (size_t i = 0; i < schema_prefix_count(s); i++)
		visit(w, schema_prefix(s, i), depth + 1);
	schema_condition(s, &c);
	visit(w, c.test, depth + 1);
	visit(w, c.then, depth + 1);
	visit(w, c.otherwise, depth + 1);
	visit(w, schema_not(s), depth + 1);
	visit(w, schema_names(s), depth + 1);
}

static void everything_is_reachable(void **state)
{
	struct walk w = {.seen = calloc(1 << 16, 1)};

	(void)state;
	for (size_t t = 0; t < model_schema_count(); t++) {
		assert_int_equal(schema_types(model_schema_root(t)), SCHEMA_OBJECT);
		visit(&w, model_schema_root(t), 0);
	}
	assert_true(w.nodes > 3000);
	assert_true(w.deepest < 32);
	/* node 0 is "none"; no node is there for nothing */
	for (size_t i = 1; i <= w.nodes; i++)
		assert_true(w.seen[i]);
	free(w.seen);
}

static void nothing_answers_no(void **state)
{
	struct schema_condition c;
	bool exactly_one;

	(void)state;
	assert_int_equal(schema_types(NULL), 0);
	assert_int_equal(schema_prop_count(NULL), 0);
	assert_null(schema_prop(NULL, STR("Tags")));
	assert_null(schema_items(NULL));
	assert_false(schema_open(NULL));
	assert_int_equal(schema_format(NULL).n, 0);
	assert_int_equal(schema_variants(NULL, &exactly_one), 0);
	assert_false(schema_condition(NULL, &c));
	assert_null(schema_not(NULL));
	assert_int_equal(schema_note(NULL).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_known),    cmocka_unit_test(subnet_properties),
		cmocka_unit_test(paths),	      cmocka_unit_test(groups),
		cmocka_unit_test(rules_of_values),    cmocka_unit_test(json_documents),
		cmocka_unit_test(rules_of_rules),     cmocka_unit_test(attributes),
		cmocka_unit_test(everything_is_reachable), cmocka_unit_test(nothing_answers_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
