/* Machine-readable output: JSON lines on stdout, in the shape that Terraform's have. docs/json.md names every message.
 *
 * The first line is of type "version" and carries the version of this interface in "ui": a new field or type raises
 * its minor number, anything that could break a reader its major one.
 */
#ifndef DRPLAN_CMD_JSONUI_H
#define DRPLAN_CMD_JSONUI_H

#include "cmd/ui.h"
#include "planner/run.h"

#define JSONUI_VERSION "1.0"

void jsonui_version(struct ui *ui, struct arena *a);
/* resource_drift, planned_change, outputs and change_summary. */
void jsonui_plan(struct ui *ui, struct arena *a, const struct plan *p);
void jsonui_event(struct ui *ui, struct arena *a, const struct run_event *e);
void jsonui_summary(struct ui *ui, struct arena *a, const char *operation, const struct run_result *r);
/* One "recovered" message each; and the end of a rollback. */
void jsonui_recovered(struct ui *ui, struct arena *a, const struct recovery *r, size_t n);
void jsonui_undone(struct ui *ui, struct arena *a, const struct run_result *r);
void jsonui_outputs(struct ui *ui, struct arena *a, const struct state_output *out, size_t n);
void jsonui_diagnostics(struct ui *ui, struct arena *a, const struct errs *errs);
/* One diagnostic as an object, for validate's document too. */
struct value *jsonui_diagnostic(struct arena *a, const struct errs *errs, const struct err *e);
/* A message of one's own: made, filled, written. */
struct value *jsonui_message(struct arena *a, const char *type, struct str text);
void jsonui_write(struct ui *ui, const struct value *message);
/* A message that is none of the above: type "log". */
void jsonui_log(struct ui *ui, struct arena *a, struct str message);

#endif
