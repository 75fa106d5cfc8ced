/* Runbooks, gates and objectives, checked by shape: one-key maps with known keys, durations, names of resources and
 * targets that exist. What the verbs do is the planner's business. */
#include "stacks/shapes.h"
#include "stacks/stackpriv.h"

static const struct str runbook_keys[] = {
	STR_INIT("Description"), STR_INIT("From"), STR_INIT("To"), STR_INIT("Preflight"), STR_INIT("Steps"),
	STR_INIT("Always"), STR_INIT("Schedule"),
};
static const struct str step_keys[] = {
	STR_INIT("Name"), STR_INIT("Timeout"), STR_INIT("OnFailure"), STR_INIT("When"), STR_INIT("Owner"),
	STR_INIT("StopsClock"),
};

static struct parse runbook_parse(struct loader *ld)
{
	return (struct parse){ld->root, ld->root->target, PARSE_RUNBOOK, "Runbooks"};
}

static void duration_check(struct loader *ld, const struct value *v, const char *key)
{
	int64_t ms;

	if (!v || v->kind == V_EXPR || (value_is_scalar(v) && str_duration(value_text(v), &ms)))
		return;
	err_help(ld->errs, err_at(ld->errs, v->pos, "%s must be a duration", key), "such as 30s, 15m, 24h or 7d");
}

static void word_check(struct loader *ld, const struct value *v, const char *key, const struct str *words, size_t n)
{
	struct str near;

	if (!v || v->kind == V_EXPR)
		return;
	for (size_t i = 0; i < n; i++)
		if (str_eq(value_text(v), words[i]))
			return;
	near = err_suggest(ld->arena, value_text(v), words, n);
	err_at(ld->errs, v->pos, "%s cannot be '%.*s'%.*s", key, STR_ARG(value_text(v)), STR_ARG(near));
}

static void target_check(struct loader *ld, const struct value *v)
{
	uint32_t unused;

	if (v && value_is_scalar(v))
		target_named(ld, value_text(v), v->pos, &unused);
}

/* Logical ids inside verbs: a text or a list of texts. */
static void names_check(struct loader *ld, const struct value *v)
{
	const struct name *n;

	for (size_t i = 0; v && v->kind == V_LIST && i < value_count(v); i++)
		names_check(ld, value_at(v, i));
	if (!v || v->kind != V_STRING || !v->text.n || ld->root->broken)
		return;
	n = name_get(&ld->root->names, v->text);
	if (!n || n->kind == NAME_PARAMETER) {
		struct str near = name_suggest(ld->root, v->text);

		err_help(ld->errs,
			 err_at(ld->errs, v->pos, "there is no resource or lookup '%.*s'%.*s", STR_ARG(v->text),
				STR_ARG(near)),
			 "resources are named by their logical ids here");
	}
}

static void unknown_shape(struct loader *ld, const struct member *m, const char *what, const struct shape *shapes,
			  size_t n)
{
	struct str *names = arena_array(ld->arena, n + 1, sizeof *names), near;

	for (size_t i = 0; i < n; i++)
		names[i] = shapes[i].name;
	near = err_suggest(ld->arena, m->key, names, n);
	err_at(ld->errs, m->pos, "there is no %s '%.*s'%.*s", what, STR_ARG(m->key), STR_ARG(near));
}

static void shape_keys_check(struct loader *ld, const struct shape *shape, const struct member *m)
{
	struct str keys[24], rest = str_of(shape->keys), key;
	const struct value *v = m->value;
	size_t n = 0;
	bool required;

	if (v->kind != V_MAP) {
		err_at(ld->errs, v->pos, "%.*s takes a map, not %s", STR_ARG(m->key), kind_name(v));
		return;
	}
	while (n < sizeof keys / sizeof *keys && shape_next(&rest, &key, &required)) {
		keys[n++] = key;
		if (required && !value_get(v, key))
			err_at(ld->errs, m->pos, "%.*s needs '%.*s'", STR_ARG(m->key), STR_ARG(key));
	}
	keys_check(ld->errs, v, keys, n, str_dup(ld->arena, m->key).p);
	duration_check(ld, value_getc(v, "Within"), "Within");
	duration_check(ld, value_getc(v, "Ttl"), "Ttl");
	target_check(ld, value_getc(v, "Target"));
	for (uint32_t i = 0; i < v->map.n; i++)
		if (shape_names(shape, v->map.items[i].key) == NAMES_RESOURCES)
			names_check(ld, v->map.items[i].value);
}

static void check_check(struct loader *ld, const struct value *v)
{
	const struct shape *shape;

	if (v->kind != V_MAP || v->map.n != 1) {
		err_help(ld->errs, err_at(ld->errs, v->pos, "a check is a map with one key"),
			 "such as - Http: {Url: ...}");
		return;
	}
	shape = shape_find(check_shapes, n_check_shapes, v->map.items[0].key);
	if (!shape)
		unknown_shape(ld, &v->map.items[0], "check", check_shapes, n_check_shapes);
	else if (shape->keys[0])
		shape_keys_check(ld, shape, &v->map.items[0]);
}

void gate_check(struct loader *ld, const struct value *checks)
{
	if (!checks)
		return;
	if (checks->kind != V_LIST)
		err_help(ld->errs, err_at(ld->errs, checks->pos, "checks are a list, not %s", kind_name(checks)),
			 "write '- Exists: {Of: Vpc}'");
	for (size_t i = 0; checks->kind == V_LIST && i < value_count(checks); i++)
		check_check(ld, value_at(checks, i));
}

static void steps_check(struct loader *ld, const struct value *steps, struct pos pos, unsigned depth);

static void verb_check(struct loader *ld, const struct member *m, unsigned depth)
{
	const struct shape *shape = shape_find(verb_shapes, n_verb_shapes, m->key);
	const struct member *inner;

	if (!shape) {
		unknown_shape(ld, m, "verb", verb_shapes, n_verb_shapes);
	} else if (str_eqc(m->key, "Check")) {
		gate_check(ld, m->value);
	} else if (str_eqc(m->key, "Parallel")) {
		steps_check(ld, m->value, m->pos, depth + 1);
	} else if (str_eqc(m->key, "Measure")) {
		inner = m->value->kind == V_MAP && m->value->map.n == 1 ? &m->value->map.items[0] : NULL;
		if (inner && str_eqc(inner->key, "RPO"))
			check_check(ld, inner->value);
		else
			err_at(ld->errs, m->value->pos, "Measure takes {RPO: a check that measures}");
	} else {
		shape_keys_check(ld, shape, m);
	}
}

static bool is_step_key(struct str key)
{
	for (size_t i = 0; i < sizeof step_keys / sizeof *step_keys; i++)
		if (str_eq(step_keys[i], key))
			return true;
	return false;
}

static void step_check(struct loader *ld, const struct value *step, struct value *names, unsigned depth)
{
	static const struct str on_failure[] = {STR_INIT("stop"), STR_INIT("continue"), STR_INIT("undo")};
	static const struct str when[] = {STR_INIT("planned"), STR_INIT("unplanned")};
	const struct value *name = value_getc(step, "Name");
	const struct member *verb = NULL;

	if (step->kind != V_MAP) {
		err_at(ld->errs, step->pos, "a step is a map, not %s", kind_name(step));
		return;
	}
	if (!name || !value_is_scalar(name)) {
		err_at(ld->errs, name ? name->pos : step->pos, "a step needs a Name");
	} else if (value_get(names, value_text(name))) {
		twice_error(ld->errs, value_text(name), name->pos, value_get(names, value_text(name))->pos);
	} else {
		value_set(ld->arena, names, value_text(name), name->pos, (struct value *)name);
	}
	for (uint32_t i = 0; i < step->map.n; i++) {
		const struct member *m = &step->map.items[i];

		if (is_step_key(m->key))
			continue;
		if (verb)
			err_at(ld->errs, m->pos, "a step has one verb; '%.*s' is a second one", STR_ARG(m->key));
		else
			verb_check(ld, m, depth);
		verb = m;
	}
	if (!verb)
		err_at(ld->errs, step->pos, "the step has no verb");
	duration_check(ld, value_getc(step, "Timeout"), "Timeout");
	word_check(ld, value_getc(step, "OnFailure"), "OnFailure", on_failure, 3);
	word_check(ld, value_getc(step, "When"), "When", when, 2);
}

static void steps_check(struct loader *ld, const struct value *steps, struct pos pos, unsigned depth)
{
	struct value *names = value_map(ld->arena, pos);

	if (!steps || steps->kind != V_LIST) {
		err_at(ld->errs, steps ? steps->pos : pos, "steps are a list of maps");
		return;
	}
	if (depth > 2) {
		err_at(ld->errs, pos, "Parallel inside of Parallel inside of Parallel is not supported");
		return;
	}
	for (size_t i = 0; i < value_count(steps); i++)
		step_check(ld, value_at(steps, i), names, depth);
}

static void runbook_check(struct loader *ld, const struct member *m)
{
	const struct value *rb = m->value;

	if (!KEYS_CHECK(ld->errs, rb, runbook_keys, "a runbook") && rb->kind != V_MAP)
		return;
	target_check(ld, value_getc(rb, "From"));
	target_check(ld, value_getc(rb, "To"));
	gate_check(ld, value_getc(rb, "Preflight"));
	steps_check(ld, value_getc(rb, "Steps"), m->pos, 0);
	if (value_getc(rb, "Always"))
		steps_check(ld, value_getc(rb, "Always"), m->pos, 0);
}

void runbooks_read(struct loader *ld)
{
	const struct parse p = runbook_parse(ld);
	struct value *all = value_map(ld->arena, (struct pos){0});

	for (size_t d = 0; d < ld->root->n_docs; d++) {
		const struct value *map = ld->root->docs[d]->section[SEC_RUNBOOKS];

		for (uint32_t i = 0; map && i < map->map.n; i++) {
			const struct member *m = &map->map.items[i], *old = value_member(all, m->key);

			if (old)
				twice_error(ld->errs, m->key, m->pos, old->pos);
			else
				value_set(ld->arena, all, m->key, m->pos, expr_eval(&p, m->value));
		}
	}
	for (uint32_t i = 0; i < all->map.n; i++)
		runbook_check(ld, &all->map.items[i]);
	if (all->map.n)
		ld->stack->runbooks = all;
	for (size_t i = 0; i < ld->stack->n_phases; i++) {
		struct phase *ph = &ld->stack->phases[i];

		if (ph->gate)
			ph->gate = expr_eval(&p, ph->gate);
		gate_check(ld, ph->gate);
	}
}

void objectives_read(struct loader *ld)
{
	static const struct str keys[] = {STR_INIT("RTO"), STR_INIT("RPO")};
	const struct parse p = {ld->root, ld->root->target, PARSE_NO_RESOURCES, "Objectives"};
	const struct value *v = value_getc(ld->root->docs[0]->root, "Objectives");

	if (!v)
		return;
	v = expr_eval(&p, v);
	if (!KEYS_CHECK(ld->errs, v, keys, "Objectives"))
		return;
	duration_check(ld, value_getc(v, "RTO"), "RTO");
	duration_check(ld, value_getc(v, "RPO"), "RPO");
	ld->stack->objectives = v;
}
