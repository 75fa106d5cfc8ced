/* What the YAML reader says: short-form function tags, and libyaml's complaints in words a person can act on.
 * Private to yaml.c. */
#ifndef DRPLAN_STACKS_YAML_TEXT_H
#define DRPLAN_STACKS_YAML_TEXT_H

#include "base/err.h"

#include <yaml.h>

/* "!Sub" -> "Fn::Sub", "!Ref" -> "Ref"; empty if there is no such function. */
struct str yaml_function(struct str tag);
void yaml_unknown_tag(struct errs *errs, struct pos pos, struct str tag, bool functions);
/* Add the error that stopped the parser. */
void yaml_explain(const yaml_parser_t *p, struct str text, uint16_t file, struct errs *errs);
/* Not UTF-8, or control characters: an error at the first such byte. */
bool yaml_check_bytes(struct str text, uint16_t file, struct errs *errs);

#endif
