/* Verbs and probes: what a runbook's step does to AWS (WORK_VERB), and what a check asks of it (WORK_PROBE).
 *
 * Each is a short chain of steps. A step looks at the answer of the call before it and ends in exactly one of
 * verb_ask, verb_act, verb_wait, verb_done, verb_fail or probe_answer, which must be its last statement:
 *
 *	static void look(struct verb *v)
 *	{
 *		verb_ask(v, "rds:DescribeGlobalClusters", MAP(v, TXT("GlobalClusterIdentifier", id)), judge);
 *	}
 *	static void judge(struct verb *v)
 *	{
 *		if (holds(v->answer))
 *			verb_done(v, "...");
 *		else if (on_its_way(v->answer))
 *			verb_wait(v, look, "...");
 *		else
 *			verb_act(v, "rds:FailoverGlobalCluster", MAP(v, ...), look);
 *	}
 *
 * So a verb looks first, acts where its end state does not hold, and looks until it does: started twice, it acts once.
 * An act whose outcome is unknown (the connection broke) is answered by looking again, never by acting again.
 *
 *	verb.c        calls, waits, ends              verb_table.c  which verbs and probes there are
 *	verb_args.c   arguments, places, requests     the others    one subject each
 */
#ifndef DRPLAN_AWS_VERBS_VERB_H
#define DRPLAN_AWS_VERBS_VERB_H

#include "providers/aws/engine.h"

#include <stdarg.h>

struct verb;
typedef void verb_step(struct verb *v);

struct verb_def {
	const char *name;
	/* Its arguments, blank separated: name, ':', kind, '!' where it is needed. Kinds: text texts count number bool
	 * duration map any target, resource (a map as in provider.h, or an id) and resources (one or a list). */
	const char *args;
	verb_step *look; /* the first step */
	int64_t bound_ms; /* how long, where the work does not say */
	bool blind; /* no look shows what was done: doubt is a failure, unless it sets one */
};
const struct verb_def *verb_named(struct str name);
const struct verb_def *probe_named(struct str name);

struct subject { /* a resource among the arguments */
	struct str address, type, id;
	const struct place *place;
	const struct value *attrs, *props;
};

struct verb {
	const struct verb_def *def;
	const struct work *work;
	const struct value *args; /* checked against def->args */
	struct arena *arena; /* as long as the verb */
	struct arena round; /* requests and answers; emptied by verb_wait */
	const struct place *at; /* where calls go: at first the target that is written, else the work's place */
	struct str region; /* and the region, where it is another one */
	const struct value *answer; /* the last call's, NULL if it failed with an expected code */
	struct str code; /* that code, or empty */
	bool one_page; /* of the next verb_ask alone */
	bool acted; /* this start of the verb has changed something */
	verb_step *look; /* where doubt leads back to; at first def->look */
	void *own; /* the verb's state, verb_own; zeroed */
	void *aside; /* a chain's that verbs share (launch.c) */
	bool once; /* the next verb_act is the only one of its operation: it takes the token */

	/* verb.c's */
	struct job *job;
	struct call call;
	verb_step *next;
	const char *expected, *busy;
	int64_t deadline, delay_ms;
	struct value *value, *excepts;
};

/* --- calls (verb.c) --------------------------------------------------------------------------------------------- */
/* A call that changes nothing, all its pages. No input: NULL. A verb that got no answer asks again until its time
 * is over. */
void verb_ask(struct verb *v, const char *op, struct value *input, verb_step *next);
/* A call that changes something. The op is "service:Operation". */
void verb_act(struct verb *v, const char *op, struct value *input, verb_step *next);
/* Blank separated error codes of the next call that go to its next step (v->answer is NULL, v->code says which);
 * "Unreachable" stands for no answer at all, "*" for any refusal ... */
void verb_expect(struct verb *v, const char *codes);
/* ... and those after which the verb waits and looks again. */
void verb_busy(struct verb *v, const char *codes);
/* Following calls go there. */
void verb_at(struct verb *v, const struct place *place);
/* Following calls go to that region: to the target that has it, else there with the credentials at hand. */
void verb_in(struct verb *v, struct str region);

/* Not yet: after a pause go to step, with an empty round. The text says what is awaited ("3 of 5 targets are
 * healthy"). */
void verb_wait(struct verb *v, verb_step *step, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The ends. */
void verb_done(struct verb *v, const char *fmt, ...) PRINTF_LIKE(2, 3);
void verb_fail(struct verb *v, const char *fmt, ...) PRINTF_LIKE(2, 3);
void probe_answer(struct verb *v, bool holds, const char *fmt, ...) PRINTF_LIKE(3, 4);
void probe_never(struct verb *v, const char *fmt, ...) PRINTF_LIKE(2, 3); /* it doesn't hold, and won't by waiting */
/* For the result: what was measured; what could not be done. */
void verb_value(struct verb *v, const struct value *value);
void verb_except(struct verb *v, const char *fmt, ...) PRINTF_LIKE(2, 3);

void *verb_state(struct verb *v, size_t size);
#define verb_own(v, type) ((type *)verb_state(v, sizeof(type)))
int64_t verb_now(const struct verb *v); /* wall clock */

/* --- arguments (verb_args.c) ------------------------------------------------------------------------------------ */
bool args_check(struct verb *v, struct str *why);
const struct value *arg(const struct verb *v, const char *name); /* NULL: not there */
struct str arg_text(const struct verb *v, const char *name); /* empty: not there */
bool arg_bool(const struct verb *v, const char *name, bool otherwise);
int64_t arg_count(const struct verb *v, const char *name, int64_t otherwise);
int64_t arg_ms(const struct verb *v, const char *name, int64_t otherwise);
double arg_number(const struct verb *v, const char *name, double otherwise);
/* The i-th resource of an argument; false beyond the last. */
bool arg_subject(const struct verb *v, const char *name, size_t i, struct subject *out);
struct subject arg_one(const struct verb *v, const char *name);
/* Whether a text is the argument, or one of its list. */
bool arg_has(const struct verb *v, const char *name, struct str text);
struct str arg_list_text(struct verb *v, const char *name); /* "OK or INSUFFICIENT_DATA" */
struct str subject_name(const struct subject *s); /* for people: the address, else the id */
struct str subject_attr(const struct subject *s, const char *name); /* attribute, else property; or empty */

const struct place *place_named(const struct verb *v, struct str name); /* NULL if there is none */
/* The region of a place, with the environment's where it names none. */
struct str place_region(const struct verb *v, const struct place *place);

/* --- requests and answers (verb_args.c) -------------------------------------------------------------------------- */
struct field {
	const char *name;
	struct str text;
	const struct value *tree;
};
#define TXT(key, s)                                                                                                    \
	{                                                                                                              \
		.name = (key), .text = (s)                                                                             \
	} /* plain text does for numbers and booleans too */
#define VAL(key, v)                                                                                                    \
	{                                                                                                              \
		.name = (key), .tree = (v)                                                                             \
	}
/* A map; fields with neither text nor tree are left out. */
struct value *verb_map(struct verb *v, const struct field *fields);
#define MAP(v, ...) verb_map(v, (const struct field[]){__VA_ARGS__, {.name = NULL}})
struct value *verb_list(struct verb *v, const struct value *only); /* NULL: an empty list */
void verb_push(struct verb *v, struct value *list, struct str text);
struct value *verb_text(struct verb *v, struct str text);
struct value *verb_number(struct verb *v, double n);
bool number_of(const struct value *v, double *out);

/* Text at a key of a map. */
static inline struct str text_at(const struct value *map, const char *key)
{
	return value_text(value_getc(map, key));
}
static inline bool is_at(const struct value *map, const char *key, const char *text)
{
	return str_eqc(text_at(map, key), text);
}
struct str arn_region(struct str arn); /* empty: it names none */
struct str arn_tail(struct str arn); /* what follows the last ':' */

/* What follows fmt in the function's arguments, as text of the arena a. */
#define VERB_FORMAT(a, fmt, text)                                                                                           \
	do {                                                                                                           \
		va_list ap_;                                                                                           \
		va_start(ap_, fmt);                                                                                    \
		text = str_vfmt(a, fmt, ap_);                                                                          \
		va_end(ap_);                                                                                           \
	} while (0)

#endif
