/* The state: one SQLite file that knows what drplan made, with the journal that makes every step safe.
 *
 *	struct state *st = state_open(&arena, path, STATE_WRITE, &errs);	locks, checks, migrates
 *	struct state_row *rows; size_t n = state_rows(st, &arena, &rows);
 *	run = state_run_begin(st, "apply", plan_hash);
 *	  state_intent(st, ...); ... state_commit(st);		durable before any mutating call leaves
 *	  state_put(st, ...); state_intent_end(st, ...); ... state_keep(st);	result and row in one transaction
 *	state_run_end(st, run, "done");
 *	state_close(st);
 *
 * Writes gather in one transaction until state_commit: the caller commits once per turn of its event loop, so that
 * intents of one turn share one sync. SQLite runs in WAL mode; rows are changed one by one, never the whole state. A
 * commit is synced; what is only kept outlives the process, and is synced by the next commit or within a second. A
 * failed write (full disk, I/O error) is remembered, makes every later call fail, and is reported by state_commit:
 * nothing may be sent whose intent did not commit.
 *
 * A local state is locked by the operating system: an exclusive lock on FILE.lock, freed by death. Secrets never
 * come here: callers store them as keyed fingerprints (state_secret).
 */
#ifndef DRPLAN_STATE_STATE_H
#define DRPLAN_STATE_STATE_H

#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"

struct state;

enum state_mode {
	STATE_READ,		/* no lock, no migration; a missing file is an empty state */
	STATE_WRITE,		/* exclusive lock; made if missing, 0600 */
};

struct state_options {
	enum state_mode mode;
	int64_t lock_timeout_ms;	/* wait for the lock; 0: fail at once */
	const char *command;		/* for "locked by": "apply" */
	const struct clock *clock;	/* NULL: the system's */
};

/* NULL with an error added: locked (kind ERR_STATE, code "locked", exit 75), not a state, newer schema, corrupt. */
struct state *state_open(struct arena *a, const char *path, const struct state_options *opt, struct errs *errs);
void state_close(struct state *st);	/* drops what was not committed */
/* On the disk, with all that was kept before; false if anything since the last commit failed; the error is added. */
bool state_commit(struct state *st, struct errs *errs);
/* The same without waiting for the disk, for what can be found again after a power cut: the result of a call whose intent
 * is durable. Call it each turn: what was kept longer than a second ago is synced by it. */
bool state_keep(struct state *st, struct errs *errs);
bool state_exists(const struct state *st);	/* false: a read of a file that is not there */
bool state_writable(const struct state *st);	/* opened with STATE_WRITE; any other write is a failure */
struct str state_path(const struct state *st);

struct str state_lineage(const struct state *st);	/* UUID, made with the file */
/* A state without resources goes on as one that was lost. */
void state_take_lineage(struct state *st, struct str lineage);
int64_t state_serial(const struct state *st);		/* grows with every commit that changed resources */

/* Small named facts: "stack", "provider", "mode", "active", "account/TARGET", "region/TARGET", "zones/REGION", ...
 * Empty if unset. */
struct str state_get(struct state *st, struct arena *a, const char *key);
void state_set(struct state *st, const char *key, struct str value);	/* empty: forget it */

/* --- backups (backup.c) --------------------------------------------------------------------------------------- */

/* Copy the file as committed last to PATH.sSERIAL.backup, unless that is there; the newest five stay. A failure is a
 * warning: the state itself is whole. */
void state_backup(struct state *st, struct errs *errs);

/* The file as committed last, to a file that is made, 0600; whoever writes it meanwhile is not held up. */
bool state_copy(struct state *st, const char *to, struct errs *errs);

struct state_backup {
	struct str path;
	int64_t serial;
	int64_t made_ms;		/* of its last run's end */
	struct str lineage;
	size_t resources;
	struct str damage;		/* empty: it is whole */
};
/* Those beside PATH, the newest first, then migrations'; returns their number. */
size_t state_backups(struct arena *a, const char *path, struct state_backup **out);
/* Put a backup in PATH's place, under the lock. What stood there is kept at *aside (empty: nothing did). Refused: a backup
 * that is damaged or of another state; a state that is whole and newer, because what it alone knows would be lost. */
bool state_restore(struct arena *a, const char *path, const char *backup, const struct state_options *opt,
		   struct state_backup *out, struct str *aside, struct errs *errs);

/* --- resources ------------------------------------------------------------------------------------------------ */

enum row_status {
	ROW_OK,
	ROW_PENDING,		/* created, not settled yet: the next run waits for it */
	ROW_DEPOSED,		/* replaced, still to be deleted */
	ROW_KEPT,		/* policy Retain: in no plan, listed by destroy; its generation is its run's number */
};

struct state_row {
	struct str address;
	int64_t generation;	/* 0 = the current one; deposed ones have their run's number */
	struct str type, target, phase, id;
	enum row_status status;
	struct value *inputs;	/* last applied desired properties; secrets as {"(secret)": fingerprint} */
	struct value *attrs;	/* GetAtt name -> value, "Ref"; never secrets */
	struct str *depends;	/* addresses */
	size_t n_depends;
	struct str deletion;	/* policy, as written: "Delete", "Retain", "Snapshot" */
	struct str name_chosen;	/* the generated name, kept for life; or empty */
	int64_t created_ms, updated_ms;
};

/* All rows, sorted by address then generation; into the arena. Returns false on a read error. */
bool state_rows(struct state *st, struct arena *a, struct state_row **rows, size_t *n, struct errs *errs);
void state_put(struct state *st, const struct state_row *row);
void state_delete(struct state *st, struct str address, int64_t generation);

struct state_output {
	struct str name;
	struct value *value;	/* a secret is stored as "(secret)" */
	struct str export_name;	/* or empty */
	bool secret;
};
bool state_outputs(struct state *st, struct arena *a, struct state_output **out, size_t *n, struct errs *errs);
void state_set_outputs(struct state *st, const struct state_output *out, size_t n);

struct state_lookup {		/* the last answer of each lookup */
	struct str address, type, target, id;
	struct value *live, *attrs;
	int64_t read_ms;
};
bool state_lookups(struct state *st, struct arena *a, struct state_lookup **out, size_t *n, struct errs *errs);
void state_put_lookup(struct state *st, const struct state_lookup *l);

/* The keyed fingerprint of a secret, "hmac:" and 64 hex digits; the same for the same text in this state. */
struct str state_secret(struct state *st, struct arena *a, struct str secret);
/* A copy of v with every secret scalar replaced by {"(secret)": fingerprint}: the only form that is stored. */
struct value *state_hide_secrets(struct state *st, struct arena *a, const struct value *v);
/* Whether v is such a {"(secret)": fingerprint}. */
bool state_is_hidden(const struct value *v);
/* Whether one stands somewhere in v, which may be NULL. */
bool state_has_hidden(const struct value *v);
/* For people: a copy with each of those replaced by a secret "(secret)". Fingerprints are never printed. */
struct value *state_show_hidden(struct arena *a, const struct value *v);

/* --- journal -------------------------------------------------------------------------------------------------- */

enum intent_action { INTENT_CREATE, INTENT_UPDATE, INTENT_DELETE };

struct intent {
	int64_t seq;			/* given by state_intent */
	int64_t run;
	enum intent_action action;
	struct str address, type, target, id;
	int64_t generation;		/* of the row it is about */
	struct str op;			/* UUID: client token and drplan:op */
	struct value *desired;		/* without secrets */
	struct value *prior;		/* live before an update or delete: what a rollback restores */
	struct str phase, deletion, name_chosen;	/* what a create's row will hold beside desired and id */
	struct str *depends;
	size_t n_depends;
	struct str at;			/* the phase in whose turn it was carried out: what an undo of one phase takes */
	const struct state_row *row;	/* the current row as it stood before, or NULL: what an undo puts back */
	struct value *was;		/* its inputs */
	struct fingerprint inputs;
	bool whole;			/* desired had no secret: it may be sent again as it is */
	int64_t started_ms;
	bool looked;			/* a create that found nothing in its place before it was sent */
	struct str state;		/* "open", "done", "failed", "recovered" */
	struct str note;		/* the error, the decision */
};

struct state_run {
	int64_t run;
	struct str command, plan_digest;
	struct str outcome;		/* empty: it runs, or was killed */
	int64_t started_ms, ended_ms;
};

/* The newest runs first, at most max. */
bool state_runs(struct state *st, struct arena *a, size_t max, struct state_run **out, size_t *n, struct errs *errs);
int64_t state_run_begin(struct state *st, const char *command, struct str plan_digest);
void state_run_end(struct state *st, int64_t run, const char *outcome);	/* "done", "failed", ... */
/* Record an intent; returns its sequence number. Not durable before state_commit returned true. */
int64_t state_intent(struct state *st, const struct intent *in);
void state_intent_id(struct state *st, int64_t seq, struct str id);	/* the create was answered */
void state_intent_looked(struct state *st, int64_t seq);	/* nothing stood in its place */
void state_intent_end(struct state *st, int64_t seq, const char *outcome, struct str note);
bool state_open_intents(struct state *st, struct arena *a, struct intent **out, size_t *n, struct errs *errs);
/* All intents of a run, in order: what a rollback walks backwards. */
bool state_run_intents(struct state *st, struct arena *a, int64_t run, struct intent **out, size_t *n,
		       struct errs *errs);
/* A plan's digest was applied already (apply FILE, replayed). */
bool state_plan_used(struct state *st, struct str digest);
struct state_gate_row {
	int64_t run, at_ms;
	struct str phase, check, detail;
	bool held;
};
/* The newest first, at most max. */
bool state_gates(struct state *st, struct arena *a, size_t max, struct state_gate_row **out, size_t *n,
		 struct errs *errs);
/* The result of one check of a phase's gate in a run. */
void state_gate(struct state *st, int64_t run, struct str phase, struct str check, bool held, struct str detail);

/* --- what a failover needs (runbook.c) ------------------------------------------------------------------------ */

/* What the last complete apply was made from (stacks/source.h makes and reads it). NULL without errors: none is stored. */
struct value *state_source(struct state *st, struct arena *a, struct str *digest, struct errs *errs);
/* Larger than SOURCE_MAX, and the write fails. The same content again is not written. */
void state_set_source(struct state *st, const struct value *source);
#define STATE_SOURCE_MAX (8u << 20)

struct state_deferred {			/* a change that waits until its target answers */
	struct str address, target, action, why;
	int64_t since_ms;		/* filled by the state */
};
bool state_deferred(struct state *st, struct arena *a, struct state_deferred **out, size_t *n, struct errs *errs);
void state_defer(struct state *st, const struct state_deferred *d);
void state_defer_end(struct state *st, struct str address);

struct runbook_run {			/* a runbook, carried out once */
	int64_t id;			/* given by state_runbook_begin */
	struct str runbook, kind, from, to;
	struct str digest;		/* of the source that it was read from */
	struct str operated_by;
	struct value *info;		/* a map, without secrets */
	int64_t started_ms, ended_ms;	/* started_ms 0: at begin; ended_ms 0: not ended */
	struct str outcome;		/* empty: it runs, or was killed */
	int64_t rto_ms;			/* -1: the clock runs */
	struct str rpo;			/* seconds; empty: not measured */
};
struct runbook_row {			/* one of its steps */
	int64_t run, position;
	struct str name, verb, state, op;
	int64_t attempts;
	struct value *args, *found, *result;	/* or NULL; secrets are hidden by the state */
	struct str detail;
	int64_t started_ms, ended_ms;
};
/* The newest first, at most max. */
bool state_runbooks(struct state *st, struct arena *a, size_t max, struct runbook_run **out, size_t *n,
		    struct errs *errs);
int64_t state_runbook_begin(struct state *st, const struct runbook_run *r);
/* What moves while it runs: outcome, end, RTO, RPO, info. */
void state_runbook_update(struct state *st, const struct runbook_run *r);
void state_runbook_step(struct state *st, const struct runbook_row *row);
bool state_runbook_steps(struct state *st, struct arena *a, int64_t run, struct runbook_row **out, size_t *n,
			 struct errs *errs);

#endif
