/* Paths and mapping lines of a type text. A path is resolved against the models as it is read, so that nothing that is
 * not there gets into the tables. The scalars' other small languages, sources and conditions, are in typec_source.c.
 */
#include "providers/aws/typec.h"

#include <string.h>

#define PATH_STEPS 24

struct piece piece_sub(struct piece p, size_t from, size_t to)
{
	return (struct piece){p.v, str_sub(p.s, from, to)};
}

/* Where a piece stands in its scalar; 0 for text that was made up. */
static size_t piece_at(struct piece p)
{
	struct str whole = p.v->kind == V_STRING ? p.v->text : STR_NONE;

	if (whole.n && p.s.p >= whole.p && p.s.p <= whole.p + whole.n)
		return (size_t)(p.s.p - whole.p);
	return 0;
}

void piece_error(struct typec *tc, struct piece p, struct str message)
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

/* "Policy()": the text there is a JSON document. No model knows what is in it: any name is taken. */
static bool opens_document(const struct shape *s, struct path_part *part)
{
	if (!part->has_conds || part->conds.s.n || shape_kind(s) != SHAPE_STRING)
		return false;
	part->has_conds = false;
	return true;
}

bool path_wire(struct typec *tc, struct text_type *t, struct piece p, const struct shape *root, struct span *out,
	       const struct shape **end)
{
	struct call_step steps[PATH_STEPS] = {0};
	const struct shape *at = root;
	bool in_document = root && shape_kind(root) == SHAPE_STRING;
	size_t n = 0;

	while (p.s.n && n < PATH_STEPS) {
		struct path_part part;
		const struct shape *inside = shape_inside(at);

		if (!path_cut(tc, &p, &part))
			return false;
		if (in_document) {
			at = inside;
		} else if (inside && shape_kind(inside) == SHAPE_MAP) {
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
		steps[n].list = in_document || shape_kind(at) == SHAPE_LIST;
		steps[n].map = shape_kind(at) == SHAPE_MAP;
		in_document = in_document || opens_document(at, &part);
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
		if (at && shape_kind(at) != SHAPE_STRING)	/* all of a document has the shape of its text */
			at = shape_kind(at) == SHAPE_MAP ? shape_element(at) : shape_member(at, part.name.s);
		memmove(s.shapes + 1, s.shapes, s.n * sizeof *s.shapes);
		s.shapes[0] = shape_inside(at);
		s.n++;
	}
	*scope = s;
	return true;
}

bool scope_has(const struct scope *scope, struct str path)
{
	struct str first;

	if (!str_cut(&path, '.', &first))
		return false;
	for (size_t i = 0; i < scope->n; i++)
		if (shape_find(scope->shapes[i], first).n)
			return true;
	return false;
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
