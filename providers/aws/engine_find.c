/* List calls and those of their elements that fit, for lookups (engine_lookup.c) and for the recovery of a create whose
 * answer was lost (engine_recover.c). What cannot be decided is said there, never guessed. */
#include "providers/aws/engine_find.h"

static struct str element_id(const struct finding *finding, const struct element *el, const struct received *got)
{
	struct job *j = finding->j;
	const struct fetch_def *f = finding->f;
	struct env env = job_env(j);
	const struct value *v;

	env.props = got->live;
	env.prior = NULL;
	env.id = STR_NONE;
	env.answer = el->levels[0];
	if (!f->key.n)
		return f->over ? value_text(finding->item) : id_compose(&env);
	v = element_value(&env, el, f->key, f->key_up);
	return id_own(j->def, value_text(v && v->kind == V_LIST ? value_at(v, 0) : v));
}

static void finding_element(void *ctx, const struct element *el)
{
	struct finding *f = ctx;
	struct job *j = f->j;
	struct env env = job_env(j);
	struct received got = {0};
	struct hit *hit;

	if (j->def->dead.n && conds_hold(&env, j->def->dead, el->levels[0]))
		return;
	env.id = STR_NONE;
	env.props = env.prior = NULL;
	receive(&env, f->f, el, &got);
	env.id = element_id(f, el, &got);
	receive_attrs(&env, el, &got);
	if (!env.id.n || !f->fits(f, &got))
		return;
	hit = arena_new(&j->arena, struct hit);
	*hit = (struct hit){f->hits, str_dup(&j->arena, env.id), got};
	f->hits = hit;
	f->n++;
}

static void finding_answered(struct call *c)
{
	struct finding *f = c->ctx;
	struct env env = job_env(f->j);

	f->j->w->calls += c->attempts;
	if (c->ok)
		element_each(&env, c->output, f->f->at, finding_element, f);
	else if (!codes_have(f->j->def->gone, c->err.code))
		job_call_error(f->j, &c->err);
	f->then(f->j);
}

void finding_filter(struct job *j, const struct fetch_def *f, struct value *input, struct str name, struct str text)
{
	struct env env = job_env(j);
	struct arena *a = &j->arena;
	struct value *filters = path_value(&env, input, f->filters), *one = value_map(a, (struct pos){0});
	struct value *values = value_list(a, (struct pos){0});

	value_append(a, values, value_string(a, (struct pos){0}, text));
	value_set(a, one, STR("Name"), (struct pos){0}, value_string(a, (struct pos){0}, name));
	value_set(a, one, STR("Values"), (struct pos){0}, values);
	if (!filters) {
		filters = value_list(a, (struct pos){0});
		path_put(&env, input, f->filters, filters);
	}
	value_append(a, filters, one);
}

struct value *finding_input(struct job *j, const struct fetch_def *f)
{
	struct env env = job_env(j);
	struct step none = {.call = &call_defs[f->call]};

	return input_build(&env, none.call, &none);
}

static void over_element(struct want *w, const struct element *el)
{
	struct finding *f = w->ctx;

	f->item = w->env.element;
	finding_element(f, el);
}

static void over_done(struct want *w, const struct err *err)
{
	struct finding *f = w->ctx;

	f->j->w->calls += w->calls;
	if (err)
		job_call_error(f->j, err);
	f->then(f->j);
}

void finding_start(struct finding *f, struct value *input)
{
	struct job *j = f->j;
	struct env env = job_env(j);

	if (f->f->over) {
		f->want = (struct want){.f = f->f, .env = env, .address = j->w->address, .element = over_element, .done = over_done,
					.ctx = f};
		over_start(j->e, &f->want);
		return;
	}
	f->call = (struct call){.op = call_operation(&call_defs[f->f->call]), .place = j->w->place, .arena = &j->arena, .input = input,
				.region = region_text(&env, call_defs[f->f->call].region), .done = finding_answered, .ctx = f,
				.address = j->w->address};
	f->call.all_pages = op_paginates(f->call.op);
	wire_start(j->e->wire, &f->call);
}
