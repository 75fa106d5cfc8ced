/* Elastic Disaster Recovery as states (export.h): Recover, ReverseReplication, CleanUp, and the checks Replication and State
 * of servers. Lists are asked in pages: an answer that is longer than 256 KiB fails. */
#include "providers/aws/verbs/drs.h"
#include "providers/aws/verbs/export.h"

#define SERVERS_A_PAGE 25
#define INSTANCES_A_PAGE 50
#define JOBS_A_PAGE 3 /* each may name 200 servers */

/* --- servers ------------------------------------------------------------------------------------------------------ */

struct str servers_match(struct machine *m, const struct value *choice)
{
	const struct value *tags = value_getc(choice, "Tags"), *ids = value_getc(choice, "Ids");
	struct str all = STR("true");
	const char *why;

	if (!choice_check(choice, &why)) {
		machine_refuse(m, "%s", why);
		return STR_NONE;
	}
	for (uint32_t i = 0; tags && tags->kind == V_MAP && i < tags->map.n; i++)
		all = str_fmt(&m->v.round, "%.*s and $lookup(Tags, %.*s) = %.*s", STR_ARG(all),
			      STR_ARG(jsonata_text(m, tags->map.items[i].key)),
			      STR_ARG(jsonata_text(m, value_text(tags->map.items[i].value))));
	if (ids)
		all = str_fmt(&m->v.round, "%.*s and SourceServerID in %.*s", STR_ARG(all),
			      STR_ARG(jsonata_texts(m, ids)));
	return all;
}

/* Gathers what each gives of the chosen ones into a variable. */
static void servers_list(struct machine *m, const char *state, struct str match, const char *variable, const char *each,
			 const char *next)
{
	machine_ask_pages(m, state, "drs:DescribeSourceServers", NULL, "maxResults", SERVERS_A_PAGE,
			  VARS({variable, jsonata(m, "$states.result.Items[%.*s]%s", STR_ARG(match), each)}), next);
}

static void instances_list(struct machine *m, const char *state, const char *which, const char *variable,
			   const char *each, const char *next)
{
	machine_ask_pages(m, state, "drs:DescribeRecoveryInstances", NULL, "maxResults", INSTANCES_A_PAGE,
			  VARS({variable, jsonata(m, "$states.result.Items[%s]%s", which, each)}), next);
}

/* The jobs of the last day: those under way, and those of this machine that failed. */
static void jobs_list(struct machine *m, const char *state, bool own, const char *next)
{
	struct value *since = jsonata(m, "$fromMillis($millis() - 86400000)");

	machine_ask_pages(
	    m, state, "drs:DescribeJobs", MAP(&m->v, VAL("filters", MAP(&m->v, VAL("fromDate", since)))), "maxResults",
	    JOBS_A_PAGE,
	    VARS(
		{"busy", jsonata(m, "$states.result.Items[Status != 'COMPLETED'].ParticipatingServers.SourceServerID")},
		{"bad", jsonata(m, "%s",
				own ? "$states.result.Items[Status = 'COMPLETED' and JobID in $mine]"
				      ".ParticipatingServers[LaunchStatus = 'FAILED'].SourceServerID"
				    : "")}),
	    next);
}

/* --- Recover ------------------------------------------------------------------------------------------------------ */

static void launch(struct machine *m, bool drill)
{
	struct value *tags = value_map(&m->v.round, (struct pos){0});

	value_put(&m->v.round, tags, OWN_TAG "op", jsonata(m, "$states.context.Execution.Name"));
	machine_act(m, "act", "drs:StartRecovery",
		    MAP(&m->v,
			VAL("sourceServers", jsonata(m, "[$map($todo[[0..%d]], function($i) {{'SourceServerID': $i}})]",
						     DRS_AT_ONCE - 1)),
			TXT("isDrill", drill ? STR("true") : STR("false")), VAL("tags", tags)),
		    STR_NONE, VARS({"mine", jsonata(m, "[$append($mine, $states.result.Job.JobID)]")}), WAIT);
	machine_allow(m, "drs:TagResource", STR_NONE);
	m->sends_servers = true;
}

/* As recover.c: a launch replaces the server's former recovery instance, also one that production runs on. */
static void real_refused(struct machine *m)
{
	instances_list(m, "real",
		       "$not(IsDrill = true) and SourceServerID in $ids and Ec2InstanceState in ['RUNNING', 'PENDING']",
		       "real", ".SourceServerID", "real?");
	machine_choose(m, "real?", BRANCHES({jsonata(m, "$count($real) > 0"), "production"}), "look");
	machine_fail(m, "production", "'a drill would end what runs as a recovery instance: ' & $join($real, ', ')");
}

/* One tier, or all servers: looked at as a whole until each runs. */
static void tier_emit(struct machine *m, struct str tier, bool drill)
{
	struct str of_tier = tier.n ? str_fmt(&m->v.round, "[tier = %.*s]", STR_ARG(jsonata_text(m, tier))) : STR_NONE;
	const char *first = drill ? "real" : "look";

	machine_begin(
	    m, VARS({"ids", jsonata(m, "[$servers%.*s.id]", STR_ARG(of_tier))}, {"mine", verb_list(&m->v, NULL)}),
	    first);
	if (drill)
		real_refused(m);
	instances_list(m, "look",
		       drill ? "IsDrill = true and SourceServerID in $ids"
			     : "$not(IsDrill = true) and SourceServerID in $ids",
		       "run", ".{'id': SourceServerID, 'state': Ec2InstanceState}", "jobs");
	jobs_list(m, "jobs", true, "count");
	machine_set(
	    m, "count",
	    VARS({"todo", jsonata(m, "[$filter($ids, function($i) {$not($i in $busy or $i in $bad or "
				     "$i in $run[state in ['RUNNING', 'PENDING']].id)})]")},
		 {"under",
		  jsonata(m, "[$filter($ids, function($i) {$i in $busy or $i in $run[state = 'PENDING'].id})]")},
		 {"broken", jsonata(m, "[$filter($ids, function($i) {$i in $bad and $not($i in $busy)})]")},
		 {"said", jsonata(m, "$string($count($run[state = 'RUNNING'])) & ' of ' & $string($count($ids)) & "
				     "' servers run'")}),
	    "choose");
	machine_choose(m, "choose",
		       BRANCHES({jsonata(m, "$count($todo) > 0"), "act"}, {jsonata(m, "$count($under) > 0"), WAIT},
				{jsonata(m, "$count($broken) > 0"), "not started"}),
		       DONE);
	launch(m, drill);
	machine_fail(m, "not started", "'servers that did not start: ' & $join($broken, ', ')");
	machine_wait(m, first);
	machine_finish(m, NULL);
}

static void tiers_emit(struct machine *m, bool drill)
{
	const struct value *tiers = arg(&m->v, "Tiers");
	size_t n = !tiers ? 1 : tiers->kind == V_LIST ? value_count(tiers) : 1;
	struct str step = m->prefix, end = m->done;

	for (size_t i = 0; i < n; i++) {
		const struct value *tier = tiers && tiers->kind == V_LIST ? value_at(tiers, i) : tiers;

		m->prefix = str_fmt(&m->v.round, "%.*s: tier %zu", STR_ARG(step), i + 1);
		m->done = i + 1 < n ? str_fmt(&m->v.round, "%.*s: tier %zu: begin", STR_ARG(step), i + 2) : end;
		tier_emit(m, value_text(tier), drill);
	}
	m->prefix = step;
	m->done = end;
}

void recover_export(struct machine *m)
{
	struct str match = servers_match(m, arg(&m->v, "Servers"));
	bool point = arg(&m->v, "PointInTime") && !str_eqc(arg_text(&m->v, "PointInTime"), "latest");

	if (arg(&m->v, "Subnet") || point) {
		machine_refuse(m, "a state machine launches the latest data where the launch templates say: no %s",
			       point ? "PointInTime" : "Subnet");
		return;
	}
	if (!match.n || !machine_is_here(m, m->work.place))
		return;
	machine_begin(m, NULL, "servers");
	servers_list(m, "servers", match, "servers", ".{'id': SourceServerID, 'tier': $lookup(Tags, 'Tier')}",
		     "servers?");
	machine_choose(m, "servers?", BRANCHES({jsonata(m, "$count($servers) = 0"), "no servers"}), "tier 1: begin");
	machine_fail(m, "no servers", "'no server has these tags'");
	machine_wait(m, "servers");
	tiers_emit(m, arg_bool(&m->v, "Drill", false));
}

/* --- ReverseReplication ------------------------------------------------------------------------------------------- */

/* What the other side receives is seen there alone; here each server has one that receives it. */
void reverse_export(struct machine *m)
{
	const struct place *from = place_named(&m->v, arg_text(&m->v, "From"));
	struct str match = servers_match(m, arg(&m->v, "Servers"));

	if (!match.n || !machine_is_here(m, from))
		return;
	machine_begin(m, NULL, "look");
	servers_list(m, "look", match, "servers", ".{'id': SourceServerID, 'to': ReversedDirectionSourceServerArn}",
		     "one way");
	machine_set(m, "one way",
		    VARS({"ids", jsonata(m, "[$servers[$not($exists(to)) or to = ''].id]")},
			 {"said", jsonata(m, "$string($count($servers)) & ' servers are to be replicated back'")}),
		    "choose");
	machine_choose(
	    m, "choose",
	    BRANCHES({jsonata(m, "$count($servers) = 0"), "no servers"}, {jsonata(m, "$count($ids) = 0"), DONE}),
	    "instances");
	instances_list(m, "instances", "SourceServerID in $ids", "todo", ".RecoveryInstanceID", "all run?");
	machine_choose(m, "all run?", BRANCHES({jsonata(m, "$count($todo) < $count($ids)"), "not running"}), "act");
	machine_act(m, "act", "drs:ReverseReplication", MAP(&m->v, VAL("recoveryInstanceID", jsonata(m, "$todo[0]"))),
		    STR_NONE, VARS({"todo", jsonata(m, "[$todo[[1..9999]]]")}), "next");
	machine_choose(m, "next", BRANCHES({jsonata(m, "$count($todo) > 0"), "act"}), WAIT);
	machine_fail(m, "no servers", "'no server has these tags'");
	machine_fail(m, "not running", "'some of the servers do not run here: there is nothing to replicate'");
	machine_wait(m, "look");
	machine_finish(m, NULL);
}

/* --- CleanUp ------------------------------------------------------------------------------------------------------ */

static void cleanup_loop(struct machine *m, bool drill, bool disconnect)
{
	jobs_list(m, "look", false, "under way?");
	machine_choose(m, "under way?",
		       BRANCHES({jsonata(m, "$count($filter($busy, function($i) {$i in $ids})) > 0"), WAIT}),
		       "instances");
	instances_list(m, "instances",
		       drill ? "IsDrill = true and SourceServerID in $ids"
			     : "$not(IsDrill = true) and SourceServerID in $ids",
		       "found",
		       ".{'id': RecoveryInstanceID, 'gone': Ec2InstanceState in ['TERMINATED', 'SHUTTING-DOWN'], "
		       "'linked': $exists(DataReplicationInfo.DataReplicationState) and "
		       "$not(DataReplicationInfo.DataReplicationState in ['DISCONNECTED', 'NOT_STARTED'])}",
		       "count");
	machine_set(m, "count",
		    VARS({"todo", jsonata(m, "[$found[$not(gone)].id]")}, {"linked", jsonata(m, "[$found[linked].id]")},
			 {"said", jsonata(m, "$string($count($found)) & ' recovery instances are left'")}),
		    "choose");
	machine_choose(
	    m, "choose",
	    BRANCHES({jsonata(m, "$count($found) = 0"), DONE},
		     {jsonata(m, "%s", disconnect ? "$count($linked) > 0" : "false"), disconnect ? "disconnect" : WAIT},
		     {jsonata(m, "$count($todo) > 0"), "act"}),
	    WAIT);
	if (disconnect)
		machine_act(m, "disconnect", "drs:DisconnectRecoveryInstance",
			    MAP(&m->v, VAL("recoveryInstanceID", jsonata(m, "$linked[0]"))), STR_NONE, NULL, "look");
	machine_act(m, "act", "drs:TerminateRecoveryInstances",
		    MAP(&m->v, VAL("recoveryInstanceIDs", jsonata(m, "[$todo[[0..%d]]]", DRS_AT_ONCE - 1))), STR_NONE,
		    NULL, WAIT);
}

void cleanup_export(struct machine *m)
{
	const struct value *choice = arg(&m->v, "RecoveryInstances"), *drill = value_getc(choice, "Drill");
	struct str match = servers_match(m, choice);
	bool of_drills = false;

	if (drill && !value_as_bool(drill, &of_drills)) {
		machine_refuse(m, "Drill must be true or false");
		return;
	}
	if (!match.n || !machine_is_here(m, m->work.place))
		return;
	machine_begin(m, VARS({"mine", verb_list(&m->v, NULL)}), "servers");
	servers_list(m, "servers", match, "ids", ".SourceServerID", "servers?");
	machine_choose(m, "servers?", BRANCHES({jsonata(m, "$count($ids) = 0"), DONE}), "look");
	cleanup_loop(m, of_drills, arg_bool(&m->v, "Disconnect", false));
	machine_wait(m, "look");
	machine_finish(m, NULL);
	m->sends_servers = true;
}

/* --- checks ------------------------------------------------------------------------------------------------------- */

/* Seconds of "PT1H30M5.5S". */
#define LAG                                                                                                            \
	"$sum($map($match(DataReplicationInfo.LagDuration, /[0-9.]+[WDHMS]/).match, function($v) "                     \
	"{$number($substring($v, 0, $length($v) - 1)) * "                                                              \
	"$lookup({'W': 604800, 'D': 86400, 'H': 3600, 'M': 60, 'S': 1}, $substring($v, -1))}))"

void replication_export(struct machine *m)
{
	struct str match = servers_match(m, arg(&m->v, "Servers")), good = STR("true");
	int64_t below = arg_ms(&m->v, "LagBelow", -1);
	bool measures = str_eqc(arg_text(&m->v, "Value"), "LagDuration");

	if (!match.n || !machine_is_here(m, m->work.place))
		return;
	if (arg(&m->v, "Is"))
		good = str_fmt(&m->v.round, "state in %.*s", STR_ARG(jsonata_texts(m, arg(&m->v, "Is"))));
	if (below >= 0)
		good = str_fmt(&m->v.round, "%.*s and lag >= 0 and lag * 1000 < %lld", STR_ARG(good), (long long)below);
	machine_begin(m, NULL, "look");
	servers_list(m, "look", match, "servers",
		     ".{'state': DataReplicationInfo.DataReplicationState, "
		     "'lag': $exists(DataReplicationInfo.LagDuration) ? " LAG " : -1}",
		     "count");
	machine_set(
	    m, "count",
	    VARS(
		{"good", jsonata(m, "$count($servers[%.*s])", STR_ARG(good))},
		{"lag", jsonata(m, "$max([$servers.lag, -1])")},
		{"said", jsonata(m, "$string($count($servers[%.*s])) & ' of ' & $string($count($servers)) & ' servers'",
				 STR_ARG(good))}),
	    "choose");
	machine_choose(m, "choose",
		       BRANCHES({jsonata(m, "$count($servers) >= %lld and $good = $count($servers)%s",
					 (long long)arg_count(&m->v, "AtLeast", 1), measures ? " and $lag >= 0" : ""),
				 DONE}),
		       WAIT);
	machine_wait(m, "look");
	machine_finish(m, jsonata(m, "$lag"));
}

void state_servers(struct machine *m)
{
	struct str match = servers_match(m, arg(&m->v, "Servers"));
	bool drill = arg_bool(&m->v, "Drill", false);

	if (!match.n || !machine_is_here(m, m->work.place))
		return;
	machine_begin(m, NULL, "servers");
	servers_list(m, "servers", match, "ids", ".SourceServerID", "look");
	instances_list(m, "look",
		       drill ? "IsDrill = true and SourceServerID in $ids"
			     : "$not(IsDrill = true) and SourceServerID in $ids",
		       "run", ".{'id': SourceServerID, 'state': Ec2InstanceState}", "count");
	machine_set(
	    m, "count",
	    VARS({"good", jsonata(m, "$count($run[$lowercase(state) in $map(%.*s, $lowercase)])",
				  STR_ARG(jsonata_texts(m, arg(&m->v, "Is"))))},
		 {"said", jsonata(m, "$string($count($run)) & ' of ' & $string($count($ids)) & ' servers run'")}),
	    "choose");
	machine_choose(m, "choose", BRANCHES({jsonata(m, "$count($ids) > 0 and $good = $count($ids)"), DONE}), WAIT);
	machine_wait(m, "servers");
	machine_finish(m, NULL);
}
