/* YAML: whatever is read can be written as JSON, copied and compared; errors can be printed; nothing expands without
 * bound, whatever aliases say. */
#include "base/json.h"
#include "stacks/yaml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static size_t nodes(const struct value *v)
{
	size_t n = 1;

	for (uint32_t i = 0; v->kind == V_MAP && i < v->map.n; i++)
		n += nodes(v->map.items[i].value);
	for (size_t i = 0; v->kind == V_LIST && i < value_count(v); i++)
		n += nodes(value_at(v, i));
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	struct arena a = {0};
	struct sources sources = {0};
	struct errs errs = {.arena = &a, .sources = &sources};
	uint16_t file = sources_add(&sources, &a, STR("fuzz.yaml"), text);
	struct value *v = yaml_read(&a, text, file, YAML_FUNCTIONS, &errs);
	struct buf b;

	must(v ? !errs.errors : errs.errors > 0);
	if (v) {
		must(nodes(v) < size * 4 + YAML_ALIASED * 2);
		must(value_equal(v, value_copy(&a, v)));
	}
	yaml_read(&a, text, file, YAML_FUNCTIONS | YAML_PARTIAL, &errs);
	buf_init(&b, 1 << 20);
	errs_print(&errs, &b, true);
	must(str_utf8(buf_get(&b)));
	buf_free(&b);
	arena_free(&a);
	return 0;
}
