/* drplan drift: what differs from what was applied, for a watcher that may change nothing. The state is opened for
 * reading, so a run that goes on is not disturbed. */
#include "cmd/cmd.h"

#include "cmd/jsonui.h"

int cmd_drift(struct session *s)
{
	struct plan *p;

	if (s->ui.json)
		jsonui_version(&s->ui, &s->arena);
	p = plan_stack(s, s->opt.n_args ? s->opt.args[0] : STR_NONE);
	if (!p)
		return session_status(s);
	if (!state_exists(s->state)) {
		err_add(&s->errs, ERR_STATE, (struct pos){0}, "there is no state %s: nothing was applied yet",
			s->state_path.p);
		return EXIT_FAILED;
	}
	plan_show(s, p);
	for (size_t i = 0; i < p->n; i++)
		if (change_drifted(&p->changes[i]))
			return EXIT_CHANGES;
	return EXIT_DONE;
}
