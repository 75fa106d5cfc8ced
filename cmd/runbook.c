/* drplan runbook: lists, shows, checks and carries out the runbooks of the stack as it was applied last. */
#include "cmd/bookui.h"
#include "cmd/cmd.h"
#include "cmd/jsonui.h"

#include "base/json.h"

/* --- as one document ---------------------------------------------------------------------------------------------- */

static struct value *steps_json(struct arena *a, const struct runbook *rb)
{
	static const char *const failures[] = {
	    [FAILURE_STOPS] = "stop", [FAILURE_IS_GAP] = "continue", [FAILURE_UNDOES] = "undo"};
	struct value *list = value_list(a, (struct pos){0});

	for (uint32_t k = 0; k < rb->n_stages; k++) {
		const struct book_stage *stage = &rb->stages[k];

		for (uint32_t i = stage->first; i < stage->first + stage->n; i++) {
			const struct book_step *s = &rb->steps[i];
			struct value *m = value_map(a, (struct pos){0});

			value_put_text(a, m, "name", s->name);
			value_put_text(a, m, "verb", s->verb);
			value_put(a, m, "stage", value_int(a, (struct pos){0}, k));
			value_put(a, m, "always", value_bool(a, (struct pos){0}, stage->always));
			value_put(a, m, "stops_clock", value_bool(a, (struct pos){0}, stage->stops_clock));
			value_put(a, m, "timeout_ms", value_int(a, (struct pos){0}, s->timeout_ms));
			value_put_text(a, m, "on_failure", str_of(failures[s->on_failure]));
			value_put_text(a, m, "when", s->when);
			value_put_text(a, m, "owner", s->owner);
			value_append(a, list, m);
		}
	}
	return list;
}

static struct value *runbook_json(struct arena *a, const struct runbook *rb)
{
	struct value *m = value_map(a, (struct pos){0});

	value_put_text(a, m, "name", rb->name);
	value_put_text(a, m, "description", rb->description);
	value_put_text(a, m, "from", rb->from);
	value_put_text(a, m, "to", rb->to);
	value_put_text(a, m, "mode", rb->leads_to);
	value_put_text(a, m, "schedule", rb->schedule);
	value_put(a, m, "steps", steps_json(a, rb));
	return m;
}

/* --- for people --------------------------------------------------------------------------------------------------- */

static void add_runbook(struct buf *b, const struct runbook *rb)
{
	ui_text(b, rb->name);
	buf_pad(b, ' ', rb->name.n < 16 ? 16 - rb->name.n : 1);
	buf_fmt(b, "%u step%s", rb->n, rb->n == 1 ? "" : "s");
	if (rb->to.n)
		buf_fmt(b, ", %.*s%sto %.*s", STR_ARG(rb->from), rb->from.n ? " " : "", STR_ARG(rb->to));
	if (rb->schedule.n) {
		buf_cstr(b, ", ");
		ui_text(b, rb->schedule);
	}
	if (rb->description.n) {
		buf_cstr(b, ": ");
		ui_text(b, rb->description);
	}
	buf_char(b, '\n');
}

static int list(struct session *s)
{
	const struct value *all = s->stack->runbooks;
	struct value *document = value_list(&s->arena, (struct pos){0});
	struct buf b;

	buf_init(&b, UI_MAX);
	for (size_t i = 0; i < value_count(all); i++) {
		struct runbook *rb = runbook_read(&s->arena, s->stack, all->map.items[i].key, &s->errs);

		add_runbook(&b, rb);
		value_append(&s->arena, document, runbook_json(&s->arena, rb));
	}
	if (!value_count(all))
		buf_cstr(&b, "The stack has no runbooks.\n");
	if (!s->ui.json)
		ui_out(&s->ui, &b);
	buf_free(&b);
	if (s->ui.json)
		ui_json(&s->ui, document);
	return EXIT_DONE;
}

static int show(struct session *s, struct str name)
{
	struct runbook *rb = runbook_read(&s->arena, s->stack, name, &s->errs);

	if (!rb)
		return EXIT_FAILED;
	if (s->ui.json)
		ui_json(&s->ui, runbook_json(&s->arena, rb));
	else
		bookui_steps(&s->ui, &s->arena, rb, STR_NONE, NULL, NULL);
	return EXIT_DONE;
}

static bool validate_one(struct session *s, struct str name)
{
	struct runbook *rb = runbook_read(&s->arena, s->stack, name, &s->errs);

	return rb && runbook_supported(rb, s->provider, &s->errs);
}

static int validate(struct session *s, struct str name)
{
	const struct value *all = s->stack->runbooks;
	struct buf b;
	bool ok = name.n ? validate_one(s, name) : true;

	for (size_t i = 0; !name.n && i < value_count(all); i++)
		ok &= validate_one(s, all->map.items[i].key);
	if (!ok)
		return EXIT_FAILED;
	buf_init(&b, 256);
	buf_cstr(&b, s->ui.json ? "{\"valid\": true}\n" : "Every step and check can be carried out.\n");
	ui_out(&s->ui, &b);
	buf_free(&b);
	return EXIT_DONE;
}

static int abandon(struct session *s, struct str id)
{
	int64_t run;

	if (!str_int(id, 1, INT64_MAX, &run))
		return session_usage(s, "abandon takes the number of a run, not '%.*s'", STR_ARG(id));
	if (!session_write_state(s) || !book_abandon(&s->arena, s->state, run, &s->errs))
		return session_status(s);
	return EXIT_DONE;
}

/* The machine, or with --iam-policy what its role must be allowed. */
static int export(struct session *s, struct str name)
{
	bool policy = option_on(&s->opt, OPT_IAM_POLICY), planned = option_on(&s->opt, OPT_PLANNED);
	struct errs *errs = &s->errs;
	struct runbook *rb = runbook_read(&s->arena, s->stack, name, errs);
	struct value *v;

	if (!rb)
		return EXIT_FAILED;
	if (planned && option_on(&s->opt, OPT_UNPLANNED))
		return session_usage(s, "it is --planned or --unplanned, not both");
	if (!planned && !option_on(&s->opt, OPT_UNPLANNED) && (rb->asks_kind || str_eqc(name, "failover")))
		return session_usage(s, "say --planned or --unplanned: there is no default");
	v = runbook_export_stored(&s->arena, &s->env, name, planned ? STR("planned") : STR("unplanned"),
				  policy ? STR("PolicyDocument") : STR("StateMachine"), errs);
	if (v && v->kind == V_STRING)
		v = json_read_lax(&s->arena, v->text, 0, errs);
	if (v)
		ui_json(&s->ui, v);
	return v ? EXIT_DONE : session_status(s);
}

static bool export_format(const struct session *s)
{
	return !option_given(&s->opt, OPT_FORMAT) || str_eqc(option_text(&s->opt, OPT_FORMAT), "stepfunctions");
}

int cmd_runbook(struct session *s)
{
	struct str what = s->opt.n_args ? s->opt.args[0] : STR_NONE,
		   name = s->opt.n_args > 1 ? s->opt.args[1] : STR_NONE;
	bool lists = str_eqc(what, "list"), shows = str_eqc(what, "show"), checks = str_eqc(what, "validate"),
	     exports = str_eqc(what, "export");

	if (str_eqc(what, "abandon") && name.n)
		return abandon(s, name);
	if (str_eqc(what, "run") && name.n)
		return book_command(s, name);
	if ((!lists && !shows && !checks && !exports) || ((shows || exports) && !name.n) || (lists && name.n))
		return session_usage(s, "say list, show NAME, validate [NAME], export NAME, run NAME or abandon RUN");
	if (exports && !export_format(s))
		return session_usage(s, "the only format is stepfunctions");
	if (!session_open_stored(s, false))
		return session_status(s);
	return lists ? list(s) : shows ? show(s, name) : exports ? export(s, name) : validate(s, name);
}
