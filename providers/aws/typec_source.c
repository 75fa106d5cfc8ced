/* Sources and conditions of a type text: where a request's value comes from ($id, {A}-{B}, constants), and what a call,
 * a variant or a chosen element asks of properties. Their paths are resolved by typec_path.c.
 */
#include "providers/aws/typec.h"

static uint16_t source_add(struct typec *tc, struct call_source s)
{
	return table_one(&tc->sources_, &s);
}

static uint16_t source_var(struct typec *tc, struct text_type *t, struct piece p)
{
	static const struct {
		const char *name;
		enum source_kind kind;
	} fixed[] = {{"id", SRC_ID}, {"arn", SRC_ARN}, {"region", SRC_REGION}, {"account", SRC_ACCOUNT},
		     {"partition", SRC_PARTITION}, {"suffix", SRC_SUFFIX}, {"undo", SRC_UNDO}, {"op", SRC_OP}, {"found", SRC_FOUND},
		     {"snapshot", SRC_SNAPSHOT}, {"element", SRC_ELEMENT}, {"elements", SRC_ELEMENTS}};
	struct str rest_of = p.s, name;

	str_cut(&rest_of, '.', &name);

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (str_eqc(p.s, fixed[i].name)) {
			if (fixed[i].kind == SRC_ACCOUNT)
				t->def.flags |= DEF_NEEDS_ACCOUNT;
			return source_add(tc, (struct call_source){.kind = (uint8_t)fixed[i].kind});
		}
	for (size_t i = 0; i < t->n_vars; i++)
		if (str_eq(str_sub(t->vars[i], 1, t->vars[i].n), name)) {
			struct call_source s = {.kind = SRC_VAR, .index = (uint8_t)i};
			struct piece rest = piece_sub(p, name.n + 1, p.s.n);

			if (name.n < p.s.n && !path_wire(tc, t, rest, shape_inside(t->var_shapes[i]), &s.path, NULL))
				return 0;
			return source_add(tc, s);
		}
	piece_error(tc, p, str_fmt(&tc->arena, "unknown variable '$%.*s'", STR_ARG(p.s)));
	return 0;
}

/* A path below the element of the facet at hand. */
static uint16_t source_element(struct typec *tc, struct text_type *t, struct piece p, enum source_kind kind)
{
	const struct schema *root = t->schema;
	struct call_source s = {.kind = (uint8_t)kind};
	bool ok;

	if (!t->element) {
		piece_error(tc, p, STR("there is no facet's element here that could have a part"));
		return 0;
	}
	t->schema = t->element;
	ok = path_prop(tc, t, p, &s.path);
	t->schema = root;
	return ok ? source_add(tc, s) : 0;
}

/* What stands behind a '$'. */
static uint16_t source_dollar(struct typec *tc, struct text_type *t, struct piece p)
{
	struct call_source s = {0};

	if (str_starts(p.s, STR("prior."))) {
		s.kind = SRC_PRIOR;
		return path_prop(tc, t, piece_sub(p, 6, p.s.n), &s.path) ? source_add(tc, s) : 0;
	}
	if (str_starts(p.s, STR("found."))) {
		s.kind = SRC_FOUND;
		return path_scoped(tc, t, piece_sub(p, 6, p.s.n), &t->found, &s.path, &s.index, NULL) ?
		       source_add(tc, s) : 0;
	}
	if (str_starts(p.s, STR("answer."))) {
		s.kind = SRC_ANSWER;
		return path_wire(tc, t, piece_sub(p, 7, p.s.n), t->answer, &s.path, NULL) ? source_add(tc, s) : 0;
	}
	if (str_starts(p.s, STR("element.")))
		return source_element(tc, t, piece_sub(p, 8, p.s.n), SRC_ELEMENT);
	if (str_starts(p.s, STR("elements.")))
		return source_element(tc, t, piece_sub(p, 9, p.s.n), SRC_ELEMENTS);
	if (p.s.n && p.s.p[0] >= 'A' && p.s.p[0] <= 'Z') {
		s.kind = SRC_PROP;
		if (!path_prop(tc, t, p, &s.path))
			return 0;
		if (t->n_used < TYPEC_USED)
			t->used[t->n_used++] = p.s;
		return source_add(tc, s);
	}
	return source_var(tc, t, p);
}

/* One name of a template: a variable, a property, or with a scope a path of the element at hand. */
static uint16_t template_name(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope)
{
	struct call_source s = {.kind = SRC_PROP};

	if (p.s.n && p.s.p[0] == '$')
		return source_dollar(tc, t, piece_sub(p, 1, p.s.n));
	if (scope) {
		s.kind = SRC_HERE;
		return path_scoped(tc, t, p, scope, &s.path, &s.index, NULL) ? source_add(tc, s) : 0;
	}
	return path_prop(tc, t, p, &s.path) ? source_add(tc, s) : 0;
}

/* "A into B at C". */
static uint16_t template_member(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope)
{
	ptrdiff_t into = str_find(p.s, STR(" into "), 0), at = str_find(p.s, STR(" at "), 0);
	struct call_source rows[3], s;
	uint16_t parts[3];

	if (at < into) {
		piece_error(tc, p, STR("'VALUE into DOCUMENT at KEY' is wanted here"));
		return 0;
	}
	parts[0] = template_name(tc, t, piece_sub(p, 0, (size_t)into), scope);
	parts[1] = template_name(tc, t, piece_sub(p, (size_t)into + 6, (size_t)at), scope);
	parts[2] = template_name(tc, t, piece_sub(p, (size_t)at + 4, p.s.n), scope);
	for (size_t i = 0; i < 3; i++) {
		if (!parts[i])
			return 0;
		rows[i] = *ROW(tc, sources_, call_source, parts[i]);
	}
	s = (struct call_source){.kind = SRC_MEMBER, .parts = table_add(&tc->sources_, rows, 3)};
	return source_add(tc, s);
}

/* "A unless text". */
static uint16_t template_unless(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope)
{
	ptrdiff_t word = str_find(p.s, STR(" unless "), 0);
	uint16_t of = template_name(tc, t, piece_sub(p, 0, (size_t)word), scope);
	struct call_source s = {.kind = SRC_UNLESS, .parts = {of, 1}};

	if (!of)
		return 0;
	s.text = pool_add(&tc->pool, str_sub(p.s, (size_t)word + 8, p.s.n));
	return source_add(tc, s);
}

/* "A=value?text". */
static uint16_t template_where(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope)
{
	size_t is = (size_t)str_chr(p.s, '=', 0), mark = (size_t)str_chr(p.s, '?', 0);
	uint16_t of = template_name(tc, t, piece_sub(p, 0, is), scope);
	struct call_source s = {.kind = SRC_IF}, rows[2] = {{0}, {.kind = SRC_TEXT}};

	if (!of)
		return 0;
	rows[0] = *ROW(tc, sources_, call_source, of);
	rows[1].text = pool_add(&tc->pool, str_sub(p.s, is + 1, mark));
	s.parts = table_add(&tc->sources_, rows, 2);
	s.text = pool_add(&tc->pool, str_sub(p.s, mark + 1, p.s.n));
	return source_add(tc, s);
}

/* The inside of one pair of braces: "A", "A,B", "A?text", "A=value?text", "A!text", "A unless text", "A into B at C". */
static uint16_t template_part(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope)
{
	struct call_source s = {0};
	uint16_t parts[8];
	struct call_source rows[8];
	size_t n = 0;
	ptrdiff_t mark = str_chr(p.s, '?', 0);

	if (str_find(p.s, STR(" into "), 0) > 0)
		return template_member(tc, t, p, scope);
	if (str_find(p.s, STR(" unless "), 0) > 0)
		return template_unless(tc, t, p, scope);
	if (mark > 0 && str_chr(str_sub(p.s, 0, (size_t)mark), '=', 0) > 0)
		return template_where(tc, t, p, scope);
	s.kind = SRC_IF;
	if (mark < 0) {
		mark = str_chr(p.s, '!', 0);
		s.kind = SRC_ELSE;
	}
	if (mark < 0) {
		mark = str_chr(p.s, '>', 0);
		s.kind = SRC_AFTER;
	}
	if (mark >= 0) {
		uint16_t of = template_name(tc, t, piece_sub(p, 0, (size_t)mark), scope);

		if (!of)
			return 0;
		s.text = pool_add(&tc->pool, str_sub(p.s, (size_t)mark + 1, p.s.n));
		s.parts = (struct span){of, 1};
		return source_add(tc, s);
	}
	if (str_chr(p.s, ',', 0) < 0)
		return template_name(tc, t, p, scope);
	while (p.s.n && n < 8) {
		ptrdiff_t comma = str_chr(p.s, ',', 0);
		size_t end = comma < 0 ? p.s.n : (size_t)comma;

		parts[n] = template_name(tc, t, piece_sub(p, 0, end), scope);
		if (!parts[n])
			return 0;
		n++;
		p = piece_sub(p, end + 1, p.s.n);
	}
	for (size_t i = 0; i < n; i++)
		rows[i] = *ROW(tc, sources_, call_source, parts[i]);
	s = (struct call_source){.kind = SRC_CHOICE, .parts = table_add(&tc->sources_, rows, n)};
	return source_add(tc, s);
}

static uint16_t source_template(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope)
{
	struct call_source rows[16], s;
	size_t n = 0;

	while (p.s.n && n < 16) {
		ptrdiff_t open = str_chr(p.s, '{', 0), close;
		uint16_t part;

		if (open != 0) {
			size_t end = open < 0 ? p.s.n : (size_t)open;

			rows[n++] = (struct call_source){.kind = SRC_TEXT, .text = pool_add(&tc->pool, str_sub(p.s, 0, end))};
			p = piece_sub(p, end, p.s.n);
			continue;
		}
		close = str_chr(p.s, '}', 0);
		if (close < 0) {
			piece_error(tc, p, STR("'{' without '}'"));
			return 0;
		}
		part = template_part(tc, t, piece_sub(p, 1, (size_t)close), scope);
		if (!part)
			return 0;
		rows[n++] = *ROW(tc, sources_, call_source, part);
		p = piece_sub(p, (size_t)close + 1, p.s.n);
	}
	s = (struct call_source){.kind = SRC_TEMPLATE, .parts = table_add(&tc->sources_, rows, n)};
	return source_add(tc, s);
}

uint16_t source_template_here(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope)
{
	return source_template(tc, t, p, scope);
}

uint16_t source_of(struct typec *tc, struct text_type *t, struct piece p)
{
	if (str_starts(p.s, STR("$$")))
		return source_add(tc, (struct call_source){.kind = SRC_TEXT, .text = pool_add(&tc->pool, str_sub(p.s, 1, p.s.n))});
	if (p.s.n && p.s.p[0] == '$')
		return source_dollar(tc, t, piece_sub(p, 1, p.s.n));
	if (str_chr(p.s, '{', 0) >= 0)
		return source_template(tc, t, p, NULL);
	return source_add(tc, (struct call_source){.kind = SRC_TEXT, .text = pool_add(&tc->pool, p.s)});
}

/* --- documents ---------------------------------------------------------------------------------------------------- */

/* What a document goes into, and what is taken out of that: {Into: $text, Without: [Name]}. */
static size_t document_base(struct typec *tc, struct text_type *t, const struct value *v, struct call_source *rows)
{
	const struct value *into = text_get(v, "Into"), *without = text_get(v, "Without");
	size_t n = 0;

	if (into)
		rows[n++] = *ROW(tc, sources_, call_source, source_value_of(tc, t, into));
	if (without && !into)
		err_at(&tc->errs, without->pos, "Without wants Into: the document that they are taken out of");
	for (size_t i = 0; into && i < text_room(tc, without, 16); i++)
		rows[n++] = (struct call_source){.kind = SRC_NAMED, .text = pool_add(&tc->pool, text_scalar(tc, text_item(without, i)))};
	return n;
}

static uint16_t source_map(struct typec *tc, struct text_type *t, const struct value *v)
{
	struct call_source rows[40], s = {.kind = SRC_MAP, .index = text_get(v, "Into") != NULL};
	size_t n = document_base(tc, t, v, rows);

	for (size_t i = 0, most = text_members(tc, v, 20); i < most; i++) {
		const struct member *m = &v->map.items[i];
		uint16_t value;

		if (str_eqc(m->key, "Into") || str_eqc(m->key, "Without"))
			continue;
		value = source_value_of(tc, t, m->value);
		rows[n++] = (struct call_source){.kind = SRC_NAMED, .text = pool_add(&tc->pool, m->key), .parts = {value, 1}};
	}
	s.parts = table_add(&tc->sources_, rows, n);
	return source_add(tc, s);
}

static uint16_t source_list(struct typec *tc, struct text_type *t, const struct value *v)
{
	struct call_source rows[32], s = {.kind = SRC_LIST};
	size_t n = 0;

	for (size_t i = 0; i < value_count(v) && n < 32; i++)
		rows[n++] = *ROW(tc, sources_, call_source, source_value_of(tc, t, value_at(v, i)));
	s.parts = table_add(&tc->sources_, rows, n);
	return source_add(tc, s);
}

uint16_t source_value_of(struct typec *tc, struct text_type *t, const struct value *v)
{
	if (v->kind == V_MAP && !value_count(v))
		return source_add(tc, (struct call_source){.kind = SRC_EMPTY});
	if (v->kind == V_MAP)
		return source_map(tc, t, v);
	if (v->kind == V_LIST)
		return source_list(tc, t, v);
	return source_of(tc, t, (struct piece){v, text_scalar(tc, v)});
}

/* --- conditions --------------------------------------------------------------------------------------------------- */

static bool cond_path(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope, struct span *out)
{
	uint8_t up;

	if (!scope)
		return path_prop(tc, t, p, out);
	if (scope == &t->found && !scope_has(scope, p.s)) {
		for (size_t i = 0; i < t->further.n; i++) {
			struct scope one = {.shapes = {t->further.shapes[i]}, .n = 1};

			if (scope_has(&one, p.s))
				return path_scoped(tc, t, p, &one, out, &up, NULL);
		}
	}
	if (!path_scoped(tc, t, p, scope, out, &up, NULL))
		return false;
	if (up)
		piece_error(tc, p, STR("a condition looks at the element itself, and this is outside of it"));
	return !up;
}

static size_t cond_operator(struct str s, enum cond_op *op, size_t *width)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		depth += s.p[i] == '(';
		depth -= depth && s.p[i] == ')';
		if (s.p[i] != '=' || depth)
			continue;
		*op = COND_IS;
		*width = 1;
		if (i && s.p[i - 1] == '?')
			*op = COND_IS_OR_UNSET;
		else if (i && s.p[i - 1] == '!')
			*op = COND_NOT;
		else if (i && s.p[i - 1] == '>')
			*op = COND_MANY;
		if (*op != COND_IS) {
			*width = 2;
			return i - 1;
		}
		return i;
	}
	return s.n;
}

static struct piece piece_trim(struct piece p)
{
	return (struct piece){p.v, str_trim(p.s)};
}

bool cond_one(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope,
	      struct call_cond *out)
{
	enum cond_op op = COND_SET;
	size_t width = 0, at;
	struct call_source values[16];
	size_t n = 0;

	p = piece_trim(p);
	if (p.s.n && p.s.p[0] == '!') {
		*out = (struct call_cond){.op = COND_UNSET};
		return cond_path(tc, t, piece_sub(p, 1, p.s.n), scope, &out->path);
	}
	at = cond_operator(p.s, &op, &width);
	*out = (struct call_cond){.op = (uint8_t)op};
	if (!cond_path(tc, t, piece_sub(p, 0, at), scope, &out->path))
		return false;
	if (op == COND_MANY) {
		values[n] = (struct call_source){.kind = SRC_FOUND};
		if (!cond_path(tc, t, piece_trim(piece_sub(p, at + width, p.s.n)), scope, &values[n++].path))
			return false;
	}
	for (struct piece rest = piece_sub(p, at + width, p.s.n); op != COND_SET && op != COND_MANY && rest.s.n && n < 16;) {
		ptrdiff_t bar = str_chr(rest.s, '|', 0);
		size_t end = bar < 0 ? rest.s.n : (size_t)bar;
		uint16_t value = source_of(tc, t, piece_sub(rest, 0, end));

		if (!value)
			return false;
		values[n++] = *ROW(tc, sources_, call_source, value);
		rest = piece_sub(rest, end + 1, rest.s.n);
	}
	out->values = table_add(&tc->sources_, values, n);
	return true;
}

struct span conds_of(struct typec *tc, struct text_type *t, const struct value *v, const struct scope *scope)
{
	struct call_cond conds[8];
	size_t n = 0;

	for (size_t i = 0; i < text_room(tc, v, 8); i++) {
		const struct value *item = text_item(v, i);

		if (!cond_one(tc, t, (struct piece){item, text_scalar(tc, item)}, scope, &conds[n]))
			return (struct span){0, 0};
		n++;
	}
	return table_add(&tc->conds, conds, n);
}
