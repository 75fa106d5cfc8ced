/* The engine: carries out works (providers/provider.h) by interpreting call descriptors (calls.h) over the wire.
 *
 *	engine.c          the provider: start, poll, events; a job's life and its waits
 *	engine_source.c   values that a text names: paths, sources, conditions
 *	engine_id.c       ids that properties make
 *	engine_document.c lists, maps and JSON texts among them
 *	engine_send.c     properties into requests
 *	engine_tags.c     tags of the template, and drplan's own
 *	engine_receive.c  answers into properties and attributes
 *	engine_exec.c     one call with its First reads, retries and error meanings
 *	engine_fetch.c    reads for many, gathered into as few calls as possible
 *	engine_gather.c   calls of several works that travel as one
 *	engine_over.c     reads of each item that another read, or a property, lists
 *	engine_items.c    selections by the items of a list property
 *	engine_on.c       one resource out of those that it is put on
 *	engine_named.c    a property that is given by a name
 *	engine_keep.c     documents that a call replaces, and that hold what is not ours
 *	engine_read.c     one resource read whole: its main read and the extra ones, overlapped
 *	engine_create.c, engine_update.c, engine_delete.c, engine_ask.c    the kinds of work
 *	engine_lookup.c, engine_recover.c    those that look for a resource, on engine_find.c's list calls
 *	verbs/            verbs and probes of runbooks
 *	engine_claim.c    nothing of somebody else's is taken over by a create
 *	engine_diff.c     which properties and elements differ
 *
 * Everything is callbacks on one loop. A job (one work under way) has a scratch arena that dies with it; what a work
 * gets is made in the work's own arena.
 */
#ifndef DRPLAN_AWS_ENGINE_H
#define DRPLAN_AWS_ENGINE_H

#include "providers/aws/calls.h"
#include "providers/aws/wire.h"

#define ENGINE_LEVELS 6		/* elements around an element */
#define ENGINE_VARS 8
#define OWN_TAG "drplan:"

struct element {		/* where a read found something: the innermost element first, the whole answer last */
	const struct value *levels[ENGINE_LEVELS];
	size_t n;
};

struct place_facts {		/* what is known about a place; shared by its jobs */
	struct place_facts *next;
	const struct place *place;
	struct str region, partition, suffix, account;	/* suffix: of its domain names */
	struct call *asking;	/* GetCallerIdentity under way */
	struct job *waiting;	/* jobs that need the account first */
};

/* What the sources of a text are evaluated against. */
struct env {
	struct arena *arena;
	const struct type_def *def;
	const struct type *type;
	const struct place_facts *facts;
	struct str id;
	bool undo;			/* $undo */
	struct str op;			/* $op */
	const struct value *answer;	/* $answer */
	struct str snapshot;		/* $snapshot: part of its name, empty unless a final one is to be taken */
	const struct value *props;	/* $Prop: desired, or what was applied last */
	const struct value *prior;
	const struct element *found;
	const struct value *vars[ENGINE_VARS];
	const struct value *element;	/* $element, $elements */
	const struct element *here;
};

struct engine {
	struct provider base;
	struct wire *wire;
	struct arena arena;
	struct place_facts *places;
	struct batch *batches;
	struct gathering *gatherings[64];	/* by hash of the request (engine_gather.c) */
	struct job *keeping;		/* engine_keep.c: in the order in which they came */
	struct job *looked;		/* engine_claim.c: those that go on with the next poll */
	struct work_event *events;	/* a ring */
	size_t first_event, n_events, cap_events;
	bool settling;
};

struct job;
typedef void job_fn(struct job *j);

/* One step of a change: a call with the properties or elements that it is about. */
struct step {
	struct step *next;
	const struct call_def *call;
	const struct facet_def *facet;	/* element calls of a facet */
	const struct value *props;	/* what $Prop and the bindings see */
	const struct value *changed;	/* a map whose keys are the properties to send; NULL: all of props */
	const struct value *elements;	/* a list; or one element */
	const struct value *tags;	/* a list of Key and Value; or of keys */
	bool spread;			/* made for one item of the call's Over */
};

struct job {
	struct engine *e;
	struct work *w;
	const struct type_def *def;
	struct place_facts *facts;
	struct arena arena;
	struct job *next;		/* in a waiting list */
	job_fn *after_wait;
	int64_t started, wait_until;
	int64_t delay_ms;

	/* the call at hand (engine_exec.c) */
	struct {
		const struct call_def *def;
		struct env env;
		size_t taken;
		struct step step;
		struct str token;
		struct call call;
		struct value *input;
		const struct value *answer;	/* of def itself; call is also its Await's */
		int64_t deadline, delay_ms;
		bool gone_is_ok;
		job_fn *then;		/* called on success, and on failure with job->failed set */
	} exec;

	struct element found;		/* copied, for $found */
	struct reading *reading;	/* the last one (engine_read.c) */
	struct finding *finding;	/* engine_find.c */
	struct claim *claim;		/* engine_claim.c */
	struct str keep_key;		/* engine_keep.c: the document that it has in hand, or waits for */
	struct job *keep_next;
	struct step *steps, **last_step;
	bool failed;
	struct err *first_failure;	/* of steps, some of which are made anyway */
	bool gone;			/* the last call's error said that the resource does not exist */
	bool ready;		/* the create's own answer shows the settled state */
	bool fresh;		/* live was taken from the create's own answer */
	size_t left;			/* READ: items under way */
	struct verb *verb;		/* VERB, PROBE (verbs/) */
};

/* --- engine.c ----------------------------------------------------------------------------------------------------- */
void event_add(struct engine *e, enum work_event_kind kind, struct work *w);
/* End the job: WORK_DONE, memory given back. The job must not be touched afterwards. */
void job_done(struct job *j);
void job_fail(struct job *j, enum err_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The error of a call becomes the work's; strings are copied into its arena. */
void job_call_error(struct job *j, const struct err *err);
/* After ms, or at once when settling, fn(j). */
void job_after(struct job *j, int64_t ms, job_fn *fn);
void job_waiting(struct job *j, struct str what);
const struct type_def *type_def_find(struct str name);
struct place_facts *place_facts(struct engine *e, const struct place *p);
/* Once the account is known, fn(j); on failure the job fails. */
void job_account(struct job *j, job_fn *fn);
struct env job_env(struct job *j);

static inline struct str call_text(call_str at)
{
	return str_of(call_pool + at);
}
static inline const struct call_step *step_at(struct span s, size_t i)
{
	return &call_steps[s.first + i];
}
static inline bool codes_have(struct span codes, struct str code)
{
	for (size_t i = 0; i < codes.n; i++)
		if (str_eq(call_text(call_codes[codes.first + i]), code))
			return true;
	return false;
}

/* --- engine_source.c ---------------------------------------------------------------------------------------------- */
struct value *source_value(const struct env *env, uint16_t source);
struct str source_text(const struct env *env, uint16_t source);
/* Its documents (engine_document.c): a list, a map, a JSON text with one more member. */
struct value *document_list(const struct env *env, const struct call_source *s);
struct value *document_map(const struct env *env, const struct call_source *s);
struct value *document_member(const struct env *env, const struct call_source *s);
/* The region that a source names, itself or as that of an ARN. */
struct str region_text(const struct env *env, uint16_t source);
/* What stands at a path; a list of all where the path goes through lists; NULL if nothing does. */
struct value *path_value(const struct env *env, const struct value *root, struct span path);
struct value *element_value(const struct env *env, const struct element *el, struct span path, uint8_t up);
bool conds_hold(const struct env *env, struct span conds, const struct value *root);
bool source_uses(uint16_t source, enum source_kind kind);
bool call_uses(const struct call_def *c, enum source_kind kind);
/* Whether the call's sources name $Prop. */
bool call_names(const struct call_def *c, struct str prop);
/* The id in what an answer calls so: a path's last part, where the text says After. */
struct str id_own(const struct type_def *def, struct str answered);
/* What follows the last `after` in a text; all of it where there is none. */
struct str text_after(struct str text, struct str after);
/* The id that these properties make, empty if some part is missing. */
struct str id_compose(const struct env *env);
/* A part of a composed id, where the id is all that is known: the text between its bars; NULL if it doesn't tell. */
struct value *id_part(const struct env *env, struct str name);
/* Call fn for every element at a path of an answer. */
void element_each(const struct env *env, const struct value *root, struct span at,
		  void (*fn)(void *ctx, const struct element *el), void *ctx);
struct element element_copy(struct arena *a, const struct element *el);

/* --- engine_send.c ------------------------------------------------------------------------------------------------ */
/* Put a value at a path of a request that is being built, making what is missing on the way. */
void path_put(const struct env *env, struct value *root, struct span path, struct value *v);
struct value *input_build(const struct env *env, const struct call_def *def, const struct step *step);

/* --- engine_tags.c ------------------------------------------------------------------------------------------------ */
/* Own tags of a new resource and the template's, as a list of {Key, Value}. */
struct value *tags_wanted(struct arena *a, const struct work *w);
struct value *tags_of(struct arena *a, const struct type *t, const struct value *props);

/* --- engine_receive.c --------------------------------------------------------------------------------------------- */
struct received {
	struct value *live, *attrs;
	struct str op;		/* drplan:op among the tags, or empty */
	struct str address;	/* drplan:address */
	struct str stack, lineage;	/* drplan:stack, drplan:lineage */
};
/* Tags of an answer into live, and drplan's own out of them (engine_tags.c). */
void receive_tags(const struct env *env, const struct value *v, struct received *out);
void receive(const struct env *env, const struct fetch_def *f, const struct element *el, struct received *out);
void receive_attrs(const struct env *env, const struct element *el, struct received *out);

/* --- engine_exec.c ------------------------------------------------------------------------------------------------ */
void job_exec(struct job *j, const struct step *step, struct str token, bool gone_is_ok, job_fn *then);
const struct op *call_operation(const struct call_def *def);
/* Whether the error is one of these: "Code", or "Code: words of the message". */
bool error_among(struct span codes, const struct err *err);

/* --- engine_gather.c ---------------------------------------------------------------------------------------------- */
/* As wire_start, at the end of this turn of the loop, together with others that may share the request. */
void gather(struct engine *e, const struct call_def *def, struct call *c);
void gatherings_flush(struct engine *e);
void gatherings_free(struct engine *e);

/* For engine_keep.c: send the request that was built; end the call with this error; a further call of this job. */
void exec_send(struct job *j);
void exec_failed(struct job *j, const struct err *err);
void exec_finish(struct job *j);
void exec_common(struct job *j, struct call *c, const struct call_def *def);

/* --- engine_keep.c ------------------------------------------------------------------------------------------------ */
/* Put what others have in the list that the request replaces into the request, and send it. */
void keep_others(struct job *j);
/* The call is over: the next one that wants the same document has its turn. */
void keep_release(struct job *j);

/* --- engine_named.c ----------------------------------------------------------------------------------------------- */
/* Put what is given by a name alone beside it, then fn(j); on failure the job ends. */
void job_named(struct job *j, job_fn *fn);

/* --- engine_fetch.c ----------------------------------------------------------------------------------------------- */
struct want {
	struct want *next;
	struct want *same;	/* of a batch: another one of the same id */
	const struct fetch_def *f;
	struct env env;		/* key, region, constants */
	struct str key;		/* what is asked for: the id, or a parent's */
	struct str id;		/* what is looked for among the elements; empty: every one with this key */
	struct str address;
	void (*element)(struct want *, const struct element *el);	/* for each that was found */
	void (*done)(struct want *, const struct err *err);		/* NULL: the read worked */
	void *ctx;
	bool hit;
	unsigned calls;
};
void want_start(struct engine *e, struct want *w);
/* A want whose read says Over: listed first, then asked item by item. */
void over_start(struct engine *e, struct want *w);
void batches_flush(struct engine *e);
void batches_free(struct engine *e);

/* --- engine_read.c ------------------------------------------------------------------------------------------------ */
struct reading {
	struct engine *e;
	struct env env;		/* arena: of the results */
	struct arena *scratch;
	struct str address;
	bool main_only;		/* without the extra reads */
	bool keep;		/* copy the element for $found */
	bool follow;		/* extra reads wait for the main one's answer */
	bool strict;		/* of what it is put on, only what is as desired counts (engine_on.c) */
	void (*done)(struct reading *);
	void *ctx;

	unsigned pending, mains;	/* parts under way; those of them that are main reads */
	bool found, dead;
	struct received got, extra;	/* of the main read; of the others */
	struct element element;
	bool until, fail;	/* the type's Wait conditions held */
	bool stands;		/* ... and those of Stands */
	bool until_delete;
	struct str state, why;	/* text of the until path, of Why */
	bool failed;
	struct err err;
	unsigned calls;
};
void reading_start(struct reading *r);
void job_read(struct job *j, bool keep, bool main_only, job_fn *then);

/* --- engine_items.c ----------------------------------------------------------------------------------------------- */

/* Whether a condition is about items of a list property; and whether one of these meets all that are. */
bool cond_on_items(const struct env *env, const struct call_cond *c);
bool items_fit(const struct env *env, struct span conds, const struct call_cond *c, const struct value *root);
/* Of a COND_MANY: how many items are missing, 0: it holds. */
int64_t cond_lacks(const struct env *env, const struct call_cond *c, const struct value *root);

/* --- engine_on.c -------------------------------------------------------------------------------------------------- */
/* One of those that a resource without a being of its own is put on: its answer joins the others'. */
void on_element(struct reading *r, struct want *w, const struct element *el);
/* Each list of those is there, though nothing of it may have been found. */
void on_lists(struct reading *r);

/* --- the works ---------------------------------------------------------------------------------------------------- */
void work_create(struct job *j);
void work_update(struct job *j);
void work_delete(struct job *j);
void work_read(struct job *j);
void work_lookup(struct job *j);
void work_recover(struct job *j);
void work_ask(struct job *j);
void work_verb(struct job *j);	/* verbs/verb.c */
bool verb_is_probe(struct str name);
bool verb_is_verb(struct str name);
void step_add(struct job *j, struct step s);
/* Run one step, or, where its call says Over, put one for each item before the others. */
void step_run(struct job *j, const struct step *s, bool gone_is_ok, job_fn *then);
/* Run the steps in order, then fn. */
void steps_run(struct job *j, job_fn *fn);
/* Calls that bring the live properties from `from` to `to`: updates, facets, tags. sent: properties that are done. */
void plan_steps(struct job *j, const struct value *from, const struct value *to, const struct call_def *sent);
/* Calls that add every element of every facet: how a type is made that is nothing else. */
void steps_fill(struct job *j, const struct value *props);
/* Calls that drop what stands in the way of deletion. */
void steps_empty(struct job *j, const struct value *props);

/* --- engine_diff.c ------------------------------------------------------------------------------------------------ */
/* Does the live value meet the desired one, under the type's normalisers? */
bool prop_same(struct arena *a, const struct type *t, struct str path, const struct value *desired, const struct value *live);
/* Does an update have to carry it? As above, where what needs no change is equal in prior. */
bool prop_changes(struct arena *a, const struct type *t, struct str path, const struct value *desired, const struct value *prior);
/* A property as it is told to people: a DNS name without AWS's escapes and final dot; what is public without the
 * models' marks. NULL stays NULL. */
const struct value *prop_form(struct arena *a, const struct type *t, struct str path, const struct value *v);
/* Elements of x that have no equal in y; one of the two is live and may say more than the other. */
struct value *elements_minus(struct arena *a, const struct type *t, struct str path, const struct value *x, const struct value *y,
			     bool x_is_live);

#endif
