/* References: every property whose schema says "AWS::EC2::VPC.Id", or whose text says so in Refs, must name
 * something that exists, and is kept as an edge of the world. Edges say what cannot be deleted, and what goes along.
 */
#include "providers/sim/inner.h"

struct ref_walk {
	struct call *call;
	const struct value *root;
	struct buf path; /* without indexes */
};

int64_t refs_find(struct call *c, struct scope at, struct str type, struct str handle)
{
	struct world *w = &c->sim->world;
	sqlite3_stmt *st = type.n ? world_bind(w, W_HANDLE_OF_TYPE, "ssss", handle, type, at.account, at.region)
				  : world_bind(w, W_HANDLE_ANY, "sss", handle, at.account, at.region);
	int64_t row = world_step(w, st) ? world_int(st, 0) : 0;

	world_reset(st);
	return row;
}

bool refs_missing(struct call *c, const struct sim_facts *f, struct str id)
{
	return call_refuse(c, f->missing, "The %.*s '%.*s' does not exist", STR_ARG(f->noun), STR_ARG(id));
}

bool refs_scope(struct call *c, struct str handle, struct scope *at)
{
	struct str rest = handle, part[6] = {{0, 0}};

	if (!str_starts(handle, STR("arn:")))
		return true;
	for (size_t i = 0; i < 6 && str_cut(&rest, ':', &part[i]); i++)
		;
	if (part[3].n)
		at->region = part[3];
	return !part[4].n || str_eq(part[4], c->scope.account);
}

static bool literal_allowed(const struct value *except, struct str text)
{
	for (size_t i = 0; i < value_count(except); i++) {
		struct str e = value_text(value_at(except, i));
		if (str_eq(e, text) || (str_ends(e, STR("*")) && str_starts(text, str_sub(e, 0, e.n - 1))))
			return true;
	}
	return false;
}

/* The types that a reference may name: To of the rule, else the format's part before the dot. */
static size_t ref_types(struct call *c, const struct value *rule, struct str format, const struct sim_facts **out,
			size_t max)
{
	const struct value *to = value_getc(rule, "To");
	ptrdiff_t dot = str_chr(format, '.', 0);
	size_t n = 0;

	if (to && to->kind == V_LIST) {
		for (size_t i = 0; i < value_count(to) && n < max; i++)
			if ((out[n] = facts_of(&c->sim->catalog, value_text(value_at(to, i)), NULL)))
				n++;
		return n;
	}
	if (to)
		out[0] = facts_of(&c->sim->catalog, value_text(to), NULL);
	else if (dot > 0 && str_find(format, STR("::"), 0) > 0)
		out[0] = facts_of(&c->sim->catalog, str_sub(format, 0, (size_t)dot), NULL);
	else
		return 0;
	return out[0] ? 1 : 0;
}

/* A name that several have does not tell which is meant. */
static bool is_ambiguous(struct call *c, struct scope at, struct str type, struct str handle)
{
	struct world *w = &c->sim->world;
	sqlite3_stmt *st = world_bind(w, W_HANDLE_OF_TYPE, "ssss", handle, type, at.account, at.region);
	bool several = world_step(w, st) && world_step(w, st);

	world_reset(st);
	return several;
}

static bool ref_text(struct ref_walk *w, const struct value *rule, struct str format, struct str text)
{
	enum { MAX_TYPES = 16 };
	struct call *c = w->call;
	const struct sim_facts *types[MAX_TYPES];
	struct scope at = c->scope;
	struct str region = template_text(c, value_getc(rule, "Region"), w->root),
		   kind = value_text(value_getc(rule, "Kind"));
	struct str account = template_text(c, value_getc(rule, "Account"), w->root);
	size_t n = ref_types(c, rule, format, types, MAX_TYPES);
	int64_t row = 0;

	if (n == 1 && !rule && types[0] == c->facts && str_chr(buf_get(&w->path), '[', 0) < 0)
		return true; /* its own name has the format of a name */
	if (n == 0 || str_eqc(kind, "free") || literal_allowed(value_getc(rule, "Except"), text))
		return true;
	if (region.n)
		at.region = region;
	if (!refs_scope(c, text, &at) || (account.n && !str_eq(account, c->scope.account)))
		return true;
	for (size_t i = 0; i < n && !row; i++)
		row = refs_find(c, at, types[i]->name, text);
	if (!row)
		return c->sim->partial || refs_missing(c, types[0], text);
	if (str_eqc(value_text(value_getc(rule, "One")), "true") && is_ambiguous(c, at, types[0]->name, text))
		return call_refuse(c, STR("InvalidInput"), "several have the name '%.*s'", STR_ARG(text));
	return world_do(&c->sim->world,
			world_bind(&c->sim->world, W_REF_ADD, "iis", c->row, row, kind.n ? kind : STR("blocks"))) ||
	       call_broken(c);
}

/* A list may state the format of its items. */
static bool ref_tree(struct ref_walk *w, const struct schema *s, const struct value *v, struct str format)
{
	size_t mark = w->path.n;

	if (schema_format(s).n)
		format = schema_format(s);
	if (value_is_scalar(v)) {
		const struct value *rule = value_get(w->call->facts->refs, buf_get(&w->path));
		return ref_text(w, rule, format, value_text(v));
	}
	if (s && schema_types(s) & SCHEMA_JSON)
		return true;
	for (size_t i = 0; i < value_count(v); i++) {
		const struct value *item = v->kind == V_LIST ? v->list.items[i] : v->map.items[i].value;
		const struct schema *below = v->kind == V_LIST ? schema_items(s) : schema_prop(s, v->map.items[i].key);
		bool good;

		if (below && (schema_flags(below) & PROP_READ_ONLY))
			continue;
		if (v->kind == V_LIST)
			buf_cstr(&w->path, "[]");
		else
			path_key(&w->path, v->map.items[i].key);
		good = ref_tree(w, below ? below : schema_items(s), item, v->kind == V_LIST ? format : STR_NONE);
		w->path.n = mark;
		if (!good)
			return false;
	}
	return true;
}

bool refs_claim(struct call *c, const struct value *props)
{
	struct ref_walk w = {.call = c, .root = props};
	bool good;

	buf_init(&w.path, 4096);
	good = ref_tree(&w, c->facts->schema, props, STR_NONE);
	buf_free(&w.path);
	return good;
}

void refs_release(struct call *c)
{
	world_do(&c->sim->world, world_bind(&c->sim->world, W_REFS_CLEAR, "i", c->row));
}

static bool handle_add(struct call *c, struct str handle)
{
	struct world *w = &c->sim->world;

	if (!handle.n)
		return true;
	return world_do(w, world_bind(w, W_HANDLE_ADD, "ssssi", handle, c->facts->name, c->scope.account,
				      c->scope.region, c->row)) ||
	       call_broken(c);
}

bool refs_handles(struct call *c, const struct value *props, struct str ref)
{
	struct str name = type_name_property(c->facts->type);
	bool good = handle_add(c, c->id) && handle_add(c, ref) && handle_add(c, value_text(value_getc(props, "Arn"))) &&
		    (!name.n || handle_add(c, value_text(value_path(props, name))));

	for (size_t i = 0; good && i < value_count(c->facts->handles); i++)
		good = handle_add(c, template_text(c, value_at(c->facts->handles, i), props));
	return good;
}

/* If all that is in the way is on its way out itself, waiting for it is what helps. */
bool refs_unused(struct call *c, const struct row *r)
{
	struct world *w = &c->sim->world;
	sqlite3_stmt *st = world_bind(w, W_REF_BLOCKERS, "i", r->row);

	if (!world_step(w, st))
		return !w->broken || call_broken(c);
	if (str_eqc(world_text(st, 3), "deleting"))
		c->retry_at = world_int(st, 4);
	c->help = str_fmt(c->a, "%.*s %.*s refers to it", STR_ARG(world_text(st, 1)), STR_ARG(world_text(st, 2)));
	world_reset(st);
	return call_refuse(c, c->facts->in_use, "The %.*s '%.*s' has dependencies and cannot be deleted.",
			   STR_ARG(c->facts->noun), STR_ARG(r->id));
}
