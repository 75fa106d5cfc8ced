/* What a failover needs of the state: the source of the stack as it was applied, changes that were deferred, and the
 * journal of runbooks. A step's row is written before the step acts and again with what came of it; planner/runbook.c
 * says when each is committed. */
#include "base/json.h"
#include "state/db.h"

/* --- the source ----------------------------------------------------------------------------------------------- */

struct value *state_source(struct state *st, struct arena *a, struct str *digest, struct errs *errs)
{
	sqlite3_stmt *s = state_stmt(st, ST_SOURCE);
	struct value *v = NULL;
	struct reader r = state_read(st, s, errs);
	while (state_next(&r)) {
		v = column_value(s, 0, a, errs);
		*digest = column_str(s, 1, a);
	}
	return r.ok ? v : NULL;
}

static bool source_is(struct state *st, struct str digest)
{
	struct arena scratch = {0};
	sqlite3_stmt *s = state_stmt(st, ST_SOURCE);
	bool same = s && sqlite3_step(s) == SQLITE_ROW && str_eq(column_str(s, 1, &scratch), digest);
	sqlite3_reset(s);
	arena_free(&scratch);
	return same;
}

void state_set_source(struct state *st, const struct value *source)
{
	struct arena scratch = {0};
	struct buf b;
	buf_init(&b, STATE_SOURCE_MAX);
	json_write(&b, source, 0);
	if (b.overflow)
		state_fail(st, "the stack's files are too large to be kept in the state");
	struct sha256 sum = sha256_of(buf_get(&b));
	struct str digest = sha256_hex(&scratch, &sum);
	if (!source_is(st, digest)) {
		sqlite3_stmt *s = state_stmt(st, ST_SOURCE_PUT);
		bind_str(s, 1, digest);
		bind_str(s, 2, buf_get(&b));
		if (s)
			sqlite3_bind_int64(s, 3, state_clock(st));
		state_write(st, s);
	}
	buf_free(&b);
	arena_free(&scratch);
}

/* --- deferred changes ----------------------------------------------------------------------------------------- */

bool state_deferred(struct state *st, struct arena *a, struct state_deferred **out, size_t *n, struct errs *errs)
{
	sqlite3_stmt *s = state_stmt(st, ST_DEFERRED);
	struct reader r = state_read(st, s, errs);
	*out = NULL;
	*n = 0;
	while (state_next(&r)) {
		*out = arena_grow(a, *out, &r.cap, *n + 1, sizeof **out);
		(*out)[(*n)++] = (struct state_deferred){
		    .address = column_str(s, 0, a),
		    .target = column_str(s, 1, a),
		    .action = column_str(s, 2, a),
		    .why = column_str(s, 3, a),
		    .since_ms = sqlite3_column_int64(s, 4),
		};
	}
	return r.ok;
}

void state_defer(struct state *st, const struct state_deferred *d)
{
	sqlite3_stmt *s = state_stmt(st, ST_DEFERRED_PUT);
	bind_str(s, 1, d->address);
	bind_str(s, 2, d->target);
	bind_str(s, 3, d->action);
	bind_str(s, 4, d->why);
	if (s)
		sqlite3_bind_int64(s, 5, state_clock(st));
	state_write(st, s);
}

void state_defer_end(struct state *st, struct str address)
{
	sqlite3_stmt *s = state_stmt(st, ST_DEFERRED_DEL);
	bind_str(s, 1, address);
	state_write(st, s);
}

/* --- runs of runbooks ----------------------------------------------------------------------------------------- */

/* Time 0 and a negative duration are SQL's null. */
static void bind_some(sqlite3_stmt *s, int i, int64_t v, bool some)
{
	if (s && some)
		sqlite3_bind_int64(s, i, v);
}

int64_t state_runbook_begin(struct state *st, const struct runbook_run *r)
{
	struct arena scratch = {0};
	sqlite3_stmt *s = state_stmt(st, ST_BOOK_BEGIN);
	bind_str(s, 1, r->runbook);
	bind_str(s, 2, r->kind);
	bind_str(s, 3, r->from);
	bind_str(s, 4, r->to);
	bind_str(s, 5, r->digest);
	bind_str(s, 6, r->operated_by);
	bind_value(st, s, 7, state_hide_secrets(st, &scratch, r->info));
	bind_some(s, 8, r->started_ms ? r->started_ms : state_clock(st), true);
	bind_str(s, 9, r->rpo);
	arena_free(&scratch);
	return state_write(st, s) ? sqlite3_last_insert_rowid(st->db) : 0;
}

void state_runbook_update(struct state *st, const struct runbook_run *r)
{
	struct arena scratch = {0};
	sqlite3_stmt *s = state_stmt(st, ST_BOOK_END);
	bind_some(s, 1, r->ended_ms, r->ended_ms != 0);
	if (r->outcome.n)
		bind_str(s, 2, r->outcome);
	bind_some(s, 3, r->rto_ms, r->rto_ms >= 0);
	bind_str(s, 4, r->rpo);
	bind_value(st, s, 5, state_hide_secrets(st, &scratch, r->info));
	bind_some(s, 6, r->id, true);
	arena_free(&scratch);
	state_write(st, s);
}

bool state_runbooks(struct state *st, struct arena *a, size_t max, struct runbook_run **out, size_t *n,
		    struct errs *errs)
{
	sqlite3_stmt *s = state_stmt(st, ST_BOOKS);
	struct reader r = state_read(st, s, errs);
	*out = NULL;
	*n = 0;
	bind_some(s, 1, max > INT64_MAX ? INT64_MAX : (int64_t)max, true);
	while (state_next(&r)) {
		*out = arena_grow(a, *out, &r.cap, *n + 1, sizeof **out);
		(*out)[(*n)++] = (struct runbook_run){
		    .id = sqlite3_column_int64(s, 0),
		    .runbook = column_str(s, 1, a),
		    .kind = column_str(s, 2, a),
		    .from = column_str(s, 3, a),
		    .to = column_str(s, 4, a),
		    .digest = column_str(s, 5, a),
		    .operated_by = column_str(s, 6, a),
		    .info = column_value(s, 7, a, errs),
		    .started_ms = sqlite3_column_int64(s, 8),
		    .ended_ms = sqlite3_column_int64(s, 9),
		    .outcome = column_str(s, 10, a),
		    .rto_ms = sqlite3_column_int64(s, 11),
		    .rpo = column_str(s, 12, a),
		};
	}
	return r.ok;
}

void state_runbook_step(struct state *st, const struct runbook_row *row)
{
	struct arena scratch = {0};
	sqlite3_stmt *s = state_stmt(st, ST_BOOK_STEP);
	bind_some(s, 1, row->run, true);
	bind_some(s, 2, row->position, true);
	bind_str(s, 3, row->name);
	bind_str(s, 4, row->verb);
	bind_str(s, 5, row->state);
	bind_str(s, 6, row->op);
	bind_some(s, 7, row->attempts, true);
	bind_value(st, s, 8, state_hide_secrets(st, &scratch, row->args));
	bind_value(st, s, 9, state_hide_secrets(st, &scratch, row->found));
	bind_value(st, s, 10, state_hide_secrets(st, &scratch, row->result));
	bind_str(s, 11, row->detail);
	bind_some(s, 12, row->started_ms, true);
	bind_some(s, 13, row->ended_ms, row->ended_ms != 0);
	arena_free(&scratch);
	state_write(st, s);
}

bool state_runbook_steps(struct state *st, struct arena *a, int64_t run, struct runbook_row **out, size_t *n,
			 struct errs *errs)
{
	sqlite3_stmt *s = state_stmt(st, ST_BOOK_STEPS);
	struct reader r = state_read(st, s, errs);
	*out = NULL;
	*n = 0;
	bind_some(s, 1, run, true);
	while (state_next(&r)) {
		*out = arena_grow(a, *out, &r.cap, *n + 1, sizeof **out);
		(*out)[(*n)++] = (struct runbook_row){
		    .run = sqlite3_column_int64(s, 0),
		    .position = sqlite3_column_int64(s, 1),
		    .name = column_str(s, 2, a),
		    .verb = column_str(s, 3, a),
		    .state = column_str(s, 4, a),
		    .op = column_str(s, 5, a),
		    .attempts = sqlite3_column_int64(s, 6),
		    .args = column_value(s, 7, a, errs),
		    .found = column_value(s, 8, a, errs),
		    .result = column_value(s, 9, a, errs),
		    .detail = column_str(s, 10, a),
		    .started_ms = sqlite3_column_int64(s, 11),
		    .ended_ms = sqlite3_column_int64(s, 12),
		};
	}
	return r.ok;
}
