/* Doctor: where we are. Whether the account has the region turned on, and whether its networks can
 * live beside the others. */
#include "providers/aws/verbs/doctor.h"

/* --- the region --------------------------------------------------------------------------------------------------- */

struct asked {
	struct report r;
	size_t next; /* which of the targets is asked next */
	struct str region; /* about this one */
};

static void region_next(struct verb *v);

/* A region that is off refuses everybody: another one knows. */
static bool may_be_off(struct str code)
{
	static const char *const codes[] = {"AuthFailure", "InvalidClientTokenId", "OptInRequired",
					    "RegionDisabledException", "UnrecognizedClientException"};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (str_eqc(code, codes[i]))
			return true;
	return false;
}

static void region_known(struct verb *v)
{
	struct asked *own = v->own;
	const struct value *x = value_at(value_getc(v->answer, "Regions"), 0);
	struct str status = text_at(x, "OptInStatus");

	if (!v->answer && may_be_off(v->code) && own->next < v->work->n_places) {
		region_next(v);
		return;
	}
	if (!v->answer)
		doctor_refused(v, &own->r, "region");
	else if (!x || str_eqc(status, "not-opted-in"))
		doctor_say(v, &own->r, "region", SAY_RED,
			   "turn the region on for the account (Account Management); that takes hours",
			   "%.*s is not enabled", STR_ARG(own->region));
	else
		doctor_say(v, &own->r, "region", SAY_OK, NULL, "%.*s is enabled", STR_ARG(own->region));
	report_done(v, &own->r);
}

static void region_ask(struct verb *v)
{
	struct asked *own = v->own;

	verb_expect(v, "* Unreachable");
	verb_ask(v, "ec2:DescribeRegions",
		 MAP(v, TXT("AllRegions", STR("true")), VAL("RegionNames", verb_list(v, verb_text(v, own->region)))),
		 region_known);
}

static void region_next(struct verb *v)
{
	struct asked *own = v->own;
	const struct place *p = &v->work->places[own->next++];

	if (str_eq(place_region(v, p), own->region)) {
		region_known(v);
		return;
	}
	verb_at(v, p);
	region_ask(v);
}

void doctor_region(struct verb *v)
{
	struct asked *own;

	v->own = NULL;
	own = verb_own(v, struct asked);
	own->region = place_region(v, v->at);
	region_ask(v);
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
