/* Whole stacks: anatomy, conditions by target, defaults and tags, phases, loops, includes, modules, policies. */
#include "tests/unit/stackcase.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define VPC "Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}"

static void expect_error(const char *text, const char *want)
{
	struct stackcase c;

	case_begin(&c);
	case_load(&c, text);
	assert_str(case_error(&c), want);
	case_end(&c);
}

static void test_anatomy(void **state)
{
	(void)state;
	expect_error("Resources: {}", "1:1: the stack has no resources");
	expect_error("- a", "1:1: a stack must be a map, not a list");
	expect_error("Resource: {V: {" VPC "}}", "1:1: a stack has no key 'Resource' (did you mean 'Resources'?)");
	expect_error("Resources: {V: {" VPC "}}\nRules: {}", "2:1: 'Rules' is not supported");
	expect_error("Transform: AWS::Serverless-2016-10-31\nResources: {V: {" VPC "}}",
		     "1:12: the transform 'AWS::Serverless-2016-10-31' is not supported");
	expect_error("AWSTemplateFormatVersion: 2010-09-10\nResources: {V: {" VPC "}}",
		     "1:27: AWSTemplateFormatVersion must be 2010-09-09, not '2010-09-10'");
	expect_error("Resources:\n  my-vpc: {" VPC "}", "2:3: the name 'my-vpc' of a resource must have letters and digits only");
	expect_error("Resources:\n  V: {Type: 'Custom::X'}", "2:13: the type 'Custom::X' is not supported");
	expect_error("Resources:\n  V: {Type: 'AWS::EC2::VCP'}",
		     "2:13: the type 'AWS::EC2::VCP' is not supported (did you mean 'AWS::EC2::VPC'?)");
	expect_error("Resources:\n  V: {Properties: {}}", "2:3: the resource 'V' needs a Type");
	expect_error("Resources:\n  V: {" VPC ", DeletionPolicy: Keep}", "2:84: DeletionPolicy cannot be 'Keep'");
	expect_error("Resources:\n  V: {" VPC "}\n  V: {" VPC "}", "3:3: the key 'V' is given twice");
	expect_error("Parameters: {V: {Type: String, Default: x}}\nResources:\n  V: {" VPC "}", "3:3: 'V' is defined twice");
}

static void test_conditions_cycle(void **state)
{
	(void)state;
	expect_error("Conditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]\nResources: {V: {" VPC "}}",
		     "3:23: the condition 'A' depends on itself");
	expect_error("Conditions:\n  A: !Equals [!Ref V, x]\nResources: {V: {" VPC "}}",
		     "2:20: 'V' is a resource and cannot be used in Conditions");
	expect_error("Conditions:\n  A: true\nResources: {V: {" VPC "}}",
		     "2:6: the condition 'A' must be a function, not a text");
}

static void test_conditions_by_target(void **state)
{
	struct stackcase c;

	(void)state;
	case_begin(&c);
	case_load(&c, "Targets: {a: {Region: us-east-1}, b: {Region: us-west-2}}\nDefaults: {Target: a}\n"
		      "Conditions: {East: !Equals [!Ref 'AWS::Region', us-east-1]}\nResources:\n"
		      "  A: {Condition: East, " VPC "}\n  B: {Condition: East, Target: b, " VPC "}\n");
	assert_str(case_error(&c), "");
	assert_int_equal(c.stack->n_resources, 1);
	assert_str(c.stack->resources[0].address, "A");
	case_end(&c);
}

static void test_mode(void **state)
{
	static const char text[] = "Conditions: {Active: !Equals [!Ref 'DR::Mode', active]}\nResources:\n"
				   "  A: {" VPC "}\n  B: {Condition: Active, DependsOn: A, " VPC "}\n  C: {DependsOn: B, " VPC "}\n";
	struct stackcase c;

	(void)state;
	case_begin(&c);
	case_load(&c, text);
	assert_int_equal(c.stack->n_resources, 2);
	assert_int_equal(stack_find(c.stack, STR("C"))->n_depends, 0);
	c.stack = stack_load_text(&c.arena, &c.opt, str_of(text), &c.errs);
	stack_bind(c.stack, STR_NONE, STR("active"), STR_NONE);
	assert_true(stack_render(c.stack, &c.errs));
	assert_int_equal(c.stack->n_resources, 3);
	assert_str(stack_find(c.stack, STR("C"))->depends[0].address, "B");
	case_end(&c);
}

static void test_typing(void **state)
{
	struct stackcase c;

	(void)state;
	case_begin(&c);
	case_load(&c, "Parameters: {Port: {Type: Number, Default: 443}}\nResources:\n"
		      "  V: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16, EnableDnsSupport: yes, "
		      "EnableDnsHostnames: 'False'}}\n"
		      "  G: {Type: 'AWS::EC2::SecurityGroup', Properties: {GroupDescription: 012, SecurityGroupIngress: "
		      "[{IpProtocol: 6, FromPort: !Ref Port, ToPort: '443', CidrIp: 10.0.0.0/8}]}}\n"
		      "  E: {Type: 'AWS::EC2::VPCEndpoint', Properties: {VpcId: !Ref V, ServiceName: s3, PolicyDocument: "
		      "{Version: 2012-10-17, Statement: [{Effect: Allow, Principal: '*', Action: 's3:*', Resource: '*', "
		      "Condition: {Bool: {a: true, b: 'true', n: 1.0, z: 012}}}]}}}\n");
	assert_str(case_error(&c), "");
	assert_str(case_props(&c, "V"), "{\"CidrBlock\":\"10.0.0.0/16\",\"EnableDnsSupport\":true,\"EnableDnsHostnames\":false}");
	assert_str(case_props(&c, "G"), "{\"GroupDescription\":\"012\",\"SecurityGroupIngress\":[{\"IpProtocol\":\"6\","
		   "\"FromPort\":443,\"ToPort\":443,\"CidrIp\":\"10.0.0.0/8\"}]}");
	assert_str(case_props(&c, "E"), "{\"VpcId\":{\"Ref\":\"V\"},\"ServiceName\":\"s3\",\"PolicyDocument\":{\"Version\":"
		   "\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"*\","
		   "\"Condition\":{\"Bool\":{\"a\":true,\"b\":\"true\",\"n\":1.0,\"z\":\"012\"}}}]}}");
	case_end(&c);
}

/* The same stack as JSON gives the same properties. */
static void test_json(void **state)
{
	struct stackcase c;

	(void)state;
	case_begin(&c);
	case_load(&c, "{\"Resources\": {\"V\": {\"Type\": \"AWS::EC2::VPC\", \"Properties\": {\"CidrBlock\": "
		      "{\"Fn::Join\": [\"\", [\"10.\", 1, \".0.0/16\"]]}, \"EnableDnsSupport\": \"true\", \"Tags\": "
		      "[{\"Key\": \"n\", \"Value\": 5}]}}}}");
	assert_str(case_error(&c), "");
	assert_str(case_props(&c, "V"), "{\"CidrBlock\":\"10.1.0.0/16\",\"EnableDnsSupport\":true,"
		   "\"Tags\":[{\"Key\":\"n\",\"Value\":\"5\"}]}");
	case_load(&c, "{\"Resources\": {\"V\": {\"Type\": \"AWS::EC2::VPC\",\n \"Properties\": {\"CidrBlok\": 1}}}}");
	assert_str(case_error(&c), "2:17: AWS::EC2::VPC has no property 'CidrBlok' (did you mean 'CidrBlock'?)");
	case_end(&c);
}

static void test_default_tags(void **state)
{
	struct stackcase c;

	(void)state;
	case_begin(&c);
	case_load(&c, "Parameters: {P: {Type: String, Default: web}}\nDefaults: {Tags: {Project: !Ref P, Owner: sre}}\n"
		      "Resources:\n  V: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16, "
		      "Tags: [{Key: Owner, Value: me}]}}\n"
		      "  A: {Type: 'AWS::EC2::VPCGatewayAttachment', Properties: {VpcId: !Ref V, InternetGatewayId: igw-1}}\n");
	assert_str(case_error(&c), "");
	assert_str(case_props(&c, "V"), "{\"CidrBlock\":\"10.0.0.0/16\",\"Tags\":[{\"Key\":\"Owner\",\"Value\":\"me\"},"
		   "{\"Key\":\"Project\",\"Value\":\"web\"}]}");
	assert_str(case_props(&c, "A"), "{\"VpcId\":{\"Ref\":\"V\"},\"InternetGatewayId\":\"igw-1\"}");
	case_end(&c);
}

static void test_phases(void **state)
{
	struct stackcase c;

	(void)state;
	case_begin(&c);
	case_load(&c, "Phases: [{Name: base, OnFailure: keep}, compute, {Name: late, Gate: [{Exists: {Of: V}}]}]\n"
		      "Resources: {V: {Phase: late, " VPC "}, W: {" VPC "}}\n");
	assert_str(case_error(&c), "");
	assert_int_equal(c.stack->n_phases, 6);
	assert_str(c.stack->phases[0].name, "networking");
	assert_str(c.stack->phases[1].name, "security");
	assert_str(c.stack->phases[2].name, "base");
	assert_str(c.stack->phases[3].name, "compute");
	assert_str(c.stack->phases[4].name, "monitoring");
	assert_str(c.stack->phases[5].name, "late");
	assert_int_equal(stack_find(c.stack, STR("V"))->phase, 5);
	assert_int_equal(stack_find(c.stack, STR("W"))->phase, -1);
	case_end(&c);
	expect_error("Resources: {V: {Phase: comput, " VPC "}}", "1:24: there is no phase 'comput' (did you mean 'compute'?)");
	expect_error("Phases: [{Name: a, Gate: [{Exits: {Of: V}}]}]\nResources: {V: {" VPC "}}",
		     "1:28: there is no check 'Exits' (did you mean 'Exists'?)");
}

static void test_loops(void **state)
{
	struct stackcase c;

	(void)state;
	case_begin(&c);
	case_load(&c, "Transform: AWS::LanguageExtensions\nParameters: {Zones: {Type: CommaDelimitedList, Default: 'a,b'}}\n"
		      "Resources:\n  V: {" VPC "}\n  Fn::ForEach::Subnets:\n    - Z\n    - !Ref Zones\n"
		      "    - 'Subnet${Z}':\n        Type: AWS::EC2::Subnet\n        Properties:\n"
		      "          VpcId: !Ref V\n          CidrBlock: 10.0.0.0/24\n          Tags: [{Key: z, Value: !Ref Z}]\n"
		      "Outputs:\n  Fn::ForEach::Out:\n    - Z\n    - [a]\n    - 'Id${Z}': {Value: !Ref 'Subnet${Z}'}\n");
	assert_str(case_error(&c), "");
	assert_int_equal(c.stack->n_resources, 3);
	assert_str(case_props(&c, "Subnetb"),
		   "{\"VpcId\":{\"Ref\":\"V\"},\"CidrBlock\":\"10.0.0.0/24\",\"Tags\":[{\"Key\":\"z\",\"Value\":\"b\"}]}");
	assert_str(case_output(&c, "Ida"), "{\"Ref\":\"Subneta\"}");
	case_end(&c);
	expect_error("Resources:\n  Fn::ForEach::A: [Z, [a], {'V${Z}': {" VPC "}}]",
		     "2:3: Fn::ForEach needs the language extensions");
}

/* A chain of attributes as long as this must cost no stack. */
static void test_long_chain(void **state)
{
	struct stackcase c;
	struct buf b;

	(void)state;
	case_begin(&c);
	buf_init(&b, 1u << 22);
	buf_cstr(&b, "Resources:\n  V0: {" VPC "}\n");
	for (int i = 1; i <= 5000; i++)
		buf_fmt(&b, "  V%d: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: !GetAtt V%d.CidrBlock}}\n", i, i - 1);
	case_load(&c, buf_get(&b).p);
	assert_str(case_error(&c), "");
	assert_str(case_props(&c, "V5000"), "{\"CidrBlock\":\"10.0.0.0/16\"}");
	assert_str(stack_find(c.stack, STR("V5000"))->depends[0].address, "V4999");
	buf_free(&b);
	case_end(&c);
}

/* --- files ------------------------------------------------------------------------------------------------------- */

static char folder[] = "/tmp/drplan-stack-XXXXXX";

static void file_write(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void folder_load(struct stackcase *c)
{
	case_begin(c);
	c->opt.path = str_of(folder);
	c->errs = (struct errs){.arena = &c->arena, .sources = &c->sources};
	c->stack = stack_load(&c->arena, &c->opt, &c->errs);
	c->rendered = c->stack && stack_render(c->stack, &c->errs);
	errs_sort(&c->errs);
}

static void test_includes(void **state)
{
	struct stackcase c;

	(void)state;
	file_write("stack.yaml", "Stack: inc\nTargets: {a: {Region: us-east-1}, b: {Region: us-west-2}}\n"
				 "Defaults: {Target: a, Tags: {T: 1}}\nInclude: [net.yaml, more.json]\n"
				 "Resources: {V: {" VPC "}}\n");
	file_write("net.yaml", "Defaults: {Target: b, Phase: security}\nResources: {W: {" VPC "}}\n");
	file_write("more.json", "{\"Resources\": {\"X\": {\"Type\": \"AWS::EC2::VPC\", \"Properties\": {\"CidrBlock\": "
				"{\"Fn::GetAtt\": [\"V\", \"CidrBlock\"]}}}}}");
	folder_load(&c);
	assert_str(case_error(&c), "");
	assert_str(c.stack->name, "inc");
	assert_int_equal(stack_find(c.stack, STR("V"))->target, 0);
	assert_int_equal(stack_find(c.stack, STR("W"))->target, 1);
	assert_int_equal(stack_find(c.stack, STR("W"))->phase, 1);
	assert_str(case_props(&c, "X"), "{\"CidrBlock\":\"10.0.0.0/16\",\"Tags\":[{\"Key\":\"T\",\"Value\":\"1\"}]}");
	case_end(&c);

	file_write("net.yaml", "Include: [stack.yaml, gone.yaml]\nResources: {V: {" VPC "}}\nPhases: []\n");
	folder_load(&c);
	assert_int_equal(c.errs.errors, 4);
	assert_true(str_ends(c.errs.items[0].message, STR("stack.yaml' is the stack itself and cannot be included")));
	assert_true(str_ends(c.errs.items[1].message, STR("gone.yaml': No such file or directory")));
	assert_str(c.errs.items[2].message, "'V' is defined twice");
	assert_str(c.errs.items[3].message, "Phases belongs into the main file of the stack");
	case_end(&c);
}

static void test_modules(void **state)
{
	struct stackcase c;
	const struct resource *res;

	(void)state;
	file_write("stack.yaml",
		   "Stack: m\nResources:\n  Network:\n    Type: AWS::CloudFormation::Stack\n    DeletionPolicy: Retain\n"
		   "    Properties: {TemplateURL: child.yaml, Parameters: {Cidr: 10.9.0.0/16, Ids: !Ref Gw}, Tags: [{Key: k, Value: v}]}\n"
		   "  Gw: {Type: 'AWS::EC2::InternetGateway'}\n"
		   "  Att: {Type: 'AWS::EC2::VPCGatewayAttachment', DependsOn: Network, Properties: "
		   "{VpcId: !GetAtt Network.Outputs.VpcId, InternetGatewayId: !GetAtt Network.Outputs.First}}\n"
		   "Outputs: {C: {Value: !GetAtt Network.Outputs.Cidr}, N: {Value: !GetAtt Network.Outputs.Name}}\n");
	file_write("child.yaml",
		   "Parameters: {Cidr: {Type: String}, Ids: {Type: CommaDelimitedList}}\nResources:\n"
		   "  Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: !Ref Cidr}}\n"
		   "  Table: {Type: 'AWS::EC2::RouteTable', Properties: {VpcId: !Ref Vpc}}\n"
		   "Outputs: {VpcId: {Value: !Ref Vpc}, Cidr: {Value: !GetAtt Vpc.CidrBlock}, First: {Value: !Select [0, !Ref Ids]},\n"
		   "  Name: {Value: !Ref 'AWS::StackName'}}\n");
	folder_load(&c);
	assert_str(case_error(&c), "");
	assert_int_equal(c.stack->n_resources, 4);
	assert_str(case_props(&c, "Network.Vpc"), "{\"CidrBlock\":\"10.9.0.0/16\",\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]}");
	assert_int_equal(stack_find(c.stack, STR("Network.Vpc"))->deletion, DELETION_RETAIN);
	assert_str(case_props(&c, "Att"), "{\"VpcId\":{\"Ref\":\"Network.Vpc\"},\"InternetGatewayId\":"
		   "{\"Fn::Select\":[\"0\",{\"Fn::Split\":[\",\",{\"Ref\":\"Gw\"}]}]}}");
	res = stack_find(c.stack, STR("Att"));
	assert_int_equal(res->n_depends, 1);
	assert_str(res->depends[0].address, "Network.Table");
	assert_str(case_output(&c, "C"), "\"10.9.0.0/16\"");
	assert_str(case_output(&c, "N"), "\"m-Network\"");
	case_end(&c);

	file_write("child.yaml", "Resources:\n  Me: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: child.yaml}}\n");
	folder_load(&c);
	assert_true(c.errs.errors >= 3);
	assert_null(c.stack);
	case_end(&c);
}

static int folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
	static const char *const names[] = {"stack.yaml", "net.yaml", "more.json", "child.yaml"};
	char path[256];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_anatomy), cmocka_unit_test(test_conditions_cycle), cmocka_unit_test(test_conditions_by_target),
		cmocka_unit_test(test_mode), cmocka_unit_test(test_typing), cmocka_unit_test(test_json),
		cmocka_unit_test(test_default_tags), cmocka_unit_test(test_phases), cmocka_unit_test(test_loops),
		cmocka_unit_test(test_long_chain), cmocka_unit_test(test_includes), cmocka_unit_test(test_modules),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
