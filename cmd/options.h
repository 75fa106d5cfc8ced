/* Options: one sorted table of rows drives parsing, help text, completion and the man page's test.
 *
 *	struct options o;
 *	if (!options_parse(&o, &arena, command, argc, argv, &message)) usage error: print message, exit 64
 *	if (option_on(&o, OPT_JSON)) ...
 *
 * `-x` and `--x` are the same; a value follows as `-x=value` or as the next argument; a boolean takes `=true` or
 * `=false` only. Options and arguments mix freely; `--` ends the options. The last occurrence wins, except that the
 * options that may be given several times keep all of them in order.
 */
#ifndef DRPLAN_CMD_OPTIONS_H
#define DRPLAN_CMD_OPTIONS_H

#include "base/str.h"

enum option_id {		/* in the order of the names */
	OPT_ALLOW_CONTROL_PLANE, OPT_ALLOW_DATA_LOSS, OPT_APPROVE, OPT_APPROVE_FILE, OPT_AUTO_APPROVE, OPT_COVERAGE, OPT_DESTROY,
	OPT_DESTROY_PRODUCTION, OPT_DETAILED_EXITCODE, OPT_EXCLUDE, OPT_FAULT, OPT_FORCE, OPT_FORMAT, OPT_FROM, OPT_FROM_TAGS,
	OPT_GATES, OPT_HELP, OPT_IAM_POLICY, OPT_INPUT, OPT_JSON, OPT_JSON_SCHEMA, OPT_LOCK_TIMEOUT, OPT_NO_COLOR, OPT_ON_FAILURE, OPT_OUT, OPT_PARALLELISM,
	OPT_PHASE, OPT_PLANNED, OPT_RAW, OPT_REFRESH, OPT_REFRESH_ONLY, OPT_REPLACE, OPT_RESUME, OPT_ROLLBACK_SCOPE, OPT_SEED, OPT_SIM,
	OPT_SKIP, OPT_STATE, OPT_TARGET, OPT_TO, OPT_TRACE, OPT_UNPLANNED, OPT_UNREACHABLE, OPT_V, OPT_VAR, OPT_VAR_FILE,
	OPT_WATCH,
	OPT_COUNT,
};

enum option_kind {
	OPTION_BOOL,
	OPTION_TEXT,
	OPTION_FILE,		/* a text that completion takes for a path */
	OPTION_NUMBER,
	OPTION_DURATION,	/* milliseconds */
	OPTION_EACH,		/* a text that may be given several times */
	OPTION_EACH_FILE,
};

enum {				/* which commands take an option: a bit each, in the order of the command table */
	IN_VALIDATE = 1, IN_PLAN = 2, IN_APPLY = 4, IN_DESTROY = 8, IN_SHOW = 16, IN_OUTPUT = 32, IN_STATE = 64,
	IN_GRAPH = 128, IN_SCHEMA = 256, IN_COMPLETION = 512, IN_VERSION = 1024, IN_ROLLBACK = 2048,
	IN_RECOVER = 4096, IN_LATER = 8192, IN_FAILOVER = 1 << 14, IN_FAILBACK = 1 << 15, IN_DRILL = 1 << 16,
	IN_RUNBOOK = 1 << 17, IN_IMPORT = 1 << 18, IN_DRIFT = 1 << 19,
	IN_REPORT = 1 << 20, IN_REHEARSE = 1 << 21, IN_STATUS = 1 << 22, IN_DOCTOR = 1 << 23, IN_CHECK = 1 << 24,
	IN_ALL = (1 << 25) - 1,
	IN_LOOKS = IN_STATUS | IN_DOCTOR | IN_CHECK,	/* the state is only read */
	IN_BOOKS = IN_FAILOVER | IN_FAILBACK | IN_DRILL | IN_RUNBOOK,
	IN_CHANGES = IN_PLAN | IN_APPLY | IN_DESTROY,
	IN_REPAIRS = IN_ROLLBACK | IN_RECOVER | IN_IMPORT,
	IN_STACKS = IN_CHANGES | IN_REPAIRS | IN_VALIDATE | IN_GRAPH | IN_DRIFT,
	IN_STATES = IN_CHANGES | IN_REPAIRS | IN_SHOW | IN_OUTPUT | IN_STATE | IN_BOOKS | IN_DRIFT | IN_REPORT |
		    IN_REHEARSE | IN_LOOKS,
};

struct option_row {
	const char *name;
	const char *arg;		/* "FILE" in help; NULL for a boolean */
	const char *help;		/* one sentence, no full stop */
	unsigned commands;		/* IN_... */
	enum option_kind kind;
	int64_t min, max;		/* OPTION_NUMBER */
};

extern const struct option_row option_rows[OPT_COUNT];

struct option_value {
	bool given;
	bool on;			/* OPTION_BOOL */
	int64_t number;			/* OPTION_NUMBER, OPTION_DURATION */
	struct str text;
};

struct option_item {			/* one occurrence of an OPTION_EACH */
	enum option_id id;
	struct str text;
};

struct options {
	struct option_value values[OPT_COUNT];
	struct option_item *items;	/* in order */
	size_t n_items, cap_items;
	struct str *args;		/* what is not an option */
	size_t n_args, cap_args;
};

/* Parse argv (without program and command) for the command with this bit and name. False: *message says what is
 * wrong, with a suggestion where one is near. */
bool options_parse(struct options *o, struct arena *a, unsigned command, const char *command_name, int argc, char **argv,
		   struct str *message);
bool option_on(const struct options *o, enum option_id id);
bool option_given(const struct options *o, enum option_id id);
struct str option_text(const struct options *o, enum option_id id);	/* empty when not given */
int64_t option_number(const struct options *o, enum option_id id, int64_t otherwise);
/* All texts of an OPTION_EACH, in order; returns their number. */
size_t option_each(const struct options *o, struct arena *a, enum option_id id, struct str **out);
/* "-out=FILE", "--sim": as help shows it. Terraform's names have one dash, drplan's own two. */
struct str option_spelling(struct arena *a, enum option_id id, bool with_arg);

#endif
