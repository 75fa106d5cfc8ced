/* Commands: the table that main.c dispatches on, and the session that every command works in.
 *
 * A command is one function in a file of its own name. It returns the exit status (enum exit_status). Results go to
 * standard output through ui.h; errors are added to session->errs and printed once, by main.c, when the command is
 * over.
 */
#ifndef DRPLAN_CMD_CMD_H
#define DRPLAN_CMD_CMD_H

#include "cmd/options.h"
#include "cmd/ui.h"
#include "planner/plan.h"

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_CHANGES = 2,
	EXIT_UNDONE_EXCEPT = 3,
	EXIT_USAGE = 64,
	EXIT_LOCKED = 75,		/* and 128 + the signal's number for interrupted */
};

struct session {
	struct arena arena;
	struct sources sources;
	struct errs errs;
	struct options opt;
	const struct command *command;
	struct ui ui;

	/* session_load */
	struct str region;		/* of targets that name none; may be empty */
	struct stack *stack;
	/* session_open */
	struct str state_path;
	struct state *state;
	struct provider *provider;
	struct plan_env env;
	struct rehearsal *rehearsal;	/* rehearsal.h; NULL: it is meant */
};

struct command {
	const char *name;
	unsigned bit;			/* IN_... of options.h; 0 is no real command */
	int (*run)(struct session *s);	/* NULL: not supported yet */
	const char *args;		/* "[STACK]" */
	unsigned max_args;
	const char *summary;		/* one line for the list */
	const char *text;		/* more for its own help, or NULL */
};

extern const struct command commands[];	/* in the order of help; ends with a NULL name */
const struct command *command_find(struct str name);

int cmd_apply(struct session *s);
int cmd_check(struct session *s);
int cmd_completion(struct session *s);
int cmd_destroy(struct session *s);
int cmd_doctor(struct session *s);
int cmd_drift(struct session *s);
int cmd_drill(struct session *s);
int cmd_failback(struct session *s);
int cmd_failover(struct session *s);
int cmd_graph(struct session *s);
int cmd_import(struct session *s);
int cmd_output(struct session *s);
int cmd_plan(struct session *s);
int cmd_recover(struct session *s);
int cmd_rehearse(struct session *s);
int cmd_report(struct session *s);
int cmd_rollback(struct session *s);
int cmd_runbook(struct session *s);
int cmd_schema(struct session *s);
int cmd_show(struct session *s);
int cmd_state(struct session *s);
int cmd_status(struct session *s);
int cmd_state_restore(struct session *s);	/* staterestore.c: drplan state restore [FILE] */
int cmd_validate(struct session *s);
int cmd_version(struct session *s);

/* help.c */
void help_all(struct arena *a, struct buf *out);
void help_command(struct arena *a, const struct command *c, struct buf *out);

/* session.c: each returns false with errors added. */

/* Read the stack at path (empty: the working directory) with the variables of environment and options. */
bool session_load(struct session *s, struct str path);
/* Whatever can be said of the loaded stack without asking anybody: its properties, its order, its phases. The graph
 * may be NULL. */
bool session_check(struct session *s, struct graph *g);
/* Open the state of the loaded stack, check, open the provider, ask for facts, render: AWS is asked nothing about a stack
 * that is wrong. */
bool session_open(struct session *s);
/* The loaded stack in the state that is open: check, open the provider, ask for facts, render. */
bool session_bind(struct session *s);
/* Before anything is planned: no failover is half done, and the mode in the state is what the world shows. */
bool session_mode(struct session *s);
/* The stack as it was applied last, out of the state and nothing else: its files, parameters, facts and mode (booksession.c).
 * The provider is open, and nobody was asked for anything. */
bool session_open_stored(struct session *s, bool write);
/* Open a state for reading, without a stack: -state, DRPLAN_STATE, or the only one in .drplan. */
bool session_read_state(struct session *s);
bool session_state_path(struct session *s);	/* which one that would be; it need not be there when it is named */
bool session_write_state(struct session *s);	/* the same for writing; an existing one only */
void session_close(struct session *s);
/* What the options say about planning. */
void session_plan_options(struct session *s, struct plan_options *out);
/* The exit status that the errors ask for: locked, or failed; interrupted where a signal came. */
int session_status(const struct session *s);
/* A usage error found by the command itself: prints it and returns EXIT_USAGE. */
int session_usage(struct session *s, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* plan.c: load, open and plan; NULL with errors added. And print the plan, as text or JSON lines. */
struct plan *plan_stack(struct session *s, struct str path);
void plan_show(struct session *s, const struct plan *p);

/* execute.c: confirm and carry out a plan that was shown; what apply and destroy share. */
int execute_plan(struct session *s, struct plan *p, const char *verb);
int execute_undo(struct session *s);	/* confirm, undo the last run, tell */

/* bookcommand.c: the runbook of this name, out of the state: shown with its preflight, asked for, carried out. */
int book_command(struct session *s, struct str name);

/* The same in a session that is open. Where its provider is a rehearsal's, nobody is asked. */
int book_opened(struct session *s, struct str name);

/* recover.c: what became of open intents, for people (standard output) or as JSON lines. */
void recovery_show(struct session *s, const struct recovery *r, size_t n);

#endif
