/* Whole calls against a scripted server: what is sent how often, pages, repairs, interruption, hostile answers. */
#include "tests/unit/check.h"
#include "tests/unit/scriptserver.h"

#include "base/log.h"
#include "providers/aws/wire.h"

static struct arena arena;
static struct wire *wire;
static struct server server;
static unsigned left;

static const char *answer(const char *status, const char *headers, const char *body)
{
	return str_fmt(&arena, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", status, headers, strlen(body), body).p;
}

static const char *ec2_error(const char *status, const char *code)
{
	return answer(status, "", str_fmt(&arena, "<Response><Errors><Error><Code>%s</Code><Message>no</Message></Error></Errors>"
						  "<RequestID>req-1</RequestID></Response>", code).p);
}

static const char *vpcs(const char *ids, const char *token)
{
	struct buf b;
	struct str rest = str_of(ids), id;

	buf_init(&b, 65536);
	buf_cstr(&b, "<DescribeVpcsResponse><vpcSet>");
	while (rest.n && str_cut(&rest, ' ', &id))
		buf_fmt(&b, "<item><vpcId>%.*s</vpcId></item>", STR_ARG(id));
	buf_fmt(&b, "</vpcSet>%s%s%s</DescribeVpcsResponse>", *token ? "<nextToken>" : "", token, *token ? "</nextToken>" : "");
	return answer("200 OK", "", buf_take(&b, &arena).p);
}

static void open_wire(const char *const *answers, size_t n)
{
	struct errs errs = {.arena = &arena};

	server = server_start(answers, n);
	setenv("AWS_ENDPOINT_URL", str_fmt(&arena, "http://127.0.0.1:%d", server.port).p, 1);
	setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "hush-hush", 1);
	setenv("AWS_CONFIG_FILE", "/nonexistent/config", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials", 1);
	wire = wire_open(NULL, &errs);
	assert_non_null(wire);
	left = 0;
}

static void on_done(struct call *c)
{
	(void)c;
	left--;
}

static const struct place place = {.name = STR_INIT("dr"), .region = STR_INIT("eu-west-1")};

static struct call call(const char *operation, bool mutating)
{
	struct call c = {.op = wire_op(STR("ec2"), str_of(operation)), .place = &place, .arena = &arena, .done = on_done,
			 .mutating = mutating, .timeout_ms = 20000};

	assert_non_null(c.op);
	return c;
}

static void run(struct call *c)
{
	left++;
	wire_start(wire, c);
	while (left)
		wire_poll(wire, 1000);
}

static size_t close_wire(struct str *requests, size_t max)
{
	wire_close(wire);
	return server_stop(&server, &arena, requests, max);
}

static void a_read_is_repeated(void **state)
{
	const char *answers[] = {NULL, ec2_error("500 Oops", "InternalError"), ec2_error("503 Slow", "RequestLimitExceeded"),
				 answer("200 OK", "", "<broken"), vpcs("vpc-1", "")};
	struct call c = call("DescribeVpcs", false);

	(void)state;
	open_wire(answers, COUNT(answers));
	run(&c);
	assert_true(c.ok);
	assert_int_equal(c.attempts, 5);
	assert_str(value_text(value_path(c.output, STR("Vpcs[0].VpcId"))), "vpc-1");
	assert_int_equal(close_wire(NULL, 0), 5);
}

/* The second request goes over the first one's connection, which dies: curl by itself would send it again. */
static void a_change_is_sent_once(void **state)
{
	const char *answers[] = {answer("200 OK", "", "<CreateVpcResponse/>"), NULL, answer("200 OK", "", "<CreateVpcResponse/>")};
	struct call c = call("CreateVpc", true), d = call("CreateVpc", true);

	(void)state;
	open_wire(answers, COUNT(answers));
	run(&c);
	assert_true(c.ok);
	run(&d);
	assert_false(d.ok);
	assert_true(d.maybe_done);
	assert_str(d.err.code, "ConnectionLost");
	assert_int_equal(d.attempts, 1);
	assert_int_equal(close_wire(NULL, 0), 2);
}

static void a_change_with_a_doubtful_end(void **state)
{
	const char *answers[] = {ec2_error("500 Oops", "InternalError"), ec2_error("503 Slow", "RequestLimitExceeded"),
				 ec2_error("400 Bad", "InvalidParameterValue"), answer("200 OK", "", "<broken")};
	struct call c[3];

	(void)state;
	open_wire(answers, COUNT(answers));
	for (size_t i = 0; i < COUNT(c); i++) {
		c[i] = call("CreateVpc", true);
		run(&c[i]);
		assert_false(c[i].ok);
	}
	assert_true(c[0].maybe_done);
	assert_str(c[0].err.code, "InternalError");
	assert_int_equal(c[1].attempts, 2);	/* a throttled one was not processed */
	assert_false(c[1].maybe_done);
	assert_str(c[1].err.code, "InvalidParameterValue");
	assert_str(c[1].err.request_id, "req-1");
	assert_str(c[1].err.operation, "ec2:CreateVpc");
	assert_true(c[2].maybe_done);
	assert_str(c[2].err.code, "MalformedAnswer");
	close_wire(NULL, 0);
}

static void a_token_makes_a_change_safe(void **state)
{
	const char *answers[] = {NULL, answer("200 OK", "", "<CreateNatGatewayResponse/>")};
	struct call c = call("CreateNatGateway", true);
	struct str requests[4];

	(void)state;
	open_wire(answers, COUNT(answers));
	c.token = STR("11111111-2222-4333-8444-555555555555");
	run(&c);
	assert_true(c.ok);
	assert_int_equal(close_wire(requests, 4), 2);
	for (int i = 0; i < 2; i++)
		assert_true(str_find(requests[i], STR("ClientToken=11111111-2222-4333-8444-555555555555"), 0) > 0);
}

static void doubt_stays_until_it_is_settled(void **state)
{
	const char *answers[] = {NULL, ec2_error("503 Slow", "RequestLimitExceeded"), NULL, ec2_error("400 Bad", "InvalidParameterValue")};
	struct call c = call("CreateNatGateway", true), d = c;

	(void)state;
	setenv("AWS_MAX_ATTEMPTS", "2", 1);
	open_wire(answers, COUNT(answers));
	c.token = d.token = STR("11111111-2222-4333-8444-555555555555");
	run(&c);
	assert_str(c.err.code, "RequestLimitExceeded");
	assert_true(c.maybe_done);	/* the throttled attempt did nothing, the lost one perhaps */
	run(&d);
	assert_str(d.err.code, "InvalidParameterValue");
	assert_false(d.maybe_done);
	close_wire(NULL, 0);
	unsetenv("AWS_MAX_ATTEMPTS");
}

static void a_refused_repetition_settles_nothing(void **state)
{
	const char *answers[] = {NULL, ec2_error("400 Bad", "IncorrectState")};
	struct call c = call("ModifyVolume", true);

	(void)state;
	open_wire(answers, COUNT(answers));
	run(&c);
	assert_int_equal(c.attempts, 2);
	assert_str(c.err.code, "IncorrectState");
	assert_true(c.maybe_done);	/* it may be refused for what the lost one did */
	close_wire(NULL, 0);
}

static void pages_are_joined(void **state)
{
	const char *answers[] = {vpcs("vpc-1 vpc-2", "t1"), vpcs("", "t2"), vpcs("vpc-3", "")};
	struct call c = call("DescribeVpcs", false);
	struct str requests[4];

	(void)state;
	open_wire(answers, COUNT(answers));
	c.all_pages = true;
	run(&c);
	assert_true(c.ok);
	assert_int_equal(c.pages, 3);
	assert_int_equal(value_count(value_getc(c.output, "Vpcs")), 3);
	assert_str(value_text(value_path(c.output, STR("Vpcs[2].VpcId"))), "vpc-3");
	assert_null(value_getc(c.output, "NextToken"));
	assert_int_equal(close_wire(requests, 4), 3);
	assert_true(str_find(requests[2], STR("NextToken=t2"), 0) > 0);
	assert_true(str_find(requests[0], STR("NextToken"), 0) < 0);
}

static void pages_in_circles_end(void **state)
{
	const char *answers[] = {vpcs("vpc-1", "t"), vpcs("vpc-2", "t"), vpcs("vpc-3", "t")};
	struct call c = call("DescribeVpcs", false);

	(void)state;
	open_wire(answers, COUNT(answers));
	c.all_pages = true;
	run(&c);
	assert_false(c.ok);
	assert_str(c.err.code, "PaginationLoop");
	assert_int_equal(close_wire(NULL, 0), 2);
}

static void a_wrong_clock_is_put_right(void **state)
{
	const char *answers[] = {
		answer("400 Bad", "Date: Sun, 06 Nov 2044 08:49:37 GMT\r\n",
		       "<Response><Errors><Error><Code>RequestExpired</Code></Error></Errors></Response>"),
		answer("200 OK", "", "<CreateVpcResponse/>"),
	};
	struct call c = call("CreateVpc", true);
	struct str requests[4];

	(void)state;
	open_wire(answers, COUNT(answers));
	run(&c);
	assert_true(c.ok);
	assert_int_equal(close_wire(requests, 4), 2);
	assert_true(str_find(requests[1], STR("X-Amz-Date: 20441106T0849"), 0) > 0);
}

static void expired_credentials_are_fetched_once_more(void **state)
{
	const char *answers[] = {ec2_error("400 Bad", "ExpiredToken"), ec2_error("400 Bad", "ExpiredToken")};
	struct call c = call("DescribeVpcs", false);

	(void)state;
	open_wire(answers, COUNT(answers));
	run(&c);
	assert_false(c.ok);
	assert_str(c.err.code, "ExpiredToken");
	assert_true(c.err.help.n > 0);
	assert_int_equal(close_wire(NULL, 0), 2);
}

/* EC2's word for a session that is over, where the clock is right. */
static void an_expired_session_of_ec2(void **state)
{
	const char *answers[] = {ec2_error("400 Bad", "RequestExpired"), answer("200 OK", "", "<DescribeVpcsResponse/>"),
				 ec2_error("400 Bad", "AuthFailure")};
	struct call c = call("DescribeVpcs", false), d = call("DescribeVpcs", false);

	(void)state;
	open_wire(answers, COUNT(answers));
	run(&c);
	assert_true(c.ok);
	run(&d);
	assert_str(d.err.code, "AuthFailure");
	assert_int_equal(d.err.help.n, 0);
	assert_int_equal(close_wire(NULL, 0), 3);
}

static void what_cannot_be_sent(void **state)
{
	struct call c = call("CreateVpc", true), d = call("CreateVpc", true);
	struct place nowhere = {.name = STR("dr")};
	struct value *input = value_map(&arena, (struct pos){0});

	(void)state;
	open_wire(NULL, 0);
	unsetenv("AWS_REGION");
	unsetenv("AWS_DEFAULT_REGION");
	c.place = &nowhere;
	run(&c);
	assert_str(c.err.code, "NoRegion");
	value_set(&arena, input, STR("CidrBlok"), (struct pos){0}, value_string(&arena, (struct pos){0}, STR("x")));
	d.input = input;
	run(&d);
	assert_str(d.err.code, "InvalidRequest");
	assert_str(d.err.message, "the operation has no parameter 'CidrBlok'");
	assert_false(d.maybe_done);
	assert_int_equal(close_wire(NULL, 0), 0);
}

static void nobody_answers(void **state)
{
	struct call c = call("CreateVpc", true);

	(void)state;
	open_wire(NULL, 0);
	setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1", 1);
	c.timeout_ms = 500;
	run(&c);
	assert_str(c.err.code, "NoConnection");
	assert_int_equal(c.err.kind, ERR_NETWORK);
	assert_false(c.maybe_done);
	assert_true(c.attempts > 1);	/* nobody has seen it: it may be tried again */
	close_wire(NULL, 0);
}

static unsigned timers;

static void on_timer(void *ctx)
{
	(void)ctx;
	timers++;
}

static void settling(void **state)
{
	const char *answers[] = {ec2_error("503 Slow", "RequestLimitExceeded"), vpcs("vpc-1", "")};
	struct call c = call("DescribeVpcs", false), d = call("DescribeVpcs", false), e = call("DescribeVpcs", false);

	(void)state;
	open_wire(answers, COUNT(answers));
	left = 2;
	wire_start(wire, &c);
	while (!c.attempts)
		wire_poll(wire, 10);
	wire_after(wire, 3600000, on_timer, NULL);
	wire_start(wire, &d);		/* not sent yet */
	wire_settle(wire);
	while (left)
		wire_poll(wire, 1000);
	assert_int_equal(timers, 1);
	assert_false(c.ok);		/* throttled, and not tried again */
	assert_int_equal(c.attempts, 1);
	assert_false(c.maybe_done);
	assert_str(d.err.code, "Interrupted");
	assert_int_equal(d.attempts, 0);
	run(&e);			/* a clean-up call that comes later */
	assert_true(e.ok);
	assert_int_equal(close_wire(NULL, 0), 2);
}

static void secrets_stay_out_of_the_log(void **state)
{
	const char *answers[] = {answer("200 OK", "", "{\"ARN\":\"a\",\"SecretString\":\"answered-secret\"}"),
				 answer("400 Bad", "", "{\"__type\":\"InvalidRequestException\",\"message\":\"bad value asked-secret\"}")};
	struct call c = call("DescribeVpcs", false), d = c;
	struct value *input = value_map(&arena, (struct pos){0});
	int log[2];
	static char text[65536];
	ssize_t n;

	(void)state;
	open_wire(answers, COUNT(answers));
	assert_int_equal(pipe(log), 0);
	log_init(LOG_TRACE, log[1]);
	c.op = wire_op(STR("secretsmanager"), STR("GetSecretValue"));
	run(&c);
	assert_true(c.ok);
	assert_true(value_has_secret(c.output));
	value_set(&arena, input, STR("Name"), (struct pos){0}, value_string(&arena, (struct pos){0}, STR("n")));
	value_set(&arena, input, STR("SecretString"), (struct pos){0}, value_string(&arena, (struct pos){0}, STR("asked-secret")));
	d.op = wire_op(STR("secretsmanager"), STR("CreateSecret"));
	d.input = input;
	run(&d);
	assert_str(d.err.message, "bad value (secret)");
	log_init(LOG_QUIET, 2);
	close(log[1]);
	n = read(log[0], text, sizeof text - 1);
	close(log[0]);
	assert_true(n > 0);
	assert_non_null(strstr(text, "secretsmanager:GetSecretValue eu-west-1 200"));
	assert_null(strstr(text, "answered-secret"));
	assert_null(strstr(text, "asked-secret"));
	assert_null(strstr(text, "Signature="));
	assert_null(strstr(text, "region/"));
	close_wire(NULL, 0);
	log_reset();
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
		cmocka_unit_test(a_read_is_repeated),
		cmocka_unit_test(a_change_is_sent_once),
		cmocka_unit_test(a_change_with_a_doubtful_end),
		cmocka_unit_test(a_token_makes_a_change_safe),
		cmocka_unit_test(doubt_stays_until_it_is_settled),
		cmocka_unit_test(a_refused_repetition_settles_nothing),
		cmocka_unit_test(pages_are_joined),
		cmocka_unit_test(pages_in_circles_end),
		cmocka_unit_test(a_wrong_clock_is_put_right),
		cmocka_unit_test(expired_credentials_are_fetched_once_more),
		cmocka_unit_test(an_expired_session_of_ec2),
		cmocka_unit_test(what_cannot_be_sent),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(settling),
		cmocka_unit_test(secrets_stay_out_of_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
