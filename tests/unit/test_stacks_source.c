/* Whether a stack is kept in the state: not if one of its files tells a secret, however that is spelled there. */
#include "tests/unit/stackcase.h"

#include "stacks/source.h"

#define SECRET(word) "Parameters: {P: {Type: String, NoEcho: true" word "}}\n"
#define REST "Resources: {S: {Type: 'AWS::SecretsManager::Secret', Properties: {SecretString: !Ref P}}}\n"
#define COUNTS "Objectives: {RTO: 1h}\nConditions: {Yes: !Equals [yes, 1]}\n"

/* given: the parameter P by -var, or NULL; want: who tells, or nobody. */
static void expect(const char *text, const char *given, const char *want)
{
	struct stack_var var = {.name = STR_INIT("P"), .value = str_of(given), .origin = STR_INIT("-var")};
	struct stackcase c;

	case_begin(&c);
	c.opt.vars = &var;
	c.opt.n_vars = given ? 1 : 0;
	case_load(&c, text);
	assert_str(case_error(&c), "");
	assert_str(source_tells_secret(c.stack), want);
	case_end(&c);
}

static void test_by_chance(void **state)
{
	(void)state;
	expect(SECRET() COUNTS REST, "1", "");
	expect(SECRET() COUNTS REST, "yes", "");
	expect(SECRET() REST "# seldom\n", "eld", "");
	expect(SECRET() REST "# seldom\n", "seldo", "");
	expect(SECRET(", Default: other") REST, "hunter2hunter2", "");
}

static void test_written_out(void **state)
{
	(void)state;
	expect(SECRET(", Default: 'x'") REST, NULL, "P");
	expect(SECRET(", Default: 'x'") REST, "x", "P");
	expect(SECRET(", Default: ''") "Resources: {Q: {Type: 'AWS::SQS::Queue'}}\n", NULL, "");
	expect(SECRET(", Description: word") REST, "word", "P");
	expect(SECRET() REST "# not hunter2, is it?\n", "hunter2", "P");
	expect("Parameters: {P: {Type: CommaDelimitedList, NoEcho: true, Default: 'a,b'}}\n"
	       "Resources: {Q: {Type: 'AWS::SQS::Queue'}}\n",
	       NULL, "P");
	expect("Resources: {S: {Type: 'AWS::SecretsManager::Secret', Properties: {SecretString: hunter2}}}\n", NULL,
	       "S");
}

/* As it is read, not as it is written. */
static void test_spelled_otherwise(void **state)
{
	(void)state;
	expect("Parameters:\n  P:\n    Type: String\n    NoEcho: true\n    Default: |\n      one line\n      "
	       "another\n" REST,
	       NULL, "P");
	expect("Resources:\n  S:\n    Type: AWS::SecretsManager::Secret\n    Properties:\n      SecretString: |\n"
	       "        one line\n        another\n",
	       NULL, "S");
	expect("{\"Resources\": {\"S\": {\"Type\": \"AWS::SecretsManager::Secret\", \"Properties\": {\"SecretString\": "
	       "\"{\\\"password\\\":\\\"hunter2\\\"}\"}}}}",
	       NULL, "S");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_by_chance),
	    cmocka_unit_test(test_written_out),
	    cmocka_unit_test(test_spelled_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
