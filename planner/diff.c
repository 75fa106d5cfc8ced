/* The three-way diff of a resource's properties: what is written, what was applied last, what is live.
 *
 * A property that was never set is not compared; one that was removed goes to the type's stated default or is left as
 * is (semantics 10). Tags go by key, drplan's and AWS's own never count (14). Lists whose elements may be resources
 * of their own arrive without those (12; refresh.c). The walk below a property is in difftree.c. Pure.
 */
#include "planner/diffpriv.h"

#include "model/normal.h"

#define PATH_LIMIT (1u << 20)

/* --- tags ----------------------------------------------------------------------------------------------------- */

bool tag_is_ours(struct str key)
{
	return str_starts(key, STR("drplan:")) || str_starts(key, STR("aws:"));
}

/* Tags as a map from key to the element that holds it, whatever the style. */
static struct value *tags_by_key(struct walk *w, const struct value *tags)
{
	struct value *map = value_map(w->a, (struct pos){0});
	if (!tags)
		return map;
	if (tags->kind == V_MAP) {
		for (uint32_t i = 0; i < tags->map.n; i++)
			if (!tag_is_ours(tags->map.items[i].key))
				value_set(w->a, map, tags->map.items[i].key, tags->map.items[i].pos,
					  tags->map.items[i].value);
		return map;
	}
	for (uint32_t i = 0; tags->kind == V_LIST && i < tags->list.n; i++) {
		struct value *element = tags->list.items[i];
		struct str key = value_text(value_getc(element, "Key"));
		if (key.n && !tag_is_ours(key))
			value_set(w->a, map, key, element->pos, element);
	}
	return map;
}

static const struct value *tag_shown(const struct value *element)
{
	if (!element || element->kind != V_MAP || element->map.n > 2)
		return element;
	const struct value *value = value_getc(element, "Value");
	return value ? value : element;
}

static void walk_tag(struct walk *w, unsigned flags, struct str key, struct sides at)
{
	struct mark m = walk_key(w, key);
	if (!walk_ignored(w)) {
		if (!at.desired)
			walk_emit(w, PROP_REMOVE, flags, at, tag_shown(at.live), NULL);
		else if (!at.live || !value_covers(w, NULL, flags, at.desired, at.live))
			walk_emit(w, at.live ? PROP_CHANGE : PROP_ADD, flags, at, tag_shown(at.live),
				  tag_shown(at.desired));
	}
	walk_back(w, m);
}

/* An update that changes other tags asks for those that are ignored as they are. */
static void tags_keep(struct walk *w, const struct value *desired, const struct value *live, bool as_map)
{
	struct value *map = value_copy(w->a, desired), *list = value_list(w->a, (struct pos){0});
	bool ignored = false;
	for (uint32_t i = 0; i < desired->map.n + live->map.n; i++) {
		const struct value *from = i < desired->map.n ? desired : live;
		struct str key = from->map.items[i < desired->map.n ? i : i - desired->map.n].key;
		struct mark m = walk_key(w, key);
		if (walk_ignored(w)) {
			struct value *is = value_get(live, key);
			ignored = true;
			if (is)
				value_set(w->a, map, key, (struct pos){0}, is);
			else
				value_del(map, key);
		}
		walk_back(w, m);
	}
	for (uint32_t i = 0; i < map->map.n; i++)
		value_append(w->a, list, map->map.items[i].value);
	if (ignored)
		walk_keep(w, as_map ? map : list);
}

void walk_tags(struct walk *w, unsigned flags, struct sides at)
{
	if (walk_ignored(w)) {
		walk_keep(w, at.live);
		return;
	}
	if (at.desired && at.desired->kind == V_EXPR) {
		walk_emit(w, PROP_CHANGE, flags, at, at.live, at.desired);
		return;
	}
	const struct value *live = w->blind ? at.last : at.live;
	struct value *d = tags_by_key(w, at.desired), *h = tags_by_key(w, at.hidden), *l = tags_by_key(w, at.last),
		     *v = tags_by_key(w, live);
	for (uint32_t i = 0; i < d->map.n; i++) {
		struct str key = d->map.items[i].key;
		struct sides tag = {d->map.items[i].value, value_get(h, key), value_get(l, key), value_get(v, key)};
		if (w->blind && tag.live && value_same(w, NULL, flags, tag.hidden, tag.live))
			continue;
		walk_tag(w, flags, key, tag);
	}
	for (uint32_t i = 0; i < v->map.n; i++) {
		struct str key = v->map.items[i].key;
		if (!value_get(d, key))
			walk_tag(w, flags, key, (struct sides){NULL, NULL, value_get(l, key), v->map.items[i].value});
	}
	if (!w->blind && value_count(w->ignore))
		tags_keep(w, d, v, type_tag_style(w->type) == TAGS_MAP);
}

/* --- lists shared with resources of their own ----------------------------------------------------------------- */

static bool shared_named(const struct type *t, struct str property, struct shared_list *out)
{
	for (size_t i = 0; i < type_shared_count(t); i++) {
		type_shared(t, i, out);
		if (str_eq(out->property, property))
			return true;
	}
	return false;
}

static bool list_holds(struct walk *w, const struct schema *items, const struct value *list,
		       const struct value *element)
{
	for (size_t i = 0; i < value_count(list); i++)
		if (value_covers(w, items, 0, value_at(list, i), element))
			return true;
	return false;
}

/* What is live and was never ours: it stays when our own elements are removed. */
static const struct value *foreign_elements(struct walk *w, const struct schema *s, const struct value *last,
					    const struct value *live)
{
	struct value *rest = value_list(w->a, (struct pos){0});
	struct mark m = walk_index(w, 0);
	for (size_t i = 0; i < value_count(live); i++)
		if (!list_holds(w, s ? schema_items(s) : NULL, last, value_at(live, i)))
			value_append(w->a, rest, value_at(live, i));
	walk_back(w, m);
	return rest;
}

/* What there would be if nobody had touched it comes back; what there is beyond that is somebody else's, and AWS adds
 * some by itself (a network of both families lets out both). */
static void shared_default(struct walk *w, const struct schema *s, const struct value *def, const struct value *live)
{
	struct value *wanted = value_list(w->a, (struct pos){0});
	const struct value *foreign = foreign_elements(w, s, def, live);
	size_t before = w->out->n;
	for (size_t i = 0; i < value_count(live); i++)
		value_append(w->a, wanted, value_at(live, i));
	for (size_t i = 0; i < value_count(def); i++) {
		struct mark m = walk_index(w, i);
		if (!list_holds(w, s ? schema_items(s) : NULL, live, value_at(def, i))) {
			walk_emit(w, PROP_ADD, flags_below(0, s), (struct sides){.desired = value_at(def, i)}, NULL,
				  value_at(def, i));
			value_append(w->a, wanted, value_at(def, i));
		}
		walk_back(w, m);
	}
	if (value_count(foreign))
		walk_note(w, PROP_FOREIGN, foreign, NULL);
	if (w->out->n != before)
		walk_keep(w, wanted);
}

static void shared_unwritten(struct walk *w, const struct shared_list *shared, const struct value *live)
{
	const struct schema *s = schema_prop(type_schema(w->type), shared->property);
	struct mark m = walk_key(w, shared->property);
	const struct value *def = walk_default(w);
	if (shared->foreign_kept) {
		if (!value_is_nothing(live))
			walk_note(w, PROP_FOREIGN, live, NULL);
	} else if (def && live && !walk_ignored(w)) {
		shared_default(w, s, def, live);
	}
	walk_back(w, m);
}

/* --- properties ----------------------------------------------------------------------------------------------- */

static void walk_property(struct walk *w, struct str key, struct sides at)
{
	const struct schema *s = schema_prop(type_schema(w->type), key);
	unsigned flags = flags_below(0, s);
	struct mark m = walk_key(w, key);
	if (str_eq(key, type_tag_property(w->type)))
		walk_tags(w, flags, at);
	else
		walk_node(w, s, flags, at);
	walk_back(w, m);
}

static const struct value *removed_default(struct walk *w, const struct schema *s, struct str key, struct sides at)
{
	struct shared_list shared;
	if (str_eq(key, type_tag_property(w->type)))
		return type_tag_style(w->type) == TAGS_MAP ? value_map(w->a, (struct pos){0})
							   : value_list(w->a, (struct pos){0});
	if (shared_named(w->type, key, &shared) && shared.foreign_kept)
		return foreign_elements(w, s, at.last, at.live);
	return walk_default(w);
}

/* Applied last time, no longer written. */
static void walk_removed(struct walk *w, struct str key, struct sides at)
{
	const struct schema *s = schema_prop(type_schema(w->type), key);
	unsigned flags = flags_below(0, s);
	struct mark m = walk_key(w, key);
	if (w->blind)
		at.live = at.last;
	if (type_normaliser(w->type, key) == NORMAL_ENTRIES && !walk_ignored(w)) {
		walk_entries(w, flags, at);
		walk_back(w, m);
		return;
	}
	const struct value *def = removed_default(w, s, key, at);
	if (def && (flags & PROP_WRITE_ONLY) && !at.live)
		at.live = at.last; /* AWS does not tell: it is as it was applied */
	bool there = (flags & PROP_WRITE_ONLY) || !value_is_nothing(at.live);
	if (walk_ignored(w) || (!def && !there) || (flags & PROP_READ_ONLY)) {
		walk_back(w, m);
		return;
	}
	if (!def) {
		walk_note(w, PROP_LEFT, (flags & PROP_SECRET) && at.live ? value_mark_secret(w->a, at.live) : at.live,
			  NULL);
	} else if (str_eq(key, type_tag_property(w->type))) {
		walk_keep(w, def);
		walk_tags(w, flags, (struct sides){.last = at.last, .live = at.live});
	} else if (value_is_nothing(def) ? !value_is_nothing(at.live) : !value_covers(w, s, flags, def, at.live)) {
		walk_keep(w, def);
		walk_emit(w, PROP_REMOVE, flags, at, at.live, value_is_nothing(def) ? NULL : def);
	}
	walk_back(w, m);
}

static void walk_shared(struct walk *w, const struct value *desired, const struct value *last, const struct value *live)
{
	for (size_t i = 0; !w->blind && i < type_shared_count(w->type); i++) {
		struct shared_list shared;
		type_shared(w->type, i, &shared);
		if (!value_get(desired, shared.property) && !value_get(last, shared.property))
			shared_unwritten(w, &shared, value_get(live, shared.property));
	}
}

void diff_hidden(struct arena *a, const struct type *t, const struct value *desired, const struct value *hidden,
		 const struct value *last, const struct value *live, const struct value *ignore, struct diff *out)
{
	*out = (struct diff){0};
	struct walk w = {.a = a, .type = t, .out = out, .ignore = ignore, .blind = !live};
	buf_init(&w.path, PATH_LIMIT);
	buf_init(&w.pattern, PATH_LIMIT);
	for (size_t i = 0; i < value_count(desired); i++) {
		struct str key = desired->map.items[i].key;
		walk_property(&w, key,
			      (struct sides){desired->map.items[i].value, value_get(hidden, key), value_get(last, key),
					     value_get(live, key)});
	}
	for (size_t i = 0; i < value_count(last); i++) {
		struct str key = last->map.items[i].key;
		if (!value_get(desired, key))
			walk_removed(&w, key,
				     (struct sides){NULL, NULL, last->map.items[i].value, value_get(live, key)});
	}
	walk_shared(&w, desired, last, live);
	buf_free(&w.path);
	buf_free(&w.pattern);
}

void diff_props(struct arena *a, const struct type *t, const struct value *desired, const struct value *last,
		const struct value *live, const struct value *ignore, struct diff *out)
{
	diff_hidden(a, t, desired, desired, last, live, ignore, out);
}
