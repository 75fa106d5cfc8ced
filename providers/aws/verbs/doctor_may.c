/* Doctor: what we may. IAM is asked to simulate each action that the target's resources and the
 * runbooks need; it knows the caller's own policies and boundary, not the policies of resources or
 * of the organisation. */
#include "providers/aws/verbs/doctor.h"
#include "providers/aws/verbs/permits.h"

#define AT_ONCE 100

struct may {
	struct report r;
	struct permits permits;
	struct str caller;
	size_t from, denied;
	struct str first; /* the denied ones, as many as fit a line */
};

static void simulate(struct verb *v);

/* "arn:aws:sts::1:assumed-role/NAME/SESSION" is asked about as "arn:aws:iam::1:role/NAME". */
static struct str principal(struct verb *v, struct str arn)
{
	ptrdiff_t role = str_find(arn, STR(":assumed-role/"), 0), sts = str_find(arn, STR(":sts:"), 0);
	struct str rest, name;

	if (str_find(arn, STR(":iam:"), 0) > 0)
		return str_ends(arn, STR(":root")) ? STR_NONE : str_dup(v->arena, arn);
	if (role < 0 || sts < 0)
		return STR_NONE;
	rest = str_sub(arn, (size_t)role + sizeof ":assumed-role/" - 1, arn.n);
	str_cut(&rest, '/', &name);
	return str_fmt(v->arena, "%.*s:iam:%.*s:role/%.*s", (int)sts, arn.p, (int)((size_t)role - (size_t)sts - 5),
		       arn.p + sts + 5, STR_ARG(name));
}

static void simulated(struct verb *v)
{
	struct may *own = v->own;
	const struct value *results = value_getc(v->answer, "EvaluationResults");

	if (!v->answer) {
		doctor_refused(v, &own->r, "permissions");
		report_done(v, &own->r);
		return;
	}
	for (size_t i = 0; i < value_count(results); i++) {
		const struct value *x = value_at(results, i);

		if (is_at(x, "EvalDecision", "allowed"))
			continue;
		if (own->denied++ < 8)
			own->first = str_fmt(v->arena, "%.*s%s%.*s", STR_ARG(own->first), own->first.n ? ", " : "",
					     STR_ARG(text_at(x, "EvalActionName")));
	}
	own->from += AT_ONCE;
	simulate(v);
}

static void simulate(struct verb *v)
{
	struct may *own = v->own;
	struct value *actions = verb_list(v, NULL);

	if (own->from >= own->permits.n) {
		doctor_say(v, &own->r, "permissions", own->denied ? SAY_RED : SAY_OK,
			   "`drplan doctor --iam-policy` prints the policy that the caller should have",
			   "%zu of %zu actions%s%.*s%s", own->permits.n - own->denied, own->permits.n,
			   own->denied ? "; not " : " are allowed", STR_ARG(own->first),
			   own->denied > 8 ? ", ..." : "");
		report_done(v, &own->r);
		return;
	}
	for (size_t i = own->from; i < own->permits.n && i < own->from + AT_ONCE; i++)
		verb_push(v, actions, own->permits.actions[i]);
	verb_expect(v, "*");
	verb_ask(v, "iam:SimulatePrincipalPolicy",
		 MAP(v, TXT("PolicySourceArn", own->caller), VAL("ActionNames", actions)), simulated);
}

static void caller_known(struct verb *v)
{
	struct may *own = v->own;

	own->caller = principal(v, text_at(v->answer, "Arn"));
	own->permits = (struct permits){.arena = v->arena};
	permits_of_args(v, &own->permits);
	if (own->caller.n) {
		simulate(v);
		return;
	}
	doctor_say(v, &own->r, "permissions", SAY_NOTE, "IAM simulates users and roles only",
		   "cannot be simulated for %.*s", STR_ARG(text_at(v->answer, "Arn")));
	report_done(v, &own->r);
}

void doctor_permissions(struct verb *v)
{
	v->own = NULL;
	verb_own(v, struct may);
	verb_ask(v, "sts:GetCallerIdentity", NULL, caller_known);
}
