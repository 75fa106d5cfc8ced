/* The credentials chain: which source a profile or the environment names, the cache, and renewal; see creds.h.
 * The sources are creds_http.c (container, instance), creds_sts.c (roles), creds_process.c and creds_sso.c. */
#include "providers/aws/creds.h"

#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "providers/aws/wire.h"

#include <stdlib.h>
#include <string.h>

enum {
	RENEW_MS = 5 * 60 * 1000,	/* before expiry */
	USABLE_MS = 30 * 1000,		/* with less than that left they are not used any more */
};

struct waiter {
	creds_fn *fn;
	void *ctx;
	struct waiter *next;
};

struct entry {				/* credentials of one profile and role */
	struct str profile, role_arn, region;
	struct arena arena;		/* of creds */
	bool ready, stale;
	struct creds creds;
	struct fetch *fetch;		/* on its way, or NULL */
	struct waiter *waiters;
	struct entry *next;
};

struct creds_store {
	struct creds_host host;
	struct entry *entries;
	size_t pending;
	struct arena arena;
};

struct creds_store *creds_open(const struct creds_host *host)
{
	struct creds_store *s = xmalloc(sizeof(*s));

	*s = (struct creds_store){.host = *host};
	return s;
}

static struct entry *entry_get(struct creds_store *s, const struct place *place)
{
	struct entry *e;

	for (e = s->entries; e; e = e->next)
		if (str_eq(e->profile, place->profile) && str_eq(e->role_arn, place->role_arn))
			return e;
	e = arena_new(&s->arena, struct entry);
	e->profile = str_dup(&s->arena, place->profile);
	e->role_arn = str_dup(&s->arena, place->role_arn);
	e->region = str_dup(&s->arena, place->region);
	e->next = s->entries;
	s->entries = e;
	return e;
}

static void creds_wipe(struct creds *c)
{
	if (c->secret.n)
		wipe((char *)c->secret.p, c->secret.n);
	if (c->token.n)
		wipe((char *)c->token.p, c->token.n);
	*c = (struct creds){0};
}

static struct creds creds_copy(struct arena *a, const struct creds *c)
{
	return (struct creds){str_dup(a, c->id), str_dup(a, c->secret), str_dup(a, c->token), c->expires};
}

static bool entry_fresh(const struct creds_store *s, const struct entry *e, int64_t margin)
{
	return e->ready && !e->stale && (!e->creds.expires || e->creds.expires - clock_wall(s->host.clock) > margin);
}

/* --- the end of a fetch --- */

static void fetch_free(struct fetch *f)
{
	creds_wipe(&f->creds);
	if (f->metadata_token.n)
		wipe((char *)f->metadata_token.p, f->metadata_token.n);
	buf_free(&f->output);
	arena_free(&f->arena);
	free(f);
}

static void entry_answer(struct entry *e, const struct creds *creds, const struct err *err)
{
	struct waiter *w = e->waiters, *next;

	e->waiters = NULL;
	for (; w; w = next) {
		next = w->next;
		w->fn(w->ctx, creds, err);
		free(w);
	}
}

static struct entry *entry_of(struct fetch *f)
{
	struct entry *e = f->store->entries;

	while (e && e->fetch != f)
		e = e->next;
	return e;
}

static void fetch_end(struct fetch *f, const struct err *err)
{
	struct entry *e = entry_of(f);

	e->fetch = NULL;
	f->store->pending--;
	if (!err) {
		creds_wipe(&e->creds);
		arena_reset(&e->arena);
		e->creds = creds_copy(&e->arena, &f->creds);
		e->ready = true;
		e->stale = false;
		log_secret(e->creds.secret);
		log_secret(e->creds.token);
		entry_answer(e, &e->creds, NULL);
	} else if (entry_fresh(f->store, e, USABLE_MS)) {	/* renewing failed, but the old ones still hold */
		entry_answer(e, &e->creds, NULL);
	} else {
		entry_answer(e, NULL, err);
	}
	fetch_free(f);
}

void fetch_done(struct fetch *f, const struct creds *creds)
{
	struct creds got;

	if (f->ended)
		return;
	got = creds_copy(&f->arena, creds);
	creds_wipe(&f->creds);
	f->creds = got;
	if (f->n_roles) {
		creds_assume(f, &f->roles[--f->n_roles]);
		return;
	}
	f->ended = true;
	fetch_end(f, NULL);
}

void fetch_fail(struct fetch *f, enum err_kind kind, const char *code, const char *fmt, ...)
{
	struct err err = {.kind = kind, .code = str_of(code)};
	va_list ap;

	if (f->ended)
		return;
	f->ended = true;
	va_start(ap, fmt);
	err.message = str_vfmt(&f->arena, fmt, ap);
	va_end(ap);
	err.help = STR("set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with the AWS CLI");
	fetch_end(f, &err);
}

/* --- the chain --- */

static bool static_keys(struct str id, struct str secret, struct str token, struct creds *out)
{
	*out = (struct creds){.id = id, .secret = secret, .token = token};
	return id.n && secret.n;
}

static struct role role_of_profile(struct fetch *f, const struct value *p)
{
	struct role r = {.arn = value_text(value_getc(p, "role_arn")),
			 .session = value_text(value_getc(p, "role_session_name")),
			 .external_id = value_text(value_getc(p, "external_id"))};

	r.region = f->place.region.n ? f->place.region : value_text(value_getc(p, "region"));
	(void)str_int(value_text(value_getc(p, "duration_seconds")), 900, 43200, &r.duration);
	return r;
}

static bool environment_keys(struct creds *out)
{
	return static_keys(env_str("AWS_ACCESS_KEY_ID"), env_str("AWS_SECRET_ACCESS_KEY"), env_str("AWS_SESSION_TOKEN"),
			   out);
}

static bool container_is_set(void)
{
	return env_str("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").n || env_str("AWS_CONTAINER_CREDENTIALS_FULL_URI").n;
}

static void from_container(struct fetch *f)
{
	struct str relative = env_str("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");

	if (relative.n)
		creds_from_container(f, relative, false);
	else
		creds_from_container(f, env_str("AWS_CONTAINER_CREDENTIALS_FULL_URI"), true);
}

/* credential_source = Environment | Ec2InstanceMetadata | EcsContainer */
static void from_named_source(struct fetch *f, struct str source)
{
	struct creds c;

	if (str_eqc(source, "Environment") && environment_keys(&c))
		fetch_done(f, &c);
	else if (str_eqc(source, "Environment"))
		fetch_fail(f, ERR_INPUT, "NoCredentials",
			   "credential_source = Environment, but the environment holds no keys");
	else if (str_eqc(source, "Ec2InstanceMetadata"))
		creds_from_instance(f);
	else if (str_eqc(source, "EcsContainer") && container_is_set())
		from_container(f);
	else
		fetch_fail(f, ERR_INPUT, "NoCredentials", "credential_source '%.*s' gives nothing here",
			   STR_ARG(source));
}

static bool profile_static(const struct value *p, struct creds *out)
{
	return static_keys(value_text(value_getc(p, "aws_access_key_id")),
			   value_text(value_getc(p, "aws_secret_access_key")),
			   value_text(value_getc(p, "aws_session_token")), out);
}

/* What a profile says apart from a role to assume. False: it says nothing about credentials. */
static bool from_profile_keys(struct fetch *f, const struct value *p)
{
	struct creds c;
	struct str process = value_text(value_getc(p, "credential_process"));

	if (value_getc(p, "sso_account_id"))
		creds_from_sso(f, p);
	else if (profile_static(p, &c))
		fetch_done(f, &c);
	else if (process.n)
		creds_from_process(f, process);
	else
		return false;
	return true;
}

/* Follow role_arn and source_profile to where keys are; each role on the way is remembered, to be assumed after.
 * A profile that names itself as its source means its own keys. */
static bool from_profile(struct fetch *f, struct str name)
{
	for (size_t depth = 0; depth < ROLE_CHAIN_MAX; depth++) {
		const struct value *p = config_profile(f->host->config, name);
		struct str source = value_text(value_getc(p, "source_profile"));
		struct str token_file = value_text(value_getc(p, "web_identity_token_file"));
		struct role role;

		if (!p || !value_getc(p, "role_arn"))
			return p && from_profile_keys(f, p);
		role = role_of_profile(f, p);
		if (token_file.n) {
			creds_from_web_identity(f, &role, token_file);
			return true;
		}
		if (value_getc(p, "mfa_serial")) {
			fetch_fail(f, ERR_INPUT, "NoCredentials",
				   "profile '%.*s' wants a one-time code (mfa_serial), which drplan cannot ask for",
				   STR_ARG(name));
			return true;
		}
		if (f->n_roles == ROLE_CHAIN_MAX)
			break;
		f->roles[f->n_roles++] = role;
		if (!source.n) {
			from_named_source(f, value_text(value_getc(p, "credential_source")));
			return true;
		}
		if (!config_profile(f->host->config, source)) {
			fetch_fail(f, ERR_INPUT, "NoCredentials",
				   "profile '%.*s' has source_profile '%.*s', which does not exist", STR_ARG(name),
				   STR_ARG(source));
			return true;
		}
		if (str_eq(source, name)) {
			if (!from_profile_keys(f, p))
				break;
			return true;
		}
		name = source;
	}
	fetch_fail(f, ERR_INPUT, "NoCredentials", "the profiles that '%.*s' draws on never come to keys",
		   STR_ARG(f->profile));
	return true;
}

static void fetch_start(struct fetch *f, struct str asked)
{
	struct errs errs = {.arena = &f->arena};
	struct str token_file = env_str("AWS_WEB_IDENTITY_TOKEN_FILE"), arn = env_str("AWS_ROLE_ARN");
	struct creds c;

	if (!asked.n && environment_keys(&c)) {
		fetch_done(f, &c);
		return;
	}
	if (!config_load(f->host->config, &errs)) {
		fetch_fail(f, ERR_SYSTEM, "NoCredentials", "%.*s", STR_ARG(errs.items[0].message));
		return;
	}
	if (!asked.n && token_file.n && arn.n) {
		struct role role = {.arn = arn, .session = env_str("AWS_ROLE_SESSION_NAME"), .region = f->place.region};

		creds_from_web_identity(f, &role, token_file);
		return;
	}
	if (from_profile(f, f->profile))
		return;
	if ((asked.n || env_str("AWS_PROFILE").n) && !config_profile(f->host->config, f->profile))
		fetch_fail(f, ERR_INPUT, "NoCredentials", "there is no profile '%.*s' in the AWS configuration",
			   STR_ARG(f->profile));
	else if (asked.n)
		fetch_fail(f, ERR_INPUT, "NoCredentials", "profile '%.*s' holds no credentials", STR_ARG(f->profile));
	else if (container_is_set())
		from_container(f);
	else
		creds_from_instance(f);
}

static struct fetch *fetch_new(struct creds_store *s, const struct entry *e)
{
	struct fetch *f = xmalloc(sizeof(*f));

	*f = (struct fetch){.store = s, .host = &s->host, .fd = -1};
	buf_init(&f->output, 1 << 20);
	f->output.secret = true;
	f->profile = config_profile_name(e->profile);
	f->place.name = STR("credentials");
	f->place.region = e->region;
	if (e->role_arn.n)
		f->roles[f->n_roles++] = (struct role){.arn = e->role_arn, .region = e->region};
	return f;
}

void creds_get(struct creds_store *s, const struct place *place, creds_fn *fn, void *ctx)
{
	struct entry *e = entry_get(s, place);
	struct waiter *w, **last = &e->waiters;

	if (entry_fresh(s, e, e->fetch ? USABLE_MS : RENEW_MS)) {
		fn(ctx, &e->creds, NULL);
		return;
	}
	w = xmalloc(sizeof(*w));
	*w = (struct waiter){fn, ctx, NULL};
	while (*last)
		last = &(*last)->next;
	*last = w;
	if (e->fetch)
		return;
	s->pending++;
	e->fetch = fetch_new(s, e);
	fetch_start(e->fetch, e->profile);
}

void creds_expired(struct creds_store *s, const struct place *place)
{
	entry_get(s, place)->stale = true;
}

int64_t creds_expires(const struct creds_store *s, const struct place *place)
{
	for (const struct entry *e = s->entries; e; e = e->next)
		if (str_eq(e->profile, place->profile) && str_eq(e->role_arn, place->role_arn))
			return e->ready ? e->creds.expires : 0;
	return 0;
}

struct config *creds_config(struct creds_store *s)
{
	return s->host.config;
}

size_t creds_pending(const struct creds_store *s)
{
	return s->pending;
}

void creds_close(struct creds_store *s)
{
	if (!s)
		return;
	for (struct entry *e = s->entries; e; e = e->next) {
		struct waiter *w = e->waiters, *next;

		for (; w; w = next) {
			next = w->next;
			free(w);
		}
		if (e->fetch)
			fetch_free(e->fetch);
		creds_wipe(&e->creds);
		arena_free(&e->arena);
	}
	arena_free(&s->arena);
	free(s);
}

/* --- helpers of the sources --- */

bool creds_json(struct fetch *f, struct str text, struct creds *out, struct str *why)
{
	struct errs errs = {.arena = &f->arena};
	const struct value *v = json_read_lax(&f->arena, text, 0, &errs);
	struct str expires;

	if (!v) {
		*why = STR("the answer is not JSON");
		return false;
	}
	*out = (struct creds){.id = value_text(value_getc(v, "AccessKeyId")),
			      .secret = value_text(value_getc(v, "SecretAccessKey"))};
	out->token = value_text(value_getc(v, value_getc(v, "Token") ? "Token" : "SessionToken"));
	expires = value_text(value_getc(v, "Expiration"));
	if (!out->id.n || !out->secret.n) {
		*why = STR("the answer holds no keys");
		return false;
	}
	if (expires.n && !time_parse(expires, &out->expires)) {
		*why = STR("the answer's Expiration is no time");
		return false;
	}
	return true;
}

void fetch_http(struct fetch *f, int64_t timeout_ms, bool direct, void (*fn)(struct transfer *t))
{
	f->transfer = (struct transfer){.request = &f->request,
					.arena = &f->arena,
					.timeout_ms = timeout_ms,
					.connect_ms = timeout_ms,
					.max_body = 1 << 20,
					.direct = direct,
					.secret = true,
					.done = fn,
					.ctx = f};
	http_start(f->host->http, &f->transfer);
}

bool fetch_url(struct fetch *f, struct str url)
{
	struct str scheme = str_starts(url, STR("https://")) ? STR("https") : STR("http");
	struct str rest = str_sub(url, scheme.n + 3, url.n), host, path;
	ptrdiff_t slash, question;

	if (!str_starts(url, STR("http://")) && !str_starts(url, STR("https://")))
		return false;
	slash = str_chr(rest, '/', 0);
	host = slash < 0 ? rest : str_sub(rest, 0, (size_t)slash);
	path = slash < 0 ? STR("/") : str_sub(rest, (size_t)slash, rest.n);
	question = str_chr(path, '?', 0);
	f->request = (struct request){.method = STR("GET"), .scheme = scheme, .host = str_dup(&f->arena, host)};
	f->request.path = str_dup(&f->arena, question < 0 ? path : str_sub(path, 0, (size_t)question));
	if (question >= 0)
		f->request.query = str_dup(&f->arena, str_sub(path, (size_t)question + 1, path.n));
	return host.n > 0 && str_chr(host, '@', 0) < 0;
}
