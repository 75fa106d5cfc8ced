/* Rows of the state: resources with their dependencies, outputs, lookups; value trees go in and out as JSON. */
#include "base/json.h"
#include "state/db.h"

#define VALUE_MAX (64u << 20)

void bind_value(struct state *st, sqlite3_stmt *s, int i, const struct value *v)
{
	if (!s || !v)
		return;
	struct buf b;
	buf_init(&b, VALUE_MAX);
	json_write(&b, v, 0);
	if (b.overflow)
		state_fail(st, "a value is too large");
	bind_str(s, i, buf_get(&b));
	buf_free(&b);
}

/* Where a value stood in the state's JSON tells nobody anything. */
static void forget_positions(struct value *v)
{
	v->pos = (struct pos){0};
	if (v->kind == V_LIST) {
		for (uint32_t i = 0; i < v->list.n; i++)
			forget_positions(v->list.items[i]);
	} else if (v->kind == V_MAP) {
		for (uint32_t i = 0; i < v->map.n; i++) {
			v->map.items[i].pos = (struct pos){0};
			forget_positions(v->map.items[i].value);
		}
	}
}

struct value *column_value(sqlite3_stmt *s, int i, struct arena *a, struct errs *errs)
{
	const char *p = (const char *)sqlite3_column_text(s, i);
	int n = sqlite3_column_bytes(s, i);
	if (!p)
		return NULL;
	struct errs own = {.arena = a};
	struct value *v = json_read(a, (struct str){p, (size_t)n}, 0, &own);
	if (v)
		forget_positions(v);
	else
		err_add(errs, ERR_STATE, (struct pos){0}, "the state holds a value that is not JSON: %.*s",
			STR_ARG(own.n ? own.items[0].message : STR_NONE));
	return v;
}

struct value *column_needed(sqlite3_stmt *s, int i, struct arena *a, struct errs *errs)
{
	size_t before = errs->errors;
	struct value *v = column_value(s, i, a, errs);
	if (!v && errs->errors == before)
		err_add(errs, ERR_STATE, (struct pos){0}, "the state holds no value where there must be one");
	return v;
}

/* --- resources ------------------------------------------------------------------------------------------------ */

static void row_load(sqlite3_stmt *s, struct arena *a, struct state_row *row, struct errs *errs)
{
	*row = (struct state_row){
	    .address = column_str(s, 0, a),
	    .generation = sqlite3_column_int64(s, 1),
	    .type = column_str(s, 2, a),
	    .target = column_str(s, 3, a),
	    .phase = column_str(s, 4, a),
	    .id = column_str(s, 5, a),
	    .status = (enum row_status)sqlite3_column_int(s, 6),
	    .inputs = column_needed(s, 7, a, errs),
	    .attrs = column_needed(s, 8, a, errs),
	    .deletion = column_str(s, 9, a),
	    .name_chosen = column_str(s, 10, a),
	    .created_ms = sqlite3_column_int64(s, 11),
	    .updated_ms = sqlite3_column_int64(s, 12),
	};
}

static bool row_is(const struct state_row *row, struct str address, int64_t generation)
{
	return row->generation == generation && str_eq(row->address, address);
}

/* Both tables are sorted alike: one pass hangs every dependency on its row. */
static bool rows_depends(struct state *st, struct arena *a, struct state_row *rows, size_t n, struct errs *errs)
{
	sqlite3_stmt *s = state_stmt(st, ST_DEPENDS);
	size_t i = 0;
	struct reader r = state_read(st, s, errs);
	while (state_next(&r)) {
		const char *p = (const char *)sqlite3_column_text(s, 0);
		struct str address = {p ? p : "", (size_t)sqlite3_column_bytes(s, 0)};
		int64_t generation = sqlite3_column_int64(s, 1);
		while (i < n && !row_is(&rows[i], address, generation)) {
			i++;
			r.cap = 0;
		}
		if (i == n)
			continue;
		struct state_row *row = &rows[i];
		row->depends = arena_grow(a, row->depends, &r.cap, row->n_depends + 1, sizeof *row->depends);
		row->depends[row->n_depends++] = column_str(s, 2, a);
	}
	return r.ok;
}

bool state_rows(struct state *st, struct arena *a, struct state_row **rows, size_t *n, struct errs *errs)
{
	sqlite3_stmt *s = state_stmt(st, ST_ROWS);
	struct reader r = state_read(st, s, errs);
	*rows = NULL;
	*n = 0;
	while (state_next(&r)) {
		*rows = arena_grow(a, *rows, &r.cap, *n + 1, sizeof **rows);
		row_load(s, a, &(*rows)[(*n)++], errs);
	}
	return r.ok && rows_depends(st, a, *rows, *n, errs);
}

static const struct value *map_or_empty(struct state *st, const struct value *v)
{
	return v ? v : value_map(&st->own, (struct pos){0});
}

void state_put(struct state *st, const struct state_row *row)
{
	sqlite3_stmt *s = state_stmt(st, ST_ROW_PUT);
	if (!s)
		return;
	int64_t now = state_clock(st);
	bind_str(s, 1, row->address);
	sqlite3_bind_int64(s, 2, row->generation);
	bind_str(s, 3, row->type);
	bind_str(s, 4, row->target);
	bind_str(s, 5, row->phase);
	bind_str(s, 6, row->id);
	sqlite3_bind_int(s, 7, row->status);
	bind_value(st, s, 8, map_or_empty(st, row->inputs));
	bind_value(st, s, 9, map_or_empty(st, row->attrs));
	bind_str(s, 10, row->deletion);
	bind_str(s, 11, row->name_chosen);
	sqlite3_bind_int64(s, 12, row->created_ms ? row->created_ms : now);
	sqlite3_bind_int64(s, 13, now);
	state_write(st, s);
	for (size_t i = 0; i < row->n_depends; i++) {
		s = state_stmt(st, ST_DEPEND_PUT);
		bind_str(s, 1, row->address);
		if (s)
			sqlite3_bind_int64(s, 2, row->generation);
		bind_str(s, 3, row->depends[i]);
		state_write(st, s);
	}
	st->rows_changed = true;
}

void state_delete(struct state *st, struct str address, int64_t generation)
{
	sqlite3_stmt *s = state_stmt(st, ST_ROW_DEL);
	bind_str(s, 1, address);
	if (s)
		sqlite3_bind_int64(s, 2, generation);
	state_write(st, s);
	st->rows_changed = true;
}

/* --- outputs -------------------------------------------------------------------------------------------------- */

bool state_outputs(struct state *st, struct arena *a, struct state_output **out, size_t *n, struct errs *errs)
{
	sqlite3_stmt *s = state_stmt(st, ST_OUTPUTS);
	struct reader r = state_read(st, s, errs);
	*out = NULL;
	*n = 0;
	while (state_next(&r)) {
		*out = arena_grow(a, *out, &r.cap, *n + 1, sizeof **out);
		struct state_output *o = &(*out)[(*n)++];
		o->name = column_str(s, 0, a);
		o->value = column_needed(s, 1, a, errs);
		o->export_name = column_str(s, 2, a);
		o->secret = sqlite3_column_int(s, 3) != 0;
	}
	return r.ok;
}

void state_set_outputs(struct state *st, const struct state_output *out, size_t n)
{
	state_write(st, state_stmt(st, ST_OUTPUTS_CLEAR));
	for (size_t i = 0; i < n; i++) {
		sqlite3_stmt *s = state_stmt(st, ST_OUTPUT_PUT);
		if (!s)
			return;
		sqlite3_bind_int64(s, 1, (int64_t)i);
		bind_str(s, 2, out[i].name);
		if (out[i].secret || value_has_secret(out[i].value))
			bind_str(s, 3, STR("\"(secret)\""));
		else
			bind_value(st, s, 3, out[i].value);
		bind_str(s, 4, out[i].export_name);
		sqlite3_bind_int(s, 5, out[i].secret);
		state_write(st, s);
	}
}

/* --- lookups -------------------------------------------------------------------------------------------------- */

bool state_lookups(struct state *st, struct arena *a, struct state_lookup **out, size_t *n, struct errs *errs)
{
	sqlite3_stmt *s = state_stmt(st, ST_LOOKUPS);
	struct reader r = state_read(st, s, errs);
	*out = NULL;
	*n = 0;
	while (state_next(&r)) {
		*out = arena_grow(a, *out, &r.cap, *n + 1, sizeof **out);
		struct state_lookup *l = &(*out)[(*n)++];
		l->address = column_str(s, 0, a);
		l->type = column_str(s, 1, a);
		l->target = column_str(s, 2, a);
		l->id = column_str(s, 3, a);
		l->live = column_needed(s, 4, a, errs);
		l->attrs = column_needed(s, 5, a, errs);
		l->read_ms = sqlite3_column_int64(s, 6);
	}
	return r.ok;
}

void state_put_lookup(struct state *st, const struct state_lookup *l)
{
	sqlite3_stmt *s = state_stmt(st, ST_LOOKUP_PUT);
	if (!s)
		return;
	bind_str(s, 1, l->address);
	bind_str(s, 2, l->type);
	bind_str(s, 3, l->target);
	bind_str(s, 4, l->id);
	bind_value(st, s, 5, state_hide_secrets(st, &st->own, map_or_empty(st, l->live)));
	bind_value(st, s, 6, state_hide_secrets(st, &st->own, map_or_empty(st, l->attrs)));
	sqlite3_bind_int64(s, 7, l->read_ms ? l->read_ms : state_clock(st));
	state_write(st, s);
}
