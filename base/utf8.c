/* UTF-8 decoding, encoding and display width (utf8.h). */
#include "base/utf8.h"

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

int32_t utf8_decode(const char *p, size_t n, size_t *len)
{
	const unsigned char *u = (const unsigned char *)p;
	int32_t c;

	*len = 1;
	if (u[0] < 0x80)
		return u[0];
	if (u[0] >= 0xc2 && u[0] <= 0xdf && n >= 2 && is_tail(u[1])) {
		*len = 2;
		return (u[0] & 0x1f) << 6 | (u[1] & 0x3f);
	}
	if ((u[0] & 0xf0) == 0xe0 && n >= 3 && is_tail(u[1]) && is_tail(u[2])) {
		c = (u[0] & 0x0f) << 12 | (u[1] & 0x3f) << 6 | (u[2] & 0x3f);
		if (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))
			return -1;
		*len = 3;
		return c;
	}
	if (u[0] >= 0xf0 && u[0] <= 0xf4 && n >= 4 && is_tail(u[1]) && is_tail(u[2]) && is_tail(u[3])) {
		c = (u[0] & 0x07) << 18 | (u[1] & 0x3f) << 12 | (u[2] & 0x3f) << 6 | (u[3] & 0x3f);
		if (c < 0x10000 || c > 0x10ffff)
			return -1;
		*len = 4;
		return c;
	}
	return -1;
}

size_t utf8_encode(char *p, int32_t c)
{
	if (c < 0x80) {
		p[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (char)(0xc0 | c >> 6);
		p[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		p[0] = (char)(0xe0 | c >> 12);
		p[1] = (char)(0x80 | (c >> 6 & 0x3f));
		p[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	p[0] = (char)(0xf0 | c >> 18);
	p[1] = (char)(0x80 | (c >> 12 & 0x3f));
	p[2] = (char)(0x80 | (c >> 6 & 0x3f));
	p[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

struct range {
	int32_t from, to;
};

static bool in_ranges(int32_t c, const struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (c >= r[i].from && c <= r[i].to)
			return true;
	}
	return false;
}

#define IN(c, ranges) in_ranges((c), (ranges), sizeof(ranges) / sizeof *(ranges))

int utf8_width(int32_t c)
{
	static const struct range zero[] = {{0x300, 0x36f}, {0x200b, 0x200f}, {0xfe00, 0xfe0f}};
	static const struct range wide[] = {
		{0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3},	{0xf900, 0xfaff},   {0xfe30, 0xfe6f},
		{0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd},
	};

	if (c < 0x300)
		return 1;
	if (IN(c, zero))
		return 0;
	return IN(c, wide) ? 2 : 1;
}

bool utf8_is_control(int32_t c)
{
	static const struct range hidden[] = {
		{0x00, 0x1f},	  {0x7f, 0x9f},	    {0x200b, 0x200f}, {0x2028, 0x202e},
		{0x2060, 0x2069}, {0xfeff, 0xfeff}, {0xe0000, 0xe007f},
	};

	return c < 0 || IN(c, hidden);
}

bool str_utf8(struct str s)
{
	size_t len;

	for (size_t i = 0; i < s.n; i += len) {
		len = 1;
		if ((unsigned char)s.p[i] >= 0x80 && utf8_decode(s.p + i, s.n - i, &len) < 0)
			return false;
	}
	return true;
}
