/* Doctor: as whom we come. Whether the clock is right, how long credentials last, and whether they can be had while the
 * regions that a failover leaves do not answer. */
#include "providers/aws/creds.h"
#include "providers/aws/verbs/doctor.h"

#define SKEW_RED_MS (4 * 60 * 1000) /* signatures are refused from five minutes on */
#define SKEW_WARN_MS (60 * 1000)
#define HOUR_MS ((int64_t)60 * 60 * 1000)

/* --- clock, credentials ------------------------------------------------------------------------------------------- */

static void identity_known(struct verb *v)
{
	struct report *r = v->own;
	struct wire *w = v->job->e->wire;
	int64_t off, ends = wire_expires(w, v->at), left = ends - verb_now(v);
	struct str words;

	if (wire_clock_off(w, &off)) {
		words = duration_text(v->arena, off < 0 ? -off : off);
		doctor_say(v, r, "clock",
			   off > SKEW_RED_MS || off < -SKEW_RED_MS     ? SAY_RED
			   : off > SKEW_WARN_MS || off < -SKEW_WARN_MS ? SAY_WARN
								       : SAY_OK,
			   "set this machine's clock (NTP): AWS refuses signatures that are five minutes off",
			   "%.*s %s AWS's", STR_ARG(words), off < 0 ? "ahead of" : "behind");
	}
	if (!ends)
		doctor_say(v, r, "credentials", SAY_OK, NULL, "do not expire");
	else
		doctor_say(v, r, "credentials", left < HOUR_MS ? SAY_WARN : SAY_OK,
			   "a failover may outlast them: get new ones, or use a profile that renews them by itself",
			   "end in %.*s", STR_ARG(duration_text(v->arena, left < 0 ? 0 : left)));
	if (str_ends(text_at(v->answer, "Arn"), STR(":root")))
		doctor_say(v, r, "identity", SAY_WARN, "use a role with the policy of `drplan doctor --iam-policy`",
			   "the account's root user");
	report_done(v, r);
}

void doctor_clock(struct verb *v)
{
	verb_ask(v, "sts:GetCallerIdentity", NULL, identity_known);
}

/* --- where credentials come from ---------------------------------------------------------------------------------- */

#define NEEDS_MAX 8

static const char *const other_way =
    "a failover could not sign in while that region is gone: keep a profile for this target that needs nothing of it "
    "(a "
    "role on top of keys of its own, or Identity Center of another region), and try it";

static void need_say(struct verb *v, struct report *r, const struct creds_need *n)
{
	bool avoid = n->region.n && arg_has(v, "Avoid", n->region);

	switch (n->kind) {
	case NEED_SSO:
		doctor_say(v, r, "credentials' source", avoid ? SAY_RED : SAY_OK, other_way,
			   "IAM Identity Center in %.*s%s", STR_ARG(n->region),
			   avoid ? ", the region that a failover leaves" : "");
		return;
	case NEED_GLOBAL_STS:
		doctor_say(
		    v, r, "credentials' source", avoid ? SAY_WARN : SAY_NOTE,
		    "unset AWS_STS_REGIONAL_ENDPOINTS, or sts_regional_endpoints of the profile: the AWS CLI and "
		    "programs of Command steps sign in at us-east-1 (drplan itself does not)",
		    "sts_regional_endpoints is legacy");
		return;
	case NEED_PROCESS:
		doctor_say(v, r, "credentials' source", SAY_NOTE,
			   "look whether it asks anything in a region that a failover leaves", "a program: %.*s",
			   STR_ARG(n->of));
		return;
	case NEED_TOKEN:
		doctor_say(v, r, "credentials' source", SAY_NOTE,
			   "look whether what issues it runs in a region that a failover leaves",
			   "a web identity token, %.*s", STR_ARG(n->of));
		return;
	case NEED_MACHINE:
		doctor_say(v, r, "credentials' source", SAY_NOTE,
			   "keep the state and a way to sign in on a machine outside of the region that a failover "
			   "leaves",
			   "the %.*s that this runs on", STR_ARG(n->of));
		return;
	}
}

void doctor_source(struct verb *v)
{
	struct report *r = v->own;
	struct creds_need needs[NEEDS_MAX];
	size_t n = wire_needs(v->job->e->wire, v->arena, v->at, needs, NEEDS_MAX);

	for (size_t i = 0; i < n; i++)
		need_say(v, r, &needs[i]);
	if (!n)
		doctor_say(v, r, "credentials' source", SAY_OK, NULL, "keys, which need no region");
	report_done(v, r);
}
