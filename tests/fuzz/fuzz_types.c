/* Fuzzes the compiler of the type texts: any text must end in tables or in errors with positions. */
#include "tests/unit/typec_all.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct typec tc;
	struct buf out;

	typec_init(&tc);
	typec_add(&tc, STR("fuzz.types"), str_dup(&tc.arena, (struct str){(const char *)data, size}));
	typec_compile(&tc);
	buf_init(&out, (size_t)1 << 24);
	errs_print(&tc.errs, &out, false);
	buf_free(&out);
	typec_free(&tc);
	return 0;
}
