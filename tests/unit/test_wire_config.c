/* AWS's shared configuration files: the dialect, who wins, and where endpoints and regions come from. */
#include "tests/unit/check.h"

#include "providers/aws/config.h"
#include "providers/aws/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct arena arena;
static char folder[] = "/tmp/drplan-config-XXXXXX";

static const char *write_file(const char *name, const char *text)
{
	const char *path = str_fmt(&arena, "%s/%s", folder, name).p;
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return path;
}

static void load(struct config *c, const char *config, const char *credentials)
{
	struct errs errs = {.arena = &arena};

	*c = (struct config){0};
	setenv("AWS_CONFIG_FILE", write_file("config", config), 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", write_file("credentials", credentials), 1);
	assert_true(config_load(c, &errs));
}

static int clean_environment(void **state)
{
	static const char *const names[] = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION",
					    "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2",
					    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_FIPS_ENDPOINT",
					    "AWS_USE_DUALSTACK_ENDPOINT"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		unsetenv(names[i]);
	return 0;
}

static void the_dialect(void **state)
{
	struct config c;

	(void)state;
	load(&c, "# comment\n; another\n[default]\nregion=eu-central-1\n"
		 "[profile dev]\nRegion = us-west-2 # behind it\noutput = a#b\ns3 =\n  addressing_style = path\n"
		 "  max_bandwidth = 5 ; x\n[profile \"with space\"]\nregion = x\n[other thing]\nregion = no\n",
	     "");
	assert_str(config_get(&c, STR("default"), "region"), "eu-central-1");
	assert_str(config_get(&c, STR("dev"), "region"), "us-west-2");
	assert_str(config_get(&c, STR("dev"), "output"), "a#b");
	assert_str(value_text(value_path(config_profile(&c, STR("dev")), STR("s3.addressing_style"))), "path");
	assert_str(value_text(value_path(config_profile(&c, STR("dev")), STR("s3.max_bandwidth"))), "5");
	assert_str(config_get(&c, STR("with space"), "region"), "x");
	assert_null(config_profile(&c, STR("other thing")));
	assert_null(config_profile(&c, STR("thing")));
	config_free(&c);
}

static void credentials_win_over_config(void **state)
{
	struct config c;

	(void)state;
	load(&c, "[profile a]\naws_access_key_id = config\nregion = r\n", "[a]\naws_access_key_id = credentials\n");
	assert_str(config_get(&c, STR("a"), "aws_access_key_id"), "credentials");
	assert_str(config_get(&c, STR("a"), "region"), "r");
	config_free(&c);
}

static void nonsense_is_reported(void **state)
{
	struct config c = {0};
	struct errs errs = {.arena = &arena};

	(void)state;
	setenv("AWS_CONFIG_FILE", write_file("config", "[default]\nregion = x\nthis is no key\n"), 1);
	assert_false(config_load(&c, &errs));
	assert_true(str_ends(errs.items[0].message, STR("line 3 is neither a section nor a key")));
	config_free(&c);
	c = (struct config){0};
	setenv("AWS_CONFIG_FILE", folder, 1);	/* a directory */
	assert_false(config_load(&c, &errs));
	config_free(&c);
	c = (struct config){0};
	setenv("AWS_CONFIG_FILE", "/nonexistent/config", 1);
	assert_true(config_load(&c, &errs));
	config_free(&c);
}

static void regions_and_profiles(void **state)
{
	struct config c;

	(void)state;
	load(&c, "[default]\nregion = d\n[profile p]\nregion = p\n", "");
	assert_str(config_region(&c, STR_NONE), "d");
	assert_str(config_region(&c, STR("p")), "p");
	setenv("AWS_DEFAULT_PROFILE", "p", 1);
	assert_str(config_region(&c, STR_NONE), "p");
	setenv("AWS_PROFILE", "default", 1);
	assert_str(config_region(&c, STR_NONE), "d");
	setenv("AWS_DEFAULT_REGION", "e", 1);
	assert_str(config_region(&c, STR("p")), "e");
	setenv("AWS_REGION", "f", 1);
	assert_str(config_region(&c, STR("p")), "f");
	config_free(&c);
}

static struct endpoint find(struct config *c, const char *service, const char *operation, struct value *input, const char *region)
{
	struct place place = {.name = STR("t"), .profile = STR("p")};
	struct endpoint e;
	struct str why = STR_NONE;

	if (!endpoint_find(wire_op(str_of(service), str_of(operation)), input, c, &place, str_of(region), &arena, &e, &why))
		fail_msg("%.*s", STR_ARG(why));
	return e;
}

static struct value *bucket(const char *name)
{
	struct value *v = value_map(&arena, (struct pos){0});

	value_set(&arena, v, STR("Bucket"), (struct pos){0}, value_string(&arena, (struct pos){0}, str_of(name)));
	return v;
}

static void endpoints_by_rule(void **state)
{
	struct config c;
	struct endpoint e;

	(void)state;
	load(&c, "[profile p]\n", "");
	assert_str(find(&c, "ec2", "DescribeVpcs", NULL, "eu-west-1").host, "ec2.eu-west-1.amazonaws.com");
	e = find(&c, "iam", "ListRoles", NULL, "eu-west-1");
	assert_str(e.host, "iam.amazonaws.com");
	assert_str(e.signing_region, "us-east-1");
	assert_str(find(&c, "sts", "GetCallerIdentity", NULL, "eu-west-1").host, "sts.eu-west-1.amazonaws.com");
	assert_str(find(&c, "ec2", "DescribeVpcs", NULL, "cn-north-1").host, "ec2.cn-north-1.amazonaws.com.cn");
	assert_str(find(&c, "s3", "GetBucketPolicy", bucket("plain"), "eu-west-1").host, "plain.s3.eu-west-1.amazonaws.com");
	e = find(&c, "s3", "GetBucketPolicy", bucket("with.dots"), "eu-west-1");
	assert_str(e.host, "s3.eu-west-1.amazonaws.com");
	assert_str(e.path, "/with.dots");
	assert_true(e.single_encoding);
	setenv("AWS_USE_FIPS_ENDPOINT", "true", 1);
	assert_str(find(&c, "ec2", "DescribeVpcs", NULL, "us-west-2").host, "ec2-fips.us-west-2.amazonaws.com");
	unsetenv("AWS_USE_FIPS_ENDPOINT");
	setenv("AWS_USE_DUALSTACK_ENDPOINT", "true", 1);
	assert_str(find(&c, "ec2", "DescribeVpcs", NULL, "us-west-2").host, "ec2.us-west-2.api.aws");
	config_free(&c);
}

static void endpoints_of_ones_own(void **state)
{
	struct config c;
	struct endpoint e;

	(void)state;
	load(&c, "[profile p]\nendpoint_url = http://profile\nservices = mine\n"
		 "[services mine]\nelastic_load_balancing_v2 =\n  endpoint_url = http://section:1\n", "");
	assert_str(find(&c, "ec2", "DescribeVpcs", NULL, "eu-west-1").host, "profile");
	assert_str(find(&c, "elbv2", "DescribeLoadBalancers", NULL, "eu-west-1").host, "section:1");
	setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5000/base/", 1);
	e = find(&c, "iam", "ListRoles", NULL, "eu-west-1");
	assert_str(e.scheme, "http");
	assert_str(e.host, "127.0.0.1:5000");
	assert_str(e.path, "/base");
	assert_str(e.signing_region, "us-east-1");	/* the scope is still the service's */
	e = find(&c, "s3", "GetBucketPolicy", bucket("plain"), "eu-west-1");
	assert_str(e.host, "127.0.0.1:5000");
	assert_str(e.path, "/base/plain");
	setenv("AWS_ENDPOINT_URL_S3", "https://minio", 1);
	assert_str(find(&c, "s3", "GetBucketPolicy", bucket("plain"), "eu-west-1").host, "minio");
	setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", 1);
	assert_str(find(&c, "ec2", "DescribeVpcs", NULL, "eu-west-1").host, "ec2.eu-west-1.amazonaws.com");
	config_free(&c);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	unlink(str_fmt(&arena, "%s/config", folder).p);
	unlink(str_fmt(&arena, "%s/credentials", folder).p);
	rmdir(folder);
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_dialect, clean_environment),
		cmocka_unit_test_setup(credentials_win_over_config, clean_environment),
		cmocka_unit_test_setup(nonsense_is_reported, clean_environment),
		cmocka_unit_test_setup(regions_and_profiles, clean_environment),
		cmocka_unit_test_setup(endpoints_by_rule, clean_environment),
		cmocka_unit_test_setup(endpoints_of_ones_own, clean_environment),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
