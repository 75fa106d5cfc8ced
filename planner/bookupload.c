/* The evidence of a run, brought to a bucket when the run is over: what To of a Report step says. The files beside the
 * state are written before (bookproof.c) and stay. What cannot be brought there is told and fails nothing, unless the
 * step says OnFailure: production does not wait for paper. */
#include "planner/bookpriv.h"
#include "planner/evidence.h"

#define UPLOAD_MS 60000

static const struct pos nowhere;

struct upload {
	struct book *b;
	const struct book_step *step;
	const struct value *args; /* of the step */
	struct str bucket, prefix;
	struct value *named; /* the bucket: a resource of the stack, or its name */
	uint32_t target;
};

static void put(const struct book *b, struct value *map, const char *key, struct str text)
{
	if (text.n)
		value_set(b->a, map, str_of(key), nowhere, value_string(b->a, nowhere, text));
}

/* --- where -------------------------------------------------------------------------------------------------------- */

static bool is_bucket(const struct upload *u, struct str type, struct str id)
{
	return str_ends(type, STR("::S3::Bucket")) && str_eq(id, u->bucket);
}

static void found(struct upload *u, struct str address, struct str type, struct str target)
{
	const struct book *b = u->b;
	u->target = target_of(b->env->stack, target, u->target);
	u->named = value_map(b->a, nowhere);
	put(b, u->named, "Address", address);
	put(b, u->named, "Type", type);
	put(b, u->named, "Id", u->bucket);
	put(b, u->named, "Target", target);
}

/* A bucket of the stack is written to where it is; another one is asked for where the runbook leads. */
static bool bucket_find(struct upload *u)
{
	struct book *b = u->b;
	struct state_row *rows;
	struct state_lookup *lookups;
	size_t n_rows, n_lookups;
	u->named = value_string(b->a, nowhere, u->bucket);
	u->target = target_of(b->env->stack, b->rb->to, b->env->stack->default_target);
	if (!state_rows(b->env->state, b->a, &rows, &n_rows, b->errs) ||
	    !state_lookups(b->env->state, b->a, &lookups, &n_lookups, b->errs))
		return false;
	for (size_t i = 0; i < n_lookups; i++)
		if (is_bucket(u, lookups[i].type, lookups[i].id))
			found(u, lookups[i].address, lookups[i].type, lookups[i].target);
	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].generation == 0 && is_bucket(u, rows[i].type, rows[i].id))
			found(u, rows[i].address, rows[i].type, rows[i].target);
	return true;
}

/* --- one document ------------------------------------------------------------------------------------------------- */

static struct value *args_of(const struct upload *u, struct str key, struct str body, const char *media)
{
	const struct book *b = u->b;
	struct value *args = value_map(b->a, nowhere);
	value_set(b->a, args, STR("Bucket"), nowhere, u->named);
	put(b, args, "Key", key);
	put(b, args, "Body", body);
	put(b, args, "Type", str_of(media));
	put(b, args, "KmsKeyId", value_text(value_getc(u->args, "KmsKeyId")));
	return args;
}

static bool carry(struct upload *u, struct work *w)
{
	struct book *b = u->b;
	struct provider *p = b->env->provider;
	bool settled = false;
	provider_start(p, w);
	while (w->state != WORK_OK && w->state != WORK_FAILED) {
		if (!settled && b->opt->interrupted && b->opt->interrupted()) {
			settled = true;
			p->ops->settle(p);
		}
		provider_poll(p, 200);
		while (provider_next(p).work)
			;
	}
	return w->state == WORK_OK;
}

static void upload_failed(const struct upload *u, struct str name, struct str why)
{
	struct book *b = u->b;
	bool fails = u->step->failure_said && u->step->on_failure == FAILURE_STOPS;
	struct str to = value_text(value_getc(u->args, "To"));
	struct str text =
	    str_fmt(b->a, "the report %.*s was not brought to %.*s: %.*s", STR_ARG(name), STR_ARG(to), STR_ARG(why));
	struct err *e = fails ? err_at(b->errs, u->step->pos, "%.*s", STR_ARG(text))
			      : err_warn(b->errs, u->step->pos, "%.*s", STR_ARG(text));
	err_help(b->errs, e, "it stays in %.*sreports: `aws s3 cp` brings it there by hand", STR_ARG(b->opt->folder));
}

static bool upload_one(struct upload *u, const struct value *doc, unsigned format)
{
	struct book *b = u->b;
	struct buf body;
	const char *media, *slash = u->prefix.n && !str_ends(u->prefix, STR("/")) ? "/" : "";
	buf_init(&body, EVIDENCE_MAX);
	struct str name = evidence_render(b->a, doc, format, &body, &media);
	struct str key = str_fmt(b->a, "%.*s%s%.*s", STR_ARG(u->prefix), slash, STR_ARG(name));
	struct work w = {.kind = WORK_VERB,
			 .name = STR("Report"),
			 .place = &b->env->places[u->target],
			 .places = b->env->places,
			 .n_places = b->env->stack->n_targets,
			 .arena = b->a,
			 .address = u->step->name,
			 .desired = args_of(u, key, buf_get(&body), media),
			 .timeout_ms = u->step->timeout_ms < UPLOAD_MS ? u->step->timeout_ms : UPLOAD_MS,
			 .owner = &b->world.owner};
	bool ok = !body.overflow && carry(u, &w);
	if (ok)
		book_emit(b, BOOK_REPORT, NULL, str_fmt(b->a, "s3://%.*s/%.*s", STR_ARG(u->bucket), STR_ARG(key)));
	else
		upload_failed(u, name, body.overflow ? STR("it is too large") : w.err.message);
	buf_free(&body);
	return ok;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static const struct book_step *report_step(const struct book *b)
{
	const struct book_step *last = NULL;
	for (uint32_t i = 0; i < b->rb->n; i++)
		if (str_eqc(b->rb->steps[i].verb, "Report") && BOOK_STEP_STATE(&b->rows[i], "done"))
			last = &b->rb->steps[i];
	return last;
}

void proof_upload(struct book *b)
{
	struct upload u = {.b = b, .step = report_step(b), .args = value_getc(b->run.info, "report")};
	const struct value *formats = value_getc(u.args, "Formats"), *docs;
	if (!u.step || !s3_place(value_text(value_getc(u.args, "To")), &u.bucket, &u.prefix) || !bucket_find(&u))
		return;
	if (target_frozen(b->env, u.target)) {
		upload_failed(&u, STR("of this run"), STR("its target is left out, --unreachable"));
		return;
	}
	docs = evidence_list(b->a, b->env->state, b->run.id, b->errs);
	for (size_t i = 0; docs && i < value_count(formats); i++)
		if (!upload_one(&u, value_at(docs, 0), evidence_format(value_text(value_at(formats, i)))))
			return;
}
