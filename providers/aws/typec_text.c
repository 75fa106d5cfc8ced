/* Walking the YAML of a type text: known keys, scalars, lists and durations. An error points at the byte that it is
 * about; unknown words come with the nearest known one. Everything above reads its text through here. */
#include "providers/aws/typec.h"

struct str text_word(struct str *rest)
{
	struct str word;
	size_t n = 0;

	*rest = str_trim(*rest);
	while (n < rest->n && rest->p[n] != ' ')
		n++;
	word = str_sub(*rest, 0, n);
	*rest = str_trim(str_sub(*rest, n, rest->n));
	return word;
}

struct pos text_pos(const struct value *v, size_t at)
{
	struct pos pos = v->pos;

	if (v->kind == V_STRING && pos.line) {
		size_t quote = v->flags & VALUE_PLAIN ? 0 : 1;

		pos.col = (uint16_t)(pos.col + at + quote);
	}
	return pos;
}

void text_error(struct typec *tc, const struct value *v, size_t at, const char *fmt, ...)
{
	va_list ap;
	struct str message;

	va_start(ap, fmt);
	message = str_vfmt(&tc->arena, fmt, ap);
	va_end(ap);
	err_at(&tc->errs, text_pos(v, at), "%.*s", STR_ARG(message));
}

bool text_keys(struct typec *tc, const struct value *map, const char *known)
{
	struct str words[64], rest = str_of(known);
	size_t n = 0;
	bool ok = true;

	while (rest.n && n < 64)
		words[n++] = text_word(&rest);
	if (map->kind != V_MAP) {
		err_at(&tc->errs, map->pos, "a map is wanted here, with keys among: %s", known);
		return false;
	}
	for (size_t i = 0; i < map->map.n; i++) {
		const struct member *m = &map->map.items[i];
		bool found = false;

		for (size_t k = 0; k < n && !found; k++)
			found = str_eq(m->key, words[k]);
		if (!found) {
			struct str near = err_suggest(&tc->arena, m->key, words, n);

			err_at(&tc->errs, m->pos, "unknown word '%.*s'%.*s", STR_ARG(m->key), STR_ARG(near));
			ok = false;
		}
	}
	return ok;
}

const struct value *text_get(const struct value *map, const char *key)
{
	return map && map->kind == V_MAP ? value_getc(map, key) : NULL;
}

struct str text_scalar(struct typec *tc, const struct value *v)
{
	if (!v)
		return STR_NONE;
	if (!value_is_scalar(v)) {
		err_at(&tc->errs, v->pos, "a single word is wanted here");
		return STR_NONE;
	}
	return value_text(v);
}

bool text_flag(struct typec *tc, const struct value *map, const char *key)
{
	const struct value *v = text_get(map, key);
	bool b = false;

	if (v && !value_as_bool(v, &b))
		err_at(&tc->errs, v->pos, "%s is true or false", key);
	return b;
}

uint32_t text_duration(struct typec *tc, const struct value *map, const char *key, int64_t otherwise)
{
	const struct value *v = text_get(map, key);
	int64_t ms = otherwise;

	if (v && (!str_duration(text_scalar(tc, v), &ms) || ms > UINT32_MAX)) {
		err_at(&tc->errs, v->pos, "%s is a duration such as 30s or 10m", key);
		ms = otherwise;
	}
	return (uint32_t)ms;
}

const struct value *text_item(const struct value *v, size_t i)
{
	if (!v)
		return NULL;
	if (v->kind == V_LIST)
		return value_at(v, i);
	return i == 0 ? v : NULL;
}

size_t text_count(const struct value *v)
{
	if (!v)
		return 0;
	return v->kind == V_LIST ? value_count(v) : 1;
}

size_t text_room(struct typec *tc, const struct value *v, size_t max)
{
	size_t n = text_count(v);

	if (n <= max)
		return n;
	err_at(&tc->errs, v->pos, "at most %zu are allowed here", max);
	return max;
}

size_t text_members(struct typec *tc, const struct value *v, size_t max)
{
	if (!v)
		return 0;
	if (v->kind == V_MAP && value_count(v) <= max)
		return value_count(v);
	if (v->kind == V_MAP)
		err_at(&tc->errs, v->pos, "at most %zu are allowed here", max);
	else
		err_at(&tc->errs, v->pos, "a map is wanted here");
	return 0;
}

struct span text_codes(struct typec *tc, const struct value *v)
{
	size_t n = text_count(v);
	call_str *codes = arena_array(&tc->arena, n + 1, sizeof *codes);

	for (size_t i = 0; i < n; i++)
		codes[i] = pool_add(&tc->pool, text_scalar(tc, text_item(v, i)));
	return table_add(&tc->codes, codes, n);
}
