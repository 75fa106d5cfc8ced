/* Help, printed from the command table and the option table. */
#include "cmd/cmd.h"

enum { HELP_COLUMN = 26 };

static void add_row(struct buf *out, struct str left, const char *right)
{
	buf_cstr(out, "  ");
	buf_str(out, left);
	buf_pad(out, ' ', left.n + 2 < HELP_COLUMN ? HELP_COLUMN - left.n : 2);
	buf_cstr(out, right);
	buf_char(out, '\n');
}

/* Those that there are, or those still to come, under a heading; nothing where there are none. */
static void add_commands(struct buf *out, const char *heading, bool later)
{
	bool any = false;

	for (const struct command *c = commands; c->name; c++) {
		if ((c->run == NULL) != later)
			continue;
		if (!any)
			buf_cstr(out, heading);
		any = true;
		add_row(out, str_of(c->name), c->summary);
	}
}

void help_all(struct arena *a, struct buf *out)
{
	buf_cstr(out, "drplan builds, proves and runs the disaster-recovery side of an AWS application.\n\n"
		      "usage: drplan COMMAND [OPTIONS] [ARGUMENTS]\n");
	add_commands(out, "\ncommands:\n", false);
	add_commands(out, "\nnot supported yet:\n", true);
	buf_cstr(out, "\noptions of every command:\n");
	for (size_t i = 0; i < OPT_COUNT; i++)
		if (option_rows[i].commands == IN_ALL)
			add_row(out, option_spelling(a, (enum option_id)i, true), option_rows[i].help);
	buf_cstr(
	    out,
	    "\nexit status: 0 done, 1 failed, 2 changes (-detailed-exitcode), 3 undone except for what is listed,\n"
	    "64 usage, 75 state locked, 130 or 143 interrupted and resumable\n\n"
	    "try: drplan plan template.yaml --sim       more: drplan help COMMAND, man drplan\n");
}

void help_command(struct arena *a, const struct command *c, struct buf *out)
{
	buf_fmt(out, "usage: drplan %s%s%s%s\n\n%s\n", c->name, c->run ? " [OPTIONS]" : "", *c->args ? " " : "",
		c->args, c->summary);
	if (!c->run)
		buf_cstr(out, "(not supported yet)\n");
	if (c->text)
		buf_fmt(out, "\n%s\n", c->text);
	buf_cstr(out, "\noptions:\n");
	for (size_t i = 0; i < OPT_COUNT; i++)
		if (option_rows[i].commands & c->bit)
			add_row(out, option_spelling(a, (enum option_id)i, true), option_rows[i].help);
}
