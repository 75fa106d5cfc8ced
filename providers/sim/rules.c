/* Rules between resources that no schema states: what must be unique, where an address range must lie, what must be
 * equal, what must exist beside, how many there may be.
 */
#include "providers/sim/inner.h"
#include "base/json.h"

#include <string.h>

/* "us-east-1 AWS::EC2::Subnet 0 [...]"; empty when a value of the set is missing: then it doesn't hold. */
static struct str unique_key(struct call *c, size_t i, const struct value *props)
{
	const struct sim_unique *u = &c->facts->uniques[i];
	struct value *values = value_list(c->a, (struct pos){0});
	struct buf b;
	struct str key;

	for (size_t k = 0; k < u->n; k++) {
		const struct value *v = value_path(props, u->names[k]);
		if (!v)
			return STR_NONE;
		value_append(c->a, values, value_copy(c->a, v));
	}
	buf_init(&b, 1 << 20);
	if (!str_eqc(u->scope, "world"))
		buf_str(&b, c->scope.account);
	buf_char(&b, ' ');
	if (str_eqc(u->scope, "region"))
		buf_str(&b, c->scope.region);
	buf_fmt(&b, " %.*s %zu ", STR_ARG(c->facts->name), i);
	json_write(&b, values, JSON_SORTED);
	key = buf_take(&b, c->a);
	buf_free(&b);
	return key;
}

static bool claim_unique(struct call *c, size_t i, const struct value *props)
{
	const struct sim_unique *u = &c->facts->uniques[i];
	struct world *w = &c->sim->world;
	struct str key = when_holds(u->when, props) ? unique_key(c, i, props) : STR_NONE;
	struct buf b;
	bool taken;

	if (!key.n || world_try(w, world_bind(w, W_TAKEN_ADD, "si", key, c->row), &taken))
		return true;
	if (!taken)
		return call_broken(c);
	buf_init(&b, 4096);
	for (size_t k = 0; k < u->n; k++)
		buf_fmt(&b, "%s%.*s '%.*s'", k ? ", " : "", STR_ARG(u->names[k]),
			STR_ARG(value_text(value_path(props, u->names[k]))));
	call_refuse(c, u->code, "a %.*s with %.*s already exists", STR_ARG(c->facts->noun), STR_ARG(buf_get(&b)));
	buf_free(&b);
	return false;
}

/* One of the ranges of a property, which is one CIDR or a list of them. */
static bool within_any(const struct cidr *r, const struct value *outer)
{
	struct cidr o;

	if (!outer || outer->kind != V_LIST)
		return cidr_parse(value_text(outer), &o) && cidr_within(r, &o);
	for (size_t i = 0; i < value_count(outer); i++)
		if (within_any(r, value_at(outer, i)))
			return true;
	return false;
}

static struct str code_or(const struct value *rule, const char *key, const char *otherwise)
{
	struct str s = value_text(value_getc(rule, key));

	return s.n ? s : str_of(otherwise);
}

/* Ranges of one space don't overlap, so the nearest one below the end of the new range decides. */
static bool claim_space(struct call *c, const struct value *rule, struct str space, struct str text,
			const struct cidr *r)
{
	struct world *w = &c->sim->world;
	struct str low = {(const char *)r->low, r->size}, high = {(const char *)r->high, r->size};
	sqlite3_stmt *st = world_bind(w, W_RANGE_BELOW, "sb", space, high);
	bool clash = false;

	if (world_step(w, st)) {
		const void *p = sqlite3_column_blob(st, 0);
		clash = p && sqlite3_column_bytes(st, 0) == (int)r->size && memcmp(p, r->low, r->size) >= 0;
	}
	world_reset(st);
	if (clash)
		return call_refuse(c, code_or(rule, "Conflict", "InvalidParameterValue"),
				   "The CIDR '%.*s' conflicts with another %.*s", STR_ARG(text),
				   STR_ARG(c->facts->noun));
	return world_do(w, world_bind(w, W_RANGE_ADD, "sbbi", space, low, high, c->row)) || call_broken(c);
}

static bool claim_range(struct call *c, const struct value *rule, const struct value *props)
{
	struct str property = value_text(value_getc(rule, "Property")), parent = value_text(value_getc(rule, "Parent"));
	struct str text = value_text(value_path(props, property)), handle = value_text(value_path(props, parent));
	struct cidr r;
	struct row outer;
	int64_t min = 0, max = 128, row;

	if (!text.n)
		return true;
	value_as_int(value_getc(rule, "Min"), &min);
	value_as_int(value_getc(rule, "Max"), &max);
	if (!cidr_parse(text, &r) || r.prefix < min || r.prefix > max)
		return call_refuse(c, code_or(rule, "Range", "InvalidParameterValue"), "The CIDR '%.*s' is invalid.",
				   STR_ARG(text));
	row = handle.n ? refs_find(c, c->scope, STR_NONE, handle) : 0;
	if (!row || !row_by_row(c, row, &outer))
		return true;
	if (value_getc(rule, "Within") &&
	    !within_any(&r, value_path(outer.props, value_text(value_getc(rule, "Within")))))
		return call_refuse(c, code_or(rule, "Range", "InvalidParameterValue"), "The CIDR '%.*s' is invalid.",
				   STR_ARG(text));
	return claim_space(
	    c, rule,
	    str_fmt(c->a, "%lld %.*s %.*s %u", (long long)row, STR_ARG(c->facts->name), STR_ARG(property), r.size),
	    text, &r);
}

bool rules_claim(struct call *c, const struct value *props)
{
	for (size_t i = 0; i < c->facts->n_uniques; i++)
		if (!claim_unique(c, i, props))
			return false;
	for (size_t i = 0; i < value_count(c->facts->cidr); i++)
		if (!claim_range(c, value_at(c->facts->cidr, i), props))
			return false;
	return true;
}

void rules_release(struct call *c)
{
	struct world *w = &c->sim->world;

	world_do(w, world_bind(w, W_TAKEN_CLEAR, "i", c->row));
	world_do(w, world_bind(w, W_RANGES_CLEAR, "i", c->row));
}

static bool hold_equal(struct call *c, const struct value *rule, const struct value *props)
{
	const struct value *of = value_getc(rule, "Of");
	const struct value *x = template_render(c, value_at(of, 0), props),
			   *y = template_render(c, value_at(of, 1), props);
	struct str message;

	if (!x || !y || value_equal(x, y))
		return true;
	message = template_text(c, value_getc(rule, "Message"), props);
	if (message.n)
		return call_refuse(c, code_or(rule, "Code", "InvalidParameterValue"), "%.*s", STR_ARG(message));
	return call_refuse(c, code_or(rule, "Code", "InvalidParameterValue"), "'%.*s' and '%.*s' must be the same",
			   STR_ARG(value_text(x)), STR_ARG(value_text(y)));
}

static bool needed_fits(struct call *c, const struct value *where, const struct value *props, const struct row *r)
{
	for (size_t i = 0; i < value_count(where); i++) {
		const struct member *m = &where->map.items[i];
		struct str want = template_text(c, m->value, props), have = value_text(value_path(r->props, m->key));

		if (str_eqc(want, "*") ? !have.n : !str_eq(want, have))
			return false;
	}
	return true;
}

/* Among what refers to the resource that the first fixed property of Where names. */
static int64_t find_needed(struct call *c, const struct value *rule, const struct value *props)
{
	const struct value *where = value_getc(rule, "Where");
	struct world *w = &c->sim->world;
	int64_t hub = 0, found = 0;
	sqlite3_stmt *st;
	struct row r;

	for (size_t i = 0; i < value_count(where) && !hub; i++) {
		struct str handle = template_text(c, where->map.items[i].value, props);
		if (handle.n && !str_eqc(handle, "*"))
			hub = refs_find(c, c->scope, STR_NONE, handle);
	}
	st = world_bind(w, W_REFERRERS, "is", hub, value_text(value_getc(rule, "Type")));
	while (!found && world_step(w, st))
		if (row_take(c, st, &r) && needed_fits(c, where, props, &r))
			found = r.row;
	world_reset(st);
	return found;
}

static bool hold_need(struct call *c, const struct value *rule, const struct value *props)
{
	struct world *w = &c->sim->world;
	struct str message, kind = code_or(rule, "Kind", "blocks");
	int64_t row;

	if (!when_holds(value_getc(rule, "When"), props))
		return true;
	row = find_needed(c, rule, props);
	if (row)
		return world_do(w, world_bind(w, W_REF_ADD, "iis", c->row, row, kind)) || call_broken(c);
	if (c->sim->partial)
		return true;
	message = template_text(c, value_getc(rule, "Message"), props);
	if (!message.n)
		message = str_fmt(c->a, "it needs an %.*s", STR_ARG(value_text(value_getc(rule, "Type"))));
	return call_refuse(c, code_or(rule, "Code", "InvalidParameterValue"), "%.*s", STR_ARG(message));
}

bool rules_hold(struct call *c, const struct value *props)
{
	for (size_t i = 0; i < value_count(c->facts->equal); i++)
		if (!hold_equal(c, value_at(c->facts->equal, i), props))
			return false;
	for (size_t i = 0; i < value_count(c->facts->needs); i++)
		if (!hold_need(c, value_at(c->facts->needs, i), props))
			return false;
	return true;
}

static bool bound_one(struct call *c, const struct value *rule, const struct value *given, struct value *props)
{
	struct str name = value_text(value_getc(rule, "Property")), code = value_text(value_getc(rule, "Code"));
	int64_t n, low = INT64_MIN, high = INT64_MAX;

	value_as_int(value_get(props, value_text(value_getc(rule, "Low"))), &low);
	value_as_int(value_get(props, value_text(value_getc(rule, "High"))), &high);
	if (!value_as_int(value_get(props, name), &n) || (n >= low && n <= high))
		return true;
	if (value_get(given, name))
		return call_refuse(c, code, "%.*s %lld is not between %lld and %lld", STR_ARG(name), (long long)n,
				   (long long)low, (long long)high);
	value_set(c->a, props, name, (struct pos){0},
		  value_string(c->a, (struct pos){0}, str_fmt(c->a, "%lld", (long long)(n < low ? low : high))));
	return true;
}

bool rules_bound(struct call *c, const struct value *given, struct value *props)
{
	for (size_t i = 0; i < value_count(c->facts->between); i++)
		if (!bound_one(c, value_at(c->facts->between, i), given, props))
			return false;
	return true;
}

bool rules_quota(struct call *c)
{
	struct world *w = &c->sim->world;
	sqlite3_stmt *st = world_bind(w, W_QUOTA_GET, "s", c->facts->name);
	int64_t max = -1, have = 0;

	if (world_step(w, st))
		max = world_int(st, 0);
	world_reset(st);
	if (max < 0)
		return true;
	st = world_bind(w, W_COUNT_PLACE, "sss", c->scope.account, c->scope.region, c->facts->name);
	if (world_step(w, st))
		have = world_int(st, 0);
	world_reset(st);
	return have < max || call_refuse(c, STR("LimitExceeded"), "the maximum number of %.*s has been reached: %lld",
					 STR_ARG(c->facts->name), (long long)max);
}
