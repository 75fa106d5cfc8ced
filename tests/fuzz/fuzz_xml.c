/* XML: whatever is read can be written with xml_escape and read again to the same tree. */
#include "base/xml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void write_element(struct buf *b, const struct xml *e)
{
	buf_char(b, '<');
	buf_str(b, e->name);
	for (size_t i = 0; i < e->n_attrs; i++) {
		buf_char(b, ' ');
		buf_str(b, e->attrs[i].name);
		buf_cstr(b, "=\"");
		xml_escape(b, e->attrs[i].value, true);
		buf_char(b, '"');
	}
	buf_char(b, '>');
	xml_escape(b, e->text, false);
	for (const struct xml *c = e->child; c; c = c->next)
		write_element(b, c);
	buf_cstr(b, "</");
	buf_str(b, e->name);
	buf_char(b, '>');
}

static bool same(const struct xml *x, const struct xml *y)
{
	const struct xml *c, *d;

	if (!str_eq(x->name, y->name) || !str_eq(x->text, y->text) || x->n_attrs != y->n_attrs)
		return false;
	for (size_t i = 0; i < x->n_attrs; i++) {
		if (!str_eq(x->attrs[i].name, y->attrs[i].name) || !str_eq(x->attrs[i].value, y->attrs[i].value))
			return false;
	}
	for (c = x->child, d = y->child; c && d; c = c->next, d = d->next) {
		if (!same(c, d))
			return false;
	}
	return !c && !d;
}

/* Names whose prefix was removed may be no names any more ("a:1"); such trees can't be written. */
static bool writable(const struct xml *e)
{
	const char *p = e->name.p;

	if (!e->name.n || !((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')) || str_chr(e->name, ':', 0) >= 0)
		return false;
	for (const struct xml *c = e->child; c; c = c->next) {
		if (!writable(c))
			return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct errs errs = {.arena = &a};
	struct xml *root = xml_read(&a, (struct str){(const char *)data, size}, &errs), *again;
	struct buf b;

	must(root ? !errs.n : errs.n == 1);
	if (root && writable(root)) {
		buf_init(&b, 64 << 20);
		write_element(&b, root);
		again = xml_read(&a, buf_get(&b), &errs);
		must(again && same(root, again));
		buf_free(&b);
	}
	arena_free(&a);
	return 0;
}
