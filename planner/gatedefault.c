/* The gate of a phase that has none of its own: everything in it exists, nothing is broken, and
 * what this run made or changed has settled. One bulk read for each type and target; what settled
 * and broken mean is the provider's to say, by the type. Gate: [] switches it off. See gate.c. */
#include "planner/checkpriv.h"
#include "planner/gate.h"

#include <stdlib.h>

struct group { /* of one type and target */
	struct work *work;
	const struct change **changes; /* parallel to its items */
};

struct standing {
	struct run *r;
	struct group *groups;
	struct work **works;
	size_t n_groups, n;
	bool owed; /* an earlier run made some of them, and did not see them settle */
};

static int by_kind(const void *x, const void *y)
{
	const struct change *a = *(const struct change *const *)x, *b = *(const struct change *const *)y;
	int order = str_cmp(type_name(a->type), type_name(b->type));
	return order ? order : a->target < b->target ? -1 : a->target > b->target;
}

/* Resources of the phase that were read or made: what a partial plan left out was not looked at either. */
static size_t members(struct run *r, uint32_t phase, const struct change **out)
{
	size_t n = 0;
	for (size_t i = 0; i < r->plan->n; i++) {
		const struct change *c = &r->plan->changes[i];
		bool stands = c->action != ACT_DELETE && c->action != ACT_FORGET && !c->lookup;
		if (stands && c->phase == phase && (c->made || (c->live && !c->gone)) && change_id(c).n)
			out[n++] = c;
	}
	qsort(out, n, sizeof *out, by_kind);
	return n;
}

static void group_fill(struct standing *s, struct group *g, const struct change **changes, size_t n)
{
	struct run *r = s->r;
	g->changes = changes;
	g->work = arena_new(r->a, struct work);
	*g->work = (struct work){.kind = WORK_READ,
				 .place = &r->env->places[changes[0]->target],
				 .type = changes[0]->type,
				 .address = changes[0]->address,
				 .n_items = n};
	g->work->items = arena_array(r->a, n, sizeof *g->work->items);
}

static void groups_make(struct standing *s, uint32_t phase)
{
	struct run *r = s->r;
	const struct change **all = arena_array(r->a, r->plan->n + 1, sizeof *all);
	s->n = members(r, phase, all);
	s->groups = arena_array(r->a, s->n + 1, sizeof *s->groups);
	s->works = arena_array(r->a, s->n + 1, sizeof *s->works);
	for (size_t i = 0, end; i < s->n; i = end) {
		for (end = i + 1; end < s->n && by_kind(&all[i], &all[end]) == 0;)
			end++;
		group_fill(s, &s->groups[s->n_groups], &all[i], end - i);
		s->works[s->n_groups] = s->groups[s->n_groups].work;
		s->n_groups++;
	}
}

static enum check_answer judge(struct check *c, const struct change *ch, const struct work_item *item, bool owed)
{
	const char *what = !item->found                           ? "does not exist"
			   : item->broken                         ? "is broken"
			   : (ch->made || owed) && !item->settled ? "has not settled"
								  : NULL;
	if (!what)
		return CHECK_HOLDS;
	c->detail = str_fmt(c->a, "%.*s (%.*s) %s%s%.*s", STR_ARG(ch->address), STR_ARG(item->id), what,
			    item->condition.n ? ": " : "", STR_ARG(item->condition));
	return CHECK_NOT_YET;
}

static enum check_answer ask_standing(struct check *c)
{
	struct standing *s = c->ctx;
	for (size_t i = 0; i < s->n_groups; i++) {
		struct group *g = &s->groups[i];
		g->work->arena = c->a;
		for (size_t k = 0; k < g->work->n_items; k++)
			g->work->items[k] = (struct work_item){.id = change_id(g->changes[k]),
							       .address = g->changes[k]->address,
							       .props = change_props(g->changes[k])};
	}
	if (!check_carry(c, s->works, s->n_groups))
		return CHECK_NOT_YET;
	for (size_t i = 0; i < s->n_groups; i++)
		for (size_t k = 0; k < s->works[i]->n_items; k++)
			if (judge(c, s->groups[i].changes[k], &s->works[i]->items[k], s->owed) != CHECK_HOLDS)
				return CHECK_NOT_YET;
	c->detail = str_fmt(c->a, "%zu of %zu stand", s->n, s->n);
	return CHECK_HOLDS;
}

bool gate_default(const struct check_world *w, struct run *r, uint32_t phase, int64_t within_ms,
		  struct check_result *out)
{
	struct standing s = {.r = r, .owed = r->was_owed[phase]};
	struct check c = {.w = w, .a = w->arena, .kind = STR("Standing"), .ctx = &s};
	groups_make(&s, phase);
	*out = (struct check_result){.name = STR("built-in"), .answer = CHECK_HOLDS};
	if (s.n)
		out->answer = check_until(&c, ask_standing, within_ms);
	out->interrupted = out->answer != CHECK_HOLDS && check_interrupted(&c);
	out->detail = c.detail;
	return out->answer == CHECK_HOLDS;
}
