/* A world made of what a state remembers: each resource under the id that it has, with the properties and attributes that
 * are known of it. Rules are not asked, because it stands already; references and names are taken where they lead to
 * something, so that what is made or deleted afterwards meets them.
 */
#include "providers/sim/job.h"
#include "base/json.h"

struct mirrored {
	int64_t row;
	struct value *full; /* NULL: not in this world */
};

/* What was written, completed with AWS's defaults and with the attributes that AWS gave. */
static struct value *remembered(struct call *c, struct arena *a, const struct sim_known *k)
{
	struct value *written = k->props ? value_copy(a, k->props) : value_map(a, (struct pos){0}), *full;

	full = check_props(c, written);
	c->code = c->message = STR_NONE;
	full = shape_props(c, full ? full : written);
	for (size_t i = 0; i < value_count(k->attrs); i++) {
		const struct member *m = &k->attrs->map.items[i];

		if (!str_eqc(m->key, "Ref") && m->value->kind != V_NULL && !value_path(full, m->key))
			full = value_with(c->a, full, m->key, m->value);
	}
	return full;
}

static struct str ref_of(const struct sim_known *k)
{
	struct str ref = value_text(value_getc(k->attrs, "Ref"));

	return ref.n ? ref : k->id;
}

static bool row_put(struct call *c, struct arena *a, const struct sim_known *k, struct mirrored *out)
{
	struct row there, r = {.account = c->scope.account,
			       .region = c->scope.region,
			       .type = c->facts->name,
			       .id = k->id,
			       .ref = ref_of(k),
			       .state = STR("active")};
	struct maker m = {.state = r.state};
	struct value *full;

	if (row_by_id(c, k->id, &there))
		return true; /* two lookups may lead to one thing */
	c->id = k->id;
	c->row = r.row = world_next_row(&c->sim->world);
	full = remembered(c, c->a, k);
	r.props = elements_strip(c, shape_stored(c, full));
	if (!change_keep(c, &m, &r) || !refs_handles(c, full, r.ref))
		return false;
	*out = (struct mirrored){r.row, value_copy(a, full)};
	return true;
}

/* Each alone: what one of them cannot take is left out without a trace. */
static void claim(struct call *c, const struct value *full)
{
	struct world *w = &c->sim->world;
	enum { CLAIMS = 4 };

	for (int i = 0; i < CLAIMS && world_save(w); i++) {
		bool taken = i == 0   ? refs_claim(c, full)
			     : i == 1 ? rules_claim(c, full)
			     : i == 2 ? elements_set(c, NULL, full)
				      : elements_join(c, full);

		if (taken)
			world_release(w);
		else
			world_undo(w);
	}
}

static bool put_all(struct sim *s, const struct sim_known *all, size_t n, struct mirrored *rows, struct errs *errs)
{
	for (size_t i = 0; i < n; i++) {
		struct call c;
		bool known = call_begin(&c, s, &s->scratch, all[i].place, all[i].type);
		bool good = !known || (world_save(&s->world) && row_put(&c, errs->arena, &all[i], &rows[i]));

		if (known && good)
			world_release(&s->world);
		if (!good) {
			world_undo(&s->world);
			err_add(errs, c.kind, (struct pos){0}, "the simulator cannot take %.*s %.*s: %.*s",
				STR_ARG(all[i].type), STR_ARG(all[i].id), STR_ARG(c.message));
			return false;
		}
		arena_reset(&s->scratch);
	}
	return true;
}

bool sim_mirror(struct provider *p, const struct sim_known *all, size_t n, struct errs *errs)
{
	struct sim *s = (struct sim *)p;
	struct mirrored *rows = arena_array(errs->arena, n + 1, sizeof *rows);
	bool good = put_all(s, all, n, rows, errs);

	s->partial = true;
	for (size_t i = 0; good && i < n; i++) {
		struct call c;

		if (!rows[i].full || !call_begin(&c, s, &s->scratch, all[i].place, all[i].type))
			continue;
		c.row = rows[i].row;
		c.id = all[i].id;
		claim(&c, rows[i].full);
		arena_reset(&s->scratch);
	}
	if (!world_commit(&s->world) && good)
		err_add(errs, ERR_SYSTEM, (struct pos){0}, "%s", s->world.message);
	return good && !s->world.broken;
}
