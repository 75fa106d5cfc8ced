/* Apply: what depends on the mode, and nothing else (semantics 40). The stored source is rendered with the mode of
 * before and with the new one; resources that differ between the two are planned, each property that does not differ
 * stays as it is live, and the plan is carried out like any other, with its own journal.
 */
#include "planner/bookpriv.h"

/* A run of its own, inside a step. */
struct part {
	struct doing *d;
	bool late; /* the step's time is over */
};

static struct part *part; /* run_options.interrupted has no context; one part runs at a time */

static bool part_interrupted(void)
{
	struct doing *d = part->d;
	if (clock_mono(d->b->env->provider->clock) >= d->deadline_ms)
		part->late = true;
	return part->late || book_interrupted(d->b);
}

static void part_event(void *ctx, const struct run_event *e)
{
	struct doing *d = ((struct part *)ctx)->d;
	struct book *b = d->b;
	if (b->opt->event)
		b->opt->event(b->opt->ctx, &(struct book_event){.kind = BOOK_PART,
								.step = d->step,
								.name = d->step->name,
								.state = d->row->state,
								.clock_ms = book_clock(b),
								.run = e});
}

bool part_run(struct doing *d, struct plan_env *env, struct plan *plan, enum on_failure on_failure, struct str *said)
{
	struct book *b = d->b;
	struct part own = {.d = d};
	struct run_result result = {0};
	struct run_options opt = {.event = part_event,
				  .ctx = &own,
				  .interrupted = part_interrupted,
				  .command = "runbook",
				  .on_failure = &on_failure};
	size_t before = b->errs->errors;
	part = &own;
	bool ok = run_plan(b->a, env, plan, &opt, &result, b->errs);
	part = NULL;
	*said = str_fmt(b->a, "%zu added, %zu changed, %zu destroyed", result.created + result.replaced, result.updated,
			result.removed + result.replaced);
	if (own.late)
		*said = STR("its time was over; what was begun stays, and the next apply goes on");
	else if (!ok && b->errs->errors > before)
		*said = str_dup(b->a, b->errs->items[b->errs->n - 1].message);
	return ok;
}

/* --- the two renderings ------------------------------------------------------------------------------------------- */

static struct str info_text_of(const struct book *b, const char *key)
{
	return value_text(value_getc(b->run.info, key));
}

/* A value that was NoEcho then and is not given now cannot be sent. */
static bool secrets_known(struct doing *d, const struct stack *s, const struct str *only, size_t n)
{
	struct book *b = d->b;
	const struct parameter *hidden = world_hidden(s);
	for (size_t i = 0; hidden && i < n; i++) {
		const struct resource *r = stack_find(s, only[i]);
		if (!r || !value_has_secret(r->props))
			continue;
		step_failed(d,
			    str_fmt(b->a,
				    "%.*s needs the parameter '%.*s', which is NoEcho and not kept: give it with "
				    "-var, and --resume",
				    STR_ARG(only[i]), STR_ARG(hidden->name)),
			    false);
		return false;
	}
	return true;
}

static void mark_targets(struct book *b, const struct stack *s, const struct str *only, size_t n, bool *wanted)
{
	struct thing t;
	for (size_t i = 0; i < n; i++) {
		const struct resource *r = stack_find(s, only[i]);
		if (r)
			wanted[r->target] = true;
		if (b->scope.thing(b->scope.ctx, only[i], &t))
			wanted[target_of(s, t.place->name, s->default_target)] = true;
	}
}

/* Phases keep their order; their gates are an apply's business, the runbook has checks of its own. */
static void gates_off(struct stack *s)
{
	for (size_t i = 0; i < s->n_phases; i++)
		s->phases[i].gate = value_list(s->arena, s->phases[i].pos);
}

static void carry_out(struct doing *d, struct stack *after, const struct str *only, size_t n)
{
	struct book *b = d->b;
	bool *wanted = arena_array(b->a, after->n_targets + 1, sizeof *wanted);
	bool *frozen = arena_array(b->a, after->n_targets + 1, sizeof *frozen);
	bool defers = str_eqc(value_text(value_getc(d->args, "Unreachable")), "defer");
	struct str said = STR_NONE;
	mark_targets(b, after, only, n, wanted);
	if (!targets_probe(b, wanted, frozen) && !defers) {
		step_failed(d, STR("a target does not answer; 'Unreachable: defer' would leave out what is there"),
			    false);
		return;
	}
	struct plan_env env = {.stack = after,
			       .state = b->env->state,
			       .provider = b->env->provider,
			       .places = b->env->places,
			       .frozen = frozen};
	struct plan_options opt = {.mode_only = true, .only = only, .n_only = n, .interrupted = b->opt->interrupted};
	size_t before = b->errs->errors;
	struct plan *plan = plan_make(b->a, &env, &opt, b->errs);
	if (!plan || b->errs->errors > before) {
		step_failed(d, b->errs->n ? str_dup(b->a, b->errs->items[b->errs->n - 1].message) : STR("no plan"),
			    b->interrupted);
		return;
	}
	bool ok = part_run(d, &env, plan, FAIL_KEEP, &said);
	if (plan->n_deferred)
		said = str_fmt(b->a, "%.*s, %zu deferred", STR_ARG(said), plan->n_deferred);
	if (ok)
		step_done(d, said, NULL);
	else
		step_failed(d, said, b->interrupted);
}

void apply_launch(struct doing *d)
{
	struct book *b = d->b;
	struct str mode = value_text(value_getc(d->args, "Mode"));
	struct str was = info_text_of(b, "mode_before"), active = info_text_of(b, "active_before");
	const struct stored *source = b->opt->source;
	struct str *only;
	size_t n;
	/* From here on nobody's plan may undo this. */
	book_mode(b);
	if (!book_commit(b)) {
		step_failed(d, STR("the state cannot be written"), true);
		return;
	}
	struct stack *before = source_render(b->a, source, was, active, b->errs);
	struct stack *after = before ? source_render(b->a, source, mode, b->rb->to, b->errs) : NULL;
	if (!after) {
		step_failed(d, STR("the stored stack cannot be rendered"), false);
		return;
	}
	gates_off(after);
	only = source_differs(b->a, before, after, &n);
	if (!n)
		step_done(d, STR("nothing depends on the mode"), NULL);
	else if (secrets_known(d, after, only, n))
		carry_out(d, after, only, n);
}
