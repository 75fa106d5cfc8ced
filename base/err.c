/* Collecting errors (err.h): adding, sorting, suggestions. Printing is in err_print.c. */
#include "base/err.h"

#include <stdlib.h>

uint16_t sources_add(struct sources *s, struct arena *a, struct str path, struct str text)
{
	/* Positions have 16 bits for the file; the last index stands for all that came too late. */
	if (s->n == UINT16_MAX) {
		s->items[s->n - 1].text = STR_NONE;
		return UINT16_MAX - 1;
	}
	s->items = arena_grow(a, s->items, &s->cap, s->n + 1, sizeof *s->items);
	s->items[s->n] = (struct source){.path = path, .text = text};
	return (uint16_t)s->n++;
}

static struct err *add(struct errs *e, const struct err *err)
{
	e->items = arena_grow(e->arena, e->items, &e->cap, e->n + 1, sizeof *e->items);
	e->items[e->n] = *err;
	e->errors += err->level == LEVEL_ERROR;
	return &e->items[e->n++];
}

struct err *err_add(struct errs *e, enum err_kind kind, struct pos pos, const char *fmt, ...)
{
	struct err err = {.kind = kind, .pos = pos};
	va_list ap;

	va_start(ap, fmt);
	err.message = str_vfmt(e->arena, fmt, ap);
	va_end(ap);
	return add(e, &err);
}

struct err *err_warn(struct errs *e, struct pos pos, const char *fmt, ...)
{
	struct err err = {.kind = ERR_INPUT, .level = LEVEL_WARNING, .pos = pos};
	va_list ap;

	va_start(ap, fmt);
	err.message = str_vfmt(e->arena, fmt, ap);
	va_end(ap);
	return add(e, &err);
}

struct err *err_at(struct errs *e, struct pos pos, const char *fmt, ...)
{
	struct err err = {.kind = ERR_INPUT, .pos = pos};
	va_list ap;

	va_start(ap, fmt);
	err.message = str_vfmt(e->arena, fmt, ap);
	va_end(ap);
	return add(e, &err);
}

void err_help(struct errs *e, struct err *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err->help = str_vfmt(e->arena, fmt, ap);
	va_end(ap);
}

#define NAME_MAX_LENGTH 127	/* str_distance takes no more */

static struct str lower(char *to, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		to[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] - 'A' + 'a' : s.p[i]);
	return (struct str){to, s.n};
}

/* The distance that counts is that without regard to case; with the same distance, the better spelling wins. */
struct str err_suggest(struct arena *a, struct str got, const struct str *candidates, size_t n)
{
	char got_buffer[NAME_MAX_LENGTH], buffer[NAME_MAX_LENGTH];
	unsigned max = (unsigned)(got.n / 3), best = 2 * max + 2;
	const struct str *nearest = NULL;
	struct str folded;

	if (!got.n || got.n > NAME_MAX_LENGTH)
		return STR("");
	folded = lower(got_buffer, got);
	for (size_t i = 0; i < n; i++) {
		struct str c = candidates[i];
		unsigned distance, score;

		if (!c.n || c.n > NAME_MAX_LENGTH || c.n > got.n + max || c.n + max < got.n)
			continue;
		distance = str_distance(folded, lower(buffer, c), max);
		if (distance > max)
			continue;
		score = 2 * distance + (str_distance(got, c, max) > distance);
		if (score < best) {
			best = score;
			nearest = &candidates[i];
		}
	}
	return nearest ? str_fmt(a, " (did you mean '%.*s'?)", STR_ARG(*nearest)) : STR("");
}

/* Positions first, in the order of the files; what has no position comes last. */
static int by_pos(const struct err *a, const struct err *b)
{
	if (!a->pos.line || !b->pos.line)
		return !a->pos.line - !b->pos.line;
	if (a->pos.file != b->pos.file)
		return a->pos.file < b->pos.file ? -1 : 1;
	if (a->pos.line != b->pos.line)
		return a->pos.line < b->pos.line ? -1 : 1;
	return (a->pos.col > b->pos.col) - (a->pos.col < b->pos.col);
}

static int by_content(const struct err *a, const struct err *b)
{
	int c = by_pos(a, b);

	if (!c)
		c = (a->level > b->level) - (a->level < b->level);
	if (!c)
		c = str_cmp(a->message, b->message);
	return c;
}

/* The same words at the same place: of a loop, or of a module that is used twice, one speaks for all. */
static bool same(const struct err *a, const struct err *b)
{
	return by_content(a, b) == 0 && (a->pos.line || str_eq(a->address, b->address));
}

/* qsort isn't stable; the errors' own places in the array decide between equals. */
static int sort_content(const void *x, const void *y)
{
	const struct err *a = *(struct err *const *)x, *b = *(struct err *const *)y;
	int c = by_content(a, b);

	if (!c)
		c = str_cmp(a->address, b->address);
	return c ? c : (a > b) - (a < b);
}

/* order[from .. to) say the same; the first is kept. */
static void speak_for(struct errs *e, struct err **order, size_t from, size_t to)
{
	size_t others = 0;

	for (size_t i = from + 1; i < to; i++) {
		e->errors -= order[i]->level == LEVEL_ERROR;
		others += !str_eq(order[i - 1]->address, order[i]->address);
	}
	if (others)
		order[from]->message = str_fmt(e->arena, "%.*s (and in %zu more)", STR_ARG(order[from]->message), others);
}

static int sort_pos(const void *x, const void *y)
{
	const struct err *a = *(struct err *const *)x, *b = *(struct err *const *)y;
	int c = by_pos(a, b);

	return c ? c : (a > b) - (a < b);
}

void errs_sort(struct errs *e)
{
	struct err **order, *sorted;
	size_t n = 0;

	if (e->n < 2)
		return;
	order = xmalloc(e->n * sizeof(struct err *));
	for (size_t i = 0; i < e->n; i++)
		order[i] = &e->items[i];
	qsort(order, e->n, sizeof *order, sort_content);
	for (size_t i = 0, to; i < e->n; i = to) {
		for (to = i + 1; to < e->n && same(order[i], order[to]); )
			to++;
		speak_for(e, order, i, to);
		order[n++] = order[i];
	}
	qsort(order, n, sizeof *order, sort_pos);
	sorted = xmalloc(n * sizeof *sorted);
	for (size_t i = 0; i < n; i++)
		sorted[i] = *order[i];
	for (size_t i = 0; i < n; i++)
		e->items[i] = sorted[i];
	e->n = n;
	free(sorted);
	free(order);
}
