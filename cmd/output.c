/* drplan output: the outputs that the last apply left, all or one. */
#include "cmd/cmd.h"

#include "base/json.h"
#include "cmd/stateui.h"

static const struct state_output *find_output(struct session *s, const struct state_output *out, size_t n,
					      struct str name)
{
	struct str *names = arena_array(&s->arena, n, sizeof(names[0]));

	for (size_t i = 0; i < n; i++) {
		if (str_eq(out[i].name, name))
			return &out[i];
		names[i] = out[i].name;
	}
	err_add(&s->errs, ERR_INPUT, (struct pos){0}, "there is no output '%.*s'%.*s", STR_ARG(name),
		STR_ARG(err_suggest(&s->arena, name, names, n)));
	return NULL;
}

static int print_one(struct session *s, const struct state_output *o)
{
	struct buf b;
	struct err *e;

	if (o->secret) {
		e = err_add(&s->errs, ERR_INPUT, (struct pos){0},
			    "the output '%.*s' is secret, and the state does not hold it", STR_ARG(o->name));
		err_help(&s->errs, e, "read it where it is kept: Secrets Manager, SSM, or whoever gave the parameter");
		return EXIT_FAILED;
	}
	if (option_on(&s->opt, OPT_RAW) && !value_is_scalar(o->value)) {
		err_add(&s->errs, ERR_INPUT, (struct pos){0}, "the output '%.*s' is not a text; say -json for it",
			STR_ARG(o->name));
		return EXIT_FAILED;
	}
	buf_init(&b, UI_MAX);
	if (option_on(&s->opt, OPT_RAW) || (!s->ui.json && value_is_scalar(o->value)))
		buf_str(&b, value_text(o->value));
	else
		json_write(&b, o->value, 0);
	if (!option_on(&s->opt, OPT_RAW))
		buf_char(&b, '\n');
	ui_out(&s->ui, &b);
	buf_free(&b);
	return EXIT_DONE;
}

static void print_all(struct session *s, const struct state_output *out, size_t n)
{
	struct pos none = {0};
	struct arena *a = &s->arena;
	struct value *doc = value_map(a, none);
	struct buf b;

	buf_init(&b, UI_MAX);
	if (s->ui.json) {
		for (size_t i = 0; i < n; i++) {
			struct value *o = value_map(a, none);

			value_set(a, o, STR("sensitive"), none, value_bool(a, none, out[i].secret));
			value_set(a, o, STR("value"), none, out[i].value ? out[i].value : value_null(a, none));
			value_set(a, doc, out[i].name, none, o);
		}
		json_write(&b, doc, JSON_PRETTY);
		buf_char(&b, '\n');
	} else {
		stateui_outputs(&b, out, n);
	}
	ui_out(&s->ui, &b);
	buf_free(&b);
}

int cmd_output(struct session *s)
{
	const struct state_output *one;
	struct state_output *out;
	size_t n;

	if (option_on(&s->opt, OPT_RAW) && !s->opt.n_args)
		return session_usage(s, "-raw needs the name of one output");
	if (!session_read_state(s) || !state_outputs(s->state, &s->arena, &out, &n, &s->errs))
		return session_status(s);
	if (!s->opt.n_args) {
		print_all(s, out, n);
		return EXIT_DONE;
	}
	one = find_output(s, out, n, s->opt.args[0]);
	return one ? print_one(s, one) : EXIT_FAILED;
}
