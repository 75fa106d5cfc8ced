/* Lists with two owners (semantics 12): a group's inline rules and the rules that are resources of their own.
 *
 * AWS reports both in one list. What other resources of this state own is taken out of the live list here, so that
 * neither diff nor provider ever meets it. Elements are matched by a fingerprint of the properties that both types
 * have, in their canonical spelling: linear in elements plus resources.
 */
#include "planner/planpriv.h"

#include "model/normal.h"

struct owned { /* an open-addressing set of fingerprints */
	struct fingerprint *slots;
	size_t n_slots, n;
	struct arena *a;
	struct arena scratch;
};

static void owned_add(struct owned *o, struct fingerprint f);

static void owned_grow(struct owned *o)
{
	struct fingerprint *old = o->slots;
	size_t n_old = o->n_slots;
	o->n_slots = n_old ? 2 * n_old : 64;
	o->slots = arena_array(o->a, o->n_slots, sizeof *o->slots);
	o->n = 0;
	for (size_t i = 0; i < n_old; i++)
		if (old[i].hi || old[i].lo)
			owned_add(o, old[i]);
}

static size_t owned_slot(const struct owned *o, struct fingerprint f)
{
	size_t at = f.lo & (o->n_slots - 1);
	while ((o->slots[at].hi || o->slots[at].lo) && !fingerprint_eq(o->slots[at], f))
		at = (at + 1) & (o->n_slots - 1);
	return at;
}

static void owned_add(struct owned *o, struct fingerprint f)
{
	if (2 * (o->n + 1) > o->n_slots)
		owned_grow(o);
	size_t at = owned_slot(o, f);
	if (!o->slots[at].hi && !o->slots[at].lo)
		o->n++;
	o->slots[at] = f;
}

static bool owned_has(const struct owned *o, struct fingerprint f)
{
	size_t at = o->n_slots ? owned_slot(o, f) : 0;
	return o->n_slots && fingerprint_eq(o->slots[at], f);
}

/* AWS keeps ports for four protocols only, and reports the others' as absent in one place and as -1 in another. */
static bool has_ports(struct owned *o, const struct type *child, const struct value *v)
{
	static const char *const with_ports[] = {"tcp", "udp", "icmp", "icmpv6"};
	for (uint32_t i = 0; v->kind == V_MAP && i < v->map.n; i++) {
		if (type_normaliser(child, v->map.items[i].key) != NORMAL_PROTOCOL)
			continue;
		struct str protocol = value_text(normal_form(&o->scratch, NORMAL_PROTOCOL, v->map.items[i].value));
		for (size_t k = 0; k < sizeof with_ports / sizeof *with_ports; k++)
			if (str_eqc(protocol, with_ports[k]))
				return true;
		return false;
	}
	return true;
}

/* "child type, parent, property=value..." over the element's properties that the child type has too. Descriptions can
 * be changed behind either owner's back and say nothing about whose it is. */
static struct fingerprint element_key(struct owned *o, const struct shared_list *shared, const struct schema *element,
				      const struct type *child, struct str parent, const struct value *v)
{
	bool ports = has_ports(o, child, v);
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_fmt(&b, "%.*s\n%.*s\n", STR_ARG(shared->child), STR_ARG(parent));
	for (size_t i = 0; i < schema_prop_count(element); i++) {
		struct str name = schema_prop_name(element, i);
		const struct value *item = value_get(v, name);
		if (!item || !value_is_scalar(item) || str_eqc(name, "Description") ||
		    !schema_prop(type_schema(child), name) || str_eq(name, shared->child_parent))
			continue;
		unsigned how = type_normaliser(child, name);
		if (how == NORMAL_PORT && (!ports || str_eqc(value_text(item), "-1")))
			continue;
		if (how)
			item = normal_form(&o->scratch, (enum normaliser)how, item);
		buf_fmt(&b, "%.*s=%.*s\n", STR_ARG(name), STR_ARG(value_text(item)));
	}
	struct fingerprint f = hash_bytes(buf_get(&b));
	buf_free(&b);
	arena_reset(&o->scratch);
	return f;
}

static const struct schema *element_schema(const struct type *t, const struct shared_list *shared)
{
	return schema_items(schema_prop(type_schema(t), shared->property));
}

/* Which lists of which types are shared: there are a handful, so all types are asked once. */
struct sharing {
	const struct type *type;
	struct shared_list list;
};

static struct sharing *sharings(struct arena *a, size_t *n)
{
	struct sharing *all = NULL;
	size_t cap = 0;
	*n = 0;
	for (size_t i = 0; i < model_count(); i++) {
		const struct type *t = model_nth(i);
		for (size_t k = 0; k < type_shared_count(t); k++) {
			all = arena_grow(a, all, &cap, *n + 1, sizeof *all);
			all[*n].type = t;
			type_shared(t, k, &all[(*n)++].list);
		}
	}
	return all;
}

static void collect(struct planning *p, struct owned *o, const struct sharing *all, size_t n_all)
{
	for (size_t i = 0; i < p->g.n; i++) {
		const struct node *node = &p->g.nodes[i];
		const struct type *child = node->row ? model_type(node->row->type) : NULL;
		if (!child)
			continue;
		const struct change *c = change_of(p, node);
		const struct value *props = c->live ? c->live : node->row->inputs;
		for (size_t k = 0; k < n_all; k++) {
			if (!str_eq(all[k].list.child, node->row->type))
				continue;
			const struct value *parent = value_get(props, all[k].list.child_parent);
			size_t n = parent && parent->kind == V_LIST ? value_count(parent) : 1;
			const struct schema *element = element_schema(all[k].type, &all[k].list);
			for (size_t m = 0; m < n; m++) {
				struct str one =
				    value_text(parent && parent->kind == V_LIST ? value_at(parent, m) : parent);
				owned_add(o, element_key(o, &all[k].list, element, child, one, props));
			}
		}
	}
}

static const struct value *without_owned(struct planning *p, struct owned *o, const struct sharing *sharing,
					 const struct change *c)
{
	const struct value *list = value_get(c->live, sharing->list.property);
	const struct type *child = model_type(sharing->list.child);
	struct value *rest = value_list(p->a, (struct pos){0});
	if (!list || !child)
		return c->live;
	for (size_t i = 0; i < value_count(list); i++) {
		struct value *v = value_at(list, i);
		struct fingerprint f =
		    element_key(o, &sharing->list, element_schema(sharing->type, &sharing->list), child, c->row->id, v);
		if (!owned_has(o, f))
			value_append(p->a, rest, v);
	}
	if (value_count(rest) == value_count(list))
		return c->live;
	p->touched++;
	return value_with(p->a, c->live, sharing->list.property, rest);
}

void shared_subtract(struct planning *p)
{
	size_t n;
	struct sharing *all = sharings(p->a, &n);
	struct owned o = {.a = p->a};
	if (!n)
		return;
	collect(p, &o, all, n);
	for (size_t i = 0; o.n && i < p->g.n; i++) {
		struct change *c = change_of(p, &p->g.nodes[i]);
		for (size_t k = 0; c->live && c->row && k < n; k++)
			if (str_eq(type_name(all[k].type), c->row->type))
				c->live = without_owned(p, &o, &all[k], c);
	}
	arena_free(&o.scratch);
}
