/* Whether the source of a stack would tell a secret: one that is written out in a file of which it is a copy (source.h).
 *
 * A file is searched as it is written, comments and scripts too, and as it is read: an escape or a block scalar spells a
 * text otherwise. Short texts stand in every file by chance: they count as a scalar of their own only, and those that no
 * log hides either (a switch's 1 or yes) only as the default of their NoEcho parameter.
 */
#include "stacks/source.h"

#include "stacks/stackpriv.h"
#include "stacks/yaml.h"

#define WHOLE_MIN 4
#define PART_MIN 6 /* within a longer text too: no password that AWS takes is shorter */
#define SCALARS_MAX ((size_t)256 << 20)

struct reading {
	const struct loader *ld;
	struct arena arena;
	struct buf scalars; /* of all files, each between two NULs; empty: not read yet */
	struct name_map searched; /* what was not found */
};

static void scalars_add(struct buf *b, const struct value *v)
{
	if (!v)
		return;
	if (value_is_scalar(v)) {
		buf_str(b, value_text(v));
		buf_char(b, '\0');
	}
	for (size_t i = 0; (v->kind == V_LIST || v->kind == V_EXPR) && i < v->list.n; i++)
		scalars_add(b, v->list.items[i]);
	for (size_t i = 0; v->kind == V_MAP && i < v->map.n; i++)
		scalars_add(b, v->map.items[i].value);
}

/* What is neither YAML nor JSON has no scalars. */
static void files_read(struct reading *r)
{
	struct errs ignored = {.arena = &r->arena};

	buf_char(&r->scalars, '\0');
	for (size_t i = 0; i < r->ld->n_texts; i++) {
		const struct stack_file *f = &r->ld->texts[i];

		scalars_add(&r->scalars,
			    text_value(&r->arena, f->path, f->text, YAML_FUNCTIONS | YAML_PARTIAL, &ignored));
	}
}

static bool is_written(struct reading *r, struct str s)
{
	struct str nul = {"", 1}, whole;
	bool part = s.n >= PART_MIN, found;

	if (s.n < WHOLE_MIN || name_get(&r->searched, s))
		return false;
	if (!r->scalars.n)
		files_read(r);
	whole = str_cat(&r->arena, str_cat(&r->arena, nul, s), nul);
	found = r->scalars.overflow || str_find(buf_get(&r->scalars), part ? s : whole, 0) >= 0;
	for (size_t i = 0; !found && part && i < r->ld->n_texts; i++)
		found = str_find(r->ld->texts[i].text, s, 0) >= 0;
	if (!found)
		name_put(&r->arena, &r->searched, s, r);
	return found;
}

static bool any_written(struct reading *r, const struct value *v)
{
	bool found = false;

	if (!v)
		return false;
	if (value_is_scalar(v))
		return (v->flags & VALUE_SECRET) && v->kind != V_BOOL && is_written(r, value_text(v));
	for (size_t i = 0; !found && (v->kind == V_LIST || v->kind == V_EXPR) && i < v->list.n; i++)
		found = any_written(r, v->list.items[i]);
	for (size_t i = 0; !found && v->kind == V_MAP && i < v->map.n; i++)
		found = any_written(r, v->map.items[i].value);
	return found;
}

/* The default of one that names an SSM parameter is a name. */
static bool is_default(const struct param *pa)
{
	struct str text = value_text(pa->pub.value), written = value_text(value_getc(pa->raw, "Default"));

	if (pa->ssm || pa->pub.hidden)
		return false;
	return pa->pub.value->kind == V_LIST ? !pa->pub.given : text.n && str_eq(text, written);
}

static bool param_told(struct reading *r, const struct param *pa)
{
	return pa->pub.no_echo && pa->pub.value &&
	       (is_default(pa) || (!pa->pub.hidden && any_written(r, pa->pub.value)));
}

struct str source_tells_secret(const struct stack *s)
{
	struct reading r = {.ld = s->loader};
	struct str teller = STR_NONE;

	buf_init(&r.scalars, SCALARS_MAX);
	for (size_t i = 0; i < r.ld->n_scopes; i++)
		for (size_t k = 0; !teller.n && k < r.ld->scopes[i]->n_params; k++)
			if (param_told(&r, r.ld->scopes[i]->params[k]))
				teller =
				    str_cat(s->arena, r.ld->scopes[i]->prefix, r.ld->scopes[i]->params[k]->name.id);
	for (size_t i = 0; !teller.n && i < s->n_resources; i++)
		if (any_written(&r, s->resources[i].props))
			teller = s->resources[i].address;
	buf_free(&r.scalars);
	arena_free(&r.arena);
	return teller;
}
