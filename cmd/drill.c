/* drplan drill: the runbook of that name. */
#include "cmd/cmd.h"

int cmd_drill(struct session *s)
{
	return book_command(s, STR("drill"));
}
