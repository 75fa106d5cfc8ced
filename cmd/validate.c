/* drplan validate: everything that can be said about a stack without asking AWS. */
#include "cmd/cmd.h"

#include "base/json.h"
#include "cmd/jsonui.h"

static void print_json(struct session *s, bool valid)
{
	struct arena *a = &s->arena;
	struct pos none = {0};
	struct value *doc = value_map(a, none), *list = value_list(a, none);

	errs_sort(&s->errs);
	for (size_t i = 0; i < s->errs.n; i++)
		value_append(a, list, jsonui_diagnostic(a, &s->errs, &s->errs.items[i]));
	value_set(a, doc, STR("format_version"), none, value_string(a, none, STR("1.0")));
	value_set(a, doc, STR("valid"), none, value_bool(a, none, valid));
	value_set(a, doc, STR("error_count"), none, value_int(a, none, (int64_t)s->errs.errors));
	value_set(a, doc, STR("warning_count"), none, value_int(a, none, (int64_t)(s->errs.n - s->errs.errors)));
	value_set(a, doc, STR("diagnostics"), none, list);
	ui_json(&s->ui, doc);
	s->errs.n = s->errs.errors = 0;
}

static void print_text(struct session *s)
{
	struct buf b;

	buf_init(&b, UI_MAX);
	buf_cstr(&b, "The stack ");
	ui_text(&b, s->stack->name);
	buf_fmt(&b, " is valid: %zu resource%s in %zu target%s.\n", s->stack->n_resources,
		s->stack->n_resources == 1 ? "" : "s", s->stack->n_targets, s->stack->n_targets == 1 ? "" : "s");
	ui_out(&s->ui, &b);
	buf_free(&b);
}

int cmd_validate(struct session *s)
{
	bool valid = session_load(s, s->opt.n_args ? s->opt.args[0] : STR_NONE) && session_check(s, NULL);

	if (s->ui.json)
		print_json(s, valid);
	else if (valid)
		print_text(s);
	return valid ? EXIT_DONE : session_status(s);
}
