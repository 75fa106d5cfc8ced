/* Carrying out a plan that was shown: asking, running with progress, outputs and the summary. What apply, apply FILE,
 * destroy and rollback share.
 */
#include "cmd/sessionpriv.h"

#include "cmd/jsonui.h"
#include "cmd/progress.h"
#include "cmd/signals.h"
#include "cmd/stateui.h"

#include <string.h>

/* A yes is not enough where data would be lost (semantics 20): that takes an option of its own. */
static bool data_loss_allowed(struct session *s, const struct plan *p, const char *verb)
{
	const struct change *first = NULL;
	size_t n = plan_loses_data(p, &first);
	struct str more = n > 1 ? str_fmt(&s->arena, " and %zu more", n - 1) : STR_NONE;
	struct err *e;

	if (!n || option_on(&s->opt, OPT_ALLOW_DATA_LOSS))
		return true;
	e = err_add(&s->errs, ERR_INPUT, (struct pos){0}, "%s would lose the data of %.*s%.*s; nothing was changed",
		    verb, STR_ARG(first->address), STR_ARG(more));
	err_help(&s->errs, e,
		 "keep the data with DeletionPolicy: Retain or Snapshot in the stack (apply it first), or say "
		 "--allow-data-loss");
	return false;
}

/* 0: go on. Anything else is the exit status. */
static int confirm(struct session *s, const struct plan *p, const char *verb)
{
	struct buf question;
	struct err *e;

	if (option_on(&s->opt, OPT_AUTO_APPROVE))
		return 0;
	if (s->ui.json || !option_on(&s->opt, OPT_INPUT) || !ui_can_ask()) {
		e = err_add(&s->errs, ERR_INPUT, (struct pos){0},
			    "%s asks before it changes anything, and there is nobody to ask", verb);
		if (s->command->bit == IN_ROLLBACK)
			err_help(&s->errs, e, "say -auto-approve to %s without being asked", verb);
		else
			err_help(&s->errs, e,
				 "say -auto-approve to %s without being asked, or save a plan with `drplan plan%s "
				 "-out=FILE`, review it, and apply that file with -auto-approve",
				 verb, p->destroy ? " -destroy" : "");
		return EXIT_FAILED;
	}
	buf_init(&question, 1024);
	buf_fmt(&question, "\nDo you want to %s?%s", p->destroy ? "destroy all of this" : "do this",
		p->destroy ? " It cannot be undone." : "");
	if (ui_yes(&s->ui, &question, &s->arena))
		return 0;
	if (signals_interrupted())
		return signals_status();
	err_add(&s->errs, ERR_INPUT, (struct pos){0}, "%s was cancelled; nothing was changed", verb);
	return EXIT_FAILED;
}

static struct str outcome_text(struct arena *a, const struct run_result *r)
{
	const char *what = r->outcome == RUN_ROLLED_BACK_EXCEPT ? "undone, except for what is listed" : "undone";

	switch (r->outcome) {
	case RUN_DONE:
		return STR("complete");
	case RUN_FAILED:
		if (r->kept_phase.n)
			return str_fmt(a, "failed; its phase %.*s is left as it is (apply goes on, rollback undoes it)",
				       STR_ARG(r->kept_phase));
		return STR("failed");
	case RUN_ROLLED_BACK:
	case RUN_ROLLED_BACK_EXCEPT:
		if (r->undone_phase.n)
			return str_fmt(a, "failed; its phase %.*s was %s", STR_ARG(r->undone_phase), what);
		return str_fmt(a, "failed and was %s", what);
	case RUN_INTERRUPTED:
		return STR("interrupted; run it again to go on");
	}
	return STR_NONE;
}

static void add_excepts(struct buf *b, const struct run_result *r)
{
	for (size_t i = 0; i < r->n_excepts; i++) {
		buf_cstr(b, "  except: ");
		ui_text(b, r->excepts[i]);
		buf_char(b, '\n');
	}
}

static void print_summary(struct session *s, const struct run_result *r, const char *title)
{
	struct buf b;

	buf_init(&b, UI_MAX);
	ui_colour(&b, s->ui.out_colour, UI_BOLD);
	buf_fmt(&b, "\n%s ", title);
	buf_str(&b, outcome_text(&s->arena, r));
	buf_fmt(&b, ": %zu added, %zu changed, %zu destroyed", r->created + r->replaced, r->updated,
		r->removed + r->replaced_gone);
	if (r->failed)
		buf_fmt(&b, ", %zu failed", r->failed);
	if (r->skipped)
		buf_fmt(&b, ", %zu not started", r->skipped);
	if (r->undone)
		buf_fmt(&b, ", %zu undone", r->undone);
	buf_cstr(&b, " in ");
	buf_str(&b, duration_text(&s->arena, r->elapsed_ms));
	buf_cstr(&b, ".");
	ui_colour(&b, s->ui.out_colour, UI_PLAIN);
	buf_char(&b, '\n');
	add_excepts(&b, r);
	ui_out(&s->ui, &b);
	buf_free(&b);
}

static bool print_outputs(struct session *s)
{
	struct state_output *out;
	struct buf b;
	size_t n;

	if (!state_outputs(s->state, &s->arena, &out, &n, &s->errs))
		return false;
	if (s->ui.json) {
		jsonui_outputs(&s->ui, &s->arena, out, n);
	} else if (n) {
		buf_init(&b, UI_MAX);
		buf_cstr(&b, "\nOutputs:\n");
		stateui_outputs(&b, out, n);
		ui_out(&s->ui, &b);
		buf_free(&b);
	}
	return true;
}

static int outcome_status(const struct session *s, const struct run_result *r)
{
	switch (r->outcome) {
	case RUN_DONE:
		return s->errs.errors ? session_status(s) : EXIT_DONE;
	case RUN_ROLLED_BACK_EXCEPT:
		return EXIT_UNDONE_EXCEPT;
	case RUN_INTERRUPTED:
		return signals_interrupted() ? signals_status() : EXIT_FAILED;
	case RUN_FAILED:
	case RUN_ROLLED_BACK:
		break;
	}
	return EXIT_FAILED;
}

static bool outputs_change(const struct plan *p)
{
	for (size_t i = 0; i < p->n_outputs; i++) {
		const struct value *before = p->outputs[i].before, *after = p->outputs[i].after;

		if (!before != !after || (before && !value_equal(before, after)))
			return true;
	}
	return false;
}

/* An Approval gate, asked of whoever sits there. */
static bool approve(void *ctx, struct str phase, struct str text)
{
	struct session *s = ctx;
	struct buf question;

	buf_init(&question, UI_MAX);
	buf_cstr(&question, "\nThe phase ");
	ui_text(&question, phase);
	buf_cstr(&question, " asks: ");
	ui_text(&question, text);
	return ui_yes(&s->ui, &question, &s->arena);
}

/* What --on-failure and --rollback-scope say; false: a usage error was printed. */
static bool run_policy(struct session *s, struct run_options *opt, enum on_failure *on_failure)
{
	static const char *const words[] = {[FAIL_ROLLBACK] = "rollback", [FAIL_PAUSE] = "pause", [FAIL_KEEP] = "keep"};
	struct str what = option_text(&s->opt, OPT_ON_FAILURE), scope = option_text(&s->opt, OPT_ROLLBACK_SCOPE);

	opt->whole_run = str_eqc(scope, "run");
	if (scope.n && !opt->whole_run && !str_eqc(scope, "phase")) {
		session_usage(s, "--rollback-scope is phase or run, not '%.*s'", STR_ARG(scope));
		return false;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!str_eqc(what, words[i]))
			continue;
		*on_failure = (enum on_failure)i;
		opt->on_failure = on_failure;
	}
	if (what.n && !opt->on_failure)
		session_usage(s, "--on-failure is rollback, pause or keep, not '%.*s'", STR_ARG(what));
	return !what.n || opt->on_failure;
}

int execute_plan(struct session *s, struct plan *p, const char *verb)
{
	struct run_options opt = {
	    .parallelism = (unsigned)option_number(&s->opt, OPT_PARALLELISM, 0),
	    .event = progress_event,
	    .interrupted = progress_interrupted,
	    .command = s->command->name,
	};
	struct run_result result = {0};
	enum on_failure on_failure;
	struct str *approved;
	int status;

	opt.n_approved = option_each(&s->opt, &s->arena, OPT_APPROVE, &approved);
	opt.approved = approved;
	opt.ctx = s;
	if (option_given(&s->opt, OPT_APPROVE_FILE)) {
		if (!p->digest[0])
			return session_usage(s, "--approve-file needs a saved plan: plan -out=FILE, then apply FILE");
		opt.approvals = option_text(&s->opt, OPT_APPROVE_FILE).p;
	}
	if (!s->ui.json && option_on(&s->opt, OPT_INPUT) && ui_can_ask())
		opt.approve = approve;
	if (s->rehearsal) {
		opt.event = rehearsal_event;
		opt.approve = rehearsal_approve;
	}
	if (!run_policy(s, &opt, &on_failure))
		return EXIT_USAGE;
	/* A plan without changes is still carried out: outputs may have changed, and the state learns what was read. */
	if (!p->applyable)
		return state_commit(s->state, &s->errs) ? EXIT_DONE : session_status(s);
	if (!data_loss_allowed(s, p, verb))
		return EXIT_FAILED;
	if (!plan_empty(p) || (outputs_change(p) && !p->destroy)) {
		status = confirm(s, p, verb);
		if (status)
			return status;
	}
	progress_begin(&s->ui, &s->arena);
	if (!run_plan(&s->arena, &s->env, p, &opt, &result, &s->errs) && result.outcome == RUN_DONE)
		result.outcome = RUN_FAILED;
	progress_end();
	if (s->ui.json)
		jsonui_summary(&s->ui, &s->arena, verb, &result);
	else
		print_summary(s, &result, p->destroy ? "Destroy" : "Apply");
	if (result.outcome == RUN_DONE && !p->destroy && !print_outputs(s))
		return session_status(s);
	return outcome_status(s, &result);
}

static void print_undone(struct session *s, const struct run_result *r)
{
	struct buf b;

	buf_init(&b, UI_MAX);
	buf_fmt(&b, "\nRollback %s: %zu step%s undone",
		r->outcome == RUN_ROLLED_BACK          ? "complete"
		: r->outcome == RUN_ROLLED_BACK_EXCEPT ? "complete, except for what is listed"
						       : "incomplete",
		r->undone, r->undone == 1 ? "" : "s");
	if (r->undone_phase.n) {
		buf_cstr(&b, " of phase ");
		ui_text(&b, r->undone_phase);
	}
	buf_cstr(&b, ".\n");
	add_excepts(&b, r);
	ui_out(&s->ui, &b);
	buf_free(&b);
}

int execute_undo(struct session *s)
{
	struct run_options run = {
	    .parallelism = (unsigned)option_number(&s->opt, OPT_PARALLELISM, 0),
	    .event = progress_event,
	    .interrupted = progress_interrupted,
	    .command = "rollback",
	};
	struct undo_options opt = {.run = &run};
	struct run_result result = {0};
	struct plan nothing = {0};
	enum on_failure on_failure;
	struct str *skips;
	int status;

	if (!run_policy(s, &run, &on_failure))
		return EXIT_USAGE;
	opt.n_skips = option_each(&s->opt, &s->arena, OPT_SKIP, &skips);
	opt.skips = skips;
	status = confirm(s, &nothing, "rollback");
	if (status)
		return status;
	progress_begin(&s->ui, &s->arena);
	undo_last(&s->arena, &s->env, &opt, &result, &s->errs);
	progress_end();
	if (s->ui.json)
		jsonui_undone(&s->ui, &s->arena, &result);
	else if (result.outcome != RUN_FAILED || result.undone)
		print_undone(s, &result);
	if (result.outcome == RUN_ROLLED_BACK)
		return EXIT_DONE;
	return outcome_status(s, &result);
}
