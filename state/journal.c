/* The journal: runs, intents and what became of them, gates. It only ever grows.
 *
 * An intent is written once; its id and its end are events behind it. open_intent lists the ones without an end, so
 * that a start does not read history. docs/journal-and-rollback.md has the rules.
 */
#include "state/db.h"

int64_t state_run_begin(struct state *st, const char *command, struct str plan_digest)
{
	sqlite3_stmt *s = state_stmt(st, ST_RUN_BEGIN);
	bind_str(s, 1, str_of(command));
	bind_str(s, 2, plan_digest);
	if (s)
		sqlite3_bind_int64(s, 3, state_clock(st));
	return state_write(st, s) ? sqlite3_last_insert_rowid(st->db) : 0;
}

void state_run_end(struct state *st, int64_t run, const char *outcome)
{
	sqlite3_stmt *s = state_stmt(st, ST_RUN_END);
	if (s)
		sqlite3_bind_int64(s, 1, state_clock(st));
	bind_str(s, 2, str_of(outcome));
	if (s)
		sqlite3_bind_int64(s, 3, run);
	state_write(st, s);
}

bool state_runs(struct state *st, struct arena *a, size_t max, struct state_run **out, size_t *n, struct errs *errs)
{
	sqlite3_stmt *s = state_stmt(st, ST_RUNS);
	struct reader r = state_read(st, s, errs);
	*out = NULL;
	*n = 0;
	if (s)
		sqlite3_bind_int64(s, 1, max > INT64_MAX ? INT64_MAX : (int64_t)max);
	while (state_next(&r)) {
		*out = arena_grow(a, *out, &r.cap, *n + 1, sizeof **out);
		(*out)[(*n)++] = (struct state_run){
		    .run = sqlite3_column_int64(s, 0),
		    .command = column_str(s, 1, a),
		    .plan_digest = column_str(s, 2, a),
		    .outcome = column_str(s, 3, a),
		    .started_ms = sqlite3_column_int64(s, 4),
		    .ended_ms = sqlite3_column_int64(s, 5),
		};
	}
	return r.ok;
}

bool state_plan_used(struct state *st, struct str digest)
{
	sqlite3_stmt *s = state_stmt(st, ST_PLAN_USED);
	bind_str(s, 1, digest);
	int rc = s ? sqlite3_step(s) : SQLITE_ERROR;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		state_fail(st, sqlite3_errmsg(st->db));
	sqlite3_reset(s);
	/* What cannot be read counts as used: a plan must not run twice. */
	return rc != SQLITE_DONE;
}

/* --- intents -------------------------------------------------------------------------------------------------- */

/* The row before, without its inputs: those stand apart. */
static struct value *before_make(struct arena *a, const struct state_row *row)
{
	const struct {
		const char *key;
		struct str text;
	} texts[] = {{"id", row->id},	    {"type", row->type},	 {"target", row->target},
		     {"phase", row->phase}, {"deletion", row->deletion}, {"name", row->name_chosen}};
	struct pos none = {0};
	struct value *map = value_map(a, none), *depends = value_list(a, none);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		value_set(a, map, str_of(texts[i].key), none, value_string(a, none, texts[i].text));
	for (size_t i = 0; i < row->n_depends; i++)
		value_append(a, depends, value_string(a, none, row->depends[i]));
	value_set(a, map, STR("depends"), none, depends);
	value_set(a, map, STR("attrs"), none, row->attrs ? row->attrs : value_map(a, none));
	value_set(a, map, STR("created"), none, value_int(a, none, row->created_ms));
	return map;
}

static struct str *depends_read(struct arena *a, const struct value *list, size_t *n)
{
	struct str *out = arena_array(a, value_count(list) + 1, sizeof *out);
	*n = value_count(list);
	for (size_t i = 0; i < *n; i++)
		out[i] = value_text(value_at(list, i));
	return out;
}

static const struct state_row *before_read(struct arena *a, const struct value *map, const struct intent *in)
{
	struct state_row *row = arena_new(a, struct state_row);
	*row = (struct state_row){
	    .address = in->address,
	    .id = value_text(value_getc(map, "id")),
	    .type = value_text(value_getc(map, "type")),
	    .target = value_text(value_getc(map, "target")),
	    .phase = value_text(value_getc(map, "phase")),
	    .deletion = value_text(value_getc(map, "deletion")),
	    .name_chosen = value_text(value_getc(map, "name")),
	    .attrs = value_getc(map, "attrs"),
	    .inputs = in->was ? in->was : value_map(a, (struct pos){0}),
	};
	row->depends = depends_read(a, value_getc(map, "depends"), &row->n_depends);
	const struct value *created = value_getc(map, "created");
	if (!created || !value_as_int(created, &row->created_ms))
		row->created_ms = 0;
	return row;
}

static struct value *context_make(struct arena *a, const struct intent *in)
{
	struct pos none = {0};
	struct value *map = value_map(a, none), *depends = value_list(a, none);
	for (size_t i = 0; i < in->n_depends; i++)
		value_append(a, depends, value_string(a, none, in->depends[i]));
	value_set(a, map, STR("phase"), none, value_string(a, none, in->phase));
	value_set(a, map, STR("deletion"), none, value_string(a, none, in->deletion));
	value_set(a, map, STR("name"), none, value_string(a, none, in->name_chosen));
	value_set(a, map, STR("depends"), none, depends);
	value_set(a, map, STR("at"), none, value_string(a, none, in->at));
	if (in->row)
		value_set(a, map, STR("row"), none, before_make(a, in->row));
	if (in->was)
		value_set(a, map, STR("was"), none, in->was);
	return map;
}

static void context_read(struct arena *a, const struct value *map, struct intent *in)
{
	const struct value *row = value_getc(map, "row");
	in->phase = value_text(value_getc(map, "phase"));
	in->deletion = value_text(value_getc(map, "deletion"));
	in->name_chosen = value_text(value_getc(map, "name"));
	in->was = value_getc(map, "was");
	in->at = value_text(value_getc(map, "at"));
	in->depends = depends_read(a, value_getc(map, "depends"), &in->n_depends);
	if (row)
		in->row = before_read(a, row, in);
}

int64_t state_intent(struct state *st, const struct intent *in)
{
	struct arena scratch = {0};
	sqlite3_stmt *s = state_stmt(st, ST_INTENT);
	if (!s)
		return 0;
	sqlite3_bind_int64(s, 1, in->run);
	sqlite3_bind_int(s, 2, in->action);
	bind_str(s, 3, in->address);
	sqlite3_bind_int64(s, 4, in->generation);
	bind_str(s, 5, in->type);
	bind_str(s, 6, in->target);
	bind_str(s, 7, in->id);
	bind_str(s, 8, in->op);
	bind_value(st, s, 9, state_hide_secrets(st, &scratch, in->desired));
	bind_value(st, s, 10, state_hide_secrets(st, &scratch, in->prior));
	bind_str(s, 11, fingerprint_hex(&scratch, in->inputs));
	sqlite3_bind_int(s, 12, in->whole);
	sqlite3_bind_int64(s, 13, in->started_ms ? in->started_ms : state_clock(st));
	bind_value(st, s, 14, context_make(&scratch, in));
	int64_t seq = state_write(st, s) ? sqlite3_last_insert_rowid(st->db) : 0;
	arena_free(&scratch);
	s = state_stmt(st, ST_INTENT_OPEN);
	if (s)
		sqlite3_bind_int64(s, 1, seq);
	state_write(st, s);
	return seq;
}

static void intent_event(struct state *st, int64_t seq, struct str kind, struct str text)
{
	sqlite3_stmt *s = state_stmt(st, ST_INTENT_EVENT);
	if (!s)
		return;
	sqlite3_bind_int64(s, 1, seq);
	bind_str(s, 2, kind);
	bind_str(s, 3, text);
	sqlite3_bind_int64(s, 4, state_clock(st));
	state_write(st, s);
}

void state_intent_id(struct state *st, int64_t seq, struct str id)
{
	intent_event(st, seq, STR("id"), id);
}

void state_intent_looked(struct state *st, int64_t seq)
{
	intent_event(st, seq, STR("looked"), STR_NONE);
}

void state_intent_end(struct state *st, int64_t seq, const char *outcome, struct str note)
{
	intent_event(st, seq, str_of(outcome), note);
	sqlite3_stmt *s = state_stmt(st, ST_INTENT_CLOSE);
	if (s)
		sqlite3_bind_int64(s, 1, seq);
	state_write(st, s);
}

/* The order of INTENT_COLUMNS in db.c. */
static void intent_load(sqlite3_stmt *s, struct arena *a, struct intent *in, struct errs *errs)
{
	struct str answered = column_str(s, 15, a);
	*in = (struct intent){
	    .seq = sqlite3_column_int64(s, 0),
	    .run = sqlite3_column_int64(s, 1),
	    .action = (enum intent_action)sqlite3_column_int(s, 2),
	    .address = column_str(s, 3, a),
	    .generation = sqlite3_column_int64(s, 4),
	    .type = column_str(s, 5, a),
	    .target = column_str(s, 6, a),
	    .id = answered.n ? answered : column_str(s, 7, a),
	    .op = column_str(s, 8, a),
	    .desired = column_value(s, 9, a, errs),
	    .prior = column_value(s, 10, a, errs),
	    .whole = sqlite3_column_int(s, 12) != 0,
	    .started_ms = sqlite3_column_int64(s, 13),
	    .state = column_str(s, 16, a),
	    .note = column_str(s, 17, a),
	    .looked = sqlite3_column_int(s, 18) != 0,
	};
	context_read(a, column_value(s, 14, a, errs), in);
	if (!fingerprint_parse(column_str(s, 11, a), &in->inputs))
		err_add(errs, ERR_STATE, (struct pos){0}, "the state's intent %lld has no usable fingerprint",
			(long long)in->seq);
}

static bool intents_load(struct state *st, sqlite3_stmt *s, struct arena *a, struct intent **out, size_t *n,
			 struct errs *errs)
{
	struct reader r = state_read(st, s, errs);
	*out = NULL;
	*n = 0;
	while (state_next(&r)) {
		*out = arena_grow(a, *out, &r.cap, *n + 1, sizeof **out);
		intent_load(s, a, &(*out)[(*n)++], errs);
	}
	return r.ok;
}

bool state_open_intents(struct state *st, struct arena *a, struct intent **out, size_t *n, struct errs *errs)
{
	return intents_load(st, state_stmt(st, ST_OPEN_INTENTS), a, out, n, errs);
}

bool state_run_intents(struct state *st, struct arena *a, int64_t run, struct intent **out, size_t *n,
		       struct errs *errs)
{
	sqlite3_stmt *s = state_stmt(st, ST_RUN_INTENTS);
	if (s)
		sqlite3_bind_int64(s, 1, run);
	return intents_load(st, s, a, out, n, errs);
}

void state_gate(struct state *st, int64_t run, struct str phase, struct str check, bool held, struct str detail)
{
	sqlite3_stmt *s = state_stmt(st, ST_GATE);
	if (!s)
		return;
	sqlite3_bind_int64(s, 1, run);
	bind_str(s, 2, phase);
	bind_str(s, 3, check);
	sqlite3_bind_int(s, 4, held);
	bind_str(s, 5, detail);
	sqlite3_bind_int64(s, 6, state_clock(st));
	state_write(st, s);
}

bool state_gates(struct state *st, struct arena *a, size_t max, struct state_gate_row **out, size_t *n,
		 struct errs *errs)
{
	sqlite3_stmt *s = state_stmt(st, ST_GATES);
	struct reader r = state_read(st, s, errs);
	*out = NULL;
	*n = 0;
	if (s)
		sqlite3_bind_int64(s, 1, max > INT64_MAX ? INT64_MAX : (int64_t)max);
	while (state_next(&r)) {
		*out = arena_grow(a, *out, &r.cap, *n + 1, sizeof **out);
		(*out)[(*n)++] = (struct state_gate_row){
		    .run = sqlite3_column_int64(s, 0),
		    .phase = column_str(s, 1, a),
		    .check = column_str(s, 2, a),
		    .held = sqlite3_column_int(s, 3) != 0,
		    .detail = column_str(s, 4, a),
		    .at_ms = sqlite3_column_int64(s, 5),
		};
	}
	return r.ok;
}
