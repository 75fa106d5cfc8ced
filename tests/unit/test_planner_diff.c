/* The diff: what counts as a difference, what is hidden, noted or left, and that applying it leaves nothing. */
#include "tests/unit/check.h"

#include "base/json.h"
#include "planner/plan.h"

static struct arena arena;
static struct errs errs = {.arena = &arena};

static struct value *json(const char *text)
{
	struct value *v = text ? json_read(&arena, str_of(text), 0, &errs) : NULL;
	assert_true(v || !text);
	return v;
}

static struct diff diff(const char *type, const char *desired, const char *last, const char *live)
{
	struct diff d;
	const struct type *t = model_type(str_of(type));
	assert_non_null(t);
	diff_props(&arena, t, json(desired), json(last), json(live), NULL, &d);
	return d;
}

#define VPC "AWS::EC2::VPC"
#define GROUP "AWS::EC2::SecurityGroup"
#define LOGS "AWS::Logs::LogGroup"
#define SUBNET "AWS::EC2::Subnet"

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(diff(VPC, "{\"CidrBlock\":\"10.0.0.0/16\"}", "{\"CidrBlock\":\"10.0.0.0/16\"}",
			      "{\"CidrBlock\":\"10.0.0.0/16\",\"EnableDnsSupport\":true,\"InstanceTenancy\":\"default\"}").n, 0);
	/* Spelling is not a difference: text for a boolean, a number. */
	assert_int_equal(diff(VPC, "{\"EnableDnsSupport\":\"yes\"}", NULL, "{\"EnableDnsSupport\":true}").n, 0);
	assert_int_equal(diff(LOGS, "{\"RetentionInDays\":\"7\"}", NULL, "{\"RetentionInDays\":7}").n, 0);
	assert_int_equal(diff(LOGS, "{\"RetentionInDays\":7.0}", NULL, "{\"RetentionInDays\":7}").n, 0);
	assert_int_equal(diff(VPC, "{\"Tags\":[]}", NULL, "{}").n, 0);
}

static void test_change_and_drift(void **state)
{
	(void)state;
	struct diff d = diff(LOGS, "{\"RetentionInDays\":14}", "{\"RetentionInDays\":7}", "{\"RetentionInDays\":7}");
	assert_true(d.n == 1 && d.props[0].kind == PROP_CHANGE && !d.props[0].drift && !d.replace);
	d = diff(LOGS, "{\"RetentionInDays\":7}", "{\"RetentionInDays\":7}", "{\"RetentionInDays\":30}");
	assert_true(d.n == 1 && d.props[0].drift);
	d = diff(LOGS, "{\"RetentionInDays\":7}", "{\"RetentionInDays\":7}", "{}");
	assert_true(d.n == 1 && d.props[0].kind == PROP_ADD && d.props[0].drift);
	/* Without a refresh, what was applied stands for what is. */
	assert_int_equal(diff(LOGS, "{\"RetentionInDays\":7}", "{\"RetentionInDays\":7}", NULL).n, 0);
	assert_int_equal(diff(LOGS, "{\"RetentionInDays\":8}", "{\"RetentionInDays\":7}", NULL).n, 1);
}

static void test_create_only(void **state)
{
	(void)state;
	struct diff d = diff(VPC, "{\"CidrBlock\":\"10.1.0.0/16\"}", "{\"CidrBlock\":\"10.0.0.0/16\"}", "{\"CidrBlock\":\"10.0.0.0/16\"}");
	assert_true(d.n == 1 && d.replace && d.props[0].replaces);
	/* It cannot have changed: AWS spells it differently, or does not say it. */
	d = diff(SUBNET, "{\"AvailabilityZone\":\"a\"}", "{\"AvailabilityZone\":\"a\"}", "{\"AvailabilityZone\":\"usw2-az1\"}");
	assert_int_equal(d.n, 0);
	assert_int_equal(diff(SUBNET, "{\"AvailabilityZone\":\"a\"}", "{\"AvailabilityZone\":\"a\"}", "{}").n, 0);
}

static void test_removed(void **state)
{
	(void)state;
	/* A stated default is gone back to, unless it is there already. */
	struct diff d = diff(VPC, "{}", "{\"EnableDnsHostnames\":true}", "{\"EnableDnsHostnames\":true}");
	assert_true(d.n == 1 && d.props[0].kind == PROP_REMOVE && d.n_keep == 1);
	assert_str(d.keep[0].path, "EnableDnsHostnames");
	assert_int_equal(diff(VPC, "{}", "{\"EnableDnsHostnames\":false}", "{\"EnableDnsHostnames\":false}").n, 0);
	/* None is stated: left as is, and said. */
	d = diff(SUBNET, "{}", "{\"OutpostArn\":\"x\"}", "{\"OutpostArn\":\"x\"}");
	assert_true(d.n == 0 && d.n_noted == 1 && d.noted[0].kind == PROP_LEFT);
	/* Never set, never compared. */
	d = diff(VPC, "{}", "{}", "{\"EnableDnsHostnames\":true,\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}");
	assert_true(d.n == 0 && d.n_noted == 0);
}

static void test_tags(void **state)
{
	(void)state;
	const char *desired = "{\"Tags\":[{\"Key\":\"b\",\"Value\":\"2\"},{\"Key\":\"a\",\"Value\":\"1\"}]}";
	assert_int_equal(diff(VPC, desired, desired,
			      "{\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"aws:x\",\"Value\":\"y\"},"
			      "{\"Key\":\"drplan:op\",\"Value\":\"z\"},{\"Key\":\"b\",\"Value\":\"2\"}]}").n, 0);
	struct diff d = diff(VPC, desired, desired, "{\"Tags\":[{\"Key\":\"a\",\"Value\":\"9\"},{\"Key\":\"c\",\"Value\":\"3\"}]}");
	assert_int_equal(d.n, 3);
	assert_str(d.props[0].path, "Tags.b");
	assert_int_equal(d.props[0].kind, PROP_ADD);
	assert_str(d.props[1].path, "Tags.a");
	assert_str(value_text(d.props[1].before), "9");
	assert_str(value_text(d.props[1].after), "1");
	assert_str(d.props[2].path, "Tags.c");
	assert_int_equal(d.props[2].kind, PROP_REMOVE);
	d = diff(VPC, "{}", desired, desired);
	assert_true(d.n == 2 && d.n_keep == 1 && value_count(d.keep[0].value) == 0);
}

static void test_sets(void **state)
{
	(void)state;
	const char *one = "{\"IpProtocol\":\"tcp\",\"FromPort\":80,\"ToPort\":80,\"CidrIp\":\"0.0.0.0/0\"}";
	const char *two = "{\"IpProtocol\":\"6\",\"FromPort\":\"443\",\"ToPort\":443,\"CidrIp\":\"10.0.0.0/8\"}";
	const char *two_live = "{\"IpProtocol\":\"tcp\",\"FromPort\":443,\"ToPort\":443,\"CidrIp\":\"10.0.0.0/8\",\"Extra\":1}";
	struct str ab = str_fmt(&arena, "{\"SecurityGroupIngress\":[%s,%s]}", one, two);
	struct str ba = str_fmt(&arena, "{\"SecurityGroupIngress\":[%s,%s]}", two_live, one);
	struct str b = str_fmt(&arena, "{\"SecurityGroupIngress\":[%s]}", two_live);
	assert_int_equal(diff(GROUP, ab.p, ab.p, ba.p).n, 0);
	struct diff d = diff(GROUP, ab.p, ab.p, b.p);
	assert_true(d.n == 1 && d.props[0].kind == PROP_ADD);
	assert_str(d.props[0].path, "SecurityGroupIngress[0]");
	/* Never written: foreign rules are shown and stay. */
	d = diff(GROUP, "{}", "{}", b.p);
	assert_true(d.n == 0 && d.n_noted == 1);
	/* Written before: ours go, theirs stay. */
	d = diff(GROUP, "{}", ab.p, ba.p);
	assert_int_equal(d.n, 1);
	assert_int_equal(value_count(d.keep[0].value), 0);
}

static void test_unknown_and_secret(void **state)
{
	(void)state;
	struct value *d = json("{\"VpcId\":\"x\"}"), *ref = value_expr(&arena, (struct pos){0}, FN_REF);
	value_append(&arena, ref, value_string(&arena, (struct pos){0}, STR("Vpc")));
	value_set(&arena, d, STR("VpcId"), (struct pos){0}, ref);
	struct diff out;
	diff_props(&arena, model_type(STR(SUBNET)), d, json("{\"VpcId\":\"vpc-1\"}"), json("{\"VpcId\":\"vpc-1\"}"), NULL, &out);
	assert_true(out.n == 1 && out.replace && out.props[0].after->kind == V_EXPR);

	struct value *tags = json("{\"Tags\":[{\"Key\":\"k\",\"Value\":\"hunter2\"}]}");
	value_path(tags, STR("Tags[0].Value"))->flags |= VALUE_SECRET;
	struct value *hidden = json("{\"Tags\":[{\"Key\":\"k\",\"Value\":{\"(secret)\":\"hmac:1\"}}]}");
	diff_hidden(&arena, model_type(STR(VPC)), tags, hidden, hidden, json("{\"Tags\":[{\"Key\":\"k\",\"Value\":\"other\"}]}"), NULL, &out);
	assert_int_equal(out.n, 1);
	assert_true(value_has_secret(out.props[0].before) && value_has_secret(out.props[0].after));
	diff_hidden(&arena, model_type(STR(VPC)), tags, hidden, hidden, NULL, NULL, &out);
	assert_int_equal(out.n, 0);
}

static void test_ignore(void **state)
{
	(void)state;
	struct diff d;
	diff_props(&arena, model_type(STR(LOGS)), json("{\"RetentionInDays\":7}"), NULL, json("{\"RetentionInDays\":30}"),
		   json("[\"RetentionInDays\"]"), &d);
	assert_int_equal(d.n, 0);
	assert_str(value_text(d.keep[0].value), "30");
}

/* --- random trees: what the plan says, done, leaves nothing to say --------------------------------------------------- */

static uint32_t seed;

static uint32_t next_random(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static struct value *random_tags(void)
{
	struct value *list = value_list(&arena, (struct pos){0});
	static const char *const keys[] = {"a", "b", "c", "drplan:op", "aws:x"};
	for (size_t i = 0; i < COUNT(keys); i++) {
		if (next_random(2))
			continue;
		struct value *tag = value_map(&arena, (struct pos){0});
		value_set(&arena, tag, STR("Key"), (struct pos){0}, value_string(&arena, (struct pos){0}, str_of(keys[i])));
		value_set(&arena, tag, STR("Value"), (struct pos){0}, value_int(&arena, (struct pos){0}, next_random(3)));
		value_append(&arena, list, tag);
	}
	return list;
}

static struct value *random_rules(void)
{
	struct value *list = value_list(&arena, (struct pos){0});
	for (uint32_t i = next_random(4); i > 0; i--) {
		struct value *rule = value_map(&arena, (struct pos){0});
		value_set(&arena, rule, STR("IpProtocol"), (struct pos){0}, value_string(&arena, (struct pos){0}, next_random(2) ? STR("tcp") : STR("6")));
		value_set(&arena, rule, STR("FromPort"), (struct pos){0}, value_int(&arena, (struct pos){0}, next_random(3)));
		value_set(&arena, rule, STR("CidrIp"), (struct pos){0},
			  value_string(&arena, (struct pos){0}, next_random(2) ? STR("10.0.0.0/8") : STR("0.0.0.0/0")));
		value_append(&arena, list, rule);
	}
	return list;
}

static struct value *random_group(void)
{
	struct value *v = value_map(&arena, (struct pos){0});
	if (next_random(3))
		value_set(&arena, v, STR("Tags"), (struct pos){0}, random_tags());
	if (next_random(3))
		value_set(&arena, v, STR("SecurityGroupIngress"), (struct pos){0}, random_rules());
	if (next_random(3))
		value_set(&arena, v, STR("SecurityGroupEgress"), (struct pos){0}, random_rules());
	return v;
}

/* What a provider makes of an update: the desired properties, with what is kept, over what was there. */
static struct value *applied(const struct value *desired, const struct value *live, const struct diff *d)
{
	struct value *out = value_copy(&arena, live);
	for (size_t i = 0; i < d->n_keep; i++)
		desired = value_with(&arena, desired, d->keep[i].path, (struct value *)d->keep[i].value);
	for (size_t i = 0; i < value_count(desired); i++)
		value_set(&arena, out, desired->map.items[i].key, (struct pos){0}, desired->map.items[i].value);
	return out;
}

static void test_random_trees_settle(void **state)
{
	(void)state;
	const struct type *t = model_type(STR(GROUP));
	for (seed = 1; seed < 200000; seed += 97) {
		uint32_t start = seed;
		const struct value *desired = random_group(), *last = next_random(4) ? random_group() : NULL, *live = random_group();
		struct diff d, again;
		diff_props(&arena, t, desired, last, live, NULL, &d);
		struct value *then = applied(desired, live, &d);
		diff_props(&arena, t, desired, desired, then, NULL, &again);
		if (again.n)
			fail_msg("seed %u: %.*s differs again", start, STR_ARG(again.props[0].path));
		seed = start;
	}
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing), cmocka_unit_test(test_change_and_drift), cmocka_unit_test(test_create_only),
		cmocka_unit_test(test_removed), cmocka_unit_test(test_tags), cmocka_unit_test(test_sets),
		cmocka_unit_test(test_unknown_and_secret), cmocka_unit_test(test_ignore), cmocka_unit_test(test_random_trees_settle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
