/* Randomness from the kernel, and wiping (hash.h). */
#include "base/hash.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

void random_bytes(void *p, size_t n)
{
	static const char message[] = "drplan: the system has no random numbers\n";
	unsigned char *at = p;

	while (n) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);

			(void)ignored;
			_exit(1);
		}
		at += got;
		n -= (size_t)got;
	}
}

struct str random_uuid(struct arena *a)
{
	unsigned char r[16];
	struct str hex;

	random_bytes(r, sizeof r);
	r[6] = (r[6] & 0x0f) | 0x40;
	r[8] = (r[8] & 0x3f) | 0x80;
	hex = hex_of(a, r, sizeof r);
	return str_fmt(a, "%.8s-%.4s-%.4s-%.4s-%.12s", hex.p, hex.p + 8, hex.p + 12, hex.p + 16, hex.p + 20);
}

struct str random_name(struct arena *a, size_t n)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	char *out = arena_array(a, n + 1, 1);
	unsigned char r;

	for (size_t i = 0; i < n;) {
		random_bytes(&r, 1);
		if (r < 252)	/* 7 * 36: the rest would favour some characters */
			out[i++] = alphabet[r % 36];
	}
	return (struct str){out, n};
}

void wipe(void *p, size_t n)
{
	if (n)
		explicit_bzero(p, n);
}
