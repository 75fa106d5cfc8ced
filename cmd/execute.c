/* Carrying out a plan that was shown: asking, running with progress, outputs and the summary. What apply, apply FILE
 * and destroy share.
 */
#include "cmd/cmd.h"

#include "cmd/jsonui.h"
#include "cmd/progress.h"
#include "cmd/signals.h"
#include "cmd/stateui.h"

#include <string.h>

/* 0: go on. Anything else is the exit status. */
static int confirm(struct session *s, const struct plan *p, const char *verb)
{
	struct str answer = STR_NONE;
	struct buf question;
	struct err *e;

	if (option_on(&s->opt, OPT_AUTO_APPROVE))
		return 0;
	if (s->ui.json || !option_on(&s->opt, OPT_INPUT) || !ui_can_ask()) {
		e = err_add(&s->errs, ERR_INPUT, (struct pos){0},
			    "%s asks before it changes anything, and there is nobody to ask", verb);
		err_help(&s->errs, e,
			 "say -auto-approve to %s without being asked, or save a plan with `drplan plan -out=FILE`, "
			 "review it, and %s that file with -auto-approve",
			 verb, strcmp(verb, "destroy") ? verb : "apply");
		return EXIT_FAILED;
	}
	buf_init(&question, 1024);
	buf_fmt(&question, "\nDo you want to %s? %sOnly 'yes' is taken for a yes: ",
		p->destroy ? "destroy all of this" : "do this", p->destroy ? "It cannot be undone. " : "");
	if (!ui_ask(&s->ui, &question, &s->arena, &answer) && signals_interrupted()) {
		buf_free(&question);
		return signals_status();
	}
	buf_free(&question);
	if (str_eqc(answer, "yes"))
		return 0;
	err_add(&s->errs, ERR_INPUT, (struct pos){0}, "%s was cancelled; nothing was changed", verb);
	return EXIT_FAILED;
}

static const char *outcome_text(const struct run_result *r)
{
	switch (r->outcome) {
	case RUN_DONE:
		return "complete";
	case RUN_FAILED:
		return "failed";
	case RUN_ROLLED_BACK:
		return "failed and was undone";
	case RUN_ROLLED_BACK_EXCEPT:
		return "failed and was undone, except for what is listed";
	case RUN_INTERRUPTED:
		return "interrupted; run it again to go on";
	}
	return "";
}

static void print_summary(struct session *s, const struct run_result *r, const char *title)
{
	struct buf b;

	buf_init(&b, 4096);
	ui_colour(&b, s->ui.out_colour, UI_BOLD);
	buf_fmt(&b, "\n%s %s: %zu added, %zu changed, %zu destroyed", title, outcome_text(r), r->created + r->replaced,
		r->updated, r->removed + r->replaced);
	if (r->failed)
		buf_fmt(&b, ", %zu failed", r->failed);
	if (r->skipped)
		buf_fmt(&b, ", %zu not started", r->skipped);
	buf_cstr(&b, " in ");
	buf_str(&b, duration_text(&s->arena, r->elapsed_ms));
	buf_cstr(&b, ".");
	ui_colour(&b, s->ui.out_colour, UI_PLAIN);
	buf_char(&b, '\n');
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

int execute_plan(struct session *s, struct plan *p, const char *verb)
{
	struct run_options opt = {
	    .parallelism = (unsigned)option_number(&s->opt, OPT_PARALLELISM, 0),
	    .event = progress_event,
	    .interrupted = progress_interrupted,
	    .command = s->command->name,
	};
	struct run_result result = {0};
	int status;

	/* A plan without changes is still carried out: outputs may have changed, and the state learns what was read. */
	if (!p->applyable)
		return state_commit(s->state, &s->errs) ? EXIT_DONE : session_status(s);
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
