/* Doctor: who and where we are. Whether the clock is right and how long credentials last, whether
 * the account has the region turned on, and whether its networks can live beside the others. */
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

/* --- the region --------------------------------------------------------------------------------------------------- */

static void region_known(struct verb *v)
{
	struct report *r = v->own;
	const struct value *x = value_at(value_getc(v->answer, "Regions"), 0);
	struct str status = text_at(x, "OptInStatus");

	if (!v->answer)
		doctor_refused(v, r, "region");
	else if (!x || str_eqc(status, "not-opted-in"))
		doctor_say(v, r, "region", SAY_RED,
			   "turn the region on for the account (Account Management); that takes hours",
			   "%.*s is not enabled", STR_ARG(place_region(v, v->at)));
	else
		doctor_say(v, r, "region", SAY_OK, NULL, "%.*s is enabled", STR_ARG(place_region(v, v->at)));
	report_done(v, r);
}

void doctor_region(struct verb *v)
{
	verb_expect(v, "*");
	verb_ask(v, "ec2:DescribeRegions",
		 MAP(v, TXT("AllRegions", STR("true")),
		     VAL("RegionNames", verb_list(v, verb_text(v, place_region(v, v->at))))),
		 region_known);
}

/* --- networks ----------------------------------------------------------------------------------------------------- */

static bool block_parse(struct str s, uint32_t *low, uint32_t *high)
{
	struct str part;
	uint32_t address = 0;
	int64_t n, bits;
	ptrdiff_t slash = str_chr(s, '/', 0);

	if (slash < 0 || !str_int(str_sub(s, (size_t)slash + 1, s.n), 0, 32, &bits))
		return false;
	s = str_sub(s, 0, (size_t)slash);
	for (int i = 0; i < 4; i++) {
		if (!str_cut(&s, '.', &part) || !str_int(part, 0, 255, &n))
			return false;
		address = address << 8 | (uint32_t)n;
	}
	*low = bits ? address & ~(uint32_t)0 << (32 - bits) : 0;
	*high = *low | (bits == 32 ? 0 : ~(uint32_t)0 >> bits);
	return s.n == 0;
}

/* The first network of another target that shares addresses with this block. */
static bool shared(const struct verb *v, uint32_t low, uint32_t high, struct subject *other, struct str *block)
{
	for (size_t i = 0; arg_subject(v, "Elsewhere", i, other); i++) {
		uint32_t l, h;

		*block = subject_attr(other, "CidrBlock");
		if (str_eqc(other->type, "AWS::EC2::VPC") && block_parse(*block, &l, &h) && l <= high && low <= h)
			return true;
	}
	return false;
}

void doctor_addresses(struct verb *v)
{
	struct report *r = v->own;

	while (report_next(v, r)) {
		struct str block = subject_attr(&r->at, "CidrBlock"), theirs;
		struct subject other;
		uint32_t low, high;

		if (!str_eqc(r->at.type, "AWS::EC2::VPC") || !block_parse(block, &low, &high))
			continue;
		if (shared(v, low, high, &other, &theirs))
			report_say(v, r, SAY_RED, "addresses",
				   "peering, transit gateways and VPNs between the two are impossible: choose another "
				   "CidrBlock "
				   "(the VPC is made anew)",
				   "%.*s overlaps %.*s of %.*s in %.*s", STR_ARG(block), STR_ARG(theirs),
				   STR_ARG(subject_name(&other)), STR_ARG(other.place->name));
		else
			report_say(v, r, SAY_OK, "addresses", NULL, "%.*s overlaps no other network", STR_ARG(block));
	}
	report_done(v, r);
}
