/* Conditions: evaluated when something uses them, once per using target, and kept. Mappings, which they often use. */
#include "stacks/stackpriv.h"

#define COND_DEPTH 100

/* Conditions may have '&' and '_' in their names, unlike logical ids. */
static void name_check(struct errs *errs, const struct member *m)
{
	if (regex_match(STR("[A-Za-z0-9&_]{1,255}"), m->key, true) != REGEX_YES)
		err_help(errs, err_at(errs, m->pos, "'%.*s' is no name for a condition", STR_ARG(m->key)),
			 "it has letters, digits, '&' and '_' only; at most 255");
}

void conditions_declare(struct scope *sc)
{
	struct loader *ld = sc->ld;

	for (size_t d = 0; d < sc->n_docs; d++) {
		const struct value *map = foreach_expand(sc, sc->docs[d]->section[SEC_CONDITIONS]);

		for (uint32_t i = 0; map && i < map->map.n; i++) {
			const struct member *m = &map->map.items[i];
			struct cond *c = arena_new(ld->arena, struct cond), *old;

			*c = (struct cond){.name = m->key, .pos = m->pos, .raw = m->value};
			name_check(ld->errs, m);
			old = name_put(ld->arena, &sc->conditions, m->key, c);
			if (old) {
				twice_error(ld->errs, m->key, m->pos, old->pos);
				continue;
			}
			c->by_target = arena_array(ld->arena, ld->stack->n_targets, sizeof *c->by_target);
			sc->conds =
				arena_grow(ld->arena, sc->conds, &sc->cap_conds, sc->n_conds + 1, sizeof *sc->conds);
			sc->conds[sc->n_conds++] = c;
		}
	}
}

static void unknown_condition(struct scope *sc, struct str name, struct pos pos)
{
	struct loader *ld = sc->ld;
	struct str *names = arena_array(ld->arena, sc->n_conds + 1, sizeof *names), near = STR_NONE;
	struct err *e;

	for (size_t i = 0; i < sc->n_conds; i++)
		names[i] = sc->conds[i]->name;
	if (ld->suggestions++ < 40)
		near = err_suggest(ld->arena, name, names, sc->n_conds);
	e = err_at(ld->errs, pos, "there is no condition '%.*s'%.*s", STR_ARG(name), STR_ARG(near));
	if (!near.n)
		err_help(ld->errs, e, "conditions are named under Conditions at the top level");
}

static struct value *condition_eval(struct scope *sc, struct cond *c, uint32_t target)
{
	const struct parse p = {sc, target, PARSE_CONDITION | PARSE_NO_RESOURCES, "Conditions"};
	struct loader *ld = sc->ld;
	struct value *v;

	if (c->raw->kind != V_MAP || c->raw->map.n != 1) {
		err_help(ld->errs, err_at(ld->errs, c->raw->pos, "the condition '%.*s' must be a function, not %s",
					  STR_ARG(c->name), kind_name(c->raw)),
			 "write Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition");
		return expr_broken(ld, c->pos);
	}
	v = expr_eval(&p, c->raw);
	if (v->kind == V_BOOL || v->kind == V_EXPR)
		return v;
	err_at(ld->errs, c->raw->pos, "the condition '%.*s' must be true or false, not %s", STR_ARG(c->name),
	       kind_name(v));
	return expr_broken(ld, c->pos);
}

struct value *condition_value(struct scope *sc, uint32_t target, struct str name, struct pos pos)
{
	struct loader *ld = sc->ld;
	struct cond *c = name_get(&sc->conditions, name);

	if (!c) {
		unknown_condition(sc, name, pos);
		return expr_broken(ld, pos);
	}
	if (c->by_target[target])
		return c->by_target[target];
	if (c->busy) {
		if (!c->cyclic) {
			struct err *e = err_at(ld->errs, pos, "the condition '%.*s' depends on itself", STR_ARG(name));

			e->related = c->pos;
			e->related_note = STR("which is defined here");
		}
		c->cyclic = true;
		return expr_broken(ld, pos);
	}
	if (ld->cond_depth >= COND_DEPTH) {
		err_at(ld->errs, pos, "conditions refer to each other more than %d times in a row", COND_DEPTH);
		return expr_broken(ld, pos);
	}
	c->busy = true;
	ld->cond_depth++;
	c->by_target[target] = expr_bounded(ld, condition_eval(sc, c, target), c->pos);
	ld->cond_depth--;
	c->busy = false;
	return c->by_target[target];
}

void conditions_check(struct scope *sc)
{
	for (size_t i = 0; i < sc->n_conds; i++) {
		bool used = false;

		for (size_t t = 0; t < sc->ld->stack->n_targets; t++)
			used |= sc->conds[i]->by_target[t] != NULL;
		if (!used)
			condition_value(sc, sc->target, sc->conds[i]->name, sc->conds[i]->pos);
	}
}

bool cond_false(const struct value *cond)
{
	return cond && cond->kind == V_BOOL && !cond->boolean;
}

/* A mapping has two levels of keys; the values are texts, or lists of them. */
static void mapping_check(struct loader *ld, const struct member *m)
{
	if (m->value->kind != V_MAP) {
		err_at(ld->errs, m->value->pos, "the mapping '%.*s' must be a map of maps, not %s", STR_ARG(m->key),
		       kind_name(m->value));
		return;
	}
	for (uint32_t i = 0; i < m->value->map.n; i++) {
		const struct member *top = &m->value->map.items[i];

		if (top->value->kind != V_MAP) {
			err_at(ld->errs, top->value->pos,
			       "the mapping '%.*s' needs two levels of keys: '%.*s' must be a map, "
			       "not %s",
			       STR_ARG(m->key), STR_ARG(top->key), kind_name(top->value));
			continue;
		}
		for (uint32_t k = 0; k < top->value->map.n; k++) {
			const struct value *v = top->value->map.items[k].value;

			if (v->kind == V_MAP || v->kind == V_NULL)
				err_help(ld->errs,
					 err_at(ld->errs, v->pos, "a mapping's value must be a text or a list, not %s",
						kind_name(v)),
					 "functions and deeper maps are not allowed in Mappings");
		}
	}
}

void mappings_declare(struct scope *sc)
{
	struct loader *ld = sc->ld;

	sc->mappings = value_map(ld->arena, sc->docs[0]->root->pos);
	for (size_t d = 0; d < sc->n_docs; d++) {
		const struct value *map = sc->docs[d]->section[SEC_MAPPINGS];

		for (uint32_t i = 0; map && i < map->map.n; i++) {
			const struct member *m = &map->map.items[i], *old = value_member(sc->mappings, m->key);

			if (old) {
				twice_error(ld->errs, m->key, m->pos, old->pos);
				continue;
			}
			mapping_check(ld, m);
			value_set(ld->arena, sc->mappings, m->key, m->pos, m->value);
		}
	}
}
