/* JSON: whatever is read can be written and read again to an equal value, in every form of the writer, and errors can
 * be printed. The lax reader takes all that the strict one takes. */
#include "base/hash.h"
#include "base/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void round_trip(struct arena *a, const struct value *v, unsigned flags)
{
	struct errs errs = {.arena = a};
	struct value *again;
	struct buf b;

	buf_init(&b, 64 << 20);
	json_write(&b, v, flags);
	must(!b.overflow);
	again = json_read(a, buf_get(&b), 0, &errs);
	must(again && !errs.n);
	must(value_equal(v, again) && value_compare(v, again) == 0);
	must(fingerprint_eq(hash_value(v), hash_value(again)));
	must(value_equal(v, value_copy(a, v)));
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	struct arena a = {0};
	struct sources sources = {0};
	struct errs errs = {.arena = &a, .sources = &sources};
	uint16_t file = sources_add(&sources, &a, STR("fuzz.json"), text);
	struct value *v = json_read(&a, text, file, &errs), *lax = json_read_lax(&a, text, file, &errs);
	struct buf b;

	must(v || errs.n);
	if (v) {
		must(lax && value_equal(v, lax) && !errs.n);
		round_trip(&a, v, 0);
		round_trip(&a, v, JSON_SORTED | JSON_PRETTY);
	}
	if (lax)
		round_trip(&a, lax, JSON_PRETTY);
	buf_init(&b, 1 << 20);
	errs_print(&errs, &b, true);
	must(str_utf8(buf_get(&b)));
	buf_free(&b);
	arena_free(&a);
	return 0;
}
