/* Advice: rules of the providers' common advice.h; no call is made. */
#include "providers/aws/verbs/looks.h"

#include "providers/advice.h"

void advice_look(struct verb *v)
{
	verb_value(v, advice(v->arena, v->args));
	probe_answer(v, true, "advice");
}
