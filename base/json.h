/* JSON: a strict reader with positions and a canonical writer.
 *
 * The reader is our own (docs/architecture.md says why): it keeps the position of every node and the spelling of
 * numbers, refuses duplicate keys, and takes RFC 8259 and nothing else (no comments, no trailing commas, valid
 * UTF-8, paired surrogates). Depth is bounded by JSON_DEPTH. It passes the public JSONTestSuite cases (tests/).
 */
#ifndef DRPLAN_BASE_JSON_H
#define DRPLAN_BASE_JSON_H

#include "base/err.h"

#define JSON_DEPTH 256

/* A whole document; strings are copied into the arena. file is the index for positions (sources_add).
 * On failure adds one error and returns NULL. */
struct value *json_read(struct arena *a, struct str text, uint16_t file, struct errs *errs);
/* A document from a hostile peer (an API answer): duplicate keys let the last one win, as browsers and AWS SDKs do. */
struct value *json_read_lax(struct arena *a, struct str text, uint16_t file, struct errs *errs);

enum {
	JSON_SORTED = 1,	/* keys by bytes: the canonical form, for hashes; numbers keep their spelling */
	JSON_PRETTY = 2,	/* two spaces, newline after every item; none behind the last bracket */
	JSON_SECRETS = 4,	/* write secrets as they are; without it a secret is written as "(secret)" */
	JSON_TYPED = 8,		/* plain scalars become what they read as: true, false, null or ~, JSON's numbers */
};

/* Appends. A V_EXPR is written as the caller's expr function says, or as null without one. */
void json_write(struct buf *out, const struct value *v, unsigned flags);
void json_write_with(struct buf *out, const struct value *v, unsigned flags,
		     void (*expr)(struct buf *out, const struct value *v, unsigned flags));
void json_string(struct buf *out, struct str s);	/* quoted and escaped */

#endif
