/* Evidence as one self-contained HTML page: no script, no external resource, readable in light and dark and on paper.
 * Every text goes through evidence_text. Colour never says what a word does not say too; the bars of the timeline repeat
 * the columns beside them and are hidden from screen readers. */
#include "planner/evidence.h"

static const char style[] =
    ":root{color-scheme:light dark;--page:#fff;--text:#1a1d21;--soft:#52585f;--line:#c9ced4;--band:#f3f5f7;"
    "--good:#1a7f37;--warn:#8a5a00;--bad:#b3261e;--idle:#6b7280}\n"
    "@media(prefers-color-scheme:dark){:root{--page:#111418;--text:#e6e8ea;--soft:#a9b1b9;--line:#3a414a;"
    "--band:#1b2026;--good:#4cc268;--warn:#dba32c;--bad:#ff7b72;--idle:#8b949e}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:76rem;padding:1.5rem;background:var(--page);color:var(--text);"
    "font:16px/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.6rem;margin:0}h2{font-size:1.3rem;margin:2.5rem 0 .5rem}h3{font-size:1.05rem;margin:1.5rem 0 "
    ".5rem}\n"
    "p,ul{margin:.3rem 0}.soft{color:var(--soft)}code{font:.85em ui-monospace,monospace;overflow-wrap:anywhere}\n"
    "a{color:inherit}\n"
    ".state{display:inline-block;padding:0 .5em;border:1px solid;border-radius:.3em;font-weight:600;white-space:nowrap;"
    "font-size:.9rem}\n"
    ".good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}.idle{color:var(--idle)}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem;margin:.8rem 0}dt{color:var(--soft)}"
    "dd{margin:0;overflow-wrap:anywhere}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem}\n"
    "caption{text-align:left;color:var(--soft);padding-bottom:.3rem}\n"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}\n"
    "thead th{background:var(--band)}.num{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
    ".seen{overflow-wrap:anywhere;min-width:12rem}.time{min-width:12rem;width:24%}\n"
    ".track{position:relative;height:1.3rem;background:var(--band)}\n"
    ".bar{position:absolute;top:.25rem;height:.8rem;min-width:3px;border-radius:2px;background:currentColor}\n"
    ".mark{position:absolute;top:0;bottom:0;border-left:2px dashed var(--text)}\n"
    "@media print{:root{--page:#fff;--text:#000;--soft:#444;--line:#bbb;--band:#f3f5f7;--good:#1a7f37;--warn:#8a5a00;"
    "--bad:#b3261e;--idle:#6b7280}body{max-width:none;padding:0;font-size:11px}article{break-before:page}"
    "article:first-of-type{break-before:auto}tr{break-inside:avoid}thead{display:table-header-group}"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}.wide{overflow:visible}}\n";

/* --- small -------------------------------------------------------------------------------------------------------- */

static struct str text_of(const struct value *v, const char *key)
{
	return value_text(value_getc(v, key));
}

static int64_t int_of(const struct value *v, const char *key, int64_t otherwise)
{
	int64_t n;
	const struct value *m = value_getc(v, key);
	return m && value_as_int(m, &n) ? n : otherwise;
}

static void element(struct buf *b, const char *open, struct str text, const char *close)
{
	buf_fmt(b, "<%s>", open);
	evidence_text(b, text);
	buf_fmt(b, "</%s>", close);
}

static void cell(struct buf *b, struct str text)
{
	element(b, "td", text, "td");
}

static void duration(struct buf *b, int64_t ms)
{
	struct arena scratch = {0};
	if (ms >= 0)
		evidence_text(b, duration_text(&scratch, ms));
	else
		buf_cstr(b, "&mdash;");
	arena_free(&scratch);
}

static void duration_cell(struct buf *b, int64_t ms)
{
	buf_cstr(b, "<td class=\"num\">");
	duration(b, ms);
	buf_cstr(b, "</td>");
}

static void fact(struct buf *b, const char *name, struct str text)
{
	if (!text.n)
		return;
	buf_fmt(b, "<dt>%s</dt>", name);
	element(b, "dd", text, "dd");
	buf_char(b, '\n');
}

/* A column whose name begins with > holds numbers. */
static void table_open(struct buf *b, const char *caption, const char *const *columns)
{
	buf_fmt(b, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"%s\"><table>\n", caption);
	buf_fmt(b, "<caption>%s</caption>\n<thead><tr>", caption);
	for (; *columns; columns++)
		buf_fmt(b, "<th scope=\"col\"%s>%s</th>", **columns == '>' ? " class=\"num\"" : "",
			*columns + (**columns == '>'));
	buf_cstr(b, "</tr></thead>\n<tbody>\n");
}

static void table_close(struct buf *b)
{
	buf_cstr(b, "</tbody></table></div>\n");
}

static const char *class_of(struct str state)
{
	static const struct {
		const char *state, *class;
	} known[] = {{"done", "good"}, {"met", "good"},     {"holds", "good"},   {"yes", "good"},
		     {"gap", "warn"},  {"gaps", "warn"},    {"unknown", "warn"}, {"started", "warn"},
		     {"open", "idle"}, {"skipped", "idle"}, {"none", "idle"},    {"", "idle"}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_eqc(state, known[i].state))
			return known[i].class;
	return "bad";
}

static void badge(struct buf *b, struct str state, struct str words)
{
	buf_fmt(b, "<span class=\"state %s\">", class_of(state));
	evidence_text(b, words);
	buf_cstr(b, "</span>");
}

static void badge_cell(struct buf *b, struct str state)
{
	buf_cstr(b, "<td>");
	badge(b, state, state);
	buf_cstr(b, "</td>");
}

static struct str verdict_words(struct str verdict)
{
	return str_eqc(verdict, "met")    ? STR("done, as expected")
	       : str_eqc(verdict, "gaps") ? STR("done, with gaps")
	       : str_eqc(verdict, "open") ? STR("not over")
					  : STR("failed");
}

/* --- the parts of a run ------------------------------------------------------------------------------------------- */

static struct str yes_no(const struct value *v)
{
	bool on = false;
	return !v || !value_as_bool(v, &on) ? STR("unknown") : on ? STR("yes") : STR("no");
}

static void add_facts(struct buf *b, const struct value *c)
{
	const struct value *scope = value_getc(c, "scope"), *expected = value_getc(c, "expected"),
			   *actual = value_getc(c, "actual");
	buf_cstr(b, "<dl>\n");
	fact(b, "Began", text_of(c, "started"));
	fact(b, "Ended", text_of(c, "ended"));
	if (int_of(c, "elapsed_ms", -1) >= 0) {
		buf_cstr(b, "<dt>Took</dt><dd>");
		duration(b, int_of(c, "elapsed_ms", 0));
		buf_cstr(b, "</dd>\n");
	}
	fact(b, "From target", text_of(scope, "from"));
	fact(b, "To target", text_of(scope, "to"));
	fact(b, "Operator", text_of(c, "operator"));
	const struct value *by = value_getc(c, "resumed_by");
	for (size_t i = 0; i < value_count(by); i++)
		fact(b, "Gone on with by", value_text(value_at(by, i)));
	fact(b, "Expected outcome", text_of(expected, "outcome"));
	fact(b, "Expected mode", text_of(expected, "mode"));
	fact(b, "Expected active target", text_of(expected, "active"));
	fact(b, "Actual outcome", text_of(actual, "outcome"));
	fact(b, "Actual mode", text_of(actual, "mode"));
	fact(b, "Actual active target", text_of(actual, "active"));
	fact(b, "World", text_of(c, "provider"));
	buf_cstr(b, "</dl>\n");
	if (str_eqc(yes_no(value_getc(c, "forced")), "yes"))
		buf_cstr(b, "<p>A red preflight was overruled by force.</p>\n");
}

static void add_objectives(struct buf *b, const struct value *c)
{
	static const char *const columns[] = {"Objective", ">Limit", ">Measured", "Met", NULL};
	const struct value *all = value_getc(c, "objectives");
	buf_cstr(b, "<h3>Objectives</h3>\n");
	table_open(b, "Recovery time and recovery point against the objectives", columns);
	for (size_t i = 0; i < value_count(all); i++) {
		const struct member *m = &all->map.items[i];
		buf_cstr(b, "<tr>");
		element(b, "th scope=\"row\"", m->key, "th");
		duration_cell(b, int_of(m->value, "objective_ms", -1));
		duration_cell(b, int_of(m->value, "measured_ms", -1));
		badge_cell(b, yes_no(value_getc(m->value, "met")));
		buf_cstr(b, "</tr>\n");
	}
	table_close(b);
}

static void add_gaps(struct buf *b, const struct value *c)
{
	const struct value *gaps = value_getc(c, "gaps");
	buf_cstr(b, "<h3>Gaps</h3>\n");
	if (!value_count(gaps)) {
		buf_cstr(b, "<p>None.</p>\n");
		return;
	}
	buf_cstr(b, "<ul>\n");
	for (size_t i = 0; i < value_count(gaps); i++)
		element(b, "li", value_text(value_at(gaps, i)), "li");
	buf_cstr(b, "\n</ul>\n");
}

/* --- the timeline ------------------------------------------------------------------------------------------------- */

static int64_t length_of(const struct value *c)
{
	const struct value *steps = value_getc(c, "steps");
	int64_t all = int_of(c, "elapsed_ms", 1);
	for (size_t i = 0; i < value_count(steps); i++) {
		const struct value *s = value_at(steps, i);
		int64_t end = int_of(s, "offset_ms", 0) + int_of(s, "elapsed_ms", 0);
		all = end > all ? end : all;
	}
	return all > 1 ? all : 1;
}

/* In hundredths of a percent, within the track. */
static int share(int64_t ms, int64_t all)
{
	if (ms <= 0)
		return 0;
	return ms >= all ? 10000 : (int)((double)ms / (double)all * 10000);
}

static void percent(struct buf *b, const char *property, int hundredths)
{
	buf_fmt(b, "%s:%d.%02d%%", property, hundredths / 100, hundredths % 100);
}

static void add_bar(struct buf *b, const struct value *s, int64_t all, int64_t stop)
{
	int left = share(int_of(s, "offset_ms", 0), all), width = share(int_of(s, "elapsed_ms", 0), all);
	buf_cstr(b, "<td class=\"time\" aria-hidden=\"true\"><div class=\"track\">");
	if (stop >= 0) {
		buf_cstr(b, "<span class=\"mark\" style=\"");
		percent(b, "left", share(stop, all));
		buf_cstr(b, "\"></span>");
	}
	buf_fmt(b, "<span class=\"bar %s\" style=\"", class_of(text_of(s, "state")));
	percent(b, "left", left);
	percent(b, ";width", left + width > 10000 ? 10000 - left : width);
	buf_cstr(b, "\"></span></div></td>");
}

static void add_step(struct buf *b, const struct value *s, int64_t all, int64_t stop)
{
	buf_cstr(b, "<tr><td class=\"num\">");
	evidence_text(b, text_of(s, "position"));
	buf_cstr(b, "</td>");
	element(b, "th scope=\"row\"", text_of(s, "name"), "th");
	cell(b, text_of(s, "verb"));
	badge_cell(b, text_of(s, "state"));
	duration_cell(b, int_of(s, "offset_ms", -1));
	duration_cell(b, int_of(s, "elapsed_ms", -1));
	add_bar(b, s, all, stop);
	element(b, "td class=\"seen\"", text_of(s, "detail"), "td");
	buf_cstr(b, "</tr>\n");
}

static void add_steps(struct buf *b, const struct value *c)
{
	static const char *const columns[] = {">#",    "Step",     "Verb", "State", ">Began at",
					      ">Took", "Timeline", "Seen", NULL};
	const struct value *steps = value_getc(c, "steps");
	int64_t stop = int_of(value_getc(value_getc(c, "objectives"), "RTO"), "measured_ms", -1);
	buf_cstr(b, "<h3>Timeline</h3>\n");
	table_open(b, "Steps with their times since the beginning of the run", columns);
	for (size_t i = 0; i < value_count(steps); i++)
		add_step(b, value_at(steps, i), length_of(c), stop);
	table_close(b);
	if (stop >= 0)
		buf_cstr(b, "<p class=\"soft\">The dashed line is where the RTO clock stopped.</p>\n");
}

/* --- who and what ------------------------------------------------------------------------------------------------- */

static void add_preflight(struct buf *b, const struct value *c)
{
	static const char *const columns[] = {"Check", "Held", "Seen", NULL};
	const struct value *checks = value_getc(c, "preflight");
	if (!value_count(checks))
		return;
	buf_cstr(b, "<h3>Preflight</h3>\n");
	table_open(b, "Checks before anything was changed", columns);
	for (size_t i = 0; i < value_count(checks); i++) {
		buf_cstr(b, "<tr>");
		element(b, "th scope=\"row\"", text_of(value_at(checks, i), "check"), "th");
		badge_cell(b, yes_no(value_getc(value_at(checks, i), "held")));
		element(b, "td class=\"seen\"", text_of(value_at(checks, i), "detail"), "td");
		buf_cstr(b, "</tr>\n");
	}
	table_close(b);
}

static void add_approvals(struct buf *b, const struct value *c)
{
	static const char *const columns[] = {"Step", "Asked", "Given", "Answer", "At", NULL};
	const struct value *all = value_getc(c, "approvals");
	if (!value_count(all))
		return;
	buf_cstr(b, "<h3>Approvals</h3>\n");
	table_open(b, "Who said yes", columns);
	for (size_t i = 0; i < value_count(all); i++) {
		const struct value *x = value_at(all, i);
		buf_cstr(b, "<tr>");
		element(b, "th scope=\"row\"", text_of(x, "step"), "th");
		cell(b, text_of(x, "asked"));
		badge_cell(b, yes_no(value_getc(x, "given")));
		cell(b, text_of(x, "answer"));
		cell(b, text_of(x, "at"));
		buf_cstr(b, "</tr>\n");
	}
	table_close(b);
}

static void add_code(struct buf *b, const char *name, struct str text)
{
	if (!text.n)
		return;
	buf_fmt(b, "<dt>%s</dt><dd><code>", name);
	evidence_text(b, text);
	buf_cstr(b, "</code></dd>\n");
}

static void add_integrity(struct buf *b, const struct value *doc, const struct value *c)
{
	const struct value *inventory = value_getc(c, "inventory");
	const struct value *before = value_getc(inventory, "before"), *after = value_getc(inventory, "after");
	struct str seal = text_of(doc, "seal");
	buf_cstr(b, "<h3>Integrity</h3>\n<dl>\n<dt>Chain</dt><dd>");
	badge(b, seal, seal);
	buf_cstr(b, "</dd>\n");
	add_code(b, "SHA-256 of this evidence", text_of(doc, "sha256"));
	add_code(b, "SHA-256 of the evidence before", text_of(c, "previous"));
	add_code(b, "SHA-256 of the stack's source", text_of(c, "source_sha256"));
	add_code(b, "Inventory before", text_of(before, "sha256"));
	add_code(b, "Inventory after", text_of(after, "sha256"));
	fact(b, "Resources before", text_of(before, "resources"));
	fact(b, "Resources after", text_of(after, "resources"));
	add_code(b, "State", text_of(c, "lineage"));
	buf_cstr(b, "</dl>\n");
}

/* --- the page ----------------------------------------------------------------------------------------------------- */

static void add_run(struct buf *b, const struct value *doc)
{
	const struct value *c = value_getc(doc, "content");
	struct str run = text_of(c, "run"), verdict = text_of(c, "verdict");
	buf_fmt(b, "<article id=\"run-%.*s\" aria-labelledby=\"title-%.*s\">\n<h2 id=\"title-%.*s\">Run %.*s: ",
		STR_ARG(run), STR_ARG(run), STR_ARG(run), STR_ARG(run));
	evidence_text(b, text_of(c, "runbook"));
	if (text_of(c, "kind").n)
		buf_cstr(b, ", ");
	evidence_text(b, text_of(c, "kind"));
	buf_char(b, ' ');
	badge(b, verdict, verdict_words(verdict));
	buf_cstr(b, "</h2>\n");
	if (text_of(c, "scenario").n)
		element(b, "p", text_of(c, "scenario"), "p");
	add_facts(b, c);
	add_objectives(b, c);
	add_gaps(b, c);
	add_steps(b, c);
	add_preflight(b, c);
	add_approvals(b, c);
	add_integrity(b, doc, c);
	buf_cstr(b, "</article>\n");
}

static void add_contents(struct buf *b, const struct value *docs)
{
	static const char *const columns[] = {"Run", "Runbook", "Kind", "Began", ">RTO", "Outcome", NULL};
	buf_cstr(b, "<h2>Runs</h2>\n");
	table_open(b, "All runs on this page", columns);
	for (size_t i = 0; i < value_count(docs); i++) {
		const struct value *c = value_getc(value_at(docs, i), "content");
		struct str run = text_of(c, "run"), verdict = text_of(c, "verdict");
		buf_fmt(b, "<tr><th scope=\"row\"><a href=\"#run-%.*s\">%.*s</a></th>", STR_ARG(run), STR_ARG(run));
		cell(b, text_of(c, "runbook"));
		cell(b, text_of(c, "kind"));
		cell(b, text_of(c, "started"));
		duration_cell(b, int_of(value_getc(value_getc(c, "objectives"), "RTO"), "measured_ms", -1));
		buf_cstr(b, "<td>");
		badge(b, verdict, verdict_words(verdict));
		buf_cstr(b, "</td></tr>\n");
	}
	table_close(b);
}

void evidence_html(struct buf *out, const struct value *docs)
{
	size_t n = value_count(docs);
	struct str stack = text_of(value_getc(value_at(docs, 0), "content"), "stack");
	buf_cstr(
	    out,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	    "<title>Evidence of ");
	evidence_text(out, stack);
	buf_fmt(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<header><h1>Evidence of ", style);
	evidence_text(out, stack);
	buf_cstr(out,
		 "</h1><p class=\"soft\">Runs of recovery runbooks, as their journal has them. All times are UTC.</p>"
		 "</header>\n<main>\n");
	if (!n)
		buf_cstr(out, "<p>No runbook was carried out.</p>\n");
	if (n > 1)
		add_contents(out, docs);
	for (size_t i = 0; i < n; i++)
		add_run(out, value_at(docs, i));
	buf_cstr(out, "</main>\n</body>\n</html>\n");
}
