/* The YAML reader's words (yaml_text.h): tag names and libyaml's errors, put so that a person can act on them. */
#include "stacks/yaml_text.h"

#include <string.h>

static const struct str tags[] = {
	STR_INIT("!And"), STR_INIT("!Base64"), STR_INIT("!Cidr"), STR_INIT("!Condition"), STR_INIT("!Equals"),
	STR_INIT("!FindInMap"), STR_INIT("!GetAZs"), STR_INIT("!GetAtt"), STR_INIT("!If"), STR_INIT("!ImportValue"),
	STR_INIT("!Join"), STR_INIT("!Length"), STR_INIT("!Not"), STR_INIT("!Or"), STR_INIT("!Ref"), STR_INIT("!Select"),
	STR_INIT("!Split"), STR_INIT("!Sub"), STR_INIT("!ToJsonString"), STR_INIT("!Transform"), STR_INIT("!GetStackOutput"),
	STR_INIT("!Contains"), STR_INIT("!EachMemberEquals"), STR_INIT("!EachMemberIn"), STR_INIT("!RefAll"),
	STR_INIT("!ValueOf"), STR_INIT("!ValueOfAll"),
};

static const struct str keys[] = {
	STR_INIT("Fn::And"), STR_INIT("Fn::Base64"), STR_INIT("Fn::Cidr"), STR_INIT("Condition"), STR_INIT("Fn::Equals"),
	STR_INIT("Fn::FindInMap"), STR_INIT("Fn::GetAZs"), STR_INIT("Fn::GetAtt"), STR_INIT("Fn::If"),
	STR_INIT("Fn::ImportValue"), STR_INIT("Fn::Join"), STR_INIT("Fn::Length"), STR_INIT("Fn::Not"), STR_INIT("Fn::Or"),
	STR_INIT("Ref"), STR_INIT("Fn::Select"), STR_INIT("Fn::Split"), STR_INIT("Fn::Sub"), STR_INIT("Fn::ToJsonString"),
	STR_INIT("Fn::Transform"), STR_INIT("Fn::GetStackOutput"), STR_INIT("Fn::Contains"), STR_INIT("Fn::EachMemberEquals"),
	STR_INIT("Fn::EachMemberIn"), STR_INIT("Fn::RefAll"), STR_INIT("Fn::ValueOf"), STR_INIT("Fn::ValueOfAll"),
};

#define N_TAGS (sizeof tags / sizeof *tags)

struct str yaml_function(struct str tag)
{
	for (size_t i = 0; i < N_TAGS; i++)
		if (str_eq(tags[i], tag))
			return keys[i];
	return STR_NONE;
}

void yaml_unknown_tag(struct errs *errs, struct pos pos, struct str tag, bool functions)
{
	struct str near = functions ? err_suggest(errs->arena, tag, tags, N_TAGS) : STR_NONE;
	struct err *e;

	if (functions && str_starts(tag, STR("!Fn::")))
		near = err_suggest(errs->arena, str_cat(errs->arena, STR("!"), str_sub(tag, 5, tag.n)), tags, N_TAGS);
	e = err_at(errs, pos, "unknown tag '%.*s'%.*s", STR_ARG(tag), STR_ARG(near));

	if (functions && !near.n)
		err_help(errs, e, "a text that begins with '!' must be quoted");
	else if (!functions)
		err_help(errs, e, "this file knows no tags; a text that begins with '!' must be quoted");
}

static struct pos pos_at(struct str text, size_t offset, uint16_t file)
{
	struct pos pos = {1, 1, file};

	for (size_t i = 0; i < offset && i < text.n; i++) {
		if (text.p[i] == '\n') {
			pos.line++;
			pos.col = 1;
		} else if (((unsigned char)text.p[i] & 0xc0) != 0x80 && pos.col < UINT16_MAX) {
			pos.col++;
		}
	}
	return pos;
}

static size_t utf8_bad(struct str text)
{
	size_t i = 0;

	while (i < text.n) {
		unsigned char c = (unsigned char)text.p[i];
		size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

		if (!str_utf8(str_sub(text, i, i + len)))
			return i;
		i += len;
	}
	return text.n;
}

bool yaml_check_bytes(struct str text, uint16_t file, struct errs *errs)
{
	if (!str_utf8(text)) {
		struct err *e = err_at(errs, pos_at(text, utf8_bad(text), file), "not UTF-8 text");

		err_help(errs, e, "save the file as UTF-8");
		return false;
	}
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) {
			err_at(errs, pos_at(text, i, file), "control character 0x%02x; YAML allows none", c);
			return false;
		}
	}
	return true;
}

/* The byte at a mark, or so many bytes before it: libyaml counts characters, so walk. */
static char char_at(struct str text, const yaml_mark_t *m, size_t back)
{
	size_t line = 0, i = 0;

	for (; i < text.n && line < m->line; i++)
		line += text.p[i] == '\n';
	for (size_t col = 0; i < text.n && col < m->column; col++)
		do
			i++;
		while (i < text.n && ((unsigned char)text.p[i] & 0xc0) == 0x80);
	return i >= back && i - back < text.n ? text.p[i - back] : 0;
}

/* The line that git leaves where two sides of a merge differ. */
static bool merge_mark(struct str text, uint16_t file, struct errs *errs)
{
	ptrdiff_t at = str_starts(text, STR("<<<<<<< ")) ? 0 : str_find(text, STR("\n<<<<<<< "), 0);

	if (at < 0)
		return false;
	err_help(errs, err_at(errs, pos_at(text, (size_t)at + (text.p[at] == '\n'), file), "an unfinished merge"),
		 "choose between the two sides and remove the marks");
	return true;
}

static const char *help_for(const char *problem, char before, char at, const yaml_mark_t *m)
{
	if (strstr(problem, "unknown escape"))
		return "in double quotes a backslash begins an escape; use single quotes";
	if (strstr(problem, "expected key") && (before == '\'' || before == '"'))
		return "a text ends at its closing quote; inside of '...' a quote is written ''";
	if (strstr(problem, "tab character") || (strstr(problem, "cannot start any token") && at == '\t'))
		return "indent with spaces; YAML allows no tabs there";
	if (strstr(problem, "cannot start any token"))
		return "put the text in quotes";
	if (strstr(problem, "mapping values are not allowed"))
		return m->column > 1024
			       ? "a key may have at most 1024 characters"
			       : "a text that contains ': ' must be quoted, and a key's ':' needs a space behind it, here and above";
	if (strstr(problem, "expected <block end>") || strstr(problem, "expected key"))
		return "check the indentation of this line and the one above";
	if (strstr(problem, "expected ',' or"))
		return "a bracket or a comma is missing";
	if (strstr(problem, "could not find expected ':'"))
		return "a key needs a ':' and a space behind it";
	if (strstr(problem, "end of stream") || strstr(problem, "document indicator"))
		return "a closing quote or bracket is missing";
	return NULL;
}

void yaml_explain(const yaml_parser_t *p, struct str text, uint16_t file, struct errs *errs)
{
	const char *problem = p->problem ? p->problem : "not readable";
	const yaml_mark_t *m = &p->problem_mark;
	size_t col = m->column + 1;
	struct pos pos = {(uint32_t)(m->line + 1), (uint16_t)(col > UINT16_MAX ? UINT16_MAX : col), file};
	const char *help;
	struct err *e;

	if (p->error == YAML_MEMORY_ERROR) {
		err_add(errs, ERR_SYSTEM, (struct pos){1, 1, file}, "not enough memory to read YAML");
		return;
	}
	if (merge_mark(text, file, errs))
		return;
	if (p->error == YAML_READER_ERROR)
		pos = pos_at(text, p->problem_offset, file);
	e = p->context ? err_at(errs, pos, "not valid YAML: %s %s", problem, p->context)
		       : err_at(errs, pos, "not valid YAML: %s", problem);
	if (p->context && p->context_mark.line < m->line) {
		col = p->context_mark.column + 1;
		e->related = (struct pos){(uint32_t)(p->context_mark.line + 1),
					  (uint16_t)(col > UINT16_MAX ? UINT16_MAX : col), file};
		e->related_note = STR("which began here");
	}
	help = help_for(problem, char_at(text, m, 1), char_at(text, m, 0), m);
	if (help)
		err_help(errs, e, "%s", help);
}
