/* Address ranges, IPv4 and IPv6, as the rules about subnets and networks need them. */
#include "providers/sim/inner.h"

#include <arpa/inet.h>
#include <string.h>

bool cidr_parse(struct str s, struct cidr *out)
{
	char text[INET6_ADDRSTRLEN];
	struct str rest = s, address;
	int64_t prefix;
	int family = str_chr(s, ':', 0) >= 0 ? AF_INET6 : AF_INET;

	memset(out, 0, sizeof *out);
	if (!str_cut(&rest, '/', &address) || address.n == s.n || address.n >= sizeof text)
		return false;
	memcpy(text, address.p, address.n);
	text[address.n] = '\0';
	out->size = family == AF_INET ? 4 : 16;
	if (inet_pton(family, text, out->low) != 1 || !str_int(rest, 0, (int64_t)out->size * 8, &prefix))
		return false;
	out->prefix = (unsigned)prefix;
	memcpy(out->high, out->low, sizeof out->high);
	for (unsigned bit = out->prefix; bit < out->size * 8; bit++) {
		out->low[bit / 8] &= (unsigned char)~(0x80u >> bit % 8);
		out->high[bit / 8] |= (unsigned char)(0x80u >> bit % 8);
	}
	return true;
}

bool cidr_within(const struct cidr *inner, const struct cidr *outer)
{
	return inner->size == outer->size && memcmp(inner->low, outer->low, inner->size) >= 0 &&
	       memcmp(inner->high, outer->high, inner->size) <= 0;
}

struct str cidr_address(struct arena *a, const struct cidr *r, uint32_t nth)
{
	unsigned char at[16];
	char text[INET6_ADDRSTRLEN] = "";
	unsigned carry = 0;

	memcpy(at, r->low, sizeof at);
	for (unsigned i = 0; i < r->size; i++) {
		unsigned k = r->size - 1 - i;
		unsigned sum = at[k] + carry + (i < 4 ? nth >> 8 * i & 0xff : 0);
		at[k] = (unsigned char)sum;
		carry = sum >> 8;
	}
	inet_ntop(r->size == 4 ? AF_INET : AF_INET6, at, text, sizeof text);
	return str_dup(a, str_of(text));
}
