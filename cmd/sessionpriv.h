/* The pieces of opening a session: session.c opens one from the working tree, booksession.c from the state alone. */
#ifndef DRPLAN_CMD_SESSIONPRIV_H
#define DRPLAN_CMD_SESSIONPRIV_H

#include "cmd/cmd.h"
#include "planner/run.h"
#include "planner/runbook.h"
#include "planner/source.h"

struct vars {
	struct stack_var *items;
	size_t n, cap;
};

bool session_vars(struct session *s, struct vars *v);	/* of environment and options; later ones win */
/* The state belongs to one stack and one provider: others are refused. */
bool session_owner(struct session *s, const char *key, struct str ours, const char *help);
bool session_state_name(struct session *s);	/* state_path, of the loaded stack */
bool session_provider(struct session *s);
bool session_seed(struct session *s, struct provider *sim);	/* --seed */
void session_places(struct session *s);		/* and env, of the loaded stack */
/* The stored source with the command's own variables. */
bool session_source(struct session *s, struct stored *out);
/* rehearseplan.c: a run_options.event, beside the progress. */
void rehearsal_event(void *ctx, const struct run_event *e);
/* rehearseshow.c: every Approval is given; what a run says of the real one. */
bool rehearsal_approve(void *ctx, struct str step, struct str question);
void rehearsal_summary(struct session *s, const struct runbook *rb, const struct book *b, enum book_outcome outcome);
bool session_frozen(struct session *s);		/* --unreachable, into env */

#endif
