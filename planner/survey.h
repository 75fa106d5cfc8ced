/* Surveys: what an operator wants to know of a stack as it was applied last, at a glance, and
 * without changing anything.
 *
 *	struct survey *s = survey_new(a, env, &errs);
 *	if (status_take(s)) ... s->lines, the worst first; s->took_ms
 *
 * Everything that is asked is asked at once, each question bounded, so that a region that does not
 * answer is told as such and holds up nothing. What a resource's numbers mean, and what to do
 * about them, the provider knows (WORK_PROBE "Status", "Doctor", "Advice"); the planner knows what
 * the state says and puts it together.
 *
 *	survey.c       lines, questions       status.c   what the state tells    statusask.c  what the world tells
 *	doctor.c       what a failover will need         advise.c   the stack against what recovery needs
 */
#ifndef DRPLAN_PLANNER_SURVEY_H
#define DRPLAN_PLANNER_SURVEY_H

#include "planner/plan.h"
#include "planner/verbargs.h"

enum survey_level { SURVEY_OK, SURVEY_NOTE, SURVEY_WARN, SURVEY_RED };

struct survey_line {
	enum survey_level level;
	struct str target; /* or empty: of the stack as a whole */
	struct str name, value;
	struct str remedy; /* what to do about it, or empty */
};

struct survey_target {
	struct str name, region;
	bool asked, silent, refused; /* silent: it did not answer; refused: it did, and would not have us */
	struct str why;
	int64_t answered_ms; /* after so long; or that long we waited */
};

struct question;

struct survey {
	struct arena *arena;
	struct plan_env *env;
	struct errs *errs;
	struct state_row *rows;
	size_t n_rows;
	struct state_lookup *lookups;
	size_t n_lookups;
	struct verb_scope scope;
	bool active; /* the mode of the state */
	struct str production; /* the target where production runs; may be empty */
	struct survey_line *lines;
	size_t n, cap;
	struct survey_target *targets; /* parallel to the stack's */
	struct question *first, **last;
	int64_t took_ms;
};

#define SURVEY_ANSWER_MS 4500

/* NULL if the state could not be read. */
struct survey *survey_new(struct arena *a, struct plan_env *env, struct errs *errs);
void survey_say(struct survey *s, enum survey_level level, struct str target, struct str name, const char *remedy,
		const char *fmt, ...) PRINTF_LIKE(6, 7);
/* The worst first; those of a level as they came. */
void survey_sort(struct survey *s);
size_t survey_count(const struct survey *s, enum survey_level level);

/* --- questions -------------------------------------------------------------------------------------------------- */

enum answer_form {
	ANSWER_LINES, /* Value: [{Name, Value, Level, Remedy}] */
	ANSWER_CHECK, /* Holds and Detail */
	ANSWER_TARGET, /* whether the target answers at all */
};
struct question {
	struct question *next;
	enum answer_form form;
	uint32_t target;
	struct str name; /* of a check's line */
	bool anywhere; /* its lines are about no target */
	bool inverse; /* a check that must not hold */
	enum survey_level level; /* of a check that is not as it should be */
	const char *remedy;
	struct work work;
};
bool survey_asks(const struct survey *s, const char *probe); /* whether the provider answers it */
/* Starts it; the target is frozen: NULL. */
struct question *survey_ask(struct survey *s, enum answer_form form, uint32_t target, struct str probe,
			    struct value *args);
void survey_ask_targets(struct survey *s); /* each one whether it answers */
/* Waits for all answers, each at most SURVEY_ANSWER_MS, and makes lines of them. */
void survey_wait(struct survey *s);

/* Resources and lookups of the state that are the target's, or, with other, everybody else's, as
 * the provider takes them. */
struct value *survey_things(const struct survey *s, uint32_t target, bool other);
uint32_t survey_target_of(const struct survey *s, struct str name); /* n_targets: none */

/* Each false only if the state could not be read. */
bool status_take(struct survey *s);
void status_ask(struct survey *s); /* statusask.c */
bool doctor_take(struct survey *s);
void status_ask_preflight(struct survey *s, const char *runbook); /* what of it the provider answers */
/* What the caller must be allowed, as the provider writes it down; NULL: it does not. */
struct value *doctor_policy(struct survey *s);
bool advise_take(struct survey *s, const struct str *differs, size_t n);
bool status_runbooks(struct survey *s); /* when each was carried out last */

#endif
