/* A job: one work on its way through the scheduler (sched.c owns the queue and the heap, job.c the steps). */
#ifndef DRPLAN_SIM_JOB_H
#define DRPLAN_SIM_JOB_H

#include "providers/sim/inner.h"

struct job {
	struct work *work;
	struct job *next;		/* in the queue of what is not yet sent */
	int64_t due;			/* virtual mono ms */
	uint64_t order;
	unsigned attempts;
	bool sent;			/* the call was answered: it holds no slot any more */
	bool delayed;			/* by a latency; then it meets this fault */
	int64_t fault;
	int64_t row;			/* what a change works on, once answered */
	int64_t begun, ends;		/* of the wait; mono ms */
	const struct value *shows;	/* what the wait shows: a text, a list of them, or NULL */
	size_t shown;			/* how many of them were */
	struct str fail_code, fail_message;	/* the settling will fail; in the work's arena */
	bool fails;
};

/* What is due for the job, which is gone or back in the heap afterwards. True: a kill-after fault; end the turn. */
bool job_step(struct sim *s, struct job *j);
void job_refuse(struct job *j, enum err_kind kind, struct str code, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* jobverb.c: WORK_VERB and what becomes of it; it fails when it has settled; a verb that got no answer looks again, as
 * AWS's do, unless it is one of which no look could tell. */
bool job_verb(struct job *j, struct call *c, const struct fault *f);
void job_fails(struct job *j, const struct fault *f, const char *code);
bool job_looks_again(struct sim *s, struct job *j);

/* For job.c: run again after a delay; an event for the caller; the end, which frees the job. */
void sched_at(struct sim *s, struct job *j, int64_t delay);
void sched_event(struct sim *s, enum work_event_kind kind, struct work *w);
void sched_done(struct sim *s, struct job *j, bool good);

/* seed.c: what somebody else made, by the rules of a create; the rows of its table that wait for that. */
bool seed_make(struct sim *s, struct call *c, struct arena *a, const struct place *place, struct str type,
	       const struct value *props, struct row *out);
void seeds_take(struct sim *s);

/* sim.c: what came due in the world by itself; what another process wrote into its tables. */
void world_sweep(struct sim *s);
void world_reload(struct sim *s);

#endif
