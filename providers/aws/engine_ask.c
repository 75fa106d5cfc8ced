/* Questions that are about no resource: who we are, which zones a region has, the values of SSM parameters,
 * CloudFormation exports and {{resolve:...}} references. */
#include "providers/aws/engine.h"

#include "base/json.h"
#include "base/log.h"

#include <stdlib.h>

static void ask(struct job *j, const char *service, const char *operation, struct value *input,
		void (*done)(struct call *))
{
	struct call *c = &j->exec.call;

	*c = (struct call){.op = wire_op(str_of(service), str_of(operation)), .place = j->w->place, .arena = &j->arena,
			   .input = input, .region = j->w->kind == WORK_ZONES ? j->w->name : STR_NONE, .done = done, .ctx = j, .address = j->w->address};
	c->all_pages = op_paginates(c->op);
	wire_start(j->e->wire, c);
}

static struct value *text(struct arena *a, struct str s)
{
	return value_string(a, (struct pos){0}, s);
}

static void set(struct arena *a, struct value *map, struct str key, struct str s)
{
	value_set(a, map, key, (struct pos){0}, text(a, s));
}

static bool answered(struct job *j, struct call *c)
{
	j->w->calls += c->attempts;
	if (!c->ok) {
		job_call_error(j, &c->err);
		job_done(j);
	}
	return c->ok;
}

/* --- account, zones ----------------------------------------------------------------------------------------------- */

static void account_answered(struct job *j)
{
	j->w->result = text(j->w->arena, str_dup(j->w->arena, j->facts->account));
	job_done(j);
}

static int text_order(const void *x, const void *y)
{
	return value_compare(*(struct value *const *)x, *(struct value *const *)y);
}

static void zones_answered(struct call *c)
{
	struct job *j = c->ctx;
	const struct value *zones;
	struct value *out;

	if (!answered(j, c))
		return;
	zones = value_getc(c->output, "AvailabilityZones");
	out = value_list(j->w->arena, (struct pos){0});
	for (size_t i = 0; i < value_count(zones); i++) {
		const struct value *z = value_at(zones, i);
		struct str type = value_text(value_getc(z, "ZoneType"));

		if (str_eqc(value_text(value_getc(z, "State")), "available") && (!type.n || str_eqc(type, "availability-zone")))
			value_append(j->w->arena, out, text(j->w->arena, str_dup(j->w->arena, value_text(value_getc(z, "ZoneName")))));
	}
	if (value_count(out))
		qsort(out->list.items, out->list.n, sizeof *out->list.items, text_order);
	j->w->result = out;
	job_done(j);
}

static void ask_zones(struct job *j)
{
	ask(j, "ec2", "DescribeAvailabilityZones", value_map(&j->arena, (struct pos){0}), zones_answered);
}

/* --- SSM, exports ------------------------------------------------------------------------------------------------- */

static void parameter_answered(struct call *c)
{
	struct job *j = c->ctx;
	const struct value *p;

	if (!answered(j, c))
		return;
	p = value_getc(c->output, "Parameter");
	j->w->result = text(j->w->arena, str_dup(j->w->arena, value_text(value_getc(p, "Value"))));
	if (j->w->kind == WORK_SECRET && str_starts(j->w->name, STR("ssm-secure:"))) {
		j->w->result->flags |= VALUE_SECRET;
		log_secret(j->w->result->text);
	}
	job_done(j);
}

static void ask_parameter(struct job *j, struct str name, bool decrypt)
{
	struct value *input = value_map(&j->arena, (struct pos){0});

	set(&j->arena, input, STR("Name"), name);
	if (decrypt)
		value_set(&j->arena, input, STR("WithDecryption"), (struct pos){0}, value_bool(&j->arena, (struct pos){0}, true));
	ask(j, "ssm", "GetParameter", input, parameter_answered);
}

static void exports_answered(struct call *c)
{
	struct job *j = c->ctx;
	const struct value *list;

	if (!answered(j, c))
		return;
	list = value_getc(c->output, "Exports");
	for (size_t i = 0; i < value_count(list); i++)
		if (str_eq(value_text(value_getc(value_at(list, i), "Name")), j->w->name))
			j->w->result = value_copy(j->w->arena, value_getc(value_at(list, i), "Value"));
	if (!j->w->result)
		job_fail(j, ERR_REMOTE, "no CloudFormation stack of %.*s exports '%.*s'", STR_ARG(j->facts->region),
			 STR_ARG(j->w->name));
	job_done(j);
}

/* --- {{resolve:...}} ---------------------------------------------------------------------------------------------- */

/* The reference's parts: service:ID[:SecretString[:key[:stage[:version]]]]; an id that is an ARN has colons itself. */
static void secret_parts(struct str name, struct str *id, struct str parts[4])
{
	struct str rest = str_sub(name, sizeof "secretsmanager:" - 1, name.n), piece;
	size_t n = str_starts(rest, STR("arn:")) ? 7 : 1;
	size_t at = 0;

	while (n && at < rest.n) {
		ptrdiff_t colon = str_chr(rest, ':', at);

		n--;
		at = colon < 0 ? rest.n : (size_t)colon + (n ? 1 : 0);
	}
	*id = str_sub(rest, 0, at);
	rest = str_sub(rest, at + 1, rest.n);
	for (size_t i = 0; i < 4; i++)
		parts[i] = str_cut(&rest, ':', &piece) ? piece : STR_NONE;
}

static void secret_answered(struct call *c)
{
	struct job *j = c->ctx;
	struct str id, parts[4], whole;
	struct errs errs = {.arena = &j->arena};
	const struct value *doc;

	if (!answered(j, c))
		return;
	secret_parts(j->w->name, &id, parts);
	whole = value_text(value_getc(c->output, "SecretString"));
	log_secret(whole);
	if (parts[1].n) {
		doc = json_read(&j->arena, whole, 0, &errs);
		if (!doc || !value_get(doc, parts[1])) {
			job_fail(j, ERR_REMOTE, "the secret '%.*s' has no key '%.*s'", STR_ARG(id), STR_ARG(parts[1]));
			job_done(j);
			return;
		}
		whole = value_text(value_get(doc, parts[1]));
		log_secret(whole);
	}
	j->w->result = text(j->w->arena, str_dup(j->w->arena, whole));
	j->w->result->flags |= VALUE_SECRET;
	job_done(j);
}

static void ask_secret(struct job *j)
{
	struct str name = j->w->name, id, parts[4];
	struct value *input = value_map(&j->arena, (struct pos){0});

	if (str_starts(name, STR("ssm:")) || str_starts(name, STR("ssm-secure:"))) {
		ask_parameter(j, str_sub(name, (size_t)str_chr(name, ':', 0) + 1, name.n), str_starts(name, STR("ssm-secure:")));
		return;
	}
	if (!str_starts(name, STR("secretsmanager:"))) {
		job_fail(j, ERR_INPUT, "{{resolve:%.*s}}: the service is ssm, ssm-secure or secretsmanager", STR_ARG(name));
		job_done(j);
		return;
	}
	secret_parts(name, &id, parts);
	set(&j->arena, input, STR("SecretId"), id);
	if (parts[2].n)
		set(&j->arena, input, STR("VersionStage"), parts[2]);
	if (parts[3].n)
		set(&j->arena, input, STR("VersionId"), parts[3]);
	ask(j, "secretsmanager", "GetSecretValue", input, secret_answered);
}

void work_ask(struct job *j)
{
	switch (j->w->kind) {
	case WORK_ACCOUNT:
		job_account(j, account_answered);
		return;
	case WORK_ZONES:
		ask_zones(j);
		return;
	case WORK_SSM:
		ask_parameter(j, j->w->name, false);
		return;
	case WORK_EXPORT:
		ask(j, "cloudformation", "ListExports", value_map(&j->arena, (struct pos){0}), exports_answered);
		return;
	case WORK_SECRET:
		ask_secret(j);
		return;
	default:
		job_fail(j, ERR_BUG, "the AWS provider does not know this kind of work");
		job_done(j);
	}
}
