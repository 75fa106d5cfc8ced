/* drplan plan: what apply would do. Also used by apply and destroy for the first half of their work. */
#include "cmd/cmd.h"

#include "cmd/jsonui.h"
#include "cmd/planui.h"
#include "cmd/signals.h"

static void draw_pass(void *ctx, const char *pass, size_t done, size_t total)
{
	struct session *s = ctx;
	struct buf line;

	buf_init(&line, 512);
	buf_fmt(&line, "planning: %s", pass);
	if (total)
		buf_fmt(&line, " %zu/%zu", done, total);
	ui_progress(&s->ui, &line);
	buf_free(&line);
}

struct plan *plan_stack(struct session *s, struct str path)
{
	struct plan_options opt;
	struct plan *p;

	if (!session_load(s, path) || !session_open(s) || !session_mode(s))
		return NULL;
	session_plan_options(s, &opt);
	opt.progress = draw_pass;
	opt.ctx = s;
	p = plan_make(&s->arena, &s->env, &opt, &s->errs);
	ui_progress_end(&s->ui);
	if (!p || s->errs.errors || signals_interrupted())
		return NULL;
	return p;
}

void plan_show(struct session *s, const struct plan *p)
{
	struct buf b;

	recovery_show(s, p->recovered, p->n_recovered);
	if (s->ui.json) {
		jsonui_plan(&s->ui, &s->arena, p);
		return;
	}
	buf_init(&b, UI_MAX);
	planui_plan(p, &b, s->ui.out_colour);
	ui_out(&s->ui, &b);
	buf_free(&b);
}

static void print_saved(struct session *s, const char *path, const char *digest)
{
	struct buf b;

	buf_init(&b, UI_MAX);
	buf_cstr(&b, "\nSaved. To carry it out exactly as shown: drplan apply ");
	ui_text(&b, str_of(path));
	buf_fmt(&b, "\nIts digest, for --approve-file: %s\n", digest);
	if (!s->ui.json)
		ui_out(&s->ui, &b);
	buf_free(&b);
}

int cmd_plan(struct session *s)
{
	struct str out = option_text(&s->opt, OPT_OUT);
	struct plan *p;

	if (s->ui.json)
		jsonui_version(&s->ui, &s->arena);
	p = plan_stack(s, s->opt.n_args ? s->opt.args[0] : STR_NONE);
	if (!p)
		return session_status(s);
	plan_show(s, p);
	if (out.n) {
		if (!planfile_write(p, out.p, &s->errs))
			return session_status(s);
		print_saved(s, out.p, p->digest);
	}
	if (!state_commit(s->state, &s->errs))
		return session_status(s);
	if (!option_on(&s->opt, OPT_DETAILED_EXITCODE))
		return EXIT_DONE;
	return !plan_empty(p) || (p->applyable && p->n_owed) ? EXIT_CHANGES : EXIT_DONE;
}
