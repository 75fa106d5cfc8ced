/* HTTP on curl's multi interface; see http.h. call.c sends API calls through here, creds_*.c their own requests. */
#include "providers/aws/http.h"

#include "base/hash.h"
#include "base/log.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
	HTTP_MAX_HEADERS = 256 << 10,
	HTTP_MAX_BODY = 64 << 20,
	HTTP_WATCHES = 64,
	HTTP_IDLE_HANDLES = 64,
	/* A connection that was idle for longer may have been closed by the peer this very moment. */
	HTTP_MAX_IDLE_S = 50,
	HTTP_MAX_IDLE_ONCE_S = 4,
};

struct watch {
	int fd;
	void (*fn)(void *ctx);
	void *ctx;
};

struct http {
	CURLM *multi;			/* NULL until the first transfer */
	CURLSH *share;			/* TLS sessions */
	struct str ca_bundle;
	unsigned connections;
	CURL *idle[HTTP_IDLE_HANDLES];	/* handles for the next transfers */
	size_t n_idle;
	struct flight *flights;
	struct watch watches[HTTP_WATCHES];
	size_t n_watches;
	struct arena arena;
};

struct flight {				/* a transfer's own half */
	struct transfer *t;
	CURL *easy;
	struct curl_slist *lines;
	struct buf body;
	size_t header_bytes, sent;
	bool too_big;
	char error[CURL_ERROR_SIZE];
	struct flight *next, **link;
};

struct http *http_open(struct str ca_bundle, unsigned connections)
{
	struct http *h = xmalloc(sizeof(*h));

	memset(h, 0, sizeof(*h));
	h->ca_bundle = str_dup(&h->arena, ca_bundle);
	h->connections = connections;
	return h;
}

/* One CA store in memory for all connections: curl keeps it in the multi handle, but only for a CA file. */
static void http_init(struct http *h)
{
	if (h->multi)
		return;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	h->multi = curl_multi_init();
	h->share = curl_share_init();
	if (!h->multi || !h->share)
		abort();	/* only when there is no memory */
	curl_share_setopt(h->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)(h->connections * 2));
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
}

static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
	struct flight *f = ctx;
	struct arena *a = f->t->arena;
	struct str line = {p, size * n}, name;

	f->header_bytes += line.n;
	if (f->header_bytes > HTTP_MAX_HEADERS) {
		f->too_big = true;
		return 0;
	}
	if (str_starts(line, STR("HTTP/"))) {	/* 100 Continue, or a proxy's answer, came before this one */
		f->t->answer.headers.n = 0;
		return line.n;
	}
	if (str_chr(line, ':', 0) > 0) {
		str_cut(&line, ':', &name);
		headers_add(&f->t->answer.headers, a, str_dup(a, str_trim(name)), str_dup(a, str_trim(line)));
	}
	return size * n;
}

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct flight *f = ctx;

	buf_add(&f->body, p, size * n);
	if (f->body.overflow) {
		f->too_big = true;
		return 0;
	}
	return size * n;
}

/* The body by callback and no way to rewind: curl then can't send it a second time over another connection. */
static size_t on_read(char *p, size_t size, size_t n, void *ctx)
{
	struct flight *f = ctx;
	struct str left = str_sub(f->t->request->body, f->sent, f->t->request->body.n);
	size_t room = size * n;

	if (left.n > room)
		left.n = room;
	if (left.n)
		memcpy(p, left.p, left.n);
	f->sent += left.n;
	return left.n;
}

static void set_body(struct flight *f)
{
	const struct request *r = f->t->request;
	bool bodyless = str_eqc(r->method, "GET") || str_eqc(r->method, "HEAD") || str_eqc(r->method, "DELETE");

	if (str_eqc(r->method, "HEAD"))
		curl_easy_setopt(f->easy, CURLOPT_NOBODY, 1L);
	if (!r->body.n && bodyless) {
		if (f->t->once)
			curl_easy_setopt(f->easy, CURLOPT_FRESH_CONNECT, 1L);
	} else {
		curl_easy_setopt(f->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(f->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
		if (!f->t->once || !r->body.n) {
			curl_easy_setopt(f->easy, CURLOPT_POSTFIELDS, r->body.n ? r->body.p : "");
			if (f->t->once)
				curl_easy_setopt(f->easy, CURLOPT_FRESH_CONNECT, 1L);
		} else {
			curl_easy_setopt(f->easy, CURLOPT_READFUNCTION, on_read);
			curl_easy_setopt(f->easy, CURLOPT_READDATA, f);
		}
	}
	if (!str_eqc(r->method, "HEAD"))
		curl_easy_setopt(f->easy, CURLOPT_CUSTOMREQUEST, r->method.p);
}

static bool header_is_clean(const struct header *h)
{
	for (size_t i = 0; i < h->name.n; i++)
		if ((unsigned char)h->name.p[i] <= ' ' || h->name.p[i] == ':' || (unsigned char)h->name.p[i] >= 127)
			return false;
	for (size_t i = 0; i < h->value.n; i++)
		if ((unsigned char)h->value.p[i] < ' ' && h->value.p[i] != '\t')
			return false;
	return h->name.n > 0;
}

static void add_line(struct flight *f, const char *line)
{
	struct curl_slist *lines = curl_slist_append(f->lines, line);

	if (!lines)
		abort();	/* only when there is no memory */
	f->lines = lines;
}

static bool set_headers(struct flight *f)
{
	const struct headers *h = &f->t->request->headers;
	struct arena *a = f->t->arena;
	struct str line;

	for (size_t i = 0; i < h->n; i++) {
		if (!header_is_clean(&h->items[i]))
			return false;
		line = str_fmt(a, h->items[i].value.n ? "%.*s: %.*s" : "%.*s;%.*s", STR_ARG(h->items[i].name),
			       STR_ARG(h->items[i].value));
		add_line(f, line.p);
	}
	if (!headers_has(h, STR("Content-Type")))
		add_line(f, "Content-Type:");	/* without it curl makes one up for a body */
	if (!headers_has(h, STR("Accept")))
		add_line(f, "Accept:");
	add_line(f, "Expect:");
	curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, f->lines);
	return true;
}

static void set_options(struct http *h, struct flight *f, struct str url)
{
	CURL *e = f->easy;
	struct transfer *t = f->t;

	curl_easy_setopt(e, CURLOPT_URL, url.p);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_PRIVATE, f);
	curl_easy_setopt(e, CURLOPT_SHARE, h->share);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, f->error);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, f);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long)(t->once ? HTTP_MAX_IDLE_ONCE_S : HTTP_MAX_IDLE_S));
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)(t->timeout_ms > 0 ? t->timeout_ms : 60000));
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)(t->connect_ms > 0 ? t->connect_ms : 10000));
	curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	if (h->ca_bundle.n)
		curl_easy_setopt(e, CURLOPT_CAINFO, h->ca_bundle.p);
	if (!t->identity)
		curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip");
	if (t->direct)
		curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
}

static CURL *handle_get(struct http *h)
{
	CURL *e = h->n_idle ? h->idle[--h->n_idle] : curl_easy_init();

	if (!e)
		abort();	/* only when there is no memory */
	return e;
}

/* Give back what a transfer holds; its answer stays. */
static void flight_free(struct http *h, struct flight *f)
{
	curl_multi_remove_handle(h->multi, f->easy);
	curl_easy_reset(f->easy);
	if (h->n_idle < HTTP_IDLE_HANDLES)
		h->idle[h->n_idle++] = f->easy;
	else
		curl_easy_cleanup(f->easy);
	curl_slist_free_all(f->lines);
	buf_free(&f->body);
	*f->link = f->next;
	if (f->next)
		f->next->link = f->link;
	free(f);
}

static struct flight *flight_new(struct http *h, struct transfer *t)
{
	struct flight *f = xmalloc(sizeof(*f));

	memset(f, 0, sizeof(*f));
	f->t = t;
	f->easy = handle_get(h);
	buf_init(&f->body, t->max_body ? t->max_body : HTTP_MAX_BODY);
	f->body.secret = t->secret;
	f->next = h->flights;
	f->link = &h->flights;
	if (f->next)
		f->next->link = &f->next;
	h->flights = f;
	t->impl = f;
	return f;
}

void http_start(struct http *h, struct transfer *t)
{
	const struct request *r = t->request;
	struct flight *f;
	struct str url = str_fmt(t->arena, "%.*s://%.*s%.*s%s%.*s", STR_ARG(r->scheme), STR_ARG(r->host),
				 STR_ARG(r->path), r->query.n ? "?" : "", STR_ARG(r->query));

	http_init(h);
	t->answer = (struct answer){0};
	t->result = TRANSFER_LOST;
	f = flight_new(h, t);
	set_options(h, f, url);
	set_body(f);
	/* A request that can't be said becomes one that curl refuses, so that done is called from http_poll as ever. */
	if (!set_headers(f)) {
		t->error = STR("a header holds control characters");
		curl_easy_setopt(f->easy, CURLOPT_URL, "refused:");
	}
	curl_multi_add_handle(h->multi, f->easy);
}

static enum transfer_result result_of(const struct flight *f, CURLcode code)
{
	long request_size = 0;

	if (code == CURLE_OK)
		return TRANSFER_OK;
	if (f->too_big)
		return TRANSFER_TOO_BIG;
	curl_easy_getinfo(f->easy, CURLINFO_REQUEST_SIZE, &request_size);
	switch (code) {
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return request_size ? TRANSFER_LOST : TRANSFER_REFUSED;
	default:
		break;
	}
	if (!request_size)
		return TRANSFER_NOT_SENT;
	return code == CURLE_OPERATION_TIMEDOUT ? TRANSFER_TIMEOUT : TRANSFER_LOST;
}

static void flight_finish(struct http *h, struct flight *f, CURLcode code)
{
	struct transfer *t = f->t;
	long status = 0;
	curl_off_t down = 0, up = 0;

	t->result = result_of(f, code);
	curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(f->easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
	curl_easy_getinfo(f->easy, CURLINFO_SIZE_UPLOAD_T, &up);
	t->bytes_in = (uint64_t)down;
	t->bytes_out = (uint64_t)up;
	t->answer.status = (int)status;
	t->answer.body = buf_take(&f->body, t->arena);
	if (code == CURLE_SEND_FAIL_REWIND) /* what on_read is there for; curl's own words would puzzle */
		t->error = STR("the connection was lost");
	else if (code != CURLE_OK && !t->error.n)
		t->error = str_dup(t->arena, str_of(f->error[0] ? f->error : curl_easy_strerror(code)));
	flight_free(h, f);
	t->done(t);
}

/* True if a transfer ended. */
static bool http_messages(struct http *h)
{
	CURLMsg *m;
	int left;
	bool any = false;

	while ((m = curl_multi_info_read(h->multi, &left))) {
		struct flight *f = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &f);
		flight_finish(h, f, m->data.result);
		any = true;
	}
	return any;
}

static void http_fire(struct http *h, int fd)
{
	for (size_t i = 0; i < h->n_watches; i++)
		if (h->watches[i].fd == fd) {
			h->watches[i].fn(h->watches[i].ctx);	/* may change the list */
			return;
		}
}

/* Before the first transfer there is no curl, and none is made for the sake of waiting. */
static void http_wait(struct http *h, int timeout_ms)
{
	struct pollfd fds[HTTP_WATCHES];
	size_t n = h->n_watches;

	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){.fd = h->watches[i].fd, .events = POLLIN};
	if (poll(fds, n, timeout_ms) <= 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (fds[i].revents)
			http_fire(h, fds[i].fd);
}

void http_poll(struct http *h, int timeout_ms)
{
	struct curl_waitfd fds[HTTP_WATCHES];
	size_t n;
	int running = 0;

	if (!h->multi) {
		http_wait(h, timeout_ms);
		return;
	}
	curl_multi_perform(h->multi, &running);
	if (http_messages(h))
		timeout_ms = 0;
	n = h->n_watches;
	for (size_t i = 0; i < n; i++)
		fds[i] = (struct curl_waitfd){.fd = h->watches[i].fd, .events = CURL_WAIT_POLLIN};
	curl_multi_poll(h->multi, fds, (unsigned)n, timeout_ms, NULL);
	curl_multi_perform(h->multi, &running);
	http_messages(h);
	for (size_t i = 0; i < n; i++)
		if (fds[i].revents)
			http_fire(h, fds[i].fd);
}

void http_watch(struct http *h, int fd, void (*fn)(void *ctx), void *ctx)
{
	if (h->n_watches < HTTP_WATCHES)
		h->watches[h->n_watches++] = (struct watch){fd, fn, ctx};
}

void http_unwatch(struct http *h, int fd)
{
	for (size_t i = 0; i < h->n_watches; i++)
		if (h->watches[i].fd == fd) {
			h->watches[i] = h->watches[--h->n_watches];
			return;
		}
}

void http_close(struct http *h)
{
	if (!h)
		return;
	while (h->flights)
		flight_free(h, h->flights);
	for (size_t i = 0; i < h->n_idle; i++)
		curl_easy_cleanup(h->idle[i]);
	if (h->multi) {
		curl_multi_cleanup(h->multi);
		curl_share_cleanup(h->share);
		curl_global_cleanup();
	}
	arena_free(&h->arena);
	free(h);
}
