/* Log lines, and taking secrets out of text (log.h).
 *
 * Every registered secret becomes a handful of patterns: its text and longer lines, as JSON and URLs spell it, and its
 * base64 in the three alignments that it may have inside a longer encoded text. A bitmap over the first two bytes rules out almost
 * every position of a text before any pattern is looked at.
 */
#include "base/log.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET_MIN 4	/* shorter ones would be found everywhere */
#define BASE64_MIN 6	/* likewise for what is left of a secret between two alignments */
#define LINE_MIN 16	/* a line of a longer secret, a PEM key's perhaps, is one by itself */
#define LINE_MAX_BYTES ((size_t)16 << 20)

static struct {
	enum log_level level;
	int fd;
	struct buf *patterns;
	size_t n, cap;
	uint8_t starts[65536 / 8];
} logger = {.fd = STDERR_FILENO};

void log_init(enum log_level level, int fd)
{
	logger.level = level;
	logger.fd = fd;
}

bool log_wants(enum log_level level)
{
	return level <= logger.level && level != LOG_QUIET;
}

static unsigned start_of(const char *p)
{
	return (unsigned)(unsigned char)p[0] << 8 | (unsigned char)p[1];
}

static void pattern_add(struct str s)
{
	struct buf *grown, *b;
	unsigned start;

	for (size_t i = 0; i < logger.n; i++) {
		if (str_eq(buf_get(&logger.patterns[i]), s))
			return;
	}
	if (logger.n == logger.cap) {
		logger.cap = logger.cap ? 2 * logger.cap : 16;
		grown = xmalloc(logger.cap * sizeof *grown);
		if (logger.n)
			memcpy(grown, logger.patterns, logger.n * sizeof *grown);
		free(logger.patterns);
		logger.patterns = grown;
	}
	b = &logger.patterns[logger.n++];
	buf_init(b, s.n);
	b->secret = true;
	buf_str(b, s);
	start = start_of(s.p);
	logger.starts[start / 8] |= (uint8_t)(1u << start % 8);
}

/* Percent-encoding of all but RFC 3986's unreserved characters, a space as %20 or (in forms) as +. */
static void url_encode(struct buf *out, struct str s, bool form, bool upper)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
		    c == '_' || c == '.' || c == '~')
			buf_char(out, (char)c);
		else if (form && c == ' ')
			buf_char(out, '+');
		else
			buf_fmt(out, upper ? "%%%02X" : "%%%02x", c);
	}
}

/* The characters that depend on nothing but the secret when it stands shift bytes into an encoded text. */
static void pattern_base64(struct buf *scratch, struct arena *a, struct str s, size_t shift)
{
	size_t bits = 8 * (shift + s.n), from = (8 * shift + 5) / 6, to = bits / 6;
	struct str encoded;

	buf_clear(scratch);
	buf_pad(scratch, '\0', shift);
	buf_str(scratch, s);
	encoded = base64_of(a, buf_get(scratch));
	if (to >= from + BASE64_MIN)
		pattern_add(str_sub(encoded, from, to));
	wipe((char *)encoded.p, encoded.n);
}

void log_secret(struct str s)
{
	struct str rest = s, line;
	struct arena a = {0};
	struct buf b;

	if (s.n < SECRET_MIN)
		return;
	buf_init(&b, SIZE_MAX / 4);
	b.secret = true;
	pattern_add(s);
	while (str_cut(&rest, '\n', &line)) {
		line = str_trim(line);
		if (line.n >= LINE_MIN)
			pattern_add(line);
	}
	for (int variant = 0; variant < 4; variant++) {
		buf_clear(&b);
		url_encode(&b, s, variant & 1, variant & 2);
		pattern_add(buf_get(&b));
	}
	buf_clear(&b);
	json_string(&b, s);
	pattern_add(str_sub(buf_get(&b), 1, b.n - 1));
	for (size_t shift = 0; shift < 3; shift++)
		pattern_base64(&b, &a, s, shift);
	buf_free(&b);
	arena_free(&a);
}

/* The length of the longest pattern at i, or 0. */
static size_t match_at(struct str text, size_t i)
{
	size_t longest = 0;
	unsigned start;

	if (i + 1 >= text.n)
		return 0;
	start = start_of(text.p + i);
	if (!(logger.starts[start / 8] & 1u << start % 8))
		return 0;
	for (size_t k = 0; k < logger.n; k++) {
		struct str pattern = buf_get(&logger.patterns[k]);

		if (pattern.n > longest && pattern.n <= text.n - i && memcmp(pattern.p, text.p + i, pattern.n) == 0)
			longest = pattern.n;
	}
	return longest;
}

/* Secrets that overlap are taken out as one: what is left of the second would help to guess it. */
void log_redact(struct buf *out, struct str text)
{
	size_t done = 0;

	for (size_t i = 0; logger.n && i < text.n; i++) {
		size_t end = i + match_at(text, i);

		if (end == i)
			continue;
		buf_add(out, text.p + done, i - done);
		buf_cstr(out, "(secret)");
		while (++i < end) {
			size_t further = i + match_at(text, i);

			if (further > end)
				end = further;
		}
		done = end;
		i = end - 1;
	}
	buf_str(out, str_sub(text, done, text.n));
}

bool log_has_secret(struct str text)
{
	for (size_t i = 0; logger.n && i < text.n; i++) {
		if (match_at(text, i))
			return true;
	}
	return false;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	struct buf raw, redacted, line;
	va_list ap;

	if (!log_wants(level))
		return;
	buf_init(&raw, LINE_MAX_BYTES);
	buf_init(&redacted, SIZE_MAX / 4);
	buf_init(&line, SIZE_MAX / 4);
	raw.secret = true;
	va_start(ap, fmt);
	buf_vfmt(&raw, fmt, ap);
	va_end(ap);
	if (raw.overflow)
		buf_cstr(&redacted, "(a line too long to be logged)");
	else
		log_redact(&redacted, buf_get(&raw));
	buf_visible(&line, buf_get(&redacted), true);
	buf_char(&line, '\n');
	/* A log that cannot be written must not stop an apply; there is no better place to say so either. */
	(void)file_write_all(logger.fd, buf_get(&line));
	buf_free(&raw);
	buf_free(&redacted);
	buf_free(&line);
}

void log_reset(void)
{
	for (size_t i = 0; i < logger.n; i++)
		buf_free(&logger.patterns[i]);
	free(logger.patterns);
	logger.patterns = NULL;
	logger.n = logger.cap = 0;
	memset(logger.starts, 0, sizeof logger.starts);
}
