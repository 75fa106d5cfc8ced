/* Open intents of an earlier run, decided before anything else (docs/journal-and-rollback.md).
 *
 * A create that was answered is adopted by its id. One that was not is looked for by the provider: found, it is
 * adopted; absent for certain, the intent is closed; undecided, its resource is stopped and the rest goes on. Updates
 * and deletes need no search: what they did shows in the next refresh. A state that is open for reading is not
 * written: what was found counts for this plan alone.
 */
#include "planner/planpriv.h"

static uint32_t target_named(const struct stack *s, struct str name)
{
	for (uint32_t i = 0; i < s->n_targets; i++)
		if (str_eq(s->targets[i].name, name))
			return i;
	return UINT32_MAX;
}

static struct state_row *row_add(struct planning *p)
{
	struct state_row *rows = arena_array(p->a, p->n_rows + 1, sizeof *rows);
	for (size_t i = 0; i < p->n_rows; i++)
		rows[i] = p->rows[i];
	p->rows = rows;
	return &rows[p->n_rows++];
}

static struct state_row *row_current(struct planning *p, struct str address)
{
	for (size_t i = 0; i < p->n_rows; i++)
		if (p->rows[i].generation == 0 && str_eq(p->rows[i].address, address))
			return &p->rows[i];
	return NULL;
}

/* The resource exists: it becomes a row that the next run waits for. A row that stands there is what the create was
 * to replace: it is put aside, unless the answer had been written already. */
static void adopt(struct planning *p, const struct intent *in, struct str id)
{
	struct state *st = p->env->state;
	struct state_row *row = row_current(p, in->address);
	if (row && str_eq(row->id, id))
		return;
	if (row) {
		row->generation = in->run;
		row->status = ROW_DEPOSED;
		if (state_writable(st)) {
			state_delete(st, row->address, 0);
			state_put(st, row);
		}
	}
	row = row_add(p);
	*row = (struct state_row){
	    .address = in->address,
	    .type = in->type,
	    .target = in->target,
	    .id = id,
	    .status = ROW_PENDING,
	    .phase = in->phase,
	    .deletion = in->deletion,
	    .name_chosen = in->name_chosen,
	    .depends = in->depends,
	    .n_depends = in->n_depends,
	    .inputs = in->desired,
	    .attrs = value_map(p->a, (struct pos){0}),
	};
	if (state_writable(st))
		state_put(st, row);
}

static void told(struct planning *p, const struct intent *in, int decision, struct str id, struct str why)
{
	p->recovered = arena_grow(p->a, p->recovered, &p->cap_recovered, p->n_recovered + 1, sizeof *p->recovered);
	struct recovery *r = &p->recovered[p->n_recovered++];
	*r = (struct recovery){.address = in->address, .type = in->type, .target = in->target, .action = in->action};
	r->decision = decision;
	r->id = id;
	r->why = why;
}

static void close_intent(struct planning *p, const struct intent *in, int decision, struct str id, const char *note)
{
	if (state_writable(p->env->state))
		state_intent_end(p->env->state, in->seq, "recovered", str_of(note));
	told(p, in, decision, id, str_of(note));
	p->touched++;
}

static void undecided(struct planning *p, const struct intent *in, const struct work *w)
{
	p->undecided = arena_grow(p->a, p->undecided, &p->cap_undecided, p->n_undecided + 1, sizeof *p->undecided);
	p->undecided[p->n_undecided++] = in->address;
	told(p, in, RECOVERY_UNDECIDED, STR_NONE, w->err.message);
	struct err *e =
	    err_warn(p->errs, (struct pos){0},
		     "an interrupted run may have created %.*s, and it cannot be decided whether it did: %.*s",
		     STR_ARG(in->address), STR_ARG(w->err.message));
	e->address = in->address;
	err_help(p->errs, e, "it is left alone until `drplan state adopt %.*s ID` or `drplan state forget %.*s`",
		 STR_ARG(in->address), STR_ARG(in->address));
}

static void decide(struct planning *p, const struct intent *in, const struct work *w)
{
	if (w->state == WORK_OK && w->recovered == RECOVER_FOUND) {
		adopt(p, in, w->id);
		if (state_writable(p->env->state))
			state_intent_id(p->env->state, in->seq, w->id);
		close_intent(p, in, RECOVERY_ADOPTED, w->id, "it was made before the run ended");
	} else if (w->state == WORK_OK && w->recovered == RECOVER_ABSENT) {
		close_intent(p, in, RECOVERY_ABSENT, STR_NONE, "it was not made");
	} else {
		undecided(p, in, w);
	}
}

static bool prepare(struct planning *p, const struct intent *in, const struct owner *owner, struct work *w)
{
	uint32_t target = target_named(p->env->stack, in->target);
	const struct type *type = model_type(in->type);
	*w = (struct work){.err.message = STR("its target or its type is not known to this stack")};
	if (target == UINT32_MAX || !type) {
		undecided(p, in, w);
		return false;
	}
	if (target_frozen(p->env, target)) {
		w->err.message = STR("its target does not answer");
		undecided(p, in, w);
		return false;
	}
	*w = (struct work){.kind = WORK_RECOVER,
			   .place = &p->env->places[target],
			   .type = type,
			   .arena = p->a,
			   .address = in->address,
			   .desired = in->desired,
			   .owner = owner,
			   .op = in->op,
			   .started = in->started_ms,
			   .looked = in->looked,
			   .user = (void *)in};
	return true;
}

bool recover_open(struct planning *p)
{
	struct intent *open;
	size_t n, asked = 0;
	if (!state_open_intents(p->env->state, p->a, &open, &n, p->errs))
		return false;
	struct owner owner = {p->env->stack->name, state_lineage(p->env->state), p->env->stack->own_tags};
	struct work *works = arena_array(p->a, n + 1, sizeof *works),
		    **started = arena_array(p->a, n + 1, sizeof *started);
	for (size_t i = 0; i < n; i++) {
		if (open[i].action != INTENT_CREATE) {
			close_intent(p, &open[i], RECOVERY_CLOSED, open[i].id, "what it did shows when it is read");
		} else if (open[i].id.n) {
			adopt(p, &open[i], open[i].id);
			close_intent(p, &open[i], RECOVERY_ADOPTED, open[i].id, "its creation was answered");
		} else if (prepare(p, &open[i], &owner, &works[asked])) {
			started[asked] = &works[asked];
			asked++;
		}
	}
	if (!works_run(p->env, started, asked, p->opt, "recover", p->errs))
		return false;
	for (size_t i = 0; i < asked; i++)
		decide(p, started[i]->user, started[i]);
	return !state_writable(p->env->state) || state_commit(p->env->state, p->errs);
}

bool pass_recover(struct planning *p)
{
	return recover_open(p);
}

/* --- without a plan ------------------------------------------------------------------------------------------- */

bool recover_all(struct arena *a, struct plan_env *env, bool (*interrupted)(void), struct recovery **out, size_t *n,
		 struct errs *errs)
{
	struct plan_options opt = {.interrupted = interrupted};
	struct planning p = {.a = a, .env = env, .opt = &opt, .errs = errs};
	bool ok = state_rows(env->state, a, &p.rows, &p.n_rows, errs) && recover_open(&p);
	*out = p.recovered;
	*n = p.n_recovered;
	return ok;
}

static bool open_create(struct arena *a, struct state *st, struct str address, struct intent **out, struct errs *errs)
{
	struct intent *open;
	size_t n;
	*out = NULL;
	if (!state_open_intents(st, a, &open, &n, errs))
		return false;
	for (size_t i = 0; i < n; i++)
		if (open[i].action == INTENT_CREATE && str_eq(open[i].address, address))
			*out = &open[i];
	return true;
}

bool recover_adopt(struct arena *a, struct state *st, struct str address, struct str id, struct errs *errs)
{
	struct plan_env env = {.state = st};
	struct planning p = {.a = a, .env = &env, .errs = errs};
	struct intent *in;
	if (!open_create(a, st, address, &in, errs) || !state_rows(st, a, &p.rows, &p.n_rows, errs))
		return false;
	if (!in) {
		struct err *e = err_add(errs, ERR_INPUT, (struct pos){0},
					"no interrupted run left the creation of '%.*s' undecided", STR_ARG(address));
		err_help(errs, e, "adopt answers that question only; `drplan recover` lists what is open");
		return false;
	}
	adopt(&p, in, id);
	state_intent_id(st, in->seq, id);
	state_intent_end(st, in->seq, "recovered", STR("adopted by hand"));
	return state_commit(st, errs);
}

bool recover_forget(struct arena *a, struct state *st, struct str address, size_t *rows, struct errs *errs)
{
	struct state_row *all;
	struct intent *in;
	size_t n;
	*rows = 0;
	if (!open_create(a, st, address, &in, errs) || !state_rows(st, a, &all, &n, errs))
		return false;
	if (in)
		state_intent_end(st, in->seq, "recovered", STR("forgotten by hand: it was not made"));
	for (size_t i = 0; i < n && !in; i++) {
		if (!str_eq(all[i].address, address))
			continue;
		state_delete(st, address, all[i].generation);
		++*rows;
	}
	if (!in && !*rows) {
		err_add(errs, ERR_INPUT, (struct pos){0}, "the state has no resource '%.*s', and nothing of it is open",
			STR_ARG(address));
		return false;
	}
	return state_commit(st, errs);
}
