/* Hexadecimal and base64 (hash.h). */
#include "base/hash.h"

struct str hex_of(struct arena *a, const void *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *in = p;
	char *out = arena_array(a, n + 1, 2);

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
	return (struct str){out, 2 * n};
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct str base64_of(struct arena *a, struct str s)
{
	char *out = arena_array(a, s.n / 3 + 2, 4);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i += 3) {
		size_t left = s.n - i;
		uint32_t v = (uint32_t)(unsigned char)s.p[i] << 16;

		if (left > 1)
			v |= (uint32_t)(unsigned char)s.p[i + 1] << 8;
		if (left > 2)
			v |= (unsigned char)s.p[i + 2];
		out[n++] = alphabet[v >> 18];
		out[n++] = alphabet[v >> 12 & 63];
		out[n++] = left > 1 ? alphabet[v >> 6 & 63] : '=';
		out[n++] = left > 2 ? alphabet[v & 63] : '=';
	}
	return (struct str){out, n};
}

static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Strict RFC 4648: padded, no white space, unused bits zero. */
bool base64_decode(struct arena *a, struct str s, struct str *out)
{
	size_t pad = 0, n = 0;
	char *p;

	if (s.n % 4)
		return false;
	while (pad < 2 && pad < s.n && s.p[s.n - 1 - pad] == '=')
		pad++;
	p = arena_array(a, s.n / 4 * 3 + 1, 1);
	for (size_t i = 0; i < s.n; i += 4) {
		size_t chars = i + 4 == s.n ? 4 - pad : 4;
		uint32_t v = 0;

		for (size_t j = 0; j < 4; j++) {
			int bits = j < chars ? sextet(s.p[i + j]) : 0;

			if (bits < 0)
				return false;
			v = v << 6 | (uint32_t)bits;
		}
		if ((chars == 3 && (v & 0xff)) || (chars == 2 && (v & 0xffff)))
			return false;
		p[n++] = (char)(v >> 16);
		if (chars > 2)
			p[n++] = (char)(v >> 8);
		if (chars > 3)
			p[n++] = (char)v;
	}
	p[n] = '\0';
	*out = (struct str){p, n};
	return true;
}
