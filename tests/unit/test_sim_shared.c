/* A group's rules, inline and standalone, are one list. */
#include "tests/unit/simstage.h"

static struct stage s;
static struct str group;

static int setup(void **state)
{
	(void)state;
	stage_open(&s, NULL, NULL);
	group = a_group(&s, a_vpc(&s), "web");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stage_close(&s);
	return 0;
}

#define RULE(port)                                                                                                     \
	"{\"GroupId\": \"%s\", \"IpProtocol\": \"tcp\", \"FromPort\": " port ", \"ToPort\": " port                     \
	", \"CidrIp\": \"10.0.0.0/8\"}"

static size_t rules(void)
{
	return value_count(value_getc(live(&s, GROUP, group), "SecurityGroupIngress"));
}

static const struct value *group_with(const char *ingress)
{
	const struct value *v = live(&s, GROUP, group);
	struct value *desired = value_map(&s.arena, (struct pos){0});

	value_set(&s.arena, desired, STR("GroupName"), (struct pos){0}, value_getc(v, "GroupName"));
	value_set(&s.arena, desired, STR("GroupDescription"), (struct pos){0}, value_getc(v, "GroupDescription"));
	value_set(&s.arena, desired, STR("VpcId"), (struct pos){0}, value_getc(v, "VpcId"));
	value_set(&s.arena, desired, STR("SecurityGroupIngress"), (struct pos){0}, json(&s, ingress));
	return desired;
}

static void test_defaults(void **state)
{
	const struct value *v = live(&s, GROUP, group);

	(void)state;
	assert_int_equal(value_count(value_getc(v, "SecurityGroupIngress")), 0);
	assert_int_equal(value_count(value_getc(v, "SecurityGroupEgress")), 1);
	assert_text(v, "SecurityGroupEgress[0].CidrIp", "0.0.0.0/0");
	assert_text(v, "SecurityGroupEgress[0].IpProtocol", "-1");
}

static void test_standalone(void **state)
{
	struct str rule = made(&s, INGRESS, with_id(&s, RULE("443"), group));
	const struct value *v = live(&s, GROUP, group);

	(void)state;
	assert_int_equal(rules(), 1);
	assert_text(v, "SecurityGroupIngress[0].FromPort", "443");
	assert_null(value_path(v, STR("SecurityGroupIngress[0].GroupId")));
	assert_refused(make(&s, INGRESS, with_id(&s, RULE("443"), group)), "InvalidPermission.Duplicate");
	assert_int_equal(removed(&s, INGRESS, rule)->state, WORK_OK);
	assert_int_equal(rules(), 0);
}

/* Both spellings of one rule: the protocol by number and by name, with and without a description. */
static void test_same_rule(void **state)
{
	struct work *w = changed(
	    &s, GROUP, group, live(&s, GROUP, group),
	    group_with(
		"[{\"IpProtocol\": \"tcp\", \"FromPort\": \"443\", \"ToPort\": 443, \"CidrIp\": \"10.0.0.0/8\"}]"));

	(void)state;
	assert_int_equal(w->state, WORK_OK);
	assert_int_equal(rules(), 1);
	assert_refused(make(&s, INGRESS,
			    with_id(&s,
				    "{\"GroupId\": \"%s\", \"IpProtocol\": \"6\", \"FromPort\": 443, \"ToPort\": 443,"
				    "\"CidrIp\": \"10.0.0.0/8\", \"Description\": \"again\"}",
				    group)),
		       "InvalidPermission.Duplicate");
}

/* An update works on what the caller said was there: what others own is not in either list, and stays. */
static void test_two_owners(void **state)
{
	const struct value *none = group_with("[]");
	const struct value *one =
	    group_with("[{\"IpProtocol\": \"udp\", \"FromPort\": 53, \"ToPort\": 53, \"CidrIp\": \"10.0.0.0/8\"}]");
	struct str rule = made(&s, INGRESS, with_id(&s, RULE("443"), group));

	(void)state;
	assert_int_equal(changed(&s, GROUP, group, none, one)->state, WORK_OK);
	assert_int_equal(rules(), 2);
	assert_int_equal(changed(&s, GROUP, group, one, none)->state, WORK_OK);
	assert_int_equal(rules(), 1);
	assert_true(seen(&s, INGRESS, rule)->found);
	/* Taken out by name of its content, the standalone one is gone too. */
	assert_int_equal(changed(&s, GROUP, group, live(&s, GROUP, group), none)->state, WORK_OK);
	assert_int_equal(rules(), 0);
	assert_false(seen(&s, INGRESS, rule)->found);
}

static void test_description(void **state)
{
	struct str rule = made(&s, INGRESS, with_id(&s, RULE("443"), group));
	const struct value *now = live(&s, INGRESS, rule);

	(void)state;
	assert_int_equal(changed(&s, INGRESS, rule, now,
				 with_id(&s,
					 "{\"GroupId\": \"%s\", \"IpProtocol\": \"tcp\", \"FromPort\": 443,"
					 "\"ToPort\": 443, \"CidrIp\": \"10.0.0.0/8\", \"Description\": \"office\"}",
					 group))
			     ->state,
			 WORK_OK);
	assert_int_equal(rules(), 1);
	assert_text(live(&s, GROUP, group), "SecurityGroupIngress[0].Description", "office");
}

/* A rule that names another group keeps that group; one that names its own does not keep itself. */
static void test_group_references(void **state)
{
	struct str vpc = value_text(value_getc(live(&s, GROUP, group), "VpcId")), other = a_group(&s, vpc, "db");
	const char *from = str_fmt(&s.arena,
				   "{\"GroupId\": \"%.*s\", \"IpProtocol\": \"-1\", \"FromPort\": 0, \"ToPort\": 0,"
				   "\"SourceSecurityGroupId\": \"%%s\"}",
				   STR_ARG(other))
			       .p;
	struct str rule = made(&s, INGRESS, with_id(&s, from, group));

	(void)state;
	made(&s, INGRESS, with_id(&s, from, other));
	assert_null(value_getc(live(&s, INGRESS, rule), "FromPort"));
	assert_refused(removed(&s, GROUP, group), "DependencyViolation");
	assert_refused(make(&s, INGRESS, with_id(&s, from, STR("sg-0123456789abcdef0"))), "InvalidGroup.NotFound");
	assert_int_equal(removed(&s, GROUP, other)->state, WORK_OK);
	assert_int_equal(sim_count(s.p, STR(INGRESS)), 0);
	assert_int_equal(removed(&s, GROUP, group)->state, WORK_OK);
}

/* The same by inline rules. */
static void test_inline_references(void **state)
{
	struct str vpc = value_text(value_getc(live(&s, GROUP, group), "VpcId")), other = a_group(&s, vpc, "db");
	const char *rule = str_fmt(&s.arena,
				   "[{\"IpProtocol\": \"-1\", \"SourceSecurityGroupId\": \"%.*s\"},"
				   "{\"IpProtocol\": \"-1\", \"SourceSecurityGroupId\": \"%.*s\"}]",
				   STR_ARG(other), STR_ARG(group))
			       .p;

	(void)state;
	assert_int_equal(changed(&s, GROUP, group, live(&s, GROUP, group), group_with(rule))->state, WORK_OK);
	assert_refused(removed(&s, GROUP, other), "DependencyViolation");
	assert_int_equal(changed(&s, GROUP, group, live(&s, GROUP, group), group_with("[]"))->state, WORK_OK);
	assert_int_equal(removed(&s, GROUP, other)->state, WORK_OK);
	assert_int_equal(removed(&s, GROUP, group)->state, WORK_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_defaults, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_standalone, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_same_rule, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_two_owners, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_description, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_group_references, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_inline_references, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
