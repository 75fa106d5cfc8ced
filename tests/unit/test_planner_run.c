/* Whole runs on the simulator: apply, clean again, change, replace, drift, failure, recovery, destroy. */
#include "tests/unit/planstage.h"

#include "base/json.h"

#define HEAD "Stack: t\nResources:\n"
#define VPC "  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.1.0.0/16, Tags: [{Key: Name, Value: dr}]}}\n"
#define SUBNET "  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.1.0.0/24}}\n"
#define GROUP                                                                                                          \
	"  Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !Ref Vpc, GroupDescription: web, SecurityGroupIngress: " \
	"[{IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0}]}}\n"
#define RULE                                                                                                           \
	"  Rule: {Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: !GetAtt Group.GroupId, IpProtocol: tcp, "    \
	"FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8}}\n"
#define LOGS "  Logs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 7}}\n"

static struct state_row *rows_of(struct stage *s, size_t *n)
{
	struct state_row *rows;
	assert_true(state_rows(s->env.state, &s->arena, &rows, n, &s->errs));
	return rows;
}

static struct str id_of(struct stage *s, const char *address)
{
	size_t n;
	struct state_row *rows = rows_of(s, &n);
	for (size_t i = 0; i < n; i++)
		if (str_eqc(rows[i].address, address) && rows[i].generation == 0)
			return rows[i].id;
	return STR_NONE;
}

static size_t living(struct stage *s, const char *type)
{
	return sim_count(s->env.provider, str_of(type));
}

static void destroy(struct stage *s, const char *yaml)
{
	s->opt = (struct plan_options){.destroy = true};
	must(s, stage_apply(s, yaml));
	s->opt = (struct plan_options){0};
	size_t n;
	rows_of(s, &n);
	assert_int_equal(n, 0);
	assert_int_equal(living(s, "AWS::EC2::VPC") + living(s, "AWS::EC2::Subnet") + living(s, "AWS::Logs::LogGroup"), 0);
}

static void test_whole_life(void **state)
{
	struct stage *s = *state;
	const char *yaml = HEAD VPC SUBNET GROUP RULE LOGS "Outputs: {Id: {Value: !Ref Vpc}}\n";
	must(s, stage_apply(s, yaml));
	assert_int_equal(s->result.created, 5);
	struct state_output *out;
	size_t n;
	assert_true(state_outputs(s->env.state, &s->arena, &out, &n, &s->errs));
	assert_true(n == 1 && str_eq(value_text(out[0].value), id_of(s, "Vpc")));
	must_be_clean(s, yaml);
	must(s, stage_run(s));
	must_be_clean(s, yaml);
	destroy(s, yaml);
}

static void test_update_and_removal(void **state)
{
	struct stage *s = *state;
	must(s, stage_apply(s, HEAD VPC SUBNET LOGS));
	const char *changed = HEAD "  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.1.0.0/16, Tags: [{Key: Env, Value: p}]}}\n"
				   "  Logs: {Type: AWS::Logs::LogGroup}\n";
	must(s, stage_plan(s, changed));
	assert_int_equal(stage_action(s, "Vpc"), ACT_UPDATE);
	assert_int_equal(stage_action(s, "Logs"), ACT_UPDATE);
	assert_int_equal(stage_action(s, "Subnet"), ACT_DELETE);
	assert_int_equal(stage_change(s, "Vpc")->n_props, 2);
	must(s, stage_run(s));
	must_be_clean(s, changed);
	destroy(s, changed);
}

static void test_replacement_makes_first(void **state)
{
	struct stage *s = *state;
	must(s, stage_apply(s, HEAD VPC SUBNET));
	struct str vpc = id_of(s, "Vpc");
	const char *moved = HEAD "  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.9.0.0/16}}\n"
				 "  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.9.0.0/24}}\n";
	must(s, stage_plan(s, moved));
	assert_int_equal(stage_action(s, "Vpc"), ACT_REPLACE);
	assert_true(stage_change(s, "Vpc")->create_first && stage_change(s, "Subnet")->create_first);
	assert_int_equal(stage_change(s, "Subnet")->reason, WHY_CREATE_ONLY);
	must(s, stage_run(s));
	assert_int_equal(s->result.replaced, 2);
	assert_false(str_eq(vpc, id_of(s, "Vpc")));
	assert_int_equal(living(s, "AWS::EC2::VPC"), 1);
	must_be_clean(s, moved);
	destroy(s, moved);
}

/* Two subnets of one VPC cannot have the same range: the replacement that keeps it deletes first. */
static void test_replacement_deletes_first(void **state)
{
	struct stage *s = *state;
	must(s, stage_apply(s, HEAD VPC SUBNET));
	const char *zone = HEAD VPC "  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.1.0.0/24, "
				    "AvailabilityZone: us-west-2b}}\n";
	must(s, stage_plan(s, zone));
	assert_int_equal(stage_action(s, "Subnet"), ACT_REPLACE);
	assert_false(stage_change(s, "Subnet")->create_first);
	assert_true(stage_change(s, "Subnet")->irreversible);
	must(s, stage_run(s));
	must_be_clean(s, zone);
	destroy(s, zone);
}

static void test_requested_replacement(void **state)
{
	struct stage *s = *state;
	struct str logs = STR("Logs");
	must(s, stage_apply(s, HEAD LOGS));
	struct str first = id_of(s, "Logs");
	s->opt.replaces = &logs;
	s->opt.n_replaces = 1;
	must(s, stage_apply(s, HEAD LOGS));
	assert_int_equal(s->result.replaced, 1);
	assert_false(str_eq(first, id_of(s, "Logs")));
	s->opt = (struct plan_options){0};
	must_be_clean(s, HEAD LOGS);
	destroy(s, HEAD LOGS);
}

static void test_drift_is_repaired(void **state)
{
	struct stage *s = *state;
	const char *yaml = HEAD VPC SUBNET GROUP RULE LOGS;
	must(s, stage_apply(s, yaml));
	const struct place *place = &s->env.places[0];
	struct value *days = value_int(&s->arena, (struct pos){0}, 30);
	must(s, sim_alter(s->env.provider, place, STR("AWS::Logs::LogGroup"), id_of(s, "Logs"), STR("RetentionInDays"), days, &s->errs));
	must(s, sim_vanish(s->env.provider, place, STR("AWS::EC2::Subnet"), id_of(s, "Subnet"), &s->errs));
	must(s, sim_alter(s->env.provider, place, STR("AWS::EC2::VPC"), id_of(s, "Vpc"), STR("Tags"), NULL, &s->errs));
	must(s, stage_plan(s, yaml));
	assert_int_equal(stage_action(s, "Logs"), ACT_UPDATE);
	assert_true(stage_change(s, "Logs")->props[0].drift);
	assert_int_equal(stage_action(s, "Subnet"), ACT_CREATE);
	assert_int_equal(stage_change(s, "Subnet")->reason, WHY_GONE);
	assert_int_equal(stage_action(s, "Vpc"), ACT_UPDATE);
	assert_int_equal(stage_action(s, "Group"), ACT_NONE);
	must(s, stage_run(s));
	must_be_clean(s, yaml);
	destroy(s, yaml);
}

static void test_refresh_only_changes_nothing(void **state)
{
	struct stage *s = *state;
	must(s, stage_apply(s, HEAD LOGS));
	struct value *days = value_int(&s->arena, (struct pos){0}, 30);
	must(s, sim_alter(s->env.provider, &s->env.places[0], STR("AWS::Logs::LogGroup"), id_of(s, "Logs"), STR("RetentionInDays"), days, &s->errs));
	s->opt.refresh_only = true;
	must(s, stage_plan(s, HEAD LOGS));
	assert_true(plan_empty(s->plan) && !s->plan->applyable);
	assert_int_equal(stage_change(s, "Logs")->n_noted, 1);
	s->opt = (struct plan_options){.no_refresh = true};
	must(s, stage_plan(s, HEAD LOGS));
	assert_true(plan_empty(s->plan));
	s->opt = (struct plan_options){0};
	must(s, stage_plan(s, HEAD LOGS));
	assert_false(plan_empty(s->plan));
}

static const enum on_failure pause_it = FAIL_PAUSE;

static void test_failure_stops_and_resumes(void **state)
{
	struct stage *s = *state;
	s->run.on_failure = &pause_it;
	const char *yaml = HEAD VPC SUBNET LOGS;
	must(s, stage_plan(s, yaml));
	struct sim_fault f = {.type = STR("AWS::EC2::Subnet"), .operation = STR("create"), .nth = 1, .kind = STR("error"),
			      .code = STR("SubnetLimitExceeded"), .message = STR("no more subnets")};
	must(s, sim_fault(s->env.provider, &f, &s->errs));
	assert_false(stage_run(s));
	assert_int_equal(s->result.outcome, RUN_FAILED);
	assert_int_equal(s->result.failed, 1);
	assert_int_equal(s->result.skipped, 1);
	assert_true(stage_said(s, "no more subnets"));
	assert_int_equal(id_of(s, "Vpc").n > 0, 1);
	struct intent *open;
	size_t n;
	assert_true(state_open_intents(s->env.state, &s->arena, &open, &n, &s->errs));
	assert_int_equal(n, 0);
	must(s, stage_apply(s, yaml));
	assert_int_equal(s->result.created, 2);
	must_be_clean(s, yaml);
	destroy(s, yaml);
}

/* The connection is lost: before anything was done, and after. The next run knows which. */
static void test_lost_answers_are_found(void **state)
{
	static const char *const kinds[] = {"drop-before", "drop-after"};
	struct stage *s = *state;
	s->run.on_failure = &pause_it;
	const char *yaml = HEAD VPC SUBNET LOGS;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		must(s, stage_plan(s, yaml));
		struct sim_fault f = {.type = STR("AWS::EC2::VPC"), .operation = STR("create"), .nth = 1, .kind = str_of(kinds[i])};
		must(s, sim_fault(s->env.provider, &f, &s->errs));
		assert_false(stage_run(s));
		must(s, stage_apply(s, yaml));
		assert_int_equal(living(s, "AWS::EC2::VPC"), 1);
		must_be_clean(s, yaml);
		destroy(s, yaml);
	}
}

static void test_undecided_stops_its_resource(void **state)
{
	struct stage *s = *state;
	s->run.on_failure = &pause_it;
	const char *yaml = HEAD VPC SUBNET LOGS;
	must(s, stage_plan(s, yaml));
	struct sim_fault f = {.type = STR("AWS::EC2::VPC"), .operation = STR("create"), .nth = 1, .kind = STR("drop-after")};
	must(s, sim_fault(s->env.provider, &f, &s->errs));
	assert_false(stage_run(s));
	f = (struct sim_fault){.operation = STR("recover"), .kind = STR("unknown"), .times = 1, .nth = 1};
	must(s, sim_fault(s->env.provider, &f, &s->errs));
	must(s, stage_plan(s, yaml));
	assert_true(stage_said(s, "cannot be decided"));
	assert_true(s->plan->partial);
	assert_int_equal(stage_action(s, "Vpc"), ACT_NONE);
	assert_int_equal(stage_action(s, "Subnet"), ACT_NONE);
	must(s, stage_apply(s, yaml));
	assert_int_equal(living(s, "AWS::EC2::VPC"), 1);
	must_be_clean(s, yaml);
	destroy(s, yaml);
}

static void test_retained_is_forgotten(void **state)
{
	struct stage *s = *state;
	const char *kept = HEAD "  Logs: {Type: AWS::Logs::LogGroup, DeletionPolicy: Retain, Properties: {LogGroupName: keep}}\n";
	must(s, stage_apply(s, kept));
	s->opt.destroy = true;
	must(s, stage_plan(s, kept));
	assert_int_equal(stage_action(s, "Logs"), ACT_FORGET);
	must(s, stage_run(s));
	assert_int_equal(living(s, "AWS::Logs::LogGroup"), 1);
	size_t n;
	struct state_row *rows = rows_of(s, &n);
	assert_true(n == 1 && rows[0].status == ROW_KEPT && rows[0].generation > 0);
	must(s, stage_plan(s, kept));
	assert_true(plan_empty(s->plan));
}

static void test_targets_and_phases(void **state)
{
	struct stage *s = *state;
	struct str subnet = STR("Subnet"), vpc = STR("Vpc"), nothing = STR("Subnett");
	const char *yaml = HEAD VPC SUBNET GROUP LOGS;
	s->opt = (struct plan_options){.targets = &subnet, .n_targets = 1};
	must(s, stage_plan(s, yaml));
	assert_true(s->plan->totals.create == 2 && s->plan->partial);
	s->opt = (struct plan_options){.excludes = &vpc, .n_excludes = 1};
	must(s, stage_plan(s, yaml));
	assert_int_equal(s->plan->totals.create, 1);
	s->opt = (struct plan_options){.targets = &nothing, .n_targets = 1};
	assert_false(stage_plan(s, yaml));
	assert_true(stage_said(s, "(did you mean 'Subnet'?)"));
	s->opt = (struct plan_options){.phase = STR("security")};
	assert_false(stage_plan(s, yaml));
	assert_true(stage_said(s, "of the earlier phase networking"));
	s->opt = (struct plan_options){.phase = STR("networking")};
	must(s, stage_apply(s, yaml));
	assert_int_equal(s->result.created, 2);
	s->opt = (struct plan_options){.phase = STR("security")};
	must(s, stage_apply(s, yaml));
	assert_int_equal(s->result.created, 1);
	s->opt = (struct plan_options){0};
	must(s, stage_apply(s, yaml));
	must_be_clean(s, yaml);
	destroy(s, yaml);
}

/* One phase alone is replaced while a later one still uses the old: it stays, is shown, and goes with the last use. */
static void test_phase_defers_deletion(void **state)
{
	struct stage *s = *state;
	const char *moved = HEAD "  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.9.0.0/16}}\n" GROUP;
	must(s, stage_apply(s, HEAD VPC GROUP));
	s->opt.phase = STR("networking");
	must(s, stage_apply(s, moved));
	assert_int_equal(s->result.replaced, 1);
	assert_int_equal(living(s, "AWS::EC2::VPC"), 2);
	must(s, stage_plan(s, moved));
	assert_true(plan_empty(s->plan));
	s->opt = (struct plan_options){0};
	must(s, stage_plan(s, moved));
	assert_int_equal(stage_action(s, "Group"), ACT_REPLACE);
	assert_true(s->plan->totals.remove == 1 && s->plan->totals.replace == 1);
	must(s, stage_run(s));
	assert_int_equal(living(s, "AWS::EC2::VPC"), 1);
	must_be_clean(s, moved);
	destroy(s, moved);
}

static void test_saved_plan_runs_once(void **state)
{
	struct stage *s = *state;
	const char *yaml = "Stack: t\nParameters: {Secret: {Type: String, NoEcho: true, Default: hunter2hunter2}}\nResources:\n" VPC SUBNET
			   "  Logs: {Type: AWS::Logs::LogGroup, Properties: {Tags: [{Key: S, Value: !Ref Secret}]}}\n"
			   "Outputs: {Id: {Value: !Ref Vpc}}\n";
	const char *file = stage_path(s, "plan.json");
	must(s, stage_plan(s, yaml));
	must(s, planfile_write(s->plan, file, &s->errs));
	must(s, state_commit(s->env.state, &s->errs));
	assert_int_equal(str_find(stage_read(s, file), STR("hunter2"), 0), -1);
	assert_true(planfile_is(file));
	for (int round = 0; round < 2; round++) {
		must(s, stage_open(s, yaml));
		s->plan = planfile_read(&s->arena, file, &s->errs);
		assert_non_null(s->plan);
		bool bound = planfile_bind(s->plan, &s->env, &s->errs);
		assert_int_equal(bound, round == 0);
		if (bound)
			must(s, stage_run(s));
	}
	assert_true(stage_said(s, "it was carried out before"));
	must_be_clean(s, yaml);
	must(s, planfile_write(s->plan, file, &s->errs));
	destroy(s, yaml);
	must(s, stage_open(s, yaml));
	s->plan = planfile_read(&s->arena, file, &s->errs);
	assert_false(planfile_bind(s->plan, &s->env, &s->errs));
	assert_true(stage_said(s, "stale"));
}

static void test_altered_plan_is_refused(void **state)
{
	struct stage *s = *state;
	const char *file = stage_path(s, "plan.json");
	must(s, stage_plan(s, HEAD VPC));
	must(s, planfile_write(s->plan, file, &s->errs));
	struct str text = stage_read(s, file);
	int fd = open(file, O_WRONLY);
	assert_int_equal(pwrite(fd, "2", 1, str_find(text, STR("10.1.0.0"), 0) + 3), 1);
	close(fd);
	assert_null(planfile_read(&s->arena, file, &s->errs));
	assert_true(stage_said(s, "altered"));
}

static bool always(void)
{
	return true;
}

static void test_interrupt_leaves_a_resumable_state(void **state)
{
	struct stage *s = *state;
	const char *yaml = HEAD VPC SUBNET LOGS;
	must(s, stage_plan(s, yaml));
	s->run.interrupted = always;
	assert_false(stage_run(s));
	assert_int_equal(s->result.outcome, RUN_INTERRUPTED);
	s->run.interrupted = NULL;
	must(s, stage_apply(s, yaml));
	must_be_clean(s, yaml);
	destroy(s, yaml);
}

/* A lookup is read and not owned; what is made of it is clean; destroy leaves it. */
static void test_lookup(void **state)
{
	struct stage *s = *state;
	must(s, stage_open(s, HEAD VPC));
	struct value *props = value_map(&s->arena, (struct pos){0});
	struct str id;
	value_set(&s->arena, props, STR("CidrBlock"), (struct pos){0}, value_string(&s->arena, (struct pos){0}, STR("10.7.0.0/16")));
	must(s, sim_seed(s->env.provider, &s->env.places[0], STR("AWS::EC2::VPC"), props, &s->arena, &id, &s->errs));
	struct str yaml = str_fmt(&s->arena, "Stack: t\nLookups:\n  Theirs: {Type: AWS::EC2::VPC, Match: {Id: %.*s}}\nResources:\n"
					     "  Net: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Theirs, CidrBlock: 10.7.1.0/24}}\n",
				  STR_ARG(id));
	must(s, stage_apply(s, yaml.p));
	assert_int_equal(s->result.created, 1);
	must_be_clean(s, yaml.p);
	s->opt.destroy = true;
	must(s, stage_apply(s, yaml.p));
	assert_int_equal(living(s, "AWS::EC2::VPC"), 1);
	assert_int_equal(living(s, "AWS::EC2::Subnet"), 0);
}

static void test_json_plan(void **state)
{
	struct stage *s = *state;
	must(s, stage_apply(s, HEAD VPC SUBNET));
	must(s, stage_plan(s, HEAD "  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.9.0.0/16}}\n"
				   "  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.9.0.0/24}}\n"));
	struct buf b;
	buf_init(&b, 1 << 20);
	plan_json(s->plan, &b);
	struct value *doc = json_read(&s->arena, buf_get(&b), 0, &s->errs);
	buf_free(&b);
	assert_non_null(doc);
	assert_str(value_text(value_getc(doc, "format_version")), "1.2");
	struct value *change = value_path(doc, STR("resource_changes[1].change"));
	assert_str(value_text(value_path(doc, STR("resource_changes[1].address"))), "Subnet");
	assert_str(value_text(value_path(change, STR("actions[0]"))), "create");
	assert_str(value_text(value_path(change, STR("actions[1]"))), "delete");
	assert_null(value_path(change, STR("after.VpcId")));
	assert_true(value_path(change, STR("after_unknown.VpcId"))->boolean);
	assert_str(value_text(value_path(change, STR("replace_paths[0][0]"))), "VpcId");
	assert_int_equal(value_count(value_getc(doc, "resource_drift")), 0);
}

/* The same thing under another name: two cannot coexist, so the old one goes before the new one is made, with what uses it. */
static void test_what_is_taken_over_goes_first(void **state)
{
#define NAT(eip, nat, subnet)                                                                                          \
	"  " eip ": {Type: AWS::EC2::EIP, Properties: {Domain: vpc}}\n"                                                    \
	"  " nat ": {Type: AWS::EC2::NatGateway, DependsOn: Open, Properties: {AllocationId: !GetAtt " eip ".AllocationId, SubnetId: !Ref "  \
	subnet "}}\n"
#define IN_PHASE(name, cidr, phase)                                                                                    \
	"  " name ": {Type: AWS::EC2::Subnet, Phase: " phase ", Properties: {VpcId: !Ref Vpc, CidrBlock: " cidr "}}\n"
#define PHASES "Stack: t\nPhases: [{Name: net}, {Name: app}]\nDefaults: {Phase: net}\nResources:\n" VPC
#define DOOR                                                                                                           \
	"  Door: {Type: AWS::EC2::InternetGateway}\n"                                                                     \
	"  Open: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Door}}\n"
	static const char *const stacks[] = {
		HEAD VPC DOOR SUBNET NAT("Address", "Nat", "Subnet"),
		HEAD VPC DOOR SUBNET NAT("Address", "Other", "Subnet"),
		HEAD VPC DOOR "  Moved: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.1.0.0/24}}\n"
		NAT("Address", "Other", "Moved"),
		PHASES IN_PHASE("A", "10.1.0.0/24", "app"),
		PHASES IN_PHASE("B", "10.1.0.0/24", "net"),
		PHASES IN_PHASE("B", "10.1.1.0/24", "net") IN_PHASE("C", "10.1.0.0/24", "app"),
		PHASES IN_PHASE("B", "10.1.2.0/24", "net") IN_PHASE("D", "10.1.1.0/24", "net"),
	};
	struct stage *s = *state;
	for (size_t i = 0; i < COUNT(stacks); i++) {
		must(s, stage_apply(s, stacks[i]));
		must_be_clean(s, stacks[i]);
	}
	assert_int_equal(living(s, "AWS::EC2::Subnet"), 2);
	assert_int_equal(living(s, "AWS::EC2::NatGateway"), 0);
	must(s, stage_plan(s, PHASES IN_PHASE("E", "10.1.1.0/24", "net")));
	assert_true(stage_change(s, "D")->irreversible);
	assert_false(stage_change(s, "B")->irreversible);
	destroy(s, stacks[COUNT(stacks) - 1]);
}

/* Who refers to it goes over to the one that takes its place: it is not waited for. */
static void test_what_is_taken_over_has_users(void **state)
{
#define TOPIC(topic)                                                                                                   \
	HEAD "  " topic ": {Type: AWS::SNS::Topic, Properties: {TopicName: one}}\n"                                        \
	     "  Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmActions: [!Ref " topic "], Namespace: n, Period: 60,\n" \
	     "    MetricName: m, Statistic: Sum, Threshold: 1, EvaluationPeriods: 1, ComparisonOperator: GreaterThanThreshold}}\n"
	struct stage *s = *state;
	must(s, stage_apply(s, TOPIC("Old")));
	must(s, stage_apply(s, TOPIC("New")));
	must_be_clean(s, TOPIC("New"));
	assert_int_equal(living(s, "AWS::SNS::Topic"), 1);
	destroy(s, TOPIC("New"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		T(test_whole_life), T(test_update_and_removal), T(test_replacement_makes_first),
		T(test_replacement_deletes_first), T(test_requested_replacement), T(test_drift_is_repaired),
		T(test_refresh_only_changes_nothing), T(test_failure_stops_and_resumes), T(test_lost_answers_are_found),
		T(test_undecided_stops_its_resource), T(test_retained_is_forgotten), T(test_targets_and_phases), T(test_phase_defers_deletion),
		T(test_saved_plan_runs_once), T(test_altered_plan_is_refused), T(test_interrupt_leaves_a_resumable_state),
		T(test_lookup), T(test_json_plan), T(test_what_is_taken_over_goes_first),
		T(test_what_is_taken_over_has_users),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
