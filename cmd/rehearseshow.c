/* What a rehearsal of a runbook says: the predicted RTO and the steps that make it, against the objective. See
 * rehearsal.h; of a plan it is rehearseplan.c.
 */
#include "cmd/bookui.h"
#include "cmd/jsonui.h"
#include "cmd/sessionpriv.h"

bool rehearsal_approve(void *ctx, struct str step, struct str question)
{
	(void)ctx;
	(void)step;
	(void)question;
	return true;
}

/* Milliseconds until the clock stops that a stage takes: steps beside each other count once. */
static int64_t stage_time(const struct book_stage *stage, const struct runbook_row *rows)
{
	int64_t first = 0, last = 0;

	for (uint32_t i = stage->first; i < stage->first + stage->n; i++) {
		if (!rows[i].ended_ms || str_eqc(rows[i].state, "skipped"))
			continue;
		first = !first || rows[i].started_ms < first ? rows[i].started_ms : first;
		last = rows[i].ended_ms > last ? rows[i].ended_ms : last;
	}
	return last - first;
}

static void add_stage(struct buf *b, struct arena *a, const struct runbook *rb, const struct book_stage *stage,
		      const struct runbook_row *rows, int64_t rto)
{
	int64_t ms = stage_time(stage, rows);

	for (uint32_t i = stage->first; i < stage->first + stage->n; i++) {
		const struct runbook_row *row = &rows[i];

		if (!row->ended_ms || str_eqc(row->state, "skipped"))
			continue;
		buf_cstr(b, stage->n > 1 ? "  | " : "  ");
		ui_text(b, rb->steps[i].name);
		buf_pad(b, ' ', rb->steps[i].name.n < 28 ? 28 - rb->steps[i].name.n : 1);
		buf_fmt(b, "%.*s", STR_ARG(duration_text(a, row->ended_ms - row->started_ms)));
		if (stage->n == 1 && rto > 0)
			buf_fmt(b, "  %lld %%", (long long)(100 * ms / rto));
		buf_char(b, '\n');
	}
	if (stage->n > 1 && rto > 0)
		buf_fmt(b, "  ^ beside each other: %.*s  %lld %%\n", STR_ARG(duration_text(a, ms)),
			(long long)(100 * ms / rto));
}

static int64_t limit_of(const struct session *s)
{
	int64_t limit;
	struct str text = value_text(value_getc(s->stack->objectives, "RTO"));

	return text.n && str_duration(text, &limit) ? limit : -1;
}

static void print_breakdown(struct session *s, const struct runbook *rb, const struct book *b,
			    enum book_outcome outcome)
{
	const struct runbook_run *run = book_journal(b);
	int64_t limit = limit_of(s);
	struct buf out;

	buf_init(&out, UI_MAX);
	buf_fmt(&out, "\nrehearsal of %.*s: %s; nothing real was asked or changed\n", STR_ARG(rb->name),
		outcome == BOOK_DONE ? "done" : "failed");
	if (run->rto_ms >= 0) {
		buf_fmt(&out, "predicted RTO %.*s", STR_ARG(duration_text(&s->arena, run->rto_ms)));
		if (limit >= 0)
			buf_fmt(&out, " (%s %.*s)", run->rto_ms <= limit ? "within" : "MISSES the objective",
				STR_ARG(duration_text(&s->arena, limit)));
		buf_cstr(&out, ", made of\n");
	}
	for (uint32_t k = 0; run->rto_ms >= 0 && k < rb->n_stages; k++) {
		add_stage(&out, &s->arena, rb, &rb->stages[k], book_rows(b), run->rto_ms);
		if (rb->stages[k].stops_clock)
			break;
	}
	ui_out(&s->ui, &out);
	buf_free(&out);
}

static struct value *steps_json(struct arena *a, const struct runbook *rb, const struct runbook_row *rows)
{
	struct value *list = value_list(a, (struct pos){0});

	for (uint32_t i = 0; i < rb->n; i++) {
		struct value *m = value_map(a, (struct pos){0});

		if (!rows[i].state.n)
			continue;
		value_put(a, m, "step", value_string(a, (struct pos){0}, rb->steps[i].name));
		value_put(a, m, "verb", value_string(a, (struct pos){0}, rb->steps[i].verb));
		value_put(a, m, "state", value_string(a, (struct pos){0}, rows[i].state));
		value_put(a, m, "elapsed_ms",
			  rows[i].ended_ms ? value_int(a, (struct pos){0}, rows[i].ended_ms - rows[i].started_ms)
					   : NULL);
		value_append(a, list, m);
	}
	return list;
}

void rehearsal_summary(struct session *s, const struct runbook *rb, const struct book *b, enum book_outcome outcome)
{
	struct arena *a = &s->arena;
	const struct runbook_run *run = book_journal(b);
	int64_t limit = limit_of(s), rto = run->rto_ms;
	struct value *m;

	if (!s->ui.json) {
		print_breakdown(s, rb, b, outcome);
		return;
	}
	m = jsonui_message(a, "rehearsal_summary", run->outcome);
	value_put(a, m, "runbook", value_string(a, (struct pos){0}, rb->name));
	value_put(a, m, "kind", value_string(a, (struct pos){0}, run->kind));
	value_put(a, m, "outcome", value_string(a, (struct pos){0}, run->outcome));
	value_put(a, m, "rto_ms", rto >= 0 ? value_int(a, (struct pos){0}, rto) : NULL);
	value_put(a, m, "objective_ms", limit >= 0 ? value_int(a, (struct pos){0}, limit) : NULL);
	value_put(a, m, "met", rto >= 0 && limit >= 0 ? value_bool(a, (struct pos){0}, rto <= limit) : NULL);
	value_put(a, m, "steps", steps_json(a, rb, book_rows(b)));
	jsonui_write(&s->ui, m);
}
