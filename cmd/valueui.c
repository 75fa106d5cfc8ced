/* Values for people: one line where it fits, else a block like YAML's. See planui.h. */
#include "cmd/planui.h"

#include "base/json.h"
#include "state/state.h"

#include <string.h>

enum { LINE_WIDTH = 100, DEPTH_MAX = 64 };

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

/* [{Key: k, Value: v}, ...] as tags are written: shown as the map that it means. */
static bool is_tag_list(const struct value *v)
{
	if (v->kind != V_LIST || !v->list.n)
		return false;
	for (uint32_t i = 0; i < v->list.n; i++) {
		const struct value *tag = v->list.items[i], *key = value_getc(tag, "Key");

		if (value_count(tag) != 2 || !key || key->kind != V_STRING || (key->flags & VALUE_SECRET) ||
		    !value_getc(tag, "Value"))
			return false;
	}
	return true;
}

/* The i-th child: key and value of a map or of a tag list; an item of a list has no key. */
static const struct value *child(const struct value *v, bool tags, uint32_t i, struct str *key)
{
	*key = STR_NONE;
	if (v->kind == V_LIST && !tags)
		return v->list.items[i];
	if (tags) {
		*key = value_getc(v->list.items[i], "Key")->text;
		return value_getc(v->list.items[i], "Value");
	}
	*key = v->map.items[i].key;
	return v->map.items[i].value;
}

static void add_inline(struct buf *out, const struct value *v, int depth);

static void add_children(struct buf *out, const struct value *v, int depth)
{
	bool tags = is_tag_list(v), keys = tags || v->kind == V_MAP;

	buf_char(out, keys ? '{' : '[');
	for (uint32_t i = 0; i < value_count(v); i++) {
		struct str key;
		const struct value *item = child(v, tags, i, &key);

		if (i)
			buf_cstr(out, ", ");
		if (keys) {
			add_key(out, key);
			buf_cstr(out, ": ");
		}
		add_inline(out, item, depth + 1);
	}
	buf_char(out, keys ? '}' : ']');
}

static void add_inline(struct buf *out, const struct value *v, int depth)
{
	if (!v || v->kind == V_NULL)
		buf_cstr(out, "null");
	else if ((v->flags & VALUE_SECRET) || state_is_hidden(v))
		buf_cstr(out, "(secret)");
	else if (v->kind == V_EXPR)
		buf_cstr(out, "(known after apply)");
	else if (v->kind == V_STRING)
		json_string(out, v->text);
	else if (v->kind != V_LIST && v->kind != V_MAP)
		ui_text(out, value_text(v));
	else if (depth >= DEPTH_MAX)
		buf_cstr(out, "...");
	else
		add_children(out, v, depth);
}

static bool has_parts(const struct value *v)
{
	return v && (v->kind == V_LIST || v->kind == V_MAP) && !(v->flags & VALUE_SECRET) && !state_is_hidden(v) &&
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

static void add_value(struct buf *out, const struct value *v, size_t column, size_t indent, int depth);

static void add_block(struct buf *out, const struct value *v, size_t indent, int depth)
{
	bool tags = is_tag_list(v), keys = tags || v->kind == V_MAP;

	for (uint32_t i = 0; i < value_count(v); i++) {
		struct str key;
		const struct value *item = child(v, tags, i, &key);
		size_t start = out->n + 1;

		buf_char(out, '\n');
		buf_pad(out, ' ', indent);
		if (keys) {
			add_key(out, key);
			buf_char(out, ':');
		} else {
			buf_char(out, '-');
		}
		add_value(out, item, out->n - start, indent + 2, depth + 1);
	}
}

/* A space and the value, or the value as lines of their own. */
static void add_value(struct buf *out, const struct value *v, size_t column, size_t indent, int depth)
{
	size_t before = out->n;

	buf_char(out, ' ');
	if (add_short(out, v, column + 1))
		return;
	out->n = before;
	out->p[before] = 0;
	if (depth < DEPTH_MAX)
		add_block(out, v, indent, depth);
}

void planui_value(struct buf *out, const struct value *v, size_t column, size_t indent)
{
	add_value(out, v, column, indent, 0);
}
