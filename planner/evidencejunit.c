/* Evidence as JUnit XML: a suite for each run; checks of the preflight, steps and objectives are its cases. A gap is a
 * failure of its case, so that a pipeline which runs drills turns red by itself. */
#include "planner/evidence.h"

#include "base/utf8.h"
#include "base/xml.h"

void evidence_text(struct buf *out, struct str s)
{
	size_t len, done = 0;
	for (size_t i = 0; i < s.n; i += len) {
		int32_t c = utf8_decode(s.p + i, s.n - i, &len);
		bool plain = !utf8_is_control(c) && c != 0xfffe && c != 0xffff;
		if (plain)
			continue;
		xml_escape(out, str_sub(s, done, i), true);
		done = i + len;
		if (c == '\n' || c == '\t' || c == '\r')
			buf_char(out, ' ');
		else if (c < 0x80)
			buf_fmt(out, "\\x%02x", (unsigned char)s.p[i]);
		else
			buf_fmt(out, "\\u%04x", (unsigned)c);
	}
	xml_escape(out, str_sub(s, done, s.n), true);
}

static struct str text_of(const struct value *v, const char *key)
{
	return value_text(value_getc(v, key));
}

static void attribute(struct buf *b, const char *name, struct str s)
{
	buf_fmt(b, " %s=\"", name);
	evidence_text(b, s);
	buf_char(b, '"');
}

static void seconds(struct buf *b, const struct value *ms)
{
	int64_t n = 0;
	if (ms)
		value_as_int(ms, &n);
	if (n < 0)
		n = 0;
	buf_fmt(b, " time=\"%lld.%03lld\"", (long long)(n / 1000), (long long)(n % 1000));
}

/* --- cases -------------------------------------------------------------------------------------------------------- */

struct tally {
	struct buf cases;
	unsigned tests, failures, skipped;
};

/* outcome: "passed", "skipped", or the type of the failure. */
static void add_case(struct tally *t, const char *group, struct str name, const struct value *ms, const char *outcome,
		     struct str said)
{
	struct buf *b = &t->cases;
	bool skipped = str_eqc(str_of(outcome), "skipped"), passed = str_eqc(str_of(outcome), "passed");
	t->tests++;
	t->skipped += skipped;
	t->failures += !skipped && !passed;
	buf_fmt(b, "    <testcase classname=\"%s\"", group);
	attribute(b, "name", name);
	seconds(b, ms);
	if (passed) {
		buf_cstr(b, "/>\n");
		return;
	}
	buf_fmt(b, "><%s", skipped ? "skipped" : "failure");
	attribute(b, "message", said);
	if (!skipped)
		attribute(b, "type", str_of(outcome));
	buf_cstr(b, "/></testcase>\n");
}

static void add_checks(struct tally *t, const struct value *content)
{
	const struct value *checks = value_getc(content, "preflight");
	for (size_t i = 0; i < value_count(checks); i++) {
		const struct value *c = value_at(checks, i), *held = value_getc(c, "held");
		bool on = false, told = held && value_as_bool(held, &on);
		add_case(t, "preflight", text_of(c, "check"), NULL,
			 !told ? "skipped"
			 : on  ? "passed"
			       : "failed",
			 text_of(c, "detail"));
	}
}

static void add_steps(struct tally *t, const struct value *content)
{
	const struct value *steps = value_getc(content, "steps");
	for (size_t i = 0; i < value_count(steps); i++) {
		const struct value *s = value_at(steps, i);
		struct str state = text_of(s, "state");
		add_case(t, "step", text_of(s, "name"), value_getc(s, "elapsed_ms"),
			 str_eqc(state, "done")      ? "passed"
			 : str_eqc(state, "skipped") ? "skipped"
			 : str_eqc(state, "gap")     ? "gap"
						     : "failed",
			 text_of(s, "detail"));
	}
}

static void add_objectives(struct tally *t, const struct value *content)
{
	const struct value *all = value_getc(content, "objectives");
	for (size_t i = 0; i < value_count(all); i++) {
		const struct member *m = &all->map.items[i];
		const struct value *met = value_getc(m->value, "met");
		bool on = false, told = met && value_as_bool(met, &on);
		if (text_of(m->value, "objective").n)
			add_case(t, "objective", m->key, value_getc(m->value, "measured_ms"),
				 told                                             ? on ? "passed" : "missed"
				 : str_eqc(text_of(m->value, "required"), "true") ? "unmeasured"
										  : "skipped",
				 text_of(m->value, "objective"));
	}
}

/* --- suites ------------------------------------------------------------------------------------------------------- */

static void property(struct buf *b, const char *name, struct str s)
{
	if (!s.n)
		return;
	buf_fmt(b, "      <property name=\"%s\"", name);
	attribute(b, "value", s);
	buf_cstr(b, "/>\n");
}

static void add_suite(struct buf *b, const struct value *doc)
{
	const struct value *content = value_getc(doc, "content");
	struct str stack = text_of(content, "stack"), runbook = text_of(content, "runbook");
	struct tally t = {0};
	buf_init(&t.cases, EVIDENCE_MAX);
	add_checks(&t, content);
	add_steps(&t, content);
	add_objectives(&t, content);
	buf_cstr(b, "  <testsuite name=\"");
	evidence_text(b, stack);
	buf_char(b, '.');
	evidence_text(b, runbook);
	buf_fmt(b, "\" tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\"", t.tests, t.failures, t.skipped);
	attribute(b, "timestamp", text_of(content, "started"));
	seconds(b, value_getc(content, "elapsed_ms"));
	buf_cstr(b, ">\n    <properties>\n");
	property(b, "run", text_of(content, "run"));
	property(b, "kind", text_of(content, "kind"));
	property(b, "verdict", text_of(content, "verdict"));
	property(b, "operator", text_of(content, "operator"));
	property(b, "sha256", text_of(doc, "sha256"));
	property(b, "previous", text_of(content, "previous"));
	property(b, "seal", text_of(doc, "seal"));
	buf_cstr(b, "    </properties>\n");
	buf_str(b, buf_get(&t.cases));
	buf_cstr(b, "  </testsuite>\n");
	buf_free(&t.cases);
}

void evidence_junit(struct buf *out, const struct value *docs)
{
	buf_cstr(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"drplan\">\n");
	for (size_t i = 0; i < value_count(docs); i++)
		add_suite(out, value_at(docs, i));
	buf_cstr(out, "</testsuites>\n");
}
