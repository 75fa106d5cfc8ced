/* What the passes of a plan share. plan.c owns the table of passes; each pass lives in the file that is named after
 * it. A change belongs to the node whose order is its index. */
#ifndef DRPLAN_PLANNER_PLANPRIV_H
#define DRPLAN_PLANNER_PLANPRIV_H

#include "planner/plan.h"

struct dynamics;		/* answers to {{resolve:...}}, by target and reference */

struct planning {
	struct arena *a;
	struct plan_env *env;
	const struct plan_options *opt;
	struct errs *errs;
	struct plan *plan;
	struct stack bare;		/* destroy: the stack without its resources */
	struct graph g;
	struct state_row *rows;
	size_t n_rows;
	bool *selected;			/* by node index: -target, -exclude, --phase */
	bool *frozen;			/* by node index: wanted, but its target does not answer */
	bool *stopped;			/* by node index: an earlier create could not be decided */
	struct str *undecided;		/* addresses that recover.c could not decide */
	size_t n_undecided, cap_undecided;
	struct recovery *recovered;	/* recover.c's decisions */
	size_t n_recovered, cap_recovered;
	struct dynamics *dynamics;
	const char *pass;		/* for progress */
	size_t touched;			/* changes that the running pass altered, for --trace */
};

/* plan.c: run the passes before the named one (NULL: all), to have what they find. The plan is *p's own. */
bool plan_begin(struct planning *p, struct arena *a, struct plan_env *env, const struct plan_options *opt,
		const char *until, struct errs *errs);

static inline struct change *change_of(const struct planning *p, const struct node *n)
{
	return &p->plan->changes[n->order];
}

/* works.c: start all, poll until each is done. False with an error if it was interrupted; a work's own failure is
 * left in it. */
bool works_run(struct plan_env *env, struct work *const *works, size_t n, const struct plan_options *opt,
	       const char *pass, struct errs *errs);
/* Add the error of a failed work to errs, with its address. */
void work_error(const struct work *w, struct errs *errs);

/* recover.c: every open intent is decided before anything else; rows are loaded again if that changed them. */
bool pass_recover(struct planning *p);
bool recover_open(struct planning *p);

/* refresh.c, shared.c */
bool pass_lookup(struct planning *p);
bool pass_refresh(struct planning *p);
void shared_subtract(struct planning *p);
/* written.c: what is live without the elements of lists that nobody wrote. */
const struct value *live_written(struct planning *p, const struct change *c, const struct value *desired);
bool lookup_store(struct plan_env *env, const struct change *c);

/* resolve.c: what an attribute of a change is, NULL: unknown until applied. The result may be shared. */
struct value *change_attribute(const struct change *c, struct str attribute);
bool change_stays(const struct change *c);	/* what is live now will still be there: its attributes are known */
bool pass_resolve(struct planning *p);
/* Fold a change's properties with what is known now, into c->desired; *seen also has dynamic references resolved. */
bool change_fold(struct planning *p, struct change *c, const struct value **seen);
/* package.c: a change of code that was packed from files cannot be undone: the files are other ones. */
void package_mark(const struct change *c);
bool dynamics_ask(struct planning *p);
struct str dynamic_name(struct arena *a, const struct value *expr);
void dynamics_find(const struct value *v, void (*fn)(void *ctx, const struct value *expr), void *ctx);

/* actions.c */
bool pass_diff(struct planning *p);
bool pass_replace(struct planning *p);
/* succeed.c: the change `takes` makes or sets what the change `gives` has and gives up (both indexes of the plan's changes,
 * never the same): what gives up goes first. Of a plan, an undo or a plan file alike. */
typedef void succession_fn(void *ctx, size_t takes, size_t gives);
void successions_each(struct arena *a, const struct plan *p, succession_fn *fn, void *ctx);
/* Properties with the name that was chosen for the resource, if one was. */
const struct value *change_named(struct planning *p, const struct change *c, const struct value *props);
/* Whether deletion keeps or snapshots, from a policy as the state holds it. */
void policy_apply(struct str policy, bool *keeps, bool *snapshot);
struct str policy_text(enum deletion_policy d, const struct type *t);

/* gate.c: what a gate asks for and nobody can answer yet is an error before anything is done. */
bool gates_supported(const struct planning *p);

/* run.c: a gate is owed from the first step of its phase until it held. */
bool gate_owed(struct arena *a, struct state *st, struct str phase);

/* defer.c: what a target that does not answer would have been asked for (semantics 41). */
void frozen_select(struct planning *p);
void change_defer(struct planning *p, struct change *c);	/* after its action was decided */
bool change_needs_deferred(const struct planning *p, const struct change *c);
bool frozen_facts(struct arena *a, struct plan_env *env, struct errs *errs);

/* dataloss.c: AWS itself refuses to delete it. */
bool pass_protected(struct planning *p);

/* production.c: what mode active forbids (semantics 43). */
bool pass_production(struct planning *p);

/* imports.c: an export that goes although another state's stack imports it is an error (semantics 8). */
bool pass_exports(struct planning *p);

/* select.c */
bool pass_select(struct planning *p);
bool pass_phase(struct planning *p);

#endif
