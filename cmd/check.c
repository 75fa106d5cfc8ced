/* drplan check: the stack as it was applied last, held against what disaster recovery needs. Nobody is asked. */
#include "cmd/sessionpriv.h"
#include "cmd/surveyui.h"

/* The target that a failover leads to: where production runs in mode active. */
static struct str recovery_target(const struct session *s)
{
	return value_text(value_path(s->stack->runbooks, STR("failover.To")));
}

int cmd_check(struct session *s)
{
	struct stored src;
	struct stack *before, *after;
	struct survey *v;
	struct str *differs;
	size_t n;

	if (!session_open_stored(s, false) || !session_source(s, &src))
		return session_status(s);
	v = survey_new(&s->arena, &s->env, &s->errs);
	before = source_render(&s->arena, &src, STR_NONE, STR_NONE, &s->errs);
	after = source_render(&s->arena, &src, STR("active"), recovery_target(s), &s->errs);
	if (!v || !before || !after)
		return session_status(s);
	differs = source_differs(&s->arena, before, after, &n);
	if (!advise_take(v, differs, n))
		return session_status(s);
	surveyui_show(s, v, "check", false);
	return surveyui_status(v);
}
