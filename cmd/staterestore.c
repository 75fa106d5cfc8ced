/* drplan state restore: the backups beside a state, or one of them put in its place. */
#include "cmd/cmd.h"

#include "base/json.h"

static struct value *backup_json(struct arena *a, const struct state_backup *b)
{
	struct pos none = {0};
	struct value *m = value_map(a, none);

	value_set(a, m, STR("path"), none, value_string(a, none, b->path));
	if (b->damage.n) {
		value_set(a, m, STR("damage"), none, value_string(a, none, b->damage));
		return m;
	}
	value_set(a, m, STR("serial"), none, value_int(a, none, b->serial));
	value_set(a, m, STR("resources"), none, value_int(a, none, (int64_t)b->resources));
	value_set(a, m, STR("lineage"), none, value_string(a, none, b->lineage));
	value_set(a, m, STR("at"), none, value_string(a, none, time_rfc3339(a, b->made_ms, false)));
	return m;
}

static int list(struct session *s)
{
	struct value *all = value_list(&s->arena, (struct pos){0});
	struct state_backup *backups;
	size_t n = state_backups(&s->arena, s->state_path.p, &backups);
	struct buf b;

	buf_init(&b, UI_MAX);
	for (size_t i = 0; i < n; i++) {
		value_append(&s->arena, all, backup_json(&s->arena, &backups[i]));
		if (s->ui.json)
			continue;
		ui_text(&b, backups[i].path);
		if (backups[i].damage.n)
			buf_fmt(&b, "  %.*s\n", STR_ARG(backups[i].damage));
		else
			buf_fmt(&b, "  serial %lld, %zu resources, last run %.*s\n", (long long)backups[i].serial,
				backups[i].resources, STR_ARG(time_rfc3339(&s->arena, backups[i].made_ms, false)));
	}
	if (s->ui.json) {
		json_write(&b, all, JSON_PRETTY);
		buf_char(&b, '\n');
	} else if (!n) {
		buf_cstr(&b, "There is no backup of ");
		ui_text(&b, s->state_path);
		buf_cstr(&b, ".\n");
	}
	ui_out(&s->ui, &b);
	buf_free(&b);
	return EXIT_DONE;
}

int cmd_state_restore(struct session *s)
{
	struct state_options opt = {.mode = STATE_WRITE,
				    .lock_timeout_ms = option_number(&s->opt, OPT_LOCK_TIMEOUT, 0),
				    .command = "state restore"};
	struct state_backup from;
	struct str aside;
	struct buf b;

	if (s->opt.n_args > 2)
		return session_usage(s, "restore takes one backup, or nothing to list them");
	if (!session_state_path(s))
		return session_status(s);
	if (s->opt.n_args == 1)
		return list(s);
	if (!state_restore(&s->arena, s->state_path.p, s->opt.args[1].p, &opt, &from, &aside, &s->errs))
		return session_status(s);
	buf_init(&b, UI_MAX);
	buf_fmt(&b, "Restored as of %.*s, with %zu resources.\n", STR_ARG(time_rfc3339(&s->arena, from.made_ms, false)),
		from.resources);
	if (aside.n) {
		buf_cstr(&b, "What stood there is kept: ");
		ui_text(&b, aside);
		buf_char(&b, '\n');
	}
	buf_cstr(&b, "What was made after that run is not known to it: compare with `drplan plan`.\n");
	ui_out(&s->ui, &b);
	buf_free(&b);
	return EXIT_DONE;
}
