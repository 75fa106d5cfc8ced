/* Resources: declared first (so that every name is known), then built: target, phase, condition, policies, properties.
 * What depends on facts stays unknown until render.c. */
#include "stacks/stackpriv.h"

#include <string.h>

static const struct str resource_keys[] = {
	STR_INIT("Type"), STR_INIT("Properties"), STR_INIT("DependsOn"), STR_INIT("Condition"), STR_INIT("DeletionPolicy"),
	STR_INIT("UpdateReplacePolicy"), STR_INIT("Metadata"), STR_INIT("CreationPolicy"), STR_INIT("UpdatePolicy"),
	STR_INIT("Target"), STR_INIT("Phase"), STR_INIT("Ignore"),
};

/* The type's name, or empty with an error. */
static struct str type_read(struct loader *ld, struct str id, struct pos pos, const struct value *raw,
			    struct pos *type_pos)
{
	const struct value *type = value_getc(raw, "Type");

	if (raw->kind == V_EXPR)
		return STR_NONE;		/* told by the reader */
	if (raw->kind != V_MAP) {
		err_help(ld->errs, err_at(ld->errs, raw->pos, "the resource '%.*s' must be a map, not %s", STR_ARG(id),
					  kind_name(raw)), "it has Type and Properties");
		return STR_NONE;
	}
	if (!type && !KEYS_CHECK(ld->errs, raw, resource_keys, "a resource"))
		return STR_NONE;		/* one of them may be meant as the Type */
	if (!type || type->kind != V_STRING || !type->text.n) {
		err_help(ld->errs,
			 err_at(ld->errs, type ? type->pos : pos, "the resource '%.*s' needs a Type", STR_ARG(id)),
			 "such as AWS::EC2::VPC");
		return STR_NONE;
	}
	*type_pos = type->pos;
	return type->text;
}

static void item_declare(struct scope *sc, struct document *doc, const struct member *m, struct str type,
			 struct pos type_pos)
{
	struct loader *ld = sc->ld;
	struct item *it = arena_new(ld->arena, struct item);
	struct name *old;

	*it = (struct item){.name = {NAME_RESOURCE, m->key, m->pos}, .scope = sc, .doc = doc, .raw = m->value,
			    .type_name = type};
	it->res = (struct resource){.address = sc->prefix.n ? str_cat(ld->arena, sc->prefix, m->key) : m->key,
				    .pos = m->pos,
				    .type = type.n ? model_type(type) : NULL,
				    .type_pos = type_pos,
				    .phase = -1};
	old = name_put(ld->arena, &sc->names, m->key, it);
	if (old) {
		twice_error(ld->errs, m->key, m->pos, old->pos);
		return;
	}
	name_put(ld->arena, &ld->addresses, it->res.address, it);
	if (type.n > 8 && str_eqc(str_sub(type, type.n - 8, type.n), "::MODULE"))
		sc->broken = true;	/* it would bring names of its own */
	sc->items = arena_grow(ld->arena, sc->items, &sc->cap_items, sc->n_items + 1, sizeof *sc->items);
	sc->items[sc->n_items++] = it;
}

void resources_declare(struct scope *sc)
{
	for (size_t d = 0; d < sc->n_docs; d++) {
		struct document *doc = sc->docs[d];
		const struct value *map = foreach_expand(sc, doc->section[SEC_RESOURCES]);

		for (uint32_t i = 0; map && i < map->map.n; i++) {
			const struct member *m = &map->map.items[i];
			struct pos type_pos = m->pos;
			struct str type;

			id_check(sc->ld->errs, m->key, m->pos, "a resource");
			type = type_read(sc->ld, m->key, m->pos, m->value, &type_pos);
			if (str_eqc(type, "AWS::CloudFormation::Stack"))
				module_declare(sc, doc, m->key, m->pos, m->value);
			else
				item_declare(sc, doc, m, type, type_pos);
		}
	}
}

/* --- building ------------------------------------------------------------------------------------------------------ */

void place_read(struct scope *sc, const struct value *raw, uint32_t *target, int32_t *phase, struct pos *phase_pos)
{
	const struct parse p = {sc, *target, PARSE_NO_RESOURCES, "Target and Phase"};
	const struct value *v = value_getc(raw, "Target");
	struct str name;

	if (v && expr_text(&p, v, "Target", &name))
		target_named(sc->ld, name, v->pos, target);
	v = value_getc(raw, "Phase");
	if (v && expr_text(&p, v, "Phase", &name) && phase_named(sc->ld, name, v->pos, phase))
		*phase_pos = v->pos;
}

struct value *condition_of(struct scope *sc, uint32_t target, const struct value *raw, struct str *name)
{
	struct loader *ld = sc->ld;
	const struct value *v = value_getc(raw, "Condition");
	struct value *own = NULL;

	if (v && v->kind != V_STRING) {
		err_at(ld->errs, v->pos, "Condition takes the name of a condition, not %s", kind_name(v));
	} else if (v) {
		*name = v->text;
		own = condition_value(sc, target, v->text, v->pos);
		if (own->kind == V_BOOL && own->boolean)
			own = NULL;
	}
	if (cond_false(own) || !sc->cond)
		return own;
	if (cond_false(sc->cond) || !own) {
		*name = sc->cond_name;
		return sc->cond;
	}
	return expr_make(ld->arena, own->pos, FN_AND, sc->cond, own);
}

enum deletion_policy policy_read(const struct parse *p, const struct value *raw, const char *key,
				 enum deletion_policy base)
{
	static const struct str words[] = {
		STR_INIT("Delete"), STR_INIT("Retain"), STR_INIT("Snapshot"), STR_INIT("RetainExceptOnCreate"),
	};
	struct errs *errs = p->scope->ld->errs;
	const struct value *v = value_getc(raw, key);
	bool update = key[0] == 'U';
	struct str s, near;

	if (!v)
		return base;
	if (v->kind == V_MAP && !p->scope->extensions)
		err_help(errs, err_at(errs, v->pos, "a function in %s needs the language extensions", key),
			 "add 'Transform: AWS::LanguageExtensions' at the top level");
	if (!expr_text(p, v, key, &s))
		return base;
	for (size_t i = 0; i < (update ? 3 : 4); i++)
		if (str_eq(s, words[i]))
			return (enum deletion_policy)(DELETION_DELETE + i);
	near = err_suggest(errs->arena, s, words, update ? 3 : 4);
	err_help(errs, err_at(errs, v->pos, "%s cannot be '%.*s'%.*s", key, STR_ARG(s), STR_ARG(near)), "it is %s",
		 update ? "Delete, Retain or Snapshot" : "Delete, Retain, Snapshot or RetainExceptOnCreate");
	return base;
}

/* CloudFormation takes Snapshot for types that have snapshots, and refuses it elsewhere. */
static void snapshot_check(const struct item *it, enum deletion_policy policy, const char *key)
{
	static const struct str types[] = {
		STR_INIT("AWS::EC2::Volume"), STR_INIT("AWS::RDS::DBCluster"), STR_INIT("AWS::RDS::DBInstance"),
		STR_INIT("AWS::DocDB::DBCluster"), STR_INIT("AWS::Neptune::DBCluster"), STR_INIT("AWS::Redshift::Cluster"),
		STR_INIT("AWS::ElastiCache::CacheCluster"), STR_INIT("AWS::ElastiCache::ReplicationGroup"),
	};
	const struct value *v = value_getc(it->raw, key);
	struct errs *errs = it->scope->ld->errs;
	struct err *e;

	if (policy != DELETION_SNAPSHOT || !v || !it->res.type)
		return;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (str_eq(types[i], it->type_name))
			return;
	e = err_at(errs, v->pos, "%s cannot be Snapshot: %.*s has no snapshots", key, STR_ARG(it->type_name));
	err_help(errs, e, "write Retain or Delete");
	e->address = it->res.address;
}

static void unsupported_type(struct item *it)
{
	static const struct {
		struct str prefix;
		const char *help;
	} rows[] = {
		{STR_INIT("Custom::"), "drplan runs no custom resources; make the thing itself a resource, or look it up"},
		{STR_INIT("AWS::CloudFormation::CustomResource"), "drplan runs no custom resources"},
		{STR_INIT("AWS::CloudFormation::WaitCondition"), "drplan waits until resources are in service; use a phase's "
		 "Gate for more"},
		{STR_INIT("AWS::CloudFormation::"), "it belongs to CloudFormation's own machinery"},
		{STR_INIT("AWS::Serverless::"), "this is a SAM type: 'sam build' does not expand it; write the plain types"},
	};
	struct loader *ld = it->scope->ld;
	struct str near = STR_NONE;
	struct err *e;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!str_starts(it->type_name, rows[i].prefix))
			continue;
		e = err_at(ld->errs, it->res.type_pos, "the type '%.*s' is not supported", STR_ARG(it->type_name));
		err_help(ld->errs, e, "%s", rows[i].help);
		e->address = it->res.address;
		return;
	}
	if (ld->suggestions++ < 40)
		near = model_suggest(ld->arena, it->type_name);
	e = err_at(ld->errs, it->res.type_pos, "the type '%.*s' is not supported%s%.*s", STR_ARG(it->type_name),
		   model_schema_known(it->type_name) ? " yet" : "", STR_ARG(near));
	err_help(ld->errs, e, "'drplan schema' lists the types that are");
	e->address = it->res.address;
}

static void ignored_key(struct item *it, const char *key, const char *help)
{
	struct loader *ld = it->scope->ld;
	const struct member *m = value_member(it->raw, str_of(key));
	struct err *e;

	if (!m)
		return;
	e = err_warn(ld->errs, m->pos, "%s is not carried out", key);
	e->address = it->res.address;
	err_help(ld->errs, e, "%s", help);
}

/* One tag is said by its key whatever the style of the tags, and as the plan writes it: Tags.Stage, Tags['a.b']. */
static bool ignores_tag(struct item *it, struct str path)
{
	struct str tags = type_tag_property(it->res.type), key;
	struct buf b;
	bool same;

	if (!tags.n || path.n < tags.n + 2 || !str_starts(path, tags))
		return false;
	key = str_sub(path, tags.n + 1, path.n);
	if (path.p[tags.n] == '[' && key.n > 3)
		key = str_sub(key, 1, key.n - 2);
	buf_init(&b, path.n * 2 + 16);
	path_key(&b, tags);
	path_key(&b, key);
	same = str_eq(buf_get(&b), path);
	buf_free(&b);
	return same;
}

static void ignore_read(struct item *it)
{
	struct errs *errs = it->scope->ld->errs;
	const struct value *list = value_getc(it->raw, "Ignore");

	if (!list)
		return;
	if (list->kind != V_LIST) {
		err_help(errs,
			 err_at(errs, list->pos, "Ignore must be a list of property paths, not %s", kind_name(list)),
			 "write Ignore: [DesiredCapacity]");
		return;
	}
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *v = value_at(list, i);

		if (v->kind != V_STRING || !v->text.n)
			err_at(errs, v->pos, "Ignore holds property paths; this is %s", kind_name(v));
		else if (it->res.type && !schema_path(type_schema(it->res.type), v->text) && !ignores_tag(it, v->text))
			err_at(errs, v->pos, "%.*s has no property '%.*s'", STR_ARG(it->type_name), STR_ARG(v->text));
	}
	it->res.ignore = list;
}

static void props_build(struct item *it)
{
	const struct parse p = {it->scope, it->res.target, 0, "Properties"};
	struct loader *ld = it->scope->ld;
	const struct value *raw = value_getc(it->raw, "Properties");

	it->res.props = value_map(ld->arena, it->res.type_pos);
	if (!raw || raw->kind == V_NULL)
		return;
	it->props_pos = value_member(it->raw, STR("Properties"))->pos;
	if (raw->kind != V_MAP) {
		it->partial = true;
		if (raw->kind != V_EXPR)
			err_at(ld->errs, raw->pos, "Properties must be a map, not %s", kind_name(raw));
		return;
	}
	/* What is left out is read for its names, never computed: its tables and lists may not hold what it asks for. */
	raw = it->excluded ? expr_parse(&p, raw) : expr_eval(&p, raw);
	if (raw->kind == V_MAP)
		it->res.props = (struct value *)raw;
	else if (!(it->partial = expr_is(raw, FN_BROKEN)))
		err_at(ld->errs, raw->pos, "Properties must be a map; functions belong into its values");
}

static void item_build(struct item *it)
{
	struct scope *sc = it->scope;
	struct loader *ld = sc->ld;
	struct parse p = {sc, 0, PARSE_NO_RESOURCES, "a policy"};

	if (it->raw->kind != V_MAP)
		return;
	it->props_pos = it->res.type_pos;
	if (it->res.type && !KEYS_CHECK(ld->errs, it->raw, resource_keys, "a resource"))
		it->partial = !value_getc(it->raw, "Properties");
	it->res.target = it->doc->target;
	it->res.phase = it->doc->phase;
	it->res.phase_pos = it->doc->phase_pos;
	place_read(sc, it->raw, &it->res.target, &it->res.phase, &it->res.phase_pos);
	it->cond = condition_of(sc, it->res.target, it->raw, &it->cond_name);
	it->excluded = cond_false(it->cond);
	p.target = it->res.target;
	it->res.deletion = policy_read(&p, it->raw, "DeletionPolicy", sc->deletion);
	it->res.update_replace = policy_read(&p, it->raw, "UpdateReplacePolicy", sc->update_replace);
	snapshot_check(it, it->res.deletion, "DeletionPolicy");
	snapshot_check(it, it->res.update_replace, "UpdateReplacePolicy");
	if (!it->res.type && it->type_name.n && !it->excluded)
		unsupported_type(it);
	depends_read(sc, it, NULL, value_getc(it->raw, "DependsOn"));
	ignore_read(it);
	ignored_key(it, "CreationPolicy", "drplan waits until the resource is in service; signals are not awaited");
	ignored_key(it, "UpdatePolicy", "the resource is updated, its instances are not replaced in turn");
	props_build(it);
}

void resources_build(struct scope *sc)
{
	for (size_t i = 0; i < sc->n_items; i++)
		item_build(sc->items[i]);
}
