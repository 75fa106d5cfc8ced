/* drplan doctor: what a failover will need, before it is needed. Everything is only read. */
#include "cmd/surveyui.h"

#include "base/json.h"

static int policy(struct session *s, struct survey *v)
{
	const struct value *document = doctor_policy(v);

	if (!document) {
		err_add(&s->errs, ERR_INPUT, (struct pos){0}, "--iam-policy is not supported by the simulator");
		return EXIT_FAILED;
	}
	ui_json(&s->ui, document);
	return EXIT_DONE;
}

int cmd_doctor(struct session *s)
{
	struct survey *v;

	if (!session_open_stored(s, false))
		return session_status(s);
	v = survey_new(&s->arena, &s->env, &s->errs);
	if (!v)
		return session_status(s);
	if (option_on(&s->opt, OPT_IAM_POLICY))
		return policy(s, v);
	if (!doctor_take(v))
		return session_status(s);
	surveyui_show(s, v, "doctor", false);
	return surveyui_status(v);
}
