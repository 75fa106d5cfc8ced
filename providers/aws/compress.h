/* gzip for the operations whose model allows compressed requests (CloudWatch's PutMetricData). */
#ifndef DRPLAN_AWS_COMPRESS_H
#define DRPLAN_AWS_COMPRESS_H

#include "providers/aws/model/wiremodel.h"
#include "providers/aws/request.h"

/* Compress the body, if that is allowed and worth it, and say so in Content-Encoding. */
void compress_body(const struct op *op, struct request *r, struct arena *a);

#endif
