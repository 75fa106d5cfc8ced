/* Packages: references and fingerprints, and archives that are the same bytes at any time and place. */
#include "tests/unit/check.h"

#include "base/hash.h"
#include "base/zip.h"
#include "model/normal.h"
#include "model/package.h"

#include <stdlib.h>
#include <time.h>

/* Of "A = 1\n" as the only file of an archive, made by Python's zipfile. */
#define AS_PYTHON "apMPDQW0bldzb9mlyKgm3NbFyHiNvCss60Vhlc2GLEs="
#define AS_NODE "Ph5ZfScbVCLMqllXAEZJsxgOLyUj5njmMF9jpsgSyPA="

static void references(void **state)
{
	static const char *const wrong[] = {
		"", "local ", "local a", "local  sha256:" AS_PYTHON, "local a sha256:" AS_PYTHON "=", "local a sha256:short=",
		"locala sha256:" AS_PYTHON, "x local a sha256:" AS_PYTHON, "local a sha256: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=",
		"exports.handler = 1", AS_PYTHON,
	};
	struct arena a = {0};
	struct package_ref ref = {.path = STR("fn dir/ sha256:x"), .sha256 = STR(AS_PYTHON)}, got;

	(void)state;
	assert_true(package_ref_parse(package_ref_text(&a, &ref), &got));
	assert_str(got.path, "fn dir/ sha256:x");
	assert_str(got.sha256, AS_PYTHON);
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(package_ref_parse(str_of(wrong[i]), &got));
	arena_free(&a);
}

static void fingerprints(void **state)
{
	struct arena a = {0};
	struct str archive, node;

	(void)state;
	assert_true(package_of_text(&a, STR("A = 1\n"), STR("python3.12"), &archive));
	assert_str(package_sha256(&a, archive), AS_PYTHON);
	assert_true(package_of_text(&a, STR("A = 1\n"), STR("nodejs20.x"), &node));
	assert_str(package_sha256(&a, node), AS_NODE);
	assert_false(package_of_text(&a, STR("A = 1\n"), STR("java21"), &node));
	assert_false(package_of_text(&a, STR("A = 1\n"), STR(""), &node));
	assert_true(package_is_sha256(STR(AS_PYTHON)));
	assert_false(package_is_sha256(STR("A = 1\n")));
	arena_free(&a);
}

static void comparing(void **state)
{
	struct arena a = {0};
	struct package_ref ref = {STR("fn"), STR(AS_PYTHON)};
	struct str archive, text = STR("A = 1\n"), live = STR(AS_PYTHON), local = package_ref_text(&a, &ref);

	(void)state;
	assert_true(package_of_text(&a, text, STR("python3.12"), &archive));
	assert_true(package_equal(&a, text, live));
	assert_true(package_equal(&a, text, STR(AS_NODE)));	/* whichever it is, a runtime's change is seen by itself */
	assert_true(package_equal(&a, local, live));
	assert_true(package_equal(&a, archive, live));
	assert_true(package_equal(&a, live, live));
	assert_true(package_equal(&a, text, text));
	assert_false(package_equal(&a, STR("A = 2\n"), live));
	assert_false(package_equal(&a, local, STR(AS_NODE)));
	assert_false(package_equal(&a, archive, STR(AS_NODE)));
	assert_false(package_equal(&a, text, STR("")));
	assert_str(package_form(&a, text), AS_PYTHON);
	assert_str(package_form(&a, archive), AS_PYTHON);
	arena_free(&a);
}

/* Neither the zone nor the clock is in an archive; what does not compress is not tried. */
static void same_bytes(void **state)
{
	static const char *const zones[] = {"UTC", "Asia/Tokyo", "America/St_Johns"};
	struct zip_entry entries[] = {
		{.name = STR("a.py"), .bytes = STR("x")}, {.name = STR("empty/")}, {.name = STR("run"), .bytes = STR("y"), .executable = true}};
	struct arena a = {0};
	struct str first = {0}, again, packed, why = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(zones); i++) {
		setenv("TZ", zones[i], 1);
		tzset();
		assert_true(zip_write(&a, entries, COUNT(entries), false, &again, &why));
		if (!first.n)
			first = again;
		assert_true(str_eq(first, again));
	}
	unsetenv("TZ");
	tzset();
	assert_true(zip_is(first));
	assert_false(zip_is(STR("PK")));
	entries[0].bytes = (struct str){arena_array(&a, 100000, 1), 100000};
	assert_true(zip_write(&a, entries, COUNT(entries), true, &packed, &why));
	assert_true(packed.n < 2000);
	assert_true(zip_write(&a, entries, COUNT(entries), false, &again, &why));
	assert_true(again.n > 100000);
	entries[2].name = entries[0].name;
	assert_false(zip_write(&a, entries, COUNT(entries), false, &again, &why));
	assert_true(why.n > 0);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references),
		cmocka_unit_test(fingerprints),
		cmocka_unit_test(comparing),
		cmocka_unit_test(same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
