/* Gates: what is asked where nothing is written, checks outside of a run, and what verbs get for names. */
#include "tests/unit/planstage.h"

#include "planner/check.h"

#include "base/json.h"

#define HEAD "Stack: t\nTargets: {dr: {Region: us-west-2}}\nDefaults: {Target: dr}\n"
#define BODY                                                                                                           \
	"Resources:\n"                                                                                                 \
	"  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.1.0.0/16}}\n"                                         \
	"  Net: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.1.0.0/24}}\n"

static size_t gates(struct stage *s, struct state_gate_row **rows)
{
	size_t n;
	assert_true(state_gates(s->env.state, &s->arena, 20, rows, &n, &s->errs));
	return n;
}

/* The subnet goes behind everybody's back as soon as it was made. */
static void take_away(void *ctx, const struct run_event *e)
{
	struct stage *s = ctx;
	if (e->kind == RUN_OK && str_eqc(e->change->address, "Net"))
		assert_true(sim_vanish(s->env.provider, s->env.places, STR("AWS::EC2::Subnet"), e->text, &s->errs));
}

static void test_default_gate(void **state)
{
	struct stage *s = *state;
	struct state_gate_row *rows;
	must(s, stage_apply(s, HEAD BODY));
	assert_int_equal(gates(s, &rows), 1);
	assert_str(rows[0].phase, "networking");
	assert_str(rows[0].detail, "2 of 2 stand");
	assert_true(rows[0].held);
	must_be_clean(s, HEAD BODY);
}

static void test_default_gate_fails(void **state)
{
	struct stage *s = *state;
	struct state_gate_row *rows;
	s->run = (struct run_options){.event = take_away, .ctx = s, .gate_ms = 100};
	assert_false(stage_apply(s, HEAD BODY));
	assert_true(stage_said(s, "the gate of phase networking does not hold: built-in: Net (subnet-"));
	assert_int_equal(s->result.outcome, RUN_ROLLED_BACK);
	assert_true(gates(s, &rows) == 1 && !rows[0].held);
	assert_int_equal(sim_count(s->env.provider, STR_NONE), 0);
}

static void test_no_gate(void **state)
{
	struct stage *s = *state;
	struct state_gate_row *rows;
	s->run = (struct run_options){.event = take_away, .ctx = s, .gate_ms = 100};
	must(s, stage_apply(s, HEAD "Phases: [{Name: networking, Gate: []}]\n" BODY));
	assert_int_equal(gates(s, &rows), 0);
}

/* --- outside of a run ----------------------------------------------------------------------------------------- */

static struct value *yaml_checks(struct stage *s)
{
	return (struct value *)s->env.stack->phases[0].gate;
}

#define CHECKS                                                                                                         \
	"Phases:\n"                                                                                                    \
	"  - Name: networking\n"                                                                                       \
	"    Gate:\n"                                                                                                  \
	"      - Exists: {Of: [Vpc, !Ref Net]}\n"                                                                      \
	"      - State: {Of: Vpc, Is: available}\n"                                                                    \
	"      - Expression: !Equals [!GetAtt Vpc.CidrBlock, 10.1.0.0/16]\n"                                           \
	"      - Exists: {Of: Gone}\n"                                                                                 \
	"      - Command: {Argv: [test, !Ref Net, '=', !Ref Net]}\n"

static void test_checks_by_the_state(void **state)
{
	struct stage *s = *state;
	struct check_world w = {.arena = &s->arena};
	struct check_result got;
	must(s, stage_apply(s, HEAD BODY));
	must(s, stage_open(s, HEAD CHECKS BODY "  Gone: {Type: AWS::Logs::LogGroup}\n"));
	w.provider = s->env.provider;
	w.places = s->env.places;
	w.n_places = s->env.stack->n_targets;
	assert_true(scope_of_state(&s->arena, s->env.state, w.places, w.n_places, &w.scope, &s->errs));
	static const struct {
		enum check_answer answer;
		const char *name;
	} want[] = {{CHECK_HOLDS, "Exists Vpc, ..."},
		    {CHECK_HOLDS, "State Vpc"},
		    {CHECK_HOLDS, "Expression"},
		    {CHECK_NEVER, "Exists Gone"},
		    {CHECK_HOLDS, "Command test, ..."}};
	for (size_t i = 0; i < COUNT(want); i++) {
		const struct member *m = &value_at(yaml_checks(s), i)->map.items[0];
		assert_int_equal(check_once(&w, m, &got), want[i].answer == CHECK_HOLDS);
		assert_int_equal(got.answer, want[i].answer);
		assert_str(got.name, want[i].name);
	}
	check_once(&w, &value_at(yaml_checks(s), 3)->map.items[0], &got);
	assert_str(got.detail, "Gone does not exist");
}

static void test_arguments(void **state)
{
	struct stage *s = *state;
	struct verb_scope scope;
	struct str why = STR_NONE;
	must(s, stage_apply(s, HEAD BODY));
	must(s, stage_open(s, HEAD "Runbooks: {r: {Steps: [{Name: a, Capacity: {Of: Vpc, Min: 1}}, "
				   "{Name: b, Notify: {Topic: elsewhere, Subject: !GetAtt Vpc.CidrBlock}}, "
				   "{Name: c, Capacity: {Of: Net, Desired: !GetAtt Logs.Arn}}]}}\n" BODY
				   "  Logs: {Type: AWS::Logs::LogGroup}\n"));
	assert_true(scope_of_state(&s->arena, s->env.state, s->env.places, 1, &scope, &s->errs));
	const struct value *steps = value_getc(value_getc(s->env.stack->runbooks, "r"), "Steps");
	const struct shape *capacity = shape_find(verb_shapes, n_verb_shapes, STR("Capacity")),
			   *notify = shape_find(verb_shapes, n_verb_shapes, STR("Notify"));
	struct value *v = verb_args(&s->arena, &scope, capacity, value_getc(value_at(steps, 0), "Capacity"), &why);
	assert_non_null(v);
	const struct value *of = value_getc(v, "Of");
	assert_str(value_text(value_getc(of, "Address")), "Vpc");
	assert_str(value_text(value_getc(of, "Type")), "AWS::EC2::VPC");
	assert_str(value_text(value_getc(of, "Target")), "dr");
	assert_true(str_starts(value_text(value_getc(of, "Id")), STR("vpc-")));
	assert_true(str_eq(value_text(value_path(of, STR("Attrs.Ref"))), value_text(value_getc(of, "Id"))));
	assert_str(value_text(value_path(of, STR("Props.CidrBlock"))), "10.1.0.0/16");
	v = verb_args(&s->arena, &scope, notify, value_getc(value_at(steps, 1), "Notify"), &why);
	assert_str(value_text(value_getc(v, "Topic")), "elsewhere");
	assert_str(value_text(value_getc(v, "Subject")), "10.1.0.0/16");
	assert_null(verb_args(&s->arena, &scope, capacity, value_getc(value_at(steps, 2), "Capacity"), &why));
	assert_str(why, "Logs.Arn is not known");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_default_gate, stage_setup, stage_teardown),
	    cmocka_unit_test_setup_teardown(test_default_gate_fails, stage_setup, stage_teardown),
	    cmocka_unit_test_setup_teardown(test_no_gate, stage_setup, stage_teardown),
	    cmocka_unit_test_setup_teardown(test_checks_by_the_state, stage_setup, stage_teardown),
	    cmocka_unit_test_setup_teardown(test_arguments, stage_setup, stage_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
