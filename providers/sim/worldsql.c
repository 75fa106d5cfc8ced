/* The world's tables and every statement on them. world.c runs them; docs/simulator.md shows the tables that
 * people and tests may write to: faults, seeds, answers, quotas, and resources.props for drift.
 */
#include "providers/sim/world.h"

const char world_schema[] =
"CREATE TABLE meta("
"	key TEXT PRIMARY KEY,"			/* seed, now (virtual wall ms), row (the last given out) */
"	value INTEGER NOT NULL) WITHOUT ROWID;"
"CREATE TABLE resources("
"	row INTEGER PRIMARY KEY,"
"	account TEXT NOT NULL,"
"	region TEXT NOT NULL,"			/* '' for global services */
"	type TEXT NOT NULL,"
"	id TEXT NOT NULL,"			/* what the API takes */
"	ref TEXT NOT NULL,"			/* what Ref returns */
"	props TEXT NOT NULL,"			/* JSON of what AWS reports; shared lists are in elements */
"	state TEXT NOT NULL,"			/* active pending failed deleting reserved (gone, id not free) */
"	due INTEGER,"				/* when that state ends; virtual wall ms */
"	made INTEGER NOT NULL,"			/* virtual wall ms */
"	maker INTEGER REFERENCES resources ON DELETE CASCADE,"	/* AWS made it together with that one */
"	op TEXT NOT NULL,"			/* drplan:op of the intent that made it; '' = somebody else's */
"	stack TEXT NOT NULL,"			/* drplan:stack */
"	lineage TEXT NOT NULL,"			/* drplan:lineage */
"	address TEXT NOT NULL);"		/* drplan:address */
"CREATE UNIQUE INDEX resources_id ON resources(account, region, type, id);"
"CREATE INDEX resources_op ON resources(op) WHERE op <> '';"
"CREATE INDEX resources_address ON resources(address);"
"CREATE INDEX resources_maker ON resources(maker) WHERE maker IS NOT NULL;"
"CREATE INDEX resources_due ON resources(due) WHERE due IS NOT NULL;"
"CREATE TABLE handles("				/* the texts by which others may refer to a resource */
"	handle TEXT NOT NULL, type TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL,"
"	row INTEGER NOT NULL REFERENCES resources ON DELETE CASCADE,"
"	PRIMARY KEY(handle, type, account, region, row)) WITHOUT ROWID;"
"CREATE INDEX handles_row ON handles(row);"
"CREATE TABLE refs("
"	src INTEGER NOT NULL REFERENCES resources ON DELETE CASCADE,"
"	dst INTEGER NOT NULL REFERENCES resources ON DELETE CASCADE,"
"	kind TEXT NOT NULL,"			/* blocks, part, weak */
"	PRIMARY KEY(src, dst, kind)) WITHOUT ROWID;"
"CREATE INDEX refs_dst ON refs(dst);"
"CREATE TABLE taken("				/* values of unique sets in use */
"	key TEXT PRIMARY KEY,"			/* scope, type, set, values */
"	row INTEGER NOT NULL REFERENCES resources ON DELETE CASCADE) WITHOUT ROWID;"
"CREATE INDEX taken_row ON taken(row);"
"CREATE TABLE ranges("				/* address ranges that must not overlap within one space */
"	space TEXT NOT NULL, low BLOB NOT NULL, high BLOB NOT NULL,"
"	row INTEGER NOT NULL REFERENCES resources ON DELETE CASCADE,"
"	PRIMARY KEY(space, low)) WITHOUT ROWID;"
"CREATE INDEX ranges_row ON ranges(row);"
"CREATE TABLE elements("			/* of lists that a resource shares with standalone resources */
"	owner INTEGER NOT NULL REFERENCES resources ON DELETE CASCADE,"
"	property TEXT NOT NULL,"
"	key TEXT NOT NULL,"			/* what makes it different from its neighbours */
"	element TEXT NOT NULL,"			/* JSON as the owner's list shows it */
"	child INTEGER REFERENCES resources ON DELETE CASCADE,"	/* the standalone resource, or NULL */
"	PRIMARY KEY(owner, property, key)) WITHOUT ROWID;"
"CREATE INDEX elements_child ON elements(child) WHERE child IS NOT NULL;"
"CREATE TABLE faults("				/* see struct sim_fault */
"	n INTEGER PRIMARY KEY,"
"	type TEXT NOT NULL DEFAULT '', operation TEXT NOT NULL DEFAULT '', region TEXT NOT NULL DEFAULT '',"
"	nth INTEGER NOT NULL DEFAULT 1, times INTEGER NOT NULL DEFAULT 0,"
"	kind TEXT NOT NULL, code TEXT NOT NULL DEFAULT '', message TEXT NOT NULL DEFAULT '',"
"	latency_ms INTEGER NOT NULL DEFAULT 0,"
"	seen INTEGER NOT NULL DEFAULT 0);"	/* matching calls so far */
"CREATE TABLE seeds("				/* resources to make at the next turn, as somebody else */
"	n INTEGER PRIMARY KEY,"
"	account TEXT NOT NULL DEFAULT '123456789012', region TEXT NOT NULL DEFAULT 'us-east-1',"
"	type TEXT NOT NULL, props TEXT NOT NULL,"
"	id TEXT, error TEXT);"			/* filled: one of the two */
"CREATE TABLE answers("
"	kind TEXT NOT NULL,"			/* ssm, export, secret; alarm, metric, health, writer ... of verbs */
"	name TEXT NOT NULL,"
"	account TEXT NOT NULL DEFAULT '', region TEXT NOT NULL DEFAULT '',"	/* '' = every one */
"	value TEXT NOT NULL,"
"	PRIMARY KEY(kind, name, account, region)) WITHOUT ROWID;"
"CREATE TABLE quotas(type TEXT PRIMARY KEY, max INTEGER NOT NULL) WITHOUT ROWID;";

#define ROW "row, account, region, type, id, ref, props, state, due, maker, op, lineage"

const char *const world_sql[W_STMTS] = {
	[W_BEGIN] = "BEGIN IMMEDIATE",
	[W_BEGIN_READ] = "BEGIN",
	[W_COMMIT] = "COMMIT",
	[W_ROLLBACK] = "ROLLBACK",
	[W_SAVE] = "SAVEPOINT call",
	[W_RELEASE] = "RELEASE call",
	[W_UNDO] = "ROLLBACK TO call",
	[W_VERSION] = "PRAGMA data_version",

	[W_META_GET] = "SELECT value FROM meta WHERE key = ?1",
	[W_META_SET] = "INSERT OR REPLACE INTO meta VALUES(?1, ?2)",
	[W_NEXT_ROW] = "UPDATE meta SET value = value + 1 WHERE key = 'row' RETURNING value",

	[W_ROW_ADD] = "INSERT INTO resources VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
	[W_ROW_SET_PROPS] = "UPDATE resources SET props = ?2 WHERE row = ?1",
	[W_ROW_SET_STATE] = "UPDATE resources SET state = ?2, due = ?3 WHERE row = ?1",
	[W_ROW_DEL] = "DELETE FROM resources WHERE row = ?1",
	[W_ROW_BY_ID] = "SELECT " ROW " FROM resources WHERE account = ?1 AND region = ?2 AND type = ?3 AND id = ?4",
	[W_ROW_BY_ROW] = "SELECT " ROW " FROM resources WHERE row = ?1",
	[W_ROW_BY_OP] = "SELECT " ROW " FROM resources INDEXED BY resources_op WHERE op = ?1 AND op <> '' AND type = ?2"
			" AND account = ?3 AND region = ?4",
	[W_ROW_BY_OWNER] = "SELECT " ROW " FROM resources WHERE stack = ?1 AND address = ?2 AND type = ?3 AND account = ?4"
			   " AND region = ?5 AND state NOT IN ('deleting', 'reserved', 'failed') AND maker IS NULL"
			   " ORDER BY row DESC",
	[W_ROWS_OF_TYPE] = "SELECT " ROW " FROM resources WHERE account = ?1 AND region = ?2 AND type = ?3"
			  " ORDER BY row",
	[W_ROWS_MADE_BY] = "SELECT row FROM resources WHERE maker = ?1",
	[W_ROWS_DUE] = "SELECT " ROW " FROM resources WHERE due <= ?1 LIMIT 1",
	[W_COUNT] = "SELECT count(*) FROM resources WHERE type = ?1 AND maker IS NULL"
		    " AND state NOT IN ('deleting', 'reserved')",
	[W_COUNT_ALL] = "SELECT count(*) FROM resources WHERE maker IS NULL AND state NOT IN ('deleting', 'reserved')",
	[W_COUNT_PLACE] = "SELECT count(*) FROM resources WHERE account = ?1 AND region = ?2 AND type = ?3"
			  " AND maker IS NULL AND state <> 'reserved'",

	[W_HANDLE_ADD] = "INSERT OR IGNORE INTO handles VALUES(?1, ?2, ?3, ?4, ?5)",
	/* Joined, because a row that somebody deleted by hand may have left its handles behind. */
	[W_HANDLE_OF_TYPE] = "SELECT h.row FROM handles h JOIN resources r ON r.row = h.row"
			     " WHERE h.handle = ?1 AND h.type = ?2 AND h.account = ?3 AND h.region IN (?4, '')",
	[W_HANDLE_ANY] = "SELECT h.row FROM handles h JOIN resources r ON r.row = h.row"
			 " WHERE h.handle = ?1 AND h.account = ?2 AND h.region IN (?3, '')",
	[W_HANDLES_CLEAR] = "DELETE FROM handles WHERE row = ?1",

	[W_REF_ADD] = "INSERT OR IGNORE INTO refs VALUES(?1, ?2, ?3)",
	[W_REFS_CLEAR] = "DELETE FROM refs WHERE src = ?1",
	/* What keeps ?1 from being deleted: not itself, not what goes with it. A part of a part goes with it too. */
	[W_REF_BLOCKERS] = "SELECT r.row, r.type, r.id, r.state, r.due FROM refs f JOIN resources r ON r.row = f.src"
			   " WHERE f.dst = ?1 AND f.kind = 'blocks' AND f.src <> ?1 AND r.state <> 'reserved'"
			   " AND r.maker IS NOT ?1"
			   " AND NOT EXISTS (SELECT 1 FROM refs p"
			   "                 WHERE p.src = f.src AND p.dst = ?1 AND p.kind = 'part')"
			   " ORDER BY r.state = 'deleting' LIMIT 1",
	[W_REF_PARTS] = "SELECT src FROM refs WHERE dst = ?1 AND kind = 'part'",

	[W_REFERRERS] = "SELECT r.row, r.account, r.region, r.type, r.id, r.ref, r.props, r.state, r.due, r.maker, r.op"
			" FROM refs f JOIN resources r ON r.row = f.src"
			" WHERE f.dst = ?1 AND r.type = ?2 AND r.state NOT IN ('deleting', 'reserved')",

	[W_TAKEN_ADD] = "INSERT INTO taken VALUES(?1, ?2)",
	[W_TAKEN_CLEAR] = "DELETE FROM taken WHERE row = ?1",

	[W_RANGE_ADD] = "INSERT INTO ranges VALUES(?1, ?2, ?3, ?4)",
	[W_RANGE_BELOW] = "SELECT high, row FROM ranges WHERE space = ?1 AND low <= ?2 ORDER BY low DESC LIMIT 1",
	[W_RANGES_CLEAR] = "DELETE FROM ranges WHERE row = ?1",

	[W_ELEMENT_ADD] = "INSERT INTO elements VALUES(?1, ?2, ?3, ?4, ?5)",
	[W_ELEMENT_DEL] = "DELETE FROM elements WHERE owner = ?1 AND property = ?2 AND key = ?3",
	[W_ELEMENT_SET] = "UPDATE elements SET element = ?4 WHERE owner = ?1 AND property = ?2 AND key = ?3",
	[W_ELEMENT_GET] = "SELECT element, child FROM elements WHERE owner = ?1 AND property = ?2 AND key = ?3",
	[W_ELEMENTS] = "SELECT element FROM elements WHERE owner = ?1 AND property = ?2",
	[W_ELEMENTS_OWN] = "SELECT element FROM elements WHERE owner = ?1 AND property = ?2 AND child IS NULL",
	[W_ELEMENT_OF_CHILD] = "SELECT owner, property, key FROM elements WHERE child = ?1",

	[W_FAULTS] = "SELECT n, type, operation, region, nth, times, kind, code, message, latency_ms, seen"
		     " FROM faults ORDER BY n",
	[W_FAULT_ADD] = "INSERT INTO faults(type, operation, region, nth, times, kind, code, message, latency_ms)"
			" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[W_FAULT_SEEN] = "UPDATE faults SET seen = ?2 WHERE n = ?1",
	[W_FAULT_CLEAR] = "DELETE FROM faults",

	[W_SEEDS] = "SELECT n, account, region, type, props FROM seeds WHERE id IS NULL AND error IS NULL"
		    " ORDER BY n LIMIT 1",
	[W_SEED_DONE] = "UPDATE seeds SET id = ?2, error = ?3 WHERE n = ?1",

	[W_SEED_GET] = "SELECT 1 FROM seeds WHERE account = ?1 AND region = ?2 AND type = ?3 AND props = ?4"
		       " AND id IS NOT NULL",
	[W_SEED_ADD] = "INSERT INTO seeds(account, region, type, props, id) VALUES(?1, ?2, ?3, ?4, ?5)",

	[W_ANSWER_GET] = "SELECT value FROM answers WHERE kind = ?1 AND name = ?2 AND account IN (?3, '')"
			 " AND region IN (?4, '') ORDER BY account DESC, region DESC LIMIT 1",
	[W_ANSWER_SET] = "INSERT OR REPLACE INTO answers VALUES(?1, ?2, ?3, ?4, ?5)",

	[W_ANSWER_ADD] = "INSERT OR IGNORE INTO answers(kind, name, value) VALUES(?1, ?2, ?3)",

	[W_QUOTA_GET] = "SELECT max FROM quotas WHERE type = ?1",
	[W_QUOTA_SET] = "INSERT OR REPLACE INTO quotas VALUES(?1, ?2)",
	[W_QUOTA_DEL] = "DELETE FROM quotas WHERE type = ?1",
};
