/* Keep: a call that replaces a whole document, some of whose elements are not ours. Its row says where that document is
 * read, which list of it is shared, and what tells our elements from others (engine_keep.c carries it out). */
#include "providers/aws/typec.h"

#define KEEP_WORDS "Call With Absent At List Key Ours Same Otherwise"

/* The members that hold for all elements. */
static void keep_same(struct typec *tc, const struct value *v, const struct shape *document)
{
	for (size_t i = 0; i < text_count(v); i++)
		if (!shape_member(document, value_text(text_item(v, i))))
			text_error(tc, text_item(v, i), 0, "there is no '%.*s' beside the list",
				   STR_ARG(value_text(text_item(v, i))));
}

struct value *call_part(struct typec *tc, const struct value *v)
{
	struct value *read = value_map(&tc->arena, v->pos);

	for (size_t i = 0; i < value_count(v); i++)
		if (str_eqc(v->map.items[i].key, "Call") || str_eqc(v->map.items[i].key, "With"))
			value_set(&tc->arena, read, v->map.items[i].key, v->map.items[i].pos, v->map.items[i].value);
	return read;
}

uint16_t keep_of(struct typec *tc, struct text_type *t, const struct value *v, const struct op *op)
{
	const struct value *at = text_get(v, "At"), *list = text_get(v, "List"), *key = text_get(v, "Key"),
			   *ours = text_get(v, "Ours");
	struct keep_def k = {.call = 0};
	const struct shape *document = NULL, *element;

	if (!v || !text_keys(tc, v, KEEP_WORDS))
		return 0;
	if (!at || !list || !key || !ours) {
		err_at(&tc->errs, v->pos, "Keep wants Call, At, List, Key and Ours");
		return 0;
	}
	k.call = call_of(tc, t, call_part(tc, v), ROLE_READ, STR_NONE);
	if (!k.call || !path_wire(tc, t, (struct piece){at, text_scalar(tc, at)}, op_input(op), &k.at, &document))
		return 0;
	path_wire(tc, t, (struct piece){at, text_scalar(tc, at)},
		  op_output(call_op(tc, ROW(tc, calls, call_def, k.call))), &k.at, NULL);
	element = shape_inside(shape_member(document, text_scalar(tc, list)));
	if (!element || shape_kind(element) != SHAPE_STRUCTURE || !shape_member(element, text_scalar(tc, key))) {
		text_error(tc, list, 0, "there is no such list, or its elements have no '%.*s'",
			   STR_ARG(text_scalar(tc, key)));
		return 0;
	}
	k.list = pool_add(&tc->pool, text_scalar(tc, list));
	k.key = pool_add(&tc->pool, text_scalar(tc, key));
	k.ours = source_of(tc, t, (struct piece){ours, text_scalar(tc, ours)});
	k.absent = text_codes(tc, text_get(v, "Absent"));
	keep_same(tc, text_get(v, "Same"), document);
	k.same = text_codes(tc, text_get(v, "Same"));
	if (text_get(v, "Otherwise"))
		k.otherwise = call_of(tc, t, text_get(v, "Otherwise"), ROLE_PLAIN, STR_NONE);
	return table_one(&tc->keeps, &k);
}
