/* An HTTP request and answer as the protocols make and read them, before and after a network.
 *
 * serialize.c fills a request, endpoint.c says where it goes, checksum.c and sigv4.c add headers, http.c sends it;
 * the answer goes to parse.c. All strings are in the arena of the call's request and are not changed in place.
 */
#ifndef DRPLAN_AWS_REQUEST_H
#define DRPLAN_AWS_REQUEST_H

#include "base/str.h"

struct header {
	struct str name, value;
};

struct headers {
	struct header *items;
	size_t n, cap;
};

void headers_add(struct headers *h, struct arena *a, struct str name, struct str value);
/* Replace the first of that name (any case), or add it. */
void headers_set(struct headers *h, struct arena *a, struct str name, struct str value);
struct str headers_get(const struct headers *h, struct str name);	/* any case; empty if there is none */
bool headers_has(const struct headers *h, struct str name);
void headers_del(struct headers *h, struct str name);

struct request {
	struct str method;
	struct str host_prefix;		/* "123456789012." to go before the endpoint's host, or empty */
	struct str path;		/* percent-encoded, begins with a slash */
	struct str query;		/* percent-encoded, without the question mark */
	struct headers headers;
	struct str body;
	struct str scheme, host;		/* host with its port, where that isn't the scheme's own */
	bool unsigned_payload;
};

struct answer {
	int status;
	struct headers headers;
	struct str body;
};

/* Percent-encode all but [A-Za-z0-9-_.~] and the characters of keep. */
void uri_encode(struct buf *out, struct str s, const char *keep);
/* Append one name=value to a query or form, with & before it unless it is the first. */
void form_add(struct buf *out, struct str name, struct str value);

#endif
