/* Code that travels as an archive (model/package.h): put into the work that sends it, and whether an undo can have it
 * back. The state and the journal hold what it was made of and its fingerprint, never the archive. */
#include "planner/planpriv.h"
#include "planner/runpriv.h"

#include "model/package.h"

bool package_send(struct run *r, struct step *s)
{
	struct type_package p;
	const struct change *c = s->change;
	if (!type_package(s->work->type, &p))
		return true;
	if (s->kind == STEP_UPDATE && !changes_below(c, p.property) && !(p.with.n && changes_below(c, p.with)))
		return true;
	if (stack_package(r->a, s->work->type, &s->work->desired, r->errs))
		return true;
	r->errs->items[r->errs->n - 1].address = c->address;
	return false;
}

const struct value *package_before(struct arena *a, const struct type *t, const struct value *want,
				   const struct value *inputs)
{
	struct type_package p;
	struct value *code = type_package(t, &p) ? value_get(inputs, p.property) : NULL;
	return code ? value_with(a, want, p.property, code) : want;
}

void package_mark(const struct change *c)
{
	struct type_package p;
	struct package_ref ref;
	struct value *was = type_package(c->type, &p) && c->row ? value_get(c->row->inputs, p.property) : NULL;
	if (!was || !package_ref_parse(value_text(value_get(was, p.member)), &ref))
		return;
	for (size_t i = 0; i < c->n_props; i++)
		c->props[i].irreversible |= str_starts(c->props[i].path, p.property) &&
					    (c->props[i].path.n == p.property.n || c->props[i].path.p[p.property.n] == '.');
}

bool package_lost(struct arena *a, const struct type *t, const struct value *want, struct str property)
{
	struct type_package p;
	struct errs quiet = {.arena = a};
	return type_package(t, &p) && str_eq(property, p.property) && !stack_package(a, t, &want, &quiet);
}
