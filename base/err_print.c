/* Printing errors with the line and a caret (err.h).
 *
 * Nothing that came from outside reaches the output as it is: registered secrets are replaced (log.h) and control
 * characters are shown by their codes. A line that holds a secret is not shown at all.
 */
#include "base/err.h"

#include "base/log.h"
#include "base/utf8.h"

#include <string.h>

#define LINE_COLUMNS 160	/* as much of a source line as is shown */
#define BEFORE_CARET 100	/* and of it before the caret */

enum colour { PLAIN, BOLD, RED, YELLOW, CYAN, GREEN };

struct printer {
	struct buf *out;
	bool colour;
};

static void paint(const struct printer *p, enum colour c)
{
	static const char *const codes[] = {
		[PLAIN] = "\033[0m",	   [BOLD] = "\033[1m",	  [RED] = "\033[1;31m",
		[YELLOW] = "\033[1;33m", [CYAN] = "\033[1;36m", [GREEN] = "\033[1;32m",
	};

	if (p->colour)
		buf_cstr(p->out, codes[c]);
}

/* Text from anywhere, made safe. Lines of help are indented below its first one. */
static void text(const struct printer *p, struct str s, bool lines)
{
	struct buf redacted;
	struct str rest, line;

	buf_init(&redacted, SIZE_MAX / 4);
	redacted.secret = true;
	log_redact(&redacted, s);
	rest = str_trim(buf_get(&redacted));
	if (lines) {
		for (bool first = true; str_cut(&rest, '\n', &line); first = false) {
			if (!first)
				buf_cstr(p->out, "\n        ");
			buf_visible(p->out, line, false);
		}
	} else {
		buf_visible(p->out, rest, false);
	}
	buf_free(&redacted);
}

static size_t line_end(struct str s, size_t at)
{
	while (at < s.n && s.p[at] != '\n' && s.p[at] != '\r')
		at++;
	return at;
}

/* The first byte of a line, counted on from the last look-up if that was before it. */
static bool line_find(struct source *s, uint32_t line, size_t *start)
{
	if (!s->line || s->line > line) {
		s->line = 1;
		s->line_start = str_starts(s->text, STR("\xef\xbb\xbf")) ? 3 : 0;
	}
	while (s->line < line) {
		size_t end = line_end(s->text, s->line_start);

		if (end >= s->text.n)
			return false;
		end += s->text.p[end] == '\r' && end + 1 < s->text.n && s->text.p[end + 1] == '\n';
		s->line_start = end + 1;
		s->line++;
	}
	*start = s->line_start;
	return true;
}

static struct source *source_of(const struct errs *e, struct pos pos)
{
	if (!pos.line || !e->sources || pos.file >= e->sources->n)
		return NULL;
	return &e->sources->items[pos.file];
}

/* Columns that a character takes as it is shown. A tab counts one here and is copied into the caret's line. */
static unsigned shown_width(int32_t c)
{
	if (c == '\t')
		return 1;
	if (utf8_is_control(c))
		return c < 0x80 ? 4 : c < 0x10000 ? 6 : 7;
	return (unsigned)utf8_width(c);
}

/* Bytes of the token that s begins with: a quoted string whole, else up to what ends a word in YAML and JSON. */
static size_t token_length(struct str s)
{
	static const char ends[] = " \t,[]{}";
	size_t i = 1;

	if (memchr(ends, s.p[0], sizeof ends))
		return 1;
	if (s.p[0] == '"' || s.p[0] == '\'') {
		while (i < s.n && s.p[i] != s.p[0])
			i += s.p[0] == '"' && s.p[i] == '\\' && i + 1 < s.n ? 2 : 1;
		return i < s.n ? i + 1 : i;
	}
	while (i < s.n && !memchr(ends, s.p[i], sizeof ends) &&
	       !(s.p[i] == ':' && (i + 1 == s.n || s.p[i + 1] == ' ' || s.p[i + 1] == '\t')))
		i++;
	return i;
}

/* The part of a line that is shown, and what is underlined in it: all in bytes of the text. */
struct view {
	struct str line;
	size_t from, to;		/* shown */
	size_t caret, caret_to;		/* underlined */
};

static size_t char_next(struct str s, size_t at, int32_t *c)
{
	size_t len;

	*c = utf8_decode(s.p + at, s.n - at, &len);
	return at + len;
}

/* Byte of the n-th character after from, at most the line's end. */
static size_t char_skip(struct str s, size_t from, uint32_t n)
{
	int32_t c;

	while (n-- && from < s.n)
		from = char_next(s, from, &c);
	return from;
}

static void view_clip(struct view *v)
{
	unsigned columns = 0;
	int32_t c;

	v->from = v->caret;
	while (v->from > 0 && columns < BEFORE_CARET) {
		v->from--;
		while (v->from > 0 && ((unsigned char)v->line.p[v->from] & 0xc0) == 0x80)
			v->from--;
		char_next(v->line, v->from, &c);
		columns += shown_width(c);
	}
	if (v->from <= 3)
		v->from = 0;
	v->to = v->caret;
	while (v->to < v->line.n && columns < LINE_COLUMNS) {
		v->to = char_next(v->line, v->to, &c);
		columns += shown_width(c);
	}
}

/* False when there is no such line or column, or when a secret would show. */
static bool view_make(struct view *v, struct source *s, struct pos pos, uint32_t width)
{
	size_t start, limit;

	if (!s->text.n || !pos.col || pos.col == UINT16_MAX || !line_find(s, pos.line, &start))
		return false;
	/* A line may be a whole document: look no further than what can be shown. */
	limit = start + 4 * ((size_t)pos.col + 1024);
	v->line = str_sub(s->text, start, line_end(str_sub(s->text, 0, limit), start));
	v->caret = v->caret_to = char_skip(v->line, 0, pos.col - 1u);
	if (width)
		v->caret_to = char_skip(v->line, v->caret, width);
	else if (v->caret < v->line.n)
		v->caret_to = v->caret + token_length(str_sub(v->line, v->caret, v->line.n));
	view_clip(v);
	return v->line.n && !log_has_secret(v->line);
}

/* The line itself, tabs kept. */
static void print_line(const struct printer *p, const struct view *v)
{
	struct str rest = str_sub(v->line, v->from, v->to), part;

	if (v->from)
		buf_cstr(p->out, "...");
	for (bool first = true; str_cut(&rest, '\t', &part); first = false) {
		if (!first)
			buf_char(p->out, '\t');
		buf_visible(p->out, part, false);
	}
	if (v->to < v->line.n)
		buf_cstr(p->out, "...");
}

static void print_caret(const struct printer *p, const struct view *v)
{
	size_t end = v->caret_to < v->to ? v->caret_to : v->to;
	unsigned tildes = 0;
	int32_t c;

	if (v->from)
		buf_cstr(p->out, "   ");
	for (size_t i = v->from; i < v->caret;) {
		i = char_next(v->line, i, &c);
		if (c == '\t')
			buf_char(p->out, '\t');
		else
			buf_pad(p->out, ' ', shown_width(c));
	}
	paint(p, GREEN);
	buf_char(p->out, '^');
	for (size_t i = v->caret; i < end;) {
		i = char_next(v->line, i, &c);
		tildes += shown_width(c);
	}
	if (tildes > 1)
		buf_pad(p->out, '~', tildes - 1);
	paint(p, PLAIN);
}

static void print_source(const struct printer *p, const struct errs *e, struct pos pos, uint32_t width)
{
	struct source *s = source_of(e, pos);
	struct view v;
	size_t before, gutter;

	if (!s || !view_make(&v, s, pos, width))
		return;
	before = p->out->n;
	buf_fmt(p->out, "%5u", pos.line);
	gutter = p->out->n - before;
	buf_cstr(p->out, " | ");
	print_line(p, &v);
	buf_char(p->out, '\n');
	buf_pad(p->out, ' ', gutter);
	buf_cstr(p->out, " | ");
	print_caret(p, &v);
	buf_char(p->out, '\n');
}

static void print_pos(const struct printer *p, const struct errs *e, struct pos pos)
{
	struct source *s = source_of(e, pos);

	if (!pos.line)
		return;
	paint(p, BOLD);
	if (s && s->path.n)
		text(p, s->path, false);
	else
		buf_cstr(p->out, "line");
	buf_fmt(p->out, ":%u:%u:", pos.line, pos.col);
	paint(p, PLAIN);
	buf_char(p->out, ' ');
}

static void print_level(const struct printer *p, enum colour c, const char *word)
{
	paint(p, c);
	buf_fmt(p->out, "%s:", word);
	paint(p, PLAIN);
	buf_char(p->out, ' ');
}

/* " (ec2:CreateSubnet InvalidSubnet.Range, request 1234)" */
static void print_remote(const struct printer *p, const struct err *err)
{
	if (!err->operation.n && !err->code.n && !err->request_id.n)
		return;
	buf_cstr(p->out, " (");
	text(p, err->operation, false);
	if (err->operation.n && err->code.n)
		buf_char(p->out, ' ');
	text(p, err->code, false);
	if (err->request_id.n) {
		buf_cstr(p->out, err->operation.n || err->code.n ? ", request " : "request ");
		text(p, err->request_id, false);
	}
	buf_char(p->out, ')');
}

void err_print(const struct errs *e, const struct err *err, struct buf *out, bool colour)
{
	struct printer p = {.out = out, .colour = colour};
	bool warning = err->level == LEVEL_WARNING;

	print_pos(&p, e, err->pos);
	print_level(&p, warning ? YELLOW : RED, warning ? "warning" : "error");
	if (err->address.n) {
		text(&p, err->address, false);
		buf_cstr(out, ": ");
	}
	text(&p, err->message, false);
	print_remote(&p, err);
	buf_char(out, '\n');
	print_source(&p, e, err->pos, err->width);
	if (err->related.line) {
		print_pos(&p, e, err->related);
		print_level(&p, CYAN, "note");
		text(&p, err->related_note, false);
		buf_char(out, '\n');
		print_source(&p, e, err->related, 0);
	}
	if (err->help.n) {
		buf_cstr(out, "  ");
		print_level(&p, CYAN, "help");
		text(&p, err->help, true);
		buf_char(out, '\n');
	}
}

void errs_print(struct errs *e, struct buf *out, bool colour)
{
	errs_sort(e);
	for (size_t i = 0; i < e->n; i++)
		err_print(e, &e->items[i], out, colour);
}
