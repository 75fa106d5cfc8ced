/* Parameter types and constraints: what a type's name means, and whether a value fits. */
#include "stacks/paramtype.h"

#include "base/decimal.h"
#include "base/json.h"

#include <string.h>

static const struct str aws_types[] = {
	STR_INIT("AWS::EC2::AvailabilityZone::Name"), STR_INIT("AWS::EC2::Image::Id"), STR_INIT("AWS::EC2::Instance::Id"),
	STR_INIT("AWS::EC2::KeyPair::KeyName"), STR_INIT("AWS::EC2::PrefixList::Id"),
	STR_INIT("AWS::EC2::SecurityGroup::GroupName"), STR_INIT("AWS::EC2::SecurityGroup::Id"),
	STR_INIT("AWS::EC2::Subnet::Id"), STR_INIT("AWS::EC2::TransitGateway::Id"), STR_INIT("AWS::EC2::VPC::Id"),
	STR_INIT("AWS::EC2::Volume::Id"), STR_INIT("AWS::Route53::HostedZone::Id"), STR_INIT("AWS::SSM::Parameter::Name"),
};

static const struct str basic_types[] = {
	STR_INIT("String"), STR_INIT("Number"), STR_INIT("CommaDelimitedList"), STR_INIT("List<String>"),
	STR_INIT("List<Number>"),
};

#define N_AWS (sizeof aws_types / sizeof *aws_types)
#define N_BASIC (sizeof basic_types / sizeof *basic_types)

static bool among(struct str s, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(s, list[i]))
			return true;
	return false;
}

/* "X<Y>" gives Y. */
static bool inside(struct str s, struct str prefix, struct str *inner)
{
	if (!str_starts(s, prefix) || s.n < prefix.n + 2 || s.p[s.n - 1] != '>')
		return false;
	*inner = str_sub(s, prefix.n, s.n - 1);
	return true;
}

static bool type_plain(struct str s, struct param_type *t)
{
	struct str inner;

	if (str_eqc(s, "CommaDelimitedList")) {
		t->list = true;
		return true;
	}
	if (inside(s, STR("List<"), &inner)) {
		t->list = true;
		s = inner;
		if (!str_eqc(s, "String") && !str_eqc(s, "Number") && !among(s, aws_types, N_AWS))
			return false;
	}
	t->number = str_eqc(s, "Number");
	return among(s, basic_types, N_BASIC) || among(s, aws_types, N_AWS);
}

bool param_type_parse(struct str s, struct param_type *t)
{
	struct str inner;

	*t = (struct param_type){0};
	if (!inside(s, STR("AWS::SSM::Parameter::Value<"), &inner))
		return type_plain(s, t);
	t->ssm = true;
	return type_plain(inner, t);
}

struct str param_type_suggest(struct arena *a, struct str s)
{
	struct str all[N_AWS + N_BASIC];

	memcpy(all, basic_types, sizeof basic_types);
	memcpy(all + N_BASIC, aws_types, sizeof aws_types);
	return err_suggest(a, s, all, N_AWS + N_BASIC);
}

bool number_ok(struct str s)
{
	return regex_match(STR("[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?"), s, true) == REGEX_YES;
}

/* "+007" is a number to CloudFormation, but not to JSON's grammar. */
static struct str number_plain(struct str s)
{
	if (s.n > 1 && s.p[0] == '+')
		s = str_sub(s, 1, s.n);
	while (s.n > 1 && s.p[0] == '0' && s.p[1] >= '0' && s.p[1] <= '9')
		s = str_sub(s, 1, s.n);
	return s;
}

bool number_cmp(struct str a, struct str b, int *order)
{
	struct decimal x, y;

	if (!decimal_parse(number_plain(a), &x) || !decimal_parse(number_plain(b), &y))
		return false;
	*order = decimal_cmp(&x, &y);
	return true;
}

size_t text_length(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

struct value *param_list(struct arena *a, struct pos pos, struct str text)
{
	struct errs quiet = {.arena = a};
	struct value *list = value_list(a, pos);
	struct str rest = text, head;

	if (text.n && text.p[0] == '[') {
		struct value *v = json_read(a, text, pos.file, &quiet);

		for (size_t i = 0; i < value_count(v); i++) {
			struct str s = value_text(value_at(v, i));

			value_append(a, list, value_string(a, pos, s));
		}
		if (v && v->kind == V_LIST)
			return list;
	}
	while (str_cut(&rest, ',', &head))
		value_append(a, list, value_string(a, pos, str_trim(head)));
	return list;
}
