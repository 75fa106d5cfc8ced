/* Plans: the difference between what is written, what was applied last and what is live, as actions.
 *
 * plan_make runs the named passes of plan.c's table over the graph: place, recover, lookup, refresh, resolve, diff,
 * replace, order. --trace says what each one changed. A plan is printed by cmd/, saved and loaded by planfile.c, and
 * carried out by run.c.
 */
#ifndef DRPLAN_PLANNER_PLAN_H
#define DRPLAN_PLANNER_PLAN_H

#include "planner/graph.h"
#include "providers/provider.h"

enum action { ACT_NONE, ACT_CREATE, ACT_UPDATE, ACT_REPLACE, ACT_DELETE, ACT_READ, ACT_FORGET, ACT_COUNT };

enum reason {			/* why a change is what it is, for people and for the JSON plan's action_reason */
	WHY_NONE,
	WHY_CREATE_ONLY,	/* a create-only property changed */
	WHY_REQUESTED,		/* -replace */
	WHY_GONE,		/* deleted behind our back */
	WHY_NOT_WRITTEN,	/* no longer in the stack */
	WHY_DESTROY,		/* destroy, or -destroy */
	WHY_DEPENDENCY,		/* a value it takes is going to change */
	WHY_DEPOSED,		/* an earlier run's replaced resource */
	WHY_PENDING,		/* made by an earlier run that did not wait for it: waited for */
	WHY_TARGET,		/* its target or its type changed */
};

/* LEFT: removed, AWS's value stays; FOREIGN: never written, elements of others that stay. */
enum prop_change_kind { PROP_ADD, PROP_CHANGE, PROP_REMOVE, PROP_LEFT, PROP_FOREIGN };

struct prop_change {
	struct str path;	/* "Tags[0].Value", the deepest that tells it */
	enum prop_change_kind kind;
	const struct value *before, *after;	/* NULL: absent; V_EXPR in after: known after apply */
	bool replaces, maybe_replaces, irreversible;
	bool drift;		/* before differs from what was applied last: made behind drplan's back */
};

/* In an update, the value at this path instead of the desired one: AWS's default of a property that was removed, the
 * live value of what is ignored or moves by itself. */
struct prop_keep {
	struct str path;
	const struct value *value;
};

struct change {
	struct node *node;		/* NULL after planfile_read: fields below suffice */
	struct str address;
	const struct type *type;
	uint32_t target, phase;
	enum action action;
	enum reason reason;
	bool create_first;		/* ACT_REPLACE: the new one before the old one is deleted */
	bool irreversible;
	const struct state_row *row;	/* what exists in the state */
	const struct value *live;	/* properties as AWS reports them, NULL: absent */
	const struct value *live_attrs;
	const struct value *desired;	/* as written, may hold V_EXPR; what the state remembers */
	struct prop_keep *keep;		/* what an update asks for differs from desired here */
	size_t n_keep;
	struct prop_change *props;
	size_t n_props;
	struct prop_change *noted;	/* moved and left-as-is: shown, not acted on */
	size_t n_noted;
	struct str generated_name;	/* chosen earlier and kept; a new one is chosen by the run */
	bool gives_way;			/* another change takes over what it has: gone before that one is made */
	bool keeps_old;			/* policy Retain: what is replaced or removed stays and is forgotten */
	bool snapshot;			/* policy Snapshot: a final snapshot before it is deleted */
	bool waits;			/* its row is pending: the run waits until it is settled */
	bool defers;			/* what this plan leaves out still uses the old one: a later run deletes it */
	bool lookup;			/* of something that drplan does not own */
	bool gone;			/* what the row speaks of no longer exists */
	bool made;			/* the run made it: live and live_attrs are its own */
	bool deferred;			/* its target does not answer, or what it needs is deferred: left as it is */
	const struct state_row *back;	/* undo.c: the row that stands again when this is done, or NULL; its generation */
					/* says which row that was put aside it replaces */
	struct str remade;		/* undo: the id of what had to be made again */
	const struct resource *res;	/* NULL for deletes */
	uint32_t *needs;		/* indexes of the changes of what it uses, or used when applied last */
	size_t n_needs;
};

/* What became of an open intent of an interrupted run (recover.c). */
struct recovery {
	struct str address, type, target;
	enum intent_action action;
	enum { RECOVERY_ADOPTED, RECOVERY_ABSENT, RECOVERY_CLOSED, RECOVERY_UNDECIDED } decision;
	struct str id;			/* of what was found */
	struct str why;			/* for people */
};

struct deferral {		/* what would have been done, had its target answered */
	struct str address;
	uint32_t target;
	enum action action;
};

struct plan_totals {
	size_t create, update, replace, remove, read, forget;
};

struct plan {
	struct arena *arena;
	const struct stack *stack;
	struct change *changes;		/* every node, ACT_NONE too; in topological order */
	size_t n;
	struct plan_totals totals;
	struct str lineage;
	struct str provider;		/* "aws", "sim" */
	int64_t serial;			/* of the state it was made from */
	int64_t made_ms;		/* wall clock */
	bool destroy;			/* a plan to destroy everything */
	bool undo;			/* undo.c made it: a run taken back */
	bool refreshed;
	bool partial;			/* -target, -exclude or --phase left something out */
	bool applyable;			/* false: refresh-only */
	struct {
		const struct output *out;
		const struct value *before, *after;
	} *outputs;
	size_t n_outputs;
	struct recovery *recovered;	/* decided before this plan was made */
	size_t n_recovered;
	struct deferral *deferred;
	size_t n_deferred, cap_deferred;
	struct str *owed;		/* phases whose gate an earlier run did not pass: asked although nothing else is to do */
	size_t n_owed;
	struct errs *warnings;
	char digest[65];		/* planfile: SHA-256 of the file's content */
	const struct value *content;	/* planfile_read: the document, for planfile_bind */
	struct state *state;		/* plan_make: where it was made, for planfile_write */
};

struct plan_options {
	bool destroy, refresh_only;
	bool no_refresh;		/* -refresh=false */
	const struct str *targets;	/* -target: these and what they need */
	size_t n_targets;
	const struct str *excludes;	/* -exclude: all but these and what needs them */
	size_t n_excludes;
	const struct str *replaces;	/* -replace */
	size_t n_replaces;
	struct str phase;		/* --phase: that one only (what earlier phases still lack is an error) */
	bool mode_only;			/* only these addresses, sorted, and nothing that they need; lookups as stored */
	const struct str *only;
	size_t n_only;
	struct str production;		/* --destroy-production: the stack's name, or empty */
	/* Called between steps of waiting, to draw progress; may be NULL. */
	void (*progress)(void *ctx, const char *pass, size_t done, size_t total);
	void *ctx;
	bool (*interrupted)(void);
};

struct plan_env {			/* the world a plan is made in */
	struct stack *stack;		/* loaded, not yet rendered when facts are still unknown */
	struct state *state;
	struct provider *provider;
	const struct place *places;	/* parallel to stack->targets */
	const bool *frozen;		/* parallel to them: does not answer, is neither asked nor changed; NULL: none */
};

static inline bool target_frozen(const struct plan_env *env, uint32_t target)
{
	return env->frozen && env->frozen[target];
}

/* Ask the provider for the stack's facts (accounts, zones, SSM values), pin them in the state, and render. */
bool plan_facts(struct arena *a, struct plan_env *env, struct errs *errs);
struct plan *plan_make(struct arena *a, struct plan_env *env, const struct plan_options *opt, struct errs *errs);
/* It is carried out last phase first, making and deleting in one stage. */
static inline bool plan_backwards(const struct plan *p) { return p->destroy || p->undo; }
/* Decide what interrupted runs left open, without a plan. Whatever could not be decided has a warning too. */
bool recover_all(struct arena *a, struct plan_env *env, bool (*interrupted)(void), struct recovery **out, size_t *n,
		 struct errs *errs);
/* The answer by hand: the open create of this address made id; or: it made nothing. Without an open create, forget
 * takes the address out of the state; *rows says how many resources that were. */
bool recover_adopt(struct arena *a, struct state *st, struct str address, struct str id, struct errs *errs);
bool recover_forget(struct arena *a, struct state *st, struct str address, size_t *rows, struct errs *errs);
/* Deletions and replacements by which data are lost: what holds data, and no policy keeps it or takes a snapshot. */
bool change_loses_data(const struct change *c);
size_t plan_loses_data(const struct plan *p, const struct change **first);
/* It was changed or deleted outside of drplan since it was applied. */
bool change_drifted(const struct change *c);
bool plan_empty(const struct plan *p);	/* nothing to do: "No changes" */

/* What differs between two property trees under a type's rules (diff.c). desired, last (applied, may be NULL) and
 * live (may be NULL) -> changes and notes, in the arena. Pure: no provider, no state. */
struct diff {
	struct prop_change *props;
	size_t n, cap;
	struct prop_change *noted;
	size_t n_noted, cap_noted;
	bool replace, maybe_replace;
	struct prop_keep *keep;
	size_t n_keep, cap_keep;
};
void diff_props(struct arena *a, const struct type *t, const struct value *desired, const struct value *last,
		const struct value *live, const struct value *ignore, struct diff *out);
/* The same where secrets are at stake: hidden is desired after state_hide_secrets, for comparing with last, which
 * holds fingerprints. */
void diff_hidden(struct arena *a, const struct type *t, const struct value *desired, const struct value *hidden,
		 const struct value *last, const struct value *live, const struct value *ignore, struct diff *out);

/* Saved plans (planfile.c): JSON with format version, stack digest, lineage, serial, and a SHA-256 of itself. Secrets
 * are not in it. */
bool planfile_write(struct plan *p, const char *path, struct errs *errs);	/* fills p->digest */
struct plan *planfile_read(struct arena *a, const char *path, struct errs *errs);
/* A plan that was read has a stack of its own: name, path, parameters given (without secrets), targets, phases, digest;
 * enough to print it and to load the real one again. planfile_bind ties it to that one: env->stack is loaded and
 * rendered, env->state open for writing. Refused: another lineage or stack digest, a state that moved on since (stale),
 * a plan that was carried out before (replayed). Afterwards run_plan takes it. */
bool planfile_bind(struct plan *p, struct plan_env *env, struct errs *errs);
/* Whether the file looks like a saved plan at all, by its first bytes; never an error. */
bool planfile_is(const char *path);
/* Terraform's plan representation, format_version "1.2": one document. */
void plan_json(const struct plan *p, struct buf *out);

#endif
