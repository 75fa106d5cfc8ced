/* Lines and questions of surveys; see survey.h. */
#include "planner/survey.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct survey *survey_new(struct arena *a, struct plan_env *env, struct errs *errs)
{
	const struct stack *st = env->stack;
	struct survey *s = arena_new(a, struct survey);
	*s = (struct survey){.arena = a, .env = env, .errs = errs};
	s->last = &s->first;
	if (!state_rows(env->state, a, &s->rows, &s->n_rows, errs) ||
	    !state_lookups(env->state, a, &s->lookups, &s->n_lookups, errs) ||
	    !scope_of_state(a, env->state, env->places, st->n_targets, &s->scope, errs))
		return NULL;
	s->active = str_eqc(state_get(env->state, a, "mode"), "active");
	s->production = state_get(env->state, a, "active");
	s->targets = arena_array(a, st->n_targets + 1, sizeof *s->targets);
	for (size_t i = 0; i < st->n_targets; i++) {
		s->targets[i] = (struct survey_target){.name = st->targets[i].name, .region = env->places[i].region};
		if (!s->production.n && str_eqc(st->targets[i].role, "primary"))
			s->production = st->targets[i].name;
	}
	return s;
}

uint32_t survey_target_of(const struct survey *s, struct str name)
{
	uint32_t i = 0;
	while (i < s->env->stack->n_targets && !str_eq(s->targets[i].name, name))
		i++;
	return i;
}

/* --- lines ---------------------------------------------------------------------------------------------------- */

static void line_add(struct survey *s, struct survey_line line)
{
	if (s->n == s->cap) {
		struct survey_line *more = arena_array(s->arena, s->cap ? 2 * s->cap : 32, sizeof *more);
		if (s->n)
			memcpy(more, s->lines, s->n * sizeof *more);
		s->lines = more;
		s->cap = s->cap ? 2 * s->cap : 32;
	}
	s->lines[s->n++] = line;
}

void survey_say(struct survey *s, enum survey_level level, struct str target, struct str name, const char *remedy,
		const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	struct str value = str_vfmt(s->arena, fmt, ap);
	va_end(ap);
	line_add(s, (struct survey_line){level, target, name, value,
					 level != SURVEY_OK && remedy ? str_of(remedy) : STR_NONE});
}

static int line_compare(const void *a, const void *b)
{
	const struct survey_line *x = *(const struct survey_line *const *)a, *y = *(const struct survey_line *const *)b;
	if (x->level != y->level)
		return x->level > y->level ? -1 : 1;
	return x < y ? -1 : 1;
}

void survey_sort(struct survey *s)
{
	const struct survey_line **order = arena_array(s->arena, s->n + 1, sizeof *order);
	struct survey_line *sorted = arena_array(s->arena, s->n + 1, sizeof *sorted);
	for (size_t i = 0; i < s->n; i++)
		order[i] = &s->lines[i];
	qsort(order, s->n, sizeof *order, line_compare);
	for (size_t i = 0; i < s->n; i++)
		sorted[i] = *order[i];
	s->lines = sorted;
	s->cap = s->n + 1;
}

size_t survey_count(const struct survey *s, enum survey_level level)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++)
		n += s->lines[i].level == level;
	return n;
}

/* --- questions ------------------------------------------------------------------------------------------------ */

bool survey_asks(const struct survey *s, const char *probe)
{
	const struct provider *p = s->env->provider;
	return p->ops->probes && p->ops->probes(p, str_of(probe));
}

struct question *survey_ask(struct survey *s, enum answer_form form, uint32_t target, struct str probe,
			    struct value *args)
{
	if (target_frozen(s->env, target))
		return NULL;
	struct question *q = arena_new(s->arena, struct question);
	*q = (struct question){.form = form, .target = target, .level = SURVEY_RED};
	q->work = (struct work){.kind = WORK_PROBE,
				.name = probe,
				.place = &s->env->places[target],
				.places = s->env->places,
				.n_places = s->env->stack->n_targets,
				.arena = s->arena,
				.desired = args,
				.timeout_ms = SURVEY_ANSWER_MS};
	*s->last = q;
	s->last = &q->next;
	s->targets[target].asked |= form == ANSWER_TARGET;
	provider_start(s->env->provider, &q->work);
	return q;
}

void survey_ask_targets(struct survey *s)
{
	struct stack *st = s->env->stack;
	for (uint32_t i = 0; i < st->n_targets; i++) {
		struct value *args = value_map(s->arena, (struct pos){0});
		if (st->targets[i].account.n)
			value_set(s->arena, args, STR("Account"), (struct pos){0},
				  value_string(s->arena, (struct pos){0}, st->targets[i].account));
		if (!survey_ask(s, ANSWER_TARGET, i, STR("Credentials"), args))
			survey_say(s, SURVEY_NOTE, st->targets[i].name, STR("target"), NULL, "left out: --unreachable");
	}
}

static enum survey_level level_of(struct str word)
{
	return str_eqc(word, "ok")     ? SURVEY_OK
	       : str_eqc(word, "note") ? SURVEY_NOTE
	       : str_eqc(word, "warn") ? SURVEY_WARN
				       : SURVEY_RED;
}

static void take_lines(struct survey *s, const struct question *q)
{
	const struct value *list = value_getc(q->work.result, "Value");
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *v = value_at(list, i);
		line_add(s, (struct survey_line){.level = level_of(value_text(value_getc(v, "Level"))),
						 .target = q->anywhere ? STR_NONE : s->targets[q->target].name,
						 .name = value_text(value_getc(v, "Name")),
						 .value = value_text(value_getc(v, "Value")),
						 .remedy = value_text(value_getc(v, "Remedy"))});
	}
}

static void take_check(struct survey *s, const struct question *q)
{
	bool holds = false;
	struct str detail = value_text(value_getc(q->work.result, "Detail"));
	value_as_bool(value_getc(q->work.result, "Holds"), &holds);
	survey_say(s, holds != q->inverse ? SURVEY_OK : q->level, s->targets[q->target].name, q->name, q->remedy,
		   "%.*s", STR_ARG(detail));
}

static void take_target(struct survey *s, const struct question *q)
{
	struct survey_target *t = &s->targets[q->target];
	struct str took = duration_text(s->arena, t->answered_ms);
	bool holds = false;
	value_as_bool(value_getc(q->work.result, "Holds"), &holds);
	if (q->work.state == WORK_OK && holds) {
		survey_say(s, SURVEY_OK, t->name, STR("answers"), NULL, "%.*s as %.*s after %.*s", STR_ARG(t->region),
			   STR_ARG(value_text(value_getc(q->work.result, "Detail"))), STR_ARG(took));
	} else if (t->silent) {
		survey_say(s, SURVEY_RED, t->name, STR("answers"),
			   "if the region is down: `drplan failover --unplanned`; everything else goes on with "
			   "--unreachable TARGET. If only you cannot reach it: look at network and proxy",
			   "%.*s does not answer, asked for %.*s", STR_ARG(t->region), STR_ARG(took));
	} else {
		t->refused = true;
		survey_say(
		    s, SURVEY_RED, t->name, STR("answers"),
		    "look at the target's Profile and Role, whether its credentials are over, and whether the account "
		    "has the region turned on",
		    "%.*s",
		    STR_ARG(q->work.state == WORK_OK ? value_text(value_getc(q->work.result, "Detail"))
						     : q->work.err.message));
	}
}

/* One line tells of a target that does not answer; what was asked there beside that says nothing more. */
static void take_failure(struct survey *s, const struct question *q)
{
	const struct survey_target *t = &s->targets[q->target];
	struct str what = q->name.n ? q->name : q->work.name;
	bool network = q->work.err.kind == ERR_NETWORK;
	if (t->refused || (t->silent && network))
		return;
	struct str help = q->work.err.help;
	survey_say(s, SURVEY_WARN, t->name, what, help.n ? str_dup(s->arena, help).p : NULL, "%s%.*s",
		   network ? "does not answer: " : "could not be asked: ", STR_ARG(q->work.err.message));
}

static bool all_done(struct survey *s, int64_t since, const struct clock *clock)
{
	bool done = true;
	for (struct question *q = s->first; q; q = q->next) {
		struct survey_target *t = &s->targets[q->target];
		bool over = q->work.state == WORK_OK || q->work.state == WORK_FAILED;
		if (q->form == ANSWER_TARGET && !over)
			t->answered_ms = clock_mono(clock) - since;
		done &= over;
	}
	return done;
}

static void drain(struct provider *p)
{
	while (provider_next(p).work)
		;
}

void survey_wait(struct survey *s)
{
	struct provider *p = s->env->provider;
	const struct clock *clock = &clock_system;
	int64_t since = clock_mono(clock), settled = 0;
	while (!all_done(s, since, clock) && provider_pending(p)) {
		int64_t passed = clock_mono(clock) - since;
		/* Works keep to their time by themselves; this is for what a work waits for outside of its calls. */
		if (!settled && passed > SURVEY_ANSWER_MS) {
			p->ops->settle(p);
			settled = passed;
		}
		if (settled && passed > settled + 500)
			break;
		provider_poll(p, 100);
		drain(p);
	}
	drain(p);
	all_done(s, since, clock);
	s->took_ms += clock_mono(clock) - since;
	for (struct question *q = s->first; q; q = q->next)
		if (q->form == ANSWER_TARGET)
			s->targets[q->target].silent =
			    q->work.state == WORK_RUNNING ||
			    (q->work.state == WORK_FAILED && q->work.err.kind == ERR_NETWORK);
	for (struct question *q = s->first; q; q = q->next)
		if (q->form == ANSWER_TARGET)
			take_target(s, q);
	for (struct question *q = s->first; q; q = q->next) {
		if (q->form == ANSWER_TARGET)
			continue;
		if (q->work.state == WORK_OK)
			q->form == ANSWER_LINES ? take_lines(s, q) : take_check(s, q);
		else
			take_failure(s, q);
	}
	s->first = NULL;
	s->last = &s->first;
}

/* --- things --------------------------------------------------------------------------------------------------- */

static void thing_add(const struct survey *cs, struct value *list, struct str address, struct str type, struct str id,
		      struct str target, struct value *attrs, struct value *props, bool lookup)
{
	struct survey *s = (struct survey *)cs;
	struct value *map = value_map(s->arena, (struct pos){0});
	value_put_text(s->arena, map, "Address", address);
	value_put_text(s->arena, map, "Type", type);
	value_put_text(s->arena, map, "Id", id);
	value_put_text(s->arena, map, "Target", target);
	value_put(s->arena, map, "Attrs", attrs ? attrs : value_map(s->arena, (struct pos){0}));
	value_put(s->arena, map, "Props", props ? props : value_map(s->arena, (struct pos){0}));
	value_put(s->arena, map, "Lookup", value_bool(s->arena, (struct pos){0}, lookup));
	value_append(s->arena, list, map);
}

struct value *survey_things(const struct survey *s, uint32_t target, bool other)
{
	struct value *list = value_list(s->arena, (struct pos){0});
	struct str name = s->targets[target].name;
	for (size_t i = 0; i < s->n_rows; i++) {
		const struct state_row *r = &s->rows[i];
		if (r->generation == 0 && r->id.n && str_eq(r->target, name) != other &&
		    survey_target_of(s, r->target) < s->env->stack->n_targets)
			thing_add(s, list, r->address, r->type, r->id, r->target, r->attrs, r->inputs, false);
	}
	for (size_t i = 0; i < s->n_lookups; i++) {
		const struct state_lookup *l = &s->lookups[i];
		if (l->id.n && str_eq(l->target, name) != other &&
		    survey_target_of(s, l->target) < s->env->stack->n_targets)
			thing_add(s, list, l->address, l->type, l->id, l->target, l->attrs, l->live, true);
	}
	return list;
}
