/* drplan destroy: a plan to delete everything, carried out. */
#include "cmd/cmd.h"

#include "cmd/jsonui.h"

int cmd_destroy(struct session *s)
{
	struct plan *p;

	if (s->ui.json)
		jsonui_version(&s->ui, &s->arena);
	p = plan_stack(s, s->opt.n_args ? s->opt.args[0] : STR_NONE);
	if (!p)
		return session_status(s);
	plan_show(s, p);
	return execute_plan(s, p, "destroy");
}
