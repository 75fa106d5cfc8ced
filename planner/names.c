/* Names that the template leaves out. */
#include "planner/runpriv.h"

#define RANDOM_CHARS 12

static size_t cut(size_t n, size_t max)
{
	return n < max ? n : max;
}

struct str name_choose(struct arena *a, struct str stack, struct str address, const struct type *t)
{
	struct name_rules rules;
	type_name_rules(t, &rules);
	size_t max = rules.max ? rules.max : 64;
	struct str suffix = random_name(a, cut(RANDOM_CHARS, max));
	char *id = arena_copy(a, address.p, address.n);
	size_t n = 0;
	for (size_t i = 0; i < address.n; i++)
		if (address.p[i] != '.')
			id[n++] = address.p[i];
	/* The random part stays whole; the stack's name gives way before the logical id does. */
	size_t room = max > suffix.n + 2 ? max - suffix.n - 2 : 0;
	size_t id_n = cut(n, room), stack_n = cut(stack.n, room - id_n);
	struct str name = stack_n ? str_fmt(a, "%.*s-%.*s-%.*s", (int)stack_n, stack.p, (int)id_n, id, STR_ARG(suffix))
			  : id_n  ? str_fmt(a, "%.*s-%.*s", (int)id_n, id, STR_ARG(suffix))
				  : suffix;
	if (!rules.lower)
		return name;
	char *lower = arena_copy(a, name.p, name.n);
	for (size_t i = 0; i < name.n; i++)
		if (lower[i] >= 'A' && lower[i] <= 'Z')
			lower[i] = (char)(lower[i] - 'A' + 'a');
	return (struct str){lower, name.n};
}
