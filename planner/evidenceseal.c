/* The chain: what is written into a run's journal when it ends, and whether it still fits.
 *
 * A seal is {number, at, outcome, previous, sha256} in the list "seals" of the run's info; a run that was gone on with
 * has one for each of its ends. Numbers count over all runs of the state; each seal follows the one before. */
#include "planner/evidence.h"

#include "base/json.h"

static const struct pos nowhere;

static struct str digest_of(struct arena *a, const struct value *v)
{
	struct buf b;
	buf_init(&b, EVIDENCE_MAX);
	json_write(&b, v, JSON_SORTED);
	struct sha256 sum = sha256_of(buf_get(&b));
	buf_free(&b);
	return sha256_hex(a, &sum);
}

/* --- the inventory ------------------------------------------------------------------------------------------------ */

static void add(struct arena *a, struct value *list, struct str text)
{
	value_append(a, list, value_string(a, nowhere, text));
}

/* Fingerprints of secrets count with it, but it is only its digest that leaves. */
static struct value *row_value(struct arena *a, const struct state_row *row)
{
	struct value *list = value_list(a, nowhere);
	add(a, list, row->address);
	add(a, list, row->type);
	add(a, list, row->target);
	add(a, list, row->id);
	value_append(a, list, value_int(a, nowhere, row->generation));
	value_append(a, list, value_int(a, nowhere, row->status));
	value_append(a, list, row->inputs ? row->inputs : value_null(a, nowhere));
	value_append(a, list, row->attrs ? row->attrs : value_null(a, nowhere));
	return list;
}

struct value *evidence_inventory(struct arena *a, struct state *st, struct errs *errs)
{
	struct value *out = value_map(a, nowhere), *list = value_list(a, nowhere);
	struct state_row *rows;
	size_t n;
	if (!state_rows(st, a, &rows, &n, errs))
		return NULL;
	for (size_t i = 0; i < n; i++)
		value_append(a, list, row_value(a, &rows[i]));
	value_set(a, out, STR("resources"), nowhere, value_int(a, nowhere, (int64_t)n));
	value_set(a, out, STR("sha256"), nowhere, value_string(a, nowhere, digest_of(a, list)));
	return out;
}

/* --- seals -------------------------------------------------------------------------------------------------------- */

static const struct value *seals_of(const struct runbook_run *run)
{
	return value_getc(run->info, "seals");
}

static const struct value *last_seal(const struct runbook_run *run)
{
	size_t n = value_count(seals_of(run));
	return n ? value_at(seals_of(run), n - 1) : NULL;
}

static int64_t number_of(const struct value *seal)
{
	int64_t n = 0;
	const struct value *v = value_getc(seal, "number");
	return v && value_as_int(v, &n) ? n : 0;
}

static const struct value *newest_seal(const struct runbook_run *runs, size_t n)
{
	const struct value *best = NULL;
	for (size_t i = 0; i < n; i++)
		if (number_of(last_seal(&runs[i])) > number_of(best))
			best = last_seal(&runs[i]);
	return best;
}

static struct value *seal_make(struct arena *a, const struct runbook_run *run, int64_t number, struct str previous,
			       struct str sha256)
{
	struct value *m = value_map(a, nowhere);
	value_set(a, m, STR("number"), nowhere, value_int(a, nowhere, number));
	value_set(a, m, STR("at"), nowhere, value_string(a, nowhere, time_rfc3339(a, run->ended_ms, true)));
	value_set(a, m, STR("outcome"), nowhere, value_string(a, nowhere, run->outcome));
	value_set(a, m, STR("previous"), nowhere, value_string(a, nowhere, previous));
	value_set(a, m, STR("sha256"), nowhere, value_string(a, nowhere, sha256));
	return m;
}

bool evidence_seal(struct arena *a, struct state *st, struct runbook_run *run, struct errs *errs)
{
	struct runbook_run *runs;
	size_t n;
	if (!state_runbooks(st, a, SIZE_MAX, &runs, &n, errs))
		return false;
	const struct value *before = newest_seal(runs, n);
	struct str previous = value_text(value_getc(before, "sha256"));
	const struct runbook_run *kept = run;
	/* As it will be read again, not as it is in memory. */
	for (size_t i = 0; i < n; i++)
		if (runs[i].id == run->id)
			kept = &runs[i];
	struct value *content = evidence_content(a, st, kept, previous, errs);
	if (!content)
		return false;
	if (!run->info)
		run->info = value_map(a, nowhere);
	if (!value_getc(run->info, "seals"))
		value_set(a, run->info, STR("seals"), nowhere, value_list(a, nowhere));
	value_append(a, value_getc(run->info, "seals"),
		     seal_make(a, run, number_of(before) + 1, previous, digest_of(a, content)));
	state_runbook_update(st, run);
	return true;
}

/* --- documents ---------------------------------------------------------------------------------------------------- */

/* Every seal of the state by its number; a number that is missing leaves a hole. */
static const struct value **seals_by_number(struct arena *a, const struct runbook_run *runs, size_t n, size_t *count)
{
	size_t all = 0;
	for (size_t i = 0; i < n; i++)
		all += value_count(seals_of(&runs[i]));
	const struct value **out = arena_array(a, all + 1, sizeof *out);
	*count = all;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < value_count(seals_of(&runs[i])); k++) {
			const struct value *seal = value_at(seals_of(&runs[i]), k);
			int64_t number = number_of(seal);
			if (number >= 1 && (uint64_t)number <= all)
				out[number] = seal;
		}
	}
	return out;
}

static bool follows(const struct value *const *seals, const struct value *seal)
{
	int64_t number = number_of(seal);
	struct str previous = value_text(value_getc(seal, "previous"));
	if (number == 1)
		return previous.n == 0;
	const struct value *before = seals[number - 1];
	return before && str_eq(previous, value_text(value_getc(before, "sha256")));
}

static struct value *document(struct arena *a, struct state *st, const struct runbook_run *run,
			      const struct value *const *seals, size_t n_seals, struct errs *errs)
{
	const struct value *seal = run->outcome.n ? last_seal(run) : NULL;
	int64_t number = number_of(seal);
	struct value *doc = value_map(a, nowhere);
	struct value *content = evidence_content(a, st, run, value_text(value_getc(seal, "previous")), errs);
	if (!content)
		return NULL;
	struct str sum = digest_of(a, content), state = STR("open");
	if (seal)
		state = number >= 1 && (uint64_t)number <= n_seals && follows(seals, seal) &&
				str_eq(sum, value_text(value_getc(seal, "sha256")))
			    ? STR("holds")
			    : STR("broken");
	value_set(a, doc, STR("drplan_evidence"), nowhere, value_int(a, nowhere, 1));
	value_set(a, doc, STR("sha256"), nowhere, value_string(a, nowhere, sum));
	value_set(a, doc, STR("seal"), nowhere, value_string(a, nowhere, state));
	value_set(a, doc, STR("content"), nowhere, content);
	return doc;
}

struct value *evidence_list(struct arena *a, struct state *st, int64_t id, struct errs *errs)
{
	struct value *list = value_list(a, nowhere);
	struct runbook_run *runs;
	size_t n, n_seals;
	if (!state_runbooks(st, a, SIZE_MAX, &runs, &n, errs))
		return NULL;
	const struct value **seals = seals_by_number(a, runs, n, &n_seals);
	for (size_t i = n; i-- > 0;) {
		if (id && runs[i].id != id)
			continue;
		struct value *doc = document(a, st, &runs[i], seals, n_seals, errs);
		if (!doc)
			return NULL;
		value_append(a, list, doc);
	}
	if (!id || value_count(list))
		return list;
	struct err *e = err_add(errs, ERR_INPUT, nowhere, "no run %lld of a runbook is in the journal", (long long)id);
	err_help(errs, e, "`drplan report` lists the runs");
	return NULL;
}
