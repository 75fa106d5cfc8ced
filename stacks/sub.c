/* Fn::Sub: a text with ${Name}, ${Name.Attribute} and ${!literal} becomes a join of its parts. */
#include "stacks/stackpriv.h"

#include <string.h>

/* Is it a name that can stand in ${}: letters, digits, and : . _ - of pseudo parameters and attributes? */
static bool name_ok(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
		      c == '.' || c == '_' || c == '-'))
			return false;
	}
	return s.n > 0;
}

static struct value *variable_value(const struct parse *p, const struct value *vars, struct str name, struct pos pos)
{
	struct value *v = value_get(vars, name);
	ptrdiff_t dot = str_chr(name, '.', 0);

	if (v && (v->kind == V_LIST || v->kind == V_NULL)) {
		err_at(p->scope->ld->errs, v->pos, "Fn::Sub: the variable '%.*s' must be a text, not %s", STR_ARG(name),
		       kind_name(v));
		return expr_broken(p->scope->ld, v->pos);
	}
	if (v)
		return expr_parse(p, v);
	if (dot > 0)
		return getatt_parse(p, pos, str_sub(name, 0, (size_t)dot), str_sub(name, (size_t)dot + 1, name.n),
				    true);
	return ref_parse(p, pos, name, true);
}

static void bad_variable(const struct parse *p, struct pos pos, struct str text, size_t at)
{
	struct errs *errs = p->scope->ld->errs;
	struct str rest = str_sub(text, at, at + 24);
	ptrdiff_t line = str_chr(rest, '\n', 0);
	struct err *e;

	if (line >= 0)
		rest = str_sub(rest, 0, (size_t)line);
	e = err_at(errs, pos_find(errs, pos, rest), "Fn::Sub: '%.*s' is not a variable", STR_ARG(rest));
	err_help(errs, e, "write ${Name} or ${Name.Attribute}; ${!Name} stands for the literal text ${Name}");
}

static void part_text(struct arena *a, struct value *parts, struct pos pos, struct str s)
{
	if (s.n)
		value_append(a, parts, value_string(a, pos, s));
}

/* One ${...} at text[at]; returns where the text goes on, or 0 after an error. */
static size_t part_variable(const struct parse *p, struct value *parts, const struct value *vars, struct str text,
			    size_t at, struct pos pos)
{
	struct arena *a = p->scope->ld->arena;
	ptrdiff_t end = str_chr(text, '}', at);
	struct str inside = end < 0 ? STR_NONE : str_sub(text, at + 2, (size_t)end);

	if (inside.n > 1 && inside.p[0] == '!') {
		part_text(a, parts, pos, str_fmt(a, "${%.*s}", STR_ARG(str_sub(inside, 1, inside.n))));
		return (size_t)end + 1;
	}
	inside = str_trim(inside);
	if (!name_ok(inside)) {
		bad_variable(p, pos, text, at);
		return 0;
	}
	value_append(a, parts, variable_value(p, vars, inside, pos));
	return (size_t)end + 1;
}

static struct value *text_parse(const struct parse *p, const struct value *raw, const struct value *vars,
				struct pos pos)
{
	struct arena *a = p->scope->ld->arena;
	struct str text = raw->text;
	struct value *parts;
	size_t from = 0;

	if (str_find(text, STR("${"), 0) < 0)
		return value_string(a, raw->pos, text);
	parts = value_list(a, raw->pos);
	for (;;) {
		ptrdiff_t at = str_find(text, STR("${"), from);
		size_t next;

		if (at < 0)
			break;
		part_text(a, parts, raw->pos, str_sub(text, from, (size_t)at));
		next = part_variable(p, parts, vars, text, (size_t)at, raw->pos);
		if (!next)
			return expr_broken(p->scope->ld, raw->pos);
		from = next;
	}
	part_text(a, parts, raw->pos, str_sub(text, from, text.n));
	return expr_make(a, pos, FN_JOIN, value_string(a, pos, STR("")), parts);
}

struct value *sub_parse(const struct parse *p, const struct value *arg, struct pos pos)
{
	struct loader *ld = p->scope->ld;
	const struct value *text = arg, *vars = NULL;

	if (arg->kind == V_LIST && value_count(arg) == 2) {
		text = value_at(arg, 0);
		vars = value_at(arg, 1);
	}
	if (text->kind == V_STRING && (!vars || vars->kind == V_MAP))
		return text_parse(p, text, vars, pos);
	err_help(ld->errs,
		 err_at(ld->errs, arg->pos.line ? arg->pos : pos, "Fn::Sub takes a text, or a text and a map"),
		 "write !Sub '${Name}-suffix', or !Sub ['${Var}-suffix', {Var: !Ref Name}]");
	return expr_broken(ld, pos);
}

/* The byte offset of a position in its source. */
static bool source_offset(const struct errs *errs, struct pos pos, struct str *text, size_t *offset)
{
	size_t i = 0;

	if (!errs->sources || pos.file >= errs->sources->n || !pos.line)
		return false;
	*text = errs->sources->items[pos.file].text;
	for (uint32_t line = 1; line < pos.line; line++) {
		ptrdiff_t nl = str_chr(*text, '\n', i);

		if (nl < 0)
			return false;
		i = (size_t)nl + 1;
	}
	for (uint16_t col = 1; i < text->n && col < pos.col; col++)
		do
			i++;
		while (i < text->n && ((unsigned char)text->p[i] & 0xc0) == 0x80);
	*offset = i;
	return true;
}

struct pos pos_find(const struct errs *errs, struct pos pos, struct str what)
{
	struct str text;
	size_t from;
	ptrdiff_t at;

	if (!source_offset(errs, pos, &text, &from))
		return pos;
	at = str_find(text, what, from);
	if (at < 0)
		return pos;
	for (size_t i = from; i < (size_t)at; i++) {
		if (text.p[i] == '\n') {
			pos.line++;
			pos.col = 1;
		} else if (((unsigned char)text.p[i] & 0xc0) != 0x80 && pos.col < UINT16_MAX) {
			pos.col++;
		}
	}
	return pos;
}
