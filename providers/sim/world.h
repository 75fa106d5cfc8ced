/* The world of the simulator: one SQLite file with every account and region in it (world.c, worldsql.c).
 *
 * A turn of the scheduler is one transaction; each call within it is a savepoint, so that a refused call leaves no
 * trace. The file survives the death of the process at any instant, by SQLite's rollback journal; it does not care
 * about power loss, and therefore never syncs.
 */
#ifndef DRPLAN_SIM_WORLD_H
#define DRPLAN_SIM_WORLD_H

#include "base/err.h"

#include <sqlite3.h>

enum world_stmt {
	W_BEGIN, W_BEGIN_READ, W_COMMIT, W_ROLLBACK, W_SAVE, W_RELEASE, W_UNDO, W_VERSION,
	W_META_GET, W_META_SET, W_NEXT_ROW,
	W_ROW_ADD, W_ROW_SET_PROPS, W_ROW_SET_STATE, W_ROW_DEL, W_ROW_BY_ID, W_ROW_BY_ROW, W_ROW_BY_OP, W_ROW_BY_OWNER,
	W_ROWS_OF_TYPE,
	W_ROWS_MADE_BY, W_ROWS_DUE, W_COUNT, W_COUNT_ALL, W_COUNT_PLACE,
	W_HANDLE_ADD, W_HANDLE_OF_TYPE, W_HANDLE_ANY, W_HANDLES_CLEAR,
	W_REF_ADD, W_REFS_CLEAR, W_REF_BLOCKERS, W_REF_PARTS, W_REFERRERS,
	W_TAKEN_ADD, W_TAKEN_CLEAR,
	W_RANGE_ADD, W_RANGE_BELOW, W_RANGES_CLEAR,
	W_ELEMENT_ADD, W_ELEMENT_DEL, W_ELEMENT_SET, W_ELEMENT_GET, W_ELEMENTS, W_ELEMENTS_OWN, W_ELEMENT_OF_CHILD,
	W_FAULTS, W_FAULT_ADD, W_FAULT_SEEN, W_FAULT_CLEAR,
	W_SEEDS, W_SEED_DONE, W_SEED_GET, W_SEED_ADD,
	W_ANSWER_GET, W_ANSWER_SET, W_ANSWER_ADD,
	W_QUOTA_GET, W_QUOTA_SET, W_QUOTA_DEL,
	W_STMTS,
};

struct world {
	sqlite3 *db;
	sqlite3_stmt *stmts[W_STMTS];
	bool in_turn, looking;
	int64_t version;	/* PRAGMA data_version when the tables of others were last read */
	bool broken;		/* an operation failed in SQLite itself; message says how */
	char message[256];
};

/* Creates the file (0600) and its tables when missing; path NULL is a world in memory. */
bool world_open(struct world *w, const char *path, uint64_t seed, struct errs *errs);
void world_close(struct world *w);

/* A turn: begun by its first write (world_save), committed at its end. */
bool world_commit(struct world *w);
/* A call within the turn: exactly one of release and undo follows. */
bool world_save(struct world *w);
void world_release(struct world *w);
void world_undo(struct world *w);
/* Several reads that see one state: a transaction of their own unless the turn has one. */
bool world_look(struct world *w);
void world_looked(struct world *w);
/* Another process changed the file since the last time this was asked. */
bool world_changed(struct world *w);

int64_t world_meta(struct world *w, const char *key);
void world_meta_set(struct world *w, const char *key, int64_t value);
int64_t world_next_row(struct world *w);

/* Statements: bind in order, step, read, reset. world_bind: format letters s (struct str), i (int64_t), n (NULL).
 *	sqlite3_stmt *st = world_bind(w, W_ROW_BY_ID, "ssss", type, id, account, region);
 *	while (world_step(w, st)) ... world_text(st, 0) ...
 * world_step resets at the end; a caller that stops earlier calls world_reset. Texts live until the next step. */
sqlite3_stmt *world_bind(struct world *w, enum world_stmt which, const char *format, ...);
bool world_step(struct world *w, sqlite3_stmt *st);
/* For statements without rows; true when done. */
bool world_do(struct world *w, sqlite3_stmt *st);
/* Like world_do, but a violated UNIQUE or PRIMARY KEY is *taken = true and no failure. */
bool world_try(struct world *w, sqlite3_stmt *st, bool *taken);
void world_reset(sqlite3_stmt *st);
struct str world_text(sqlite3_stmt *st, int column);
int64_t world_int(sqlite3_stmt *st, int column);

/* The SQL (worldsql.c). */
extern const char world_schema[];
extern const char *const world_sql[W_STMTS];

#endif
