/* What a rehearsal of a plan says: how long each phase took, and the longest chain of steps, each of which waited for the
 * one before it. See rehearsal.h.
 *
 * A step that is made waits for what it needs; one that is deleted for what used it; the first ones of a phase for the
 * end of the phase before.
 */
#include "cmd/rehearsal.h"

#include "cmd/jsonui.h"
#include "cmd/progress.h"

#define NAME_WIDTH 36

/* --- what happened ------------------------------------------------------------------------------------------------ */

static void span_add(struct arena *a, struct span **list, size_t *n, size_t *cap, struct span span)
{
	*list = arena_grow(a, *list, cap, *n + 1, sizeof(**list));
	(*list)[(*n)++] = span;
}

static void phase_event(struct session *s, const struct run_event *e, int64_t now)
{
	struct rehearsal *r = s->rehearsal;
	struct span *last = r->n_phases ? &r->phases[r->n_phases - 1] : NULL;

	if (!last || !str_eq(last->phase, e->phase) || e->kind == RUN_PHASE_BEGIN)
		span_add(&s->arena, &r->phases, &r->n_phases, &r->cap_phases,
			 (struct span){.phase = e->phase, .from = now, .to = now});
	else
		last->to = now;
}

void rehearsal_event(void *ctx, const struct run_event *e)
{
	struct session *s = ctx;
	struct rehearsal *r = s->rehearsal;
	int64_t now = clock_mono(s->provider->clock);

	progress_event(ctx, e);
	if (e->kind == RUN_PHASE_BEGIN || e->kind == RUN_PHASE_END)
		phase_event(s, e, now);
	else if (e->change && (e->kind == RUN_OK || e->kind == RUN_ERROR))
		span_add(&s->arena, &r->steps, &r->n_steps, &r->cap_steps,
			 (struct span){.phase = e->phase,
				       .change = e->change,
				       .action = e->action,
				       .from = now - e->elapsed_ms,
				       .to = now});
}

/* --- the chain ---------------------------------------------------------------------------------------------------- */

struct chain {
	const struct plan *plan;
	const struct rehearsal *r;
	const struct span **made, **gone; /* by change: its steps, or NULL */
	uint32_t *users, *first; /* by change: what needs it, from first[i] up to first[i + 1] */
};

static void users_find(struct arena *a, struct chain *c)
{
	const struct plan *p = c->plan;
	uint32_t *at = arena_array(a, p->n + 2, sizeof(at[0]));
	size_t edges = 0;

	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < p->changes[i].n_needs; k++, edges++)
			at[p->changes[i].needs[k] + 1]++;
	c->first = at;
	for (size_t i = 0; i < p->n; i++)
		at[i + 1] += at[i];
	uint32_t *next = arena_array(a, p->n + 1, sizeof(next[0]));
	c->users = arena_array(a, edges + 1, sizeof(c->users[0]));
	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < p->changes[i].n_needs; k++) {
			uint32_t needed = p->changes[i].needs[k];

			c->users[at[needed] + next[needed]++] = (uint32_t)i;
		}
}

static void chain_begin(struct arena *a, struct chain *c)
{
	c->made = arena_array(a, c->plan->n + 1, sizeof(const struct span *));
	c->gone = arena_array(a, c->plan->n + 1, sizeof(const struct span *));
	for (size_t i = 0; i < c->r->n_steps; i++) {
		const struct span *x = &c->r->steps[i];
		size_t at = (size_t)(x->change - c->plan->changes);

		if (at < c->plan->n)
			*(x->action == ACT_DELETE ? &c->gone[at] : &c->made[at]) = x;
	}
	users_find(a, c);
}

static void later(const struct span **best, const struct span *x, int64_t before)
{
	if (x && x->to <= before && (!*best || x->to > (*best)->to))
		*best = x;
}

/* What ended last in the phases before. Steps are in the order of their ends. */
static const struct span *before_phase(const struct chain *c, const struct span *x)
{
	for (size_t i = (size_t)(x - c->r->steps); i > 0; i--)
		if (!str_eq(c->r->steps[i - 1].phase, x->phase))
			return &c->r->steps[i - 1];
	return NULL;
}

static const struct span *waited_for(const struct chain *c, const struct span *x)
{
	size_t at = (size_t)(x->change - c->plan->changes);
	const struct span *best = NULL, *phase = before_phase(c, x);

	if (at >= c->plan->n)
		return phase;
	if (x->action == ACT_DELETE) {
		later(&best, c->made[at], x->from);
		for (uint32_t k = c->first[at]; k < c->first[at + 1]; k++) {
			later(&best, c->gone[c->users[k]], x->from);
			later(&best, c->made[c->users[k]], x->from);
		}
	} else {
		for (size_t k = 0; k < x->change->n_needs; k++)
			later(&best, c->made[x->change->needs[k]], x->from);
	}
	later(&best, phase, x->from);
	return best;
}

/* From the step that ended last back to one that waited for nothing; in the order of time. */
static size_t chain_find(struct arena *a, struct chain *c, const struct span ***out)
{
	const struct rehearsal *r = c->r;
	const struct span **list = arena_array(a, r->n_steps + 1, sizeof(list[0]));
	const struct span *x = r->n_steps ? &r->steps[r->n_steps - 1] : NULL;
	size_t n = 0;

	chain_begin(a, c);
	for (; x && n < r->n_steps; x = waited_for(c, x))
		list[n++] = x;
	for (size_t i = 0; i < n / 2; i++) {
		const struct span *other = list[i];

		list[i] = list[n - 1 - i];
		list[n - 1 - i] = other;
	}
	*out = list;
	return n;
}

/* --- what is said ------------------------------------------------------------------------------------------------- */

static const char *done_word(enum action action)
{
	static const char *const words[ACT_COUNT] = {
	    [ACT_NONE] = "unchanged", [ACT_CREATE] = "created", [ACT_UPDATE] = "updated",  [ACT_REPLACE] = "replaced",
	    [ACT_DELETE] = "deleted", [ACT_READ] = "read",      [ACT_FORGET] = "forgotten"};
	return words[action];
}

static void add_line(struct buf *b, struct arena *a, struct str name, int64_t ms, int64_t all)
{
	buf_cstr(b, "  ");
	ui_text(b, name);
	buf_pad(b, ' ', name.n < NAME_WIDTH ? NAME_WIDTH - name.n : 1);
	buf_fmt(b, "%.*s", STR_ARG(duration_text(a, ms)));
	if (all > 0)
		buf_fmt(b, "  %lld %%", (long long)(100 * ms / all));
	buf_char(b, '\n');
}

static void print_plan(struct session *s, const char *what, bool done, int64_t took, const struct span **chain,
		       size_t n)
{
	const struct rehearsal *r = s->rehearsal;
	struct arena *a = &s->arena;
	struct buf out;

	buf_init(&out, UI_MAX);
	buf_fmt(&out, "\nrehearsal of %s: %s, predicted time %.*s; nothing real was asked or changed\n", what,
		done ? "done" : "failed", STR_ARG(duration_text(a, took)));
	for (size_t i = 0; i < r->n_phases; i++)
		add_line(&out, a, str_fmt(a, "phase %.*s", STR_ARG(r->phases[i].phase)),
			 r->phases[i].to - r->phases[i].from, took);
	if (n)
		buf_cstr(&out, "the longest chain, each of which waited for the one before\n");
	for (size_t i = 0; i < n; i++)
		add_line(&out, a,
			 str_fmt(a, "%.*s %s", STR_ARG(chain[i]->change->address), done_word(chain[i]->action)),
			 chain[i]->to - chain[i]->from, took);
	ui_out(&s->ui, &out);
	buf_free(&out);
}

static struct value *span_json(struct arena *a, const struct span *x)
{
	struct value *m = value_map(a, (struct pos){0});

	if (x->change) {
		value_put_text(a, m, "addr", x->change->address);
		value_put_text(a, m, "resource_type", x->change->type ? type_name(x->change->type) : STR_NONE);
		value_put_text(a, m, "action", str_of(done_word(x->action)));
	}
	value_put_text(a, m, "phase", x->phase);
	value_put_int(a, m, "elapsed_ms", x->to - x->from);
	return m;
}

void rehearsal_plan_summary(struct session *s, const struct plan *p, const char *what, bool done, int64_t took_ms)
{
	struct arena *a = &s->arena;
	struct chain c = {.plan = p, .r = s->rehearsal};
	struct value *m, *phases = value_list(a, (struct pos){0}), *list = value_list(a, (struct pos){0});
	const struct span **chain;
	size_t n = chain_find(a, &c, &chain);

	if (!s->ui.json) {
		print_plan(s, what, done, took_ms, chain, n);
		return;
	}
	for (size_t i = 0; i < s->rehearsal->n_phases; i++)
		value_append(a, phases, span_json(a, &s->rehearsal->phases[i]));
	for (size_t i = 0; i < n; i++)
		value_append(a, list, span_json(a, chain[i]));
	m = jsonui_message(a, "rehearsal_summary", str_of(what));
	value_put_text(a, m, "outcome", done ? STR("done") : STR("failed"));
	value_put_int(a, m, "elapsed_ms", took_ms);
	value_put(a, m, "phases", phases);
	value_put(a, m, "longest_chain", list);
	jsonui_write(&s->ui, m);
}
