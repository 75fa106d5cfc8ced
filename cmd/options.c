/* The option table and its parser. Rows are sorted by name, so that enum option_id is their index and a lookup is a
 * binary search; tests/unit/test_cmd_options.c holds the order. Neighbours: commands.c (which command takes which
 * option), help.c and completion.c (which print from the same rows).
 */
#include "cmd/options.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

const struct option_row option_rows[OPT_COUNT] = {
    [OPT_ALLOW_CONTROL_PLANE] = {"allow-control-plane", NULL,
				 "a Dns step may change records, which needs Route 53's control plane in us-east-1",
				 IN_BOOKS, OPTION_BOOL, 0, 0},
    [OPT_ALLOW_DATA_LOSS] = {"allow-data-loss", NULL, "delete or replace what holds data too", IN_APPLY | IN_DESTROY,
			     OPTION_BOOL, 0, 0},
    [OPT_APPROVE] = {"approve", "NAME", "the Approval of this phase or step is given; may be repeated",
		     IN_APPLY | IN_BOOKS, OPTION_EACH, 0, 0},
    [OPT_APPROVE_FILE] = {"approve-file", "FILE", "Approvals are given by lines 'DIGEST PHASE' of a saved plan, 'RUN STEP' of a runbook",
			  IN_APPLY | IN_BOOKS, OPTION_FILE, 0, 0},
    [OPT_AUTO_APPROVE] = {"auto-approve", NULL, "do not ask before changing anything",
			  IN_APPLY | IN_DESTROY | IN_ROLLBACK | IN_BOOKS, OPTION_BOOL, 0, 0},
    [OPT_COVERAGE] = {"coverage", NULL, "what each type can do, as a table", IN_SCHEMA, OPTION_BOOL, 0, 0},
    [OPT_DESTROY] = {"destroy", NULL, "plan to delete everything that the state holds", IN_PLAN | IN_APPLY, OPTION_BOOL,
		     0, 0},
    [OPT_DESTROY_PRODUCTION] = {"destroy-production", "STACK",
				"in mode active too; names the stack, so that it is meant", IN_CHANGES, OPTION_TEXT, 0,
				0},
    [OPT_DETAILED_EXITCODE] = {"detailed-exitcode", NULL, "exit 0 for no changes, 1 for an error, 2 for changes",
			       IN_PLAN, OPTION_BOOL, 0, 0},
    [OPT_EXCLUDE] = {"exclude", "ADDRESS", "leave out this resource and what needs it; may be repeated", IN_CHANGES | IN_DRIFT,
		     OPTION_EACH, 0, 0},
    [OPT_FAULT] = {"fault", "TYPE:OPERATION:KIND", "the next such call of the rehearsal goes wrong; may be repeated",
		   IN_REHEARSE, OPTION_EACH, 0, 0},
    [OPT_FORCE] = {"force", NULL, "go on although the preflight is red", IN_BOOKS, OPTION_BOOL, 0, 0},
    [OPT_FORMAT] = {"format", "NAME", "json, junit or html instead of text for people; of runbook export: stepfunctions",
		    IN_REPORT | IN_RUNBOOK, OPTION_TEXT, 0, 0},
    [OPT_FROM] = {"from", "FILE", "a YAML or JSON file that maps addresses to ids", IN_IMPORT, OPTION_FILE, 0, 0},
    [OPT_FROM_TAGS] = {"from-tags", NULL,
		       "a lost state: look for everything by the tags that drplan gave it, or by parent or name",
		       IN_IMPORT, OPTION_BOOL, 0, 0},
    [OPT_GATES] = {"gates", NULL, "what the gates of the latest runs saw", IN_SHOW, OPTION_BOOL, 0, 0},
    [OPT_HELP] = {"help", NULL, "describe the command", IN_ALL, OPTION_BOOL, 0, 0},
    [OPT_IAM_POLICY] = {"iam-policy", NULL, "print the least policy that plan, apply, status and the runbooks need", IN_DOCTOR | IN_RUNBOOK,
			OPTION_BOOL, 0, 0},
    [OPT_INPUT] = {"input", NULL, "ask when something is missing; -input=false never asks",
		   IN_APPLY | IN_DESTROY | IN_ROLLBACK | IN_BOOKS, OPTION_BOOL, 0, 0},
    [OPT_JSON] = {"json", NULL, "machine-readable output: JSON lines for plan, apply and destroy, else one document",
		  IN_CHANGES | IN_REPAIRS | IN_BOOKS | IN_DRIFT | IN_LOOKS | IN_VALIDATE | IN_SHOW | IN_OUTPUT | IN_STATE | IN_SCHEMA |
		      IN_VERSION | IN_REPORT | IN_REHEARSE,
		  OPTION_BOOL, 0, 0},
    [OPT_JSON_SCHEMA] = {"json-schema", NULL, "the JSON Schema (draft 7) of stack files, for editors", IN_SCHEMA,
			 OPTION_BOOL, 0, 0},
    [OPT_LOCK_TIMEOUT] = {"lock-timeout", "DURATION", "wait this long for a locked state, as in 30s or 5m",
			  IN_CHANGES | IN_REPAIRS | IN_STATE | IN_BOOKS, OPTION_DURATION, 0, 0},
    [OPT_NO_COLOR] = {"no-color", NULL, "no colours, whatever the terminal can do", IN_ALL, OPTION_BOOL, 0, 0},
    [OPT_ON_FAILURE] = {"on-failure", "WHAT", "rollback, pause or keep what a failed phase did; else as the phase says",
			IN_APPLY, OPTION_TEXT, 0, 0},
    [OPT_OUT] = {"out", "FILE", "plan: save it, for `drplan apply FILE`; report: the folder for its files",
		 IN_PLAN | IN_REPORT, OPTION_FILE, 0, 0},
    [OPT_PARALLELISM] = {"parallelism", "N", "carry out at most N steps at once", IN_CHANGES | IN_DRIFT | IN_REPAIRS | IN_BOOKS,
			 OPTION_NUMBER, 1, 1000},
    [OPT_PHASE] = {"phase", "NAME", "only this phase; earlier ones must stand", IN_CHANGES, OPTION_TEXT, 0, 0},
    [OPT_PLANNED] = {"planned", NULL, "both sides are there: nothing may be lost", IN_FAILOVER | IN_RUNBOOK | IN_REHEARSE,
		     OPTION_BOOL, 0, 0},
    [OPT_RAW] = {"raw", NULL, "the text of one output and nothing else", IN_OUTPUT, OPTION_BOOL, 0, 0},
    [OPT_REFRESH] = {"refresh", NULL, "read what is live first; -refresh=false trusts the state", IN_CHANGES,
		     OPTION_BOOL, 0, 0},
    [OPT_REFRESH_ONLY] = {"refresh-only", NULL, "only show how the live resources differ from what was applied",
			  IN_PLAN | IN_APPLY, OPTION_BOOL, 0, 0},
    [OPT_REPLACE] = {"replace", "ADDRESS", "replace this resource; may be repeated", IN_PLAN | IN_APPLY, OPTION_EACH, 0,
		     0},
    [OPT_RESUME] = {"resume", NULL, "go on where the last run was killed, interrupted or failed", IN_BOOKS, OPTION_BOOL,
		    0, 0},
    [OPT_ROLLBACK_SCOPE] = {"rollback-scope", "WHAT", "undo the phase that failed, or with run all phases of the run",
			    IN_APPLY | IN_ROLLBACK, OPTION_TEXT, 0, 0},
    [OPT_SEED] = {"seed", "FILE", "with --sim: what others made in the simulated world is in this YAML or JSON file",
		  IN_CHANGES | IN_REPAIRS | IN_BOOKS | IN_DRIFT | IN_LOOKS | IN_REHEARSE, OPTION_FILE, 0, 0},
    [OPT_SIM] = {"sim", NULL, "on the built-in simulator instead of AWS; its world is .drplan/sim.db", IN_STATES,
		 OPTION_BOOL, 0, 0},
    [OPT_SKIP] = {"skip", "ADDRESS", "leave this resource as it is; may be repeated", IN_ROLLBACK, OPTION_EACH, 0, 0},
    [OPT_STATE] = {"state", "PATH", "the state file; else DRPLAN_STATE, else .drplan/STACK.db", IN_STATES, OPTION_FILE,
		   0, 0},
    [OPT_TARGET] = {"target", "ADDRESS", "only this resource and what it needs; may be repeated", IN_CHANGES | IN_DRIFT,
		    OPTION_EACH, 0, 0},
    [OPT_TO] = {"to", "TARGET", "where production shall run, as the runbook says it; a safeguard", IN_BOOKS,
		OPTION_TEXT, 0, 0},
    [OPT_TRACE] = {"trace", NULL, "what each planning pass did, and the calls with headers and bodies", IN_ALL,
		   OPTION_BOOL, 0, 0},
    [OPT_UNPLANNED] = {"unplanned", NULL, "the side that is left may be dead, and what it did not send may be lost",
		       IN_FAILOVER | IN_RUNBOOK | IN_REHEARSE, OPTION_BOOL, 0, 0},
    [OPT_UNREACHABLE] = {"unreachable", "TARGET", "do not ask or change this target; may be repeated",
			 IN_PLAN | IN_APPLY | IN_BOOKS | IN_LOOKS | IN_REHEARSE, OPTION_EACH, 0, 0},
    [OPT_V] = {"v", NULL, "one line per API call", IN_ALL, OPTION_BOOL, 0, 0},
    [OPT_VAR] = {"var", "NAME=VALUE", "the value of a parameter; may be repeated", IN_STACKS | IN_BOOKS | IN_LOOKS | IN_REHEARSE,
		 OPTION_EACH, 0,
		 0},
    [OPT_VAR_FILE] = {"var-file", "FILE", "a YAML or JSON file of parameter values; may be repeated",
		      IN_STACKS | IN_BOOKS | IN_LOOKS | IN_REHEARSE, OPTION_EACH_FILE, 0, 0},
    [OPT_WATCH] = {"watch", NULL, "look again every ten seconds, until interrupted", IN_STATUS, OPTION_BOOL, 0, 0},
};

static int row_compare(const void *key, const void *row)
{
	const struct str *name = key;
	const struct option_row *r = row;

	return str_cmp(*name, str_of(r->name));
}

static const struct option_row *row_find(struct str name, unsigned command)
{
	const struct option_row *row;

	if (str_eqc(name, "h"))
		name = STR("help");
	row = bsearch(&name, option_rows, OPT_COUNT, sizeof(option_rows[0]), row_compare);
	return row && (row->commands & command) ? row : NULL;
}

static struct str unknown_option(struct arena *a, struct str arg, struct str name, unsigned command,
				 const char *command_name)
{
	struct str names[OPT_COUNT];
	size_t n = 0;

	for (size_t i = 0; i < OPT_COUNT; i++)
		if (option_rows[i].commands & command)
			names[n++] = str_of(option_rows[i].name);
	return str_fmt(a, "drplan %s has no option '%.*s'%.*s", command_name, STR_ARG(arg),
		       STR_ARG(err_suggest(a, name, names, n)));
}

static bool set_bool(struct option_value *v, struct str name, bool has_value, struct str value, struct arena *a,
		     struct str *message)
{
	v->on = true;
	if (!has_value || str_eqc(value, "true"))
		return true;
	v->on = false;
	if (str_eqc(value, "false"))
		return true;
	*message = str_fmt(a, "option -%.*s is true or false, not '%.*s'", STR_ARG(name), STR_ARG(value));
	return false;
}

/* A value of the row's kind; the text is checked here, what it means is the command's matter. */
static bool set_value(struct options *o, struct arena *a, const struct option_row *row, struct str value,
		      struct str *message)
{
	enum option_id id = (enum option_id)(row - option_rows);
	struct option_value *v = &o->values[id];

	v->given = true;
	v->text = value;
	switch (row->kind) {
	case OPTION_NUMBER:
		if (str_int(value, row->min, row->max, &v->number))
			return true;
		*message = str_fmt(a, "option -%s takes a number from %lld to %lld, not '%.*s'", row->name,
				   (long long)row->min, (long long)row->max, STR_ARG(value));
		return false;
	case OPTION_DURATION:
		if (str_duration(value, &v->number))
			return true;
		*message =
		    str_fmt(a, "option -%s takes a duration such as 30s or 5m, not '%.*s'", row->name, STR_ARG(value));
		return false;
	case OPTION_EACH:
	case OPTION_EACH_FILE:
		o->items = arena_grow(a, o->items, &o->cap_items, o->n_items + 1, sizeof(o->items[0]));
		o->items[o->n_items++] = (struct option_item){id, value};
		break;
	case OPTION_BOOL:
	case OPTION_TEXT:
	case OPTION_FILE:
		break;
	}
	if (value.n)
		return true;
	*message = str_fmt(a, "option -%s needs a value that is not empty", row->name);
	return false;
}

/* One argument that begins with a dash; *i moves on when the value is the next one. */
static bool parse_option(struct options *o, struct arena *a, unsigned command, const char *command_name, int argc,
			 char **argv, int *i, struct str *message)
{
	struct str arg = str_of(argv[*i]);
	struct str name = str_sub(arg, arg.n > 1 && arg.p[1] == '-' ? 2 : 1, arg.n);
	ptrdiff_t eq = str_chr(name, '=', 0);
	struct str value = eq < 0 ? STR_NONE : str_sub(name, (size_t)eq + 1, name.n);
	const struct option_row *row;

	if (eq >= 0)
		name = str_sub(name, 0, (size_t)eq);
	row = row_find(name, command);
	if (!row) {
		*message = unknown_option(a, arg, name, command, command_name);
		return false;
	}
	if (row->kind == OPTION_BOOL) {
		struct option_value *v = &o->values[row - option_rows];

		v->given = true;
		return set_bool(v, name, eq >= 0, value, a, message);
	}
	if (eq < 0) {
		if (*i + 1 >= argc) {
			*message = str_fmt(a, "option -%s needs a value: -%s=%s", row->name, row->name, row->arg);
			return false;
		}
		value = str_of(argv[++*i]);
	}
	return set_value(o, a, row, value, message);
}

bool options_parse(struct options *o, struct arena *a, unsigned command, const char *command_name, int argc,
		   char **argv, struct str *message)
{
	bool ended = false;

	memset(o, 0, sizeof(*o));
	o->values[OPT_INPUT].on = true;
	o->values[OPT_REFRESH].on = true;
	for (int i = 0; i < argc; i++) {
		const char *arg = argv[i];

		if (!ended && strcmp(arg, "--") == 0) {
			ended = true;
		} else if (!ended && arg[0] == '-' && arg[1]) {
			if (!parse_option(o, a, command, command_name, argc, argv, &i, message))
				return false;
		} else {
			o->args = arena_grow(a, o->args, &o->cap_args, o->n_args + 1, sizeof(o->args[0]));
			o->args[o->n_args++] = str_of(arg);
		}
	}
	return true;
}

bool option_on(const struct options *o, enum option_id id)
{
	return o->values[id].on;
}

bool option_given(const struct options *o, enum option_id id)
{
	return o->values[id].given;
}

struct str option_text(const struct options *o, enum option_id id)
{
	return o->values[id].text;
}

int64_t option_number(const struct options *o, enum option_id id, int64_t otherwise)
{
	return o->values[id].given ? o->values[id].number : otherwise;
}

size_t option_each(const struct options *o, struct arena *a, enum option_id id, struct str **out)
{
	struct str *texts = arena_array(a, o->n_items, sizeof(texts[0]));
	size_t n = 0;

	for (size_t i = 0; i < o->n_items; i++)
		if (o->items[i].id == id)
			texts[n++] = o->items[i].text;
	*out = texts;
	return n;
}

struct str option_spelling(struct arena *a, enum option_id id, bool with_arg)
{
	const struct option_row *row = &option_rows[id];
	static const enum option_id ours[] = {
	    OPT_ALLOW_CONTROL_PLANE,
	    OPT_ALLOW_DATA_LOSS,
	    OPT_APPROVE,
	    OPT_APPROVE_FILE,
	    OPT_COVERAGE,
	    OPT_DESTROY_PRODUCTION,
	    OPT_FAULT,
	    OPT_FORCE,
	    OPT_FROM_TAGS,
	    OPT_GATES,
	    OPT_HELP,
	    OPT_IAM_POLICY,
	    OPT_JSON_SCHEMA,
	    OPT_ON_FAILURE,
	    OPT_PHASE,
	    OPT_PLANNED,
	    OPT_RESUME,
	    OPT_ROLLBACK_SCOPE,
	    OPT_SEED,
	    OPT_SIM,
	    OPT_SKIP,
	    OPT_TO,
	    OPT_TRACE,
	    OPT_UNPLANNED,
	    OPT_UNREACHABLE,
	    OPT_WATCH,
	};
	bool own = false;

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		own |= id == ours[i];

	if (with_arg && row->arg)
		return str_fmt(a, "%s%s=%s", own ? "--" : "-", row->name, row->arg);
	return str_fmt(a, "%s%s", own ? "--" : "-", row->name);
}
