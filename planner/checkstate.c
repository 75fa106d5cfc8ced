/* Checks about what was made or found: that it exists, which state is reported of it, what its attributes say; those
 * that the provider answers; and the one that a person answers. See check.h. */
#include "planner/checkpriv.h"

/* --- asking the provider -------------------------------------------------------------------------------------- */

static bool ours(struct work *const *works, size_t n, const struct work *w)
{
	for (size_t i = 0; i < n; i++)
		if (works[i] == w)
			return true;
	return false;
}

bool check_carry(struct check *c, struct work *const *works, size_t n)
{
	struct provider *p = c->w->provider;
	bool settled = false;
	size_t done = 0;
	c->unanswered = false;
	for (size_t i = 0; i < n; i++)
		provider_start(p, works[i]);
	for (;;) {
		struct work_event e;
		while ((e = provider_next(p)).work) {
			if (ours(works, n, e.work))
				done += e.kind == WORK_DONE;
			else if (c->w->event)
				c->w->event(c->w->ctx, e);
		}
		if (done == n)
			break;
		if (!settled && check_interrupted(c)) {
			p->ops->settle(p);
			settled = true;
		}
		provider_poll(p, 200);
	}
	for (size_t i = 0; i < n; i++) {
		if (works[i]->state == WORK_OK)
			continue;
		c->detail = str_dup(c->a, works[i]->err.message);
		c->unanswered = works[i]->err.kind == ERR_NETWORK;
		return false;
	}
	return true;
}

static bool carry(struct check *c, struct work *w)
{
	return check_carry(c, &w, 1);
}

static const struct place *place_named(const struct check *c, struct str name)
{
	for (size_t i = 0; i < c->w->n_places; i++)
		if (str_eq(c->w->places[i].name, name))
			return &c->w->places[i];
	return NULL;
}

/* What verb_args put in the place of a logical id; false: it is something else. */
static bool thing_of(const struct check *c, const struct value *v, struct thing *out)
{
	*out = (struct thing){.address = value_text(value_getc(v, "Address")),
			      .id = value_text(value_getc(v, "Id")),
			      .type = model_type(value_text(value_getc(v, "Type"))),
			      .place = place_named(c, value_text(value_getc(v, "Target"))),
			      .attrs = value_getc(v, "Attrs"),
			      .props = value_getc(v, "Props")};
	return out->id.n && out->type && out->place;
}

/* The target that is written, or that of the first resource that is named. */
static const struct place *place_of(const struct check *c)
{
	const struct value *target = value_getc(c->args, "Target");
	if (target && place_named(c, value_text(target)))
		return place_named(c, value_text(target));
	for (size_t i = 0; c->args->kind == V_MAP && i < c->args->map.n; i++) {
		const struct value *v = c->args->map.items[i].value;
		struct thing t;
		if (check_count(v) && thing_of(c, check_item(v, 0), &t))
			return t.place;
	}
	return c->w->places ? &c->w->places[c->w->place] : NULL;
}

enum check_answer check_asked(struct check *c)
{
	struct work *w = arena_new(c->a, struct work);
	bool holds, never = false;
	*w = (struct work){.kind = WORK_PROBE,
			   .place = place_of(c),
			   .places = c->w->places,
			   .n_places = c->w->n_places,
			   .arena = c->a,
			   .owner = &c->w->owner,
			   .name = c->kind,
			   .desired = c->args,
			   .unplanned = c->w->unplanned,
			   .timeout_ms = c->left_ms > 1000 ? c->left_ms : 1000};
	if (!carry(c, w))
		return w->err.kind == ERR_INPUT || w->err.kind == ERR_BUG ? CHECK_NEVER : CHECK_NOT_YET;
	c->detail = str_dup(c->a, value_text(value_getc(w->result, "Detail")));
	c->value = value_getc(w->result, "Value");
	value_as_bool(value_getc(w->result, "Never"), &never);
	if (value_as_bool(value_getc(w->result, "Holds"), &holds) && holds)
		return CHECK_HOLDS;
	return never ? CHECK_NEVER : CHECK_NOT_YET;
}

/* --- existence ------------------------------------------------------------------------------------------------ */

static enum check_answer read_one(struct check *c, const struct value *named, struct thing *t, struct work_item *item)
{
	if (!thing_of(c, named, t)) {
		c->detail = str_fmt(c->a, "%.*s is not the name of a resource", STR_ARG(value_text(named)));
		return CHECK_NEVER;
	}
	*item = (struct work_item){.id = t->id, .address = t->address, .props = t->props};
	struct work *w = arena_new(c->a, struct work);
	*w = (struct work){.kind = WORK_READ,
			   .place = t->place,
			   .type = t->type,
			   .arena = c->a,
			   .address = t->address,
			   .items = item,
			   .n_items = 1};
	if (!carry(c, w) || item->failed)
		return CHECK_NOT_YET;
	c->detail = str_fmt(c->a, "%.*s (%.*s) %s", STR_ARG(t->address), STR_ARG(item->id),
			    item->found ? "exists" : "does not exist");
	return item->found ? CHECK_HOLDS : CHECK_NOT_YET;
}

enum check_answer check_exists(struct check *c)
{
	const struct value *of = value_getc(c->args, "Of");
	struct work_item item;
	struct thing t;
	for (size_t i = 0; i < check_count(of); i++) {
		enum check_answer answer = read_one(c, check_item(of, i), &t, &item);
		if (answer != CHECK_HOLDS)
			return answer;
	}
	if (check_count(of) > 1)
		c->detail = str_fmt(c->a, "all %zu exist", check_count(of));
	return CHECK_HOLDS;
}

/* --- state ---------------------------------------------------------------------------------------------------- */

static bool tells_state(struct str key)
{
	return str_eqc(key, "State") || str_eqc(key, "Status") || str_ends(key, STR(".State")) ||
	       str_ends(key, STR(".Status")) || str_ends(key, STR("State")) || str_ends(key, STR("Status"));
}

static struct str reported(const struct value *map)
{
	struct str found = STR_NONE;
	for (size_t i = 0; i < value_count(map); i++) {
		const struct member *m = &map->map.items[i];
		if (!tells_state(m->key) || !value_is_scalar(m->value))
			continue;
		found = value_text(m->value);
		if (str_eqc(m->key, "State") || str_eqc(m->key, "Status"))
			break;
	}
	return found;
}

static bool settled_word(struct str word)
{
	static const char *const words[] = {"available", "active", "running", "enabled", "deployed", "ok"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq_nocase(word, str_of(words[i])))
			return true;
	return false;
}

static bool wanted(const struct value *is, struct str state)
{
	for (size_t i = 0; i < check_count(is); i++)
		if (str_eq_nocase(value_text(check_item(is, i)), state))
			return true;
	return false;
}

static enum check_answer state_of(struct check *c, const struct value *named, const struct value *is)
{
	struct work_item item;
	struct thing t;
	enum check_answer answer = read_one(c, named, &t, &item);
	if (answer != CHECK_HOLDS)
		return answer;
	struct str state = reported(item.attrs);
	if (!state.n)
		state = reported(item.live);
	if (!state.n)
		state = item.condition;
	if (state.n) {
		c->detail = str_fmt(c->a, "%.*s is %.*s", STR_ARG(t.address), STR_ARG(state));
		return wanted(is, state) || wanted(is, item.condition) ? CHECK_HOLDS : CHECK_NOT_YET;
	}
	bool may = false;
	for (size_t i = 0; i < check_count(is); i++)
		may |= settled_word(value_text(check_item(is, i)));
	c->detail = str_fmt(c->a, "%.*s %s", STR_ARG(t.address),
			    !may           ? "reports no state"
			    : item.settled ? "is settled"
					   : "is not settled");
	return !may ? CHECK_NEVER : item.settled ? CHECK_HOLDS : CHECK_NOT_YET;
}

enum check_answer check_state(struct check *c)
{
	const struct value *of = value_getc(c->args, "Of"), *is = value_getc(c->args, "Is");
	for (size_t i = 0; i < check_count(of); i++) {
		enum check_answer answer = state_of(c, check_item(of, i), is);
		if (answer != CHECK_HOLDS)
			return answer;
	}
	return CHECK_HOLDS;
}

/* --- what needs nobody but us --------------------------------------------------------------------------------- */

enum check_answer check_expression(struct check *c)
{
	bool holds = c->args->kind == V_BOOL ? c->args->boolean : str_eqc(value_text(c->args), "true");
	c->detail = holds ? STR("true") : STR("it is not true");
	return holds ? CHECK_HOLDS : CHECK_NEVER;
}

enum check_answer check_approval(struct check *c)
{
	struct str question = value_text(value_getc(c->args, "Ask"));
	enum check_answer answer = c->w->approved ? c->w->approved(c->w->ctx, question, &c->detail) : CHECK_NEVER;
	if (answer != CHECK_HOLDS && !c->detail.n)
		c->detail = STR("not approved");
	return answer == CHECK_NOT_YET && !value_getc(c->args, "Within") ? CHECK_NEVER : answer;
}
