/* Numbers as they are spelled: parsed, compared and cut to integers without a trip through double. */
#ifndef DRPLAN_BASE_DECIMAL_H
#define DRPLAN_BASE_DECIMAL_H

#include "base/str.h"

/* 0.d1d2d3... times ten to the power of exponent; d1 and the last digit are not 0. Zero has no digits. */
struct decimal {
	struct str digits;	/* a slice of the spelling; a '.' in it is to be skipped */
	int64_t exponent;	/* saturates far beyond anything that is used */
	bool negative;
};

/* The number grammar of JSON at the beginning of s: its length, or 0. */
size_t decimal_scan(struct str s);
/* The whole of s by that grammar. */
bool decimal_parse(struct str s, struct decimal *out);
int decimal_cmp(const struct decimal *a, const struct decimal *b);
/* The value times ten to the power of shift, which must be whole and fit. With cut, further digits are dropped. */
bool decimal_int(const struct decimal *d, int shift, bool cut, int64_t *out);

#endif
