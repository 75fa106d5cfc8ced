/* Lookups of what drplan does not own: by id, by a name, or by going through a list. Exactly one may fit. Where tags
 * come by an extra read only, what fits otherwise is read whole and sifted. Recovery is in engine_recover.c. */
#include "providers/aws/engine_find.h"

static bool has_tag(const struct job *j, const struct value *live, struct str key, struct str text)
{
	struct arena *a = (struct arena *)(uintptr_t)&j->arena;
	struct value *tags = tags_of(a, j->w->type, live);

	for (size_t i = 0; i < value_count(tags); i++)
		if (str_eq(value_text(value_getc(value_at(tags, i), "Key")), key))
			return str_eq(value_text(value_getc(value_at(tags, i), "Value")), text);
	return false;
}

static bool tags_fit(const struct job *j, const struct value *want, const struct value *live)
{
	for (size_t i = 0; want->kind == V_MAP && i < value_count(want); i++)
		if (!has_tag(j, live, want->map.items[i].key, value_text(want->map.items[i].value)))
			return false;
	for (size_t i = 0; want->kind == V_LIST && i < value_count(want); i++)
		if (!has_tag(j, live, value_text(value_getc(value_at(want, i), "Key")),
			     value_text(value_getc(value_at(want, i), "Value"))))
			return false;
	return true;
}

/* Tags of this type come by an extra read: those that fit otherwise are read whole. */
static bool tags_untold(const struct job *j, const struct received *got)
{
	return j->def->also.n && !value_get(got->live, type_tag_property(j->w->type));
}

static bool lookup_fits(struct finding *f, const struct received *got)
{
	struct job *j = f->j;
	const struct value *match = j->w->match;

	for (size_t i = 0; i < value_count(match); i++) {
		struct str key = match->map.items[i].key;
		const struct value *want = match->map.items[i].value, *live = value_get(got->live, key);

		if (str_eqc(key, "Tags")) {
			if (!tags_untold(j, got) && !tags_fit(j, want, got->live))
				return false;
			continue;
		}
		if (!live)
			live = value_get(got->attrs, key);
		if (!prop_same(&j->arena, j->w->type, key, want, live))
			return false;
	}
	return true;
}

static void lookup_whole(struct job *j)
{
	if (!j->failed && !j->reading->found)
		job_fail(j, ERR_REMOTE, "there is no %.*s '%.*s'", STR_ARG(type_name(j->w->type)), STR_ARG(j->w->id));
	if (!j->failed) {
		j->w->live = j->reading->got.live;
		j->w->attrs = j->reading->got.attrs;
	}
	job_done(j);
}

/* A lookup's Id may be anything that the service accepts, an alias or a name: its own id is in the answer. */
static void lookup_named(struct job *j)
{
	const struct fetch_def *f = &fetch_defs[j->def->read.first];
	struct env env = job_env(j);
	const struct value *own = !j->failed && j->reading->found ? element_value(&env, &j->found, f->key, f->key_up) : NULL;
	struct str id = f->key.n ? id_own(j->def, value_text(own)) : STR_NONE;

	if (!id.n || str_eq(id, j->w->id)) {
		if (j->failed || !j->reading->found || !j->def->also.n)
			lookup_whole(j);
		else
			job_read(j, false, false, lookup_whole);
		return;
	}
	j->w->id = str_dup(j->w->arena, id);
	job_read(j, false, false, lookup_whole);
}

static struct str hits_text(struct job *j, const struct finding *f)
{
	struct buf b;
	struct str out;
	size_t shown = 0;

	buf_init(&b, 4096);
	for (const struct hit *h = f->hits; h && shown < 8; h = h->next, shown++)
		buf_fmt(&b, "%s%.*s", shown ? ", " : "", STR_ARG(h->id));
	if (f->n > shown)
		buf_cstr(&b, ", ...");
	out = buf_take(&b, j->w->arena);
	buf_free(&b);
	return out;
}

static void lookup_decide(struct job *j)
{
	struct finding *f = j->finding;

	if (!j->failed && f->n != 1) {
		if (!f->n)
			job_fail(j, ERR_REMOTE, "no %.*s matches this lookup", STR_ARG(type_name(j->w->type)));
		else
			job_fail(j, ERR_REMOTE, "%zu resources match this lookup, one is wanted: %.*s", f->n, STR_ARG(hits_text(j, f)));
	}
	if (j->failed) {
		job_done(j);
		return;
	}
	j->w->id = str_dup(j->w->arena, f->hits->id);
	job_read(j, false, false, lookup_whole);
}

static void sift_next(struct job *j);

static void sift_read(struct job *j)
{
	struct finding *f = j->finding;
	struct hit *hit = f->unread;

	f->unread = hit->next;
	if (!j->failed && j->reading->found && tags_fit(j, value_getc(j->w->match, "Tags"), j->reading->got.live)) {
		hit->next = f->hits;
		f->hits = hit;
		f->n++;
	}
	sift_next(j);
}

static void sift_next(struct job *j)
{
	struct finding *f = j->finding;

	if (j->failed || !f->unread) {
		lookup_decide(j);
		return;
	}
	j->w->id = str_dup(j->w->arena, f->unread->id);
	job_read(j, false, false, sift_read);
}

static void lookup_found(struct job *j)
{
	struct finding *f = j->finding;

	if (j->failed || !f->n || !value_getc(j->w->match, "Tags") || !tags_untold(j, &f->hits->got)) {
		lookup_decide(j);
		return;
	}
	f->unread = f->hits;
	f->hits = NULL;
	f->n = 0;
	sift_next(j);
}

static void lookup_filters(struct job *j, const struct fetch_def *f, struct value *input)
{
	const struct value *match = j->w->match, *tags = value_getc(match, "Tags");

	for (size_t i = 0; i < j->def->find.n; i++) {
		const struct find_def *d = &find_defs[j->def->find.first + i];
		const struct value *v = value_get(match, call_text(d->prop));

		if (v && value_is_scalar(v))
			finding_filter(j, f, input, call_text(d->filter), value_text(v));
	}
	for (size_t i = 0; tags && tags->kind == V_MAP && i < value_count(tags); i++)
		finding_filter(j, f, input, str_fmt(&j->arena, "tag:%.*s", STR_ARG(tags->map.items[i].key)),
			   value_text(tags->map.items[i].value));
	for (size_t i = 0; tags && tags->kind == V_LIST && i < value_count(tags); i++)
		finding_filter(j, f, input, str_fmt(&j->arena, "tag:%.*s", STR_ARG(value_text(value_getc(value_at(tags, i), "Key")))),
			   value_text(value_getc(value_at(tags, i), "Value")));
}

/* The read that can answer without an id: the type's own, or the one that finds what an interrupted create made, by a
 * name that the lookup gives or by going through all there are. */
static const struct fetch_def *lookup_read(struct job *j, const struct env *env)
{
	const struct fetch_def *own = &fetch_defs[j->def->read.first], *other = &fetch_defs[j->def->recover_read];

	if (own->on)
		return NULL;
	if (own->how != FETCH_EACH || (!own->by.n && !call_defs[own->call].id.n))
		return own;
	if (!j->def->recover_read || (other->by.n && !source_text(env, other->of).n))
		return NULL;
	return other;
}

struct str id_told(const struct env *env)
{
	struct span answer = env->def->id_answer;
	struct str name = type_name_property(env->type), id = id_compose(env);

	if (!id.n && name.n && answer.n && str_eq(call_text(step_at(answer, answer.n - 1u)->name), name))
		id = value_text(value_get(env->props, name));
	return id;
}

void work_lookup(struct job *j)
{
	const struct value *id = value_getc(j->w->match, "Id");
	struct env env = job_env(j);
	const struct fetch_def *read;
	struct finding *f;
	struct value *input;

	env.props = j->w->match;
	j->w->id = str_dup(j->w->arena, id ? value_text(id) : id_told(&env));
	if (j->w->id.n) {
		job_read(j, true, true, lookup_named);
		return;
	}
	read = lookup_read(j, &env);
	if (!read) {
		job_fail(j, ERR_INPUT, "%.*s can be looked up by its Id or its name", STR_ARG(type_name(j->w->type)));
		job_done(j);
		return;
	}
	f = arena_new(&j->arena, struct finding);
	*f = (struct finding){.j = j, .f = read, .fits = lookup_fits, .then = lookup_found};
	input = finding_input(j, f->f);
	if (read->how == FETCH_EACH && read->by.n)
		path_put(&env, input, read->by, value_string(&j->arena, (struct pos){0}, source_text(&env, read->of)));
	if (f->f->filters.n)
		lookup_filters(j, f->f, input);
	j->finding = f;
	finding_start(f, input);
}
