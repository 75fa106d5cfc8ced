/* drplan state list | show ADDRESS: what the state file holds. */
#include "cmd/cmd.h"

#include "base/json.h"
#include "cmd/stateui.h"

static void print_list(struct session *s, const struct state_row *rows, size_t n)
{
	struct pos none = {0};
	struct value *list = value_list(&s->arena, none);
	struct buf b;

	buf_init(&b, UI_MAX);
	for (size_t i = 0; i < n; i++) {
		const char *status = stateui_status(&rows[i]);

		if (s->ui.json) {
			value_append(&s->arena, list, stateui_json(&s->arena, &rows[i]));
			continue;
		}
		ui_text(&b, rows[i].address);
		if (*status)
			buf_fmt(&b, " (%s)", status);
		buf_char(&b, '\n');
	}
	if (s->ui.json) {
		json_write(&b, list, JSON_PRETTY);
		buf_char(&b, '\n');
	}
	ui_out(&s->ui, &b);
	buf_free(&b);
}

static int print_rows_of(struct session *s, const struct state_row *rows, size_t n, struct str address)
{
	struct str *names = arena_array(&s->arena, n, sizeof(names[0]));
	bool found = false;
	struct buf b;

	buf_init(&b, UI_MAX);
	for (size_t i = 0; i < n; i++) {
		names[i] = rows[i].address;
		if (!str_eq(rows[i].address, address))
			continue;
		found = true;
		if (s->ui.json) {
			json_write(&b, stateui_json(&s->arena, &rows[i]), JSON_PRETTY);
			buf_char(&b, '\n');
		} else {
			stateui_row(&b, &rows[i], s->ui.out_colour);
		}
	}
	ui_out(&s->ui, &b);
	buf_free(&b);
	if (found)
		return EXIT_DONE;
	err_add(&s->errs, ERR_INPUT, (struct pos){0}, "the state has no resource '%.*s'%.*s", STR_ARG(address),
		STR_ARG(err_suggest(&s->arena, address, names, n)));
	return EXIT_FAILED;
}

int cmd_state(struct session *s)
{
	struct str verb = s->opt.n_args ? s->opt.args[0] : STR_NONE;
	bool show = str_eqc(verb, "show");
	struct state_row *rows;
	size_t n;

	if (str_eqc(verb, "adopt") || str_eqc(verb, "forget") || str_eqc(verb, "restore")) {
		err_add(&s->errs, ERR_INPUT, (struct pos){0}, "'state %.*s' is not supported yet", STR_ARG(verb));
		return EXIT_FAILED;
	}
	if (!show && !str_eqc(verb, "list"))
		return session_usage(s, "say list or show, not '%.*s'", STR_ARG(verb));
	if (show != (s->opt.n_args == 2))
		return session_usage(s, show ? "show needs a resource's address" : "list takes no argument");
	if (!session_read_state(s) || !state_rows(s->state, &s->arena, &rows, &n, &s->errs))
		return session_status(s);
	if (show)
		return print_rows_of(s, rows, n, s->opt.args[1]);
	print_list(s, rows, n);
	return EXIT_DONE;
}
