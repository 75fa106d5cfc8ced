/* XML into a plain tree, on expat (xml.h).
 *
 * A document type declaration stops the parser at once: without one there are no entities to expand, fetch or recurse
 * into. Character data comes in pieces, and between children; each open element collects its own in a buffer that its
 * level keeps for the next element of the same depth.
 */
#include "base/xml.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK ((size_t)1 << 20)

struct level {
	struct xml *element, *last;	/* last child so far */
	struct buf text;
};

struct builder {
	struct arena *a;
	struct errs *errs;
	XML_Parser parser;
	struct xml *root;
	unsigned depth;			/* open elements */
	bool failed;			/* and said so */
	struct level levels[XML_DEPTH];
};

static void fail(struct builder *b, const char *message)
{
	if (b->failed)
		return;
	b->failed = true;
	err_add(b->errs, ERR_NETWORK, (struct pos){0}, "the answer is no valid XML: %s at line %lu, column %lu",
		message, (unsigned long)XML_GetCurrentLineNumber(b->parser),
		(unsigned long)XML_GetCurrentColumnNumber(b->parser) + 1);
	XML_StopParser(b->parser, XML_FALSE);
}

static struct str local_name(const char *name)
{
	const char *colon = strchr(name, ':');

	return str_of(colon ? colon + 1 : name);
}

static void read_attrs(struct builder *b, struct xml *e, const XML_Char **attrs)
{
	size_t n = 0;

	while (attrs[2 * n])
		n++;
	e->attrs = arena_array(b->a, n, sizeof *e->attrs);
	e->n_attrs = n;
	for (size_t i = 0; i < n; i++) {
		e->attrs[i].name = str_dup(b->a, str_of(attrs[2 * i]));
		e->attrs[i].value = str_dup(b->a, str_of(attrs[2 * i + 1]));
	}
}

static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **attrs)
{
	struct builder *b = data;
	struct level *parent = b->depth ? &b->levels[b->depth - 1] : NULL, *level;
	struct xml *e;

	if (b->failed)
		return;
	if (b->depth == XML_DEPTH) {
		fail(b, "nested too deeply");
		return;
	}
	e = arena_new(b->a, struct xml);
	e->name = str_dup(b->a, local_name(name));
	read_attrs(b, e, attrs);
	if (!parent)
		b->root = e;
	else if (parent->last)
		parent->last->next = e;
	else
		parent->element->child = e;
	if (parent)
		parent->last = e;
	level = &b->levels[b->depth++];
	level->element = e;
	level->last = NULL;
	buf_clear(&level->text);
}

static void XMLCALL on_end(void *data, const XML_Char *name)
{
	struct builder *b = data;
	struct level *level;

	(void)name;	/* expat has checked that it is the right one */
	if (b->failed)
		return;
	level = &b->levels[--b->depth];
	level->element->text = str_dup(b->a, buf_get(&level->text));
}

static void XMLCALL on_text(void *data, const XML_Char *s, int n)
{
	struct builder *b = data;

	if (!b->failed && b->depth)
		buf_add(&b->levels[b->depth - 1].text, s, (size_t)n);
}

static void XMLCALL on_doctype(void *data, const XML_Char *name, const XML_Char *system_id,
			       const XML_Char *public_id, int has_internal_subset)
{
	(void)name, (void)system_id, (void)public_id, (void)has_internal_subset;
	fail(data, "it has a document type declaration");
}

static bool parse(struct builder *b, struct str text)
{
	size_t n;

	do {
		n = text.n < CHUNK ? text.n : CHUNK;
		if (XML_Parse(b->parser, text.n ? text.p : "", (int)n, n == text.n) != XML_STATUS_OK) {
			fail(b, XML_ErrorString(XML_GetErrorCode(b->parser)));
			return false;
		}
		text = str_sub(text, n, text.n);
	} while (text.n);
	return !b->failed;
}

struct xml *xml_read(struct arena *a, struct str text, struct errs *errs)
{
	struct builder *b = xmalloc(sizeof *b);
	struct xml *root;

	memset(b, 0, sizeof *b);
	b->a = a;
	b->errs = errs;
	b->parser = XML_ParserCreate(NULL);
	if (!b->parser)
		xmalloc(SIZE_MAX);
	for (size_t i = 0; i < XML_DEPTH; i++)
		buf_init(&b->levels[i].text, SIZE_MAX / 4);
	XML_SetUserData(b->parser, b);
	XML_SetElementHandler(b->parser, on_start, on_end);
	XML_SetCharacterDataHandler(b->parser, on_text);
	XML_SetStartDoctypeDeclHandler(b->parser, on_doctype);
	root = parse(b, text) ? b->root : NULL;
	XML_ParserFree(b->parser);
	for (size_t i = 0; i < XML_DEPTH; i++)
		buf_free(&b->levels[i].text);
	free(b);
	return root;
}

struct xml *xml_child(const struct xml *e, struct str name)
{
	struct xml *c = e ? e->child : NULL;

	while (c && !str_eq(c->name, name))
		c = c->next;
	return c;
}

void xml_escape(struct buf *out, struct str s, bool attribute)
{
	size_t done = 0;

	for (size_t i = 0; i < s.n; i++) {
		const char *with = NULL;

		switch (s.p[i]) {
		case '&':
			with = "&amp;";
			break;
		case '<':
			with = "&lt;";
			break;
		case '>':
			with = "&gt;";
			break;
		case '\r':	/* a reader would turn it into a line end */
			with = "&#xD;";
			break;
		case '"':
			with = attribute ? "&quot;" : NULL;
			break;
		case '\n':
			with = attribute ? "&#xA;" : NULL;
			break;
		case '\t':
			with = attribute ? "&#x9;" : NULL;
			break;
		}
		if (!with)
			continue;
		buf_add(out, s.p + done, i - done);
		buf_cstr(out, with);
		done = i + 1;
	}
	buf_add(out, s.p ? s.p + done : "", s.n - done);
}
