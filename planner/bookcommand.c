/* Command: a program without a shell, started once, that ends with 0 within the step's time. It leads a process group
 * of its own, which is killed with it. Its last output is what the step tells.
 */
#include "planner/bookpriv.h"

#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX 4096

static char **argv_of(struct arena *a, const struct value *v)
{
	size_t n = value_count(v);
	char **argv = arena_array(a, n + 1, sizeof *argv);
	for (size_t i = 0; i < n; i++)
		argv[i] = arena_copy(a, value_text(value_at(v, i)).p, value_text(value_at(v, i)).n);
	return n ? argv : NULL;
}

/* A program that an earlier start left behind in doubt is not started a second time: nobody knows what it did. */
void command_launch(struct doing *d)
{
	struct arena *a = d->b->a;
	char **argv = argv_of(a, value_getc(d->args, "Argv"));
	int ends[2];
	if (d->again) {
		step_failed(d,
			    STR("it was started before, and nobody knows how it ended: look; --resume starts it again"),
			    false);
		return;
	}
	if (argv && d->b->env->provider->rehearsal) {
		step_done(d, STR("a rehearsal runs no programs"), NULL);
		return;
	}
	if (!argv || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
		step_failed(d, argv ? str_dup(a, str_of(strerror(errno))) : STR("it needs a program"), false);
		return;
	}
	d->pid = child_start(child_exec, argv, ends[1]);
	close(ends[1]);
	d->fd = ends[0];
	d->started_ms = clock_mono(&clock_system);
	buf_init(&d->out, OUTPUT_MAX);
	if (d->pid < 0) {
		d->pid = 0;
		step_failed(d, STR("it could not be started"), false);
	}
}

static void output_read(struct doing *d)
{
	char chunk[1024];
	ssize_t n;
	while ((n = read(d->fd, chunk, sizeof chunk)) > 0)
		if (d->out.n + (size_t)n < OUTPUT_MAX)
			buf_str(&d->out, (struct str){chunk, (size_t)n});
}

static void output_close(struct doing *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	buf_free(&d->out);
}

void command_tick(struct doing *d)
{
	int status = 0;
	if (d->pid <= 0)
		return;
	output_read(d);
	pid_t ended = waitpid((pid_t)d->pid, &status, WNOHANG);
	if (ended == 0) {
		if (clock_mono(&clock_system) - d->started_ms >= d->step->timeout_ms)
			step_failed(d, STR("it did not end in time"), false);
		return;
	}
	output_read(d);
	struct str said = str_dup(d->b->a, str_trim(buf_get(&d->out)));
	const char *between = said.n ? ": " : "";
	bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	struct str how = WIFEXITED(status)
			     ? str_fmt(d->b->a, "exit %d%s%.*s", WEXITSTATUS(status), between, STR_ARG(said))
			     : str_fmt(d->b->a, "killed by signal %d", WTERMSIG(status));
	d->pid = 0;
	output_close(d);
	if (good)
		step_done(d, how, NULL);
	else
		step_failed(d, how, false);
}

void command_kill(struct doing *d)
{
	int status;
	if (d->pid > 0) {
		kill((pid_t)-d->pid, SIGKILL);
		while (waitpid((pid_t)d->pid, &status, 0) < 0 && errno == EINTR)
			;
		d->pid = 0;
	}
	output_close(d);
}
