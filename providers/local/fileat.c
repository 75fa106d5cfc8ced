/* Files below a folder. Each step of a path is opened from the folder before it and never through a symbolic link, so
 * that no link that somebody plants leads a write or a removal elsewhere. A file is written beside its place, made
 * durable, and then moved there: whoever looks sees the old one or the new one, and a crash leaves a file that the next
 * write takes away. file.c knows what the files are for.
 */
#include "providers/local/local.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static bool system_says(struct arena *a, const char *what, struct str name, struct str *why)
{
	*why = str_fmt(a, "%s '%.*s': %s", what, STR_ARG(name), strerror(errno));
	return false;
}

/* --- the way there ------------------------------------------------------------------------------------------------ */

static bool is_plain(struct str part)
{
	return part.n && part.n <= FILEAT_NAME_MAX && !str_eqc(part, ".") && !str_eqc(part, "..") &&
	       !memchr(part.p, 0, part.n);
}

static bool path_stays(struct arena *a, struct str path, struct str *why)
{
	struct str rest = path, part;

	if (!path.n || path.p[0] == '/' || path.p[path.n - 1] == '/') {
		*why = str_fmt(a, "'%.*s' is not the path of a file below the stack's folder", STR_ARG(path));
		return false;
	}
	while (str_cut(&rest, '/', &part))
		if (!is_plain(part)) {
			*why = str_fmt(a, "'%.*s' in the path '%.*s' is no name of a file or folder", STR_ARG(part),
				       STR_ARG(path));
			return false;
		}
	return true;
}

/* Folders that are made here can be looked into, whatever drplan keeps to itself otherwise. */
static int folder_made(int at, const char *name, int flags)
{
	int fd;

	if (mkdirat(at, name, 0700) != 0)
		return errno == EEXIST ? openat(at, name, flags) : -1;
	fd = openat(at, name, flags);
	if (fd >= 0)
		fchmod(fd, 0755);
	return fd;
}

/* The folder called name below dir, made if it is missing and wanted. -1 with errno. */
static int folder_enter(struct arena *a, int dir, struct str name, bool make)
{
	const char *text = str_dup(a, name).p;
	int fd = openat(dir, text, FOLDER);

	return fd < 0 && errno == ENOENT && make ? folder_made(dir, text, FOLDER) : fd;
}

/* root itself is the user's choice: links on the way to it are followed. */
static int root_enter(struct arena *a, struct str root, bool make)
{
	const char *text = root.n ? str_dup(a, root).p : ".";
	int fd = open(text, FOLDER & ~O_NOFOLLOW);

	return fd < 0 && errno == ENOENT && make ? folder_made(AT_FDCWD, text, FOLDER & ~O_NOFOLLOW) : fd;
}

bool fileat_open(struct arena *a, struct str root, struct str path, bool make, struct fileat *out, struct str *why)
{
	struct str rest = path, part = STR_NONE, at = root;
	int dir, next, failure;

	*out = (struct fileat){.dir = -1};
	if (!path_stays(a, path, why))
		return false;
	dir = root_enter(a, root, make);
	while (dir >= 0 && str_cut(&rest, '/', &part) && rest.n) {
		next = folder_enter(a, dir, part, make);
		failure = errno;
		close(dir);
		errno = failure;
		dir = next;
		at = part;
	}
	if (dir < 0 && (errno != ENOENT || make)) {
		if (errno == ELOOP || errno == ENOTDIR)
			*why = str_fmt(a, "'%.*s' in the path '%.*s' is not a folder of its own", STR_ARG(at),
				       STR_ARG(path));
		else
			system_says(a, "cannot open the folder", at, why);
		return false;
	}
	*out = (struct fileat){.dir = dir, .name = str_dup(a, part)};
	return true;
}

void fileat_close(struct fileat *p)
{
	if (p->dir >= 0)
		close(p->dir);
	p->dir = -1;
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

static bool read_some(int fd, struct buf *out, size_t max, bool *cut)
{
	char block[8192];
	ssize_t n;

	while ((n = read(fd, block, sizeof block)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if ((size_t)n > max - out->n) {
			buf_add(out, block, max - out->n);
			*cut = true;
			return true;
		}
		buf_add(out, block, (size_t)n);
	}
	return true;
}

enum fileat_found fileat_read(struct arena *a, const struct fileat *p, size_t max, struct str *text, unsigned *mode,
			      bool *cut, struct str *why)
{
	enum fileat_found found = FILEAT_FAILED;
	struct stat st;
	struct buf b;
	int fd;

	*cut = false;
	if (p->dir < 0)
		return FILEAT_NOTHING;
	fd = openat(p->dir, p->name.p, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return FILEAT_NOTHING;
	if (fd < 0 && (errno == ELOOP || errno == ENXIO))
		return FILEAT_OTHER;
	if (fd < 0 || fstat(fd, &st) != 0) {
		system_says(a, "cannot open the file", p->name, why);
		goto out;
	}
	found = FILEAT_OTHER;
	if (!S_ISREG(st.st_mode))
		goto out;
	*mode = (unsigned)st.st_mode & 07777;
	buf_init(&b, max + 1);
	found = FILEAT_FILE;
	if (!read_some(fd, &b, max, cut)) {
		found = FILEAT_FAILED;
		system_says(a, "cannot read the file", p->name, why);
	}
	*text = buf_take(&b, a);
	buf_free(&b);
out:
	if (fd >= 0)
		close(fd);
	return found;
}

/* The same for every write of this file: what is left of one is found by the next. */
static struct str beside(struct arena *a, struct str name)
{
	return str_fmt(a, ".drplan-%.*s~", STR_ARG(str_sub(name, 0, FILEAT_NAME_MAX - 16)));
}

void fileat_tidy(struct arena *a, const struct fileat *p)
{
	if (p->dir >= 0)
		unlinkat(p->dir, beside(a, p->name).p, 0);
}

/* Into its place: over what is there, or only if nothing is. */
static bool move_in(const struct fileat *p, struct str from, bool fresh, bool *taken)
{
	if (!fresh)
		return renameat(p->dir, from.p, p->dir, p->name.p) == 0;
	if (linkat(p->dir, from.p, p->dir, p->name.p, 0) == 0)
		return unlinkat(p->dir, from.p, 0) == 0;
	*taken = errno == EEXIST;
	return false;
}

bool fileat_write(struct arena *a, const struct fileat *p, struct str text, unsigned mode, bool fresh, bool *taken,
		  struct str *why)
{
	struct str name = beside(a, p->name);
	bool ok = false;
	int fd;

	*taken = false;
	fileat_tidy(a, p);
	fd = openat(p->dir, name.p, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return system_says(a, "cannot write the file", p->name, why);
	ok = file_write_all(fd, text) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	ok = ok && move_in(p, name, fresh, taken) && fsync(p->dir) == 0;
	if (!ok && !*taken)
		system_says(a, "cannot write the file", p->name, why);
	if (!ok)
		fileat_tidy(a, p);
	return ok;
}

bool fileat_remove(struct arena *a, const struct fileat *p, struct str *why)
{
	if (p->dir < 0)
		return true;
	fileat_tidy(a, p);
	if (unlinkat(p->dir, p->name.p, 0) != 0)
		return errno == ENOENT || system_says(a, "cannot remove the file", p->name, why);
	return fsync(p->dir) == 0 || system_says(a, "cannot remove the file", p->name, why);
}
