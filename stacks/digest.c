/* The digest of a stack: SHA-256 over its files, variables, facts and mode. Values of NoEcho parameters stay out: a
 * digest that is printed must not let anyone try secrets against it. */
#include "stacks/stackpriv.h"

#include "base/hash.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define DIGEST_MAX (512u << 20)

/* Length before content, so that no two inputs run together. */
static void part_add(struct buf *b, const char *label, struct str s)
{
	buf_fmt(b, "%s %zu\n", label, s.n);
	buf_str(b, s);
}

static void value_add(struct buf *b, struct arena *a, const char *label, struct str name, const struct value *v)
{
	struct buf text;

	part_add(b, label, name);
	buf_init(&text, FILE_MAX);
	if (v)
		expr_write(&text, v, JSON_SORTED);
	part_add(b, "value", buf_take(&text, a));
}

static int by_hash(const void *x, const void *y)
{
	return memcmp(((const struct sha256 *)x)->b, ((const struct sha256 *)y)->b, sizeof ((struct sha256 *)0)->b);
}

void stack_digest(struct stack *s)
{
	struct loader *ld = s->loader;
	struct sha256 *files = arena_array(s->arena, ld->n_texts + 1, sizeof *files), sum;
	struct buf b;

	buf_init(&b, DIGEST_MAX);
	for (size_t i = 0; i < ld->n_texts; i++)
		files[i] = sha256_of(ld->texts[i].text);
	qsort(files, ld->n_texts, sizeof *files, by_hash);
	for (size_t i = 0; i < ld->n_texts; i++)
		part_add(&b, "file", (struct str){(const char *)files[i].b, sizeof files[i].b});
	for (size_t i = 0; i < s->n_params; i++)
		if (!s->params[i].no_echo)
			value_add(&b, s->arena, "parameter", s->params[i].name, s->params[i].value);
	for (size_t i = 0; i < s->n_targets; i++) {
		part_add(&b, "target", s->targets[i].name);
		part_add(&b, "region", s->targets[i].region);
	}
	for (size_t i = 0; i < s->n_facts; i++)
		value_add(&b, s->arena, "fact", s->facts[i].name, s->facts[i].value);
	part_add(&b, "mode", s->mode);
	part_add(&b, "active", s->active);
	sum = sha256_of(buf_get(&b));
	buf_free(&b);
	memcpy(s->digest, sha256_hex(s->arena, &sum).p, sizeof s->digest - 1);
	s->digest[sizeof s->digest - 1] = 0;
}
