/* Evidence as files: one document each, in the formats that are asked for. */
#include "planner/evidence.h"

#include "base/file.h"
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name, *ending, *media;
	unsigned bit;
} formats_known[] = {{"json", "json", "application/json", EVIDENCE_JSON},
		     {"junit", "xml", "application/xml", EVIDENCE_JUNIT},
		     {"html", "html", "text/html; charset=utf-8", EVIDENCE_HTML}};
enum { N_FORMATS = sizeof formats_known / sizeof *formats_known };

unsigned evidence_format(struct str name)
{
	for (size_t i = 0; i < N_FORMATS; i++)
		if (str_eqc(name, formats_known[i].name))
			return formats_known[i].bit;
	return 0;
}

/* STACK-RUN: a stack's name was checked by the loader, but a path is made of it here. */
static struct str base_name(struct arena *a, const struct value *doc)
{
	const struct value *content = value_getc(doc, "content");
	struct str stack = value_text(value_getc(content, "stack"));
	struct str name = str_fmt(a, "%.*s-%.*s", STR_ARG(stack), STR_ARG(value_text(value_getc(content, "run"))));
	char *p = arena_copy(a, name.p, name.n + 1);
	for (size_t i = 0; i < name.n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", p[i]))
			p[i] = '_';
	return (struct str){p, name.n};
}

struct str evidence_render(struct arena *a, const struct value *doc, unsigned format, struct buf *b, const char **media)
{
	struct value *one = value_list(a, (struct pos){0});
	size_t i = 0;
	while (formats_known[i].bit != format)
		i++;
	value_append(a, one, (struct value *)doc);
	if (format == EVIDENCE_JUNIT)
		evidence_junit(b, one);
	else if (format == EVIDENCE_HTML)
		evidence_html(b, one);
	else
		json_write(b, doc, JSON_PRETTY);
	if (format == EVIDENCE_JSON)
		buf_char(b, '\n');
	*media = formats_known[i].media;
	return str_fmt(a, "%.*s.%s", STR_ARG(base_name(a, doc)), formats_known[i].ending);
}

static bool document_write(struct arena *a, const struct value *doc, struct str folder, unsigned format,
			   struct value *written, struct errs *errs)
{
	struct buf b;
	const char *media;
	buf_init(&b, EVIDENCE_MAX);
	struct str name = evidence_render(a, doc, format, &b, &media);
	struct str path = str_fmt(a, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name));
	bool ok = !b.overflow;
	if (!ok)
		err_add(errs, ERR_SYSTEM, (struct pos){0}, "the report %s is too large to be written", path.p);
	struct str text = buf_get(&b);
	if (ok && !file_replace(a, path, &text, 1)) {
		err_add(errs, ERR_SYSTEM, (struct pos){0}, "cannot write the report %s: %s", path.p, strerror(errno));
		ok = false;
	}
	buf_free(&b);
	if (ok)
		value_append(a, written, value_string(a, (struct pos){0}, path));
	return ok;
}

bool evidence_write(struct arena *a, const struct value *docs, struct str folder, unsigned formats,
		    struct value *written, struct errs *errs)
{
	struct str path = str_dup(a, folder);
	if (mkdir(path.p, 0700) != 0 && errno != EEXIST) {
		err_add(errs, ERR_SYSTEM, (struct pos){0}, "cannot make the folder %s: %s", path.p, strerror(errno));
		return false;
	}
	for (size_t i = 0; i < value_count(docs); i++)
		for (size_t f = 0; f < N_FORMATS; f++)
			if ((formats & formats_known[f].bit) &&
			    !document_write(a, value_at(docs, i), path, formats_known[f].bit, written, errs))
				return false;
	return true;
}
