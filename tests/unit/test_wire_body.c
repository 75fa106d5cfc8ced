/* Requests and answers of the product's own tables: what the published cases (make wire) don't hold: refusals,
 * hostile answers, checksums, S3's ways, errors inside an answer. */
#include "tests/unit/check.h"

#include "base/json.h"
#include "providers/aws/checksum.h"
#include "providers/aws/endpoint.h"
#include "providers/aws/parse.h"
#include "providers/aws/serialize.h"

static struct arena arena;

static struct value *json(const char *text)
{
	struct errs errs = {.arena = &arena};
	struct value *v = json_read(&arena, str_of(text), 0, &errs);

	assert_non_null(v);
	return v;
}

static const struct op *op_of(const char *service, const char *operation)
{
	const struct op *op = wire_op(str_of(service), str_of(operation));

	assert_non_null(op);
	return op;
}

static struct request made(const char *service, const char *operation, const char *input)
{
	struct errs errs = {.arena = &arena};
	struct request r;

	if (!serialize(op_of(service, operation), json(input), STR("token"), &arena, &r, &errs))
		fail_msg("%.*s", STR_ARG(errs.items[0].message));
	return r;
}

static struct str refused(const char *service, const char *operation, const char *input)
{
	struct errs errs = {.arena = &arena};
	struct request r;

	assert_false(serialize(op_of(service, operation), json(input), STR_NONE, &arena, &r, &errs));
	assert_int_equal(errs.n, 1);
	return errs.items[0].message;
}

static void strings_do_for_every_type(void **state)
{
	struct request r = made("ec2", "CreateVpc", "{\"CidrBlock\":\"10.0.0.0/8\",\"DryRun\":\"yes\",\"Ipv6NetmaskLength\":\"56\"}");

	(void)state;
	assert_true(str_find(r.body, STR("DryRun=true"), 0) > 0);
	assert_true(str_find(r.body, STR("Ipv6NetmaskLength=56"), 0) > 0);
	r = made("logs", "PutRetentionPolicy", "{\"logGroupName\":\"g\",\"retentionInDays\":\"14\"}");
	assert_str(r.body, "{\"logGroupName\":\"g\",\"retentionInDays\":14}");
	assert_str(headers_get(&r.headers, STR("X-Amz-Target")), "Logs_20140328.PutRetentionPolicy");
	r = made("iam", "CreateRole", "{\"RoleName\":\"r\",\"AssumeRolePolicyDocument\":{\"Version\":\"2012-10-17\"}}");
	assert_true(str_find(r.body, STR("AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17%22%7D"), 0) > 0);
}

static void tokens_fill_their_member(void **state)
{
	(void)state;
	assert_true(str_find(made("ec2", "CreateNatGateway", "{}").body, STR("ClientToken=token"), 0) > 0);
	assert_true(str_find(made("ec2", "CreateNatGateway", "{\"ClientToken\":\"mine\"}").body, STR("ClientToken=mine"), 0) > 0);
	assert_true(str_find(made("ec2", "CreateVpc", "{}").body, STR("token"), 0) < 0);
}

static void wrong_input_is_refused(void **state)
{
	(void)state;
	assert_str(refused("ec2", "CreateVpc", "{\"CidrBlok\":1}"), "the operation has no parameter 'CidrBlok'");
	assert_str(refused("ec2", "CreateVpc", "{\"DryRun\":\"maybe\"}"), "DryRun takes true or false");
	assert_str(refused("ec2", "CreateVpc", "{\"Ipv6NetmaskLength\":\"wide\"}"), "Ipv6NetmaskLength takes an integer");
	assert_str(refused("ec2", "DescribeVpcs", "{\"VpcIds\":\"vpc-1\"}"), "VpcIds takes a list");
	assert_str(refused("ec2", "CreateVpc", "{\"TagSpecifications\":[[]]}"), "an element takes a map");
	assert_str(refused("lambda", "GetFunction", "{}"), "FunctionName is missing, and the request's path needs it");
}

static void s3_requests(void **state)
{
	struct request r = made("s3", "PutObject", "{\"Bucket\":\"b\",\"Key\":\"a b/\\u00e9+\",\"Body\":\"x\"}");
	struct endpoint e = {.scheme = STR("https"), .host = STR("b.s3.amazonaws.com")};
	struct str why = STR_NONE;

	(void)state;
	assert_str(r.path, "/a%20b/%C3%A9%2B");
	assert_str(r.body, "x");
	r = made("s3", "PutBucketTagging", "{\"Bucket\":\"b\",\"Tagging\":{\"TagSet\":[{\"Key\":\"k\",\"Value\":\"<&>\"}]}}");
	assert_str(r.query, "tagging");
	assert_true(checksum_add(op_of("s3", "PutBucketTagging"), NULL, &r, &arena, &why));
	assert_int_equal(headers_get(&r.headers, STR("x-amz-checksum-crc32")).n, 8);
	endpoint_apply(&e, &r, &arena);
	assert_str(r.path, "/");
	assert_true(str_find(r.body, STR("<Value>&lt;&amp;&gt;</Value>"), 0) > 0);
}

static struct str host_below(const char *host)
{
	struct request r = made("s3control", "DescribeJob", "{\"AccountId\":\"123456789012\",\"JobId\":\"j\"}");
	struct endpoint e = {.scheme = STR("https"), .host = str_of(host)};

	endpoint_apply(&e, &r, &arena);
	return r.host;
}

static void host_prefixes_stand_once(void **state)
{
	(void)state;
	assert_str(host_below("s3-control.us-west-2.amazonaws.com"), "123456789012.s3-control.us-west-2.amazonaws.com");
	assert_str(host_below("123456789012.s3-control.us-west-2.amazonaws.com"),
		   "123456789012.s3-control.us-west-2.amazonaws.com");
	assert_str(host_below("123456789012.127.0.0.1:5000"), "127.0.0.1:5000");
	assert_str(host_below("127.0.0.1:5000"), "127.0.0.1:5000");
}

static void checksums(void **state)
{
	struct str s = STR("123456789");

	(void)state;
	assert_str(checksum_crc32(&arena, s), "y/Q5Jg==");
	assert_str(checksum_crc32c(&arena, s), "4waSgw==");
	assert_str(checksum_crc64nvme(&arena, s), "rosUhgp5mIg=");
	assert_str(checksum_md5(&arena, s), "JfnnlDI7RTiF9RgfG2JNCw==");
	assert_str(checksum_sha1(&arena, s), "98O8HYCOBHMq32eZZczDTKeuNEE=");
	assert_str(checksum_sha256(&arena, STR_NONE), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

static struct answer answered(int status, const char *body)
{
	return (struct answer){.status = status, .body = str_of(body)};
}

static struct value *parsed(const char *service, const char *operation, const char *body, struct str *why)
{
	struct answer ans = answered(200, body);
	struct arena scratch = {0};
	struct value *v = parse_output(op_of(service, operation), &ans, &arena, &scratch, why);

	arena_free(&scratch);	/* nothing of the answer may live there */
	return v;
}

static void types_come_from_the_model(void **state)
{
	struct str why = STR_NONE;
	struct value *v = parsed("logs", "DescribeLogGroups",
				 "{\"logGroups\":[{\"logGroupName\":\"g\",\"creationTime\":1700000000000,\"new\":1}]}", &why);

	(void)state;
	assert_int_equal(value_path(v, STR("logGroups[0].creationTime"))->kind, V_NUMBER);
	assert_null(value_path(v, STR("logGroups[0].new")));
	v = parsed("sts", "AssumeRole",
		   "<R><AssumeRoleResult><Credentials><SecretAccessKey>s</SecretAccessKey><Expiration>2030-01-01T00:00:00.5Z"
		   "</Expiration></Credentials></AssumeRoleResult></R>", &why);
	assert_str(value_text(value_path(v, STR("Credentials.Expiration"))), "2030-01-01T00:00:00.500Z");
	assert_true(value_has_secret(v));
	v = parsed("ec2", "DescribeVpcs", "<R><vpcSet><item><isDefault>false</isDefault><tagSet/></item></vpcSet></R>", &why);
	assert_int_equal(value_path(v, STR("Vpcs[0].IsDefault"))->kind, V_BOOL);
	assert_int_equal(value_path(v, STR("Vpcs[0].Tags"))->kind, V_LIST);
	assert_int_equal(value_count(parsed("ec2", "DeleteVpc", "", &why)), 0);
}

static void hostile_answers(void **state)
{
	static const struct {
		const char *service, *operation, *body;
	} cases[] = {
		{"logs", "DescribeLogGroups", "[]"},
		{"logs", "DescribeLogGroups", "{\"logGroups\":{}}"},
		{"logs", "DescribeLogGroups", "{\"logGroups\":[{\"retentionInDays\":\"x\"}]}"},
		{"logs", "DescribeLogGroups", "{\"logGroups\":[7]}"},
		{"logs", "DescribeLogGroups", "{"},
		{"ec2", "DescribeVpcs", "<a><b></a>"},
		{"ec2", "DescribeVpcs", "<a><vpcSet><item><isDefault>perhaps</isDefault></item></vpcSet></a>"},
		{"ec2", "DescribeVpcs", "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>"},
		{"lambda", "GetFunction", "{\"Configuration\":\"text\"}"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str why = STR_NONE;

		if (parsed(cases[i].service, cases[i].operation, cases[i].body, &why) || !why.n)
			fail_msg("case %zu was taken", i);
	}
}

static struct remote_error failed(const char *service, const char *operation, int status, const char *body)
{
	struct answer ans = answered(status, body);
	struct remote_error re;

	assert_true(parse_is_error(op_of(service, operation), &ans));
	parse_error(op_of(service, operation), &ans, &arena, &re);
	return re;
}

static void errors_in_all_forms(void **state)
{
	struct remote_error re = failed("ec2", "DescribeVpcs", 400,
					"<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>m</Message></Error></Errors>"
					"<RequestID>r</RequestID></Response>");

	(void)state;
	assert_str(re.code, "InvalidVpcID.NotFound");
	assert_str(re.message, "m");
	assert_str(re.request_id, "r");
	re = failed("iam", "GetRole", 404, "<ErrorResponse><Error><Code>NoSuchEntity</Code></Error><RequestId>q</RequestId></ErrorResponse>");
	assert_str(re.code, "NoSuchEntity");
	assert_str(re.request_id, "q");
	re = failed("logs", "PutRetentionPolicy", 400, "{\"__type\":\"com.x#ResourceNotFoundException\",\"message\":\"gone\"}");
	assert_str(re.code, "ResourceNotFoundException");
	assert_str(re.message, "gone");
	re = failed("ec2", "DescribeVpcs", 502, "<html><body>Bad Gateway</body></html>");
	assert_str(re.code, "502");
	assert_true(re.message.n > 0);
	assert_str(failed("s3", "HeadBucket", 404, "").code, "404");
	assert_str(failed("logs", "PutRetentionPolicy", 500, "{broken").code, "500");
}

static void s3_fails_with_200(void **state)
{
	struct answer ans = answered(200, "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code></Error>");
	struct answer object = ans;

	(void)state;
	assert_true(parse_is_error(op_of("s3", "CopyObject"), &ans));
	assert_false(parse_is_error(op_of("s3", "GetObject"), &object));	/* an object may hold anything */
	ans = answered(200, "<CopyObjectResult><ETag>&lt;Error></ETag></CopyObjectResult>");
	assert_false(parse_is_error(op_of("s3", "CopyObject"), &ans));
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_do_for_every_type), cmocka_unit_test(tokens_fill_their_member),
		cmocka_unit_test(wrong_input_is_refused), cmocka_unit_test(s3_requests),
		cmocka_unit_test(host_prefixes_stand_once),
		cmocka_unit_test(checksums), cmocka_unit_test(types_come_from_the_model),
		cmocka_unit_test(hostile_answers), cmocka_unit_test(errors_in_all_forms),
		cmocka_unit_test(s3_fails_with_200),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
