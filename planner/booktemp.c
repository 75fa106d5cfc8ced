/* Temporary: an ordinary stack with a state of its own (temporary/NAME.db beside this one's), made by the step and
 * destroyed when the runbook is over, whatever became of it; after a kill by the run that goes on. Its state stays,
 * empty, as evidence. It lives in the target that the runbook leads to, and its resources carry the time at which they
 * are overdue as a tag.
 */
#include "planner/bookpriv.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define TTL_MS (4 * 60 * 60 * 1000)

struct temporary {
	struct doing *d;
	struct str name, path;
	const struct value *args;
	uint32_t target;
	struct state *state;
	struct plan_env env;
	struct place place;
};

static bool temporary_name(struct temporary *t)
{
	struct book *b = t->d->b;
	t->name = value_text(value_getc(t->args, "StackName"));
	if (!t->name.n)
		t->name = str_fmt(b->a, "%.*s-%.*s-%lld", STR_ARG(b->env->stack->name), STR_ARG(t->d->step->name),
				  (long long)b->run.id);
	for (size_t i = 0; i < t->name.n; i++) {
		char c = t->name.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (letter || (i && ((c >= '0' && c <= '9') || c == '-')))
			continue;
		err_at(b->errs, t->d->step->pos, "'%.*s' is no name for a stack: letters, digits and '-' only",
		       STR_ARG(t->name));
		return false;
	}
	return true;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static bool state_make(struct temporary *t)
{
	struct book *b = t->d->b;
	struct str folder = str_cat(b->a, b->opt->folder, STR("temporary"));
	struct state_options opt = {.mode = STATE_WRITE, .command = "runbook", .clock = &clock_system};
	if (mkdir(folder.p, 0700) != 0 && errno != EEXIST) {
		err_add(b->errs, ERR_SYSTEM, (struct pos){0}, "cannot make the folder %s: %s", folder.p,
			strerror(errno));
		return false;
	}
	t->path = str_fmt(b->a, "%s/%.*s.db", folder.p, STR_ARG(t->name));
	t->state = state_open(b->a, t->path.p, &opt, b->errs);
	if (!t->state)
		return false;
	state_set(t->state, "stack", t->name);
	state_set(t->state, "provider", str_of(b->env->provider->ops->name));
	return state_commit(t->state, b->errs);
}

static struct stack_var *vars_of(struct book *b, const struct value *params)
{
	struct stack_var *vars = arena_array(b->a, value_count(params) + 1, sizeof *vars);
	for (size_t i = 0; i < value_count(params); i++) {
		const struct member *m = &params->map.items[i];
		struct str text = value_text(m->value);
		for (size_t k = 0; m->value->kind == V_LIST && k < value_count(m->value); k++)
			text = str_fmt(b->a, "%.*s%s%.*s", STR_ARG(text), k ? "," : "",
				       STR_ARG(value_text(value_at(m->value, k))));
		vars[i] = (struct stack_var){.name = m->key,
					     .value = text,
					     .origin = STR("Parameters"),
					     .name_pos = m->pos,
					     .pos = m->value->pos};
	}
	return vars;
}

static struct value *tags_of(struct temporary *t)
{
	struct book *b = t->d->b;
	int64_t ttl = TTL_MS;
	struct value *tags = value_map(b->a, (struct pos){0});
	str_duration(value_text(value_getc(t->args, "Ttl")), &ttl);
	struct str until = time_rfc3339(b->a, t->d->row->started_ms + ttl, false);
	value_set(b->a, tags, STR("drplan-expires"), (struct pos){0}, value_string(b->a, (struct pos){0}, until));
	return tags;
}

static struct stack *stack_make(struct temporary *t)
{
	struct book *b = t->d->b;
	const struct value *params = value_getc(t->args, "Parameters");
	struct stack_options opt = {.path = value_text(value_getc(t->args, "TemplateURL")),
				    .name = t->name,
				    .vars = vars_of(b, params),
				    .n_vars = params && params->kind == V_MAP ? value_count(params) : 0,
				    .default_region = b->env->places[t->target].region,
				    .lineage = state_lineage(t->state),
				    .tags = tags_of(t)};
	return source_template(b->a, b->opt->source, &opt, b->errs);
}

static bool temporary_open(struct temporary *t, struct doing *d, const struct value *args)
{
	struct book *b = d->b;
	*t = (struct temporary){
	    .d = d, .args = args, .target = target_of(b->env->stack, b->rb->to, b->env->stack->default_target)};
	if (!temporary_name(t) || !state_make(t))
		return false;
	struct stack *s = stack_make(t);
	if (!s)
		return false;
	t->place = b->env->places[t->target];
	t->place.name = s->targets[s->default_target].name;
	t->env = (struct plan_env){.stack = s, .state = t->state, .provider = b->env->provider, .places = &t->place};
	return plan_facts(b->a, &t->env, b->errs);
}

static void temporary_close(struct temporary *t)
{
	if (t->state)
		state_close(t->state);
	t->state = NULL;
}

/* --- made --------------------------------------------------------------------------------------------------------- */

static bool carry_out(struct temporary *t, bool destroy, struct str *said)
{
	struct book *b = t->d->b;
	struct plan_options opt = {.destroy = destroy, .interrupted = destroy ? NULL : b->opt->interrupted};
	size_t before = b->errs->errors;
	struct plan *plan = plan_make(b->a, &t->env, &opt, b->errs);
	return plan && b->errs->errors == before && part_run(t->d, &t->env, plan, FAIL_KEEP, said);
}

static struct value *result_of(struct temporary *t)
{
	struct book *b = t->d->b;
	const struct pos none = {0};
	struct value *result = value_map(b->a, none), *outputs = value_map(b->a, none);
	struct state_output *out;
	size_t n;
	if (!state_outputs(t->state, b->a, &out, &n, b->errs))
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (!out[i].secret)
			value_set(b->a, outputs, out[i].name, none, out[i].value);
	value_set(b->a, result, STR("Stack"), none, value_string(b->a, none, t->name));
	value_set(b->a, result, STR("State"), none, value_string(b->a, none, t->path));
	value_set(b->a, result, STR("Expires"), none, value_getc(tags_of(t), "drplan-expires"));
	value_set(b->a, result, STR("Outputs"), none, outputs);
	return result;
}

static struct str last_error(const struct book *b)
{
	return b->errs->n ? str_dup(b->a, b->errs->items[b->errs->n - 1].message) : STR("it could not be made");
}

void temporary_launch(struct doing *d)
{
	struct book *b = d->b;
	struct temporary t;
	struct str said = STR_NONE;
	bool ok = temporary_open(&t, d, d->args) && carry_out(&t, false, &said);
	struct value *result = ok ? result_of(&t) : NULL;
	temporary_close(&t);
	if (ok && result)
		step_done(d, str_fmt(b->a, "%.*s: %.*s", STR_ARG(t.name), STR_ARG(said)), result);
	else
		step_failed(d, said.n ? said : last_error(b), b->interrupted);
}

/* --- and removed -------------------------------------------------------------------------------------------------- */

static bool rows_left(struct temporary *t, size_t *n)
{
	struct state_row *rows;
	return state_rows(t->state, t->d->b->a, &rows, n, t->d->b->errs);
}

static bool temporary_remove(struct book *b, struct doing *d)
{
	struct temporary t;
	struct str said = STR_NONE;
	size_t left = 1;
	d->begun_ms = clock_mono(b->env->provider->clock);
	d->deadline_ms = d->begun_ms + d->step->timeout_ms;
	bool ok = temporary_open(&t, d, d->row->args) && carry_out(&t, true, &said) && rows_left(&t, &left);
	temporary_close(&t);
	if (ok && left)
		err_add(b->errs, ERR_STATE, d->step->pos,
			"%zu resources of the temporary stack %.*s were kept by policy; %s "
			"holds them",
			left, STR_ARG(t.name), t.path.p);
	ok &= !left;
	d->row->detail =
	    ok ? STR("removed") : str_fmt(b->a, "NOT removed: %.*s", STR_ARG(said.n ? said : last_error(b)));
	if (ok)
		book_info(b, str_fmt(b->a, "removed/%.*s", STR_ARG(d->step->name)).p,
			  value_bool(b->a, (struct pos){0}, true));
	/* A run that goes on makes it anew. */
	if (b->failed && BOOK_STEP_STATE(d->row, "done"))
		d->row->state = STR("removed");
	state_runbook_step(b->env->state, d->row);
	book_emit(b, BOOK_STEP_END, d, d->row->detail);
	return book_commit(b) && ok;
}

bool temporaries_remove(struct book *b)
{
	bool all = true;
	for (uint32_t i = b->rb->n; i-- > 0;) {
		struct doing *d = &b->doing[i];
		if (!str_eqc(d->step->verb, "Temporary") || !d->row->attempts || !d->row->args)
			continue;
		if (!BOOK_STEP_STATE(d->row, "skipped"))
			all &= temporary_remove(b, d);
	}
	return all;
}
