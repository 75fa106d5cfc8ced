/* Stacks: YAML or JSON files in, checked resources with folded properties out.
 *
 * The calling sequence:
 *
 *	struct stack_options opt = {.path = "examples/dr-webapp", .vars = ...};
 *	struct stack *s = stack_load(&arena, &opt, &errs);	reads files, checks anatomy, parameters, references
 *	for each fact in s->facts: ask somebody, fill fact->value	(validate skips this: they stay unknown)
 *	stack_render(s, &errs);					folds everything, checks every property
 *
 * All errors of a stack are collected; both functions return false when any was added. Nothing here talks to AWS.
 * Positions point into errs->sources. Everything belongs to the arena that was given.
 */
#ifndef DRPLAN_STACKS_STACK_H
#define DRPLAN_STACKS_STACK_H

#include "model/model.h"
#include "stacks/expr.h"

struct target {
	struct str name;		/* "dr"; "default" where a stack has no Targets */
	struct pos pos;
	struct str region;		/* may be empty: the environment's */
	struct str profile, role_arn;
	struct str account;		/* the account it must be, or empty */
	struct str role;		/* "primary", "recovery" or empty */
	int64_t priority;
	struct str found_account;	/* filled from the account fact */
	struct str partition;		/* "aws", "aws-cn", ...: from the region */
	struct str url_suffix;
};

enum on_failure { FAIL_ROLLBACK, FAIL_PAUSE, FAIL_KEEP };

struct phase {
	struct str name;
	struct pos pos;
	const struct value *gate;	/* list of one-key maps, checked by shape; NULL = none */
	enum on_failure on_failure;
	bool written;			/* in Phases; else one of the layers' */
};

enum deletion_policy { DELETION_DEFAULT, DELETION_DELETE, DELETION_RETAIN, DELETION_SNAPSHOT, DELETION_RETAIN_EXCEPT_ON_CREATE };

struct depends {
	struct str address;
	struct pos pos;
};

struct resource {
	struct str address;		/* "Vpc", "Network.Vpc" */
	struct pos pos;			/* of the logical id */
	const struct type *type;
	struct pos type_pos;
	uint32_t target;		/* index into stack->targets */
	int32_t phase;			/* index into stack->phases as written; -1 = by layer, planner/graph.c decides */
	struct pos phase_pos;
	struct value *props;		/* folded as far as known, Defaults.Tags merged, a map */
	struct depends *depends;	/* DependsOn, module edges; implicit ones are in props (expr_refs) */
	size_t n_depends;
	enum deletion_policy deletion, update_replace;
	const struct value *ignore;	/* list of paths, or NULL */
	bool name_generated;		/* the name property was left out: planner chooses it and keeps it */
};

struct lookup {
	struct str address;
	struct pos pos;
	const struct type *type;
	uint32_t target;
	struct value *match;		/* folded map */
};

struct output {
	struct str name;		/* "VpcId"; a module's are "Network.Outputs.VpcId" and not listed */
	struct pos pos;
	struct value *value;		/* folded */
	struct str description;
	struct value *export_name;	/* folded, or NULL */
	bool secret;
};

enum fact_kind {
	FACT_ACCOUNT,			/* of a target */
	FACT_ZONES,			/* of a region seen from a target: a sorted list */
	FACT_SSM,			/* value of an SSM parameter (a parameter's type says so) */
	FACT_IMPORT,			/* an export of another stack */
};

struct fact {
	enum fact_kind kind;
	uint32_t target;
	struct str name;		/* region, parameter name, export name */
	struct pos pos;			/* first use */
	struct value *value;		/* filled by the caller; NULL = unknown */
};

struct parameter {
	struct str name;
	struct pos pos;
	struct value *value;		/* after defaults, -var, type conversion; marked secret if NoEcho */
	bool no_echo;
	bool given;			/* not the default */
	bool hidden;			/* its value is a stand-in: a secret that nobody gave again (stack_var.hidden) */
};

struct stack {
	struct arena *arena;
	struct str name;
	struct str path;		/* the main file, as given */
	struct str description;
	struct target *targets;
	size_t n_targets;
	uint32_t default_target;
	struct phase *phases;		/* written ones, with the layers' merged in where none is written */
	size_t n_phases;
	uint32_t layer_phase[LAYER_COUNT];	/* where each layer's resources go by default */
	struct resource *resources;	/* included by their conditions; sorted by address */
	size_t n_resources;
	struct lookup *lookups;
	size_t n_lookups;
	struct output *outputs;
	size_t n_outputs;
	struct parameter *params;
	size_t n_params;
	struct fact *facts;		/* what must be asked before rendering */
	size_t n_facts;
	const struct value *objectives, *runbooks;	/* checked by shape; NULL = none */
	bool own_tags;			/* Defaults.OwnTags, on unless written off */
	struct str mode, active;	/* DR::Mode and DR::Active used while rendering */
	char digest[65];		/* SHA-256 in hex over all files, variables and facts, after rendering */
	struct loader *loader;		/* private to stacks/ between load and render */
};

struct stack_var {
	struct str name;
	struct str value;		/* text as given; a list as comma-separated text, or JSON */
	struct str origin;		/* "-var", "prod.yaml" for messages */
	struct pos pos, name_pos;	/* in a -var-file; line 0: elsewhere */
	bool optional;			/* of the environment: no error where the stack has no such parameter */
	bool hidden;			/* a secret that was given then and is not known: value stands in for it, unchecked */
};

struct stack_file {			/* of a stack that is not read from the disk */
	struct str path;		/* as it was when it was read from there */
	struct str text;
};

struct stack_options {
	struct str path;		/* file or directory */
	const struct stack_var *vars;	/* later ones win; -var-file read by stack_read_vars */
	size_t n_vars;
	struct str default_region;	/* of the environment, or empty */
	struct str lineage;		/* for AWS::StackId; empty in validate */
	struct str mode, active;	/* empty: standby, and the target with Role primary */
	struct str name;		/* instead of the one that is written; or empty */
	const struct value *tags;	/* for all resources, below Defaults.Tags: a map of texts, or NULL */
	const struct stack_file *files;	/* NULL: the disk; else nothing but these is read */
	size_t n_files;
};

struct stack *stack_load(struct arena *a, const struct stack_options *opt, struct errs *errs);
/* What only the state knows, whose name comes from the stack: to be said between load and render, before anything that
 * depends on it is folded. Empty mode and active keep what the options said. */
void stack_bind(struct stack *s, struct str lineage, struct str mode, struct str active);
/* May be called again when more facts are known: the first time without any, to find what is wrong before anybody is
 * asked. */
bool stack_render(struct stack *s, struct errs *errs);
/* A -var-file: YAML or JSON, a map of names to scalars or lists, or CloudFormation's list of ParameterKey/Value. */
struct value *stack_read_tree(struct arena *a, struct str path, struct errs *errs);	/* any YAML or JSON file */
bool stack_read_vars(struct arena *a, struct str path, struct stack_var **vars, size_t *n, struct errs *errs);
/* A runbook for export, as a tree that needs nothing of the template any more: {Name, Kind, At, Account, Targets: {NAME:
 * region}, From, To, Steps, Always}. Steps of the other kind and those with Export: false are gone; a logical id in a step
 * is {Address, Type, Target, Id: its Ref}. at: index of the target where it will be carried out. NULL: no such runbook. */
struct value *stack_runbook(const struct stack *s, struct str name, struct str kind, uint32_t at);
const struct resource *stack_find(const struct stack *s, struct str address);	/* by binary search */

/* Folded properties with every scalar as the type's schema has it (semantics 2); shares what stays the same. stack_render
 * did that; call it again for what became known since. */
struct value *stack_typed(struct arena *a, const struct type *t, const struct value *props);
/* Before a call: what stands for code (model/package.h) is replaced by the archive itself. False: it cannot be read, or
 * is not what it was when the stack was rendered. */
bool stack_package(struct arena *a, const struct type *t, const struct value **props, struct errs *errs);
/* Check a property tree against its type (stacks/schema.c). Expressions are skipped: what is unknown is checked by
 * calling again when it is known. address is for the messages. */
bool schema_check(const struct type *t, const struct value *props, struct str address, struct errs *errs);

/* The schema of stack files themselves, JSON Schema draft 7, for editors. */
void stack_json_schema(struct buf *out);

#endif
