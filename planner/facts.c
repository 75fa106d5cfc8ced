/* The facts of a stack: asked of the provider before rendering, all at once.
 *
 * Accounts are asked of every target that is used, because a state refuses another account than the one it was made
 * in (semantics 19). Zones are pinned in the state at first use; SSM values are asked every time and shown when they
 * moved (5); exports are looked for in the sibling states first (imports.c), then in CloudFormation (8).
 */
#include "planner/planpriv.h"

#include "base/json.h"
#include "planner/imports.h"

#include <stdlib.h>

struct asking {
	struct plan_env *env;
	struct arena *a;
	struct errs *errs;
	struct work *works;
	struct work **started;
	size_t n_started;
};

static struct work *ask(struct asking *k, enum work_kind kind, uint32_t target, struct str name, void *user)
{
	struct work *w = &k->works[k->n_started];
	*w = (struct work){.kind = kind, .place = &k->env->places[target], .arena = k->a, .name = name, .user = user};
	k->started[k->n_started++] = w;
	return w;
}

static struct str zones_key(struct asking *k, const struct fact *f)
{
	struct str target = k->env->stack->targets[f->target].name;
	struct str region = f->name.n ? f->name : k->env->places[f->target].region;
	return str_fmt(k->a, "zones/%.*s/%.*s", STR_ARG(target), STR_ARG(region));
}

static struct value *pinned_zones(struct asking *k, const struct fact *f)
{
	struct str text = state_get(k->env->state, k->a, zones_key(k, f).p);
	return text.n ? json_read(k->a, text, 0, k->errs) : NULL;
}

static void ask_fact(struct asking *k, struct fact *f)
{
	if (target_frozen(k->env, f->target))
		return;
	switch (f->kind) {
	case FACT_ACCOUNT: /* asked of every used target anyway */
	case FACT_IMPORT: /* when the accounts are known */
		return;
	case FACT_ZONES:
		f->value = pinned_zones(k, f);
		if (!f->value)
			ask(k, WORK_ZONES, f->target, f->name, f);
		return;
	case FACT_SSM:
		ask(k, WORK_SSM, f->target, f->name, f);
		return;
	}
}

/* --- answers -------------------------------------------------------------------------------------------------- */

static int zone_compare(const void *pa, const void *pb)
{
	return str_cmp(value_text(*(struct value *const *)pa), value_text(*(struct value *const *)pb));
}

static void pin_zones(struct asking *k, const struct fact *f)
{
	struct value *zones = f->value;
	if (zones->kind == V_LIST && zones->list.n)
		qsort(zones->list.items, zones->list.n, sizeof *zones->list.items, zone_compare);
	if (!state_writable(k->env->state))
		return;
	struct buf b;
	buf_init(&b, 1 << 16);
	json_write(&b, zones, 0);
	state_set(k->env->state, zones_key(k, f).p, buf_get(&b));
	buf_free(&b);
}

/* The value that the last run used stands in the state: run.c writes it. */
static void show_moved(struct asking *k, const struct fact *f)
{
	struct str target = k->env->stack->targets[f->target].name;
	struct str key = str_fmt(k->a, "ssm/%.*s/%.*s", STR_ARG(target), STR_ARG(f->name));
	struct str last = state_get(k->env->state, k->a, key.p), now = value_text(f->value);
	if (last.n && !str_eq(last, now) && !value_has_secret(f->value))
		err_warn(k->errs, f->pos, "the SSM parameter %.*s moved from '%.*s' to '%.*s'", STR_ARG(f->name),
			 STR_ARG(last), STR_ARG(now));
}

static void take_fact(struct asking *k, const struct work *w)
{
	struct fact *f = w->user;
	if (w->state != WORK_OK) {
		size_t n = k->errs->n;
		work_error(w, k->errs);
		if (k->errs->n > n && !k->errs->items[n].pos.line)
			k->errs->items[n].pos = f->pos;
		return;
	}
	f->value = w->result;
	if (f->kind == FACT_ZONES)
		pin_zones(k, f);
	if (f->kind == FACT_SSM)
		show_moved(k, f);
}

/* The state remembers where it belongs and refuses anything else. */
static void pin_target(struct asking *k, const char *what, const struct target *t, struct str value)
{
	struct str key = str_fmt(k->a, "%s/%.*s", what, STR_ARG(t->name));
	struct str known = state_get(k->env->state, k->a, key.p);
	if (!known.n) {
		if (state_writable(k->env->state))
			state_set(k->env->state, key.p, value);
	} else if (!str_eq(known, value)) {
		struct err *e = err_add(k->errs, ERR_STATE, t->pos,
					"the state was made for %s %.*s in target %.*s, these credentials lead to %.*s",
					what, STR_ARG(known), STR_ARG(t->name), STR_ARG(value));
		err_help(k->errs, e,
			 "use the profile or region of then, or another state with -state=PATH; one that holds "
			 "nothing yet (`drplan state list`) may be deleted");
	}
}

static void take_account(struct asking *k, const struct work *w)
{
	struct target *t = w->user;
	if (w->state != WORK_OK) {
		work_error(w, k->errs);
		return;
	}
	t->found_account = value_text(w->result);
	if (t->account.n && !str_eq(t->account, t->found_account))
		err_at(k->errs, t->pos, "target %.*s must be account %.*s, but its credentials belong to %.*s",
		       STR_ARG(t->name), STR_ARG(t->account), STR_ARG(t->found_account));
	pin_target(k, "account", t, t->found_account);
	pin_target(k, "region", t, w->place->region);
}

static void mark_used(const struct stack *s, bool *used)
{
	for (size_t i = 0; i < s->n_resources; i++)
		used[s->resources[i].target] = true;
	for (size_t i = 0; i < s->n_lookups; i++)
		used[s->lookups[i].target] = true;
	for (size_t i = 0; i < s->n_facts; i++)
		used[s->facts[i].target] = true;
	if (s->n_targets)
		used[s->default_target] = true;
}

static void take_answers(struct asking *k, size_t n_accounts)
{
	struct stack *s = k->env->stack;
	for (size_t i = 0; i < k->n_started; i++) {
		if (i < n_accounts)
			take_account(k, k->started[i]);
		else
			take_fact(k, k->started[i]);
	}
	for (size_t i = 0; i < s->n_facts; i++) {
		struct fact *f = &s->facts[i];
		struct str account = s->targets[f->target].found_account;
		if (f->kind == FACT_ACCOUNT && account.n)
			f->value = value_string(k->a, f->pos, account);
	}
}

/* A sibling state of the same account and region has it, or CloudFormation does. */
static bool take_imports(struct asking *k)
{
	struct stack *s = k->env->stack;
	size_t first = k->n_started;
	for (size_t i = 0; i < s->n_facts; i++) {
		struct fact *f = &s->facts[i];
		if (f->kind != FACT_IMPORT || target_frozen(k->env, f->target))
			continue;
		f->value = import_from_siblings(k->a, k->env, f->target, f->name);
		if (!f->value)
			ask(k, WORK_EXPORT, f->target, f->name, f);
	}
	if (!works_run(k->env, k->started + first, k->n_started - first, NULL, "facts", k->errs))
		return false;
	for (size_t i = first; i < k->n_started; i++)
		take_fact(k, k->started[i]);
	return true;
}

bool plan_facts(struct arena *a, struct plan_env *env, struct errs *errs)
{
	struct stack *s = env->stack;
	size_t before = errs->errors;
	struct asking k = {.env = env, .a = a, .errs = errs};
	k.works = arena_array(a, s->n_targets + s->n_facts + 1, sizeof *k.works);
	k.started = arena_array(a, s->n_targets + s->n_facts + 1, sizeof *k.started);
	bool *used = arena_array(a, s->n_targets + 1, sizeof *used);
	mark_used(s, used);
	for (uint32_t i = 0; i < s->n_targets; i++)
		if (used[i] && !target_frozen(env, i))
			ask(&k, WORK_ACCOUNT, i, STR_NONE, &s->targets[i]);
	size_t n_accounts = k.n_started;
	for (size_t i = 0; i < s->n_facts; i++)
		ask_fact(&k, &s->facts[i]);
	if (!works_run(env, k.started, k.n_started, NULL, "facts", errs))
		return false;
	take_answers(&k, n_accounts);
	if (errs->errors == before && !take_imports(&k))
		return false;
	return errs->errors == before && frozen_facts(a, env, errs) && stack_render(s, errs);
}
