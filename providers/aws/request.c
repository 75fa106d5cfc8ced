/* Header lists and percent-encoding: what every protocol, the signature and the credential sources share. */
#include "providers/aws/request.h"

#include <string.h>

void headers_add(struct headers *h, struct arena *a, struct str name, struct str value)
{
	h->items = arena_grow(a, h->items, &h->cap, h->n + 1, sizeof(*h->items));
	h->items[h->n++] = (struct header){name, value};
}

static struct header *headers_find(const struct headers *h, struct str name)
{
	for (size_t i = 0; i < h->n; i++)
		if (str_eq_nocase(h->items[i].name, name))
			return &h->items[i];
	return NULL;
}

void headers_set(struct headers *h, struct arena *a, struct str name, struct str value)
{
	struct header *old = headers_find(h, name);

	if (old)
		old->value = value;
	else
		headers_add(h, a, name, value);
}

struct str headers_get(const struct headers *h, struct str name)
{
	const struct header *x = headers_find(h, name);

	return x ? x->value : STR_NONE;
}

bool headers_has(const struct headers *h, struct str name)
{
	return headers_find(h, name) != NULL;
}

void headers_del(struct headers *h, struct str name)
{
	size_t to = 0;

	for (size_t i = 0; i < h->n; i++)
		if (!str_eq_nocase(h->items[i].name, name))
			h->items[to++] = h->items[i];
	h->n = to;
}

static bool is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
	       c == '.' || c == '~';
}

void uri_encode(struct buf *out, struct str s, const char *keep)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (is_unreserved((char)c) || (c && strchr(keep, c))) {
			buf_char(out, (char)c);
			continue;
		}
		buf_char(out, '%');
		buf_char(out, hex[c >> 4]);
		buf_char(out, hex[c & 15]);
	}
}

void form_add(struct buf *out, struct str name, struct str value)
{
	if (out->n)
		buf_char(out, '&');
	uri_encode(out, name, "");
	buf_char(out, '=');
	uri_encode(out, value, "");
}
