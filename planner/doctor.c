/* Doctor: what a failover will need and what can be known of it beforehand: whether each target
 * answers, as whom, and what its region has room for and offers; what the runbooks' preflights
 * say; and whether the caller may do it all. Topics are the provider's (WORK_PROBE "Doctor"); this
 * names them, and gives each target's resources with everybody else's. */
#include "planner/survey.h"

#include "planner/runbook.h"

static const char *const topics[] = {"addresses",   "clock",  "databases",          "images", "keys",  "machines",
				     "permissions", "quotas", "quotas of services", "region", "source"};

static void names_add(struct survey *s, struct value *list, struct str name)
{
	for (size_t i = 0; i < value_count(list); i++)
		if (str_eq(value_text(value_at(list, i)), name))
			return;
	value_append(s->arena, list, value_string(s->arena, (struct pos){0}, name));
}

static void checks_add(struct survey *s, struct value *list, const struct value *checks)
{
	for (size_t i = 0; i < value_count(checks); i++)
		if (value_at(checks, i)->kind == V_MAP && value_count(value_at(checks, i)))
			names_add(s, list, value_at(checks, i)->map.items[0].key);
}

/* Names of all verbs and checks that the stack's runbooks and gates use. */
static struct value *verbs_used(struct survey *s)
{
	const struct stack *st = s->env->stack;
	struct value *list = value_list(s->arena, (struct pos){0});
	struct errs own = {.arena = s->arena};
	for (size_t i = 0; i < value_count(st->runbooks); i++) {
		const struct runbook *rb = runbook_read(s->arena, st, st->runbooks->map.items[i].key, &own);
		checks_add(s, list, rb ? rb->preflight : NULL);
		for (uint32_t k = 0; rb && k < rb->n; k++) {
			if (!str_eqc(rb->steps[k].verb, "Report") || value_getc(rb->steps[k].args, "To"))
				names_add(s, list, rb->steps[k].verb);
			if (str_eqc(rb->steps[k].verb, "Check"))
				checks_add(s, list, rb->steps[k].args);
			if (str_eqc(rb->steps[k].verb, "Measure"))
				names_add(s, list, STR("Metric"));
		}
	}
	for (size_t i = 0; i < st->n_phases; i++)
		checks_add(s, list, st->phases[i].gate);
	return list;
}

/* Regions that may be gone when this target is needed: those where production runs unless there was a failover. */
static struct value *avoided(struct survey *s, uint32_t target)
{
	const struct stack *st = s->env->stack;
	struct value *list = value_list(s->arena, (struct pos){0});
	struct str from = value_text(value_getc(value_getc(st->runbooks, "failover"), "From"));
	for (uint32_t t = 0; t < st->n_targets; t++)
		if (t != target && (str_eqc(st->targets[t].role, "primary") || str_eq(st->targets[t].name, from)) &&
		    !str_eq(s->targets[t].region, s->targets[target].region))
			names_add(s, list, s->targets[t].region);
	return list;
}

static void ask_topic(struct survey *s, uint32_t target, const char *topic, struct value *verbs)
{
	struct value *args = value_map(s->arena, (struct pos){0});
	struct value *of = survey_things(s, target, false), *other = survey_things(s, target, true);
	value_put_text(s->arena, args, "Topic", str_of(topic));
	if (value_count(of))
		value_put(s->arena, args, "Of", of);
	if (value_count(other))
		value_put(s->arena, args, "Elsewhere", other);
	if (value_count(verbs))
		value_put(s->arena, args, "Verbs", verbs);
	struct value *avoid = avoided(s, target);
	if (value_count(avoid))
		value_put(s->arena, args, "Avoid", avoid);
	struct question *q = survey_ask(s, ANSWER_LINES, target, STR("Doctor"), args);
	if (q)
		q->name = str_of(topic);
}

bool doctor_take(struct survey *s)
{
	const struct stack *st = s->env->stack;
	struct value *verbs = verbs_used(s);
	survey_ask_targets(s);
	for (uint32_t t = 0; survey_asks(s, "Doctor") && t < st->n_targets; t++)
		for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
			ask_topic(s, t, topics[i], verbs);
	status_ask_preflight(s, "failover");
	survey_wait(s);
	survey_sort(s);
	return true;
}

struct value *doctor_policy(struct survey *s)
{
	const struct stack *st = s->env->stack;
	struct value *args = value_map(s->arena, (struct pos){0}), *of = value_list(s->arena, (struct pos){0}),
		     *regions = value_list(s->arena, (struct pos){0});
	struct question *q;
	if (!survey_asks(s, "Policy"))
		return NULL;
	for (uint32_t t = 0; t < st->n_targets; t++) {
		const struct value *things = survey_things(s, t, false);
		for (size_t i = 0; i < value_count(things); i++)
			value_append(s->arena, of, value_at(things, i));
		if (s->targets[t].region.n)
			names_add(s, regions, s->targets[t].region);
	}
	if (value_count(of))
		value_put(s->arena, args, "Of", of);
	if (value_count(regions))
		value_put(s->arena, args, "Regions", regions);
	value_put(s->arena, args, "Verbs", verbs_used(s));
	q = survey_ask(s, ANSWER_LINES, 0, STR("Policy"), args);
	if (!q)
		return NULL;
	while (provider_pending(s->env->provider)) {
		provider_poll(s->env->provider, 100);
		while (provider_next(s->env->provider).work)
			;
	}
	return value_getc(q->work.result, "Value");
}
