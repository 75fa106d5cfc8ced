/* Clocks, and times in the three spellings that AWS and people use (clock.h). */
#include "base/clock.h"

#include "base/decimal.h"

#include <time.h>

#define DAY_MS 86400000

static int64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t system_mono(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_MONOTONIC);
}

static int64_t system_wall(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_REALTIME);
}

const struct clock clock_system = {system_mono, system_wall, NULL};

int64_t clock_mono(const struct clock *c)
{
	return c->mono_ms(c->ctx);
}

int64_t clock_wall(const struct clock *c)
{
	return c->wall_ms(c->ctx);
}

struct date {
	int64_t year;
	int month, day;		/* from 1 */
	int hour, minute, second, ms;
	int weekday;		/* 0 = Sunday */
};

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* Years are counted from March, so that the leap day is the last: days before month m are (153 m + 2) / 5. */
static int64_t days_from_date(int64_t year, int month, int day)
{
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400, of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct date date_of(int64_t wall_ms)
{
	int64_t days = wall_ms / DAY_MS - (wall_ms % DAY_MS < 0), left = wall_ms - days * DAY_MS;
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100), m = (5 * of_year + 2) / 153;
	struct date d = {
		.day = (int)(of_year - (153 * m + 2) / 5 + 1),
		.month = (int)(m < 10 ? m + 3 : m - 9),
		.hour = (int)(left / 3600000),
		.minute = (int)(left / 60000 % 60),
		.second = (int)(left / 1000 % 60),
		.ms = (int)(left % 1000),
		.weekday = (int)(((days + 4) % 7 + 7) % 7),
	};

	d.year = year + era * 400 + (d.month <= 2);
	return d;
}

struct str time_rfc3339(struct arena *a, int64_t wall_ms, bool with_ms)
{
	struct date d = date_of(wall_ms);

	if (with_ms)
		return str_fmt(a, "%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ", (long long)d.year, d.month, d.day, d.hour,
			       d.minute, d.second, d.ms);
	return str_fmt(a, "%04lld-%02d-%02dT%02d:%02d:%02dZ", (long long)d.year, d.month, d.day, d.hour, d.minute,
		       d.second);
}

struct str time_basic(struct arena *a, int64_t wall_ms)
{
	struct date d = date_of(wall_ms);

	return str_fmt(a, "%04lld%02d%02dT%02d%02d%02dZ", (long long)d.year, d.month, d.day, d.hour, d.minute,
		       d.second);
}

struct str time_http(struct arena *a, int64_t wall_ms)
{
	static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	struct date d = date_of(wall_ms);

	return str_fmt(a, "%s, %02d %s %04lld %02d:%02d:%02d GMT", days[d.weekday], d.day, months[d.month - 1],
		       (long long)d.year, d.hour, d.minute, d.second);
}

static bool is_leap(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

/* To milliseconds, if there is such a date and time. A leap second is the last one before it. */
static bool date_ms(struct date d, int64_t *wall_ms)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (d.month < 1 || d.month > 12 || d.day < 1)
		return false;
	if (d.day > lengths[d.month - 1] + (d.month == 2 && is_leap(d.year)))
		return false;
	if (d.hour > 23 || d.minute > 59 || d.second > 60)
		return false;
	if (d.second == 60)
		d.second = 59;
	*wall_ms = days_from_date(d.year, d.month, d.day) * DAY_MS +
		   ((d.hour * 60 + d.minute) * 60 + d.second) * (int64_t)1000 + d.ms;
	return true;
}

/* Exactly n digits off the front. */
static bool take_digits(struct str *s, size_t n, int *out)
{
	int64_t v;

	if (s->n < n || s->p[0] == '-' || !str_int(str_sub(*s, 0, n), 0, INT32_MAX, &v))
		return false;
	*out = (int)v;
	*s = str_sub(*s, n, s->n);
	return true;
}

static bool take_char(struct str *s, char c)
{
	if (!s->n || s->p[0] != c)
		return false;
	*s = str_sub(*s, 1, s->n);
	return true;
}

static bool take_time(struct str *s, struct date *d)
{
	return take_digits(s, 2, &d->hour) && take_char(s, ':') && take_digits(s, 2, &d->minute) &&
	       take_char(s, ':') && take_digits(s, 2, &d->second);
}

/* ".123456": to milliseconds, the rest is cut off. */
static bool take_fraction(struct str *s, int *ms)
{
	int scale = 100;
	size_t n = 0;

	if (!take_char(s, '.'))
		return true;
	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9') {
		*ms += (s->p[n++] - '0') * scale;
		scale /= 10;
	}
	*s = str_sub(*s, n, s->n);
	return n > 0;
}

/* "Z", "+01:00" or "+0100", in minutes. */
static bool take_offset(struct str *s, int *minutes)
{
	int sign = 1, hour, minute;

	*minutes = 0;
	if (take_char(s, 'Z') || take_char(s, 'z'))
		return true;
	if (take_char(s, '-'))
		sign = -1;
	else if (!take_char(s, '+'))
		return false;
	if (!take_digits(s, 2, &hour))
		return false;
	take_char(s, ':');
	if (!take_digits(s, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*minutes = sign * (hour * 60 + minute);
	return true;
}

static bool parse_rfc3339(struct str s, int64_t *wall_ms)
{
	struct date d = {0};
	int year, offset;

	if (!take_digits(&s, 4, &year) || !take_char(&s, '-') || !take_digits(&s, 2, &d.month) ||
	    !take_char(&s, '-') || !take_digits(&s, 2, &d.day))
		return false;
	if (!take_char(&s, 'T') && !take_char(&s, 't') && !take_char(&s, ' '))
		return false;
	if (!take_time(&s, &d) || !take_fraction(&s, &d.ms) || !take_offset(&s, &offset) || s.n)
		return false;
	d.year = year;
	if (!date_ms(d, wall_ms))
		return false;
	*wall_ms -= offset * (int64_t)60000;
	return true;
}

static bool parse_http(struct str s, int64_t *wall_ms)
{
	struct date d = {0};
	struct str name;
	int year;

	if (!str_cut(&s, ',', &name) || name.n != 3 || !take_char(&s, ' ') || !take_digits(&s, 2, &d.day) ||
	    !take_char(&s, ' '))
		return false;
	name = str_sub(s, 0, 3);
	s = str_sub(s, 3, s.n);
	while (d.month < 12 && !str_eqc(name, months[d.month]))
		d.month++;
	if (d.month++ == 12 || !take_char(&s, ' ') || !take_digits(&s, 4, &year) || !take_char(&s, ' '))
		return false;
	d.year = year;
	return take_time(&s, &d) && str_eqc(s, " GMT") && date_ms(d, wall_ms);
}

bool time_parse(struct str s, int64_t *wall_ms)
{
	struct decimal seconds;

	if (decimal_parse(s, &seconds))
		return decimal_int(&seconds, 3, true, wall_ms);
	return parse_rfc3339(s, wall_ms) || parse_http(s, wall_ms);
}

struct str duration_text(struct arena *a, int64_t ms)
{
	long long s = ms / 1000;

	if (ms < 0)
		return STR("0 ms");
	if (ms < 1000)
		return str_fmt(a, "%d ms", (int)ms);
	if (s < 60)
		return str_fmt(a, "%lld.%d s", s, (int)(ms % 1000 / 100));
	if (s < 3600)
		return str_fmt(a, "%lld min %lld s", s / 60, s % 60);
	if (s < 86400)
		return str_fmt(a, "%lld h %lld min", s / 3600, s / 60 % 60);
	return str_fmt(a, "%lld d %lld h", s / 86400, s / 3600 % 24);
}
