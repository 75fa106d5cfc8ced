/* Credentials from where the program runs: the container's endpoint and the instance's metadata (IMDSv2 only).
 * Both are addresses of the machine itself: no proxy, short timeouts. creds.c decides when they are asked. */
#include "providers/aws/creds.h"

#include "base/log.h"

#include <string.h>

enum { LOCAL_TIMEOUT_MS = 2000, INSTANCE_TIMEOUT_MS = 1000, TOKEN_MAX = 64 << 10 };
#define TOKEN_LIFE "21600"

static void local_answer(struct transfer *t)
{
	struct fetch *f = t->ctx;
	struct creds c;
	struct str why;

	if (t->result != TRANSFER_OK)
		fetch_fail(f, ERR_NETWORK, "NoCredentials", "the credentials endpoint at %.*s does not answer: %.*s",
			   STR_ARG(f->request.host), STR_ARG(t->error));
	else if (t->answer.status != 200)
		fetch_fail(f, ERR_REMOTE, "NoCredentials", "the credentials endpoint at %.*s answers with status %d",
			   STR_ARG(f->request.host), t->answer.status);
	else if (!creds_json(f, t->answer.body, &c, &why))
		fetch_fail(f, ERR_REMOTE, "NoCredentials", "the credentials endpoint at %.*s: %.*s",
			   STR_ARG(f->request.host), STR_ARG(why));
	else
		fetch_done(f, &c);
}

/* --- containers --- */

/* Keys are sent in clear text only within the machine. */
static bool host_is_local(struct str host)
{
	static const char *const hosts[] = {"localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
	ptrdiff_t colon = str_chr(host, ':', host.n && host.p[0] == '[' ? (size_t)(str_chr(host, ']', 0) + 1) : 0);

	if (colon >= 0)
		host = str_sub(host, 0, (size_t)colon);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
		if (str_eqc(host, hosts[i]))
			return true;
	for (size_t i = 0; i < host.n; i++)
		if (host.p[i] != '.' && (host.p[i] < '0' || host.p[i] > '9'))
			return false;
	return str_starts(host, STR("127."));
}

static bool container_token(struct fetch *f)
{
	struct str file = env_str("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
		   token = env_str("AWS_CONTAINER_AUTHORIZATION_TOKEN");

	if (file.n) {
		if (!file_read(&f->arena, file.p, TOKEN_MAX, &token)) {
			fetch_fail(f, ERR_SYSTEM, "NoCredentials", "cannot read %s", file.p);
			return false;
		}
		token = str_trim(token);
	}
	if (token.n) {
		log_secret(token);
		headers_add(&f->request.headers, &f->arena, STR("Authorization"), token);
	}
	return true;
}

void creds_from_container(struct fetch *f, struct str uri, bool full)
{
	struct str url = full ? uri : str_fmt(&f->arena, "http://169.254.170.2%.*s", STR_ARG(uri));

	if (!fetch_url(f, url)) {
		fetch_fail(f, ERR_INPUT, "NoCredentials",
			   "AWS_CONTAINER_CREDENTIALS_FULL_URI is no http or https address");
		return;
	}
	if (!str_eqc(f->request.scheme, "https") && !host_is_local(f->request.host)) {
		fetch_fail(f, ERR_INPUT, "NoCredentials",
			   "AWS_CONTAINER_CREDENTIALS_FULL_URI: %.*s is neither https nor this machine",
			   STR_ARG(f->request.host));
		return;
	}
	headers_add(&f->request.headers, &f->arena, STR("Accept"), STR("application/json"));
	if (container_token(f))
		fetch_http(f, LOCAL_TIMEOUT_MS, !str_eqc(f->request.scheme, "https"), local_answer);
}

/* --- instance metadata --- */

static bool instance_request(struct fetch *f, struct str path)
{
	struct str base = env_str("AWS_EC2_METADATA_SERVICE_ENDPOINT");

	if (!base.n)
		base = str_eq_nocase(env_str("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), STR("ipv6"))
			   ? STR("http://[fd00:ec2::254]")
			   : STR("http://169.254.169.254");
	if (str_ends(base, STR("/")))
		base = str_sub(base, 0, base.n - 1);
	if (!fetch_url(f, str_cat(&f->arena, base, path)))
		return false;
	if (f->metadata_token.n)
		headers_add(&f->request.headers, &f->arena, STR("X-aws-ec2-metadata-token"), f->metadata_token);
	return true;
}

static void instance_role(struct transfer *t)
{
	struct fetch *f = t->ctx;
	struct str body = str_trim(t->answer.body), role;
	struct buf path;

	if (t->result != TRANSFER_OK || t->answer.status != 200 || !str_cut(&body, '\n', &role) || !str_trim(role).n) {
		fetch_fail(f, ERR_INPUT, "NoCredentials", "no credentials were found: the instance has no role");
		return;
	}
	buf_init(&path, 4096);
	buf_cstr(&path, "/latest/meta-data/iam/security-credentials/");
	uri_encode(&path, str_trim(role), "");
	instance_request(f, buf_take(&path, &f->arena));
	fetch_http(f, INSTANCE_TIMEOUT_MS, true, local_answer);
}

static void instance_token(struct transfer *t)
{
	struct fetch *f = t->ctx;

	if (t->result != TRANSFER_OK || t->answer.status != 200) {
		fetch_fail(
		    f, ERR_INPUT, "NoCredentials",
		    "no credentials were found: not in the environment, not in the profile, and no instance answers");
		return;
	}
	f->metadata_token = str_dup(&f->arena, str_trim(t->answer.body));
	log_secret(f->metadata_token);
	instance_request(f, STR("/latest/meta-data/iam/security-credentials/"));
	fetch_http(f, INSTANCE_TIMEOUT_MS, true, instance_role);
}

void creds_from_instance(struct fetch *f)
{
	if (env_true("AWS_EC2_METADATA_DISABLED")) {
		fetch_fail(f, ERR_INPUT, "NoCredentials",
			   "no credentials were found in the environment or the profile '%.*s'", STR_ARG(f->profile));
		return;
	}
	if (!instance_request(f, STR("/latest/api/token"))) {
		fetch_fail(f, ERR_INPUT, "NoCredentials", "AWS_EC2_METADATA_SERVICE_ENDPOINT is no http address");
		return;
	}
	f->request.method = STR("PUT");
	headers_add(&f->request.headers, &f->arena, STR("X-aws-ec2-metadata-token-ttl-seconds"), STR(TOKEN_LIFE));
	fetch_http(f, INSTANCE_TIMEOUT_MS, true, instance_token);
}
