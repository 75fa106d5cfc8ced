/* The YAML reader (yaml.h): libyaml's events become struct value by recursive descent.
 *
 * libyaml bounds its own nesting; this file bounds depth and what aliases expand to, so that no later walk over the
 * shared tree can be made to take exponential time. yaml_text.c words libyaml's own complaints.
 */
#include "stacks/yaml.h"
#include "stacks/yaml_text.h"

#include <limits.h>
#include <string.h>
#include <yaml.h>

struct anchor {
	struct value *value;
	uint32_t nodes;		/* size of the tree, aliases below expanded */
	uint32_t height;
};

struct reader {
	yaml_parser_t parser;
	struct arena *arena;
	struct errs *errs;
	struct str text;
	uint16_t file;
	unsigned flags;
	struct anchor *anchors;
	size_t n_anchors, cap_anchors;
	struct value *anchor_index;	/* name -> index into anchors */
	uint64_t aliased;
	bool stopped;			/* libyaml or a limit ended the reading */
};

/* What a subtree weighs: filled by the read functions for anchors and limits. */
struct weight {
	uint32_t nodes, height;
};

static struct value *node_read(struct reader *r, yaml_event_t *ev, unsigned depth, struct weight *w);

static struct pos pos_of(const struct reader *r, const yaml_mark_t *m)
{
	size_t col = m->column + 1;

	return (struct pos){.line = (uint32_t)(m->line + 1), .col = (uint16_t)(col > UINT16_MAX ? UINT16_MAX : col),
			    .file = r->file};
}

static struct str str_of_yaml(const yaml_char_t *s)
{
	return str_of((const char *)s);
}

/* The next event; false ends the reading (the error is added). The caller deletes the event. */
static bool event_next(struct reader *r, yaml_event_t *ev)
{
	if (r->stopped)
		return false;
	if (yaml_parser_parse(&r->parser, ev))
		return true;
	r->stopped = true;
	yaml_explain(&r->parser, r->text, r->file, r->errs);
	return false;
}

static struct value *anchor_find(const struct reader *r, struct str name, size_t *index)
{
	int64_t i;

	if (!value_as_int(value_get(r->anchor_index, name), &i))
		return NULL;
	*index = (size_t)i;
	return r->anchors[i].value;
}

static void anchor_add(struct reader *r, struct str name, struct value *v, struct weight w)
{
	struct pos none = {0};

	if (!name.n || !v)
		return;
	r->anchors = arena_grow(r->arena, r->anchors, &r->cap_anchors, r->n_anchors + 1, sizeof *r->anchors);
	r->anchors[r->n_anchors] = (struct anchor){v, w.nodes, w.height};
	value_set(r->arena, r->anchor_index, name, none, value_int(r->arena, none, (int64_t)r->n_anchors));
	r->n_anchors++;
}

static bool depth_check(struct reader *r, struct pos pos, unsigned depth)
{
	if (depth <= YAML_DEPTH)
		return true;
	if (!r->stopped)
		err_at(r->errs, pos, "nested deeper than %d levels", YAML_DEPTH);
	r->stopped = true;
	return false;
}

/* What stands for a value that could not be read. */
static struct value *not_known(struct reader *r, struct pos pos)
{
	return r->flags & YAML_PARTIAL ? value_expr(r->arena, pos, 0) : NULL;
}

static struct value *alias_read(struct reader *r, const yaml_event_t *ev, unsigned depth, struct weight *w)
{
	struct pos pos = pos_of(r, &ev->start_mark);
	struct str name = str_of_yaml(ev->data.alias.anchor);
	size_t i = 0;
	struct value *v = anchor_find(r, name, &i);

	if (!v) {
		struct err *e = err_at(r->errs, pos, "alias '*%.*s' has no anchor before it", STR_ARG(name));

		err_help(r->errs, e, "put '&%.*s' in front of the value that it stands for, or quote a text that "
			 "begins with '*'", STR_ARG(name));
		return not_known(r, pos);
	}
	if (!depth_check(r, pos, depth + r->anchors[i].height))
		return NULL;
	r->aliased += r->anchors[i].nodes;
	if (r->aliased > YAML_ALIASED) {
		err_at(r->errs, pos, "aliases expand to more than %d values", YAML_ALIASED);
		r->stopped = true;
		return NULL;
	}
	*w = (struct weight){r->anchors[i].nodes, r->anchors[i].height};
	return v;
}

/* A core tag (tag:yaml.org,2002:...) on a scalar: false if it is not supported. */
static bool core_tag(struct reader *r, struct pos pos, struct str tag, struct value *v)
{
	static const struct str prefix = STR_INIT("tag:yaml.org,2002:");
	struct str name = str_sub(tag, prefix.n, tag.n);

	if (str_eqc(name, "str"))
		v->flags &= (uint8_t)~VALUE_PLAIN;
	else if (str_eqc(name, "int") || str_eqc(name, "bool") || str_eqc(name, "float"))
		v->flags |= VALUE_PLAIN;
	else if (str_eqc(name, "null"))
		*v = *value_null(r->arena, pos);
	else {
		err_at(r->errs, pos, "the YAML tag '!!%.*s' is not supported", STR_ARG(name));
		return false;
	}
	return true;
}

static bool plain_is_null(struct str s)
{
	return s.n == 0 || str_eqc(s, "~") || str_eqc(s, "null") || str_eqc(s, "Null") || str_eqc(s, "NULL");
}

static bool tag_is_core(struct str tag)
{
	return str_starts(tag, STR("tag:yaml.org,2002:"));
}

/* {Fn::Name: v} for a short form. */
static struct value *tag_wrap(struct reader *r, struct str tag, struct pos pos, struct value *v)
{
	struct str key = yaml_function(tag);
	struct value *map;

	if (!(r->flags & YAML_FUNCTIONS) || !key.n) {
		yaml_unknown_tag(r->errs, pos, tag, r->flags & YAML_FUNCTIONS);
		return not_known(r, pos);
	}
	map = value_map(r->arena, pos);
	value_set(r->arena, map, key, pos, v);
	return map;
}

/* Where the content behind a local tag begins, as far as it can be told: on the same line, after one space. */
static struct pos content_pos(const struct reader *r, const yaml_event_t *ev, struct str tag, bool anchored)
{
	struct pos pos = pos_of(r, &ev->start_mark);

	if (ev->type != YAML_SCALAR_EVENT) {
		if (ev->end_mark.column && ev->end_mark.line == ev->start_mark.line &&
		    ev->end_mark.column > ev->start_mark.column + tag.n) {
			pos = pos_of(r, &ev->end_mark);
			pos.col--;
		}
	} else if (!anchored && ev->end_mark.line == ev->start_mark.line &&
		   ev->end_mark.column > ev->start_mark.column + tag.n && pos.col < UINT16_MAX - tag.n - 1) {
		pos.col = (uint16_t)(pos.col + tag.n + 1);
	}
	return pos;
}

static struct value *scalar_read(struct reader *r, const yaml_event_t *ev)
{
	struct str tag = str_of_yaml(ev->data.scalar.tag);
	struct str s = {(const char *)ev->data.scalar.value, ev->data.scalar.length};
	bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	bool local = tag.n > 1 && !tag_is_core(tag);
	struct pos pos = local ? content_pos(r, ev, tag, ev->data.scalar.anchor) : pos_of(r, &ev->start_mark);
	struct value *v;

	if (memchr(s.p, 0, s.n)) {
		err_at(r->errs, pos, "a text may not contain a NUL character");
		return NULL;
	}
	if (plain && !tag.n && plain_is_null(s))
		return value_null(r->arena, pos);
	v = value_string(r->arena, pos, str_dup(r->arena, s));
	if (plain && !str_eqc(tag, "!"))
		v->flags |= VALUE_PLAIN;
	if (local)
		return tag_wrap(r, str_dup(r->arena, tag), pos_of(r, &ev->start_mark), v);
	if (tag.n > 1 && !core_tag(r, pos, tag, v))
		return not_known(r, pos);
	return v;
}

static void weight_add(struct weight *w, struct weight child)
{
	w->nodes = w->nodes > UINT32_MAX - child.nodes ? UINT32_MAX : w->nodes + child.nodes;
	if (child.height + 1 > w->height)
		w->height = child.height + 1;
}

static struct value *sequence_read(struct reader *r, struct pos pos, unsigned depth, struct weight *w)
{
	struct value *list = value_list(r->arena, pos);
	yaml_event_t ev;

	while (event_next(r, &ev)) {
		struct weight cw = {1, 0};
		struct value *item;
		bool end = ev.type == YAML_SEQUENCE_END_EVENT;

		item = end ? NULL : node_read(r, &ev, depth, &cw);
		yaml_event_delete(&ev);
		if (end)
			break;
		weight_add(w, cw);
		if (item)
			value_append(r->arena, list, item);
	}
	return list;
}

/* The text of a key event; false with an error added if it cannot be a key. A collection is read over. */
static bool key_read(struct reader *r, yaml_event_t *ev, unsigned depth, struct str *key, bool *merge)
{
	struct pos pos = pos_of(r, &ev->start_mark);
	struct weight w = {1, 0};
	struct value *v;

	*merge = false;
	v = node_read(r, ev, depth, &w);
	if (!v)
		return false;
	if (v->kind == V_STRING && v->text.n) {
		*key = v->text;
		*merge = (v->flags & VALUE_PLAIN) && str_eqc(v->text, "<<");
		return true;
	}
	if (v->kind == V_NULL || v->kind == V_STRING) {
		struct err *e = err_at(r->errs, pos, "a key is missing before ':'");

		err_help(r->errs, e, "write a name, or quote the value if the ':' belongs to it");
	} else if (v->kind != V_EXPR) {
		err_at(r->errs, pos, "a key must be a text, not a %s", v->kind == V_LIST ? "list" : "map");
	}
	return false;
}

static void merge_one(struct reader *r, struct value *map, const struct value *from)
{
	for (uint32_t i = 0; i < from->map.n; i++) {
		const struct member *m = &from->map.items[i];

		if (!value_get(map, m->key))
			value_set(r->arena, map, m->key, m->pos, m->value);
	}
}

/* << takes a map or a list of maps; what is written in the map itself wins, then earlier ones of the list. */
static void merge_apply(struct reader *r, struct value *map, const struct value *from)
{
	if (from->kind == V_MAP) {
		merge_one(r, map, from);
		return;
	}
	for (size_t i = 0; from->kind == V_LIST && i < value_count(from); i++) {
		const struct value *item = value_at(from, i);

		if (item->kind == V_MAP)
			merge_one(r, map, item);
		else
			err_at(r->errs, item->pos, "'<<' merges maps only");
	}
	if (from->kind != V_LIST)
		err_at(r->errs, from->pos, "'<<' merges a map or a list of maps");
}

static void member_add(struct reader *r, struct value *map, struct str key, struct pos pos, struct value *v)
{
	struct member *old = value_member(map, key);

	if (old) {
		struct err *e = err_at(r->errs, pos, "the key '%.*s' is given twice", STR_ARG(key));

		e->related = old->pos;
		e->related_note = STR("first given here");
		return;
	}
	value_set(r->arena, map, key, pos, v);
}

static struct value *mapping_read(struct reader *r, struct pos pos, unsigned depth, struct weight *w)
{
	struct value *map = value_map(r->arena, pos), *merges = NULL;
	yaml_event_t ev;

	while (event_next(r, &ev)) {
		struct weight cw = {1, 0};
		struct pos key_pos = pos_of(r, &ev.start_mark);
		struct str key = STR_NONE;
		struct value *v;
		bool end = ev.type == YAML_MAPPING_END_EVENT, merge = false, ok;

		ok = !end && key_read(r, &ev, depth, &key, &merge);
		yaml_event_delete(&ev);
		if (end || !event_next(r, &ev))
			break;
		v = node_read(r, &ev, depth, &cw);
		yaml_event_delete(&ev);
		weight_add(w, cw);
		if (!ok || !v)
			continue;
		if (merge) {
			if (!merges)
				merges = value_list(r->arena, key_pos);
			value_append(r->arena, merges, v);
		} else {
			member_add(r, map, key, key_pos, v);
		}
	}
	for (size_t i = 0; i < value_count(merges); i++)
		merge_apply(r, map, value_at(merges, i));
	return map;
}

static struct value *collection_read(struct reader *r, const yaml_event_t *ev, unsigned depth, struct weight *w)
{
	bool seq = ev->type == YAML_SEQUENCE_START_EVENT;
	struct str tag = str_dup(r->arena, str_of_yaml(seq ? ev->data.sequence_start.tag : ev->data.mapping_start.tag));
	bool local = tag.n > 1 && !tag_is_core(tag);
	struct pos start = pos_of(r, &ev->start_mark);
	struct pos pos = local ? content_pos(r, ev, tag, false) : start;
	struct value *v;

	if (!depth_check(r, start, depth + 1))
		return NULL;
	v = seq ? sequence_read(r, pos, depth + 1, w) : mapping_read(r, pos, depth + 1, w);
	if (local)
		return tag_wrap(r, tag, start, v);
	if (tag.n > 1 && !str_eqc(tag, seq ? "tag:yaml.org,2002:seq" : "tag:yaml.org,2002:map")) {
		err_at(r->errs, start, "the YAML tag '!!%.*s' is not supported",
		       STR_ARG(str_sub(tag, strlen("tag:yaml.org,2002:"), tag.n)));
		return NULL;
	}
	return v;
}

/* The node that begins with ev. NULL if it is not usable (an error was added); its events are consumed. */
static struct value *node_read(struct reader *r, yaml_event_t *ev, unsigned depth, struct weight *w)
{
	struct value *v = NULL;
	const yaml_char_t *anchor = NULL;

	*w = (struct weight){1, 0};
	switch (ev->type) {
	case YAML_ALIAS_EVENT:
		return alias_read(r, ev, depth, w);
	case YAML_SCALAR_EVENT:
		anchor = ev->data.scalar.anchor;
		v = scalar_read(r, ev);
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = ev->data.sequence_start.anchor;
		v = collection_read(r, ev, depth, w);
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = ev->data.mapping_start.anchor;
		v = collection_read(r, ev, depth, w);
		break;
	default:
		return NULL;
	}
	if (anchor)
		anchor_add(r, str_dup(r->arena, str_of_yaml(anchor)), v, *w);
	return v;
}

/* The first document's root, then nothing else. */
static struct value *document_read(struct reader *r)
{
	struct value *root = NULL;
	struct pos first = {0};
	yaml_event_t ev;

	while (event_next(r, &ev)) {
		yaml_event_type_t type = ev.type;
		struct pos pos = pos_of(r, &ev.start_mark);
		struct weight w;

		if (type == YAML_DOCUMENT_START_EVENT && first.line) {
			struct err *e = err_at(r->errs, pos, "a second document begins here");

			err_help(r->errs, e, "put it into a file of its own, or remove the '---'");
			r->stopped = true;
		} else if (type == YAML_DOCUMENT_START_EVENT) {
			first = pos;
		} else if (!root) {
			root = node_read(r, &ev, 0, &w);
		}
		yaml_event_delete(&ev);
		if (type == YAML_STREAM_END_EVENT)
			break;
	}
	if (!first.line && !r->stopped)
		err_at(r->errs, (struct pos){1, 1, r->file}, "the file is empty");
	return root;
}

struct value *yaml_read(struct arena *a, struct str text, uint16_t file, unsigned flags, struct errs *errs)
{
	struct reader r = {.arena = a, .errs = errs, .text = text, .file = file, .flags = flags};
	size_t before = errs->errors;
	struct value *root;

	if (!yaml_check_bytes(text, file, errs))
		return NULL;
	if (!yaml_parser_initialize(&r.parser)) {
		err_add(errs, ERR_SYSTEM, (struct pos){1, 1, file}, "not enough memory to read YAML");
		return NULL;
	}
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)(text.n ? text.p : ""), text.n);
	r.anchor_index = value_map(a, (struct pos){0});
	root = document_read(&r);
	yaml_parser_delete(&r.parser);
	return r.stopped || (errs->errors > before && !(flags & YAML_PARTIAL)) ? NULL : root;
}
