/* The stack as it was applied last against what recovery needs: its runbooks and objectives here,
 * what the provider knows of its types by WORK_PROBE "Advice". Nobody outside is asked. */
#include "planner/survey.h"

#include "planner/runbook.h"

/* --- runbooks ------------------------------------------------------------------------------------------------- */

/* The target of all resources that a step names; empty: it names none, or some elsewhere, where it
 * can be carried out. */
static struct str place_of_step(struct survey *s, const struct book_step *step)
{
	const struct shape *shape = shape_find(verb_shapes, n_verb_shapes, step->verb);
	struct str why;
	const struct value *args = shape ? verb_args(s->arena, &s->scope, shape, step->args, &why) : NULL;
	struct str at = STR_NONE;
	for (size_t i = 0; args && args->kind == V_MAP && i < args->map.n; i++) {
		const struct value *v = args->map.items[i].value;
		struct str target = value_text(value_getc(v->kind == V_LIST ? value_at(v, 0) : v, "Target"));
		if (target.n && at.n && !str_eq(target, at))
			return STR_NONE;
		at = target.n ? target : at;
	}
	return at;
}

static void steps_need_no_dead_region(struct survey *s, const struct runbook *rb)
{
	for (uint32_t i = 0; i < rb->n; i++) {
		const struct book_step *step = &rb->steps[i];
		struct str at = place_of_step(s, step);
		if (!at.n || !str_eq(at, rb->from) || str_eqc(step->when, "planned") ||
		    step->on_failure == FAILURE_IS_GAP)
			continue;
		survey_say(s, SURVEY_RED, at, str_fmt(s->arena, "%.*s: %.*s", STR_ARG(rb->name), STR_ARG(step->name)),
			   "When: planned, or OnFailure: continue with a short Timeout",
			   "is about something in %.*s, which may be down when this runs unplanned", STR_ARG(at));
	}
}

static void failover_rules(struct survey *s, const struct runbook *rb)
{
	bool stops = false, checks = false, measures = false;
	for (uint32_t i = 0; i < rb->n_stages; i++)
		stops |= rb->stages[i].stops_clock;
	for (uint32_t i = 0; i < rb->n; i++) {
		checks |= str_eqc(rb->steps[i].verb, "Check");
		measures |= str_eqc(rb->steps[i].verb, "Measure");
	}
	steps_need_no_dead_region(s, rb);
	if (!stops)
		survey_say(s, SURVEY_WARN, STR_NONE, STR("failover"),
			   "StopsClock: true on the step after which users are served",
			   "no step stops the clock: no RTO is measured");
	if (!value_count(rb->preflight))
		survey_say(s, SURVEY_WARN, STR_NONE, STR("failover"), "add a Preflight",
			   "begins without asking whether it can succeed");
	if (!checks)
		survey_say(s, SURVEY_WARN, STR_NONE, STR("failover"),
			   "a Check before traffic moves: who writes, does the application answer",
			   "moves users without a check");
	if (!measures)
		survey_say(s, SURVEY_NOTE, STR_NONE, STR("failover"), "a Measure step before anything changes",
			   "measures no RPO");
}

static void books(struct survey *s)
{
	static const struct {
		const char *name, *remedy;
		enum survey_level level;
	} needed[] = {
	    {"failover", "write the runbook failover", SURVEY_RED},
	    {"failback", "write the runbook failback, and rehearse it: the way back is the longer one", SURVEY_WARN},
	    {"drill", "write the runbook drill, with a Schedule: what was never tried does not work", SURVEY_WARN}};
	const struct value *all = s->env->stack->runbooks;
	struct errs own = {.arena = s->arena};
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!value_getc(all, needed[i].name))
			survey_say(s, needed[i].level, STR_NONE, str_of(needed[i].name), needed[i].remedy,
				   "there is no such runbook");
	const struct runbook *rb =
	    value_getc(all, "failover") ? runbook_read(s->arena, s->env->stack, STR("failover"), &own) : NULL;
	if (rb)
		failover_rules(s, rb);
	const struct value *drill = value_getc(all, "drill");
	if (drill && !value_getc(drill, "Schedule"))
		survey_say(s, SURVEY_WARN, STR_NONE, STR("drill"), "Schedule: rate(90 days)", "nobody says how often");
}

static void objectives(struct survey *s)
{
	static const char *const names[] = {"RTO", "RPO"};
	for (size_t i = 0; i < 2; i++)
		if (!value_getc(s->env->stack->objectives, names[i]))
			survey_say(s, SURVEY_WARN, STR_NONE, str_of(names[i]), "Objectives: {RTO: 15m, RPO: 1m}",
				   "is not promised: nothing is held against it");
	for (size_t i = 0; i < s->env->stack->n_targets; i++)
		if (str_eqc(s->env->stack->targets[i].role, "recovery"))
			return;
	survey_say(s, SURVEY_WARN, STR_NONE, STR("targets"), "Role: recovery on the target that takes over",
		   "no target is for recovery");
}

/* --- what the provider knows ---------------------------------------------------------------------------------- */

static struct value *steps_of(struct survey *s, struct str name, struct value *list)
{
	struct errs own = {.arena = s->arena};
	const struct runbook *rb = runbook_read(s->arena, s->env->stack, name, &own);
	for (uint32_t i = 0; rb && i < rb->n; i++) {
		struct value *m = value_map(s->arena, (struct pos){0});
		value_put_text(s->arena, m, "Runbook", name);
		value_put_text(s->arena, m, "Name", rb->steps[i].name);
		value_put_text(s->arena, m, "Verb", rb->steps[i].verb);
		if (rb->steps[i].args && !value_has_expr(rb->steps[i].args))
			value_put(s->arena, m, "Args", (struct value *)rb->steps[i].args);
		else if (rb->steps[i].args && value_getc(rb->steps[i].args, "Record")) {
			struct value *args = value_map(s->arena, (struct pos){0});
			value_put_text(s->arena, args, "Record", STR("a record"));
			value_put(s->arena, m, "Args", args);
		}
		value_append(s->arena, list, m);
	}
	return list;
}

static void ask_advice(struct survey *s, const struct str *differs, size_t n)
{
	struct value *args = value_map(s->arena, (struct pos){0}), *of = value_list(s->arena, (struct pos){0}),
		     *steps = value_list(s->arena, (struct pos){0}), *addresses = value_list(s->arena, (struct pos){0});
	const struct stack *st = s->env->stack;
	for (uint32_t t = 0; t < st->n_targets; t++) {
		const struct value *things = survey_things(s, t, false);
		for (size_t i = 0; i < value_count(things); i++) {
			value_put_text(s->arena, value_at(things, i), "Region", s->targets[t].region);
			value_append(s->arena, of, value_at(things, i));
		}
	}
	/* A failback has both sides: only what leads away from a dead one must do without it. */
	steps_of(s, STR("failover"), steps);
	for (size_t i = 0; i < n; i++)
		value_append(s->arena, addresses, value_string(s->arena, (struct pos){0}, differs[i]));
	value_put(s->arena, args, "Of", of);
	value_put(s->arena, args, "Steps", steps);
	value_put(s->arena, args, "Differs", addresses);
	struct question *q = survey_asks(s, "Advice") && st->n_targets
				 ? survey_ask(s, ANSWER_LINES, st->default_target, STR("Advice"), args)
				 : NULL;
	if (q)
		q->anywhere = true;
}

bool advise_take(struct survey *s, const struct str *differs, size_t n)
{
	objectives(s);
	books(s);
	if (!status_runbooks(s))
		return false;
	ask_advice(s, differs, n);
	survey_wait(s);
	survey_sort(s);
	return true;
}
