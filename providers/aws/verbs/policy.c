/* Policy: the least that a caller of plan, apply, status and the runbooks needs, as an IAM policy
 * document. Actions of services with one endpoint for all regions cannot be held to a region; all
 * others are. No call is made. */
#include "providers/aws/verbs/looks.h"
#include "providers/aws/verbs/permits.h"

static bool everywhere(struct str action)
{
	static const char *const services[] = {"iam:", "route53:", "sts:", "s3:ListAllMyBuckets"};

	for (size_t i = 0; i < sizeof services / sizeof *services; i++)
		if (str_starts(action, str_of(services[i])))
			return true;
	return false;
}

static struct value *statement(struct verb *v, const char *sid, struct value *actions, struct value *condition)
{
	return MAP(v, TXT("Sid", str_of(sid)), TXT("Effect", STR("Allow")), VAL("Action", actions),
		   TXT("Resource", STR("*")), VAL("Condition", condition));
}

void policy_look(struct verb *v)
{
	struct permits p = {.arena = v->arena};
	struct value *lists[2] = {verb_list(v, NULL), verb_list(v, NULL)}, *statements = verb_list(v, NULL);
	const struct value *regions = arg(v, "Regions");
	struct value *condition =
	    regions ? MAP(v, VAL("StringEquals", MAP(v, VAL("aws:RequestedRegion", regions)))) : NULL;

	permits_of_args(v, &p);
	for (size_t i = 0; i < p.n; i++)
		verb_push(v, lists[everywhere(p.actions[i])], p.actions[i]);
	value_append(&v->round, statements, statement(v, "Regional", lists[0], condition));
	value_append(&v->round, statements, statement(v, "Global", lists[1], NULL));
	verb_value(v, MAP(v, TXT("Version", STR("2012-10-17")), VAL("Statement", statements)));
	probe_answer(v, true, "%zu actions", p.n);
}
