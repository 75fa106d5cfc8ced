/* A runbook for somebody else to carry out: the walk over its stages and steps is made here, what each of them is in the
 * provider's terms is the provider's. What only drplan can do (its own verbs that change the state, ask a person or start a
 * program) is refused at its step. See stack_runbook for the tree that comes in. */
#include "planner/bookpriv.h"

#include "base/json.h"
#include "stacks/expr.h"

#define PROGRAM_MAX (1 << 20)

static const char *const drplans[] = {"Apply", "Approval", "Command", "Report", "Restore", "Temporary"};

/* Something stands for each value that is not known yet: whether a step can be said does not depend on it. */
static struct value *stand_in(struct arena *a, const struct value *v)
{
	struct value *out;
	if (v->kind == V_EXPR)
		return value_string(a, v->pos, STR("1"));
	if (v->kind == V_LIST) {
		out = value_list(a, v->pos);
		for (size_t i = 0; i < value_count(v); i++)
			value_append(a, out, stand_in(a, value_at(v, i)));
		return out;
	}
	if (v->kind != V_MAP)
		return (struct value *)v;
	out = value_map(a, v->pos);
	for (size_t i = 0; i < v->map.n; i++)
		value_set(a, out, v->map.items[i].key, v->map.items[i].pos, stand_in(a, v->map.items[i].value));
	return out;
}

/* A run's id is not known, and never will be. */
static const struct value *run_id(const struct value *v)
{
	const struct value *found = NULL;
	if (v->kind == V_EXPR && v->fn == FN_MODE)
		return v;
	for (size_t i = 0; !found && (v->kind == V_LIST || v->kind == V_EXPR) && i < v->list.n; i++)
		found = run_id(v->list.items[i]);
	for (size_t i = 0; !found && v->kind == V_MAP && i < v->map.n; i++)
		found = run_id(v->map.items[i].value);
	return found;
}

static bool is_drplans(struct str verb)
{
	for (size_t i = 0; i < sizeof drplans / sizeof *drplans; i++)
		if (str_eqc(verb, drplans[i]))
			return true;
	return false;
}

static void refuse(struct errs *errs, const struct book_step *s, const char *why)
{
	struct err *e = err_at(errs, s->pos, "the step '%.*s' (%.*s) cannot be exported: %s", STR_ARG(s->name),
			       STR_ARG(s->verb), why);
	err_help(errs, e, "leave it out with `Export: false`, and do without it or do it by drplan");
}

static void step_allowed(const struct book_step *s, struct errs *errs)
{
	if (is_drplans(s->verb))
		refuse(errs, s, "only drplan carries out its verb");
	if (s->on_failure == FAILURE_UNDOES)
		refuse(errs, s, "only drplan knows what to put back ('OnFailure: undo')");
}

static void places_read(struct export_book *b, const struct value *tree)
{
	const struct value *targets = value_getc(tree, "Targets");
	size_t n = value_count(targets);
	struct place *places = arena_array(b->arena, n + 1, sizeof *places);
	for (size_t i = 0; i < n; i++) {
		places[i].name = targets->map.items[i].key;
		places[i].region = value_text(targets->map.items[i].value);
	}
	b->places = places;
	b->n_places = n;
	b->place = place_of_args(places, n, NULL, value_text(value_getc(tree, "At")));
}

/* Check has its list, Measure one check. */
static const struct value *args_of(struct arena *a, const struct book_step *s)
{
	struct value *list;
	if (!str_eqc(s->verb, "Measure"))
		return s->args;
	list = value_list(a, s->pos);
	if (value_getc(s->args, "RPO"))
		value_append(a, list, value_getc(s->args, "RPO"));
	return list;
}

static void steps_read(struct export_book *b, const struct runbook *rb)
{
	struct export_step *steps = arena_array(b->arena, rb->n + 1, sizeof *steps);
	for (uint32_t k = 0; k < rb->n_stages; k++) {
		const struct book_stage *stage = &rb->stages[k];
		for (uint32_t i = stage->first; i < stage->first + stage->n; i++) {
			const struct book_step *s = &rb->steps[i];
			step_allowed(s, b->errs);
			steps[i] = (struct export_step){
			    .name = s->name,
			    .verb = s->verb,
			    .pos = s->pos,
			    .args = args_of(b->arena, s),
			    .place = place_of_args(b->places, b->n_places, s->args, rb->to),
			    .timeout_ms = s->timeout_ms,
			    .stage = k,
			    .goes_on = s->on_failure == FAILURE_IS_GAP,
			    .stops_clock = stage->stops_clock,
			    .always = stage->always,
			};
		}
	}
	b->steps = steps;
	b->n = rb->n;
}

static struct value *program_text(struct arena *a, const struct value *machine, struct pos pos, struct errs *errs)
{
	struct buf b;
	struct value *v = NULL;
	buf_init(&b, PROGRAM_MAX);
	json_write(&b, machine, 0);
	if (b.overflow)
		err_at(errs, pos, "the exported runbook is longer than %d bytes", PROGRAM_MAX);
	else
		v = value_string(a, pos, str_dup(a, buf_get(&b)));
	buf_free(&b);
	return v;
}

struct value *runbook_export(struct arena *a, const struct provider *p, struct str what, const struct value *tree,
			     struct errs *errs)
{
	struct runbook rb = {.name = value_text(value_getc(tree, "Name"))};
	struct export_book b = {.name = rb.name, .arena = a, .errs = errs};
	bool known = !value_has_expr(tree);
	size_t before = errs->errors;
	if (!p->ops->exports) {
		err_at(errs, tree->pos, "the provider %s exports no runbooks", p->ops->name);
		return NULL;
	}
	if (run_id(tree)) {
		err_at(errs, run_id(tree)->pos, "DR::RunId names a run of drplan: it cannot be exported");
		return NULL;
	}
	runbook_fill(&rb, a, known ? tree : stand_in(a, tree));
	b.unplanned = str_eqc(value_text(value_getc(tree, "Kind")), "unplanned");
	b.account = known ? value_text(value_getc(tree, "Account")) : STR("000000000000");
	places_read(&b, tree);
	steps_read(&b, &rb);
	if (!rb.n)
		err_at(errs, tree->pos, "no step of the runbook '%.*s' is left to be exported", STR_ARG(rb.name));
	if (errs->errors > before || !p->ops->exports(p, &b) || !known)
		return NULL;
	return str_eqc(what, "PolicyDocument") ? b.policy : program_text(a, b.machine, tree->pos, errs);
}

struct value *runbook_known(struct arena *a, const struct provider *p, const struct value *expr, struct errs *errs)
{
	return value_count(expr) == 2 ? runbook_export(a, p, value_text(value_at(expr, 0)), value_at(expr, 1), errs)
				      : NULL;
}

/* --- out of the state --------------------------------------------------------------------------------------------- */

/* Where it is carried out: in the recovery region, else where the runbook leads. */
static uint32_t target_at(const struct stack *s, const struct runbook *rb)
{
	for (uint32_t i = 0; i < s->n_targets; i++)
		if (str_eqc(s->targets[i].role, "recovery"))
			return i;
	return target_of(s, rb->to, s->default_target);
}

static void unknown_named(void *ctx, const struct value *expr, struct str address, struct str attribute)
{
	struct errs *errs = ctx;
	err_help(errs,
		 err_at(errs, expr->pos, "the state does not know %.*s%s%.*s", STR_ARG(address), attribute.n ? "." : "",
			STR_ARG(attribute)),
		 "apply the stack first");
}

struct value *runbook_export_stored(struct arena *a, struct plan_env *env, struct str name, struct str kind,
				    struct str what, struct errs *errs)
{
	const struct runbook *rb = runbook_read(a, env->stack, name, errs);
	struct verb_scope scope;
	size_t before = errs->errors;
	if (!rb || !scope_of_state(a, env->state, env->places, env->stack->n_targets, &scope, errs))
		return NULL;
	struct expr_env fold = {.ctx = scope.ctx, .attribute = scope.attribute, .arena = a, .errs = errs};
	struct value *tree = expr_fold(&fold, stack_runbook(env->stack, name, kind, target_at(env->stack, rb)));
	if (!tree)
		return NULL;
	if (value_getc(tree, "Account")->kind == V_EXPR) /* nobody asked: the policy holds in any */
		value_put_text(a, tree, "Account", STR("*"));
	struct value *v = runbook_export(a, env->provider, what, tree, errs);
	if (!v && errs->errors == before)
		expr_refs(tree, unknown_named, errs);
	return v;
}
