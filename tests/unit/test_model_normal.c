/* Normalisers: which spellings mean the same, and which do not. */
#include "tests/unit/check.h"

#include "base/json.h"
#include "model/normal.h"

static struct value *json(struct arena *a, const char *text)
{
	struct errs errs = {.arena = a};
	struct value *v = json_read(a, str_of(text), 0, &errs);

	assert_non_null(v);
	return v;
}

struct pair {
	enum normaliser how;
	const char *desired, *live;
	bool equal;
};

static const struct pair pairs[] = {
	{NORMAL_NONE, "\"a\"", "\"A\"", false},
	{NORMAL_LOWER, "\"My-Cluster\"", "\"my-cluster\"", true},
	{NORMAL_LOWER, "[\"A\", \"b\"]", "[\"a\", \"B\"]", true},
	{NORMAL_CIDR, "\"10.0.5.7/16\"", "\"10.0.0.0/16\"", true},
	{NORMAL_CIDR, "\"10.0.5.7/16\"", "\"10.0.5.7/17\"", false},
	{NORMAL_CIDR, "\"255.255.255.255/0\"", "\"0.0.0.0/0\"", true},
	{NORMAL_CIDR, "\"10.0.0.1/32\"", "\"10.0.0.1/32\"", true},
	{NORMAL_CIDR, "\"2001:DB8:0:0:0:0:0:1/64\"", "\"2001:db8::/64\"", true},
	{NORMAL_CIDR, "\"0000::/0\"", "\"::/0\"", true},
	{NORMAL_CIDR, "\"10.0.0.0/33\"", "\"10.0.0.0/32\"", false},
	{NORMAL_CIDR, "\"10.0.0/8\"", "\"10.0.0.0/8\"", false},
	{NORMAL_CIDR, "\"2001:DB8::0\"", "\"2001:db8::\"", true},
	{NORMAL_PROTOCOL, "6", "\"tcp\"", true},
	{NORMAL_PROTOCOL, "\"all\"", "\"-1\"", true},
	{NORMAL_PROTOCOL, "-1", "\"-1\"", true},
	{NORMAL_PROTOCOL, "\"TCP\"", "\"tcp\"", true},
	{NORMAL_PROTOCOL, "17", "\"tcp\"", false},
	{NORMAL_ENGINE_VERSION, "\"8.0\"", "\"8.0.35\"", true},
	{NORMAL_ENGINE_VERSION, "\"8.0\"", "\"8.0.mysql_aurora.3.04.0\"", true},
	{NORMAL_ENGINE_VERSION, "\"8.0.3\"", "\"8.0.35\"", false},
	{NORMAL_ENGINE_VERSION, "\"8.0.35\"", "\"8.0\"", false},
	{NORMAL_ENGINE_VERSION, "16", "\"16.4\"", true},
	{NORMAL_ARN_OR_ID, "\"1234abcd\"", "\"arn:aws:kms:us-west-2:111122223333:key/1234abcd\"", true},
	{NORMAL_ARN_OR_ID, "\"abcd\"", "\"arn:aws:kms:us-west-2:111122223333:key/1234abcd\"", false},
	{NORMAL_ARN_OR_ID, "\"111122223333:function:f\"", "\"arn:aws:lambda:us-west-2:111122223333:function:f\"", true},
	{NORMAL_ARN_OR_ID, "\"arn:aws:kms:us-west-2:1:key/a\"", "\"arn:aws:kms:us-east-1:1:key/a\"", false},
	{NORMAL_ARN_OR_ID, "\"\"", "\"arn:aws:kms:us-east-1:1:key/\"", false},
	{NORMAL_ARN_OR_ID, "[\"a\"]", "[\"x/a\"]", true},
	{NORMAL_ARN_OR_ID, "[\"a\"]", "[\"x/a\", \"b\"]", false},
	{NORMAL_DNS_NAME, "\"WWW.Example.com\"", "\"www.example.com.\"", true},
	{NORMAL_DNS_NAME, "\"*.example.com\"", "\"\\\\052.example.com.\"", true},
	{NORMAL_DNS_NAME, "\".\"", "\".\"", true},
	{NORMAL_DNS_NAME, "\"a@b.*.example.com\"", "\"a\\\\100b.\\\\052.example.com.\"", true},
	{NORMAL_DNS_NAME, "\"a.b\"", "\"a\\\\056b\"", false},
	{NORMAL_DNS_NAME, "\"a\\\\40\"", "\"a \"", false},
	{NORMAL_TIME, "\"2026-01-01T00:00:00\"", "\"2026-01-01T00:00:00Z\"", true},
	{NORMAL_TIME, "\"2026-01-01T01:00:00+01:00\"", "\"2026-01-01T00:00:00Z\"", true},
	{NORMAL_TIME, "\"2026-01-01T00:00:00\"", "\"2026-01-01T00:00:01Z\"", false},
	{NORMAL_TIME, "\"12\"", "\"1970-01-01T00:00:12Z\"", false},
	{NORMAL_KMS_KEY, "\"1234abcd\"", "\"arn:aws:kms:us-west-2:111122223333:key/1234abcd\"", true},
	{NORMAL_KMS_KEY, "\"arn:aws:kms:us-west-2:1:key/a\"", "\"arn:aws:kms:us-west-2:1:key/b\"", false},
	{NORMAL_KMS_KEY, "\"alias/a\"", "\"arn:aws:kms:us-west-2:1:key/b\"", true},
	{NORMAL_KMS_KEY, "\"arn:aws:kms:us-west-2:1:alias/a\"", "\"b\"", true},
	{NORMAL_KMS_KEY, "\"alias/a\"", "\"alias/b\"", false},
	{NORMAL_KMS_KEY, "\"a\"", "\"alias/a\"", false},
	{NORMAL_KMS_KEY, "\"alias/a\"", "\"arn:aws:kms:us-west-2:1:alias/a\"", true},
	{NORMAL_TRIM, "\"ssh-rsa AAAA\\n\"", "\"ssh-rsa AAAA\"", true},
	{NORMAL_PORT, "443", "-1", true},
	{NORMAL_PORT, "-1", "443", false},
	{NORMAL_PRINCIPAL, "\"111122223333\"", "\"arn:aws:iam::111122223333:root\"", true},
	{NORMAL_PRINCIPAL, "\"111122223333\"", "\"arn:aws:iam::444455556666:root\"", false},
	{NORMAL_PRINCIPAL, "\"111122223333\"", "\"arn:aws:iam::111122223333:role/root\"", false},
	{NORMAL_ANY, "\"standard\"", "\"vpc\"", true},
	{NORMAL_JSON, "{\"a\": [1, 2]}", "\"{\\\"a\\\":[1,2]}\"", true},
	{NORMAL_JSON, "{\"a\": [1, 2]}", "\"{\\\"a\\\":[2,1]}\"", false},
	{NORMAL_JSON, "\"not json\"", "\"not json\"", true},
	{NORMAL_JSON, "\"not json\"", "\"{}\"", false},
};

static void texts(void **state)
{
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		const struct pair *p = &pairs[i];

		if (normal_equal(&a, p->how, json(&a, p->desired), json(&a, p->live)) == p->equal)
			continue;
		print_error("%s: %s %s\n", normaliser_name(p->how).p, p->desired, p->live);
		fail();
	}
	arena_free(&a);
}

static bool policies_equal(struct arena *a, const char *x, const char *y)
{
	return normal_equal(a, NORMAL_POLICY, json(a, x), json(a, y));
}

static void policies(void **state)
{
	struct arena a = {0};
	const char *one = "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\","
			  "\"Principal\": {\"AWS\": \"111122223333\"}, \"Resource\": [\"b\", \"a\"]}}";
	const char *two = "{\"Statement\": [{\"Principal\": {\"AWS\": [\"arn:aws:iam::111122223333:root\"]},"
			  "\"Action\": [\"s3:getobject\"], \"Resource\": [\"a\", \"b\", \"b\"], \"Effect\": \"Allow\"}],"
			  "\"Version\": \"2012-10-17\"}";

	(void)state;
	assert_true(policies_equal(&a, one, two));
	assert_false(policies_equal(&a, one, "{\"Version\": \"2012-10-17\", \"Statement\": []}"));
	/* the version that is left out is the old one */
	assert_false(policies_equal(&a, "{\"Statement\": []}", "{\"Statement\": [], \"Version\": \"2012-10-17\"}"));
	assert_true(policies_equal(&a, "{\"Statement\": []}", "{\"Statement\": [], \"Version\": \"2008-10-17\"}"));
	assert_true(policies_equal(&a, "{\"Statement\": {\"Principal\": \"*\"}}",
				   "{\"Statement\": {\"Principal\": {\"AWS\": \"*\"}}}"));
	assert_false(policies_equal(&a, "{\"Statement\": {\"Principal\": \"*\"}}",
				    "{\"Statement\": {\"Principal\": {\"Service\": \"*\"}}}"));
	assert_true(policies_equal(&a, "{\"Statement\": {\"Condition\": {\"Bool\": {\"aws:SecureTransport\": false}}}}",
				   "{\"Statement\": {\"Condition\": {\"bool\": {\"AWS:securetransport\": \"false\"}}}}"));
	assert_true(policies_equal(&a, "{\"Statement\": [{\"Sid\": \"x\"}, {\"Sid\": \"y\"}]}",
				   "{\"Statement\": [{\"Sid\": \"y\"}, {\"Sid\": \"x\"}]}"));
	/* documents that are no policies, and policies of the wrong shape, are compared as they are */
	assert_true(policies_equal(&a, "{\"a\": 1}", "\"{\\\"a\\\": 1}\""));
	assert_true(policies_equal(&a, "{\"Statement\": [1, {\"Action\": {\"x\": 1}, \"Condition\": 7}]}",
				   "{\"Statement\": [{\"Action\": {\"x\": 1}, \"Condition\": 7}, 1]}"));
	assert_false(policies_equal(&a, "[1]", "[2]"));
	arena_free(&a);
}

/* What is unknown is never equal to what is known, and a secret stays one. */
static void unknowns_and_secrets(void **state)
{
	struct arena a = {0};
	struct pos nowhere = {0};
	struct value *unknown = value_expr(&a, nowhere, 1), *secret = value_string(&a, nowhere, STR("{\"a\": \"B\"}"));

	(void)state;
	assert_false(normal_equal(&a, NORMAL_LOWER, unknown, json(&a, "\"a\"")));
	assert_true(normal_equal(&a, NORMAL_LOWER, unknown, unknown));
	assert_false(normal_equal(&a, NORMAL_ANY, unknown, json(&a, "\"a\"")));
	assert_true(normal_equal(&a, NORMAL_LOWER, NULL, NULL));
	assert_false(normal_equal(&a, NORMAL_LOWER, NULL, unknown));
	secret->flags |= VALUE_SECRET;
	for (enum normaliser how = NORMAL_NONE; how < NORMAL_COUNT; how++)
		assert_true(value_has_secret(normal_form(&a, how, secret)));
	arena_free(&a);
}

/* A form is stable: the form of a form is itself. */
static void forms_are_stable(void **state)
{
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct value *form = normal_form(&a, pairs[i].how, json(&a, pairs[i].desired));

		assert_true(value_equal(form, normal_form(&a, pairs[i].how, form)));
	}
	arena_free(&a);
}

static void names(void **state)
{
	(void)state;
	for (enum normaliser how = NORMAL_NONE; how < NORMAL_COUNT; how++)
		assert_int_equal(normaliser_named(normaliser_name(how)), how);
	assert_int_equal(normaliser_named(STR("cidr")), NORMAL_CIDR);
	assert_int_equal(normaliser_named(STR("CIDR")), NORMAL_NONE);
	assert_int_equal(normaliser_name(NORMAL_COUNT).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),	    cmocka_unit_test(policies), cmocka_unit_test(unknowns_and_secrets),
		cmocka_unit_test(forms_are_stable), cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
