/* The recovery of a create whose answer was lost: found by our tag, by its name or among all there are; absent only
 * once a new resource would be visible; unknown where neither can be told. In the same ways, but by the tags of stack and
 * address, what an earlier state knew is found for an import. Lookups are in engine_lookup.c. */
#include "providers/aws/engine_claim.h"
#include "providers/aws/engine_find.h"

#define RECOVER_POLL_MS 1000

/* Not this very creation is looked for, but whatever the stack made at the address. */
static bool by_owner(const struct job *j)
{
	return !j->w->op.n;
}

/* The tags that would tell were among what was answered. */
static bool is_marked(const struct job *j, const struct received *got)
{
	return by_owner(j) ? got->address.n > 0 : got->op.n > 0;
}

static bool is_ours(const struct job *j, const struct received *got)
{
	if (!by_owner(j))
		return str_eq(got->op, j->w->op);
	return j->w->owner && str_eq(got->address, j->w->address) && str_eq(got->stack, j->w->owner->stack);
}

static void recover_end(struct job *j, enum recover_answer answer)
{
	j->w->recovered = answer;
	job_done(j);
}

static void recover_settled(struct job *j)
{
	if (!j->failed && j->reading->found) {
		j->w->live = j->reading->got.live;
		j->w->attrs = j->reading->got.attrs;
		j->w->settled = j->reading->until;
		j->w->lineage = str_dup(j->w->arena, j->reading->got.lineage);
	}
	recover_end(j, RECOVER_FOUND);
}

static void recover_take(struct job *j, struct str id)
{
	j->w->id = str_dup(j->w->arena, id);
	event_add(j->e, WORK_ID, j->w);
	job_read(j, false, false, recover_settled);
}

static void recover_unknown(struct job *j, const char *why)
{
	if (by_owner(j))
		job_fail(j, ERR_REMOTE, "%s", why);
	else
		job_fail(j, ERR_REMOTE, "whether '%.*s' was made cannot be decided: %s", STR_ARG(j->w->address), why);
	recover_end(j, RECOVER_UNKNOWN);
}

/* "Not found" counts only once a new resource would have been visible. */
static void recover_absent(struct job *j)
{
	int64_t age = clock_wall(j->e->base.clock) - j->w->started;

	if (j->e->settling) {
		recover_unknown(j, "interrupted while looking for it");
		return;
	}
	/* By a clock that was set back it was made in the future: then the time since the first look counts. */
	if (age < 0)
		age = clock_mono(j->e->base.clock) - j->started;
	if (age >= j->def->visible_ms) {
		recover_end(j, RECOVER_ABSENT);
		return;
	}
	job_waiting(j, STR("until a new resource would be visible"));
	job_after(j, age + RECOVER_POLL_MS > j->def->visible_ms ? j->def->visible_ms - age : RECOVER_POLL_MS, work_recover);
}

/* The create carried our tags, and only an extra read shows them: what fits without them is somebody else's. */
static bool tags_tell(const struct finding *f)
{
	const struct job *j = f->j;

	return !is_marked(j, &f->hits->got) && j->def->also.n && call_defs[j->def->create.first].tags.n && j->w->owner && j->w->owner->tags;
}

/* What is there is not ours. Where AWS would have handed it over, nothing of ours was made: creations look first. */
static void recover_foreign(struct job *j, const char *why)
{
	j->w->id = STR_NONE;
	if ((j->def->flags & DEF_CLAIMS) && !by_owner(j))
		recover_absent(j);
	else
		recover_unknown(j, why);
}

/* It may have stood there before: nothing but the look of its creation would tell, and that was not over. */
static bool not_told(const struct job *j, const struct received *got)
{
	return !by_owner(j) && claim_untagged(j) && !j->w->looked && !is_ours(j, got);
}

#define NOT_TOLD "there is one like it, which carries no tags and may have been there before"

static void recover_checked(struct job *j)
{
	const struct reading *r = j->reading;

	if (j->failed) {
		recover_end(j, RECOVER_UNKNOWN);
	} else if (r->found && is_ours(j, &r->got)) {
		recover_take(j, j->w->id);
	} else if (r->found) {
		recover_foreign(j, "there is one like it that is not ours; import it, or delete it");
	} else {
		j->w->id = STR_NONE;
		recover_absent(j);
	}
}

static void recover_listed(struct job *j)
{
	struct finding *f = j->finding;
	struct env env = job_env(j);

	if (j->failed) {
		recover_end(j, RECOVER_UNKNOWN);
		return;
	}
	if (f->n && j->def->unsure.n && conds_hold(&env, j->def->unsure, j->w->desired)) {
		recover_unknown(j, "there is one like it, which may have been there before, and it carries no tag of ours");
	} else if (f->n == 1 && tags_tell(f)) {
		j->w->id = str_dup(j->w->arena, f->hits->id);
		job_read(j, false, false, recover_checked);
	} else if (f->n == 1 && not_told(j, &f->hits->got)) {
		recover_unknown(j, NOT_TOLD);
	} else if (f->n == 1) {
		recover_take(j, f->hits->id);
	} else if (f->n) {
		recover_unknown(j, "several resources fit");
	} else {
		recover_absent(j);
	}
}

static bool tags_fit(struct finding *f, const struct received *got)
{
	return is_ours(f->j, got);
}

static bool answers_tags(const struct job *j, const struct fetch_def *f)
{
	struct str tags = type_tag_property(j->w->type);

	for (size_t i = 0; f && tags.n && i < f->binds.n; i++)
		if (str_eq(call_text(call_binds[f->binds.first + i].prop), tags))
			return true;
	return false;
}

/* Everything that was asked for, and comes back, is as it was asked for; what would carry our tag carries it. */
static bool desired_fits(struct finding *f, const struct received *got)
{
	struct job *j = f->j;

	if (is_marked(j, got) || (j->w->owner && j->w->owner->tags && answers_tags(j, f->f)))
		return is_ours(j, got);
	for (size_t i = 0; i < value_count(j->w->desired); i++) {
		struct str key = j->w->desired->map.items[i].key;
		const struct value *live = value_get(got->live, key);

		if (live && !prop_same(&j->arena, j->w->type, key, j->w->desired->map.items[i].value, live))
			return false;
	}
	return true;
}

static void filter_tags(struct job *j, const struct fetch_def *def, struct value *input)
{
	if (!by_owner(j)) {
		finding_filter(j, def, input, STR("tag:" OWN_TAG "op"), j->w->op);
		return;
	}
	finding_filter(j, def, input, STR("tag:" OWN_TAG "address"), j->w->address);
	finding_filter(j, def, input, STR("tag:" OWN_TAG "stack"), j->w->owner->stack);
}

static void recover_list(struct job *j, const struct fetch_def *def, bool by_tag)
{
	struct finding *f = arena_new(&j->arena, struct finding);
	struct value *input = finding_input(j, def);
	struct env env = job_env(j);

	*f = (struct finding){.j = j, .f = def, .fits = by_tag ? tags_fit : desired_fits, .then = recover_listed};
	if (by_tag && def->filters.n)
		filter_tags(j, def, input);
	else if (!def->over && def->of)
		path_put(&env, input, def->by, value_string(&j->arena, (struct pos){0}, source_text(&env, def->of)));
	j->finding = f;
	finding_start(f, input);
}

/* What belongs to a parent of ours is ours, whatever became of its other properties since. */
static bool named_fits(struct finding *f, const struct received *got)
{
	return (by_owner(f->j) && f->j->def->recover == RECOVER_PARENT) || desired_fits(f, got);
}

static void recover_named(struct job *j)
{
	const struct reading *r = j->reading;
	struct finding f = {.j = j};

	if (j->failed) {
		recover_end(j, RECOVER_UNKNOWN);
		return;
	}
	if (!r->found) {
		j->w->id = STR_NONE;
		recover_absent(j);
		return;
	}
	if (!is_marked(j, &r->got) && j->def->recover == RECOVER_NAME && j->w->owner && j->w->owner->tags) {
		recover_foreign(j, "there is one of this name without our tags; import it, or delete it");
		return;
	}
	if (!(j->def->flags & DEF_FACETS) && !named_fits(&f, &r->got)) {
		recover_foreign(j, "there is one of this name that is somebody else's; choose another name, or import it");
		return;
	}
	if (not_told(j, &r->got)) {
		j->w->id = STR_NONE;
		recover_unknown(j, NOT_TOLD);
		return;
	}
	recover_take(j, j->w->id);
}

/* The read that lists what it may have become, or NULL: none fits what was asked for. */
static const struct fetch_def *recover_read(struct job *j)
{
	struct env env = job_env(j);

	for (size_t i = 0; i < j->def->n_recover; i++) {
		const struct fetch_def *f = &fetch_defs[j->def->recover_read + i];

		if (conds_hold(&env, call_defs[f->call].when, j->w->desired))
			return f;
	}
	return NULL;
}

/* Without it the list would be everybody's. */
static bool parent_known(struct job *j, const struct fetch_def *read)
{
	struct env env = job_env(j);

	return j->def->recover == RECOVER_TAG || !read || !read->of || source_text(&env, read->of).n;
}

void work_recover(struct job *j)
{
	const struct fetch_def *read = recover_read(j);
	struct env env = job_env(j);
	bool tagged = j->w->owner && j->w->owner->tags;

	j->w->recovered = RECOVER_UNKNOWN;
	if (by_owner(j) && !parent_known(j, read)) {
		recover_unknown(j, "what it belongs to is not known");
		return;
	}
	if (j->def->recover == RECOVER_AGAIN && !by_owner(j)) {	/* whatever was made, making it again answers the same */
		recover_end(j, RECOVER_ABSENT);
		return;
	}
	if (j->def->recover == RECOVER_TAG && (tagged || (j->def->reference.n && !by_owner(j)))) {
		recover_list(j, &fetch_defs[j->def->read.first], true);
		return;
	}
	if (read && (tagged || j->def->reference.n || !read->over)) {
		recover_list(j, read, (j->def->reference.n && !by_owner(j)) || read->over);
		return;
	}
	if (j->def->recover == RECOVER_TAG || j->def->recover == RECOVER_NONE || j->def->recover == RECOVER_AGAIN ||
	    j->def->recover_read) {
		recover_unknown(j, "it carries no tag of ours and has no name of its own");
		return;
	}
	j->w->id = id_compose(&env);
	if (!j->w->id.n) {
		recover_unknown(j, "what identifies it is not known");
		return;
	}
	job_read(j, false, false, recover_named);
}
