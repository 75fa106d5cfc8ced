/* Where credentials come from and who wins: environment, profiles, roles, processes, SSO, container, instance. */
#include "tests/unit/check.h"
#include "tests/unit/scriptserver.h"

#include "base/clock.h"
#include "providers/aws/creds.h"
#include "providers/aws/wire.h"

#include <errno.h>
#include <sys/stat.h>

static struct arena arena;
static char folder[] = "/tmp/drplan-creds-XXXXXX";

/* A world around the store: configuration from files, a clock of our own, and an STS that is played here. */
static struct {
	struct config config;
	struct http *http;
	struct creds_store *store;
	int64_t wall;
	struct call *calls[8];
	struct creds with[8];
	size_t n_calls;
	/* the last answer */
	unsigned answers;
	struct str id, secret, token, failure;
} world;

static int64_t wall_now(void *ctx)
{
	(void)ctx;
	return world.wall;
}

static const struct clock test_clock = {.mono_ms = wall_now, .wall_ms = wall_now};

static void take_call(void *ctx, struct call *c, const struct creds *with)
{
	(void)ctx;
	world.with[world.n_calls] = with ? *with : (struct creds){0};
	world.calls[world.n_calls++] = c;
}

static void set(struct value *map, const char *key, const char *text)
{
	value_set(&arena, map, str_of(key), (struct pos){0}, value_string(&arena, (struct pos){0}, str_of(text)));
}

static void sts_answers(struct call *c, const char *id, int64_t expires)
{
	struct value *output = value_map(&arena, (struct pos){0}), *v = value_map(&arena, (struct pos){0});

	set(v, "AccessKeyId", id);
	set(v, "SecretAccessKey", "role-secret");
	set(v, "SessionToken", "role-token");
	set(v, "Expiration", time_rfc3339(&arena, expires, false).p);
	value_set(&arena, output, STR("Credentials"), (struct pos){0}, v);
	c->ok = true;
	c->output = output;
	c->done(c);
}

static void on_creds(void *ctx, const struct creds *creds, const struct err *err)
{
	(void)ctx;
	world.answers++;
	world.id = creds ? str_dup(&arena, creds->id) : STR_NONE;
	world.secret = creds ? str_dup(&arena, creds->secret) : STR_NONE;
	world.token = creds ? str_dup(&arena, creds->token) : STR_NONE;
	world.failure = err ? str_dup(&arena, err->message) : STR_NONE;
}

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(str_fmt(&arena, "%s/%s", folder, name).p, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void open_world(const char *config, const char *credentials)
{
	struct creds_host host = {.config = &world.config, .clock = &test_clock, .call = take_call};

	write_file("config", config);
	write_file("credentials", credentials);
	world.http = http_open(STR_NONE, 4);
	host.http = world.http;
	world.wall = 1800000000000;
	world.store = creds_open(&host);
}

static void ask(const char *profile, const char *role)
{
	struct place place = {.name = STR("t"), .region = STR("eu-west-1"), .profile = str_of(profile), .role_arn = str_of(role)};

	creds_get(world.store, &place, on_creds, NULL);
}

static void wait_answers(unsigned n)
{
	for (int i = 0; i < 500 && world.answers < n; i++)
		http_poll(world.http, 20);
	assert_int_equal(world.answers, n);
}

static int setup_one(void **state)
{
	static const char *const names[] = {
		"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
		"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_EC2_METADATA_SERVICE_ENDPOINT",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_EC2_METADATA_DISABLED",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		unsetenv(names[i]);
	setenv("AWS_CONFIG_FILE", str_fmt(&arena, "%s/config", folder).p, 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", str_fmt(&arena, "%s/credentials", folder).p, 1);
	setenv("HOME", folder, 1);
	memset(&world, 0, sizeof world);
	return 0;
}

static int teardown_one(void **state)
{
	(void)state;
	creds_close(world.store);
	http_close(world.http);
	config_free(&world.config);
	return 0;
}

static void environment_then_profile(void **state)
{
	(void)state;
	open_world("", "[default]\naws_access_key_id = file\naws_secret_access_key = s\n"
		       "[other]\naws_access_key_id = other\naws_secret_access_key = s\naws_session_token = t\n");
	setenv("AWS_ACCESS_KEY_ID", "env", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
	ask("", "");
	assert_str(world.id, "env");
	ask("other", "");	/* asked for by name: the environment doesn't count */
	assert_str(world.id, "other");
	assert_str(world.token, "t");
	ask("missing", "");
	assert_str(world.failure, "there is no profile 'missing' in the AWS configuration");
}

static void profile_of_the_environment(void **state)
{
	(void)state;
	open_world("", "[default]\naws_access_key_id = file\naws_secret_access_key = s\n"
		       "[other]\naws_access_key_id = other\naws_secret_access_key = s\n");
	setenv("AWS_PROFILE", "other", 1);
	ask("", "");
	assert_str(world.id, "other");
}

static void a_chain_of_roles(void **state)
{
	(void)state;
	open_world("[profile a]\nrole_arn = arn:a\nsource_profile = b\nexternal_id = x\nduration_seconds = 900\n"
		   "[profile b]\nrole_arn = arn:b\nsource_profile = base\nrole_session_name = me\n",
		   "[base]\naws_access_key_id = base\naws_secret_access_key = s\n");
	ask("a", "arn:target");
	ask("a", "arn:target");	/* waits for the same fetch */
	assert_int_equal(world.n_calls, 1);
	assert_str(world.with[0].id, "base");
	assert_str(value_text(value_getc(world.calls[0]->input, "RoleArn")), "arn:b");
	assert_str(value_text(value_getc(world.calls[0]->input, "RoleSessionName")), "me");
	sts_answers(world.calls[0], "ASIAB", world.wall + 3600000);
	assert_str(world.with[1].id, "ASIAB");
	assert_str(value_text(value_getc(world.calls[1]->input, "RoleArn")), "arn:a");
	assert_str(value_text(value_getc(world.calls[1]->input, "ExternalId")), "x");
	assert_str(value_text(value_getc(world.calls[1]->input, "DurationSeconds")), "900");
	sts_answers(world.calls[1], "ASIAA", world.wall + 3600000);
	assert_str(world.with[2].id, "ASIAA");
	assert_str(value_text(value_getc(world.calls[2]->input, "RoleArn")), "arn:target");
	assert_int_equal(world.answers, 0);
	sts_answers(world.calls[2], "ASIAT", world.wall + 3600000);
	assert_int_equal(world.answers, 2);
	assert_str(world.id, "ASIAT");
	assert_str(world.token, "role-token");
}

static void renewal_before_expiry(void **state)
{
	struct place place = {.region = STR("eu-west-1"), .role_arn = STR("arn:r")};

	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "env", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
	open_world("", "");
	ask("", "arn:r");
	sts_answers(world.calls[0], "FIRST", world.wall + 3600000);
	world.wall += 1800000;
	ask("", "arn:r");
	assert_int_equal(world.n_calls, 1);
	world.wall += 1600000;	/* under five minutes are left */
	ask("", "arn:r");
	assert_int_equal(world.n_calls, 2);
	world.calls[1]->ok = false;	/* renewing fails: what is left still holds */
	world.calls[1]->done(world.calls[1]);
	assert_str(world.id, "FIRST");
	world.wall += 190000;
	ask("", "arn:r");
	sts_answers(world.calls[2], "SECOND", world.wall + 3600000);
	assert_str(world.id, "SECOND");
	creds_expired(world.store, &place);
	ask("", "arn:r");
	assert_int_equal(world.n_calls, 4);
	sts_answers(world.calls[3], "THIRD", world.wall + 3600000);
	assert_str(world.id, "THIRD");
}

static void profiles_that_lead_nowhere(void **state)
{
	(void)state;
	open_world("[profile a]\nrole_arn = arn:a\nsource_profile = b\n[profile b]\nrole_arn = arn:b\nsource_profile = a\n"
		   "[profile c]\nrole_arn = arn:c\nsource_profile = none\n[profile m]\nrole_arn = arn:m\nmfa_serial = x\n"
		   "[profile self]\nrole_arn = arn:s\nsource_profile = self\naws_access_key_id = own\naws_secret_access_key = s\n"
		   "[profile empty]\nregion = x\n", "");
	ask("a", "");
	assert_str(world.failure, "the profiles that 'a' draws on never come to keys");
	ask("c", "");
	assert_str(world.failure, "profile 'c' has source_profile 'none', which does not exist");
	ask("m", "");
	assert_true(str_find(world.failure, STR("mfa_serial"), 0) > 0);
	ask("empty", "");
	assert_str(world.failure, "profile 'empty' holds no credentials");
	ask("self", "");
	assert_str(world.with[0].id, "own");
	sts_answers(world.calls[0], "SELF", 0);
	assert_str(world.id, "SELF");
}

static void web_identity(void **state)
{
	(void)state;
	open_world("", "");
	write_file("token", "the.token\n");
	setenv("AWS_ROLE_ARN", "arn:w", 1);
	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str_fmt(&arena, "%s/token", folder).p, 1);
	ask("", "");
	assert_str(op_name(world.calls[0]->op), "AssumeRoleWithWebIdentity");
	assert_str(world.with[0].id, "");
	assert_str(value_text(value_getc(world.calls[0]->input, "WebIdentityToken")), "the.token");
	sts_answers(world.calls[0], "WEB", world.wall + 3600000);
	assert_str(world.id, "WEB");
}

static void a_process(void **state)
{
	(void)state;
	write_file("tool", "echo '{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"s\"}'\n");
	open_world(str_fmt(&arena, "[profile p]\ncredential_process = sh \"%s/tool\" 'an argument'\n"
				   "[profile fails]\ncredential_process = false\n"
				   "[profile none]\ncredential_process = /nonexistent/tool\n"
				   "[profile quote]\ncredential_process = echo 'open\n"
				   "[profile words]\ncredential_process = echo words\n", folder).p, "");
	ask("p", "");
	wait_answers(1);
	assert_str(world.failure, "");
	assert_str(world.id, "PROC");
	ask("fails", "");
	wait_answers(2);
	assert_str(world.failure, "the credential_process of profile 'fails' failed");
	ask("none", "");
	wait_answers(3);
	assert_true(world.failure.n > 0);
	ask("quote", "");
	assert_str(world.failure, "the credential_process of profile 'quote' is no command line");
	ask("words", "");
	wait_answers(5);
	assert_str(world.failure, "the credential_process of profile 'words': the answer is not JSON");
}

static void sso_without_a_sign_in(void **state)
{
	(void)state;
	open_world("[profile s]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = r\n"
		   "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://x\n", "");
	ask("s", "");
	assert_str(world.failure, "the SSO sign-in of profile 's' is missing or has expired: aws sso login --profile s");
}

static const char *keys_answer(const char *id)
{
	struct str body = str_fmt(&arena, "{\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
					  "\"Expiration\":\"2030-01-01T00:00:00Z\"}", id);

	return str_fmt(&arena, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", body.n, body.p).p;
}

static void a_container(void **state)
{
	const char *answers[] = {
		keys_answer("TASK"),
		"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
	};
	struct server s = server_start(answers, COUNT(answers));
	struct str requests[4];

	(void)state;
	open_world("", "");
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", str_fmt(&arena, "http://127.0.0.1:%d/creds?x=1", s.port).p, 1);
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc", 1);
	ask("", "");
	wait_answers(1);
	assert_str(world.id, "TASK");
	ask("", "arn:other");
	wait_answers(2);
	assert_true(str_find(world.failure, STR("answers with status 403"), 0) > 0);
	assert_int_equal(server_stop(&s, &arena, requests, 4), 2);
	assert_true(str_starts(requests[0], STR("GET /creds?x=1 HTTP/1.1")));
	assert_true(str_find(requests[0], STR("Authorization: Basic abc"), 0) > 0);
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/steal", 1);
	ask("", "arn:third");
	assert_true(str_find(world.failure, STR("neither https nor this machine"), 0) > 0);
}

static void an_instance(void **state)
{
	const char *answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nTOKEN",
		"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nmy-role",
		keys_answer("INST"),
	};
	struct server s = server_start(answers, COUNT(answers));
	struct str requests[4];

	(void)state;
	open_world("", "");
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", str_fmt(&arena, "http://127.0.0.1:%d/", s.port).p, 1);
	ask("", "");
	wait_answers(1);
	assert_str(world.id, "INST");
	assert_int_equal(server_stop(&s, &arena, requests, 4), 3);
	assert_true(str_starts(requests[0], STR("PUT /latest/api/token")));
	assert_true(str_starts(requests[2], STR("GET /latest/meta-data/iam/security-credentials/my-role")));
	assert_true(str_find(requests[2], STR("X-aws-ec2-metadata-token: TOKEN"), 0) > 0);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	ask("", "arn:other");
	assert_true(str_starts(world.failure, STR("no credentials were found")));
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	static const char *const names[] = {"config", "credentials", "token", "tool"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		unlink(str_fmt(&arena, "%s/%s", folder, names[i]).p);
	rmdir(folder);
	arena_free(&arena);
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup_one, teardown_one)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(environment_then_profile), TEST(profile_of_the_environment), TEST(a_chain_of_roles),
		TEST(renewal_before_expiry), TEST(profiles_that_lead_nowhere), TEST(web_identity),
		TEST(a_process), TEST(sso_without_a_sign_in), TEST(a_container),
		TEST(an_instance),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
