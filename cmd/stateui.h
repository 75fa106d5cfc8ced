/* What the state holds, as text: resources and outputs. Used by show, state, output and after apply. */
#ifndef DRPLAN_CMD_STATEUI_H
#define DRPLAN_CMD_STATEUI_H

#include "cmd/ui.h"
#include "state/state.h"

void stateui_outputs(struct buf *out, const struct state_output *items, size_t n);
void stateui_row(struct buf *out, const struct state_row *row, bool colour);
/* "kept", "replaced, to be deleted", ...; empty for an ordinary row. */
const char *stateui_status(const struct state_row *row);
/* A row as an object, for -json. */
struct value *stateui_json(struct arena *a, const struct state_row *row);

#endif
