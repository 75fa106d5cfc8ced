/* Rows of the world as drplan sees them: read by id in bulk, looked up by what they are, found again by the intent
 * that made them. drplan's own tags are columns, so they never show among the live ones.
 */
#include "providers/sim/verbs.h"
#include "base/json.h"

enum { PAGE = 200 }; /* ids of one simulated bulk call */

bool row_take(struct call *c, sqlite3_stmt *st, struct row *out)
{
	struct errs errs = {.arena = c->a};

	*out = (struct row){
	    .row = world_int(st, 0),
	    .account = str_dup(c->a, world_text(st, 1)),
	    .region = str_dup(c->a, world_text(st, 2)),
	    .type = str_dup(c->a, world_text(st, 3)),
	    .id = str_dup(c->a, world_text(st, 4)),
	    .ref = str_dup(c->a, world_text(st, 5)),
	    .state = str_dup(c->a, world_text(st, 7)),
	    .due = world_int(st, 8),
	    .maker = world_int(st, 9),
	    .op = str_dup(c->a, world_text(st, 10)),
	    .lineage = str_dup(c->a, world_text(st, 11)),
	};
	out->props = json_read(c->a, world_text(st, 6), 0, &errs);
	if (out->props && out->props->kind == V_MAP)
		return true;
	return call_refuse(c, STR("InternalError"),
			   "the world's row of %.*s holds properties that are not a JSON object", STR_ARG(out->id));
}

static bool row_one(struct call *c, sqlite3_stmt *st, struct row *out)
{
	bool found = world_step(&c->sim->world, st) && row_take(c, st, out);

	world_reset(st);
	return found;
}

bool row_by_id(struct call *c, struct str id, struct row *out)
{
	return row_one(
	    c, world_bind(&c->sim->world, W_ROW_BY_ID, "ssss", c->scope.account, c->scope.region, c->facts->name, id),
	    out);
}

bool row_by_row(struct call *c, int64_t row, struct row *out)
{
	return row_one(c, world_bind(&c->sim->world, W_ROW_BY_ROW, "i", row), out);
}

bool row_by_op(struct call *c, struct str op, struct row *out)
{
	return row_one(
	    c, world_bind(&c->sim->world, W_ROW_BY_OP, "ssss", op, c->facts->name, c->scope.account, c->scope.region),
	    out);
}

bool row_by_owner(struct call *c, struct str stack, struct str address, struct row *out, bool *several)
{
	sqlite3_stmt *st = world_bind(&c->sim->world, W_ROW_BY_OWNER, "sssss", stack, address, c->facts->name,
				      c->scope.account, c->scope.region);
	bool found = world_step(&c->sim->world, st) && row_take(c, st, out);

	*several = found && world_step(&c->sim->world, st);
	world_reset(st);
	return found;
}

bool row_lives(const struct row *r)
{
	return !str_eqc(r->state, "deleting") && !str_eqc(r->state, "reserved");
}

static void mark_secrets(struct arena *a, const struct schema *s, struct value *live)
{
	for (uint32_t i = 0; i < live->map.n; i++) {
		struct member *m = &live->map.items[i];
		if (schema_flags(schema_prop(s, m->key)) & PROP_SECRET)
			m->value = value_mark_secret(a, m->value);
	}
}

bool row_show(struct call *c, struct arena *a, const struct row *r, struct value **live, struct value **attrs)
{
	const struct type *t = c->facts->type;
	struct value *ref = value_string(a, (struct pos){0}, str_dup(a, r->ref));

	*live = a == c->a ? r->props : value_copy(a, r->props);
	if (!elements_show(c, a, r->row, false, *live))
		return false;
	if (c->facts->secrets)
		mark_secrets(a, c->facts->schema, *live);
	*attrs = value_map(a, (struct pos){0});
	value_set(a, *attrs, STR("Ref"), (struct pos){0}, ref);
	for (size_t i = 0; i < type_attr_count(t); i++) {
		struct str name = type_attr_name(t, i);
		struct value *v = value_path(*live, name);
		if (v)
			value_set(a, *attrs, name, (struct pos){0}, v);
	}
	return true;
}

/* A composed id can be told from the properties alone. */
static struct str item_id(struct call *c, const struct work_item *it)
{
	if (it->id.n || !it->props)
		return it->id;
	return template_text(c, c->facts->id, it->props);
}

void read_items(struct sim *s, struct work *w, struct call *c)
{
	w->calls = (unsigned)((w->n_items + PAGE - 1) / PAGE);
	s->stats.calls += w->calls;
	for (size_t i = 0; i < w->n_items; i++) {
		struct work_item *it = &w->items[i];
		struct row r;
		struct str id = item_id(c, it);

		it->found = id.n && row_by_id(c, id, &r) && row_lives(&r);
		if (it->found) {
			it->failed = !row_show(c, w->arena, &r, &it->live, &it->attrs);
			it->broken = str_eqc(r.state, "failed");
			it->settled = !it->broken && !str_eqc(r.state, "pending");
		} else {
			it->failed = c->code.n != 0;
		}
		if (it->failed)
			return;
	}
}

static struct str tag_value(const struct value *tags, struct str key)
{
	if (!tags || tags->kind == V_MAP)
		return value_text(value_get(tags, key));
	for (size_t i = 0; i < value_count(tags); i++)
		if (str_eq(value_text(value_getc(value_at(tags, i), "Key")), key))
			return value_text(value_getc(value_at(tags, i), "Value"));
	return STR_NONE;
}

static bool tags_match(const struct value *have, const struct value *want)
{
	for (size_t i = 0; i < value_count(want); i++) {
		bool map = want->kind == V_MAP;
		struct str key = map ? want->map.items[i].key : value_text(value_getc(value_at(want, i), "Key"));
		struct str value = value_text(map ? want->map.items[i].value : value_getc(value_at(want, i), "Value"));

		if (!key.n || !str_eq(tag_value(have, key), value))
			return false;
	}
	return true;
}

/* The row that an identifier means, itself or by what stands for it. */
static int64_t row_meant(struct call *c, struct str id)
{
	int64_t row = refs_find(c, c->scope, c->facts->name, id), other = row ? 0 : refs_find(c, c->scope, STR_NONE, id);
	const struct sim_facts *f;
	struct row r;

	if (!other || !row_by_row(c, other, &r))
		return row;
	f = facts_of(&c->sim->catalog, r.type, NULL);
	return f && f->stands_for.n
		   ? refs_find(c, c->scope, c->facts->name, value_text(value_path(r.props, f->stands_for)))
		   : 0;
}

static bool row_matches(struct call *c, const struct row *r, const struct value *match)
{
	for (size_t i = 0; i < value_count(match); i++) {
		const struct member *m = &match->map.items[i];
		const struct value *have = value_path(r->props, m->key);

		if (str_eqc(m->key, "Id") && !have) {
			if (!str_eq(value_text(m->value), r->id) && !str_eq(value_text(m->value), r->ref) &&
			    row_meant(c, value_text(m->value)) != r->row)
				return false;
		} else if (str_eqc(m->key, "Tags")) {
			if (!tags_match(c->facts->tags.n ? value_path(r->props, c->facts->tags) : NULL, m->value))
				return false;
		} else if (!have || (value_is_scalar(have) ? !str_eq(value_text(have), value_text(m->value))
							   : !value_equal(have, m->value))) {
			return false;
		}
	}
	return true;
}

/* Rows that match, up to max of them; the number of all. */
static size_t find_matches(struct call *c, const struct value *match, struct row *out, size_t max)
{
	struct world *w = &c->sim->world;
	sqlite3_stmt *st = world_bind(w, W_ROWS_OF_TYPE, "sss", c->scope.account, c->scope.region, c->facts->name);
	size_t n = 0;
	struct row r;

	while (world_step(w, st)) {
		if (!row_take(c, st, &r)) {
			world_reset(st);
			return 0;
		}
		if (!row_lives(&r) || !row_matches(c, &r, match))
			continue;
		if (n < max)
			out[n] = r;
		n++;
	}
	return n;
}

/* A partial world may lack what the lookup goes by (an alias, a tag): then it is what that lookup found before. */
static bool row_remembered(struct call *c, struct str address, struct row *out)
{
	struct str id = c->sim->partial ? mark_get(c, "lookup", address) : STR_NONE;

	return id.n && row_by_id(c, id, out);
}

bool read_lookup(struct call *c, struct work *w)
{
	enum { SHOWN = 5 };
	struct row found[SHOWN];
	size_t n = find_matches(c, w->match, found, SHOWN);
	struct buf ids;

	if (n == 0 && !c->code.n && row_remembered(c, w->address, &found[0]))
		n = 1;
	if (n == 1) {
		w->id = str_dup(w->arena, found[0].id);
		return row_show(c, w->arena, &found[0], &w->live, &w->attrs);
	}
	if (c->code.n)
		return false;
	if (n == 0)
		return call_refuse(c, c->facts->missing, "no %.*s matches", STR_ARG(c->facts->name));
	buf_init(&ids, 4096);
	for (size_t i = 0; i < n && i < SHOWN; i++)
		buf_fmt(&ids, "%s%.*s", i ? ", " : "", STR_ARG(found[i].id));
	call_refuse(c, STR("AmbiguousLookup"), "%zu %.*s match: %.*s%s", n, STR_ARG(c->facts->name),
		    STR_ARG(buf_get(&ids)), n > SHOWN ? ", ..." : "");
	buf_free(&ids);
	return false;
}
