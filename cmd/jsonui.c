/* JSON lines; see jsonui.h and docs/json.md. Each message is a value tree, written by the one JSON writer, which keeps
 * secrets out.
 */
#include "cmd/jsonui.h"

#include "base/json.h"
#include "base/log.h"

static struct value *text_of(struct arena *a, struct str s)
{
	return value_string(a, (struct pos){0}, s);
}

static struct value *new_map(struct arena *a)
{
	return value_map(a, (struct pos){0});
}

static struct value *message_new(struct arena *a, const char *level, const char *type, struct str text)
{
	struct value *m = new_map(a);

	value_put_text(a, m, "@level", str_of(level));
	value_put_text(a, m, "@message", text);
	value_put_text(a, m, "@module", STR("drplan.ui"));
	value_put_text(a, m, "@timestamp", time_rfc3339(a, clock_wall(&clock_system), true));
	value_put_text(a, m, "type", str_of(type));
	return m;
}

static void emit(struct ui *ui, const struct value *m)
{
	struct buf line, clean;

	buf_init(&line, UI_MAX);
	buf_init(&clean, UI_MAX);
	json_write(&line, m, 0);
	log_redact(&clean, buf_get(&line));
	buf_char(&clean, '\n');
	ui_out(ui, &clean);
	buf_free(&line);
	buf_free(&clean);
}

struct value *jsonui_message(struct arena *a, const char *type, struct str text)
{
	return message_new(a, "info", type, text);
}

void jsonui_write(struct ui *ui, const struct value *message)
{
	emit(ui, message);
}

void jsonui_version(struct ui *ui, struct arena *a)
{
	struct value *m = message_new(a, "info", "version", STR("drplan " DRPLAN_VERSION));

	value_put_text(a, m, "drplan", STR(DRPLAN_VERSION));
	value_put_text(a, m, "ui", STR(JSONUI_VERSION));
	emit(ui, m);
}

void jsonui_log(struct ui *ui, struct arena *a, struct str message)
{
	emit(ui, message_new(a, "info", "log", message));
}

/* --- plans --- */

static const char *action_name(const struct change *c)
{
	static const char *const names[ACT_COUNT] = {
	    [ACT_NONE] = "noop",     [ACT_CREATE] = "create", [ACT_UPDATE] = "update", [ACT_REPLACE] = "replace",
	    [ACT_DELETE] = "delete", [ACT_READ] = "read",     [ACT_FORGET] = "forget",
	};

	return names[c->action];
}

static const char *reason_name(enum reason reason)
{
	switch (reason) {
	case WHY_CREATE_ONLY:
		return "cannot_update";
	case WHY_REQUESTED:
		return "requested";
	case WHY_GONE:
		return "deleted_outside";
	case WHY_NOT_WRITTEN:
		return "delete_because_no_resource_config";
	case WHY_DEPENDENCY:
		return "replace_triggered_by";
	case WHY_DEPOSED:
		return "deposed";
	case WHY_PENDING:
		return "pending";
	case WHY_TARGET:
		return "moved";
	case WHY_NONE:
	case WHY_DESTROY:
		break;
	}
	return NULL;
}

static struct value *resource_of(struct arena *a, const struct change *c)
{
	struct value *m = new_map(a);
	ptrdiff_t dot = -1;

	for (size_t i = 0; i < c->address.n; i++)
		if (c->address.p[i] == '.')
			dot = (ptrdiff_t)i;
	value_put_text(a, m, "addr", c->address);
	value_put_text(a, m, "module", dot < 0 ? STR_NONE : str_sub(c->address, 0, (size_t)dot));
	value_put_text(a, m, "resource", c->address);
	value_put_text(a, m, "resource_type", c->type ? type_name(c->type) : STR_NONE);
	value_put_text(a, m, "resource_name", str_sub(c->address, (size_t)(dot + 1), c->address.n));
	value_put(a, m, "resource_key", value_null(a, (struct pos){0}));
	return m;
}

static struct value *phase_of(const struct plan *p, struct arena *a, const struct change *c)
{
	return p->stack && c->phase < p->stack->n_phases ? text_of(a, p->stack->phases[c->phase].name)
							 : value_null(a, (struct pos){0});
}

static void emit_change(struct ui *ui, struct arena *a, const struct plan *p, const struct change *c, const char *type)
{
	struct value *m, *change = new_map(a);
	const char *reason = reason_name(c->reason);

	value_put(a, change, "resource", resource_of(a, c));
	value_put_text(a, change, "action", str_of(action_name(c)));
	if (reason)
		value_put_text(a, change, "reason", str_of(reason));
	value_put(a, change, "phase", phase_of(p, a, c));
	m = message_new(a, "info", type, str_fmt(a, "%.*s: plan to %s", STR_ARG(c->address), action_name(c)));
	value_put(a, m, "change", change);
	emit(ui, m);
}

static void emit_summary(struct ui *ui, struct arena *a, const char *operation, size_t add, size_t change,
			 size_t remove)
{
	struct value *m, *changes = new_map(a);

	value_put_int(a, changes, "add", add);
	value_put_int(a, changes, "change", change);
	value_put_int(a, changes, "import", 0);
	value_put_int(a, changes, "remove", remove);
	value_put_text(a, changes, "operation", str_of(operation));
	m = message_new(a, "info", "change_summary",
			str_fmt(a, "%s: %zu to add, %zu to change, %zu to destroy", operation, add, change, remove));
	value_put(a, m, "changes", changes);
	emit(ui, m);
}

static void emit_planned_outputs(struct ui *ui, struct arena *a, const struct plan *p)
{
	struct value *m, *outputs = new_map(a);

	for (size_t i = 0; i < p->n_outputs; i++) {
		struct value *o = new_map(a);
		const struct value *before = p->outputs[i].before, *after = p->outputs[i].after;
		const char *action = !before                      ? "create"
				     : !after                     ? "delete"
				     : value_equal(before, after) ? "noop"
								  : "update";

		value_put(a, o, "sensitive", value_bool(a, (struct pos){0}, p->outputs[i].out->secret));
		value_put_text(a, o, "action", str_of(action));
		value_set(a, outputs, p->outputs[i].out->name, (struct pos){0}, o);
	}
	if (!value_count(outputs))
		return;
	m = message_new(a, "info", "outputs", str_fmt(a, "outputs: %zu", value_count(outputs)));
	value_put(a, m, "outputs", outputs);
	emit(ui, m);
}

/* What would be done, did its target answer. */
static void emit_deferred(struct ui *ui, struct arena *a, const struct plan *p, const struct deferral *d)
{
	const struct change step = {.action = d->action};
	struct value *m = message_new(a, "info", "deferred", str_fmt(a, "%.*s: deferred", STR_ARG(d->address)));

	value_put_text(a, m, "addr", d->address);
	value_put_text(a, m, "target", p->stack->targets[d->target].name);
	value_put_text(a, m, "action", str_of(action_name(&step)));
	emit(ui, m);
}

static void emit_owed(struct ui *ui, struct arena *a, struct str phase)
{
	struct value *m = message_new(a, "info", "gate_owed", str_fmt(a, "gate %.*s: owed", STR_ARG(phase)));

	value_put_text(a, m, "phase", phase);
	emit(ui, m);
}

void jsonui_plan(struct ui *ui, struct arena *a, const struct plan *p)
{
	const struct plan_totals *t = &p->totals;

	for (size_t i = 0; i < p->n; i++)
		if (change_drifted(&p->changes[i]))
			emit_change(ui, a, p, &p->changes[i], "resource_drift");
	for (size_t i = 0; i < p->n; i++)
		if (p->changes[i].action != ACT_NONE && p->applyable)
			emit_change(ui, a, p, &p->changes[i], "planned_change");
	for (size_t i = 0; i < p->n_deferred; i++)
		emit_deferred(ui, a, p, &p->deferred[i]);
	for (size_t i = 0; i < p->n_owed && p->applyable; i++)
		emit_owed(ui, a, p->owed[i]);
	emit_planned_outputs(ui, a, p);
	emit_summary(ui, a, "plan", p->applyable ? t->create + t->replace : 0, p->applyable ? t->update : 0,
		     p->applyable ? t->remove + t->replace : 0);
}

/* --- runs --- */

static struct value *hook_of(struct arena *a, const struct run_event *e)
{
	struct value *hook = new_map(a);
	struct change step = *e->change;

	step.action = e->action;
	value_put(a, hook, "resource", resource_of(a, e->change));
	value_put_text(a, hook, "action", str_of(action_name(&step)));
	return hook;
}

static void set_elapsed(struct arena *a, struct value *hook, int64_t ms)
{
	value_put(a, hook, "elapsed_seconds", value_int(a, (struct pos){0}, (ms + 500) / 1000));
	value_put(a, hook, "elapsed_ms", value_int(a, (struct pos){0}, ms));
}

static void emit_phase(struct ui *ui, struct arena *a, const struct run_event *e, const char *type)
{
	struct value *m = message_new(a, "info", type, str_fmt(a, "phase %.*s", STR_ARG(e->phase)));

	value_put_text(a, m, "phase", e->phase);
	if (e->text.n)
		value_put_text(a, m, "text", e->text);
	value_put_int(a, m, "done", e->done);
	value_put_int(a, m, "total", e->total);
	emit(ui, m);
}

void jsonui_event(struct ui *ui, struct arena *a, const struct run_event *e)
{
	static const char *const types[] = {
	    [RUN_PHASE_BEGIN] = "phase_start",
	    [RUN_PHASE_END] = "phase_complete",
	    [RUN_START] = "apply_start",
	    [RUN_WAITING] = "apply_progress",
	    [RUN_OK] = "apply_complete",
	    [RUN_ERROR] = "apply_errored",
	    [RUN_GATE] = "gate",
	    [RUN_UNDO] = "undo",
	};
	struct value *m, *hook;

	if (!e->change) {
		emit_phase(ui, a, e, types[e->kind]);
		return;
	}
	hook = hook_of(a, e);
	if (e->kind != RUN_START)
		set_elapsed(a, hook, e->elapsed_ms);
	if (e->kind == RUN_OK && e->text.n) {
		value_put_text(a, hook, "id_key", STR("id"));
		value_put_text(a, hook, "id_value", e->text);
	} else if (e->text.n) {
		value_put_text(a, hook, "text", e->text);
	}
	m = message_new(a, e->kind == RUN_ERROR ? "error" : "info", types[e->kind],
			str_fmt(a, "%.*s: %s", STR_ARG(e->change->address), types[e->kind]));
	value_put(a, m, "hook", hook);
	emit(ui, m);
}

void jsonui_summary(struct ui *ui, struct arena *a, const char *operation, const struct run_result *r)
{
	emit_summary(ui, a, operation, r->created + r->replaced, r->updated, r->removed + r->replaced_gone);
	if (r->outcome == RUN_ROLLED_BACK || r->outcome == RUN_ROLLED_BACK_EXCEPT || r->undone)
		jsonui_undone(ui, a, r);
}

void jsonui_undone(struct ui *ui, struct arena *a, const struct run_result *r)
{
	struct pos none = {0};
	struct value *m, *excepts = value_list(a, none);
	bool complete = r->outcome == RUN_ROLLED_BACK || r->outcome == RUN_ROLLED_BACK_EXCEPT;

	for (size_t i = 0; i < r->n_excepts; i++)
		value_append(a, excepts, value_string(a, none, r->excepts[i]));
	m = message_new(a, "info", "rollback_summary",
			str_fmt(a, "rollback: %zu steps undone, %s", r->undone, complete ? "complete" : "incomplete"));
	value_put(a, m, "complete", value_bool(a, none, complete));
	value_put_int(a, m, "undone", r->undone);
	if (r->undone_phase.n)
		value_put_text(a, m, "phase", r->undone_phase);
	value_put(a, m, "except", excepts);
	emit(ui, m);
}

void jsonui_recovered(struct ui *ui, struct arena *a, const struct recovery *r, size_t n)
{
	static const char *const decisions[] = {[RECOVERY_ADOPTED] = "found",
						[RECOVERY_ABSENT] = "absent",
						[RECOVERY_CLOSED] = "ended",
						[RECOVERY_UNDECIDED] = "undecided"};

	for (size_t i = 0; i < n; i++) {
		struct value *m = message_new(a, r[i].decision == RECOVERY_UNDECIDED ? "warn" : "info", "recovered",
					      str_fmt(a, "%.*s: %.*s", STR_ARG(r[i].address), STR_ARG(r[i].why)));

		value_put_text(a, m, "address", r[i].address);
		value_put_text(a, m, "resource_type", r[i].type);
		value_put_text(a, m, "target", r[i].target);
		value_put_text(a, m, "decision", str_of(decisions[r[i].decision]));
		value_put_text(a, m, "id", r[i].id);
		emit(ui, m);
	}
}

void jsonui_outputs(struct ui *ui, struct arena *a, const struct state_output *out, size_t n)
{
	struct value *m, *outputs = new_map(a);

	for (size_t i = 0; i < n; i++) {
		struct value *o = new_map(a);

		value_put(a, o, "sensitive", value_bool(a, (struct pos){0}, out[i].secret));
		value_put(a, o, "value", out[i].value ? out[i].value : value_null(a, (struct pos){0}));
		value_set(a, outputs, out[i].name, (struct pos){0}, o);
	}
	m = message_new(a, "info", "outputs", str_fmt(a, "outputs: %zu", n));
	value_put(a, m, "outputs", outputs);
	emit(ui, m);
}

/* --- diagnostics --- */

static struct value *range_of(struct arena *a, const struct errs *errs, const struct err *e)
{
	struct value *range, *start, *end;
	uint32_t width = e->width ? e->width : 1;

	if (!e->pos.line || !errs->sources || e->pos.file >= errs->sources->n)
		return NULL;
	range = new_map(a);
	start = new_map(a);
	end = new_map(a);
	value_put_text(a, range, "filename", errs->sources->items[e->pos.file].path);
	value_put_int(a, start, "line", e->pos.line);
	value_put_int(a, start, "column", e->pos.col);
	value_put_int(a, end, "line", e->pos.line);
	value_put_int(a, end, "column", e->pos.col + width);
	value_put(a, range, "start", start);
	value_put(a, range, "end", end);
	return range;
}

struct value *jsonui_diagnostic(struct arena *a, const struct errs *errs, const struct err *e)
{
	struct value *d = new_map(a), *range = range_of(a, errs, e);

	value_put_text(a, d, "severity", e->level == LEVEL_WARNING ? STR("warning") : STR("error"));
	value_put_text(a, d, "summary", e->message);
	value_put_text(a, d, "detail", e->help);
	if (e->address.n)
		value_put_text(a, d, "address", e->address);
	if (range)
		value_put(a, d, "range", range);
	if (e->operation.n)
		value_put_text(a, d, "operation", e->operation);
	if (e->code.n)
		value_put_text(a, d, "code", e->code);
	if (e->request_id.n)
		value_put_text(a, d, "request_id", e->request_id);
	return d;
}

void jsonui_diagnostics(struct ui *ui, struct arena *a, const struct errs *errs)
{
	for (size_t i = 0; i < errs->n; i++) {
		const struct err *e = &errs->items[i];
		bool warning = e->level == LEVEL_WARNING;
		struct value *m =
		    message_new(a, warning ? "warn" : "error", "diagnostic",
				str_fmt(a, "%s: %.*s", warning ? "Warning" : "Error", STR_ARG(e->message)));

		value_put(a, m, "diagnostic", jsonui_diagnostic(a, errs, e));
		emit(ui, m);
	}
}
