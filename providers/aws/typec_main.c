/* The program around the compiler of the type texts: files in, tables out if there was no error.
 *
 *	typec --out DIR FILE.types...
 */
#include "providers/aws/typec.h"

#include <string.h>

#define FILE_MAX ((size_t)4 << 20)

static bool text_read(struct typec *tc, const char *path, struct str *out)
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
	struct str text;

	if (argc < 3 || strcmp(argv[1], "--out")) {
		fputs("usage: typec --out DIR FILE.types...\n", stderr);
		return 64;
	}
	typec_init(&tc);
	for (int i = 3; i < argc; i++)
		if (text_read(&tc, argv[i], &text))
			typec_add(&tc, str_of(argv[i]), text);
	typec_compile(&tc);
	if (!tc.errs.errors)
		write_all(&tc, argv[2]);
	buf_init(&out, (size_t)1 << 24);
	errs_print(&tc.errs, &out, false);
	fputs(out.n ? out.p : "", stderr);
	buf_free(&out);
	return tc.errs.errors ? 1 : 0;
}
