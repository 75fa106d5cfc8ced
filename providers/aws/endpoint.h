/* Where a request goes and how it is signed there: AWS's endpoint rules, and what the environment overrides.
 *
 * rules.c evaluates a service's compiled rules; endpoint.c fills their parameters from the place, the environment
 * and the profile: region, FIPS, dual stack, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE>, the profile's
 * endpoint_url and services section, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS. With an endpoint of one's own the rules
 * still decide the scope of the signature.
 */
#ifndef DRPLAN_AWS_ENDPOINT_H
#define DRPLAN_AWS_ENDPOINT_H

#include "providers/aws/config.h"
#include "providers/aws/model/wiremodel.h"
#include "providers/aws/request.h"
#include "providers/aws/wire.h"

struct endpoint {
	struct str scheme, host;		/* host with its port */
	struct str path;			/* what goes before the request's own path; without a slash at its end */
	struct str signing_name, signing_region;
	bool single_encoding;			/* the path is signed as it is (S3) */
	bool unsigned_call;			/* the rules say that nothing is signed */
	struct value *headers;			/* name -> list of values, or NULL */
	struct value *properties;		/* as the rules give them, or NULL; for tests */
};

/* The endpoint of an operation with this input. region: where the call goes, never empty unless the service has
 * none. On failure *why says what stands against it. */
bool endpoint_find(const struct op *op, const struct value *input, const struct config *config, const struct place *place,
		   struct str region, struct arena *a, struct endpoint *out, struct str *why);
/* The URL that the user set for a service, or empty. */
struct str endpoint_configured(const struct model *m, const struct config *config, struct str profile);
/* Split a URL; false if it isn't scheme://host[/path]. */
bool endpoint_parse(struct str url, struct arena *a, struct endpoint *out);
/* Put the endpoint into the request: scheme, host with the request's prefix, path, headers. */
void endpoint_apply(const struct endpoint *e, struct request *r, struct arena *a);

/* --- rules.c ------------------------------------------------------------------------------------------------------ */

/* params: name -> string, bool or list, as the rules name them. False with *why: the rules refuse. */
bool rules_resolve(const struct model *m, const struct value *params, struct arena *a, struct endpoint *out, struct str *why);

/* --- rules_fn.c --------------------------------------------------------------------------------------------------- */

/* A function of the rules' language; NULL is "not set". */
struct value *rules_call(enum rule_fn fn, struct value **args, size_t n, struct arena *a);

#endif
