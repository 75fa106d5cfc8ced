/* HTTP transfers over one curl multi handle: connections, TLS sessions and names are shared by all of them.
 *
 *	struct transfer t = {.request = &r, .arena = a, .timeout_ms = 60000, .done = fn, .ctx = x};
 *	http_start(h, &t);    ...    http_poll(h, wait_ms);	t.done(&t) is called from http_poll
 *
 * curl and TLS are initialised by the first transfer, not by http_open. One CA store serves the process.
 * A transfer belongs to its caller and must stay until done was called; done may start others and free this one.
 */
#ifndef DRPLAN_AWS_HTTP_H
#define DRPLAN_AWS_HTTP_H

#include "providers/aws/request.h"

struct http;

enum transfer_result {
	TRANSFER_OK,		/* there is an answer, whatever its status */
	TRANSFER_NOT_SENT,	/* no connection: the peer has seen nothing of the request */
	TRANSFER_LOST,		/* sent in part or whole, and no whole answer: what the peer did is unknown */
	TRANSFER_TIMEOUT,	/* the same, by timeout after sending */
	TRANSFER_TOO_BIG,	/* the answer is over the bound; what the peer did is unknown */
	TRANSFER_REFUSED,	/* wrong by itself, a retry can't help: certificate not trusted, malformed request */
};

struct transfer {
	/* by the caller */
	const struct request *request;
	struct arena *arena;		/* for the answer */
	int64_t timeout_ms;		/* of the whole transfer */
	int64_t connect_ms;		/* of the connection; 0 = 10 s */
	size_t max_body;		/* 0 = 64 MiB */
	bool once;			/* never sent twice by the library, not even over a connection that died */
	bool direct;			/* no proxy: addresses of the machine itself */
	bool identity;			/* don't ask for compression */
	bool secret;			/* the answer's bytes are wiped from working memory */
	void (*done)(struct transfer *);
	void *ctx;

	/* by http */
	enum transfer_result result;
	struct answer answer;
	struct str error;		/* what curl says */
	uint64_t bytes_in, bytes_out;
	void *impl;
};

/* ca_bundle: a PEM file, or empty for the system's. connections: at most so many are kept. */
struct http *http_open(struct str ca_bundle, unsigned connections);
void http_start(struct http *h, struct transfer *t);
/* Wait at most timeout_ms for something to happen and handle it. */
void http_poll(struct http *h, int timeout_ms);
/* Wait for a descriptor too: fn(ctx) when it can be read. One watcher at a time per descriptor. */
void http_watch(struct http *h, int fd, void (*fn)(void *ctx), void *ctx);
void http_unwatch(struct http *h, int fd);
void http_close(struct http *h);	/* transfers in flight are dropped; their done is not called */

#endif
