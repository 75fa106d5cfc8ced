/* What the tests of stacks/ share: a stack from text, loaded and rendered, and what came of it as one line. */
#ifndef DRPLAN_TESTS_STACKCASE_H
#define DRPLAN_TESTS_STACKCASE_H

#include "tests/unit/check.h"

#include "base/json.h"
#include "stacks/stackpriv.h"

struct stackcase {
	struct arena arena;
	struct sources sources;
	struct errs errs;
	struct stack_options opt;
	struct stack *stack;
	bool rendered;
};

static inline void case_begin(struct stackcase *c)
{
	*c = (struct stackcase){.opt = {.path = STR_INIT("test.yaml"), .default_region = STR_INIT("eu-west-1")}};
}

static inline void case_load(struct stackcase *c, const char *text)
{
	c->errs = (struct errs){.arena = &c->arena, .sources = &c->sources};
	c->stack = stack_load_text(&c->arena, &c->opt, str_of(text), &c->errs);
	c->rendered = c->stack && stack_render(c->stack, &c->errs);
	errs_sort(&c->errs);
}

static inline void case_end(struct stackcase *c)
{
	arena_free(&c->arena);
}

/* The first error as "line:col: message", or an empty text. */
static inline struct str case_error(struct stackcase *c)
{
	for (size_t i = 0; i < c->errs.n; i++) {
		const struct err *e = &c->errs.items[i];

		if (e->level == LEVEL_ERROR)
			return str_fmt(&c->arena, "%u:%u: %.*s", e->pos.line, e->pos.col, STR_ARG(e->message));
	}
	return STR("");
}

static inline struct str value_line(struct arena *a, const struct value *v)
{
	struct buf b;

	buf_init(&b, 1u << 20);
	expr_write(&b, v, 0);
	return buf_take(&b, a);
}

static inline struct str case_output(struct stackcase *c, const char *name)
{
	for (size_t i = 0; c->stack && i < c->stack->n_outputs; i++)
		if (str_eqc(c->stack->outputs[i].name, name))
			return value_line(&c->arena, c->stack->outputs[i].value);
	return STR("(no output)");
}

static inline struct str case_props(struct stackcase *c, const char *address)
{
	const struct resource *res = c->stack ? stack_find(c->stack, str_of(address)) : NULL;

	return res ? value_line(&c->arena, res->props) : STR("(no resource)");
}

#endif
