/* What is not deleted by a mere yes. What holds data goes only where that is said (change_loses_data: cmd/ asks before it
 * carries out a plan; a rollback is not asked, it deletes only what its run made). What is protected in AWS is refused
 * before anything is done: half of a destroyed stack is worse than a whole one. */
#include "planner/planpriv.h"

bool change_loses_data(const struct change *c)
{
	return (c->action == ACT_REPLACE || c->action == ACT_DELETE) && c->irreversible && !c->keeps_old &&
	       !c->snapshot && type_holds_data(c->type);
}

size_t plan_loses_data(const struct plan *p, const struct change **first)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (change_loses_data(&p->changes[i]) && n++ == 0)
			*first = &p->changes[i];
	return n;
}

bool pass_protected(struct planning *p)
{
	size_t before = p->errs->errors;

	for (size_t i = 0; i < p->plan->n; i++) {
		const struct change *c = &p->plan->changes[i];
		bool goes = c->action == ACT_DELETE || (c->action == ACT_REPLACE && !c->keeps_old);
		struct str why = goes ? type_protection(c->type, c->live) : STR_NONE;
		struct err *e;

		if (!why.n)
			continue;
		e = err_add(p->errs, ERR_INPUT, c->res ? c->res->pos : (struct pos){0},
			    "it is protected from deletion (%.*s)", STR_ARG(why));
		e->address = c->address;
		err_help(p->errs, e, "apply the stack with the protection off first, or keep it with -exclude");
	}
	return p->errs->errors == before;
}
