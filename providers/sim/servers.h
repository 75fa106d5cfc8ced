/* Source servers and recovery instances of Elastic Disaster Recovery in the simulated world. They are rows of their own
 * two types, which no template has: servers appear by seeds (docs/simulator.md), instances by the verbs (verb_servers.c).
 *
 * A recovery instance has the id of its source server, because a server has at most one; its properties name the EC2
 * instance. A server that still synchronises is a pending row, which becomes active when it is through.
 */
#ifndef DRPLAN_SIM_SERVERS_H
#define DRPLAN_SIM_SERVERS_H

#include "providers/sim/verbs.h"

#define SOURCE_SERVER "AWS::DRS::SourceServer"

struct server {
	struct row r;			/* Hostname, OriginRegion, Instance, Running, State, Lag, Reversed, Tags */
	struct row instance;		/* Instance, State, Drill; row 0: there is none */
};

struct servers {
	struct call at;			/* facts and scope of the source servers */
	struct server *items;
	size_t n, cap;
};

const struct sim_facts *server_type(void);

/* The seed of one: Hostname, OriginRegion, and what else docs/simulator.md says. */
bool server_seed(struct call *c, const struct value *props, struct row *out);

/* The servers of a place that {Tags, Ids} choose. Refused where it says neither, or Elastic Disaster Recovery was never
 * set up there. */
bool servers_choose(struct verb *v, const struct place *place, const struct value *choice, struct servers *out);
/* The server that an earlier reversal made of this one in another place; false: there is none, or refused. */
bool server_counterpart(struct servers *there, const struct server *s, struct server *out);
bool server_add(struct call *at, struct value *props, struct str state, int64_t due, struct row *out);
bool server_store(struct call *at, const struct row *r);	/* its properties */
bool server_pends(struct call *at, const struct row *r, int64_t due);	/* due 0: it does not any more */

bool instance_launch(struct call *at, struct server *s, bool drill);	/* in place of the one that it has */
bool instance_remove(struct call *at, struct server *s);

struct str server_text(const struct row *r, const char *key);
void server_set(struct call *at, struct row *r, const char *key, struct str text);
bool server_flag(const struct row *r, const char *key);
struct str server_state(const struct server *s);	/* as DescribeSourceServers names it */
bool server_replicates(const struct server *s);
bool instance_runs(const struct server *s, bool drill);

#endif
