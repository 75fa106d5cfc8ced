/* Arena: memory that lives as long as one command (or one request) and is freed in one go.
 *
 *	struct arena a = {0};
 *	struct thing *t = arena_new(&a, struct thing);
 *	...
 *	arena_free(&a);            (or arena_reset(&a) to keep the first block for the next round)
 *
 * A zeroed struct is an empty arena. Nothing allocated from it is ever freed alone. Running out of memory ends
 * the program with a message and exit status 1; the journal (state/journal.h) makes that safe at any instant.
 */
#ifndef DRPLAN_BASE_ARENA_H
#define DRPLAN_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *head;	/* the block that is filled; older ones hang behind it */
	size_t total;			/* bytes taken from the system, for statistics */
};

/* n zeroed bytes, aligned for any type; never NULL. */
void *arena_alloc(struct arena *a, size_t n);
/* Room for count items of size bytes, zeroed; ends the program on overflow. */
void *arena_array(struct arena *a, size_t count, size_t size);
/* Grow an array that came from this arena to at least need items (doubling); returns the array, updates *cap.
 * The old array's memory stays in the arena unless it was the last allocation. */
void *arena_grow(struct arena *a, void *items, size_t *cap, size_t need, size_t size);
/* A NUL-terminated copy of n bytes. */
char *arena_copy(struct arena *a, const char *p, size_t n);
/* Forget everything, keep one block. Pointers into the arena dangle afterwards. */
void arena_reset(struct arena *a);
/* Forget everything and give the memory back. Memory that held secrets is the owner's to wipe first. */
void arena_free(struct arena *a);

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))

/* malloc that ends the program when there is no memory; for the few things that outlive every arena. */
void *xmalloc(size_t n);

#endif
