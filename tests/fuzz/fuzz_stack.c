/* Whole stacks from memory: loaded, rendered without facts and again with them, and all errors printed. What is rendered
 * must survive being written as JSON and read back. */
#include "base/json.h"
#include "stacks/stackpriv.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void facts_fill(struct arena *a, struct stack *s)
{
	for (size_t i = 0; i < s->n_facts; i++) {
		struct value *list = value_list(a, (struct pos){0});

		value_append(a, list, value_string(a, (struct pos){0}, STR("us-east-1a")));
		s->facts[i].value = s->facts[i].kind == FACT_ZONES ? list
				  : value_string(a, (struct pos){0}, STR("123456789012"));
	}
}

static void round_trip(struct arena *a, const struct value *v, struct errs *errs)
{
	struct value *again;
	struct buf b;

	if (value_has_secret(v))
		return;
	buf_init(&b, 64 << 20);
	expr_write(&b, v, 0);
	if (!b.overflow) {
		again = json_read(a, buf_get(&b), 0, errs);
		must(again != NULL);
		must(expr_read(a, again, errs) != NULL);
	}
	buf_free(&b);
}

static void stack_try(struct arena *a, struct str text, struct errs *errs)
{
	const struct stack_options opt = {.path = STR("fuzz.yaml"), .default_region = STR("us-east-1")};
	size_t before = errs->errors;
	struct stack *s = stack_load_text(a, &opt, text, errs);

	must(s || errs->errors > before);
	if (!s || !stack_render(s, errs))
		return;
	facts_fill(a, s);
	stack_bind(s, STR("11111111-1111-4111-8111-111111111111"), STR("active"), STR_NONE);
	if (!stack_render(s, errs))
		return;
	for (size_t i = 0; i < s->n_resources; i++) {
		round_trip(a, s->resources[i].props, errs);
		must(stack_find(s, s->resources[i].address) != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	struct arena a = {0};
	struct sources sources = {0};
	struct errs errs = {.arena = &a, .sources = &sources};
	struct buf b;

	stack_try(&a, text, &errs);
	buf_init(&b, 4 << 20);
	errs_print(&errs, &b, false);
	must(str_utf8(buf_get(&b)));
	buf_free(&b);
	arena_free(&a);
	return 0;
}
