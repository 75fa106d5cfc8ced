/* Credentials: found as every AWS tool finds them, kept per profile and role, renewed before they expire.
 *
 * The order (creds.c): a profile that was asked for by name, else the environment, the profile in force (roles,
 * web identity, SSO, static keys, a process), the container's endpoint, the instance's metadata. A target's RoleArn
 * is assumed on top of what was found.
 *
 *	creds_get(c, place, on_creds, x);	on_creds(x, creds, err) is called at once or from the event loop
 *
 * Finding may need HTTP, STS and processes; none of it blocks. Sources are in creds_*.c, each a function that
 * takes a struct fetch and ends by calling fetch_done or fetch_fail.
 */
#ifndef DRPLAN_AWS_CREDS_H
#define DRPLAN_AWS_CREDS_H

#include "providers/aws/config.h"
#include "providers/aws/http.h"
#include "providers/aws/timers.h"
#include "providers/provider.h"

struct creds {
	struct str id, secret, token;
	int64_t expires;		/* wall ms; 0 = never */
};

struct creds_store;
struct call;

/* What creds needs of the wire around it. */
struct creds_host {
	struct config *config;
	struct http *http;
	const struct clock *clock;
	/* Start a call signed with these credentials, or unsigned with NULL. */
	void (*call)(void *ctx, struct call *c, const struct creds *with);
	/* Call fn(fn_ctx) after ms. */
	void (*after)(void *ctx, int64_t ms, void (*fn)(void *fn_ctx), void *fn_ctx);
	void *ctx;
};

typedef void creds_fn(void *ctx, const struct creds *creds, const struct err *err);

struct creds_store *creds_open(const struct creds_host *host);
void creds_get(struct creds_store *s, const struct place *place, creds_fn *fn, void *ctx);
/* AWS said that these have expired: the next creds_get fetches them again. */
void creds_expired(struct creds_store *s, const struct place *place);
/* When those that were found for the place end, wall ms; 0: never, or none were asked for. */
int64_t creds_expires(const struct creds_store *s, const struct place *place);

enum need_kind {
	NEED_SSO,			/* IAM Identity Center of a region; of: its start page */
	NEED_PROCESS,			/* a program, which may ask anybody; of: it, without its arguments, which may be secret */
	NEED_TOKEN,			/* a web identity token; of: its file */
	NEED_MACHINE,			/* the container or instance that drplan runs on; of: which of both */
	NEED_GLOBAL_STS,		/* for other programs than drplan: the STS of us-east-1 */
};
struct creds_need {
	enum need_kind kind;
	struct str of, region;		/* or empty */
};
/* What getting credentials for a place needs beside STS of its own region (creds_needs.c). Nobody is asked. */
size_t creds_needs(struct creds_store *s, struct arena *a, const struct place *place, struct creds_need *out, size_t max);
struct config *creds_config(struct creds_store *s);
size_t creds_pending(const struct creds_store *s);	/* fetches on their way */
void creds_close(struct creds_store *s);

/* --- for the sources ---------------------------------------------------------------------------------------------- */

enum { ROLE_CHAIN_MAX = 8 };

struct role {				/* one sts:AssumeRole to be made */
	struct str arn, session, external_id, region;
	int64_t duration;		/* seconds; 0 = AWS's own default */
};

struct fetch {				/* credentials on their way */
	struct creds_store *store;
	const struct creds_host *host;
	struct arena arena;
	struct str profile;
	struct role roles[ROLE_CHAIN_MAX];	/* the last one is assumed first */
	size_t n_roles;
	struct creds creds;		/* what has been reached */
	/* A source's working state. */
	struct request request;
	struct transfer transfer;
	struct call *call;
	struct place place;
	struct str role_name;
	struct str metadata_token;
	int fd;				/* a process's output, -1 = none */
	int pid;
	struct buf output;
	bool ended;
};

/* A source has answered: go on with the roles, or end. Strings may be anywhere; they are copied. */
void fetch_done(struct fetch *f, const struct creds *creds);
void fetch_fail(struct fetch *f, enum err_kind kind, const char *code, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* The JSON that containers, metadata and processes answer; false with *why set. */
bool creds_json(struct fetch *f, struct str text, struct creds *out, struct str *why);
/* Send f->request and continue in fn. */
void fetch_http(struct fetch *f, int64_t timeout_ms, bool direct, void (*fn)(struct transfer *t));
/* Split scheme, host, path and query of a URL into f->request; false if it is no http(s) URL. */
bool fetch_url(struct fetch *f, struct str url);

void creds_from_container(struct fetch *f, struct str uri, bool full);
void creds_from_instance(struct fetch *f);
void creds_from_process(struct fetch *f, struct str command);
void creds_from_sso(struct fetch *f, const struct value *profile);
void creds_from_web_identity(struct fetch *f, const struct role *role, struct str token_file);
void creds_assume(struct fetch *f, const struct role *role);

#endif
