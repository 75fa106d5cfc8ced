/* Intrinsic functions: each in its short and long form, known and unknown, and what each refuses. */
#include "tests/unit/stackcase.h"

static const char prelude[] =
	"Transform: AWS::LanguageExtensions\n"
	"Targets:\n"
	"  here: {Region: us-west-2}\n"
	"  there: {Region: cn-north-1, Account: '012345678901'}\n"
	"Defaults: {Target: here}\n"
	"Parameters:\n"
	"  Name: {Type: String, Default: web}\n"
	"  Cidr: {Type: String, Default: 10.0.0.0/16}\n"
	"  Zones: {Type: CommaDelimitedList, Default: 'a, b,c'}\n"
	"  Secret: {Type: String, NoEcho: true, Default: hunter22}\n"
	"Mappings:\n"
	"  M: {us-west-2: {x: 1, l: [p, q]}, eu: {x: 2}}\n"
	"Conditions:\n"
	"  Yes: !Equals [!Ref Name, web]\n"
	"  No: !Not [!Condition Yes]\n"
	"  Both: !And [!Condition Yes, !Condition No]\n"
	"  Either: !Or [!Condition Yes, !Condition No]\n"
	"  Prod: !Equals [!Ref AWS::AccountId, '1']\n"
	"Lookups:\n"
	"  Old: {Type: 'AWS::EC2::VPC', Match: {Tags: {Name: old}}}\n"
	"Resources:\n"
	"  Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: !Ref Cidr}}\n"
	"  Off: {Type: 'AWS::EC2::VPC', Condition: No, Properties: {CidrBlock: !Ref Cidr}}\n"
	"Outputs:\n"
	"  V: {Value: ";

/* The output's value, or its error's message (all are on the last line). */
static void expect(const char *expr, const char *want)
{
	struct stackcase c;
	struct buf b;

	case_begin(&c);
	buf_init(&b, 1u << 16);
	buf_fmt(&b, "%s%s}\n", prelude, expr);
	case_load(&c, buf_get(&b).p);
	if (c.errs.errors)
		assert_str(c.errs.items[0].message, want);
	else
		assert_str(case_output(&c, "V"), want);
	buf_free(&b);
	case_end(&c);
}

static void test_ref(void **state)
{
	(void)state;
	expect("!Ref Name", "\"web\"");
	expect("{Ref: Name}", "\"web\"");
	expect("!Ref Zones", "[\"a\",\"b\",\"c\"]");
	expect("!Ref Vpc", "{\"Ref\":\"Vpc\"}");
	expect("!Ref Old", "{\"Ref\":\"Old\"}");
	expect("!Ref AWS::Region", "\"us-west-2\"");
	expect("!Ref AWS::Partition", "\"aws\"");
	expect("!Ref AWS::URLSuffix", "\"amazonaws.com\"");
	expect("!Ref AWS::StackName", "\"test\"");
	expect("!Ref AWS::AccountId", "{\"DR::Fact\":[\"account\",\"here\",\"\"]}");
	expect("!Ref 'DR::Mode'", "\"standby\"");
	expect("!Ref 'DR::Active'", "\"here\"");
	expect("!Ref Vcp", "nothing is named 'Vcp' here (did you mean 'Vpc'?)");
	expect("!Ref Off", "'Off' is left out by its condition 'No', and is needed here");
	expect("!If [Yes, x, !Ref Off]", "\"x\"");
	expect("!Ref Secret", "\"(secret)\"");
}

static void test_getatt(void **state)
{
	(void)state;
	expect("!GetAtt Vpc.CidrBlock", "\"10.0.0.0/16\"");
	expect("{'Fn::GetAtt': [Vpc, CidrBlock]}", "\"10.0.0.0/16\"");
	expect("!GetAtt Vpc.VpcId", "{\"Fn::GetAtt\":[\"Vpc\",\"VpcId\"]}");
	expect("!GetAtt Old.CidrBlock", "{\"Fn::GetAtt\":[\"Old\",\"CidrBlock\"]}");
	expect("!GetAtt 'DR::Targets.there.Region'", "\"cn-north-1\"");
	expect("!GetAtt ['DR::Targets.there', AccountId]", "\"012345678901\"");
	expect("!GetAtt 'DR::Targets.here.Name'", "\"here\"");
	expect("!GetAtt 'DR::Targets.her.Region'", "there is no target 'her' (did you mean 'here'?)");
	expect("!GetAtt Vpc.CidrBlok", "AWS::EC2::VPC has no attribute 'CidrBlok' (did you mean 'CidrBlock'?)");
	expect("!GetAtt Vpc", "Fn::GetAtt takes a logical id and an attribute");
	expect("!GetAtt Name.x", "'Name' is a parameter and has no attributes");
}

static void test_sub(void **state)
{
	(void)state;
	expect("!Sub '${Name}-${AWS::Region}'", "\"web-us-west-2\"");
	expect("!Sub ['${A}/${Name}', {A: !Ref Cidr}]", "\"10.0.0.0/16/web\"");
	expect("!Sub 'a ${!Name} ${Vpc}'", "{\"Fn::Join\":[\"\",[\"a ${Name} \",{\"Ref\":\"Vpc\"}]]}");
	expect("!Sub 'x${Vpc.CidrBlock}y'", "\"x10.0.0.0/16y\"");
	expect("!Sub '${DR::Targets.there.Region}'", "\"cn-north-1\"");
	expect("!Sub 'plain $x {y}'", "\"plain $x {y}\"");
	expect("!Sub '${Nam}'", "nothing is named 'Nam' here (did you mean 'Name'?)");
	expect("!Sub '${}'", "Fn::Sub: '${}' is not a variable");
	expect("!Sub '${Name'", "Fn::Sub: '${Name' is not a variable");
	expect("!Sub '${Zones}'", "Fn::Join: an item must be a text, not a list");
	expect("!Sub '${Secret}!'", "\"(secret)\"");
}

static void test_lists(void **state)
{
	(void)state;
	expect("!Join ['-', [a, !Ref Name, 1]]", "\"a-web-1\"");
	expect("!Join [',', !Ref Zones]", "\"a,b,c\"");
	expect("!Join ['-', [a, !Ref Vpc, b, c]]", "{\"Fn::Join\":[\"-\",[\"a\",{\"Ref\":\"Vpc\"},\"b-c\"]]}");
	expect("!Join ['-', x]", "Fn::Join: the second argument must be a list, not a text");
	expect("!Select [1, !Ref Zones]", "\"b\"");
	expect("!Select ['2', [a, b, c]]", "\"c\"");
	expect("!Select [3, !Ref Zones]", "Fn::Select: there is no item 3 in a list of 3");
	expect("!Select [x, !Ref Zones]", "Fn::Select: the index must be a number");
	expect("!Split ['/', a/b//c]", "[\"a\",\"b\",\"\",\"c\"]");
	expect("!Select [1, !Split ['.', !Ref Cidr]]", "\"0\"");
	expect("!Split ['', a]", "Fn::Split: the delimiter is empty");
	expect("{'Fn::Length': !Ref Zones}", "3");
	expect("!Length [a, !Ref Vpc]", "2");
	expect("!ToJsonString {a: 1, b: [true, x], c: '1'}", "\"{\\\"a\\\":1,\\\"b\\\":[true,\\\"x\\\"],\\\"c\\\":\\\"1\\\"}\"");
	expect("!GetAZs ''", "{\"DR::Fact\":[\"zones\",\"here\",\"us-west-2\"]}");
	expect("!GetAZs eu-west-1", "{\"DR::Fact\":[\"zones\",\"here\",\"eu-west-1\"]}");
	expect("!GetAZs {Ref: 'AWS::Region'}", "{\"DR::Fact\":[\"zones\",\"here\",\"us-west-2\"]}");
	expect("!Base64 hello", "\"aGVsbG8=\"");
	expect("!ImportValue {'Fn::Sub': '${Name}-vpc'}", "{\"DR::Fact\":[\"import\",\"here\",\"web-vpc\"]}");
}

static void test_cidr(void **state)
{
	(void)state;
	expect("!Cidr [!Ref Cidr, 3, 8]", "[\"10.0.0.0/24\",\"10.0.1.0/24\",\"10.0.2.0/24\"]");
	expect("!Cidr [10.1.255.0/20, 2, 11]", "[\"10.1.240.0/21\",\"10.1.248.0/21\"]");
	expect("!Cidr ['2001:db8::/56', 2, 64]", "[\"2001:db8::/64\",\"2001:db8:0:1::/64\"]");
	expect("!Cidr [0.0.0.0/0, 1, 32]", "[\"0.0.0.0/0\"]");
	expect("!Cidr [!GetAtt Old.CidrBlock, 2, 8]", "{\"Fn::Cidr\":[{\"Fn::GetAtt\":[\"Old\",\"CidrBlock\"]},\"2\",\"8\"]}");
	expect("!Cidr [10.0.0.0/24, 5, 6]", "Fn::Cidr: 10.0.0.0/24 does not hold 5 blocks of 6 host bits");
	expect("!Cidr [10.0.0.0, 1, 8]", "Fn::Cidr: '10.0.0.0' is not an address block such as 10.0.0.0/16");
	expect("!Cidr [!Ref Cidr, 257, 4]", "Fn::Cidr: the count must lie between 1 and 256, not 257");
	expect("!Cidr [!Ref Cidr, 2]", "[\"10.0.0.0/24\",\"10.0.1.0/24\"]");
	expect("!Cidr [!Ref Cidr]", "Fn::Cidr takes 2 or 3 arguments, not 1");
}

static void test_conditions(void **state)
{
	(void)state;
	expect("!If [Yes, a, b]", "\"a\"");
	expect("!If [No, a, b]", "\"b\"");
	expect("!If [Both, a, b]", "\"b\"");
	expect("!If [Either, a, b]", "\"a\"");
	expect("[a, !If [No, b, !Ref AWS::NoValue], c]", "[\"a\",\"c\"]");
	expect("!If [Prod, a, b]",
	       "{\"Fn::If\":[{\"Fn::Equals\":[{\"DR::Fact\":[\"account\",\"here\",\"\"]},\"1\"]},\"a\",\"b\"]}");
	expect("!If [Yess, a, b]", "there is no condition 'Yess' (did you mean 'Yes'?)");
	expect("!If [Yes, a]", "Fn::If takes 3 arguments, not 2");
	expect("!Iff [Yes, a, b]", "unknown tag '!Iff' (did you mean '!If'?)");
	expect("{'Fn::Iff': [Yes, a, b]}", "there is no function 'Fn::Iff' (did you mean 'Fn::If'?)");
	expect("{'Fn::Transform': {Name: x}}", "Fn::Transform is not supported");
}

static void test_mappings(void **state)
{
	(void)state;
	expect("!FindInMap [M, !Ref AWS::Region, x]", "\"1\"");
	expect("!FindInMap [M, eu, x]", "\"2\"");
	expect("!FindInMap [M, us-west-2, l]", "[\"p\",\"q\"]");
	expect("!FindInMap [M, asia, x, {DefaultValue: d}]", "\"d\"");
	expect("!FindInMap [M, us-west-1, x]",
	       "Fn::FindInMap: there is no top-level key 'us-west-1' (did you mean 'us-west-2'?)");
	expect("!FindInMap [MM, a, b]", "Fn::FindInMap: there is no mapping 'MM'");
	expect("!FindInMap [M, !Ref AWS::AccountId, x]",
	       "{\"Fn::FindInMap\":[{\"M\":{\"us-west-2\":{\"x\":\"1\",\"l\":[\"p\",\"q\"]},\"eu\":{\"x\":\"2\"}}},"
	       "\"M\",{\"DR::Fact\":[\"account\",\"here\",\"\"]},\"x\"]}");
}

static void test_dynamic_references(void **state)
{
	(void)state;
	expect("'{{resolve:ssm:/a/b}}'", "{\"DR::Dynamic\":[\"ssm\",\"/a/b\"]}");
	expect("!Sub 'x{{resolve:secretsmanager:${Name}:SecretString:pw}}y'",
	       "{\"Fn::Join\":[\"\",[\"x\",{\"DR::Dynamic\":[\"secretsmanager\",\"web:SecretString:pw\"]},\"y\"]]}");
	expect("'{{resolve:vault:x}}'", "not a dynamic reference: '{{resolve:vault:x}}'");
}

/* What is folded now and what is folded again after it was saved as JSON must be the same. */
static void test_residual_round_trip(void **state)
{
	static const char *const rows[] = {
		"{\"Fn::Join\":[\"-\",[\"a\",{\"Ref\":\"Vpc\"},\"b\"]]}", "{\"Fn::GetAtt\":[\"Vpc\",\"VpcId\"]}",
		"{\"Fn::If\":[{\"DR::Mode\":\"DR::Mode\"},{\"Ref\":\"AWS::NoValue\"},[1,2]]}",
		"{\"Fn::Select\":[\"0\",{\"DR::Fact\":[\"zones\",\"here\",\"us-west-2\"]}]}",
		"{\"a\":[{\"Fn::Base64\":{\"Ref\":\"X\"}}],\"Condition\":\"data\"}",
	};
	struct arena a = {0};
	struct errs errs = {.arena = &a};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct value *v = expr_read(&a, json_read(&a, str_of(rows[i]), 0, &errs), &errs);

		assert_int_equal(errs.errors, 0);
		assert_true(value_has_expr(v));
		assert_str(value_line(&a, v), rows[i]);
	}
	arena_free(&a);
}

/* What doubles with each step ends in an error, not in a walk of 2^60 steps. */
static void test_growth_is_bounded(void **state)
{
	struct stackcase c;
	struct buf b;

	(void)state;
	case_begin(&c);
	buf_init(&b, 1u << 16);
	buf_cstr(&b, "Conditions:\n  C0: !Equals [!Ref 'AWS::AccountId', '1']\n");
	for (int i = 1; i < 60; i++)
		buf_fmt(&b, "  C%d: !And [!Condition C%d, !Condition C%d]\n", i, i - 1, i - 1);
	buf_cstr(&b, "Resources:\n  O: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}}\n"
		     "  V0: {Type: 'AWS::EC2::VPC', Condition: C59, Properties: {CidrBlock: !Ref O}}\n");
	for (int i = 1; i < 60; i++)
		buf_fmt(&b, "  V%d: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: !Sub '${V%d.CidrBlock}${V%d.CidrBlock}'}}\n",
			i, i - 1, i - 1);
	case_load(&c, buf_get(&b).p);
	assert_true(c.errs.errors > 1);
	assert_str(c.errs.items[0].message, "this expression grows beyond 20000 values");
	buf_free(&b);
	case_end(&c);
}

/* A NoEcho value is in no message, wherever it leads to an error. */
static void test_secrets_stay_out_of_errors(void **state)
{
	static const char *const rows[] = {
		"!FindInMap [M, !Ref Secret, x]", "!Cidr [!Ref Secret, 1, 8]", "!Select [!Ref Secret, [a]]",
		"!Base64 {Ref: Secret}", "!Sub '${Secret}'", "!Split [',', !Ref Secret]", "!ToJsonString {a: !Ref Secret}",
		"!GetAZs {Ref: Secret}", "!Join ['', [!Ref Secret, !Ref Vpc]]", "!If [Yes, !Ref Secret, x]",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct stackcase c;
		struct buf b;

		case_begin(&c);
		buf_init(&b, 1u << 16);
		buf_fmt(&b, "%s%s}\n", prelude, rows[i]);
		case_load(&c, buf_get(&b).p);
		buf_clear(&b);
		errs_print(&c.errs, &b, false);
		buf_str(&b, case_output(&c, "V"));
		for (char *line = strstr(b.p, "hunter22"); line; line = strstr(line + 1, "hunter22"))
			fail_msg("%s: %s", rows[i], b.p);
		assert_null(strstr(b.p, "aHVudGVy"));
		buf_free(&b);
		case_end(&c);
	}
}

static struct value *vpc_known(void *ctx, struct str address, struct str attribute)
{
	return str_eqc(address, "Vpc") && !attribute.n ? value_string(ctx, (struct pos){0}, STR("vpc-1")) : NULL;
}

static void test_folding_goes_on(void **state)
{
	struct arena a = {0};
	struct errs errs = {.arena = &a};
	struct expr_env env = {.ctx = &a, .attribute = vpc_known, .arena = &a, .errs = &errs};
	struct value *v;

	(void)state;
	v = expr_read(&a, json_read(&a, STR("[{\"Fn::Join\":[\"-\",[\"a\",{\"Ref\":\"Vpc\"}]]},{\"Ref\":\"Other\"}]"), 0, &errs),
		      &errs);
	v = expr_fold(&env, v);
	assert_str(value_line(&a, v), "[\"a-vpc-1\",{\"Ref\":\"Other\"}]");
	assert_ptr_equal(expr_fold(&env, v), v);
	v = expr_read(&a, json_read(&a, STR("{\"Fn::Select\":[\"1\",[{\"Ref\":\"Vpc\"}]]}"), 0, &errs), &errs);
	assert_null(expr_fold(&env, v));
	assert_int_equal(errs.errors, 1);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ref), cmocka_unit_test(test_getatt), cmocka_unit_test(test_sub), cmocka_unit_test(test_lists),
		cmocka_unit_test(test_cidr), cmocka_unit_test(test_conditions), cmocka_unit_test(test_mappings),
		cmocka_unit_test(test_dynamic_references), cmocka_unit_test(test_residual_round_trip),
		cmocka_unit_test(test_folding_goes_on), cmocka_unit_test(test_growth_is_bounded),
		cmocka_unit_test(test_secrets_stay_out_of_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
