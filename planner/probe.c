/* Checks about the world outside: a URL's answer, an open port, a name's addresses, a program's exit status. Nothing
 * here knows whose world that is. libcurl does the connecting; a signal ends a probe at once. See check.h. */
#include "planner/checkpriv.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>

#define PROBE_MS 30000		/* one attempt, where the check's own time is longer */
#define BODY_MAX (1u << 20)
#define OUTPUT_MAX 4096

static const char *text_of(struct check *c, const char *key)
{
	const struct value *v = value_getc(c->args, key);
	return v && value_is_scalar(v) ? str_dup(c->a, value_text(v)).p : NULL;
}

static long attempt_ms(const struct check *c)
{
	return (long)(c->left_ms < 100 ? 100 : c->left_ms < PROBE_MS ? c->left_ms : PROBE_MS);
}

/* --- curl ----------------------------------------------------------------------------------------------------- */

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t d, curl_off_t e)
{
	(void)a, (void)b, (void)d, (void)e;
	return check_interrupted(ctx);
}

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
	buf_str(ctx, (struct str){p, size * n});	/* what does not fit is not looked at */
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
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, attempt_ms(c));
	return h;
}

static struct curl_slist *headers_of(struct check *c)
{
	const struct value *map = value_getc(c->args, "Headers");
	struct curl_slist *list = NULL;
	const char *host = text_of(c, "Host");
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
	const char *url = text_of(c, "Url"), *method = text_of(c, "Method"), *sent = text_of(c, "Body");
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
	const char *host = text_of(c, "Host");
	int64_t port;
	if (!host || !str_int(value_text(value_getc(c->args, "Port")), 1, 65535, &port)) {
		c->detail = STR("it needs a Host, and a Port from 1 to 65535");
		return CHECK_NEVER;
	}
	bool six = strchr(host, ':') != NULL;
	struct str url =
	    str_fmt(c->a, "http://%s%s%s:%lld", six ? "[" : "", host, six ? "]" : "", (long long)port);
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

/* --- names ---------------------------------------------------------------------------------------------------- */

/* The addresses of a name, as a comma-separated text with a comma at both ends. */
static struct str addresses(struct check *c, const char *name)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	struct str out = STR(",");
	int rc = getaddrinfo(name, NULL, &hints, &list);
	if (rc != 0) {
		c->detail = str_fmt(c->a, "%s: %s", name, gai_strerror(rc));
		return STR_NONE;
	}
	for (const struct addrinfo *i = list; i; i = i->ai_next) {
		char text[INET6_ADDRSTRLEN];
		const void *at = i->ai_family == AF_INET6
				     ? (const void *)&((const struct sockaddr_in6 *)(const void *)i->ai_addr)->sin6_addr
				     : (const void *)&((const struct sockaddr_in *)(const void *)i->ai_addr)->sin_addr;
		if (inet_ntop(i->ai_family, at, text, sizeof text))
			out = str_fmt(c->a, "%.*s%s,", STR_ARG(out), text);
	}
	freeaddrinfo(list);
	return out;
}

/* An answer is an address, or a name one of whose addresses is among them. */
enum check_answer check_dns(struct check *c)
{
	const char *name = text_of(c, "Name");
	const struct value *answers = value_getc(c->args, "Answers");
	struct str has = name ? addresses(c, name) : STR_NONE;
	if (!has.n)
		return CHECK_NOT_YET;
	for (size_t i = 0; i < check_count(answers); i++) {
		struct str want = addresses(c, str_dup(c->a, value_text(check_item(answers, i))).p), one;
		while (str_cut(&want, ',', &one)) {
			if (!one.n || str_find(has, str_fmt(c->a, ",%.*s,", STR_ARG(one)), 0) < 0)
				continue;
			c->detail = str_fmt(c->a, "%s is %.*s", name, STR_ARG(one));
			return CHECK_HOLDS;
		}
	}
	c->detail = str_fmt(c->a, "%s is %.*s", name, STR_ARG(str_sub(has, 1, has.n - 1)));
	return CHECK_NOT_YET;
}

/* --- programs ------------------------------------------------------------------------------------------------- */

static char **argv_of(struct check *c)
{
	const struct value *v = value_getc(c->args, "Argv");
	size_t n = check_count(v);
	char **argv = arena_array(c->a, n + 1, sizeof *argv);
	for (size_t i = 0; i < n; i++)
		argv[i] = arena_copy(c->a, value_text(check_item(v, i)).p, value_text(check_item(v, i)).n);
	return n ? argv : NULL;
}

static pid_t program_start(char **argv, int out)
{
	pid_t pid = fork();
	if (pid > 0)
		setpgid(pid, pid);
	if (pid != 0)
		return pid;
	int null = open("/dev/null", O_RDWR);
	setpgid(0, 0);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execvp(argv[0], argv);
	_exit(127);
}

/* Its output until it ends; false: its time is over, or a signal came. */
static bool program_read(struct check *c, int fd, struct buf *out)
{
	int64_t end = clock_mono(&clock_system) + attempt_ms(c);
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		char chunk[1024];
		if (check_interrupted(c) || clock_mono(&clock_system) >= end)
			return false;
		if (poll(&p, 1, 100) <= 0)
			continue;
		ssize_t n = read(fd, chunk, sizeof chunk);
		if (n == 0 || (n < 0 && errno != EINTR))
			return true;
		if (n > 0)
			buf_str(out, (struct str){chunk, (size_t)n});
	}
}

static enum check_answer program_ended(struct check *c, int status, const struct buf *out)
{
	struct str said = str_trim(buf_get(out));
	const char *between = said.n ? ": " : "";
	if (WIFEXITED(status))
		c->detail = str_fmt(c->a, "exit %d%s%.*s", WEXITSTATUS(status), between, STR_ARG(said));
	else
		c->detail = str_fmt(c->a, "killed by signal %d", WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? CHECK_HOLDS : CHECK_NOT_YET;
}

enum check_answer check_command(struct check *c)
{
	char **argv = argv_of(c);
	int ends[2], status = 0;
	struct buf out;
	if (!argv || pipe2(ends, O_CLOEXEC) != 0) {
		c->detail = argv ? str_dup(c->a, str_of(strerror(errno))) : STR("it needs a program");
		return CHECK_NEVER;
	}
	pid_t pid = program_start(argv, ends[1]);
	close(ends[1]);
	buf_init(&out, OUTPUT_MAX);
	bool ended = pid > 0 && program_read(c, ends[0], &out);
	close(ends[0]);
	if (pid > 0 && !ended)
		kill(-pid, SIGKILL);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	enum check_answer answer = CHECK_NOT_YET;
	if (ended)
		answer = program_ended(c, status, &out);
	else
		c->detail = pid > 0 ? STR("it did not end in time") : STR("it could not be started");
	buf_free(&out);
	return answer;
}
