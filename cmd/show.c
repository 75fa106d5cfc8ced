/* drplan show: the state in readable form, a saved plan, or what gates saw. -json prints one document. */
#include "cmd/cmd.h"

#include "base/json.h"
#include "cmd/planui.h"
#include "cmd/stateui.h"

enum { GATES_MAX = 1000 };	/* the newest results are shown */

static struct value *outputs_json(struct arena *a, const struct state_output *out, size_t n)
{
	struct pos none = {0};
	struct value *m = value_map(a, none);

	for (size_t i = 0; i < n; i++) {
		struct value *o = value_map(a, none);

		value_put(a, o, "sensitive", value_bool(a, none, out[i].secret));
		value_put(a, o, "value", out[i].value ? out[i].value : value_null(a, none));
		value_set(a, m, out[i].name, none, o);
	}
	return m;
}

static void state_json(struct session *s, struct buf *b, const struct state_row *rows, size_t n_rows,
		       const struct state_output *out, size_t n_out)
{
	struct arena *a = &s->arena;
	struct pos none = {0};
	struct value *doc = value_map(a, none), *resources = value_list(a, none);

	for (size_t i = 0; i < n_rows; i++)
		value_append(a, resources, stateui_json(a, &rows[i]));
	value_put(a, doc, "format_version", value_string(a, none, STR("1.0")));
	value_put(a, doc, "stack", value_string(a, none, state_get(s->state, a, "stack")));
	value_put(a, doc, "lineage", value_string(a, none, state_lineage(s->state)));
	value_put(a, doc, "serial", value_int(a, none, state_serial(s->state)));
	value_put(a, doc, "outputs", outputs_json(a, out, n_out));
	value_put(a, doc, "resources", resources);
	json_write(b, doc, JSON_PRETTY);
	buf_char(b, '\n');
}

static int show_state(struct session *s)
{
	struct state_row *rows;
	struct state_output *out;
	size_t n_rows, n_out;
	struct buf b;

	if (!session_read_state(s) || !state_rows(s->state, &s->arena, &rows, &n_rows, &s->errs) ||
	    !state_outputs(s->state, &s->arena, &out, &n_out, &s->errs))
		return session_status(s);
	buf_init(&b, UI_MAX);
	if (s->ui.json) {
		state_json(s, &b, rows, n_rows, out, n_out);
	} else {
		if (!n_rows)
			buf_cstr(&b, "The state holds no resources.\n");
		for (size_t i = 0; i < n_rows; i++)
			stateui_row(&b, &rows[i], s->ui.out_colour);
		if (n_out)
			buf_cstr(&b, "\nOutputs:\n");
		stateui_outputs(&b, out, n_out);
	}
	ui_out(&s->ui, &b);
	buf_free(&b);
	return EXIT_DONE;
}

static int show_plan(struct session *s, const char *path)
{
	struct plan *p = planfile_read(&s->arena, path, &s->errs);
	struct buf b;

	if (!p)
		return session_status(s);
	buf_init(&b, UI_MAX);
	if (s->ui.json)
		plan_json(p, &b);
	else
		planui_plan(p, &b, s->ui.out_colour);
	if (b.n && b.p[b.n - 1] != '\n')
		buf_char(&b, '\n');
	ui_out(&s->ui, &b);
	buf_free(&b);
	return EXIT_DONE;
}

static struct value *gates_json(struct arena *a, const struct state_gate_row *rows, size_t n)
{
	struct pos none = {0};
	struct value *list = value_list(a, none);

	for (size_t i = 0; i < n; i++) {
		struct value *m = value_map(a, none);

		value_put(a, m, "run", value_int(a, none, rows[i].run));
		value_put(a, m, "at", value_string(a, none, time_rfc3339(a, rows[i].at_ms, true)));
		value_put(a, m, "phase", value_string(a, none, rows[i].phase));
		value_put(a, m, "check", value_string(a, none, rows[i].check));
		value_put(a, m, "held", value_bool(a, none, rows[i].held));
		value_put(a, m, "detail", value_string(a, none, rows[i].detail));
		value_append(a, list, m);
	}
	return list;
}

static int show_gates(struct session *s)
{
	struct state_gate_row *rows;
	struct buf b;
	size_t n;

	if (!session_read_state(s) || !state_gates(s->state, &s->arena, GATES_MAX, &rows, &n, &s->errs))
		return session_status(s);
	buf_init(&b, UI_MAX);
	if (s->ui.json) {
		json_write(&b, gates_json(&s->arena, rows, n), JSON_PRETTY);
		buf_char(&b, '\n');
	} else if (!n) {
		buf_cstr(&b, "No run came to a gate.\n");
	}
	for (size_t i = 0; i < n && !s->ui.json; i++) {
		buf_str(&b, time_rfc3339(&s->arena, rows[i].at_ms, false));
		buf_fmt(&b, "  run %lld  ", (long long)rows[i].run);
		ui_text(&b, rows[i].phase);
		buf_cstr(&b, rows[i].held ? "  held    " : "  failed  ");
		ui_text(&b, rows[i].check);
		if (rows[i].detail.n) {
			buf_cstr(&b, ": ");
			ui_text(&b, rows[i].detail);
		}
		buf_char(&b, '\n');
	}
	ui_out(&s->ui, &b);
	buf_free(&b);
	return EXIT_DONE;
}

int cmd_show(struct session *s)
{
	if (option_on(&s->opt, OPT_GATES))
		return show_gates(s);
	return s->opt.n_args ? show_plan(s, s->opt.args[0].p) : show_state(s);
}
