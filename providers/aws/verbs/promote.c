/* PromoteAurora: another cluster of a global database becomes its writer.
 *
 * Planned, a switchover loses nothing and is called where the writer is; unplanned, a failover gives up what was
 * not replicated and is called where the target is, so that the region that is left is not needed. The target is
 * named by its ARN. What AWS would refuse half way is refused here before it starts. */
#include "providers/aws/verbs/aurora.h"
#include "providers/aws/verbs/looks.h"

struct promote {
	struct subject global, to;
	struct str arn; /* of the target */
	struct str from; /* the writer that was found */
	bool unplanned;
	struct str version; /* of the global database */
};

static void global_known(struct verb *v);

static void look(struct verb *v)
{
	struct promote *own = v->own;

	global_ask(v, &own->global, own->to.place, global_known);
}

/* --- the end state ------------------------------------------------------------------------------------------------ */

static void settled(struct verb *v)
{
	struct promote *own = v->own;
	struct str status = text_at(cluster_of(v), "Status");

	if (!str_eqc(status, "available")) {
		verb_wait(v, look, "%.*s is %.*s", STR_ARG(cluster_words(v, own->arn)), STR_ARG(status));
		return;
	}
	verb_value(v, MAP(v, TXT("Writer", own->arn), TXT("From", own->from)));
	if (own->unplanned && own->from.n)
		verb_done(v,
			  "%.*s writes; Aurora lets the old writer rejoin by itself, and keeps what it alone wrote in "
			  "a snapshot",
			  STR_ARG(cluster_words(v, own->arn)));
	else
		verb_done(v, "%.*s writes", STR_ARG(cluster_words(v, own->arn)));
}

/* --- before it starts --------------------------------------------------------------------------------------------- */

static void start(struct verb *v)
{
	struct promote *own = v->own;
	struct value *input =
	    MAP(v, TXT("GlobalClusterIdentifier", own->global.id), TXT("TargetDbClusterIdentifier", own->arn),
		TXT("AllowDataLoss", own->unplanned ? STR("true") : STR_NONE));

	verb_busy(v, "InvalidGlobalClusterStateFault InvalidDBClusterStateFault");
	if (own->unplanned) {
		verb_act(v, "rds:FailoverGlobalCluster", input, look);
		return;
	}
	verb_in(v, arn_region(own->from));
	verb_act(v, "rds:SwitchoverGlobalCluster", input, look);
}

/* A cluster without instances cannot take over, nor can one of another release. */
static void target_known(struct verb *v)
{
	struct promote *own = v->own;
	const struct value *cluster = cluster_of(v);
	struct str version = text_at(cluster, "EngineVersion");

	if (!value_count(value_getc(cluster, "DBClusterMembers")))
		verb_fail(v, "%.*s has no instance that could write: add one to it, then try again",
			  STR_ARG(cluster_words(v, own->arn)));
	else if (own->version.n && !str_eq(engine_release(version), engine_release(own->version)))
		verb_fail(v,
			  "%.*s has version %.*s, the global database %.*s: a managed %s needs the same release. What "
			  "remains is to "
			  "detach and promote it (rds:RemoveFromGlobalCluster), after which the global database must "
			  "be built again",
			  STR_ARG(cluster_words(v, own->arn)), STR_ARG(version), STR_ARG(own->version),
			  own->unplanned ? "failover" : "switchover");
	else if (!is_at(cluster, "Status", "available"))
		verb_wait(v, look, "%.*s is %.*s", STR_ARG(cluster_words(v, own->arn)),
			  STR_ARG(text_at(cluster, "Status")));
	else
		start(v);
}

/* --- looking ------------------------------------------------------------------------------------------------------ */

/* A move is under way: ours is waited for, and so is the end of another one. */
static void moving(struct verb *v, const struct value *global)
{
	struct str to = text_at(value_getc(global, "FailoverState"), "ToDbClusterArn");

	verb_wait(v, look, "the global database is %.*s%s%.*s", STR_ARG(text_at(global, "Status")), to.n ? " to " : "",
		  STR_ARG(to.n ? cluster_words(v, to) : STR_NONE));
}

static void global_known(struct verb *v)
{
	struct promote *own = v->own;
	const struct value *global = global_of(v), *writer = global_writer(global),
			   *to = global_member(v, global, &own->to);

	if (!to) {
		verb_fail(v, "%.*s is not a member of global database %.*s", STR_ARG(subject_name(&own->to)),
			  STR_ARG(own->global.id));
		return;
	}
	own->arn = str_dup(v->arena, member_arn(to));
	if (!is_at(global, "Status", "available") || text_at(value_getc(global, "FailoverState"), "Status").n) {
		moving(v, global);
	} else if (writer == to) {
		cluster_ask(v, own->arn, settled);
	} else {
		own->from = str_dup(v->arena, member_arn(writer));
		own->version = str_dup(v->arena, text_at(global, "EngineVersion"));
		if (!own->from.n && !own->unplanned)
			verb_fail(v, "global database %.*s has no writer: only an unplanned failover helps",
				  STR_ARG(own->global.id));
		else
			cluster_ask(v, own->arn, target_known);
	}
}

void promote_look(struct verb *v)
{
	struct promote *own = verb_own(v, struct promote);

	own->global = arg_one(v, "Global");
	own->to = arg_one(v, "To");
	own->unplanned = v->work->unplanned && !arg_bool(v, "Planned", false);
	v->look = look;
	look(v);
}
