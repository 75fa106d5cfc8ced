/* The terminal and the two standard streams: results on stdout, progress and errors on stderr.
 *
 * Colour is used where the stream is a terminal, unless NO_COLOR is set, TERM is dumb or -no-color was given. What
 * came from files or from AWS is written through ui_text, which makes control characters visible: nothing that was
 * read can move the cursor. Every write is checked; ui_finish says whether all of them arrived.
 */
#ifndef DRPLAN_CMD_UI_H
#define DRPLAN_CMD_UI_H

#include "base/err.h"

enum { UI_MAX = 1 << 28 };	/* bytes of one result: a bound, not a size */

struct ui {
	bool json;		/* results are JSON lines or documents; nothing else may go to stdout */
	bool out_colour, err_colour;
	bool err_terminal;	/* progress may redraw its line */
	int out_failed;		/* errno of the first write to stdout that failed */
	struct buf line;	/* the progress line that stands on the terminal, to be redrawn */
};

enum ui_colour { UI_PLAIN, UI_BOLD, UI_DIM, UI_RED, UI_GREEN, UI_YELLOW, UI_CYAN };

void ui_init(struct ui *ui, bool json, bool no_color);
void ui_free(struct ui *ui);
void ui_out(struct ui *ui, const struct buf *b);	/* result */
/* A document of drplan's own as the result, indented; secrets are left out. */
void ui_json(struct ui *ui, const struct value *document);
void ui_note(struct ui *ui, const struct buf *b);	/* to stderr, above the progress line */
/* The progress line: cut to the terminal's width. Nothing without a terminal. */
void ui_progress(struct ui *ui, const struct buf *line);
void ui_progress_end(struct ui *ui);
/* False if something was not written; errno says why. */
bool ui_finish(struct ui *ui);

/* Start a colour; UI_PLAIN ends it. Adds nothing when on is false. */
void ui_colour(struct buf *b, bool on, enum ui_colour c);
/* Text from elsewhere, on one line, control characters as \xNN. */
void ui_text(struct buf *b, struct str s);
/* A word after a blank, or at the beginning of the next line where it would not fit; before stays with it. width 0: there
 * is no end of the line. */
void ui_word(struct buf *b, const char *before, struct str word, size_t indent, size_t width);
/* Of the terminal that results go to; false: they go elsewhere. */
bool ui_screen(size_t *rows, size_t *columns);
/* A line of the user's answer, without the newline; false at end of input or when a signal came. */
bool ui_ask(struct ui *ui, const struct buf *question, struct arena *a, struct str *answer);
/* The same for a question of yes or no, which is freed. Anything but 'yes', and a signal, is a no. */
bool ui_yes(struct ui *ui, struct buf *question, struct arena *a);
bool ui_can_ask(void);

#endif
