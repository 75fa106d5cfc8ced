/* Inside the simulator: what its files share. One call of one work is a struct call; it goes through
 *
 *	check.c     the property schema: coerced, or refused
 *	shape.c     what AWS makes of the properties: defaults, normal forms, ids, attributes
 *	rules.c     uniqueness, address ranges, what must be equal or exist
 *	refs.c      references to other resources, and who keeps whom alive
 *	elements.c  lists that are shared with standalone resources
 *	change.c    create, update, delete on the world          read.c, ask.c  questions
 *	sched.c     calls, waits and virtual time                fault.c        what goes wrong
 *
 * Everything that refuses returns false with the call's code and message set (call_refuse).
 */
#ifndef DRPLAN_SIM_INNER_H
#define DRPLAN_SIM_INNER_H

#include "providers/sim/sim.h"
#include "providers/sim/simfacts.h"
#include "providers/sim/world.h"

struct scope {
	struct str account, region;
};

struct fault;
struct job;

struct sim {
	struct provider base;
	struct clock clock;
	struct world world;
	struct sim_catalog catalog;
	struct arena scratch;		/* of one call */
	int64_t mono, wall;		/* virtual now, ms */
	int64_t real_mono;		/* with a speed: the real time at which mono was true */
	unsigned speed;
	unsigned parallelism;
	bool settling;
	bool partial;			/* made of what a state remembers: what it does not hold may exist all the same */
	bool kill;			/* a kill-after fault: the process ends with this turn */
	struct provider_stats stats;
	uint64_t seed;

	/* sched.c */
	struct job **heap;		/* by due time */
	size_t n_heap, cap_heap;
	struct job *first, *last;	/* started, not yet sent */
	size_t in_flight;
	uint64_t order;			/* ties of the heap */
	struct work_event *events;
	size_t first_event, n_events, cap_events;

	/* fault.c */
	struct fault *faults;
	size_t n_faults;
	struct arena fault_arena;
};

/* A row of resources; texts and props in the call's arena. */
struct row {
	int64_t row, due, maker;	/* due, maker: 0 = none */
	struct str account, region, type, id, ref, state, op, lineage;
	struct value *props;
};

struct call {			/* one call of one work */
	struct sim *sim;
	struct arena *a;		/* scratch: gone after the call */
	const struct sim_facts *facts;
	struct scope scope;
	int64_t row;			/* the resource's, once known: the source of its random parts */
	unsigned draws;
	struct str id;
	struct str code, message, help;	/* of a refusal */
	enum err_kind kind;
	int64_t retry_at;		/* a refusal that time will lift; 0 = none */
	bool undo;			/* a create is taken back: nothing lingers */
};

/* Always false. */
bool call_refuse(struct call *c, struct str code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* SQLite failed below: the message comes from the world. Always false. */
bool call_broken(struct call *c);
/* The arena's scope for a place: account and region, defaults filled in. */
struct scope scope_of(struct arena *a, const struct place *place);
/* The facts and the scope of a type's resources; false: the type is not known. */
bool call_begin(struct call *c, struct sim *s, struct arena *a, const struct place *place, struct str type);

/* --- template.c ------------------------------------------------------------------------------------------------- */

/* NULL: some placeholder has no value. Trees without placeholders come back as they are. */
const struct value *template_render(struct call *c, const struct value *tmpl, const struct value *props);
struct str template_text(struct call *c, const struct value *tmpl, const struct value *props);	/* empty: no value */
bool when_holds(const struct value *when, const struct value *props);	/* NULL holds */

/* --- check.c, shape.c ------------------------------------------------------------------------------------------- */

/* desired in the types of the schema, texts of bools and numbers converted; NULL with a refusal. */
struct value *check_props(struct call *c, const struct value *desired);
/* Without what only says that there shall be none: an empty text or list where that is the default. */
const struct value *shape_said(struct call *c, const struct value *props);
/* Defaults, normal forms, what AWS drops, in place of the given properties. */
struct value *shape_props(struct call *c, struct value *props);
/* The id, and the read-only properties; c->id is set. */
struct value *shape_identity(struct call *c, struct value *props);
struct value *shape_stored(struct call *c, struct value *props);	/* without write-only properties */
/* The properties that one element of a shared list has as a resource of the child type, in normal form. */
struct value *shape_child(struct call *c, const struct sim_facts *child, const struct value *element);

/* --- rules.c ---------------------------------------------------------------------------------------------------- */

bool rules_claim(struct call *c, const struct value *props);	/* unique sets, ranges; after rules_release on update */
void rules_release(struct call *c);
bool rules_hold(struct call *c, const struct value *props);	/* Equal, Needs */
/* Between: numbers that were sent are refused outside of their bounds, others move into them. */
bool rules_bound(struct call *c, const struct value *given, struct value *props);
bool rules_quota(struct call *c);

/* --- cidr.c ----------------------------------------------------------------------------------------------------- */

struct cidr {
	unsigned char low[16], high[16];
	unsigned size;		/* 4 or 16 bytes */
	unsigned prefix;
};
bool cidr_parse(struct str s, struct cidr *out);	/* host bits may be set; low has them cleared */
bool cidr_within(const struct cidr *inner, const struct cidr *outer);
/* The nth address of the range, as text. */
struct str cidr_address(struct arena *a, const struct cidr *r, uint32_t nth);

/* --- refs.c ----------------------------------------------------------------------------------------------------- */

/* Check every reference below the properties and keep it; c->row exists. */
bool refs_claim(struct call *c, const struct value *props);
void refs_release(struct call *c);
/* The row that a text names, of any of the types (NULL: any type at all); 0 if none. */
int64_t refs_find(struct call *c, struct scope at, struct str type, struct str handle);
/* An ARN says itself where its resource is. Those of AWS's own account, and of accounts that are not simulated,
 * cannot be checked: false. */
bool refs_scope(struct call *c, struct str handle, struct scope *at);
bool refs_handles(struct call *c, const struct value *props, struct str ref);	/* make c->row known by its names */
/* Refused while something keeps it alive. */
bool refs_unused(struct call *c, const struct row *r);
bool refs_missing(struct call *c, const struct sim_facts *f, struct str id);	/* the refusal; always false */

/* --- elements.c ------------------------------------------------------------------------------------------------- */

/* The owner's lists in both trees: from is what the caller believes to be there, to what shall be. A list that to
 * doesn't have is left alone. */
bool elements_set(struct call *c, const struct value *from, const struct value *to);
/* props without the shared lists, which are not stored with the row. */
struct value *elements_strip(struct call *c, struct value *props);
/* c->row is itself an element of another resource's list. */
bool elements_join(struct call *c, const struct value *props);
bool elements_changed(struct call *c, const struct value *props);
/* Puts the lists into a tree that is being built in arena a; own: without what belongs to standalone resources. */
bool elements_show(struct call *c, struct arena *a, int64_t row, bool own, struct value *live);

/* --- change.c --------------------------------------------------------------------------------------------------- */

struct maker {			/* what goes into the world beside the properties */
	struct str op, stack, lineage, address;
	int64_t parent;		/* row of the resource beside which AWS makes this one; 0 = none */
	struct str state;
	int64_t due;
};
bool change_create(struct call *c, const struct value *desired, const struct maker *m, struct row *out);
/* The row as it is, whatever the rules say; refused where its id is taken. */
bool change_keep(struct call *c, const struct maker *m, const struct row *r);
bool row_props_set(struct call *c, int64_t row, const struct value *props);	/* as they are, whatever the rules say */
bool change_update(struct call *c, struct row *r, const struct value *prior, const struct value *desired);
/* The row goes at once when due is 0, else it is deleting until then. */
bool change_delete(struct call *c, struct row *r, int64_t due);
/* Remove a row with its parts and what was made beside it; reserved for its type's time unless forced. */
bool change_remove(struct call *c, int64_t row, bool forced);

/* --- read.c, ask.c ---------------------------------------------------------------------------------------------- */

/* Takes the row from a statement that selects ROW columns. */
bool row_take(struct call *c, sqlite3_stmt *st, struct row *out);
bool row_by_id(struct call *c, struct str id, struct row *out);	/* false: not there, or refused (code set) */
bool row_by_row(struct call *c, int64_t row, struct row *out);
bool row_by_op(struct call *c, struct str op, struct row *out);
/* What the stack made at this address; several: it is not the only one. */
bool row_by_owner(struct call *c, struct str stack, struct str address, struct row *out, bool *several);
bool row_lives(const struct row *r);		/* not deleting, not reserved */
/* Live properties and attributes, copied into a. */
bool row_show(struct call *c, struct arena *a, const struct row *r, struct value **live, struct value **attrs);

void read_items(struct sim *s, struct work *w, struct call *c);
bool read_lookup(struct call *c, struct work *w);
bool ask_answer(struct call *c, struct work *w);

/* --- fault.c ---------------------------------------------------------------------------------------------------- */

enum fault_kind {
	FAULT_NONE, FAULT_THROTTLE, FAULT_ERROR, FAULT_DROP_BEFORE, FAULT_DROP_AFTER, FAULT_FAIL, FAULT_LATENCY,
	FAULT_UNKNOWN, FAULT_KILL_BEFORE, FAULT_KILL_AFTER,
};
struct fault {
	int64_t n, nth, times, seen, latency_ms;
	struct str type, operation, region, code, message;
	enum fault_kind kind;
};
bool faults_load(struct sim *s);
/* The fault that this call meets (counting it), or NULL; latencies of several add up in *latency. */
const struct fault *fault_met(struct sim *s, const struct work *w, struct str operation, struct str region,
			      int64_t *latency);

/* The fault of that number, or NULL. */
const struct fault *fault_numbered(const struct sim *s, int64_t n);

/* --- sched.c ---------------------------------------------------------------------------------------------------- */

void sched_start(struct provider *p, struct work *w);
void sched_poll(struct provider *p, int timeout_ms);
struct work_event sched_next(struct provider *p);
void sched_settle(struct provider *p);
void sched_free(struct sim *s);

#endif
