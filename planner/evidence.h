/* Evidence: what a run of a runbook has to show for itself, out of the state's journal and nothing else.
 *
 *	struct value *docs = evidence_list(a, state, id, &errs);	id 0: all runs, in the order in which they began
 *	evidence_junit(&buf, docs);  evidence_html(&buf, docs);		or json_write of one of them
 *
 * A document is {"drplan_evidence": 1, "sha256": H, "seal": S, "content": C}. H is the SHA-256 of C in canonical JSON
 * (keys sorted by bytes, no white space). When a run ends, H is written into its journal; C names the H that was
 * written before it, so that the evidence of all runs is one chain. S tells whether that still holds: "holds", "open"
 * (the run is not over), or "broken". docs/runbooks.md describes C.
 *
 *	evidence.c       the content          evidenceseal.c   the chain, the inventory's fingerprint
 *	evidencejunit.c, evidencehtml.c       renderings       evidencefile.c   files
 */
#ifndef DRPLAN_PLANNER_EVIDENCE_H
#define DRPLAN_PLANNER_EVIDENCE_H

#include "state/state.h"

#define EVIDENCE_MAX (64u << 20)	/* bytes of one rendering: a bound, not a size */

/* One run as it stands in the journal; previous is what it follows in the chain. NULL with errors. */
struct value *evidence_content(struct arena *a, struct state *st, const struct runbook_run *run, struct str previous,
			       struct errs *errs);

/* {resources, sha256} of what the state holds; the fingerprint of rows without their times. */
struct value *evidence_inventory(struct arena *a, struct state *st, struct errs *errs);
/* The run is over, and its row is written: its evidence joins the chain. The row is written again. */
bool evidence_seal(struct arena *a, struct state *st, struct runbook_run *run, struct errs *errs);
/* Documents, oldest first; empty where nothing was carried out. NULL with errors: no run of that number, or the journal
 * cannot be read. */
struct value *evidence_list(struct arena *a, struct state *st, int64_t id, struct errs *errs);

void evidence_junit(struct buf *out, const struct value *docs);
void evidence_html(struct buf *out, const struct value *docs);
/* Text from elsewhere inside XML or HTML: escaped, control characters made visible. */
void evidence_text(struct buf *out, struct str s);

enum { EVIDENCE_JSON = 1, EVIDENCE_JUNIT = 2, EVIDENCE_HTML = 4, EVIDENCE_ALL = 7 };
unsigned evidence_format(struct str name);	/* "json", "junit", "html"; else 0 */
/* A document in one format; how its file is called, and of which media type it is. */
struct str evidence_render(struct arena *a, const struct value *doc, unsigned format, struct buf *out,
			   const char **media);
/* Each document into the folder, which is made if it is missing: STACK-RUN.json, .xml, .html, readable by the owner. A
 * file is whole or not there. Paths are appended to the list written. */
bool evidence_write(struct arena *a, const struct value *docs, struct str folder, unsigned formats,
		    struct value *written, struct errs *errs);

#endif
