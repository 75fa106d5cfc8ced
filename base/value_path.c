/* Paths into values (value.h): "Tags[0].Key", "['a.b'][2]".
 *
 * A key that is empty or holds one of . [ ] ' is written in brackets and single quotes, with a quote doubled.
 */
#include "base/value.h"

#include <string.h>

#define STEPS_MAX 64

struct step {
	struct str key;		/* as written; quotes still doubled if quoted */
	bool is_index, quoted;
	uint32_t index;
};

static size_t bare_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != '.' && s.p[n] != '[' && s.p[n] != ']' && s.p[n] != '\'')
		n++;
	return n;
}

/* The part in brackets, after '['. */
static bool step_bracket(struct str *rest, struct step *step)
{
	int64_t index;
	ptrdiff_t end;
	size_t i = 1;

	if (rest->n && rest->p[0] == '\'') {
		while (i < rest->n && (rest->p[i] != '\'' || (i + 1 < rest->n && rest->p[i + 1] == '\'')))
			i += rest->p[i] == '\'' ? 2 : 1;
		if (i + 1 >= rest->n || rest->p[i + 1] != ']')
			return false;
		*step = (struct step){.key = {rest->p + 1, i - 1}, .quoted = true};
		*rest = str_sub(*rest, i + 2, rest->n);
		return true;
	}
	end = str_chr(*rest, ']', 0);
	if (end < 0 || !str_int(str_sub(*rest, 0, (size_t)end), 0, UINT32_MAX - 1, &index))
		return false;
	*step = (struct step){.is_index = true, .index = (uint32_t)index};
	*rest = str_sub(*rest, (size_t)end + 1, rest->n);
	return true;
}

/* Take the next step off the path; first says whether a key may come without a dot. */
static bool step_next(struct str *rest, bool first, struct step *step)
{
	size_t n;

	if (rest->p[0] == '[') {
		*rest = str_sub(*rest, 1, rest->n);
		return step_bracket(rest, step);
	}
	if (!first) {
		if (rest->p[0] != '.')
			return false;
		*rest = str_sub(*rest, 1, rest->n);
	}
	n = bare_length(*rest);
	if (!n)
		return false;
	*step = (struct step){.key = {rest->p, n}};
	*rest = str_sub(*rest, n, rest->n);
	return true;
}

static bool path_parse(struct str path, struct step *steps, size_t *n)
{
	for (*n = 0; path.n; (*n)++) {
		if (*n == STEPS_MAX || !step_next(&path, *n == 0, &steps[*n]))
			return false;
	}
	return true;
}

/* The key itself, its doubled quotes halved, in the arena. */
static struct str step_key(struct arena *a, const struct step *step)
{
	char *p;
	size_t n = 0;

	if (!step->quoted)
		return str_dup(a, step->key);
	p = arena_array(a, step->key.n + 1, 1);
	for (size_t i = 0; i < step->key.n; i++) {
		p[n++] = step->key.p[i];
		i += step->key.p[i] == '\'';
	}
	return (struct str){p, n};
}

/* The member a step means, without making a copy of its key unless that has quotes in it. */
static struct value *step_get(const struct value *v, const struct step *step)
{
	struct arena scratch = {0};
	struct value *found;

	if (step->is_index)
		return v && v->kind == V_LIST ? value_at(v, step->index) : NULL;
	if (!step->quoted || str_chr(step->key, '\'', 0) < 0)
		return value_get(v, step->key);
	found = value_get(v, step_key(&scratch, step));
	arena_free(&scratch);
	return found;
}

struct value *value_path(const struct value *root, struct str path)
{
	struct step steps[STEPS_MAX];
	struct value *v = (struct value *)root;
	size_t n;

	if (!path_parse(path, steps, &n))
		return NULL;
	for (size_t i = 0; v && i < n; i++)
		v = step_get(v, &steps[i]);
	return v;
}

static struct value *shallow(struct arena *a, const struct value *v)
{
	struct value *copy = arena_new(a, struct value);

	*copy = *v;
	if (v->kind == V_MAP) {
		copy->map.index = NULL;
		copy->map.cap = v->map.n;
		copy->map.items = arena_array(a, v->map.n, sizeof *v->map.items);
		if (v->map.n)
			memcpy(copy->map.items, v->map.items, v->map.n * sizeof *v->map.items);
	} else if (v->kind == V_LIST) {
		copy->list.cap = v->list.n;
		copy->list.items = arena_array(a, v->list.n, sizeof *v->list.items);
		if (v->list.n)
			memcpy(copy->list.items, v->list.items, v->list.n * sizeof *v->list.items);
	}
	return copy;
}

static struct value *with(struct arena *a, const struct value *v, const struct step *steps, size_t n,
			  struct value *leaf);

static struct value *with_index(struct arena *a, const struct value *v, const struct step *steps, size_t n,
				struct value *leaf)
{
	struct value *copy, *item;
	uint32_t i = steps[0].index;

	if (!v || v->kind != V_LIST || i >= v->list.n)
		return NULL;
	copy = shallow(a, v);
	if (n == 1 && !leaf) {
		memmove(&copy->list.items[i], &copy->list.items[i + 1],
			(copy->list.n - i - 1) * sizeof *copy->list.items);
		copy->list.n--;
		return copy;
	}
	item = with(a, v->list.items[i], steps + 1, n - 1, leaf);
	copy->list.items[i] = item;
	return item ? copy : NULL;
}

static struct value *with_key(struct arena *a, const struct value *v, const struct step *steps, size_t n,
			      struct value *leaf)
{
	struct str key = step_key(a, &steps[0]);
	struct value *copy, *item;

	if (v && v->kind != V_MAP && v->kind != V_NULL)
		return NULL;
	if (v && v->kind == V_MAP)
		copy = shallow(a, v);
	else
		copy = value_map(a, v ? v->pos : leaf ? leaf->pos : (struct pos){0});
	item = value_get(copy, key);
	if (!leaf && (n == 1 || !item)) {
		value_del(copy, key);
		return copy;
	}
	item = with(a, item, steps + 1, n - 1, leaf);
	if (item)
		value_set(a, copy, key, (struct pos){0}, item);
	return item ? copy : NULL;
}

static struct value *with(struct arena *a, const struct value *v, const struct step *steps, size_t n,
			  struct value *leaf)
{
	if (!n)
		return leaf;
	return steps[0].is_index ? with_index(a, v, steps, n, leaf) : with_key(a, v, steps, n, leaf);
}

struct value *value_with(struct arena *a, const struct value *root, struct str path, struct value *v)
{
	struct step steps[STEPS_MAX];
	size_t n;

	return path_parse(path, steps, &n) ? with(a, root, steps, n, v) : NULL;
}

void path_key(struct buf *path, struct str key)
{
	if (key.n && bare_length(key) == key.n) {
		if (path->n)
			buf_char(path, '.');
		buf_str(path, key);
		return;
	}
	buf_cstr(path, "['");
	for (size_t i = 0; i < key.n; i++) {
		buf_char(path, key.p[i]);
		if (key.p[i] == '\'')
			buf_char(path, '\'');
	}
	buf_cstr(path, "']");
}

void path_index(struct buf *path, size_t i)
{
	buf_fmt(path, "[%zu]", i);
}
