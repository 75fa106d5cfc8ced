/* References to packages and their fingerprints (package.h). */
#include "model/package.h"

#include "base/hash.h"
#include "base/zip.h"

static const struct str local = STR_INIT("local "), sum = STR_INIT(" sha256:");
static const struct {
	struct str runtime, file;
} sources[] = {{STR_INIT("python"), STR_INIT("index.py")}, {STR_INIT("nodejs"), STR_INIT("index.js")}};

enum { N_SOURCES = sizeof sources / sizeof *sources, FINGERPRINT_CHARS = 44 };

bool package_is_sha256(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
		      (c == '=' && i + 1 == s.n)))
			return false;
	}
	return s.n == FINGERPRINT_CHARS && s.p[s.n - 1] == '=';
}

bool package_ref_parse(struct str text, struct package_ref *out)
{
	size_t tail = sum.n + FINGERPRINT_CHARS;
	size_t at = text.n > tail ? text.n - tail : 0;

	if (!str_starts(text, local) || at <= local.n || !str_starts(str_sub(text, at, text.n), sum))
		return false;
	out->path = str_sub(text, local.n, at);
	out->sha256 = str_sub(text, at + sum.n, text.n);
	return package_is_sha256(out->sha256);
}

struct str package_ref_text(struct arena *a, const struct package_ref *ref)
{
	return str_fmt(a, "local %.*s sha256:%.*s", STR_ARG(ref->path), STR_ARG(ref->sha256));
}

struct str package_sha256(struct arena *a, struct str archive)
{
	struct sha256 d = sha256_of(archive);

	return base64_of(a, (struct str){(const char *)d.b, sizeof d.b});
}

static bool packed_as(struct arena *a, struct str text, struct str file, struct str *archive)
{
	struct zip_entry only = {.name = file, .bytes = text};
	struct str why = STR_NONE;

	return zip_write(a, &only, 1, false, archive, &why);
}

bool package_of_text(struct arena *a, struct str text, struct str runtime, struct str *archive)
{
	for (size_t i = 0; i < N_SOURCES; i++)
		if (str_starts(runtime, sources[i].runtime))
			return packed_as(a, text, sources[i].file, archive);
	return false;
}

/* Of a reference, an archive, or a fingerprint; none of a source text. */
static struct str fingerprint_of(struct arena *a, struct str s)
{
	struct package_ref ref;

	if (package_is_sha256(s))
		return s;
	if (package_ref_parse(s, &ref))
		return ref.sha256;
	return zip_is(s) ? package_sha256(a, s) : STR_NONE;
}

bool package_equal(struct arena *scratch, struct str wanted, struct str live)
{
	struct str a = fingerprint_of(scratch, wanted), b = fingerprint_of(scratch, live), archive;

	if (a.n || !b.n)
		return str_eq(a.n ? a : wanted, b.n ? b : live);
	for (size_t i = 0; i < N_SOURCES; i++)
		if (packed_as(scratch, wanted, sources[i].file, &archive) && str_eq(package_sha256(scratch, archive), b))
			return true;
	return false;
}

struct str package_form(struct arena *a, struct str wanted)
{
	struct str out = fingerprint_of(a, wanted), archive;

	if (!out.n && packed_as(a, wanted, sources[0].file, &archive))
		out = package_sha256(a, archive);
	return out.n ? out : wanted;
}
