/* The world of a rehearsal: what the state remembers, in memory; or a copy of the simulated world that the state was made
 * in. See rehearsal.h.
 *
 * Source servers of Elastic Disaster Recovery are in no state. Those that the runbooks choose are taken to be there, one
 * for each choice of tags and tier; a file of seeds says it better.
 */
#include "cmd/rehearsal.h"

#include "planner/verbargs.h"
#include "providers/local/local.h"
#include "stacks/shapes.h"

#include <errno.h>
#include <unistd.h>

static const struct place *place_named(const struct session *s, struct str target)
{
	for (size_t i = 0; i < s->stack->n_targets; i++)
		if (str_eq(s->env.places[i].name, target))
			return &s->env.places[i];
	return &s->env.places[s->stack->default_target];
}

/* A cluster that is looked up has instances that nobody asked about. */
static void add_instance(struct session *s, struct sim_known *out, const struct sim_known *cluster)
{
	struct arena *a = &s->arena;
	struct value *props = value_map(a, (struct pos){0});
	struct str id = str_cat(a, cluster->id, STR("-instance"));

	value_set(a, props, STR("DBClusterIdentifier"), (struct pos){0}, value_string(a, (struct pos){0}, cluster->id));
	value_set(a, props, STR("DBInstanceIdentifier"), (struct pos){0}, value_string(a, (struct pos){0}, id));
	*out =
	    (struct sim_known){.place = cluster->place, .type = STR("AWS::RDS::DBInstance"), .id = id, .props = props};
}

static bool mirror_state(struct session *s, struct provider *sim)
{
	struct arena *a = &s->arena;
	struct state_row *rows;
	struct state_lookup *lookups;
	size_t n_rows, n_lookups, n = 0;
	struct sim_known *all;

	if (!state_rows(s->state, a, &rows, &n_rows, &s->errs) ||
	    !state_lookups(s->state, a, &lookups, &n_lookups, &s->errs))
		return false;
	all = arena_array(a, n_rows + 2 * n_lookups + 1, sizeof(all[0]));
	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].id.n)
			all[n++] = (struct sim_known){.place = place_named(s, rows[i].target),
						      .type = rows[i].type,
						      .id = rows[i].id,
						      .props = state_show_hidden(a, rows[i].inputs),
						      .attrs = rows[i].attrs};
	for (size_t i = 0; i < n_lookups; i++) {
		all[n] = (struct sim_known){.place = place_named(s, lookups[i].target),
					    .type = lookups[i].type,
					    .id = lookups[i].id,
					    .props = state_show_hidden(a, lookups[i].live),
					    .attrs = lookups[i].attrs};
		if (str_eqc(all[n++].type, "AWS::RDS::DBCluster")) {
			add_instance(s, &all[n], &all[n - 1]);
			n++;
		}
	}
	for (size_t i = 0; i < n_lookups; i++)
		if (!sim_answer(sim, NULL, "lookup", lookups[i].address, lookups[i].id, &s->errs))
			return false;
	return sim_mirror(sim, all, n, &s->errs);
}

static struct str id_of(const struct value *args, const char *name)
{
	return value_text(value_getc(value_getc(args, name), "Id"));
}

/* The runbooks tell what belongs to a global database, and the one that led here who writes in it. */
static bool aurora_set(struct session *s, struct provider *sim, const struct value *args, bool led_here)
{
	const struct value *to = value_getc(args, "To");
	const struct place *place = place_named(s, value_text(value_getc(to, "Target")));
	struct str global = id_of(args, "Global"), cluster = id_of(args, "To");
	struct value *member = value_string(&s->arena, (struct pos){0}, global);

	if (!global.n || !cluster.n)
		return true;
	if (!sim_alter(sim, place, STR("AWS::RDS::DBCluster"), cluster, STR("GlobalClusterIdentifier"), member,
		       &s->errs))
		return false;
	return !led_here ||
	       sim_answer(sim, NULL, "writer", global,
			  str_fmt(&s->arena, "%.*s/%.*s", STR_ARG(place->region), STR_ARG(cluster)), &s->errs);
}

static bool switch_set(struct session *s, struct provider *sim, const struct value *args)
{
	const struct value *alarm = value_getc(args, "Switch");
	struct str to = place_named(s, value_text(value_getc(args, "To")))->region;
	struct str at = place_named(s, value_text(value_getc(alarm, "Target")))->region;

	return !id_of(args, "Switch").n || sim_answer(sim, NULL, "alarm", id_of(args, "Switch"),
						      str_eq(to, at) ? STR("ALARM") : STR("OK"), &s->errs);
}

/* --- servers ------------------------------------------------------------------------------------------------------ */

static const struct place *origin_of(const struct session *s, const struct runbook *rb, const struct place *here)
{
	const struct place *from = place_named(s, rb->from);

	for (size_t i = 0; i < s->stack->n_targets && str_eq(from->region, here->region); i++)
		from = &s->env.places[i];
	return from;
}

/* Named by its tags, so that two steps that choose by the same ones mean one server. */
static bool server_suppose(struct session *s, struct provider *sim, const struct place *here, struct str origin,
			   const struct value *tags, struct str tier, bool recovered)
{
	struct arena *a = &s->arena;
	struct errs errs = {.arena = a};
	struct value *props = value_map(a, (struct pos){0}), *own = value_copy(a, tags);
	struct str name = STR("server");

	if (tier.n)
		value_put_text(a, own, "Tier", tier);
	for (size_t i = 0; i < value_count(own); i++)
		name = str_fmt(a, "%.*s-%.*s", STR_ARG(name), STR_ARG(value_text(own->map.items[i].value)));
	value_put_text(a, props, "Hostname", name);
	value_put_text(a, props, "OriginRegion", origin);
	value_put(a, props, "Tags", own);
	if (recovered)
		value_put_text(a, props, "Recovered", STR("true"));
	if (sim_seed(sim, here, STR("AWS::DRS::SourceServer"), props, a, NULL, &errs) ||
	    str_eqc(errs.items[0].code, "ConflictException"))
		return true;
	err_add(&s->errs, ERR_SYSTEM, (struct pos){0}, "%.*s", STR_ARG(errs.items[0].message));
	return false;
}

static bool servers_suppose(struct session *s, struct provider *sim, struct verb_scope *scope, const struct runbook *rb,
			    const struct book_step *step, bool led_here)
{
	const struct shape *shape = shape_find(verb_shapes, n_verb_shapes, step->verb);
	struct str why;
	struct value *args = verb_args(&s->arena, scope, shape, step->args, &why);
	const struct value *tags = value_path(args, STR("Servers.Tags")), *tiers = value_getc(args, "Tiers");
	const struct place *here = place_named(s, value_text(value_getc(step->args, "Target")));
	size_t n = tiers && tiers->kind == V_LIST ? value_count(tiers) : 1;
	bool ok = true;

	if (option_given(&s->opt, OPT_SEED) || !value_count(tags))
		return true;
	for (size_t i = 0; i < n && ok; i++)
		ok = server_suppose(s, sim, here, origin_of(s, rb, here)->region, tags,
				    value_text(tiers && tiers->kind == V_LIST ? value_at(tiers, i) : tiers), led_here);
	return ok;
}

/* --- what the runbooks tell --------------------------------------------------------------------------------------- */

static bool runbook_set(struct session *s, struct provider *sim, struct verb_scope *scope, const struct runbook *rb)
{
	bool led_here = rb->leads_to.n && str_eq(rb->leads_to, s->stack->mode), ok = true;

	for (uint32_t i = 0; i < rb->n && ok; i++) {
		const struct book_step *step = &rb->steps[i];
		const struct shape *shape = shape_find(verb_shapes, n_verb_shapes, step->verb);
		bool aurora = str_eqc(step->verb, "PromoteAurora"), dns = str_eqc(step->verb, "Dns");
		struct str why;
		struct value *args = aurora || dns ? verb_args(&s->arena, scope, shape, step->args, &why) : NULL;

		if (args && aurora)
			ok = aurora_set(s, sim, args, led_here);
		else if (args && led_here)
			ok = switch_set(s, sim, args);
		if (ok && str_eqc(step->verb, "Recover") && !str_eqc(rb->leads_to, "standby"))
			ok = servers_suppose(s, sim, scope, rb, step, led_here);
	}
	return ok;
}

static bool runbooks_set(struct session *s, struct provider *sim)
{
	const struct value *all = s->stack->runbooks;
	struct verb_scope scope;

	if (!scope_of_state(&s->arena, s->state, s->env.places, s->stack->n_targets, &scope, &s->errs))
		return false;
	for (size_t i = 0; i < value_count(all); i++)
		if (!runbook_set(s, sim, &scope, runbook_read(&s->arena, s->stack, all->map.items[i].key, &s->errs)))
			return false;
	return true;
}

/* --- faults, files ------------------------------------------------------------------------------------------------ */

/* TYPE:OPERATION:KIND; the type has colons itself and may be empty, as may the operation. */
static bool fault_add(struct session *s, struct provider *sim, struct str text)
{
	static const char *const kinds[] = {"throttle", "error", "drop-before", "drop-after", "fail"};
	struct sim_fault f = {.nth = 1};
	size_t kind = text.n, operation;
	bool known = false;

	while (kind && text.p[kind - 1] != ':')
		kind--;
	operation = kind ? kind - 1 : 0;
	while (operation && text.p[operation - 1] != ':')
		operation--;
	f.kind = str_sub(text, kind, text.n);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		known |= str_eqc(f.kind, kinds[i]);
	if (!operation || !known) {
		err_add(
		    &s->errs, ERR_INPUT, (struct pos){0},
		    "--fault takes TYPE:OPERATION:KIND with the kind throttle, error, drop-before, drop-after or fail, "
		    "not '%.*s'",
		    STR_ARG(text));
		return false;
	}
	f.operation = str_sub(text, operation, kind - 1);
	f.type = str_sub(text, 0, operation - 1);
	return sim_fault(sim, &f, &s->errs);
}

/* This machine's files, made again in the private folder. */
static bool files_make(struct session *s)
{
	struct arena *a = &s->arena;
	struct owner owner = {s->stack->name, state_lineage(s->state), false};
	struct state_row *rows;
	size_t n;

	if (!state_rows(s->state, a, &rows, &n, &s->errs))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct work w = {.kind = WORK_CREATE,
				 .place = place_named(s, rows[i].target),
				 .type = model_type(rows[i].type),
				 .arena = a,
				 .address = rows[i].address,
				 .desired = state_show_hidden(a, rows[i].inputs),
				 .owner = &owner,
				 .op = random_uuid(a)};

		if (!str_starts(rows[i].type, STR("DR::Local::")) || !w.type)
			continue;
		provider_start(s->provider, &w);
		while (w.state != WORK_OK && w.state != WORK_FAILED)
			provider_poll(s->provider, 0);
		while (provider_next(s->provider).work)
			;
		if (w.state == WORK_OK)
			continue;
		err_add(&s->errs, ERR_SYSTEM, (struct pos){0}, "%.*s cannot be rehearsed: %.*s", STR_ARG(w.address),
			STR_ARG(w.err.message));
		return false;
	}
	return true;
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

/* Where the world was simulated before, that one; a state that came from elsewhere has none. */
static struct str world_found(const struct session *s)
{
	static const char path[] = ".drplan/sim.db";

	return option_on(&s->opt, OPT_SIM) && access(path, R_OK) == 0 ? str_of(path) : STR_NONE;
}

/* The simulator knows an account by the role that a place is entered by. */
static void accounts_set(struct session *s)
{
	struct place *places = arena_array(&s->arena, s->stack->n_targets + 1, sizeof(places[0]));

	for (size_t i = 0; i < s->stack->n_targets; i++) {
		struct str key = str_fmt(&s->arena, "account/%.*s", STR_ARG(s->env.places[i].name));
		struct str account = state_get(s->state, &s->arena, key.p);

		places[i] = s->env.places[i];
		if (account.n)
			places[i].role_arn = str_fmt(&s->arena, "arn:aws:iam::%.*s:role/rehearsal", STR_ARG(account));
	}
	s->env.places = places;
}

bool rehearsal_world(struct session *s, struct rehearsal *r)
{
	struct provider_options opt = {.parallelism = (unsigned)option_number(&s->opt, OPT_PARALLELISM, 0)};
	struct str found = world_found(s), copy = str_cat(&s->arena, r->folder, STR("/world.db"));

	r->copied = found.n > 0;
	if (r->copied && !sim_copy(found.p, copy.p, &s->errs))
		return false;
	r->sim = provider_sim_open(&opt, r->copied ? copy.p : NULL, &s->errs);
	s->provider = provider_local_open(r->sim, str_cat(&s->arena, r->folder, STR("/files")));
	if (!s->provider)
		return false;
	s->provider->rehearsal = true;
	session_places(s);
	accounts_set(s);
	return true;
}

bool rehearsal_fill(struct session *s, struct rehearsal *r)
{
	struct str *faults;
	size_t n = option_each(&s->opt, &s->arena, OPT_FAULT, &faults);

	if (!r->copied && !mirror_state(s, r->sim))
		return false;
	if (!session_seed(s, r->sim) || !files_make(s) || (!r->copied && !runbooks_set(s, r->sim)))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!fault_add(s, r->sim, faults[i]))
			return false;
	return session_frozen(s);
}
