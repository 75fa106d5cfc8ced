/* What a runbook's steps know: names and values out of the state, outputs of temporary stacks, the run's own id; and
 * which targets answer at all. */
#include "planner/bookpriv.h"

#define ANSWER_MS 5000

uint32_t target_of(const struct stack *s, struct str name, uint32_t otherwise)
{
	for (uint32_t i = 0; i < s->n_targets; i++)
		if (str_eq(s->targets[i].name, name))
			return i;
	return otherwise;
}

/* --- names and values --------------------------------------------------------------------------------------------- */

/* "STEP.Outputs.NAME" of a Temporary step that is done. */
static struct value *output_of(const struct book *b, struct str text)
{
	for (uint32_t i = 0; i < b->rb->n; i++) {
		struct str prefix = str_cat(b->a, b->rb->steps[i].name, STR(".Outputs."));
		if (str_eqc(b->rb->steps[i].verb, "Temporary") && str_starts(text, prefix))
			return value_get(value_getc(b->rows[i].result, "Outputs"), str_sub(text, prefix.n, text.n));
	}
	return NULL;
}

static bool world_thing(void *ctx, struct str address, struct thing *out)
{
	const struct book *b = ctx;
	return b->scope.thing(b->scope.ctx, address, out);
}

static struct value *world_attribute(void *ctx, struct str address, struct str attribute)
{
	const struct book *b = ctx;
	return b->scope.attribute(b->scope.ctx, address, attribute);
}

/* Short, fit for names, and not the same in two states. */
struct str world_run_id(const struct book *b)
{
	struct str lineage = state_lineage(b->env->state);
	return b->run.id ? str_fmt(b->a, "%lld-%.*s", (long long)b->run.id, STR_ARG(str_sub(lineage, 0, 6))) : STR_NONE;
}

static struct value *world_fact(void *ctx, const struct value *e)
{
	const struct book *b = ctx;
	if (e->fn != FN_MODE || !str_eqc(value_text(value_at(e, 0)), "DR::RunId"))
		return NULL;
	return value_string(b->a, e->pos, world_run_id(b));
}

static bool world_interrupted(void *ctx)
{
	return book_interrupted(ctx);
}

static bool is_approved(const struct book *b, struct str name)
{
	for (size_t i = 0; i < b->opt->n_approved; i++)
		if (str_eq(b->opt->approved[i], name))
			return true;
	return false;
}

struct str world_unapproved(const struct book *b, struct str how, struct str name)
{
	return str_fmt(b->a, "%.*s; --approve '%.*s' does, too", STR_ARG(how), STR_ARG(name));
}

static enum check_answer world_approved(void *ctx, struct str question, struct str *how)
{
	const struct book *b = ctx;
	struct str name = b->asking ? b->asking->name : STR("preflight");
	if (is_approved(b, name)) {
		*how = str_fmt(b->a, "approved on the command line by %.*s", STR_ARG(b->opt->operated_by));
		return CHECK_HOLDS;
	}
	if (b->opt->approve && b->opt->approve(b->opt->ctx, name, question)) {
		*how = str_fmt(b->a, "approved by %.*s", STR_ARG(b->opt->operated_by));
		return CHECK_HOLDS;
	}
	*how = str_fmt(b->a, "not approved; --approve '%.*s' does", STR_ARG(name));
	if (b->opt->approve || !b->opt->approvals || !b->run.id)
		return CHECK_NEVER;
	enum check_answer answer = approval_in_file(b->a, b->opt->approvals, world_run_id(b), name, how);
	if (answer != CHECK_HOLDS)
		*how = world_unapproved(b, *how, name);
	return answer;
}

static void world_event(void *ctx, struct work_event e)
{
	book_foreign(ctx, e);
}

bool world_make(struct book *b)
{
	const struct stack *s = b->env->stack;
	if (!scope_of_state(b->a, b->env->state, b->env->places, s->n_targets, &b->scope, b->errs))
		return false;
	b->world = (struct check_world){
	    .arena = b->a,
	    .provider = b->env->provider,
	    .places = b->env->places,
	    .n_places = s->n_targets,
	    .place = target_of(s, b->rb->to, s->default_target),
	    .unplanned = str_eqc(b->run.kind, "unplanned"),
	    .scope = {.ctx = b, .thing = world_thing, .attribute = world_attribute, .fact = world_fact},
	    .owner = {s->name, state_lineage(b->env->state), s->own_tags},
	    .ctx = b,
	    .interrupted = world_interrupted,
	    .approved = world_approved,
	    .event = world_event,
	};
	return true;
}

/* Texts that name outputs of temporary stacks become those. */
static const struct value *outputs_put(const struct book *b, const struct value *v)
{
	struct value *copy = NULL;
	if (v->kind == V_STRING && str_find(v->text, STR(".Outputs."), 0) > 0) {
		struct value *output = output_of(b, v->text);
		return output ? output : v;
	}
	if (v->kind == V_LIST) {
		copy = value_list(b->a, v->pos);
		for (size_t i = 0; i < value_count(v); i++)
			value_append(b->a, copy, (struct value *)outputs_put(b, value_at(v, i)));
	} else if (v->kind == V_MAP) {
		copy = value_map(b->a, v->pos);
		for (size_t i = 0; i < v->map.n; i++)
			value_set(b->a, copy, v->map.items[i].key, v->map.items[i].pos,
				  (struct value *)outputs_put(b, v->map.items[i].value));
	}
	return copy ? copy : v;
}

const struct parameter *world_hidden(const struct stack *s)
{
	for (size_t i = 0; i < s->n_params; i++)
		if (s->params[i].hidden)
			return &s->params[i];
	return NULL;
}

struct value *world_args(struct book *b, const struct book_step *s, struct str *why)
{
	const struct shape *shape = shape_find(verb_shapes, n_verb_shapes, s->verb);
	const struct value *args = outputs_put(b, s->args);
	/* Checks are folded when they are asked, one by one. */
	if (str_eqc(s->verb, "Check") || str_eqc(s->verb, "Measure"))
		return (struct value *)args;
	return verb_args(b->a, &b->world.scope, shape, args, why);
}

/* --- who answers -------------------------------------------------------------------------------------------------- */

static bool works_wait(struct book *b, size_t n)
{
	size_t done = 0;
	while (done < n) {
		struct work_event e;
		provider_poll(b->env->provider, 200);
		while ((e = provider_next(b->env->provider)).work)
			if (!book_foreign(b, e))
				done += e.kind == WORK_DONE;
	}
	return done == n;
}

bool targets_probe(struct book *b, const bool *wanted, bool *out)
{
	const struct stack *s = b->env->stack;
	struct work *works = arena_array(b->a, s->n_targets + 1, sizeof *works);
	struct provider *p = b->env->provider;
	bool asks = p->ops->probes && p->ops->probes(p, STR("Credentials"));
	size_t n = 0;
	bool all = true;
	for (uint32_t i = 0; i < s->n_targets; i++) {
		out[i] = target_frozen(b->env, i);
		if (!wanted[i] || out[i])
			continue;
		works[i] = (struct work){.kind = asks ? WORK_PROBE : WORK_ACCOUNT,
					 .name = asks ? STR("Credentials") : STR_NONE,
					 .desired = value_map(b->a, (struct pos){0}),
					 .place = &b->env->places[i],
					 .places = b->env->places,
					 .n_places = s->n_targets,
					 .arena = b->a,
					 .timeout_ms = ANSWER_MS};
		provider_start(p, &works[i]);
		n++;
	}
	works_wait(b, n);
	for (uint32_t i = 0; i < s->n_targets; i++) {
		out[i] |= works[i].state == WORK_FAILED && works[i].err.kind == ERR_NETWORK;
		all &= !out[i];
	}
	return all;
}
