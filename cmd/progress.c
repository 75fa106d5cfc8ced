/* Progress; see progress.h. The state is static: a process carries out one run, and the run's poll for interruption,
 * which also drives the redraw, has no context of its own.
 */
#include "cmd/progress.h"

#include "cmd/jsonui.h"
#include "cmd/planui.h"
#include "cmd/signals.h"

#include <string.h>

enum { REDRAW_MS = 100, ACTIVE_MAX = 64, NAMED_MAX = 3 };

struct active { /* a step under way */
	const struct change *change;
	enum action action;
	struct str waiting;
	int64_t since;
};

static struct {
	struct ui *ui;
	struct arena *arena;
	struct str phase;
	size_t done, total;
	struct active active[ACTIVE_MAX];
	size_t n_active;
	int64_t drawn;
} progress;

void progress_begin(struct ui *ui, struct arena *a)
{
	memset(&progress, 0, sizeof(progress));
	progress.ui = ui;
	progress.arena = a;
}

void progress_end(void)
{
	ui_progress_end(progress.ui);
	progress.n_active = 0;
}

static void draw(void)
{
	int64_t now = clock_mono(&clock_system);
	struct buf line;

	if (!progress.ui->err_terminal || now - progress.drawn < REDRAW_MS)
		return;
	progress.drawn = now;
	buf_init(&line, 1024);
	buf_fmt(&line, "%.*s %zu/%zu", STR_ARG(progress.phase), progress.done, progress.total);
	for (size_t i = 0; i < progress.n_active && i < NAMED_MAX; i++) {
		const struct active *x = &progress.active[i];

		buf_cstr(&line, i ? ", " : "  waiting for ");
		ui_text(&line, x->change->address);
		if (x->waiting.n) {
			buf_cstr(&line, " (");
			ui_text(&line, x->waiting);
			buf_char(&line, ')');
		}
		buf_fmt(&line, " %lld s", (long long)((now - x->since) / 1000));
	}
	if (progress.n_active > NAMED_MAX)
		buf_fmt(&line, " and %zu more", progress.n_active - NAMED_MAX);
	ui_progress(progress.ui, &line);
	buf_free(&line);
}

bool progress_interrupted(void)
{
	draw();
	return signals_interrupted();
}

static struct active *find_active(const struct run_event *e)
{
	for (size_t i = 0; i < progress.n_active; i++)
		if (progress.active[i].change == e->change && progress.active[i].action == e->action)
			return &progress.active[i];
	return NULL;
}

static void note_active(const struct run_event *e)
{
	struct active *x = find_active(e);

	if (e->kind == RUN_OK || e->kind == RUN_ERROR) {
		if (x)
			*x = progress.active[--progress.n_active];
		return;
	}
	if (!x && progress.n_active < ACTIVE_MAX) {
		x = &progress.active[progress.n_active++];
		*x = (struct active){e->change, e->action, STR_NONE, clock_mono(&clock_system) - e->elapsed_ms};
	}
	/* The event's text lives as long as the event: the line is drawn later. */
	if (x && e->kind == RUN_WAITING)
		x->waiting = str_dup(progress.arena, e->text);
}

static const char *done_word(enum action action)
{
	static const char *const words[ACT_COUNT] = {
	    [ACT_NONE] = "unchanged", [ACT_CREATE] = "created", [ACT_UPDATE] = "updated",   [ACT_REPLACE] = "replaced",
	    [ACT_DELETE] = "deleted", [ACT_READ] = "read",      [ACT_FORGET] = "forgotten",
	};

	return words[action];
}

static const char *failed_word(enum action action)
{
	static const char *const words[ACT_COUNT] = {
	    [ACT_NONE] = "step",     [ACT_CREATE] = "create", [ACT_UPDATE] = "update", [ACT_REPLACE] = "replacement",
	    [ACT_DELETE] = "delete", [ACT_READ] = "read",     [ACT_FORGET] = "forget",
	};

	return words[action];
}

static void add_step(struct buf *b, const struct run_event *e, bool colour)
{
	struct change step = *e->change;

	step.action = e->action;
	buf_cstr(b, "  ");
	ui_colour(b, colour, e->kind == RUN_ERROR ? UI_RED : planui_colour(e->action));
	buf_cstr(b, e->kind == RUN_ERROR ? "!" : planui_symbol(&step));
	ui_colour(b, colour, UI_PLAIN);
	buf_char(b, ' ');
	ui_text(b, e->change->address);
	if (e->kind == RUN_ERROR)
		buf_fmt(b, ": %s failed", failed_word(e->action));
	else
		buf_fmt(b, " %s%s", e->kind == RUN_UNDO ? "undone: " : "", done_word(e->action));
	if (e->text.n) {
		buf_cstr(b, e->kind == RUN_ERROR ? ": " : "  ");
		ui_text(b, e->text);
	}
	ui_colour(b, colour, UI_DIM);
	buf_cstr(b, "  ");
	buf_str(b, duration_text(progress.arena, e->elapsed_ms));
	ui_colour(b, colour, UI_PLAIN);
	buf_char(b, '\n');
}

static void add_line(struct buf *b, const struct run_event *e, bool colour)
{
	switch (e->kind) {
	case RUN_PHASE_BEGIN:
	case RUN_PHASE_END:
		ui_colour(b, colour, UI_CYAN);
		buf_cstr(b, "phase ");
		ui_text(b, e->phase);
		ui_colour(b, colour, UI_PLAIN);
		if (e->kind == RUN_PHASE_END)
			buf_fmt(b, " done: %zu of %zu", e->done, e->total);
		buf_char(b, '\n');
		break;
	case RUN_GATE:
		buf_cstr(b, "  gate ");
		ui_text(b, e->text);
		buf_char(b, '\n');
		break;
	case RUN_OK:
	case RUN_ERROR:
	case RUN_UNDO:
		if (e->change)
			add_step(b, e, colour);
		break;
	case RUN_START:
	case RUN_WAITING:
		break;
	}
}

void progress_event(void *ctx, const struct run_event *e)
{
	struct buf b;

	(void)ctx;
	if (progress.ui->json) {
		jsonui_event(progress.ui, progress.arena, e);
		return;
	}
	progress.done = e->done;
	progress.total = e->total;
	if (e->phase.n)
		progress.phase = e->phase;
	if (e->change)
		note_active(e);
	buf_init(&b, 1 << 16);
	add_line(&b, e, progress.ui->err_colour);
	if (b.n)
		ui_note(progress.ui, &b);
	buf_free(&b);
	draw();
}
