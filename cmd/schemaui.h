/* Type schemas for programs: `schema -json` (schemajson.c), and what it shares with the text form (schema.c). */
#ifndef DRPLAN_CMD_SCHEMAUI_H
#define DRPLAN_CMD_SCHEMAUI_H

#include "model/model.h"

enum { SCHEMAUI_DEPTH = 12 };	/* schemas may recurse */

/* "create", "read", ...: names has room for eight. */
size_t schemaui_abilities(const struct type *t, const char **names);
void schemaui_kinds(struct buf *b, const struct schema *s);	/* "string or integer" */
/* {"format_version", "types": {name: {...}}}; of one type, or of all when t is NULL. */
void schemaui_json(struct arena *a, const struct type *t, struct buf *out);

#endif
