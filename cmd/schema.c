/* drplan schema: the resource types, one type's properties, and the same for programs (schemajson.c). */
#include "cmd/cmd.h"

#include "cmd/schemaui.h"

enum { WIDTH = 100 };

static const struct {
	unsigned ability;
	const char *name;
} abilities[] = {
    {CAN_CREATE, "create"}, {CAN_READ, "read"}, {CAN_READ_BULK, "bulk-read"}, {CAN_UPDATE, "update"},
    {CAN_DELETE, "delete"}, {CAN_TAG, "tag"},   {CAN_IMPORT, "import"},       {CAN_RECOVER, "recover"},
};

enum { N_ABILITIES = sizeof(abilities) / sizeof(abilities[0]) };

size_t schemaui_abilities(const struct type *t, const char **names)
{
	size_t n = 0;

	for (size_t i = 0; i < N_ABILITIES; i++)
		if (type_abilities(t) & abilities[i].ability)
			names[n++] = abilities[i].name;
	return n;
}

static void add_types(struct buf *b)
{
	for (size_t i = 0; i < model_count(); i++) {
		const struct type *t = model_nth(i);
		struct str name = type_name(t), layer = layer_name(type_layer(t));

		buf_str(b, name);
		buf_pad(b, ' ', name.n < 44 ? 44 - name.n : 1);
		buf_str(b, layer);
		buf_char(b, '\n');
	}
}

static void add_coverage(struct buf *b)
{
	buf_pad(b, ' ', 44);
	for (size_t k = 0; k < N_ABILITIES; k++)
		buf_fmt(b, " %-*s", k + 1 < N_ABILITIES ? 9 : 0, abilities[k].name);
	buf_char(b, '\n');
	for (size_t i = 0; i < model_count(); i++) {
		const struct type *t = model_nth(i);
		struct str name = type_name(t);

		buf_str(b, name);
		buf_pad(b, ' ', name.n < 44 ? 44 - name.n : 1);
		for (size_t k = 0; k < N_ABILITIES; k++)
			buf_fmt(b, " %-*s", k + 1 < N_ABILITIES ? 9 : 0,
				type_abilities(t) & abilities[k].ability ? "yes" : "-");
		buf_char(b, '\n');
	}
}

void schemaui_kinds(struct buf *b, const struct schema *s)
{
	static const struct {
		unsigned bit;
		const char *name;
	} kinds[] = {
	    {SCHEMA_OBJECT, "map"},         {SCHEMA_ARRAY, "list"},    {SCHEMA_STRING, "string"},
	    {SCHEMA_INTEGER, "integer"},    {SCHEMA_NUMBER, "number"}, {SCHEMA_BOOLEAN, "boolean"},
	    {SCHEMA_JSON, "JSON document"},
	};
	const char *separator = "";

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!(schema_types(s) & kinds[i].bit))
			continue;
		buf_fmt(b, "%s%s", separator, kinds[i].name);
		separator = " or ";
	}
}

static void add_flags(struct buf *b, const struct schema *s)
{
	static const struct {
		unsigned bit;
		const char *name;
	} flags[] = {
	    {PROP_REQUIRED, "required"},
	    {PROP_CREATE_ONLY, "a change replaces"},
	    {PROP_MAYBE_CREATE_ONLY, "a change may replace"},
	    {PROP_READ_ONLY, "read-only"},
	    {PROP_WRITE_ONLY, "write-only"},
	    {PROP_SECRET, "secret"},
	    {PROP_DEPRECATED, "deprecated"},
	    {PROP_SET, "order means nothing"},
	    {PROP_IRREVERSIBLE, "a change cannot be undone"},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (schema_flags(s) & flags[i].bit)
			buf_fmt(b, ", %s", flags[i].name);
}

static void add_enum(struct buf *b, const struct schema *s, size_t indent)
{
	struct schema_rules rules;

	schema_rules(s, &rules);
	for (size_t i = 0; i < rules.n_enum; i++) {
		if (i == 0)
			buf_char(b, ':');
		ui_word(b, i ? "| " : "", schema_enum(s, i), indent, WIDTH);
	}
}

static void add_props(struct buf *b, const struct schema *s, size_t indent, unsigned depth)
{
	for (size_t i = 0; i < schema_prop_count(s); i++) {
		const struct schema *p = schema_prop_nth(s, i);
		const struct schema *item = schema_items(p);

		buf_pad(b, ' ', indent);
		buf_str(b, schema_prop_name(s, i));
		buf_cstr(b, "  ");
		schemaui_kinds(b, p);
		if (item && (schema_types(p) & SCHEMA_ARRAY) && !schema_prop_count(item)) {
			buf_cstr(b, " of ");
			schemaui_kinds(b, item);
		}
		add_flags(b, p);
		add_enum(b, p, indent + 4);
		buf_char(b, '\n');
		if (depth < SCHEMAUI_DEPTH)
			add_props(b, schema_prop_count(p) ? p : item, indent + 2, depth + 1);
	}
}

static void add_type(struct buf *b, const struct type *t)
{
	const char *names[N_ABILITIES];
	size_t n = schemaui_abilities(t, names);

	buf_str(b, type_name(t));
	buf_cstr(b, "\n  layer: ");
	buf_str(b, layer_name(type_layer(t)));
	buf_cstr(b, "\n  can:");
	for (size_t i = 0; i < n; i++)
		buf_fmt(b, " %s", names[i]);
	buf_cstr(b, "\n  attributes:");
	for (size_t i = 0; i < type_attr_count(t); i++)
		ui_word(b, "", type_attr_name(t, i), 4, WIDTH);
	buf_cstr(b, "\n  properties:\n");
	add_props(b, type_schema(t), 4, 0);
}

int cmd_schema(struct session *s)
{
	const struct type *t = NULL;
	struct buf b;

	if (s->opt.n_args) {
		t = model_type(s->opt.args[0]);
		if (!t) {
			err_add(&s->errs, ERR_INPUT, (struct pos){0}, "there is no supported type '%.*s'%.*s",
				STR_ARG(s->opt.args[0]), STR_ARG(model_suggest(&s->arena, s->opt.args[0])));
			return EXIT_FAILED;
		}
	}
	buf_init(&b, UI_MAX);
	if (option_on(&s->opt, OPT_JSON_SCHEMA))
		stack_json_schema(&b);
	else if (s->ui.json)
		schemaui_json(&s->arena, t, &b);
	else if (option_on(&s->opt, OPT_COVERAGE))
		add_coverage(&b);
	else if (t)
		add_type(&b, t);
	else
		add_types(&b);
	if (b.n && b.p[b.n - 1] != '\n')
		buf_char(&b, '\n');
	ui_out(&s->ui, &b);
	buf_free(&b);
	return EXIT_DONE;
}
