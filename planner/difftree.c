/* The walk of the diff: four trees side by side (desired, desired with secrets hidden, last applied, live), one place
 * after the other, recording what differs at the deepest path that tells it. Neighbours: diffpriv.h.
 *
 * What was never set is not compared; what was set and is no longer written goes (semantics 10). Objects may hold
 * further keys that AWS filled in; maps whose keys are the user's own may not.
 */
#include "planner/diffpriv.h"

#include "model/normal.h"

struct mark walk_key(struct walk *w, struct str key)
{
	struct mark m = {w->path.n, w->pattern.n};
	path_key(&w->path, key);
	path_key(&w->pattern, key);
	return m;
}

struct mark walk_index(struct walk *w, size_t i)
{
	struct mark m = {w->path.n, w->pattern.n};
	path_index(&w->path, i);
	buf_cstr(&w->pattern, "[]");
	return m;
}

void walk_back(struct walk *w, struct mark m)
{
	w->path.n = m.path;
	w->pattern.n = m.pattern;
	if (w->path.p)
		w->path.p[m.path] = 0;
	if (w->pattern.p)
		w->pattern.p[m.pattern] = 0;
}

unsigned flags_below(unsigned flags, const struct schema *child)
{
	const unsigned inherited =
	    PROP_CREATE_ONLY | PROP_MAYBE_CREATE_ONLY | PROP_WRITE_ONLY | PROP_SECRET | PROP_IRREVERSIBLE;
	unsigned own = child ? schema_flags(child) : 0, handed = flags & inherited;
	if (own & PROP_UPDATABLE)
		handed &= ~(unsigned)(PROP_CREATE_ONLY | PROP_MAYBE_CREATE_ONLY);
	return handed | own;
}

static bool path_within(struct str path, struct str outer)
{
	if (!str_starts(path, outer))
		return false;
	return path.n == outer.n || path.p[outer.n] == '.' || path.p[outer.n] == '[';
}

bool walk_ignored(const struct walk *w)
{
	for (size_t i = 0; i < value_count(w->ignore); i++) {
		struct str outer = value_text(value_at(w->ignore, i));
		if (outer.n && (path_within(buf_get(&w->path), outer) || path_within(buf_get(&w->pattern), outer)))
			return true;
	}
	return false;
}

/* --- recording ------------------------------------------------------------------------------------------------ */

static const struct value *shown(struct walk *w, const struct value *v, bool secret)
{
	v = state_show_hidden(w->a, v);
	return v && secret && !value_has_secret(v) ? value_mark_secret(w->a, v) : v;
}

static struct prop_change *change_add(struct walk *w, struct prop_change **list, size_t *n, size_t *cap)
{
	*list = arena_grow(w->a, *list, cap, *n + 1, sizeof **list);
	struct prop_change *c = &(*list)[(*n)++];
	*c = (struct prop_change){.path = str_dup(w->a, buf_get(&w->path))};
	return c;
}

void walk_note(struct walk *w, enum prop_change_kind kind, const struct value *before, const struct value *after)
{
	struct diff *o = w->out;
	struct prop_change *c = change_add(w, &o->noted, &o->n_noted, &o->cap_noted);
	c->kind = kind;
	c->before = before;
	c->after = after;
}

void walk_keep(struct walk *w, const struct value *value)
{
	struct diff *o = w->out;
	o->keep = arena_grow(w->a, o->keep, &o->cap_keep, o->n_keep + 1, sizeof *o->keep);
	o->keep[o->n_keep++] = (struct prop_keep){str_dup(w->a, buf_get(&w->path)), value};
}

struct prop_change *walk_emit(struct walk *w, enum prop_change_kind kind, unsigned flags, struct sides at,
			      const struct value *before, const struct value *after)
{
	struct diff *o = w->out;
	bool secret = (flags & PROP_SECRET) || (at.desired && value_has_secret(at.desired));
	before = shown(w, before, secret);
	after = shown(w, after, secret);
	if (!w->blind && at.live && type_moves(w->type, buf_get(&w->pattern)) &&
	    value_same(w, NULL, flags, at.hidden, at.last)) {
		walk_note(w, PROP_CHANGE, before, after);
		walk_keep(w, at.live);
		return NULL;
	}
	struct prop_change *c = change_add(w, &o->props, &o->n, &o->cap);
	c->kind = kind;
	c->before = before;
	c->after = after;
	if (type_passes(w->type, buf_get(&w->pattern), value_text(before), value_text(after)))
		flags &= ~(unsigned)(PROP_CREATE_ONLY | PROP_MAYBE_CREATE_ONLY);
	c->replaces = (flags & PROP_CREATE_ONLY) != 0;
	c->maybe_replaces = !c->replaces && (flags & PROP_MAYBE_CREATE_ONLY);
	c->irreversible = (flags & PROP_IRREVERSIBLE) != 0;
	c->drift = !w->blind && at.last && !state_has_hidden(at.last) && !value_covers(w, NULL, flags, at.last, at.live);
	o->replace |= c->replaces;
	o->maybe_replace |= c->maybe_replaces;
	return c;
}

/* --- documents: every key counts ------------------------------------------------------------------------------ */

static const struct value *document_form(struct walk *w, const struct value *v)
{
	unsigned how = type_normaliser(w->type, buf_get(&w->pattern));
	return normal_form(w->a, how ? (enum normaliser)how : NORMAL_JSON, v);
}

static void document_node(struct walk *w, unsigned flags, struct sides at, const struct value *d,
			  const struct value *v);

static void document_map(struct walk *w, unsigned flags, struct sides at, const struct value *d, const struct value *v)
{
	for (uint32_t i = 0; i < d->map.n; i++) {
		struct mark m = walk_key(w, d->map.items[i].key);
		document_node(w, flags, at, d->map.items[i].value, value_get(v, d->map.items[i].key));
		walk_back(w, m);
	}
	for (uint32_t i = 0; i < v->map.n; i++) {
		if (value_get(d, v->map.items[i].key))
			continue;
		struct mark m = walk_key(w, v->map.items[i].key);
		walk_emit(w, PROP_REMOVE, flags, at, v->map.items[i].value, NULL);
		walk_back(w, m);
	}
}

static void document_node(struct walk *w, unsigned flags, struct sides at, const struct value *d, const struct value *v)
{
	if (v && value_equal(d, v))
		return;
	if (v && d->kind == V_MAP && v->kind == V_MAP) {
		document_map(w, flags, at, d, v);
		return;
	}
	if (v && d->kind == V_LIST && v->kind == V_LIST && d->list.n == v->list.n) {
		for (uint32_t i = 0; i < d->list.n; i++) {
			struct mark m = walk_index(w, i);
			document_node(w, flags, at, d->list.items[i], v->list.items[i]);
			walk_back(w, m);
		}
		return;
	}
	walk_emit(w, v ? PROP_CHANGE : PROP_ADD, flags, at, v, d);
}

static void walk_document(struct walk *w, const struct schema *s, unsigned flags, struct sides at)
{
	if (value_covers(w, s, flags, at.desired, at.live))
		return;
	size_t before = w->out->n + w->out->n_noted;
	if (!value_has_secret(at.desired) && !(flags & PROP_SECRET) && at.desired->kind != V_EXPR)
		document_node(w, flags, at, document_form(w, at.desired), document_form(w, at.live));
	if (w->out->n + w->out->n_noted == before)
		walk_emit(w, PROP_CHANGE, flags, at, at.live, at.desired);
}

/* --- lists ---------------------------------------------------------------------------------------------------- */

static void walk_sequence(struct walk *w, const struct schema *items, unsigned flags, struct sides at)
{
	uint32_t n = at.desired->list.n, have = at.live->list.n;
	for (uint32_t i = 0; i < n || i < have; i++) {
		struct sides item = {value_at(at.desired, i), value_at(at.hidden, i), value_at(at.last, i),
				     value_at(at.live, i)};
		struct mark m = walk_index(w, i);
		if (i < n)
			walk_node(w, items, flags, item);
		else
			walk_emit(w, PROP_REMOVE, flags, item, item.live, NULL);
		walk_back(w, m);
	}
}

static bool *set_match(struct walk *w, const struct schema *items, unsigned flags, struct sides at, bool *known)
{
	uint32_t n = at.desired->list.n, have = at.live->list.n;
	bool *used = arena_array(w->a, have + 1u, sizeof *used);
	struct mark m = walk_index(w, 0);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < have && !known[i]; k++)
			if (!used[k] &&
			    value_covers(w, items, flags, at.desired->list.items[i], at.live->list.items[k]))
				used[k] = known[i] = true;
	walk_back(w, m);
	return used;
}

/* It was applied: that it is missing is somebody else's doing. */
static bool set_had(const struct value *last, const struct value *element)
{
	for (size_t i = 0; i < value_count(last) && last->kind == V_LIST; i++)
		if (value_equal(value_at(last, i), element))
			return true;
	return false;
}

/* Elements of a set have no identity: what has no partner was added or removed. Huge sets are told as a whole. */
static void walk_set(struct walk *w, const struct schema *items, unsigned flags, struct sides at)
{
	uint32_t n = at.desired->list.n, have = at.live->list.n;
	if (value_has_expr(at.desired) || (uint64_t)n * have > 250000) {
		walk_emit(w, PROP_CHANGE, flags, at, at.live, at.desired);
		return;
	}
	bool *known = arena_array(w->a, n + 1u, sizeof *known), *used = set_match(w, items, flags, at, known);
	for (uint32_t i = 0; i < n; i++) {
		if (known[i])
			continue;
		struct mark m = walk_index(w, i);
		struct sides item = {at.desired->list.items[i], value_at(at.hidden, i), NULL, NULL};
		struct prop_change *c = walk_emit(w, PROP_ADD, flags, item, NULL, item.desired);
		if (c)
			c->drift = set_had(at.last, item.desired);
		walk_back(w, m);
	}
	bool drift = at.last && !value_covers(w, NULL, PROP_SET, at.last, at.live);
	for (uint32_t k = 0; k < have; k++) {
		if (used[k])
			continue;
		struct mark m = walk_index(w, k);
		struct sides item = {.live = at.live->list.items[k]};
		struct prop_change *c = walk_emit(w, PROP_REMOVE, flags, item, item.live, NULL);
		if (c)
			c->drift = drift;
		walk_back(w, m);
	}
}

/* Lists of {Key, Value} that AWS completes: a key that was written and is not any more goes back to its default. */
static void entry_removed(struct walk *w, unsigned flags, struct str key, struct sides at, const struct value *def,
			  struct value *wanted)
{
	const struct value *entry = normal_entry(def, key), *after = value_getc(entry, "Value");
	const struct value *before = value_getc(at.live, "Value");
	struct mark m = walk_key(w, key);
	if (!entry) {
		walk_note(w, PROP_LEFT, before, NULL);
	} else if (!str_eq(value_text(after), value_text(before))) {
		value_append(w->a, wanted, (struct value *)(uintptr_t)entry);
		walk_emit(w, PROP_REMOVE, flags, at, before, after);
	}
	walk_back(w, m);
}

void walk_entries(struct walk *w, unsigned flags, struct sides at)
{
	const struct value *def = value_has_expr(at.desired) ? NULL : walk_default(w);
	struct value *wanted = value_list(w->a, (struct pos){0});
	size_t n = value_count(at.desired);
	for (size_t i = 0; i < n; i++) {
		struct value *want = value_at(at.desired, i);
		struct str key = value_text(value_getc(want, "Key"));
		const struct value *have = normal_entry(at.live, key), *text = value_getc(have, "Value");
		struct mark m = walk_key(w, key);
		value_append(w->a, wanted, want);
		if (value_has_expr(want) || !have || !str_eq(value_text(value_getc(want, "Value")), value_text(text)))
			walk_emit(w, have ? PROP_CHANGE : PROP_ADD, flags,
				  (struct sides){want, value_at(at.hidden, i), normal_entry(at.last, key), have}, text,
				  value_getc(want, "Value"));
		walk_back(w, m);
	}
	for (size_t i = 0; i < value_count(at.last); i++) {
		struct str key = value_text(value_getc(value_at(at.last, i), "Key"));
		const struct value *have = normal_entry(at.live, key);
		if (have && !normal_entry(at.desired, key))
			entry_removed(w, flags, key, (struct sides){.last = value_at(at.last, i), .live = have}, def, wanted);
	}
	if (value_count(wanted) > n)
		walk_keep(w, wanted);
}

/* Elements that one member tells apart: what has a partner is compared with it, member by member. */
static void walk_keyed(struct walk *w, const struct schema *items, unsigned flags, struct sides at, struct str member)
{
	for (size_t i = 0; i < value_count(at.desired); i++) {
		const struct value *want = value_at(at.desired, i), *name = value_get(want, member);
		struct str key = name && name->kind != V_EXPR ? value_text(name) : STR_NONE;
		const struct value *have = element_keyed(at.live, member, key);
		struct sides item = {want, value_at(at.hidden, i), element_keyed(at.last, member, key), have};
		struct mark m = walk_index(w, i);
		if (have)
			walk_node(w, items, flags_below(flags, items), item);
		else
			walk_emit(w, PROP_ADD, flags, item, NULL, want);
		walk_back(w, m);
	}
	for (size_t i = 0; i < value_count(at.live); i++) {
		const struct value *have = value_at(at.live, i);
		struct str key = value_text(value_get(have, member));
		struct mark m = walk_index(w, i);
		if (!element_keyed(at.desired, member, key))
			walk_emit(w, PROP_REMOVE, flags,
				  (struct sides){NULL, NULL, element_keyed(at.last, member, key), have}, have, NULL);
		walk_back(w, m);
	}
}

static void walk_list(struct walk *w, const struct schema *s, unsigned flags, struct sides at)
{
	const struct schema *items = s ? schema_items(s) : NULL;
	struct str member = type_written(w->type, buf_get(&w->pattern));
	if (member.n) {
		walk_keyed(w, items, flags, at, member);
		return;
	}
	if (type_normaliser(w->type, buf_get(&w->pattern)) == NORMAL_ENTRIES)
		walk_entries(w, flags, at);
	else if (!(flags & PROP_SET))
		walk_sequence(w, items, flags_below(flags, items), at);
	else if (!value_covers(w, s, flags, at.desired, at.live))
		walk_set(w, items, flags_below(flags, items), at);
}

/* --- objects and scalars -------------------------------------------------------------------------------------- */

static void walk_map(struct walk *w, const struct schema *s, unsigned flags, struct sides at)
{
	for (uint32_t i = 0; i < at.desired->map.n; i++) {
		struct str key = at.desired->map.items[i].key;
		const struct schema *child = schema_below(s, key);
		struct mark m = walk_key(w, key);
		walk_node(w, child, flags_below(flags, child),
			  (struct sides){at.desired->map.items[i].value, value_get(at.hidden, key),
					 value_get(at.last, key), value_get(at.live, key)});
		walk_back(w, m);
	}
	for (uint32_t i = 0; i < at.live->map.n; i++) {
		struct str key = at.live->map.items[i].key;
		struct sides item = {NULL, NULL, value_get(at.last, key), at.live->map.items[i].value};
		if (value_get(at.desired, key) || (!item.last && !schema_is_free_map(s)) || value_is_nothing(item.live))
			continue;
		const struct schema *child = schema_below(s, key);
		struct mark m = walk_key(w, key);
		if (!walk_ignored(w) && !value_covers(w, child, 0, walk_default(w), item.live))
			walk_emit(w, PROP_REMOVE, flags_below(flags, child), item, item.live, NULL);
		walk_back(w, m);
	}
}

/* AWS does not give it back, or nobody may look at it: only what was applied last can be compared. */
static bool known_by_last_alone(const struct walk *w, unsigned flags, const struct sides *at)
{
	if (w->blind || (flags & PROP_WRITE_ONLY))
		return true;
	return state_is_hidden(at->desired) || state_is_hidden(at->live) ||
	       (value_is_nothing(at->live) && value_has_secret(at->desired));
}

static void walk_by_last(struct walk *w, const struct schema *s, unsigned flags, struct sides at)
{
	if (value_same(w, s, flags, at.hidden, at.last))
		return;
	if (value_is_nothing(at.last) && value_is_nothing(at.desired))
		return;
	walk_emit(w, value_is_nothing(at.last) ? PROP_ADD : PROP_CHANGE, flags, at, at.last, at.desired);
}

void walk_node(struct walk *w, const struct schema *s, unsigned flags, struct sides at)
{
	if (walk_ignored(w)) {
		walk_keep(w, at.live);
		return;
	}
	if (known_by_last_alone(w, flags, &at)) {
		walk_by_last(w, s, flags, at);
		return;
	}
	/* What cannot change is as it was applied, however AWS spells it: never replace for a spelling. */
	if ((flags & PROP_CREATE_ONLY) && at.last && value_same(w, s, flags, at.hidden, at.last))
		return;
	/* Which key an alias names is not known here: it counts as applied as long as it is the one that was. */
	if (normal_is_alias(type_normaliser(w->type, buf_get(&w->pattern)), at.desired, at.live) && at.last &&
	    !value_equal(at.hidden, at.last)) {
		walk_emit(w, PROP_CHANGE, flags, at, at.live, at.desired);
		return;
	}
	if (value_is_nothing(at.live)) {
		if (!value_covers(w, s, flags, at.desired, at.live))
			walk_emit(w, PROP_ADD, flags, at, NULL, at.desired);
		return;
	}
	if (schema_is_document(s, flags) || type_normaliser(w->type, buf_get(&w->pattern)) == NORMAL_JSON)
		walk_document(w, s, flags, at);
	else if (at.desired->kind == V_MAP && at.live->kind == V_MAP)
		walk_map(w, s, flags, at);
	else if (at.desired->kind == V_LIST && at.live->kind == V_LIST)
		walk_list(w, s, flags, at);
	else if (!value_covers(w, s, flags, at.desired, at.live))
		walk_emit(w, value_is_nothing(at.desired) ? PROP_REMOVE : PROP_CHANGE, flags, at, at.live, at.desired);
}
