/* What the checks of runbooks share: runbooks.c has the pieces and the whole, steps.c the steps. */
#ifndef DRPLAN_STACKS_RUNBOOKS_H
#define DRPLAN_STACKS_RUNBOOKS_H

#include "stacks/shapes.h"
#include "stacks/stackpriv.h"

void duration_check(struct loader *ld, const struct value *v, const char *key);
void word_check(struct loader *ld, const struct value *v, const char *key, const struct str *words, size_t n);
void target_check(struct loader *ld, const struct value *v);
void unknown_shape(struct loader *ld, const struct member *m, const char *what, const struct shape *shapes, size_t n);
void shape_keys_check(struct loader *ld, const struct shape *shape, const struct member *m);
void check_check(struct loader *ld, const struct value *v);

struct step_names {			/* of one runbook, over all its lists: the journal finds steps by name */
	struct str runbook;
	struct value *names;		/* name -> the Name's value, for its place */
	struct pos stops_clock;		/* line 0: none does yet */
	bool parallel;			/* inside of a Parallel */
};

const struct member *step_verb(const struct value *step);	/* NULL: it has none */
void steps_check(struct loader *ld, const struct value *steps, struct pos pos, struct step_names *names);
/* Read the templates of Temporary steps, so that they belong to the stack; TemplateURL becomes the path read. */
void templates_read(struct loader *ld, const struct document *doc, const struct value *runbook);
/* Restore names steps that change capacity, of runbooks that exist. */
void restores_check(struct loader *ld, const struct value *runbooks, const struct value *steps);

#endif
