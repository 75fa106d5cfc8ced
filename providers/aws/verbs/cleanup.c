/* CleanUp: recovery instances are terminated; with Disconnect they are first taken out of the replication back.
 *
 * Drill: true means those of drills, and nothing else ever does: without it only real ones are meant. A launch that is
 * still under way is waited for, so that nothing appears after the clean-up. */
#include "providers/aws/verbs/drs.h"
#include "providers/aws/verbs/launch.h"
#include "providers/aws/verbs/looks.h"

struct cleanup {
	struct value *servers;
	bool drill, disconnect;
	struct value *found; /* what is there of them; of the round */
	size_t i; /* of found, the one to disconnect next */
	size_t most; /* the most instances that were seen */
};

static void look(struct verb *v);

static bool is_gone(const struct value *instance)
{
	struct str state = text_at(instance, "ec2InstanceState");

	return str_eqc(state, "TERMINATED") || str_eqc(state, "SHUTTING-DOWN");
}

static bool is_meant(const struct cleanup *own, const struct value *instance)
{
	return recovery_is_drill(instance) == own->drill &&
	       item_with(own->servers, "sourceServerID", server_id(instance));
}

static bool is_connected(const struct value *instance)
{
	struct str state = text_at(value_getc(instance, "dataReplicationInfo"), "dataReplicationState");

	return state.n && !str_eqc(state, "DISCONNECTED") && !str_eqc(state, "NOT_STARTED");
}

static void terminate(struct verb *v);

static void disconnected(struct verb *v)
{
	struct cleanup *own = v->own;

	own->i++;
	terminate(v);
}

/* Those that are still there, after each that still replicates was disconnected. */
static void terminate(struct verb *v)
{
	struct cleanup *own = v->own;
	struct value *ids = verb_list(v, NULL);

	for (; own->disconnect && own->i < value_count(own->found); own->i++)
		if (is_connected(value_at(own->found, own->i))) {
			struct str id = text_at(value_at(own->found, own->i), "recoveryInstanceID");

			verb_busy(v, "ConflictException");
			verb_act(v, "drs:DisconnectRecoveryInstance", MAP(v, TXT("recoveryInstanceID", id)),
				 disconnected);
			return;
		}
	for (size_t i = 0; i < value_count(own->found) && value_count(ids) < DRS_AT_ONCE; i++)
		if (!is_gone(value_at(own->found, i)))
			verb_push(v, ids, text_at(value_at(own->found, i), "recoveryInstanceID"));
	if (!value_count(ids)) {
		verb_wait(v, look, "%zu recovery instances are left", value_count(own->found));
		return;
	}
	verb_busy(v, "ConflictException");
	verb_act(v, "drs:TerminateRecoveryInstances", MAP(v, VAL("recoveryInstanceIDs", ids)), look);
}

static void cleaned(struct verb *v)
{
	struct cleanup *own = v->own;

	verb_done(v, "%zu recovery instances were removed", own->most);
}

static void instances_known(struct verb *v)
{
	struct cleanup *own = v->own;
	const struct value *items = value_getc(v->answer, "items");

	own->found = verb_list(v, NULL);
	own->i = 0;
	for (size_t i = 0; i < value_count(items); i++)
		if (is_meant(own, value_at(items, i)))
			value_append(&v->round, own->found, value_at(items, i));
	if (value_count(own->found) > own->most)
		own->most = value_count(own->found);
	if (value_count(own->found))
		terminate(v);
	else if (own->drill)
		launch_restore(v, cleaned);
	else
		cleaned(v);
}

/* Jobs with our servers: a launch, or the termination itself. */
static void jobs_known(struct verb *v)
{
	struct cleanup *own = v->own;
	const struct value *jobs = value_getc(v->answer, "items");

	for (size_t i = 0; i < value_count(jobs); i++) {
		const struct value *job = value_at(jobs, i), *parts = value_getc(job, "participatingServers");

		for (size_t k = 0; !is_at(job, "status", "COMPLETED") && k < value_count(parts); k++)
			if (item_with(own->servers, "sourceServerID", server_id(value_at(parts, k)))) {
				verb_wait(v, look, "job %.*s (%.*s) is under way", STR_ARG(text_at(job, "jobID")),
					  STR_ARG(text_at(job, "type")));
				return;
			}
	}
	recoveries_ask(v, own->servers, instances_known);
}

static void look(struct verb *v)
{
	jobs_ask(v, jobs_known);
}

static void servers_known(struct verb *v)
{
	struct cleanup *own = v->own;

	own->servers = servers_chosen(v->arena, v->answer, arg(v, "RecoveryInstances"));
	if (!value_count(own->servers)) {
		verb_done(v, "no server in %.*s has these tags", STR_ARG(v->at->name));
		return;
	}
	v->look = look;
	look(v);
}

void cleanup_look(struct verb *v)
{
	struct cleanup *own = verb_own(v, struct cleanup);
	const struct value *choice = arg(v, "RecoveryInstances"), *drill = value_getc(choice, "Drill");
	const char *why;

	own->disconnect = arg_bool(v, "Disconnect", false);
	if (drill && !value_as_bool(drill, &own->drill))
		verb_fail(v, "Drill must be true or false");
	else if (!choice_check(choice, &why))
		verb_fail(v, "%s", why);
	else
		servers_ask(v, servers_known);
}
