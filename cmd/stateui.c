/* Rows and outputs of the state for people and for programs; see stateui.h. */
#include "cmd/stateui.h"

#include "cmd/planui.h"

void stateui_outputs(struct buf *out, const struct state_output *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t start = out->n;

		ui_text(out, items[i].name);
		buf_cstr(out, " =");
		if (items[i].secret)
			buf_cstr(out, " (secret)");
		else
			planui_value(out, items[i].value, out->n - start, 2);
		buf_char(out, '\n');
	}
}

const char *stateui_status(const struct state_row *row)
{
	switch (row->status) {
	case ROW_PENDING:
		return "not settled yet";
	case ROW_DEPOSED:
		return "replaced, to be deleted";
	case ROW_KEPT:
		return "kept, no longer managed";
	case ROW_OK:
		break;
	}
	return "";
}

static void add_map(struct buf *out, const char *title, const struct value *map)
{
	if (!value_count(map) || map->kind != V_MAP)
		return;
	buf_fmt(out, "    %s\n", title);
	for (uint32_t i = 0; i < map->map.n; i++) {
		size_t start = out->n;

		buf_pad(out, ' ', 6);
		ui_text(out, map->map.items[i].key);
		buf_char(out, ':');
		planui_value(out, map->map.items[i].value, out->n - start, 8);
		buf_char(out, '\n');
	}
}

void stateui_row(struct buf *out, const struct state_row *row, bool colour)
{
	const char *status = stateui_status(row);

	ui_colour(out, colour, UI_BOLD);
	ui_text(out, row->address);
	ui_colour(out, colour, UI_PLAIN);
	buf_cstr(out, " (");
	ui_text(out, row->type);
	buf_cstr(out, ")");
	if (*status)
		buf_fmt(out, ": %s", status);
	buf_cstr(out, "\n    id: ");
	ui_text(out, row->id);
	buf_cstr(out, "\n    target: ");
	ui_text(out, row->target);
	buf_cstr(out, "\n    phase: ");
	ui_text(out, row->phase);
	buf_char(out, '\n');
	add_map(out, "properties", row->inputs);
	add_map(out, "attributes", row->attrs);
}

struct value *stateui_json(struct arena *a, const struct state_row *row)
{
	static const char *const statuses[] = {
	    [ROW_OK] = "ok",
	    [ROW_PENDING] = "pending",
	    [ROW_DEPOSED] = "deposed",
	    [ROW_KEPT] = "kept",
	};
	struct pos none = {0};
	struct value *m = value_map(a, none), *depends = value_list(a, none);

	for (size_t i = 0; i < row->n_depends; i++)
		value_append(a, depends, value_string(a, none, row->depends[i]));
	value_put_text(a, m, "address", row->address);
	value_put_text(a, m, "type", row->type);
	value_put_text(a, m, "target", row->target);
	value_put_text(a, m, "phase", row->phase);
	value_put_text(a, m, "id", row->id);
	value_put_text(a, m, "status", str_of(statuses[row->status]));
	value_set(a, m, STR("properties"), none, row->inputs ? state_show_hidden(a, row->inputs) : value_map(a, none));
	value_set(a, m, STR("attributes"), none, row->attrs ? row->attrs : value_map(a, none));
	value_set(a, m, STR("depends_on"), none, depends);
	return m;
}
