/* drplan completion: shell scripts made from the command table and the option table, so that they cannot lag behind. */
#include "cmd/cmd.h"

static bool takes_file(const struct option_row *row)
{
	return row->kind == OPTION_FILE || row->kind == OPTION_EACH_FILE;
}

/* Descriptions stand between single quotes in every script. */
static void add_quoted(struct buf *b, const char *text, const char *escaped)
{
	for (; *text; text++) {
		if (*text == '\'')
			buf_cstr(b, escaped);
		else
			buf_char(b, *text);
	}
}

static void bash_options(struct arena *a, struct buf *b, const struct command *c)
{
	buf_fmt(b, "\t%s) words='", c->name);
	for (size_t i = 0; i < OPT_COUNT; i++) {
		if (!(option_rows[i].commands & c->bit))
			continue;
		buf_str(b, option_spelling(a, (enum option_id)i, false));
		buf_cstr(b, option_rows[i].arg ? "= " : " ");
	}
	if (c->bit == IN_STATE)
		buf_cstr(b, "list show ");
	if (c->bit == IN_COMPLETION)
		buf_cstr(b, "bash zsh fish ");
	if (c->bit == IN_SCHEMA)
		buf_cstr(b, "$(drplan schema 2>/dev/null | cut -d\" \" -f1) ");
	buf_cstr(b, "' ;;\n");
}

static void bash_script(struct arena *a, struct buf *b)
{
	buf_cstr(b, "# bash completion of drplan\n"
		    "_drplan() {\n"
		    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} words=\n"
		    "\tCOMPREPLY=()\n"
		    "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
		    "\t\tCOMPREPLY=($(compgen -W 'help ");
	for (const struct command *c = commands; c->name; c++)
		if (c->run)
			buf_fmt(b, "%s ", c->name);
	buf_cstr(b, "' -- \"$cur\"))\n\t\treturn\n\tfi\n"
		    "\tcase ${COMP_WORDS[1]} in\n");
	for (const struct command *c = commands; c->name; c++)
		if (c->run)
			bash_options(a, b, c);
	buf_cstr(b, "\tesac\n"
		    "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\") $(compgen -f -- \"$cur\"))\n"
		    "\t[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
		    "}\n"
		    "complete -o filenames -F _drplan drplan\n");
}

static void zsh_options(struct arena *a, struct buf *b, const struct command *c)
{
	buf_fmt(b, "\t%s) _arguments", c->name);
	for (size_t i = 0; i < OPT_COUNT; i++) {
		const struct option_row *row = &option_rows[i];
		bool each = row->kind == OPTION_EACH || row->kind == OPTION_EACH_FILE;

		if (!(row->commands & c->bit))
			continue;
		buf_fmt(b, " \\\n\t\t'%s", each ? "*" : "");
		buf_str(b, option_spelling(a, (enum option_id)i, false));
		buf_fmt(b, "%s[", row->arg ? "=" : "");
		add_quoted(b, row->help, "'\\''");
		buf_char(b, ']');
		if (row->arg)
			buf_fmt(b, ":%s:%s", row->arg, takes_file(row) ? "_files" : "");
		buf_char(b, '\'');
	}
	if (c->bit == IN_STATE)
		buf_cstr(b, " ':action:(list show)'");
	else if (c->bit == IN_COMPLETION)
		buf_cstr(b, " ':shell:(bash zsh fish)'");
	else if (c->bit == IN_SCHEMA)
		buf_cstr(b, " \":type:($(drplan schema 2>/dev/null | cut -d' ' -f1))\"");
	else
		buf_cstr(b, " '*:file:_files'");
	buf_cstr(b, " ;;\n");
}

static void zsh_script(struct arena *a, struct buf *b)
{
	buf_cstr(b, "#compdef drplan\n"
		    "_drplan() {\n"
		    "\tif (( CURRENT == 2 )); then\n"
		    "\t\tlocal -a commands=(\n\t\t\t'help:describe a command'\n");
	for (const struct command *c = commands; c->name; c++) {
		if (!c->run)
			continue;
		buf_fmt(b, "\t\t\t'%s:", c->name);
		add_quoted(b, c->summary, "'\\''");
		buf_cstr(b, "'\n");
	}
	buf_cstr(b, "\t\t)\n\t\t_describe command commands\n\t\treturn\n\tfi\n"
		    "\tshift words; (( CURRENT-- ))\n"
		    "\tcase $words[1] in\n");
	for (const struct command *c = commands; c->name; c++)
		if (c->run)
			zsh_options(a, b, c);
	buf_cstr(b, "\tesac\n}\ncompdef _drplan drplan\n");
}

static void fish_script(struct arena *a, struct buf *b)
{
	buf_cstr(b, "# fish completion of drplan\n");
	for (const struct command *c = commands; c->name; c++) {
		if (!c->run)
			continue;
		buf_fmt(b, "complete -c drplan -n __fish_use_subcommand -f -a %s -d '", c->name);
		add_quoted(b, c->summary, "\\'");
		buf_cstr(b, "'\n");
		for (size_t i = 0; i < OPT_COUNT; i++) {
			const struct option_row *row = &option_rows[i];
			struct str spelling = option_spelling(a, (enum option_id)i, false);
			bool twice = str_starts(spelling, STR("--"));

			if (!(row->commands & c->bit))
				continue;
			buf_fmt(b, "complete -c drplan -n '__fish_seen_subcommand_from %s' -%c %s %s-d '", c->name,
				twice ? 'l' : 'o', row->name, row->arg ? takes_file(row) ? "-r " : "-x " : "");
			add_quoted(b, row->help, "\\'");
			buf_cstr(b, "'\n");
		}
	}
	buf_cstr(b, "complete -c drplan -n '__fish_seen_subcommand_from state' -f -a 'list show'\n"
		    "complete -c drplan -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n"
		    "complete -c drplan -n '__fish_seen_subcommand_from schema' -f -a "
		    "'(drplan schema 2>/dev/null | string split -f1 \" \")'\n");
}

int cmd_completion(struct session *s)
{
	static const struct {
		const char *shell;
		void (*print)(struct arena *a, struct buf *b);
	} shells[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};
	struct buf b;

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (!s->opt.n_args || !str_eqc(s->opt.args[0], shells[i].shell))
			continue;
		buf_init(&b, UI_MAX);
		shells[i].print(&s->arena, &b);
		ui_out(&s->ui, &b);
		buf_free(&b);
		return EXIT_DONE;
	}
	return session_usage(s, "say which shell: bash, zsh or fish");
}
