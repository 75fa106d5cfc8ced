/* KeepSnapshot: of the newest automatic snapshot with a prefix a manual copy is kept. After an unplanned failover
 * Aurora leaves what only the old writer had in such a snapshot, which expires with the backups. */
#include "providers/aws/verbs/looks.h"

struct keep {
	struct subject cluster;
	struct str source; /* ARN of the automatic snapshot */
	struct str name; /* of the copy */
};

static void look(struct verb *v);

static struct str snapshot_id(const struct value *s)
{
	return text_at(s, "DBClusterSnapshotIdentifier");
}

static const struct value *newest(const struct verb *v)
{
	const struct value *list = value_getc(v->answer, "DBClusterSnapshots"), *best = NULL;

	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *s = value_at(list, i);

		if (str_starts(snapshot_id(s), arg_text(v, "Prefix")) &&
		    (!best || str_cmp(text_at(s, "SnapshotCreateTime"), text_at(best, "SnapshotCreateTime")) > 0))
			best = s;
	}
	return best;
}

/* --- the copy ----------------------------------------------------------------------------------------------------- */

static void copies_look(struct verb *v);

static void copy(struct verb *v)
{
	struct keep *own = v->own;

	verb_busy(v, "InvalidDBClusterSnapshotStateFault DBClusterSnapshotAlreadyExistsFault");
	verb_act(v, "rds:CopyDBClusterSnapshot",
		 MAP(v, TXT("SourceDBClusterSnapshotIdentifier", own->source),
		     TXT("TargetDBClusterSnapshotIdentifier", own->name), TXT("CopyTags", STR("true"))),
		 copies_look);
}

/* Where the name is taken by a copy of another time, this one's gets the time of its own. */
static bool is_other(const struct keep *own, const struct value *s)
{
	struct str from = text_at(s, "SourceDBClusterSnapshotArn");

	return from.n && !str_eq(from, own->source);
}

static void copies_known(struct verb *v)
{
	struct keep *own = v->own;
	const struct value *s = value_at(value_getc(v->answer, "DBClusterSnapshots"), 0);
	struct str status = text_at(s, "Status");

	if (!s) {
		copy(v);
	} else if (is_other(own, s) && str_eq(own->name, arg_text(v, "As"))) {
		/* "...-failover-cluster-2026-11-22-06-14": the last 16 say when. */
		own->name = str_fmt(v->arena, "%.*s-%.*s", STR_ARG(own->name),
				    STR_ARG(str_sub(own->source, own->source.n - 16, own->source.n)));
		copies_look(v);
	} else if (str_eqc(status, "available")) {
		verb_value(v, MAP(v, TXT("Snapshot", own->name), TXT("Source", own->source)));
		verb_done(v, "kept as %.*s", STR_ARG(own->name));
	} else if (str_eqc(status, "failed")) {
		verb_fail(v, "copy %.*s has failed", STR_ARG(own->name));
	} else {
		verb_wait(v, copies_look, "copy %.*s is %.*s", STR_ARG(own->name), STR_ARG(status));
	}
}

static void copies_look(struct verb *v)
{
	struct keep *own = v->own;

	verb_expect(v, "DBClusterSnapshotNotFoundFault");
	verb_ask(v, "rds:DescribeDBClusterSnapshots", MAP(v, TXT("DBClusterSnapshotIdentifier", own->name)),
		 copies_known);
}

/* --- the source --------------------------------------------------------------------------------------------------- */

static void sources_known(struct verb *v)
{
	struct keep *own = v->own;
	const struct value *s = newest(v);

	if (!s) {
		if (v->work->unplanned)
			verb_except(v, "Aurora has left no snapshot %.*s of %.*s", STR_ARG(arg_text(v, "Prefix")),
				    STR_ARG(subject_name(&own->cluster)));
		verb_done(v, "there is nothing to keep");
	} else if (!is_at(s, "Status", "available")) {
		verb_wait(v, look, "%.*s is %.*s", STR_ARG(snapshot_id(s)), STR_ARG(text_at(s, "Status")));
	} else {
		own->source = str_dup(v->arena, text_at(s, "DBClusterSnapshotArn"));
		v->look = copies_look;
		copies_look(v);
	}
}

static void look(struct verb *v)
{
	struct keep *own = v->own;

	verb_ask(v, "rds:DescribeDBClusterSnapshots",
		 MAP(v, TXT("DBClusterIdentifier", own->cluster.id), TXT("SnapshotType", STR("automated"))),
		 sources_known);
}

void snapshot_look(struct verb *v)
{
	struct keep *own = verb_own(v, struct keep);

	own->cluster = arg_one(v, "Cluster");
	own->name = arg_text(v, "As");
	verb_at(v, own->cluster.place);
	v->look = look;
	look(v);
}
