/* The content of a run's evidence: facts of the journal, and what they say against the objectives. */
#include "planner/evidence.h"

#include "base/decimal.h"

static const struct pos nowhere;

static void set_text(struct arena *a, struct value *map, const char *key, struct str s)
{
	value_put(a, map, key, s.n ? value_string(a, nowhere, s) : NULL);
}

static void set_time(struct arena *a, struct value *map, const char *key, int64_t ms)
{
	set_text(a, map, key, ms ? time_rfc3339(a, ms, true) : STR_NONE);
}

/* What the journal keeps may hold fingerprints of secrets: they are never shown. */
static void set_info(struct arena *a, struct value *map, const char *key, const struct runbook_run *run)
{
	value_put(a, map, key, state_show_hidden(a, value_getc(run->info, key)));
}

static bool is_on(const struct value *v)
{
	bool on = false;
	return value_as_bool(v, &on) && on;
}

/* --- objectives --------------------------------------------------------------------------------------------------- */

static bool rpo_ms(struct str seconds, int64_t *ms)
{
	struct decimal d;
	return seconds.n && decimal_parse(seconds, &d) && decimal_int(&d, 3, true, ms);
}

/* {objective, objective_ms, required, measured_ms, met}; met is null where one of the two is missing. A failover has to
 * measure both; a failback loses nothing, and what a drill measures is its own matter. */
static struct value *objective(struct arena *a, const struct runbook_run *run, const char *name, bool measured,
			       int64_t ms)
{
	struct value *m = value_map(a, nowhere);
	struct str text = value_text(value_getc(value_getc(run->info, "objectives"), name));
	int64_t limit = 0;
	bool asked = text.n && str_duration(text, &limit);
	set_text(a, m, "objective", text);
	value_put(a, m, "objective_ms", asked ? value_int(a, nowhere, limit) : NULL);
	value_put(a, m, "required",
		  value_bool(a, nowhere, asked && str_eqc(value_text(value_getc(run->info, "mode")), "active")));
	value_put(a, m, "measured_ms", measured ? value_int(a, nowhere, ms) : NULL);
	value_put(a, m, "met", asked && measured ? value_bool(a, nowhere, ms <= limit) : NULL);
	return m;
}

static struct value *objectives(struct arena *a, const struct runbook_run *run)
{
	struct value *m = value_map(a, nowhere);
	int64_t lost = 0;
	bool told = rpo_ms(run->rpo, &lost);
	value_put(a, m, "RTO", objective(a, run, "RTO", run->rto_ms >= 0, run->rto_ms));
	value_put(a, m, "RPO", objective(a, run, "RPO", told, lost));
	return m;
}

/* --- steps -------------------------------------------------------------------------------------------------------- */

static struct value *step(struct arena *a, const struct runbook_run *run, const struct runbook_row *row)
{
	struct value *m = value_map(a, nowhere);
	bool ended = row->ended_ms != 0;
	value_put_int(a, m, "position", row->position + 1);
	set_text(a, m, "name", row->name);
	set_text(a, m, "verb", row->verb);
	set_text(a, m, "state", row->state);
	value_put_int(a, m, "attempts", row->attempts);
	set_time(a, m, "started", row->started_ms);
	set_time(a, m, "ended", row->ended_ms);
	value_put_int(a, m, "offset_ms", row->started_ms - run->started_ms);
	value_put(a, m, "elapsed_ms", ended ? value_int(a, nowhere, row->ended_ms - row->started_ms) : NULL);
	set_text(a, m, "detail", row->detail);
	value_put(a, m, "found", state_show_hidden(a, row->found));
	set_text(a, m, "operation", row->op);
	return m;
}

static struct value *steps(struct arena *a, const struct runbook_run *run, const struct runbook_row *rows, size_t n)
{
	struct value *list = value_list(a, nowhere);
	for (size_t i = 0; i < n; i++)
		value_append(a, list, step(a, run, &rows[i]));
	return list;
}

/* Who said yes to what, and how. */
static struct value *approvals(struct arena *a, const struct runbook_row *rows, size_t n)
{
	struct value *list = value_list(a, nowhere);
	for (size_t i = 0; i < n; i++) {
		if (!str_eqc(rows[i].verb, "Approval") || str_eqc(rows[i].state, "skipped"))
			continue;
		struct value *m = value_map(a, nowhere);
		set_text(a, m, "step", rows[i].name);
		set_text(a, m, "asked", value_text(value_getc(rows[i].args, "Ask")));
		value_put(a, m, "given", value_bool(a, nowhere, str_eqc(rows[i].state, "done")));
		set_text(a, m, "answer", rows[i].detail);
		set_time(a, m, "at", rows[i].ended_ms);
		value_append(a, list, m);
	}
	return list;
}

/* --- gaps --------------------------------------------------------------------------------------------------------- */

static void gap(struct arena *a, struct value *list, struct str text)
{
	value_append(a, list, value_string(a, nowhere, text));
}

static void gaps_of_checks(struct arena *a, struct value *list, const struct value *preflight)
{
	for (size_t i = 0; i < value_count(preflight); i++) {
		const struct value *c = value_at(preflight, i), *held = value_getc(c, "held");
		if (is_on(held))
			continue;
		gap(a, list,
		    str_fmt(a, "preflight: %.*s %s: %.*s", STR_ARG(value_text(value_getc(c, "check"))),
			    held && held->kind == V_BOOL ? "did not hold" : "could not be told",
			    STR_ARG(value_text(value_getc(c, "detail")))));
	}
}

static void gaps_of_objectives(struct arena *a, struct value *list, const struct value *objectives)
{
	for (size_t i = 0; i < value_count(objectives); i++) {
		const struct member *m = &objectives->map.items[i];
		const struct value *met = value_getc(m->value, "met");
		struct str limit = value_text(value_getc(m->value, "objective"));
		bool on = true;
		if (value_as_bool(met, &on) && !on)
			gap(a, list, str_fmt(a, "%.*s misses the objective of %.*s", STR_ARG(m->key), STR_ARG(limit)));
		else if (met->kind == V_NULL && limit.n && is_on(value_getc(m->value, "required")))
			gap(a, list, str_fmt(a, "%.*s was not measured", STR_ARG(m->key)));
	}
}

static struct value *gaps(struct arena *a, const struct runbook_run *run, const struct runbook_row *rows, size_t n,
			  const struct value *objectives)
{
	struct value *list = value_list(a, nowhere);
	const struct value *excepts = value_getc(run->info, "excepts");
	gaps_of_checks(a, list, value_getc(run->info, "preflight"));
	for (size_t i = 0; i < n; i++)
		if (!str_eqc(rows[i].state, "done") && !str_eqc(rows[i].state, "skipped"))
			gap(a, list,
			    str_fmt(a, "step %.*s: %.*s", STR_ARG(rows[i].name),
				    STR_ARG(rows[i].detail.n ? rows[i].detail : rows[i].state)));
	for (size_t i = 0; i < value_count(excepts); i++)
		gap(a, list, str_fmt(a, "not put back: %.*s", STR_ARG(value_text(value_at(excepts, i)))));
	gaps_of_objectives(a, list, objectives);
	return list;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static struct value *scope(struct arena *a, const struct runbook_run *run)
{
	struct value *m = value_map(a, nowhere);
	set_text(a, m, "from", run->from);
	set_text(a, m, "to", run->to);
	set_info(a, m, "targets", run);
	return m;
}

static struct value *outcome(struct arena *a, struct str word, struct str mode, struct str active)
{
	struct value *m = value_map(a, nowhere);
	set_text(a, m, "outcome", word);
	set_text(a, m, "mode", mode);
	set_text(a, m, "active", active);
	return m;
}

/* What a run that goes as its runbook says leads to, and where this one led. */
static void set_outcomes(struct arena *a, struct value *doc, const struct runbook_run *run)
{
	struct str mode = value_text(value_getc(run->info, "mode"));
	struct str before = value_text(value_getc(run->info, "mode_before"));
	struct str active = value_text(value_getc(run->info, "active_before"));
	value_put(a, doc, "expected", outcome(a, STR("done"), mode.n ? mode : before, mode.n ? run->to : active));
	value_put(a, doc, "actual",
		  outcome(a, run->outcome, value_text(value_getc(run->info, "mode_after")),
			  value_text(value_getc(run->info, "active_after"))));
}

static void set_head(struct arena *a, struct value *doc, struct state *st, const struct runbook_run *run)
{
	set_text(a, doc, "stack", state_get(st, a, "stack"));
	set_text(a, doc, "lineage", state_lineage(st));
	set_text(a, doc, "provider", state_get(st, a, "provider"));
	value_put_int(a, doc, "run", run->id);
	set_text(a, doc, "runbook", run->runbook);
	set_info(a, doc, "scenario", run);
	set_text(a, doc, "kind", run->kind);
	set_text(a, doc, "source_sha256", run->digest);
	value_put(a, doc, "scope", scope(a, run));
	set_time(a, doc, "started", run->started_ms);
	set_time(a, doc, "ended", run->ended_ms);
	value_put(a, doc, "elapsed_ms", run->ended_ms ? value_int(a, nowhere, run->ended_ms - run->started_ms) : NULL);
	set_text(a, doc, "operator", run->operated_by);
	set_info(a, doc, "resumed_by", run);
	value_put(a, doc, "forced", value_bool(a, nowhere, value_getc(run->info, "forced") != NULL));
}

struct value *evidence_content(struct arena *a, struct state *st, const struct runbook_run *run, struct str previous,
			       struct errs *errs)
{
	struct value *doc = value_map(a, nowhere), *measured, *missing;
	struct runbook_row *rows;
	size_t n;
	if (!state_runbook_steps(st, a, run->id, &rows, &n, errs))
		return NULL;
	measured = objectives(a, run);
	missing = gaps(a, run, rows, n, measured);
	set_head(a, doc, st, run);
	set_outcomes(a, doc, run);
	set_text(a, doc, "verdict",
		 !run->outcome.n                  ? STR("open")
		 : !str_eqc(run->outcome, "done") ? STR("failed")
		 : value_count(missing)           ? STR("gaps")
						  : STR("met"));
	value_put(a, doc, "objectives", measured);
	value_put(a, doc, "rpo_seconds", run->rpo.n ? value_string(a, nowhere, run->rpo) : NULL);
	value_put(a, doc, "approvals", approvals(a, rows, n));
	set_info(a, doc, "preflight", run);
	value_put(a, doc, "steps", steps(a, run, rows, n));
	value_put(a, doc, "gaps", missing);
	set_info(a, doc, "inventory", run);
	set_text(a, doc, "previous", previous);
	return doc;
}
