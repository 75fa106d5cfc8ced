/* The canonical form of an IAM policy (semantics 11): one item is a list of one, lists are sets, statements have no
 * order, actions no case, an account is its root, conditions compare text. normal.c parses documents and calls here.
 */
#include "model/normal_policy.h"

#include <stdlib.h>

struct str principal_form(struct str s)
{
	struct str rest = s, part = STR(""), account;

	/* arn:PARTITION:iam::ACCOUNT:root */
	if (!str_starts(s, STR("arn:")) || !str_ends(s, STR(":root")))
		return s;
	for (int i = 0; i < 2; i++)
		str_cut(&rest, ':', &part);
	if (!str_starts(rest, STR("iam::")))
		return s;
	account = str_sub(rest, 5, rest.n - 5);
	return account.n == 12 && str_chr(account, ':', 0) < 0 ? account : s;
}

/* A scalar as a string, its text changed by how. */
static struct value *word(struct arena *a, const struct value *v, struct str (*how)(struct arena *, struct str))
{
	struct value *out;

	if (!value_is_scalar(v))
		return value_copy(a, v);
	out = value_string(a, v->pos, how ? how(a, value_text(v)) : value_text(v));
	out->flags = v->flags & VALUE_SECRET;
	return out;
}

static int order(const void *x, const void *y)
{
	return value_compare(*(struct value *const *)x, *(struct value *const *)y);
}

/* Sorts a list and drops what it holds twice. */
static void make_set(struct value *list)
{
	uint32_t n = 0;

	if (list->list.n)
		qsort(list->list.items, list->list.n, sizeof(*list->list.items), order);
	for (uint32_t i = 0; i < list->list.n; i++)
		if (!n || !value_equal(list->list.items[n - 1], list->list.items[i]))
			list->list.items[n++] = list->list.items[i];
	list->list.n = n;
}

/* One word or a list of them, as a sorted list. */
static struct value *words(struct arena *a, const struct value *v, struct str (*how)(struct arena *, struct str))
{
	struct value *out = value_list(a, v->pos);

	if (v->kind == V_EXPR || v->kind == V_MAP)
		return value_copy(a, v);
	if (v->kind != V_LIST)
		value_append(a, out, word(a, v, how));
	else
		for (uint32_t i = 0; i < v->list.n; i++)
			value_append(a, out, word(a, v->list.items[i], how));
	make_set(out);
	return out;
}

static struct str principal(struct arena *a, struct str s)
{
	(void)a;
	return principal_form(s);
}

/* "*" is {AWS: "*"}; each kind of principal is a set. */
static struct value *principals(struct arena *a, const struct value *v)
{
	struct value *out = value_map(a, v->pos);

	if (value_is_scalar(v) && str_eqc(value_text(v), "*")) {
		value_set(a, out, STR("AWS"), v->pos, words(a, v, NULL));
		return out;
	}
	if (v->kind != V_MAP)
		return value_copy(a, v);
	for (uint32_t i = 0; i < v->map.n; i++) {
		const struct member *m = &v->map.items[i];

		value_set(a, out, m->key, m->pos, words(a, m->value, principal));
	}
	return out;
}

/* {operator: {key: text or list}}: operators and keys have no case, values are sets of text. */
static struct value *conditions(struct arena *a, const struct value *v)
{
	struct value *out = value_map(a, v->pos);

	if (v->kind != V_MAP)
		return value_copy(a, v);
	for (uint32_t i = 0; i < v->map.n; i++) {
		const struct member *op = &v->map.items[i];
		struct value *keys = value_map(a, op->pos);

		if (op->value->kind != V_MAP) {
			value_set(a, out, normal_lower(a, op->key), op->pos, value_copy(a, op->value));
			continue;
		}
		for (uint32_t k = 0; k < op->value->map.n; k++) {
			const struct member *key = &op->value->map.items[k];

			value_set(a, keys, normal_lower(a, key->key), key->pos, words(a, key->value, NULL));
		}
		value_set(a, out, normal_lower(a, op->key), op->pos, keys);
	}
	return out;
}

static struct value *statement(struct arena *a, const struct value *v)
{
	struct value *out = value_map(a, v->pos);

	if (v->kind != V_MAP)
		return value_copy(a, v);
	for (uint32_t i = 0; i < v->map.n; i++) {
		const struct member *m = &v->map.items[i];
		struct value *form;

		if (str_eqc(m->key, "Action") || str_eqc(m->key, "NotAction"))
			form = words(a, m->value, normal_lower);
		else if (str_eqc(m->key, "Resource") || str_eqc(m->key, "NotResource"))
			form = words(a, m->value, NULL);
		else if (str_eqc(m->key, "Principal") || str_eqc(m->key, "NotPrincipal"))
			form = principals(a, m->value);
		else if (str_eqc(m->key, "Condition"))
			form = conditions(a, m->value);
		else
			form = word(a, m->value, NULL);
		value_set(a, out, m->key, m->pos, form);
	}
	return out;
}

struct value *policy_form(struct arena *a, const struct value *doc)
{
	const struct value *given = value_getc(doc, "Statement");
	struct value *out = value_copy(a, doc), *list;

	if (doc->kind != V_MAP || !given || given->kind == V_EXPR)
		return out;
	list = value_list(a, given->pos);
	if (given->kind != V_LIST)
		value_append(a, list, statement(a, given));
	else
		for (uint32_t i = 0; i < given->list.n; i++)
			value_append(a, list, statement(a, given->list.items[i]));
	if (list->list.n)
		qsort(list->list.items, list->list.n, sizeof(*list->list.items), order);
	value_set(a, out, STR("Statement"), given->pos, list);
	if (!value_getc(out, "Version"))
		value_set(a, out, STR("Version"), doc->pos, value_string(a, doc->pos, STR("2008-10-17")));
	return out;
}
