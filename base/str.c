/* Slices (str.h): comparing, searching, cutting, checked numbers and durations. Growing buffers are in buf.c. */
#include "base/str.h"

#include <stdio.h>
#include <string.h>

struct str str_of(const char *cstr)
{
	return cstr ? (struct str){cstr, strlen(cstr)} : STR_NONE;
}

struct str str_dup(struct arena *a, struct str s)
{
	return (struct str){arena_copy(a, s.p, s.n), s.n};
}

struct str str_vfmt(struct arena *a, const char *fmt, va_list ap)
{
	char small[256], *p;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof small, fmt, ap);
	if (n < 0)
		n = 0;
	if ((size_t)n < sizeof small) {
		p = arena_copy(a, small, (size_t)n);
	} else {
		p = arena_alloc(a, (size_t)n + 1);
		vsnprintf(p, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	return (struct str){p, (size_t)n};
}

struct str str_fmt(struct arena *a, const char *fmt, ...)
{
	struct str s;
	va_list ap;

	va_start(ap, fmt);
	s = str_vfmt(a, fmt, ap);
	va_end(ap);
	return s;
}

struct str str_cat(struct arena *a, struct str x, struct str y)
{
	char *p = arena_array(a, x.n + y.n + 1, 1);

	if (x.n)
		memcpy(p, x.p, x.n);
	if (y.n)
		memcpy(p + x.n, y.p, y.n);
	return (struct str){p, x.n + y.n};
}

bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (!a.n || memcmp(a.p, b.p, a.n) == 0);
}

bool str_eqc(struct str a, const char *cstr)
{
	return str_eq(a, str_of(cstr));
}

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	}
	return true;
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && (!prefix.n || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n &&
	       (!suffix.n || memcmp(s.p + (s.n - suffix.n), suffix.p, suffix.n) == 0);
}

ptrdiff_t str_find(struct str s, struct str what, size_t from)
{
	const char *hit;

	if (from > s.n)
		return -1;
	if (!what.n)
		return (ptrdiff_t)from;
	if (from == s.n)
		return -1;
	hit = memmem(s.p + from, s.n - from, what.p, what.n);
	return hit ? hit - s.p : -1;
}

ptrdiff_t str_chr(struct str s, char c, size_t from)
{
	const char *hit = from < s.n ? memchr(s.p + from, c, s.n - from) : NULL;

	return hit ? hit - s.p : -1;
}

struct str str_sub(struct str s, size_t from, size_t to)
{
	if (to > s.n)
		to = s.n;
	if (from >= to)
		return STR_NONE;
	return (struct str){s.p + from, to - from};
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
	while (s.n && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool str_cut(struct str *rest, char sep, struct str *head)
{
	ptrdiff_t at;

	if (!rest->p)
		return false;
	at = str_chr(*rest, sep, 0);
	if (at < 0) {
		*head = *rest;
		*rest = STR_NONE;
		return true;
	}
	*head = (struct str){rest->p, (size_t)at};
	rest->p += at + 1;
	rest->n -= (size_t)at + 1;
	return true;
}

bool str_int(struct str s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = s.n && s.p[0] == '-';
	int64_t n = 0;

	if (s.n == (size_t)negative)
		return false;
	for (size_t i = negative; i < s.n; i++) {
		int digit = s.p[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, negative ? -digit : digit, &n))
			return false;
	}
	if (n < min || n > max)
		return false;
	*out = n;
	return true;
}

struct unit {
	struct str name;
	int64_t ms;
};

static const struct unit units[] = {
	{STR_INIT("d"), 86400000}, {STR_INIT("h"), 3600000}, {STR_INIT("m"), 60000},
	{STR_INIT("s"), 1000},	   {STR_INIT("ms"), 1},
};

#define N_UNITS (sizeof units / sizeof *units)
#define TEN_YEARS_MS ((int64_t)3653 * 86400000)

static size_t span(struct str s, char from, char to)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= from && s.p[n] <= to)
		n++;
	return n;
}

/* Units must come in falling order, each at most once: "1h30m" but not "30m1h". */
bool str_duration(struct str s, int64_t *ms)
{
	int64_t sum = 0, count;
	size_t unit = 0;

	if (!s.n)
		return false;
	while (s.n) {
		size_t digits = span(s, '0', '9');
		struct str name;

		if (!str_int(str_sub(s, 0, digits), 0, TEN_YEARS_MS, &count))
			return false;
		s = str_sub(s, digits, s.n);
		name = str_sub(s, 0, span(s, 'a', 'z'));
		while (unit < N_UNITS && !str_eq(units[unit].name, name))
			unit++;
		if (unit == N_UNITS || count > TEN_YEARS_MS / units[unit].ms)
			return false;
		sum += count * units[unit++].ms;
		if (sum > TEN_YEARS_MS)
			return false;
		s = str_sub(s, name.n, s.n);
	}
	*ms = sum;
	return true;
}

/* Two rows back are needed for swaps ("optimal string alignment"). Names longer than this are not compared. */
#define DISTANCE_MAX 127

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned str_distance(struct str a, struct str b, unsigned max)
{
	unsigned rows[3][DISTANCE_MAX + 1], *two = rows[0], *one = rows[1], *row = rows[2];

	if (str_eq(a, b))
		return 0;
	if (a.n > DISTANCE_MAX || b.n > DISTANCE_MAX)
		return max + 1;
	for (unsigned j = 0; j <= b.n; j++) {
		one[j] = j;
		two[j] = 0;
	}
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned best = row[0] = i, *spare = two;

		for (unsigned j = 1; j <= b.n; j++) {
			unsigned d = one[j - 1] + (a.p[i - 1] != b.p[j - 1]);

			d = least(d, least(one[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				d = least(d, two[j - 2] + 1);
			row[j] = d;
			best = least(best, d);
		}
		/* A swap may reach back two rows, so one row above the limit does not decide it yet. */
		if (best > max + 1)
			return max + 1;
		two = one;
		one = row;
		row = spare;
	}
	return one[b.n] > max ? max + 1 : one[b.n];
}
