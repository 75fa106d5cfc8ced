/* Children; see child.h. */
#include "base/child.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

pid_t child_start(void (*body)(const void *arg), const void *arg, int out)
{
	pid_t pid = fork();
	if (pid > 0)
		setpgid(pid, pid);
	if (pid != 0)
		return pid;
	int null = open("/dev/null", O_RDWR);
	setpgid(0, 0);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	body(arg);
	_exit(127);
}

void child_exec(const void *arg)
{
	char *const *argv = arg;
	execvp(argv[0], argv);
}
