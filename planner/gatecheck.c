/* Checks about what the run made or found: that it exists, which state is reported of it, what its attributes say; and
 * the one that a person answers. See gate.h. */
#include "planner/gate.h"

static struct str id_of(const struct change *c)
{
	if (c->remade.n)
		return c->remade;
	return c->row ? c->row->id : value_text(value_getc(c->live_attrs, "Ref"));
}

/* Ask the provider, alone: a gate stands where nothing else is under way. */
static bool carry(struct check *c, struct work *w)
{
	struct provider *p = c->r->env->provider;
	bool settled = false;
	provider_start(p, w);
	while (provider_pending(p)) {
		if (!settled && check_interrupted(c)) {
			p->ops->settle(p);
			settled = true;
		}
		provider_poll(p, 200);
		while (provider_next(p).work)
			;
	}
	while (provider_next(p).work)
		;
	if (w->state == WORK_OK)
		return true;
	c->detail = str_dup(c->r->a, w->err.message);
	return false;
}

static enum check_answer read_one(struct check *c, struct str address, struct work_item *item)
{
	struct run *r = c->r;
	const struct change *ch = run_change(r, address);
	if (!ch || !id_of(ch).n) {
		c->detail = str_fmt(r->a, "%.*s was not made", STR_ARG(address));
		return CHECK_NEVER;
	}
	*item = (struct work_item){
	    .id = id_of(ch), .address = address, .props = ch->made || !ch->row ? ch->live : ch->row->inputs};
	struct work *w = arena_new(r->a, struct work);
	*w = (struct work){.kind = WORK_READ,
			   .place = &r->env->places[ch->target],
			   .type = ch->type,
			   .arena = r->a,
			   .address = address,
			   .items = item,
			   .n_items = 1};
	if (!carry(c, w) || item->failed)
		return CHECK_NOT_YET;
	c->detail = str_fmt(r->a, "%.*s (%.*s) %s", STR_ARG(address), STR_ARG(item->id),
			    item->found ? "exists" : "does not exist");
	return item->found ? CHECK_HOLDS : CHECK_NOT_YET;
}

enum check_answer check_exists(struct check *c)
{
	const struct value *of = value_getc(c->args, "Of");
	struct work_item item;
	for (size_t i = 0; i < check_count(of); i++) {
		enum check_answer answer = read_one(c, value_text(check_item(of, i)), &item);
		if (answer != CHECK_HOLDS)
			return answer;
	}
	if (check_count(of) > 1)
		c->detail = str_fmt(c->r->a, "all %zu exist", check_count(of));
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

/* The provider waits for the settled state of a resource that needs no change. */
static enum check_answer settled(struct check *c, const struct change *ch, const struct work_item *item)
{
	struct run *r = c->r;
	struct work *w = arena_new(r->a, struct work);
	*w = (struct work){.kind = WORK_UPDATE,
			   .place = &r->env->places[ch->target],
			   .type = ch->type,
			   .arena = r->a,
			   .address = ch->address,
			   .id = item->id,
			   .owner = &r->owner,
			   .desired = item->live,
			   .prior = item->live,
			   .timeout_ms = c->left_ms > 1000 ? c->left_ms : 1000};
	return carry(c, w) ? CHECK_HOLDS : CHECK_NOT_YET;
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

static enum check_answer state_of(struct check *c, struct str address, const struct value *is)
{
	struct work_item item;
	enum check_answer answer = read_one(c, address, &item);
	if (answer != CHECK_HOLDS)
		return answer;
	struct str state = reported(item.attrs);
	if (!state.n)
		state = reported(item.live);
	if (state.n) {
		c->detail = str_fmt(c->r->a, "%.*s is %.*s", STR_ARG(address), STR_ARG(state));
		return wanted(is, state) ? CHECK_HOLDS : CHECK_NOT_YET;
	}
	bool may = false;
	for (size_t i = 0; i < check_count(is); i++)
		may |= settled_word(value_text(check_item(is, i)));
	if (!may) {
		c->detail = str_fmt(c->r->a, "%.*s reports no state", STR_ARG(address));
		return CHECK_NEVER;
	}
	answer = settled(c, run_change(c->r, address), &item);
	if (answer == CHECK_HOLDS)
		c->detail = str_fmt(c->r->a, "%.*s is settled", STR_ARG(address));
	return answer;
}

enum check_answer check_state(struct check *c)
{
	const struct value *of = value_getc(c->args, "Of"), *is = value_getc(c->args, "Is");
	for (size_t i = 0; i < check_count(of); i++) {
		enum check_answer answer = state_of(c, value_text(check_item(of, i)), is);
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
	const struct run_options *opt = c->r->opt;
	struct str name = c->phase->name;
	for (size_t i = 0; i < opt->n_approved; i++) {
		if (str_eq(opt->approved[i], name)) {
			c->detail = STR("approved on the command line");
			return CHECK_HOLDS;
		}
	}
	if (opt->approve && opt->approve(opt->ctx, name, value_text(value_getc(c->args, "Ask")))) {
		c->detail = STR("approved");
		return CHECK_HOLDS;
	}
	c->detail = str_fmt(c->r->a, "not approved; --approve %.*s does", STR_ARG(name));
	return CHECK_NEVER;
}
