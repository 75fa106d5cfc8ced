/* The text plan. One block per resource, grouped by phase in the order of execution; see planui.h.
 *
 *	phase networking
 *	  + Vpc (AWS::EC2::VPC)
 *	      + CidrBlock: "10.1.0.0/16"
 *	-/+ Subnet (AWS::EC2::Subnet): replaced, the old one is deleted first; not reversible
 *	      ~ CidrBlock: "10.1.0.0/24" → "10.1.1.0/24"  # forces replacement
 */
#include "cmd/planui.h"

#include <string.h>

enum { PROP_INDENT = 6 };

const char *planui_symbol(const struct change *c)
{
	switch (c->action) {
	case ACT_CREATE:
		return "+";
	case ACT_UPDATE:
		return "~";
	case ACT_REPLACE:
		return c->create_first ? "+/-" : "-/+";
	case ACT_DELETE:
		return "-";
	case ACT_READ:
		return "<=";
	case ACT_FORGET:
		return "#";
	case ACT_NONE:
	case ACT_COUNT:
		break;
	}
	return " ";
}

enum ui_colour planui_colour(enum action action)
{
	static const enum ui_colour colours[ACT_COUNT] = {
	    [ACT_NONE] = UI_DIM,   [ACT_CREATE] = UI_GREEN, [ACT_UPDATE] = UI_YELLOW, [ACT_REPLACE] = UI_YELLOW,
	    [ACT_DELETE] = UI_RED, [ACT_READ] = UI_CYAN,    [ACT_FORGET] = UI_DIM,
	};

	return colours[action];
}

struct str planui_phase(const struct plan *p, uint32_t phase)
{
	if (p->stack && phase < p->stack->n_phases)
		return p->stack->phases[phase].name;
	return str_fmt(p->arena, "%u", phase + 1);
}

static const char *reason_text(const struct change *c)
{
	switch (c->reason) {
	case WHY_REQUESTED:
		return "replacement was asked for";
	case WHY_GONE:
		return "it was deleted outside of drplan";
	case WHY_NOT_WRITTEN:
		return "it is no longer in the stack";
	case WHY_DEPENDENCY:
		return "a value it takes is going to change";
	case WHY_DEPOSED:
		return "left over from an earlier replacement";
	case WHY_PENDING:
		return "an earlier run did not wait until it was settled";
	case WHY_TARGET:
		return "its target or its type changed";
	case WHY_NONE:
	case WHY_CREATE_ONLY:
	case WHY_DESTROY:
		break;
	}
	return NULL;
}

/* What is said behind the resource's name. */
static void add_remarks(struct buf *out, const struct change *c)
{
	const char *reason = reason_text(c);
	const char *separator = ": ";

	if (reason) {
		buf_fmt(out, "%s%s", separator, reason);
		separator = "; ";
	}
	if (c->action == ACT_REPLACE) {
		buf_fmt(out, "%s%s", separator,
			c->create_first ? "the new one is made before the old one is deleted"
					: "the old one is deleted before the new one is made");
		separator = "; ";
	}
	if (c->keeps_old || c->action == ACT_FORGET) {
		buf_fmt(out, "%s%s stays in AWS and is no longer managed", separator,
			c->action == ACT_REPLACE ? "the old one" : "it");
		separator = "; ";
	}
	if (c->snapshot) {
		buf_fmt(out, "%sa final snapshot is taken", separator);
		separator = "; ";
	}
	if (c->irreversible)
		buf_fmt(out, "%snot reversible", separator);
}

static void add_prop_remarks(struct buf *out, const struct prop_change *p, bool colour)
{
	if (!p->replaces && !p->maybe_replaces && !p->irreversible && !p->drift)
		return;
	ui_colour(out, colour, p->replaces ? UI_RED : UI_DIM);
	buf_cstr(out, "  #");
	if (p->replaces)
		buf_cstr(out, " forces replacement");
	else if (p->maybe_replaces)
		buf_cstr(out, " may force replacement");
	if (p->irreversible)
		buf_cstr(out, p->replaces || p->maybe_replaces ? ", not reversible" : " not reversible");
	if (p->drift)
		buf_cstr(out, p->replaces || p->maybe_replaces || p->irreversible ? ", changed outside of drplan"
										  : " changed outside of drplan");
	ui_colour(out, colour, UI_PLAIN);
}

static void add_prop(struct buf *out, const struct prop_change *p, bool colour)
{
	static const char symbols[] = {[PROP_ADD] = '+', [PROP_CHANGE] = '~', [PROP_REMOVE] = '-', [PROP_LEFT] = ' ',
					[PROP_FOREIGN] = ' '};
	static const enum ui_colour colours[] = {
	    [PROP_ADD] = UI_GREEN,
	    [PROP_CHANGE] = UI_YELLOW,
	    [PROP_REMOVE] = UI_RED,
	    [PROP_LEFT] = UI_DIM,
	    [PROP_FOREIGN] = UI_DIM,
	};
	size_t start;

	buf_pad(out, ' ', PROP_INDENT);
	ui_colour(out, colour, colours[p->kind]);
	buf_char(out, symbols[p->kind]);
	ui_colour(out, colour, UI_PLAIN);
	buf_char(out, ' ');
	start = out->n;
	ui_text(out, p->path);
	buf_char(out, ':');
	if (p->kind != PROP_ADD)
		planui_value(out, p->before, PROP_INDENT + 2 + (out->n - start), PROP_INDENT + 4);
	if (p->kind == PROP_CHANGE)
		buf_cstr(out, " →");
	if (p->kind == PROP_CHANGE || p->kind == PROP_ADD)
		planui_value(out, p->after, PROP_INDENT + 2 + (out->n - start), PROP_INDENT + 4);
	if (p->kind == PROP_LEFT)
		buf_cstr(out, "  # no longer written; AWS's value is left as it is");
	if (p->kind == PROP_FOREIGN)
		buf_cstr(out, "  # not ours, left alone");
	add_prop_remarks(out, p, colour);
	buf_char(out, '\n');
}

static void add_name(struct buf *out, const struct plan *p, const struct change *c)
{
	ui_text(out, c->address);
	buf_cstr(out, " (");
	buf_str(out, c->type ? type_name(c->type) : STR("unknown type"));
	if (p->stack && p->stack->n_targets > 1 && c->target < p->stack->n_targets) {
		buf_cstr(out, " in ");
		ui_text(out, p->stack->targets[c->target].name);
	}
	buf_char(out, ')');
}

static void add_change(struct buf *out, const struct plan *p, const struct change *c, bool colour)
{
	const char *symbol = planui_symbol(c);

	buf_pad(out, ' ', 3 - strlen(symbol));
	ui_colour(out, colour, planui_colour(c->action));
	buf_cstr(out, symbol);
	ui_colour(out, colour, UI_PLAIN);
	buf_char(out, ' ');
	ui_colour(out, colour, UI_BOLD);
	add_name(out, p, c);
	ui_colour(out, colour, UI_PLAIN);
	add_remarks(out, c);
	buf_char(out, '\n');
	if (c->action == ACT_DELETE || c->action == ACT_FORGET)
		return;
	for (size_t i = 0; i < c->n_props; i++)
		add_prop(out, &c->props[i], colour);
}

/* Changes are in topological order; one pass per phase keeps that order within each. */
static void add_changes(struct buf *out, const struct plan *p, bool colour)
{
	size_t n_phases = p->stack ? p->stack->n_phases : 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->changes[i].phase >= n_phases)
			n_phases = p->changes[i].phase + 1;
	for (size_t k = 0; k < n_phases; k++) {
		uint32_t phase = (uint32_t)(p->destroy ? n_phases - 1 - k : k);
		bool named = false;

		for (size_t i = 0; i < p->n; i++) {
			const struct change *c = &p->changes[p->destroy ? p->n - 1 - i : i];

			if (c->phase != phase || c->action == ACT_NONE)
				continue;
			if (!named) {
				ui_colour(out, colour, UI_CYAN);
				buf_cstr(out, "phase ");
				ui_text(out, planui_phase(p, phase));
				ui_colour(out, colour, UI_PLAIN);
				buf_char(out, '\n');
			}
			named = true;
			add_change(out, p, c, colour);
		}
		if (named)
			buf_char(out, '\n');
	}
}

/* One value that is seen and left alone: moved by itself, no longer written, or not ours. */
static void add_note(struct buf *out, const struct change *c, const struct prop_change *n, bool colour)
{
	ui_colour(out, colour, UI_DIM);
	buf_cstr(out, "    ");
	ui_text(out, c->address);
	buf_char(out, '.');
	ui_text(out, n->path);
	buf_char(out, ':');
	planui_value(out, n->before ? n->before : n->after, 0, 8);
	if (n->kind == PROP_LEFT) {
		buf_cstr(out, ", no longer written");
	} else if (n->kind == PROP_FOREIGN) {
		buf_cstr(out, ", not ours");
	} else if (n->before && n->after) {
		buf_cstr(out, ", written");
		planui_value(out, n->after, 0, 8);
	}
	ui_colour(out, colour, UI_PLAIN);
	buf_char(out, '\n');
}

static void add_notes(struct buf *out, const struct plan *p, bool colour)
{
	size_t start = out->n;

	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < p->changes[i].n_noted; k++) {
			if (out->n == start)
				buf_cstr(out, "left as it is\n");
			add_note(out, &p->changes[i], &p->changes[i].noted[k], colour);
		}
	if (out->n != start)
		buf_char(out, '\n');
}

static bool same_output(const struct value *before, const struct value *after)
{
	return before && after ? value_equal(before, after) : before == after;
}

static void add_outputs(struct buf *out, const struct plan *p, bool colour)
{
	size_t start = out->n;

	for (size_t i = 0; i < p->n_outputs; i++) {
		const struct value *before = p->outputs[i].before, *after = p->outputs[i].after;
		struct prop_change change = {
		    .path = p->outputs[i].out->name,
		    .before = before,
		    .after = after,
		    .kind = !before  ? PROP_ADD
			    : !after ? PROP_REMOVE
				     : PROP_CHANGE,
		};

		if (same_output(before, after))
			continue;
		if (out->n == start)
			buf_cstr(out, "outputs\n");
		add_prop(out, &change, colour);
	}
	if (out->n != start)
		buf_char(out, '\n');
}

static void add_deferred(struct buf *out, const struct plan *p)
{
	for (size_t i = 0; i < p->n_deferred; i++) {
		const struct deferral *d = &p->deferred[i];
		const struct change step = {.action = d->action};

		buf_fmt(out, "%sdeferred: %s ", i ? "" : "\n", planui_symbol(&step));
		ui_text(out, d->address);
		buf_cstr(out, " (target ");
		ui_text(out, p->stack->targets[d->target].name);
		buf_cstr(out, " is not asked)\n");
	}
}

static void add_owed(struct buf *out, const struct plan *p)
{
	for (size_t i = 0; i < p->n_owed; i++) {
		buf_cstr(out, "The gate of phase ");
		ui_text(out, p->owed[i]);
		buf_cstr(out, " did not pass yet: apply asks it before a later phase begins.\n");
	}
}

static void add_counts(struct buf *out, const struct plan *p, bool colour)
{
	const struct plan_totals *t = &p->totals;

	ui_colour(out, colour, UI_BOLD);
	buf_fmt(out, "Plan: %zu to add, %zu to change, %zu to destroy", t->create + t->replace, t->update,
		t->remove + t->replace);
	if (t->read)
		buf_fmt(out, ", %zu to read", t->read);
	if (t->forget)
		buf_fmt(out, ", %zu to forget", t->forget);
	buf_cstr(out, ".");
	ui_colour(out, colour, UI_PLAIN);
	buf_char(out, '\n');
	if (p->partial)
		buf_cstr(out, "This is a part of the stack only: -target, -exclude or --phase left something out, or a target is unreachable.\n");
}

/* What moved, as it went: from what was applied to what is live, the other way round than a change would go. */
static void add_moved(struct buf *out, const struct prop_change *p, bool colour)
{
	struct prop_change moved = {.path = p->path, .kind = p->kind, .before = p->after, .after = p->before};

	if (p->kind == PROP_ADD)
		moved.kind = PROP_REMOVE;
	else if (p->kind == PROP_REMOVE || p->kind == PROP_LEFT || p->kind == PROP_FOREIGN)
		moved.kind = PROP_ADD;
	add_prop(out, &moved, colour);
}

/* A refresh-only plan: what changed behind drplan's back, and nothing to be done about it. */
static void add_drift(struct buf *out, const struct plan *p, bool colour)
{
	size_t start = out->n;

	for (size_t i = 0; i < p->n; i++) {
		const struct change *c = &p->changes[i];
		bool named = false;

		for (size_t k = 0; k <= c->n_noted; k++) {
			bool gone = k == 0 && c->gone;

			if (!gone && (k == 0 || !c->noted[k - 1].drift))
				continue;
			if (out->n == start)
				buf_cstr(out, "Changed outside of drplan since the last apply:\n\n");
			if (!named) {
				buf_fmt(out, "  %s ", c->gone ? "-" : "~");
				add_name(out, p, c);
				buf_cstr(out, c->gone ? ": it was deleted\n" : "\n");
			}
			named = true;
			if (!gone && !c->gone)
				add_moved(out, &c->noted[k - 1], colour);
		}
	}
	if (out->n == start)
		buf_cstr(out, "No changes. What is live is what was applied.\n");
	else
		buf_cstr(out, "\nNothing was changed. drplan apply puts back what the stack says.\n");
}

void planui_plan(const struct plan *p, struct buf *out, bool colour)
{
	if (!p->applyable) {
		add_drift(out, p, colour);
		return;
	}
	if (plan_empty(p)) {
		add_notes(out, p, colour);
		add_outputs(out, p, colour);
		buf_cstr(out, p->destroy ? "No changes. There is nothing to destroy.\n"
			  : p->partial ? "No changes in the part of the stack that was looked at.\n"
					 : "No changes. What is live matches the stack.\n");
		add_owed(out, p);
		add_deferred(out, p);
		return;
	}
	add_changes(out, p, colour);
	add_notes(out, p, colour);
	add_outputs(out, p, colour);
	add_deferred(out, p);
	add_owed(out, p);
	add_counts(out, p, colour);
}
