/* Status in the simulator: what is to be said of resources that stand in the simulated world. See
 * verbs.h; the lines are those of the AWS provider. An alarm and a health check say what the
 * answers say (docs/simulator.md). */
#include "providers/sim/verbs.h"

#include "providers/advice.h"

static void line_text(struct verb *v, struct value *line, const char *key, struct str text)
{
	value_set(v->w->arena, line, str_of(key), (struct pos){0},
		  value_string(v->w->arena, (struct pos){0}, str_dup(v->w->arena, text)));
}

static void line_add(struct verb *v, struct value *lines, struct str name, const char *level, const char *remedy,
		     struct str value)
{
	struct value *line = value_map(v->w->arena, (struct pos){0});

	line_text(v, line, "Name", name);
	line_text(v, line, "Value", value);
	line_text(v, line, "Level", str_of(level));
	if (remedy)
		line_text(v, line, "Remedy", str_of(remedy));
	value_append(v->w->arena, lines, line);
}

static bool flag(const struct verb *v, const char *key)
{
	bool b = false;

	return value_as_bool(value_getc(v->args, key), &b) && b;
}

static void group_line(struct verb *v, struct value *lines, const struct thing *t)
{
	int64_t wanted = 0;

	value_as_int(value_getc(t->r.props, "DesiredCapacity"), &wanted);
	if (!wanted && flag(v, "Production"))
		line_add(v, lines, t->address, "red", "production runs here: raise DesiredCapacity",
			 STR("no instances"));
	else
		line_add(v, lines, t->address, "ok", NULL, str_fmt(v->w->arena, "desired %lld", (long long)wanted));
}

static void alarm_line(struct verb *v, struct value *lines, const struct thing *t)
{
	struct str state = mark_get(v->c, "alarm", t->r.id);
	bool thrown = args_has(value_getc(v->args, "Switches"), t->r.id);

	state = state.n ? state : STR("OK");
	if (thrown || str_eqc(state, "OK"))
		line_add(v, lines, t->address, "ok", NULL, state);
	else
		line_add(v, lines, t->address, str_eqc(state, "ALARM") ? "red" : "note",
			 "look at what the alarm watches", state);
}

static void health_line(struct verb *v, struct value *lines, const struct thing *t)
{
	struct str state = mark_get(v->c, "health", t->r.id);

	if (str_eqc(state, "unhealthy"))
		line_add(v, lines, t->address, "red", "look at what the check asks, and whether it answers", state);
	else
		line_add(v, lines, t->address, "ok", NULL, STR("healthy"));
}

static const struct {
	const char *type;
	void (*line)(struct verb *v, struct value *lines, const struct thing *t);
} rows[] = {{"AWS::AutoScaling::AutoScalingGroup", group_line},
	    {"AWS::CloudWatch::Alarm", alarm_line},
	    {"AWS::CloudWatch::CompositeAlarm", alarm_line},
	    {"AWS::Route53::HealthCheck", health_line}};

bool probe_advice(struct verb *v)
{
	probe_gives(v, advice(v->w->arena, v->args));
	return probe_told(v, true, "advice");
}

bool probe_status(struct verb *v)
{
	const struct value *of = value_getc(v->args, "Of");
	struct str type = value_text(value_getc(v->args, "Type"));
	struct value *lines = value_list(v->w->arena, (struct pos){0});

	/* This machine's files are not in the simulated world. */
	for (size_t i = 0; !str_starts(type, STR("DR::Local::")) && i < args_number(of); i++) {
		struct thing t;

		if (!thing_find(v, args_nth(of, i), &t)) {
			line_add(v, lines, t.address, "red",
				 "somebody deleted it: `drplan plan` shows it, `drplan apply` makes it again",
				 v->c->message);
			v->c->code = v->c->message = STR_NONE;
			continue;
		}
		for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
			if (str_eqc(type, rows[k].type))
				rows[k].line(v, lines, &t);
	}
	if (value_count(lines))
		probe_gives(v, lines);
	return probe_told(v, true, "%zu resources", args_number(of));
}
