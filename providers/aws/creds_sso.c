/* Credentials of a signed-in person (IAM Identity Center): the token that `aws sso login` left in ~/.aws/sso/cache is
 * traded for keys. drplan never signs in by itself: an expired token is an error that says what to run. */
#include "providers/aws/creds.h"

#include "base/json.h"
#include "base/log.h"

#include <openssl/sha.h>
#include <string.h>

#include "base/hash.h"

enum { TOKEN_MAX = 1 << 20, SSO_TIMEOUT_MS = 20000 };

static void sso_answer(struct transfer *t)
{
	struct fetch *f = t->ctx;
	struct errs errs = {.arena = &f->arena};
	const struct value *v;
	struct creds c = {0};

	if (t->result != TRANSFER_OK) {
		fetch_fail(f, ERR_NETWORK, "NoCredentials", "the SSO portal does not answer: %.*s", STR_ARG(t->error));
		return;
	}
	v = json_read_lax(&f->arena, t->answer.body, 0, &errs);
	if (t->answer.status != 200) {
		fetch_fail(f, ERR_REMOTE, "NoCredentials", "the SSO portal answers %d: %.*s", t->answer.status,
			   STR_ARG(value_text(value_getc(v, "message"))));
		return;
	}
	v = value_getc(v, "roleCredentials");
	c.id = value_text(value_getc(v, "accessKeyId"));
	c.secret = value_text(value_getc(v, "secretAccessKey"));
	c.token = value_text(value_getc(v, "sessionToken"));
	(void)value_as_int(value_getc(v, "expiration"), &c.expires);
	if (!c.id.n || !c.secret.n)
		fetch_fail(f, ERR_REMOTE, "NoCredentials", "the SSO portal's answer holds no keys");
	else
		fetch_done(f, &c);
}

/* The cache file is named after the session, or after the start page for profiles of the old form. */
static struct str cache_path(struct fetch *f, struct str name)
{
	unsigned char digest[SHA_DIGEST_LENGTH];

	SHA1((const unsigned char *)name.p, name.n, digest);
	return str_fmt(&f->arena, "%s/.aws/sso/cache/%s.json", env_str("HOME").n ? env_str("HOME").p : "",
		       hex_of(&f->arena, digest, sizeof(digest)).p);
}

static bool sso_token(struct fetch *f, struct str cache_name, struct str *token)
{
	struct errs errs = {.arena = &f->arena};
	struct str text;
	const struct value *v;
	int64_t expires = 0;

	if (!file_read(&f->arena, cache_path(f, cache_name).p, TOKEN_MAX, &text))
		return false;
	v = json_read_lax(&f->arena, text, 0, &errs);
	*token = value_text(value_getc(v, "accessToken"));
	if (!token->n || !time_parse(value_text(value_getc(v, "expiresAt")), &expires))
		return false;
	log_secret(*token);
	return expires > clock_wall(f->host->clock);
}

void creds_from_sso(struct fetch *f, const struct value *profile)
{
	struct str session = value_text(value_getc(profile, "sso_session")), token;
	const struct value *where = session.n ? value_get(f->host->config->sessions, session) : profile;
	struct str region = value_text(value_getc(where, "sso_region"));
	struct str start = value_text(value_getc(where, "sso_start_url"));
	struct buf query;

	if (!region.n || (!session.n && !start.n)) {
		fetch_fail(f, ERR_INPUT, "NoCredentials", "profile '%.*s' does not say its SSO region and start page",
			   STR_ARG(f->profile));
		return;
	}
	if (!sso_token(f, session.n ? session : start, &token)) {
		fetch_fail(f, ERR_INPUT, "NoCredentials",
			   "the SSO sign-in of profile '%.*s' is missing or has expired: aws sso login --profile %.*s",
			   STR_ARG(f->profile), STR_ARG(f->profile));
		return;
	}
	if (!fetch_url(f, str_fmt(&f->arena, "https://portal.sso.%.*s.amazonaws.com/federation/credentials",
				  STR_ARG(region)))) {
		fetch_fail(f, ERR_INPUT, "NoCredentials", "sso_region '%.*s' is no region", STR_ARG(region));
		return;
	}
	buf_init(&query, 4096);
	form_add(&query, STR("role_name"), value_text(value_getc(profile, "sso_role_name")));
	form_add(&query, STR("account_id"), value_text(value_getc(profile, "sso_account_id")));
	f->request.query = buf_take(&query, &f->arena);
	headers_add(&f->request.headers, &f->arena, STR("x-amz-sso_bearer_token"), token);
	fetch_http(f, SSO_TIMEOUT_MS, false, sso_answer);
}
