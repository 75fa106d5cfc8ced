/* drplan failback: the runbook of that name. */
#include "cmd/cmd.h"

int cmd_failback(struct session *s)
{
	return book_command(s, STR("failback"));
}
