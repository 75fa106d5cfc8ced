/* Jobs of verbs: the time that they take, the fault that fails them at their end, and what they do without an answer. The
 * verbs themselves are verbs.h's. */
#include "providers/sim/job.h"
#include "providers/sim/verbs.h"

enum { LOOK_MS = 200 };

void job_fails(struct job *j, const struct fault *f, const char *code)
{
	j->fails = true;
	j->fail_code = str_dup(j->work->arena, f->code.n ? f->code : str_of(code));
	j->fail_message = str_dup(j->work->arena, f->message.n ? f->message : STR("it was accepted and then failed"));
}

/* It has its effect at once; what takes longer than the step may take is told as such when that time is over. */
bool job_verb(struct job *j, struct call *c, const struct fault *f)
{
	struct work *w = j->work;
	struct verb v = {.c = c, .w = w};

	if (!verb_carry(&v))
		return false;
	v.takes =
	    v.takes > j->ends ? v.takes : j->ends; /* the first answer was lost: what it began still takes its time */
	v.waits = v.waits ? v.waits : "what was begun";
	j->ends = v.takes;
	j->shows = v.takes ? value_string(w->arena, (struct pos){0}, str_of(v.waits)) : NULL;
	if (f && f->kind == FAULT_FAIL)
		job_fails(j, f, "VerbFailed");
	if (!w->timeout_ms || v.takes <= w->timeout_ms)
		return true;
	j->ends = w->timeout_ms;
	j->fails = true;
	j->fail_code = STR("TimedOut");
	j->fail_message = str_fmt(w->arena, "it still waits for %s", v.waits);
	return true;
}

bool job_looks_again(struct sim *s, struct job *j)
{
	const struct work *w = j->work;

	if (w->kind != WORK_VERB || str_eqc(w->name, "Call") || str_eqc(w->name, "Invoke") ||
	    str_eqc(w->name, "Notify") || s->settling)
		return false;
	s->in_flight++;
	sched_at(s, j, LOOK_MS);
	return true;
}
