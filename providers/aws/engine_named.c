/* A property that the template gives by a name (a record's zone): before a resource is made, or looked for, what has the
 * name is listed, and the property is put beside the name. From then on the id has it. None of that name is a failure,
 * and so are several: nothing is guessed. Works that ask at once share the question (engine_gather.c).
 */
#include "providers/aws/engine.h"

#include "model/normal.h"

struct naming {
	struct job *j;
	const struct named_def *def;
	struct env env;
	struct call call;
	job_fn *then;
	struct str found, all;	/* the value; those of all that have the name */
	size_t n;
};

/* Where the work has the properties: what a lookup wants, or what is to be made. */
static const struct value **given(struct job *j)
{
	return j->w->kind == WORK_LOOKUP ? &j->w->match : &j->w->desired;
}

static const struct named_def *named_only(struct job *j)
{
	for (size_t i = 0; i < j->def->named.n; i++) {
		const struct named_def *d = &named_defs[j->def->named.first + i];

		if (!value_get(*given(j), call_text(d->prop)) && value_text(value_get(*given(j), call_text(d->by))).n)
			return d;
	}
	return NULL;
}

static void named_element(void *ctx, const struct element *el)
{
	struct naming *n = ctx;
	const struct value *name = element_value(&n->env, el, n->def->name, 0), *v = element_value(&n->env, el, n->def->take, 0);
	struct str by = call_text(n->def->by);
	struct arena *a = n->j->w->arena;

	if (!name || !v || !prop_same(&n->j->arena, n->j->w->type, by, value_get(*given(n->j), by), name))
		return;
	n->found = str_dup(a, text_after(value_text(v), call_text(n->def->after)));
	n->all = n->n++ ? str_fmt(a, "%.*s, %.*s", STR_ARG(n->all), STR_ARG(n->found)) : n->found;
}

/* What would be in something that is not there is not there either. */
static void named_fail(struct naming *n)
{
	struct job *j = n->j;
	struct str by = call_text(n->def->by), name = value_text(value_get(*given(j), by));

	if (j->w->kind == WORK_RECOVER)
		j->w->recovered = n->n ? RECOVER_UNKNOWN : RECOVER_ABSENT;
	if (n->n) {
		job_fail(j, ERR_REMOTE, "%.*s '%.*s' is not clear: %zu have that name: %.*s", STR_ARG(by), STR_ARG(name), n->n,
			 STR_ARG(n->all));
		j->w->err.help = str_fmt(j->w->arena, "say %.*s instead", STR_ARG(call_text(n->def->prop)));
	} else if (j->w->kind != WORK_RECOVER) {
		job_fail(j, ERR_REMOTE, "%.*s '%.*s': there is nothing of that name", STR_ARG(by), STR_ARG(name));
	}
	job_done(j);
}

static void named_answered(struct call *c)
{
	struct naming *n = c->ctx;
	struct job *j = n->j;
	const struct value **props = given(j);

	j->w->calls += c->attempts;
	if (!c->ok) {
		job_call_error(j, &c->err);
		job_done(j);
		return;
	}
	element_each(&n->env, c->output, n->def->at, named_element, n);
	if (n->n != 1) {
		named_fail(n);
		return;
	}
	*props = value_with(j->w->arena, *props, call_text(n->def->prop), value_string(j->w->arena, (struct pos){0}, n->found));
	n->then(j);
}

/* The properties with the name in the spelling that the service keeps. */
static const struct value *props_named(struct job *j, const struct named_def *d)
{
	struct str by = call_text(d->by);
	enum normaliser how = (enum normaliser)type_normaliser(j->w->type, by);

	return value_with(&j->arena, *given(j), by, normal_form(&j->arena, how, value_get(*given(j), by)));
}

void job_named(struct job *j, job_fn *then)
{
	const struct named_def *d = named_only(j);
	const struct call_def *def = d ? &call_defs[d->call] : NULL;
	struct step list = {.call = def};
	struct naming *n;

	if (!d) {
		then(j);
		return;
	}
	n = arena_new(&j->arena, struct naming);
	*n = (struct naming){.j = j, .def = d, .env = job_env(j), .then = then};
	n->env.props = list.props = props_named(j, d);
	n->call = (struct call){.op = call_operation(def), .place = j->w->place, .arena = &j->arena, .ctx = n,
				.region = region_text(&n->env, def->region), .address = j->w->address, .done = named_answered};
	n->call.input = input_build(&n->env, def, &list);
	gather(j->e, def, &n->call);
}
