/* The inside of stacks/: what its files share between reading a stack and rendering it.
 *
 *	files.c      documents and their includes          anatomy.c   which keys stand where
 *	params.c     parameters, variables                 targets.c   Targets; defaults.c, pseudo.c
 *	phases.c     Phases, layers                        foreach.c   Fn::ForEach
 *	exprparse.c, sub.c, refs.c   raw trees into V_EXPR expr.c, foldfn.c, cidr.c   computing them
 *	conditions.c, resources.c, lookups.c, outputs.c, modules.c, depends.c   one subject each
 *	askfacts.c   what must be asked of AWS             render.c    facts known: fold, type, check
 *	package.c    local code as an archive              document.c  forms of one document
 *	source.c     a loaded stack as one value, and back; sourcesecret.c   whether it would tell a secret
 *	bookexpr.c   runbooks as values: DR::Runbooks
 *	tags.c       Defaults.Tags on resources            schema.c, schema_rules.c, schema_typed.c   properties against the model
 *
 * A scope is one template: the main stack with its includes, or a module (a nested stack). Parsing an expression in
 * a scope replaces parameters, mappings, conditions and pseudo parameters at once, so that what is left needs the
 * scope no more. Nothing stops at the first error: a broken function becomes FN_BROKEN, which counts as unknown.
 */
#ifndef DRPLAN_STACKS_STACKPRIV_H
#define DRPLAN_STACKS_STACKPRIV_H

#include "stacks/stack.h"

#define FILE_MAX (64u << 20)		/* bytes of one file */
#define FILES_MAX 1000			/* files of one stack */
#define MODULE_DEPTH 10
#define FOREACH_MAX 500000		/* values that all loops of a stack may make */

enum {					/* enum expr_fn goes on, privately */
	FN_NO_VALUE = FN_COUNT,		/* AWS::NoValue */
	FN_BROKEN,			/* an error was reported here */
};

/* --- names.c: hash from names to whatever ---------------------------------------------------------------------- */

struct name_slot {
	struct str key;
	void *item;
};

struct name_map {
	struct name_slot *slots;
	size_t n, cap;
};

void *name_get(const struct name_map *m, struct str key);
/* Adds; if the key is there already nothing changes and its item is returned. item is not NULL. */
void *name_put(struct arena *a, struct name_map *m, struct str key, void *item);

/* --- what a stack is made of ------------------------------------------------------------------------------------- */

enum section {
	SEC_PARAMETERS, SEC_MAPPINGS, SEC_CONDITIONS, SEC_RESOURCES, SEC_OUTPUTS, SEC_LOOKUPS, SEC_RUNBOOKS, SEC_TARGETS,
	SEC_COUNT,
};

struct document {			/* one file of a scope */
	struct pos included;		/* the Include that named it; line 0 = the main file */
	struct str path, dir;		/* dir ends with '/' or is empty */
	struct value *root;
	struct value *section[SEC_COUNT];	/* maps; NULL: not there */
	struct value *defaults;
	uint32_t target;		/* targets.c: Defaults.Target, or the scope's */
	int32_t phase;			/* Defaults.Phase, -1 = none */
	struct pos phase_pos;
	struct value **tags;		/* per target: map of key -> folded value; NULL = not made yet */
};

enum name_kind { NAME_PARAMETER, NAME_RESOURCE, NAME_MODULE, NAME_LOOKUP };

struct name {				/* what a logical id means; first member of the structs below */
	enum name_kind kind;
	struct str id;
	struct pos pos;
};

struct param {
	struct name name;
	const struct value *raw;
	struct parameter pub;
	struct str type;
	bool ssm;			/* its text names an SSM parameter */
	bool is_list;
	bool bad;			/* an error was reported */
	bool misspelt;			/* one of its keys is none */
	struct value *given;		/* module: the parent's folded value */
	bool hidden;			/* given is a stand-in for a secret */
};

struct item {				/* a resource, included or not */
	struct name name;
	struct scope *scope;
	struct document *doc;
	const struct value *raw;
	struct resource res;
	struct str type_name;
	struct value *cond;		/* folded; NULL = always */
	struct str cond_name;
	bool excluded;
	struct pos props_pos;		/* where a property that is missing would be written */
	bool partial;			/* an error hides some of its properties: don't ask for what is missing */
	bool packed;			/* its code is a path that became a reference: package.c */
	uint8_t visit;			/* render.c */
	size_t cap_depends;
};

/* DependsOn that names a module, or stands on one: every root of one side waits for every sink of the other. */
struct module_edge {
	struct item *from_item, *to_item;	/* or */
	struct scope *from_scope, *to_scope;
	struct pos pos;
};

struct item_list {
	struct item **items;
	size_t n, cap;
};

struct lookup_item {
	struct name name;
	const struct value *raw;
	struct lookup pub;
};

struct cond {
	struct str name;
	struct pos pos;
	const struct value *raw;
	struct value **by_target;	/* folded, one per target; NULL = not evaluated */
	bool busy, cyclic;
};

struct out {
	struct str name;
	struct pos pos;
	const struct value *raw;
	struct value *value, *cond, *export_name;
	bool busy, done;
};

enum scope_state { SCOPE_DECLARED, SCOPE_OPENING, SCOPE_OPEN };

struct scope {
	struct name name;		/* modules: in the parent's names */
	struct loader *ld;
	struct scope *parent;
	struct document *decl_doc;	/* where the module stands */
	const struct value *raw;	/* the module's resource */
	struct str prefix;		/* "Network." */
	struct str stack_name;		/* AWS::StackName */
	unsigned depth;
	enum scope_state state;
	bool extensions;		/* Transform: AWS::LanguageExtensions */
	bool broken;			/* its file could not be read: names are not known */
	struct str path;		/* of its first file */

	struct document **docs;
	size_t n_docs, cap_docs;
	struct name_map names, conditions, outputs;
	struct value *mappings;
	struct param **params;
	size_t n_params, cap_params;
	struct item **items;
	size_t n_items, cap_items;
	struct lookup_item **lookups;
	size_t n_lookups, cap_lookups;
	struct scope **modules;
	size_t n_modules, cap_modules;
	struct out **outs;
	size_t n_outs, cap_outs;
	struct cond **conds;
	size_t n_conds, cap_conds;

	uint32_t target;		/* default for its documents */
	int32_t phase;
	struct pos phase_pos;
	struct value *cond;		/* the module's own, folded; NULL = always */
	struct str cond_name;
	const struct value *tags;	/* raw; map or list */
	enum deletion_policy deletion, update_replace;
	struct item_list roots, sinks;	/* modules.c, when an edge needs them */
	bool edges_known;
};

struct loader {
	struct arena *arena;
	struct errs *errs;
	struct stack_options *opt;	/* a copy; stack_bind changes it */
	struct stack *stack;
	bool no_files;			/* from memory: Include and TemplateURL are refused */
	struct name_map paths;		/* files that were read -> struct document */
	struct stack_file *texts;	/* what was read, for the digest and the source */
	size_t n_texts, cap_texts;
	struct name_map packages;	/* paths that were packed -> struct str, the fingerprint */
	struct scope *root;
	struct scope **scopes;		/* all that are open, root first */
	size_t n_scopes, cap_scopes;
	struct name_map addresses;	/* full address -> struct item */
	struct name_map fact_names;	/* askfacts.c */
	size_t cap_facts;
	struct module_edge *edges;
	size_t n_edges, cap_edges;
	size_t foreach_made;
	bool foreach_full;
	unsigned foreach_depth;
	unsigned cond_depth, module_depth;	/* of the recursion that is going on */
	unsigned suggestions;		/* how many were looked for: each costs a walk over all names */
	bool targets_known, region_missed;
};

/* --- files.c ----------------------------------------------------------------------------------------------------- */

/* Read the scope's main file and everything it includes; false if the main one is not usable. */
bool scope_read(struct scope *sc, struct str path, struct pos from);
bool scope_read_text(struct scope *sc, struct str path, struct str text);
/* The text of a file in the arena; an error at from (line 0: none) and false if it cannot be read. */
bool file_text(struct loader *ld, struct str path, struct pos from, struct str *text);
/* A file's content as a value: JSON if it begins with '{' or '[', or is named .json; else YAML. */
struct value *text_value(struct arena *a, struct str path, struct str text, unsigned yaml_flags, struct errs *errs);
/* What the stack depends on beside files: their place in the digest and the source. */
void text_keep(struct loader *ld, struct str path, struct str text);
/* The text of a further file that the stack depends on; it belongs to the digest and the source. */
bool file_keep(struct loader *ld, struct str path, struct pos from, struct str *text);
struct str path_join(struct arena *a, struct str dir, struct str path);
struct str path_dir(struct str path);
/* A stack from memory, as fuzzers and tests want it: touches no file. */
struct stack *stack_load_text(struct arena *a, const struct stack_options *opt, struct str text, struct errs *errs);

/* --- anatomy.c --------------------------------------------------------------------------------------------------- */

/* Check a document's top-level keys and fill doc->section; main: the first file of the main stack. */
void anatomy_check(struct scope *sc, struct document *doc, bool main, bool first);
/* Check that v is a map with known keys only. what is for the message: "a parameter". */
bool keys_check(struct errs *errs, const struct value *v, const struct str *keys, size_t n, const char *what);
#define KEYS_CHECK(errs, v, keys, what) keys_check((errs), (v), (keys), sizeof(keys) / sizeof *(keys), (what))
const char *kind_name(const struct value *v);	/* "a list", "a map", "a text", ... */
bool id_check(struct errs *errs, struct str id, struct pos pos, const char *what);
/* Both places of a name that was given twice. */
void twice_error(struct errs *errs, struct str name, struct pos second, struct pos first);

/* --- expressions -------------------------------------------------------------------------------------------------- */

enum {
	PARSE_CONDITION = 1,		/* {Condition: x} is a function here */
	PARSE_NO_RESOURCES = 2,		/* resources cannot be referred to */
	PARSE_RUNBOOK = 4,		/* DR::RunId and names of steps */
};

struct parse {
	struct scope *scope;
	uint32_t target;
	unsigned flags;
	const char *where;		/* "Conditions": for "cannot be used in ..." */
};

/* Never NULL: FN_BROKEN where an error was added. raw itself where it holds no function. */
struct value *expr_parse(const struct parse *p, const struct value *raw);
struct value *sub_parse(const struct parse *p, const struct value *arg, struct pos pos);	/* sub.c */
struct value *ref_parse(const struct parse *p, struct pos pos, struct str name, bool in_sub);	/* refs.c */
struct value *getatt_parse(const struct parse *p, struct pos pos, struct str name, struct str attr, bool in_sub);
struct value *expr_broken(struct loader *ld, struct pos pos);
bool expr_is(const struct value *v, unsigned fn);
/* The text that parameters and Equals see: as written, but True and FALSE without quotes are true and false. */
struct str expr_word(const struct value *v);
struct value *expr_make(struct arena *a, struct pos pos, unsigned fn, struct value *arg1, struct value *arg2);
/* Fold without giving up: errors are added, what is wrong stays unknown. Never NULL. */
struct value *fold_value(const struct expr_env *env, const struct value *v);
/* foldfn.c: one function whose arguments were folded; NULL = leave it as it is. */
struct value *fold_function(const struct expr_env *env, const struct value *e);
struct value *fold_join(const struct expr_env *env, const struct value *e);
/* Properties in which a reference to a package is something unknown: rules about source text are not about it. */
const struct value *package_hidden(struct arena *a, const struct type *t, const struct value *props);
/* package.c: a local path for code becomes a reference with its fingerprint; props itself if there is none. */
struct value *package_refer(struct loader *ld, struct item *it, struct value *props);
/* document.c: a document that is written as a tree, a file or with substitutions becomes the text that it stands for. */
struct value *document_render(struct loader *ld, const struct expr_env *env, const struct item *it, struct value *props);
/* {{resolve:...}} in a text becomes FN_DYNAMIC; v itself if there is none. */
struct value *dynamic_parse(const struct expr_env *env, const struct value *v);
/* Parse and fold with nothing known yet. */
struct value *expr_eval(const struct parse *p, const struct value *raw);
/* As expr_eval, and the result must be a text that is known; false with an error. */
bool expr_text(const struct parse *p, const struct value *raw, const char *what, struct str *out);
bool expr_has_ref(const struct value *v);	/* depends on a resource or lookup */
/* An unknown value that others are made of must stay small: what doubles with each use would never be walked to its end.
 * Gives v, or FN_BROKEN after an error at pos. */
struct value *expr_bounded(struct loader *ld, struct value *v, struct pos pos);
bool cidr_ok(struct str s, bool ipv6);		/* an address block of that family */
/* cidr.c: Fn::Cidr; false with an error at pos, or at block_pos where the block is at fault. */
bool cidr_split(struct arena *a, struct str block, int64_t count, int64_t bits, struct value *list, struct errs *errs,
		struct pos pos, struct pos block_pos);
/* The place of a text within the scalar at pos, by looking into the source; pos itself if not found. */
struct pos pos_find(const struct errs *errs, struct pos pos, struct str what);
struct str name_suggest(struct scope *sc, struct str name);

/* --- subjects -------------------------------------------------------------------------------------------------- */

void params_declare(struct scope *sc);		/* from the documents; constraints by shape */
void params_fill(struct scope *sc);		/* values from variables, defaults or the module's properties */
void params_fill_ssm(struct scope *sc);		/* after the targets are known */
void targets_read(struct loader *ld);
void defaults_read(struct scope *sc);
/* Defaults.Tags that hold for a document's resources at a target, outer ones included: a map, maybe empty. */
struct value *default_tags(struct scope *sc, struct document *doc, uint32_t target);
void region_parts(struct target *t);		/* partition and URL suffix */
bool target_named(struct loader *ld, struct str name, struct pos pos, uint32_t *out);
struct value *pseudo_value(const struct parse *p, struct pos pos, struct str name, bool *known);
struct value *target_attribute(const struct parse *p, struct pos pos, struct str path);	/* "dr.Region" */
struct value *account_expr(struct loader *ld, struct pos pos, const struct target *t);
/* bookexpr.c: "failover.StateMachine", and what it stands for once the runbooks are read. */
struct value *runbook_attribute(const struct parse *p, struct pos pos, struct str path);
struct value *runbook_expand(struct loader *ld, const struct value *e);
void phases_read(struct loader *ld);
bool phase_named(struct loader *ld, struct str name, struct pos pos, int32_t *out);
struct value *foreach_expand(struct scope *sc, const struct value *map);	/* one level of a map */
bool foreach_key(struct str key);
struct value *condition_value(struct scope *sc, uint32_t target, struct str name, struct pos pos);
void conditions_declare(struct scope *sc);
void conditions_check(struct scope *sc);	/* also those that nothing uses */
void mappings_declare(struct scope *sc);
void resources_declare(struct scope *sc);
void resources_build(struct scope *sc);
enum deletion_policy policy_read(const struct parse *p, const struct value *raw, const char *key, enum deletion_policy base);
void lookups_declare(struct scope *sc);
void lookups_build(struct scope *sc);
void outputs_declare(struct scope *sc);
void outputs_build(struct scope *sc);
struct value *output_value(struct scope *sc, struct out *o);
void module_declare(struct scope *parent, struct document *doc, struct str id, struct pos pos, const struct value *raw);
bool module_open(struct scope *sc, struct pos use);
void modules_depend(struct loader *ld);		/* DependsOn that names a module, or stands on one */
void depends_add(struct loader *ld, struct item *it, struct str address, struct pos pos);
/* DependsOn of a resource (item) or a module (scope). */
void depends_read(struct scope *sc, struct item *item, struct scope *module, const struct value *raw);
/* Condition of a resource, module or output: its value and name; combined with the scope's own. */
struct value *condition_of(struct scope *sc, uint32_t target, const struct value *raw, struct str *name);
struct scope *scope_new(struct loader *ld, struct scope *parent);
void scope_begin(struct scope *sc);		/* parameters and mappings of its documents */
void scope_names(struct scope *sc);		/* the rest of what is declared there */
void scope_build(struct scope *sc);		/* evaluate it, facts unknown */
void place_read(struct scope *sc, const struct value *raw, uint32_t *target, int32_t *phase, struct pos *phase_pos);
/* Is it excluded by its condition, as far as known? */
bool cond_false(const struct value *cond);
void runbooks_read(struct loader *ld);
void gate_check(struct loader *ld, const struct value *checks);
void objectives_read(struct loader *ld);
void facts_collect(struct loader *ld);
void fact_note(struct loader *ld, const struct value *v);
/* What the caller has filled in for an FN_FACT; NULL = unknown. */
struct value *fact_value(const struct loader *ld, const struct value *e);
struct value *fact_expr(struct arena *a, struct pos pos, const char *kind, struct str target, struct value *name);
/* The resource's tag property with the default tags merged in, its own winning by key; props itself if nothing changes. */
struct value *tags_merge(struct loader *ld, const struct item *it, struct value *props);
void stack_check(struct loader *ld);		/* render.c: what stack_render checks, facts unknown */
void stack_digest(struct stack *s);

/* --- regex.c --------------------------------------------------------------------------------------------------- */

enum regex_result { REGEX_NO, REGEX_YES, REGEX_BAD };	/* BAD: the pattern is not usable */
enum regex_result regex_match(struct str pattern, struct str subject, bool whole);

/* --- schema_rules.c ------------------------------------------------------------------------------------------------ */

/* Scalars as the schema types them (semantics 2); shares what stays the same. */
struct value *schema_typed(struct arena *a, const struct schema *s, const struct value *v);
bool schema_check_at(const struct type *t, const struct value *props, struct str address, struct pos pos,
		     struct errs *errs);

struct check {
	struct errs *errs;
	const struct type *type;
	struct str address;
	struct pos pos;			/* where a property is missed that the root needs */
	bool quiet;			/* trying a rule: count, don't add */
	bool loose;			/* in a rule: properties that it doesn't name are its business not */
	size_t wrong, unknown;
	unsigned depth;
	struct str meant;		/* the property that an unknown one of this object was suggested to be */
};

struct err *check_error(struct check *c, struct pos pos, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Does a value fit a node? name is the property's, empty for the root. */
void check_value(struct check *c, const struct schema *s, const struct value *v, struct str name);
void check_scalar(struct check *c, const struct schema *s, const struct value *v, struct str name);
void check_list(struct check *c, const struct schema *s, const struct value *v, struct str name);
void check_rules(struct check *c, const struct schema *s, const struct value *v, struct str name);
/* "'Name' of AWS::X::Y", or the type for the root. */
struct str check_owner(const struct check *c, struct str name);

#endif
