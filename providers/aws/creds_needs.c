/* What getting credentials needs, told of the configuration alone: the same order as creds.c follows, without asking
 * anybody. Roles are assumed at the STS of the target's own region, and need nothing else. */
#include "providers/aws/creds.h"

struct walk {
	struct creds_need *out;
	size_t n, max;
};

static void need(struct walk *w, enum need_kind kind, struct str of, struct str region)
{
	if (w->n < w->max)
		w->out[w->n++] = (struct creds_need){kind, of, region};
}

static void need_machine(struct walk *w)
{
	bool container =
	    env_str("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").n || env_str("AWS_CONTAINER_CREDENTIALS_FULL_URI").n;

	need(w, NEED_MACHINE, container ? STR("container") : STR("instance"), STR_NONE);
}

static void need_keys(struct walk *w, const struct config *c, const struct value *p)
{
	struct str session = value_text(value_getc(p, "sso_session"));
	const struct value *where = session.n ? value_get(c->sessions, session) : p;
	struct str command = value_text(value_getc(p, "credential_process")), program;

	if (value_getc(p, "sso_account_id")) {
		need(w, NEED_SSO, value_text(value_getc(where, "sso_start_url")),
		     value_text(value_getc(where, "sso_region")));
	} else if (!value_getc(p, "aws_access_key_id") && command.n) {
		str_cut(&command, ' ', &program);
		need(w, NEED_PROCESS, program, STR_NONE);
	}
}

static void need_profile(struct walk *w, const struct config *c, struct str name)
{
	for (size_t depth = 0; depth < ROLE_CHAIN_MAX; depth++) {
		const struct value *p = config_profile(c, name);
		struct str source = value_text(value_getc(p, "source_profile"));
		bool role = p && value_getc(p, "role_arn");

		if (role && value_getc(p, "web_identity_token_file")) {
			need(w, NEED_TOKEN, value_text(value_getc(p, "web_identity_token_file")), STR_NONE);
			return;
		}
		if (role && !source.n) {
			if (!str_eqc(value_text(value_getc(p, "credential_source")), "Environment"))
				need_machine(w);
			return;
		}
		if (!role || str_eq(source, name)) {
			need_keys(w, c, p);
			return;
		}
		name = source;
	}
}

/* The AWS CLI and the SDKs go to the STS of us-east-1 where they are told to; drplan does not. */
static bool is_legacy(const struct config *c, struct str profile)
{
	struct str word = env_str("AWS_STS_REGIONAL_ENDPOINTS");

	if (!word.n)
		word = config_get(c, profile, "sts_regional_endpoints");
	return str_eqc(word, "legacy");
}

size_t creds_needs(struct creds_store *s, struct arena *a, const struct place *place, struct creds_need *out,
		   size_t max)
{
	struct config *c = creds_config(s);
	struct errs errs = {.arena = a};
	struct walk w = {.out = out, .max = max};
	struct str token_file = env_str("AWS_WEB_IDENTITY_TOKEN_FILE"), name = config_profile_name(place->profile);

	if (!config_load(c, &errs))
		return 0;
	if (is_legacy(c, name))
		need(&w, NEED_GLOBAL_STS, STR_NONE, STR("us-east-1"));
	if (!place->profile.n && env_str("AWS_ACCESS_KEY_ID").n && env_str("AWS_SECRET_ACCESS_KEY").n)
		return w.n;
	if (!place->profile.n && token_file.n && env_str("AWS_ROLE_ARN").n)
		need(&w, NEED_TOKEN, token_file, STR_NONE);
	else if (config_profile(c, name))
		need_profile(&w, c, name);
	else
		need_machine(&w);
	return w.n;
}
