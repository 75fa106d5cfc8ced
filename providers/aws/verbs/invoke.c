/* Invoke: a Lambda function that answers as expected; as a check, and as a step. */
#include "providers/aws/verbs/invoke.h"
#include "providers/aws/verbs/looks.h"

#include "base/json.h"

/* {rows_at_least: 1} bounds the answer's "rows"; any other key is the answer's value itself. */
static const char *const suffixes[] = {"_at_least", "_at_most", "_above", "_below"};

static bool bound_holds(size_t which, const struct value *got, const struct value *limit)
{
	double x, n;

	if (!number_of(got, &x) || !number_of(limit, &n))
		return false;
	return which == 0 ? x >= n : which == 1 ? x <= n : which == 2 ? x > n : x < n;
}

static bool expect_holds(const struct value *answer, const struct member *m)
{
	const struct value *got = value_get(answer, m->key);

	for (size_t i = 0; !got && i < sizeof suffixes / sizeof *suffixes; i++) {
		struct str suffix = str_of(suffixes[i]);

		if (str_ends(m->key, suffix))
			return bound_holds(i, value_get(answer, str_sub(m->key, 0, m->key.n - suffix.n)), m->value);
	}
	return got && value_equal(got, m->value);
}

/* The first key of Expect that the answer does not meet; empty: all are met. */
static struct str unmet(const struct value *answer, const struct value *expect)
{
	for (size_t i = 0; expect && i < expect->map.n; i++)
		if (!expect_holds(answer, &expect->map.items[i]))
			return expect->map.items[i].key;
	return STR_NONE;
}

struct value *invoke_input(struct verb *v, const char *argument, struct str payload)
{
	struct subject f = arg_one(v, argument);

	verb_at(v, f.place);
	if (str_starts(f.id, STR("arn:")))
		verb_in(v, arn_region(f.id));
	return MAP(v, TXT("FunctionName", f.id), TXT("Payload", payload));
}

const struct value *invoke_answer(struct verb *v, struct str *said, struct str *error)
{
	struct errs errs = {.arena = &v->round};
	struct str payload = text_at(v->answer, "Payload");

	*error = text_at(v->answer, "FunctionError");
	*said = str_sub(payload, 0, 200);
	return payload.n ? json_read_lax(&v->round, payload, 0, &errs) : NULL;
}

static void answered(struct verb *v)
{
	struct str said, error, miss;
	const struct value *answer = invoke_answer(v, &said, &error);
	bool probe = v->work->kind == WORK_PROBE;

	if (answer)
		verb_value(v, answer);
	miss = unmet(answer, arg(v, "Expect"));
	if (!error.n && !miss.n)
		(probe ? probe_answer(v, true, "%.*s", STR_ARG(said)) : verb_done(v, "%.*s", STR_ARG(said)));
	else if (probe)
		probe_answer(v, false, "%.*s%s%.*s", STR_ARG(error.n ? error : miss),
			     error.n ? ": " : " is not as expected: ", STR_ARG(said));
	else
		verb_fail(v, "the function answered %.*s%s%.*s", STR_ARG(error.n ? error : miss),
			  error.n ? ": " : " other than expected: ", STR_ARG(said));
}

static struct str payload_of(struct verb *v)
{
	const struct value *x = arg(v, "Payload");
	struct buf b;

	if (!x || x->kind == V_STRING)
		return value_text(x);
	buf_init(&b, 6 << 20);
	json_write(&b, x, JSON_TYPED);
	return buf_take(&b, &v->round);
}

/* A step that was interrupted is sent again: nobody can know whether the function ran, so it must bear that. */
void invoke_look(struct verb *v)
{
	struct value *input = invoke_input(v, "Function", payload_of(v));

	if (v->work->kind == WORK_PROBE)
		verb_ask(v, "lambda:Invoke", input, answered);
	else
		verb_act(v, "lambda:Invoke", input, answered);
}
