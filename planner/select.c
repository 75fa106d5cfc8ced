/* What a plan is about: everything, or what -target, -exclude and --phase leave of it.
 *
 * A target brings what it needs (to destroy: what needs it); an exclusion takes away what needs it (to destroy: what
 * it needs). An address names a module's resources too: "Network" is all of "Network.*". With --phase everything up
 * to that phase is read and compared, because what earlier phases lack is an error (pass_phase).
 */
#include "planner/planpriv.h"

#include <string.h>

static bool address_matches(struct str address, struct str wanted)
{
	return str_starts(address, wanted) && (address.n == wanted.n || address.p[wanted.n] == '.');
}

/* Mark every node that one of the addresses names; an address that names nothing is an error. */
static bool mark_named(struct planning *p, const struct str *wanted, size_t n, const char *flag, bool *marks)
{
	bool ok = true;
	for (size_t i = 0; i < n; i++) {
		bool found = false;
		for (size_t k = 0; k < p->g.n; k++) {
			if (!address_matches(p->g.nodes[k].address, wanted[i]))
				continue;
			marks[k] = found = true;
		}
		if (found)
			continue;
		ok = false;
		struct str *names = arena_array(p->a, p->g.n + 1, sizeof *names);
		for (size_t k = 0; k < p->g.n; k++)
			names[k] = p->g.nodes[k].address;
		struct str near = err_suggest(p->errs->arena, wanted[i], names, p->g.n);
		err_add(p->errs, ERR_INPUT, (struct pos){0}, "%s=%.*s names no resource of this stack or its state%.*s",
			flag, STR_ARG(wanted[i]), STR_ARG(near));
	}
	return ok;
}

/* Spread the marks along one direction of the edges. */
static void spread(struct planning *p, bool *marks, int direction)
{
	uint32_t *stack = arena_array(p->a, p->g.n + 1, sizeof *stack);
	size_t top = 0;
	for (uint32_t i = 0; i < p->g.n; i++)
		if (marks[i])
			stack[top++] = i;
	while (top) {
		const struct node_list *next = &p->g.nodes[stack[--top]].deps[direction];
		for (uint32_t k = 0; k < next->n; k++) {
			if (marks[next->items[k]])
				continue;
			marks[next->items[k]] = true;
			stack[top++] = next->items[k];
		}
	}
}

static bool phase_index(struct planning *p, uint32_t *out)
{
	const struct stack *s = p->env->stack;
	for (uint32_t i = 0; i < s->n_phases; i++) {
		if (str_eq(s->phases[i].name, p->opt->phase)) {
			*out = i;
			return true;
		}
	}
	struct str *names = arena_array(p->a, s->n_phases + 1, sizeof *names);
	for (size_t i = 0; i < s->n_phases; i++)
		names[i] = s->phases[i].name;
	struct str near = err_suggest(p->errs->arena, p->opt->phase, names, s->n_phases);
	err_add(p->errs, ERR_INPUT, (struct pos){0}, "the stack has no phase '%.*s'%.*s", STR_ARG(p->opt->phase),
		STR_ARG(near));
	return false;
}

/* Resources whose interrupted creation could not be decided, and what needs them. */
static void stop_undecided(struct planning *p)
{
	for (size_t i = 0; i < p->n_undecided; i++) {
		struct node *n = graph_find(&p->g, p->undecided[i]);
		if (n)
			p->stopped[n - p->g.nodes] = true;
	}
	if (p->n_undecided)
		spread(p, p->stopped, GRAPH_NEEDED_BY);
}

/* The runbook's own choice: exact addresses, sorted. */
static bool among(const struct plan_options *o, struct str address)
{
	size_t lo = 0, hi = o->n_only;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = str_cmp(o->only[mid], address);
		if (order == 0)
			return true;
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

bool pass_select(struct planning *p)
{
	const struct plan_options *o = p->opt;
	bool *in = arena_array(p->a, p->g.n + 1, sizeof *in), *out = arena_array(p->a, p->g.n + 1, sizeof *out);
	uint32_t phase = UINT32_MAX;
	p->selected = in;
	p->stopped = arena_array(p->a, p->g.n + 1, sizeof *p->stopped);
	if (o->phase.n && !phase_index(p, &phase))
		return false;
	memset(in, o->n_targets == 0, p->g.n * sizeof *in);
	if (!mark_named(p, o->targets, o->n_targets, "-target", in) ||
	    !mark_named(p, o->excludes, o->n_excludes, "-exclude", out))
		return false;
	if (o->n_targets)
		spread(p, in, o->destroy ? GRAPH_NEEDED_BY : GRAPH_NEEDS);
	if (o->n_excludes)
		spread(p, out, o->destroy ? GRAPH_NEEDS : GRAPH_NEEDED_BY);
	stop_undecided(p);
	for (size_t i = 0; i < p->g.n; i++) {
		uint32_t at = p->g.nodes[i].phase;
		bool beyond = phase != UINT32_MAX && (o->destroy ? at != phase : at > phase);
		bool meant = !o->mode_only || among(o, p->g.nodes[i].address);
		in[i] = in[i] && !out[i] && !p->stopped[i] && !beyond && meant;
		p->plan->partial |= !in[i];
		p->touched += !in[i];
	}
	frozen_select(p);
	bool *named = arena_array(p->a, p->g.n + 1, sizeof *named);
	return mark_named(p, o->replaces, o->n_replaces, "-replace", named);
}

/* What is left out may still use what is to go: that stays until a run that is about both (semantics 15). */
static void defer_used(struct planning *p)
{
	for (size_t i = 0; p->plan->partial && i < p->g.n; i++) {
		const struct node *n = &p->g.nodes[i];
		if (p->selected[i] || !n->row)
			continue;
		for (uint32_t k = 0; k < n->deps[GRAPH_NEEDS].n; k++) {
			struct change *used = change_of(p, &p->g.nodes[n->deps[GRAPH_NEEDS].items[k]]);
			if (used->action == ACT_REPLACE && used->create_first)
				used->defers = true;
			else if (used->action == ACT_DELETE)
				used->action = ACT_NONE;
		}
	}
}

/* --phase: earlier phases must stand already; their own deletions wait for a run that is about them. */
bool pass_phase(struct planning *p)
{
	defer_used(p);
	uint32_t phase;
	size_t before = p->errs->errors;
	if (!p->opt->phase.n || p->opt->destroy || !phase_index(p, &phase))
		return p->errs->errors == before;
	for (size_t i = 0; i < p->plan->n; i++) {
		struct change *c = &p->plan->changes[i];
		if (c->phase >= phase || c->action == ACT_NONE)
			continue;
		if (c->res && c->action != ACT_READ) {
			struct err *e = err_at(
			    p->errs, c->res->pos, "phase %.*s needs %.*s of the earlier phase %.*s, which is to be %s",
			    STR_ARG(p->opt->phase), STR_ARG(c->address), STR_ARG(p->env->stack->phases[c->phase].name),
			    c->action == ACT_CREATE ? "created first" : "changed first");
			e->address = c->address;
			err_help(p->errs, e, "apply with --phase=%.*s before, or without --phase",
				 STR_ARG(p->env->stack->phases[c->phase].name));
		} else {
			c->action = ACT_NONE;
		}
	}
	return p->errs->errors == before;
}
