/* The steps of a runbook, checked by shape; see runbooks.h. */
#include "stacks/runbooks.h"

#include "stacks/yaml.h"

static const struct str step_keys[] = {
	STR_INIT("Name"), STR_INIT("Timeout"), STR_INIT("OnFailure"), STR_INIT("When"), STR_INIT("Owner"),
	STR_INIT("StopsClock"), STR_INIT("Export"),
};

static bool is_step_key(struct str key)
{
	for (size_t i = 0; i < sizeof step_keys / sizeof *step_keys; i++)
		if (str_eq(step_keys[i], key))
			return true;
	return false;
}

const struct member *step_verb(const struct value *step)
{
	for (uint32_t i = 0; step->kind == V_MAP && i < step->map.n; i++)
		if (!is_step_key(step->map.items[i].key))
			return &step->map.items[i];
	return NULL;
}

/* --- single verbs ------------------------------------------------------------------------------------------------ */

static void apply_check(struct loader *ld, const struct value *args)
{
	static const struct str modes[] = {STR_INIT("standby"), STR_INIT("active")};
	static const struct str only[] = {STR_INIT("mode")}, unreachable[] = {STR_INIT("defer"), STR_INIT("fail")};

	word_check(ld, value_getc(args, "Mode"), "Mode", modes, 2);
	word_check(ld, value_getc(args, "Only"), "Only", only, 1);
	word_check(ld, value_getc(args, "Unreachable"), "Unreachable", unreachable, 2);
	if (!value_getc(args, "Only"))
		err_help(ld->errs, err_at(ld->errs, args->pos, "Apply needs 'Only: mode'"),
			 "a runbook changes what depends on the mode and nothing else; `drplan apply` does the rest");
}

static void words_check(struct loader *ld, const struct value *list, const char *key, const struct str *words, size_t n)
{
	if (list && list->kind != V_LIST)
		word_check(ld, list, key, words, n);
	for (size_t i = 0; list && list->kind == V_LIST && i < value_count(list); i++)
		word_check(ld, value_at(list, i), key, words, n);
}

static void report_check(struct loader *ld, const struct value *args)
{
	const struct value *to = value_getc(args, "To"), *key = value_getc(args, "KmsKeyId");
	struct str bucket, prefix;

	if (to && value_is_scalar(to) && !s3_place(value_text(to), &bucket, &prefix))
		err_help(ld->errs, err_at(ld->errs, to->pos, "To is no place in S3"), "write s3://BUCKET/PREFIX/");
	else if (key && !to)
		err_at(ld->errs, key->pos, "KmsKeyId is of what is brought to S3: there is no To");
}

static void verb_rules(struct loader *ld, const struct member *m)
{
	static const struct str formats[] = {STR_INIT("json"), STR_INIT("html"), STR_INIT("junit")};
	const struct value *args = m->value, *argv;

	if (str_eqc(m->key, "Apply")) {
		apply_check(ld, args);
	} else if (str_eqc(m->key, "Approval")) {
		duration_check(ld, value_getc(args, "Timeout"), "Timeout");
	} else if (str_eqc(m->key, "Wait")) {
		duration_check(ld, value_getc(args, "For"), "For");
	} else if (str_eqc(m->key, "Report")) {
		words_check(ld, value_getc(args, "Formats"), "Formats", formats, 3);
		report_check(ld, args);
	} else if (str_eqc(m->key, "Dns") || str_eqc(m->key, "ReverseReplication")) {
		target_check(ld, value_getc(args, "To"));
		target_check(ld, value_getc(args, "From"));
	} else if (str_eqc(m->key, "Command")) {
		argv = value_getc(args, "Argv");
		if (argv && argv->kind != V_EXPR && (argv->kind != V_LIST || !value_count(argv)))
			err_help(ld->errs, err_at(ld->errs, argv->pos, "Argv is a list: the program and its arguments"),
				 "no shell is started; write [sh, -c, ...] where one is meant");
	}
}

/* Those that need the whole process to themselves. */
static bool runs_alone(struct str verb)
{
	static const char *const alone[] = {"Apply", "Temporary", "Approval", "Report", "Restore"};

	for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
		if (str_eqc(verb, alone[i]))
			return true;
	return false;
}

static void parallel_check(struct loader *ld, const struct member *m, struct step_names *names)
{
	if (names->parallel) {
		err_help(ld->errs, err_at(ld->errs, m->pos, "Parallel inside of Parallel is the same as one Parallel"),
			 "put its steps beside the others");
		return;
	}
	names->parallel = true;
	steps_check(ld, m->value, m->pos, names);
	names->parallel = false;
}

static void verb_check(struct loader *ld, const struct member *m, struct step_names *names)
{
	const struct shape *shape = shape_find(verb_shapes, n_verb_shapes, m->key);
	const struct member *inner;

	if (!shape) {
		unknown_shape(ld, m, "verb", verb_shapes, n_verb_shapes);
	} else if (names->parallel && runs_alone(m->key)) {
		err_help(ld->errs, err_at(ld->errs, m->pos, "%.*s cannot stand in a Parallel", STR_ARG(m->key)),
			 "make it a step of its own, before or after");
	} else if (str_eqc(m->key, "Check")) {
		gate_check(ld, m->value);
		if (m->value->kind == V_LIST && !value_count(m->value))
			err_at(ld->errs, m->value->pos, "a Check without checks proves nothing");
	} else if (str_eqc(m->key, "Parallel")) {
		parallel_check(ld, m, names);
	} else if (str_eqc(m->key, "Measure")) {
		inner = m->value->kind == V_MAP && m->value->map.n == 1 ? &m->value->map.items[0] : NULL;
		if (inner && str_eqc(inner->key, "RPO"))
			check_check(ld, inner->value);
		else
			err_at(ld->errs, m->value->pos, "Measure takes {RPO: a check that measures}");
	} else {
		shape_keys_check(ld, shape, m);
		verb_rules(ld, m);
	}
}

/* --- steps ------------------------------------------------------------------------------------------------------- */

static void name_check(struct loader *ld, const struct value *step, struct step_names *names)
{
	const struct value *name = value_getc(step, "Name");

	if (!name || !value_is_scalar(name) || !value_text(name).n)
		err_at(ld->errs, name ? name->pos : step->pos, "a step needs a Name");
	else if (value_get(names->names, value_text(name)))
		twice_error(ld->errs, value_text(name), name->pos, value_get(names->names, value_text(name))->pos);
	else
		value_set(ld->arena, names->names, value_text(name), name->pos, (struct value *)name);
}

static void clock_check(struct loader *ld, const struct value *stops, struct step_names *names)
{
	struct err *e;
	bool on;

	if (!stops || stops->kind == V_EXPR)
		return;
	if (!value_as_bool(stops, &on)) {
		err_at(ld->errs, stops->pos, "StopsClock is true or false");
		return;
	}
	if (!on)
		return;
	if (names->stops_clock.line) {
		e = err_at(ld->errs, stops->pos, "the clock of '%.*s' is stopped twice", STR_ARG(names->runbook));
		e->related = names->stops_clock;
		e->related_note = STR("first here");
		err_help(ld->errs, e, "RTO ends with one step");
	}
	names->stops_clock = stops->pos;
}

static void bool_check(struct loader *ld, const struct value *v, const char *key)
{
	bool on;

	if (v && v->kind != V_EXPR && !value_as_bool(v, &on))
		err_at(ld->errs, v->pos, "%s is true or false", key);
}

static void step_check(struct loader *ld, const struct value *step, struct step_names *names)
{
	static const struct str on_failure[] = {STR_INIT("stop"), STR_INIT("continue"), STR_INIT("undo")};
	static const struct str when[] = {STR_INIT("planned"), STR_INIT("unplanned")};
	const struct member *verb;

	if (step->kind != V_MAP) {
		err_at(ld->errs, step->pos, "a step is a map, not %s", kind_name(step));
		return;
	}
	name_check(ld, step, names);
	verb = step_verb(step);
	for (uint32_t i = 0; i < step->map.n; i++) {
		const struct member *m = &step->map.items[i];

		if (m == verb)
			verb_check(ld, m, names);
		else if (!is_step_key(m->key))
			err_at(ld->errs, m->pos, "a step has one verb; '%.*s' is a second one", STR_ARG(m->key));
	}
	if (!verb)
		err_at(ld->errs, step->pos, "the step has no verb");
	duration_check(ld, value_getc(step, "Timeout"), "Timeout");
	word_check(ld, value_getc(step, "OnFailure"), "OnFailure", on_failure, 3);
	word_check(ld, value_getc(step, "When"), "When", when, 2);
	clock_check(ld, value_getc(step, "StopsClock"), names);
	bool_check(ld, value_getc(step, "Export"), "Export");
}

void steps_check(struct loader *ld, const struct value *steps, struct pos pos, struct step_names *names)
{
	if (!steps || steps->kind != V_LIST) {
		err_at(ld->errs, steps ? steps->pos : pos, "steps are a list of maps");
		return;
	}
	if (!value_count(steps))
		err_at(ld->errs, steps->pos, "there is no step");
	for (size_t i = 0; i < value_count(steps); i++)
		step_check(ld, value_at(steps, i), names);
}

/* --- templates of temporary stacks ------------------------------------------------------------------------------- */

static void template_take(struct loader *ld, const struct document *doc, struct value *args)
{
	static const char *const beyond[] = {"Include", "Runbooks", "Targets"};
	struct value *url = value_getc(args, "TemplateURL"), *root;
	struct str path, text;

	if (!url)
		return;
	if (url->kind != V_STRING || !url->text.n) {
		err_at(ld->errs, url->pos, "TemplateURL is the path of a template, relative to this file");
		return;
	}
	path = path_join(ld->arena, doc->dir, url->text);
	if (!file_keep(ld, path, url->pos, &text))
		return;
	root = text_value(ld->arena, path, text, YAML_FUNCTIONS | YAML_PARTIAL, ld->errs);
	for (size_t i = 0; root && i < sizeof beyond / sizeof *beyond; i++)
		if (value_getc(root, beyond[i]))
			err_at(ld->errs, value_member(root, str_of(beyond[i]))->pos,
			       "'%s' is not supported yet in the template of a Temporary step", beyond[i]);
	url->text = path;
}

static void templates_of(struct loader *ld, const struct document *doc, const struct value *steps)
{
	for (size_t i = 0; steps && steps->kind == V_LIST && i < value_count(steps); i++) {
		const struct member *m = step_verb(value_at(steps, i));

		if (m && str_eqc(m->key, "Temporary") && m->value->kind == V_MAP)
			template_take(ld, doc, m->value);
		else if (m && str_eqc(m->key, "Parallel"))
			templates_of(ld, doc, m->value);
	}
}

void templates_read(struct loader *ld, const struct document *doc, const struct value *runbook)
{
	templates_of(ld, doc, value_getc(runbook, "Steps"));
}

/* --- Restore ------------------------------------------------------------------------------------------------------ */

static const struct value *step_named(const struct value *steps, struct str name)
{
	const struct value *found = NULL;

	for (size_t i = 0; !found && steps && steps->kind == V_LIST && i < value_count(steps); i++) {
		const struct value *step = value_at(steps, i);
		const struct member *m = step_verb(step);

		if (str_eq(value_text(value_getc(step, "Name")), name))
			found = step;
		else if (m && str_eqc(m->key, "Parallel"))
			found = step_named(m->value, name);
	}
	return found;
}

static void restore_step_check(struct loader *ld, const struct value *rb, const struct value *name)
{
	const struct value *step;
	const struct member *verb;

	if (!name || !value_is_scalar(name))
		return;
	step = step_named(value_getc(rb, "Steps"), value_text(name));
	verb = step ? step_verb(step) : NULL;
	if (!step)
		err_at(ld->errs, name->pos, "that runbook has no step '%.*s'", STR_ARG(value_text(name)));
	else if (!verb || !str_eqc(verb->key, "Capacity"))
		err_help(ld->errs, err_at(ld->errs, name->pos, "the step '%.*s' finds nothing that could be restored",
					  STR_ARG(value_text(name))),
			 "Restore takes steps whose verb is Capacity");
}

static void restore_check(struct loader *ld, const struct value *runbooks, const struct value *args)
{
	const struct value *of = value_getc(args, "Runbook"), *steps = value_getc(args, "Step");
	const struct value *rb = of && value_is_scalar(of) ? value_get(runbooks, value_text(of)) : NULL;

	if (of && !rb) {
		err_at(ld->errs, of->pos, "there is no runbook '%.*s'", STR_ARG(value_text(of)));
		return;
	}
	if (steps && steps->kind == V_LIST)
		for (size_t i = 0; i < value_count(steps); i++)
			restore_step_check(ld, rb, value_at(steps, i));
	else
		restore_step_check(ld, rb, steps);
}

void restores_check(struct loader *ld, const struct value *runbooks, const struct value *steps)
{
	for (size_t i = 0; steps && steps->kind == V_LIST && i < value_count(steps); i++) {
		const struct member *m = step_verb(value_at(steps, i));

		if (m && str_eqc(m->key, "Restore"))
			restore_check(ld, runbooks, m->value);
	}
}
