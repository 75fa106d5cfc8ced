/* Strings: a counted slice (struct str) and a bounded growing buffer (struct buf).
 *
 * A struct str never owns its bytes: they belong to an arena, a buffer or a literal. Bytes that came from
 * str_dup, str_fmt or a literal are followed by a NUL, so s.p may be handed to C functions; a slice's are not.
 * A struct buf belongs to its owner and has a maximum that is fixed when it is made: input cannot make it grow
 * beyond that. Nothing here looks at the locale.
 */
#ifndef DRPLAN_BASE_STR_H
#define DRPLAN_BASE_STR_H

#include "base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){("" literal), sizeof("" literal) - 1})
#define STR_INIT(literal) {("" literal), sizeof("" literal) - 1}
/* The two arguments of "%.*s". */
#define STR_ARG(s) (int)((s).n & 0x7fffffff), (s).n ? (s).p : ""
#define STR_NONE ((struct str){0, 0})

#if defined(__GNUC__)
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#else
#define PRINTF_LIKE(f, a)
#endif

struct str str_of(const char *cstr);			/* NULL gives an empty slice */
struct str str_dup(struct arena *a, struct str s);	/* copied, NUL behind it */
struct str str_fmt(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct str str_vfmt(struct arena *a, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
struct str str_cat(struct arena *a, struct str x, struct str y);
bool str_eq(struct str a, struct str b);
bool str_eqc(struct str a, const char *cstr);
bool str_eq_nocase(struct str a, struct str b);		/* ASCII */
int str_cmp(struct str a, struct str b);		/* by bytes, shorter first */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Index of the first occurrence at or after from, or -1. */
ptrdiff_t str_find(struct str s, struct str what, size_t from);
ptrdiff_t str_chr(struct str s, char c, size_t from);
struct str str_sub(struct str s, size_t from, size_t to);	/* clamped [from, to) */
struct str str_trim(struct str s);				/* ASCII white space, both ends */
/* Take the text before the next sep off *rest; false when *rest was used up. "a," gives "a" and "". */
bool str_cut(struct str *rest, char sep, struct str *head);
/* The whole slice as a decimal integer within [min, max]; false leaves *out alone. */
bool str_int(struct str s, int64_t min, int64_t max, int64_t *out);
/* "30s" "15m" "24h" "7d" "1h30m" "250ms" in milliseconds; false if malformed or over ten years. */
bool str_duration(struct str s, int64_t *ms);
/* Well-formed UTF-8 without surrogates or overlong forms. */
bool str_utf8(struct str s);
/* Levenshtein distance with swaps; max + 1 when it is above max, or when the strings are longer than 127 bytes. */
unsigned str_distance(struct str a, struct str b, unsigned max);

struct buf {
	char *p;	/* NUL-terminated once anything was added */
	size_t n;
	size_t cap;
	size_t max;	/* never more bytes than this: an append beyond it sets overflow, and nothing is added after that */
	bool overflow;
	bool secret;	/* wiped when freed or moved */
};

void buf_init(struct buf *b, size_t max);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_cstr(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_fmt(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vfmt(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
void buf_pad(struct buf *b, char c, size_t count);
/* For people: control characters, bidirectional overrides and malformed UTF-8 are escaped, so that text from
 * elsewhere cannot steer a terminal. Line ends and tabs are kept when lines is set and become spaces otherwise. */
void buf_visible(struct buf *b, struct str s, bool lines);
struct str buf_get(const struct buf *b);		/* valid until the next append */
struct str buf_take(struct buf *b, struct arena *a);	/* copied into the arena; the buffer gives its memory back */
void buf_clear(struct buf *b);				/* keeps the memory */
void buf_free(struct buf *b);				/* and may be used again after buf_init */

#endif
