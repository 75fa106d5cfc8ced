/* A check is asked until it holds or its time is over: sooner at first than later, and never past a signal. See
 * check.h. */
#include "planner/checkpriv.h"

#include <time.h>

#define FIRST_WAIT_MS 500
#define LONGEST_WAIT_MS 10000
#define ATTEMPT_MS 30000

/* Those that need no provider of their own. What they do not understand (Servers of State and
 * Tcp) is the provider's. */
static const struct {
	struct str name;
	enum check_answer (*ask)(struct check *c);
	const char *keys; /* NULL: any value */
	bool outside; /* it is asked of the world outside, which a provider may have of its own */
} kinds[] = {
    {STR_INIT("Approval"), check_approval, "Ask Within", false},
    {STR_INIT("Command"), check_command, "Argv Within", false},
    {STR_INIT("Dns"), check_dns, "Name Answers Within", true},
    {STR_INIT("Exists"), check_exists, "Of Within", false},
    {STR_INIT("Expression"), check_expression, NULL, false},
    {STR_INIT("Http"), check_http, "Url Host Status Method Body Headers Expect Insecure Latency Within", true},
    {STR_INIT("State"), check_state, "Of Is Within", false},
    {STR_INIT("Tcp"), check_tcp, "Host Port Within", true},
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

static bool key_known(const char *keys, struct str key)
{
	struct str rest = str_of(keys), word;
	while (str_cut(&rest, ' ', &word))
		if (str_eq(word, key))
			return true;
	return false;
}

/* Who answers it; NULL: the provider, if anybody. *strange is a key that only the provider could understand. */
static enum check_answer (*answerer(const struct provider *p, const struct member *m,
				    const struct member **strange))(struct check *)
{
	size_t kind = 0;
	*strange = NULL;
	while (kind < N_KINDS && !str_eq(kinds[kind].name, m->key))
		kind++;
	if (kind == N_KINDS || (kinds[kind].outside && p->ops->own_world && p->ops->probes && p->ops->probes(p, m->key)))
		return NULL;
	for (size_t i = 0; kinds[kind].keys && m->value->kind == V_MAP && i < m->value->map.n; i++)
		if (!key_known(kinds[kind].keys, m->value->map.items[i].key))
			*strange = &m->value->map.items[i];
	return *strange ? NULL : kinds[kind].ask;
}

bool checks_supported(const struct provider *p, const struct value *list, struct errs *errs)
{
	size_t before = errs->errors;
	for (size_t i = 0; i < value_count(list); i++) {
		const struct member *m = &value_at(list, i)->map.items[0], *strange;
		struct err *e;
		if (answerer(p, m, &strange) || (p->ops->probes && p->ops->probes(p, m->key)))
			continue;
		if (strange)
			e = err_at(errs, strange->pos, "'%.*s' of the check %.*s is not supported yet",
				   STR_ARG(strange->key), STR_ARG(m->key));
		else
			e = err_at(errs, m->pos, "the check %.*s is not supported yet", STR_ARG(m->key));
		err_help(errs, e, "a check that nobody asks would be passed in silence; take it out until then");
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

const char *check_text(const struct check *c, const char *key)
{
	const struct value *v = value_getc(c->args, key);
	return v && value_is_scalar(v) ? str_dup(c->a, value_text(v)).p : NULL;
}

/* What tells this check from others of its kind. */
struct str check_name(struct arena *a, const struct member *m, const struct value *args)
{
	static const char *const telling[] = {"Of",  "Url",        "Host",     "Name",  "Argv",
					      "Ask", "MetricName", "Function", "Target"};
	for (size_t i = 0; i < sizeof telling / sizeof *telling; i++) {
		const struct value *v = value_getc(args ? args : m->value, telling[i]);
		const struct value *first = check_count(v) ? check_item(v, 0) : NULL;
		if (first && value_getc(first, "Address"))
			first = value_getc(first, "Address");
		if (first && value_is_scalar(first) && !value_has_secret(first))
			return str_fmt(a, "%.*s %.*s%s", STR_ARG(m->key), STR_ARG(value_text(first)),
				       check_count(v) > 1 ? ", ..." : "");
	}
	return m->key;
}

/* --- time ----------------------------------------------------------------------------------------------------- */

bool check_interrupted(const struct check *c)
{
	return c->w->interrupted && c->w->interrupted(c->w->ctx);
}

long check_attempt_ms(const struct check *c)
{
	return (long)(c->left_ms < 100 ? 100 : c->left_ms < ATTEMPT_MS ? c->left_ms : ATTEMPT_MS);
}

static void wait_for(const struct check *c, int64_t ms)
{
	struct provider *p = c->w->provider;
	int64_t until = clock_mono(&clock_system) + ms;
	if (p->ops->advance) {
		p->ops->advance(p, ms);
		return;
	}
	while (!check_interrupted(c) && clock_mono(&clock_system) < until)
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
}

enum check_answer check_until(struct check *c, enum check_answer (*ask)(struct check *c), int64_t within_ms)
{
	const struct clock *clock = c->w->provider->clock;
	int64_t now = clock_mono(clock), end = now + within_ms, wait = FIRST_WAIT_MS;
	for (;;) {
		c->left_ms = end - now;
		enum check_answer answer = ask(c);
		now = clock_mono(clock);
		if (answer != CHECK_NOT_YET || now >= end || check_interrupted(c))
			return answer;
		wait_for(c, wait < end - now ? wait : end - now);
		wait = 2 * wait < LONGEST_WAIT_MS ? 2 * wait : LONGEST_WAIT_MS;
		now = clock_mono(clock);
	}
}

/* --- the whole ------------------------------------------------------------------------------------------------ */

static bool time_allowed(struct check *c, int64_t *within)
{
	const struct value *limit = value_getc(c->args, "Within");
	if (!limit || str_duration(value_text(limit), within))
		return true;
	c->detail = STR("Within is not a duration");
	return false;
}

static bool ask(const struct check_world *w, const struct member *m, int64_t within, int64_t limit, bool once,
		struct check_result *out)
{
	const struct shape *shape = shape_find(check_shapes, n_check_shapes, m->key);
	const struct member *strange;
	enum check_answer (*own)(struct check *) = answerer(w->provider, m, &strange);
	struct check c = {.w = w, .a = w->arena, .kind = m->key, .left_ms = within};
	*out = (struct check_result){.answer = CHECK_NEVER};
	if (shape)
		c.args = verb_args(w->arena, &w->scope, shape, m->value, &c.detail);
	else
		c.detail = STR("there is no such check");
	if (c.args && time_allowed(&c, &within)) {
		c.left_ms = within < limit ? within : limit;
		out->answer = once ? (own ? own : check_asked)(&c) : check_until(&c, own ? own : check_asked, within);
	}
	out->interrupted = out->answer != CHECK_HOLDS && check_interrupted(&c);
	out->unanswered = out->answer != CHECK_HOLDS && c.unanswered;
	out->name = check_name(w->arena, m, c.args);
	out->detail = c.detail;
	out->value = c.value;
	out->args = c.args;
	return out->answer == CHECK_HOLDS;
}

bool check_holds(const struct check_world *w, const struct member *m, int64_t within_ms, struct check_result *out)
{
	return ask(w, m, within_ms, INT64_MAX, false, out);
}

bool check_once(const struct check_world *w, const struct member *m, struct check_result *out)
{
	return ask(w, m, CHECK_WITHIN_MS, INT64_MAX, true, out);
}

bool check_soon(const struct check_world *w, const struct member *m, int64_t limit_ms, struct check_result *out)
{
	return ask(w, m, CHECK_WITHIN_MS, limit_ms, true, out);
}
