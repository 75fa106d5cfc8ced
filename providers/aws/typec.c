/* The compiler of the type texts, but for its files: texts are added, then every type is compiled in the order of its
 * name. typec.h maps the files; typec_main.c is the program around it. */
#include "providers/aws/typec.h"

#include "stacks/yaml.h"

#include <stdlib.h>
#include <string.h>

static void text_add(struct typec *tc, const struct value *file, const struct member *m)
{
	struct text_type *t;

	tc->texts = arena_grow(&tc->arena, tc->texts, &tc->cap_texts, tc->n_texts + 1, sizeof *tc->texts);
	t = &tc->texts[tc->n_texts++];
	memset(t, 0, sizeof *t);
	t->name = m->key;
	t->pos = m->pos;
	t->text = m->value;
	t->service = text_scalar(tc, text_get(file, "Service"));
	t->region = text_scalar(tc, text_get(file, "Region"));
	t->tag_calls = text_get(file, "TagCalls");
	t->local = str_eqc(text_scalar(tc, text_get(file, "Provider")), "local");
}

void typec_add(struct typec *tc, struct str path, struct str text)
{
	const struct value *doc, *types;

	doc = yaml_read(&tc->arena, text, sources_add(&tc->sources, &tc->arena, path, text), 0, &tc->errs);
	if (!doc || !text_keys(tc, doc, "Service Provider Region TagCalls Types"))
		return;
	types = text_get(doc, "Types");
	for (size_t i = 0; types && types->kind == V_MAP && i < value_count(types); i++)
		text_add(tc, doc, &types->map.items[i]);
}

static int text_order(const void *x, const void *y)
{
	return str_cmp(((const struct text_type *)x)->name, ((const struct text_type *)y)->name);
}

static int flag_order(const void *x, const void *y)
{
	const struct fact_flag *a = x, *b = y;

	return a->node < b->node ? -1 : a->node > b->node;
}

/* The flags were gathered as rows; what is written is their text. */
static void flags_finish(struct typec *tc)
{
	struct buf *raw = &tc->facts.flags, text;
	struct fact_flag *flags = (struct fact_flag *)(void *)raw->p;

	buf_init(&text, (size_t)1 << 24);
	if (tc->facts.n_flags)
		qsort(flags, tc->facts.n_flags, sizeof *flags, flag_order);
	for (size_t i = 0; i < tc->facts.n_flags; i++)
		buf_fmt(&text, "\t{.node = %u, .set = %u, .clear = %u},\n", (unsigned)flags[i].node, flags[i].set, flags[i].clear);
	buf_free(raw);
	*raw = text;
}

/* Indexes are 16 bits and spans 20 + 12: said here once, not at every place that makes one. */
static void check_sizes(struct typec *tc)
{
	const struct table *all[] = {&tc->sources_, &tc->calls, &tc->fetches, &tc->steps, &tc->conds, &tc->binds, &tc->codes};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i]->n > (i < 3 ? 0xffffu : 0xfffffu) || all[i]->full)
			err_add(&tc->errs, ERR_INPUT, (struct pos){0}, "the texts make more rows than a table holds");
}

void typec_compile(struct typec *tc)
{
	if (tc->n_texts)
		qsort(tc->texts, tc->n_texts, sizeof *tc->texts, text_order);
	for (size_t i = 0; i < tc->n_texts; i++) {
		if (i && str_eq(tc->texts[i].name, tc->texts[i - 1].name)) {
			err_at(&tc->errs, tc->texts[i].pos, "%.*s is described twice", STR_ARG(tc->texts[i].name));
			continue;
		}
		type_compile(tc, &tc->texts[i]);
	}
	flags_finish(tc);
	check_sizes(tc);
}

void typec_init(struct typec *tc)
{
	memset(tc, 0, sizeof *tc);
	tc->errs = (struct errs){.arena = &tc->arena, .sources = &tc->sources};
	tables_init(tc);
	buf_init(&tc->facts.types, (size_t)1 << 24);
	buf_init(&tc->facts.rows, (size_t)1 << 24);
	buf_init(&tc->facts.flags, (size_t)1 << 24);
	buf_init(&tc->facts.sim, (size_t)1 << 24);
}

void typec_free(struct typec *tc)
{
	tables_free(tc);
	buf_free(&tc->facts.types);
	buf_free(&tc->facts.rows);
	buf_free(&tc->facts.flags);
	buf_free(&tc->facts.sim);
	arena_free(&tc->arena);
}
