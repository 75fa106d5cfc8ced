/* Checksums of requests that AWS demands: httpChecksum's algorithms, or Content-MD5 where a model says no more. */
#ifndef DRPLAN_AWS_CHECKSUM_H
#define DRPLAN_AWS_CHECKSUM_H

#include "providers/aws/model/wiremodel.h"
#include "providers/aws/request.h"
#include "providers/aws/wire.h"

/* Add the header that the operation requires, or that the input asks for, unless there is one already.
 * False with *why set if the input names an algorithm that drplan does not have. */
bool checksum_add(const struct op *op, const struct value *input, struct request *r, struct arena *a, struct str *why);

/* base64 of the digest in network order. */
struct str checksum_crc32(struct arena *a, struct str body);
struct str checksum_crc32c(struct arena *a, struct str body);
struct str checksum_crc64nvme(struct arena *a, struct str body);
struct str checksum_sha256(struct arena *a, struct str body);
struct str checksum_sha1(struct arena *a, struct str body);
struct str checksum_md5(struct arena *a, struct str body);

#endif
