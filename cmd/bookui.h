/* Runbooks for people and for programs: the list of steps with estimates, lines for what is over, and on a terminal one
 * line that is redrawn: step, what it waits for, how long, and the RTO clock. With -json each is a message. */
#ifndef DRPLAN_CMD_BOOKUI_H
#define DRPLAN_CMD_BOOKUI_H

#include "cmd/ui.h"
#include "planner/runbook.h"

/* rows: what earlier runs say, parallel to the steps; or NULL. estimates in ms, -1 = unknown; or NULL. */
void bookui_steps(struct ui *ui, struct arena *a, const struct runbook *rb, struct str kind,
		  const struct runbook_row *rows, const int64_t *estimates);
void bookui_begin(struct ui *ui, struct arena *a, const struct value *objectives);
void bookui_event(void *ctx, const struct book_event *e);	/* a book_options.event; ctx is not used */
bool bookui_interrupted(void);		/* a book_options.interrupted; moves the clock on */
void bookui_pause(void);		/* the line goes away: somebody is asked */
void bookui_end(void);
void bookui_summary(struct ui *ui, struct arena *a, const struct runbook *rb, const struct runbook_run *run,
		    const struct runbook_row *rows, enum book_outcome outcome);

#endif
