/* What the files of state/ share: the open database, its prepared statements, and the lock.
 *
 * schema.c makes and migrates the tables, lock.c holds FILE.lock, db.c opens, commits and closes; rows.c,
 * journal.c and runbook.c read and write; backup.c copies and restores. Every write goes through state_write, which opens
 * the transaction and remembers a failure; nothing else steps a writing statement.
 */
#ifndef DRPLAN_STATE_DB_H
#define DRPLAN_STATE_DB_H

#include <sqlite3.h>

#include "state/state.h"

/* One prepared statement each, made at first use; the texts stand in db.c in this order. */
enum statement {
	ST_META_GET, ST_META_SET, ST_META_DEL,
	ST_ROWS, ST_ROW_PUT, ST_ROW_DEL, ST_DEPENDS, ST_DEPEND_PUT,
	ST_OUTPUTS, ST_OUTPUTS_CLEAR, ST_OUTPUT_PUT,
	ST_LOOKUPS, ST_LOOKUP_PUT,
	ST_RUN_BEGIN, ST_RUN_END, ST_PLAN_USED, ST_RUNS,
	ST_INTENT, ST_INTENT_OPEN, ST_INTENT_EVENT, ST_INTENT_CLOSE, ST_OPEN_INTENTS, ST_RUN_INTENTS,
	ST_GATE, ST_GATES,
	ST_SOURCE, ST_SOURCE_PUT,
	ST_DEFERRED, ST_DEFERRED_PUT, ST_DEFERRED_DEL,
	ST_BOOK_BEGIN, ST_BOOK_END, ST_BOOKS, ST_BOOK_STEP, ST_BOOK_STEPS,
	ST_COUNT
};

struct state {
	struct arena own;		/* lives as long as the state */
	sqlite3 *db;
	sqlite3_stmt *stmts[ST_COUNT];
	struct str path;
	struct str lineage;
	int64_t serial;
	const struct clock *clock;
	int lock_fd;
	struct str lock_mark;		/* what the lock file says while it is ours; empty: nothing could be written there */
	int64_t lock_seen;		/* when that was looked at last (monotonic ms) */
	bool writable, exists;
	bool wal;			/* the journal is a WAL file: what is kept and not synced outlives a kill */
	bool unsynced;			/* something is kept only, since then (monotonic ms) */
	int64_t unsynced_since;
	bool in_tx;			/* a transaction is open */
	bool rows_changed;		/* in it, resources were written: the serial moves */
	struct str failure;		/* the first failed write since the last commit; empty = none */
	uint8_t key[32];		/* for fingerprints of secrets */
	bool have_key;
};

/* schema.c: tables of the newest version, or the steps that lead there; backs the file up before a step. */
#define STATE_VERSION 2
#define STATE_APPLICATION 1685221484	/* "drpl": tells a state from any other SQLite file */
#define STATE_APPLICATION_TEXT "1685221484"
bool schema_migrate(struct state *st, bool backup, struct errs *errs);
int schema_version(struct state *st);		/* of the file; -1 if it cannot be read */

/* lock.c: an exclusive lock on PATH.lock; -1 with an error added. *mark is what it wrote there, or empty. */
int lock_take(struct arena *a, const char *path, const struct state_options *opt, struct str *mark, struct errs *errs);
/* Why the lock is not ours any more, by what stands in its file; empty: it is. */
struct str lock_lost(struct arena *a, struct str path, struct str mark);
/* A link to a state is the state: its lock, its journal and its backups lie beside the file itself. */
struct str lock_path(struct arena *a, const char *path);
void lock_drop(int fd, struct str mark);

/* backup.c: a copy of the whole database in a file that is made, 0600, and on the disk when this returns true. */
bool backup_copy(sqlite3 *from, const char *to, struct errs *errs);
/* True with an error added: PATH is missing or empty although backups of it stand beside it. */
bool backup_missed(struct state *st, struct errs *errs);

/* db.c */
sqlite3_stmt *state_stmt(struct state *st, enum statement which);	/* NULL: remembered as a failure */
bool state_write(struct state *st, sqlite3_stmt *s);		/* step once, reset; opens a transaction first */
void state_fail(struct state *st, const char *what);			/* remember the first failure */
/* The rows of a statement, one after the other, in its columns:
 *	struct reader r = state_read(st, s, errs);
 *	while (state_next(&r)) ...
 *	return r.ok;
 * An error that is added on the way ends it too. cap is for arena_grow, should the rows become an array. */
struct reader {
	struct state *st;
	sqlite3_stmt *s;
	struct errs *errs;
	size_t before, cap;
	bool ok;
};
struct reader state_read(struct state *st, sqlite3_stmt *s, struct errs *errs);
bool state_next(struct reader *r);
void bind_str(sqlite3_stmt *s, int i, struct str v);
void bind_value(struct state *st, sqlite3_stmt *s, int i, const struct value *v);	/* NULL as SQL null */
struct str column_str(sqlite3_stmt *s, int i, struct arena *a);
struct value *column_value(sqlite3_stmt *s, int i, struct arena *a, struct errs *errs);
/* The same where SQL null is an error. */
struct value *column_needed(sqlite3_stmt *s, int i, struct arena *a, struct errs *errs);
int64_t state_clock(const struct state *st);

/* secret.c */
bool secret_key_load(struct state *st, struct errs *errs);

#endif
