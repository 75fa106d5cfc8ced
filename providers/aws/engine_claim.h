/* Looking before a create, for types whose creates AWS answers with what exists already (engine_claim.c). */
#ifndef DRPLAN_AWS_ENGINE_CLAIM_H
#define DRPLAN_AWS_ENGINE_CLAIM_H

#include "providers/aws/engine.h"

/* then(j) if what the work is to make does not exist, or if the type's text does not say Claims. Otherwise the job ends
 * here: AlreadyExists, and nothing was sent. What this stack made before at the same address, and is on its way out, is
 * waited for, at most max_ms. */
void job_claim(struct job *j, uint32_t max_ms, job_fn *then);

/* Where a create failed because there is one already: say how it is taken over. */
void claim_advise(struct job *j);

#endif
