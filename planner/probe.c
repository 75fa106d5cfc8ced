/* Checks about the world outside: a URL's answer, an open port. Nothing here knows whose world that is. libcurl does the
 * connecting; a signal ends a probe at once. See check.h, and probechild.c for names and programs. */
#include "planner/checkpriv.h"

#include <curl/curl.h>
#include <string.h>

#define BODY_MAX (1u << 20)

/* --- curl ----------------------------------------------------------------------------------------------------- */

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t d, curl_off_t e)
{
	(void)a, (void)b, (void)d, (void)e;
	return check_interrupted(ctx);
}

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
	buf_str(ctx, (struct str){p, size * n}); /* what does not fit is not looked at */
	return size * n;
}

static CURL *probe_new(struct check *c, const char *url)
{
	CURL *h = curl_easy_init();
	if (!h)
		return NULL;
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(h, CURLOPT_XFERINFODATA, c);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, check_attempt_ms(c));
	return h;
}

static struct curl_slist *headers_of(struct check *c)
{
	const struct value *map = value_getc(c->args, "Headers");
	struct curl_slist *list = NULL;
	const char *host = check_text(c, "Host");
	if (host)
		list = curl_slist_append(list, str_fmt(c->a, "Host: %s", host).p);
	for (size_t i = 0; map && map->kind == V_MAP && i < map->map.n; i++)
		list = curl_slist_append(list, str_fmt(c->a, "%.*s: %.*s", STR_ARG(map->map.items[i].key),
						       STR_ARG(value_text(map->map.items[i].value)))
						   .p);
	return list;
}

static bool status_wanted(const struct check *c, long status)
{
	const struct value *want = value_getc(c->args, "Status");
	int64_t n;
	if (!want)
		return status >= 200 && status < 300;
	for (size_t i = 0; i < check_count(want); i++)
		if (str_int(value_text(check_item(want, i)), 100, 599, &n) && n == status)
			return true;
	return false;
}

static enum check_answer judge(struct check *c, CURL *h, const struct buf *body)
{
	long status = 0;
	curl_off_t took = 0;
	int64_t latency;
	const struct value *limit = value_getc(c->args, "Latency"), *expect = value_getc(c->args, "Expect");
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(h, CURLINFO_TOTAL_TIME_T, &took);
	c->detail = str_fmt(c->a, "status %ld in %lld ms", status, (long long)(took / 1000));
	if (limit && !str_duration(value_text(limit), &latency)) {
		c->detail = STR("Latency is not a duration");
		return CHECK_NEVER;
	}
	if (!status_wanted(c, status) || (limit && took / 1000 > latency))
		return CHECK_NOT_YET;
	if (expect && str_find(buf_get(body), value_text(expect), 0) < 0) {
		c->detail = str_fmt(c->a, "%.*s, but the answer lacks the expected text", STR_ARG(c->detail));
		return CHECK_NOT_YET;
	}
	return CHECK_HOLDS;
}

static bool value_on(const struct value *v)
{
	return v && (v->kind == V_BOOL ? v->boolean : str_eq_nocase(value_text(v), STR("true")));
}

enum check_answer check_http(struct check *c)
{
	const char *url = check_text(c, "Url"), *method = check_text(c, "Method"), *sent = check_text(c, "Body");
	enum check_answer answer = CHECK_NOT_YET;
	CURL *h = url ? probe_new(c, url) : NULL;
	if (!h)
		return CHECK_NEVER;
	struct curl_slist *headers = headers_of(c);
	struct buf body;
	buf_init(&body, BODY_MAX);
	if (sent)
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, sent);
	if (method)
		curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method);
	if (method && !strcmp(method, "HEAD"))
		curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
	if (value_on(value_getc(c->args, "Insecure"))) {
		curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, &body);
	CURLcode rc = curl_easy_perform(h);
	if (rc == CURLE_OK)
		answer = judge(c, h, &body);
	else
		c->detail = str_dup(c->a, str_of(curl_easy_strerror(rc)));
	if (rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_URL_MALFORMAT)
		answer = CHECK_NEVER;
	buf_free(&body);
	curl_slist_free_all(headers);
	curl_easy_cleanup(h);
	return answer;
}

enum check_answer check_tcp(struct check *c)
{
	const char *host = check_text(c, "Host");
	int64_t port;
	if (!host || !str_int(value_text(value_getc(c->args, "Port")), 1, 65535, &port)) {
		c->detail = STR("it needs a Host, and a Port from 1 to 65535");
		return CHECK_NEVER;
	}
	bool six = strchr(host, ':') != NULL;
	struct str url = str_fmt(c->a, "http://%s%s%s:%lld", six ? "[" : "", host, six ? "]" : "", (long long)port);
	CURL *h = probe_new(c, url.p);
	if (!h)
		return CHECK_NEVER;
	curl_easy_setopt(h, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	CURLcode rc = curl_easy_perform(h);
	c->detail = rc == CURLE_OK ? str_fmt(c->a, "port %lld accepts", (long long)port)
				   : str_dup(c->a, str_of(curl_easy_strerror(rc)));
	curl_easy_cleanup(h);
	return rc == CURLE_OK ? CHECK_HOLDS : CHECK_NOT_YET;
}
