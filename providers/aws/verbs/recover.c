/* Recover: Elastic Disaster Recovery launches servers, tier by tier.
 *
 * A tier is looked at as a whole, again and again: which of its servers run as recovery instances, which take part
 * in a job, which failed in a job of ours. A job of ours is known by the tag drplan:op, so that a start whose
 * answer was lost is found again. A server that runs already is not launched anew: that would end what runs, with
 * all that was written since. */
#include "providers/aws/verbs/drs.h"
#include "providers/aws/verbs/launch.h"
#include "providers/aws/verbs/looks.h"

struct recover {
	struct value *servers; /* all that were chosen */
	struct value *tier; /* those of the tier at hand */
	struct value *snapshots; /* source server -> snapshot to launch from; NULL: the latest data */
	size_t n_tiers, i; /* tiers by the arguments; the one at hand */
	size_t asked; /* servers whose snapshots are known */
	const struct value *instances; /* what runs of the tier; of the round */
	struct value *past; /* jobs that had ended when the verb was started */
	bool drill;
	struct str failed; /* names of servers that did not start */
	size_t n_failed;
};

static void tier_next(struct verb *v);
static void look(struct verb *v);
static void finish(struct verb *v);

static struct str tier_name(const struct verb *v, size_t i)
{
	const struct value *tiers = arg(v, "Tiers");

	return tiers && tiers->kind == V_LIST ? value_text(value_at(tiers, i)) : value_text(tiers);
}

/* --- a look at a tier --------------------------------------------------------------------------------------------- */

enum standing { TO_LAUNCH, UNDER_WAY, RUNNING, FAILED };

static bool is_ours(const struct verb *v, const struct value *job)
{
	return str_eq(text_at(value_getc(job, "tags"), OWN_TAG "op"), v->work->op);
}

/* What failed before the verb was started is tried again. */
static void remember_past(struct verb *v, const struct value *jobs)
{
	struct recover *own = v->own;

	if (own->past)
		return;
	own->past = value_list(v->arena, (struct pos){0});
	for (size_t i = 0; i < value_count(jobs); i++)
		if (is_at(value_at(jobs, i), "status", "COMPLETED"))
			value_append(v->arena, own->past, value_copy(v->arena, value_at(jobs, i)));
}

/* What the jobs say of a server: the one under way, or ours that failed. */
static enum standing job_standing(const struct verb *v, const struct value *jobs, struct str server)
{
	const struct recover *own = v->own;
	enum standing s = TO_LAUNCH;

	for (size_t i = 0; i < value_count(jobs); i++) {
		const struct value *job = value_at(jobs, i);
		const struct value *part = item_with(value_getc(job, "participatingServers"), "sourceServerID", server);

		if (!part)
			continue;
		if (!is_at(job, "status", "COMPLETED"))
			return UNDER_WAY;
		if (is_ours(v, job) && !item_with(own->past, "jobID", text_at(job, "jobID")) &&
		    is_at(part, "launchStatus", "FAILED"))
			s = FAILED;
	}
	return s;
}

static enum standing server_standing(const struct verb *v, const struct value *jobs, const struct value *server)
{
	const struct recover *own = v->own;
	const struct value *r = item_with(own->instances, "sourceServerID", server_id(server));
	struct str state = text_at(r, "ec2InstanceState");
	enum standing s = job_standing(v, jobs, server_id(server));

	if (s == UNDER_WAY)
		return s;
	if (r && recovery_is_drill(r) == own->drill && (str_eqc(state, "RUNNING") || str_eqc(state, "PENDING")))
		return str_eqc(state, "RUNNING") ? RUNNING : UNDER_WAY;
	return s;
}

static struct value *launch_item(struct verb *v, const struct value *server)
{
	const struct recover *own = v->own;

	return MAP(v, TXT("sourceServerID", server_id(server)),
		   TXT("recoverySnapshotID", value_text(value_get(own->snapshots, server_id(server)))));
}

static void launch(struct verb *v, struct value *servers)
{
	const struct recover *own = v->own;
	struct value *tags = value_map(&v->round, (struct pos){0});

	value_set(&v->round, tags, STR(OWN_TAG "op"), (struct pos){0}, verb_text(v, v->work->op));
	verb_busy(v, "ConflictException");
	verb_act(v, "drs:StartRecovery",
		 MAP(v, VAL("sourceServers", servers), TXT("isDrill", own->drill ? STR("true") : STR("false")),
		     VAL("tags", tags)),
		 look);
}

static void jobs_known(struct verb *v)
{
	struct recover *own = v->own;
	const struct value *jobs = value_getc(v->answer, "items");
	struct value *todo = verb_list(v, NULL);
	size_t count[4] = {0};

	own->failed = STR_NONE;
	remember_past(v, jobs);
	for (size_t i = 0; i < value_count(own->tier); i++) {
		const struct value *server = value_at(own->tier, i);
		enum standing s = server_standing(v, jobs, server);

		count[s]++;
		if (s == TO_LAUNCH && value_count(todo) < DRS_AT_ONCE)
			value_append(&v->round, todo, launch_item(v, server));
		if (s == FAILED)
			own->failed = str_fmt(v->arena, "%.*s%s%.*s", STR_ARG(own->failed), own->failed.n ? ", " : "",
					      STR_ARG(server_name(server)));
	}
	if (value_count(todo))
		launch(v, todo);
	else if (count[UNDER_WAY])
		verb_wait(v, look, "%zu of %zu servers run%s%.*s", count[RUNNING], value_count(own->tier),
			  own->n_tiers ? " of tier " : "", STR_ARG(tier_name(v, own->i)));
	else if (own->failed.n) {
		own->n_failed = count[FAILED];
		finish(v);
	} else {
		own->i++;
		tier_next(v);
	}
}

/* A launch replaces the server's former recovery instance, also one that production runs on. */
static const struct value *real_one(const struct verb *v)
{
	const struct recover *own = v->own;

	for (size_t i = 0; own->drill && i < value_count(own->instances); i++) {
		const struct value *r = value_at(own->instances, i);
		struct str state = text_at(r, "ec2InstanceState");

		if (!recovery_is_drill(r) && (str_eqc(state, "RUNNING") || str_eqc(state, "PENDING")) &&
		    item_with(own->tier, "sourceServerID", server_id(r)))
			return item_with(own->tier, "sourceServerID", server_id(r));
	}
	return NULL;
}

static void instances_known(struct verb *v)
{
	struct recover *own = v->own;
	const struct value *real;

	own->instances = value_getc(v->answer, "items");
	real = real_one(v);
	if (real)
		verb_fail(v, "%.*s runs as a recovery instance: a drill would end it", STR_ARG(server_name(real)));
	else
		jobs_ask(v, jobs_known);
}

static void look(struct verb *v)
{
	struct recover *own = v->own;

	recoveries_ask(v, own->tier, instances_known);
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static void ended(struct verb *v)
{
	const struct recover *own = v->own;

	if (own->failed.n)
		verb_fail(v, "%zu of %zu servers did not start: %.*s", own->n_failed, value_count(own->tier),
			  STR_ARG(own->failed));
	else
		verb_done(v, "%zu servers run", value_count(own->servers));
}

/* The templates are as they were before anybody else launches by them. */
static void finish(struct verb *v)
{
	if (arg(v, "Subnet"))
		launch_restore(v, ended);
	else
		ended(v);
}

/* --- tiers -------------------------------------------------------------------------------------------------------- */

static void tier_next(struct verb *v)
{
	struct recover *own = v->own;

	if (own->i >= (own->n_tiers ? own->n_tiers : 1)) {
		finish(v);
		return;
	}
	own->tier = own->n_tiers ? value_list(v->arena, (struct pos){0}) : own->servers;
	for (size_t i = 0; own->n_tiers && i < value_count(own->servers); i++)
		if (server_has_tag(value_at(own->servers, i), "Tier", tier_name(v, own->i)))
			value_append(v->arena, own->tier, value_at(own->servers, i));
	if (!value_count(own->tier)) {
		own->i++;
		tier_next(v);
		return;
	}
	v->look = look;
	look(v);
}

/* Servers that no tier names are left out, and said so: on that day most of the servers is better than none. */
static void tiers_check(struct verb *v)
{
	struct recover *own = v->own;

	for (size_t i = 0; own->n_tiers && i < value_count(own->servers); i++) {
		const struct value *server = value_at(own->servers, i);
		struct str tier = text_at(value_getc(server, "tags"), "Tier");

		if (!arg_has(v, "Tiers", tier))
			verb_except(v, "%.*s was not recovered: no tier is called '%.*s'", STR_ARG(server_name(server)),
				    STR_ARG(tier));
	}
}

/* --- points in time ----------------------------------------------------------------------------------------------- */

static void snapshot_next(struct verb *v);

/* "latest", a time, or how long ago. */
static bool wanted_time(const struct verb *v, struct str *until)
{
	struct str s = arg_text(v, "PointInTime");
	int64_t ms;

	if (str_duration(s, &ms))
		ms = verb_now(v) - ms;
	else if (!time_parse(s, &ms))
		return false;
	*until = time_rfc3339(v->arena, ms, false);
	return true;
}

/* A drill may have been killed and left the templates changed: nothing real is launched by those. */
static void where(struct verb *v)
{
	struct recover *own = v->own;
	struct subject subnet = arg_one(v, "Subnet");

	if (subnet.id.n)
		launch_divert(v, own->servers, subnet.id, tier_next);
	else
		launch_restore(v, tier_next);
}

static void snapshot_known(struct verb *v)
{
	struct recover *own = v->own;
	const struct value *server = value_at(own->servers, own->asked);
	struct str id = text_at(value_at(value_getc(v->answer, "items"), 0), "snapshotID");

	if (!id.n) {
		verb_fail(v, "%.*s has no snapshot as old as %.*s", STR_ARG(server_name(server)),
			  STR_ARG(arg_text(v, "PointInTime")));
		return;
	}
	value_set(v->arena, own->snapshots, server_id(server), (struct pos){0},
		  value_string(v->arena, (struct pos){0}, str_dup(v->arena, id)));
	own->asked++;
	snapshot_next(v);
}

static void snapshot_next(struct verb *v)
{
	struct recover *own = v->own;
	struct str until;

	if (own->asked == value_count(own->servers) || !wanted_time(v, &until)) {
		where(v);
		return;
	}
	verb_ask(v, "drs:DescribeRecoverySnapshots",
		 MAP(v, TXT("sourceServerID", server_id(value_at(own->servers, own->asked))), TXT("order", STR("DESC")),
		     VAL("filters", MAP(v, TXT("toDateTime", until)))),
		 snapshot_known);
}

/* --- beginning ---------------------------------------------------------------------------------------------------- */

static void servers_known(struct verb *v)
{
	struct recover *own = v->own;

	own->servers = servers_chosen(v->arena, v->answer, arg(v, "Servers"));
	if (!value_count(own->servers)) {
		verb_fail(v, "no server in %.*s has these tags", STR_ARG(v->at->name));
		return;
	}
	tiers_check(v);
	own->snapshots = value_map(v->arena, (struct pos){0});
	snapshot_next(v);
}

void recover_look(struct verb *v)
{
	struct recover *own = verb_own(v, struct recover);
	const struct value *tiers = arg(v, "Tiers");
	struct str until;
	const char *why;

	*own = (struct recover){.drill = arg_bool(v, "Drill", false)};
	own->n_tiers = tiers && tiers->kind == V_LIST ? value_count(tiers) : tiers != NULL;
	if (!choice_check(arg(v, "Servers"), &why))
		verb_fail(v, "%s", why);
	else if (arg(v, "Subnet") && !own->drill)
		verb_fail(v, "Subnet is for drills: real servers are launched where their launch templates say");
	else if (arg(v, "PointInTime") && !str_eqc(arg_text(v, "PointInTime"), "latest") && !wanted_time(v, &until))
		verb_fail(
		    v,
		    "PointInTime must be 'latest', a time such as 2026-11-22T06:00:00Z, or how long ago, such as 15m");
	else
		servers_ask(v, servers_known);
}
