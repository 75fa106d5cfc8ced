/* Credentials from STS: roles that are assumed on top of others, and web identity tokens (EKS, CI systems).
 * They are ordinary API calls of the wire, signed with the credentials reached so far; creds.c keeps the order. */
#include "providers/aws/creds.h"

#include "base/hash.h"
#include "base/log.h"
#include "providers/aws/wire.h"

#include <string.h>

enum { TOKEN_MAX = 64 << 10 };

static void sts_done(struct call *c)
{
	struct fetch *f = c->ctx;
	const struct value *v = value_getc(c->output, "Credentials");
	struct creds got = {.id = value_text(value_getc(v, "AccessKeyId")),
			    .secret = value_text(value_getc(v, "SecretAccessKey")),
			    .token = value_text(value_getc(v, "SessionToken"))};

	if (!c->ok) {
		fetch_fail(f, c->err.kind, "NoCredentials", "cannot assume the role %.*s: %.*s%s%.*s%s",
			   STR_ARG(f->role_name), STR_ARG(c->err.message), c->err.code.n ? " (" : "",
			   STR_ARG(c->err.code), c->err.code.n ? ")" : "");
		return;
	}
	if (!got.id.n || !got.secret.n || !time_parse(value_text(value_getc(v, "Expiration")), &got.expires)) {
		fetch_fail(f, ERR_REMOTE, "NoCredentials", "STS answers without credentials for the role %.*s",
			   STR_ARG(f->role_name));
		return;
	}
	fetch_done(f, &got);
}

static void set_text(struct fetch *f, struct value *map, const char *key, struct str s)
{
	if (s.n)
		value_set(&f->arena, map, str_of(key), (struct pos){0}, value_string(&f->arena, (struct pos){0}, s));
}

static void sts_call(struct fetch *f, const struct role *role, const char *operation, struct value *input, bool sign)
{
	struct call *c = arena_new(&f->arena, struct call);

	f->role_name = role->arn;
	f->place.region = role->region;
	c->op = wire_op(STR("sts"), str_of(operation));
	c->place = &f->place;
	c->input = input;
	c->arena = &f->arena;
	c->timeout_ms = 30000;
	c->done = sts_done;
	c->ctx = f;
	if (!c->op) {
		fetch_fail(f, ERR_BUG, "NoCredentials", "the tables hold no sts:%s", operation);
		return;
	}
	f->call = c;
	f->host->call(f->host->ctx, c, sign ? &f->creds : NULL);
}

static struct value *role_input(struct fetch *f, const struct role *role)
{
	struct value *input = value_map(&f->arena, (struct pos){0});
	struct str session = role->session;

	if (!session.n)
		session = str_fmt(&f->arena, "drplan-%lld", (long long)(clock_wall(f->host->clock) / 1000));
	set_text(f, input, "RoleArn", role->arn);
	set_text(f, input, "RoleSessionName", session);
	if (role->duration)
		set_text(f, input, "DurationSeconds", str_fmt(&f->arena, "%lld", (long long)role->duration));
	return input;
}

void creds_assume(struct fetch *f, const struct role *role)
{
	struct value *input = role_input(f, role);

	set_text(f, input, "ExternalId", role->external_id);
	sts_call(f, role, "AssumeRole", input, true);
}

void creds_from_web_identity(struct fetch *f, const struct role *role, struct str token_file)
{
	struct value *input = role_input(f, role);
	struct str token;

	if (!file_read(&f->arena, token_file.p, TOKEN_MAX, &token)) {
		fetch_fail(f, ERR_SYSTEM, "NoCredentials", "cannot read the web identity token in %s", token_file.p);
		return;
	}
	token = str_trim(token);
	log_secret(token);
	set_text(f, input, "WebIdentityToken", token);
	sts_call(f, role, "AssumeRoleWithWebIdentity", input, false);
}
