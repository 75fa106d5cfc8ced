/* Create, update and delete on the world. Each runs inside a savepoint of its caller (sched.c, sim.c), so that it may
 * write first and refuse later.
 */
#include "providers/sim/inner.h"
#include "base/json.h"

static struct str json_text(struct call *c, const struct value *v)
{
	struct buf b;
	struct str s;

	buf_init(&b, 1 << 24);
	json_write(&b, v, JSON_SECRETS);
	s = buf_take(&b, c->a);
	buf_free(&b);
	return s;
}

bool change_keep(struct call *c, const struct maker *m, const struct row *r)
{
	struct world *w = &c->sim->world;
	sqlite3_stmt *st = w->stmts[W_ROW_ADD];
	bool taken;

	world_bind(w, W_ROW_ADD, "isssssss", r->row, r->account, r->region, r->type, r->id, r->ref,
		   json_text(c, r->props), r->state);
	if (m->due)
		sqlite3_bind_int64(st, 9, m->due);
	else
		sqlite3_bind_null(st, 9);
	sqlite3_bind_int64(st, 10, c->sim->wall);
	if (m->parent)
		sqlite3_bind_int64(st, 11, m->parent);
	else
		sqlite3_bind_null(st, 11);
	sqlite3_bind_text64(st, 12, m->op.n ? m->op.p : "", m->op.n, SQLITE_TRANSIENT, SQLITE_UTF8);
	sqlite3_bind_text64(st, 13, m->stack.n ? m->stack.p : "", m->stack.n, SQLITE_TRANSIENT, SQLITE_UTF8);
	sqlite3_bind_text64(st, 14, m->lineage.n ? m->lineage.p : "", m->lineage.n, SQLITE_TRANSIENT, SQLITE_UTF8);
	sqlite3_bind_text64(st, 15, m->address.n ? m->address.p : "", m->address.n, SQLITE_TRANSIENT, SQLITE_UTF8);
	if (world_try(w, st, &taken))
		return true;
	if (!taken)
		return call_broken(c);
	return call_refuse(c, c->facts->exists, "The %.*s '%.*s' already exists", STR_ARG(c->facts->noun),
			   STR_ARG(r->id));
}

/* What AWS makes beside a resource: a VPC's default group, network ACL and route table. */
static struct value *make_beside(struct call *c, struct value *props)
{
	for (size_t i = 0; i < value_count(c->facts->with); i++) {
		const struct value *rule = value_at(c->facts->with, i);
		const struct value *given = template_render(c, value_getc(rule, "Properties"), props);
		struct str as = value_text(value_getc(rule, "As"));
		struct call sub = {.sim = c->sim, .a = c->a, .scope = c->scope};
		struct maker m = {.parent = c->row, .state = STR("active")};
		struct row r;

		sub.facts = facts_of(&c->sim->catalog, value_text(value_getc(rule, "Type")), NULL);
		if (!sub.facts)
			continue;
		if (!change_create(&sub, given, &m, &r)) {
			c->code = sub.code;
			c->message = sub.message;
			return NULL;
		}
		if (as.n)
			props = value_with(c->a, props, as, value_string(c->a, (struct pos){0}, r.id));
	}
	return props;
}

bool row_props_set(struct call *c, int64_t row, const struct value *props)
{
	struct world *w = &c->sim->world;

	return world_do(w, world_bind(w, W_ROW_SET_PROPS, "is", row, json_text(c, props))) || call_broken(c);
}

bool change_create(struct call *c, const struct value *desired, const struct maker *m, struct row *out)
{
	struct value *props = check_props(c, desired), *full;
	struct row r = {.account = c->scope.account,
			.region = c->scope.region,
			.type = c->facts->name,
			.state = m->state,
			.due = m->due,
			.maker = m->parent,
			.op = m->op};

	c->row = world_next_row(&c->sim->world);
	if (props)
		props = shape_props(c, props);
	full = props ? shape_identity(c, props) : NULL;
	if (!full || !rules_bound(c, desired, full) || !rules_quota(c))
		return false;
	r.row = c->row;
	r.id = c->id;
	r.ref = c->facts->ref ? str_dup(c->a, template_text(c, c->facts->ref, full)) : r.id;
	r.props = elements_strip(c, shape_stored(c, full));
	if (!change_keep(c, m, &r) || !refs_claim(c, full) || !rules_hold(c, full) || !rules_claim(c, full) ||
	    !refs_handles(c, full, r.ref) || !elements_set(c, NULL, full) || !elements_join(c, full))
		return false;
	if (value_count(c->facts->with)) {
		r.props = make_beside(c, r.props);
		if (!r.props || !row_props_set(c, c->row, r.props))
			return false;
	}
	*out = r;
	return true;
}

/* AWS has no call for it: drplan should have planned a replacement. */
static bool create_only_kept(struct call *c, const struct value *was, const struct value *now)
{
	const struct schema *s = c->facts->schema;

	for (size_t i = 0; i < schema_prop_count(s); i++) {
		struct str name = schema_prop_name(s, i);
		const struct value *x = value_get(was, name), *y = value_get(now, name);

		if (!(schema_flags(schema_prop_nth(s, i)) & PROP_CREATE_ONLY) || !x || (y && value_equal(x, y)) ||
		    type_passes(c->facts->type, name, value_text(x), value_text(y)))
			continue;
		return call_refuse(c, STR("InvalidParameterValue"), "%.*s of an existing %.*s cannot be changed",
				   STR_ARG(name), STR_ARG(c->facts->noun));
	}
	return true;
}

static struct value *overlaid(struct call *c, const struct value *below, const struct value *above)
{
	struct value *out = value_copy(c->a, below);

	for (size_t i = 0; i < value_count(above); i++)
		value_set(c->a, out, above->map.items[i].key, (struct pos){0}, above->map.items[i].value);
	return out;
}

/* Only what differs from prior is sent: the rest is how the caller spells what is there already. Checked, all the same,
 * with the rest. NULL with a refusal. */
static struct value *changed_props(struct call *c, const struct value *prior, const struct value *desired)
{
	struct value *out = value_map(c->a, (struct pos){0}), *given;
	const struct value *said;

	if (prior && value_equal(prior, desired))
		return out;
	said = shape_said(c, desired);
	given = check_props(c, said);
	if (!given && c->sim->partial) { /* what is not known of it is not what is sent */
		c->code = c->message = STR_NONE;
		given = (struct value *)said;
	}
	for (size_t i = 0; given && said != desired && i < value_count(desired); i++) {
		const struct member *m = &desired->map.items[i];

		if (!value_get(said, m->key) && value_get(prior, m->key))
			value_set(c->a, out, m->key, m->pos, m->value);
	}
	for (size_t i = 0; given && i < value_count(given); i++) {
		const struct member *m = &given->map.items[i];
		const struct value *was = value_get(prior, m->key);

		if (!was || !value_equal(was, value_get(desired, m->key)))
			value_set(c->a, out, m->key, m->pos, m->value);
	}
	return given ? out : NULL;
}

bool change_update(struct call *c, struct row *r, const struct value *prior, const struct value *desired)
{
	struct value *given = changed_props(c, prior, desired), *was, *now;

	if (!given || value_count(given) == 0)
		return given != NULL;
	c->row = r->row;
	c->id = r->id;
	was = value_copy(c->a, r->props);
	if (!elements_show(c, c->a, r->row, true, was))
		return false;
	now = shape_props(c, overlaid(c, was, given));
	refs_release(c);
	rules_release(c);
	if (!rules_bound(c, given, now) || !create_only_kept(c, r->props, now) || !refs_claim(c, now) || !rules_hold(c, now) || !rules_claim(c, now) ||
	    !refs_handles(c, now, r->ref))
		return false;
	/* A list that is not given stays as it is; one that is given stands, though it be empty. */
	for (size_t i = 0; i < c->facts->n_shared; i++) {
		struct str list = c->facts->shared[i].property;
		const struct value *to = value_get(given, list);

		if (!to || !value_get(now, list))
			now = value_with(c->a, now, list, to ? value_copy(c->a, to) : NULL);
	}
	if (!elements_set(c, prior ? prior : was, now))
		return false;
	r->props = elements_strip(c, shape_stored(c, now));
	return row_props_set(c, c->row, r->props) && elements_changed(c, r->props);
}

static bool delete_allowed(struct call *c, const struct row *r)
{
	for (size_t i = 0; i < value_count(c->facts->keep); i++) {
		const struct value *rule = value_at(c->facts->keep, i);
		struct str code = value_text(value_getc(rule, "Code")), message;

		if (!when_holds(value_getc(rule, "When"), r->props))
			continue;
		message = template_text(c, value_getc(rule, "Message"), r->props);
		return call_refuse(c, code.n ? code : STR("OperationNotPermitted"), "%.*s",
				   STR_ARG(message.n ? message : STR("deletion protection is on")));
	}
	return true;
}

static bool set_state(struct call *c, int64_t row, struct str state, int64_t due)
{
	struct world *w = &c->sim->world;

	return (world_do(w, world_bind(w, W_ROW_SET_STATE, due ? "isi" : "isn", row, state, due)) &&
		world_do(w, world_bind(w, W_HANDLES_CLEAR, "i", row))) ||
	       call_broken(c);
}

bool change_delete(struct call *c, struct row *r, int64_t due)
{
	c->row = r->row;
	c->id = r->id;
	if (!delete_allowed(c, r) || !refs_unused(c, r))
		return false;
	return due ? set_state(c, r->row, STR("deleting"), due) : change_remove(c, r->row, false);
}

/* The rows that a statement lists, before anything else uses the statement. */
static size_t rows_of(struct call *c, enum world_stmt which, int64_t row, int64_t **out)
{
	struct world *w = &c->sim->world;
	sqlite3_stmt *st = world_bind(w, which, "i", row);
	size_t n = 0, cap = 0;

	*out = NULL;
	while (world_step(w, st)) {
		*out = arena_grow(c->a, *out, &cap, n + 1, sizeof **out);
		(*out)[n++] = world_int(st, 0);
	}
	return n;
}

bool change_remove(struct call *c, int64_t row, bool forced)
{
	struct world *w = &c->sim->world;
	const struct sim_facts *f;
	struct row r;
	int64_t *parts, *made;
	size_t n_parts = rows_of(c, W_REF_PARTS, row, &parts), n_made = rows_of(c, W_ROWS_MADE_BY, row, &made);

	for (size_t i = 0; i < n_parts + n_made; i++)
		if (!change_remove(c, i < n_parts ? parts[i] : made[i - n_parts], true))
			return false;
	if (!forced && row_by_row(c, row, &r)) {
		f = facts_of(&c->sim->catalog, r.type, NULL);
		if (f && f->lingers && !c->undo) {
			world_do(w, world_bind(w, W_REFS_CLEAR, "i", row));
			world_do(w, world_bind(w, W_RANGES_CLEAR, "i", row));
			return set_state(c, row, STR("reserved"), c->sim->wall + f->lingers);
		}
	}
	return world_do(w, world_bind(w, W_ROW_DEL, "i", row)) || call_broken(c);
}
