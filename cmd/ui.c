/* Streams, colours, the progress line and the question. See ui.h; planui.c and jsonui.c write what passes through here.
 */
#include "cmd/ui.h"

#include "base/file.h"
#include "base/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool wants_colour(int fd, bool no_color)
{
	const char *never = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return !no_color && !(never && *never) && isatty(fd) && !(term && strcmp(term, "dumb") == 0);
}

void ui_init(struct ui *ui, bool json, bool no_color)
{
	const char *term = getenv("TERM");

	memset(ui, 0, sizeof(*ui));
	ui->json = json;
	ui->out_colour = wants_colour(STDOUT_FILENO, no_color);
	ui->err_colour = wants_colour(STDERR_FILENO, no_color);
	ui->err_terminal = isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
	buf_init(&ui->line, 4096);
}

void ui_free(struct ui *ui)
{
	buf_free(&ui->line);
}

void ui_out(struct ui *ui, const struct buf *b)
{
	if (ui->out_failed)
		return;
	if (b->overflow)
		ui->out_failed = EFBIG;
	else if (!file_write_all(STDOUT_FILENO, buf_get(b)))
		ui->out_failed = errno;
}

void ui_json(struct ui *ui, const struct value *document)
{
	struct buf b;

	buf_init(&b, UI_MAX);
	json_write(&b, document, JSON_PRETTY);
	buf_char(&b, '\n');
	ui_out(ui, &b);
	buf_free(&b);
}

static const char erase_line[] = "\r\033[K";

/* Nothing can be done about a stderr that is gone: its writes are the only ones whose failure is not an error. */
static void write_stderr(const char *p, size_t n)
{
	(void)file_write_all(STDERR_FILENO, (struct str){p, n});
}

void ui_note(struct ui *ui, const struct buf *b)
{
	if (ui->line.n)
		write_stderr(erase_line, sizeof(erase_line) - 1);
	write_stderr(b->p, b->n);
	if (ui->line.n)
		write_stderr(ui->line.p, ui->line.n);
}

static size_t terminal_width(void)
{
	struct winsize w = {0};

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 10 ? w.ws_col : 80;
}

bool ui_screen(size_t *rows, size_t *columns)
{
	struct winsize w = {0};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col <= 10 || w.ws_row <= 3)
		return false;
	*rows = w.ws_row;
	*columns = w.ws_col;
	return true;
}

void ui_word(struct buf *b, const char *before, struct str word, size_t indent, size_t width)
{
	size_t start = b->n;

	while (start && b->p[start - 1] != '\n')
		start--;
	if (width && b->n - start + 1 + strlen(before) + word.n > width) {
		buf_char(b, '\n');
		buf_pad(b, ' ', indent);
	} else {
		buf_char(b, ' ');
	}
	buf_cstr(b, before);
	ui_text(b, word);
}

void ui_progress(struct ui *ui, const struct buf *line)
{
	size_t width, n = 0, chars = 0;

	if (!ui->err_terminal || ui->json)
		return;
	for (width = terminal_width() - 1; n < line->n; n++) {
		if (((unsigned char)line->p[n] & 0xC0) != 0x80 && chars++ == width)
			break;
	}
	buf_clear(&ui->line);
	buf_cstr(&ui->line, erase_line);
	buf_add(&ui->line, line->p, n);
	write_stderr(ui->line.p, ui->line.n);
}

void ui_progress_end(struct ui *ui)
{
	if (ui->line.n)
		write_stderr(erase_line, sizeof(erase_line) - 1);
	buf_clear(&ui->line);
}

bool ui_finish(struct ui *ui)
{
	ui_progress_end(ui);
	/* Some file systems tell of a full disk only when the file is closed. */
	if (!ui->out_failed && close(STDOUT_FILENO) != 0 && errno != EBADF)
		ui->out_failed = errno;
	errno = ui->out_failed;
	return ui->out_failed == 0;
}

void ui_colour(struct buf *b, bool on, enum ui_colour c)
{
	static const char *const codes[] = {
	    [UI_PLAIN] = "\033[0m",  [UI_BOLD] = "\033[1m",    [UI_DIM] = "\033[2m",   [UI_RED] = "\033[31m",
	    [UI_GREEN] = "\033[32m", [UI_YELLOW] = "\033[33m", [UI_CYAN] = "\033[36m",
	};

	if (on)
		buf_cstr(b, codes[c]);
}

void ui_text(struct buf *b, struct str s)
{
	buf_visible(b, s, false);
}

bool ui_can_ask(void)
{
	return isatty(STDIN_FILENO);
}

bool ui_ask(struct ui *ui, const struct buf *question, struct arena *a, struct str *answer)
{
	char line[256];
	size_t n = 0;

	ui_progress_end(ui);
	write_stderr(question->p, question->n);
	while (n < sizeof(line)) {
		ssize_t r = read(STDIN_FILENO, line + n, 1);

		if (r <= 0)
			return false;
		if (line[n] == '\n')
			break;
		n++;
	}
	*answer = str_dup(a, str_trim((struct str){line, n}));
	return true;
}

bool ui_yes(struct ui *ui, struct buf *question, struct arena *a)
{
	struct str answer = STR_NONE;

	buf_cstr(question, " Only 'yes' is taken for a yes: ");
	ui_ask(ui, question, a, &answer);
	buf_free(question);
	return str_eqc(answer, "yes");
}
