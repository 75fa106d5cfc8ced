/* Carrying out a runbook: which one and in what kind, its preflight and steps shown, one question, the run, the
 * summary. What failover, failback, drill and `runbook run` share.
 */
#include "cmd/bookui.h"
#include "cmd/jsonui.h"
#include "cmd/sessionpriv.h"
#include "cmd/signals.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

enum { ESTIMATES_FROM = 20 }; /* earlier runs that are looked at */

/* --- who, what, how --------------------------------------------------------------------------------------------- */

static struct str operator_name(struct arena *a)
{
	char host[256] = "";
	const struct passwd *p = getpwuid(getuid());
	struct str user = str_of(getenv("DRPLAN_OPERATOR"));

	if (!user.n)
		user = p ? str_of(p->pw_name) : str_fmt(a, "%ld", (long)getuid());
	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = 0;
	return str_fmt(a, "%.*s@%s", STR_ARG(user), host);
}

static struct str state_folder(const struct session *s)
{
	size_t n = s->state_path.n;

	while (n && s->state_path.p[n - 1] != '/')
		n--;
	return str_sub(s->state_path, 0, n);
}

/* The kind of the failover that is in force: what a failback undoes. */
static struct str last_kind(struct session *s, struct str runbook)
{
	struct runbook_run *runs;
	size_t n;

	if (!state_runbooks(s->state, &s->arena, SIZE_MAX, &runs, &n, &s->errs))
		return STR_NONE;
	for (size_t i = 0; i < n; i++)
		if (str_eq(runs[i].runbook, runbook) && !str_eqc(runs[i].outcome, "abandoned"))
			return runs[i].kind;
	return STR_NONE;
}

static bool ask_kind(struct session *s, struct str *kind)
{
	struct str answer = STR_NONE;
	struct buf question;

	if (s->ui.json || !option_on(&s->opt, OPT_INPUT) || !ui_can_ask())
		return false;
	buf_init(&question, 1024);
	buf_cstr(&question,
		 "Is this planned (both sides are there, nothing may be lost) or unplanned (the side that is left "
		 "may be dead)? ");
	ui_ask(&s->ui, &question, &s->arena, &answer);
	buf_free(&question);
	*kind = answer;
	return str_eqc(answer, "planned") || str_eqc(answer, "unplanned");
}

/* 0: go on; else the exit status. */
static int choose_kind(struct session *s, const struct runbook *rb, struct str *kind)
{
	bool planned = option_on(&s->opt, OPT_PLANNED), unplanned = option_on(&s->opt, OPT_UNPLANNED);

	*kind = planned ? STR("planned") : unplanned ? STR("unplanned") : STR_NONE;
	if (planned && unplanned)
		return session_usage(s, "it is --planned or --unplanned, not both");
	if (kind->n || option_on(&s->opt, OPT_RESUME))
		return 0;
	if (str_eqc(rb->name, "failback"))
		*kind = last_kind(s, STR("failover"));
	if (kind->n || (!rb->asks_kind && !str_eqc(rb->name, "failover")))
		return 0;
	if (str_eqc(rb->name, "drill") || str_eqc(rb->name, "failback")) {
		*kind = STR("planned");
		return 0;
	}
	return ask_kind(s, kind) ? 0 : session_usage(s, "say --planned or --unplanned: there is no default");
}

static bool direction_fits(struct session *s, const struct runbook *rb)
{
	struct str to = option_text(&s->opt, OPT_TO), mode = s->stack->mode;

	if (to.n && !str_eq(to, rb->to)) {
		err_at(&s->errs, rb->pos, "the runbook %.*s leads to '%.*s', not to '%.*s'", STR_ARG(rb->name),
		       STR_ARG(rb->to), STR_ARG(to));
		return false;
	}
	if (!rb->leads_to.n || !str_eq(mode, rb->leads_to))
		return true;
	err_at(&s->errs, rb->pos, "the stack is in mode %.*s already, production runs in %.*s", STR_ARG(mode),
	       STR_ARG(s->stack->active));
	return false;
}

/* --- what is shown ---------------------------------------------------------------------------------------------- */

/* How long each step took the last time that it was done. */
static int64_t *estimates_of(struct session *s, const struct runbook *rb)
{
	struct arena *a = &s->arena;
	int64_t *out = arena_array(a, rb->n + 1u, sizeof(out[0]));
	struct runbook_run *runs;
	size_t n_runs;

	for (uint32_t i = 0; i < rb->n; i++)
		out[i] = -1;
	if (!state_runbooks(s->state, a, ESTIMATES_FROM, &runs, &n_runs, &s->errs))
		return out;
	for (size_t r = 0; r < n_runs; r++) {
		struct runbook_row *rows;
		size_t n;

		if (!str_eq(runs[r].runbook, rb->name) ||
		    !state_runbook_steps(s->state, a, runs[r].id, &rows, &n, &s->errs))
			continue;
		for (size_t k = 0; k < n; k++)
			for (uint32_t i = 0; i < rb->n; i++)
				if (out[i] < 0 && str_eq(rb->steps[i].name, rows[k].name) &&
				    str_eqc(rows[k].state, "done"))
					out[i] = rows[k].ended_ms - rows[k].started_ms;
	}
	return out;
}

static void print_head(struct session *s, const struct runbook *rb, const struct book *b)
{
	const struct runbook_run *run = book_journal(b);
	struct buf out;

	if (s->ui.json)
		return;
	buf_init(&out, UI_MAX);
	ui_colour(&out, s->ui.out_colour, UI_BOLD);
	ui_text(&out, rb->name);
	ui_colour(&out, s->ui.out_colour, UI_PLAIN);
	if (run->kind.n)
		buf_fmt(&out, ", %.*s", STR_ARG(run->kind));
	if (rb->from.n || rb->to.n)
		buf_fmt(&out, ": %.*s%s%.*s", STR_ARG(rb->from), rb->from.n && rb->to.n ? " to " : "", STR_ARG(rb->to));
	if (book_resumes(b))
		buf_fmt(&out, "; goes on with run %lld", (long long)run->id);
	buf_fmt(&out, "\nstack %.*s as it was applied last; mode %.*s, production in %.*s\n", STR_ARG(s->stack->name),
		STR_ARG(s->stack->mode), STR_ARG(s->stack->active));
	if (rb->preflight && !book_resumes(b))
		buf_cstr(&out, "\npreflight\n");
	ui_out(&s->ui, &out);
	buf_free(&out);
}

/* 0: go on. */
static int confirm(struct session *s, const struct runbook *rb)
{
	struct buf question;
	struct err *e;

	if (option_on(&s->opt, OPT_AUTO_APPROVE) || s->provider->rehearsal)
		return 0;
	if (s->ui.json || !option_on(&s->opt, OPT_INPUT) || !ui_can_ask()) {
		e = err_add(&s->errs, ERR_INPUT, (struct pos){0},
			    "%.*s asks before it changes anything, and there is nobody to ask", STR_ARG(rb->name));
		err_help(&s->errs, e, "-auto-approve carries it out without being asked");
		return EXIT_FAILED;
	}
	buf_init(&question, 1024);
	buf_fmt(&question, "\nCarry out %.*s?", STR_ARG(rb->name));
	bool yes = ui_yes(&s->ui, &question, &s->arena);
	if (signals_interrupted())
		return signals_status();
	if (yes)
		return 0;
	err_add(&s->errs, ERR_INPUT, (struct pos){0}, "%.*s was cancelled; nothing was changed", STR_ARG(rb->name));
	return EXIT_FAILED;
}

/* --- the run ---------------------------------------------------------------------------------------------------- */

static bool approve(void *ctx, struct str step, struct str text)
{
	struct session *s = ctx;
	struct buf question;

	bookui_pause();
	buf_init(&question, UI_MAX);
	buf_cstr(&question, "\n");
	ui_text(&question, step);
	buf_cstr(&question, " asks: ");
	ui_text(&question, text);
	return ui_yes(&s->ui, &question, &s->arena);
}

/* After a signal the old provider starts nothing any more. */
static bool reopen(void *ctx, struct plan_env *env)
{
	struct session *s = ctx;

	provider_close(s->provider);
	s->provider = NULL;
	env->provider = NULL;
	if (!session_provider(s))
		return false;
	env->provider = s->provider;
	return true;
}

static int outcome_status(const struct session *s, enum book_outcome o)
{
	switch (o) {
	case BOOK_DONE:
		return s->errs.errors ? EXIT_FAILED : EXIT_DONE;
	case BOOK_UNDONE_EXCEPT:
		return EXIT_UNDONE_EXCEPT;
	case BOOK_INTERRUPTED:
		return signals_interrupted() ? signals_status() : EXIT_FAILED;
	case BOOK_FAILED:
	case BOOK_UNDONE:
		break;
	}
	return EXIT_FAILED;
}

static int carry_out(struct session *s, const struct runbook *rb, struct book *b)
{
	bool green;
	int status;

	print_head(s, rb, b);
	green = book_preflight(b);
	if (signals_interrupted())
		return signals_status();
	bookui_steps(&s->ui, &s->arena, rb, book_journal(b)->kind, book_rows(b), estimates_of(s, rb));
	if (!green && !option_on(&s->opt, OPT_FORCE)) {
		struct err *e =
		    err_at(&s->errs, rb->pos, "the preflight of %.*s is red; nothing was changed", STR_ARG(rb->name));

		err_help(&s->errs, e, "mend what is red, or say --force");
		return EXIT_FAILED;
	}
	status = confirm(s, rb);
	if (status)
		return status;
	enum book_outcome outcome = book_run(b);
	bookui_end();
	if (s->provider->rehearsal)
		rehearsal_summary(s, rb, b, outcome);
	else
		bookui_summary(&s->ui, &s->arena, rb, book_journal(b), book_rows(b), outcome);
	return outcome_status(s, outcome);
}

int book_command(struct session *s, struct str name)
{
	if (s->ui.json)
		jsonui_version(&s->ui, &s->arena);
	return session_open_stored(s, true) ? book_opened(s, name) : session_status(s);
}

int book_opened(struct session *s, struct str name)
{
	bool rehearsal = s->provider->rehearsal;
	struct arena *a = &s->arena;
	struct stored source = {0};
	struct book_options opt = {
	    .source = &source, .event = bookui_event, .interrupted = bookui_interrupted, .ctx = s};
	struct str *approved;
	struct runbook *rb;
	struct book *b;
	int status;

	if (!session_source(s, &source))
		return session_status(s);
	rb = runbook_read(a, s->stack, name, &s->errs);
	if (!rb || !runbook_supported(rb, s->provider, &s->errs))
		return session_status(s);
	status = choose_kind(s, rb, &opt.kind);
	if (status)
		return status;
	opt.resume = option_on(&s->opt, OPT_RESUME);
	opt.forced = option_on(&s->opt, OPT_FORCE);
	opt.control_plane = option_on(&s->opt, OPT_ALLOW_CONTROL_PLANE);
	opt.operated_by = operator_name(a);
	opt.folder = state_folder(s);
	opt.reopen = rehearsal ? NULL : reopen;
	opt.n_approved = option_each(&s->opt, a, OPT_APPROVE, &approved);
	opt.approved = approved;
	if (option_given(&s->opt, OPT_APPROVE_FILE))
		opt.approvals = option_text(&s->opt, OPT_APPROVE_FILE).p;
	else if (rehearsal)
		opt.approve = rehearsal_approve;
	else if (!s->ui.json && option_on(&s->opt, OPT_INPUT) && ui_can_ask())
		opt.approve = approve;
	else
		opt.approvals = str_cat(a, opt.folder, STR("approvals")).p;
	bookui_begin(&s->ui, a, s->stack->objectives);
	b = book_new(a, &s->env, rb, &opt, &s->errs);
	if (!b || (!book_resumes(b) && !direction_fits(s, rb)))
		return session_status(s);
	status = carry_out(s, rb, b);
	return s->errs.errors && status == EXIT_DONE ? session_status(s) : status;
}
