/* The display of runbooks; see bookui.h. The state is static for the same reason as progress.c's: a process carries out
 * one runbook, and the poll for interruption, which also moves the clock on, has no context. */
#include "cmd/bookui.h"

#include "cmd/jsonui.h"
#include "cmd/progress.h"
#include "cmd/signals.h"

#include <string.h>

enum { REDRAW_MS = 200, ACTIVE_MAX = 16 };

struct active {
	const struct book_step *step;
	struct str waiting;
	int64_t since;
};

static struct {
	struct ui *ui;
	struct arena *arena;
	const struct value *objectives;
	struct active active[ACTIVE_MAX];
	size_t n_active;
	uint32_t position, total;
	int64_t clock_ms, clock_at, drawn; /* the clock as an event told it, and when */
	bool stopped, part;
} ui_state;

/* --- the list ------------------------------------------------------------------------------------------------- */

static void add_padded(struct buf *b, struct str s, size_t width)
{
	ui_text(b, s);
	buf_pad(b, ' ', s.n < width ? width - s.n : 1);
}

static const char *failure_word(enum step_failure f)
{
	return f == FAILURE_IS_GAP ? ", goes on if it fails" : f == FAILURE_UNDOES ? ", undoes if it fails" : "";
}

static void add_step(struct buf *b, struct arena *a, const struct book_step *s, bool beside, struct str kind,
		     const struct runbook_row *row, int64_t estimate)
{
	buf_cstr(b, beside ? "  | " : "  ");
	add_padded(b, s->name, 28);
	add_padded(b, s->verb, 19);
	if (estimate >= 0)
		buf_fmt(b, "~%.*s", STR_ARG(duration_text(a, estimate)));
	else
		buf_fmt(b, "at most %.*s", STR_ARG(duration_text(a, s->timeout_ms)));
	buf_cstr(b, failure_word(s->on_failure));
	if (s->when.n && kind.n && !str_eq(s->when, kind))
		buf_fmt(b, ", left out: only when %.*s", STR_ARG(s->when));
	else if (s->when.n && !kind.n)
		buf_fmt(b, ", only when %.*s", STR_ARG(s->when));
	if (s->owner.n) {
		buf_cstr(b, ", owner ");
		ui_text(b, s->owner);
	}
	if (row && row->state.n)
		buf_fmt(b, ", %.*s", STR_ARG(row->state));
	buf_char(b, '\n');
}

void bookui_steps(struct ui *ui, struct arena *a, const struct runbook *rb, struct str kind,
		  const struct runbook_row *rows, const int64_t *estimates)
{
	struct buf b;

	if (ui->json)
		return;
	buf_init(&b, UI_MAX);
	buf_cstr(&b, "\nsteps\n");
	for (uint32_t k = 0; k < rb->n_stages; k++) {
		const struct book_stage *stage = &rb->stages[k];

		if (stage->always && (k == 0 || !rb->stages[k - 1].always))
			buf_cstr(&b, "always\n");
		for (uint32_t i = stage->first; i < stage->first + stage->n; i++)
			add_step(&b, a, &rb->steps[i], stage->n > 1, kind, rows ? &rows[i] : NULL,
				 estimates ? estimates[i] : -1);
		if (stage->stops_clock)
			buf_cstr(&b, "  ^ the RTO clock stops here\n");
	}
	ui_out(ui, &b);
	buf_free(&b);
}

/* --- the line --------------------------------------------------------------------------------------------------- */

void bookui_begin(struct ui *ui, struct arena *a, const struct value *objectives)
{
	memset(&ui_state, 0, sizeof(ui_state));
	ui_state.ui = ui;
	ui_state.arena = a;
	ui_state.objectives = objectives;
	progress_begin(ui, a);
}

void bookui_end(void)
{
	ui_progress_end(ui_state.ui);
}

void bookui_pause(void)
{
	ui_progress_end(ui_state.ui);
}

static void draw(void)
{
	int64_t now = clock_mono(&clock_system);
	int64_t clock = ui_state.stopped ? ui_state.clock_ms : ui_state.clock_ms + now - ui_state.clock_at;
	struct buf line;

	if (!ui_state.ui || !ui_state.ui->err_terminal || ui_state.part || now - ui_state.drawn < REDRAW_MS)
		return;
	ui_state.drawn = now;
	buf_init(&line, 1024);
	buf_fmt(&line, "[%u/%u] clock %lld:%02lld%s", ui_state.position, ui_state.total, (long long)(clock / 60000),
		(long long)(clock / 1000 % 60), ui_state.stopped ? " (stopped)" : "");
	for (size_t i = 0; i < ui_state.n_active; i++) {
		const struct active *x = &ui_state.active[i];

		buf_cstr(&line, i ? ", " : "  ");
		ui_text(&line, x->step->name);
		buf_fmt(&line, " %lld s", (long long)((now - x->since) / 1000));
		if (x->waiting.n) {
			buf_cstr(&line, " (");
			ui_text(&line, x->waiting);
			buf_char(&line, ')');
		}
	}
	ui_progress(ui_state.ui, &line);
	buf_free(&line);
}

bool bookui_interrupted(void)
{
	draw();
	return signals_interrupted();
}

static struct active *active_find(const struct book_step *s)
{
	for (size_t i = 0; i < ui_state.n_active; i++)
		if (ui_state.active[i].step == s)
			return &ui_state.active[i];
	return NULL;
}

static void note(const struct book_event *e)
{
	struct active *x = active_find(e->step);

	if (e->position)
		ui_state.position = e->position;
	if (e->total)
		ui_state.total = e->total;
	ui_state.clock_ms = e->clock_ms;
	ui_state.clock_at = clock_mono(&clock_system);
	ui_state.stopped |= e->kind == BOOK_CLOCK;
	ui_state.part = e->kind == BOOK_PART;
	if (e->kind == BOOK_STEP && ui_state.n_active < ACTIVE_MAX)
		ui_state.active[ui_state.n_active++] = (struct active){e->step, STR_NONE, clock_mono(&clock_system)};
	else if (e->kind == BOOK_STEP_END && x)
		*x = ui_state.active[--ui_state.n_active];
	else if (e->kind == BOOK_WAITING && x)
		x->waiting = str_dup(ui_state.arena, e->text);
}

/* --- events ----------------------------------------------------------------------------------------------------- */

static struct str clock_text(int64_t ms)
{
	return duration_text(ui_state.arena, ms);
}

static bool is_good(struct str state)
{
	return str_eqc(state, "done") || str_eqc(state, "skipped") || str_eqc(state, "undone");
}

/* Nobody sits here: how somebody elsewhere says yes. */
static void add_asked(struct buf *b, const struct book_event *e, bool colour)
{
	ui_colour(b, colour, UI_YELLOW);
	buf_cstr(b, "  asks    ");
	ui_colour(b, colour, UI_PLAIN);
	ui_text(b, e->name);
	buf_cstr(b, "  ");
	ui_text(b, e->text);
	buf_fmt(b, "\n          within %.*s this line in the file ", STR_ARG(clock_text(e->limit_ms)));
	ui_text(b, e->file);
	buf_cstr(b, " says yes:\n          ");
	ui_text(b, e->line);
	buf_char(b, '\n');
}

static void add_event(struct buf *b, const struct book_event *e, bool colour)
{
	switch (e->kind) {
	case BOOK_CHECK:
		ui_colour(b, colour, e->held ? UI_GREEN : str_eqc(e->state, "red") ? UI_RED : UI_YELLOW);
		buf_cstr(b, "  ");
		add_padded(b, e->state, 8);
		ui_colour(b, colour, UI_PLAIN);
		ui_text(b, e->name);
		break;
	case BOOK_STEP_END:
		buf_fmt(b, "  %3lld:%02lld  ", (long long)(e->clock_ms / 60000), (long long)(e->clock_ms / 1000 % 60));
		ui_colour(b, colour, is_good(e->state) ? UI_GREEN : str_eqc(e->state, "gap") ? UI_YELLOW : UI_RED);
		add_padded(b, str_eqc(e->state, "started") ? STR("interrupted") : e->state, 8);
		ui_colour(b, colour, UI_PLAIN);
		ui_text(b, e->name);
		buf_fmt(b, "  %.*s", STR_ARG(clock_text(e->elapsed_ms)));
		break;
	case BOOK_MEASURED:
		buf_fmt(b, "  RPO %.*s s, measured before anything changed\n", STR_ARG(e->text));
		return;
	case BOOK_CLOCK:
		buf_fmt(b, "  the RTO clock stops at %.*s\n", STR_ARG(clock_text(e->clock_ms)));
		return;
	case BOOK_ASKED:
		add_asked(b, e, colour);
		return;
	case BOOK_REPORT:
		buf_cstr(b, "  report  ");
		ui_text(b, e->text);
		buf_char(b, '\n');
		return;
	case BOOK_STEP:
	case BOOK_WAITING:
	case BOOK_PART:
		return;
	}
	if (e->text.n) {
		buf_cstr(b, "  ");
		ui_text(b, e->text);
	}
	buf_char(b, '\n');
}

static void set(struct value *m, const char *key, struct value *v)
{
	value_set(ui_state.arena, m, str_of(key), (struct pos){0}, v);
}

static void set_text(struct value *m, const char *key, struct str s)
{
	set(m, key, value_string(ui_state.arena, (struct pos){0}, str_dup(ui_state.arena, s)));
}

static void json_event(const struct book_event *e)
{
	static const char *const types[] = {
	    [BOOK_CHECK] = "preflight",        [BOOK_STEP] = "step_start",   [BOOK_WAITING] = "step_waiting",
	    [BOOK_ASKED] = "approval_awaited", [BOOK_REPORT] = "report", [BOOK_STEP_END] = "step_end", [BOOK_MEASURED] = "rpo",
	    [BOOK_CLOCK] = "clock_stopped"};
	struct arena *a = ui_state.arena;
	struct value *m = jsonui_message(a, types[e->kind], e->name.n ? e->name : e->text);

	if (e->kind == BOOK_CHECK) {
		set_text(m, "check", e->name);
		set(m, "held", value_bool(a, (struct pos){0}, e->held));
		set_text(m, "state", e->state);
	} else if (e->step) {
		if (e->kind == BOOK_ASKED) {
			set_text(m, "file", e->file);
			set_text(m, "line", e->line);
			set(m, "limit_ms", value_int(a, (struct pos){0}, e->limit_ms));
		}
		set_text(m, "step", e->step->name);
		set_text(m, "verb", e->step->verb);
		set_text(m, "state", e->state);
		set(m, "elapsed_ms", value_int(a, (struct pos){0}, e->elapsed_ms));
	}
	set(m, "clock_ms", value_int(a, (struct pos){0}, e->clock_ms));
	set_text(m, "detail", e->text);
	jsonui_write(ui_state.ui, m);
}

void bookui_event(void *ctx, const struct book_event *e)
{
	struct buf b;

	(void)ctx;
	note(e);
	if (e->kind == BOOK_PART) {
		progress_event(NULL, e->run);
		return;
	}
	if (ui_state.ui->json) {
		json_event(e);
		return;
	}
	buf_init(&b, 1 << 16);
	add_event(&b, e, ui_state.ui->err_colour);
	if (b.n)
		ui_note(ui_state.ui, &b);
	buf_free(&b);
	draw();
}

/* --- the end ---------------------------------------------------------------------------------------------------- */

static const char *outcome_word(enum book_outcome o)
{
	static const char *const words[] = {[BOOK_DONE] = "done",
					    [BOOK_FAILED] = "failed; --resume goes on with it",
					    [BOOK_UNDONE] = "failed; what its steps changed was put back",
					    [BOOK_UNDONE_EXCEPT] = "failed; put back, except for what is listed",
					    [BOOK_INTERRUPTED] = "interrupted; --resume goes on with it"};

	return words[o];
}

static void add_objective(struct buf *b, const char *name, const struct value *objectives, int64_t ms)
{
	int64_t limit;
	const struct value *v = value_getc(objectives, name);

	if (!v || !str_duration(value_text(v), &limit))
		return;
	buf_fmt(b, " (%s %.*s)", ms <= limit ? "within" : "MISSES the objective", STR_ARG(value_text(v)));
}

/* "0.25" in milliseconds; false: it is no such number. */
static bool seconds_ms(struct str seconds, int64_t *ms)
{
	struct str whole, rest = seconds;
	int64_t n, part = 0;

	if (!str_cut(&rest, '.', &whole) || !str_int(whole, 0, INT32_MAX, &n))
		return false;
	rest = str_sub(rest, 0, 3);
	if (rest.n && !str_int(rest, 0, 999, &part))
		return false;
	for (size_t i = rest.n; rest.n && i < 3; i++)
		part *= 10;
	*ms = n * 1000 + part;
	return true;
}

static void add_times(struct buf *b, struct arena *a, const struct runbook_run *run)
{
	const struct value *objectives = value_getc(run->info, "objectives");
	int64_t ms;

	if (run->rto_ms >= 0) {
		buf_fmt(b, "RTO %.*s", STR_ARG(duration_text(a, run->rto_ms)));
		add_objective(b, "RTO", objectives, run->rto_ms);
		buf_char(b, '\n');
	}
	if (run->rpo.n) {
		buf_fmt(b, "RPO %.*s s", STR_ARG(run->rpo));
		if (seconds_ms(run->rpo, &ms))
			add_objective(b, "RPO", objectives, ms);
		buf_char(b, '\n');
	}
}

static size_t count_state(const struct runbook *rb, const struct runbook_row *rows, const char *state)
{
	size_t n = 0;

	for (uint32_t i = 0; i < rb->n; i++)
		n += str_eqc(rows[i].state, state);
	return n;
}

static void json_summary(struct ui *ui, struct arena *a, const struct runbook_run *run)
{
	struct value *m = jsonui_message(a, "runbook_summary", run->outcome);

	ui_state.arena = a;
	set_text(m, "runbook", run->runbook);
	set_text(m, "kind", run->kind);
	set(m, "run", value_int(a, (struct pos){0}, run->id));
	set_text(m, "outcome", run->outcome);
	set(m, "rto_ms",
	    run->rto_ms >= 0 ? value_int(a, (struct pos){0}, run->rto_ms) : value_null(a, (struct pos){0}));
	set(m, "rpo_seconds", run->rpo.n ? value_number(a, (struct pos){0}, run->rpo) : value_null(a, (struct pos){0}));
	jsonui_write(ui, m);
}

void bookui_summary(struct ui *ui, struct arena *a, const struct runbook *rb, const struct runbook_run *run,
		    const struct runbook_row *rows, enum book_outcome outcome)
{
	const struct value *excepts = value_getc(run->info, "excepts");
	size_t gaps = count_state(rb, rows, "gap");
	struct buf b;

	if (ui->json) {
		json_summary(ui, a, run);
		return;
	}
	buf_init(&b, UI_MAX);
	ui_colour(&b, ui->out_colour, UI_BOLD);
	buf_fmt(&b, "\n%.*s %s (run %lld)", STR_ARG(rb->name), outcome_word(outcome), (long long)run->id);
	ui_colour(&b, ui->out_colour, UI_PLAIN);
	buf_char(&b, '\n');
	add_times(&b, a, run);
	if (gaps)
		buf_fmt(&b, "%zu step%s failed and left a gap:\n", gaps, gaps == 1 ? "" : "s");
	for (uint32_t i = 0; i < rb->n; i++) {
		if (!str_eqc(rows[i].state, "gap"))
			continue;
		buf_cstr(&b, "  ");
		ui_text(&b, rows[i].name);
		buf_cstr(&b, ": ");
		ui_text(&b, rows[i].detail);
		buf_char(&b, '\n');
	}
	for (size_t i = 0; i < value_count(excepts); i++) {
		buf_cstr(&b, "  except: ");
		ui_text(&b, value_text(value_at(excepts, i)));
		buf_char(&b, '\n');
	}
	ui_out(ui, &b);
	buf_free(&b);
}
