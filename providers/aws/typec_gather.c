/* Gather: {At, Most}: the list that calls of several works share, so that they travel as one. */
#include "providers/aws/typec.h"

#define GATHER_MOST 100

void call_gather(struct typec *tc, struct text_type *t, const struct value *v, const struct op *op, struct call_def *def)
{
	const struct value *at = text_get(v, "At"), *most = text_get(v, "Most");
	const struct shape *end = NULL;
	int64_t n = GATHER_MOST;

	if (!v || !text_keys(tc, v, "At Most"))
		return;
	if (!at || !path_wire(tc, t, (struct piece){at, text_scalar(tc, at)}, op_input(op), &def->gather, &end)) {
		err_at(&tc->errs, v->pos, "Gather is {At: the list that calls share, Most: how many calls}");
		return;
	}
	if (!end || shape_kind(end) != SHAPE_LIST)
		err_at(&tc->errs, at->pos, "Gather needs a list");
	for (size_t i = 0; i + 1 < def->gather.n; i++)
		if (ROW(tc, steps, call_step, def->gather.first + i)->list)
			err_at(&tc->errs, at->pos, "a list around the list that Gather names is not shared");
	if (def->flags & (CALL_TOKEN | CALL_UNSUCCESSFUL))
		err_at(&tc->errs, v->pos, "%.*s cannot be shared: it takes a token, or reports failures one by one",
		       STR_ARG(op_name(op)));
	if (most && !str_int(text_scalar(tc, most), 1, 1000, &n))
		err_at(&tc->errs, most->pos, "Most is a number of calls from 1 to 1000");
	def->gather_most = (uint16_t)n;
}
