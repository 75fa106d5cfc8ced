/* Temporary: an ordinary stack with a state of its own beside this one's, made by the step and destroyed when the
 * runbook is over, whatever became of it, also by the run that goes on after a kill.
 */
#include "planner/bookpriv.h"

void temporary_launch(struct doing *d)
{
	step_failed(d, STR("temporary stacks are not supported yet"), false);
}

bool temporaries_remove(struct book *b)
{
	(void)b;
	return true;
}
