/* What the world tells about the stack: whether targets answer, whether the mode is what it says,
 * what the checks that the stack itself has would say, and what the provider has to say about each
 * type. All of it at once.
 *
 * In mode standby a failover must be possible: its preflight and the phases' gates are asked. In
 * mode active it is the failback that must be. A check that runs something (Command, Invoke) or
 * asks a person is not asked; those that this process answers itself (Http, Tcp, a name) come
 * last, in what is left of the time. */
#include "planner/survey.h"

#include "planner/check.h"
#include "planner/runbook.h"

#define AT_ONCE 8 /* resources that one question is about */

static bool among(struct str name, const char *words)
{
	struct str rest = str_of(words), word;
	while (str_cut(&rest, ' ', &word))
		if (str_eq(word, name))
			return true;
	return false;
}

/* --- the mode ------------------------------------------------------------------------------------------------- */

static void ask_mode(struct survey *s)
{
	struct errs own = {.arena = s->arena};
	if (!value_getc(s->env->stack->runbooks, "failover"))
		return;
	const struct runbook *rb = runbook_read(s->arena, s->env->stack, STR("failover"), &own);
	for (uint32_t i = 0; rb && i < rb->n; i++) {
		const struct book_step *step = &rb->steps[i];
		const struct shape *shape = shape_find(verb_shapes, n_verb_shapes, step->verb);
		uint32_t to = survey_target_of(s, rb->to);
		struct str why;
		if (!among(step->verb, "PromoteAurora Dns") || !shape ||
		    !survey_asks(s, str_dup(s->arena, step->verb).p) || to == s->env->stack->n_targets)
			continue;
		struct value *args = verb_args(s->arena, &s->scope, shape, step->args, &why);
		struct question *q = args ? survey_ask(s, ANSWER_CHECK, to, step->verb, args) : NULL;
		if (!q)
			continue;
		q->name = str_fmt(s->arena, "mode: %.*s", STR_ARG(step->name));
		q->inverse = !s->active;
		q->remedy = "the state's mode and the world disagree: go on with an unfinished failover by --resume; a "
			    "move made by hand is recorded by carrying out the runbook, which does nothing twice";
	}
}

/* --- checks of the stack -------------------------------------------------------------------------------------- */

static uint32_t target_of_args(const struct survey *s, const struct value *args, uint32_t otherwise)
{
	struct str name = value_text(value_getc(args, "Target"));
	for (size_t i = 0; !name.n && args->kind == V_MAP && i < args->map.n; i++) {
		const struct value *v = args->map.items[i].value;
		name = value_text(value_getc(v->kind == V_LIST ? value_at(v, 0) : v, "Target"));
	}
	uint32_t t = survey_target_of(s, name);
	return t < s->env->stack->n_targets ? t : otherwise;
}

static bool ask_check(struct survey *s, const struct member *m, struct str where, uint32_t otherwise,
		      enum survey_level level)
{
	const struct shape *shape = shape_find(check_shapes, n_check_shapes, m->key);
	bool local = among(m->key, "Exists Expression State") ||
		     (among(m->key, "Dns Http Tcp") && !s->env->provider->ops->own_world);
	struct str why = STR_NONE;
	if (!shape || among(m->key, "Approval Command Invoke"))
		return true;
	if (local || !survey_asks(s, str_dup(s->arena, m->key).p))
		return false;
	struct value *args = verb_args(s->arena, &s->scope, shape, m->value, &why);
	struct str which = check_name(s->arena, m, args);
	struct str name = str_fmt(s->arena, "%.*s: %.*s", STR_ARG(where), STR_ARG(which));
	if (!args) {
		survey_say(s, level, STR_NONE, name, "`drplan plan` shows what is missing", "%.*s", STR_ARG(why));
		return true;
	}
	struct question *q = survey_ask(s, ANSWER_CHECK, target_of_args(s, args, otherwise), m->key, args);
	if (q) {
		q->name = name;
		q->level = level;
		q->remedy = "this check would stop a failover or an apply: look at what it says";
	}
	return true;
}

struct check_list {
	const struct value *list;
	struct str where;
	uint32_t target;
	enum survey_level level;
};

static size_t lists_of(const struct survey *s, struct check_list *out)
{
	const struct stack *st = s->env->stack;
	const char *book = s->active ? "failback" : "failover";
	const struct value *rb = value_getc(st->runbooks, book);
	uint32_t to = survey_target_of(s, value_text(value_getc(rb, "To")));
	size_t n = 0;
	out[n++] = (struct check_list){value_getc(rb, "Preflight"), str_of(book),
				       to < st->n_targets ? to : st->default_target, SURVEY_RED};
	for (size_t i = 0; !s->active && i < st->n_phases; i++)
		out[n++] = (struct check_list){st->phases[i].gate, st->phases[i].name, st->default_target, SURVEY_WARN};
	return n;
}

static uint32_t target_of_named(const struct survey *s, const struct member *m, uint32_t otherwise)
{
	struct str why;
	const struct shape *shape = shape_find(check_shapes, n_check_shapes, m->key);
	const struct value *args = shape ? verb_args(s->arena, &s->scope, shape, m->value, &why) : NULL;
	return args ? target_of_args(s, args, otherwise) : otherwise;
}

static void check_self(struct survey *s, const struct check_list *l, const struct member *m)
{
	const struct stack *st = s->env->stack;
	uint32_t target = target_of_named(s, m, l->target);
	struct check_world w = {.arena = s->arena,
				.provider = s->env->provider,
				.places = s->env->places,
				.n_places = st->n_targets,
				.place = target,
				.scope = s->scope,
				.owner = {st->name, state_lineage(s->env->state), st->own_tags}};
	struct check_result r;
	if (s->targets[target].silent || s->targets[target].refused || target_frozen(s->env, target))
		return;
	bool holds = check_soon(&w, m, SURVEY_ANSWER_MS - s->took_ms, &r);
	survey_say(s, holds ? SURVEY_OK : l->level, st->targets[target].name,
		   str_fmt(s->arena, "%.*s: %.*s", STR_ARG(l->where), STR_ARG(r.name)),
		   "this check would stop a failover or an apply: look at what it says", "%.*s", STR_ARG(r.detail));
}

/* --- types ---------------------------------------------------------------------------------------------------- */

/* Names of the switches that the failover throws: they are as the mode says, and the mode's question tells. */
static struct value *switches(struct survey *s)
{
	struct value *list = value_list(s->arena, (struct pos){0});
	struct errs own = {.arena = s->arena};
	const struct runbook *rb = value_getc(s->env->stack->runbooks, "failover")
				       ? runbook_read(s->arena, s->env->stack, STR("failover"), &own)
				       : NULL;
	for (uint32_t i = 0; rb && i < rb->n; i++) {
		const struct shape *shape = shape_find(verb_shapes, n_verb_shapes, rb->steps[i].verb);
		struct str why;
		struct value *args = shape && str_eqc(rb->steps[i].verb, "Dns")
					 ? verb_args(s->arena, &s->scope, shape, rb->steps[i].args, &why)
					 : NULL;
		struct value *id = value_getc(value_getc(args, "Switch"), "Id");
		if (id)
			value_append(s->arena, list, id);
	}
	return list;
}

static void ask_type(struct survey *s, uint32_t target, struct str type, struct value *of, struct value *thrown)
{
	struct value *args = value_map(s->arena, (struct pos){0});
	const struct value *rpo = value_getc(s->env->stack->objectives, "RPO");
	bool produces = str_eq(s->targets[target].name, s->production);
	value_put_text(s->arena, args, "Type", type);
	value_put(s->arena, args, "Of", of);
	value_put(s->arena, args, "Active", value_bool(s->arena, (struct pos){0}, s->active));
	value_put(s->arena, args, "Production", value_bool(s->arena, (struct pos){0}, produces));
	if (value_count(thrown))
		value_put(s->arena, args, "Switches", thrown);
	if (rpo)
		value_put(s->arena, args, "Rpo", (struct value *)rpo);
	survey_ask(s, ANSWER_LINES, target, STR("Status"), args);
}

/* Things stand in the order of their addresses: those of one type are gathered first. */
static void ask_types(struct survey *s, uint32_t target, struct value *thrown)
{
	const struct value *things = survey_things(s, target, false);
	size_t n = value_count(things);
	struct value *by_type = value_map(s->arena, (struct pos){0});
	for (size_t i = 0; i < n; i++) {
		struct value *thing = value_at(things, i);
		struct str type = value_text(value_getc(thing, "Type"));
		struct value *group = value_get(by_type, type);
		if (!group) {
			group = value_list(s->arena, (struct pos){0});
			value_set(s->arena, by_type, type, (struct pos){0}, group);
		}
		value_append(s->arena, group, thing);
		if (value_count(group) == AT_ONCE) {
			ask_type(s, target, type, group, thrown);
			value_del(by_type, type);
		}
	}
	for (size_t i = 0; i < value_count(by_type); i++)
		ask_type(s, target, by_type->map.items[i].key, by_type->map.items[i].value, thrown);
}

/* -------------------------------------------------------------------------------------------------------------- */

void status_ask_preflight(struct survey *s, const char *runbook)
{
	const struct value *rb = value_getc(s->env->stack->runbooks, runbook), *list = value_getc(rb, "Preflight");
	uint32_t to = survey_target_of(s, value_text(value_getc(rb, "To")));
	for (size_t i = 0; i < value_count(list); i++)
		ask_check(s, &value_at(list, i)->map.items[0], str_of(runbook),
			  to < s->env->stack->n_targets ? to : s->env->stack->default_target, SURVEY_RED);
}

void status_ask(struct survey *s)
{
	const struct stack *st = s->env->stack;
	struct check_list *lists = arena_array(s->arena, st->n_phases + 1, sizeof *lists);
	size_t n = lists_of(s, lists), n_own = 0, cap = 0;
	struct value *thrown = switches(s);
	for (size_t i = 0; i < n; i++)
		cap += value_count(lists[i].list);
	const struct member **own = arena_array(s->arena, cap + 1, sizeof(struct member *));
	const struct check_list **of = arena_array(s->arena, cap + 1, sizeof(struct check_list *));
	survey_ask_targets(s);
	ask_mode(s);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < value_count(lists[i].list); k++) {
			const struct member *m = &value_at(lists[i].list, k)->map.items[0];
			if (ask_check(s, m, lists[i].where, lists[i].target, lists[i].level))
				continue;
			own[n_own] = m;
			of[n_own++] = &lists[i];
		}
	for (uint32_t t = 0; survey_asks(s, "Status") && t < st->n_targets; t++)
		ask_types(s, t, thrown);
	survey_wait(s);
	for (size_t i = 0; i < n_own && s->took_ms < SURVEY_ANSWER_MS; i++) {
		int64_t since = clock_mono(&clock_system);
		check_self(s, of[i], own[i]);
		s->took_ms += clock_mono(&clock_system) - since;
	}
}
