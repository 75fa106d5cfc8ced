/* Patterns by PCRE2: AllowedPattern (the whole value) and the schemas' patterns (a search). Each is compiled at its
 * first use and kept for the process: the schemas' are few and const, and 10,000 resources ask for the same ones. */
#include "stacks/stackpriv.h"

#include "base/hash.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define SLOTS 256		/* a full neighbourhood replaces its first entry */
#define PROBES 4
#define MATCH_LIMIT 200000

struct entry {
	struct fingerprint key;
	bool used;
	pcre2_code *code;	/* NULL: not compilable */
};

static struct entry cache[SLOTS];

static pcre2_code *compile(struct str pattern, bool whole)
{
	uint32_t options = PCRE2_UTF | PCRE2_ALT_BSUX | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY;
	PCRE2_SIZE offset;
	pcre2_code *code;
	int error;

	if (whole)
		options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
	code = pcre2_compile((PCRE2_SPTR)(pattern.n ? pattern.p : ""), pattern.n, options, &error, &offset, NULL);
	if (code)
		pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	return code;
}

static pcre2_code *code_for(struct str pattern, bool whole)
{
	struct fingerprint key = hash_bytes(pattern);
	struct entry *e = NULL;

	key.hi ^= whole;
	for (size_t i = 0; i < PROBES; i++) {
		struct entry *slot = &cache[(key.lo + i) % SLOTS];

		if (slot->used && fingerprint_eq(slot->key, key))
			return slot->code;
		if (!slot->used && !e)
			e = slot;
	}
	if (!e) {
		e = &cache[key.lo % SLOTS];
		if (e->code)
			pcre2_code_free(e->code);
	}
	*e = (struct entry){key, true, compile(pattern, whole)};
	return e->code;
}

enum regex_result regex_match(struct str pattern, struct str subject, bool whole)
{
	pcre2_code *code = code_for(pattern, whole);
	pcre2_match_data *data;
	pcre2_match_context *context;
	int rc = PCRE2_ERROR_NOMEMORY;

	if (!code)
		return REGEX_BAD;
	data = pcre2_match_data_create_from_pattern(code, NULL);
	context = pcre2_match_context_create(NULL);
	if (data && context) {
		pcre2_set_match_limit(context, MATCH_LIMIT);
		rc = pcre2_match(code, (PCRE2_SPTR)(subject.n ? subject.p : ""), subject.n, 0, 0, data, context);
	}
	pcre2_match_context_free(context);
	pcre2_match_data_free(data);
	if (rc >= 0)
		return REGEX_YES;
	return rc == PCRE2_ERROR_NOMATCH ? REGEX_NO : REGEX_BAD;
}
