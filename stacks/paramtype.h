/* Parameter types (paramtype.c), for params.c. */
#ifndef DRPLAN_STACKS_PARAMTYPE_H
#define DRPLAN_STACKS_PARAMTYPE_H

#include "stacks/stackpriv.h"

struct param_type {
	bool list, number;
	bool ssm;		/* AWS::SSM::Parameter::Value<...>: the text names an SSM parameter */
};

bool param_type_parse(struct str s, struct param_type *t);
struct str param_type_suggest(struct arena *a, struct str s);
bool number_ok(struct str s);			/* a decimal number, as a Number parameter takes it */
/* Compare two numbers as spelled; false if one of them is none. */
bool number_cmp(struct str a, struct str b, int *order);
size_t text_length(struct str s);		/* in characters */
/* "a, b" or a JSON list as a list of texts. */
struct value *param_list(struct arena *a, struct pos pos, struct str text);

#endif
