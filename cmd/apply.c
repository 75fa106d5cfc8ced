/* drplan apply: plan, show, ask, run; or carry out a saved plan. */
#include "cmd/cmd.h"

#include "cmd/jsonui.h"

/* The variables that the saved plan was made with; NoEcho ones are not in it and come from -var again. They go before
 * the options' own, which therefore win, and a different value is then refused by the stack's digest. */
static void take_parameters(struct session *s, const struct plan *p)
{
	struct options *o = &s->opt;
	size_t n = 0;
	struct option_item *items = arena_array(&s->arena, p->stack->n_params + o->n_items + 1, sizeof(items[0]));

	for (size_t i = 0; i < p->stack->n_params; i++) {
		const struct parameter *param = &p->stack->params[i];

		if (param->given && !param->no_echo && param->value)
			items[n++] = (struct option_item){OPT_VAR, str_fmt(&s->arena, "%.*s=%.*s", STR_ARG(param->name),
									   STR_ARG(value_text(param->value)))};
	}
	for (size_t i = 0; i < o->n_items; i++)
		items[n++] = o->items[i];
	o->items = items;
	o->n_items = n;
}

static int apply_saved(struct session *s, const char *path)
{
	struct plan *p = planfile_read(&s->arena, path, &s->errs);

	if (!p)
		return session_status(s);
	if (str_eqc(p->provider, "sim") != option_on(&s->opt, OPT_SIM)) {
		bool sim = str_eqc(p->provider, "sim");

		err_add(&s->errs, ERR_INPUT, (struct pos){0},
			"the plan %s was made %s --sim, and is carried out %s it only", path, sim ? "with" : "without",
			sim ? "with" : "without");
		return EXIT_FAILED;
	}
	take_parameters(s, p);
	if (!session_load(s, p->stack->path) || !session_open(s) || !session_mode(s) ||
	    !planfile_bind(p, &s->env, &s->errs))
		return session_status(s);
	plan_show(s, p);
	return execute_plan(s, p, "apply");
}

int cmd_apply(struct session *s)
{
	struct str path = s->opt.n_args ? s->opt.args[0] : STR_NONE;
	struct plan *p;

	if (s->ui.json)
		jsonui_version(&s->ui, &s->arena);
	if (path.n && planfile_is(path.p))
		return apply_saved(s, path.p);
	p = plan_stack(s, path);
	if (!p)
		return session_status(s);
	plan_show(s, p);
	return execute_plan(s, p, "apply");
}
