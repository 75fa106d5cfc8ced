/* XXH3 fingerprints of data and values, SHA-256 and HMAC by OpenSSL (hash.h).
 * Hexadecimal and base64 are in encode.c, randomness and wiping in random.c.
 */
#include "base/hash.h"

#include "base/json.h"
#include "base/openssl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct fingerprint hash_bytes(struct str s)
{
	XXH128_hash_t h = XXH3_128bits(s.p, s.n);

	return (struct fingerprint){h.high64, h.low64};
}

uint64_t hash_key(struct str s)
{
	static uint64_t seed;

	while (!seed)
		random_bytes(&seed, sizeof seed);
	return XXH3_64bits_withSeed(s.p, s.n, seed);
}

/* Two unknowns are the same if the same function is applied to the same arguments. */
static void hash_expr(struct buf *out, const struct value *v, unsigned flags)
{
	buf_fmt(out, "{\"\\u0000fn\":%u,\"args\":[", v->fn);
	for (uint32_t i = 0; i < v->list.n; i++) {
		if (i)
			buf_char(out, ',');
		json_write_with(out, v->list.items[i], flags, hash_expr);
	}
	buf_cstr(out, "]}");
}

struct fingerprint hash_value(const struct value *v)
{
	struct fingerprint f;
	struct buf b;

	buf_init(&b, SIZE_MAX / 4);
	json_write_with(&b, v, JSON_SORTED, hash_expr);
	f = hash_bytes(buf_get(&b));
	buf_free(&b);
	return f;
}

bool fingerprint_eq(struct fingerprint a, struct fingerprint b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

struct str fingerprint_hex(struct arena *a, struct fingerprint f)
{
	return str_fmt(a, "%016llx%016llx", (unsigned long long)f.hi, (unsigned long long)f.lo);
}

bool fingerprint_parse(struct str hex, struct fingerprint *out)
{
	uint64_t half[2] = {0, 0};

	if (hex.n != 32)
		return false;
	for (size_t i = 0; i < hex.n; i++) {
		char c = hex.p[i];
		unsigned digit;

		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (unsigned)(c - 'a' + 10);
		else
			return false;
		half[i / 16] = half[i / 16] << 4 | digit;
	}
	*out = (struct fingerprint){half[0], half[1]};
	return true;
}

/* Everything below needs OpenSSL to work at all; if it does not, no plan can be trusted. */
static _Noreturn void no_crypto(void)
{
	static const char message[] = "drplan: OpenSSL offers no SHA-256\n";
	ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);

	(void)ignored;
	_exit(1);
}

/* Fetched at the first digest: OpenSSL reads its configuration then (1 ms), and not when a program merely starts. */
static const EVP_MD *sha256_md(void)
{
	static EVP_MD *md;

	if (!md)
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!md)
		no_crypto();
	return md;
}

struct sha256 sha256_of(struct str s)
{
	struct sha256 d;

	if (!EVP_Digest(s.n ? s.p : "", s.n, d.b, NULL, sha256_md(), NULL))
		no_crypto();
	return d;
}

struct sha256 hmac_sha256(struct str key, struct str data)
{
	struct sha256 d;
	size_t n;

	if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key.n ? key.p : "", key.n,
		       (const unsigned char *)(data.n ? data.p : ""), data.n, d.b, sizeof d.b, &n))
		no_crypto();
	return d;
}

struct str sha256_hex(struct arena *a, const struct sha256 *d)
{
	return hex_of(a, d->b, sizeof d->b);
}

/* Feed the rest of the file to the digest; 0 or an errno. */
static int digest_fd(EVP_MD_CTX *ctx, int fd)
{
	char chunk[16384];
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		if (n == 0)
			return 0;
		if (!EVP_DigestUpdate(ctx, chunk, (size_t)n))
			no_crypto();
	}
}

bool sha256_file(const char *path, struct sha256 *out, struct errs *errs)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;
	EVP_MD_CTX *ctx;

	if (fd < 0) {
		err_add(errs, ERR_SYSTEM, (struct pos){0}, "cannot open %s: %s", path, strerror(errno));
		return false;
	}
	ctx = EVP_MD_CTX_new();
	if (!ctx || !EVP_DigestInit_ex(ctx, sha256_md(), NULL))
		no_crypto();
	error = digest_fd(ctx, fd);
	if (!EVP_DigestFinal_ex(ctx, out->b, NULL))
		no_crypto();
	EVP_MD_CTX_free(ctx);
	close(fd);
	if (error)
		err_add(errs, ERR_SYSTEM, (struct pos){0}, "cannot read %s: %s", path, strerror(error));
	return !error;
}
