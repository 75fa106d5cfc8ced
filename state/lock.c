/* The local lock: an exclusive open-file-description lock on PATH.lock, which death releases.
 *
 * The file's text says who holds it, for the message that the second one gets. The file is never removed: two
 * processes could otherwise hold locks on two files of the same name. Where locks do not reach another machine (some
 * network file systems), the text of the one that came later tells the earlier one to stop.
 */
#include "state/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_RETRY_MS 100

static bool lock_try(int fd)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int rc;
	do
		rc = fcntl(fd, F_OFD_SETLK, &fl);
	while (rc != 0 && errno == EINTR);
	return rc == 0;
}

static void sleep_ms(int64_t ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	nanosleep(&ts, NULL);
}

/* Best effort: the lock holds without its text, which is then empty. */
static struct str lock_describe(struct arena *a, int fd, const struct state_options *opt)
{
	char host[256] = "unknown host";
	if (gethostname(host, sizeof host) == 0)
		host[sizeof host - 1] = 0;
	const struct clock *clock = opt->clock ? opt->clock : &clock_system;
	struct str since = time_rfc3339(a, clock_wall(clock), false);
	struct str text = str_fmt(a, "'%s' (process %ld on %s) since %.*s\n", opt->command ? opt->command : "drplan",
				  (long)getpid(), host, STR_ARG(since));
	return ftruncate(fd, 0) == 0 && pwrite(fd, text.p, text.n, 0) == (ssize_t)text.n ? text : STR_NONE;
}

/* "'apply' (process 12 on host) since ...", one line, or what stands for it. */
static struct str lock_holder(int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size, 0);
	struct str holder = n > 0 ? str_trim((struct str){text, (size_t)n}) : STR_NONE;
	return !holder.n || !str_utf8(holder) || str_chr(holder, '\n', 0) >= 0 ? STR("another process") : holder;
}

static void locked_error(int fd, const char *path, struct errs *errs)
{
	char text[512];
	struct str holder = lock_holder(fd, text, sizeof text);
	struct err *e =
	    err_add(errs, ERR_STATE, (struct pos){0}, "the state %s is locked by %.*s", path, STR_ARG(holder));
	e->code = STR("locked");
	err_help(errs, e, "wait for it to end, or give -lock-timeout=2m to wait here; a dead process holds no lock");
}

int lock_take(struct arena *a, const char *path, const struct state_options *opt, struct str *mark, struct errs *errs)
{
	struct str name = str_fmt(a, "%s.lock", path);
	int fd = open(name.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		err_add(errs, ERR_STATE, (struct pos){0}, "cannot open the lock %s: %s", name.p, strerror(errno));
		return -1;
	}
	int64_t end = clock_mono(&clock_system) + (opt->lock_timeout_ms > 0 ? opt->lock_timeout_ms : 0);
	while (!lock_try(fd)) {
		int64_t left = end - clock_mono(&clock_system);
		if ((errno == EAGAIN || errno == EACCES) && left > 0) {
			sleep_ms(left < LOCK_RETRY_MS ? left : LOCK_RETRY_MS);
			continue;
		}
		if (errno == EAGAIN || errno == EACCES)
			locked_error(fd, path, errs);
		else
			err_add(errs, ERR_STATE, (struct pos){0}, "cannot lock %s: %s", name.p, strerror(errno));
		close(fd);
		return -1;
	}
	*mark = lock_describe(a, fd, opt);
	return fd;
}

/* To the byte: a host may have a name that no message shows as it is. */
static bool lock_says(int fd, struct str mark)
{
	char text[512];
	ssize_t n = pread(fd, text, sizeof text, 0);
	return n >= 0 && str_eq((struct str){text, (size_t)n}, mark);
}

struct str lock_lost(struct arena *a, struct str path, struct str mark)
{
	char text[512];
	struct str name = str_fmt(a, "%.*s.lock", STR_ARG(path)), lost = STR_NONE;
	int fd = open(name.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? STR("its lock file was removed while it was held") : STR_NONE;
	if (!lock_says(fd, mark)) {
		struct str holder = lock_holder(fd, text, sizeof text);
		lost = str_fmt(a, "it was locked by %.*s while this process held it: the file system keeps no locks",
			       STR_ARG(holder));
	}
	close(fd);
	return lost;
}

struct str lock_path(struct arena *a, const char *path)
{
	struct stat sb;
	char *real = lstat(path, &sb) == 0 && S_ISLNK(sb.st_mode) ? realpath(path, NULL) : NULL;
	struct str out = str_dup(a, str_of(real ? real : path));
	free(real);
	return out;
}

void lock_drop(int fd, struct str mark)
{
	if (fd < 0)
		return;
	/* An empty text says that nobody holds it; somebody else's stays. Closing releases whatever happens. */
	if (mark.n && lock_says(fd, mark) && ftruncate(fd, 0) != 0)
		errno = 0;
	close(fd);
}
