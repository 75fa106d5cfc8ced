/* The shared configuration files' sections, profiles and settings; ini.c reads the dialect, creds.c and endpoint.c
 * ask the questions. */
#include "providers/aws/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONFIG_MAX = 4 << 20 };

struct str env_str(const char *name)
{
	return str_of(getenv(name));
}

static bool text_true(struct str s)
{
	return str_eq_nocase(s, STR("true")) || str_eqc(s, "1");
}

bool env_true(const char *name)
{
	return text_true(env_str(name));
}

bool config_true(const struct config *c, struct str profile, const char *env, const char *key)
{
	struct str s = env_str(env);

	return s.n ? text_true(s) : text_true(config_get(c, profile, key));
}

bool file_read(struct arena *a, const char *path, size_t max, struct str *out)
{
	struct stat st;
	struct buf b;
	char chunk[8192];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		errno = EISDIR;
		return false;
	}
	buf_init(&b, max);
	b.secret = true;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(&b, chunk, (size_t)n);
	close(fd);
	if (n < 0 || b.overflow) {
		if (n >= 0)
			errno = EFBIG;
		buf_free(&b);
		return false;
	}
	*out = buf_take(&b, a);
	return true;
}

static struct str config_path(struct arena *a, const char *env, const char *name)
{
	struct str path = env_str(env);

	if (str_starts(path, STR("~/")))
		return str_fmt(a, "%s%.*s", env_str("HOME").n ? env_str("HOME").p : "",
			       STR_ARG(str_sub(path, 1, path.n)));
	if (path.n)
		return path;
	return str_fmt(a, "%s/.aws/%s", env_str("HOME").n ? env_str("HOME").p : "", name);
}

/* The text of "KIND NAME" or "KIND 'NAME'" behind the kind; false if the section is of another kind. */
static bool section_name(struct str section, struct str kind, struct str *name)
{
	struct str rest;

	if (!str_starts(section, kind) || section.n <= kind.n)
		return false;
	if (section.p[kind.n] != ' ' && section.p[kind.n] != '\t')
		return false;
	rest = str_trim(str_sub(section, kind.n, section.n));
	if (rest.n >= 2 && (rest.p[0] == '"' || rest.p[0] == '\'') && rest.p[rest.n - 1] == rest.p[0])
		rest = str_sub(rest, 1, rest.n - 1);
	*name = rest;
	return rest.n > 0;
}

static void config_merge(struct config *c, struct value *into, struct str name, const struct value *section)
{
	struct value *old = value_get(into, name);

	if (!old) {
		old = value_map(&c->arena, (struct pos){0});
		value_set(&c->arena, into, name, (struct pos){0}, old);
	}
	for (size_t i = 0; i < section->map.n; i++)
		value_set(&c->arena, old, section->map.items[i].key, (struct pos){0}, section->map.items[i].value);
}

static void config_sections(struct config *c, const struct value *file, bool credentials)
{
	for (size_t i = 0; i < file->map.n; i++) {
		struct str name = file->map.items[i].key, rest;
		const struct value *section = file->map.items[i].value;

		if (credentials || str_eqc(name, "default"))
			config_merge(c, c->profiles, name, section);
		else if (section_name(name, STR("profile"), &rest))
			config_merge(c, c->profiles, rest, section);
		else if (section_name(name, STR("sso-session"), &rest))
			config_merge(c, c->sessions, rest, section);
		else if (section_name(name, STR("services"), &rest))
			config_merge(c, c->services, rest, section);
	}
}

static void config_file(struct config *c, struct str path, bool credentials)
{
	struct str text, why;
	struct value *file;

	if (!file_read(&c->arena, path.p, CONFIG_MAX, &text)) {
		if (errno != ENOENT && errno != ENOTDIR)
			c->failure = str_fmt(&c->arena, "cannot read %s: %s", path.p, strerror(errno));
		return;
	}
	if (ini_read(&c->arena, text, &file, &why))
		config_sections(c, file, credentials);
	else
		c->failure = str_fmt(&c->arena, "%s: %.*s", path.p, STR_ARG(why));
}

bool config_load(struct config *c, struct errs *errs)
{
	if (!c->loaded) {
		c->loaded = true;
		c->profiles = value_map(&c->arena, (struct pos){0});
		c->sessions = value_map(&c->arena, (struct pos){0});
		c->services = value_map(&c->arena, (struct pos){0});
		config_file(c, config_path(&c->arena, "AWS_CONFIG_FILE", "config"), false);
		config_file(c, config_path(&c->arena, "AWS_SHARED_CREDENTIALS_FILE", "credentials"), true);
	}
	if (!c->failure.n)
		return true;
	err_add(errs, ERR_SYSTEM, (struct pos){0}, "%.*s", STR_ARG(c->failure));
	return false;
}

const struct value *config_profile(const struct config *c, struct str name)
{
	return value_get(c->profiles, name);
}

struct str config_profile_name(struct str given)
{
	if (given.n)
		return given;
	if (env_str("AWS_PROFILE").n)
		return env_str("AWS_PROFILE");
	if (env_str("AWS_DEFAULT_PROFILE").n)
		return env_str("AWS_DEFAULT_PROFILE");
	return STR("default");
}

struct str config_get(const struct config *c, struct str profile, const char *key)
{
	return value_text(value_getc(config_profile(c, profile), key));
}

struct str config_region(const struct config *c, struct str given_profile)
{
	if (env_str("AWS_REGION").n)
		return env_str("AWS_REGION");
	if (env_str("AWS_DEFAULT_REGION").n)
		return env_str("AWS_DEFAULT_REGION");
	return config_get(c, config_profile_name(given_profile), "region");
}

void config_free(struct config *c)
{
	arena_free(&c->arena);
	*c = (struct config){0};
}
