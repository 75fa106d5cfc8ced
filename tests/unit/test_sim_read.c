/* Reading: in bulk, by lookup, the account's own facts; what comes back is AWS's form and never the input. */
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

static void test_normal_form(void **state)
{
	struct work *w = make(&s, VPC, json(&s, "{\"CidrBlock\": \"10.1.2.3/16\", \"EnableDnsHostnames\": \"true\"}"));

	(void)state;
	assert_int_equal(w->state, WORK_OK);
	assert_text(w->live, "CidrBlock", "10.1.0.0/16");
	assert_text(w->live, "InstanceTenancy", "default");
	assert_int_equal(value_getc(w->live, "EnableDnsHostnames")->kind, V_BOOL);
	assert_text(w->attrs, "Ref", w->id.p);
	assert_text(w->attrs, "VpcId", w->id.p);
	assert_true(str_starts(value_text(value_getc(w->attrs, "DefaultSecurityGroup")), STR("sg-")));
	assert_int_equal(w->id.n, strlen("vpc-") + 17);
	w = make(&s, EIP, json(&s, "{}"));
	assert_true(str_starts(w->id, STR("eipalloc-")));
	assert_true(str_starts(value_text(value_getc(w->attrs, "Ref")), STR("198.1")));
}

/* Own tags are the world's business, not the template's. */
static void test_own_tags(void **state)
{
	struct owner owner = {.stack = STR("web"), .lineage = STR("l-1"), .tags = true};
	struct work *w = work_new(&s, WORK_CREATE, IGW);

	(void)state;
	w->desired = json(&s, "{\"Tags\": [{\"Key\": \"Name\", \"Value\": \"x\"}]}");
	w->owner = &owner;
	w->op = STR("op-1");
	run(&s, w);
	assert_int_equal(value_count(value_getc(w->live, "Tags")), 1);
}

enum { MANY = 450 };

static void test_bulk(void **state)
{
	struct str vpc = a_vpc(&s);
	struct work *w = work_new(&s, WORK_READ, GROUP);

	(void)state;
	w->items = arena_array(&s.arena, MANY + 1, sizeof *w->items);
	w->n_items = MANY + 1;
	for (int i = 0; i < MANY; i++)
		w->items[i].id = a_group(&s, vpc, str_fmt(&s.arena, "g%d", i).p);
	w->items[MANY].id = STR("sg-0123456789abcdef0");
	assert_int_equal(run(&s, w)->state, WORK_OK);
	assert_int_equal(w->calls, 3);
	for (int i = 0; i < MANY; i++) {
		assert_true(w->items[i].found);
		assert_text(w->items[i].live, "GroupName", str_fmt(&s.arena, "g%d", i).p);
		assert_text(w->items[i].attrs, "GroupId", w->items[i].id.p);
	}
	assert_false(w->items[MANY].found);
	assert_false(w->items[MANY].failed);
}

/* A composed id can be told from the properties. */
static void test_composed(void **state)
{
	struct str vpc = a_vpc(&s), igw = made(&s, IGW, json(&s, "{}"));
	const struct value *props = with_id(
	    &s, str_fmt(&s.arena, "{\"VpcId\": \"%.*s\", \"InternetGatewayId\": \"%%s\"}", STR_ARG(vpc)).p, igw);
	struct work *w = work_new(&s, WORK_READ, ATTACHMENT);

	(void)state;
	made(&s, ATTACHMENT, props);
	w->items = arena_new(&s.arena, struct work_item);
	w->n_items = 1;
	w->items->props = props;
	assert_int_equal(run(&s, w)->state, WORK_OK);
	assert_true(w->items->found);
	assert_text(w->items->live, "AttachmentType", "IGW");
}

static struct work *lookup(const char *type, const char *match)
{
	struct work *w = work_new(&s, WORK_LOOKUP, type);

	w->match = json(&s, match);
	return run(&s, w);
}

static void test_lookup(void **state)
{
	struct str id, other;
	struct work *w;

	(void)state;
	assert_true(
	    sim_seed(s.p, &s.place, STR(VPC),
		     json(&s, "{\"CidrBlock\": \"10.0.0.0/16\", \"Tags\": ["
			      "{\"Key\": \"Name\", \"Value\": \"prod\"}, {\"Key\": \"Tier\", \"Value\": \"1\"}]}"),
		     &s.arena, &id, &s.errs));
	assert_true(
	    sim_seed(s.p, &s.place, STR(VPC), json(&s, "{\"CidrBlock\": \"10.9.0.0/16\"}"), &s.arena, &other, &s.errs));
	w = lookup(VPC, "{\"Tags\": [{\"Key\": \"Name\", \"Value\": \"prod\"}]}");
	assert_string_equal(w->id.p, id.p);
	assert_text(w->live, "CidrBlock", "10.0.0.0/16");
	assert_string_equal(lookup(VPC, "{\"Tags\": {\"Tier\": \"1\"}}")->id.p, id.p);
	assert_string_equal(lookup(VPC, "{\"CidrBlock\": \"10.9.0.0/16\"}")->id.p, other.p);
	assert_string_equal(lookup(VPC, str_fmt(&s.arena, "{\"Id\": \"%.*s\"}", STR_ARG(other)).p)->id.p, other.p);
	assert_refused(lookup(VPC, "{\"CidrBlock\": \"10.8.0.0/16\"}"), "InvalidVpcID.NotFound");
	w = lookup(VPC, "{\"InstanceTenancy\": \"default\"}");
	assert_refused(w, "AmbiguousLookup");
	assert_non_null(strstr(w->err.message.p, id.p));
	assert_false(sim_seed(s.p, &s.place, STR(VPC), json(&s, "{\"CidrBlock\": \"x\"}"), &s.arena, &id, &s.errs));
}

static void test_drift(void **state)
{
	struct str vpc = a_vpc(&s), group = a_group(&s, vpc, "web");

	(void)state;
	assert_true(sim_alter(s.p, &s.place, STR(VPC), vpc, STR("EnableDnsSupport"), json(&s, "false"), &s.errs));
	assert_text(live(&s, VPC, vpc), "EnableDnsSupport", "false");
	assert_true(sim_alter(
	    s.p, &s.place, STR(GROUP), group, STR("SecurityGroupIngress"),
	    json(&s, "[{\"IpProtocol\": \"tcp\", \"FromPort\": 22, \"ToPort\": 22, \"CidrIp\": \"0.0.0.0/0\"}]"),
	    &s.errs));
	assert_text(live(&s, GROUP, group), "SecurityGroupIngress[0].FromPort", "22");
	assert_true(sim_vanish(s.p, &s.place, STR(VPC), vpc, &s.errs));
	assert_false(seen(&s, VPC, vpc)->found);
	assert_true(seen(&s, GROUP, group)->found);
}

static struct work *ask(enum work_kind kind, const char *name)
{
	struct work *w = work_new(&s, kind, NULL);

	w->name = str_of(name);
	return run(&s, w);
}

static void test_asking(void **state)
{
	struct work *w;

	(void)state;
	assert_string_equal(ask(WORK_ACCOUNT, "")->result->text.p, "123456789012");
	w = ask(WORK_ZONES, "");
	assert_int_equal(value_count(w->result), 3);
	assert_string_equal(value_text(value_at(w->result, 2)).p, "us-west-2c");
	assert_string_equal(value_text(value_at(ask(WORK_ZONES, "eu-west-1")->result, 0)).p, "eu-west-1a");
	w = ask(WORK_SSM, "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64");
	assert_true(str_starts(w->result->text, STR("ami-")));
	assert_int_equal(w->result->text.n, 21);
	assert_refused(ask(WORK_SSM, "/mine"), "ParameterNotFound");
	assert_true(sim_answer(s.p, NULL, "ssm", STR("/mine"), STR("5"), &s.errs));
	assert_string_equal(ask(WORK_SSM, "/mine")->result->text.p, "5");
	assert_refused(ask(WORK_EXPORT, "net-VpcId"), "ValidationError");
	assert_true(sim_answer(s.p, &s.place, "export", STR("net-VpcId"), STR("vpc-1"), &s.errs));
	assert_string_equal(ask(WORK_EXPORT, "net-VpcId")->result->text.p, "vpc-1");
	assert_true(
	    sim_answer(s.p, NULL, "secret", STR("secretsmanager:db:SecretString:password"), STR("hunter22"), &s.errs));
	w = ask(WORK_SECRET, "secretsmanager:db:SecretString:password");
	assert_string_equal(w->result->text.p, "hunter22");
	assert_true(value_has_secret(w->result));
	assert_refused(ask(WORK_SECRET, "secretsmanager:other"), "ResourceNotFoundException");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_normal_form, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_own_tags, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bulk, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_composed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lookup, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_drift, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_asking, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
