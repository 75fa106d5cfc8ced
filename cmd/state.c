/* drplan state: what the state file holds, and the answers by hand to what a killed run left open. */
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

static int adopt(struct session *s)
{
	struct buf b;

	if (s->opt.n_args != 3)
		return session_usage(s, "adopt needs an address and the id of what exists");
	if (!session_write_state(s) ||
	    !recover_adopt(&s->arena, s->state, s->opt.args[1], s->opt.args[2], &s->errs))
		return session_status(s);
	buf_init(&b, UI_MAX);
	ui_text(&b, s->opt.args[1]);
	buf_cstr(&b, " is ");
	ui_text(&b, s->opt.args[2]);
	buf_cstr(&b, "; the next run goes on with it\n");
	ui_out(&s->ui, &b);
	buf_free(&b);
	return EXIT_DONE;
}

static int forget(struct session *s)
{
	struct buf b;
	size_t rows;

	if (s->opt.n_args != 2)
		return session_usage(s, "forget needs an address");
	if (!session_write_state(s) || !recover_forget(&s->arena, s->state, s->opt.args[1], &rows, &s->errs))
		return session_status(s);
	buf_init(&b, UI_MAX);
	ui_text(&b, s->opt.args[1]);
	buf_cstr(&b, rows ? " is forgotten; what it was goes on existing, and nothing here knows it\n"
			  : " was not made; the next run makes it\n");
	ui_out(&s->ui, &b);
	buf_free(&b);
	return EXIT_DONE;
}

int cmd_state(struct session *s)
{
	struct str verb = s->opt.n_args ? s->opt.args[0] : STR_NONE;
	bool show = str_eqc(verb, "show");
	struct state_row *rows;
	size_t n;

	if (str_eqc(verb, "adopt"))
		return adopt(s);
	if (str_eqc(verb, "forget"))
		return forget(s);
	if (str_eqc(verb, "restore"))
		return cmd_state_restore(s);
	if (!show && !str_eqc(verb, "list"))
		return session_usage(s, "say list, show, adopt, forget or restore, not '%.*s'", STR_ARG(verb));
	if (show != (s->opt.n_args == 2))
		return session_usage(s, show ? "show needs a resource's address" : "list takes no argument");
	if (!session_read_state(s) || !state_rows(s->state, &s->arena, &rows, &n, &s->errs))
		return session_status(s);
	if (show)
		return print_rows_of(s, rows, n, s->opt.args[1]);
	print_list(s, rows, n);
	return EXIT_DONE;
}
