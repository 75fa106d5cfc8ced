/* Growing buffers with a maximum (str.h). */
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

static void drop(struct buf *b)
{
	if (b->secret && b->p)
		explicit_bzero(b->p, b->cap);
	free(b->p);
	b->p = NULL;
	b->n = b->cap = 0;
}

/* Make room for n more bytes and a NUL. An append after an overflow is refused too: half a text would mislead. */
static bool reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 64;
	char *p;

	if (b->overflow || n > b->max - b->n || n >= SIZE_MAX / 2 - b->n) {
		b->overflow = true;
		return false;
	}
	if (b->n + n < b->cap)
		return true;
	while (cap <= b->n + n)
		cap *= 2;
	if (cap - 1 > b->max)
		cap = b->max + 1;
	/* Not realloc: it would leave a secret behind in the old place. */
	p = xmalloc(cap);
	if (b->n)
		memcpy(p, b->p, b->n);
	n = b->n;
	drop(b);
	b->p = p;
	b->n = n;
	b->cap = cap;
	return true;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void buf_str(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

void buf_cstr(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_vfmt(struct buf *b, const char *fmt, va_list ap)
{
	char small[256];
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof small, fmt, ap);
	if (n > 0 && (size_t)n < sizeof small) {
		buf_add(b, small, (size_t)n);
	} else if (n > 0 && reserve(b, (size_t)n)) {
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	if (b->secret)
		explicit_bzero(small, sizeof small);
	va_end(again);
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(b, fmt, ap);
	va_end(ap);
}

void buf_pad(struct buf *b, char c, size_t count)
{
	if (!reserve(b, count))
		return;
	memset(b->p + b->n, c, count);
	b->n += count;
	b->p[b->n] = '\0';
}

void buf_visible(struct buf *b, struct str s, bool lines)
{
	size_t len, done = 0;

	for (size_t i = 0; i < s.n; i += len) {
		int32_t c = utf8_decode(s.p + i, s.n - i, &len);

		if (!utf8_is_control(c) || (lines && (c == '\n' || c == '\t')))
			continue;
		buf_add(b, s.p + done, i - done);
		done = i + len;
		if (c == '\n' || c == '\t' || c == '\r')
			buf_char(b, ' ');
		else if (c < 0x80)
			buf_fmt(b, "\\x%02x", (unsigned char)s.p[i]);
		else
			buf_fmt(b, "\\u%04x", (unsigned)c);
	}
	buf_add(b, s.p ? s.p + done : "", s.n - done);
}

struct str buf_get(const struct buf *b)
{
	return b->n ? (struct str){b->p, b->n} : STR("");
}

struct str buf_take(struct buf *b, struct arena *a)
{
	struct str s = {arena_copy(a, b->p, b->n), b->n};

	drop(b);
	b->overflow = false;
	return s;
}

void buf_clear(struct buf *b)
{
	if (b->secret && b->p)
		explicit_bzero(b->p, b->cap);
	b->n = 0;
	b->overflow = false;
	if (b->p)
		b->p[0] = '\0';
}

void buf_free(struct buf *b)
{
	drop(b);
	b->overflow = false;
}
