/* What somebody else made in the world: rows of the table seeds, seeds of tests, and files of them (docs/simulator.md). A
 * seed goes by the rules of a create, at once; source servers, which no template has, are servers.c's. */
#include "providers/sim/job.h"
#include "providers/sim/servers.h"
#include "base/json.h"

bool seed_make(struct sim *s, struct call *c, struct arena *a, const struct place *place, struct str type,
	       const struct value *props, struct row *out)
{
	bool server = str_eqc(type, SOURCE_SERVER), good;
	struct maker m = {.state = STR("active")};

	if (!call_begin(c, s, a, place, server ? STR_NONE : type))
		return false;
	if (!props || props->kind != V_MAP)
		return call_refuse(c, STR("ValidationError"), "the properties are not a map");
	if (!world_save(&s->world))
		return call_broken(c);
	good = server ? server_seed(c, props, out) : change_create(c, props, &m, out);
	if (good)
		world_release(&s->world);
	else
		world_undo(&s->world);
	return good;
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static struct place seed_place(struct arena *a, struct str account, struct str region)
{
	return (struct place){.role_arn = str_fmt(a, "arn:aws:iam::%.*s:role/seed", STR_ARG(account)),
			      .region = str_dup(a, region)};
}

/* Rows that were inserted from outside: each becomes a resource, or gets its error. */
static bool seed_next(struct sim *s)
{
	struct world *w = &s->world;
	struct arena *a = &s->scratch;
	sqlite3_stmt *st = w->stmts[W_SEEDS];
	struct errs errs = {.arena = a};
	struct place place;
	struct value *props;
	struct call c;
	struct row r;
	struct str type;
	int64_t n;
	bool good;

	if (!world_step(w, st))
		return false;
	n = world_int(st, 0);
	place = seed_place(a, world_text(st, 1), world_text(st, 2));
	type = str_dup(a, world_text(st, 3));
	props = json_read(a, world_text(st, 4), 0, &errs);
	world_reset(st);
	good = seed_make(s, &c, a, &place, type, props, &r);
	if (!world_save(w))
		return false;
	world_do(w, good ? world_bind(w, W_SEED_DONE, "isn", n, r.id)
			 : world_bind(w, W_SEED_DONE, "ins", n,
				      str_fmt(a, "%.*s: %.*s", STR_ARG(c.code), STR_ARG(c.message))));
	world_release(w);
	arena_reset(a);
	return !w->broken;
}

void seeds_take(struct sim *s)
{
	while (seed_next(s))
		;
}

/* --- a file ------------------------------------------------------------------------------------------------------- */

static bool keys_known(const struct value *map, const char *const *keys, struct errs *errs)
{
	if (!map || map->kind != V_MAP) {
		err_add(errs, ERR_INPUT, map ? map->pos : (struct pos){0}, "a seed is a map");
		return false;
	}
	for (size_t i = 0; i < map->map.n; i++) {
		const char *const *k = keys;

		while (*k && !str_eqc(map->map.items[i].key, *k))
			k++;
		if (*k)
			continue;
		err_add(errs, ERR_INPUT, map->map.items[i].pos, "a file of seeds has no key '%.*s' here",
			STR_ARG(map->map.items[i].key));
		return false;
	}
	return true;
}

static bool was_seeded(struct sim *s, const struct place *place, struct str type, struct str props)
{
	struct world *w = &s->world;
	struct scope at = scope_of(&s->scratch, place);
	sqlite3_stmt *st = world_bind(w, W_SEED_GET, "ssss", at.account, at.region, type, props);
	bool found = world_step(w, st);

	world_reset(st);
	return found;
}

static bool resource_seed(struct sim *s, const struct value *item, struct errs *errs)
{
	static const char *const keys[] = {"Account", "Region", "Type", "Properties", NULL};
	struct str account = value_text(value_getc(item, "Account")), type = value_text(value_getc(item, "Type")), text;
	const struct value *props = value_getc(item, "Properties");
	struct world *w = &s->world;
	struct place place;
	struct scope at;
	struct call c;
	struct row r;
	struct buf b;

	if (!keys_known(item, keys, errs))
		return false;
	place = seed_place(errs->arena, account.n ? account : scope_of(errs->arena, NULL).account,
			   value_text(value_getc(item, "Region")));
	at = scope_of(errs->arena, &place);
	buf_init(&b, 1 << 20);
	json_write(&b, props ? props : value_map(errs->arena, item->pos), JSON_SECRETS);
	text = buf_take(&b, errs->arena);
	if (was_seeded(s, &place, type, text))
		return true;
	if (!seed_make(s, &c, errs->arena, &place, type, props, &r)) {
		err_add(errs, ERR_INPUT, item->pos, "%.*s cannot be seeded: %.*s", STR_ARG(type), STR_ARG(c.message));
		return false;
	}
	return world_do(w, world_bind(w, W_SEED_ADD, "sssss", at.account, at.region, type, text, r.id));
}

/* Set once: what a runbook has changed since stays. */
static bool answer_seed(struct sim *s, const struct value *item, struct errs *errs)
{
	static const char *const keys[] = {"Kind", "Name", "Value", NULL};
	struct world *w = &s->world;

	return keys_known(item, keys, errs) &&
	       world_do(w, world_bind(w, W_ANSWER_ADD, "sss", value_text(value_getc(item, "Kind")),
				      value_text(value_getc(item, "Name")), value_text(value_getc(item, "Value"))));
}

bool sim_seeds(struct provider *p, const struct value *tree, struct errs *errs)
{
	static const char *const keys[] = {"Resources", "Answers", NULL};
	const struct value *made = value_getc(tree, "Resources"), *said = value_getc(tree, "Answers");
	struct sim *s = (struct sim *)p;
	bool good = keys_known(tree, keys, errs);

	for (size_t i = 0; good && i < value_count(made); i++)
		good = resource_seed(s, value_at(made, i), errs);
	for (size_t i = 0; good && i < value_count(said); i++)
		good = answer_seed(s, value_at(said, i), errs);
	arena_reset(&s->scratch);
	if (world_commit(&s->world) && !s->world.broken)
		return good;
	err_add(errs, ERR_SYSTEM, (struct pos){0}, "%s", s->world.message);
	return false;
}
