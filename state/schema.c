/* The tables of the state and how older ones become today's.
 *
 * PRAGMA user_version counts the migrations that a file has seen. Each step runs in one transaction, after a copy of
 * the file was made beside it; a file from a newer drplan is refused, never guessed at. db.c calls schema_migrate.
 */
#include "state/db.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char version_1[] =
	"PRAGMA application_id = " STATE_APPLICATION_TEXT ";"

	/* Small named facts: lineage, serial, secret_key, stack, provider, mode, account/TARGET, zones/... */
	"CREATE TABLE meta ("
	"  key TEXT PRIMARY KEY,"
	"  value TEXT NOT NULL"
	") WITHOUT ROWID;"

	/* What drplan made and owns. */
	"CREATE TABLE resource ("
	"  address TEXT NOT NULL,"		/* logical id with its modules: 'Network.Vpc' */
	"  generation INTEGER NOT NULL,"	/* 0 = current; a replaced or kept one has the run that put it aside */
	"  type TEXT NOT NULL,"			/* 'AWS::EC2::VPC' */
	"  target TEXT NOT NULL,"		/* name of the target */
	"  phase TEXT NOT NULL,"		/* name of the phase it was made in */
	"  id TEXT NOT NULL,"			/* physical id, what the API takes */
	"  status INTEGER NOT NULL,"		/* enum row_status */
	"  inputs TEXT NOT NULL,"		/* JSON: last applied properties, secrets as fingerprints */
	"  attrs TEXT NOT NULL,"		/* JSON: Ref and GetAtt values as last read */
	"  deletion TEXT NOT NULL,"		/* policy that holds when it is removed */
	"  name_chosen TEXT NOT NULL,"		/* the name that drplan chose; '' = none */
	"  created_ms INTEGER NOT NULL,"	/* wall clock */
	"  updated_ms INTEGER NOT NULL,"
	"  PRIMARY KEY (address, generation)"
	") WITHOUT ROWID;"

	/* What a resource needed when it was applied last: the order of its deletion. */
	"CREATE TABLE depends ("
	"  address TEXT NOT NULL,"
	"  generation INTEGER NOT NULL,"
	"  needs TEXT NOT NULL,"		/* an address */
	"  PRIMARY KEY (address, generation, needs),"
	"  FOREIGN KEY (address, generation) REFERENCES resource ON DELETE CASCADE"
	") WITHOUT ROWID;"

	"CREATE TABLE output ("
	"  position INTEGER PRIMARY KEY,"	/* as written in the stack */
	"  name TEXT NOT NULL UNIQUE,"
	"  value TEXT NOT NULL,"		/* JSON; '\"(secret)\"' for a secret */
	"  export_name TEXT NOT NULL,"		/* '' = not exported */
	"  secret INTEGER NOT NULL"		/* 0 or 1 */
	");"

	/* The last answer of each lookup, for when its region does not answer. */
	"CREATE TABLE lookup ("
	"  address TEXT PRIMARY KEY,"
	"  type TEXT NOT NULL,"
	"  target TEXT NOT NULL,"
	"  id TEXT NOT NULL,"
	"  live TEXT NOT NULL,"			/* JSON: properties as read */
	"  attrs TEXT NOT NULL,"		/* JSON: Ref and GetAtt values */
	"  read_ms INTEGER NOT NULL"		/* wall clock */
	") WITHOUT ROWID;"

	/* History: one row per command that changed something. */
	"CREATE TABLE run ("
	"  run INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  command TEXT NOT NULL,"		/* 'apply', 'destroy' */
	"  plan_digest TEXT NOT NULL,"		/* of the saved plan that it carried out; '' = none */
	"  started_ms INTEGER NOT NULL,"
	"  ended_ms INTEGER,"			/* null while it runs, or after it was killed */
	"  outcome TEXT"			/* 'done', 'failed', 'interrupted' */
	");"
	"CREATE INDEX run_plan ON run (plan_digest) WHERE plan_digest <> '';"

	/* The journal. An intent is durable before its call leaves, and is never changed. */
	"CREATE TABLE intent ("
	"  seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  run INTEGER NOT NULL REFERENCES run,"
	"  action INTEGER NOT NULL,"		/* enum intent_action */
	"  address TEXT NOT NULL,"
	"  generation INTEGER NOT NULL,"	/* of the resource row that it is about */
	"  type TEXT NOT NULL,"
	"  target TEXT NOT NULL,"
	"  id TEXT NOT NULL,"			/* '' for a create */
	"  op TEXT NOT NULL,"			/* UUID: client token and drplan:op tag */
	"  desired TEXT,"			/* JSON without secrets */
	"  prior TEXT,"				/* JSON: live before, what a rollback restores */
	"  context TEXT NOT NULL,"		/* JSON: phase, deletion, name, depends of the row; inputs before */
	"  inputs TEXT NOT NULL,"		/* fingerprint of desired */
	"  whole INTEGER NOT NULL,"		/* 1: desired held no secret and may be sent again */
	"  started_ms INTEGER NOT NULL"
	");"
	"CREATE INDEX intent_run ON intent (run);"

	/* What became of an intent, in order: 'looked' (nothing stood in its place), 'id' (the create was answered), then one
	 * of done, failed, recovered. */
	"CREATE TABLE intent_event ("
	"  event INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  seq INTEGER NOT NULL REFERENCES intent,"
	"  kind TEXT NOT NULL,"
	"  text TEXT NOT NULL,"			/* the id, the error, the decision */
	"  at_ms INTEGER NOT NULL"
	");"
	"CREATE INDEX intent_event_seq ON intent_event (seq);"

	/* The intents whose end is not known: what the next run has to resolve, found without reading history. */
	"CREATE TABLE open_intent (seq INTEGER PRIMARY KEY REFERENCES intent);"

	"CREATE TABLE gate ("
	"  run INTEGER NOT NULL REFERENCES run,"
	"  phase TEXT NOT NULL,"
	"  check_name TEXT NOT NULL,"		/* the check as written */
	"  held INTEGER NOT NULL,"		/* 0 or 1 */
	"  detail TEXT NOT NULL,"		/* what was seen */
	"  at_ms INTEGER NOT NULL"
	");"
	"CREATE INDEX gate_run ON gate (run);";

static const char version_2[] =
	/* What the last complete apply was made from: a failover renders the same stack from it, on any machine. */
	"CREATE TABLE source ("
	"  id INTEGER PRIMARY KEY CHECK (id = 1),"
	"  digest TEXT NOT NULL,"		/* SHA-256 of content */
	"  content TEXT NOT NULL,"		/* JSON: files, parameters without secrets, facts */
	"  stored_ms INTEGER NOT NULL"
	");"

	/* Changes that a run left out because their target did not answer. */
	"CREATE TABLE deferred ("
	"  address TEXT PRIMARY KEY,"
	"  target TEXT NOT NULL,"
	"  action TEXT NOT NULL,"		/* 'create', 'update', 'delete' */
	"  why TEXT NOT NULL,"
	"  since_ms INTEGER NOT NULL"		/* wall clock */
	") WITHOUT ROWID;"

	/* Each time that a runbook was carried out. */
	"CREATE TABLE runbook_run ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  runbook TEXT NOT NULL,"		/* 'failover' */
	"  kind TEXT NOT NULL,"			/* 'planned', 'unplanned'; '' = the runbook does not ask */
	"  from_target TEXT NOT NULL,"
	"  to_target TEXT NOT NULL,"
	"  digest TEXT NOT NULL,"		/* of the stored source that it was read from */
	"  operator TEXT NOT NULL,"		/* user@host */
	"  info TEXT NOT NULL,"			/* JSON: objectives, mode before, preflight */
	"  started_ms INTEGER NOT NULL,"
	"  ended_ms INTEGER,"			/* null while it runs, or after it was killed */
	"  outcome TEXT,"			/* 'done', 'failed', 'interrupted', 'abandoned' */
	"  rto_ms INTEGER,"			/* from the start to the step that stops the clock; null = not yet */
	"  rpo TEXT NOT NULL"			/* seconds, as measured before anything changed; '' = not measured */
	");"

	/* Its steps: the row is durable before the step acts, and says at the end what came of it. */
	"CREATE TABLE runbook_step ("
	"  run INTEGER NOT NULL REFERENCES runbook_run,"
	"  position INTEGER NOT NULL,"		/* in the runbook, Parallel groups flattened */
	"  name TEXT NOT NULL,"
	"  verb TEXT NOT NULL,"
	"  state TEXT NOT NULL,"		/* 'started', 'done', 'failed', 'gap', 'skipped', 'undone' */
	"  op TEXT NOT NULL,"			/* UUID: source of client tokens and tags */
	"  attempts INTEGER NOT NULL,"
	"  args TEXT,"				/* JSON, as given to the provider, without secrets */
	"  found TEXT,"				/* JSON: what stood there before the step acted */
	"  result TEXT,"			/* JSON: what it answered */
	"  detail TEXT NOT NULL,"		/* for people: what was seen, the error */
	"  started_ms INTEGER NOT NULL,"
	"  ended_ms INTEGER,"			/* null while it runs */
	"  PRIMARY KEY (run, position)"
	") WITHOUT ROWID;";

/* migrations[i] leads from version i to i + 1. */
static const char *const migrations[STATE_VERSION] = {version_1, version_2};

int schema_version(struct state *st)
{
	sqlite3_stmt *s = NULL;
	int version = -1;
	if (sqlite3_prepare_v2(st->db, "PRAGMA user_version", -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW)
		version = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return version;
}

/* A copy of the file as it was, at PATH.vN.backup; an existing one is kept: it is older. */
static bool backup_version(struct state *st, int version, struct errs *errs)
{
	struct str to = str_fmt(&st->own, "%.*s.v%d.backup", STR_ARG(st->path), version);
	return access(to.p, F_OK) == 0 || backup_copy(st->db, to.p, errs);
}

static bool migrate_step(struct state *st, int from, struct errs *errs)
{
	struct str end = str_fmt(&st->own, "PRAGMA user_version = %d; COMMIT", from + 1);
	if (sqlite3_exec(st->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(st->db, migrations[from], NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(st->db, end.p, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	err_add(errs, ERR_STATE, (struct pos){0}, "cannot bring the state %.*s to version %d: %s", STR_ARG(st->path),
		from + 1, sqlite3_errmsg(st->db));
	if (!sqlite3_get_autocommit(st->db))
		sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

bool schema_migrate(struct state *st, bool backup, struct errs *errs)
{
	int version = schema_version(st);
	if (version < 0) {
		err_add(errs, ERR_STATE, (struct pos){0}, "cannot read the state %.*s: %s", STR_ARG(st->path),
			sqlite3_errmsg(st->db));
		return false;
	}
	if (version > STATE_VERSION) {
		struct err *e = err_add(errs, ERR_STATE, (struct pos){0},
					"the state %.*s has version %d, this drplan knows versions up to %d",
					STR_ARG(st->path), version, STATE_VERSION);
		err_help(errs, e, "use the drplan that wrote it, or a later one");
		return false;
	}
	if (backup && version > 0 && version < STATE_VERSION && !backup_version(st, version, errs))
		return false;
	for (; version < STATE_VERSION; version++)
		if (!migrate_step(st, version, errs))
			return false;
	return true;
}
