/* Facts: what must be asked of AWS before a stack can be rendered, found in the evaluated trees, each once. */
#include "stacks/stackpriv.h"

static const struct str kinds[] = {
	[FACT_ACCOUNT] = STR_INIT("account"), [FACT_ZONES] = STR_INIT("zones"), [FACT_SSM] = STR_INIT("ssm"),
	[FACT_IMPORT] = STR_INIT("import"),
};

struct fact_slot {
	size_t index;
};

static bool fact_of(const struct loader *ld, const struct value *e, enum fact_kind *kind, uint32_t *target)
{
	struct str k = value_text(value_at(e, 0)), t = value_text(value_at(e, 1));
	size_t i = 0;

	while (i < sizeof kinds / sizeof *kinds && !str_eq(kinds[i], k))
		i++;
	*kind = (enum fact_kind)i;
	*target = 0;
	while (*target < ld->stack->n_targets && !str_eq(ld->stack->targets[*target].name, t))
		++*target;
	return i < sizeof kinds / sizeof *kinds && *target < ld->stack->n_targets &&
	       value_at(e, 2) && value_at(e, 2)->kind == V_STRING;
}

static struct str fact_key(struct arena *a, enum fact_kind kind, uint32_t target, struct str name)
{
	return str_fmt(a, "%u/%u/%.*s", (unsigned)kind, target, STR_ARG(name));
}

static void fact_add(struct loader *ld, const struct value *e)
{
	struct stack *s = ld->stack;
	struct fact_slot *slot;
	enum fact_kind kind;
	uint32_t target;
	struct str name;

	if (!fact_of(ld, e, &kind, &target))
		return;
	name = value_text(value_at(e, 2));
	slot = arena_new(ld->arena, struct fact_slot);
	slot->index = s->n_facts;
	if (name_put(ld->arena, &ld->fact_names, fact_key(ld->arena, kind, target, name), slot))
		return;
	s->facts = arena_grow(ld->arena, s->facts, &ld->cap_facts, s->n_facts + 1, sizeof *s->facts);
	s->facts[s->n_facts++] = (struct fact){.kind = kind, .target = target, .name = name, .pos = e->pos};
}

void fact_note(struct loader *ld, const struct value *v)
{
	if (!v)
		return;
	if (expr_is(v, FN_FACT)) {
		fact_add(ld, v);
	} else if (v->kind == V_MAP) {
		for (uint32_t i = 0; i < v->map.n; i++)
			fact_note(ld, v->map.items[i].value);
	} else if (v->kind == V_LIST || v->kind == V_EXPR) {
		for (uint32_t i = 0; i < v->list.n; i++)
			fact_note(ld, v->list.items[i]);
	}
}

static void scope_facts(struct loader *ld, struct scope *sc)
{
	for (size_t i = 0; i < sc->n_items; i++) {
		struct item *it = sc->items[i];

		if (it->excluded)
			continue;
		fact_note(ld, it->cond);
		fact_note(ld, it->res.props);
		if (it->res.type && type_tag_style(it->res.type) != TAGS_NONE)
			fact_note(ld, default_tags(sc, it->doc, it->res.target));
	}
	for (size_t i = 0; i < sc->n_lookups; i++)
		fact_note(ld, sc->lookups[i]->pub.match);
	for (size_t i = 0; i < sc->n_outs; i++) {
		if (cond_false(sc->outs[i]->cond))
			continue;
		fact_note(ld, sc->outs[i]->cond);
		fact_note(ld, sc->outs[i]->value);
		fact_note(ld, sc->outs[i]->export_name);
	}
}

void facts_collect(struct loader *ld)
{
	for (size_t i = 0; i < ld->n_scopes; i++)
		scope_facts(ld, ld->scopes[i]);
	for (size_t i = 0; i < ld->stack->n_params; i++)
		fact_note(ld, ld->stack->params[i].value);
	for (size_t i = 0; i < ld->stack->n_phases; i++)
		fact_note(ld, ld->stack->phases[i].gate);
	fact_note(ld, ld->stack->runbooks);
}

struct value *fact_value(const struct loader *ld, const struct value *e)
{
	const struct fact_slot *slot;
	enum fact_kind kind;
	uint32_t target;
	struct value *v;

	if (!fact_of(ld, e, &kind, &target))
		return NULL;
	slot = name_get(&ld->fact_names, fact_key(ld->arena, kind, target, value_text(value_at(e, 2))));
	v = slot ? ld->stack->facts[slot->index].value : NULL;
	if (kind == FACT_ACCOUNT && !v && ld->stack->targets[target].found_account.n)
		v = value_string(ld->arena, e->pos, ld->stack->targets[target].found_account);
	return v;
}
