/* The whole of an exported runbook (export.h): stages one after the other, steps of a stage side by side, failures and
 * gaps, what runs always, and the two ends. The provider's member exports. */
#include "providers/aws/states.h"
#include "providers/aws/verbs/export.h"

#define NAME_MAX_EXPORT 48 /* of a step; a state's has at most 80 characters */

/* --- which verbs and checks --------------------------------------------------------------------------------------- */

struct export_row {
	const char *name;
	export_emit *emit;
};

static const struct export_row verb_rows[] = {
    {"Call", call_export},       {"Capacity", capacity_export},
    {"CleanUp", cleanup_export}, {"Dns", dns_export},
    {"Invoke", invoke_export},   {"KeepSnapshot", snapshot_export},
    {"Notify", notify_export},   {"PromoteAurora", promote_export},
    {"Recover", recover_export}, {"ReverseReplication", reverse_export},
};

static const struct export_row check_rows[] = {
    {"Alarm", alarm_export},
    {"Credentials", credentials_export},
    {"HealthCheck", healthcheck_export},
    {"Invoke", invoke_export},
    {"Member", member_export},
    {"Metric", metric_export},
    {"Replication", replication_export},
    {"State", state_export},
    {"Writer", writer_export},
};

static export_emit *emit_of(const struct export_row *rows, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eqc(name, rows[i].name))
			return rows[i].emit;
	return NULL;
}

/* --- one step ----------------------------------------------------------------------------------------------------- */

/* Arguments of a verb or a check, checked against its row of the table. */
static void emit(struct machine *m, export_emit *how, const struct verb_def *def, const struct value *args)
{
	struct str why;

	m->v.def = def;
	m->v.args = args;
	m->work.place = m->step->place ? m->step->place : m->b->place;
	m->v.at = m->work.place;
	if (value_has_secret(args))
		machine_refuse(m, "a secret among its arguments could be read by everybody who may read the machine");
	else if (def && !args_check(&m->v, &why))
		machine_refuse(m, "%.*s", STR_ARG(why));
	else
		how(m);
}

static void checks_emit(struct machine *m)
{
	const struct value *list = m->step->args;
	size_t n = value_count(list);

	for (size_t i = 0; i < n; i++) {
		const struct value *check = value_at(list, i);
		const struct member *c = check->kind == V_MAP && check->map.n ? &check->map.items[0] : NULL;
		struct str kind = c ? c->key : STR_NONE;
		export_emit *how = emit_of(check_rows, sizeof check_rows / sizeof *check_rows, kind);
		struct str name = m->step->name;

		m->prefix = i ? str_fmt(&m->v.round, "%.*s (%zu)", STR_ARG(name), i + 1) : name;
		m->done = i + 1 < n ? str_fmt(&m->v.round, "%.*s (%zu): begin", STR_ARG(name), i + 2) : STR_NONE;
		/* State of resources is asked by the planner, which has no row in the table. */
		if (how)
			emit(m, how, value_getc(c->value, "Of") && str_eqc(kind, "State") ? NULL : probe_named(kind),
			     c->value);
		else
			machine_refuse(m, "a state machine cannot ask the check %.*s", STR_ARG(kind));
	}
}

static void wait_emit(struct machine *m)
{
	int64_t ms = 0;

	str_duration(value_text(value_getc(m->step->args, "For")), &ms);
	machine_put(m, machine_state(m, "begin"),
		    MAP(&m->v, TXT("Type", STR("Wait")),
			VAL("Seconds", verb_number(&m->v, (double)((ms + 999) / 1000))),
			TXT("Next", machine_state(m, DONE))));
	machine_finish(m, NULL);
}

static void name_check(struct machine *m)
{
	if (m->step->name.n > NAME_MAX_EXPORT)
		machine_refuse(m, "names of at most %d characters have room in a state's", NAME_MAX_EXPORT);
	else if (str_find(m->step->name, STR(": "), 0) >= 0)
		machine_refuse(m, "': ' in its name is what parts of states' names are told by");
}

/* The step's branch: {StartAt, States}. */
static struct value *branch_of(struct machine *m, const struct export_step *s)
{
	export_emit *how = emit_of(verb_rows, sizeof verb_rows / sizeof *verb_rows, s->verb);
	struct value *outer = m->states, *branch;

	m->step = s;
	m->prefix = s->name;
	m->done = STR_NONE;
	m->begun = false;
	m->states = value_map(&m->v.round, s->pos);
	name_check(m);
	if (str_eqc(s->verb, "Check") || str_eqc(s->verb, "Measure"))
		checks_emit(m);
	else if (str_eqc(s->verb, "Wait"))
		wait_emit(m);
	else if (how)
		emit(m, how, verb_named(s->verb), s->args);
	else
		machine_refuse(m, "a state machine cannot carry out its verb");
	branch =
	    MAP(&m->v, TXT("StartAt", str_fmt(&m->v.round, "%.*s: begin", STR_ARG(s->name))), VAL("States", m->states));
	m->states = outer;
	return branch;
}

/* --- stages ------------------------------------------------------------------------------------------------------- */

struct flow {
	struct str next; /* the stage that follows */
	struct str failed; /* what follows a failure */
};

static struct value *catcher(struct machine *m, struct value *assign, struct value *output, struct str next)
{
	return verb_list(&m->v, MAP(&m->v, VAL("ErrorEquals", verb_list(&m->v, verb_text(&m->v, STR("States.ALL")))),
				    VAL("Assign", assign),
				    VAL("Output", output ? output : value_map(&m->v.round, (struct pos){0})),
				    TXT("Next", next)));
}

/* "the step 'x' failed: ..." */
static struct str story(struct machine *m, const struct export_step *s)
{
	return str_fmt(&m->v.round, "%.*s & $states.errorOutput.Error & ': ' & $states.errorOutput.Cause",
		       STR_ARG(jsonata_text(m, str_fmt(&m->v.round, "step '%.*s': ", STR_ARG(s->name)))));
}

/* The first failure is the machine's; those of steps that run always come after it. */
static struct value *failure(struct machine *m, struct str cause)
{
	return MAP(
	    &m->v, VAL("failed", value_bool(&m->v.round, (struct pos){0}, true)),
	    VAL("cause", jsonata(m, "$failed ? $cause & '; ' & (%.*s) : (%.*s)", STR_ARG(cause), STR_ARG(cause))));
}

/* What a stage that is done leaves in the machine's variables. */
static struct value *outcome(struct machine *m, const struct export_step *s)
{
	struct value *map = value_map(&m->v.round, (struct pos){0});

	if (s->stops_clock)
		value_put(&m->v.round, map, "rto", jsonata(m, "($millis() - $began) / 1000"));
	if (str_eqc(s->verb, "Measure")) /* the first one counts */
		value_put(&m->v.round, map, "rpo", jsonata(m, "$rpo = null ? $states.result[0] : $rpo"));
	return map->map.n ? map : NULL;
}

static void step_alone(struct machine *m, const struct export_step *s, const struct flow *f)
{
	struct value *gap = MAP(&m->v, VAL("gaps", jsonata(m, "[$append($gaps, [%.*s])]", STR_ARG(story(m, s)))));
	struct value *branch = branch_of(m, s);

	machine_put(m, s->name,
		    MAP(&m->v, TXT("Type", STR("Parallel")), VAL("Branches", verb_list(&m->v, branch)),
			VAL("Assign", outcome(m, s)), VAL("Output", value_map(&m->v.round, (struct pos){0})),
			VAL("Catch", catcher(m, s->goes_on ? gap : failure(m, story(m, s)), NULL,
					     s->goes_on ? f->next : f->failed)),
			TXT("Next", f->next)));
}

/* A step among others: its failure is its output, so that the others are finished. */
static struct value *step_beside(struct machine *m, const struct export_step *s)
{
	struct value *branch = branch_of(m, s), *outer = m->states, *out;
	struct str over = str_fmt(&m->v.round, "%.*s: over", STR_ARG(s->name));
	const char *word = s->goes_on ? "Gap" : "Failed";
	bool measures = str_eqc(s->verb, "Measure");

	m->states = value_map(&m->v.round, s->pos);
	machine_put(
	    m, s->name,
	    MAP(&m->v, TXT("Type", STR("Parallel")), VAL("Branches", verb_list(&m->v, branch)),
		VAL("Output", MAP(&m->v, VAL("Rpo", measures ? jsonata(m, "$states.result[0]") : NULL))),
		VAL("Catch", catcher(m, NULL, MAP(&m->v, VAL(word, jsonata(m, "%.*s", STR_ARG(story(m, s))))), over)),
		TXT("Next", over)));
	machine_put(m, over, MAP(&m->v, TXT("Type", STR("Succeed"))));
	out = MAP(&m->v, TXT("StartAt", s->name), VAL("States", m->states));
	m->states = outer;
	return out;
}

static struct str stage_name(struct machine *m, const struct export_step *s)
{
	return str_fmt(&m->v.round, "runbook: stage %u", s->stage + 1);
}

static void steps_together(struct machine *m, const struct export_step *steps, size_t n, const struct flow *f)
{
	struct str name = stage_name(m, steps), over = str_cat(&m->v.round, name, STR(" is over"));
	struct value *branches = verb_list(&m->v, NULL), *assign;
	bool measures = false;

	for (size_t i = 0; i < n; i++) {
		value_append(&m->v.round, branches, step_beside(m, &steps[i]));
		measures |= str_eqc(steps[i].verb, "Measure");
	}
	assign =
	    MAP(&m->v, VAL("stageFailed", jsonata(m, "$exists($states.result.Failed)")),
		VAL("failed", jsonata(m, "$failed or $exists($states.result.Failed)")),
		VAL("cause",
		    jsonata(m, "$join([$filter([$cause, $states.result.Failed], function($c) {$c != ''})], '; ')")),
		VAL("gaps", jsonata(m, "[$append($gaps, [$states.result.Gap])]")),
		VAL("rpo", measures ? jsonata(m, "$rpo = null and $exists($states.result.Rpo) ? "
						 "[$states.result.Rpo][0] : $rpo")
				    : NULL),
		VAL("rto", steps->stops_clock ? jsonata(m, "($millis() - $began) / 1000") : NULL));
	machine_put(m, name,
		    MAP(&m->v, TXT("Type", STR("Parallel")), VAL("Branches", branches), VAL("Assign", assign),
			VAL("Output", value_map(&m->v.round, (struct pos){0})), TXT("Next", over)));
	machine_put(m, over,
		    MAP(&m->v, TXT("Type", STR("Choice")),
			VAL("Choices", verb_list(&m->v, MAP(&m->v, VAL("Condition", jsonata(m, "$stageFailed")),
							    TXT("Next", f->failed)))),
			TXT("Default", f->next)));
}

static size_t stage_end(const struct export_book *b, size_t i)
{
	size_t end = i;

	while (end < b->n && b->steps[end].stage == b->steps[i].stage)
		end++;
	return end;
}

static struct str entry(struct machine *m, size_t i)
{
	const struct export_book *b = m->b;

	if (i >= b->n)
		return STR("runbook: over");
	return stage_end(b, i) == i + 1 ? b->steps[i].name : stage_name(m, &b->steps[i]);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static void frame(struct machine *m)
{
	struct value *empty = verb_list(&m->v, NULL);
	struct value *vars = MAP(&m->v, VAL("began", jsonata(m, "$millis()")),
				 VAL("failed", value_bool(&m->v.round, (struct pos){0}, false)), VAL("gaps", empty));
	struct value *output = MAP(&m->v, TXT("Runbook", m->b->name), VAL("RtoSeconds", jsonata(m, "$rto")),
				   VAL("RpoSeconds", jsonata(m, "$rpo")), VAL("Gaps", jsonata(m, "$gaps")));

	value_put(&m->v.round, vars, "stageFailed", value_bool(&m->v.round, (struct pos){0}, false));
	value_put_text(&m->v.round, vars, "cause", STR(""));
	value_put(&m->v.round, vars, "rto", NULL);
	value_put(&m->v.round, vars, "rpo", NULL);
	machine_put(m, STR("runbook: begin"),
		    MAP(&m->v, TXT("Type", STR("Pass")), VAL("Assign", vars), TXT("Next", entry(m, 0))));
	machine_put(m, STR("runbook: over"),
		    MAP(&m->v, TXT("Type", STR("Choice")),
			VAL("Choices", verb_list(&m->v, MAP(&m->v, VAL("Condition", jsonata(m, "$failed")),
							    TXT("Next", STR("runbook: failed"))))),
			TXT("Default", STR("runbook: done"))));
	machine_put(m, STR("runbook: failed"),
		    MAP(&m->v, TXT("Type", STR("Fail")), TXT("Error", STR("drplan.StepFailed")),
			VAL("Cause", jsonata(m, "$cause"))));
	machine_put(m, STR("runbook: done"), MAP(&m->v, TXT("Type", STR("Succeed")), VAL("Output", output)));
}

static void stages(struct machine *m)
{
	const struct export_book *b = m->b;
	size_t always = 0;

	while (always < b->n && !b->steps[always].always)
		always++;
	for (size_t i = 0, end; i < b->n; i = end) {
		struct flow f;

		end = stage_end(b, i);
		f.next = entry(m, end);
		f.failed = i < always ? entry(m, always) : f.next;
		if (end == i + 1)
			step_alone(m, &b->steps[i], &f);
		else
			steps_together(m, &b->steps[i], end - i, &f);
	}
}

static struct str partition_of(struct str region)
{
	return str_starts(region, STR("cn-"))       ? STR("aws-cn")
	       : str_starts(region, STR("us-gov-")) ? STR("aws-us-gov")
						    : STR("aws");
}

bool states_export(const struct provider *p, struct export_book *b)
{
	size_t before = b->errs->errors;
	struct machine m = {.b = b, .partition = partition_of(b->place->region)};
	struct value *whole;

	(void)p;
	m.work = (struct work){.kind = WORK_VERB,
			       .places = b->places,
			       .n_places = b->n_places,
			       .place = b->place,
			       .unplanned = b->unplanned};
	m.v = (struct verb){.work = &m.work, .arena = b->arena};
	m.states = value_map(&m.v.round, (struct pos){0});
	m.allowed = value_map(&m.v.round, (struct pos){0});
	frame(&m);
	stages(&m);
	whole =
	    MAP(&m.v, TXT("Comment", str_fmt(&m.v.round, "The runbook %.*s, by drplan", STR_ARG(b->name))),
		TXT("QueryLanguage", STR("JSONata")), TXT("StartAt", STR("runbook: begin")), VAL("States", m.states));
	if (b->errs->errors == before) {
		b->machine = value_copy(b->arena, machine_text(&m, whole));
		b->policy = value_copy(b->arena, machine_policy(&m));
	}
	arena_free(&m.v.round);
	return b->errs->errors == before;
}
