/* The compiler of the type texts: what it refuses, where, and in which words. */
#include "tests/unit/typec_all.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* A sound type, with a place for what each case changes: one key's line is replaced or added. */
static const char *const lines[][2] = {
	{"Layer", "networking"},
	{"Id", "RouteTable.RouteTableId"},
	{"Create", "CreateRouteTable"},
	{"Tags", "TagSpecifications(ResourceType=route-table).Tags"},
	{"Read", "{Call: DescribeRouteTables, Filter: route-table-id, At: RouteTables}"},
	{"Delete", "{Call: DeleteRouteTable, Retry: DependencyViolation}"},
	{"Gone", "InvalidRouteTableID.NotFound"},
	{"Recover", "tag"},
};

static struct str text_with(struct arena *a, const char *key, const char *value)
{
	struct buf b;
	struct str out;
	bool done = false;

	buf_init(&b, 65536);
	buf_cstr(&b, "Service: ec2\nTagCalls:\n  Put: {Call: CreateTags, With: {Resources: $id}, Tags: Tags}\n"
		     "  Remove: {Call: DeleteTags, With: {Resources: $id}, Keys: Tags.Key}\nTypes:\n  AWS::EC2::RouteTable:\n");
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		bool this = key && str_eqc(str_of(key), lines[i][0]);

		if (!this || value)
			buf_fmt(&b, "    %s: %s\n", lines[i][0], this ? value : lines[i][1]);
		done = done || this;
	}
	if (key && !done)
		buf_fmt(&b, "    %s: %s\n", key, value);
	out = buf_take(&b, a);
	buf_free(&b);
	return out;
}

/* The errors of a text, as they are printed. */
static void errors_of(struct str text, struct buf *out)
{
	static struct typec tc;

	typec_init(&tc);
	typec_add(&tc, STR("t"), str_dup(&tc.arena, text));
	typec_compile(&tc);
	buf_init(out, 1 << 20);
	errs_print(&tc.errs, out, false);
	typec_free(&tc);
}

struct wrong {
	const char *key, *value, *error;	/* error: "LINE:COL: text", anywhere in what is printed */
};

static const struct wrong wrongs[] = {
	{"Layer", "network", "7:12: error: Layer is networking"},
	{"Id", NULL, "has no 'Id'"},
	{"Id", "RouteTable.RouteTableIdd", "8:20: error: there is no 'RouteTableIdd' here in the API (did you mean 'RouteTableId'?)"},
	{"Create", "CreateRouteTabel", "9:13: error: there is no operation 'CreateRouteTabel' in ec2"},
	{"Create", "{Call: CreateRouteTable, Wiht: {}}", "unknown word 'Wiht' (did you mean 'With'?)"},
	{"Create", "{Call: CreateRouteTable, With: {VpcIdd: x}}", "9:45: error: there is no 'VpcIdd' here in the API (did you mean 'VpcId'?)"},
	{"Create", "{Call: CreateRouteTable, With: {VpcId: $Vpc}}", "AWS::EC2::RouteTable has no property 'Vpc'"},
	{"Create", "{Call: CreateRouteTable, With: {VpcId: $nothing}}", "unknown variable '$nothing'"},
	{"Create", "{Call: CreateRouteTable, Max: soon}", "Max is a duration"},
	{"Tags", "TagSpecifications(Type=x).Tags", "10:29: error: there is no 'Type' here in the API"},
	{"Tags", "ClientToken(a=b).Tags", "conditions select among a list"},
	{"Read", "{Call: DescribeRouteTables, Filter: x, At: RouteTable}", "there is no 'RouteTable' here in the API (did you mean 'RouteTables'?)"},
	{"Read", "{Call: DescribeRouteTables, At: RouteTables.Routes, Filter: x}", "the elements have no 'RouteTableId': say Id: PATH"},
	{"Read", NULL, "has no 'Read' that could be compiled"},
	{"Delete", "DeleteVpc", "DeleteVpc has no parameter 'RouteTableId': say With: {PARAMETER: $id}"},
	{"Delete", NULL, "lacks Create or Delete"},
	{"Claims", "maybe", "Claims is true or false"},
	{"Claims", "true", "Claims wants an Id made of properties, or Unique and a Recover that reads"},
	{"Recover", "luck", "Recover is tag, name, parent, again, none"},
	{"Recover", "name", "Recover: name wants an Id made of properties"},
	{"Recover", "parent", "Recover: parent wants an Id made of properties"},
	{"Unsure", "VpcId", "Unsure wants a Recover that reads"},
	{"Recover", NULL, "does not say 'Recover'"},
	{"Map", "[VpcId <= VpcId]", "a mapping is wanted here"},
	{"Map", "[Vpc <-> VpcId]", NULL},
	{"Wait", "{Until: State=available}", "there is no 'State' here in the API"},
	{"Unique", "[Vpc]", "has no property 'Vpc'"},
	{"Default", "{Vpc: 1}", "has no property 'Vpc'"},
	{"Default", "[1]", "a map is wanted here"},
	{"Normalise", "{VpcId: shout}", "there is no normaliser 'shout'"},
	{"Shared", "{VpcId: {Type: AWS::EC2::Nothing, Parent: Id}}", "there is no type 'AWS::EC2::Nothing'"},

	{"Attributes", "{Colour: VpcId}", "has no attribute 'Colour'"},
	{"CreateOnly", "[Vpc]", "has no property 'Vpc'"},
	{"Facets", "{Vpc: {Put: CreateRoute}}", "has no property 'Vpc'"},
	{"Ref", "'{RouteTableId'", "'{' without '}'"},
	{"Nonsense", "1", "unknown word 'Nonsense'"},
	{"Package", "{Property: VpcId, Member: Zip, Runtime: VpcId}", "has no property 'VpcId.Zip'"},
	{"Package", "{Property: VpcId, File: x}", "unknown word 'File'"},
	{"Document", "{Text: VpcId, Object: Vpc, Substitutions: VpcId, File: VpcId}", "has no property 'Vpc'"},
	{"Shown", "[Vpc]", "has no property 'Vpc'"},
	{"Dead", "VpcId.Id=a", "there is no 'Id' here in the API"},
	{"Alone", "[Vpc]", "has no property 'Vpc'"},
	{"Id", "{Path: RouteTable.RouteTableId, Behind: /}", "unknown word 'Behind'"},
	{"Delete", "{Call: DeleteRouteTable, Gather: {Most: 3}}", "Gather is {At: the list that calls share"},
	{"Delete", "{Call: DeleteTags, With: {Resources: $id}, Gather: {At: DryRun}}", "Gather needs a list"},
	{"Delete", "{Call: DeleteTags, With: {Resources: $id}, Gather: {At: Resources, Most: 0}}", "Most is a number of calls"},
	{"Create", "{Call: CreateRouteTable, Gather: {At: TagSpecifications}}", "CreateRouteTable cannot be shared"},
};

static void refused(void **state)
{
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
		struct buf out;

		if (!wrongs[i].error)
			continue;
		errors_of(text_with(&a, wrongs[i].key, wrongs[i].value), &out);
		if (str_find(buf_get(&out), str_of(wrongs[i].error), 0) < 0)
			fail_msg("case %zu (%s: %s)\nwanted: %s\ngot:\n%s", i, wrongs[i].key,
				 wrongs[i].value ? wrongs[i].value : "left out", wrongs[i].error, out.n ? out.p : "nothing");
		buf_free(&out);
	}
	arena_free(&a);
}

static void accepted(void **state)
{
	struct arena a = {0};
	struct buf out;

	(void)state;
	errors_of(text_with(&a, NULL, NULL), &out);
	assert_string_equal(out.n ? out.p : "", "");
	buf_free(&out);
	arena_free(&a);
}

/* A property that nothing sends, reads or updates is an error of the text. */
static void nothing_forgotten(void **state)
{
	struct buf out;

	(void)state;
	errors_of(STR("Service: ec2\nTypes:\n  AWS::EC2::VPC:\n    Layer: networking\n    Id: Vpc.VpcId\n    Create: CreateVpc\n"
		      "    Read: {Call: DescribeVpcs, Filter: vpc-id, At: Vpcs}\n    Delete: DeleteVpc\n    Recover: tag\n"), &out);
	assert_true(str_find(buf_get(&out), STR("no call updates property 'EnableDnsSupport'"), 0) >= 0);
	assert_true(str_find(buf_get(&out), STR("no read answers property 'EnableDnsSupport'"), 0) >= 0);
	assert_true(str_find(buf_get(&out), STR("attribute 'DefaultSecurityGroup' of AWS::EC2::VPC has no source"), 0) >= 0);
	assert_true(str_find(buf_get(&out), STR("the text lacks Tags or TagCalls"), 0) >= 0);
	buf_free(&out);
}

static void described_twice(void **state)
{
	static struct typec tc;
	struct arena a = {0};
	struct str text = text_with(&a, NULL, NULL);

	(void)state;
	typec_init(&tc);
	typec_add(&tc, STR("a"), text);
	typec_add(&tc, STR("b"), text);
	typec_compile(&tc);
	assert_int_equal(tc.errs.errors, 1);
	assert_true(str_find(tc.errs.items[0].message, STR("described twice"), 0) >= 0);
	typec_free(&tc);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(accepted),
		cmocka_unit_test(nothing_forgotten),
		cmocka_unit_test(described_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
