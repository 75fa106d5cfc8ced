/* drplan status: the stack at a glance, once or (--watch) again and again. Nothing is changed and
 * nothing is locked: the state is opened for reading, also while a failover runs. */
#include "cmd/surveyui.h"

#include "cmd/signals.h"

#include <poll.h>

#define AGAIN_MS 10000
#define SIGNAL_MS 200 /* a signal may come just before a pause */

static int look(struct session *s)
{
	struct survey *v;

	if (!session_open_stored(s, false))
		return session_status(s);
	v = survey_new(&s->arena, &s->env, &s->errs);
	if (!v || !status_take(v))
		return session_status(s);
	surveyui_show(s, v, "status", option_on(&s->opt, OPT_WATCH));
	return surveyui_status(v);
}

static void clear_screen(struct session *s)
{
	size_t rows, columns;
	struct buf b;

	if (s->ui.json || !ui_screen(&rows, &columns))
		return;
	buf_init(&b, 64);
	buf_cstr(&b, "\033[H\033[2J");
	ui_out(&s->ui, &b);
	buf_free(&b);
}

/* Each look is a session of its own: it sees what was applied or switched meanwhile, and leaves no
 * memory behind. */
static int look_anew(struct session *s)
{
	struct session one = {.opt = s->opt, .command = s->command, .ui = s->ui};
	int status;

	one.errs.arena = &one.arena;
	one.errs.sources = &one.sources;
	status = look(&one);
	session_close(&one);
	s->ui = one.ui;
	for (size_t i = 0; i < one.errs.n; i++)
		err_add(&s->errs, one.errs.items[i].kind, (struct pos){0}, "%.*s", STR_ARG(one.errs.items[i].message));
	arena_free(&one.arena);
	return status;
}

int cmd_status(struct session *s)
{
	int status = EXIT_DONE;

	if (!option_on(&s->opt, OPT_WATCH))
		return look(s);
	while (!signals_interrupted() && !s->errs.errors) {
		clear_screen(s);
		status = look_anew(s);
		for (int ms = 0; ms < AGAIN_MS && !signals_interrupted() && !s->errs.errors; ms += SIGNAL_MS)
			poll(NULL, 0, SIGNAL_MS);
	}
	return signals_interrupted() ? signals_status() : status;
}
