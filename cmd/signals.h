/* Signals: the first SIGINT, SIGTERM or SIGHUP asks to settle, the second leaves at once.
 *
 * Leaving at once is safe at any instant: what was about to be done is in the journal. SIGPIPE is ignored, so that a
 * closed pipe is a failed write like any other.
 */
#ifndef DRPLAN_CMD_SIGNALS_H
#define DRPLAN_CMD_SIGNALS_H

#include <stdbool.h>

void signals_init(void);
bool signals_interrupted(void);
int signals_status(void);	/* 130, 143, 129; 0 when no signal came */

#endif
