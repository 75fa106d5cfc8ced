/* The compiler of the type texts, which is no part of the library, for the tests of it. */
#ifndef DRPLAN_TESTS_TYPEC_ALL_H
#define DRPLAN_TESTS_TYPEC_ALL_H

#include "providers/aws/typec.c"
#include "providers/aws/typec_call.c"
#include "providers/aws/typec_check.c"
#include "providers/aws/typec_emit.c"
#include "providers/aws/typec_facet.c"
#include "providers/aws/typec_facts.c"
#undef BIND_MAX
#include "providers/aws/typec_fetch.c"
#include "providers/aws/typec_find.c"
#include "providers/aws/typec_gather.c"
#include "providers/aws/typec_keep.c"
#include "providers/aws/typec_path.c"
#include "providers/aws/typec_source.c"
#include "providers/aws/typec_text.c"
#include "providers/aws/typec_type.c"

#endif
