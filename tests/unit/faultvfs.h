/* A SQLite VFS for tests: the system's own, where the Nth write, truncation, sync, creation or removal of a state file
 * fails, or where everything since the last sync is lost as by a power cut.
 *
 *	faultvfs_install();				once: it becomes the default
 *	faultvfs = (struct faultvfs){.kind = FAULT_FULL, .at = 17};
 *	... use a state ...
 *	if (faultvfs.kind == FAULT_CUT) faultvfs_power_cut();	after everything is closed
 *
 * Only files whose path contains ".db" of a name that begins with "state" count: the simulator's world is left alone.
 */
#ifndef DRPLAN_TESTS_FAULTVFS_H
#define DRPLAN_TESTS_FAULTVFS_H

#include <sqlite3.h>

#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum fault_kind {
	FAULT_NONE, /* only count */
	FAULT_IO_ONCE, /* one I/O error */
	FAULT_IO, /* I/O errors from then on */
	FAULT_FULL, /* no space from then on */
	FAULT_CUT, /* nothing works from then on, and what was not synced is gone */
};

struct faultvfs {
	enum fault_kind kind;
	unsigned at; /* 1 = the first operation */
	unsigned seen; /* operations so far */
	unsigned syncs;
	bool fired;
};

static struct faultvfs faultvfs;

/* What an unsynced write replaced; the newest first. */
struct fault_lost {
	struct fault_lost *next;
	char path[512];
	sqlite3_int64 at, size; /* size: of the file before */
	int n;
	unsigned char old[];
};
static struct fault_lost *fault_lost;

struct fault_file {
	sqlite3_file base;
	bool counts;
	char path[512];
	sqlite3_file *real;
};

static struct sqlite3_vfs fault_vfs, *fault_real;

static inline sqlite3_file *real_of(sqlite3_file *f)
{
	return ((struct fault_file *)(void *)f)->real;
}

/* SQLITE_OK, or what this operation fails with. */
static inline int fault_next(bool counts, int io_code)
{
	if (!counts)
		return SQLITE_OK;
	faultvfs.seen++;
	bool due = faultvfs.kind != FAULT_NONE && faultvfs.at &&
		   (faultvfs.seen == faultvfs.at || (faultvfs.kind != FAULT_IO_ONCE && faultvfs.seen > faultvfs.at));
	faultvfs.fired |= due;
	return !due ? SQLITE_OK : faultvfs.kind == FAULT_FULL ? SQLITE_FULL : io_code;
}

static inline void fault_remember(sqlite3_file *f, sqlite3_int64 at, int n)
{
	struct fault_file *file = (struct fault_file *)(void *)f;
	struct fault_lost *l = malloc(sizeof *l + (size_t)n);
	assert_non_null(l);
	file->real->pMethods->xFileSize(file->real, &l->size);
	snprintf(l->path, sizeof l->path, "%s", file->path);
	l->at = at;
	l->n = at >= l->size ? 0 : at + n > l->size ? (int)(l->size - at) : n;
	if (l->n)
		file->real->pMethods->xRead(file->real, l->old, l->n, at);
	l->next = fault_lost;
	fault_lost = l;
}

static inline void fault_forget(const char *path)
{
	for (struct fault_lost **p = &fault_lost; *p;) {
		struct fault_lost *l = *p;
		if (strcmp(l->path, path) != 0) {
			p = &l->next;
			continue;
		}
		*p = l->next;
		free(l);
	}
}

/* Take back what was never synced, as if the power had gone. */
static inline void faultvfs_power_cut(void)
{
	while (fault_lost) {
		struct fault_lost *l = fault_lost;
		FILE *f = fopen(l->path, "r+b");
		if (f) {
			assert_int_equal(fseek(f, (long)l->at, SEEK_SET), 0);
			assert_int_equal(fwrite(l->old, 1, (size_t)l->n, f), (size_t)l->n);
			fclose(f);
			assert_int_equal(truncate(l->path, (off_t)l->size), 0);
		}
		fault_lost = l->next;
		free(l);
	}
}

static inline void faultvfs_reset(enum fault_kind kind, unsigned at)
{
	while (fault_lost)
		fault_forget(fault_lost->path);
	faultvfs = (struct faultvfs){.kind = kind, .at = at};
}

/* --- files ---------------------------------------------------------------------------------------------------- */

static int fault_close(sqlite3_file *f)
{
	int rc = real_of(f)->pMethods->xClose(real_of(f));
	return rc;
}

static int fault_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	return real_of(f)->pMethods->xRead(real_of(f), p, n, at);
}

static int fault_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	struct fault_file *file = (struct fault_file *)(void *)f;
	int rc = fault_next(file->counts, SQLITE_IOERR_WRITE);
	if (rc != SQLITE_OK)
		return rc;
	if (file->counts && faultvfs.kind == FAULT_CUT)
		fault_remember(f, at, n);
	return file->real->pMethods->xWrite(file->real, p, n, at);
}

static int fault_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	struct fault_file *file = (struct fault_file *)(void *)f;
	int rc = fault_next(file->counts, SQLITE_IOERR_TRUNCATE);
	sqlite3_int64 had = 0;
	if (rc != SQLITE_OK)
		return rc;
	file->real->pMethods->xFileSize(file->real, &had);
	if (file->counts && faultvfs.kind == FAULT_CUT && had > size)
		fault_remember(f, size, (int)(had - size));
	return file->real->pMethods->xTruncate(file->real, size);
}

static int fault_sync(sqlite3_file *f, int flags)
{
	struct fault_file *file = (struct fault_file *)(void *)f;
	int rc = fault_next(file->counts, SQLITE_IOERR_FSYNC);
	if (rc != SQLITE_OK)
		return rc;
	(void)flags;
	faultvfs.syncs += file->counts;
	fault_forget(file->path);
	return SQLITE_OK; /* what a power cut takes is known here; the real disk has nothing to say */
}

static int fault_size(sqlite3_file *f, sqlite3_int64 *n)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), n);
}
static int fault_lock(sqlite3_file *f, int l)
{
	return real_of(f)->pMethods->xLock(real_of(f), l);
}
static int fault_unlock(sqlite3_file *f, int l)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), l);
}
static int fault_reserved(sqlite3_file *f, int *l)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), l);
}
static int fault_control(sqlite3_file *f, int op, void *p)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, p);
}
static int fault_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

/* Without the promise that an overwrite is safe against a power cut. */
static int fault_device(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f)) & ~SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int fault_shm_map(sqlite3_file *f, int page, int n, int extend, void volatile **p)
{
	return real_of(f)->pMethods->xShmMap(real_of(f), page, n, extend, p);
}

static int fault_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
	return real_of(f)->pMethods->xShmLock(real_of(f), at, n, flags);
}

static void fault_shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}
static int fault_shm_unmap(sqlite3_file *f, int del)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), del);
}

static const sqlite3_io_methods fault_methods = {
    2,
    fault_close,
    fault_read,
    fault_write,
    fault_truncate,
    fault_sync,
    fault_size,
    fault_lock,
    fault_unlock,
    fault_reserved,
    fault_control,
    fault_sector,
    fault_device,
    fault_shm_map,
    fault_shm_lock,
    fault_shm_barrier,
    fault_shm_unmap,
    NULL,
    NULL,
};

/* --- the file system ------------------------------------------------------------------------------------------ */

static inline bool fault_counts(const char *path)
{
	const char *name = path ? strrchr(path, '/') : NULL;
	return name && strncmp(name + 1, "state", 5) == 0;
}

static int fault_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *out)
{
	struct fault_file *file = (struct fault_file *)(void *)f;
	(void)v;
	memset(file, 0, sizeof *file);
	file->counts = fault_counts(path);
	snprintf(file->path, sizeof file->path, "%s", path ? path : "");
	if (file->counts && access(path, F_OK) != 0 && (flags & SQLITE_OPEN_CREATE)) {
		int rc = fault_next(true, SQLITE_CANTOPEN);
		if (rc != SQLITE_OK)
			return rc;
	}
	file->real = (sqlite3_file *)(void *)(file + 1);
	int rc = fault_real->xOpen(fault_real, path, file->real, flags, out);
	if (file->real->pMethods)
		file->base.pMethods = &fault_methods;
	return rc;
}

static int fault_delete(sqlite3_vfs *v, const char *path, int sync)
{
	(void)v;
	int rc = fault_next(fault_counts(path), SQLITE_IOERR_DELETE);
	if (rc != SQLITE_OK)
		return rc;
	fault_forget(path);
	return fault_real->xDelete(fault_real, path, sync);
}

static int fault_access(sqlite3_vfs *v, const char *path, int flags, int *out)
{
	(void)v;
	return fault_real->xAccess(fault_real, path, flags, out);
}

static int fault_full_path(sqlite3_vfs *v, const char *path, int n, char *out)
{
	(void)v;
	return fault_real->xFullPathname(fault_real, path, n, out);
}

static inline void faultvfs_install(void)
{
	fault_real = sqlite3_vfs_find(NULL);
	assert_non_null(fault_real);
	fault_vfs = *fault_real;
	fault_vfs.pNext = NULL;
	fault_vfs.zName = "faults";
	fault_vfs.szOsFile = (int)sizeof(struct fault_file) + fault_real->szOsFile;
	fault_vfs.xOpen = fault_open;
	fault_vfs.xDelete = fault_delete;
	fault_vfs.xAccess = fault_access;
	fault_vfs.xFullPathname = fault_full_path;
	assert_int_equal(sqlite3_vfs_register(&fault_vfs, 1), SQLITE_OK);
}

#endif
