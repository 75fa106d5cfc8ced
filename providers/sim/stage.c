/* The hand behind the scenes: what sim.h offers to tests, to the demo and to rehearsals. Each function is a turn of
 * its own.
 */
#include "providers/sim/job.h"
#include "base/json.h"

static struct sim *sim_of(struct provider *p)
{
	return (struct sim *)p;
}

/* End of a turn: the call's refusal, or the world's, becomes an error. */
static bool stage_end(struct sim *s, const struct call *c, bool good, struct errs *errs)
{
	bool committed = world_commit(&s->world);

	if (good && committed)
		return true;
	if (!committed)
		err_add(errs, ERR_SYSTEM, (struct pos){0}, "%s", s->world.message);
	else
		err_add(errs, c->kind, (struct pos){0}, "%.*s", STR_ARG(c->message))->code =
		    str_dup(errs->arena, c->code);
	return false;
}

static bool stage_do(struct sim *s, sqlite3_stmt *st, struct errs *errs)
{
	struct call c = {.sim = s, .a = errs->arena};

	return stage_end(s, &c, world_do(&s->world, st) || call_broken(&c), errs);
}

bool sim_fault(struct provider *p, const struct sim_fault *f, struct errs *errs)
{
	struct sim *s = sim_of(p);

	return stage_do(s,
			world_bind(&s->world, W_FAULT_ADD, "sssiisssi", f->type, f->operation, f->region,
				   (int64_t)f->nth, (int64_t)f->times, f->kind, f->code, f->message, f->latency_ms),
			errs) &&
	       faults_load(s);
}

size_t sim_faults_unmet(const struct provider *p)
{
	const struct sim *s = (const struct sim *)p;
	size_t n = 0;

	for (size_t i = 0; i < s->n_faults; i++)
		n += s->faults[i].seen < (s->faults[i].nth ? s->faults[i].nth : 1);
	return n;
}

bool sim_fault_clear(struct provider *p, struct errs *errs)
{
	struct sim *s = sim_of(p);

	return stage_do(s, s->world.stmts[W_FAULT_CLEAR], errs) && faults_load(s);
}

bool sim_seed(struct provider *p, const struct place *place, struct str type, const struct value *props,
	      struct arena *a, struct str *id, struct errs *errs)
{
	struct sim *s = sim_of(p);
	struct call c;
	struct row r;
	bool good = seed_make(s, &c, a, place, type, props, &r);

	if (good && id)
		*id = str_dup(a, r.id);
	return stage_end(s, &c, good, errs);
}

static bool alter(struct call *c, struct str id, struct str path, const struct value *v)
{
	struct world *w = &c->sim->world;
	struct row r;
	struct buf b;
	struct value *props;
	bool good;

	if (!row_by_id(c, id, &r))
		return c->code.n ? false : refs_missing(c, c->facts, id);
	c->row = r.row;
	if (!elements_show(c, c->a, r.row, false, r.props))
		return false;
	props = value_with(c->a, r.props, path, v ? value_copy(c->a, v) : NULL);
	if (!elements_set(c, r.props, props))
		return false;
	buf_init(&b, 1 << 24);
	json_write(&b, elements_strip(c, props), JSON_SECRETS);
	good = world_do(w, world_bind(w, W_ROW_SET_PROPS, "is", r.row, buf_get(&b))) || call_broken(c);
	buf_free(&b);
	return good;
}

bool sim_alter(struct provider *p, const struct place *place, struct str type, struct str id, struct str path,
	       const struct value *v, struct errs *errs)
{
	struct sim *s = sim_of(p);
	struct call c;
	bool good = call_begin(&c, s, errs->arena, place, type) && (world_save(&s->world) || call_broken(&c));

	if (!good)
		return stage_end(s, &c, false, errs);
	good = alter(&c, id, path, v);
	if (good)
		world_release(&s->world);
	else
		world_undo(&s->world);
	return stage_end(s, &c, good, errs);
}

bool sim_vanish(struct provider *p, const struct place *place, struct str type, struct str id, struct errs *errs)
{
	struct sim *s = sim_of(p);
	struct call c;
	struct row r;
	bool good = call_begin(&c, s, errs->arena, place, type) && (world_save(&s->world) || call_broken(&c));

	if (!good)
		return stage_end(s, &c, false, errs);
	good = row_by_id(&c, id, &r) ? change_remove(&c, r.row, true)
	       : c.code.n            ? false
				     : refs_missing(&c, c.facts, id);
	if (good)
		world_release(&s->world);
	else
		world_undo(&s->world);
	return stage_end(s, &c, good, errs);
}

bool sim_answer(struct provider *p, const struct place *place, const char *kind, struct str name, struct str value,
		struct errs *errs)
{
	struct sim *s = sim_of(p);
	struct scope at = place ? scope_of(errs->arena, place) : (struct scope){STR_NONE, STR_NONE};

	return stage_do(
	    s, world_bind(&s->world, W_ANSWER_SET, "sssss", str_of(kind), name, at.account, at.region, value), errs);
}

bool sim_quota(struct provider *p, struct str type, unsigned max, struct errs *errs)
{
	struct sim *s = sim_of(p);

	return stage_do(s,
			max ? world_bind(&s->world, W_QUOTA_SET, "si", type, (int64_t)max)
			    : world_bind(&s->world, W_QUOTA_DEL, "s", type),
			errs);
}

size_t sim_count(struct provider *p, struct str type)
{
	struct world *w = &sim_of(p)->world;
	sqlite3_stmt *st = type.n ? world_bind(w, W_COUNT, "s", type) : w->stmts[W_COUNT_ALL];
	size_t n = world_step(w, st) ? (size_t)world_int(st, 0) : 0;

	world_reset(st);
	return n;
}

void sim_advance(struct provider *p, int64_t ms)
{
	struct sim *s = sim_of(p);

	if (ms <= 0)
		return;
	s->mono += ms;
	s->wall += ms;
	world_sweep(s);
	world_commit(&s->world);
}
