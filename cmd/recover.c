/* drplan recover: what interrupted runs left open is decided, and told; plan, apply and destroy tell it the same way. */
#include "cmd/cmd.h"

#include "cmd/jsonui.h"
#include "cmd/signals.h"

static void add_line(struct buf *b, const struct recovery *r)
{
	static const char *const actions[] = {
	    [INTENT_CREATE] = "create", [INTENT_UPDATE] = "update", [INTENT_DELETE] = "delete"};

	buf_cstr(b, "  ");
	ui_text(b, r->address);
	buf_fmt(b, ": %s ", actions[r->action]);
	switch (r->decision) {
	case RECOVERY_ADOPTED:
		buf_cstr(b, "found: ");
		ui_text(b, r->id);
		break;
	case RECOVERY_ABSENT:
		buf_cstr(b, "not carried out");
		break;
	case RECOVERY_CLOSED:
		buf_cstr(b, "ended");
		break;
	case RECOVERY_UNDECIDED:
		buf_cstr(b, "undecided");
		break;
	}
	buf_cstr(b, " (");
	ui_text(b, r->why);
	buf_cstr(b, ")\n");
}

void recovery_show(struct session *s, const struct recovery *r, size_t n)
{
	struct buf b;

	if (s->ui.json) {
		jsonui_recovered(&s->ui, &s->arena, r, n);
		return;
	}
	if (!n)
		return;
	buf_init(&b, UI_MAX);
	buf_cstr(&b, "Left open by an interrupted run:\n");
	for (size_t i = 0; i < n; i++)
		add_line(&b, &r[i]);
	buf_char(&b, '\n');
	ui_out(&s->ui, &b);
	buf_free(&b);
}

int cmd_recover(struct session *s)
{
	struct recovery *r;
	struct buf b;
	size_t n;

	if (s->ui.json)
		jsonui_version(&s->ui, &s->arena);
	if (!session_load(s, s->opt.n_args ? s->opt.args[0] : STR_NONE) || !session_open(s) ||
	    !recover_all(&s->arena, &s->env, signals_interrupted, &r, &n, &s->errs))
		return session_status(s);
	recovery_show(s, r, n);
	if (!n && !s->ui.json) {
		buf_init(&b, UI_MAX);
		buf_cstr(&b, "Nothing is open.\n");
		ui_out(&s->ui, &b);
		buf_free(&b);
	}
	for (size_t i = 0; i < n; i++)
		if (r[i].decision == RECOVERY_UNDECIDED)
			return EXIT_FAILED;
	return EXIT_DONE;
}
