/* What is live: lookups and all rows that were selected, read in bulk, one work per target and type, all at once. */
#include "planner/planpriv.h"

#include <stdlib.h>

struct read_key {
	struct str target, type;
	uint32_t node;
};

static int read_compare(const void *pa, const void *pb)
{
	const struct read_key *a = pa, *b = pb;
	int c = str_cmp(a->target, b->target);
	if (!c)
		c = str_cmp(a->type, b->type);
	return c ? c : (a->node > b->node) - (a->node < b->node);
}

static uint32_t row_target(const struct planning *p, const struct state_row *row)
{
	const struct stack *s = p->env->stack;
	for (uint32_t i = 0; i < s->n_targets; i++)
		if (str_eq(s->targets[i].name, row->target))
			return i;
	return UINT32_MAX;
}

/* Keys of all rows to read, sorted into runs of the same target and type. */
static struct read_key *read_keys(struct planning *p, size_t *n)
{
	struct read_key *keys = arena_array(p->a, p->g.n + 1, sizeof *keys);
	*n = 0;
	for (uint32_t i = 0; i < p->g.n; i++) {
		const struct node *node = &p->g.nodes[i];
		if (node->row && p->selected[i])
			keys[(*n)++] = (struct read_key){node->row->target, node->row->type, i};
	}
	qsort(keys, *n, sizeof *keys, read_compare);
	return keys;
}

static bool read_group(struct planning *p, const struct read_key *keys, size_t n, struct work *w)
{
	const struct state_row *first = p->g.nodes[keys[0].node].row;
	const struct type *type = model_type(first->type);
	uint32_t target = row_target(p, first);
	if (!type || target == UINT32_MAX) {
		struct err *e = err_add(p->errs, ERR_STATE, (struct pos){0},
					"the state holds %.*s in target '%.*s' of type %.*s, %s",
					STR_ARG(first->address), STR_ARG(first->target), STR_ARG(first->type),
					type ? "and the stack has no such target" : "which this drplan does not know");
		e->address = first->address;
		err_help(p->errs, e,
			 type ? "put the target back until what it holds is destroyed"
			      : "use the drplan that made it, or `drplan state forget %.*s`",
			 STR_ARG(first->address));
		return false;
	}
	*w = (struct work){.kind = WORK_READ,
			   .place = &p->env->places[target],
			   .type = type,
			   .arena = p->a,
			   .address = first->address,
			   .n_items = n};
	w->items = arena_array(p->a, n, sizeof *w->items);
	for (size_t i = 0; i < n; i++) {
		const struct state_row *row = p->g.nodes[keys[i].node].row;
		w->items[i] = (struct work_item){.id = row->id, .address = row->address, .props = row->inputs};
	}
	return true;
}

/* Where targets are unreachable, so may be what serves others from there (IAM, DNS): left alone like those. */
static bool group_unanswered(struct planning *p, const struct read_key *keys, const struct work *w)
{
	if (!p->env->frozen || w->err.kind != ERR_NETWORK)
		return false;
	struct err *e = err_warn(p->errs, (struct pos){0}, "%.*s%s left as %s: %.*s", STR_ARG(w->items[0].address),
				 w->n_items > 1 ? " and others of its type are" : " is",
				 w->n_items > 1 ? "they are" : "it is", STR_ARG(w->err.message));
	err_help(p->errs, e, "what would have changed there is deferred");
	for (size_t i = 0; i < w->n_items; i++) {
		p->frozen[keys[i].node] = true;
		p->selected[keys[i].node] = false;
	}
	p->plan->partial = true;
	return true;
}

static void take_group(struct planning *p, const struct read_key *keys, const struct work *w)
{
	bool told = false;
	if (w->state != WORK_OK && group_unanswered(p, keys, w))
		return;
	if (w->state != WORK_OK) {
		work_error(w, p->errs);
		return;
	}
	for (size_t i = 0; i < w->n_items; i++) {
		struct change *c = change_of(p, &p->g.nodes[keys[i].node]);
		const struct work_item *item = &w->items[i];
		if (item->failed) {
			if (!told)
				work_error(w, p->errs);
			told = true;
			continue;
		}
		c->gone = !item->found;
		c->live = item->found ? item->live : NULL;
		if (item->attrs)
			c->live_attrs = item->attrs;
		p->touched += c->gone;
	}
}

bool pass_refresh(struct planning *p)
{
	size_t n, n_works = 0, before = p->errs->errors;
	if (p->opt->no_refresh)
		return true;
	struct read_key *keys = read_keys(p, &n);
	struct work *works = arena_array(p->a, n + 1, sizeof *works),
		    **started = arena_array(p->a, n + 1, sizeof *started);
	size_t *first = arena_array(p->a, n + 1, sizeof *first);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1;
		     end < n && str_eq(keys[end].target, keys[i].target) && str_eq(keys[end].type, keys[i].type);)
			end++;
		if (!read_group(p, &keys[i], end - i, &works[n_works]))
			continue;
		first[n_works] = i;
		started[n_works] = &works[n_works];
		n_works++;
	}
	if (p->errs->errors != before || !works_run(p->env, started, n_works, p->opt, "refresh", p->errs))
		return false;
	for (size_t i = 0; i < n_works; i++)
		take_group(p, &keys[first[i]], started[i]);
	shared_subtract(p);
	p->plan->refreshed = true;
	return p->errs->errors == before;
}

/* --- lookups -------------------------------------------------------------------------------------------------- */

bool lookup_store(struct plan_env *env, const struct change *c)
{
	if (!state_writable(env->state))
		return false;
	struct state_lookup l = {
	    .address = c->address,
	    .type = type_name(c->type),
	    .target = env->stack->targets[c->target].name,
	    .id = value_text(value_getc(c->live_attrs, "Ref")),
	    .live = (struct value *)c->live,
	    .attrs = (struct value *)c->live_attrs,
	};
	state_put_lookup(env->state, &l);
	return true;
}

static void take_lookup(struct planning *p, const struct work *w)
{
	struct change *c = w->user;
	if (w->state != WORK_OK) {
		size_t n = p->errs->n;
		work_error(w, p->errs);
		if (p->errs->n > n && !p->errs->items[n].pos.line)
			p->errs->items[n].pos = c->node->lookup->pos;
		return;
	}
	c->live = w->live;
	c->live_attrs = w->attrs;
	c->made = true;
	p->touched++;
	lookup_store(p->env, c);
}

static void stale_warn(struct planning *p, const struct change *c, const struct state_lookup *l)
{
	err_warn(p->errs, c->node->lookup->pos,
		 "the lookup %.*s is as it was read at %.*s: target %.*s does not answer", STR_ARG(c->address),
		 STR_ARG(time_rfc3339(p->a, l->read_ms, false)), STR_ARG(p->env->stack->targets[c->target].name));
}

/* With -refresh=false the last answers do, as far as there are any, and so they do where nobody answers. */
static bool stored_answers(struct planning *p, bool all)
{
	struct state_lookup *l;
	size_t n;
	if (!state_lookups(p->env->state, p->a, &l, &n, p->errs))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct node *node = graph_find(&p->g, l[i].address);
		if (!node || !node->lookup)
			continue;
		struct change *c = change_of(p, node);
		bool frozen = target_frozen(p->env, c->target);
		if (!all && !frozen)
			continue;
		c->live = l[i].live;
		c->live_attrs = l[i].attrs;
		c->made = true;
		if (frozen)
			stale_warn(p, c, &l[i]);
	}
	return true;
}

/* One that nobody can be asked for, and that was never answered. */
static bool lookup_unanswered(struct planning *p, const struct change *c)
{
	if (!target_frozen(p->env, c->target) && !p->opt->mode_only)
		return false;
	struct err *e =
	    err_at(p->errs, c->node->lookup->pos, "the lookup %.*s was never answered, and target %.*s is not asked",
		   STR_ARG(c->address), STR_ARG(p->env->stack->targets[c->target].name));
	e->address = c->address;
	return true;
}

/* A lookup whose match is not known yet is read by the run (ACT_READ, decided in actions.c). */
bool pass_lookup(struct planning *p)
{
	size_t n = 0, before = p->errs->errors;
	if (p->env->stack->n_lookups == 0 || p->opt->destroy)
		return true;
	bool stored = p->opt->no_refresh || p->opt->mode_only;
	if ((stored || p->env->frozen) && !stored_answers(p, stored))
		return false;
	struct work *works = arena_array(p->a, p->g.n + 1, sizeof *works),
		    **started = arena_array(p->a, p->g.n + 1, sizeof *started);
	for (size_t i = 0; i < p->g.n; i++) {
		struct node *node = &p->g.nodes[p->g.sorted[i]];
		if (!node->lookup)
			continue;
		struct change *c = change_of(p, node);
		if (!c->made && lookup_unanswered(p, c))
			continue;
		if (c->made || !change_fold(p, c, NULL) || value_has_expr(c->desired))
			continue;
		works[n] = (struct work){.kind = WORK_LOOKUP,
					 .place = &p->env->places[c->target],
					 .type = c->type,
					 .arena = p->a,
					 .address = c->address,
					 .match = c->desired,
					 .user = c};
		started[n] = &works[n];
		n++;
	}
	if (!works_run(p->env, started, n, p->opt, "lookup", p->errs))
		return false;
	for (size_t i = 0; i < n; i++)
		take_lookup(p, started[i]);
	return p->errs->errors == before;
}
