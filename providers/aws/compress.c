/* Request compression; see compress.h. The switches and the least size are the AWS SDKs' own. flow.c calls it once a
 * request, before checksum and signature. */
#include "providers/aws/compress.h"

#include "providers/aws/config.h"

#include <zlib.h>

enum { WORTH_BYTES = 10240, WORTH_MAX = 10485760, GZIP_WINDOW = 15 + 16 };

static bool is_worth(struct str body)
{
	int64_t least = WORTH_BYTES;

	(void)str_int(env_str("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES"), 0, WORTH_MAX, &least);
	return body.n && body.n <= UINT32_MAX && (int64_t)body.n >= least &&
	       !env_true("AWS_DISABLE_REQUEST_COMPRESSION");
}

static bool gzip(struct str body, struct arena *a, struct str *out)
{
	z_stream z = {0};
	char *p;

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	z.avail_out = (uInt)deflateBound(&z, body.n);
	p = arena_alloc(a, z.avail_out);
	z.next_in = (Bytef *)(uintptr_t)body.p;
	z.avail_in = (uInt)body.n;
	z.next_out = (Bytef *)p;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END) {
		deflateEnd(&z);
		return false;
	}
	*out = (struct str){p, z.total_out};
	return deflateEnd(&z) == Z_OK;
}

void compress_body(const struct op *op, struct request *r, struct arena *a)
{
	struct str had = headers_get(&r->headers, STR("Content-Encoding")), packed;

	if (!(op->flags & OP_COMPRESS) || !is_worth(r->body) || !gzip(r->body, a, &packed))
		return;
	r->body = packed;
	headers_set(&r->headers, a, STR("Content-Encoding"),
		    had.n ? str_fmt(a, "%.*s, gzip", STR_ARG(had)) : STR("gzip"));
}
