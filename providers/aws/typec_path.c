/* Paths, conditions, sources and mapping lines: the small language inside the scalars of a type text. A path is
 * resolved against the models as it is read, so that nothing that is not there gets into the tables.
 */
#include "providers/aws/typec.h"

#include <string.h>

#define PATH_STEPS 24

static struct piece piece_sub(struct piece p, size_t from, size_t to)
{
	return (struct piece){p.v, str_sub(p.s, from, to)};
}

static struct piece piece_trim(struct piece p)
{
	return (struct piece){p.v, str_trim(p.s)};
}

/* Where a piece stands in its scalar; 0 for text that was made up. */
static size_t piece_at(struct piece p)
{
	struct str whole = p.v->kind == V_STRING ? p.v->text : STR_NONE;

	if (whole.n && p.s.p >= whole.p && p.s.p <= whole.p + whole.n)
		return (size_t)(p.s.p - whole.p);
	return 0;
}

static void piece_error(struct typec *tc, struct piece p, struct str message)
{
	text_error(tc, p.v, piece_at(p), "%.*s", STR_ARG(message));
}

struct str shape_find(const struct shape *s, struct str name)
{
	if (!s || shape_kind(s) != SHAPE_STRUCTURE)
		return STR_NONE;
	if (shape_member(s, name))
		return name;
	for (size_t i = 0; i < shape_member_count(s); i++)
		if (str_eq_nocase(shape_member_name(s, i), name))
			return shape_member_name(s, i);
	return STR_NONE;
}

const struct shape *shape_inside(const struct shape *s)
{
	while (s && shape_kind(s) == SHAPE_LIST)
		s = shape_element(s);
	return s;
}

static struct str shape_suggest(struct typec *tc, const struct shape *s, struct str name)
{
	size_t n = s && shape_kind(s) == SHAPE_STRUCTURE ? shape_member_count(s) : 0;
	struct str *names = arena_array(&tc->arena, n + 1, sizeof *names);

	for (size_t i = 0; i < n; i++)
		names[i] = shape_member_name(s, i);
	return err_suggest(&tc->arena, name, names, n);
}

/* The next "name" or "name(conditions)" of a path. */
struct path_part {
	struct piece name, conds;
	bool has_conds;
};

static bool path_cut(struct typec *tc, struct piece *rest, struct path_part *out)
{
	size_t n = 0, depth = 0, open = 0;

	*out = (struct path_part){0};
	while (n < rest->s.n && (rest->s.p[n] != '.' || depth)) {
		if (rest->s.p[n] == '(' && !depth++)
			open = n;
		else if (rest->s.p[n] == ')' && depth)
			depth--;
		n++;
	}
	if (depth || !n) {
		piece_error(tc, *rest, depth ? STR("'(' without ')'") : STR("a name is missing in this path"));
		return false;
	}
	out->has_conds = rest->s.p[n - 1] == ')';
	out->name = piece_sub(*rest, 0, out->has_conds ? open : n);
	if (out->has_conds)
		out->conds = piece_sub(*rest, open + 1, n - 1);
	*rest = piece_sub(*rest, n + 1, rest->s.n);
	return true;
}

static bool cond_one(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope,
		     struct call_cond *out);

/* Conditions joined by '&', of the elements of a list. */
static struct span select_conds(struct typec *tc, struct text_type *t, struct piece p, const struct shape *element)
{
	struct scope scope = {.shapes = {element}, .n = 1};
	struct call_cond conds[8];
	size_t n = 0;

	while (p.s.n && n < 8) {
		ptrdiff_t amp = str_chr(p.s, '&', 0);
		size_t end = amp < 0 ? p.s.n : (size_t)amp;

		if (!cond_one(tc, t, piece_sub(p, 0, end), &scope, &conds[n]))
			return (struct span){0, 0};
		n++;
		p = piece_sub(p, end + 1, p.s.n);
	}
	return table_add(&tc->conds, conds, n);
}

bool path_wire(struct typec *tc, struct text_type *t, struct piece p, const struct shape *root, struct span *out,
	       const struct shape **end)
{
	struct call_step steps[PATH_STEPS] = {0};
	const struct shape *at = root;
	size_t n = 0;

	while (p.s.n && n < PATH_STEPS) {
		struct path_part part;
		const struct shape *inside = shape_inside(at);

		if (!path_cut(tc, &p, &part))
			return false;
		if (inside && shape_kind(inside) == SHAPE_MAP) {
			at = shape_element(inside);
		} else if (!inside || !shape_member(inside, part.name.s)) {
			struct str near = shape_suggest(tc, inside, part.name.s);

			piece_error(tc, part.name, str_fmt(&tc->arena, "there is no '%.*s' here in the API%.*s",
							   STR_ARG(part.name.s), STR_ARG(near)));
			return false;
		} else {
			at = shape_member(inside, part.name.s);
		}
		steps[n].name = pool_add(&tc->pool, part.name.s);
		steps[n].list = shape_kind(at) == SHAPE_LIST;
		steps[n].map = shape_kind(at) == SHAPE_MAP;
		if (part.has_conds && !steps[n].list) {
			piece_error(tc, part.conds, STR("conditions select among a list, and this is not one"));
			return false;
		}
		if (part.has_conds)
			steps[n].conds = select_conds(tc, t, part.conds, shape_inside(at));
		n++;
	}
	*out = table_add(&tc->steps, steps, n);
	if (end)
		*end = at;
	return true;
}

bool path_scoped(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope, struct span *out,
		 uint8_t *up, const struct shape **end)
{
	struct piece rest = p;
	struct path_part part;

	if (!path_cut(tc, &rest, &part))
		return false;
	for (size_t i = 0; i < scope->n; i++)
		if (scope->shapes[i] && shape_kind(scope->shapes[i]) == SHAPE_STRUCTURE &&
		    shape_member(scope->shapes[i], part.name.s)) {
			*up = (uint8_t)i;
			return path_wire(tc, t, p, scope->shapes[i], out, end);
		}
	*up = 0;
	return path_wire(tc, t, p, scope->n ? scope->shapes[0] : NULL, out, end);
}

bool path_prop(struct typec *tc, struct text_type *t, struct piece p, struct span *out)
{
	struct call_step steps[PATH_STEPS] = {0};
	const struct schema *at = t->schema;
	size_t n = 0;

	while (p.s.n && n < PATH_STEPS) {
		struct path_part part;
		const struct schema *next;

		if (!path_cut(tc, &p, &part))
			return false;
		while (schema_items(at) && !schema_prop_count(at))
			at = schema_items(at);
		next = schema_prop(at, part.name.s);
		if (!next) {
			size_t count = schema_prop_count(at);
			struct str *names = arena_array(&tc->arena, count + 1, sizeof *names), near;

			for (size_t i = 0; i < count; i++)
				names[i] = schema_prop_name(at, i);
			near = err_suggest(&tc->arena, part.name.s, names, count);
			piece_error(tc, part.name, str_fmt(&tc->arena, "%.*s has no property '%.*s'%.*s", STR_ARG(t->name),
							   STR_ARG(part.name.s), STR_ARG(near)));
			return false;
		}
		steps[n].name = pool_add(&tc->pool, part.name.s);
		steps[n].list = (schema_types(next) & SCHEMA_ARRAY) != 0;
		n++;
		at = next;
	}
	*out = table_add(&tc->steps, steps, n);
	return true;
}

/* --- sources ------------------------------------------------------------------------------------------------------ */

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
		     {"partition", SRC_PARTITION}, {"undo", SRC_UNDO}, {"op", SRC_OP}, {"found", SRC_FOUND},
		     {"snapshot", SRC_SNAPSHOT}, {"element", SRC_ELEMENT}, {"elements", SRC_ELEMENTS}};

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (str_eqc(p.s, fixed[i].name)) {
			if (fixed[i].kind == SRC_ACCOUNT)
				t->def.flags |= DEF_NEEDS_ACCOUNT;
			return source_add(tc, (struct call_source){.kind = (uint8_t)fixed[i].kind});
		}
	for (size_t i = 0; i < t->n_vars; i++)
		if (str_eq(str_sub(t->vars[i], 1, t->vars[i].n), p.s))
			return source_add(tc, (struct call_source){.kind = SRC_VAR, .index = (uint8_t)i});
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

/* The inside of one pair of braces: "A", "A,B", "A?text", "A!text", "A unless text", "A into B at C". */
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

/* --- conditions --------------------------------------------------------------------------------------------------- */

static bool cond_path(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope, struct span *out)
{
	uint8_t up;

	if (!scope)
		return path_prop(tc, t, p, out);
	if (!path_scoped(tc, t, p, scope, out, &up, NULL))
		return false;
	if (up)
		piece_error(tc, p, STR("a condition looks at the element itself, and this is outside of it"));
	return !up;
}

static size_t cond_operator(struct str s, enum cond_op *op, size_t *width)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '=')
			continue;
		*op = COND_IS;
		*width = 1;
		if (i && s.p[i - 1] == '?')
			*op = COND_IS_OR_UNSET;
		else if (i && s.p[i - 1] == '!')
			*op = COND_NOT;
		if (*op != COND_IS) {
			*width = 2;
			return i - 1;
		}
		return i;
	}
	return s.n;
}

static bool cond_one(struct typec *tc, struct text_type *t, struct piece p, const struct scope *scope,
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
	for (struct piece rest = piece_sub(p, at + width, p.s.n); op != COND_SET && rest.s.n && n < 16;) {
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

/* --- scopes and mapping lines ------------------------------------------------------------------------------------- */

bool scope_enter(struct typec *tc, struct text_type *t, const struct value *path, const struct shape *root,
		 struct scope *scope, struct span *out)
{
	struct piece p = {path, text_scalar(tc, path)}, rest = p;
	const struct shape *at = root;
	struct scope s = {.shapes = {root}, .n = 1};

	if (!path_wire(tc, t, p, root, out, NULL))
		return false;
	while (rest.s.n && s.n < TYPEC_SCOPES) {
		struct path_part part;

		if (!path_cut(tc, &rest, &part))
			return false;
		at = shape_inside(at);
		at = at && shape_kind(at) == SHAPE_MAP ? shape_element(at) : shape_member(at, part.name.s);
		memmove(s.shapes + 1, s.shapes, s.n * sizeof *s.shapes);
		s.shapes[0] = shape_inside(at);
		s.n++;
	}
	*scope = s;
	return true;
}

bool map_line_of(struct typec *tc, const struct value *v, struct map_line *out)
{
	struct str rest = text_scalar(tc, v), arrow, word;

	*out = (struct map_line){.prop = {v, text_word(&rest)}};
	arrow = text_word(&rest);
	out->path = (struct piece){v, text_word(&rest)};
	if (str_eqc(arrow, "<->"))
		out->arrow = ARROW_BOTH;
	else if (str_eqc(arrow, "->"))
		out->arrow = ARROW_SEND;
	else if (str_eqc(arrow, "<-"))
		out->arrow = ARROW_RECEIVE;
	else
		out->arrow = 0;
	if (!out->arrow || !out->path.s.n) {
		text_error(tc, v, 0, "a mapping is wanted here: Property <-> Path, with -> or <- for one direction");
		return false;
	}
	while ((word = text_word(&rest)).n) {
		if (str_eqc(word, "like") || str_eqc(word, "unless")) {
			out->like = str_eqc(word, "like");
			out->value = (struct piece){v, text_word(&rest)};
		} else if (str_eqc(word, "by")) {
			out->by = (struct piece){v, text_word(&rest)};
		} else if (str_eqc(word, "as")) {
			out->as = (struct piece){v, rest};
			rest = STR_NONE;
			if (out->as.s.n > 1 && out->as.s.p[0] == '\'')
				out->as.s = str_sub(out->as.s, 1, out->as.s.n - 1);
		} else {
			text_error(tc, v, (size_t)(word.p - v->text.p), "unknown word '%.*s'", STR_ARG(word));
			return false;
		}
	}
	return true;
}

static bool step_same(struct typec *tc, struct span x, struct span y, size_t i)
{
	return ROW(tc, steps, call_step, x.first + i)->name == ROW(tc, steps, call_step, y.first + i)->name;
}

/* A mapping line below another one, in both the property and the path, is consulted while that one is converted. */
void binds_nest(struct typec *tc, struct call_bind *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n && !(rows[i].flags & BIND_NESTED); k++) {
			struct str prop = pool_get(&tc->pool, rows[i].prop), above = pool_get(&tc->pool, rows[k].prop);
			bool below = i != k && prop.n > above.n && str_starts(prop, above) && prop.p[above.n] == '.' &&
				     rows[i].path.n >= rows[k].path.n && rows[k].path.n;

			for (size_t m = 0; below && m < rows[k].path.n; m++)
				below = step_same(tc, rows[i].path, rows[k].path, m);
			if (below && !rows[i].as)
				rows[i].flags |= BIND_NESTED;
		}
}
