/* What a run may not do by -auto-approve alone: delete what holds data without a copy of it being kept. cmd/ asks before
 * it carries out a plan; a rollback of a run is not asked, it deletes only what that run made. */
#include "planner/plan.h"

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
