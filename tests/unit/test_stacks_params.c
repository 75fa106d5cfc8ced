/* Parameters: types, every constraint, variables, SSM parameters, NoEcho, and variables' files. */
#include "tests/unit/stackcase.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char rest[] = "\nResources: {Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}}}\n"
			   "Outputs: {V: {Value: !Ref P}}\n";

/* A stack with the parameter P; var is its value or NULL for the default. The output, or the first error's message. */
static void expect(const char *declaration, const char *var, const char *want)
{
	struct stack_var given = {.name = STR_INIT("P"), .value = str_of(var), .origin = STR_INIT("-var")};
	struct stackcase c;
	struct buf b;

	case_begin(&c);
	c.opt.vars = &given;
	c.opt.n_vars = var ? 1 : 0;
	buf_init(&b, 1u << 16);
	buf_fmt(&b, "Parameters: {P: %s}%s", declaration, rest);
	case_load(&c, buf_get(&b).p);
	if (c.errs.errors)
		assert_str(c.errs.items[0].message, want);
	else
		assert_str(case_output(&c, "V"), want);
	buf_free(&b);
	case_end(&c);
}

static void test_types(void **state)
{
	(void)state;
	expect("{Type: String}", "x", "\"x\"");
	expect("{Type: String, Default: 012}", NULL, "\"012\"");
	expect("{Type: String, Default: ''}", NULL, "\"\"");
	expect("{Type: Number, Default: 1.50}", NULL, "\"1.50\"");
	expect("{Type: Number}", "ten", "'ten' is no value for the parameter 'P': it must be a number");
	expect("{Type: CommaDelimitedList}", "a, b", "[\"a\",\"b\"]");
	expect("{Type: CommaDelimitedList}", "[\"a,b\", \"c\"]", "[\"a,b\",\"c\"]");
	expect("{Type: 'List<Number>'}", "1,x", "'x' is no value for the parameter 'P': it must be a number");
	expect("{Type: 'List<AWS::EC2::Subnet::Id>'}", "subnet-1,subnet-2", "[\"subnet-1\",\"subnet-2\"]");
	expect("{Type: 'AWS::EC2::VPC::Id'}", "vpc-1", "\"vpc-1\"");
	expect("{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b}", NULL,
	       "{\"DR::Fact\":[\"ssm\",\"default\",\"/a/b\"]}");
	expect("{Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /a/b}", NULL,
	       "{\"Fn::Split\":[\",\",{\"DR::Fact\":[\"ssm\",\"default\",\"/a/b\"]}]}");
	expect("{Type: Strin, Default: x}", NULL, "there is no parameter type 'Strin' (did you mean 'String'?)");
	expect("{Type: 'List<AWS::EC2::Thing>', Default: x}", NULL, "there is no parameter type 'List<AWS::EC2::Thing>'");
	expect("{Default: x}", NULL, "the parameter 'P' needs a Type");
	expect("{Type: String}", NULL, "the parameter 'P' has no value");
	expect("{Type: String, Default: [a]}", NULL, "the value of the parameter 'P' must be a text, not a list");
}

static void test_constraints(void **state)
{
	(void)state;
	expect("{Type: String, AllowedValues: [a, 1]}", "1", "\"1\"");
	expect("{Type: String, AllowedValues: [a, b]}", "c", "'c' is no value for the parameter 'P': it must be one of a, b");
	expect("{Type: String, AllowedPattern: '[a-z]+'}", "abc", "\"abc\"");
	expect("{Type: String, AllowedPattern: '[a-z]+'}", "abc1",
	       "'abc1' is no value for the parameter 'P': it must match the pattern [a-z]+ as a whole");
	expect("{Type: String, AllowedPattern: 'a|ab'}", "ab", "\"ab\"");
	expect("{Type: String, AllowedPattern: '('}", "x", "AllowedPattern is not a regular expression");
	expect("{Type: String, MinLength: 2, MaxLength: 3}", "\xc3\xa9\xc3\xa9\xc3\xa9", "\"\xc3\xa9\xc3\xa9\xc3\xa9\"");
	expect("{Type: String, MinLength: 2}", "x", "'x' is no value for the parameter 'P': it must have at least 2 characters");
	expect("{Type: String, MaxLength: 2}", "xyz", "'xyz' is no value for the parameter 'P': it must have at most 2 characters");
	expect("{Type: Number, MinValue: 0.5, MaxValue: 10}", "10.0", "\"10.0\"");
	expect("{Type: Number, MinValue: 0.5}", "0.49", "'0.49' is no value for the parameter 'P': it must be at least 0.5");
	expect("{Type: Number, MaxValue: 10}", "10.01", "'10.01' is no value for the parameter 'P': it must be at most 10");
	expect("{Type: Number, MaxValue: ten, Default: 1}", NULL, "MaxValue must be a number, not a text");
	expect("{Type: String, NoEcho: true, MinLength: 9}", "hunter2",
	       "the value of the parameter 'P' must have at least 9 characters");
	expect("{Type: String, NoEcho: true}", "hunter2", "\"(secret)\"");
	expect("{Type: String, Allowed: [a], Default: a}", NULL, "a parameter has no key 'Allowed'");
}

static void test_unknown_variable(void **state)
{
	struct stack_var vars[] = {
		{.name = STR_INIT("Q"), .value = STR_INIT("x"), .origin = STR_INIT("DRPLAN_VAR_Q"), .optional = true},
		{.name = STR_INIT("PP"), .value = STR_INIT("x"), .origin = STR_INIT("-var")},
		{.name = STR_INIT("P"), .value = STR_INIT("early"), .origin = STR_INIT("-var")},
		{.name = STR_INIT("P"), .value = STR_INIT("late"), .origin = STR_INIT("-var")},
	};
	struct stackcase c;
	struct buf b;

	(void)state;
	case_begin(&c);
	c.opt.vars = vars;
	c.opt.n_vars = COUNT(vars);
	buf_init(&b, 1u << 16);
	buf_fmt(&b, "Parameters: {P: {Type: String}}%s", rest);
	case_load(&c, buf_get(&b).p);
	assert_int_equal(c.errs.errors, 1);
	assert_str(c.errs.items[0].message, "-var gives 'PP', which is no parameter of this stack");
	vars[1].name = STR("P");
	case_load(&c, buf_get(&b).p);
	assert_int_equal(c.errs.errors, 0);
	assert_str(case_output(&c, "V"), "\"late\"");
	assert_true(c.stack->params[0].given);
	buf_free(&b);
	case_end(&c);
}

static void test_ssm_fact(void **state)
{
	struct stackcase c;
	struct buf b;

	(void)state;
	case_begin(&c);
	buf_init(&b, 1u << 16);
	buf_fmt(&b, "Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /ami}}%s", rest);
	c.errs = (struct errs){.arena = &c.arena, .sources = &c.sources};
	c.stack = stack_load_text(&c.arena, &c.opt, buf_get(&b), &c.errs);
	assert_non_null(c.stack);
	assert_int_equal(c.stack->n_facts, 1);
	assert_int_equal(c.stack->facts[0].kind, FACT_SSM);
	assert_str(c.stack->facts[0].name, "/ami");
	c.stack->facts[0].value = value_string(&c.arena, (struct pos){0}, STR("ami-1"));
	assert_true(stack_render(c.stack, &c.errs));
	assert_str(case_output(&c, "V"), "\"ami-1\"");
	buf_free(&b);
	case_end(&c);
}

static void vars_expect(const char *text, const char *name, const char *want)
{
	char path[] = "/tmp/drplan-vars-XXXXXX";
	struct arena a = {0};
	struct errs errs = {.arena = &a};
	struct stack_var *vars = NULL;
	size_t n = 0;
	FILE *f = fdopen(mkstemp(path), "w");
	bool ok;

	fputs(text, f);
	fclose(f);
	ok = stack_read_vars(&a, str_of(path), &vars, &n, &errs);
	unlink(path);
	assert_int_equal(ok, name != NULL);
	if (ok) {
		assert_int_equal(n, 1);
		assert_str(vars[0].name, name);
		assert_str(vars[0].value, want);
	} else {
		assert_str(errs.items[0].message, want);
	}
	arena_free(&a);
}

static void test_variables_file(void **state)
{
	(void)state;
	vars_expect("P: x", "P", "x");
	vars_expect("{\"P\": 012.5}", NULL, "this is not a number in JSON's spelling");
	vars_expect("{\"P\": true}", "P", "true");
	vars_expect("P: [a, b]", "P", "[\"a\",\"b\"]");
	vars_expect("- {ParameterKey: P, ParameterValue: y}", "P", "y");
	vars_expect("- {Parameter: P}", NULL, "a list of variables holds {ParameterKey: ..., ParameterValue: ...}");
	vars_expect("P: {a: b}", NULL, "a variable is a text or a list, not a map");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types), cmocka_unit_test(test_constraints), cmocka_unit_test(test_unknown_variable),
		cmocka_unit_test(test_ssm_fact), cmocka_unit_test(test_variables_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
