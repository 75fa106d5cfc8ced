/* What a run of a runbook leaves as evidence: what its preflight saw, what stood before and after it, its place in the
 * chain, and the files that a Report step asks for. evidence.h is what is made of it. */
#include "planner/bookpriv.h"
#include "planner/evidence.h"

static const struct pos nowhere;

static struct value *targets(const struct book *b)
{
	const struct stack *s = b->env->stack;
	struct value *all = value_map(b->a, nowhere);
	for (size_t i = 0; i < s->n_targets; i++) {
		struct value *m = value_map(b->a, nowhere);
		struct str account = s->targets[i].found_account;
		value_set(b->a, m, STR("region"), nowhere, value_string(b->a, nowhere, b->env->places[i].region));
		value_set(b->a, m, STR("account"), nowhere,
			  account.n ? value_string(b->a, nowhere, account) : value_null(b->a, nowhere));
		value_set(b->a, all, s->targets[i].name, nowhere, m);
	}
	return all;
}

static void inventory_note(struct book *b, const char *when)
{
	struct value *both = value_getc(b->run.info, "inventory");
	struct value *one = evidence_inventory(b->a, b->env->state, b->errs);
	if (!both) {
		both = value_map(b->a, nowhere);
		book_info(b, "inventory", both);
	}
	if (one)
		value_set(b->a, both, str_of(when), nowhere, one);
}

void proof_begin(struct book *b)
{
	book_info(b, "scenario", value_string(b->a, nowhere, b->rb->description));
	book_info(b, "targets", targets(b));
	inventory_note(b, "before");
}

void proof_resume(struct book *b)
{
	struct value *by = value_getc(b->run.info, "resumed_by");
	if (!by) {
		by = value_list(b->a, nowhere);
		book_info(b, "resumed_by", by);
	}
	value_append(b->a, by, value_string(b->a, nowhere, b->opt->operated_by));
}

/* A stack that never failed over has what it begins with. */
static void fact_note(struct book *b, const char *key, const char *fact, struct str otherwise)
{
	struct str now = state_get(b->env->state, b->a, fact);
	book_info(b, key, value_string(b->a, nowhere, now.n ? now : otherwise));
}

bool proof_end(struct book *b)
{
	struct state *st = b->env->state;
	inventory_note(b, "after");
	fact_note(b, "mode_after", "mode", b->env->stack->mode);
	fact_note(b, "active_after", "active", b->env->stack->active);
	state_runbook_update(st, &b->run);
	return evidence_seal(b->a, st, &b->run, b->errs);
}

/* After the seal is durable: what is written is what stays. */
bool proof_write(struct book *b)
{
	const struct value *formats = value_getc(value_getc(b->run.info, "report"), "Formats");
	struct str folder = str_fmt(b->a, "%.*sreports", STR_ARG(b->opt->folder));
	unsigned bits = 0;
	for (size_t i = 0; i < value_count(formats); i++)
		bits |= evidence_format(value_text(value_at(formats, i)));
	if (!bits)
		return true;
	struct value *docs = evidence_list(b->a, b->env->state, b->run.id, b->errs),
		     *written = value_list(b->a, nowhere);
	bool ok = docs && evidence_write(b->a, docs, folder, bits, written, b->errs);
	for (size_t i = 0; i < value_count(written); i++)
		book_emit(b, BOOK_REPORT, NULL, value_text(value_at(written, i)));
	return ok;
}

/* --- preflight ---------------------------------------------------------------------------------------------------- */

static void preflight_note(struct book *b, const struct check_result *r, bool unknown)
{
	const struct pos none = {0};
	bool held = r->answer == CHECK_HOLDS;
	struct value *map = value_map(b->a, none);
	value_set(b->a, map, STR("check"), none, value_string(b->a, none, r->name));
	value_set(b->a, map, STR("held"), none, unknown ? value_null(b->a, none) : value_bool(b->a, none, held));
	value_set(b->a, map, STR("detail"), none, value_string(b->a, none, r->detail));
	value_append(b->a, value_getc(b->run.info, "preflight"), map);
	struct book_event e = {.kind = BOOK_CHECK, .name = r->name, .text = r->detail, .held = held};
	e.state = held ? STR("ok") : unknown ? STR("unknown") : STR("red");
	if (b->opt->event)
		b->opt->event(b->opt->ctx, &e);
}

bool book_preflight(struct book *b)
{
	bool all = true;
	if (b->resumed)
		return true;
	book_info(b, "preflight", value_list(b->a, (struct pos){0}));
	for (size_t i = 0; i < value_count(b->rb->preflight); i++) {
		const struct member *m = &value_at(b->rb->preflight, i)->map.items[0];
		struct check_result r;
		bool waits = value_getc(m->value, "Within") != NULL;
		bool held = waits ? check_holds(&b->world, m, 0, &r) : check_once(&b->world, m, &r);
		if (r.interrupted)
			return false;
		/* Where nothing was planned a region may be dead: what only it could tell blocks nothing. */
		bool unknown = r.unanswered && str_eqc(b->run.kind, "unplanned");
		all &= held || unknown;
		preflight_note(b, &r, unknown);
	}
	return all;
}
