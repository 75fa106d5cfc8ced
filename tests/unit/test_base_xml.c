/* XML: the tree, text between children, what is refused, escaping there and back. */
#include "tests/unit/check.h"

#include "base/xml.h"

static struct arena arena;

static struct xml *read(struct str text)
{
	struct errs errs = {.arena = &arena};
	struct xml *root = xml_read(&arena, text, &errs);

	assert_int_equal(errs.n, root ? 0 : 1);
	return root;
}

static void tree(void **state)
{
	struct xml *r = read(STR("<?xml version=\"1.0\"?>\n<!-- c --><r xmlns=\"urn:x\" xmlns:s='urn:s'>"
				 "<item>1</item><s:item s:type='T' b=\"&lt;\">2<x/>3</s:item><y><![CDATA[<&>]]>&amp;&#228;</y></r>"));
	struct xml *item, *second;

	(void)state;
	assert_str(r->name, "r");
	assert_int_equal(r->n_attrs, 2);
	item = xml_child(r, STR("item"));
	assert_str(item->text, "1");
	assert_null(item->child);
	second = item->next;
	assert_str(second->name, "item");
	assert_str(second->text, "23");
	assert_int_equal(second->n_attrs, 2);
	assert_str(second->attrs[0].name, "s:type");
	assert_str(second->attrs[1].value, "<");
	assert_str(second->child->name, "x");
	assert_str(second->child->text, "");
	assert_null(second->child->next);
	assert_str(xml_child(r, STR("y"))->text, "<&>&\xc3\xa4");
	assert_null(xml_child(r, STR("z")));
	assert_null(xml_child(NULL, STR("z")));
}

static void refused(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"x",
		"<a>",
		"<a></b>",
		"<a/><b/>",
		"<a>&undefined;</a>",
		"<a b='1' b='2'/>",
		"<a>\x01</a>",
		"<a>\xff</a>",
		"<a b=1/>",
		"<!DOCTYPE a><a/>",
		"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
		"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
		"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_null(read(str_of(bad[i])));
	assert_null(read(STR("<a>\0</a>")));
	assert_non_null(read(STR("<a/> ")));
}

static void message(void **state)
{
	struct errs errs = {.arena = &arena};

	(void)state;
	assert_null(xml_read(&arena, STR("<a>\n <b></a>"), &errs));
	assert_int_equal(errs.items[0].kind, ERR_NETWORK);
	assert_str(errs.items[0].message, "the answer is no valid XML: mismatched tag at line 2, column 7");
}

static struct str nested(size_t depth)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < depth; i++)
		buf_cstr(&b, "<a>");
	for (size_t i = 0; i < depth; i++)
		buf_cstr(&b, "</a>");
	return buf_take(&b, &arena);
}

static void depth(void **state)
{
	(void)state;
	assert_non_null(read(nested(XML_DEPTH)));
	assert_null(read(nested(XML_DEPTH + 1)));
	assert_null(read(nested(100000)));
}

/* Text that expat delivers in a million pieces, and a document of many chunks. */
static void large(void **state)
{
	struct xml *r;
	struct buf b;
	size_t n = 0;

	(void)state;
	buf_init(&b, 1 << 24);
	buf_cstr(&b, "<r><t>");
	for (int i = 0; i < 300000; i++)
		buf_cstr(&b, "&amp;\n");
	buf_cstr(&b, "</t>");
	for (int i = 0; i < 100000; i++)
		buf_fmt(&b, "<item>%d</item>", i);
	buf_cstr(&b, "</r>");
	r = read(buf_get(&b));
	assert_int_equal(r->child->text.n, 600000);
	for (const struct xml *e = r->child->next; e; e = e->next)
		n++;
	assert_int_equal(n, 100000);
	buf_free(&b);
}

static void escapes(void **state)
{
	const struct str text = STR("a<b>&\"'\r\n\t\xc3\xa4 ]]>");
	struct buf b;
	struct xml *r;

	(void)state;
	buf_init(&b, 1000);
	buf_cstr(&b, "<r a=\"");
	xml_escape(&b, text, true);
	buf_cstr(&b, "\">");
	xml_escape(&b, text, false);
	buf_cstr(&b, "</r>");
	r = read(buf_get(&b));
	assert_true(str_eq(r->text, text));
	assert_true(str_eq(r->attrs[0].value, text));
	buf_clear(&b);
	xml_escape(&b, STR_NONE, true);
	assert_str(buf_get(&b), "");
	buf_free(&b);
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree),	 cmocka_unit_test(refused), cmocka_unit_test(message),
		cmocka_unit_test(depth), cmocka_unit_test(large),   cmocka_unit_test(escapes),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
