/* What an exported runbook refuses, and what the machine's role must be allowed (export.h). */
#include "providers/aws/verbs/export.h"

#include "providers/aws/verbs/permits.h"

void machine_refuse(struct machine *m, const char *fmt, ...)
{
	struct errs *errs = m->b->errs;
	struct str why;
	va_list ap;

	va_start(ap, fmt);
	why = str_vfmt(errs->arena, fmt, ap);
	va_end(ap);
	err_help(errs,
		 err_at(errs, m->step->pos, "the step '%.*s' (%.*s) cannot be exported: %.*s", STR_ARG(m->step->name),
			STR_ARG(m->step->verb), STR_ARG(why)),
		 "leave it out with `Export: false`, and do without it or do it by drplan");
}

bool machine_is_here(struct machine *m, const struct place *place)
{
	if (str_eq(place->region, m->b->place->region))
		return true;
	machine_refuse(m, "it calls AWS in %.*s, and a state machine in %.*s calls its own region alone",
		       STR_ARG(place->region), STR_ARG(m->b->place->region));
	return false;
}

struct str machine_arn(struct machine *m, const char *service, struct str rest)
{
	return str_fmt(&m->v.round, "arn:%.*s:%s:%.*s:%.*s:%.*s", STR_ARG(m->partition), service,
		       STR_ARG(m->b->place->region), STR_ARG(m->b->account), STR_ARG(rest));
}

void machine_allow(struct machine *m, const char *op, struct str arn)
{
	struct str operation = str_of(op), service, action;
	struct value *list;

	str_cut(&operation, ':', &service);
	action = permit_action(&m->v.round, service, operation);
	list = value_get(m->allowed, action);
	if (!list) {
		list = verb_list(&m->v, NULL);
		value_set(&m->v.round, m->allowed, action, (struct pos){0}, list);
	}
	if (!arn.n)
		arn = STR("*");
	for (size_t i = 0; i < value_count(list); i++)
		if (str_eq(value_text(value_at(list, i)), arn))
			return;
	verb_push(&m->v, list, arn);
}

static struct value *statement(struct machine *m, struct value *actions, struct value *resources)
{
	return MAP(&m->v, TXT("Effect", STR("Allow")), VAL("Action", actions), VAL("Resource", resources));
}

/* Elastic Disaster Recovery launches and ends servers with the permissions of whoever calls it. */
static void launching_allowed(struct machine *m, struct value *statements)
{
	static const char *const actions[] = {"ec2:AttachVolume",         "ec2:CreateLaunchTemplateVersion",
					      "ec2:CreateSnapshot",       "ec2:CreateTags",
					      "ec2:CreateVolume",         "ec2:DeleteSnapshot",
					      "ec2:DeleteVolume",         "ec2:Describe*",
					      "ec2:DetachVolume",         "ec2:ModifyInstanceAttribute",
					      "ec2:ModifyLaunchTemplate", "ec2:RunInstances",
					      "ec2:StartInstances",       "ec2:StopInstances",
					      "ec2:TerminateInstances"};
	struct value *list = verb_list(&m->v, NULL), *through, *pass;

	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		verb_push(&m->v, list, str_of(actions[i]));
	through = statement(m, list, verb_text(&m->v, STR("*")));
	value_put(&m->v.round, through, "Condition",
		  MAP(&m->v, VAL("Bool", MAP(&m->v, TXT("aws:ViaAWSService", STR("true"))))));
	value_append(&m->v.round, statements, through);
	pass = statement(
	    m, verb_text(&m->v, STR("iam:PassRole")),
	    verb_text(&m->v, str_fmt(&m->v.round, "arn:%.*s:iam::%.*s:role/service-role/AWSElasticDisasterRecovery*",
				     STR_ARG(m->partition), STR_ARG(m->b->account))));
	value_put(&m->v.round, pass, "Condition",
		  MAP(&m->v, VAL("StringEquals", MAP(&m->v, TXT("iam:PassedToService", STR("ec2.amazonaws.com"))))));
	value_append(&m->v.round, statements, pass);
}

/* Actions on the same resources share a statement. */
struct value *machine_policy(struct machine *m)
{
	struct value *statements = verb_list(&m->v, NULL);

	for (uint32_t i = 0; i < m->allowed->map.n; i++) {
		const struct member *mem = &m->allowed->map.items[i];
		struct value *s = NULL;

		for (size_t k = 0; !s && k < value_count(statements); k++)
			if (value_equal(value_getc(value_at(statements, k), "Resource"), mem->value))
				s = value_at(statements, k);
		if (!s) {
			s = statement(m, verb_list(&m->v, NULL), mem->value);
			value_append(&m->v.round, statements, s);
		}
		verb_push(&m->v, value_getc(s, "Action"), mem->key);
	}
	if (m->sends_servers)
		launching_allowed(m, statements);
	return MAP(&m->v, TXT("Version", STR("2012-10-17")), VAL("Statement", statements));
}
