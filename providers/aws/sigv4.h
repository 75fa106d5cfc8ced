/* Signature Version 4: AWS's request signing, as pure steps; AWS's published suite checks each of them.
 *
 *	struct sigv4 s = {.id = id, .secret = secret, .token = token, .region = region, .service = name, .now = wall_ms};
 *	sigv4_sign(&s, &request, arena);		adds x-amz-date, x-amz-security-token, Authorization
 *
 * The canonical request, the string to sign and the signature are functions of their own because the suite holds a
 * vector for each. Time is an argument: nothing here looks at a clock.
 */
#ifndef DRPLAN_AWS_SIGV4_H
#define DRPLAN_AWS_SIGV4_H

#include "providers/aws/request.h"

struct sigv4 {
	struct str id, secret, token;	/* token empty: long-lived credentials */
	struct str region, service;	/* the scope */
	int64_t now;			/* wall clock, ms */
	bool s3;			/* the path is signed as it is, and x-amz-content-sha256 is sent */
};

struct str sigv4_canonical(const struct sigv4 *s, const struct request *r, struct arena *a, struct str *signed_headers);
struct str sigv4_string_to_sign(const struct sigv4 *s, struct str canonical, struct arena *a);
struct str sigv4_signature(const struct sigv4 *s, struct str string_to_sign, struct arena *a);
/* All steps: the headers that it sets replace those of an earlier attempt. */
void sigv4_sign(const struct sigv4 *s, struct request *r, struct arena *a);

#endif
