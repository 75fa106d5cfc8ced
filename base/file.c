/* Whole files; see file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

bool file_write_all(int fd, struct str s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		s = str_sub(s, (size_t)n, s.n);
	}
	return true;
}

bool file_replace(struct arena *a, struct str path, const struct str *parts, size_t n)
{
	struct str to = str_dup(a, path);
	struct str tmp = str_fmt(a, "%.*s.%ld.tmp", STR_ARG(path), (long)getpid());
	int fd = open(tmp.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	bool ok = true;
	for (size_t i = 0; ok && i < n; i++)
		ok = file_write_all(fd, parts[i]);
	ok = ok && fsync(fd) == 0;
	int why = ok ? 0 : errno;
	if (close(fd) != 0 && ok) {
		why = errno;
		ok = false;
	}
	if (ok && rename(tmp.p, to.p) == 0)
		return true;
	if (ok)
		why = errno;
	unlink(tmp.p);
	errno = why;
	return false;
}
