/* Packages: code that goes to AWS as a zip archive, and how it stands in properties (a function's Code.ZipFile).
 *
 * It is written as source text, or as a local path (Code: ./dir). A plan, the state and a comparison never hold the
 * archive but its fingerprint: base64 of SHA-256, as AWS reports it. A path becomes a reference, "local PATH
 * sha256:FINGERPRINT", when the stack is rendered; the archive itself is made when a call takes it (stacks/package.c).
 */
#ifndef DRPLAN_MODEL_PACKAGE_H
#define DRPLAN_MODEL_PACKAGE_H

#include "base/value.h"

struct package_ref {
	struct str path;	/* as the stack has it, from where the stack's own path starts */
	struct str sha256;	/* base64 */
};

bool package_ref_parse(struct str text, struct package_ref *out);
struct str package_ref_text(struct arena *a, const struct package_ref *ref);
/* A fingerprint alone, as AWS reports it. */
bool package_is_sha256(struct str s);
/* The fingerprint of an archive. */
struct str package_sha256(struct arena *a, struct str archive);

/* The archive of a source text: one file, index.py or index.js by the runtime's name ("python3.12"). False for a runtime
 * whose functions cannot be given as text. */
bool package_of_text(struct arena *a, struct str text, struct str runtime, struct str *archive);
/* Whether what is wanted (a text, a reference, or an archive) is what has the fingerprint live. */
bool package_equal(struct arena *scratch, struct str wanted, struct str live);
/* The fingerprint of either of them; of a text, as if it were Python. */
struct str package_form(struct arena *a, struct str wanted);

#endif
