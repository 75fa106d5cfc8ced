/* Every Sim block of the type texts: its keys, the paths and types that it names, and that each type can be made. */
#include "tests/unit/simstage.h"
#include "providers/sim/inner.h"

static struct sim_catalog catalog;
static struct arena arena;

static int teardown(void **state)
{
	(void)state;
	facts_free(&catalog);
	arena_free(&arena);
	return 0;
}

static const struct sim_facts *facts(size_t i)
{
	struct errs errs = {.arena = &arena};
	const struct sim_facts *f = facts_of(&catalog, type_name(model_nth(i)), &errs);

	if (!f)
		fail_msg("%.*s", STR_ARG(errs.items[0].message));
	return f;
}

static void path_exists(const struct sim_facts *f, struct str path)
{
	if (!schema_path(f->schema, path))
		fail_msg("%.*s has no %.*s", STR_ARG(f->name), STR_ARG(path));
}

static void known_type(const struct sim_facts *f, const struct value *name)
{
	ptrdiff_t colons = str_find(value_text(name), STR("::"), 0);

	if (colons <= 0)
		fail_msg("%.*s names the type '%.*s'", STR_ARG(f->name), STR_ARG(value_text(name)));
}

static void keys_are(const struct sim_facts *f, const struct value *rule, const char *allowed)
{
	for (size_t i = 0; i < value_count(rule); i++) {
		struct str key = rule->map.items[i].key;

		if (str_find(str_of(allowed), str_fmt(&arena, " %.*s ", STR_ARG(key)), 0) < 0)
			fail_msg("%.*s: unknown key %.*s", STR_ARG(f->name), STR_ARG(key));
	}
}

static void lists_are(const struct sim_facts *f, const struct value *list, const char *allowed)
{
	for (size_t i = 0; i < value_count(list); i++)
		keys_are(f, value_at(list, i), allowed);
}

static void test_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < model_count(); i++) {
		const struct sim_facts *f = facts(i);

		lists_are(f, f->drop, " When Paths ");
		lists_are(f, f->needs, " Type Where When Kind Code Message ");
		lists_are(f, f->equal, " Of Code Message ");
		lists_are(f, f->cidr, " Property Parent Within Min Max Range Conflict ");
		lists_are(f, f->with, " Type As Properties ");
		lists_are(f, f->keep, " When Code Message ");
		for (size_t k = 0; k < value_count(f->refs); k++)
			keys_are(f, f->refs->map.items[k].value, " To Kind Region Account Except One ");
		for (int k = 0; k < SIM_STEPS; k++) {
			const struct value *v = f->steps[k];

			if (v && v->kind == V_MAP)
				keys_are(f, v, " Takes Shows When ");
			else
				lists_are(f, v, " Takes Shows When ");
		}
	}
}

static void test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < model_count(); i++) {
		const struct sim_facts *f = facts(i);

		for (size_t k = 0; k < f->n_defaults; k++)
			path_exists(f, f->defaults[k].path);
		for (size_t k = 0; k < value_count(f->attrs); k++)
			path_exists(f, f->attrs->map.items[k].key);
		for (size_t k = 0; k < value_count(f->refs); k++) {
			const struct value *to = value_getc(f->refs->map.items[k].value, "To");

			path_exists(f, f->refs->map.items[k].key);
			if (to && to->kind == V_STRING)
				known_type(f, to);
			for (size_t n = 0; to && to->kind == V_LIST && n < value_count(to); n++)
				known_type(f, value_at(to, n));
		}
		for (size_t k = 0; k < f->n_uniques; k++)
			for (size_t n = 0; n < f->uniques[k].n; n++)
				path_exists(f, f->uniques[k].names[n]);
		for (size_t k = 0; k < value_count(f->with); k++)
			assert_non_null(model_type(value_text(value_getc(value_at(f->with, k), "Type"))));
		for (size_t k = 0; k < value_count(f->cidr); k++)
			path_exists(f, value_text(value_getc(value_at(f->cidr, k), "Property")));
	}
}

static bool made_beside(const struct sim_facts *f, struct str name)
{
	for (size_t n = 0; n < value_count(f->with); n++)
		if (str_eq(value_text(value_getc(value_at(f->with, n), "As")), name))
			return true;
	return false;
}

/* Only gateways of the regional kind have these, which the simulator doesn't make. */
static bool regional_nat(const struct sim_facts *f, struct str name)
{
	return str_eqc(f->name, NAT) && (str_starts(name, STR("Auto")) || str_eqc(name, "RouteTableId"));
}

/* An object that is made of attributes of the block: Endpoint, of Endpoint.Address. */
static bool has_parts(const struct sim_facts *f, struct str name)
{
	for (size_t i = 0; i < value_count(f->attrs); i++) {
		struct str key = f->attrs->map.items[i].key;

		if (key.n > name.n && str_starts(key, name) && key.p[name.n] == '.')
			return true;
	}
	return false;
}

/* What AWS answers only at times or in settings that the simulator doesn't play: operations under way, restores, a
 * second zone, addresses of IPv6. */
static bool not_played(struct str name)
{
	static const char *const names[] = {
		"AutomaticRestartTime", "PercentProgress", "ResumeFullAutomationModeTime", "SecondaryAvailabilityZone",
		"StorageOperationPercentProgress", "StorageOperationStatus", "PrimaryIpv6Address", "PublicIpDnsNameOptions",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eqc(name, names[i]))
			return true;
	return false;
}

/* Each attribute that GetAtt can ask for has a source: an attribute of the block, or a property that is set. What
 * lies within a property that may be left out is there when that is. */
static void test_attributes(void **state)
{
	size_t missing = 0;

	(void)state;
	for (size_t i = 0; i < model_count(); i++) {
		const struct sim_facts *f = facts(i);

		if (str_starts(f->name, STR("DR::Local::")))	/* this machine's own, whatever world is behind it */
			continue;
		for (size_t k = 0; k < type_attr_count(f->type); k++) {
			struct str name = type_attr_name(f->type, k);
			const struct schema *s = schema_path(f->schema, name);

			if (!s || !(schema_flags(s) & PROP_READ_ONLY) || value_get(f->attrs, name) ||
			    (schema_flags(s) & PROP_UNSUPPORTED) || made_beside(f, name) || has_parts(f, name) ||
			    regional_nat(f, name) || not_played(name) || str_chr(name, '.', 0) >= 0)
				continue;
			print_error("%.*s.%.*s has no source in the simulator\n", STR_ARG(f->name), STR_ARG(name));
			missing++;
		}
	}
	assert_int_equal(missing, 0);
}

static void test_cidr(void **state)
{
	struct cidr outer, inner, six;

	(void)state;
	assert_true(cidr_parse(STR("10.1.2.3/16"), &outer));
	assert_string_equal(cidr_address(&arena, &outer, 0).p, "10.1.0.0");
	assert_string_equal(cidr_address(&arena, &outer, 258).p, "10.1.1.2");
	assert_true(cidr_parse(STR("10.1.255.0/24"), &inner));
	assert_true(cidr_within(&inner, &outer));
	assert_false(cidr_within(&outer, &inner));
	assert_true(cidr_parse(STR("2001:db8::/56"), &six));
	assert_false(cidr_within(&six, &outer));
	assert_string_equal(cidr_address(&arena, &six, 0x10000).p, "2001:db8::1:0");
	assert_false(cidr_parse(STR("10.1.0.0"), &inner));
	assert_false(cidr_parse(STR("10.1.0.0/33"), &inner));
	assert_false(cidr_parse(STR("10.1.0/16"), &inner));
	assert_false(cidr_parse(STR("/8"), &inner));
	assert_false(cidr_parse(STR(""), &inner));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_attributes),
	    cmocka_unit_test(test_cidr),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
