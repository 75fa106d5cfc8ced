/* Writer, Member, EngineMatch: who is who in an Aurora global database. */
#include "providers/aws/verbs/aurora.h"

#include "providers/aws/verbs/looks.h"

void global_ask(struct verb *v, const struct subject *global, const struct place *where, verb_step *next)
{
	verb_at(v, where);
	verb_ask(v, "rds:DescribeGlobalClusters", MAP(v, TXT("GlobalClusterIdentifier", global->id)), next);
}

const struct value *global_of(const struct verb *v)
{
	return value_at(value_getc(v->answer, "GlobalClusters"), 0);
}

struct str member_arn(const struct value *member)
{
	return text_at(member, "DBClusterArn");
}

const struct value *global_writer(const struct value *global)
{
	const struct value *members = value_getc(global, "GlobalClusterMembers");
	bool writes;

	for (size_t i = 0; i < value_count(members); i++)
		if (value_as_bool(value_getc(value_at(members, i), "IsWriter"), &writes) && writes)
			return value_at(members, i);
	return NULL;
}

/* By its ARN where that is known; else by its identifier, in its region. */
static bool is_cluster(const struct verb *v, struct str arn, const struct subject *cluster)
{
	struct str known = subject_attr(cluster, "DBClusterArn");

	if (str_starts(cluster->id, STR("arn:")))
		known = cluster->id;
	if (known.n)
		return str_eq(known, arn);
	return str_eq_nocase(arn_tail(arn), cluster->id) && str_eq(arn_region(arn), place_region(v, cluster->place));
}

const struct value *global_member(const struct verb *v, const struct value *global, const struct subject *cluster)
{
	const struct value *members = value_getc(global, "GlobalClusterMembers");

	for (size_t i = 0; i < value_count(members); i++)
		if (is_cluster(v, member_arn(value_at(members, i)), cluster))
			return value_at(members, i);
	return NULL;
}

struct str cluster_words(struct verb *v, struct str arn)
{
	return arn.n ? str_fmt(v->arena, "%.*s in %.*s", STR_ARG(arn_tail(arn)), STR_ARG(arn_region(arn)))
		     : STR("nobody");
}

void cluster_ask(struct verb *v, struct str arn, verb_step *next)
{
	verb_in(v, arn_region(arn));
	verb_ask(v, "rds:DescribeDBClusters", MAP(v, TXT("DBClusterIdentifier", arn_tail(arn))), next);
}

const struct value *cluster_of(const struct verb *v)
{
	return value_at(value_getc(v->answer, "DBClusters"), 0);
}

/* "8.0.mysql_aurora.3.04.1" -> "8.0.mysql_aurora.3.04", "15.4" and "15.4.1" -> "15.4". */
struct str engine_release(struct str version)
{
	ptrdiff_t aurora = str_find(version, STR("aurora."), 0), dot;
	size_t from = aurora < 0 ? 0 : (size_t)aurora + sizeof "aurora." - 1;

	dot = str_chr(version, '.', from);
	if (dot >= 0)
		dot = str_chr(version, '.', (size_t)dot + 1);
	return dot < 0 ? version : str_sub(version, 0, (size_t)dot);
}

/* --- Writer ------------------------------------------------------------------------------------------------------- */

static void writer_known(struct verb *v)
{
	const struct value *global = global_of(v), *writer = global_writer(global);
	struct subject is = arg_one(v, arg(v, "To") ? "To" : "Is");
	const struct value *member = global_member(v, global, &is);

	verb_value(v, MAP(v, TXT("Writer", member_arn(writer)), TXT("Status", text_at(global, "Status"))));
	if (!member)
		probe_never(v, "%.*s is not a member of the global database", STR_ARG(subject_name(&is)));
	else
		probe_answer(v, member == writer, "%.*s writes", STR_ARG(cluster_words(v, member_arn(writer))));
}

/* Also PromoteAurora's, whose end state is the same: there the arguments are called Global and To. Asked in the region
 * of the cluster that should write: the one that is left may be dead. */
void writer_look(struct verb *v)
{
	struct subject global = arg_one(v, arg(v, "Global") ? "Global" : "Of"),
		       is = arg_one(v, arg(v, "To") ? "To" : "Is");

	global_ask(v, &global, is.place, writer_known);
}

/* --- Member ------------------------------------------------------------------------------------------------------- */

static void cluster_known(struct verb *v)
{
	struct subject cluster = arg_one(v, "Cluster");
	struct str status = text_at(cluster_of(v), "Status"), sync = *(struct str *)v->own;
	bool is = arg(v, "Is") ? arg_has(v, "Is", status) : str_eqc(status, "available");

	probe_answer(v, is && !str_eqc(sync, "pending-resync"), "%.*s is %.*s%s%.*s", STR_ARG(subject_name(&cluster)),
		     STR_ARG(status), sync.n ? ", " : "", STR_ARG(sync));
}

static void membership_known(struct verb *v)
{
	struct subject cluster = arg_one(v, "Cluster");
	const struct value *member = global_member(v, global_of(v), &cluster);

	if (!member) {
		probe_answer(v, false, "%.*s is not a member of the global database", STR_ARG(subject_name(&cluster)));
		return;
	}
	*verb_own(v, struct str) = str_dup(v->arena, text_at(member, "SynchronizationStatus"));
	cluster_ask(v, member_arn(member), cluster_known);
}

void member_look(struct verb *v)
{
	struct subject global = arg_one(v, "Of"), cluster = arg_one(v, "Cluster");

	global_ask(v, &global, cluster.place, membership_known);
}

/* --- EngineMatch -------------------------------------------------------------------------------------------------- */

struct match {
	struct value *arns;
	size_t i;
	struct str first, seen;
	bool same;
};

static void member_next(struct verb *v);

static void add_version(struct verb *v, struct str who, struct str version)
{
	struct match *own = v->own;

	if (!own->first.n)
		own->first = str_dup(v->arena, engine_release(version));
	own->same = own->same && str_eq(own->first, engine_release(version));
	own->seen = str_fmt(v->arena, "%.*s%s%.*s has %.*s", STR_ARG(own->seen), own->seen.n ? ", " : "", STR_ARG(who),
			    STR_ARG(version));
}

static void member_known(struct verb *v)
{
	struct match *own = v->own;
	struct str arn = value_text(value_at(own->arns, own->i));

	add_version(v, cluster_words(v, arn), text_at(cluster_of(v), "EngineVersion"));
	own->i++;
	member_next(v);
}

static void member_next(struct verb *v)
{
	struct match *own = v->own;

	if (own->i < value_count(own->arns))
		cluster_ask(v, value_text(value_at(own->arns, own->i)), member_known);
	else
		probe_answer(v, own->same, "%.*s", STR_ARG(own->seen));
}

/* When the side that is left may be dead, its region is not asked: the global cluster knows the version. */
static void members_known(struct verb *v)
{
	struct match *own = verb_own(v, struct match);
	const struct value *global = global_of(v), *members = value_getc(global, "GlobalClusterMembers");

	own->same = true;
	own->arns = value_list(v->arena, (struct pos){0});
	for (size_t i = 0; i < value_count(members); i++) {
		struct str arn = member_arn(value_at(members, i));

		if (!v->work->unplanned || str_eq(arn_region(arn), place_region(v, v->work->place)))
			value_append(v->arena, own->arns,
				     value_string(v->arena, (struct pos){0}, str_dup(v->arena, arn)));
	}
	if (v->work->unplanned)
		add_version(v, STR("the global database"), text_at(global, "EngineVersion"));
	member_next(v);
}

void enginematch_look(struct verb *v)
{
	struct subject global = arg_one(v, "Of");

	global_ask(v, &global, v->work->place, members_known);
}
