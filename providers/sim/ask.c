/* Questions about the account rather than about a resource: its number, zones, parameters, exports, secrets. */
#include "providers/sim/inner.h"
#include "base/hash.h"

static bool answer(struct call *c, const char *kind, struct str name, struct str *out)
{
	struct world *w = &c->sim->world;
	sqlite3_stmt *st = world_bind(w, W_ANSWER_GET, "ssss", str_of(kind), name, c->scope.account, c->scope.region);
	bool found = world_step(w, st);

	if (found)
		*out = str_dup(c->a, world_text(st, 0));
	world_reset(st);
	return found;
}

/* The value that a simulated resource of the type has at a property, by any of its names. */
static bool resource_value(struct call *c, const char *type, struct str name, const char *property, struct str *out)
{
	struct row r;
	int64_t row = refs_find(c, c->scope, str_of(type), name);

	if (!row || !row_by_row(c, row, &r) || !row_lives(&r))
		return false;
	*out = value_text(value_path(r.props, str_of(property)));
	return out->n != 0;
}

/* Public parameters name images: the same name is the same image in one region for ever. */
static bool public_parameter(struct call *c, struct str name, struct str *out)
{
	struct fingerprint f;

	if (!str_starts(name, STR("/aws/service/")))
		return false;
	f = hash_bytes(str_cat(c->a, name, c->scope.region));
	*out = str_fmt(c->a, "ami-0%.16s", fingerprint_hex(c->a, f).p);
	return true;
}

static bool ask_ssm(struct call *c, struct str name, struct str *out)
{
	return answer(c, "ssm", name, out) || resource_value(c, "AWS::SSM::Parameter", name, "Value", out) ||
	       public_parameter(c, name, out) ||
	       call_refuse(c, STR("ParameterNotFound"), "Parameter %.*s not found.", STR_ARG(name));
}

static bool ask_export(struct call *c, struct str name, struct str *out)
{
	return answer(c, "export", name, out) ||
	       call_refuse(c, STR("ValidationError"), "No export named %.*s found.", STR_ARG(name));
}

/* The world keeps no secret: what one of its secrets holds is made up, the same for the same secret and key for ever. */
static bool made_up_secret(struct call *c, struct str name, struct str key, struct str *out)
{
	struct row r;
	int64_t row = refs_find(c, c->scope, STR("AWS::SecretsManager::Secret"), name);

	if (!row || !row_by_row(c, row, &r) || !row_lives(&r))
		return false;
	*out = str_fmt(c->a, "sim%.16s", fingerprint_hex(c->a, hash_bytes(str_cat(c->a, r.id, key))).p);
	return true;
}

/* "{{resolve:secretsmanager:name:SecretString:key}}": answered whole, by "service:name:...", or by the name alone;
 * ssm and ssm-secure are parameters. */
static bool ask_secret(struct call *c, struct str reference, struct str *out)
{
	struct str inner = reference, rest, service, name;
	ptrdiff_t member;

	if (str_starts(inner, STR("{{resolve:")) && str_ends(inner, STR("}}")))
		inner = str_sub(inner, 10, inner.n - 2);
	if (answer(c, "secret", reference, out) || answer(c, "secret", inner, out))
		return true;
	rest = inner;
	str_cut(&rest, ':', &service);
	if (str_starts(service, STR("ssm"))) {
		str_cut(&rest, ':', &name);
		return answer(c, "secret", name, out) || ask_ssm(c, name, out);
	}
	member = str_find(rest, STR(":SecretString"), 0); /* an id that is an ARN has colons itself */
	name = member < 0 ? rest : str_sub(rest, 0, (size_t)member);
	return answer(c, "secret", name, out) || made_up_secret(c, name, str_sub(rest, name.n, rest.n), out) ||
	       call_refuse(c, STR("ResourceNotFoundException"), "Secrets Manager can't find the specified secret.");
}

static struct value *zones_of(struct arena *a, struct str region)
{
	struct value *list = value_list(a, (struct pos){0});

	for (char z = 'a'; z <= 'c'; z++)
		value_append(a, list, value_string(a, (struct pos){0}, str_fmt(a, "%.*s%c", STR_ARG(region), z)));
	return list;
}

bool ask_answer(struct call *c, struct work *w)
{
	struct str s = STR_NONE;
	bool good = true;

	if (w->kind == WORK_ZONES) {
		w->result = zones_of(w->arena, w->name.n ? w->name : c->scope.region);
		return true;
	}
	if (w->kind == WORK_ACCOUNT)
		s = c->scope.account;
	else if (w->kind == WORK_SSM)
		good = ask_ssm(c, w->name, &s);
	else if (w->kind == WORK_EXPORT)
		good = ask_export(c, w->name, &s);
	else
		good = ask_secret(c, w->name, &s);
	if (!good)
		return false;
	w->result = value_string(w->arena, (struct pos){0}, str_dup(w->arena, s));
	if (w->kind == WORK_SECRET)
		w->result->flags |= VALUE_SECRET;
	return true;
}
