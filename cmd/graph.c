/* drplan graph: the order of a stack's resources, as DOT. Asks AWS nothing. */
#include "cmd/cmd.h"

#include "planner/graph.h"

int cmd_graph(struct session *s)
{
	struct graph g = {0};
	struct buf b;

	if (!session_load(s, s->opt.n_args ? s->opt.args[0] : STR_NONE) || !session_check(s, &g))
		return session_status(s);
	buf_init(&b, UI_MAX);
	graph_dot(&g, &b);
	ui_out(&s->ui, &b);
	buf_free(&b);
	return EXIT_DONE;
}
