/* drplan import: resources that exist become the stack's, by their ids or by the tags that drplan gave them. Nothing is
 * changed in AWS. */
#include "cmd/cmd.h"

#include "base/json.h"
#include "planner/import.h"

#include <unistd.h>

struct request {
	struct str stack;
	struct import *items;
	size_t n;
};

/* -from=FILE: a map of addresses to ids, in the form of a -var-file. */
static bool read_file(struct session *s, struct request *r)
{
	struct stack_var *read = NULL;
	size_t n = 0;

	if (!stack_read_vars(&s->arena, option_text(&s->opt, OPT_FROM), &read, &n, &s->errs))
		return false;
	r->items = arena_array(&s->arena, n + 1, sizeof(r->items[0]));
	for (size_t i = 0; i < n; i++)
		r->items[r->n++] =
		    (struct import){.address = read[i].name, .id = read[i].value, .pos = read[i].name_pos};
	return true;
}

/* 0: go on. */
static int read_request(struct session *s, struct request *r)
{
	const struct str *args = s->opt.args;
	size_t n = s->opt.n_args;

	if (option_on(&s->opt, OPT_FROM_TAGS)) {
		if (n > 1 || option_given(&s->opt, OPT_FROM))
			return session_usage(
			    s, "--from-tags looks for everything itself; beside it stands the stack alone");
		r->stack = n ? args[0] : STR_NONE;
		return 0;
	}
	if (option_given(&s->opt, OPT_FROM)) {
		if (n > 1)
			return session_usage(s, "-from=FILE says what is imported; beside it stands the stack alone");
		r->stack = n ? args[0] : STR_NONE;
		return read_file(s, r) ? 0 : EXIT_FAILED;
	}
	if (n < 2 || (n == 2 && access(args[0].p, F_OK) == 0))
		return session_usage(s, "it needs an address and an id, or -from=FILE");
	r->stack = n == 3 ? args[0] : STR_NONE;
	r->items = arena_new(&s->arena, struct import);
	r->items[0] = (struct import){.address = args[n - 2], .id = args[n - 1]};
	r->n = 1;
	return 0;
}

static struct value *item_json(struct arena *a, const struct import *i)
{
	struct pos none = {0};
	struct value *m = value_map(a, none);

	value_set(a, m, STR("address"), none, value_string(a, none, i->address));
	value_set(a, m, STR("type"), none, value_string(a, none, type_name(i->type)));
	value_set(a, m, STR("id"), none, value_string(a, none, i->id));
	if (i->assumed.n)
		value_set(a, m, STR("assumed"), none, value_string(a, none, i->assumed));
	return m;
}

static void print_json(struct session *s, const struct request *r)
{
	struct value *list = value_list(&s->arena, (struct pos){0});

	for (size_t i = 0; i < r->n; i++)
		value_append(&s->arena, list, item_json(&s->arena, &r->items[i]));
	ui_json(&s->ui, list);
}

static void print_text(struct session *s, const struct request *r)
{
	struct buf b;

	buf_init(&b, UI_MAX);
	for (size_t i = 0; i < r->n; i++) {
		buf_cstr(&b, "  ");
		ui_text(&b, r->items[i].address);
		buf_cstr(&b, " imported  ");
		ui_text(&b, r->items[i].id);
		if (r->items[i].assumed.n) {
			buf_cstr(&b, "  (taken to be as written: ");
			ui_text(&b, r->items[i].assumed);
			buf_char(&b, ')');
		}
		buf_char(&b, '\n');
	}
	buf_fmt(&b, "\nImport complete: %zu resource%s. drplan plan shows where the stack differs from what is live.\n",
		r->n, r->n == 1 ? "" : "s");
	ui_out(&s->ui, &b);
	buf_free(&b);
}

static void tell_lost(struct session *s, const struct import_found *found)
{
	for (size_t i = 0; i < found->n_lost; i++) {
		const struct import_lost *l = &found->lost[i];
		struct err *e = err_add(&s->errs, ERR_REMOTE, l->pos, "it was not found: %.*s", STR_ARG(l->why));

		e->address = l->address;
		err_help(&s->errs, e, "where it exists, `drplan import %.*s ID` takes it over", STR_ARG(l->address));
	}
}

/* --from-tags: the stack is rendered once more where the state goes on as the one that was lost. */
static bool find(struct session *s, struct request *r, const struct plan_options *opt, struct import_found *found)
{
	if (!import_find(&s->arena, &s->env, opt, found, &s->errs))
		return false;
	if (found->lineage.n) {
		state_take_lineage(s->state, found->lineage);
		if (!state_commit(s->state, &s->errs) || !session_load(s, r->stack) || !session_bind(s) ||
		    !import_find(&s->arena, &s->env, opt, found, &s->errs))
			return false;
	}
	r->items = found->items;
	r->n = found->n;
	return true;
}

int cmd_import(struct session *s)
{
	struct plan_options opt;
	struct import_found found = {0};
	struct request r = {0};
	int status = read_request(s, &r);

	if (status)
		return status;
	if (!session_load(s, r.stack) || !session_open(s))
		return session_status(s);
	session_plan_options(s, &opt);
	if (option_on(&s->opt, OPT_FROM_TAGS) && !find(s, &r, &opt, &found))
		return session_status(s);
	if (!import_run(&s->arena, &s->env, &opt, r.items, r.n, &s->errs))
		return session_status(s);
	if (s->ui.json)
		print_json(s, &r);
	else
		print_text(s, &r);
	tell_lost(s, &found);
	return found.n_lost ? session_status(s) : EXIT_DONE;
}
