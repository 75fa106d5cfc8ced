/* The simulator's world and the state's rows as sorted text: equal texts, equal worlds. For tests of undo and of chaos. */
#ifndef DRPLAN_TESTS_SIMVIEW_H
#define DRPLAN_TESTS_SIMVIEW_H

#include "tests/unit/planstage.h"

#include <sqlite3.h>

#include "base/json.h"

static inline int line_compare(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Every id that the state knows becomes its address: what was made again counts as the same. */
static inline struct str named(struct stage *s, struct str text, const struct state_row *rows, size_t n)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	for (size_t at = 0; at < text.n;) {
		size_t i = 0;
		if (str_starts(str_sub(text, at, text.n), STR("aclassoc-"))) { /* AWS makes one for each subnet */
			at += 26;
			continue;
		}
		while (i < n && !(rows[i].id.n > 3 && str_starts(str_sub(text, at, text.n), rows[i].id)))
			i++;
		if (i < n)
			buf_fmt(&b, "<%.*s>", STR_ARG(rows[i].address));
		else
			buf_char(&b, text.p[at]);
		at += i < n ? rows[i].id.n : 1;
	}
	return buf_take(&b, &s->arena);
}

/* The world and the rows as sorted text. */
static inline struct str seen(struct stage *s)
{
	static const char sql[] = "SELECT type || ' ' || id || ' ' || props || ' ' || state || ' ' || coalesce((SELECT "
				  "group_concat(property || element, "
				  "' ') FROM (SELECT * FROM elements WHERE owner = r.row ORDER BY property, key)), '') "
				  "FROM resources r WHERE state <> 'reserved'";
	struct state_row *rows;
	struct str lines[512];
	size_t n_rows, n = 0;
	sqlite3 *db;
	sqlite3_stmt *st;
	assert_true(state_rows(s->env.state, &s->arena, &rows, &n_rows, &s->errs));
	assert_int_equal(sqlite3_open_v2(stage_path(s, "sim.db"), &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW) {
		assert_true(n < COUNT(lines));
		lines[n++] =
		    named(s, str_dup(&s->arena, str_of((const char *)sqlite3_column_text(st, 0))), rows, n_rows);
	}
	sqlite3_finalize(st);
	sqlite3_close(db);
	for (size_t i = 0; i < n_rows; i++) {
		struct buf b;
		buf_init(&b, 1 << 20);
		buf_fmt(&b, "%.*s %d %d %.*s ", STR_ARG(rows[i].address), (int)rows[i].generation, (int)rows[i].status,
			STR_ARG(rows[i].deletion));
		json_write(&b, rows[i].inputs, 0);
		assert_true(n < COUNT(lines));
		lines[n++] = named(s, buf_take(&b, &s->arena), rows, n_rows);
	}
	qsort(lines, n, sizeof *lines, line_compare);
	struct str all = STR_NONE;
	for (size_t i = 0; i < n; i++)
		all = str_fmt(&s->arena, "%.*s%.*s\n", STR_ARG(all), STR_ARG(lines[i]));
	return all;
}

/* Lines of one text that the other does not have. */
static inline void lines_of(struct str text, struct str other, const char *label)
{
	struct str line;
	while (str_cut(&text, '\n', &line))
		if (line.n && str_find(other, line, 0) < 0)
			print_error("%s %.*s\n", label, (int)(line.n < 700 ? line.n : 700), line.p);
}

#endif
