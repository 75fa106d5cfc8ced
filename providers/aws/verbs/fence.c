/* Fence: the servers of one side are stopped, so that nobody writes there any more: recovery instances that run in the
 * target, and the origin's instances that are replicated out of it, which the other targets know. */
#include "providers/aws/verbs/drs.h"
#include "providers/aws/verbs/looks.h"

#define FILTER_VALUES 200 /* ids in one filter of DescribeInstances */
#define STOP_AT_ONCE 500

struct fence {
	const struct place *target;
	struct value *ids; /* EC2 instances in the target's region */
	struct value *servers;
	size_t place; /* the place whose source servers are looked at; n_places: all were */
	size_t asked; /* ids whose states are known */
	struct value *up; /* those of them that are neither down nor on their way */
	size_t stopping; /* how many are on their way */
	size_t told; /* how many of up were told to stop */
	bool all_told;
};

static void place_next(struct verb *v);

static void add_instance(struct verb *v, struct str id)
{
	struct fence *own = v->own;

	if (!str_starts(id, STR("i-")))
		return;
	for (size_t i = 0; i < value_count(own->ids); i++)
		if (str_eq(value_text(value_at(own->ids, i)), id))
			return;
	value_append(v->arena, own->ids, value_string(v->arena, (struct pos){0}, str_dup(v->arena, id)));
}

/* --- stopping ----------------------------------------------------------------------------------------------------- */

static void states_look(struct verb *v);

static bool is_down(struct str state)
{
	return str_eqc(state, "stopped") || str_eqc(state, "terminated") || str_eqc(state, "shutting-down");
}

static struct value *slice(struct verb *v, const struct value *ids, size_t from, size_t most)
{
	struct value *out = verb_list(v, NULL);

	for (size_t i = from; i < value_count(ids) && i < from + most; i++)
		verb_push(v, out, value_text(value_at(ids, i)));
	return out;
}

static void stop_next(struct verb *v)
{
	struct fence *own = v->own;
	struct value *ids = slice(v, own->up, own->told, STOP_AT_ONCE);

	own->told += value_count(ids);
	if (value_count(ids)) {
		verb_act(v, "ec2:StopInstances", MAP(v, VAL("InstanceIds", ids)), stop_next);
		return;
	}
	own->all_told = true;
	if (arg_bool(v, "Wait", true))
		states_look(v);
	else
		verb_done(v, "%zu servers are told to stop", own->told);
}

static void judge(struct verb *v)
{
	struct fence *own = v->own;

	if (value_count(own->up) && own->all_told)
		verb_wait(v, states_look, "%zu instances still run", value_count(own->up));
	else if (value_count(own->up))
		stop_next(v);
	else if (own->stopping)
		verb_wait(v, states_look, "%zu instances are stopping", own->stopping);
	else
		verb_done(v, "%zu servers are stopped", value_count(own->ids));
}

static void states_ask(struct verb *v);

static void states_known(struct verb *v)
{
	struct fence *own = v->own;
	const struct value *groups = value_getc(v->answer, "Reservations");

	for (size_t i = 0; i < value_count(groups); i++) {
		const struct value *list = value_getc(value_at(groups, i), "Instances");

		for (size_t k = 0; k < value_count(list); k++) {
			struct str state = text_at(value_getc(value_at(list, k), "State"), "Name"),
				   id = text_at(value_at(list, k), "InstanceId");

			if (str_eqc(state, "stopping"))
				own->stopping++;
			else if (!is_down(state))
				value_append(v->arena, own->up,
					     value_string(v->arena, (struct pos){0}, str_dup(v->arena, id)));
		}
	}
	own->asked += FILTER_VALUES;
	states_ask(v);
}

/* By a filter: an id that exists no more would fail the whole call. */
static void states_ask(struct verb *v)
{
	struct fence *own = v->own;
	struct value *ids = slice(v, own->ids, own->asked, FILTER_VALUES);
	struct value *filter = MAP(v, TXT("Name", STR("instance-id")), VAL("Values", ids));

	if (value_count(ids))
		verb_ask(v, "ec2:DescribeInstances", MAP(v, VAL("Filters", verb_list(v, filter))), states_known);
	else
		judge(v);
}

static void states_look(struct verb *v)
{
	struct fence *own = v->own;

	verb_at(v, own->target);
	own->asked = own->told = own->stopping = 0;
	own->up = value_list(v->arena, (struct pos){0});
	if (value_count(own->ids))
		states_ask(v);
	else
		verb_done(v, "no server of these runs in %.*s", STR_ARG(own->target->name));
}

/* --- finding ------------------------------------------------------------------------------------------------------ */

static void recoveries_known(struct verb *v)
{
	struct fence *own = v->own;
	const struct value *items = value_getc(v->answer, "items");

	for (size_t i = 0; i < value_count(items); i++)
		if (item_with(own->servers, "sourceServerID", server_id(value_at(items, i))) &&
		    !recovery_is_drill(value_at(items, i)))
			add_instance(v, text_at(value_at(items, i), "ec2InstanceID"));
	own->place++;
	place_next(v);
}

/* A source server's origin is an instance of the target's region, or its recovery instance is. */
static void servers_known(struct verb *v)
{
	struct fence *own = v->own;
	bool here = v->at == own->target;

	own->servers = v->answer ? servers_chosen(v->arena, v->answer, arg(v, "Servers")) : NULL;
	for (size_t i = 0; i < value_count(own->servers); i++) {
		const struct value *s = value_at(own->servers, i);

		if (!here && str_eq(text_at(value_getc(s, "sourceCloudProperties"), "originRegion"),
				    place_region(v, own->target)))
			add_instance(
			    v, text_at(value_path(s, STR("sourceProperties.identificationHints")), "awsInstanceID"));
	}
	if (here && value_count(own->servers)) {
		recoveries_ask(v, own->servers, recoveries_known);
		return;
	}
	own->place++;
	place_next(v);
}

/* Another target in a region that is looked at anyway. */
static bool seen_before(const struct verb *v, size_t i)
{
	const struct fence *own = v->own;
	struct str region = place_region(v, &v->work->places[i]);

	if (&v->work->places[i] == own->target)
		return false;
	for (size_t k = 0; k < i; k++)
		if (str_eq(place_region(v, &v->work->places[k]), region))
			return true;
	return str_eq(place_region(v, own->target), region);
}

static void place_next(struct verb *v)
{
	struct fence *own = v->own;

	while (own->place < v->work->n_places && seen_before(v, own->place))
		own->place++;
	if (own->place >= v->work->n_places) {
		v->look = states_look;
		states_look(v);
		return;
	}
	verb_at(v, &v->work->places[own->place]);
	verb_expect(v, "UninitializedAccountException");
	servers_ask(v, servers_known);
}

void fence_look(struct verb *v)
{
	struct fence *own = verb_own(v, struct fence);
	const char *why;

	own->target = v->at;
	own->ids = value_list(v->arena, (struct pos){0});
	own->place = 0;
	if (!choice_check(arg(v, "Servers"), &why))
		verb_fail(v, "%s", why);
	else
		place_next(v);
}
