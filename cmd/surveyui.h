/* Surveys (planner/survey.h) for people and programs; what status, doctor and check share. */
#ifndef DRPLAN_CMD_SURVEYUI_H
#define DRPLAN_CMD_SURVEYUI_H

#include "cmd/cmd.h"
#include "planner/survey.h"

/* The head line, what is wrong first with what to do about it, then the rest; or one JSON document. one_screen: no more than
 * the terminal shows, where there is one. */
void surveyui_show(struct session *s, const struct survey *survey, const char *what, bool one_screen);
/* Failed where something is red. */
int surveyui_status(const struct survey *survey);

#endif
