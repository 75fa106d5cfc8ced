/* Runbook verbs and probes in the simulator: the same names and arguments as the AWS provider's (provider.h), on the
 * simulated world. A verb has its effect at once and takes as long as AWS typically does; started again, it finds its end
 * state. What has no place in a resource's properties (who writes in a global database, what an alarm says) is kept among
 * the world's answers, where tests and people may set it too (docs/simulator.md).
 *
 *	verbs.c        the tables, arguments, capacity, messages, functions
 *	verb_aurora.c  who writes                      verb_traffic.c  alarms, health, names, addresses
 *	verb_servers.c whole servers (servers.c: rows)  verb_records.c  records without a switch
 *	status.c       what is to be said of resources
 */
#ifndef DRPLAN_SIM_VERBS_H
#define DRPLAN_SIM_VERBS_H

#include "providers/sim/inner.h"

bool sim_probes(const struct provider *p, struct str name);
bool sim_verbs(const struct provider *p, struct str name);

struct verb {
	struct call *c;			/* of the place that the work is about */
	struct work *w;
	const struct value *args;
	int64_t takes;			/* filled: virtual ms until what was done shows */
	const char *waits;		/* filled: what is waited for meanwhile */
};

/* WORK_VERB or WORK_PROBE. False: refused (code and message in the call). */
bool verb_carry(struct verb *v);

/* --- for the files of the verbs --- */

struct thing {			/* a resource among the arguments */
	struct call at;		/* its type's facts and scope */
	struct row r;
	struct str address;
};

/* The resource that an argument names; refused where there is none. */
bool thing_find(struct verb *v, const struct value *named, struct thing *out);
bool thing_of(struct verb *v, const char *argument, struct thing *out);
/* An argument as a list: a single one counts as one. */
size_t args_number(const struct value *v);
const struct value *args_nth(const struct value *v, size_t i);
bool args_has(const struct value *v, struct str text);	/* equals it, or one of its list */
const struct place *place_of_target(const struct verb *v, struct str target);	/* NULL: there is none */

/* Whether a living row of the type in this scope answers; stops at the first that does and leaves it in out. */
bool rows_any(struct call *c, bool (*fits)(void *ctx, const struct row *r), void *ctx, struct row *out);

struct str mark_get(struct call *c, const char *kind, struct str name);	/* empty: unset */
bool mark_set(struct call *c, const char *kind, struct str name, struct str value);

bool verb_told(struct verb *v, const char *fmt, ...) PRINTF_LIKE(2, 3);	/* Detail; true */
void probe_gives(struct verb *v, struct value *value);	/* Value, made in the work's arena */
void verb_gives(struct verb *v, const char *key, struct str text);	/* a member of Value */
bool probe_told(struct verb *v, bool holds, const char *fmt, ...) PRINTF_LIKE(3, 4);	/* true */

bool verb_recover(struct verb *v);
bool verb_fence(struct verb *v);
bool verb_reverse(struct verb *v);
bool verb_cleanup(struct verb *v);
bool probe_replication(struct verb *v);
bool probe_servers(struct verb *v);
bool probe_ports(struct verb *v);	/* Tcp to servers */
bool servers_serve(struct verb *v, struct str region);	/* some of them run there */
bool verb_promote(struct verb *v);
bool verb_keep_snapshot(struct verb *v);
bool probe_writer(struct verb *v);
bool probe_member(struct verb *v);
bool probe_engines(struct verb *v);
bool verb_record(struct verb *v);
bool probe_record(struct verb *v);
bool verb_dns(struct verb *v);
bool probe_dns(struct verb *v);
bool probe_alarm(struct verb *v);
bool probe_health(struct verb *v);
bool probe_metric(struct verb *v);
bool probe_http(struct verb *v);
bool probe_tcp(struct verb *v);
bool probe_status(struct verb *v);
bool probe_advice(struct verb *v);

#endif
