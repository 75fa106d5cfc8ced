/* PromoteAurora and KeepSnapshot as states (export.h), and the checks Writer and Member. */
#include "providers/aws/verbs/export.h"

#define GLOBAL "$states.result.GlobalClusters[0]"
#define CLUSTER "$states.result.DbClusters[0]"

/* By the region and the identifier of its ARN. */
struct str cluster_match(struct machine *m, const struct subject *cluster)
{
	struct str id = str_starts(cluster->id, STR("arn:")) ? arn_tail(cluster->id) : cluster->id;

	return str_fmt(&m->v.round, "$split(DbClusterArn, ':')[3] = '%.*s' and $split(DbClusterArn, ':')[6] = %.*s",
		       STR_ARG(cluster->place->region), STR_ARG(jsonata_text(m, id)));
}

static struct str cluster_arn(struct machine *m, const struct subject *cluster)
{
	return machine_arn(m, "rds", str_fmt(&m->v.round, "cluster:%.*s", STR_ARG(cluster->id)));
}

static struct str global_arn(struct machine *m, const struct subject *global)
{
	return str_fmt(&m->v.round, "arn:%.*s:rds::%.*s:global-cluster:%.*s", STR_ARG(m->partition),
		       STR_ARG(m->b->account), STR_ARG(global->id));
}

static void global_ask(struct machine *m, const char *state, const struct subject *global,
		       const struct subject *cluster, const char *next)
{
	struct str match = cluster_match(m, cluster);

	machine_ask(
	    m, state, "rds:DescribeGlobalClusters", MAP(&m->v, TXT("GlobalClusterIdentifier", global->id)),
	    global_arn(m, global),
	    VARS({"to", jsonata(m, "[" GLOBAL ".GlobalClusterMembers[%.*s].DbClusterArn, ''][0]", STR_ARG(match))},
		 {"writer", jsonata(m, "[" GLOBAL ".GlobalClusterMembers[IsWriter].DbClusterArn, ''][0]")},
		 {"sync",
		  jsonata(m, "[" GLOBAL ".GlobalClusterMembers[%.*s].SynchronizationStatus, ''][0]", STR_ARG(match))},
		 {"moves", jsonata(m, GLOBAL ".Status != 'available' or $exists(" GLOBAL ".FailoverState.Status)")},
		 {"said", jsonata(m, "'the global database is ' & " GLOBAL ".Status")}),
	    next);
}

static void cluster_ask(struct machine *m, const char *state, const struct subject *cluster, const char *next)
{
	machine_ask(m, state, "rds:DescribeDBClusters", MAP(&m->v, TXT("DBClusterIdentifier", cluster->id)),
		    cluster_arn(m, cluster),
		    VARS({"status", jsonata(m, "[" CLUSTER ".Status, ''][0]")},
			 {"members", jsonata(m, "$count(" CLUSTER ".DbClusterMembers)")},
			 {"said", jsonata(m, "'the cluster is ' & " CLUSTER ".Status")}),
		    next);
}

/* --- PromoteAurora ------------------------------------------------------------------------------------------------ */

static void promote(struct machine *m, const struct subject *global, const struct subject *to, bool unplanned)
{
	struct value *input =
	    MAP(&m->v, TXT("GlobalClusterIdentifier", global->id), VAL("TargetDbClusterIdentifier", jsonata(m, "$to")),
		TXT("AllowDataLoss", unplanned ? STR("true") : STR_NONE));
	const char *op = unplanned ? "rds:FailoverGlobalCluster" : "rds:SwitchoverGlobalCluster";

	machine_act(m, "act", op, input, global_arn(m, global), NULL, WAIT);
	machine_allow(m, op,
		      str_fmt(&m->v.round, "arn:%.*s:rds:%.*s:%.*s:cluster:%.*s", STR_ARG(m->partition),
			      STR_ARG(to->place->region), STR_ARG(m->b->account), STR_ARG(to->id)));
}

/* A failover is called where the target is, and what AWS would refuse half way is looked at before. */
static void promote_here(struct machine *m, const struct subject *global, const struct subject *to)
{
	global_ask(m, "look", global, to, "choose");
	machine_choose(m, "choose",
		       BRANCHES({jsonata(m, "$to = ''"), "no member"}, {jsonata(m, "$moves"), WAIT},
				{jsonata(m, "$to = $writer"), "settled"}),
		       "target");
	cluster_ask(m, "settled", to, "settled?");
	machine_choose(m, "settled?", BRANCHES({jsonata(m, "$status = 'available'"), DONE}), WAIT);
	cluster_ask(m, "target", to, "target?");
	machine_choose(m, "target?",
		       BRANCHES({jsonata(m, "$members = 0"), "headless"}, {jsonata(m, "$status != 'available'"), WAIT}),
		       "act");
	machine_fail(m, "headless", "'the cluster has no instance that could write: add one to it'");
	promote(m, global, to, true);
}

/* A switchover is called where the writer is. */
static void promote_there(struct machine *m, const struct subject *global, const struct subject *to)
{
	global_ask(m, "look", global, to, "choose");
	machine_choose(
	    m, "choose",
	    BRANCHES({jsonata(m, "$to = ''"), "no member"}, {jsonata(m, "$moves"), WAIT},
		     {jsonata(m, "$to = $writer"), DONE},
		     {jsonata(m, "$split($writer, ':')[3] != '%.*s'", STR_ARG(m->b->place->region)), "elsewhere"}),
	    "act");
	machine_fail(m, "elsewhere", "'a switchover is called where the writer is: ' & $writer");
	promote(m, global, to, false);
}

void promote_export(struct machine *m)
{
	struct subject global = arg_one(&m->v, "Global"), to = arg_one(&m->v, "To");
	bool unplanned = m->b->unplanned && !arg_bool(&m->v, "Planned", false);
	bool here = str_eq(to.place->region, m->b->place->region);

	if (unplanned && !machine_is_here(m, to.place))
		return;
	if (!unplanned && here) {
		machine_refuse(m,
			       "a planned switchover is called where the writer is, and a state machine in %.*s calls "
			       "its own region alone",
			       STR_ARG(m->b->place->region));
		return;
	}
	machine_begin(m, NULL, "look");
	if (unplanned)
		promote_here(m, &global, &to);
	else
		promote_there(m, &global, &to);
	machine_fail(m, "no member", "%.*s",
		     STR_ARG(jsonata_text(m, str_fmt(&m->v.round, "%.*s is not a member of the global database",
						     STR_ARG(subject_name(&to))))));
	machine_wait(m, "look");
	machine_finish(m, NULL);
}

/* --- Writer, Member ----------------------------------------------------------------------------------------------- */

void writer_export(struct machine *m)
{
	struct subject global = arg_one(&m->v, "Of"), is = arg_one(&m->v, "Is");

	machine_begin(m, NULL, "look");
	global_ask(m, "look", &global, &is, "choose");
	machine_choose(m, "choose", BRANCHES({jsonata(m, "$to != '' and $to = $writer"), DONE}), "other");
	machine_set(m, "other", VARS({"said", jsonata(m, "$writer & ' writes'")}), WAIT);
	machine_wait(m, "look");
	machine_finish(m, NULL);
}

void member_export(struct machine *m)
{
	struct subject global = arg_one(&m->v, "Of"), cluster = arg_one(&m->v, "Cluster");
	const struct value *is = arg(&m->v, "Is");
	struct str states = is ? jsonata_texts(m, is) : STR("['available']");

	if (!machine_is_here(m, cluster.place))
		return;
	machine_begin(m, NULL, "look");
	global_ask(m, "look", &global, &cluster, "member?");
	machine_choose(m, "member?", BRANCHES({jsonata(m, "$to = '' or $sync = 'pending-resync'"), WAIT}), "cluster");
	cluster_ask(m, "cluster", &cluster, "choose");
	machine_choose(m, "choose", BRANCHES({jsonata(m, "$status in %.*s", STR_ARG(states)), DONE}), WAIT);
	machine_wait(m, "look");
	machine_finish(m, NULL);
}

/* --- KeepSnapshot ------------------------------------------------------------------------------------------------- */

#define SNAPSHOTS "$states.result.DbClusterSnapshots"

static struct value *snapshots_input(struct machine *m, const struct subject *cluster, const char *type)
{
	return MAP(&m->v, TXT("DBClusterIdentifier", cluster->id), TXT("SnapshotType", str_of(type)));
}

/* The copy has the name that is written, or that and the time of the snapshot where the name is taken by another. */
static void copies(struct machine *m, const struct subject *cluster, struct str own)
{
	struct str as = jsonata_text(m, arg_text(&m->v, "As"));
	struct str of_source = STR("SourceDbClusterSnapshotArn = $source");

	machine_ask(
	    m, "copies", "rds:DescribeDBClusterSnapshots", snapshots_input(m, cluster, "manual"), own,
	    VARS({"taken", jsonata(m, "%.*s in " SNAPSHOTS "[$not(%.*s)].DbClusterSnapshotIdentifier", STR_ARG(as),
				   STR_ARG(of_source))},
		 {"status",
		  jsonata(m, "[" SNAPSHOTS "[%.*s and $contains(DbClusterSnapshotIdentifier, %.*s)].Status, ''][0]",
			  STR_ARG(of_source), STR_ARG(as))},
		 {"said",
		  jsonata(m, "'the copy is ' & [" SNAPSHOTS "[%.*s].Status, 'not there'][0]", STR_ARG(of_source))}),
	    "copied?");
	machine_choose(m, "copied?",
		       BRANCHES({jsonata(m, "$status = 'available'"), DONE},
				{jsonata(m, "$status = 'failed'"), "failed"}, {jsonata(m, "$status != ''"), WAIT}),
		       "act");
	machine_fail(m, "failed", "'the copy has failed'");
	machine_act(
	    m, "act", "rds:CopyDBClusterSnapshot",
	    MAP(&m->v, VAL("SourceDBClusterSnapshotIdentifier", jsonata(m, "$source")),
		VAL("TargetDBClusterSnapshotIdentifier",
		    jsonata(m, "$taken ? %.*s & '-' & $substring($source, -16) : %.*s", STR_ARG(as), STR_ARG(as))),
		TXT("CopyTags", STR("true"))),
	    own, NULL, WAIT);
	machine_allow(m, "rds:AddTagsToResource", own);
}

void snapshot_export(struct machine *m)
{
	struct subject cluster = arg_one(&m->v, "Cluster");
	struct str prefix = jsonata_text(m, arg_text(&m->v, "Prefix"));
	struct str all = machine_arn(m, "rds", STR("cluster-snapshot:*"));

	if (!machine_is_here(m, cluster.place))
		return;
	machine_begin(m, NULL, "look");
	machine_ask(
	    m, "look", "rds:DescribeDBClusterSnapshots", snapshots_input(m, &cluster, "automated"), all,
	    VARS({"newest", jsonata(m,
				    "[" SNAPSHOTS "[$substring(DbClusterSnapshotIdentifier, 0, $length(%.*s)) = %.*s]"
				    "^(>SnapshotCreateTime)][0]",
				    STR_ARG(prefix), STR_ARG(prefix))}),
	    "found");
	machine_set(m, "found",
		    VARS({"source", jsonata(m, "[$newest.DbClusterSnapshotArn, ''][0]")},
			 {"ready", jsonata(m, "$newest.Status = 'available'")},
			 {"said", jsonata(m, "'the snapshot is ' & $newest.Status")}),
		    "choose");
	machine_choose(m, "choose", BRANCHES({jsonata(m, "$source = ''"), DONE}, {jsonata(m, "$ready"), "copies"}),
		       WAIT);
	copies(m, &cluster, all);
	machine_allow(m, "rds:DescribeDBClusterSnapshots", cluster_arn(m, &cluster));
	machine_wait(m, "look");
	machine_finish(m, NULL);
}
