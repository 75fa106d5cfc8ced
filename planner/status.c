/* Status: what the state tells by itself, and when it was proven last; then what the world tells
 * (statusask.c). */
#include "planner/survey.h"

#include "planner/runbook.h"

#define RUNS 100
#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

static struct str ago(const struct survey *s, int64_t at_ms)
{
	int64_t ms = clock_wall(s->env->provider->clock) - at_ms;
	ms = ms < 0 ? 0 : ms;
	if (ms >= 2 * DAY_MS)
		return str_fmt(s->arena, "%lld days ago", (long long)(ms / DAY_MS));
	return str_fmt(s->arena, "%.*s ago", STR_ARG(duration_text(s->arena, ms)));
}

/* --- mode ----------------------------------------------------------------------------------------------------- */

static void mode_line(struct survey *s)
{
	struct str where = s->production.n ? s->production : STR("the primary side");
	if (s->active)
		survey_say(s, SURVEY_NOTE, STR_NONE, STR("mode"), "when the primary side is back: `drplan failback`",
			   "active: production runs in %.*s", STR_ARG(where));
	else
		survey_say(s, SURVEY_OK, STR_NONE, STR("mode"), NULL, "standby: production runs in %.*s",
			   STR_ARG(where));
}

/* --- phases --------------------------------------------------------------------------------------------------- */

static void phase_line(struct survey *s, struct str phase)
{
	size_t made = 0, pending = 0, deposed = 0;
	for (size_t i = 0; i < s->n_rows; i++) {
		const struct state_row *r = &s->rows[i];
		if (!str_eq(r->phase, phase))
			continue;
		made += r->generation == 0 && r->status != ROW_KEPT;
		pending += r->status == ROW_PENDING;
		deposed += r->status == ROW_DEPOSED;
	}
	if (pending || deposed)
		survey_say(s, SURVEY_WARN, STR_NONE, str_fmt(s->arena, "phase %.*s", STR_ARG(phase)),
			   "`drplan apply` finishes it",
			   "%zu resources, %zu not settled, %zu replaced and still to be deleted", made, pending,
			   deposed);
	else if (made)
		survey_say(s, SURVEY_OK, STR_NONE, str_fmt(s->arena, "phase %.*s", STR_ARG(phase)), NULL,
			   "%zu resources", made);
}

static bool row_stands(const struct survey *s, struct str address)
{
	size_t low = 0, high = s->n_rows;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (str_cmp(s->rows[mid].address, address) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->n_rows && str_eq(s->rows[low].address, address);
}

static void missing_line(struct survey *s)
{
	const struct stack *st = s->env->stack;
	struct str first = STR_NONE;
	size_t n = 0;
	for (size_t i = 0; i < st->n_resources; i++) {
		if (row_stands(s, st->resources[i].address))
			continue;
		first = n++ ? first : st->resources[i].address;
	}
	if (n)
		survey_say(s, SURVEY_RED, STR_NONE, STR("resources"), "`drplan apply` makes them",
			   "%zu of %zu were not made, %.*s is one", n, st->n_resources, STR_ARG(first));
}

static bool phases(struct survey *s)
{
	struct intent *open;
	size_t n;
	for (size_t i = 0; i < s->env->stack->n_phases; i++)
		phase_line(s, s->env->stack->phases[i].name);
	missing_line(s);
	if (!state_open_intents(s->env->state, s->arena, &open, &n, s->errs))
		return false;
	if (n)
		survey_say(s, SURVEY_RED, STR_NONE, STR("recovery"), "`drplan recover` decides what became of them",
			   "%zu changes of an interrupted run are open, %.*s is one", n, STR_ARG(open[0].address));
	return true;
}

static bool last_run(struct survey *s)
{
	struct state_run *run;
	size_t n;
	if (!state_runs(s->env->state, s->arena, 1, &run, &n, s->errs))
		return false;
	if (!n)
		return true;
	struct str what = str_fmt(s->arena, "last %.*s", STR_ARG(run->command)), when = ago(s, run->started_ms);
	if (str_eqc(run->outcome, "done"))
		survey_say(s, SURVEY_OK, STR_NONE, what, NULL, "done, %.*s", STR_ARG(when));
	else
		survey_say(s, SURVEY_RED, STR_NONE, what,
			   "`drplan apply` goes on with it, `drplan rollback` takes it back", "%.*s, %.*s",
			   STR_ARG(run->outcome.n ? run->outcome : STR("not over, or killed")), STR_ARG(when));
	return true;
}

static bool deferred(struct survey *s)
{
	struct state_deferred *d;
	size_t n;
	if (!state_deferred(s->env->state, s->arena, &d, &n, s->errs))
		return false;
	if (n)
		survey_say(s, SURVEY_WARN, d->target, STR("deferred"), "`drplan apply` when the target answers again",
			   "%zu changes wait since %.*s, %.*s is one", n, STR_ARG(ago(s, d->since_ms)),
			   STR_ARG(d->address));
	return true;
}

/* --- runbooks ------------------------------------------------------------------------------------------------- */

static bool objective(const struct survey *s, const char *which, int64_t *ms)
{
	const struct value *v = value_getc(s->env->stack->objectives, which);
	return v && str_duration(value_text(v), ms);
}

/* What a run took, held against what was promised; true: kept, or nothing was promised. */
static bool measured(const struct survey *s, const struct runbook_run *r, struct str *words)
{
	int64_t rto, rpo, seconds;
	bool kept = true;
	*words = STR_NONE;
	if (r->rto_ms >= 0) {
		bool in = !objective(s, "RTO", &rto) || r->rto_ms <= rto;
		*words = str_fmt(s->arena, ", RTO %.*s%s", STR_ARG(duration_text(s->arena, r->rto_ms)),
				 in ? "" : " (longer than the objective)");
		kept &= in;
	}
	if (r->rpo.n) {
		struct str whole = r->rpo;
		ptrdiff_t dot = str_chr(whole, '.', 0);
		if (dot >= 0)
			whole = str_sub(whole, 0, (size_t)dot);
		bool in =
		    !str_int(whole, 0, INT32_MAX, &seconds) || !objective(s, "RPO", &rpo) || seconds * 1000 <= rpo;
		*words = str_fmt(s->arena, "%.*s, RPO %.*s s%s", STR_ARG(*words), STR_ARG(r->rpo),
				 in ? "" : " (longer than the objective)");
		kept &= in;
	}
	return kept;
}

/* "rate(90 days)"; what else stands there says nothing that could be counted. */
static bool schedule_ms(struct str schedule, int64_t *ms)
{
	struct str rest = schedule, word;
	int64_t n;
	if (!str_starts(rest, STR("rate(")) || !str_ends(rest, STR(")")))
		return false;
	rest = str_sub(rest, 5, rest.n - 1);
	if (!str_cut(&rest, ' ', &word) || !str_int(word, 1, 100000, &n))
		return false;
	*ms = n * (str_starts(rest, STR("day"))    ? DAY_MS
		   : str_starts(rest, STR("hour")) ? DAY_MS / 24
						   : (int64_t)60 * 1000);
	return str_starts(rest, STR("day")) || str_starts(rest, STR("hour")) || str_starts(rest, STR("minute"));
}

static const struct runbook_run *last_of(const struct runbook_run *runs, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(runs[i].runbook, name) && runs[i].ended_ms && !str_eqc(runs[i].outcome, "abandoned"))
			return &runs[i];
	return NULL;
}

static void book_line(struct survey *s, struct str name, const struct value *book, const struct runbook_run *last)
{
	struct str words, schedule = value_text(value_getc(book, "Schedule")),
			  what = str_fmt(s->arena, "last %.*s", STR_ARG(name));
	int64_t every, now = clock_wall(s->env->provider->clock);
	bool scheduled = schedule_ms(schedule, &every);
	bool stopped = last && !str_eqc(last->outcome, "done") && !str_eqc(last->outcome, "undone");
	struct str remedy =
	    str_fmt(s->arena, "`drplan %.*s%s`", STR_ARG(runbook_command(s->arena, name)), stopped ? " --resume" : "");
	if (!last) {
		survey_say(s, scheduled ? SURVEY_RED : SURVEY_NOTE, STR_NONE, what, scheduled ? remedy.p : NULL,
			   "never%s%.*s", scheduled ? "; to be carried out at " : "",
			   STR_ARG(scheduled ? schedule : STR_NONE));
		return;
	}
	bool kept = measured(s, last, &words), done = str_eqc(last->outcome, "done");
	bool due = scheduled && now - last->started_ms > every;
	enum survey_level level = !done || due ? SURVEY_RED : kept ? SURVEY_OK : SURVEY_WARN;
	survey_say(s, level, STR_NONE, what,
		   !done || due ? remedy.p
				: "`drplan runbook show` tells which step took long; raise capacity, or the objective",
		   "%.*s, %.*s%s%.*s%.*s", STR_ARG(last->outcome), STR_ARG(ago(s, last->started_ms)),
		   due ? "; due again since then by " : "", STR_ARG(due ? schedule : STR_NONE), STR_ARG(words));
}

bool status_runbooks(struct survey *s)
{
	const struct value *books = s->env->stack->runbooks;
	struct runbook_run *runs;
	size_t n;
	if (!state_runbooks(s->env->state, s->arena, RUNS, &runs, &n, s->errs))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!runs[i].ended_ms)
			survey_say(s, SURVEY_RED, STR_NONE, str_fmt(s->arena, "runbook %.*s", STR_ARG(runs[i].runbook)),
				   str_fmt(s->arena,
					   "go on with it by `drplan %.*s --resume`, or give it up by "
					   "`drplan runbook abandon %lld`",
					   STR_ARG(runbook_command(s->arena, runs[i].runbook)), (long long)runs[i].id)
				       .p,
				   "run %lld is not over, begun %.*s", (long long)runs[i].id,
				   STR_ARG(ago(s, runs[i].started_ms)));
	for (size_t i = 0; i < value_count(books); i++) {
		const struct member *m = &books->map.items[i];
		book_line(s, m->key, m->value, last_of(runs, n, m->key));
	}
	return true;
}

bool status_take(struct survey *s)
{
	mode_line(s);
	if (!status_runbooks(s) || !deferred(s) || !last_run(s) || !phases(s))
		return false;
	status_ask(s);
	survey_sort(s);
	return true;
}
