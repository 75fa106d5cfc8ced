/* The JSON writer (json.h): compact, sorted or pretty, with secrets taken out unless they are asked for. */
#include "base/json.h"

#include "base/decimal.h"
#include "base/utf8.h"

#include <stdlib.h>

struct writer {
	struct buf *out;
	unsigned flags;
	void (*expr)(struct buf *out, const struct value *v, unsigned flags);
	size_t depth;
};

void json_string(struct buf *out, struct str s)
{
	static const char escapes[] = "btn\0fr";	/* from \b on */
	size_t len, done = 0;

	buf_char(out, '"');
	for (size_t i = 0; i < s.n; i += len) {
		int32_t c = utf8_decode(s.p + i, s.n - i, &len);

		if (c >= ' ' && c != '"' && c != '\\' && c != 0x7f)
			continue;
		buf_add(out, s.p + done, i - done);
		done = i + len;
		if (c == '"' || c == '\\')
			buf_fmt(out, "\\%c", (char)c);
		else if (c >= '\b' && c <= '\r' && escapes[c - '\b'])
			buf_fmt(out, "\\%c", escapes[c - '\b']);
		else if (c < 0)
			buf_cstr(out, "\\ufffd");	/* bytes that are no UTF-8 have no place in JSON */
		else
			buf_fmt(out, "\\u%04x", (unsigned)c);
	}
	buf_add(out, s.p ? s.p + done : "", s.n - done);
	buf_char(out, '"');
}

static void write_value(struct writer *w, const struct value *v);

static void line_end(struct writer *w)
{
	if (!(w->flags & JSON_PRETTY))
		return;
	buf_char(w->out, '\n');
	buf_pad(w->out, ' ', 2 * w->depth);
}

static void open_bracket(struct writer *w, char c)
{
	buf_char(w->out, c);
	w->depth++;
}

static void close_bracket(struct writer *w, char c, bool empty)
{
	w->depth--;
	if (!empty)
		line_end(w);
	buf_char(w->out, c);
}

static void write_list(struct writer *w, const struct value *v)
{
	open_bracket(w, '[');
	for (uint32_t i = 0; i < v->list.n; i++) {
		if (i)
			buf_char(w->out, ',');
		line_end(w);
		write_value(w, v->list.items[i]);
	}
	close_bracket(w, ']', !v->list.n);
}

static int by_key(const void *a, const void *b)
{
	const struct member *const *x = a, *const *y = b;

	return str_cmp((*x)->key, (*y)->key);
}

static void write_member(struct writer *w, const struct member *m, bool first)
{
	if (!first)
		buf_char(w->out, ',');
	line_end(w);
	json_string(w->out, m->key);
	buf_cstr(w->out, w->flags & JSON_PRETTY ? ": " : ":");
	write_value(w, m->value);
}

static void write_sorted(struct writer *w, const struct value *v)
{
	const struct member **sorted = xmalloc(v->map.n * sizeof *sorted);

	for (uint32_t i = 0; i < v->map.n; i++)
		sorted[i] = &v->map.items[i];
	if (v->map.n)
		qsort(sorted, v->map.n, sizeof *sorted, by_key);
	for (uint32_t i = 0; i < v->map.n; i++)
		write_member(w, sorted[i], i == 0);
	free(sorted);
}

static void write_map(struct writer *w, const struct value *v)
{
	open_bracket(w, '{');
	if (w->flags & JSON_SORTED) {
		write_sorted(w, v);
	} else {
		for (uint32_t i = 0; i < v->map.n; i++)
			write_member(w, &v->map.items[i], i == 0);
	}
	close_bracket(w, '}', !v->map.n);
}

/* What a plain scalar is where no schema says it: YAML's core schema without its other bases. */
static bool write_plain(struct writer *w, struct str s)
{
	static const struct {
		struct str plain, json;
	} words[] = {
		{STR_INIT("true"), STR_INIT("true")},	{STR_INIT("True"), STR_INIT("true")},
		{STR_INIT("TRUE"), STR_INIT("true")},	{STR_INIT("false"), STR_INIT("false")},
		{STR_INIT("False"), STR_INIT("false")}, {STR_INIT("FALSE"), STR_INIT("false")},
		{STR_INIT("null"), STR_INIT("null")},	{STR_INIT("Null"), STR_INIT("null")},
		{STR_INIT("NULL"), STR_INIT("null")},	{STR_INIT("~"), STR_INIT("null")},
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (str_eq(s, words[i].plain)) {
			buf_str(w->out, words[i].json);
			return true;
		}
	}
	if (!s.n || decimal_scan(s) != s.n)
		return false;
	buf_str(w->out, s);
	return true;
}

static void write_value(struct writer *w, const struct value *v)
{
	if (!v) {
		buf_cstr(w->out, "null");
		return;
	}
	if ((v->flags & VALUE_SECRET) && !(w->flags & JSON_SECRETS)) {
		buf_cstr(w->out, "\"(secret)\"");
		return;
	}
	switch ((enum value_kind)v->kind) {
	case V_NULL:
		buf_cstr(w->out, "null");
		break;
	case V_BOOL:
		buf_str(w->out, value_text(v));
		break;
	case V_NUMBER:
		/* A number that no JSON reader would take (made by a caller) is passed on as a string. */
		if (!v->text.n || decimal_scan(v->text) != v->text.n)
			json_string(w->out, v->text);
		else
			buf_str(w->out, v->text);
		break;
	case V_STRING:
		if (!(w->flags & JSON_TYPED) || !(v->flags & VALUE_PLAIN) || !write_plain(w, v->text))
			json_string(w->out, v->text);
		break;
	case V_LIST:
		write_list(w, v);
		break;
	case V_MAP:
		write_map(w, v);
		break;
	case V_EXPR:
		if (w->expr)
			w->expr(w->out, v, w->flags);
		else
			buf_cstr(w->out, "null");
		break;
	}
}

void json_write_with(struct buf *out, const struct value *v, unsigned flags,
		     void (*expr)(struct buf *out, const struct value *v, unsigned flags))
{
	struct writer w = {.out = out, .flags = flags, .expr = expr};

	write_value(&w, v);
}

void json_write(struct buf *out, const struct value *v, unsigned flags)
{
	json_write_with(out, v, flags, NULL);
}
