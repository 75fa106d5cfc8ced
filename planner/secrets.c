/* Dynamic references at the last moment: asked when the first step needs one, kept for the run, never stored. */
#include "planner/planpriv.h"
#include "planner/runpriv.h"

#include "base/log.h"

struct asking {
	struct run *r;
	struct step *s;
	uint32_t started;
};

static struct reference *reference_get(struct run *r, uint32_t target, struct str name)
{
	for (size_t i = 0; i < r->n_references; i++)
		if (r->references[i]->target == target && str_eq(r->references[i]->name, name))
			return r->references[i];
	return NULL;
}

static void reference_ask(void *ctx, const struct value *expr)
{
	struct asking *k = ctx;
	struct run *r = k->r;
	uint32_t target = k->s->change->target;
	struct str name = dynamic_name(r->a, expr);
	struct reference *ref = reference_get(r, target, name);
	if (ref && ref->value)
		return;
	if (!ref) {
		r->references =
		    arena_grow(r->a, r->references, &r->cap_references, r->n_references + 1, sizeof *r->references);
		ref = r->references[r->n_references++] = arena_new(r->a, struct reference);
		*ref = (struct reference){.target = target, .name = name};
	}
	/* Each step asks for itself: references are few, and one answer then wakes one step. */
	struct work *w = arena_new(r->a, struct work);
	*w = (struct work){.kind = WORK_SECRET,
			   .place = &r->env->places[target],
			   .arena = r->a,
			   .name = name,
			   .address = k->s->change->address,
			   .user = k->s};
	k->started++;
	provider_start(r->env->provider, w);
}

uint32_t references_ask(struct run *r, struct step *s, const struct value *v)
{
	struct asking k = {.r = r, .s = s};
	dynamics_find(v, reference_ask, &k);
	return k.started;
}

bool reference_answered(struct run *r, struct work *w)
{
	struct step *s = w->user;
	struct reference *ref = reference_get(r, s->change->target, w->name);
	if (w->state != WORK_OK || !ref) {
		work_error(w, r->errs);
		return false;
	}
	ref->value = w->result;
	if (value_has_secret(w->result))
		log_secret(value_text(w->result));
	return true;
}

struct value *reference_value(struct run *r, uint32_t target, const struct value *expr)
{
	struct reference *ref = reference_get(r, target, dynamic_name(r->a, expr));
	return ref ? ref->value : NULL;
}
