/* Request checksums; see checksum.h. call.c adds them once, before the first attempt. */
#include "providers/aws/checksum.h"

#include "base/hash.h"
#include "base/openssl.h"

#include <zlib.h>

static struct str big_endian(struct arena *a, uint64_t n, size_t bytes)
{
	char b[8];

	for (size_t i = 0; i < bytes; i++)
		b[i] = (char)(n >> 8 * (bytes - 1 - i));
	return base64_of(a, (struct str){b, bytes});
}

/* A reflected CRC, a bit at a time through a table of 256. */
static uint64_t crc_reflected(struct str s, uint64_t polynomial, uint64_t all)
{
	uint64_t table[256], crc = all;

	for (unsigned i = 0; i < 256; i++) {
		uint64_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ polynomial : c >> 1;
		table[i] = c;
	}
	for (size_t i = 0; i < s.n; i++)
		crc = table[(crc ^ (unsigned char)s.p[i]) & 255] ^ crc >> 8;
	return crc ^ all;
}

struct str checksum_crc32(struct arena *a, struct str body)
{
	return big_endian(a, crc32_z(crc32_z(0, NULL, 0), (const Bytef *)body.p, body.n), 4);
}

struct str checksum_crc32c(struct arena *a, struct str body)
{
	return big_endian(a, crc_reflected(body, 0x82f63b78u, 0xffffffffu), 4);
}

struct str checksum_crc64nvme(struct arena *a, struct str body)
{
	return big_endian(a, crc_reflected(body, 0x9a6c9329ac4bc9b5u, UINT64_MAX), 8);
}

struct str checksum_sha256(struct arena *a, struct str body)
{
	struct sha256 d = sha256_of(body);

	return base64_of(a, (struct str){(const char *)d.b, sizeof(d.b)});
}

static struct str digest_of(struct arena *a, const EVP_MD *md, struct str body)
{
	unsigned char d[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (!EVP_Digest(body.p ? body.p : "", body.n, d, &n, md, NULL))
		n = 0;
	return base64_of(a, (struct str){(const char *)d, n});
}

struct str checksum_sha1(struct arena *a, struct str body)
{
	return digest_of(a, EVP_sha1(), body);
}

struct str checksum_md5(struct arena *a, struct str body)
{
	return digest_of(a, EVP_md5(), body);
}

struct algorithm {
	const char *name, *header;
	struct str (*fn)(struct arena *a, struct str body);
};

static const struct algorithm algorithms[] = {
    {"CRC32", "x-amz-checksum-crc32", checksum_crc32},
    {"CRC32C", "x-amz-checksum-crc32c", checksum_crc32c},
    {"CRC64NVME", "x-amz-checksum-crc64nvme", checksum_crc64nvme},
    {"SHA256", "x-amz-checksum-sha256", checksum_sha256},
    {"SHA1", "x-amz-checksum-sha1", checksum_sha1},
};

static bool has_checksum(const struct request *r)
{
	if (headers_has(&r->headers, STR("Content-MD5")))
		return true;
	for (size_t i = 0; i < r->headers.n; i++)
		if (r->headers.items[i].name.n > 15 &&
		    str_eq_nocase(str_sub(r->headers.items[i].name, 0, 15), STR("x-amz-checksum-")) &&
		    !str_eq_nocase(r->headers.items[i].name, STR("x-amz-checksum-algorithm")))
			return true;
	return false;
}

bool checksum_add(const struct op *op, const struct value *input, struct request *r, struct arena *a, struct str *why)
{
	struct str member = op_str(op, op->checksum_member),
		   wanted = member.n ? value_text(value_get(input, member)) : STR_NONE;
	const struct algorithm *algorithm = &algorithms[0];	/* every service that takes a choice takes CRC32 */

	if (has_checksum(r) || (!wanted.n && !(op->flags & OP_CHECKSUM_REQUIRED)))
		return true;
	if (!member.n) {
		headers_add(&r->headers, a, STR("Content-MD5"), checksum_md5(a, r->body));
		return true;
	}
	if (wanted.n) {
		algorithm = NULL;
		for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++)
			if (str_eqc(wanted, algorithms[i].name))
				algorithm = &algorithms[i];
		if (!algorithm) {
			*why = str_fmt(a, "the checksum algorithm '%.*s' is not known", STR_ARG(wanted));
			return false;
		}
	} else if (op_model(op)->flags & MODEL_S3) {
		headers_set(&r->headers, a, STR("x-amz-sdk-checksum-algorithm"), STR("CRC32"));
	}
	headers_set(&r->headers, a, str_of(algorithm->header), algorithm->fn(a, r->body));
	return true;
}
