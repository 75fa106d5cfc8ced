/* main: finds the command, parses its options, runs it, prints what went wrong, and leaves with the right status.
 *
 * Before anything is read: no core dumps (memory holds secrets), files for the owner alone, signals under control, and
 * the first three descriptors taken.
 * The table of commands is in commands.c, the session in session.c.
 */
#include "cmd/cmd.h"

#include "base/log.h"
#include "cmd/jsonui.h"
#include "cmd/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void print_note(struct session *s, struct str text)
{
	struct buf b;

	buf_init(&b, UI_MAX);
	buf_str(&b, text);
	buf_char(&b, '\n');
	ui_note(&s->ui, &b);
	buf_free(&b);
}

static int print_help(struct session *s, const struct command *c)
{
	struct buf b;

	buf_init(&b, UI_MAX);
	if (c)
		help_command(&s->arena, c, &b);
	else
		help_all(&s->arena, &b);
	ui_out(&s->ui, &b);
	buf_free(&b);
	return EXIT_DONE;
}

static int unknown_command(struct session *s, struct str name)
{
	struct str names[64];
	size_t n = 0;

	for (const struct command *c = commands; c->name && n < 64; c++)
		names[n++] = str_of(c->name);
	print_note(s, str_fmt(&s->arena, "drplan: '%.*s' is not a command%.*s\nrun 'drplan help' for the list",
			      STR_ARG(name), STR_ARG(err_suggest(&s->arena, name, names, n))));
	return EXIT_USAGE;
}

/* Errors of the command: JSON lines on stdout for those who asked for them, text on stderr otherwise. */
static void print_errors(struct session *s)
{
	struct buf b;

	if (!s->errs.n)
		return;
	ui_progress_end(&s->ui);
	if (s->ui.json) {
		jsonui_diagnostics(&s->ui, &s->arena, &s->errs);
		return;
	}
	buf_init(&b, UI_MAX);
	errs_print(&s->errs, &b, s->ui.err_colour);
	ui_note(&s->ui, &b);
	buf_free(&b);
}

static int run_command(struct session *s, const struct command *c, int argc, char **argv)
{
	struct str message;
	enum log_level level;
	int status;

	s->command = c;
	if (!options_parse(&s->opt, &s->arena, c->bit, c->name, argc, argv, &message)) {
		print_note(s,
			   str_fmt(&s->arena, "%.*s\nrun 'drplan help %s' for its options", STR_ARG(message), c->name));
		return EXIT_USAGE;
	}
	if (option_on(&s->opt, OPT_HELP))
		return print_help(s, c);
	ui_free(&s->ui);
	ui_init(&s->ui, option_on(&s->opt, OPT_JSON), option_on(&s->opt, OPT_NO_COLOR));
	if (!c->run) {
		print_note(s, str_fmt(&s->arena, "drplan: '%s' is not supported yet", c->name));
		return EXIT_FAILED;
	}
	if (s->opt.n_args > c->max_args)
		return session_usage(s, "one argument too many: '%.*s'", STR_ARG(s->opt.args[c->max_args]));
	level = option_on(&s->opt, OPT_TRACE) ? LOG_TRACE : option_on(&s->opt, OPT_V) ? LOG_CALLS : LOG_QUIET;
	log_init(level, STDERR_FILENO);
	status = c->run(s);
	print_errors(s);
	return status;
}

static int dispatch(struct session *s, int argc, char **argv)
{
	struct str name = argc > 1 ? str_of(argv[1]) : STR_NONE;
	const struct command *c;

	if (argc < 2) {
		struct buf b;

		buf_init(&b, UI_MAX);
		help_all(&s->arena, &b);
		ui_note(&s->ui, &b);
		buf_free(&b);
		return EXIT_USAGE;
	}
	if (str_eqc(name, "-version") || str_eqc(name, "--version"))
		name = STR("version");
	if (str_eqc(name, "help") || str_eqc(name, "-help") || str_eqc(name, "--help") || str_eqc(name, "-h")) {
		if (argc == 2)
			return print_help(s, NULL);
		c = command_find(str_of(argv[2]));
		return c ? print_help(s, c) : unknown_command(s, str_of(argv[2]));
	}
	c = command_find(name);
	return c ? run_command(s, c, argc - 2, argv + 2) : unknown_command(s, name);
}

/* One that the caller closed must not become the state's or a connection's: what is printed would go there. Opened for
 * reading only, it lets writes fail as they should. */
static void std_open(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			_exit(EXIT_FAILED);
}

int main(int argc, char **argv)
{
	static const struct rlimit no_core = {0, 0};
	struct session s = {0};
	int status;

	std_open();
	setrlimit(RLIMIT_CORE, &no_core);
	umask(077);
	signals_init();
	s.errs.arena = &s.arena;
	s.errs.sources = &s.sources;
	ui_init(&s.ui, false, false);
	status = dispatch(&s, argc, argv);
	session_close(&s);
	if (!ui_finish(&s.ui)) {
		print_note(&s, str_fmt(&s.arena, "drplan: cannot write to standard output: %s", strerror(errno)));
		status = status == EXIT_DONE || status == EXIT_CHANGES ? EXIT_FAILED : status;
	}
	ui_free(&s.ui);
	log_reset();
	arena_free(&s.arena);
	return status;
}
