/* Progress of a run: lines for what is finished, and on a terminal one line that is redrawn: phase, done of total, what
 * is waited for and for how long. Without a terminal there is nothing for what merely goes on.
 */
#ifndef DRPLAN_CMD_PROGRESS_H
#define DRPLAN_CMD_PROGRESS_H

#include "cmd/ui.h"
#include "planner/run.h"

void progress_begin(struct ui *ui, struct arena *a);
void progress_event(void *ctx, const struct run_event *e);	/* a run_options.event; ctx is not used */
/* A run_options.interrupted: asked at each turn of the run's loop, which is when the line's clock moves on. */
bool progress_interrupted(void);
void progress_end(void);

#endif
