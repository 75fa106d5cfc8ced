/* Fingerprints and digests.
 *
 * XXH3-128 compares non-secret data and nothing else (semantics 18). Plans and reports are bound by SHA-256.
 * A secret's fingerprint is HMAC-SHA-256 under a random key kept in the state, and is never printed.
 */
#ifndef DRPLAN_BASE_HASH_H
#define DRPLAN_BASE_HASH_H

#include "base/err.h"

struct fingerprint {
	uint64_t hi, lo;
};

struct sha256 {
	uint8_t b[32];
};

struct fingerprint hash_bytes(struct str s);
/* For hash tables: seeded once per process, so that input cannot be made to collide. Never stored. */
uint64_t hash_key(struct str s);
/* Of the canonical JSON form; a secret below counts as the word (secret), an unknown as its function and arguments.
 * Numbers count by their spelling: equal hashes mean equal values, but not the other way round. */
struct fingerprint hash_value(const struct value *v);
bool fingerprint_eq(struct fingerprint a, struct fingerprint b);
struct str fingerprint_hex(struct arena *a, struct fingerprint f);	/* 32 lower-case digits */
bool fingerprint_parse(struct str hex, struct fingerprint *out);

struct sha256 sha256_of(struct str s);
struct sha256 hmac_sha256(struct str key, struct str data);
struct str sha256_hex(struct arena *a, const struct sha256 *d);	/* 64 lower-case digits */
bool sha256_file(const char *path, struct sha256 *out, struct errs *errs);
struct str hex_of(struct arena *a, const void *p, size_t n);
struct str base64_of(struct arena *a, struct str s);
bool base64_decode(struct arena *a, struct str s, struct str *out);

/* n bytes from the system's generator; ends the program if it has none. */
void random_bytes(void *p, size_t n);
/* A random version 4 UUID, lower case. */
struct str random_uuid(struct arena *a);
/* n characters of [A-Z0-9] for names that were left out (semantics 6). */
struct str random_name(struct arena *a, size_t n);
/* Overwrite so that the compiler cannot leave it out. */
void wipe(void *p, size_t n);

#endif
