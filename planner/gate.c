/* The checks of a phase's gate, one after the other; see gate.h. Every check has a limit of time (Within), and asks
 * sooner at first than later. What was seen goes into the state, whether it held or not. */
#include "planner/gate.h"

#include <time.h>

#define WITHIN_MS (5 * 60 * 1000)
#define FIRST_WAIT_MS 500
#define LONGEST_WAIT_MS 10000

static const struct {
	struct str name;
	enum check_answer (*ask)(struct check *c);
	const char *keys;	/* those that are understood; others are refused */
} kinds[] = {
    {STR_INIT("Approval"), check_approval, "Ask Within"},
    {STR_INIT("Command"), check_command, "Argv Within"},
    {STR_INIT("Dns"), check_dns, "Name Answers Within"},
    {STR_INIT("Exists"), check_exists, "Of Within"},
    {STR_INIT("Expression"), check_expression, NULL},
    {STR_INIT("Http"), check_http, "Url Host Status Method Body Headers Expect Insecure Latency Within"},
    {STR_INIT("State"), check_state, "Of Is Within"},
    {STR_INIT("Tcp"), check_tcp, "Host Port Within"},
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

static size_t kind_named(struct str name)
{
	size_t i = 0;
	while (i < N_KINDS && !str_eq(kinds[i].name, name))
		i++;
	return i;
}

static bool key_known(const char *keys, struct str key)
{
	struct str rest = str_of(keys), word;
	while (str_cut(&rest, ' ', &word))
		if (str_eq(word, key))
			return true;
	return false;
}

static void refuse(struct errs *errs, struct pos pos, struct str check, struct str key)
{
	struct err *e = key.n ? err_at(errs, pos, "'%.*s' of the check %.*s is not supported yet in a gate",
				       STR_ARG(key), STR_ARG(check))
			      : err_at(errs, pos, "the check %.*s is not supported yet in a gate", STR_ARG(check));
	err_help(errs, e, "a gate that is not checked would be passed in silence; take it out until then");
}

bool gates_supported(const struct stack *s, struct errs *errs)
{
	size_t before = errs->errors;
	for (size_t i = 0; i < s->n_phases; i++) {
		const struct value *gate = s->phases[i].gate;
		for (size_t k = 0; k < value_count(gate); k++) {
			const struct member *m = &value_at(gate, k)->map.items[0];
			size_t kind = kind_named(m->key);
			if (kind == N_KINDS) {
				refuse(errs, m->pos, m->key, STR_NONE);
				continue;
			}
			for (size_t n = 0; kinds[kind].keys && m->value->kind == V_MAP && n < m->value->map.n; n++)
				if (!key_known(kinds[kind].keys, m->value->map.items[n].key))
					refuse(errs, m->value->map.items[n].pos, m->key, m->value->map.items[n].key);
		}
	}
	return errs->errors == before;
}

/* --- arguments ------------------------------------------------------------------------------------------------ */

size_t check_count(const struct value *v)
{
	return !v ? 0 : v->kind == V_LIST ? value_count(v) : 1;
}

const struct value *check_item(const struct value *v, size_t i)
{
	return v->kind == V_LIST ? value_at(v, i) : v;
}

/* What tells this check from others of its kind. */
static struct str check_name(struct arena *a, const struct member *m)
{
	static const char *const telling[] = {"Of", "Url", "Host", "Name", "Argv", "Ask"};
	for (size_t i = 0; i < sizeof telling / sizeof *telling; i++) {
		const struct value *v = value_getc(m->value, telling[i]);
		const struct value *first = check_count(v) ? check_item(v, 0) : NULL;
		if (first && value_is_scalar(first))
			return str_fmt(a, "%.*s %.*s%s", STR_ARG(m->key), STR_ARG(value_text(first)),
				       check_count(v) > 1 ? ", ..." : "");
	}
	return m->key;
}

/* --- time ----------------------------------------------------------------------------------------------------- */

bool check_interrupted(const struct check *c)
{
	struct run *r = c->r;
	if (!r->interrupted && r->opt->interrupted && r->opt->interrupted())
		r->interrupted = r->stopping = true;
	return r->interrupted;
}

static void wait_for(const struct check *c, int64_t ms)
{
	int64_t until = clock_mono(&clock_system) + ms;
	while (!check_interrupted(c) && clock_mono(&clock_system) < until)
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
}

static enum check_answer until_it_holds(struct check *c, enum check_answer (*ask)(struct check *c))
{
	int64_t within = WITHIN_MS, now = clock_mono(&clock_system), wait = FIRST_WAIT_MS;
	const struct value *limit = value_getc(c->args, "Within");
	if (limit && !str_duration(value_text(limit), &within)) {
		c->detail = STR("Within is not a duration");
		return CHECK_NEVER;
	}
	int64_t end = now + within;
	for (;;) {
		c->left_ms = end - now;
		enum check_answer answer = ask(c);
		now = clock_mono(&clock_system);
		if (answer != CHECK_NOT_YET || now >= end || check_interrupted(c))
			return answer;
		wait_for(c, wait < end - now ? wait : end - now);
		wait = 2 * wait < LONGEST_WAIT_MS ? 2 * wait : LONGEST_WAIT_MS;
		now = clock_mono(&clock_system);
	}
}

/* --- a gate --------------------------------------------------------------------------------------------------- */

static bool pass_check(struct run *r, const struct phase *ph, const struct member *m)
{
	struct check c = {.r = r, .phase = ph, .args = run_fold(r, r->plan->stack->default_target, m->value)};
	struct str name = check_name(r->a, m);
	enum check_answer answer = CHECK_NEVER;
	size_t kind = kind_named(m->key);
	if (kind == N_KINDS)
		c.detail = STR("this check is not supported yet");
	else if (!c.args || value_has_expr(c.args))
		c.detail = STR("its values are not known");
	else
		answer = until_it_holds(&c, kinds[kind].ask);
	if (check_interrupted(&c) && answer != CHECK_HOLDS)
		return false;
	bool held = answer == CHECK_HOLDS;
	state_gate(r->env->state, r->id, ph->name, name, held, c.detail);
	run_emit(r, RUN_GATE, NULL,
		 str_fmt(r->a, "%.*s: %s%s%.*s", STR_ARG(name), held ? "holds" : "does not hold", c.detail.n ? ": " : "",
			 STR_ARG(c.detail)));
	if (!held)
		err_add(r->errs, ERR_REMOTE, m->pos, "the gate of phase %.*s does not hold: %.*s: %.*s",
			STR_ARG(ph->name), STR_ARG(name), STR_ARG(c.detail));
	return held;
}

bool gate_holds(struct run *r, const struct phase *ph)
{
	for (size_t i = 0; i < value_count(ph->gate); i++)
		if (!pass_check(r, ph, &value_at(ph->gate, i)->map.items[0]))
			return false;
	return true;
}
