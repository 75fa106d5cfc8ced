/* Finding resources without knowing their id: lookups of what drplan does not own, and the recovery of a create whose
 * answer was lost. Both list elements and compare; what cannot be decided is said, never guessed. */
#include "providers/aws/engine.h"

#include <string.h>

#define RECOVER_POLL_MS 1000

struct hit {
	struct hit *next;
	struct str id;
	struct received got;
};

struct finding {		/* one list call and what it found */
	struct job *j;
	const struct fetch_def *f;
	struct call call;
	struct want want;	/* instead of the call, where the read says Over */
	const struct value *item;	/* ... and the item at hand */
	struct hit *hits;
	struct hit *unread;	/* of a lookup by tags that only an extra read answers: still to be looked at */
	size_t n;
	bool (*fits)(struct finding *f, const struct received *got);
	job_fn *then;
};

static struct str element_id(const struct finding *finding, const struct element *el, const struct received *got)
{
	struct job *j = finding->j;
	const struct fetch_def *f = finding->f;
	struct env env = job_env(j);
	const struct value *v;

	env.props = got->live;
	env.prior = NULL;
	env.id = STR_NONE;
	if (!f->key.n)
		return f->over ? value_text(finding->item) : id_compose(&env);
	v = element_value(&env, el, f->key, f->key_up);
	return value_text(v && v->kind == V_LIST ? value_at(v, 0) : v);
}

static void finding_element(void *ctx, const struct element *el)
{
	struct finding *f = ctx;
	struct job *j = f->j;
	struct env env = job_env(j);
	struct received got = {0};
	struct hit *hit;

	if (j->def->dead.n && conds_hold(&env, j->def->dead, el->levels[0]))
		return;
	env.id = STR_NONE;
	env.props = env.prior = NULL;
	receive(&env, f->f, el, &got);
	env.id = element_id(f, el, &got);
	receive_attrs(&env, el, &got);
	if (!env.id.n || !f->fits(f, &got))
		return;
	hit = arena_new(&j->arena, struct hit);
	*hit = (struct hit){f->hits, str_dup(&j->arena, env.id), got};
	f->hits = hit;
	f->n++;
}

static void finding_answered(struct call *c)
{
	struct finding *f = c->ctx;
	struct env env = job_env(f->j);

	f->j->w->calls += c->attempts;
	if (c->ok)
		element_each(&env, c->output, f->f->at, finding_element, f);
	else if (!codes_have(f->j->def->gone, c->err.code))
		job_call_error(f->j, &c->err);
	f->then(f->j);
}

static void add_filter(struct job *j, const struct fetch_def *f, struct value *input, struct str name, struct str text)
{
	struct env env = job_env(j);
	struct arena *a = &j->arena;
	struct value *filters = path_value(&env, input, f->filters), *one = value_map(a, (struct pos){0});
	struct value *values = value_list(a, (struct pos){0});

	value_append(a, values, value_string(a, (struct pos){0}, text));
	value_set(a, one, STR("Name"), (struct pos){0}, value_string(a, (struct pos){0}, name));
	value_set(a, one, STR("Values"), (struct pos){0}, values);
	if (!filters) {
		filters = value_list(a, (struct pos){0});
		path_put(&env, input, f->filters, filters);
	}
	value_append(a, filters, one);
}

static struct value *finding_input(struct job *j, const struct fetch_def *f)
{
	struct env env = job_env(j);
	struct step none = {.call = &call_defs[f->call]};

	return input_build(&env, none.call, &none);
}

static void over_element(struct want *w, const struct element *el)
{
	struct finding *f = w->ctx;

	f->item = w->env.element;
	finding_element(f, el);
}

static void over_done(struct want *w, const struct err *err)
{
	struct finding *f = w->ctx;

	f->j->w->calls += w->calls;
	if (err)
		job_call_error(f->j, err);
	f->then(f->j);
}

static void finding_start(struct finding *f, struct value *input)
{
	struct job *j = f->j;
	struct env env = job_env(j);

	if (f->f->over) {
		f->want = (struct want){.f = f->f, .env = env, .address = j->w->address, .element = over_element, .done = over_done,
					.ctx = f};
		over_start(j->e, &f->want);
		return;
	}
	f->call = (struct call){.op = call_operation(&call_defs[f->f->call]), .place = j->w->place, .arena = &j->arena, .input = input,
				.region = source_text(&env, call_defs[f->f->call].region), .done = finding_answered, .ctx = f,
				.address = j->w->address};
	f->call.all_pages = op_paginates(f->call.op);
	wire_start(j->e->wire, &f->call);
}

/* --- lookup ------------------------------------------------------------------------------------------------------- */

struct looking {
	struct finding f;
	struct job *j;
};

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
	const struct value *id = !j->failed && j->reading->found ? element_value(&env, &j->found, f->key, f->key_up) : NULL;

	if (!id || !f->key.n || !value_text(id).n || str_eq(value_text(id), j->w->id)) {
		if (j->failed || !j->reading->found || !j->def->also.n)
			lookup_whole(j);
		else
			job_read(j, false, false, lookup_whole);
		return;
	}
	j->w->id = str_dup(j->w->arena, value_text(id));
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
			add_filter(j, f, input, call_text(d->filter), value_text(v));
	}
	for (size_t i = 0; tags && tags->kind == V_MAP && i < value_count(tags); i++)
		add_filter(j, f, input, str_fmt(&j->arena, "tag:%.*s", STR_ARG(tags->map.items[i].key)),
			   value_text(tags->map.items[i].value));
	for (size_t i = 0; tags && tags->kind == V_LIST && i < value_count(tags); i++)
		add_filter(j, f, input, str_fmt(&j->arena, "tag:%.*s", STR_ARG(value_text(value_getc(value_at(tags, i), "Key")))),
			   value_text(value_getc(value_at(tags, i), "Value")));
}

/* The read that can answer without an id: the type's own, or the one that finds what an interrupted create made, by a
 * name that the lookup gives or by going through all there are. */
static const struct fetch_def *lookup_read(struct job *j, const struct env *env)
{
	const struct fetch_def *own = &fetch_defs[j->def->read.first], *other = &fetch_defs[j->def->recover_read];

	if (own->how != FETCH_EACH || !own->by.n)
		return own;
	if (!j->def->recover_read || (other->by.n && !source_text(env, other->of).n))
		return NULL;
	return other;
}

void work_lookup(struct job *j)
{
	const struct value *id = value_getc(j->w->match, "Id");
	struct env env = job_env(j);
	const struct fetch_def *read;
	struct finding *f;
	struct value *input;

	env.props = j->w->match;
	j->w->id = str_dup(j->w->arena, id ? value_text(id) : id_compose(&env));
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

/* --- recovery ----------------------------------------------------------------------------------------------------- */

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
	if (age < 0 || age >= j->def->visible_ms) {
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

	return !f->hits->got.op.n && j->def->also.n && call_defs[j->def->create.first].tags.n && j->w->owner && j->w->owner->tags;
}

static void recover_checked(struct job *j)
{
	const struct reading *r = j->reading;

	if (j->failed) {
		recover_end(j, RECOVER_UNKNOWN);
	} else if (r->found && str_eq(r->got.op, j->w->op)) {
		recover_take(j, j->w->id);
	} else if (r->found) {
		j->w->id = STR_NONE;
		recover_unknown(j, "there is one like it that is not ours; import it, or delete it");
	} else {
		j->w->id = STR_NONE;
		recover_absent(j);
	}
}

static void recover_listed(struct job *j)
{
	struct finding *f = j->finding;

	if (j->failed) {
		recover_end(j, RECOVER_UNKNOWN);
		return;
	}
	if (f->n == 1 && tags_tell(f)) {
		j->w->id = str_dup(j->w->arena, f->hits->id);
		job_read(j, false, false, recover_checked);
	} else if (f->n == 1) {
		recover_take(j, f->hits->id);
	} else if (f->n) {
		recover_unknown(j, "several resources fit");
	} else {
		recover_absent(j);
	}
}

static bool op_fits(struct finding *f, const struct received *got)
{
	return str_eq(got->op, f->j->w->op);
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

	if (got->op.n || (j->w->owner && j->w->owner->tags && answers_tags(j, f->f)))
		return str_eq(got->op, j->w->op);
	for (size_t i = 0; i < value_count(j->w->desired); i++) {
		struct str key = j->w->desired->map.items[i].key;
		const struct value *live = value_get(got->live, key);

		if (live && !prop_same(&j->arena, j->w->type, key, j->w->desired->map.items[i].value, live))
			return false;
	}
	return true;
}

static void recover_list(struct job *j, const struct fetch_def *def, bool by_tag)
{
	struct finding *f = arena_new(&j->arena, struct finding);
	struct value *input = finding_input(j, def);
	struct env env = job_env(j);

	*f = (struct finding){.j = j, .f = def, .fits = by_tag ? op_fits : desired_fits, .then = recover_listed};
	if (by_tag && def->filters.n)
		add_filter(j, def, input, STR("tag:" OWN_TAG "op"), j->w->op);
	else if (!by_tag && def->of)
		path_put(&env, input, def->by, value_string(&j->arena, (struct pos){0}, source_text(&env, def->of)));
	j->finding = f;
	finding_start(f, input);
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
	if (!r->got.op.n && j->def->recover == RECOVER_NAME && j->w->owner && j->w->owner->tags) {
		recover_unknown(j, "there is one of this name without our tags; import it, or delete it");
		return;
	}
	if (!desired_fits(&f, &r->got)) {
		recover_unknown(j, "there is one of this name that is somebody else's; choose another name, or import it");
		return;
	}
	recover_take(j, j->w->id);
}

void work_recover(struct job *j)
{
	struct env env = job_env(j);
	bool tagged = j->w->owner && j->w->owner->tags;

	j->w->recovered = RECOVER_UNKNOWN;
	if (j->def->recover == RECOVER_TAG && (tagged || j->def->reference.n)) {
		recover_list(j, &fetch_defs[j->def->read.first], true);
		return;
	}
	if (j->def->recover_read && (tagged || !fetch_defs[j->def->recover_read].over)) {
		recover_list(j, &fetch_defs[j->def->recover_read], fetch_defs[j->def->recover_read].over);
		return;
	}
	if (j->def->recover == RECOVER_TAG || j->def->recover == RECOVER_NONE || j->def->recover_read) {
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
