/* Rows of source servers and recovery instances: seeded, chosen, read and written. See servers.h; what is done with
 * them is in verb_servers.c. */
#include "providers/sim/servers.h"

static const struct sim_facts server_facts = {.name = STR_INIT(SOURCE_SERVER),
					      .exists = STR_INIT("ConflictException"),
					      .missing = STR_INIT("ResourceNotFoundException"),
					      .noun = STR_INIT("source server")};
static const struct sim_facts instance_facts = {.name = STR_INIT("AWS::DRS::RecoveryInstance"),
						.exists = STR_INIT("ConflictException"),
						.noun = STR_INIT("recovery instance")};

const struct sim_facts *server_type(void)
{
	return &server_facts;
}

struct str server_text(const struct row *r, const char *key)
{
	return value_text(value_getc(r->props, key));
}

void server_set(struct call *at, struct row *r, const char *key, struct str text)
{
	value_set(at->a, r->props, str_of(key), (struct pos){0}, value_string(at->a, (struct pos){0}, text));
}

bool server_flag(const struct row *r, const char *key)
{
	bool on = false;

	return value_as_bool(value_getc(r->props, key), &on) && on;
}

struct str server_state(const struct server *s)
{
	return str_eqc(s->r.state, "pending") ? STR("INITIAL_SYNC") : server_text(&s->r, "State");
}

bool server_replicates(const struct server *s)
{
	struct str state = server_state(s);

	return !str_eqc(state, "STOPPED") && !str_eqc(state, "DISCONNECTED") && !str_eqc(state, "STALLED");
}

bool instance_runs(const struct server *s, bool drill)
{
	return s->instance.row && server_flag(&s->instance, "Drill") == drill &&
	       str_eqc(server_text(&s->instance, "State"), "RUNNING");
}

static struct str made_id(struct call *at, const char *form)
{
	return str_dup(at->a, template_text(at, value_string(at->a, (struct pos){0}, str_of(form)),
					    value_map(at->a, (struct pos){0})));
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

bool server_store(struct call *at, const struct row *r)
{
	return row_props_set(at, r->row, r->props);
}

bool server_pends(struct call *at, const struct row *r, int64_t due)
{
	struct world *w = &at->sim->world;

	return world_do(w, world_bind(w, W_ROW_SET_STATE, due ? "isi" : "isn", r->row,
				      due ? STR("pending") : STR("active"), due)) ||
	       call_broken(at);
}

bool server_add(struct call *at, struct value *props, struct str state, int64_t due, struct row *out)
{
	struct maker m = {.state = state, .due = due};

	*out = (struct row){.account = at->scope.account,
			    .region = at->scope.region,
			    .type = at->facts->name,
			    .state = state,
			    .due = due,
			    .props = props};
	at->row = out->row = world_next_row(&at->sim->world);
	out->id = out->ref = made_id(at, "s-{hex17}");
	return change_keep(at, &m, out);
}

bool instance_remove(struct call *at, struct server *s)
{
	struct world *w = &at->sim->world;

	if (!s->instance.row)
		return true;
	if (!world_do(w, world_bind(w, W_ROW_DEL, "i", s->instance.row)))
		return call_broken(at);
	s->instance.row = 0;
	return true;
}

bool instance_launch(struct call *at, struct server *s, bool drill)
{
	struct call c = {.sim = at->sim, .a = at->a, .facts = &instance_facts, .scope = at->scope};
	struct row *r = &s->instance;
	struct maker m = {.state = STR("active")};

	if (!instance_remove(at, s))
		return false;
	*r = (struct row){.account = c.scope.account,
			  .region = c.scope.region,
			  .type = c.facts->name,
			  .id = s->r.id,
			  .ref = s->r.id,
			  .state = m.state,
			  .props = value_map(c.a, (struct pos){0})};
	c.row = r->row = world_next_row(&c.sim->world);
	server_set(&c, r, "Instance", made_id(&c, "i-{hex17}"));
	server_set(&c, r, "State", STR("RUNNING"));
	server_set(&c, r, "Drill", drill ? STR("true") : STR("false"));
	if (change_keep(&c, &m, r))
		return true;
	return call_refuse(at, c.code, "%.*s", STR_ARG(c.message));
}

/* --- choosing ----------------------------------------------------------------------------------------------------- */

static bool any_row(void *ctx, const struct row *r)
{
	(void)ctx;
	(void)r;
	return true;
}

/* A partial world does not hold who was set up where. */
static bool is_set_up(struct call *at)
{
	struct call c = *at;
	struct row r;

	c.facts = facts_of(&c.sim->catalog, STR("DR::DRS::Service"), NULL);
	return at->sim->partial || (c.facts && rows_any(&c, any_row, NULL, &r)) ||
	       call_refuse(at, STR("UninitializedAccountException"), "Account not initialized in %.*s",
			   STR_ARG(at->scope.region));
}

struct chooser {
	struct servers *out;
	const struct value *tags, *ids;
};

static bool take_chosen(void *ctx, const struct row *r)
{
	const struct chooser *ch = ctx;
	const struct value *own = value_getc(r->props, "Tags");
	bool chosen = !ch->ids || args_has(ch->ids, r->id);

	for (size_t i = 0; chosen && i < value_count(ch->tags); i++) {
		const struct value *x = value_get(own, ch->tags->map.items[i].key);

		chosen = x && str_eq(value_text(x), value_text(ch->tags->map.items[i].value));
	}
	if (chosen) {
		struct servers *s = ch->out;

		s->items = arena_grow(s->at.a, s->items, &s->cap, s->n + 1, sizeof s->items[0]);
		s->items[s->n++] = (struct server){.r = *r};
	}
	return false;
}

static bool instance_find(struct call *at, struct server *s)
{
	struct call c = {.sim = at->sim, .a = at->a, .facts = &instance_facts, .scope = at->scope};

	if (!row_by_id(&c, s->r.id, &s->instance))
		s->instance = (struct row){0};
	return !c.code.n;
}

bool servers_choose(struct verb *v, const struct place *place, const struct value *choice, struct servers *out)
{
	struct chooser ch = {.out = out, .tags = value_getc(choice, "Tags"), .ids = value_getc(choice, "Ids")};
	struct row none;

	*out = (struct servers){.at = {.sim = v->c->sim, .a = v->c->a, .facts = &server_facts}};
	out->at.scope = scope_of(v->c->a, place);
	if (!value_count(ch.tags) && !value_count(ch.ids))
		return call_refuse(v->c, STR("ValidationError"),
				   "the servers are chosen by Tags: {Key: value} or Ids: [s-...]");
	if (!is_set_up(&out->at))
		return call_refuse(v->c, out->at.code, "%.*s", STR_ARG(out->at.message));
	rows_any(&out->at, take_chosen, &ch, &none);
	for (size_t i = 0; i < out->n && !out->at.code.n; i++)
		instance_find(&out->at, &out->items[i]);
	return !out->at.code.n || call_refuse(v->c, out->at.code, "%.*s", STR_ARG(out->at.message));
}

bool server_counterpart(struct servers *there, const struct server *s, struct server *out)
{
	struct str id = server_text(&s->r, "Reversed");

	*out = (struct server){0};
	return id.n && row_by_id(&there->at, id, &out->r) && instance_find(&there->at, out);
}

/* --- what runs ---------------------------------------------------------------------------------------------------- */

static bool runs_real(void *ctx, const struct row *r)
{
	const struct server s = {.instance = *r};

	(void)ctx;
	return instance_runs(&s, false);
}

static bool runs_there(void *ctx, const struct row *r)
{
	return str_eq(server_text(r, "OriginRegion"), *(const struct str *)ctx) && server_flag(r, "Running");
}

bool servers_serve(struct verb *v, struct str region)
{
	struct call c = {.sim = v->c->sim, .a = v->c->a};
	struct row r;
	bool found = false;

	for (size_t i = 0; i < v->w->n_places && !found; i++) {
		c.scope = scope_of(c.a, &v->w->places[i]);
		c.facts = str_eq(c.scope.region, region) ? &instance_facts : &server_facts;
		found = rows_any(&c, c.facts == &server_facts ? runs_there : runs_real, &region, &r);
	}
	return found;
}

/* --- seeds -------------------------------------------------------------------------------------------------------- */

static bool same_host(void *ctx, const struct row *r)
{
	return str_eq(server_text(r, "Hostname"), *(const struct str *)ctx);
}

static bool seed_fits(struct call *c, const struct value *props)
{
	static const char *const keys[] = {"Hostname", "OriginRegion", "State", "Lag", "Tags", "Recovered"};
	static const char *const states[] = {"CONTINUOUS",   "INITIAL_SYNC", "RESCAN", "STALLED",
					     "DISCONNECTED", "PAUSED",       "STOPPED"};
	struct str state = value_text(value_getc(props, "State")), lag = value_text(value_getc(props, "Lag"));
	const struct value *tags = value_getc(props, "Tags");
	bool known = !state.n;
	int64_t ms;

	for (size_t i = 0; i < value_count(props); i++) {
		bool fits = false;

		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
			fits |= str_eqc(props->map.items[i].key, keys[k]);
		if (!fits)
			return call_refuse(c, STR("UnknownParameter"), "a source server has no %.*s",
					   STR_ARG(props->map.items[i].key));
	}
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		known |= str_eqc(state, states[i]);
	if (!value_text(value_getc(props, "Hostname")).n || !value_text(value_getc(props, "OriginRegion")).n)
		return call_refuse(c, STR("MissingParameter"), "a source server has a Hostname and an OriginRegion");
	if (!known || (lag.n && !str_duration(lag, &ms)) || (tags && tags->kind != V_MAP))
		return call_refuse(c, STR("InvalidParameterValue"),
				   "State is one of Elastic Disaster Recovery's, Lag a duration, Tags a map");
	return true;
}

bool server_seed(struct call *c, const struct value *props, struct row *out)
{
	struct str host = value_text(value_getc(props, "Hostname"));
	struct server s = {0};
	struct row r;

	c->facts = &server_facts;
	if (!seed_fits(c, props) || !is_set_up(c))
		return false;
	if (rows_any(c, same_host, &host, &r))
		return call_refuse(c, c->facts->exists, "%.*s replicates to %.*s already", STR_ARG(host),
				   STR_ARG(c->scope.region));
	s.r.props = value_copy(c->a, props);
	if (!server_text(&s.r, "State").n)
		server_set(c, &s.r, "State", STR("CONTINUOUS"));
	if (!server_text(&s.r, "Lag").n)
		server_set(c, &s.r, "Lag", STR("1s"));
	server_set(c, &s.r, "Running", STR("true"));
	if (!server_add(c, s.r.props, STR("active"), 0, &s.r))
		return false;
	*out = s.r;
	return !server_flag(&s.r, "Recovered") || instance_launch(c, &s, false);
}
