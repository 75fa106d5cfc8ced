/* Looking before a create, for types whose creates AWS answers with what exists already (engine_claim.c). */
#ifndef DRPLAN_AWS_ENGINE_CLAIM_H
#define DRPLAN_AWS_ENGINE_CLAIM_H

#include "providers/aws/engine.h"

/* then(j) if what the work is to make does not exist, or if the type's text does not say Claims. Otherwise the job ends
 * here: AlreadyExists, and nothing was sent. What this stack made before at the same address, and is on its way out, is
 * waited for, at most max_ms. */
void job_claim(struct job *j, uint32_t max_ms, job_fn *then);
/* What it makes carries no tag of ours: only that a look came first tells it from what stood there before. */
bool claim_untagged(const struct job *j);
/* Creates whose look is over go on: with the poll after the one that told so (WORK_LOOKED), when that was recorded. */
void claims_go_on(struct engine *e);

/* Where a create failed because there is one already: say how it is taken over. */
void claim_advise(struct job *j);

#endif
