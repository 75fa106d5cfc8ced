/* Credentials from a program that the profile names (credential_process). It is started without a shell, its
 * output is read by the event loop; creds.c decides when. */
#include "providers/aws/creds.h"

#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { PROCESS_ARGS = 64, PROCESS_MS = 60 * 1000 };

/* Words as a POSIX shell splits them: quotes and backslashes, no expansion. False if a quote is left open. */
static bool split_words(struct fetch *f, struct str s, char **argv)
{
	size_t n = 0, i = 0;
	struct buf word;

	buf_init(&word, 65536);
	while (n + 1 < PROCESS_ARGS) {
		char quote = 0;

		while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
			i++;
		if (i == s.n)
			break;
		for (; i < s.n && (quote || (s.p[i] != ' ' && s.p[i] != '\t')); i++) {
			if (quote ? s.p[i] == quote : s.p[i] == '"' || s.p[i] == '\'')
				quote = quote ? 0 : s.p[i];
			else if (s.p[i] == '\\' && quote != '\'' && i + 1 < s.n)
				buf_char(&word, s.p[++i]);
			else
				buf_char(&word, s.p[i]);
		}
		if (quote) {
			buf_free(&word);
			return false;
		}
		argv[n++] = (char *)buf_take(&word, &f->arena).p;
	}
	argv[n] = NULL;
	buf_free(&word);
	return n > 0 && i == s.n;
}

static void process_end(struct fetch *f)
{
	struct creds c;
	struct str why;
	int status = 0;

	http_unwatch(f->host->http, f->fd);
	close(f->fd);
	f->fd = -1;
	while (waitpid(f->pid, &status, 0) < 0 && errno == EINTR)
		;
	f->pid = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fetch_fail(f, ERR_SYSTEM, "NoCredentials", "the credential_process of profile '%.*s' failed",
			   STR_ARG(f->profile));
	else if (f->output.overflow)
		fetch_fail(f, ERR_SYSTEM, "NoCredentials", "the credential_process of profile '%.*s' writes too much",
			   STR_ARG(f->profile));
	else if (!creds_json(f, buf_get(&f->output), &c, &why))
		fetch_fail(f, ERR_SYSTEM, "NoCredentials", "the credential_process of profile '%.*s': %.*s",
			   STR_ARG(f->profile), STR_ARG(why));
	else
		fetch_done(f, &c);
}

static void process_read(void *ctx)
{
	struct fetch *f = ctx;
	char chunk[4096];
	ssize_t n = read(f->fd, chunk, sizeof(chunk));

	if (n > 0) {
		buf_add(&f->output, chunk, (size_t)n);
		wipe(chunk, (size_t)n);
		return;
	}
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	process_end(f);
}

static bool process_spawn(struct fetch *f, char **argv)
{
	posix_spawn_file_actions_t actions;
	int ends[2], failed;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	failed = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (failed) {
		close(ends[0]);
		errno = failed;
		return false;
	}
	f->fd = ends[0];
	f->pid = pid;
	return true;
}

void creds_from_process(struct fetch *f, struct str command)
{
	char *argv[PROCESS_ARGS];

	if (!split_words(f, command, argv))
		fetch_fail(f, ERR_INPUT, "NoCredentials", "the credential_process of profile '%.*s' is no command line",
			   STR_ARG(f->profile));
	else if (!process_spawn(f, argv))
		fetch_fail(f, ERR_SYSTEM, "NoCredentials", "cannot start the credential_process of profile '%.*s': %s",
			   STR_ARG(f->profile), strerror(errno));
	else
		http_watch(f->host->http, f->fd, process_read, f);
}
