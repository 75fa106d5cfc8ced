/* The first steps of all verbs and probes; verb_table.c says what each is called and takes. */
#ifndef DRPLAN_AWS_VERBS_LOOKS_H
#define DRPLAN_AWS_VERBS_LOOKS_H

#include "providers/aws/verbs/verb.h"

verb_step credentials_look;

#endif
