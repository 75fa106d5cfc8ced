/* The compiler of the type texts: reads them, compiles every type in the order of its name, and writes the tables if
 * there was no error. typec.h maps the files; docs/adding-a-type.md is the language.
 *
 *	typec --out DIR FILE.types...
 */
#include "providers/aws/typec.h"

#include "stacks/yaml.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)4 << 20)

static bool file_read(struct typec *tc, const char *path, struct str *out)
{
	FILE *f = fopen(path, "r");
	struct buf b;
	char chunk[65536];
	size_t n;
	bool ok = f != NULL;

	buf_init(&b, FILE_MAX);
	while (f && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(&b, chunk, n);
	if (f && (ferror(f) || b.overflow))
		ok = false;
	if (f)
		fclose(f);
	if (!ok)
		err_add(&tc->errs, ERR_SYSTEM, (struct pos){0}, "cannot read %s", path);
	*out = buf_take(&b, &tc->arena);
	buf_free(&b);
	return ok;
}

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
}

static void file_add(struct typec *tc, const char *path)
{
	struct str text;
	const struct value *doc, *types;

	if (!file_read(tc, path, &text))
		return;
	doc = yaml_read(&tc->arena, text, sources_add(&tc->sources, &tc->arena, str_of(path), text), 0, &tc->errs);
	if (!doc || !text_keys(tc, doc, "Service Region TagCalls Types"))
		return;
	types = text_get(doc, "Types");
	for (size_t i = 0; types && i < value_count(types); i++)
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

static void compile_all(struct typec *tc)
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
}

static bool write_all(struct typec *tc, const char *dir)
{
	const char *calls = str_fmt(&tc->arena, "%s/calls.c", dir).p;
	const char *facts = str_fmt(&tc->arena, "%s/facts.c", dir).p;
	const char *sim = str_fmt(&tc->arena, "%s/simfacts.c", dir).p;

	return emit_calls(tc, calls) && emit_facts(tc, facts) && emit_sim(tc, sim);
}

int main(int argc, char **argv)
{
	static struct typec tc;
	struct buf out;

	if (argc < 3 || strcmp(argv[1], "--out")) {
		fputs("usage: typec --out DIR FILE.types...\n", stderr);
		return 64;
	}
	tc.errs = (struct errs){.arena = &tc.arena, .sources = &tc.sources};
	tables_init(&tc);
	buf_init(&tc.facts.types, (size_t)1 << 24);
	buf_init(&tc.facts.rows, (size_t)1 << 24);
	buf_init(&tc.facts.flags, (size_t)1 << 24);
	buf_init(&tc.facts.sim, (size_t)1 << 24);
	for (int i = 3; i < argc; i++)
		file_add(&tc, argv[i]);
	compile_all(&tc);
	if (!tc.errs.errors)
		write_all(&tc, argv[2]);
	buf_init(&out, (size_t)1 << 24);
	errs_print(&tc.errs, &out, false);
	fputs(out.n ? out.p : "", stderr);
	return tc.errs.errors ? 1 : 0;
}
