/* drplan rollback: the last run taken back from the journal. */
#include "cmd/cmd.h"

#include "cmd/jsonui.h"

int cmd_rollback(struct session *s)
{
	if (s->ui.json)
		jsonui_version(&s->ui, &s->arena);
	if (!session_load(s, s->opt.n_args ? s->opt.args[0] : STR_NONE) || !session_open(s) || !session_mode(s))
		return session_status(s);
	return execute_undo(s);
}
