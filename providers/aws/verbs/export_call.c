/* States of an exported runbook (export.h): calls under the names that Step Functions gives to services, operations and
 * members, loops, texts. */
#include "providers/aws/verbs/export.h"

#include "base/json.h"

#define CALL_S 60

/* --- texts -------------------------------------------------------------------------------------------------------- */

/* An expression is a node of its own kind until machine_text: so no text from a stack can become one. */
struct value *jsonata(struct machine *m, const char *fmt, ...)
{
	struct value *e = value_expr(&m->v.round, (struct pos){0}, 1);
	struct str text;

	VERB_FORMAT(&m->v.round, fmt, text);
	value_append(&m->v.round, e, verb_text(&m->v, text));
	return e;
}

struct str jsonata_text(struct machine *m, struct str text)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	json_string(&b, text);
	return buf_take(&b, &m->v.round);
}

struct str jsonata_texts(struct machine *m, const struct value *texts)
{
	struct str out = STR_NONE;

	for (size_t i = 0; texts && i < (texts->kind == V_LIST ? value_count(texts) : 1); i++) {
		const struct value *t = texts->kind == V_LIST ? value_at(texts, i) : texts;

		out = str_fmt(&m->v.round, "%.*s%s%.*s", STR_ARG(out), i ? ", " : "",
			      STR_ARG(jsonata_text(m, value_text(t))));
	}
	return str_fmt(&m->v.round, "[%.*s]", STR_ARG(out));
}

static struct value *wrapped(struct machine *m, struct str expression)
{
	return verb_text(&m->v, str_fmt(&m->v.round, "{%% %.*s %%}", STR_ARG(expression)));
}

struct value *machine_text(struct machine *m, const struct value *v)
{
	struct arena *a = &m->v.round;
	struct value *out;

	if (v->kind == V_EXPR)
		return wrapped(m, value_text(value_at(v, 0)));
	if (v->kind == V_STRING && str_starts(v->text, STR("{%")))
		return wrapped(m, jsonata_text(m, v->text));
	if (v->kind == V_LIST) {
		out = value_list(a, v->pos);
		for (size_t i = 0; i < value_count(v); i++)
			value_append(a, out, machine_text(m, value_at(v, i)));
		return out;
	}
	if (v->kind != V_MAP)
		return (struct value *)v;
	out = value_map(a, v->pos);
	for (uint32_t i = 0; i < v->map.n; i++)
		value_set(a, out, v->map.items[i].key, v->pos, machine_text(m, v->map.items[i].value));
	return out;
}

struct str machine_state(struct machine *m, const char *state)
{
	if (m->done.n && str_eqc(str_of(state), DONE))
		return m->done;
	return str_fmt(&m->v.round, "%.*s: %s", STR_ARG(m->prefix), state);
}

/* --- names of Step Functions -------------------------------------------------------------------------------------- */

/* As AWS's SDK for Java names a member, with a capital: its first run of capitals is one word ("DBClusterArn" is
 * "DbClusterArn", "sourceServerID" is "SourceServerID"). */
static struct str member_name(struct machine *m, struct str name)
{
	char *p = arena_copy(&m->v.round, name.p, name.n);

	for (size_t i = 0; i < name.n; i++) {
		bool upper = p[i] >= 'A' && p[i] <= 'Z';
		bool before_lower = i + 1 < name.n && p[i + 1] >= 'a' && p[i + 1] <= 'z';

		if (i && (!upper || before_lower))
			break;
		if (upper)
			p[i] = (char)(p[i] + 'a' - 'A');
	}
	if (name.n && p[0] >= 'a' && p[0] <= 'z')
		p[0] = (char)(p[0] - 'a' + 'A');
	return (struct str){p, name.n};
}

static struct value *typed(struct machine *m, const struct shape *shape, const struct value *v)
{
	enum shape_kind kind = shape_kind(shape);
	int64_t n;
	double d;
	bool b;

	if (kind == SHAPE_BOOLEAN && value_as_bool(v, &b))
		return value_bool(&m->v.round, v->pos, b);
	if ((kind == SHAPE_INTEGER || kind == SHAPE_LONG) && value_as_int(v, &n))
		return value_int(&m->v.round, v->pos, n);
	if ((kind == SHAPE_FLOAT || kind == SHAPE_DOUBLE) && number_of(v, &d))
		return value_number(&m->v.round, v->pos, value_text(v));
	return v->kind == V_STRING || !value_is_scalar(v) ? (struct value *)v : verb_text(&m->v, value_text(v));
}

/* A request under the names of Step Functions; members that the model does not have are refused. */
static struct value *renamed(struct machine *m, const struct shape *shape, const struct value *v)
{
	struct arena *a = &m->v.round;
	bool structure = shape_kind(shape) == SHAPE_STRUCTURE;
	struct value *out;

	if (v->kind == V_LIST && shape_kind(shape) == SHAPE_LIST) {
		out = value_list(a, v->pos);
		for (size_t i = 0; i < value_count(v); i++)
			value_append(a, out, renamed(m, shape_element(shape), value_at(v, i)));
		return out;
	}
	if (v->kind != V_MAP || (!structure && shape_kind(shape) != SHAPE_MAP))
		return v->kind == V_EXPR ? (struct value *)v : typed(m, shape, v);
	out = value_map(a, v->pos);
	for (uint32_t i = 0; i < v->map.n; i++) {
		const struct member *mem = &v->map.items[i];
		const struct shape *below = structure ? shape_member(shape, mem->key) : shape_element(shape);

		if (!below)
			machine_refuse(m, "AWS's models have no parameter %.*s", STR_ARG(mem->key));
		else
			value_set(a, out, structure ? member_name(m, mem->key) : mem->key, mem->pos,
				  renamed(m, below, mem->value));
	}
	return out;
}

static const struct op *op_named(const char *name, struct str *service)
{
	struct str operation = str_of(name);

	str_cut(&operation, ':', service);
	return wire_op(*service, operation);
}

/* "[0]", any number of times, and nothing else. */
static bool is_index(struct str s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.n; i++) {
		bool opens = s.p[i] == '[' && (i == 0 || s.p[i - 1] == ']');
		bool closes = s.p[i] == ']' && digits;

		if (!opens && !closes && (i == 0 || s.p[i - 1] == ']' || s.p[i] < '0' || s.p[i] > '9'))
			return false;
		digits = opens || closes ? 0 : digits + 1;
	}
	return !s.n || s.p[s.n - 1] == ']';
}

struct str machine_path(struct machine *m, const char *op, struct str path)
{
	struct str service, out = STR_NONE, step;
	const struct op *o = op_named(op, &service);
	const struct shape *shape = o ? op_output(o) : NULL;

	while (path.n) {
		struct str name, index;
		size_t n;

		str_cut(&path, '.', &step);
		n = str_chr(step, '[', 0) < 0 ? step.n : (size_t)str_chr(step, '[', 0);
		name = str_sub(step, 0, n);
		index = str_sub(step, n, step.n);
		shape = shape && shape_kind(shape) == SHAPE_STRUCTURE ? shape_member(shape, name) : NULL;
		if (!shape || !is_index(index)) {
			machine_refuse(m, "AWS's models have no %.*s in the answer of %s", STR_ARG(name), op);
			return STR_NONE;
		}
		out =
		    str_fmt(&m->v.round, "%.*s.%.*s%.*s", STR_ARG(out), STR_ARG(member_name(m, name)), STR_ARG(index));
		for (size_t i = 0; i < index.n; i++)
			if (index.p[i] == '[' && shape_kind(shape) == SHAPE_LIST)
				shape = shape_element(shape);
	}
	return out;
}

/* As AWS's SDK for Java names a service, without what is between its words. */
static struct str service_name(struct machine *m, struct str service)
{
	static const char *const others[][2] = {{"elbv2", "elasticloadbalancingv2"},
						{"events", "eventbridge"},
						{"logs", "cloudwatchlogs"},
						{"stepfunctions", "sfn"}};
	struct str out = STR_NONE, word;

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (str_eqc(service, others[i][0]))
			return str_of(others[i][1]);
	while (service.n) {
		str_cut(&service, '-', &word);
		out = str_cat(&m->v.round, out, word);
	}
	return out;
}

/* "arn:aws:states:::aws-sdk:rds:describeGlobalClusters". */
static struct str resource_of(struct machine *m, const char *op)
{
	struct str operation = str_of(op), service;
	char *first;

	str_cut(&operation, ':', &service);
	service = service_name(m, service);
	first = arena_copy(&m->v.round, operation.p, operation.n);
	first[0] = (char)(first[0] | 0x20);
	return str_fmt(&m->v.round, "arn:%.*s:states:::aws-sdk:%.*s:%.*s", STR_ARG(m->partition), STR_ARG(service),
		       (int)operation.n, first);
}

/* --- states ------------------------------------------------------------------------------------------------------- */

void machine_put(struct machine *m, struct str name, struct value *state)
{
	value_set(&m->v.round, m->states, name, (struct pos){0}, state);
}

static void put(struct machine *m, const char *state, struct value *v)
{
	machine_put(m, machine_state(m, state), v);
}

static struct value *assigned(struct machine *m, const struct variable *vars)
{
	struct value *map = value_map(&m->v.round, (struct pos){0});

	for (; vars && vars->name; vars++)
		value_set(&m->v.round, map, str_of(vars->name), (struct pos){0}, vars->is);
	return map->map.n ? map : NULL;
}

void machine_set(struct machine *m, const char *state, const struct variable *vars, const char *next)
{
	put(m, state,
	    MAP(&m->v, TXT("Type", STR("Pass")), VAL("Assign", assigned(m, vars)),
		TXT("Next", machine_state(m, next))));
}

void machine_begin(struct machine *m, const struct variable *vars, const char *next)
{
	struct value *map = assigned(m, vars);

	if (!map)
		map = value_map(&m->v.round, (struct pos){0});
	if (!m->begun) {
		value_put(&m->v.round, map, "deadline", jsonata(m, "$millis() + %lld", (long long)m->step->timeout_ms));
		value_put_text(&m->v.round, map, "said", STR("nothing yet"));
		value_put_int(&m->v.round, map, "refused", 0);
	}
	m->begun = true;
	put(m, "begin",
	    MAP(&m->v, TXT("Type", STR("Pass")), VAL("Assign", map->map.n ? map : NULL),
		TXT("Next", machine_state(m, next))));
}

static struct value *caught(struct machine *m, bool counts)
{
	struct value *note =
	    MAP(&m->v, VAL("said", jsonata(m, "$states.errorOutput.Error & ': ' & $states.errorOutput.Cause")));

	if (counts)
		value_put(&m->v.round, note, "refused", jsonata(m, "$refused + 1"));
	return verb_list(&m->v, MAP(&m->v, VAL("ErrorEquals", verb_list(&m->v, verb_text(&m->v, STR("States.ALL")))),
				    VAL("Assign", note), TXT("Next", machine_state(m, WAIT))));
}

static void call_put(struct machine *m, const char *state, const char *op, struct value *input, struct str arn,
		     struct value *assign, struct value *catch, const char *next)
{
	struct str resource = resource_of(m, op);
	int64_t bound = CALL_S;
	struct str service;
	const struct op *o = op_named(op, &service);
	struct value *arguments = value_map(&m->v.round, (struct pos){0});

	if (!o) {
		machine_refuse(m, "AWS's models have no operation %s", op);
		return;
	}
	if (input && op_input(o))
		arguments = renamed(m, op_input(o), input);
	machine_allow(m, op, arn);
	if (m->integration) {
		resource = str_fmt(&m->v.round, "arn:%.*s:states:::%s", STR_ARG(m->partition), m->integration);
		bound = m->step->timeout_ms / 1000 < 900 ? m->step->timeout_ms / 1000 + 1 : 900;
		m->integration = NULL;
	}
	put(m, state,
	    MAP(&m->v, TXT("Type", STR("Task")), TXT("Resource", resource), VAL("Arguments", arguments),
		VAL("TimeoutSeconds", verb_number(&m->v, (double)bound)), VAL("Assign", assign),
		VAL("Output", value_map(&m->v.round, (struct pos){0})), VAL("Catch", catch),
		TXT("Next", machine_state(m, next))));
}

void machine_ask(struct machine *m, const char *state, const char *op, struct value *input, struct str arn,
		 const struct variable *vars, const char *next)
{
	call_put(m, state, op, input, arn, assigned(m, vars), caught(m, false), next);
}

void machine_act(struct machine *m, const char *state, const char *op, struct value *input, struct str arn,
		 const struct variable *vars, const char *next)
{
	call_put(m, state, op, input, arn, assigned(m, vars), caught(m, true), next);
}

void machine_act_once(struct machine *m, const char *state, const char *op, struct value *input, struct str arn,
		      const struct variable *vars, const char *next)
{
	call_put(m, state, op, input, arn, assigned(m, vars), NULL, next);
}

static struct value *page_vars(struct machine *m, const struct variable *vars, bool first, struct str token)
{
	struct value *map = value_map(&m->v.round, (struct pos){0});

	for (; vars->name; vars++) {
		struct str each = value_text(value_at(vars->is, 0));

		value_set(&m->v.round, map, str_of(vars->name), (struct pos){0},
			  first ? jsonata(m, "[%.*s]", STR_ARG(each))
				: jsonata(m, "[$append($%s, [%.*s])]", vars->name, STR_ARG(each)));
	}
	value_put(
	    &m->v.round, map, "token",
	    jsonata(m, "$exists($states.result.%.*s) ? $states.result.%.*s : ''", STR_ARG(token), STR_ARG(token)));
	return map;
}

void machine_ask_pages(struct machine *m, const char *state, const char *op, struct value *input, const char *limit,
		       int size, const struct variable *vars, const char *next)
{
	const char *turn = str_fmt(&m->v.round, "%s, more?", state).p,
		   *more = str_fmt(&m->v.round, "%s, more", state).p;
	struct value *rest = value_map(&m->v.round, (struct pos){0});
	bool marks = str_eqc(str_of(limit), "MaxItems"); /* Route 53 */
	struct str answered = marks ? STR("NextMarker") : STR("NextToken");

	input = input ? input : value_map(&m->v.round, (struct pos){0});
	value_put_int(&m->v.round, input, limit, size);
	for (uint32_t i = 0; i < input->map.n; i++)
		value_set(&m->v.round, rest, input->map.items[i].key, (struct pos){0}, input->map.items[i].value);
	value_put(&m->v.round, rest, marks ? "Marker" : "nextToken", jsonata(m, "$token"));
	call_put(m, state, op, input, STR_NONE, page_vars(m, vars, true, answered), caught(m, false), turn);
	machine_choose(m, turn, BRANCHES({jsonata(m, "$token = ''"), next}), more);
	call_put(m, more, op, rest, STR_NONE, page_vars(m, vars, false, answered), caught(m, false), turn);
}

void machine_choose(struct machine *m, const char *state, const struct branch *branches, const char *otherwise)
{
	struct value *list = verb_list(&m->v, NULL);

	for (; branches->when; branches++)
		value_append(
		    &m->v.round, list,
		    MAP(&m->v, VAL("Condition", branches->when), TXT("Next", machine_state(m, branches->next))));
	put(m, state,
	    MAP(&m->v, TXT("Type", STR("Choice")), VAL("Choices", list), TXT("Default", machine_state(m, otherwise))));
}

/* The longer a step may take, the seldomer it is looked at: a machine's history ends after 25,000 events. */
static double pause_s(const struct machine *m)
{
	int64_t s = m->step->timeout_ms / 100000;

	return (double)(s < 5 ? 5 : s > 600 ? 600 : s);
}

void machine_wait(struct machine *m, const char *next)
{
	put(m, WAIT,
	    MAP(&m->v, TXT("Type", STR("Wait")), VAL("Seconds", verb_number(&m->v, pause_s(m))),
		TXT("Next", machine_state(m, "time"))));
	machine_choose(m, "time",
		       BRANCHES({jsonata(m, "$refused >= 5"), "refused"}, {jsonata(m, "$millis() < $deadline"), next}),
		       "too late");
	put(m, "refused",
	    MAP(&m->v, TXT("Type", STR("Fail")), TXT("Error", STR("drplan.Refused")),
		VAL("Cause", jsonata(m, "'refused five times: ' & $said"))));
	put(m, "too late",
	    MAP(&m->v, TXT("Type", STR("Fail")), TXT("Error", STR("drplan.TimedOut")),
		VAL("Cause", jsonata(m, "'not done within %.*s: ' & $said",
				     STR_ARG(duration_text(&m->v.round, m->step->timeout_ms))))));
}

void machine_fail(struct machine *m, const char *state, const char *fmt, ...)
{
	struct str text;

	VERB_FORMAT(&m->v.round, fmt, text);
	put(m, state,
	    MAP(&m->v, TXT("Type", STR("Fail")), TXT("Error", STR("drplan.Failed")),
		VAL("Cause", jsonata(m, "%.*s", STR_ARG(text)))));
}

void machine_finish(struct machine *m, struct value *value)
{
	if (!m->done.n) /* else it is a check that others follow */
		put(m, DONE,
		    MAP(&m->v, TXT("Type", STR("Succeed")),
			VAL("Output", value ? value : value_map(&m->v.round, (struct pos){0}))));
}
