/* The provider in front of another one: works on this machine's own types end here, at once; everything else goes
 * through, and so do the clock and the statistics. file.c is what is carried out here. */
#include "providers/local/local.h"

#include <stdlib.h>
#include <string.h>

struct local {
	struct provider base;
	struct provider_ops ops; /* under the inner one's name, and what that lacks is lacking here */
	struct provider *inner;
	struct str root;
	struct work_event *events; /* of works that ended here, oldest first */
	size_t first, n, cap;
	size_t untaken; /* of those, works whose end nobody took yet */
};

/* What waits here is under way for those who ask. */
static void count(struct local *l)
{
	l->base.pending = l->inner->pending + l->untaken;
}

static void event_add(struct local *l, enum work_event_kind kind, struct work *w)
{
	if (l->first == l->n)
		l->first = l->n = 0;
	if (l->n == l->cap) {
		struct work_event *more = xmalloc((2 * l->cap + 16) * sizeof *more);

		if (l->n)
			memcpy(more, l->events, l->n * sizeof *more);
		free(l->events);
		l->events = more;
		l->cap = 2 * l->cap + 16;
	}
	l->events[l->n++] = (struct work_event){kind, w};
}

static bool is_ours(const struct work *w)
{
	return w->type && str_starts(type_name(w->type), STR("DR::Local::"));
}

static void local_start(struct provider *p, struct work *w)
{
	struct local *l = (struct local *)p;

	if (!is_ours(w)) {
		provider_start(l->inner, w);
		count(l);
		return;
	}
	w->calls = 0;
	file_work(l->root, w);
	if (w->state == WORK_OK &&
	    (w->kind == WORK_CREATE || (w->kind == WORK_RECOVER && w->recovered == RECOVER_FOUND)))
		event_add(l, WORK_ID, w);
	event_add(l, WORK_DONE, w);
	l->untaken++;
	count(l);
}

static void local_poll(struct provider *p, int timeout_ms)
{
	struct local *l = (struct local *)p;

	provider_poll(l->inner, l->untaken ? 0 : timeout_ms);
	count(l);
}

static struct work_event local_next(struct provider *p)
{
	struct local *l = (struct local *)p;
	struct work_event e;

	if (l->first < l->n) {
		e = l->events[l->first++];
		l->untaken -= e.kind == WORK_DONE;
	} else {
		e = provider_next(l->inner);
	}
	count(l);
	return e;
}

static void local_advance(struct provider *p, int64_t ms)
{
	struct provider *inner = ((struct local *)p)->inner;

	inner->ops->advance(inner, ms);
}

static void local_settle(struct provider *p)
{
	struct local *l = (struct local *)p;

	l->inner->ops->settle(l->inner);
	count(l);
}

static void local_stats(const struct provider *p, struct provider_stats *out)
{
	const struct local *l = (const struct local *)p;

	l->inner->ops->stats(l->inner, out);
}

static bool local_probes(const struct provider *p, struct str name)
{
	const struct provider *inner = ((const struct local *)p)->inner;

	return inner->ops->probes(inner, name);
}

static bool local_verbs(const struct provider *p, struct str name)
{
	const struct provider *inner = ((const struct local *)p)->inner;

	return inner->ops->verbs(inner, name);
}

static bool local_exports(const struct provider *p, struct export_book *b)
{
	const struct provider *inner = ((const struct local *)p)->inner;

	return inner->ops->exports(inner, b);
}

static void local_close(struct provider *p)
{
	struct local *l = (struct local *)p;

	provider_close(l->inner);
	free(l->events);
	free(l);
}

struct provider *provider_local_open(struct provider *inner, struct str root)
{
	struct local *l;

	if (!inner)
		return NULL;
	l = xmalloc(sizeof *l);
	memset(l, 0, sizeof *l);
	l->ops = (struct provider_ops){
	    .name = inner->ops->name,
	    .start = local_start,
	    .poll = local_poll,
	    .next = local_next,
	    .advance = inner->ops->advance ? local_advance : NULL,
	    .settle = local_settle,
	    .stats = local_stats,
	    .probes = inner->ops->probes ? local_probes : NULL,
	    .verbs = inner->ops->verbs ? local_verbs : NULL,
	    .exports = inner->ops->exports ? local_exports : NULL,
	    .own_world = inner->ops->own_world,
	    .close = local_close,
	};
	l->base = (struct provider){.ops = &l->ops, .clock = inner->clock};
	l->inner = inner;
	l->root = root;
	count(l);
	return &l->base;
}
