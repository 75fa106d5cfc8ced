/* Creates that AWS would silently answer with what exists already (a topic or rule of that name, a bucket's policy):
 * drplan looks first, so that it never takes over, and later deletes, what somebody else made. For types whose text
 * says Claims. An interrupted create is found by its recovery (engine_recover.c) before it comes here again.
 */
#include "providers/aws/engine_claim.h"

#include "providers/aws/engine_find.h"

#define CLAIM_POLL_MS 1000

struct claim {
	job_fn *then;
	int64_t started;
	uint32_t max_ms;
};

static void claim_look(struct job *j);

/* Whether what is there would carry our tags, had this stack made it. */
static bool tags_tell(const struct job *j)
{
	const struct type_def *def = j->def;
	bool at_once = def->create.n && call_defs[def->create.first].tags.n;

	return j->w->owner && j->w->owner->tags && (at_once || def->tag_put);
}

bool claim_untagged(const struct job *j)
{
	return (j->def->flags & DEF_CLAIMS) && !tags_tell(j);
}

static void claim_free(struct job *j)
{
	j->w->id = STR_NONE;
	if (tags_tell(j)) {
		j->claim->then(j);
		return;
	}
	event_add(j->e, WORK_LOOKED, j->w);
	j->next = j->e->looked;
	j->e->looked = j;
}

void claims_go_on(struct engine *e)
{
	struct job *j = e->looked, *next;

	e->looked = NULL;
	for (; j; j = next) {
		next = j->next;
		j->next = NULL;
		j->claim->then(j);
	}
}

/* Nothing was made: the work must not end with an id. */
static void claim_end(struct job *j, struct str help)
{
	j->w->err.help = help;
	j->w->id = STR_NONE;
	job_done(j);
}

static void claim_untold(struct job *j)
{
	claim_end(j, STR("it is not made before it is known that nobody else has: this read must be allowed"));
}

static void claim_refuse(struct job *j)
{
	struct str id = j->w->id;

	job_fail(j, ERR_REMOTE, "%.*s '%.*s' exists already, and this creation did not make it",
		 STR_ARG(type_name(j->w->type)), STR_ARG(id));
	j->w->err.code = STR("AlreadyExists");
	claim_end(j,
		  str_fmt(j->w->arena, "import it: `drplan import %.*s '%.*s'`; or choose another name, or delete it",
			  STR_ARG(j->w->address), STR_ARG(id)));
}

/* How long it may be seen although it is deleted: what cannot be told from the stack's own may be a predecessor. */
static int64_t patience(const struct job *j)
{
	const struct received *got = &j->reading->got;

	if (!tags_tell(j))
		return j->def->visible_ms;
	if (str_eq(got->lineage, j->w->owner->lineage) && str_eq(got->address, j->w->address))
		return j->def->visible_ms > j->claim->max_ms ? j->def->visible_ms : j->claim->max_ms;
	return 0;
}

static void claim_read(struct job *j)
{
	const struct reading *r = j->reading;

	if (j->failed) {
		claim_untold(j);
	} else if (!r->found || (r->got.op.n && str_eq(r->got.op, j->w->op))) {
		claim_free(j);
	} else if (r->main_only && j->def->also.n) {
		job_read(j, false, false, claim_read); /* the tags may come by an extra read */
	} else if (!j->e->settling && clock_mono(j->e->base.clock) - j->claim->started < patience(j)) {
		job_waiting(j, STR("until its predecessor is gone"));
		job_after(j, CLAIM_POLL_MS, claim_look);
	} else {
		claim_refuse(j);
	}
}

static void claim_named(struct job *j, struct str id)
{
	j->w->id = str_dup(j->w->arena, id);
	job_read(j, false, true, claim_read);
}

/* Two cannot share one of the type's Unique sets. What the list does not tell is taken for equal. */
static bool set_fits(struct job *j, size_t set, const struct received *got)
{
	for (size_t k = 0; k < type_unique_size(j->w->type, set); k++) {
		struct str name = type_unique_name(j->w->type, set, k);
		const struct value *live = value_get(got->live, name);

		if (live && !prop_same(&j->arena, j->w->type, name, value_get(j->w->desired, name), live))
			return false;
	}
	return true;
}

static bool claim_fits(struct finding *f, const struct received *got)
{
	for (size_t i = 0; i < type_unique_count(f->j->w->type); i++)
		if (set_fits(f->j, i, got))
			return true;
	return false;
}

static void claim_listed(struct job *j)
{
	if (j->failed)
		claim_untold(j);
	else if (j->finding->n)
		claim_named(j, j->finding->hits->id);
	else
		claim_free(j);
}

/* Where AWS chooses the id, the read of the recovery lists what may be in the way. */
static void claim_list(struct job *j)
{
	const struct fetch_def *def = &fetch_defs[j->def->recover_read];
	struct finding *f = arena_new(&j->arena, struct finding);
	struct value *input = finding_input(j, def);
	struct env env = job_env(j);

	*f = (struct finding){.j = j, .f = def, .fits = claim_fits, .then = claim_listed};
	if (def->of)
		path_put(&env, input, def->by, value_string(&j->arena, (struct pos){0}, source_text(&env, def->of)));
	j->finding = f;
	finding_start(f, input);
}

static void claim_look(struct job *j)
{
	struct env env = job_env(j);
	struct str id;

	env.id = STR_NONE;
	id = id_compose(&env);
	if (id.n) {
		claim_named(j, id);
	} else if (j->def->recover_read) {
		claim_list(j);
	} else {
		job_fail(j, ERR_INPUT, "what identifies it is not known");
		claim_untold(j);
	}
}

void job_claim(struct job *j, uint32_t max_ms, job_fn *then)
{
	if (!(j->def->flags & DEF_CLAIMS)) {
		then(j);
		return;
	}
	j->claim = arena_new(&j->arena, struct claim);
	*j->claim = (struct claim){.then = then, .started = clock_mono(j->e->base.clock), .max_ms = max_ms};
	claim_look(j);
}

static bool says_exists(const struct err *err)
{
	static const char *const codes[] = {"AlreadyExist", "ResourceExists", "AlreadyOwnedByYou", "Duplicate"};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (str_find(err->code, str_of(codes[i]), 0) >= 0)
			return true;
	return str_find(err->message, STR("already exist"), 0) >= 0;
}

/* What an earlier stack kept (DeletionPolicy: Retain) is in the way of its successor under the same name. */
void claim_advise(struct job *j)
{
	struct env env = job_env(j);
	struct str id;

	if (!j->failed || j->w->err.help.n || !says_exists(&j->w->err))
		return;
	env.id = STR_NONE;
	id = id_told(&env);
	j->w->err.help = str_fmt(j->w->arena, "to take over what is there, import it: `drplan import %.*s '%.*s'`", STR_ARG(j->w->address),
				 STR_ARG(id.n ? id : STR("ID")));
}
