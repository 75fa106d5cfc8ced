/* Checks that need a process of their own: a name's addresses, because the system's resolver
 * blocks, and a program's exit status. The child is killed with all that it started when the
 * attempt's time is over or a signal comes. See check.h. */
#include "planner/checkpriv.h"

#include "base/child.h"

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

#define OUTPUT_MAX 4096

/* --- children ------------------------------------------------------------------------------------------------- */

/* Its output until it ends; false: its time is over, or a signal came. */
static bool child_read(struct check *c, int fd, struct buf *out)
{
	int64_t end = clock_mono(&clock_system) + check_attempt_ms(c);
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

/* False with the detail set: it did not run to its end. */
static bool child_run(struct check *c, void (*body)(const void *arg), const void *arg, struct buf *out, int *status)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0) {
		c->detail = str_dup(c->a, str_of(strerror(errno)));
		return false;
	}
	pid_t pid = child_start(body, arg, ends[1]);
	close(ends[1]);
	bool ended = pid > 0 && child_read(c, ends[0], out);
	close(ends[0]);
	if (pid > 0 && !ended)
		kill(-pid, SIGKILL);
	while (pid > 0 && waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	if (!ended)
		c->detail = pid > 0 ? STR("it did not end in time") : STR("it could not be started");
	return ended;
}

/* --- names ---------------------------------------------------------------------------------------------------- */

static void say(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(1);
}

/* In the child: the addresses, each with a comma behind it; or the resolver's words and a status that is not 0. */
static void resolve(const void *name)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	int rc = getaddrinfo(name, NULL, &hints, &list);
	if (rc != 0) {
		say(gai_strerror(rc));
		_exit(1);
	}
	for (const struct addrinfo *i = list; i; i = i->ai_next) {
		char text[INET6_ADDRSTRLEN];
		const void *at = i->ai_family == AF_INET6
				     ? (const void *)&((const struct sockaddr_in6 *)(const void *)i->ai_addr)->sin6_addr
				     : (const void *)&((const struct sockaddr_in *)(const void *)i->ai_addr)->sin_addr;
		if (!inet_ntop(i->ai_family, at, text, sizeof text))
			continue;
		say(text);
		say(",");
	}
	_exit(0);
}

/* The addresses of a name, as a comma-separated text with a comma at both ends. */
static struct str addresses(struct check *c, const char *name)
{
	struct buf out;
	int status = 0;
	struct str list = STR_NONE;
	buf_init(&out, OUTPUT_MAX);
	if (!child_run(c, resolve, name, &out, &status))
		c->detail = str_fmt(c->a, "%s: %.*s", name, STR_ARG(c->detail));
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		c->detail = str_fmt(c->a, "%s: %.*s", name, STR_ARG(str_trim(buf_get(&out))));
	else
		list = str_fmt(c->a, ",%.*s", STR_ARG(buf_get(&out)));
	buf_free(&out);
	return list;
}

static bool is_address(const char *text)
{
	unsigned char to[sizeof(struct in6_addr)];
	return inet_pton(AF_INET, text, to) == 1 || inet_pton(AF_INET6, text, to) == 1;
}

/* An answer is an address, or a name one of whose addresses is among them. */
enum check_answer check_dns(struct check *c)
{
	const char *name = check_text(c, "Name");
	const struct value *answers = value_getc(c->args, "Answers");
	struct str has = name ? addresses(c, name) : STR_NONE;
	if (!has.n)
		return CHECK_NOT_YET;
	for (size_t i = 0; i < check_count(answers); i++) {
		const char *answer = str_dup(c->a, value_text(check_item(answers, i))).p;
		struct str want = is_address(answer) ? str_of(answer) : addresses(c, answer), one;
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
	enum check_answer answer = CHECK_NOT_YET;
	int status = 0;
	struct buf out;
	if (!argv) {
		c->detail = STR("it needs a program");
		return CHECK_NEVER;
	}
	if (c->w->provider->rehearsal) {
		c->detail = STR("a rehearsal runs no programs");
		return CHECK_HOLDS;
	}
	buf_init(&out, OUTPUT_MAX);
	if (child_run(c, child_exec, argv, &out, &status))
		answer = program_ended(c, status, &out);
	buf_free(&out);
	return answer;
}
