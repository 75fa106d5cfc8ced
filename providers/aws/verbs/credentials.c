/* Credentials: who we are in a target, as its own region's STS says: no other region is needed to know. */
#include "providers/aws/verbs/looks.h"

static void answered(struct verb *v)
{
	struct str account = text_at(v->answer, "Account"), wanted = arg_text(v, "Account");

	verb_value(v, v->answer);
	if (wanted.n && !str_eq(wanted, account))
		probe_never(v, "target %.*s answers as account %.*s, not %.*s", STR_ARG(v->at->name), STR_ARG(account),
			    STR_ARG(wanted));
	else
		probe_answer(v, true, "%.*s", STR_ARG(text_at(v->answer, "Arn")));
}

void credentials_look(struct verb *v)
{
	verb_ask(v, "sts:GetCallerIdentity", NULL, answered);
}
