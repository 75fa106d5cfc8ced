/* Preloaded into drplan by bench.py: a disk whose syncs take SYNC_MS milliseconds (0: nothing at all), whatever the machine's
 * own disk does; and their number and milliseconds, written to SYNC_COUNT when the process ends. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static atomic_uint syncs;
static atomic_ullong spent_ns;

static unsigned long long now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000000000ull + (unsigned long long)t.tv_nsec;
}

static int sync_as_told(void)
{
	const char *ms = getenv("SYNC_MS");
	long n = ms ? strtol(ms, NULL, 10) : 0;
	unsigned long long begun = now_ns();
	if (n > 0)
		nanosleep(&(struct timespec){.tv_sec = n / 1000, .tv_nsec = n % 1000 * 1000000}, NULL);
	atomic_fetch_add(&syncs, 1);
	atomic_fetch_add(&spent_ns, now_ns() - begun);
	return 0;
}

int fsync(int fd);
int fdatasync(int fd);
int fsync(int fd)
{
	(void)fd;
	return sync_as_told();
}
int fdatasync(int fd)
{
	(void)fd;
	return sync_as_told();
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("SYNC_COUNT");
	FILE *f = path ? fopen(path, "w") : NULL;
	if (f) {
		fprintf(f, "%u %llu\n", atomic_load(&syncs), atomic_load(&spent_ns) / 1000000);
		fclose(f);
	}
}
