/* One resource read whole: its main read and its extra ones start together, and what they answer is put into one
 * picture of live properties and attributes. WORK_READ is many of these; waits and lookups use them too. */
#include "providers/aws/engine.h"

#include <string.h>

struct part {			/* one read of a reading */
	struct want want;
	struct reading *r;
	bool main;
};

/* --- a reading ---------------------------------------------------------------------------------------------------- */

/* What is missing, for people: "lacks 2 Instances". */
static struct str lacks_text(const struct reading *r, struct span conds, const struct value *root)
{
	for (size_t i = 0; i < conds.n; i++) {
		const struct call_cond *c = &call_conds[conds.first + i];
		int64_t n = c->op == COND_MANY ? cond_lacks(&r->env, c, root) : 0;

		if (n > 0)
			return str_fmt(r->scratch, "lacks %lld %.*s", (long long)n,
				       STR_ARG(call_text(step_at(c->path, c->path.n - 1u)->name)));
	}
	return STR_NONE;
}

static void look_at_state(struct reading *r, const struct element *el)
{
	const struct type_def *def = r->env.def;
	const struct value *root = el->levels[0], *v;

	r->dead = conds_hold(&r->env, def->dead, root) && def->dead.n;
	r->until = conds_hold(&r->env, def->wait.until, root);
	r->fail = def->wait.fail.n && conds_hold(&r->env, def->wait.fail, root);
	r->until_delete = def->wait_delete.until.n && conds_hold(&r->env, def->wait_delete.until, root);
	if (def->wait.until.n) {
		v = path_value(&r->env, root, call_conds[def->wait.until.first].path);
		r->state = str_dup(r->scratch, value_text(v && v->kind == V_LIST ? value_at(v, 0) : v));
	}
	v = def->wait.why.n ? path_value(&r->env, root, def->wait.why) : NULL;
	r->why = str_dup(r->scratch, value_text(v));
	r->stands = conds_hold(&r->env, def->stands, root);
	if (!r->stands && !r->why.n)
		r->why = lacks_text(r, def->stands, root);
}

static void part_element(struct want *w, const struct element *el)
{
	struct part *p = w->ctx;
	struct reading *r = p->r;

	if (p->main && w->f->on) {
		on_element(r, w, el);
		return;
	}
	if (p->main) {
		if (r->found && !r->dead)
			return;		/* a second one of the same id: a predecessor that is not quite gone */
		r->got = (struct received){0};
		r->found = true;
		look_at_state(r, el);
		receive(&r->env, w->f, el, &r->got);
		receive_attrs(&r->env, el, &r->got);
		if (r->keep || r->follow)
			r->element = element_copy(r->scratch, el);
		return;
	}
	receive(&r->env, w->f, el, &r->extra);
}

/* What the extra reads answered, beside what the main one did. */
static void add_extra(struct arena *a, struct value *into, const struct value *more)
{
	for (size_t i = 0; into && i < value_count(more); i++)
		value_set(a, into, more->map.items[i].key, (struct pos){0}, more->map.items[i].value);
}

static void reading_end(struct reading *r)
{
	if (r->dead) {
		r->found = false;
		r->got.live = NULL;
	}
	if (r->found) {
		on_lists(r);
		add_extra(r->env.arena, r->got.live, r->extra.live);
		add_extra(r->env.arena, r->got.attrs, r->extra.attrs);
	}
	if (!r->got.op.n)
		r->got.op = r->extra.op;
	if (!r->got.address.n)
		r->got.address = r->extra.address;
	if (!r->got.stack.n)
		r->got.stack = r->extra.stack;
	if (!r->got.lineage.n)
		r->got.lineage = r->extra.lineage;
	r->done(r);
}

/* Nothing was listed: that is an answer too. */
static void extra_list(struct reading *r, struct str prop)
{
	if (!r->extra.live)
		r->extra.live = value_map(r->env.arena, (struct pos){0});
	if (!value_get(r->extra.live, prop))
		value_set(r->env.arena, r->extra.live, prop, (struct pos){0}, value_list(r->env.arena, (struct pos){0}));
}

static void followers_start(struct reading *r);

static void part_done(struct want *w, const struct err *err)
{
	struct part *p = w->ctx;
	struct reading *r = p->r;

	r->calls += w->calls;
	if (!err && w->f->into && !p->main)
		extra_list(r, call_text(w->f->into));
	if (err && !r->failed) {
		r->failed = true;
		r->err = *err;
		r->err.message = str_dup(r->scratch, err->message);
		r->err.help = str_dup(r->scratch, err->help);
		r->err.code = str_dup(r->scratch, err->code);
		r->err.operation = str_dup(r->scratch, err->operation);
		r->err.request_id = str_dup(r->scratch, err->request_id);
	}
	if (p->main && --r->mains == 0)
		followers_start(r);
	if (--r->pending == 0)
		reading_end(r);
}

static bool part_applies(const struct reading *r, const struct fetch_def *f)
{
	const struct call_def *c = &call_defs[f->call];

	return !c->when.n || !r->env.props || conds_hold(&r->env, c->when, r->env.props);
}

static void part_start(struct reading *r, const struct fetch_def *f, bool main)
{
	struct part *p = arena_new(r->scratch, struct part);

	p->r = r;
	p->main = main;
	p->want = (struct want){.f = f, .env = r->env, .id = r->env.id, .address = r->address, .element = part_element,
				.done = part_done, .ctx = p};
	p->want.env.arena = r->scratch;
	p->want.key = f->of ? source_text(&p->want.env, f->of) : r->env.id;
	if (!main && f->of && f->how == FETCH_LIST && !f->by.n)
		p->want.id = p->want.key;	/* of all that are listed, the parent */
	want_start(r->e, &p->want);
}

/* Extra reads that name $found need the main read's answer. */
static bool part_follows(const struct fetch_def *f)
{
	return call_uses(&call_defs[f->call], SRC_FOUND) || (f->over && call_uses(&call_defs[f->over], SRC_FOUND));
}

static void extras_start(struct reading *r, bool followers)
{
	const struct type_def *def = r->env.def;

	for (size_t i = 0; i < def->also.n; i++) {
		const struct fetch_def *f = &fetch_defs[def->also.first + i];

		if (part_follows(f) != followers) {
			r->follow = r->follow || !followers;
			continue;
		}
		if (!part_applies(r, f))
			continue;
		r->pending++;
		part_start(r, f, false);
	}
}

static void followers_start(struct reading *r)
{
	if (!r->follow || !r->found || r->dead)
		return;
	r->env.found = &r->element;
	extras_start(r, true);
}

void reading_start(struct reading *r)
{
	const struct type_def *def = r->env.def;

	r->pending = r->mains = 1;
	if (!r->main_only)
		extras_start(r, false);
	for (size_t i = 0; i < def->read.n; i++) {
		if (!part_applies(r, &fetch_defs[def->read.first + i]))
			continue;
		r->pending++;
		r->mains++;
		part_start(r, &fetch_defs[def->read.first + i], true);
	}
	if (--r->mains == 0)
		followers_start(r);
	if (--r->pending == 0)
		reading_end(r);
}

/* --- of a job ----------------------------------------------------------------------------------------------------- */

struct job_reading {
	struct reading r;
	struct job *j;
	job_fn *then;
};

static void job_read_done(struct reading *r)
{
	struct job_reading *jr = (struct job_reading *)(void *)r;
	struct job *j = jr->j;

	j->w->calls += r->calls;
	j->reading = r;
	if (r->keep && r->found)
		j->found = r->element;
	if (r->failed)
		job_call_error(j, &r->err);
	jr->then(j);
}

void job_read(struct job *j, bool keep, bool main_only, job_fn *then)
{
	struct job_reading *jr = arena_new(&j->arena, struct job_reading);

	jr->j = j;
	jr->then = then;
	jr->r = (struct reading){.e = j->e, .env = job_env(j), .scratch = &j->arena, .address = j->w->address, .main_only = main_only,
				 .keep = keep, .done = job_read_done};
	jr->r.env.arena = j->w->arena;
	jr->r.env.found = NULL;
	jr->r.strict = j->w->kind == WORK_RECOVER;
	reading_start(&jr->r);
}

/* --- WORK_READ ---------------------------------------------------------------------------------------------------- */

struct item_reading {
	struct reading r;
	struct job *j;
	struct work_item *item;
};

static void item_done(struct reading *r)
{
	struct item_reading *ir = (struct item_reading *)(void *)r;
	struct job *j = ir->j;
	struct work_item *item = ir->item;

	j->w->calls += r->calls;
	item->found = r->found;
	item->failed = r->failed;
	if (r->failed) {
		job_call_error(j, &r->err);
		j->w->err.address = item->address;
	}
	if (r->found) {
		item->live = r->got.live;
		item->attrs = r->got.attrs;
		item->settled = r->until && !r->fail && r->stands;
		item->broken = r->fail;
		item->condition = str_fmt(j->w->arena, "%.*s%s%.*s", STR_ARG(r->state), r->state.n && r->why.n ? ": " : "",
					  STR_ARG(r->why));
	}
	if (--j->left == 0)
		job_done(j);
}

void work_read(struct job *j)
{
	struct item_reading *all = arena_array(&j->arena, j->w->n_items, sizeof *all);

	j->left = j->w->n_items + 1;
	for (size_t i = 0; i < j->w->n_items; i++) {
		struct work_item *item = &j->w->items[i];
		struct item_reading *ir = &all[i];

		item->found = item->failed = false;
		ir->j = j;
		ir->item = item;
		ir->r = (struct reading){.e = j->e, .env = job_env(j), .scratch = &j->arena, .address = item->address, .done = item_done};
		ir->r.env.arena = j->w->arena;
		ir->r.env.id = item->id;
		ir->r.env.props = item->props;
		ir->r.env.prior = NULL;
		reading_start(&ir->r);
	}
	if (--j->left == 0)
		job_done(j);
}
