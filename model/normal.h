/* Normalisers: the closed list of ways in which two spellings of a property mean the same (semantics 11).
 * The generator maps the schemas' propertyTransform onto these names and fails on one it does not know. */
#ifndef DRPLAN_MODEL_NORMAL_H
#define DRPLAN_MODEL_NORMAL_H

#include "base/value.h"

enum normaliser {
	NORMAL_NONE,
	NORMAL_LOWER,		/* names that AWS lower-cases */
	NORMAL_CIDR,		/* host bits cleared, IPv6 compressed */
	NORMAL_PROTOCOL,	/* IP protocol: "6" = "tcp", "all" = "-1" */
	NORMAL_ENGINE_VERSION,	/* "8.0" matches the live "8.0.35" */
	NORMAL_ARN_OR_ID,	/* the last part of an ARN equals the bare id */
	NORMAL_JSON,		/* a JSON document compared by meaning */
	NORMAL_POLICY,		/* an IAM policy: single item = list of one, account id = its root ARN, order of sets */
	NORMAL_DNS_NAME,	/* case and trailing dot */
	NORMAL_TRIM,		/* surrounding white space */
	NORMAL_PORT,		/* a live -1, or none, matches any port: the protocol has none */
	NORMAL_PRINCIPAL,	/* an account id equals the ARN of its root */
	NORMAL_ANY,		/* AWS keeps its own value, whatever was asked for */
	NORMAL_ENTRIES,		/* a list of {Key, Value} that AWS completes: only the keys that are written count */
	NORMAL_TEXTS,		/* a document whose scalars AWS keeps as texts: 100 = "100" */
	NORMAL_TIME,		/* an instant; without a zone it is UTC */
	NORMAL_KMS_KEY,		/* a key's id, its ARN, or an alias, of which nobody can tell here which key it names */
	NORMAL_PACKAGE,		/* code: a text, a reference or an archive equals the fingerprint of the archive (package.h) */
	NORMAL_COUNT,
};

/* By name: lower cidr protocol engine-version arn-or-id json policy dns-name trim port principal any entries
 * texts time kms-key package; NORMAL_NONE if unknown. */
enum normaliser normaliser_named(struct str name);
struct str normaliser_name(enum normaliser how);
/* Whether two values mean the same under the normaliser. Expressions never do unless they are equal. live may be NULL:
 * nothing is there. */
bool normal_equal(struct arena *scratch, enum normaliser how, const struct value *desired, const struct value *live);
/* The canonical spelling (the value itself if it has none). */
struct value *normal_form(struct arena *a, enum normaliser how, const struct value *v);

/* What is desired is an alias, and what is live another spelling: they count as equal, as long as the alias is the one
 * that was applied last. */
bool normal_is_alias(enum normaliser how, const struct value *desired, const struct value *live);

/* The element of a list of {Key, Value} that has this key, or NULL. */
const struct value *normal_entry(const struct value *list, struct str key);

#endif
