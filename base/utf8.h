/* UTF-8, one character at a time, for the readers and the printer of errors. */
#ifndef DRPLAN_BASE_UTF8_H
#define DRPLAN_BASE_UTF8_H

#include "base/str.h"

/* The character at p (n bytes left, n > 0) and its length in bytes in *len. Malformed input gives -1 and length 1.
 * Surrogates, overlong forms and anything beyond U+10FFFF are malformed. */
int32_t utf8_decode(const char *p, size_t n, size_t *len);
/* Writes the 1..4 bytes of a valid character to p and returns how many. */
size_t utf8_encode(char *p, int32_t c);
/* Columns that a terminal gives the character: 0, 1 or 2. An approximation without tables of the locale. */
int utf8_width(int32_t c);
/* Characters that steer a terminal or hide what is shown: controls, bidirectional overrides, invisible joiners. */
bool utf8_is_control(int32_t c);

#endif
