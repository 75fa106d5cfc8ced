/* Runbooks as state machines of AWS Step Functions, in JSONata, which call AWS by themselves (SDK integrations).
 *
 * A step becomes a branch of its own: a Parallel state whose error is the step's failure. Inside of it the states of its
 * verb look, choose, act and wait as the verb does, until the end state holds or the step's time is over:
 *
 *	static void emit(struct machine *m)
 *	{
 *		machine_begin(m, NULL, "look");
 *		machine_ask(m, "look", "rds:DescribeGlobalClusters", MAP(&m->v, TXT("GlobalClusterIdentifier", id)), ARN,
 *		    VARS(m, {"writes", jsonata(m, "$states.result...")}), "choose");
 *		machine_choose(m, "choose", BRANCHES({jsonata(m, "$writes"), DONE}), "act");
 *		machine_act(m, "act", "rds:FailoverGlobalCluster", ..., NULL, WAIT);
 *		machine_wait(m, "look");
 *	}
 *
 * Operations and members are written as AWS's models name them, checked against those, and turned into the names that
 * Step Functions gives them. Arguments of the step are m->v's: what verb.h says about reading them holds here.
 *
 *	export.c        stages, steps, ends        export_call.c   states, names, texts
 *	export_allow.c  refusals, permissions
 *	export_data.c   Aurora, snapshots          export_traffic.c  Capacity, Dns, Notify, Invoke, Call
 *	export_drs.c    Elastic Disaster Recovery  export_check.c  checks
 */
#ifndef DRPLAN_AWS_VERBS_EXPORT_H
#define DRPLAN_AWS_VERBS_EXPORT_H

#include "providers/aws/verbs/verb.h"

struct machine {
	struct export_book *b;
	struct verb v; /* arguments; its round holds all that is made */
	struct work work; /* of v: the targets */
	const struct export_step *step;
	struct value *states; /* of the branch at hand */
	struct str prefix; /* of its states' names */
	struct str done; /* where DONE leads; empty: to the end of the branch */
	bool begun; /* the step's clock is running: a further check of it begins nothing */
	struct value *allowed; /* action -> list of ARNs */
	struct str partition;
	const char *integration; /* of Step Functions' own, for the next call: "lambda:invoke" */
	bool sends_servers; /* DRS launches on the caller's behalf */
};

/* Short names of states that every branch has, beside its own. */
#define DONE "done"
#define WAIT "wait"

struct branch {
	struct value *when; /* an expression */
	const char *next;
};
#define BRANCHES(...) ((const struct branch[]){__VA_ARGS__, {NULL, NULL}})

struct variable {
	const char *name;
	struct value *is;
};
#define VARS(...) ((const struct variable[]){__VA_ARGS__, {NULL, NULL}})

typedef void export_emit(struct machine *m);

/* --- texts (export_call.c) ---------------------------------------------------------------------------------------- */
/* A JSONata expression, without its {% %}. */
struct value *jsonata(struct machine *m, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct str jsonata_text(struct machine *m, struct str text); /* a text within an expression, quoted */
struct str jsonata_texts(struct machine *m, const struct value *texts); /* one or a list, as an array */
/* What is not one's own expression is never taken for one; ends all that is made. */
struct value *machine_text(struct machine *m, const struct value *v);
/* A path in an operation's answer ("DBClusters[0].Status") as Step Functions names it, behind "$states.result". */
struct str machine_path(struct machine *m, const char *op, struct str path);
struct str machine_state(struct machine *m, const char *state);

/* --- states (export_call.c) --------------------------------------------------------------------------------------- */
/* The first state of a branch: the step's clock, its variables. */
void machine_begin(struct machine *m, const struct variable *vars, const char *next);
/* A call that changes nothing, one that does. arn: on what, NULL for anything. An error is noted and waited after; an act
 * that was refused five times is not tried again. */
void machine_ask(struct machine *m, const char *state, const char *op, struct value *input, struct str arn,
		 const struct variable *vars, const char *next);
void machine_act(struct machine *m, const char *state, const char *op, struct value *input, struct str arn,
		 const struct variable *vars, const char *next);
/* All pages of a list: every variable gathers what its expression gives of each; size: of a page (answers of more than
 * 256 KiB fail). */
void machine_ask_pages(struct machine *m, const char *state, const char *op, struct value *input, const char *limit,
		       int size, const struct variable *vars, const char *next);
/* Without a second try: an error is the step's. */
void machine_act_once(struct machine *m, const char *state, const char *op, struct value *input, struct str arn,
		      const struct variable *vars, const char *next);
void machine_choose(struct machine *m, const char *state, const struct branch *branches, const char *otherwise);
void machine_set(struct machine *m, const char *state, const struct variable *vars, const char *next);
/* Pause, then next, until the step's time is over. */
void machine_wait(struct machine *m, const char *next);
void machine_fail(struct machine *m, const char *state, const char *fmt, ...) PRINTF_LIKE(3, 4);
void machine_finish(struct machine *m, struct value *value); /* DONE, with what was measured; NULL: nothing */
void machine_put(struct machine *m, struct str name, struct value *state);

/* --- what is refused, what is allowed (export_allow.c) --------------------------------------------------------------- */
void machine_refuse(struct machine *m, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Step Functions calls its own region alone. False with an error. */
bool machine_is_here(struct machine *m, const struct place *place);
struct str machine_arn(struct machine *m, const char *service, struct str rest); /* in the machine's region */
void machine_allow(struct machine *m, const char *op, struct str arn);
struct value *machine_policy(struct machine *m);

/* --- verbs and checks ---------------------------------------------------------------------------------------------- */
export_emit capacity_export, dns_export, notify_export, invoke_export, call_export, promote_export, snapshot_export,
    recover_export, reverse_export, cleanup_export;
export_emit alarm_export, healthcheck_export, metric_export, writer_export, member_export, replication_export,
    state_export, credentials_export;
struct str notify_subject(struct verb *v); /* notify.c */
struct str cluster_match(struct machine *m, const struct subject *cluster); /* whether DbClusterArn is its own */
export_emit state_servers; /* State of servers */
struct str servers_match(struct machine *m, const struct value *choice); /* whether an item is chosen; empty: refused */

#endif
