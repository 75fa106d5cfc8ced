/* Preloaded into a program that keeps its state in SQLite's write-ahead log: SIGKILL just before the KILL_AT-th commit
 * is written, so that what was answered is known to nobody; the number of commits goes to the file COMMITS at the end. */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long commits;
static int within; /* frames of a commit were written, and not synced yet */

static int of_a_log(int fd)
{
	char link[64], path[4096];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path);
	return n > 4 && memcmp(path + n - 4, "-wal", 4) == 0;
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	static ssize_t (*real)(int, const void *, size_t, off64_t);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "pwrite64");
	if (!within && of_a_log(fd)) {
		const char *last = getenv("KILL_AT");
		within = 1;
		if (++commits == (last ? strtol(last, NULL, 10) : 0))
			kill(getpid(), SIGKILL);
	}
	return real(fd, p, n, at);
}

static int sync_as(const char *name, int fd)
{
	int (*real)(int);
	*(void **)&real = dlsym(RTLD_NEXT, name);
	within = within && !of_a_log(fd);
	return real(fd);
}

int fsync(int fd)
{
	return sync_as("fsync", fd);
}

int fdatasync(int fd)
{
	return sync_as("fdatasync", fd);
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("COMMITS");
	FILE *f = path ? fopen(path, "w") : NULL;
	if (f) {
		fprintf(f, "%ld\n", commits);
		fclose(f);
	}
}
