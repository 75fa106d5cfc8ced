/* The source of a stack: everything that its rendering depends on but the mode, as one value that the state can keep.
 *
 *	struct value *v = stack_source(&arena, s);		after stack_render
 *	...
 *	struct stack_options opt = {0};
 *	source_options(&arena, v, &opt, &errs);			files and variables; lineage, mode are the caller's
 *	struct stack *s = stack_load(&arena, &opt, &errs);
 *	source_facts(s, v, NULL);				what AWS answered then
 *	stack_render(s, &errs);					the very same resources, asking nobody
 *
 * Secrets are not in it: NoEcho parameters are named only, and come back as stand-ins (struct parameter, hidden).
 */
#ifndef DRPLAN_STACKS_SOURCE_H
#define DRPLAN_STACKS_SOURCE_H

#include "stacks/stack.h"

struct value *stack_source(struct arena *a, const struct stack *s);
/* sourcesecret.c: a secret that is written out in one of the files, of which the source would be a copy: the address of its
 * resource, or the name of its NoEcho parameter. Empty: there is none, and it may be kept. */
struct str source_tells_secret(const struct stack *s);
/* Fills path, files, vars and default_region. The caller's own variables may be put behind vars: later ones win. */
bool source_options(struct arena *a, const struct value *source, struct stack_options *opt, struct errs *errs);
/* only: parallel to the targets, those whose facts are taken; NULL: all. */
void source_facts(struct stack *s, const struct value *source, const bool *only);

#endif
