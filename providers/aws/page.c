/* Pagination: the lists of all pages in one output, driven by the model's paginators. flow.c calls it per page. */
#include "providers/aws/flow.h"

#include "providers/aws/model/wiremodel.h"

static const struct pos nowhere = {0};

/* "NextMarker || Contents[-1].Key": the first that is there. An index of -1 is the last element. */
static const struct value *page_value(const struct value *root, struct str expression)
{
	struct str alternative;

	while (expression.n) {
		ptrdiff_t bar = str_find(expression, STR("||"), 0);
		const struct value *v = root;
		struct str step;

		alternative = str_trim(bar < 0 ? expression : str_sub(expression, 0, (size_t)bar));
		expression = bar < 0 ? STR_NONE : str_sub(expression, (size_t)bar + 2, expression.n);
		while (v && str_cut(&alternative, '.', &step)) {
			bool last = str_ends(step, STR("[-1]"));

			v = value_get(v, last ? str_sub(step, 0, step.n - 4) : step);
			if (last)
				v = value_count(v) ? value_at(v, value_count(v) - 1) : NULL;
		}
		if (v && v->kind != V_NULL && (!value_is_scalar(v) || value_text(v).n))
			return v;
	}
	return NULL;
}

/* Append the lists that the paginator names to those that are there. */
static void page_merge(struct flow *f, const struct paginator *p, const struct value *output)
{
	struct call *c = f->c;

	for (size_t i = 0; i < p->n_result; i++) {
		struct str path = page_list(c->op, p->result, i);
		const struct value *more = value_path(output, path);
		struct value *have = value_path(c->output, path);

		if (!more || more->kind == V_NULL)
			continue;
		if (!have || have->kind == V_NULL) {
			c->output = value_with(c->arena, c->output, path, value_copy(c->arena, more));
		} else if (more->kind == V_LIST && have->kind == V_LIST) {
			for (size_t j = 0; j < more->list.n; j++)
				value_append(c->arena, have, more->list.items[j]);
		} else if (more->kind == V_MAP && have->kind == V_MAP) {
			for (size_t j = 0; j < more->map.n; j++)
				value_set(c->arena, have, more->map.items[j].key, nowhere, more->map.items[j].value);
		}
	}
}

static bool page_has_more(const struct call *c, const struct paginator *p, const struct value *output)
{
	struct str more = op_str(c->op, p->more);
	bool b;

	return !more.n || (value_as_bool(page_value(output, more), &b) && b);
}

/* The input that asks for the page behind this output; NULL if this was the last. */
static struct value *page_next(struct flow *f, const struct paginator *p, const struct value *output, struct str *token)
{
	struct call *c = f->c;
	struct value *input = value_map(c->arena, nowhere);
	struct buf all;
	bool any = false;

	for (size_t i = 0; i < value_count(c->input); i++)
		value_set(c->arena, input, c->input->map.items[i].key, nowhere, c->input->map.items[i].value);
	buf_init(&all, 1 << 20);
	for (size_t i = 0; i < p->n_in && i < p->n_out; i++) {
		const struct value *v = page_value(output, page_list(c->op, p->out, i));
		struct str name = page_list(c->op, p->in, i);

		value_del(input, name);
		if (!v)
			continue;
		value_set(c->arena, input, name, nowhere, value_copy(c->arena, v));
		any = true;
		buf_str(&all, value_text(v));
		buf_char(&all, '\n');
	}
	*token = buf_take(&all, c->arena);
	return any ? input : NULL;
}

/* The answer is whole: a token in it would only mislead. */
static void page_drop_tokens(const struct call *c, const struct paginator *p)
{
	for (size_t i = 0; i < p->n_out; i++) {
		struct str name = page_list(c->op, p->out, i);

		if (str_chr(name, '.', 0) < 0 && str_chr(name, '|', 0) < 0)
			value_del(c->output, name);
	}
}

bool page_add(struct flow *f, struct value *output, bool *failed)
{
	struct call *c = f->c;
	const struct paginator *p = c->all_pages ? op_paginator(c->op) : NULL;
	struct value *input;
	struct str token;

	*failed = false;
	c->pages++;
	if (!c->output)
		c->output = output;
	else if (p)
		page_merge(f, p, output);
	if (!p)
		return false;
	input = page_has_more(c, p, output) ? page_next(f, p, output, &token) : NULL;
	if (!input) {
		page_drop_tokens(c, p);
		return false;
	}
	if (f->page_token.n && str_eq(token, f->page_token)) {
		*failed = true;
		return false;
	}
	f->page_token = token;
	f->input = input;
	return true;
}
