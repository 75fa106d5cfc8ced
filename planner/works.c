/* Works of a plan: started together, polled until all are done. run.c has its own loop: there works come and go. */
#include "planner/planpriv.h"

#define POLL_MS 1000

bool works_run(struct plan_env *env, struct work *const *works, size_t n, const struct plan_options *opt,
	       const char *pass, struct errs *errs)
{
	bool interrupted = false;
	size_t done = 0;
	for (size_t i = 0; i < n; i++)
		provider_start(env->provider, works[i]);
	while (provider_pending(env->provider)) {
		if (!interrupted && opt && opt->interrupted && opt->interrupted()) {
			interrupted = true;
			env->provider->ops->settle(env->provider);
		}
		provider_poll(env->provider, POLL_MS);
		struct work_event e;
		while ((e = provider_next(env->provider)).work) {
			if (e.kind != WORK_DONE)
				continue;
			done++;
			if (opt && opt->progress)
				opt->progress(opt->ctx, pass, done, n);
		}
	}
	/* Works that were done at once leave their events behind. */
	while (provider_next(env->provider).work)
		done++;
	if (interrupted)
		err_add(errs, ERR_SYSTEM, (struct pos){0}, "interrupted while planning (%s); nothing was changed",
			pass);
	return !interrupted;
}

void work_error(const struct work *w, struct errs *errs)
{
	struct err *e = err_add(errs, w->err.kind, w->err.pos, "%.*s", STR_ARG(w->err.message));
	struct str message = e->message;
	*e = w->err;
	e->message = message;
	e->level = LEVEL_ERROR;
	if (!e->address.n)
		e->address = w->address;
	if (!e->message.n)
		e->message = STR("the provider gave no reason");
}
