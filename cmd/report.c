/* drplan report: the evidence of runs of runbooks, out of the journal. It needs no lock and changes nothing.
 *
 * Without a format it is for people; -format prints one rendering, -out writes files. planner/evidence.h makes all of it.
 */
#include "cmd/cmd.h"

#include "base/json.h"
#include "planner/evidence.h"

static struct str text_of(const struct value *v, const char *key)
{
	return value_text(value_getc(v, key));
}

/* --- for people --------------------------------------------------------------------------------------------------- */

static struct str measured(struct arena *a, const struct value *content, const char *name)
{
	const struct value *o = value_getc(value_getc(content, "objectives"), name);
	struct str limit = text_of(o, "objective");
	const struct value *met = value_getc(o, "met");
	bool on = false, told = value_as_bool(met, &on);
	int64_t ms;

	if (!value_as_int(value_getc(o, "measured_ms"), &ms))
		return limit.n ? str_fmt(a, "%s not measured", name) : STR_NONE;
	if (!told)
		return str_fmt(a, "%s %.*s", name, STR_ARG(duration_text(a, ms)));
	return str_fmt(a, "%s %.*s (%s %.*s)", name, STR_ARG(duration_text(a, ms)),
		       on ? "within" : "MISSES the objective", STR_ARG(limit));
}

static struct str when(struct str time)
{
	return str_sub(time, 0, time.n < 19 ? time.n : 19);
}

static void add_run(struct buf *b, struct arena *a, const struct value *doc)
{
	static const char *const names[] = {"RTO", "RPO"};
	const struct value *c = value_getc(doc, "content"), *gaps = value_getc(c, "gaps");

	buf_fmt(b, "%.*s  %.*sZ  ", STR_ARG(text_of(c, "run")), STR_ARG(when(text_of(c, "started"))));
	ui_text(b, text_of(c, "runbook"));
	if (text_of(c, "kind").n)
		buf_fmt(b, ", %.*s", STR_ARG(text_of(c, "kind")));
	buf_fmt(b, ": %.*s", STR_ARG(text_of(c, "verdict")));
	for (size_t i = 0; i < 2; i++) {
		struct str said = measured(a, c, names[i]);

		if (said.n)
			buf_fmt(b, ", %.*s", STR_ARG(said));
	}
	if (value_count(gaps))
		buf_fmt(b, ", %zu gap%s", value_count(gaps), value_count(gaps) == 1 ? "" : "s");
	buf_char(b, '\n');
}

static void add_line(struct buf *b, const char *name, struct str text)
{
	if (!text.n)
		return;
	buf_fmt(b, "   %s", name);
	ui_text(b, text);
	buf_char(b, '\n');
}

static void add_details(struct buf *b, struct arena *a, const struct value *doc)
{
	const struct value *c = value_getc(doc, "content"), *steps = value_getc(c, "steps"),
			   *gaps = value_getc(c, "gaps");
	int64_t ms;

	add_line(b, "operator  ", text_of(c, "operator"));
	for (size_t i = 0; i < value_count(steps); i++) {
		const struct value *s = value_at(steps, i);

		buf_fmt(b, "   %.*sZ  %.*s  ", STR_ARG(when(text_of(s, "started"))), STR_ARG(text_of(s, "state")));
		ui_text(b, text_of(s, "name"));
		if (value_as_int(value_getc(s, "elapsed_ms"), &ms))
			buf_fmt(b, "  %.*s", STR_ARG(duration_text(a, ms)));
		if (text_of(s, "detail").n) {
			buf_cstr(b, "  ");
			ui_text(b, text_of(s, "detail"));
		}
		buf_char(b, '\n');
	}
	for (size_t i = 0; i < value_count(gaps); i++)
		add_line(b, "gap       ", value_text(value_at(gaps, i)));
	add_line(b, "sha256    ", text_of(doc, "sha256"));
	add_line(b, "previous  ", text_of(c, "previous"));
	add_line(b, "chain     ", text_of(doc, "seal"));
}

static void print_text(struct session *s, const struct value *docs, bool details)
{
	struct buf b;

	buf_init(&b, UI_MAX);
	if (!value_count(docs))
		buf_cstr(&b, "No runbook was carried out.\n");
	for (size_t i = 0; i < value_count(docs); i++) {
		add_run(&b, &s->arena, value_at(docs, i));
		if (details)
			add_details(&b, &s->arena, value_at(docs, i));
	}
	ui_out(&s->ui, &b);
	buf_free(&b);
}

/* --- renderings --------------------------------------------------------------------------------------------------- */

static void print_rendering(struct session *s, const struct value *docs, unsigned format, bool one)
{
	struct buf b;

	buf_init(&b, UI_MAX);
	if (format == EVIDENCE_JUNIT)
		evidence_junit(&b, docs);
	else if (format == EVIDENCE_HTML)
		evidence_html(&b, docs);
	else
		json_write(&b, one ? value_at(docs, 0) : docs, JSON_PRETTY);
	if (format == EVIDENCE_JSON)
		buf_char(&b, '\n');
	ui_out(&s->ui, &b);
	buf_free(&b);
}

static int write_files(struct session *s, const struct value *docs, unsigned formats)
{
	struct value *written = value_list(&s->arena, (struct pos){0});
	struct buf b;
	bool ok = evidence_write(&s->arena, docs, option_text(&s->opt, OPT_OUT), formats, written, &s->errs);

	buf_init(&b, UI_MAX);
	for (size_t i = 0; i < value_count(written); i++) {
		ui_text(&b, value_text(value_at(written, i)));
		buf_char(&b, '\n');
	}
	ui_out(&s->ui, &b);
	buf_free(&b);
	return ok ? EXIT_DONE : EXIT_FAILED;
}

/* A journal that was changed by hand is still shown, and said to be. */
static int chain_status(struct session *s, const struct value *docs)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < value_count(docs); i++) {
		const struct value *doc = value_at(docs, i);

		if (!str_eqc(text_of(doc, "seal"), "broken"))
			continue;
		err_add(&s->errs, ERR_STATE, (struct pos){0},
			"the journal of run %.*s is not what it was when it ended",
			STR_ARG(text_of(value_getc(doc, "content"), "run")));
		status = EXIT_FAILED;
	}
	return status;
}

int cmd_report(struct session *s)
{
	struct str name = option_text(&s->opt, OPT_FORMAT);
	unsigned format = name.n ? evidence_format(name) : s->ui.json ? EVIDENCE_JSON : 0;
	struct value *docs;
	int64_t id = 0;
	int status = EXIT_DONE;

	if (name.n && !format)
		return session_usage(s, "-format is json, junit or html, not '%.*s'", STR_ARG(name));
	if (s->opt.n_args && !str_int(s->opt.args[0], 1, INT64_MAX, &id))
		return session_usage(s, "RUN is the number of a run, not '%.*s'", STR_ARG(s->opt.args[0]));
	if (!session_read_state(s))
		return session_status(s);
	docs = evidence_list(&s->arena, s->state, id, &s->errs);
	if (!docs)
		return session_status(s);
	if (option_given(&s->opt, OPT_OUT))
		status = write_files(s, docs, format ? format : EVIDENCE_ALL);
	else if (format)
		print_rendering(s, docs, format, id != 0);
	else
		print_text(s, docs, id != 0);
	return status == EXIT_DONE ? chain_status(s, docs) : status;
}
