/* Looking for a resource whose id is not known: one list call, and the elements of its answer that fit. For
 * engine_lookup.c and engine_recover.c, which say what fits and what becomes of the hits.
 *
 *	*f = (struct finding){.j = j, .f = read, .fits = ..., .then = ...};
 *	input = finding_input(j, read);
 *	finding_filter(j, read, input, name, text);	as often as wanted
 *	j->finding = f;
 *	finding_start(f, input);			then() is called with f->hits, or with j->failed set
 */
#ifndef DRPLAN_AWS_ENGINE_FIND_H
#define DRPLAN_AWS_ENGINE_FIND_H

#include "providers/aws/engine.h"

struct hit {
	struct hit *next;
	struct str id;
	struct received got;
};

struct finding {		/* one list call and what it found */
	struct job *j;
	const struct fetch_def *f;
	struct call call;
	struct want want;	/* instead of the call, where the read says Over */
	const struct value *item;	/* ... and the item at hand */
	struct hit *hits;
	struct hit *unread;	/* of a lookup by tags that only an extra read answers: still to be looked at */
	size_t n;
	bool (*fits)(struct finding *f, const struct received *got);
	job_fn *then;
};

/* The read's request without anything that is looked for. */
struct value *finding_input(struct job *j, const struct fetch_def *f);
/* Add one filter of a name and a value, where the read has Filters. */
void finding_filter(struct job *j, const struct fetch_def *f, struct value *input, struct str name, struct str text);
void finding_start(struct finding *f, struct value *input);
/* The id as the properties tell it: made of them, or the name that the service answers as the id; empty: they don't. */
struct str id_told(const struct env *env);

#endif
