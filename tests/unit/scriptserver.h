/* A scripted HTTP server in a child process: the n-th request that arrives gets the n-th answer, over up to 16
 * connections. An answer of NULL closes the connection without a word. What came in can be read afterwards.
 *
 *	struct server s = server_start(answers, n);	http://127.0.0.1:s.port
 *	...
 *	size_t n = server_stop(&s, &arena, requests, 16);
 */
#ifndef DRPLAN_TESTS_SCRIPTSERVER_H
#define DRPLAN_TESTS_SCRIPTSERVER_H

#include "base/str.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct server {
	pid_t pid;
	int port;
	int requests;		/* the child's copy of what came in, each request followed by a zero byte */
};

enum { SERVER_CONNECTIONS = 16, SERVER_REQUEST = 65536 };

struct server_conn {
	int fd;
	size_t n;
	char text[SERVER_REQUEST];
};

/* The length of a whole request at the begin of the text, or 0. */
static inline size_t server_whole(const struct server_conn *c)
{
	struct str text = {c->text, c->n}, length;
	ptrdiff_t end = str_find(text, STR("\r\n\r\n"), 0), at;
	int64_t body = 0;

	if (end < 0)
		return 0;
	at = str_find(text, STR("Content-Length: "), 0);
	if (at >= 0 && at < end) {
		length = str_sub(text, (size_t)at + 16, (size_t)str_find(text, STR("\r\n"), (size_t)at));
		(void)str_int(length, 0, SERVER_REQUEST, &body);
	}
	return c->n >= (size_t)end + 4 + (size_t)body ? (size_t)end + 4 + (size_t)body : 0;
}

static inline void server_send(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done <= 0)
			return;
		p += done;
		n -= (size_t)done;
	}
}

static inline void server_close(struct server_conn *c)
{
	close(c->fd);
	c->fd = -1;
	c->n = 0;
}

static inline void server_answer(struct server_conn *c, const char *const *answers, size_t n, size_t *next, int log)
{
	size_t whole;

	while (c->fd >= 0 && (whole = server_whole(c))) {
		server_send(log, c->text, whole);
		server_send(log, "", 1);
		memmove(c->text, c->text + whole, c->n - whole);
		c->n -= whole;
		if (*next < n && answers[*next])
			server_send(c->fd, answers[*next], strlen(answers[*next]));
		else
			server_close(c);
		(*next)++;
	}
}

static inline void server_run(int listener, const char *const *answers, size_t n, int log)
{
	static struct server_conn conns[SERVER_CONNECTIONS];
	struct pollfd fds[SERVER_CONNECTIONS + 1];
	size_t next = 0;

	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		conns[i].fd = -1;
	for (;;) {
		fds[0] = (struct pollfd){.fd = listener, .events = POLLIN};
		for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
			fds[i + 1] = (struct pollfd){.fd = conns[i].fd, .events = POLLIN};
		if (poll(fds, SERVER_CONNECTIONS + 1, 20000) <= 0)
			_exit(0);
		for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
			struct server_conn *c = &conns[i];
			ssize_t got;

			if (fds[0].revents & POLLIN && c->fd < 0) {
				c->fd = accept(listener, NULL, NULL);
				fds[0].revents = 0;
				continue;
			}
			if (c->fd < 0 || !fds[i + 1].revents)
				continue;
			got = read(c->fd, c->text + c->n, sizeof c->text - c->n);
			if (got <= 0) {
				server_close(c);
				continue;
			}
			c->n += (size_t)got;
			server_answer(c, answers, n, &next, log);
		}
	}
}

static inline struct server server_start(const char *const *answers, size_t n)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	struct server s = {0};
	int listener = socket(AF_INET, SOCK_STREAM, 0), log[2];

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 16) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) != 0 || pipe(log) != 0)
		abort();
	s.port = ntohs(address.sin_port);
	s.requests = log[0];
	s.pid = fork();
	if (s.pid == 0) {
		signal(SIGPIPE, SIG_IGN);
		close(log[0]);
		server_run(listener, answers, n, log[1]);
	}
	close(listener);
	close(log[1]);
	return s;
}

static inline size_t server_stop(struct server *s, struct arena *a, struct str *requests, size_t max)
{
	struct buf b;
	char chunk[4096];
	ssize_t got;
	struct str all, one;
	size_t n = 0;

	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	buf_init(&b, 16 << 20);
	while ((got = read(s->requests, chunk, sizeof chunk)) > 0)
		buf_add(&b, chunk, (size_t)got);
	close(s->requests);
	all = buf_take(&b, a);
	while (all.n && str_cut(&all, '\0', &one)) {
		if (n < max)
			requests[n] = one;
		n++;
	}
	return n;
}

#endif
