/* Secrets in the state: never themselves, only their fingerprints under a random key that stays in this file.
 *
 * A fingerprint tells whether a secret changed and nothing else (semantics 18); it is never printed.
 */
#include "state/db.h"

#include <string.h>

#define SECRET_MARK "(secret)"

bool secret_key_load(struct state *st, struct errs *errs)
{
	struct arena scratch = {0};
	struct str text = state_get(st, &scratch, "secret_key"), raw = STR_NONE;
	bool ok = true;
	if (text.n) {
		ok = base64_decode(&scratch, text, &raw) && raw.n == sizeof st->key;
		if (ok)
			memcpy(st->key, raw.p, raw.n);
		else
			err_add(errs, ERR_STATE, (struct pos){0}, "the state %.*s has no usable key for fingerprints",
				STR_ARG(st->path));
		wipe((char *)text.p, text.n);
		if (raw.n)
			wipe((char *)raw.p, raw.n);
	} else {
		random_bytes(st->key, sizeof st->key);
		text = base64_of(&scratch, (struct str){(const char *)st->key, sizeof st->key});
		state_set(st, "secret_key", text);
		wipe((char *)text.p, text.n);
	}
	st->have_key = ok;
	arena_free(&scratch);
	return ok;
}

struct str state_secret(struct state *st, struct arena *a, struct str secret)
{
	struct sha256 d = hmac_sha256((struct str){(const char *)st->key, sizeof st->key}, secret);
	return str_cat(a, STR("hmac:"), sha256_hex(a, &d));
}

bool state_is_hidden(const struct value *v)
{
	return v && v->kind == V_MAP && v->map.n == 1 && str_eqc(v->map.items[0].key, SECRET_MARK);
}

static struct value *hide_scalar(struct state *st, struct arena *a, const struct value *v)
{
	struct value *map = value_map(a, v->pos);
	struct str fp = state_secret(st, a, value_text(v));
	value_set(a, map, STR(SECRET_MARK), v->pos, value_string(a, v->pos, fp));
	return map;
}

struct value *state_hide_secrets(struct state *st, struct arena *a, const struct value *v)
{
	if (!v || !value_has_secret(v))
		return (struct value *)v;
	if (value_is_scalar(v))
		return hide_scalar(st, a, v);
	struct value *copy = (struct value *)v;
	if (v->kind == V_LIST || v->kind == V_EXPR) {
		copy = v->kind == V_LIST ? value_list(a, v->pos) : value_expr(a, v->pos, v->fn);
		for (uint32_t i = 0; i < v->list.n; i++)
			value_append(a, copy, state_hide_secrets(st, a, v->list.items[i]));
	} else if (v->kind == V_MAP) {
		copy = value_map(a, v->pos);
		for (uint32_t i = 0; i < v->map.n; i++) {
			const struct member *m = &v->map.items[i];
			value_set(a, copy, m->key, m->pos, state_hide_secrets(st, a, m->value));
		}
	}
	return copy;
}

bool state_has_hidden(const struct value *v)
{
	bool found = v && state_is_hidden(v);
	if (!v)
		return false;
	if (v->kind == V_LIST || v->kind == V_EXPR)
		for (uint32_t i = 0; i < v->list.n && !found; i++)
			found = state_has_hidden(v->list.items[i]);
	else if (v->kind == V_MAP)
		for (uint32_t i = 0; i < v->map.n && !found; i++)
			found = state_has_hidden(v->map.items[i].value);
	return found;
}

struct value *state_show_hidden(struct arena *a, const struct value *v)
{
	if (!v || !state_has_hidden(v))
		return (struct value *)v;
	struct value *copy;
	if (state_is_hidden(v)) {
		copy = value_string(a, v->pos, STR(SECRET_MARK));
		copy->flags |= VALUE_SECRET;
	} else if (v->kind == V_MAP) {
		copy = value_map(a, v->pos);
		for (uint32_t i = 0; i < v->map.n; i++) {
			const struct member *m = &v->map.items[i];
			value_set(a, copy, m->key, m->pos, state_show_hidden(a, m->value));
		}
	} else {
		copy = v->kind == V_LIST ? value_list(a, v->pos) : value_expr(a, v->pos, v->fn);
		for (uint32_t i = 0; i < v->list.n; i++)
			value_append(a, copy, state_show_hidden(a, v->list.items[i]));
	}
	return copy;
}
