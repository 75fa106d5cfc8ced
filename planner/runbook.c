/* Reading a runbook out of a rendered stack: its shape was checked by stacks/, here it becomes stages and steps. */
#include "planner/bookpriv.h"

#define STEP_MS (30 * 60 * 1000)

static const char *const step_words[] = {"Name", "Timeout", "OnFailure", "When", "Owner", "StopsClock", "Export"};

/* Verbs that are the engine's own; all others are the provider's. */
static const char *const own_verbs[] = {"Apply",  "Approval", "Check",     "Command", "Measure",
					"Report", "Restore",  "Temporary", "Wait"};

static bool is_step_word(struct str key)
{
	for (size_t i = 0; i < sizeof step_words / sizeof *step_words; i++)
		if (str_eqc(key, step_words[i]))
			return true;
	return false;
}

static const struct member *verb_of(const struct value *step)
{
	for (uint32_t i = 0; step && step->kind == V_MAP && i < step->map.n; i++)
		if (!is_step_word(step->map.items[i].key))
			return &step->map.items[i];
	return NULL;
}

static bool is_on(const struct value *v)
{
	bool on = false;
	return v && value_as_bool(v, &on) && on;
}

static enum step_failure failure_of(const struct value *v, enum step_failure otherwise)
{
	struct str word = value_text(v);
	return !word.n                     ? otherwise
	       : str_eqc(word, "continue") ? FAILURE_IS_GAP
	       : str_eqc(word, "undo")     ? FAILURE_UNDOES
					   : FAILURE_STOPS;
}

static struct book_step *step_add(struct runbook *rb, const struct value *v, const struct book_step *outer)
{
	const struct member *verb = verb_of(v);
	struct book_step *s = &rb->steps[rb->n++];
	*s = (struct book_step){
	    .name = value_text(value_getc(v, "Name")),
	    .verb = verb ? verb->key : STR_NONE,
	    .pos = v->pos,
	    .args = verb ? verb->value : NULL,
	    .timeout_ms = outer ? outer->timeout_ms : STEP_MS,
	    .on_failure = failure_of(value_getc(v, "OnFailure"), outer ? outer->on_failure : FAILURE_STOPS),
	    .failure_said = value_getc(v, "OnFailure") != NULL,
	    .when = value_text(value_getc(v, "When")),
	    .owner = value_text(value_getc(v, "Owner")),
	};
	const struct value *limit = value_getc(v, "Timeout");
	if (!limit && str_eqc(s->verb, "Approval")) /* people think in its terms: how long they have to answer */
		limit = value_getc(s->args, "Timeout");
	if (limit)
		str_duration(value_text(limit), &s->timeout_ms);
	if (!s->when.n && outer)
		s->when = outer->when;
	rb->asks_kind |= s->when.n > 0;
	if (str_eqc(s->verb, "Apply"))
		rb->leads_to = value_text(value_getc(s->args, "Mode"));
	return s;
}

static size_t steps_in(const struct value *list)
{
	size_t n = 0;
	for (size_t i = 0; i < value_count(list); i++) {
		const struct member *verb = verb_of(value_at(list, i));
		n += verb && str_eqc(verb->key, "Parallel") ? value_count(verb->value) : 1;
	}
	return n;
}

static void stage_add(struct runbook *rb, const struct value *v, bool always)
{
	const struct member *verb = verb_of(v);
	struct book_stage *stage = &rb->stages[rb->n_stages++];
	*stage = (struct book_stage){.name = value_text(value_getc(v, "Name")),
				     .first = rb->n,
				     .stops_clock = is_on(value_getc(v, "StopsClock")),
				     .always = always};
	struct book_step outer = *step_add(rb, v, NULL);
	if (verb && str_eqc(verb->key, "Parallel")) {
		rb->n = stage->first;
		for (size_t i = 0; i < value_count(verb->value); i++) {
			const struct value *inner = value_at(verb->value, i);
			step_add(rb, inner, &outer);
			stage->stops_clock |= is_on(value_getc(inner, "StopsClock"));
		}
	}
	stage->n = rb->n - stage->first;
}

static const struct value *find(struct arena *a, const struct stack *s, struct str name, struct errs *errs,
				struct pos *pos)
{
	const struct member *m = value_member(s->runbooks, name);
	if (m) {
		*pos = m->pos;
		return m->value;
	}
	size_t n = value_count(s->runbooks);
	struct str *names = arena_array(a, n + 1, sizeof *names);
	for (size_t i = 0; i < n; i++)
		names[i] = s->runbooks->map.items[i].key;
	struct err *e = err_add(errs, ERR_INPUT, (struct pos){0}, "the stack %.*s has no runbook '%.*s'%.*s",
				STR_ARG(s->name), STR_ARG(name), STR_ARG(err_suggest(errs->arena, name, names, n)));
	err_help(errs, e, n ? "`drplan runbook list` names them" : "runbooks are written under Runbooks, and applied");
	return NULL;
}

void runbook_fill(struct runbook *rb, struct arena *a, const struct value *v)
{
	const struct value *steps = value_getc(v, "Steps"), *always = value_getc(v, "Always");
	rb->description = value_text(value_getc(v, "Description"));
	rb->schedule = value_text(value_getc(v, "Schedule"));
	rb->from = value_text(value_getc(v, "From"));
	rb->to = value_text(value_getc(v, "To"));
	rb->preflight = value_getc(v, "Preflight");
	rb->steps = arena_array(a, steps_in(steps) + steps_in(always) + 2, sizeof *rb->steps);
	rb->stages = arena_array(a, value_count(steps) + value_count(always) + 1, sizeof *rb->stages);
	for (size_t i = 0; i < value_count(steps); i++)
		stage_add(rb, value_at(steps, i), false);
	for (size_t i = 0; i < value_count(always); i++)
		stage_add(rb, value_at(always, i), true);
	if (!rb->leads_to.n)
		rb->leads_to = str_eqc(rb->name, "failover")   ? STR("active")
			       : str_eqc(rb->name, "failback") ? STR("standby")
							   : STR_NONE;
}

struct runbook *runbook_read(struct arena *a, const struct stack *s, struct str name, struct errs *errs)
{
	struct runbook *rb = arena_new(a, struct runbook);
	const struct value *v = find(a, s, name, errs, &rb->pos);
	if (!v)
		return NULL;
	rb->name = name;
	runbook_fill(rb, a, v);
	return rb;
}

/* --- what can be carried out ---------------------------------------------------------------------------------- */

static bool is_own(struct str verb)
{
	for (size_t i = 0; i < sizeof own_verbs / sizeof *own_verbs; i++)
		if (str_eqc(verb, own_verbs[i]))
			return true;
	return false;
}

static bool verb_supported(const struct provider *p, struct str verb)
{
	return is_own(verb) || (p->ops->verbs && p->ops->verbs(p, verb));
}

/* Files are the engine's own; what brings them elsewhere is not. */
static void report_supported(const struct book_step *s, const struct provider *p, struct errs *errs)
{
	const struct value *to = value_getc(s->args, "To");
	if (to && !(p->ops->verbs && p->ops->verbs(p, s->verb)))
		err_at(errs, to->pos, "'To' of the verb Report is not supported yet by the provider %s", p->ops->name);
	if (to && s->on_failure == FAILURE_UNDOES)
		err_at(errs, s->pos, "nothing is undone for a report that was not brought to S3: say stop or continue");
}

static void step_supported(const struct book_step *s, const struct provider *p, struct errs *errs)
{
	if (!verb_supported(p, s->verb) || (str_eqc(s->verb, "Restore") && !verb_supported(p, STR("Capacity"))))
		err_at(errs, s->pos, "the verb %.*s of the step '%.*s' is not supported yet by the provider %s",
		       STR_ARG(s->verb), STR_ARG(s->name), p->ops->name);
	if (str_eqc(s->verb, "Check"))
		checks_supported(p, s->args, errs);
	if (str_eqc(s->verb, "Report"))
		report_supported(s, p, errs);
	if (str_eqc(s->verb, "Measure")) {
		struct value list = {.kind = V_LIST,
				     .list = {.items = &(struct value *){value_getc(s->args, "RPO")}, .n = 1}};
		checks_supported(p, &list, errs);
	}
}

bool runbook_supported(const struct runbook *rb, const struct provider *p, struct errs *errs)
{
	size_t before = errs->errors;
	if (rb->preflight)
		checks_supported(p, rb->preflight, errs);
	if (rb->leads_to.n && !rb->to.n)
		err_help(
		    errs,
		    err_at(errs, rb->pos, "the runbook '%.*s' sets the mode and does not say To", STR_ARG(rb->name)),
		    "To names the target where production runs afterwards");
	for (uint32_t i = 0; i < rb->n; i++)
		step_supported(&rb->steps[i], p, errs);
	return errs->errors == before;
}
