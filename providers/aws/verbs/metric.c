/* Metric: the newest value of a CloudWatch statistic against bounds. No data is "not yet", never "holds". */
#include "providers/aws/verbs/looks.h"

#define LEAST_WINDOW_MS (10 * 60 * 1000) /* some services publish minutes late */

struct bound {
	const char *arg, *words;
};

static const struct bound bounds[] = {
    {"Above", "above"}, {"Below", "below"}, {"AtLeast", "at least"}, {"AtMost", "at most"}};

static bool within(const struct bound *b, double x, double limit)
{
	switch (b - bounds) {
	case 0:
		return x > limit;
	case 1:
		return x < limit;
	case 2:
		return x >= limit;
	default:
		return x <= limit;
	}
}

/* All bounds that were given; what they are is added to the text. */
static bool judge(struct verb *v, double x, struct str *words)
{
	bool holds = true;

	for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
		double limit = arg_number(v, bounds[i].arg, 0);

		if (!arg(v, bounds[i].arg))
			continue;
		holds = holds && within(&bounds[i], x, limit);
		*words =
		    str_fmt(v->arena, "%.*s%s%s %.15g", STR_ARG(*words), words->n ? ", " : "", bounds[i].words, limit);
	}
	return holds;
}

/* The newest data point: pages repeat the result's head, and an early page may be empty. */
static bool newest(const struct value *answer, double *x, struct str *when)
{
	const struct value *results = value_getc(answer, "MetricDataResults");

	for (size_t i = 0; i < value_count(results); i++) {
		const struct value *r = value_at(results, i);

		*when = value_text(value_at(value_getc(r, "Timestamps"), 0));
		if (number_of(value_at(value_getc(r, "Values"), 0), x))
			return true;
	}
	return false;
}

static void answered(struct verb *v)
{
	struct str metric = arg_text(v, "MetricName"), when, words = STR_NONE, age = STR_NONE;
	int64_t at;
	double x;
	bool holds;

	if (!newest(v->answer, &x, &when)) {
		probe_answer(v, false, "%.*s has no data yet", STR_ARG(metric));
		return;
	}
	x *= arg_number(v, "Scale", 1);
	holds = judge(v, x, &words);
	if (time_parse(when, &at) && verb_now(v) > at)
		age = str_fmt(v->arena, ", %.*s ago", STR_ARG(duration_text(v->arena, verb_now(v) - at)));
	verb_value(v, verb_number(v, x));
	probe_answer(v, holds, "%.*s is %.15g%s%.*s%s%.*s", STR_ARG(metric), x, words.n ? " (should be " : "",
		     STR_ARG(words), words.n ? ")" : "", STR_ARG(age));
}

static struct value *dimensions(struct verb *v)
{
	const struct value *map = arg(v, "Dimensions");
	struct value *list = verb_list(v, NULL);

	for (size_t i = 0; map && i < map->map.n; i++) {
		const struct value *x = map->map.items[i].value;
		struct str text = x->kind == V_MAP ? text_at(x, "Id") : value_text(x);

		value_append(&v->round, list, MAP(v, TXT("Name", map->map.items[i].key), TXT("Value", text)));
	}
	return list;
}

void metric_look(struct verb *v)
{
	int64_t period = arg_ms(v, "Period", 60000), window = period * 5;
	struct value *metric = MAP(v, TXT("Namespace", arg_text(v, "Namespace")),
				   TXT("MetricName", arg_text(v, "MetricName")), VAL("Dimensions", dimensions(v)));
	struct value *stat =
	    MAP(v, VAL("Metric", metric), TXT("Period", str_fmt(&v->round, "%lld", (long long)(period / 1000))),
		TXT("Stat", arg(v, "Stat") ? arg_text(v, "Stat") : STR("Average")), TXT("Unit", arg_text(v, "Unit")));
	struct value *queries = verb_list(v, MAP(v, TXT("Id", STR("m")), VAL("MetricStat", stat)));

	if (window < LEAST_WINDOW_MS)
		window = LEAST_WINDOW_MS;
	verb_ask(v, "cloudwatch:GetMetricData",
		 MAP(v, VAL("MetricDataQueries", queries), TXT("ScanBy", STR("TimestampDescending")),
		     TXT("StartTime", time_rfc3339(&v->round, verb_now(v) - window, false)),
		     TXT("EndTime", time_rfc3339(&v->round, verb_now(v), false))),
		 answered);
}
