/* Verbs and checks on whole servers and records: what they do, how long they take, what they refuse, and how they fail. */
#include "tests/unit/simstage.h"

#define RECORD "AWS::Route53::RecordSet"
#define CHOICE "\"Servers\": {\"Tags\": {\"Project\": \"app\"}}"

static struct stage s;
static struct place places[2];

static struct work *ask(enum work_kind kind, const char *name, size_t where, const char *args)
{
	struct work *w = work_new(&s, kind, NULL);

	w->name = str_of(name);
	w->place = &places[where];
	w->places = places;
	w->n_places = 2;
	w->desired = json(&s, args);
	return run(&s, w);
}

static struct str told(const struct work *w)
{
	return value_text(value_getc(w->result, "Detail"));
}

/* A verb that must be done. */
static struct str done(const char *name, size_t where, const char *args)
{
	struct work *w = ask(WORK_VERB, name, where, args);

	if (w->state != WORK_OK)
		fail_msg("%s: %.*s: %.*s", name, STR_ARG(w->err.code), STR_ARG(w->err.message));
	return told(w);
}

static bool holds(const char *name, size_t where, const char *args)
{
	struct work *w = ask(WORK_PROBE, name, where, args);
	bool yes = false;

	assert_int_equal(w->state, WORK_OK);
	assert_true(value_as_bool(value_getc(w->result, "Holds"), &yes));
	return yes;
}

static bool in_state(const char *state, size_t where)
{
	return holds("Replication", where, str_fmt(&s.arena, "{" CHOICE ", \"Is\": \"%s\"}", state).p);
}

static void server(const char *host, const char *tier)
{
	struct str text = str_fmt(&s.arena,
				  "{\"Hostname\": \"%s\", \"OriginRegion\": \"us-east-1\", \"Lag\": \"2s500ms\", "
				  "\"Tags\": {\"Project\": \"app\", \"Tier\": \"%s\"}}",
				  host, tier);

	assert_true(
	    sim_seed(s.p, &places[1], STR("AWS::DRS::SourceServer"), json(&s, text.p), &s.arena, NULL, &s.errs));
}

static int setup(void **state)
{
	(void)state;
	stage_open(&s, NULL, NULL);
	places[0] = (struct place){.name = STR("primary"), .region = STR("us-east-1")};
	places[1] = (struct place){.name = STR("dr"), .region = STR("us-west-2")};
	for (size_t i = 0; i < 2; i++) {
		s.place = places[i];
		made(&s, "DR::DRS::Service", json(&s, "{}"));
	}
	server("db-1", "database");
	server("web-1", "web");
	server("web-2", "web");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stage_close(&s);
	return 0;
}

static void test_recover(void **state)
{
	struct work *w;

	(void)state;
	w = ask(WORK_VERB, "Recover", 1, "{" CHOICE ", \"Tiers\": [\"database\", \"web\"]}");
	assert_string_equal(told(w).p, "3 servers run");
	assert_true(s.took >= 2 * 420000 && s.took < 2 * 420000 + 5000); /* a job for each tier */
	assert_true(holds("State", 1, "{" CHOICE ", \"Is\": \"running\"}"));
	assert_true(holds("Tcp", 1, "{" CHOICE ", \"Port\": 5432}"));
	done("Recover", 1, "{" CHOICE "}");
	assert_true(s.took < 5000); /* they run: nothing is launched anew */
	w = ask(WORK_VERB, "Recover", 1, "{" CHOICE ", \"Tiers\": [\"database\"]}");
	assert_string_equal(value_text(value_at(value_getc(w->result, "Excepts"), 0)).p,
			    "web-1 was not recovered: no tier is called 'web'");
}

static void test_recover_refused(void **state)
{
	(void)state;
	assert_refused(ask(WORK_VERB, "Recover", 1, "{\"Servers\": {}}"), "ValidationError");
	assert_refused(ask(WORK_VERB, "Recover", 1, "{\"Servers\": {\"Tags\": {\"Project\": \"else\"}}}"),
		       "ValidationError");
	assert_refused(ask(WORK_VERB, "Recover", 1, "{" CHOICE ", \"PointInTime\": \"yesterday\"}"), "ValidationError");
	done("Recover", 1, "{" CHOICE "}");
	assert_refused(ask(WORK_VERB, "Recover", 1, "{" CHOICE ", \"Drill\": true}"), "ConflictException");
	places[1].region = STR("eu-west-1");
	assert_refused(ask(WORK_VERB, "Recover", 1, "{" CHOICE "}"), "UninitializedAccountException");
}

static void test_drill(void **state)
{
	struct str vpc, subnet;

	(void)state;
	s.place = places[1];
	vpc = a_vpc(&s);
	subnet = made(&s, SUBNET, with_id(&s, "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.1.0.0/24\"}", vpc));
	done("Recover", 1,
	     str_fmt(&s.arena,
		     "{" CHOICE ", \"Drill\": true, \"Subnet\": {\"Address\": \"Sub\", \"Type\": \"" SUBNET
		     "\", \"Id\": \"%.*s\", \"Target\": \"dr\"}}",
		     STR_ARG(subnet))
		 .p);
	assert_true(holds("State", 1, "{" CHOICE ", \"Is\": \"running\", \"Drill\": true}"));
	assert_false(holds("State", 1, "{" CHOICE ", \"Is\": \"running\"}"));
	assert_refused(removed(&s, SUBNET, subnet), "DependencyViolation");
	assert_string_equal(done("CleanUp", 1, "{\"RecoveryInstances\": {\"Tags\": {\"Project\": \"app\"}}}").p,
			    "0 recovery instances were removed"); /* without Drill only real ones are meant */
	done("CleanUp", 1, "{\"RecoveryInstances\": {\"Drill\": true, \"Tags\": {\"Project\": \"app\"}}}");
	assert_int_equal(removed(&s, SUBNET, subnet)->state, WORK_OK);
}

/* There and back: who replicates where after each step. */
static void test_failback(void **state)
{
	(void)state;
	assert_refused(ask(WORK_VERB, "ReverseReplication", 1, "{\"From\": \"dr\", \"To\": \"primary\", " CHOICE "}"),
		       "ConflictException");
	assert_string_equal(done("Fence", 0, "{" CHOICE "}").p, "3 servers are stopped");
	assert_true(s.took >= 60000 && in_state("STALLED", 1));
	done("Fence", 0, "{" CHOICE "}");
	assert_true(s.took < 5000);
	done("Recover", 1, "{" CHOICE "}");
	done("ReverseReplication", 1, "{\"From\": \"dr\", \"To\": \"primary\", " CHOICE "}");
	assert_true(in_state("INITIAL_SYNC", 0) && in_state("STOPPED", 1));
	assert_refused(ask(WORK_VERB, "Recover", 0, "{" CHOICE "}"), "ConflictException"); /* no snapshot yet */
	sim_advance(s.p, 3600000);
	assert_true(in_state("CONTINUOUS", 0));
	assert_string_equal(done("Fence", 1, "{" CHOICE "}").p, "3 servers are stopped");
	assert_true(in_state("STALLED", 0));
	done("Recover", 0, "{" CHOICE "}");
	done("ReverseReplication", 0, "{\"From\": \"primary\", \"To\": \"dr\", " CHOICE "}");
	done("CleanUp", 1, "{\"RecoveryInstances\": {\"Tags\": {\"Project\": \"app\"}}, \"Disconnect\": true}");
	sim_advance(s.p, 3600000 + 300000);
	assert_true(in_state("CONTINUOUS", 1));
}

static void test_replication(void **state)
{
	struct work *w;

	(void)state;
	assert_true(
	    holds("Replication", 1, "{" CHOICE ", \"Is\": \"CONTINUOUS\", \"LagBelow\": \"1m\", \"AtLeast\": 3}"));
	assert_false(holds("Replication", 1, "{" CHOICE ", \"LagBelow\": \"1s\"}"));
	assert_false(holds("Replication", 1, "{" CHOICE ", \"AtLeast\": 4}"));
	w = ask(WORK_PROBE, "Replication", 1, "{" CHOICE ", \"Value\": \"LagDuration\"}");
	assert_string_equal(value_text(value_getc(w->result, "Value")).p, "2.5");
}

static void test_faults(void **state)
{
	struct sim_fault f = {.type = STR("Recover"), .operation = STR("verb"), .nth = 1, .kind = STR("fail")};
	struct work *w;

	(void)state;
	assert_true(sim_fault(s.p, &f, &s.errs));
	done("Fence", 0, "{" CHOICE "}"); /* not meant */
	w = ask(WORK_VERB, "Recover", 1, "{" CHOICE "}");
	assert_refused(w, "VerbFailed");
	assert_true(s.took >= 420000); /* it failed at the end, and nothing was launched */
	assert_false(holds("State", 1, "{" CHOICE ", \"Is\": \"running\"}"));
	f.kind = STR("drop-after");
	assert_true(sim_fault(s.p, &f, &s.errs));
	done("Recover", 1, "{" CHOICE "}"); /* the answer was lost: it looks again, and waits for what it began */
	assert_true(s.took >= 420000 && s.took < 430000);
	assert_int_equal(sim_faults_unmet(s.p), 0);
}

static void test_seeds(void **state)
{
	struct value *file =
	    json(&s, "{\"Resources\": [{\"Region\": \"us-west-2\", \"Type\": \"AWS::DRS::SourceServer\", "
		     "\"Properties\": {\"Hostname\": \"new\", \"OriginRegion\": \"us-east-1\"}}], "
		     "\"Answers\": [{\"Kind\": \"endpoint\", \"Name\": \"app.example.com\", "
		     "\"Value\": \"us-west-2\"}]}");
	const char *url = "{\"Url\": \"https://app.example.com/health\", \"Status\": 503}";

	(void)state;
	assert_true(sim_seeds(s.p, file, &s.errs));
	assert_true(sim_seeds(s.p, file, &s.errs)); /* again: it is there */
	assert_int_equal(sim_count(s.p, STR("AWS::DRS::SourceServer")), 4);
	assert_true(holds("Http", 1, url));
	done("Recover", 1, "{" CHOICE "}");
	assert_false(holds("Http", 1, url)); /* 200: servers run there */
	assert_false(sim_seeds(s.p, json(&s, "{\"Resource\": []}"), &s.errs));
	assert_false(sim_seeds(s.p,
			       json(&s, "{\"Resources\": [{\"Region\": \"us-west-2\", \"Type\": "
					"\"AWS::DRS::SourceServer\", \"Properties\": {\"Hostname\": \"new\", "
					"\"OriginRegion\": \"us-east-1\", \"Stat\": \"STALLED\"}}]}"),
			       &s.errs));
}

static struct str a_record(struct str zone, const char *set, const char *weight)
{
	return made(&s, RECORD,
		    json(&s, str_fmt(&s.arena,
				     "{\"HostedZoneId\": \"%.*s\", \"Name\": \"app.example.com\", \"Type\": \"CNAME\", "
				     "\"TTL\": \"60\", \"SetIdentifier\": \"%s\", \"Weight\": %s, "
				     "\"ResourceRecords\": [\"%s.example.com\"]}",
				     STR_ARG(zone), set, weight, set)
				 .p));
}

static struct str weight_of(struct str id)
{
	return value_text(value_getc(seen(&s, RECORD, id)->live, "Weight"));
}

static void test_records(void **state)
{
	struct str zone = made(&s, "AWS::Route53::HostedZone", json(&s, "{\"Name\": \"example.com\"}"));
	struct str here = a_record(zone, "primary", "100"), there = a_record(zone, "dr", "0");
	const char *args = str_fmt(&s.arena,
				   "{\"Record\": {\"Address\": \"R\", \"Type\": \"" RECORD
				   "\", \"Id\": \"%.*s\", \"Target\": \"dr\"}, \"To\": \"dr\"}",
				   STR_ARG(here))
			       .p;
	struct work *w = work_new(&s, WORK_VERB, NULL);

	(void)state;
	assert_refused(ask(WORK_VERB, "Dns", 1, args), "ValidationError"); /* the control plane is not allowed */
	assert_false(holds("Dns", 1, args));
	*w = (struct work){.kind = WORK_VERB,
			   .name = STR("Dns"),
			   .place = &places[1],
			   .places = places,
			   .n_places = 2,
			   .desired = json(&s, args),
			   .control_plane = true};
	assert_int_equal(run(&s, w)->state, WORK_OK);
	assert_true(s.took >= 60000 && holds("Dns", 1, args));
	assert_string_equal(weight_of(here).p, "0");
	assert_string_equal(weight_of(there).p, "100");
}

static void test_call(void **state)
{
	(void)state;
	done("Call", 1,
	     "{\"Service\": \"rds\", \"Operation\": \"RebootDBCluster\", \"Parameters\": "
	     "{\"DBClusterIdentifier\": \"x\"}}");
	assert_refused(ask(WORK_VERB, "Call", 1,
			   "{\"Service\": \"rds\", \"Operation\": \"RebootDBCluster\", \"Parameters\": "
			   "{\"Cluster\": \"x\"}}"),
		       "ValidationError");
	assert_refused(ask(WORK_VERB, "Call", 1, "{\"Service\": \"rds\", \"Operation\": \"Nonsense\"}"),
		       "ValidationError");
}

#define ASG "AWS::AutoScaling::AutoScalingGroup"

static struct value *group(struct str template, const char *min, const char *max, const char *more)
{
	return json(&s, str_fmt(&s.arena,
				"{\"AutoScalingGroupName\": \"g\", \"MinSize\": \"%s\", \"MaxSize\": \"%s\", "
				"\"LaunchTemplate\": {\"LaunchTemplateId\": \"%.*s\", \"Version\": \"1\"}, "
				"\"AvailabilityZones\": [\"us-west-2a\"]%s}",
				min, max, STR_ARG(template), more)
			    .p);
}

static struct str desired_of(struct str id)
{
	return value_text(value_getc(seen(&s, ASG, id)->live, "DesiredCapacity"));
}

static void test_group_moves_into_its_bounds(void **state)
{
	struct str template = made(&s, "AWS::EC2::LaunchTemplate",
				   json(&s, "{\"LaunchTemplateData\": {\"InstanceType\": \"t3.micro\"}}"));
	struct value *small = group(template, "1", "4", ""), *more = group(template, "3", "4", ""),
		     *less = group(template, "0", "2", "");
	struct str id = made(&s, ASG, small);

	(void)state;
	assert_string_equal(desired_of(id).p, "1");
	changed(&s, ASG, id, small, more);
	assert_string_equal(desired_of(id).p, "3");
	changed(&s, ASG, id, more, less);
	assert_string_equal(desired_of(id).p, "2");
	assert_refused(changed(&s, ASG, id, less, group(template, "0", "2", ", \"DesiredCapacity\": \"5\"")),
		       "ValidationError");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_recover, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_recover_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_drill, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_failback, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_replication, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_seeds, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_records, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_call, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_group_moves_into_its_bounds, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
