/* Facts of the simulator: what a type's text says in its Sim block, beyond schema and model facts.
 *
 * The compiler of the type texts (providers/aws/typec.c) embeds each block as JSON text; it is parsed at the first use
 * of the type and lives as long as the provider. docs/simulator.md is the manual of the block. A type without a block
 * gets the defaults. Templates stay values here; template.c renders them.
 */
#ifndef DRPLAN_SIM_SIMFACTS_H
#define DRPLAN_SIM_SIMFACTS_H

#include "base/err.h"
#include "model/model.h"

/* Generated from the type texts, sorted by type name. */
struct sim_text {
	const char *type;
	const char *json;
};

extern const struct sim_text sim_texts[];
extern const size_t sim_text_count;

enum sim_step { SIM_CREATE, SIM_UPDATE, SIM_DELETE, SIM_STEPS };

struct sim_unique {
	const struct str *names;	/* properties */
	size_t n;
	struct str code;
	struct str scope;		/* "region", "account", "world" */
	const struct value *when;	/* or NULL */
};

struct sim_shared {			/* a list whose elements may be resources of their own */
	struct str property;
	struct str child;		/* type name */
	struct str parent;		/* the child's property that names the owner */
};

struct sim_default {
	struct str path;
	const struct value *value;	/* of the facts: literal; of Fill: a template */
	bool is_template;
};

struct sim_facts {
	const struct type *type;
	const struct schema *schema;
	struct str name;
	bool global;			/* Scope: account */
	const struct value *id, *ref;	/* templates; id is never NULL */
	const struct value *steps[SIM_STEPS];	/* map, list of maps, or NULL */
	struct sim_default *defaults;
	size_t n_defaults;
	const struct value *attrs;	/* maps and lists below: NULL when left out */
	const struct value *drop, *handles, *refs, *needs, *equal, *between, *cidr, *with, *keep;
	struct sim_unique *uniques;
	size_t n_uniques;
	struct sim_shared *shared;
	size_t n_shared;
	const struct sim_shared *child_of;	/* this type's resources are elements of that list; or NULL */
	struct str child_of_type;	/* ... of this type */
	const struct value *not_key;	/* list of property names; or NULL: Description */
	struct str exists, missing, in_use, noun;
	int64_t lingers;
	struct str stands_for;		/* the property that names what this one is another name of; or empty */
	struct str tags;		/* the tag property, or empty */
	bool secrets;			/* some property must be marked secret when it is given back */
};

/* All facts of one provider: made on first use. */
struct sim_catalog {
	struct arena arena;
	struct sim_facts **items;	/* by the order of model_nth */
	size_t n;
};

/* The facts of a supported type; NULL when the model doesn't know it, or its block is malformed (errs, may be NULL,
 * says how). */
const struct sim_facts *facts_of(struct sim_catalog *c, struct str type, struct errs *errs);
void facts_free(struct sim_catalog *c);

#endif
