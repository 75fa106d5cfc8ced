/* The rest protocols' members that travel in headers and in the status. parse.c calls it. */
#include "providers/aws/parse.h"

#include "base/hash.h"

/* One element off a header's list: quoted, or up to the comma. A date has a comma of its own. */
static struct str header_item(struct par *p, const struct shape *element, struct str *rest)
{
	bool dates = shape_kind(element) == SHAPE_TIMESTAMP && shape_time(element) <= TIME_RFC822 &&
		     shape_time(element) != TIME_ISO8601;
	struct str head, item;
	struct buf b;

	*rest = str_trim(*rest);
	if (!rest->n || rest->p[0] != '"') {
		size_t from = 0;
		ptrdiff_t comma = str_chr(*rest, ',', 0);

		if (comma >= 0 && dates)
			comma = str_chr(*rest, ',', (size_t)comma + 1);
		from = comma < 0 ? rest->n : (size_t)comma;
		item = str_trim(str_sub(*rest, 0, from));
		*rest = comma < 0 ? STR_NONE : str_sub(*rest, from + 1, rest->n);
		return item;
	}
	buf_init(&b, rest->n + 1);
	for (*rest = str_sub(*rest, 1, rest->n); rest->n && rest->p[0] != '"'; *rest = str_sub(*rest, 1, rest->n)) {
		if (rest->p[0] == '\\' && rest->n > 1)
			*rest = str_sub(*rest, 1, rest->n);
		buf_char(&b, rest->p[0]);
	}
	str_cut(rest, ',', &head);	/* the closing quote and what is before the comma */
	return buf_take(&b, p->a);
}

static struct value *header_list(struct par *p, const struct shape *member, struct str text)
{
	struct value *list = value_list(p->a, (struct pos){0});

	while (text.n)
		value_append(p->a, list,
			     par_scalar(p, shape_element(member), header_item(p, shape_element(member), &text)));
	return list;
}

static struct value *header_value(struct par *p, const struct shape *member, struct str text)
{
	struct str decoded;

	if (shape_is(member, SHAPE_JSONVALUE))	/* the JSON text, as it came */
		return base64_decode(p->a, text, &decoded) ? value_string(p->a, (struct pos){0}, decoded) : NULL;
	if (shape_kind(member) == SHAPE_LIST)
		return header_list(p, member, text);
	return par_scalar(p, member, text);
}

static struct value *header_map(struct par *p, const struct shape *member, const struct answer *ans)
{
	struct value *map = value_map(p->a, (struct pos){0});
	struct str prefix = shape_has_wire(member) ? shape_wire(member) : STR_NONE;

	for (size_t i = 0; i < ans->headers.n; i++) {
		struct str name = ans->headers.items[i].name;

		if (name.n < prefix.n || !str_eq_nocase(str_sub(name, 0, prefix.n), prefix))
			continue;
		value_set(p->a, map, str_dup(p->a, str_sub(name, prefix.n, name.n)), (struct pos){0},
			  value_string(p->a, (struct pos){0}, str_dup(p->a, ans->headers.items[i].value)));
	}
	return map;
}

void par_headers(struct par *p, const struct shape *shape, const struct answer *ans, struct value *into)
{
	for (size_t i = 0; i < shape_member_count(shape); i++) {
		const struct shape *member = shape_nth(shape, i);
		struct value *v = NULL;

		if (shape_place(member) == PLACE_STATUS)
			v = value_int(p->a, (struct pos){0}, ans->status);
		else if (shape_place(member) == PLACE_HEADERS)
			v = header_map(p, member, ans);
		else if (shape_place(member) == PLACE_HEADER && headers_has(&ans->headers, shape_wire(member)))
			v = header_value(p, member, headers_get(&ans->headers, shape_wire(member)));
		if (v && v->kind != V_NULL)
			value_set(p->a, into, shape_name(member), (struct pos){0}, par_mark(p, member, v));
	}
}
