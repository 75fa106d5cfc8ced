/* The simulator's own controls, beside providers/provider.h: virtual time, faults, and a hand behind the scenes.
 *
 *	struct sim_options o = {.speed = 60};
 *	struct provider *p = sim_open(&opt, &o, ".drplan/sim.db", &errs);
 *	sim_seed(p, &place, STR("AWS::EC2::VPC"), props, &arena, &id, &errs);      somebody else's resource
 *	sim_fault(p, &(struct sim_fault){.type = STR("AWS::EC2::Subnet"), .operation = STR("create"), .nth = 2,
 *	                                 .kind = STR("drop-after")}, &errs);
 *
 * provider_sim_open is sim_open with the defaults. Every function here takes a provider that sim_open made; those that
 * return bool add one error when they fail. The world's tables (world.c) are part of this interface: rows in faults,
 * seeds and answers that another process inserts are noticed at the next turn. docs/simulator.md is the manual.
 */
#ifndef DRPLAN_SIM_SIM_H
#define DRPLAN_SIM_SIM_H

#include "providers/provider.h"

struct sim_options {
	unsigned speed;		/* virtual seconds per real second; 0 = never wait, virtual time just advances */
	uint64_t seed;		/* of the ids that a fresh world gives out: equal seeds, equal ids */
};

struct provider *sim_open(const struct provider_options *opt, const struct sim_options *sim, const char *path,
			  struct errs *errs);

/* Which call goes wrong, and how. Kinds:
 *	throttle     refused with code (default Throttling); the simulator retries as the wire does
 *	error        refused with code and message
 *	drop-before  the connection is lost before anything was done
 *	drop-after   it is done, and the answer is lost
 *	fail         accepted, and fails while it settles (asynchronous types)
 *	latency      slower by latency_ms
 *	unknown      a recovery that cannot be decided
 *	kill-before, kill-after     the process is killed (SIGKILL) before or after the world changed
 */
struct sim_fault {
	struct str type;	/* or the name of a verb or check; empty = every one */
	struct str operation;	/* create read update delete lookup recover ask verb probe; empty = every one */
	struct str region;	/* empty = every one */
	unsigned nth;		/* the nth matching call from now, 1 = the next; 0 = every one */
	unsigned times;		/* how often it fires from there on; 0 = once, or for ever when nth is 0 */
	struct str kind;
	struct str code, message;
	int64_t latency_ms;
};
bool sim_fault(struct provider *p, const struct sim_fault *f, struct errs *errs);
size_t sim_faults_unmet(const struct provider *p);	/* those that no call has met as often as it takes */
bool sim_fault_clear(struct provider *p, struct errs *errs);

/* Make a resource that nobody's state knows, by the same rules as a create, at once. */
bool sim_seed(struct provider *p, const struct place *place, struct str type, const struct value *props,
	      struct arena *a, struct str *id, struct errs *errs);
/* What a file of seeds says, {Resources: [...], Answers: [...]} (docs/simulator.md); what it says twice is made once. */
bool sim_seeds(struct provider *p, const struct value *tree, struct errs *errs);
/* A whole world in another file, as it is committed; the first one may be in use. */
bool sim_copy(const char *from, const char *to, struct errs *errs);
/* A world out of a state: what it remembers of each resource and lookup, under the ids that they have, as settled. Types
 * that the simulator does not know are left out. */
struct sim_known {
	const struct place *place;
	struct str type, id;
	const struct value *props;	/* as applied or read last; or NULL */
	const struct value *attrs;	/* GetAtt name -> value, "Ref"; or NULL */
};
bool sim_mirror(struct provider *p, const struct sim_known *all, size_t n, struct errs *errs);
/* Drift: set (or with NULL remove) the value at a path of a living resource, unchecked. */
bool sim_alter(struct provider *p, const struct place *place, struct str type, struct str id, struct str path,
	       const struct value *v, struct errs *errs);
/* Gone behind everybody's back, with all that is part of it, whatever refers to it. */
bool sim_vanish(struct provider *p, const struct place *place, struct str type, struct str id, struct errs *errs);

/* What WORK_SSM, WORK_EXPORT and WORK_SECRET answer for a name; kind is "ssm", "export" or "secret". */
bool sim_answer(struct provider *p, const struct place *place, const char *kind, struct str name, struct str value,
		struct errs *errs);
/* At most max resources of the type per account and region (per account for global types); 0 lifts the limit. */
bool sim_quota(struct provider *p, struct str type, unsigned max, struct errs *errs);

/* Living resources of a type (empty: of all) in all accounts and regions, those made by AWS beside others left out. */
size_t sim_count(struct provider *p, struct str type);
/* Let virtual time pass: what becomes due is done by the next polls. */
void sim_advance(struct provider *p, int64_t ms);

#endif
