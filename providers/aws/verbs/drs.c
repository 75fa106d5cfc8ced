/* Source servers and recovery instances: choosing, naming, and the probes Replication and State. */
#include "providers/aws/verbs/drs.h"

#include "providers/aws/verbs/looks.h"

#define JOBS_SINCE_MS (7 * 24 * 3600 * (int64_t)1000)

bool choice_check(const struct value *choice, const char **why)
{
	const struct value *tags = value_getc(choice, "Tags"), *ids = value_getc(choice, "Ids");

	*why = "the servers are chosen by Tags: {Key: value} or Ids: [s-...]";
	return (tags && tags->kind == V_MAP && tags->map.n) || (ids && ids->kind == V_LIST && ids->list.n);
}

bool server_has_tag(const struct value *server, const char *key, struct str value)
{
	return str_eq(text_at(value_getc(server, "tags"), key), value);
}

static bool is_chosen(const struct value *server, const struct value *choice)
{
	const struct value *tags = value_getc(choice, "Tags"), *ids = value_getc(choice, "Ids");
	const struct value *own = value_getc(server, "tags");
	bool among = !ids;

	for (size_t i = 0; tags && i < tags->map.n; i++) {
		const struct value *x = value_get(own, tags->map.items[i].key);

		if (!x || !str_eq(value_text(x), value_text(tags->map.items[i].value)))
			return false;
	}
	for (size_t i = 0; i < value_count(ids); i++)
		among |= str_eq(value_text(value_at(ids, i)), server_id(server));
	return among;
}

struct value *servers_chosen(struct arena *a, const struct value *answer, const struct value *choice)
{
	const struct value *items = value_getc(answer, "items");
	struct value *out = value_list(a, (struct pos){0});

	for (size_t i = 0; i < value_count(items); i++)
		if (is_chosen(value_at(items, i), choice))
			value_append(a, out, value_copy(a, value_at(items, i)));
	return out;
}

struct str server_id(const struct value *server)
{
	return text_at(server, "sourceServerID");
}

struct str server_name(const struct value *server)
{
	const struct value *hints = value_path(server, STR("sourceProperties.identificationHints"));
	struct str name = text_at(hints, "hostname");

	return name.n ? name : server_id(server);
}

const struct value *item_with(const struct value *list, const char *key, struct str text)
{
	for (size_t i = 0; i < value_count(list); i++)
		if (str_eq(text_at(value_at(list, i), key), text))
			return value_at(list, i);
	return NULL;
}

bool recovery_is_drill(const struct value *instance)
{
	bool drill = false;
	const struct value *x = value_getc(instance, "isDrill");

	return x && value_as_bool(x, &drill) && drill;
}

/* Milliseconds of the amount before a unit; a fraction may stand before the last one. */
static bool iso_part(struct str amount, int64_t unit_ms, int64_t *ms)
{
	struct str whole;
	int64_t n, part = 0;

	str_cut(&amount, '.', &whole);
	if (!str_int(whole, 0, 1000000000, &n))
		return false;
	if (amount.n && !str_int(str_sub(amount, 0, 3), 0, 999, &part))
		return false;
	for (size_t digits = amount.n; digits && digits < 3; digits++)
		part *= 10;
	*ms += n * unit_ms + part * unit_ms / 1000;
	return true;
}

bool iso_duration(struct str s, int64_t *ms)
{
	int64_t total = 0;
	size_t from = 1;
	bool time = false;

	if (!str_starts(s, STR("P")) || s.n < 3)
		return false;
	for (size_t i = 1; i < s.n; i++) {
		int64_t unit = 0;

		if ((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '.')
			continue;
		if (s.p[i] == 'T' && !time && i == from) {
			time = true;
			from = i + 1;
			continue;
		}
		if (!time)
			unit = s.p[i] == 'D' ? 86400000 : s.p[i] == 'W' ? 7 * 86400000 : 0;
		else
			unit = s.p[i] == 'H' ? 3600000 : s.p[i] == 'M' ? 60000 : s.p[i] == 'S' ? 1000 : 0;
		if (!unit || !iso_part(str_sub(s, from, i), unit, &total))
			return false;
		from = i + 1;
	}
	*ms = total;
	return from == s.n;
}

void servers_ask(struct verb *v, verb_step *next)
{
	verb_ask(v, "drs:DescribeSourceServers", NULL, next);
}

void jobs_ask(struct verb *v, verb_step *next)
{
	struct str since = time_rfc3339(&v->round, verb_now(v) - JOBS_SINCE_MS, false);

	verb_ask(v, "drs:DescribeJobs", MAP(v, VAL("filters", MAP(v, TXT("fromDate", since)))), next);
}

void recoveries_ask(struct verb *v, const struct value *servers, verb_step *next)
{
	struct value *ids = verb_list(v, NULL);

	for (size_t i = 0; i < value_count(servers); i++)
		verb_push(v, ids, server_id(value_at(servers, i)));
	/* The filter takes at most 200 ids; an empty one means all. */
	verb_ask(v, "drs:DescribeRecoveryInstances",
		 value_count(ids) && value_count(ids) <= DRS_AT_ONCE
		     ? MAP(v, VAL("filters", MAP(v, VAL("sourceServerIDs", ids))))
		     : NULL,
		 next);
}

/* --- Replication -------------------------------------------------------------------------------------------------- */

struct tally {
	size_t servers, good;
	int64_t lag_ms; /* the largest; -1: nobody tells */
	struct str bad; /* the first that isn't as it should be */
};

static void tally_add(struct verb *v, struct tally *t, const struct value *server)
{
	const struct value *info = value_getc(server, "dataReplicationInfo");
	struct str state = text_at(info, "dataReplicationState"), lag = text_at(info, "lagDuration");
	int64_t below = arg_ms(v, "LagBelow", -1), ms = -1;
	bool good = !arg(v, "Is") || arg_has(v, "Is", state);

	if (iso_duration(lag, &ms) && ms > t->lag_ms)
		t->lag_ms = ms;
	if (below >= 0)
		good = good && ms >= 0 && ms < below;
	t->servers++;
	t->good += good;
	if (!good && !t->bad.n)
		t->bad = str_fmt(v->arena, "%.*s is %.*s%s%.*s", STR_ARG(server_name(server)), STR_ARG(state),
				 lag.n ? ", lag " : "", STR_ARG(lag));
}

static void replication_known(struct verb *v)
{
	struct value *servers = servers_chosen(&v->round, v->answer, arg(v, "Servers"));
	struct tally t = {.lag_ms = -1};
	struct value *lag;

	for (size_t i = 0; i < value_count(servers); i++)
		tally_add(v, &t, value_at(servers, i));
	lag = t.lag_ms < 0 ? NULL : verb_number(v, (double)t.lag_ms / 1000);
	if (str_eqc(arg_text(v, "Value"), "LagDuration")) {
		if (lag)
			verb_value(v, lag);
	} else {
		verb_value(v, MAP(v, VAL("Servers", verb_number(v, (double)t.servers)), VAL("LagDuration", lag)));
	}
	if ((int64_t)t.servers < arg_count(v, "AtLeast", 1))
		probe_answer(v, false, "%zu servers have these tags", t.servers);
	else
		probe_answer(v, t.good == t.servers && (lag || !arg(v, "Value")), "%zu of %zu servers%s%.*s", t.good,
			     t.servers, t.bad.n ? "; " : "", STR_ARG(t.bad));
}

static bool servers_begin(struct verb *v, const char *choice)
{
	const char *why;

	if (!choice_check(arg(v, choice), &why)) {
		verb_fail(v, "%s", why);
		return false;
	}
	return true;
}

void replication_look(struct verb *v)
{
	if (servers_begin(v, "Servers"))
		servers_ask(v, replication_known);
}

/* --- State -------------------------------------------------------------------------------------------------------- */

static void instances_known(struct verb *v)
{
	const struct value *servers = v->own, *items = value_getc(v->answer, "items");
	bool drill = arg_bool(v, "Drill", false);
	size_t good = 0;
	struct str bad = STR_NONE;

	for (size_t i = 0; i < value_count(servers); i++) {
		const struct value *s = value_at(servers, i), *r = item_with(items, "sourceServerID", server_id(s));
		bool ours = r && recovery_is_drill(r) == drill;
		struct str state = ours ? text_at(r, "ec2InstanceState") : STR("not launched");

		if (ours && arg_has(v, "Is", state))
			good++;
		else if (!bad.n)
			bad = str_fmt(v->arena, "; %.*s is %.*s", STR_ARG(server_name(s)), STR_ARG(state));
	}
	probe_answer(v, good && good == value_count(servers), "%zu of %zu servers%.*s", good, value_count(servers),
		     STR_ARG(bad));
}

static void state_servers(struct verb *v)
{
	v->own = servers_chosen(v->arena, v->answer, arg(v, "Servers"));
	if (!value_count(v->own))
		probe_answer(v, false, "no server has these tags");
	else
		recoveries_ask(v, v->own, instances_known);
}

void state_look(struct verb *v)
{
	if (servers_begin(v, "Servers"))
		servers_ask(v, state_servers);
}
