/* Fn::Cidr: an address block cut into equal parts, for IPv4 and IPv6. */
#include "stacks/stackpriv.h"

#include <arpa/inet.h>
#include <string.h>

struct block {
	int family;
	int width;		/* 32 or 128 */
	int64_t prefix;
	uint8_t bytes[16];
};

static bool block_parse(struct str s, struct block *b)
{
	ptrdiff_t slash = str_chr(s, '/', 0);
	char text[64];

	if (slash < 1 || (size_t)slash >= sizeof text)
		return false;
	memcpy(text, s.p, (size_t)slash);
	text[slash] = 0;
	b->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	b->width = b->family == AF_INET ? 32 : 128;
	memset(b->bytes, 0, sizeof b->bytes);
	return inet_pton(b->family, text, b->bytes) == 1 &&
	       str_int(str_sub(s, (size_t)slash + 1, s.n), 0, b->width, &b->prefix);
}

bool cidr_ok(struct str s, bool ipv6)
{
	struct block b;

	return block_parse(s, &b) && (b.family == AF_INET6) == ipv6;
}

static void host_bits_clear(struct block *b)
{
	for (int64_t bit = b->prefix; bit < b->width; bit++)
		b->bytes[bit / 8] &= (uint8_t)~(0x80 >> (bit % 8));
}

/* Add 1 << bits to the address. */
static void block_advance(struct block *b, int64_t bits)
{
	int64_t bit = b->width - 1 - bits;
	int i = (int)(bit / 8);
	unsigned carry = 0x80u >> (bit % 8);

	for (; carry && i >= 0; i--) {
		unsigned sum = b->bytes[i] + carry;

		b->bytes[i] = (uint8_t)sum;
		carry = sum >> 8;
	}
}

bool cidr_split(struct arena *a, struct str text, int64_t count, int64_t bits, struct value *list, struct errs *errs,
		struct pos pos, struct pos block_pos)
{
	struct block b;
	int64_t spare;

	if (!block_parse(text, &b)) {
		err_at(errs, block_pos, "Fn::Cidr: '%.*s' is not an address block such as 10.0.0.0/16", STR_ARG(text));
		return false;
	}
	if (count < 1 || count > 256) {
		err_at(errs, pos, "Fn::Cidr: the count must lie between 1 and 256, not %lld", (long long)count);
		return false;
	}
	spare = b.width - b.prefix - bits;
	if (bits < 1 || spare < 0 || (spare < 9 && count > (int64_t)1 << spare)) {
		struct err *e = err_at(errs, pos, "Fn::Cidr: %.*s does not hold %lld blocks of %lld host bits",
				       STR_ARG(text), (long long)count, (long long)bits);

		err_help(errs, e, "the third argument is the number of host bits: 8 makes blocks of /%d", b.width - 8);
		return false;
	}
	host_bits_clear(&b);
	for (int64_t i = 0; i < count; i++) {
		char name[INET6_ADDRSTRLEN];

		inet_ntop(b.family, b.bytes, name, sizeof name);
		value_append(a, list, value_string(a, pos, str_fmt(a, "%s/%lld", name, (long long)(b.width - bits))));
		if (i + 1 < count)
			block_advance(&b, bits);
	}
	return true;
}
