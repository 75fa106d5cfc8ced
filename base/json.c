/* The JSON reader (json.h): recursive descent over the whole text, RFC 8259 to the letter.
 *
 * A byte order mark at the beginning is skipped, as the RFC allows; nothing else is taken that the RFC does not have.
 * Positions are counted forward from the last one that was asked for, so that reading stays linear.
 */
#include "base/json.h"

#include "base/decimal.h"
#include "base/utf8.h"

#include <string.h>

struct reader {
	struct arena *a;
	struct errs *errs;
	struct str text;
	size_t at;		/* the next byte */
	size_t marked;		/* line and col are those of this byte */
	uint32_t line, col;
	uint16_t file;
	bool lax;
	unsigned depth;
};

static struct pos pos_at(struct reader *r, size_t at)
{
	for (size_t i = r->marked; i < at; i++) {
		unsigned char c = (unsigned char)r->text.p[i];

		if (c == '\n' || (c == '\r' && (i + 1 == r->text.n || r->text.p[i + 1] != '\n'))) {
			r->line++;
			r->col = 1;
		} else if ((c & 0xc0) != 0x80 && r->col < UINT16_MAX) {
			r->col++;
		}
	}
	r->marked = at;
	return (struct pos){.line = r->line, .col = (uint16_t)r->col, .file = r->file};
}

static bool at_end(const struct reader *r)
{
	return r->at >= r->text.n;
}

/* NUL at the end; a NUL in the text is no token either. */
static char peek(const struct reader *r)
{
	return at_end(r) ? '\0' : r->text.p[r->at];
}

static void skip_space(struct reader *r)
{
	while (!at_end(r) && (r->text.p[r->at] == ' ' || r->text.p[r->at] == '\n' ||
			      r->text.p[r->at] == '\r' || r->text.p[r->at] == '\t'))
		r->at++;
}

/* The four digits of \u; -1 if they are not. */
static int32_t hex4(const char *p, size_t n)
{
	int32_t c = 0;

	if (n < 4)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		char d = p[i];

		if (d >= '0' && d <= '9')
			c = c << 4 | (d - '0');
		else if ((d | 32) >= 'a' && (d | 32) <= 'f')
			c = c << 4 | ((d | 32) - 'a' + 10);
		else
			return -1;
	}
	return c;
}

/* The character that the escape at p stands for; its length in *len. NULL or what is wrong with it. */
static const char *unescape(const char *p, size_t n, int32_t *c, size_t *len)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *known;
	int32_t low;

	*len = 2;
	if (n < 2)
		return "this string has no closing '\"'";
	if (p[1] != 'u') {
		known = p[1] ? strchr(from, p[1]) : NULL;
		if (!known)
			return "there is no such escape in JSON (a backslash itself is written \\\\)";
		*c = (unsigned char)to[known - from];
		return NULL;
	}
	*c = hex4(p + 2, n - 2);
	if (*c < 0)
		return "expected four hexadecimal digits after \\u";
	*len = 6;
	if (*c < 0xd800 || *c > 0xdfff)
		return NULL;
	low = n >= 12 && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8, n - 8) : -1;
	if (*c > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return "half of a surrogate pair is no character";
	*c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
	*len = 12;
	return NULL;
}

static bool fail_at(struct reader *r, size_t at, const char *message)
{
	err_at(r->errs, pos_at(r, at), "%s", message);
	return false;
}

/* The end of the string that begins at r->at: checked, and whether anything in it must be translated. */
static bool scan_string(struct reader *r, size_t *end, bool *escaped)
{
	const char *p = r->text.p;
	size_t i = r->at + 1, n = r->text.n, len;
	const char *problem;
	int32_t c;

	*escaped = false;
	for (; i < n && p[i] != '"'; i += len) {
		unsigned char b = (unsigned char)p[i];

		len = 1;
		if (b < ' ') {
			if (b == '\n' || b == '\r')
				return fail_at(r, r->at, "this string has no closing '\"' on its line");
			return fail_at(r, i, "a control character must be escaped in a string");
		}
		if (b == '\\') {
			*escaped = true;
			problem = unescape(p + i, n - i, &c, &len);
			if (problem)
				return fail_at(r, i, problem);
		} else if (b >= 0x80 && utf8_decode(p + i, n - i, &len) < 0) {
			return fail_at(r, i, "this is not valid UTF-8");
		}
	}
	if (i >= n)
		return fail_at(r, r->at, "this string has no closing '\"'");
	*end = i;
	return true;
}

static bool read_string(struct reader *r, struct str *out)
{
	size_t end = r->at, n = 0, len;
	bool escaped;
	char *to;

	if (!scan_string(r, &end, &escaped))
		return false;
	if (!escaped) {
		*out = str_dup(r->a, str_sub(r->text, r->at + 1, end));
		r->at = end + 1;
		return true;
	}
	to = arena_array(r->a, end - r->at, 1);
	for (size_t i = r->at + 1; i < end; i += len) {
		int32_t c = 0;

		len = 1;
		if (r->text.p[i] != '\\') {
			to[n++] = r->text.p[i];
			continue;
		}
		unescape(r->text.p + i, end - i, &c, &len);
		n += utf8_encode(to + n, c);
	}
	*out = (struct str){to, n};
	r->at = end + 1;
	return true;
}

static struct value *read_value(struct reader *r);

static bool fail_open(struct reader *r, const struct value *open)
{
	struct err *e = err_at(r->errs, pos_at(r, r->at), "the text ends before the closing '%c'",
			       open->kind == V_MAP ? '}' : ']');

	e->related = open->pos;
	e->related_note = STR("opened here");
	return false;
}

/* After an item: another one (true), the end of the list or map (false, *closed), or an error (false). */
static bool separator(struct reader *r, const struct value *open, bool *closed)
{
	bool map = open->kind == V_MAP;
	char close = map ? '}' : ']';
	size_t item_end = r->at;

	skip_space(r);
	if (at_end(r))
		return fail_open(r, open);
	if (peek(r) == close) {
		r->at++;
		*closed = true;
		return false;
	}
	if (peek(r) != ',')
		return fail_at(r, item_end, map ? "expected ',' or '}' after this value"
						: "expected ',' or ']' after this value");
	r->at++;
	skip_space(r);
	if (peek(r) == close)
		return fail_at(r, r->at, map ? "expected another key after ',', found '}'"
					     : "expected another item after ',', found ']'");
	return true;
}

static struct value *read_list(struct reader *r)
{
	struct value *list = value_list(r->a, pos_at(r, r->at)), *item;
	bool closed = false;

	r->at++;
	skip_space(r);
	if (peek(r) == ']') {
		r->at++;
		return list;
	}
	do {
		item = read_value(r);
		if (!item)
			return NULL;
		value_append(r->a, list, item);
	} while (separator(r, list, &closed));
	return closed ? list : NULL;
}

/* One "key": value into the map. */
static bool read_member(struct reader *r, struct value *map)
{
	struct pos pos = pos_at(r, r->at);
	struct member *first;
	struct value *v;
	struct str key;
	struct err *e;
	size_t key_end;

	if (at_end(r))
		return fail_open(r, map);
	if (peek(r) != '"')
		return fail_at(r, r->at, "expected a key in double quotes");
	if (!read_string(r, &key))
		return false;
	key_end = r->at;
	skip_space(r);
	if (peek(r) != ':')
		return fail_at(r, key_end, "expected ':' after this key");
	r->at++;
	skip_space(r);
	first = r->lax ? NULL : value_member(map, key);
	if (first) {
		e = err_at(r->errs, pos, "key '%.*s' is there twice", STR_ARG(str_sub(key, 0, 200)));
		e->related = first->pos;
		e->related_note = STR("first written here");
		return false;
	}
	v = read_value(r);
	if (!v)
		return false;
	value_set(r->a, map, key, pos, v);
	return true;
}

static struct value *read_map(struct reader *r)
{
	struct value *map = value_map(r->a, pos_at(r, r->at));
	bool closed = false;

	r->at++;
	skip_space(r);
	if (peek(r) == '}') {
		r->at++;
		return map;
	}
	do {
		if (!read_member(r, map))
			return NULL;
	} while (separator(r, map, &closed));
	return closed ? map : NULL;
}

static bool ends_word(char c)
{
	return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		 c == '.' || c == '+' || c == '-');
}

static struct value *read_number(struct reader *r)
{
	struct str rest = str_sub(r->text, r->at, r->text.n);
	size_t n = decimal_scan(rest);
	struct value *v;

	if (!n || (n < rest.n && !ends_word(rest.p[n]))) {
		fail_at(r, r->at, "this is not a number in JSON's spelling");
		return NULL;
	}
	v = value_number(r->a, pos_at(r, r->at), str_dup(r->a, str_sub(rest, 0, n)));
	r->at += n;
	return v;
}

static struct value *read_word(struct reader *r)
{
	struct str rest = str_sub(r->text, r->at, r->text.n);
	struct pos pos;
	size_t n = 0;

	while (n < rest.n && !ends_word(rest.p[n]))
		n++;
	pos = pos_at(r, r->at);
	rest = str_sub(rest, 0, n);
	r->at += n;
	if (str_eqc(rest, "true") || str_eqc(rest, "false"))
		return value_bool(r->a, pos, rest.n == 4);
	if (str_eqc(rest, "null"))
		return value_null(r->a, pos);
	err_at(r->errs, pos, "expected a value; text needs double quotes in JSON");
	return NULL;
}

static struct value *read_nested(struct reader *r)
{
	struct value *v;

	if (r->depth == JSON_DEPTH) {
		err_at(r->errs, pos_at(r, r->at), "nested deeper than %d levels", JSON_DEPTH);
		return NULL;
	}
	r->depth++;
	v = peek(r) == '{' ? read_map(r) : read_list(r);
	r->depth--;
	return v;
}

/* The reader stands on the first character, white space behind it. */
static struct value *read_value(struct reader *r)
{
	char c = peek(r);
	struct str text;
	struct pos pos;

	if (c == '{' || c == '[')
		return read_nested(r);
	if (c == '"') {
		pos = pos_at(r, r->at);
		return read_string(r, &text) ? value_string(r->a, pos, text) : NULL;
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return read_number(r);
	if (!ends_word(c))
		return read_word(r);
	fail_at(r, r->at, at_end(r) ? "the text ends where a value should be" : "expected a value");
	return NULL;
}

static struct value *read_document(struct arena *a, struct str text, uint16_t file, struct errs *errs, bool lax)
{
	struct reader r = {.a = a, .errs = errs, .text = text, .line = 1, .col = 1, .file = file, .lax = lax};
	struct value *v;

	if (str_starts(text, STR("\xef\xbb\xbf")))
		r.at = r.marked = 3;
	skip_space(&r);
	if (at_end(&r)) {
		fail_at(&r, r.at, "there is no JSON value in this text");
		return NULL;
	}
	v = read_value(&r);
	if (!v)
		return NULL;
	skip_space(&r);
	if (at_end(&r))
		return v;
	fail_at(&r, r.at, "unexpected text behind the end of the document");
	return NULL;
}

struct value *json_read(struct arena *a, struct str text, uint16_t file, struct errs *errs)
{
	return read_document(a, text, file, errs, false);
}

struct value *json_read_lax(struct arena *a, struct str text, uint16_t file, struct errs *errs)
{
	return read_document(a, text, file, errs, true);
}
