/* Lists whose elements may also be resources of their own: a security group's rules, written inside the group or as
 * standalone resources, are one list in AWS, and here. An inline element is shaped as a resource of the child type
 * would be, so that both spellings of one rule meet in the same key.
 */
#include "providers/sim/inner.h"
#include "base/json.h"

static struct str json_text(struct call *c, const struct value *v)
{
	struct buf b;
	struct str s;

	buf_init(&b, 1 << 22);
	json_write(&b, v, JSON_SORTED | JSON_SECRETS);
	s = buf_take(&b, c->a);
	buf_free(&b);
	return s;
}

/* What the owner's list shows of a child's properties. */
static struct value *shown(struct call *c, const struct schema *items, const struct value *props)
{
	struct value *out = value_map(c->a, (struct pos){0});

	for (size_t i = 0; i < value_count(props); i++)
		if (schema_prop(items, props->map.items[i].key))
			value_set(c->a, out, props->map.items[i].key, (struct pos){0}, props->map.items[i].value);
	return out;
}

static struct str key_of(struct call *c, const struct sim_facts *child, const struct value *element)
{
	struct value *v = value_copy(c->a, element);

	if (!child->not_key)
		value_del(v, STR("Description"));
	for (size_t i = 0; i < value_count(child->not_key); i++)
		value_del(v, value_text(value_at(child->not_key, i)));
	return json_text(c, v);
}

/* The list as a map from key to shown element; NULL with a refusal when the child type isn't simulated. */
static struct value *keyed(struct call *c, const struct sim_shared *l, const struct value *list)
{
	const struct sim_facts *child = facts_of(&c->sim->catalog, l->child, NULL);
	const struct schema *items = schema_items(schema_prop(c->facts->schema, l->property));
	struct value *out = value_map(c->a, (struct pos){0});

	if (!child) {
		call_refuse(c, STR("InternalError"), "%.*s is not simulated", STR_ARG(l->child));
		return NULL;
	}
	for (size_t i = 0; i < value_count(list); i++) {
		struct value *e = shown(c, items, shape_child(c, child, value_at(list, i)));
		value_set(c->a, out, key_of(c, child, e), (struct pos){0}, e);
	}
	return out;
}

static bool element_add(struct call *c, int64_t owner, struct str property, struct str key, const struct value *e,
			int64_t child, const struct sim_facts *child_facts)
{
	struct world *w = &c->sim->world;
	bool taken;

	if (world_try(
		w,
		world_bind(w, W_ELEMENT_ADD, child ? "isssi" : "isssn", owner, property, key, json_text(c, e), child),
		&taken))
		return true;
	if (!taken)
		return call_broken(c);
	return call_refuse(c, child_facts->exists, "the specified %.*s %.*s already exists", STR_ARG(child_facts->noun),
			   STR_ARG(key));
}

/* With the element goes the standalone resource that it is. */
static bool element_remove(struct call *c, struct str property, struct str key)
{
	struct world *w = &c->sim->world;
	sqlite3_stmt *st = world_bind(w, W_ELEMENT_GET, "iss", c->row, property, key);
	int64_t child = world_step(w, st) ? world_int(st, 1) : 0;

	world_reset(st);
	if (child)
		return change_remove(c, child, true);
	return world_do(w, world_bind(w, W_ELEMENT_DEL, "iss", c->row, property, key)) || call_broken(c);
}

static bool list_set(struct call *c, const struct sim_shared *l, const struct value *from, const struct value *to)
{
	struct world *w = &c->sim->world;
	struct value *old = keyed(c, l, from), *new = keyed(c, l, to);
	const struct sim_facts *child = facts_of(&c->sim->catalog, l->child, NULL);

	if (!old || !new)
		return false;
	for (size_t i = 0; i < value_count(old); i++) {
		struct str key = old->map.items[i].key;
		if (!value_get(new, key) && !element_remove(c, l->property, key))
			return false;
	}
	for (size_t i = 0; i < value_count(new); i++) {
		struct str key = new->map.items[i].key;
		const struct value *was = value_get(old, key), *e = new->map.items[i].value;

		if (!was && !element_add(c, c->row, l->property, key, e, 0, child))
			return false;
		if (was && !value_equal(was, e) &&
		    !world_do(w, world_bind(w, W_ELEMENT_SET, "isss", c->row, l->property, key, json_text(c, e))))
			return call_broken(c);
	}
	return true;
}

bool elements_set(struct call *c, const struct value *from, const struct value *to)
{
	for (size_t i = 0; i < c->facts->n_shared; i++) {
		const struct sim_shared *l = &c->facts->shared[i];
		const struct value *list = value_get(to, l->property);

		if (list && !list_set(c, l, value_get(from, l->property), list))
			return false;
	}
	return true;
}

struct value *elements_strip(struct call *c, struct value *props)
{
	for (size_t i = 0; i < c->facts->n_shared; i++)
		if (value_get(props, c->facts->shared[i].property))
			props = value_with(c->a, props, c->facts->shared[i].property, NULL);
	return props;
}

bool elements_join(struct call *c, const struct value *props)
{
	const struct sim_shared *l = c->facts->child_of;
	struct str handle = l ? value_text(value_path(props, l->parent)) : STR_NONE;
	int64_t owner = handle.n ? refs_find(c, c->scope, c->facts->child_of_type, handle) : 0;
	const struct sim_facts *of;
	struct value *e;

	if (!owner)
		return true;
	of = facts_of(&c->sim->catalog, c->facts->child_of_type, NULL);
	e = shown(c, schema_items(schema_prop(of->schema, l->property)), props);
	return element_add(c, owner, l->property, key_of(c, c->facts, e), e, c->row, c->facts);
}

bool elements_changed(struct call *c, const struct value *props)
{
	struct world *w = &c->sim->world;
	const struct sim_shared *l = c->facts->child_of;
	const struct sim_facts *of = l ? facts_of(&c->sim->catalog, c->facts->child_of_type, NULL) : NULL;
	sqlite3_stmt *st;
	struct str key;
	int64_t owner;

	if (!of)
		return true;
	st = world_bind(w, W_ELEMENT_OF_CHILD, "i", c->row);
	if (!world_step(w, st))
		return true;
	owner = world_int(st, 0);
	key = str_dup(c->a, world_text(st, 2));
	world_reset(st);
	return world_do(
		   w, world_bind(w, W_ELEMENT_SET, "isss", owner, l->property, key,
				 json_text(c, shown(c, schema_items(schema_prop(of->schema, l->property)), props)))) ||
	       call_broken(c);
}

bool elements_show(struct call *c, struct arena *a, int64_t row, bool own, struct value *live)
{
	struct errs errs = {.arena = c->a};

	for (size_t i = 0; i < c->facts->n_shared; i++) {
		struct str property = c->facts->shared[i].property;
		struct value *list = value_list(a, (struct pos){0});
		sqlite3_stmt *st = world_bind(&c->sim->world, own ? W_ELEMENTS_OWN : W_ELEMENTS, "is", row, property);

		while (world_step(&c->sim->world, st)) {
			struct value *e = json_read(a, world_text(st, 0), 0, &errs);
			if (e)
				value_append(a, list, e);
		}
		value_set(a, live, property, (struct pos){0}, list);
	}
	return errs.errors == 0 || call_refuse(c, STR("InternalError"), "the world holds an element that is not JSON");
}
