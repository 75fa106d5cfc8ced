/* Anatomy: which keys stand at the top of a file, and small checks of form that every subject needs. A key that
 * CloudFormation knows and drplan does not carry out is an error that says so, never ignored in silence. */
#include "stacks/stackpriv.h"

#include <string.h>

enum { ANY, MAIN, FIRST };		/* where a key may stand: any file, the main stack's first, a template's first */

static const struct {
	struct str key;
	uint8_t where;
	int8_t section;			/* enum section, or -1 */
} top_keys[] = {
	{STR_INIT("AWSTemplateFormatVersion"), ANY, -1}, {STR_INIT("Description"), ANY, -1}, {STR_INIT("Metadata"), ANY, -1},
	{STR_INIT("Transform"), ANY, -1}, {STR_INIT("Parameters"), ANY, SEC_PARAMETERS},
	{STR_INIT("Mappings"), ANY, SEC_MAPPINGS}, {STR_INIT("Conditions"), ANY, SEC_CONDITIONS},
	{STR_INIT("Resources"), ANY, SEC_RESOURCES}, {STR_INIT("Outputs"), ANY, SEC_OUTPUTS},
	{STR_INIT("Lookups"), ANY, SEC_LOOKUPS}, {STR_INIT("Runbooks"), ANY, SEC_RUNBOOKS},
	{STR_INIT("Targets"), ANY, SEC_TARGETS}, {STR_INIT("Defaults"), ANY, -1}, {STR_INIT("Include"), ANY, -1},
	{STR_INIT("Stack"), MAIN, -1}, {STR_INIT("Phases"), MAIN, -1}, {STR_INIT("Objectives"), MAIN, -1},
	{STR_INIT("$schema"), ANY, -1},
};

#define N_TOP (sizeof top_keys / sizeof *top_keys)

const char *kind_name(const struct value *v)
{
	switch (v->kind) {
	case V_NULL:
		return "nothing";
	case V_BOOL:
		return "a boolean";
	case V_NUMBER:
		return "a number";
	case V_STRING:
		return "a text";
	case V_LIST:
		return "a list";
	case V_MAP:
		return "a map";
	default:
		return "a value that is not known yet";
	}
}

void twice_error(struct errs *errs, struct str name, struct pos second, struct pos first)
{
	struct err *e = err_at(errs, second, "'%.*s' is defined twice", STR_ARG(name));

	e->related = first;
	e->related_note = STR("first defined here");
}

bool keys_check(struct errs *errs, const struct value *v, const struct str *keys, size_t n, const char *what)
{
	bool ok = true;

	if (v->kind != V_MAP) {
		err_at(errs, v->pos, "%s must be a map, not %s", what, kind_name(v));
		return false;
	}
	for (uint32_t i = 0; i < v->map.n; i++) {
		const struct member *m = &v->map.items[i];
		struct str near;
		size_t k = 0;

		while (k < n && !str_eq(keys[k], m->key))
			k++;
		if (k < n)
			continue;
		near = err_suggest(errs->arena, m->key, keys, n);
		err_at(errs, m->pos, "%s has no key '%.*s'%.*s", what, STR_ARG(m->key), STR_ARG(near));
		ok = false;
	}
	return ok;
}

bool id_check(struct errs *errs, struct str id, struct pos pos, const char *what)
{
	bool ok = id.n > 0 && id.n <= 255;

	for (size_t i = 0; ok && i < id.n; i++) {
		char c = id.p[i];

		ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
	}
	if (!ok)
		err_help(errs,
			 err_at(errs, pos, "the name '%.*s' of %s must have letters and digits only", STR_ARG(id),
				what),
			 "as CloudFormation's logical ids; at most 255");
	return ok;
}

/* What CloudFormation has and drplan has not. */
static bool foreign_key(struct errs *errs, const struct member *m)
{
	static const struct {
		struct str key;
		const char *help;
	} rows[] = {
		{STR_INIT("Rules"), "state the rule with AllowedValues or AllowedPattern on the parameter"},
		{STR_INIT("Hooks"), "drplan replaces blue/green hooks by phases with gates"},
		{STR_INIT("Globals"), "this is a SAM template: write plain types, or take what CloudFormation made of it ('aws cloudformation "
		 "get-template --template-stage Processed')"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!str_eq(rows[i].key, m->key))
			continue;
		err_help(errs, err_at(errs, m->pos, "'%.*s' is not supported", STR_ARG(m->key)), "%s", rows[i].help);
		return true;
	}
	return false;
}

static void unknown_key(struct scope *sc, const struct member *m)
{
	struct errs *errs = sc->ld->errs;
	struct str names[N_TOP], near;

	if (sc->broken && str_eqc(m->key, "Globals"))
		return;			/* its transform was refused */
	if (foreign_key(errs, m))
		return;
	for (size_t i = 0; i < N_TOP; i++)
		names[i] = top_keys[i].key;
	near = err_suggest(errs->arena, m->key, names, N_TOP);
	err_at(errs, m->pos, "a stack has no key '%.*s'%.*s", STR_ARG(m->key), STR_ARG(near));
}

static void section_set(struct errs *errs, struct document *doc, int section, const struct member *m)
{
	if (section < 0)
		return;
	if (m->value->kind == V_MAP)
		doc->section[section] = m->value;
	else if (m->value->kind == V_EXPR)
		return;			/* told by the reader */
	else if (m->value->kind != V_NULL)
		err_at(errs, m->value->pos, "%.*s must be a map, not %s", STR_ARG(m->key), kind_name(m->value));
	else
		err_warn(errs, m->pos, "%.*s is empty", STR_ARG(m->key));
}

/* What the transform would have made is not known: names that are missed then are no errors of their own. */
static void transform_refuse(struct scope *sc, const struct value *v)
{
	struct errs *errs = sc->ld->errs;

	sc->broken = true;
	err_help(errs, err_at(errs, v->pos, "the transform '%.*s' is not supported", STR_ARG(v->text)),
		 "only AWS::LanguageExtensions is; take what CloudFormation made of it ('aws cloudformation get-template "
		 "--template-stage Processed')");
}

static void one_transform(struct scope *sc, const struct value *v)
{
	struct errs *errs = sc->ld->errs;

	if (v->kind == V_STRING && str_eqc(v->text, "AWS::LanguageExtensions"))
		sc->extensions = true;
	else if (v->kind == V_STRING)
		transform_refuse(sc, v);
	else
		err_at(errs, v->pos, "Transform names transforms; this is %s", kind_name(v));
}

static void transform_read(struct scope *sc, const struct value *v)
{
	if (v->kind != V_LIST)
		one_transform(sc, v);
	for (size_t i = 0; v->kind == V_LIST && i < value_count(v); i++)
		one_transform(sc, value_at(v, i));
}

static void version_check(struct errs *errs, const struct value *v)
{
	if (!str_eqc(value_text(v), "2010-09-09"))
		err_at(errs, v->pos, "AWSTemplateFormatVersion must be 2010-09-09, not '%.*s'", STR_ARG(value_text(v)));
}

static void key_read(struct scope *sc, struct document *doc, const struct member *m)
{
	struct errs *errs = sc->ld->errs;

	if (str_eqc(m->key, "AWSTemplateFormatVersion"))
		version_check(errs, m->value);
	else if (str_eqc(m->key, "Description") && m->value->kind != V_STRING)
		err_at(errs, m->value->pos, "Description must be a text, not %s", kind_name(m->value));
	else if (str_eqc(m->key, "Defaults") && m->value->kind != V_NULL)
		doc->defaults = m->value;
}

void anatomy_check(struct scope *sc, struct document *doc, bool main, bool first)
{
	const struct value *transform = value_getc(doc->root, "Transform");
	struct errs *errs = sc->ld->errs;

	if (transform)			/* first: it says which of the other keys mean something */
		transform_read(sc, transform);
	for (uint32_t i = 0; i < doc->root->map.n; i++) {
		const struct member *m = &doc->root->map.items[i];
		size_t k = 0;

		while (k < N_TOP && !str_eq(top_keys[k].key, m->key))
			k++;
		if (k == N_TOP) {
			unknown_key(sc, m);
			continue;
		}
		if ((top_keys[k].where == MAIN && !(main && first)) ||
		    (!main && (top_keys[k].section == SEC_TARGETS || top_keys[k].section == SEC_RUNBOOKS))) {
			err_at(errs, m->pos, "%.*s belongs into the main file of the stack", STR_ARG(m->key));
			continue;
		}
		section_set(errs, doc, top_keys[k].section, m);
		key_read(sc, doc, m);
	}
}
