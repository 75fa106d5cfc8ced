/* HealthCheck: what Route 53's checkers see. Of a calculated check there is no status to ask for: its children's are
 * counted against its threshold, as Route 53 does. */
#include "providers/aws/verbs/health.h"
#include "providers/aws/verbs/looks.h"

struct health {
	struct subject at;
	size_t i; /* of the checks asked for */
	struct value *leaves; /* ids: the check itself, or its children */
	size_t leaf;
	int64_t healthy, threshold;
	bool inverted, leaf_inverted, calculated;
	struct str seen;
	bool all;
};

static void check_next(struct verb *v);
static void leaf_next(struct verb *v);

bool health_flag(const struct value *config, const char *key)
{
	bool b = false;
	const struct value *x = value_getc(config, key);

	return x && value_as_bool(x, &b) && b;
}

/* An endpoint is healthy while more than 18 in 100 checkers say so. */
bool health_reported(const struct value *answer, bool *healthy)
{
	const struct value *list = value_getc(answer, "HealthCheckObservations");
	size_t good = 0;

	for (size_t i = 0; i < value_count(list); i++)
		good += str_starts(text_at(value_getc(value_at(list, i), "StatusReport"), "Status"), STR("Success"));
	*healthy = good * 100 > value_count(list) * 18;
	return value_count(list) != 0;
}

static void check_judged(struct verb *v, bool healthy, const char *why)
{
	struct health *own = v->own;

	healthy ^= own->inverted;
	own->all = own->all && arg_has(v, "Is", healthy ? STR("healthy") : STR("unhealthy"));
	own->seen = str_fmt(v->arena, "%.*s%s%.*s is %s%s", STR_ARG(own->seen), own->i ? ", " : "",
			    STR_ARG(subject_name(&own->at)), healthy ? "healthy" : "unhealthy", why);
	own->i++;
	check_next(v);
}

static void status_known(struct verb *v)
{
	struct health *own = v->own;
	bool healthy;

	if (!health_reported(v->answer, &healthy)) {
		probe_answer(v, false, "no checker has reported on %.*s yet", STR_ARG(subject_name(&own->at)));
		return;
	}
	own->healthy += healthy != own->leaf_inverted;
	own->leaf++;
	leaf_next(v);
}

static void leaf_ask(struct verb *v)
{
	struct health *own = v->own;

	verb_ask(v, "route53:GetHealthCheckStatus",
		 MAP(v, TXT("HealthCheckId", value_text(value_at(own->leaves, own->leaf)))), status_known);
}

static void leaf_config(struct verb *v)
{
	struct health *own = v->own;
	const struct value *config = value_path(v->answer, STR("HealthCheck.HealthCheckConfig"));

	if (is_at(config, "Type", "CALCULATED") || is_at(config, "Type", "RECOVERY_CONTROL")) {
		probe_never(v, "%.*s counts a check whose status Route 53 does not tell",
			    STR_ARG(subject_name(&own->at)));
		return;
	}
	own->leaf_inverted = health_flag(config, "Inverted");
	if (health_flag(config, "Disabled")) {
		own->healthy += !own->leaf_inverted;
		own->leaf++;
		leaf_next(v);
		return;
	}
	leaf_ask(v);
}

static void leaf_next(struct verb *v)
{
	struct health *own = v->own;

	if (own->leaf == value_count(own->leaves))
		check_judged(v, own->healthy >= own->threshold, "");
	else if (own->calculated)
		verb_ask(v, "route53:GetHealthCheck",
			 MAP(v, TXT("HealthCheckId", value_text(value_at(own->leaves, own->leaf)))), leaf_config);
	else
		leaf_ask(v);
}

static void config_known(struct verb *v)
{
	struct health *own = v->own;
	const struct value *config = value_path(v->answer, STR("HealthCheck.HealthCheckConfig"));

	own->leaf = 0;
	own->healthy = 0;
	own->threshold = 1;
	own->leaf_inverted = false;
	own->inverted = health_flag(config, "Inverted");
	own->calculated = is_at(config, "Type", "CALCULATED");
	if (health_flag(config, "Disabled")) {
		check_judged(v, true, " (disabled)");
		return;
	}
	if (is_at(config, "Type", "RECOVERY_CONTROL")) {
		probe_never(v, "%.*s: ask the routing control instead", STR_ARG(subject_name(&own->at)));
		return;
	}
	if (own->calculated) {
		own->leaves = value_copy(v->arena, value_getc(config, "ChildHealthChecks"));
		value_as_int(value_getc(config, "HealthThreshold"), &own->threshold);
	} else {
		own->leaves = value_list(v->arena, (struct pos){0});
		value_append(v->arena, own->leaves, value_string(v->arena, (struct pos){0}, own->at.id));
	}
	leaf_next(v);
}

static void check_next(struct verb *v)
{
	struct health *own = v->own;

	if (!arg_subject(v, "Of", own->i, &own->at)) {
		probe_answer(v, own->all, "%.*s", STR_ARG(own->seen));
		return;
	}
	verb_ask(v, "route53:GetHealthCheck", MAP(v, TXT("HealthCheckId", own->at.id)), config_known);
}

void healthcheck_look(struct verb *v)
{
	verb_own(v, struct health)->all = true;
	check_next(v);
}
