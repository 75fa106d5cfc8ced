/* The provider interface: everything that drplan asks of the world, started and polled, never blocking.
 *
 *	struct work w = {.kind = WORK_CREATE, .target = t, .type = ty, .desired = props, ...};
 *	provider_start(p, &w);
 *	while (provider_pending(p)) {
 *		provider_poll(p, 1000);
 *		while ((e = provider_next(p)).work) ... e.kind says what happened
 *	}
 *
 * A work belongs to its caller, who keeps it until its WORK_DONE event. Results are in the arena that the work
 * names. The provider keeps no state between works but connections, limits and caches. A provider knows types and
 * targets; it never heard of stacks, plans or state files.
 *
 * Properties go in and come out in CloudFormation's names and shapes. Live properties hold what AWS reports, own
 * tags (drplan:...) and aws: tags taken out; a property that AWS does not give back (write-only) is absent.
 */
#ifndef DRPLAN_PROVIDERS_PROVIDER_H
#define DRPLAN_PROVIDERS_PROVIDER_H

#include "base/clock.h"
#include "base/err.h"
#include "model/model.h"

struct provider;

/* Where: one account and region. Owned by the caller, must outlive the provider's use of it. */
struct place {
	struct str name;		/* the target's name, for messages */
	struct str region;		/* empty: the environment's */
	struct str profile;		/* empty: the default credentials chain */
	struct str role_arn;		/* assumed on top, or empty */
};

enum work_kind {
	WORK_READ,		/* items: find each by id; bulk where the type can */
	WORK_LOOKUP,		/* match: exactly one resource, which drplan does not own */
	WORK_CREATE,		/* desired -> id, live, attrs */
	WORK_UPDATE,		/* id, prior (live now), desired -> live, attrs; where the two agree it only waits for the
				 * settled state. A property that prior has and desired lacks is not managed: left alone */
	WORK_DELETE,		/* id, prior; "not found" is success */
	WORK_RECOVER,		/* an interrupted create: op, desired, started -> found or not, or undecided. Without op: what the
				 * owner's stack made at this address, whenever that was; desired is what is known of it */
	WORK_ACCOUNT,		/* -> result: the account id, a string */
	WORK_ZONES,		/* name: region (empty: the place's) -> result: list of zone names that are available */
	WORK_SSM,		/* name: parameter -> result: string */
	WORK_EXPORT,		/* name: CloudFormation export -> result: string */
	WORK_SECRET,		/* name: "secretsmanager:ID:SecretString:KEY", what stands in {{resolve:...}} -> result:
				 * string, marked secret unless the service is ssm */
	WORK_VERB,		/* name: a runbook's verb ("PromoteAurora"), desired: its arguments -> result. It observes first,
				 * acts where its end state does not hold, waits until it does; may be started again */
	WORK_PROBE,		/* name: a check ("Metric") or a verb that finds values ("Capacity"), desired: its arguments ->
				 * result {Holds, Never, Detail, Value}. Reads only */
};

/* Arguments of verbs and probes: as written in the stack, folded; wherever they name a resource or lookup by its logical
 * id stands a map instead:
 *	{Address: DrCluster, Type: AWS::RDS::DBCluster, Id: ..., Target: dr, Attrs: {...}, Props: {...}}
 * A result's Holds is a boolean, Never says that asking again is of no use, Detail is what was seen, for people, Value
 * what was measured (a number, or a map of what was found). A verb's result has Detail, and Excepts: a list of texts
 * for what it could not do. */

enum work_state { WORK_IDLE, WORK_RUNNING, WORK_OK, WORK_FAILED };

enum recover_answer {
	RECOVER_FOUND,		/* id is set: it was created */
	RECOVER_ABSENT,		/* certain: nothing was created */
	RECOVER_UNKNOWN,	/* cannot be decided; err says what to look at */
};

struct work_item {		/* one resource of a WORK_READ */
	struct str id;
	struct str address;	/* for messages */
	const struct value *props;	/* last applied, where the id alone does not find it (routes, attachments); or NULL */
	bool found;		/* filled: it exists */
	struct value *live;	/* filled */
	struct value *attrs;	/* filled: map of GetAtt name -> value, "Ref" -> what Ref returns */
	bool failed;		/* this one alone could not be read; err of the work tells */
	bool settled;			/* filled: it is where its type waits for it to be; true of a type without a wait */
	bool broken;			/* filled: in a state from which it does not get there by itself */
	struct str condition;		/* filled: the state that tells so, as it is reported, with its reason; or empty */
};

struct owner {			/* becomes the tags drplan:stack, drplan:lineage; shared by all works of a run */
	struct str stack;
	struct str lineage;
	bool tags;		/* false: Defaults.OwnTags is off */
};

struct work {
	/* filled by the caller */
	enum work_kind kind;
	const struct place *place;
	const struct type *type;
	struct arena *arena;		/* for results; must not be reset before WORK_DONE was taken */
	struct str address;		/* drplan:address, and for messages */
	struct str id;			/* UPDATE, DELETE; filled by CREATE, LOOKUP, RECOVER */
	const struct value *desired;	/* fully known: no V_EXPR below */
	const struct value *prior;	/* live properties before */
	const struct value *applied;	/* DELETE: as they were applied last, secrets hidden; NULL: not known */
	const struct value *match;	/* LOOKUP */
	const struct owner *owner;
	struct str op;			/* UUID of the intent: drplan:op, and the source of client tokens */
	int64_t started;		/* RECOVER: when the intent was written, wall ms */
	bool looked;			/* RECOVER: WORK_LOOKED came before the run ended */
	struct str name;		/* ZONES, SSM, EXPORT, SECRET, VERB, PROBE */
	const struct place *places;	/* VERB, PROBE: all targets, found by name; place is the one that it is about */
	size_t n_places;
	bool again;			/* VERB: it was started before with this op, and nobody knows what became of it */
	bool unplanned;			/* VERB, PROBE: the side that is left may be dead: data may be lost, its region is not asked */
	bool control_plane;		/* VERB: what only a control plane in another region can do is allowed */
	struct work_item *items;	/* READ */
	size_t n_items;
	int64_t timeout_ms;		/* 0: the type's own bound */
	bool no_wait;			/* return once accepted, without waiting for the settled state */
	bool snapshot;			/* DELETE: take the type's final snapshot (DeletionPolicy: Snapshot) */
	bool undo;			/* DELETE: takes back what a failed run made: its name must be free again */
	void *user;

	/* filled by the provider */
	enum work_state state;
	struct value *live;
	struct value *attrs;		/* GetAtt name -> value, "Ref" -> what Ref returns */
	struct value *result;		/* ACCOUNT, ZONES, SSM, EXPORT, SECRET, VERB, PROBE */
	enum recover_answer recovered;
	struct str lineage;		/* RECOVER: drplan:lineage of what was found; or empty */
	struct err err;			/* WORK_FAILED; strings in arena */
	bool settled;			/* false after a no_wait create that is still on its way */
	struct str waiting;		/* "State = pending", while waiting */
	struct str note;		/* WORK_OK: what people have to know of it; empty: nothing */
	unsigned calls;			/* API calls made for it */
	void *impl;			/* the provider's own */
};

enum work_event_kind {
	WORK_NONE,
	WORK_ID,		/* a create was answered: work->id is known; journal it now */
	WORK_LOOKED,		/* a create found nothing in its place, and makes now what no tag will tell from somebody else's */
	WORK_WAITING,		/* work->waiting changed */
	WORK_DONE,		/* state is WORK_OK or WORK_FAILED */
};

struct work_event {
	enum work_event_kind kind;
	struct work *work;
};

struct provider_stats {
	uint64_t calls, mutating, retries, throttled;
	uint64_t bytes_in, bytes_out;
};

/* A runbook as somebody carries it out who is not drplan: the provider writes it in its own terms. */
struct export_step {
	struct str name, verb;
	struct pos pos;
	const struct value *args;	/* as of WORK_VERB; of Check and Measure a list of checks, one-key maps */
	const struct place *place;	/* that it is about */
	int64_t timeout_ms;
	uint32_t stage;			/* steps of one stage run at the same time */
	bool goes_on;			/* its failure is a gap */
	bool stops_clock;		/* of the stage */
	bool always;			/* carried out whatever became of the others */
};

struct export_book {
	/* filled by the caller */
	struct str name, account;
	const struct place *place;	/* where it will run */
	const struct place *places;
	size_t n_places;
	bool unplanned;			/* as in struct work */
	const struct export_step *steps;
	size_t n;
	struct arena *arena;		/* for results */
	struct errs *errs;		/* each step that cannot be said, at its position */
	/* filled by the provider */
	struct value *machine;		/* the program */
	struct value *policy;		/* what it must be allowed: an IAM policy document */
};

struct provider_ops {
	const char *name;				/* "aws", "sim" */
	void (*start)(struct provider *, struct work *);
	/* Make progress; wait at most timeout_ms for it (0: don't wait). Virtual clocks advance instead of waiting. */
	void (*poll)(struct provider *, int timeout_ms);
	struct work_event (*next)(struct provider *);	/* WORK_NONE when there is none */
	/* Nothing is under way and ms have to pass: a virtual clock moves on. NULL: time passes by itself. */
	void (*advance)(struct provider *, int64_t ms);
	/* Interrupted: calls in flight are finished, waits end at once as unsettled, retries are not started. */
	void (*settle)(struct provider *);
	void (*stats)(const struct provider *, struct provider_stats *out);
	/* Whether WORK_PROBE of this name is answered: asked before anything is done. NULL: none is. */
	bool (*probes)(const struct provider *, struct str name);
	/* The same for WORK_VERB. */
	bool (*verbs)(const struct provider *, struct str name);
	/* False with errors where a step cannot be said. Asks nobody. NULL: nothing is exported. */
	bool (*exports)(const struct provider *, struct export_book *);
	/* The world outside is its own too: what Http, Tcp and Dns ask is answered by WORK_PROBE, nobody connects. */
	bool own_world;
	void (*close)(struct provider *);
};

struct provider {		/* each implementation's struct begins with this */
	const struct provider_ops *ops;
	const struct clock *clock;	/* its idea of time; the simulator's is virtual */
	bool rehearsal;			/* programs of this machine are not run either: they are taken to end well */
	size_t pending;			/* works started and not done */
};

static inline void provider_start(struct provider *p, struct work *w) { p->ops->start(p, w); }
static inline void provider_poll(struct provider *p, int timeout_ms) { p->ops->poll(p, timeout_ms); }
static inline struct work_event provider_next(struct provider *p) { return p->ops->next(p); }
static inline size_t provider_pending(const struct provider *p) { return p->pending; }

struct provider_options {
	unsigned parallelism;		/* calls in flight at most; 0 = default 32 */
	bool trace;
};

/* Talks AWS's protocols; initialises curl and TLS at the first work, not here. */
struct provider *provider_aws_open(const struct provider_options *opt, struct errs *errs);
/* The simulator; its world is the SQLite file at path (created 0600), NULL for a world in memory. */
struct provider *provider_sim_open(const struct provider_options *opt, const char *path, struct errs *errs);
void provider_close(struct provider *p);

#endif
