/* The world's file: opened, its transactions, and the few ways in which statements are run. The tables and the
 * statements themselves are in worldsql.c; what they mean is for the files that bind them.
 */
#include "providers/sim/world.h"

#include "providers/sim/sim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	WORLD_ID = 0x64727377, /* application_id: "drsw" */
	WORLD_VERSION = 1, /* user_version */
	WORLD_BUSY_MS = 5000, /* how long another process may hold the file */
};

static void world_fail(struct world *w)
{
	if (w->broken)
		return;
	w->broken = true;
	snprintf(w->message, sizeof w->message, "the simulator's world: %s", sqlite3_errmsg(w->db));
}

static bool world_exec(struct world *w, const char *sql)
{
	if (sqlite3_exec(w->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	world_fail(w);
	return false;
}

static int64_t world_pragma(struct world *w, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int64_t v = -1;

	if (sqlite3_prepare_v2(w->db, sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		v = sqlite3_column_int64(st, 0);
	else
		world_fail(w);
	sqlite3_finalize(st);
	return v;
}

static bool world_create(struct world *w, uint64_t seed)
{
	char sql[200];

	snprintf(sql, sizeof sql,
		 "INSERT INTO meta VALUES('seed', %lld), ('now', 0), ('row', 0);"
		 "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
		 (long long)seed, WORLD_ID, WORLD_VERSION);
	if (world_exec(w, world_schema) && world_exec(w, sql))
		return true;
	sqlite3_exec(w->db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

/* Two processes may find the file empty at once: whoever gets the lock first makes the tables. */
static bool world_migrate(struct world *w, const char *path, uint64_t seed, struct errs *errs)
{
	int64_t version;

	if (!world_exec(w, "BEGIN IMMEDIATE"))
		return false;
	version = world_pragma(w, "PRAGMA user_version");
	if (version == 0 && world_pragma(w, "SELECT count(*) FROM sqlite_schema") == 0)
		return world_create(w, seed);
	sqlite3_exec(w->db, "ROLLBACK", NULL, NULL, NULL);
	if (version == WORLD_VERSION && world_pragma(w, "PRAGMA application_id") == WORLD_ID)
		return true;
	if (!w->broken) {
		struct err *e = err_add(errs, ERR_STATE, (struct pos){0}, "%s is not a world of this simulator", path);
		err_help(errs, e, "remove the file to start with an empty world");
	}
	return false;
}

static bool world_prepare(struct world *w)
{
	for (int i = 0; i < W_STMTS; i++) {
		if (sqlite3_prepare_v3(w->db, world_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &w->stmts[i], NULL) ==
		    SQLITE_OK)
			continue;
		world_fail(w);
		return false;
	}
	return true;
}

/* SQLite makes files by the umask; the world may hold secrets that were put into it. */
static bool world_touch(const char *path, struct errs *errs)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0) {
		close(fd);
		return true;
	}
	err_add(errs, ERR_SYSTEM, (struct pos){0}, "cannot open the simulator's world %s: %s", path, strerror(errno));
	return false;
}

bool world_open(struct world *w, const char *path, uint64_t seed, struct errs *errs)
{
	const char *name = path ? path : ":memory:";
	size_t before = errs->errors;

	memset(w, 0, sizeof *w);
	w->version = -1;
	if (path && !world_touch(path, errs))
		return false;
	if (sqlite3_open_v2(name, &w->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK)
		world_fail(w);
	if (w->broken)
		goto out;
	sqlite3_busy_timeout(w->db, WORLD_BUSY_MS);
	if (!world_exec(w, "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON;"
			   "PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY"))
		goto out;
	if (world_migrate(w, name, seed, errs) && world_prepare(w))
		return true;
out:
	if (errs->errors == before)
		err_add(errs, ERR_SYSTEM, (struct pos){0}, "%s (%s)", w->message, name);
	world_close(w);
	return false;
}

void world_close(struct world *w)
{
	for (int i = 0; i < W_STMTS; i++)
		sqlite3_finalize(w->stmts[i]);
	sqlite3_close(w->db);
	memset(w, 0, sizeof *w);
}

bool world_save(struct world *w)
{
	if (w->broken)
		return false;
	if (!w->in_turn && !world_do(w, w->stmts[W_BEGIN]))
		return false;
	w->in_turn = true;
	return world_do(w, w->stmts[W_SAVE]);
}

void world_release(struct world *w)
{
	world_do(w, w->stmts[W_RELEASE]);
}

void world_undo(struct world *w)
{
	if (world_do(w, w->stmts[W_UNDO]))
		world_do(w, w->stmts[W_RELEASE]);
}

bool world_commit(struct world *w)
{
	if (!w->in_turn)
		return !w->broken;
	w->in_turn = false;
	if (!w->broken && world_do(w, w->stmts[W_COMMIT]))
		return true;
	sqlite3_step(w->stmts[W_ROLLBACK]);
	sqlite3_reset(w->stmts[W_ROLLBACK]);
	return false;
}

bool world_look(struct world *w)
{
	if (w->broken)
		return false;
	w->looking = !w->in_turn && world_do(w, w->stmts[W_BEGIN_READ]);
	return !w->broken;
}

void world_looked(struct world *w)
{
	if (w->looking)
		world_do(w, w->stmts[W_COMMIT]);
	w->looking = false;
}

bool world_changed(struct world *w)
{
	sqlite3_stmt *st = w->stmts[W_VERSION];
	int64_t version = w->version;

	if (world_step(w, st))
		version = world_int(st, 0);
	world_reset(st);
	if (version == w->version)
		return false;
	w->version = version;
	return true;
}

int64_t world_meta(struct world *w, const char *key)
{
	sqlite3_stmt *st = world_bind(w, W_META_GET, "s", str_of(key));
	int64_t v = world_step(w, st) ? world_int(st, 0) : 0;

	world_reset(st);
	return v;
}

void world_meta_set(struct world *w, const char *key, int64_t value)
{
	world_do(w, world_bind(w, W_META_SET, "si", str_of(key), value));
}

int64_t world_next_row(struct world *w)
{
	sqlite3_stmt *st = w->stmts[W_NEXT_ROW];
	int64_t v = world_step(w, st) ? world_int(st, 0) : 0;

	world_reset(st);
	return v;
}

sqlite3_stmt *world_bind(struct world *w, enum world_stmt which, const char *format, ...)
{
	sqlite3_stmt *st = w->stmts[which];
	va_list ap;

	va_start(ap, format);
	for (int i = 0; format[i]; i++) {
		if (format[i] == 's') {
			struct str s = va_arg(ap, struct str);
			sqlite3_bind_text64(st, i + 1, s.n ? s.p : "", s.n, SQLITE_TRANSIENT, SQLITE_UTF8);
		} else if (format[i] == 'b') {
			struct str s = va_arg(ap, struct str);
			sqlite3_bind_blob64(st, i + 1, s.p, s.n, SQLITE_TRANSIENT);
		} else if (format[i] == 'i') {
			sqlite3_bind_int64(st, i + 1, va_arg(ap, int64_t));
		} else {
			sqlite3_bind_null(st, i + 1);
		}
	}
	va_end(ap);
	return st;
}

bool world_step(struct world *w, sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		world_fail(w);
	sqlite3_reset(st);
	return false;
}

bool world_do(struct world *w, sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		world_fail(w);
	sqlite3_reset(st);
	return rc == SQLITE_DONE || rc == SQLITE_ROW;
}

bool world_try(struct world *w, sqlite3_stmt *st, bool *taken)
{
	int rc = sqlite3_step(st);

	*taken = rc == SQLITE_CONSTRAINT;
	if (rc != SQLITE_DONE && !*taken)
		world_fail(w);
	sqlite3_reset(st);
	return rc == SQLITE_DONE;
}

void world_reset(sqlite3_stmt *st)
{
	sqlite3_reset(st);
}

struct str world_text(sqlite3_stmt *st, int column)
{
	const char *p = (const char *)sqlite3_column_text(st, column);

	return p ? (struct str){p, (size_t)sqlite3_column_bytes(st, column)} : STR_NONE;
}

int64_t world_int(sqlite3_stmt *st, int column)
{
	return sqlite3_column_int64(st, column);
}

bool sim_copy(const char *from, const char *to, struct errs *errs)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	bool good = sqlite3_open_v2(from, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
		    sqlite3_busy_timeout(db, 10000) == SQLITE_OK &&
		    sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &st, NULL) == SQLITE_OK &&
		    sqlite3_bind_text(st, 1, to, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step(st) == SQLITE_DONE;

	if (!good)
		err_add(errs, ERR_SYSTEM, (struct pos){0}, "cannot copy the simulator's world %s: %s", from,
			db ? sqlite3_errmsg(db) : "out of memory");
	sqlite3_finalize(st);
	sqlite3_close(db);
	return good;
}
