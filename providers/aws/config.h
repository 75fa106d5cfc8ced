/* AWS's shared configuration: ~/.aws/config and ~/.aws/credentials, as every AWS tool reads them.
 *
 * The files are read once, at the first question. AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name others.
 * A missing file is an empty one; a file that cannot be read or understood is an error of those who ask.
 */
#ifndef DRPLAN_AWS_CONFIG_H
#define DRPLAN_AWS_CONFIG_H

#include "base/err.h"

struct config {			/* zeroed: not read yet */
	struct arena arena;
	bool loaded;
	struct value *profiles;	/* name -> key -> string or nested map; credentials' keys win over config's */
	struct value *sessions;	/* [sso-session NAME] */
	struct value *services;	/* [services NAME]: service -> endpoint_url */
	struct str failure;	/* why a file could not be read, or empty */
};

/* An ini text in AWS's dialect: section -> key (lower case) -> string, or a map for indented sub-keys.
 * False with *why set if a line makes no sense. */
bool ini_read(struct arena *a, struct str text, struct value **out, struct str *why);

bool config_load(struct config *c, struct errs *errs);
const struct value *config_profile(const struct config *c, struct str name);	/* NULL if there is none */
/* The profile in force: the one given, else AWS_PROFILE, AWS_DEFAULT_PROFILE, "default". */
struct str config_profile_name(struct str given);
struct str config_get(const struct config *c, struct str profile, const char *key);
/* AWS_REGION, AWS_DEFAULT_REGION, then the profile's; empty if none says. */
struct str config_region(const struct config *c, struct str given_profile);
struct str env_str(const char *name);		/* empty if unset or empty */
bool env_true(const char *name);
/* "true" in the environment, else in the profile, under AWS's two names for one setting. */
bool config_true(const struct config *c, struct str profile, const char *env, const char *key);
/* A whole file, at most max bytes; false with errno set. */
bool file_read(struct arena *a, const char *path, size_t max, struct str *out);
void config_free(struct config *c);

#endif
