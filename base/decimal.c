/* Decimal numbers by their spelling (decimal.h). */
#include "base/decimal.h"

/* Ten times it still fits, and so does the sum with any length of a spelling. */
#define EXPONENT_MAX ((int64_t)1 << 58)

static size_t digits_at(struct str s, size_t from)
{
	size_t i = from;

	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i - from;
}

size_t decimal_scan(struct str s)
{
	size_t i = s.n && s.p[0] == '-', n = digits_at(s, i), at;

	if (!n)
		return 0;
	i += s.p[i] == '0' ? 1 : n;
	if (i < s.n && s.p[i] == '.' && (n = digits_at(s, i + 1)))
		i += 1 + n;
	if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		at = i + 1;
		if (at < s.n && (s.p[at] == '+' || s.p[at] == '-'))
			at++;
		n = digits_at(s, at);
		if (n)
			i = at + n;
	}
	return i;
}

static int64_t parse_exponent(struct str s)
{
	bool negative = s.n && s.p[0] == '-';
	int64_t n = 0;

	for (size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+'); i < s.n; i++) {
		n = n * 10 + (s.p[i] - '0');
		if (n > EXPONENT_MAX)
			n = EXPONENT_MAX;
	}
	return negative ? -n : n;
}

bool decimal_parse(struct str s, struct decimal *out)
{
	struct str m = s;
	ptrdiff_t e, point;

	if (!s.n || decimal_scan(s) != s.n)
		return false;
	*out = (struct decimal){.negative = s.p[0] == '-'};
	m = str_sub(m, out->negative, m.n);
	e = str_chr(m, 'e', 0);
	if (e < 0)
		e = str_chr(m, 'E', 0);
	if (e >= 0) {
		out->exponent = parse_exponent(str_sub(m, (size_t)e + 1, m.n));
		m = str_sub(m, 0, (size_t)e);
	}
	point = str_chr(m, '.', 0);
	out->exponent += point < 0 ? (int64_t)m.n : point;
	while (m.n && (m.p[0] == '0' || m.p[0] == '.')) {
		out->exponent -= m.p[0] == '0';
		m = str_sub(m, 1, m.n);
	}
	while (m.n && (m.p[m.n - 1] == '0' || m.p[m.n - 1] == '.'))
		m.n--;
	out->digits = m;
	if (!m.n) {
		out->negative = false;
		out->exponent = 0;
	}
	return true;
}

static int cmp_digits(struct str a, struct str b)
{
	size_t i = 0, j = 0;

	for (;;) {
		if (i < a.n && a.p[i] == '.')
			i++;
		if (j < b.n && b.p[j] == '.')
			j++;
		if (i >= a.n || j >= b.n)
			return (i < a.n) - (j < b.n);
		if (a.p[i] != b.p[j])
			return a.p[i] < b.p[j] ? -1 : 1;
		i++;
		j++;
	}
}

int decimal_cmp(const struct decimal *a, const struct decimal *b)
{
	int sign_a = a->digits.n ? (a->negative ? -1 : 1) : 0;
	int sign_b = b->digits.n ? (b->negative ? -1 : 1) : 0;

	if (sign_a != sign_b)
		return sign_a < sign_b ? -1 : 1;
	if (a->exponent != b->exponent)
		return a->exponent < b->exponent ? -sign_a : sign_a;
	return sign_a * cmp_digits(a->digits, b->digits);
}

bool decimal_int(const struct decimal *d, int shift, bool cut, int64_t *out)
{
	int64_t whole = d->exponent + shift, n = 0;

	for (size_t i = 0; i < d->digits.n; i++) {
		int digit = d->digits.p[i] - '0';

		if (d->digits.p[i] == '.')
			continue;
		if (whole <= 0 && !cut)
			return false;
		if (whole <= 0)
			break;
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, d->negative ? -digit : digit, &n))
			return false;
		whole--;
	}
	for (; d->digits.n && n && whole > 0; whole--) {
		if (__builtin_mul_overflow(n, 10, &n))
			return false;
	}
	*out = n;
	return true;
}
