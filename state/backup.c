/* Copies of the state file, and the way back to one.
 *
 * A run copies what was committed to PATH.sSERIAL.backup when it begins and when it ends, if the
 * serial moved; a migration copies to PATH.vVERSION.backup (schema.c). A copy is whole or it is
 * not there: it is written beside its place, synced, and renamed. A state that is gone while
 * copies of it stand is an error, never a fresh state. */
#include "state/db.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT 5
#define FILES_MAX 1000 /* looked at beside a state */
#define SKIPPED 1000 /* serials that a restored state leaves out: those that the lost one may have reached */

/* --- copying -------------------------------------------------------------------------------------------------- */

static int copy_pages(sqlite3 *from, const char *to)
{
	sqlite3 *copy = NULL;
	int rc = sqlite3_open_v2(to, &copy, SQLITE_OPEN_READWRITE, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_backup *b = sqlite3_backup_init(copy, "main", from, "main");
		rc = b ? sqlite3_backup_step(b, -1) : sqlite3_errcode(copy);
		if (b && sqlite3_backup_finish(b) != SQLITE_OK)
			rc = SQLITE_IOERR;
		if (rc == SQLITE_DONE)
			rc = sqlite3_exec(copy, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	}
	int closed = sqlite3_close(copy);
	return rc == SQLITE_OK ? closed : rc;
}

/* Where the name begins. */
static size_t name_at(struct str path)
{
	size_t at = path.n;
	while (at && path.p[at - 1] != '/')
		at--;
	return at;
}

static const char *folder_of(struct arena *a, struct str path)
{
	return name_at(path) ? str_dup(a, str_sub(path, 0, name_at(path))).p : ".";
}

static bool sync_folder(struct arena *a, const char *path)
{
	int fd = open(folder_of(a, str_of(path)), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

bool backup_copy(sqlite3 *from, const char *to, struct errs *errs)
{
	struct arena scratch = {0};
	struct str tmp = str_fmt(&scratch, "%s.%ld.tmp", to, (long)getpid());
	const char *why = NULL;
	int fd = open(tmp.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc = fd >= 0 ? copy_pages(from, tmp.p) : SQLITE_OK;
	if (fd < 0 || (rc == SQLITE_OK && (fsync(fd) != 0 || rename(tmp.p, to) != 0 || !sync_folder(&scratch, to))))
		why = strerror(errno);
	else if (rc != SQLITE_OK)
		why = sqlite3_errstr(rc);
	if (fd >= 0)
		close(fd);
	if (why) {
		unlink(tmp.p);
		err_add(errs, ERR_STATE, (struct pos){0}, "cannot back up the state to %s: %s", to, why);
	}
	arena_free(&scratch);
	return why == NULL;
}

bool state_copy(struct state *st, const char *to, struct errs *errs)
{
	return backup_copy(st->db, to, errs);
}

/* --- what there is -------------------------------------------------------------------------------------------- */

/* The number in "NAME.s12.backup" or "NAME.v1.backup"; false: the file is no backup of NAME. */
static bool backup_number(struct str file, struct str name, char kind, int64_t *number)
{
	struct str end = STR(".backup");
	if (!str_starts(file, name) || !str_ends(file, end) || file.n < name.n + 3 + end.n)
		return false;
	struct str middle = str_sub(file, name.n, file.n - end.n);
	return middle.p[0] == '.' && middle.p[1] == kind && str_int(str_sub(middle, 2, middle.n), 0, INT64_MAX, number);
}

struct found {
	struct str path;
	int64_t number;
	bool migration;
};

static int newer_first(const void *x, const void *y)
{
	const struct found *a = x, *b = y;
	if (a->migration != b->migration)
		return a->migration ? 1 : -1;
	return a->number < b->number ? 1 : a->number > b->number ? -1 : 0;
}

static size_t find_all(struct arena *a, struct str path, struct found **out)
{
	struct str name = str_sub(path, name_at(path), path.n), before = str_sub(path, 0, name_at(path));
	DIR *dir = opendir(folder_of(a, path));
	struct found f;
	size_t n = 0, cap = 0;
	*out = NULL;
	for (struct dirent *d; dir && n < FILES_MAX && (d = readdir(dir)) != NULL;) {
		struct str file = str_of(d->d_name);
		f.migration = backup_number(file, name, 'v', &f.number);
		if (!f.migration && !backup_number(file, name, 's', &f.number))
			continue;
		f.path = str_fmt(a, "%.*s%s", STR_ARG(before), d->d_name);
		*out = arena_grow(a, *out, &cap, n + 1, sizeof **out);
		(*out)[n++] = f;
	}
	if (dir)
		closedir(dir);
	if (n)
		qsort(*out, n, sizeof **out, newer_first);
	return n;
}

bool backup_missed(struct state *st, struct errs *errs)
{
	struct arena scratch = {0};
	struct found *all;
	struct stat sb;
	bool empty = stat(st->path.p, &sb) != 0 ? errno == ENOENT : sb.st_size == 0;
	bool missed = empty && find_all(&scratch, st->path, &all) > 0;
	arena_free(&scratch);
	if (missed) {
		struct err *e = err_add(errs, ERR_STATE, (struct pos){0},
					"the state %.*s is gone, but backups of it are there", STR_ARG(st->path));
		err_help(errs, e, "`drplan state restore` lists them; where a fresh state is meant, move them away");
	}
	return missed;
}

void state_backup(struct state *st, struct errs *errs)
{
	struct arena scratch = {0};
	struct errs own = {.arena = &scratch};
	struct found *all;
	struct str to = str_fmt(&scratch, "%.*s.s%lld.backup", STR_ARG(st->path), (long long)st->serial);
	sqlite3 *committed = NULL;
	if (st->serial > 0 && access(to.p, F_OK) != 0) {
		/* Another connection sees what is committed and nothing else. */
		bool open = sqlite3_open_v2(st->path.p, &committed, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK;
		if (!open || !backup_copy(committed, to.p, &own))
			err_warn(errs, (struct pos){0}, "the state was not backed up: %.*s",
				 own.n ? (int)own.items[0].message.n : 0, own.n ? own.items[0].message.p : "");
		sqlite3_close(committed);
		size_t n = find_all(&scratch, st->path, &all);
		for (size_t i = KEPT; i < n; i++)
			if (!all[i].migration)
				unlink(all[i].path.p);
	}
	arena_free(&scratch);
}

/* --- reading one ---------------------------------------------------------------------------------------------- */

static struct str one_text(sqlite3 *db, struct arena *a, const char *sql)
{
	sqlite3_stmt *s = NULL;
	struct str out = STR_NONE;
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
		out = column_str(s, 0, a);
	sqlite3_finalize(s);
	return out;
}

/* What a file says of itself; damage is set where it is not a whole state that this program reads. */
static void look_into(struct arena *a, const char *path, struct state_backup *out)
{
	sqlite3 *db = NULL;
	int64_t version = 0, count = 0;
	*out = (struct state_backup){.path = str_dup(a, str_of(path))};
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
		out->damage = str_dup(a, str_of(sqlite3_errmsg(db)));
	} else if (!str_eqc(one_text(db, a, "PRAGMA application_id"), STATE_APPLICATION_TEXT)) {
		out->damage = STR("it is not a drplan state");
	} else if (!str_eqc(one_text(db, a, "PRAGMA integrity_check(1)"), "ok")) {
		out->damage = STR("it is damaged");
	} else if (!str_int(one_text(db, a, "PRAGMA user_version"), 1, STATE_VERSION, &version)) {
		out->damage = STR("a later drplan wrote it");
	} else {
		out->lineage = one_text(db, a, "SELECT value FROM meta WHERE key = 'lineage'");
		str_int(one_text(db, a, "SELECT value FROM meta WHERE key = 'serial'"), 0, INT64_MAX, &out->serial);
		str_int(one_text(db, a, "SELECT count(*) FROM resource WHERE generation = 0"), 0, INT64_MAX, &count);
		str_int(one_text(db, a, "SELECT max(coalesce(ended_ms, started_ms)) FROM run"), 0, INT64_MAX,
			&out->made_ms);
		out->resources = (size_t)count;
	}
	sqlite3_close(db);
}

size_t state_backups(struct arena *a, const char *path, struct state_backup **out)
{
	struct found *all;
	size_t n = find_all(a, str_of(path), &all);
	*out = arena_array(a, n + 1, sizeof **out);
	for (size_t i = 0; i < n; i++)
		look_into(a, all[i].path.p, &(*out)[i]);
	return n;
}

/* --- the way back --------------------------------------------------------------------------------------------- */

/* What stands at path now forbids it: it is whole, and another state or a newer one. */
static bool stands_in_the_way(struct arena *a, const char *path, const struct state_backup *b, struct errs *errs)
{
	struct state_backup now;
	struct err *e;
	if (access(path, F_OK) != 0)
		return false;
	look_into(a, path, &now);
	if (now.damage.n || !now.lineage.n)
		return false;
	if (!str_eq(now.lineage, b->lineage)) {
		err_add(errs, ERR_STATE, (struct pos){0}, "%.*s is a backup of another state", STR_ARG(b->path));
		return true;
	}
	e = err_add(errs, ERR_STATE, (struct pos){0}, "the state %s is whole, with serial %lld; the backup has %lld",
		    path, (long long)now.serial, (long long)b->serial);
	err_help(errs, e, "what the state alone knows would be lost; where that is meant, move it away first");
	return true;
}

/* Out of the way, with its WAL; it may be all there is of what a backup does not know. */
static bool put_aside(struct arena *a, const char *path, struct str *aside, struct errs *errs)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	if (access(path, F_OK) != 0)
		return true;
	unsigned k = 1;
	do
		*aside = str_fmt(a, "%s.damaged%u", path, k++);
	while (access(aside->p, F_OK) == 0);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct str from = str_fmt(a, "%s%s", path, ends[i]),
			   to = str_fmt(a, "%.*s%s", STR_ARG(*aside), ends[i]);
		if (rename(from.p, to.p) != 0 && errno != ENOENT) {
			err_add(errs, ERR_STATE, (struct pos){0}, "cannot move %s away: %s", from.p, strerror(errno));
			return false;
		}
	}
	return true;
}

/* A copy of the backup at to, whose serial no saved plan of the lost one has. */
static bool prepare(struct arena *a, const struct state_backup *b, const char *to, struct errs *errs)
{
	sqlite3 *from = NULL, *db = NULL;
	struct str sql =
	    str_fmt(a, "UPDATE meta SET value = '%lld' WHERE key = 'serial'", (long long)b->serial + SKIPPED);
	const char *why = NULL;
	if (sqlite3_open_v2(b->path.p, &from, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		why = str_dup(a, str_of(sqlite3_errmsg(from))).p;
	else if (!backup_copy(from, to, errs))
		why = "";
	else if (sqlite3_open_v2(to, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
		 sqlite3_exec(db, sql.p, NULL, NULL, NULL) != SQLITE_OK)
		why = str_dup(a, str_of(sqlite3_errmsg(db))).p;
	sqlite3_close(from);
	sqlite3_close(db);
	if (why && *why)
		err_add(errs, ERR_STATE, (struct pos){0}, "cannot restore %.*s: %s", STR_ARG(b->path), why);
	return why == NULL;
}

static bool put_back(struct arena *a, const char *from, const char *path, struct errs *errs)
{
	if (rename(from, path) == 0 && sync_folder(a, path))
		return true;
	err_add(errs, ERR_STATE, (struct pos){0}, "cannot put %s in place: %s", path, strerror(errno));
	return false;
}

bool state_restore(struct arena *a, const char *path, const char *backup, const struct state_options *opt,
		   struct state_backup *out, struct str *aside, struct errs *errs)
{
	path = lock_path(a, path).p;
	const char *ready = str_fmt(a, "%s.restoring", path).p;
	struct str mark;
	int lock = lock_take(a, path, opt, &mark, errs);
	bool ok = false;
	*aside = STR_NONE;
	if (lock < 0)
		return false;
	look_into(a, backup, out);
	if (out->damage.n)
		err_add(errs, ERR_STATE, (struct pos){0}, "cannot restore %s: %.*s", backup, STR_ARG(out->damage));
	else
		ok = !stands_in_the_way(a, path, out, errs) && prepare(a, out, ready, errs) &&
		     put_aside(a, path, aside, errs) && put_back(a, ready, path, errs);
	lock_drop(lock, mark);
	return ok;
}
