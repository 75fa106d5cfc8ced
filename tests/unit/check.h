/* What the unit tests share: cmocka's includes in the order that it wants, and comparing of slices. */
#ifndef DRPLAN_TESTS_CHECK_H
#define DRPLAN_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"

#include <string.h>

static inline void check_str(struct str got, const char *want, const char *file, int line)
{
	if (str_eqc(got, want))
		return;
	print_error("%s:%d: got  \"%.*s\"\n", file, line, STR_ARG(got));
	print_error("%s:%d: want \"%s\"\n", file, line, want);
	_fail(file, line);
}

#define assert_str(got, want) check_str((got), (want), __FILE__, __LINE__)

#define COUNT(array) (sizeof(array) / sizeof *(array))

#endif
