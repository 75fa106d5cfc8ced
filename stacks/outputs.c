/* Outputs: the main stack's are printed and kept, a module's are what its parent may use. Evaluated when asked for. */
#include "stacks/stackpriv.h"

static const struct str output_keys[] = {
	STR_INIT("Value"), STR_INIT("Description"), STR_INIT("Export"), STR_INIT("Condition"),
};
static const struct str export_keys[] = {STR_INIT("Name")};

void outputs_declare(struct scope *sc)
{
	struct loader *ld = sc->ld;

	for (size_t d = 0; d < sc->n_docs; d++) {
		const struct value *map = foreach_expand(sc, sc->docs[d]->section[SEC_OUTPUTS]);

		for (uint32_t i = 0; map && i < map->map.n; i++) {
			const struct member *m = &map->map.items[i];
			struct out *o = arena_new(ld->arena, struct out), *old;

			*o = (struct out){.name = m->key, .pos = m->pos, .raw = m->value};
			id_check(ld->errs, m->key, m->pos, "an output");
			old = name_put(ld->arena, &sc->outputs, m->key, o);
			if (old) {
				twice_error(ld->errs, m->key, m->pos, old->pos);
				continue;
			}
			sc->outs = arena_grow(ld->arena, sc->outs, &sc->cap_outs, sc->n_outs + 1, sizeof *sc->outs);
			sc->outs[sc->n_outs++] = o;
		}
	}
}

static void export_read(struct scope *sc, struct out *o)
{
	const struct parse p = {sc, sc->target, PARSE_NO_RESOURCES, "an export's name"};
	const struct value *export = value_getc(o->raw, "Export");

	if (!export || !KEYS_CHECK(sc->ld->errs, export, export_keys, "Export"))
		return;
	if (value_getc(export, "Name"))
		o->export_name = expr_eval(&p, value_getc(export, "Name"));
	else
		err_at(sc->ld->errs, export->pos, "Export needs a Name");
}

struct value *output_value(struct scope *sc, struct out *o)
{
	const struct parse p = {sc, sc->target, 0, "Outputs"};
	struct loader *ld = sc->ld;
	const struct value *v;
	struct str cond_name;
	bool keys_ok;

	if (o->done)
		return o->value;
	if (o->busy) {
		err_at(ld->errs, o->pos, "the output '%.*s' depends on itself", STR_ARG(o->name));
		return expr_broken(ld, o->pos);
	}
	o->busy = true;
	o->value = expr_broken(ld, o->pos);
	keys_ok = KEYS_CHECK(ld->errs, o->raw, output_keys, "an output");
	if (o->raw->kind == V_MAP) {
		v = value_getc(o->raw, "Value");
		o->cond = condition_of(sc, sc->target, o->raw, &cond_name);
		if (v)
			o->value = expr_bounded(ld, expr_eval(&p, v), o->pos);
		else if (keys_ok)
			err_at(ld->errs, o->pos, "the output '%.*s' needs a Value", STR_ARG(o->name));
		export_read(sc, o);
	}
	o->busy = false;
	o->done = true;
	return o->value;
}

void outputs_build(struct scope *sc)
{
	for (size_t i = 0; i < sc->n_outs; i++)
		output_value(sc, sc->outs[i]);
}
