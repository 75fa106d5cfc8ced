/* Who writes in an Aurora global database. Until somebody is promoted it is the cluster that the database was made from,
 * or the one that is asked about where none is told. See verbs.h.
 *
 * Times: a switchover waits until the secondary caught up, a failover does not; both take a minute or two with little to
 * replay (Aurora user guide, "Using switchover or failover in an Aurora global database"). */
#include "providers/sim/verbs.h"

#define SWITCHOVER_MS 100000
#define FAILOVER_MS 70000
#define COPY_MS 240000

static struct str key_of(struct arena *a, const struct row *cluster)
{
	return str_fmt(a, "%.*s/%.*s", STR_ARG(cluster->region), STR_ARG(cluster->id));
}

/* Whether the global database was made from this cluster: that property is not given back, the reference stays. */
static bool is_source(struct call *c, const struct row *cluster, const struct row *global)
{
	sqlite3_stmt *st = world_bind(&c->sim->world, W_REFERRERS, "is", cluster->row, STR("AWS::RDS::GlobalCluster"));
	bool found = false;

	while (!found && world_step(&c->sim->world, st))
		found = world_int(st, 0) == global->row;
	world_reset(st);
	return found;
}

struct origin {
	struct call *c;
	const struct row *global;
};

static bool made_from(void *ctx, const struct row *cluster)
{
	const struct origin *o = ctx;

	return is_source(o->c, cluster, o->global);
}

static struct call clusters_of(struct verb *v)
{
	struct call c = *v->c;

	c.facts = facts_of(&c.sim->catalog, STR("AWS::RDS::DBCluster"), NULL);
	return c;
}

static struct str writer_of(struct verb *v, const struct thing *global)
{
	struct str key = mark_get(v->c, "writer", global->r.id);
	struct call c = clusters_of(v);
	struct origin o = {.c = &c, .global = &global->r};
	struct row source;

	for (size_t i = 0; !key.n && i < v->w->n_places; i++) {
		c.scope = scope_of(c.a, &v->w->places[i]);
		if (rows_any(&c, made_from, &o, &source))
			key = key_of(c.a, &source);
	}
	return key;
}

static bool is_member(struct verb *v, const struct thing *global, const struct thing *cluster)
{
	return str_eq(value_text(value_getc(cluster->r.props, "GlobalClusterIdentifier")), global->r.id) ||
	       is_source(v->c, &cluster->r, &global->r);
}

static bool instance_of(void *ctx, const struct row *r)
{
	return str_eq(value_text(value_getc(r->props, "DBClusterIdentifier")), *(const struct str *)ctx);
}

static bool has_instance(struct verb *v, const struct thing *cluster)
{
	struct call c = *v->c;
	struct row found;

	c.facts = facts_of(&c.sim->catalog, STR("AWS::RDS::DBInstance"), NULL);
	c.scope = cluster->at.scope;
	return c.facts && rows_any(&c, instance_of, (void *)&cluster->r.id, &found);
}

/* Of and Is, or Global and To: two ways of saying the same. */
static bool both(struct verb *v, struct thing *global, struct thing *cluster)
{
	return thing_of(v, value_getc(v->args, "Global") ? "Global" : "Of", global) &&
	       thing_of(v, value_getc(v->args, "To") ? "To" : "Is", cluster);
}

bool probe_writer(struct verb *v)
{
	struct thing global, cluster;
	struct str writer;

	if (!both(v, &global, &cluster))
		return false;
	writer = writer_of(v, &global);
	verb_gives(v, "Writer", writer);
	return probe_told(v, str_eq(writer, key_of(v->c->a, &cluster.r)), "%.*s writes",
			  STR_ARG(writer.n ? writer : STR("nobody")));
}

bool verb_promote(struct verb *v)
{
	struct thing global, to;
	struct str from, key;
	bool planned = false;

	if (!both(v, &global, &to))
		return false;
	from = writer_of(v, &global);
	key = key_of(v->c->a, &to.r);
	if (!is_member(v, &global, &to))
		return call_refuse(v->c, STR("DBClusterNotFoundFault"), "%.*s is not a member of global database %.*s",
				   STR_ARG(to.address), STR_ARG(global.r.id));
	if (str_eq(from, key))
		return verb_told(v, "%.*s writes", STR_ARG(key));
	if (!has_instance(v, &to))
		return call_refuse(v->c, STR("InvalidDBClusterStateFault"), "%.*s has no instance that could write",
				   STR_ARG(to.address));
	value_as_bool(value_getc(v->args, "Planned"), &planned);
	planned = planned || !v->w->unplanned;
	if (!planned && !mark_set(v->c, "lost-writes", from,
				  str_fmt(v->c->a, "rds:unplanned-global-failover-%lld", (long long)v->c->sim->wall)))
		return false;
	v->takes = planned ? SWITCHOVER_MS : FAILOVER_MS;
	v->waits = planned ? "the switchover" : "the failover";
	verb_gives(v, "Writer", key);
	verb_gives(v, "From", from);
	return mark_set(v->c, "writer", global.r.id, key) && verb_told(v, "%.*s writes", STR_ARG(key));
}

bool probe_member(struct verb *v)
{
	struct thing global, cluster;

	if (!thing_of(v, "Of", &global) || !thing_of(v, "Cluster", &cluster))
		return false;
	if (!is_member(v, &global, &cluster))
		return probe_told(v, false, "%.*s is not a member of the global database", STR_ARG(cluster.address));
	return probe_told(v, !value_getc(v->args, "Is") || args_has(value_getc(v->args, "Is"), STR("available")),
			  "%.*s is available", STR_ARG(cluster.address));
}

static bool other_version(void *ctx, const struct row *r)
{
	const struct thing *global = ctx;
	struct str version = value_text(value_getc(r->props, "EngineVersion")),
		   ours = value_text(value_getc(global->r.props, "EngineVersion"));

	return str_eq(value_text(value_getc(r->props, "GlobalClusterIdentifier")), global->r.id) && version.n &&
	       ours.n && !str_eq(version, ours);
}

bool probe_engines(struct verb *v)
{
	struct thing global;
	struct call c = clusters_of(v);
	struct row odd;

	if (!thing_of(v, "Of", &global))
		return false;
	for (size_t i = 0; i < v->w->n_places; i++) {
		c.scope = scope_of(c.a, &v->w->places[i]);
		if (rows_any(&c, other_version, &global, &odd))
			return probe_told(v, false, "%.*s has version %.*s", STR_ARG(odd.id),
					  STR_ARG(value_text(value_getc(odd.props, "EngineVersion"))));
	}
	return probe_told(v, true, "the same release on all sides");
}

/* After an unplanned failover the writes that only the old writer had are in a snapshot of the system's; it is kept under
 * a name of one's own. After a planned one there is none, and nothing to keep. */
bool verb_keep_snapshot(struct verb *v)
{
	struct thing cluster;
	struct str key, name, as = value_text(value_getc(v->args, "As"));

	if (!thing_of(v, "Cluster", &cluster))
		return false;
	key = key_of(v->c->a, &cluster.r);
	name = mark_get(v->c, "lost-writes", key);
	if (!name.n)
		return verb_told(v, "no writes were lost: there is no snapshot to keep");
	if (str_eq(mark_get(v->c, "snapshot", as), name))
		return verb_told(v, "kept as %.*s", STR_ARG(as));
	v->takes = COPY_MS;
	v->waits = "the copy";
	return mark_set(v->c, "snapshot", as, name) && verb_told(v, "kept as %.*s", STR_ARG(as));
}
