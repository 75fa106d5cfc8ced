/* One step: what is prepared and recorded before its call leaves, and what its answer means.
 *
 * step_begin folds the properties that became known, checks them, chooses a name that was left out and records the
 * intent; run.c commits it and starts the work. step_end records the result beside the end of the intent, so that one
 * transaction holds both.
 */
#include "planner/planpriv.h"
#include "planner/runbook.h"
#include "planner/runpriv.h"

/* --- values --------------------------------------------------------------------------------------------------- */

struct folding {
	struct run *r;
	uint32_t target;
};

static struct value *fold_attribute(void *ctx, struct str address, struct str attribute)
{
	struct folding *f = ctx;
	const struct change *c = run_change(f->r, address);
	return c ? change_attribute(c, attribute) : NULL;
}

static struct value *fold_fact(void *ctx, const struct value *expr)
{
	struct folding *f = ctx;
	if (expr->fn == FN_RUNBOOK)
		return runbook_known(f->r->a, f->r->env->provider, expr, f->r->errs);
	return expr->fn == FN_DYNAMIC ? reference_value(f->r, f->target, expr) : NULL;
}

const struct value *run_fold(struct run *r, uint32_t target, const struct value *v)
{
	struct folding f = {r, target};
	struct expr_env env = {
	    .ctx = &f, .attribute = fold_attribute, .fact = fold_fact, .arena = r->a, .errs = r->errs};
	return v && value_has_expr(v) ? expr_fold(&env, v) : v;
}

static void name_it(struct run *r, struct step *s)
{
	struct change *c = s->change;
	struct str property = type_name_property(c->type);
	if (!c->res || !c->res->name_generated || !property.n)
		return;
	s->name_chosen =
	    c->generated_name.n ? c->generated_name : name_choose(r->a, r->plan->stack->name, c->address, c->type);
	struct value *named =
	    value_with(r->a, s->desired, property, value_string(r->a, (struct pos){0}, s->name_chosen));
	if (named)
		s->desired = named;
}

/* False: it cannot be sent, or waits for references (s->references). */
static bool fold_desired(struct run *r, struct step *s)
{
	struct change *c = s->change;
	size_t before = r->errs->errors;
	if (r->plan->undo) {
		s->desired = undo_desired(r, c, c->desired);
		return true;
	}
	if (!value_has_expr(c->desired)) {
		s->desired = c->desired;
		return true;
	}
	s->desired = run_fold(r, c->target, c->desired);
	if (s->desired && value_has_expr(s->desired)) {
		s->references = references_ask(r, s, s->desired);
		if (s->references)
			return false;
		struct err *e = err_add(r->errs, ERR_BUG, (struct pos){0},
					"%.*s still has unknown values when its turn has come", STR_ARG(c->address));
		e->address = c->address;
		return false;
	}
	if (s->desired && s->kind != STEP_READ) {
		s->desired = stack_typed(r->a, c->type, s->desired);
		schema_check(c->type, s->desired, c->address, r->errs);
	}
	return s->desired && r->errs->errors == before;
}

/* --- updates: what is asked for, and what it is compared with ------------------------------------------------- */

static const struct value *with_keeps(struct run *r, const struct change *c, const struct value *desired)
{
	for (size_t i = 0; i < c->n_keep; i++) {
		struct value *with = value_with(r->a, desired, c->keep[i].path, (struct value *)c->keep[i].value);
		if (with)
			desired = with;
	}
	return desired;
}

bool changes_below(const struct change *c, struct str property)
{
	for (size_t i = 0; i < c->n_props; i++) {
		struct str path = c->props[i].path;
		if (str_starts(path, property) &&
		    (path.n == property.n || path.p[property.n] == '.' || path.p[property.n] == '['))
			return true;
	}
	return false;
}

/* What AWS never gives back, as it was applied last. */
static void add_unread(struct run *r, const struct step *s, struct value *prior)
{
	const struct schema *root = type_schema(model_type(s->row->type));
	const struct value *inputs = s->row->inputs;
	for (size_t i = 0; i < value_count(inputs); i++) {
		const struct member *m = &inputs->map.items[i];
		if ((schema_flags(schema_prop(root, m->key)) & PROP_WRITE_ONLY) && !value_get(prior, m->key))
			value_set(r->a, prior, m->key, (struct pos){0}, m->value);
	}
}

/* An update does what the plan shows and nothing else: where the plan shows no change, the provider is told that the
 * property is already as desired, however AWS spells it. */
static const struct value *prior_shown(struct run *r, const struct step *s, const struct value *desired)
{
	const struct value *live = s->prior ? s->prior : s->row->inputs;
	struct value *prior = value_map(r->a, (struct pos){0});
	for (size_t i = 0; i < value_count(live); i++)
		value_set(r->a, prior, live->map.items[i].key, (struct pos){0}, live->map.items[i].value);
	add_unread(r, s, prior);
	for (size_t i = 0; i < value_count(desired); i++) {
		const struct member *m = &desired->map.items[i];
		if (!changes_below(s->change, m->key))
			value_set(r->a, prior, m->key, (struct pos){0}, m->value);
	}
	return prior;
}

/* What is deleted, as it is, with what is not read (a deletion window). */
static const struct value *prior_whole(struct run *r, const struct step *s)
{
	struct value *prior = value_map(r->a, (struct pos){0});
	if (!s->prior)
		return s->row->inputs;
	for (size_t i = 0; i < value_count(s->prior); i++)
		value_set(r->a, prior, s->prior->map.items[i].key, (struct pos){0}, s->prior->map.items[i].value);
	add_unread(r, s, prior);
	return prior;
}

/* --- begin ---------------------------------------------------------------------------------------------------- */

static const struct place *place_of(const struct run *r, struct str target, uint32_t otherwise)
{
	const struct stack *s = r->plan->stack;
	for (size_t i = 0; i < s->n_targets; i++)
		if (str_eq(s->targets[i].name, target))
			return &r->env->places[i];
	return &r->env->places[otherwise];
}

static struct work *work_new(struct run *r, struct step *s, enum work_kind kind)
{
	struct work *w = s->work = arena_new(r->a, struct work);
	const struct change *c = s->change;
	*w = (struct work){.kind = kind,
			   .place = &r->env->places[c->target],
			   .type = c->type,
			   .arena = r->a,
			   .address = c->address,
			   .owner = &r->owner,
			   .user = s};
	if (s->row && kind != WORK_CREATE) {
		w->id = s->row->id;
		w->place = place_of(r, s->row->target, c->target);
		w->type = model_type(s->row->type);
	}
	return w;
}

static void intend(struct run *r, struct step *s, enum intent_action action)
{
	const struct change *c = s->change;
	struct work *w = s->work;
	w->op = random_uuid(r->a);
	struct intent in = {
	    .run = r->id,
	    .action = action,
	    .address = c->address,
	    .type = type_name(w->type),
	    .target = w->place->name,
	    .id = w->id,
	    .op = w->op,
	    .generation = action == INTENT_DELETE ? s->generation : 0,
	    .desired = (struct value *)s->desired,
	    .prior = (struct value *)s->prior,
	    .name_chosen = s->name_chosen,
	    .phase = c->phase < r->plan->stack->n_phases ? r->plan->stack->phases[c->phase].name : STR_NONE,
	    .deletion = policy_text(c->res ? c->res->deletion : DELETION_DEFAULT, c->type),
	    .started_ms = clock_wall(&clock_system),
	};
	in.depends = change_depends(r, c, &in.n_depends);
	in.at = stage_phase(r, s->stage);
	if (s->row && s->row->generation == 0)
		in.row = s->row;
	if (s->row && (in.row || action != INTENT_CREATE))
		in.was = s->row->inputs;
	if (c->back) {
		in.phase = c->back->phase;
		in.deletion = c->back->deletion;
		in.name_chosen = c->back->name_chosen;
		in.depends = c->back->depends;
		in.n_depends = c->back->n_depends;
	}
	in.whole = !in.desired || !value_has_secret(in.desired);
	if (in.desired)
		in.inputs = hash_value(in.desired);
	s->seq = state_intent(r->env->state, &in);
}

static bool begin_make(struct run *r, struct step *s)
{
	if (!fold_desired(r, s))
		return false;
	struct work *w;
	if (s->kind == STEP_READ) {
		w = work_new(r, s, WORK_LOOKUP);
		w->match = s->desired;
		return true;
	}
	if (s->kind == STEP_CREATE) {
		name_it(r, s);
		w = work_new(r, s, WORK_CREATE);
		w->desired = s->desired;
		s->prior = NULL;
		if (!package_send(r, s))
			return false;
		intend(r, s, INTENT_CREATE);
		return true;
	}
	w = work_new(r, s, WORK_UPDATE);
	w->desired = with_keeps(r, s->change, s->desired);
	w->prior = prior_shown(r, s, w->desired);
	if (!package_send(r, s))
		return false;
	intend(r, s, INTENT_UPDATE);
	return true;
}

bool step_begin(struct run *r, struct step *s)
{
	struct change *c = s->change;
	s->begun_ms = clock_mono(r->env->provider->clock);
	switch (s->kind) {
	case STEP_CREATE:
	case STEP_UPDATE:
	case STEP_READ:
		return begin_make(r, s);
	case STEP_DELETE:
		if (c->action == ACT_REPLACE && c->create_first)
			s->generation = r->id;
		work_new(r, s, WORK_DELETE)->prior = prior_whole(r, s);
		s->work->applied = s->row->inputs;
		s->work->snapshot = c->snapshot;
		s->work->undo = r->plan->undo;
		intend(r, s, INTENT_DELETE);
		return true;
	case STEP_FORGET:
		record_forgotten(r, s);
		return true;
	}
	return false;
}

/* --- end ------------------------------------------------------------------------------------------------------ */

void step_answered(struct run *r, struct step *s)
{
	state_intent_id(r->env->state, s->seq, s->work->id);
}

static void take_result(struct step *s)
{
	struct change *c = s->change;
	if (s->work->live)
		c->live = s->work->live;
	if (s->work->attrs)
		c->live_attrs = s->work->attrs;
	if (s->kind == STEP_CREATE)
		c->remade = s->work->id;
	c->made = true;
}

static void end_good(struct run *r, struct step *s)
{
	struct work *w = s->work;
	bool settled = w->settled || !r->interrupted;
	switch (s->kind) {
	case STEP_CREATE:
		take_result(s);
		record_created(r, s, w->settled);
		break;
	case STEP_UPDATE:
		take_result(s);
		record_updated(r, s, settled);
		break;
	case STEP_READ:
		take_result(s);
		lookup_store(r->env, s->change);
		return;
	case STEP_DELETE:
		if (!settled) {
			state_intent_end(r->env->state, s->seq, "failed", STR("interrupted before it was gone"));
			s->state = STEP_FAILED;
			return;
		}
		record_deleted(r, s);
		break;
	case STEP_FORGET:
		return;
	}
	state_intent_end(r->env->state, s->seq, "done", STR_NONE);
}

/* A create that was answered and failed afterwards exists: its row is pending, for the next run to wait or replace.
 * One that was not answered and whose effect is unknown stays an open intent; the next run finds out. */
static void end_bad(struct run *r, struct step *s)
{
	struct work *w = s->work;
	work_error(w, r->errs);
	if (s->kind == STEP_READ)
		return;
	if (s->kind == STEP_CREATE && w->id.n)
		record_created(r, s, false);
	else if (s->kind == STEP_CREATE && w->err.kind == ERR_NETWORK)
		return;
	struct str why = str_fmt(r->a, "%.*s: %.*s", STR_ARG(w->err.code), STR_ARG(w->err.message));
	state_intent_end(r->env->state, s->seq, "failed", why);
}

/* What was to be made beside the old one is the old one: AWS saw no difference (a function's version whose code is the
 * same). Deleting what it replaces would delete it. */
static bool is_the_old(const struct step *s)
{
	return s->kind == STEP_CREATE && s->change->action == ACT_REPLACE && s->change->create_first && s->row &&
	       s->work->state == WORK_OK && str_eq(s->work->id, s->row->id);
}

void step_end(struct run *r, struct step *s)
{
	if (is_the_old(s)) {
		struct err *e = err_add(r->errs, ERR_REMOTE, (struct pos){0},
					"AWS makes no other one of it: it answered %.*s, which was to be replaced",
					STR_ARG(s->work->id));
		e->address = s->change->address;
		s->state = STEP_FAILED;
		state_intent_end(r->env->state, s->seq, "failed", STR("the one that was to be replaced was answered"));
		return;
	}
	s->state = s->work->state == WORK_OK ? STEP_DONE : STEP_FAILED;
	if (s->state == STEP_DONE && s->work->note.n)
		err_warn(r->errs, (struct pos){0}, "%.*s", STR_ARG(s->work->note))->address = s->change->address;
	if (s->state == STEP_DONE)
		end_good(r, s);
	else
		end_bad(r, s);
}
