/* drplan failover: the runbook of that name. */
#include "cmd/cmd.h"

int cmd_failover(struct session *s)
{
	return book_command(s, STR("failover"));
}
