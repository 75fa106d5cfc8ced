/* Whole servers: recovered, fenced, replicated the other way, cleaned up; and what is asked about them. The rows are
 * servers.c's. See verbs.h.
 *
 * Times (docs/simulator.md says where they come from): a launch job snapshots, converts and starts its servers beside
 * each other, so that a tier takes what one server takes. A reversal is under way after minutes; the first copy then
 * takes as long as the disks are large, here 100 GiB over a quarter of a gigabit per second. */
#include "providers/sim/servers.h"

#define LAUNCH_JOB_MS 420000
#define STOP_MS 60000
#define REVERSE_MS 300000
#define SYNC_MS 3600000
#define TERMINATE_MS 120000

static bool refused(struct verb *v, const struct servers *s)
{
	return call_refuse(v->c, s->at.code.n ? s->at.code : STR("ConflictException"), "%.*s", STR_ARG(s->at.message));
}

/* --- Recover ------------------------------------------------------------------------------------------------------ */

static bool wanted_time(const struct verb *v)
{
	struct str s = value_text(value_getc(v->args, "PointInTime"));
	int64_t ms;

	return !s.n || str_eqc(s, "latest") || str_duration(s, &ms) || time_parse(s, &ms);
}

/* A drill in a subnet holds that subnet as long as its instance is there. */
static bool hold_subnet(struct servers *all, const struct server *s, const struct thing *subnet)
{
	struct world *w = &all->at.sim->world;

	return !subnet->r.row ||
	       world_do(w, world_bind(w, W_REF_ADD, "iis", s->instance.row, subnet->r.row, STR("blocks"))) ||
	       call_broken(&all->at);
}

static bool launch_one(struct verb *v, struct servers *all, struct server *s, bool drill, const struct thing *subnet)
{
	struct str state = server_state(s), name = server_text(&s->r, "Hostname");

	if (drill && instance_runs(s, false))
		return call_refuse(v->c, STR("ConflictException"),
				   "%.*s runs as a recovery instance: a drill would end it", STR_ARG(name));
	if (str_eqc(state, "INITIAL_SYNC") || str_eqc(state, "STOPPED") || str_eqc(state, "DISCONNECTED"))
		return call_refuse(v->c, STR("ConflictException"), "%.*s is %.*s: it has no snapshot to launch from",
				   STR_ARG(name), STR_ARG(state));
	return (instance_launch(&all->at, s, drill) && hold_subnet(all, s, subnet)) || refused(v, all);
}

/* How many of the tier (empty: of all) were launched; -1: refused. */
static int launch_tier(struct verb *v, struct servers *all, struct str tier, bool drill, const struct thing *subnet)
{
	int launched = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct server *s = &all->items[i];
		struct str own = value_text(value_path(s->r.props, STR("Tags.Tier")));

		if ((tier.n && !str_eq(own, tier)) || instance_runs(s, drill))
			continue;
		if (!launch_one(v, all, s, drill, subnet))
			return -1;
		launched++;
	}
	return launched;
}

/* Servers that no tier names are left out, and said so. */
static void tell_left_out(struct verb *v, const struct servers *all, const struct value *tiers)
{
	struct value *list = value_list(v->w->arena, (struct pos){0});

	for (size_t i = 0; tiers && i < all->n; i++) {
		struct str tier = value_text(value_path(all->items[i].r.props, STR("Tags.Tier")));

		if (!args_has(tiers, tier))
			value_append(
			    v->w->arena, list,
			    value_string(v->w->arena, (struct pos){0},
					 str_fmt(v->w->arena, "%.*s was not recovered: no tier is called '%.*s'",
						 STR_ARG(server_text(&all->items[i].r, "Hostname")), STR_ARG(tier))));
	}
	if (value_count(list))
		value_set(v->w->arena, v->w->result, STR("Excepts"), (struct pos){0}, list);
}

static bool recover_fits(struct verb *v, bool drill, struct thing *subnet)
{
	*subnet = (struct thing){0};
	if (value_getc(v->args, "Subnet") && !drill)
		return call_refuse(v->c, STR("ValidationError"),
				   "Subnet is for drills: real servers are launched where their launch templates say");
	if (!wanted_time(v))
		return call_refuse(v->c, STR("ValidationError"),
				   "PointInTime must be 'latest', a time such as 2026-11-22T06:00:00Z, or how long "
				   "ago, such as 15m");
	return !value_getc(v->args, "Subnet") || thing_of(v, "Subnet", subnet);
}

bool verb_recover(struct verb *v)
{
	const struct value *tiers = value_getc(v->args, "Tiers");
	size_t n = tiers ? args_number(tiers) : 1;
	bool drill = false;
	struct thing subnet;
	struct servers all;

	value_as_bool(value_getc(v->args, "Drill"), &drill);
	if (!recover_fits(v, drill, &subnet) || !servers_choose(v, v->w->place, value_getc(v->args, "Servers"), &all))
		return false;
	if (!all.n)
		return call_refuse(v->c, STR("ValidationError"), "no server in %.*s has these tags",
				   STR_ARG(v->w->place->name));
	for (size_t i = 0; i < n; i++) {
		int launched = launch_tier(v, &all, value_text(args_nth(tiers, i)), drill, &subnet);

		if (launched < 0)
			return false;
		v->takes += launched ? LAUNCH_JOB_MS : 0;
	}
	v->waits = "the launch jobs";
	verb_told(v, "%zu servers run", all.n);
	tell_left_out(v, &all, tiers);
	return true;
}

/* --- Fence -------------------------------------------------------------------------------------------------------- */

/* Its agent is not seen any more. */
static bool stop_origin(struct verb *v, struct servers *there, struct server *s, size_t *stopped)
{
	if (!server_flag(&s->r, "Running"))
		return true;
	++*stopped;
	server_set(&there->at, &s->r, "Running", STR("false"));
	if (server_replicates(s))
		server_set(&there->at, &s->r, "State", STR("STALLED"));
	return (server_store(&there->at, &s->r) && server_pends(&there->at, &s->r, 0)) || refused(v, there);
}

static bool stop_instance(struct verb *v, struct servers *here, struct server *s, size_t *stopped)
{
	if (!instance_runs(s, false))
		return true;
	++*stopped;
	server_set(&here->at, &s->instance, "State", STR("STOPPED"));
	return server_store(&here->at, &s->instance) || refused(v, here);
}

/* Recovery instances of this place, and the origins here of what other places receive. */
bool verb_fence(struct verb *v)
{
	struct str here = v->c->scope.region;
	size_t down = 0, stopped = 0;
	bool wait = true;
	struct servers all;

	for (size_t i = 0; i < v->w->n_places; i++) {
		const struct place *place = &v->w->places[i];
		bool own = str_eq(scope_of(v->c->a, place).region, here);

		if (!servers_choose(v, place, value_getc(v->args, "Servers"), &all)) {
			if (!str_eqc(v->c->code, "UninitializedAccountException"))
				return false;
			v->c->code = v->c->message = STR_NONE;
			continue;
		}
		for (size_t k = 0; k < all.n; k++) {
			struct server *s = &all.items[k];
			bool origin = !own && str_eq(server_text(&s->r, "OriginRegion"), here);

			if (origin ? !stop_origin(v, &all, s, &stopped) : own && !stop_instance(v, &all, s, &stopped))
				return false;
			/* What a reversal made comes from an instance that is counted on its own side. */
			down += origin ? !server_text(&s->r, "Reversed").n
				       : own && s->instance.row && !server_flag(&s->instance, "Drill");
		}
	}
	value_as_bool(value_getc(v->args, "Wait"), &wait);
	v->takes = stopped && wait ? STOP_MS : 0;
	v->waits = "instances that are stopping";
	return down ? verb_told(v, "%zu servers are stopped", down)
		    : verb_told(v, "no server of these runs in %.*s", STR_ARG(v->w->place->name));
}

/* --- ReverseReplication ------------------------------------------------------------------------------------------- */

static struct value *tags_of(struct call *at, const struct row *r)
{
	const struct value *tags = value_getc(r->props, "Tags");

	return tags ? value_copy(at->a, tags) : value_map(at->a, (struct pos){0});
}

static bool receiver_make(struct servers *from, struct servers *to, struct server *s, int64_t due, struct server *other)
{
	struct value *props = value_map(to->at.a, (struct pos){0});
	struct row *r = &other->r;

	r->props = props;
	server_set(&to->at, r, "Hostname", server_text(&s->r, "Hostname"));
	server_set(&to->at, r, "OriginRegion", from->at.scope.region);
	server_set(&to->at, r, "Reversed", s->r.id);
	server_set(&to->at, r, "State", STR("CONTINUOUS"));
	server_set(&to->at, r, "Lag", server_text(&s->r, "Lag"));
	server_set(&to->at, r, "Running", STR("true"));
	value_set(to->at.a, props, STR("Tags"), (struct pos){0}, tags_of(&from->at, &s->r));
	return server_add(&to->at, props, STR("pending"), due, r);
}

/* The receiver starts anew with what runs in From; From's own replication stops. */
static bool reverse_one(struct servers *from, struct servers *to, struct server *s)
{
	int64_t due = to->at.sim->wall + REVERSE_MS + SYNC_MS;
	struct server other;

	if (!server_counterpart(to, s, &other)) {
		if (to->at.code.n || !receiver_make(from, to, s, due, &other))
			return false;
		server_set(&from->at, &s->r, "Reversed", other.r.id);
	} else {
		server_set(&to->at, &other.r, "State", STR("CONTINUOUS"));
		server_set(&to->at, &other.r, "Running", STR("true"));
		value_set(to->at.a, other.r.props, STR("Tags"), (struct pos){0}, tags_of(&from->at, &s->r));
		if (!server_store(&to->at, &other.r) || !server_pends(&to->at, &other.r, due))
			return false;
	}
	server_set(&from->at, &s->r, "State", STR("STOPPED"));
	return server_store(&from->at, &s->r) && server_pends(&from->at, &s->r, 0);
}

static bool reverse_all(struct verb *v, struct servers *from, struct servers *to, const struct place *at)
{
	for (size_t i = 0; i < from->n; i++) {
		struct server *s = &from->items[i], other;

		if (server_counterpart(to, s, &other) && server_replicates(&other))
			continue;
		if (!instance_runs(s, false))
			return call_refuse(v->c, STR("ConflictException"),
					   "%.*s does not run in %.*s: there is nothing to replicate",
					   STR_ARG(server_text(&s->r, "Hostname")), STR_ARG(at->name));
		if (!reverse_one(from, to, s))
			return refused(v, to->at.code.n ? to : from);
		v->takes = REVERSE_MS;
	}
	return true;
}

bool verb_reverse(struct verb *v)
{
	const struct place *at = place_of_target(v, value_text(value_getc(v->args, "From")));
	const struct place *where = place_of_target(v, value_text(value_getc(v->args, "To")));
	const struct value *choice = value_getc(v->args, "Servers");
	struct servers from, to;

	if (!at || !where)
		return call_refuse(v->c, STR("ValidationError"), "From and To are targets");
	if (!servers_choose(v, at, choice, &from) || !servers_choose(v, where, choice, &to))
		return false;
	if (!from.n)
		return call_refuse(v->c, STR("ValidationError"), "no server in %.*s has these tags", STR_ARG(at->name));
	v->waits = "the replication to begin";
	return reverse_all(v, &from, &to, at) &&
	       verb_told(v, "%zu servers replicate to %.*s", from.n, STR_ARG(where->name));
}

/* --- CleanUp ------------------------------------------------------------------------------------------------------ */

/* What an instance sent stops with it. */
static bool cut_off(struct verb *v, const struct server *s, bool disconnect)
{
	const struct place *place = NULL;
	struct servers there = {0};
	struct server other;

	for (size_t i = 0; i < v->w->n_places && !place; i++)
		if (str_eq(scope_of(v->c->a, &v->w->places[i]).region, server_text(&s->r, "OriginRegion")))
			place = &v->w->places[i];
	if (!place || !server_text(&s->r, "Reversed").n)
		return true;
	there.at = (struct call){.sim = v->c->sim, .a = v->c->a, .scope = scope_of(v->c->a, place)};
	there.at.facts = server_type();
	if (!server_counterpart(&there, s, &other) || !server_replicates(&other))
		return !there.at.code.n || refused(v, &there);
	server_set(&there.at, &other.r, "State", disconnect ? STR("DISCONNECTED") : STR("STALLED"));
	return (server_store(&there.at, &other.r) && server_pends(&there.at, &other.r, 0)) || refused(v, &there);
}

bool verb_cleanup(struct verb *v)
{
	const struct value *choice = value_getc(v->args, "RecoveryInstances");
	bool drill = false, disconnect = false;
	struct servers all;
	size_t gone = 0;

	value_as_bool(value_getc(choice, "Drill"), &drill);
	value_as_bool(value_getc(v->args, "Disconnect"), &disconnect);
	if (!servers_choose(v, v->w->place, choice, &all))
		return false;
	for (size_t i = 0; i < all.n; i++) {
		struct server *s = &all.items[i];

		if (!s->instance.row || server_flag(&s->instance, "Drill") != drill)
			continue;
		if (!cut_off(v, s, disconnect))
			return false;
		if (!instance_remove(&all.at, s))
			return refused(v, &all);
		gone++;
	}
	v->takes = gone ? TERMINATE_MS : 0;
	v->waits = "instances that are shutting down";
	if (!all.n)
		return verb_told(v, "no server in %.*s has these tags", STR_ARG(v->w->place->name));
	return verb_told(v, "%zu recovery instances were removed", gone);
}

/* --- what is asked ------------------------------------------------------------------------------------------------ */

struct tally {
	size_t good;
	int64_t lag_ms; /* the largest; -1: nobody tells */
	struct str bad;
};

static void tally_add(struct verb *v, struct tally *t, const struct server *s)
{
	struct str state = server_state(s), lag = server_text(&s->r, "Lag");
	const struct value *is = value_getc(v->args, "Is");
	int64_t ms = -1, below;
	bool good = !is || args_has(is, state);

	if (str_eqc(state, "CONTINUOUS") && str_duration(lag, &ms) && ms > t->lag_ms)
		t->lag_ms = ms;
	if (str_duration(value_text(value_getc(v->args, "LagBelow")), &below))
		good = good && ms >= 0 && ms < below;
	t->good += good;
	if (!good && !t->bad.n)
		t->bad = str_fmt(v->c->a, "; %.*s is %.*s%s%.*s", STR_ARG(server_text(&s->r, "Hostname")),
				 STR_ARG(state), ms < 0 ? "" : ", lag ", STR_ARG(ms < 0 ? STR_NONE : lag));
}

bool probe_replication(struct verb *v)
{
	struct tally t = {.lag_ms = -1};
	int64_t at_least = 1;
	bool value = str_eqc(value_text(value_getc(v->args, "Value")), "LagDuration");
	struct servers all;

	if (!servers_choose(v, v->w->place, value_getc(v->args, "Servers"), &all))
		return false;
	for (size_t i = 0; i < all.n; i++)
		tally_add(v, &t, &all.items[i]);
	value_as_int(value_getc(v->args, "AtLeast"), &at_least);
	if (value && t.lag_ms >= 0)
		probe_gives(
		    v, value_number(v->w->arena, (struct pos){0}, str_fmt(v->w->arena, "%g", (double)t.lag_ms / 1000)));
	if ((int64_t)all.n < at_least)
		return probe_told(v, false, "%zu servers have these tags", all.n);
	return probe_told(v, t.good == all.n && (t.lag_ms >= 0 || !value), "%zu of %zu servers%.*s", t.good, all.n,
			  STR_ARG(t.bad));
}

bool probe_servers(struct verb *v)
{
	const struct value *is = value_getc(v->args, "Is");
	struct str bad = STR_NONE;
	bool drill = false;
	struct servers all;
	size_t good = 0;

	value_as_bool(value_getc(v->args, "Drill"), &drill);
	if (!servers_choose(v, v->w->place, value_getc(v->args, "Servers"), &all))
		return false;
	for (size_t i = 0; i < all.n; i++) {
		const struct server *s = &all.items[i];
		bool ours = s->instance.row && server_flag(&s->instance, "Drill") == drill, fits = false;
		struct str state = ours ? server_text(&s->instance, "State") : STR("not launched");

		for (size_t k = 0; ours && k < args_number(is); k++)
			fits |= str_eq_nocase(value_text(args_nth(is, k)), state);
		good += fits;
		if (!fits && !bad.n)
			bad =
			    str_fmt(v->c->a, "; %.*s is %.*s", STR_ARG(server_text(&s->r, "Hostname")), STR_ARG(state));
	}
	return probe_told(v, good && good == all.n, "%zu of %zu servers%.*s", good, all.n, STR_ARG(bad));
}

/* A function inside would be asked: that the servers run is all that can be told. */
bool probe_ports(struct verb *v)
{
	struct servers all;
	size_t up = 0;

	if (!servers_choose(v, v->w->place, value_getc(v->args, "Servers"), &all))
		return false;
	for (size_t i = 0; i < all.n; i++)
		up += instance_runs(&all.items[i], false);
	if (!all.n || up < all.n)
		return probe_told(v, false, "%zu of %zu servers run", up, all.n);
	return probe_told(v, true, "%zu servers run; the simulator takes it that their ports answer", up);
}
