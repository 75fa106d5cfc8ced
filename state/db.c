/* The open state: opening and closing, the transaction of a turn, prepared statements, small facts.
 *
 * Writers hold the lock (lock.c) before they touch the file. Readers take none: WAL lets them see the last commit
 * while a writer works. A missing file that is only read is an empty database in memory, and so is one of an older
 * version, migrated there. rows.c and journal.c stand on this file.
 */
#include "state/db.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 5000 /* a reader that meets a checkpoint */
#define UNSYNCED_MS 1000 /* what was only kept waits no longer for a sync */
#define LOCK_SEEN_MS 1000

static const char *const statements[ST_COUNT] = {
    [ST_META_GET] = "SELECT value FROM meta WHERE key = ?",
    [ST_META_SET] = "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
    [ST_META_DEL] = "DELETE FROM meta WHERE key = ?",
    [ST_ROWS] = "SELECT address, generation, type, target, phase, id, status, inputs, attrs, deletion, name_chosen, "
		"created_ms, updated_ms FROM resource ORDER BY address, generation",
    [ST_ROW_PUT] = "INSERT OR REPLACE INTO resource VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [ST_ROW_DEL] = "DELETE FROM resource WHERE address = ? AND generation = ?",
    [ST_DEPENDS] = "SELECT address, generation, needs FROM depends ORDER BY address, generation, needs",
    [ST_DEPEND_PUT] = "INSERT OR IGNORE INTO depends VALUES (?, ?, ?)",
    [ST_OUTPUTS] = "SELECT name, value, export_name, secret FROM output ORDER BY position",
    [ST_OUTPUTS_CLEAR] = "DELETE FROM output",
    [ST_OUTPUT_PUT] = "INSERT INTO output VALUES (?, ?, ?, ?, ?)",
    [ST_LOOKUPS] = "SELECT address, type, target, id, live, attrs, read_ms FROM lookup ORDER BY address",
    [ST_LOOKUP_PUT] = "INSERT OR REPLACE INTO lookup VALUES (?, ?, ?, ?, ?, ?, ?)",
    [ST_RUN_BEGIN] = "INSERT INTO run (command, plan_digest, started_ms) VALUES (?, ?, ?)",
    [ST_RUN_END] = "UPDATE run SET ended_ms = ?, outcome = ? WHERE run = ?",
    [ST_PLAN_USED] = "SELECT 1 FROM run WHERE plan_digest = ? AND plan_digest <> '' LIMIT 1",
    [ST_RUNS] = "SELECT run, command, plan_digest, coalesce(outcome, ''), started_ms, coalesce(ended_ms, 0) FROM run "
		"ORDER BY run DESC LIMIT ?",
    [ST_INTENT] = "INSERT INTO intent (run, action, address, generation, type, target, id, op, desired, prior, inputs, "
		  "whole, started_ms, context) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [ST_INTENT_OPEN] = "INSERT INTO open_intent VALUES (?)",
    [ST_INTENT_EVENT] = "INSERT INTO intent_event (seq, kind, text, at_ms) VALUES (?, ?, ?, ?)",
    [ST_INTENT_CLOSE] = "DELETE FROM open_intent WHERE seq = ?",
#define INTENT_COLUMNS                                                                                                 \
	"SELECT i.seq, i.run, i.action, i.address, i.generation, i.type, i.target, i.id, i.op, i.desired, i.prior, "   \
	"i.inputs, i.whole, i.started_ms, i.context, "                                                                 \
	"coalesce((SELECT e.text FROM intent_event e WHERE e.seq = i.seq AND e.kind = 'id' ORDER BY event LIMIT 1), "  \
	"''), "                                                                                                        \
	"coalesce((SELECT e.kind FROM intent_event e WHERE e.seq = i.seq AND e.kind NOT IN ('id', 'looked') "          \
	"ORDER BY event DESC LIMIT 1), 'open'), "                                                                      \
	"coalesce((SELECT e.text FROM intent_event e WHERE e.seq = i.seq AND e.kind NOT IN ('id', 'looked') "          \
	"ORDER BY event DESC LIMIT 1), ''), "                                                                          \
	"EXISTS (SELECT 1 FROM intent_event e WHERE e.seq = i.seq AND e.kind = 'looked') "
    [ST_OPEN_INTENTS] = INTENT_COLUMNS "FROM open_intent o JOIN intent i ON i.seq = o.seq ORDER BY i.seq",
    [ST_RUN_INTENTS] = INTENT_COLUMNS "FROM intent i WHERE i.run = ? ORDER BY i.seq",
    [ST_GATE] = "INSERT INTO gate VALUES (?, ?, ?, ?, ?, ?)",
    [ST_GATES] = "SELECT run, phase, check_name, held, detail, at_ms FROM gate ORDER BY rowid DESC LIMIT ?",
    [ST_SOURCE] = "SELECT content, digest, stored_ms FROM source",
    [ST_SOURCE_PUT] = "INSERT OR REPLACE INTO source (id, digest, content, stored_ms) VALUES (1, ?, ?, ?)",
    [ST_DEFERRED] = "SELECT address, target, action, why, since_ms FROM deferred ORDER BY address",
    [ST_DEFERRED_PUT] = "INSERT INTO deferred VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET target = "
			"excluded.target, action = excluded.action, why = excluded.why",
    [ST_DEFERRED_DEL] = "DELETE FROM deferred WHERE address = ?",
    [ST_BOOK_BEGIN] = "INSERT INTO runbook_run (runbook, kind, from_target, to_target, digest, operator, info, "
		      "started_ms, rpo) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [ST_BOOK_END] = "UPDATE runbook_run SET ended_ms = ?, outcome = ?, rto_ms = ?, rpo = ?, info = ? WHERE id = ?",
    [ST_BOOKS] = "SELECT id, runbook, kind, from_target, to_target, digest, operator, info, started_ms, "
		 "coalesce(ended_ms, 0), coalesce(outcome, ''), coalesce(rto_ms, -1), rpo FROM runbook_run "
		 "ORDER BY id DESC LIMIT ?",
    [ST_BOOK_STEP] = "INSERT OR REPLACE INTO runbook_step (run, position, name, verb, state, op, attempts, args, "
		     "found, result, detail, started_ms, ended_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [ST_BOOK_STEPS] = "SELECT run, position, name, verb, state, op, attempts, args, found, result, detail, "
		      "started_ms, coalesce(ended_ms, 0) FROM runbook_step WHERE run = ? ORDER BY position",
};

int64_t state_clock(const struct state *st)
{
	return clock_wall(st->clock);
}

void state_fail(struct state *st, const char *what)
{
	if (!st->failure.n)
		st->failure = str_fmt(&st->own, "%s", what && *what ? what : "unknown failure");
}

sqlite3_stmt *state_stmt(struct state *st, enum statement which)
{
	sqlite3_stmt *s = st->stmts[which];
	if (!s && sqlite3_prepare_v3(st->db, statements[which], -1, SQLITE_PREPARE_PERSISTENT, &st->stmts[which],
				     NULL) != SQLITE_OK)
		state_fail(st, sqlite3_errmsg(st->db));
	else if (s)
		sqlite3_clear_bindings(s);
	return st->stmts[which];
}

static bool begin(struct state *st)
{
	if (st->in_tx)
		return true;
	if (!st->writable && st->exists) {
		state_fail(st, "it was opened for reading");
		return false;
	}
	if (sqlite3_exec(st->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
		state_fail(st, sqlite3_errmsg(st->db));
		return false;
	}
	st->in_tx = true;
	return true;
}

bool state_write(struct state *st, sqlite3_stmt *s)
{
	bool ok = s && !st->failure.n && begin(st);
	if (ok && sqlite3_step(s) != SQLITE_DONE) {
		state_fail(st, sqlite3_errmsg(st->db));
		ok = false;
	}
	if (s)
		sqlite3_reset(s);
	return ok;
}

struct reader state_read(struct state *st, sqlite3_stmt *s, struct errs *errs)
{
	return (struct reader){.st = st, .s = s, .errs = errs, .before = errs->errors};
}

bool state_next(struct reader *r)
{
	bool well = r->errs->errors == r->before;
	int rc = r->s && well ? sqlite3_step(r->s) : SQLITE_ERROR;
	if (rc == SQLITE_ROW)
		return true;
	r->ok = rc == SQLITE_DONE;
	if (!r->ok && well)
		err_add(r->errs, ERR_STATE, (struct pos){0}, "cannot read the state %.*s: %s", STR_ARG(r->st->path),
			sqlite3_errmsg(r->st->db));
	sqlite3_reset(r->s);
	return false;
}

void bind_str(sqlite3_stmt *s, int i, struct str v)
{
	/* SQLITE_TRANSIENT is a cast of -1 to a function pointer; its copy is what callers expect. */
	if (s)
		sqlite3_bind_text64(s, i, v.n ? v.p : "", v.n, SQLITE_TRANSIENT, SQLITE_UTF8);
}

struct str column_str(sqlite3_stmt *s, int i, struct arena *a)
{
	const char *p = (const char *)sqlite3_column_text(s, i);
	int n = sqlite3_column_bytes(s, i);
	return p && n > 0 ? str_dup(a, (struct str){p, (size_t)n}) : STR_NONE;
}

/* --- small facts ---------------------------------------------------------------------------------------------- */

struct str state_get(struct state *st, struct arena *a, const char *key)
{
	sqlite3_stmt *s = state_stmt(st, ST_META_GET);
	struct str v = STR_NONE;
	bind_str(s, 1, str_of(key));
	int rc = s ? sqlite3_step(s) : SQLITE_ERROR;
	if (rc == SQLITE_ROW)
		v = column_str(s, 0, a);
	else if (rc != SQLITE_DONE)
		state_fail(st, sqlite3_errmsg(st->db));
	sqlite3_reset(s);
	return v;
}

void state_set(struct state *st, const char *key, struct str value)
{
	sqlite3_stmt *s = state_stmt(st, value.n ? ST_META_SET : ST_META_DEL);
	bind_str(s, 1, str_of(key));
	if (value.n)
		bind_str(s, 2, value);
	state_write(st, s);
}

struct str state_lineage(const struct state *st)
{
	return st->lineage;
}

void state_take_lineage(struct state *st, struct str lineage)
{
	st->lineage = str_dup(&st->own, lineage);
	state_set(st, "lineage", st->lineage);
}

int64_t state_serial(const struct state *st)
{
	return st->serial;
}

bool state_exists(const struct state *st)
{
	return st->exists;
}

bool state_writable(const struct state *st)
{
	return st->writable;
}

struct str state_path(const struct state *st)
{
	return st->path;
}

/* Onto the disk. With synchronous=NORMAL a commit only writes to the WAL file; to sync that file is all that FULL does
 * beside it (SQLite's walFrames), for this commit and all before it. */
static void sync_wal(struct state *st)
{
	sqlite3_file *wal = NULL;
	if (sqlite3_file_control(st->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) != SQLITE_OK || !wal ||
	    !wal->pMethods || wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL) != SQLITE_OK)
		state_fail(st, "it cannot be synced to the disk");
	else
		st->unsynced = false;
}

/* Nothing is written beside another writer. */
static void look_at_lock(struct state *st)
{
	int64_t now = clock_mono(st->clock);
	if (!st->in_tx || !st->lock_mark.n || now - st->lock_seen < LOCK_SEEN_MS)
		return;
	st->lock_seen = now;
	struct arena scratch = {0};
	struct str lost = lock_lost(&scratch, st->path, st->lock_mark);
	if (lost.n)
		state_fail(st, lost.p);
	arena_free(&scratch);
}

static bool commit(struct state *st, bool sync, struct errs *errs)
{
	look_at_lock(st);
	if (st->in_tx && !st->failure.n && st->rows_changed) {
		struct arena scratch = {0};
		state_set(st, "serial", str_fmt(&scratch, "%lld", (long long)st->serial + 1));
		arena_free(&scratch);
	}
	if (st->in_tx && !st->failure.n && sqlite3_exec(st->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		state_fail(st, sqlite3_errmsg(st->db));
	else if (st->in_tx && st->wal && !st->unsynced) {
		st->unsynced = true;
		st->unsynced_since = clock_mono(st->clock);
	}
	if (st->unsynced && !st->failure.n && (sync || clock_mono(st->clock) - st->unsynced_since >= UNSYNCED_MS))
		sync_wal(st);
	if (st->failure.n) {
		if (!sqlite3_get_autocommit(st->db))
			sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
		struct err *e = err_add(errs, ERR_STATE, (struct pos){0}, "cannot write the state %.*s: %.*s",
					STR_ARG(st->path), STR_ARG(st->failure));
		err_help(errs, e, "what was recorded before stays; the next run resolves what is open");
	} else if (st->in_tx && st->rows_changed) {
		st->serial++;
	}
	st->in_tx = false;
	st->rows_changed = false;
	return !st->failure.n;
}

bool state_commit(struct state *st, struct errs *errs)
{
	return commit(st, true, errs);
}

bool state_keep(struct state *st, struct errs *errs)
{
	return commit(st, false, errs);
}

/* --- opening -------------------------------------------------------------------------------------------------- */

static bool open_error(struct state *st, const char *why, struct errs *errs)
{
	err_add(errs, ERR_STATE, (struct pos){0}, "cannot open the state %.*s: %s", STR_ARG(st->path), why);
	return false;
}

static bool pragma_is(struct state *st, const char *sql, const char *want, struct str *got)
{
	sqlite3_stmt *s = NULL;
	bool ok = sqlite3_prepare_v2(st->db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW;
	*got = ok ? column_str(s, 0, &st->own) : str_dup(&st->own, str_of(sqlite3_errmsg(st->db)));
	sqlite3_finalize(s);
	return ok && str_eqc(*got, want);
}

/* A file that is no SQLite database, or another program's, or damaged: said, never replaced. */
static bool check_file(struct state *st, struct errs *errs)
{
	struct str got = STR_NONE;
	if (schema_version(st) == 0 && pragma_is(st, "SELECT count(*) FROM sqlite_schema", "0", &got))
		return true;
	if (!pragma_is(st, "PRAGMA application_id", STATE_APPLICATION_TEXT, &got)) {
		struct err *e =
		    err_add(errs, ERR_STATE, (struct pos){0}, "%.*s is not a drplan state", STR_ARG(st->path));
		err_help(errs, e, "%s",
			 sqlite3_errcode(st->db) == SQLITE_NOTADB || sqlite3_errcode(st->db) == SQLITE_CORRUPT
			     ? "it is damaged, or no SQLite file; `drplan state restore` lists its backups"
			     : "give another path with -state=PATH");
		return false;
	}
	if (!pragma_is(st, st->writable ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)", "ok", &got)) {
		struct err *e = err_add(errs, ERR_STATE, (struct pos){0}, "the state %.*s is damaged: %.*s",
					STR_ARG(st->path), STR_ARG(got));
		err_help(errs, e, "nothing was changed; `drplan state restore` lists its backups");
		return false;
	}
	return true;
}

/* An empty database in memory, or one that holds a copy of the file that is open: for reads alone. */
static bool open_memory(struct state *st, bool copy, struct errs *errs)
{
	sqlite3 *memory = NULL;
	bool ok = sqlite3_open_v2(":memory:", &memory, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;
	if (ok && copy) {
		sqlite3_backup *b = sqlite3_backup_init(memory, "main", st->db, "main");
		ok = b && sqlite3_backup_step(b, -1) == SQLITE_DONE;
		if (b && sqlite3_backup_finish(b) != SQLITE_OK)
			ok = false;
	}
	sqlite3_close(st->db);
	st->db = memory;
	return ok ? schema_migrate(st, false, errs) : open_error(st, sqlite3_errmsg(memory), errs);
}

/* A URI that tells SQLite that nobody writes: the way into a read-only directory without a WAL file. */
static struct str immutable_uri(struct state *st)
{
	struct buf b;
	buf_init(&b, 1 << 16);
	buf_cstr(&b, "file:");
	for (size_t i = 0; i < st->path.n; i++) {
		char c = st->path.p[i];
		if (c == '?' || c == '#' || c == '%')
			buf_fmt(&b, "%%%02X", (unsigned char)c);
		else
			buf_char(&b, c);
	}
	buf_cstr(&b, "?immutable=1");
	struct str uri = buf_take(&b, &st->own);
	buf_free(&b);
	return uri;
}

static bool wal_has_content(struct state *st)
{
	struct stat sb;
	struct str wal = str_fmt(&st->own, "%.*s-wal", STR_ARG(st->path));
	return stat(wal.p, &sb) == 0 && sb.st_size > 0;
}

static bool open_read(struct state *st, struct errs *errs)
{
	if (access(st->path.p, F_OK) != 0 && errno == ENOENT)
		return open_memory(st, false, errs);
	st->exists = true;
	int rc = sqlite3_open_v2(st->path.p, &st->db, SQLITE_OPEN_READONLY, NULL);
	sqlite3_busy_timeout(st->db, BUSY_MS);
	if (rc == SQLITE_OK && schema_version(st) < 0 && sqlite3_errcode(st->db) == SQLITE_CANTOPEN &&
	    !wal_has_content(st)) {
		sqlite3_close(st->db);
		rc = sqlite3_open_v2(immutable_uri(st).p, &st->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
	}
	if (rc != SQLITE_OK)
		return open_error(st, sqlite3_errmsg(st->db), errs);
	if (!check_file(st, errs))
		return false;
	int version = schema_version(st);
	return version < STATE_VERSION ? open_memory(st, true, errs) : schema_migrate(st, false, errs);
}

static bool make_folder(struct state *st, struct errs *errs)
{
	size_t end = st->path.n;
	while (end && st->path.p[end - 1] != '/')
		end--;
	if (end <= 1)
		return true;
	struct str dir = str_dup(&st->own, str_sub(st->path, 0, end - 1));
	if (mkdir(dir.p, 0700) == 0 || errno == EEXIST)
		return true;
	return open_error(st, strerror(errno), errs);
}

static bool open_write(struct state *st, const struct state_options *opt, struct errs *errs)
{
	static const char setup[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
	struct str journal;
	if (!make_folder(st, errs))
		return false;
	st->lock_fd = lock_take(&st->own, st->path.p, opt, &st->lock_mark, errs);
	if (st->lock_fd < 0)
		return false;
	if (backup_missed(st, errs))
		return false;
	int fd = open(st->path.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return open_error(st, strerror(errno), errs);
	/* Its -wal and -shm files take the same mode. */
	struct stat sb = {0};
	bool private = fchmod(fd, 0600) == 0 && fstat(fd, &sb) == 0;
	close(fd);
	if (!private)
		return open_error(st, strerror(errno), errs);
	if (sb.st_nlink > 1)
		return open_error(st, "it has another name (a hard link), and SQLite a journal beside each", errs);
	st->writable = st->exists = true;
	if (sqlite3_open_v2(st->path.p, &st->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		return open_error(st, sqlite3_errmsg(st->db), errs);
	sqlite3_busy_timeout(st->db, BUSY_MS);
	if (!check_file(st, errs))
		return false;
	if (sqlite3_exec(st->db, setup, NULL, NULL, NULL) != SQLITE_OK)
		return open_error(st, sqlite3_errmsg(st->db), errs);
	if (!schema_migrate(st, true, errs))
		return false;
	/* From here on the sync of a commit is ours to decide (sync_wal); a file system without WAL keeps SQLite's. */
	st->wal = pragma_is(st, "PRAGMA journal_mode", "wal", &journal);
	if (st->wal && sqlite3_exec(st->db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL) != SQLITE_OK)
		return open_error(st, sqlite3_errmsg(st->db), errs);
	return true;
}

/* Lineage and key are made with the file; the serial is read once and counted from then on. A file whose maker was
 * killed before it had them gets them from the next writer. */
static bool load_identity(struct state *st, struct errs *errs)
{
	st->lineage = state_get(st, &st->own, "lineage");
	struct str serial = state_get(st, &st->own, "serial");
	if (serial.n && !str_int(serial, 0, INT64_MAX - 1, &st->serial)) {
		err_add(errs, ERR_STATE, (struct pos){0}, "the state %.*s has no usable serial", STR_ARG(st->path));
		return false;
	}
	if (!st->lineage.n) {
		st->lineage = random_uuid(&st->own);
		state_set(st, "lineage", st->lineage);
	}
	if (!secret_key_load(st, errs))
		return false;
	if (st->exists && !st->writable) {
		st->failure = STR_NONE;
		return true;
	}
	return state_commit(st, errs);
}

struct state *state_open(struct arena *a, const char *path, const struct state_options *opt, struct errs *errs)
{
	struct state *st = arena_new(a, struct state);
	st->lock_fd = -1;
	st->clock = opt->clock ? opt->clock : &clock_system;
	st->path = lock_path(&st->own, path);
	bool ok = opt->mode == STATE_WRITE ? open_write(st, opt, errs) : open_read(st, errs);
	if (ok && load_identity(st, errs))
		return st;
	state_close(st);
	return NULL;
}

void state_close(struct state *st)
{
	if (!st)
		return;
	for (int i = 0; i < ST_COUNT; i++)
		sqlite3_finalize(st->stmts[i]);
	sqlite3_close(st->db);
	lock_drop(st->lock_fd, st->lock_mark);
	wipe(st->key, sizeof st->key);
	st->db = NULL;
	st->lock_fd = -1;
	arena_free(&st->own);
}
