/* Values for people: one line where it fits, else a block like YAML's. See planui.h. */
#include "cmd/planui.h"

#include "base/json.h"
#include "stacks/expr.h"

#include <string.h>

enum { LINE_WIDTH = 100, DEPTH_MAX = 64 };

/* The state's form of a secret: {"(secret)": fingerprint}. */
static bool is_hidden_secret(const struct value *v)
{
	return v->kind == V_MAP && v->map.n == 1 && str_eqc(v->map.items[0].key, "(secret)");
}

/* A key as YAML would have it: quoted only where it would be misread. */
static void add_key(struct buf *out, struct str key)
{
	bool plain = key.n > 0;

	for (size_t i = 0; i < key.n && plain; i++) {
		char c = key.p[i], letter = (char)(c | 32);

		plain = (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || (c && strchr("_-./:", c));
	}
	if (plain)
		buf_str(out, key);
	else
		json_string(out, key);
}

static void add_inline(struct buf *out, const struct value *v, int depth)
{
	const char *separator = "";

	if (!v || v->kind == V_NULL)
		buf_cstr(out, "null");
	else if ((v->flags & VALUE_SECRET) || is_hidden_secret(v))
		buf_cstr(out, "(secret)");
	else if (v->kind == V_EXPR)
		buf_cstr(out, "(known after apply)");
	else if (v->kind == V_STRING)
		json_string(out, v->text);
	else if (v->kind != V_LIST && v->kind != V_MAP)
		ui_text(out, value_text(v));
	else if (depth >= DEPTH_MAX)
		buf_cstr(out, "...");
	else if (v->kind == V_LIST) {
		buf_char(out, '[');
		for (uint32_t i = 0; i < v->list.n; i++, separator = ", ") {
			buf_cstr(out, separator);
			add_inline(out, v->list.items[i], depth + 1);
		}
		buf_char(out, ']');
	} else {
		buf_char(out, '{');
		for (uint32_t i = 0; i < v->map.n; i++, separator = ", ") {
			buf_cstr(out, separator);
			add_key(out, v->map.items[i].key);
			buf_cstr(out, ": ");
			add_inline(out, v->map.items[i].value, depth + 1);
		}
		buf_char(out, '}');
	}
}

static bool has_parts(const struct value *v)
{
	return v && (v->kind == V_LIST || v->kind == V_MAP) && !(v->flags & VALUE_SECRET) && !is_hidden_secret(v) &&
	       value_count(v);
}

/* Adds the inline form if it fits the line; the buffer is put back if it doesn't. */
static bool add_short(struct buf *out, const struct value *v, size_t column)
{
	size_t start = out->n;

	add_inline(out, v, 0);
	if (!has_parts(v) || column + (out->n - start) <= LINE_WIDTH)
		return true;
	out->n = start;
	out->p[start] = 0;
	return false;
}

static void add_block(struct buf *out, const struct value *v, size_t indent, int depth)
{
	size_t n = value_count(v);

	for (size_t i = 0; i < n; i++) {
		const struct value *item = v->kind == V_LIST ? v->list.items[i] : v->map.items[i].value;
		size_t start;

		buf_char(out, '\n');
		buf_pad(out, ' ', indent);
		start = out->n;
		if (v->kind == V_LIST) {
			buf_cstr(out, "- ");
		} else {
			add_key(out, v->map.items[i].key);
			buf_cstr(out, ": ");
		}
		if (add_short(out, item, indent + (out->n - start)))
			continue;
		out->n--;
		out->p[out->n] = 0;
		if (depth < DEPTH_MAX)
			add_block(out, item, indent + 2, depth + 1);
	}
}

void planui_value(struct buf *out, const struct value *v, size_t column, size_t indent)
{
	if (!add_short(out, v, column))
		add_block(out, v, indent, 0);
}
