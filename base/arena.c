/* The arena behind arena.h: a list of malloc'd blocks, filled one after the other.
 *
 * Blocks start at 16 KiB and double up to 1 MiB. A request that would leave most of the current block unused gets
 * a block of its own behind it. Under AddressSanitizer everything that has not been handed out is poisoned and
 * neighbours are kept apart, so that tests find overruns inside an arena as they would with malloc.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#endif

#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) __asan_poison_memory_region((p), (n))
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#define GAP 16
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#define GAP 0
#endif

#define BLOCK_MIN ((size_t)16 << 10)
#define BLOCK_MAX ((size_t)1 << 20)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char data[];
};

static _Noreturn void out_of_memory(void)
{
	static const char message[] = "drplan: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);

	(void)ignored;	/* there is nobody left to tell */
	_exit(1);
}

void *xmalloc(size_t n)
{
	void *p = malloc(n ? n : 1);

	if (!p)
		out_of_memory();
	return p;
}

static struct arena_block *block_new(struct arena *a, size_t size)
{
	struct arena_block *b;

	if (size > SIZE_MAX - sizeof *b)
		out_of_memory();
	b = xmalloc(sizeof *b + size);
	b->next = NULL;
	b->used = 0;
	b->size = size;
	POISON(b->data, size);
	a->total += sizeof *b + size;
	return b;
}

/* Where an allocation of this alignment would begin in the block. */
static size_t block_start(const struct arena_block *b, size_t align)
{
	size_t start = b->used ? b->used + GAP : 0;

	return (start + align - 1) & ~(align - 1);
}

static bool block_fits(const struct arena_block *b, size_t n, size_t align)
{
	size_t start = block_start(b, align);

	return start <= b->size && n <= b->size - start;
}

/* A block with room for n bytes. Big ones are put behind the head, which goes on being filled. */
static struct arena_block *block_for(struct arena *a, size_t n)
{
	size_t size = BLOCK_MIN;
	struct arena_block *b;

	if (a->head)
		size = a->head->size < BLOCK_MAX / 2 ? a->head->size * 2 : BLOCK_MAX;
	if (a->head && n > size / 4) {
		b = block_new(a, n);
		b->next = a->head->next;
		a->head->next = b;
		return b;
	}
	b = block_new(a, n > size ? n : size);
	b->next = a->head;
	a->head = b;
	return b;
}

static void *take(struct arena *a, size_t n, size_t align)
{
	struct arena_block *b = a->head;
	size_t start;

	if (!b || !block_fits(b, n, align))
		b = block_for(a, n);
	start = block_start(b, align);
	b->used = start + n;
	UNPOISON(b->data + start, n);
	return b->data + start;
}

void *arena_alloc(struct arena *a, size_t n)
{
	void *p;

	if (!n)
		n = 1;
	p = take(a, n, alignof(max_align_t));
	memset(p, 0, n);
	return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / 2 / size)
		out_of_memory();
	return arena_alloc(a, count * size);
}

/* Lengthen the block's last allocation in place, if items is that and there is room. */
static bool extend(struct arena *a, unsigned char *items, size_t old, size_t wanted)
{
	struct arena_block *b = a->head;

	if (!b || !items || items < b->data || items + old != b->data + b->used)
		return false;
	if (wanted - old > b->size - b->used)
		return false;
	UNPOISON(b->data + b->used, wanted - old);
	memset(b->data + b->used, 0, wanted - old);
	b->used += wanted - old;
	return true;
}

void *arena_grow(struct arena *a, void *items, size_t *cap, size_t need, size_t size)
{
	size_t wanted = *cap < 4 ? 8 : *cap * 2;
	void *grown;

	if (need <= *cap && items)
		return items;
	if (size && need > SIZE_MAX / 4 / size)
		out_of_memory();
	if (wanted < need)
		wanted = need;
	if (!extend(a, items, *cap * size, wanted * size)) {
		grown = arena_array(a, wanted, size);
		if (items && *cap)
			memcpy(grown, items, *cap * size);
		items = grown;
	}
	*cap = wanted;
	return items;
}

char *arena_copy(struct arena *a, const char *p, size_t n)
{
	char *copy;

	if (n == SIZE_MAX)
		out_of_memory();
	copy = take(a, n + 1, 1);
	if (n)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

static void free_blocks(struct arena *a, struct arena_block *b)
{
	struct arena_block *next;

	for (; b; b = next) {
		next = b->next;
		a->total -= sizeof *b + b->size;
		UNPOISON(b->data, b->size);
		free(b);
	}
}

void arena_reset(struct arena *a)
{
	if (!a->head)
		return;
	free_blocks(a, a->head->next);
	a->head->next = NULL;
	a->head->used = 0;
	POISON(a->head->data, a->head->size);
}

void arena_free(struct arena *a)
{
	free_blocks(a, a->head);
	a->head = NULL;
}
