/* Phases: the written order, with the layers' own phases merged in, so that every type has a place (semantics 1). */
#include "stacks/stackpriv.h"

static const struct str phase_keys[] = {STR_INIT("Name"), STR_INIT("Gate"), STR_INIT("OnFailure")};

static void on_failure_read(struct loader *ld, struct phase *ph, const struct value *v)
{
	static const struct str words[] = {STR_INIT("rollback"), STR_INIT("pause"), STR_INIT("keep")};
	const struct parse p = {ld->root, ld->root->target, PARSE_NO_RESOURCES, "Phases"};
	struct str s, near;

	if (!v || !expr_text(&p, v, "OnFailure", &s))
		return;
	for (size_t i = 0; i < 3; i++) {
		if (str_eq(s, words[i])) {
			ph->on_failure = (enum on_failure)i;
			return;
		}
	}
	near = err_suggest(ld->arena, s, words, 3);
	err_help(ld->errs, err_at(ld->errs, v->pos, "OnFailure cannot be '%.*s'%.*s", STR_ARG(s), STR_ARG(near)),
		 "it is rollback, pause or keep");
}

static void phase_add(struct loader *ld, size_t *cap, struct phase ph)
{
	struct stack *s = ld->stack;

	for (size_t i = 0; i < s->n_phases; i++) {
		if (str_eq(s->phases[i].name, ph.name)) {
			twice_error(ld->errs, ph.name, ph.pos, s->phases[i].pos);
			return;
		}
	}
	s->phases = arena_grow(ld->arena, s->phases, cap, s->n_phases + 1, sizeof *s->phases);
	s->phases[s->n_phases++] = ph;
}

static void phase_read(struct loader *ld, size_t *cap, const struct value *v)
{
	const struct parse p = {ld->root, ld->root->target, PARSE_NO_RESOURCES, "Phases"};
	const struct value *name = value_getc(v, "Name");
	struct phase ph = {.pos = v->pos, .written = true};

	if (v->kind == V_STRING) {
		ph.name = v->text;
		phase_add(ld, cap, ph);
		return;
	}
	if (!KEYS_CHECK(ld->errs, v, phase_keys, "a phase"))
		return;
	if (!name) {
		err_help(ld->errs, err_at(ld->errs, v->pos, "a phase needs a Name"), "write '- Name: networking'");
		return;
	}
	ph.pos = name->pos;
	if (!expr_text(&p, name, "Name", &ph.name))
		return;
	ph.gate = value_getc(v, "Gate");
	on_failure_read(ld, &ph, value_getc(v, "OnFailure"));
	phase_add(ld, cap, ph);
}

static int phase_index(const struct stack *s, struct str name)
{
	for (size_t i = 0; i < s->n_phases; i++)
		if (str_eq(s->phases[i].name, name))
			return (int)i;
	return -1;
}

/* A layer without a written phase comes right behind the layer before it. */
static void layers_merge(struct loader *ld, size_t *cap)
{
	struct stack *s = ld->stack;
	size_t after = 0;

	for (int l = 0; l < LAYER_COUNT; l++) {
		struct str name = layer_name((enum layer)l);
		int at = phase_index(s, name);

		if (at >= 0) {
			after = (size_t)at + 1;
			continue;
		}
		s->phases = arena_grow(ld->arena, s->phases, cap, s->n_phases + 1, sizeof *s->phases);
		for (size_t i = s->n_phases; i > after; i--)
			s->phases[i] = s->phases[i - 1];
		s->phases[after] = (struct phase){.name = name};
		s->n_phases++;
		after++;
	}
	for (int l = 0; l < LAYER_COUNT; l++)
		s->layer_phase[l] = (uint32_t)phase_index(s, layer_name((enum layer)l));
}

void phases_read(struct loader *ld)
{
	const struct value *list = value_getc(ld->root->docs[0]->root, "Phases");
	size_t cap = 0;

	if (list && list->kind != V_LIST)
		err_help(ld->errs, err_at(ld->errs, list->pos, "Phases must be a list, not %s", kind_name(list)),
			 "phases have an order: write '- Name: networking' and so on");
	for (size_t i = 0; list && list->kind == V_LIST && i < value_count(list) && i < 200; i++)
		phase_read(ld, &cap, value_at(list, i));
	layers_merge(ld, &cap);
}

bool phase_named(struct loader *ld, struct str name, struct pos pos, int32_t *out)
{
	const struct stack *s = ld->stack;
	struct str *names, near;
	int i = phase_index(s, name);

	if (i >= 0) {
		*out = i;
		return true;
	}
	names = arena_array(ld->arena, s->n_phases + 1, sizeof *names);
	for (size_t k = 0; k < s->n_phases; k++)
		names[k] = s->phases[k].name;
	near = err_suggest(ld->arena, name, names, s->n_phases);
	err_help(ld->errs, err_at(ld->errs, pos, "there is no phase '%.*s'%.*s", STR_ARG(name), STR_ARG(near)),
		 "phases are named under Phases at the top of the stack; without it they are networking, security, compute "
		 "and monitoring");
	return false;
}
