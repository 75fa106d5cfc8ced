/* Packages of local code (model/package.h): a file or a directory as a zip archive, always the same for the same files.
 * What is packed: every file below the directory, links followed as the AWS CLI's package command does, sorted by name,
 * without times and owners. A file that is an archive already goes as it is. Everything is bounded. */
#include "stacks/stackpriv.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "base/zip.h"
#include "model/package.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PACKAGE_MAX 52428800u		/* 50 MiB: what Lambda takes with the call */
#define UNPACKED_MAX 262144000u		/* 250 MiB: what it takes unpacked */
enum { ENTRIES_MAX = 50000, DEPTH_MAX = 64, TEXT_MAX = 4194304 };

struct packing {
	struct arena *a;
	struct errs *errs;
	struct pos from;		/* where the path is written */
	struct zip_entry *entries;
	size_t n, cap;
	size_t bytes;
};

static bool refuse(struct packing *k, struct str path, const char *why)
{
	err_add(k->errs, k->from.line ? ERR_INPUT : ERR_SYSTEM, k->from, "cannot pack '%.*s': %s", STR_ARG(path), why);
	return false;
}

static bool bytes_read(struct packing *k, int fd, struct str path, size_t size, struct str *out)
{
	char *p = arena_alloc(k->a, size + 1);
	size_t n = 0;

	while (n < size) {
		ssize_t got = read(fd, p + n, size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return refuse(k, path, got < 0 ? strerror(errno) : "it changes while it is read");
		n += (size_t)got;
	}
	p[n] = 0;
	*out = (struct str){p, n};
	return true;
}

/* What both sides can read: UTF-8 without control characters. */
static bool name_ok(struct str name)
{
	for (size_t i = 0, n; i < name.n; i += n) {
		int32_t c = utf8_decode(name.p + i, name.n - i, &n);

		if (c < 0 || utf8_is_control(c))
			return false;
	}
	return true;
}

static bool entry_take(struct packing *k, struct str name, struct str path, int fd, const struct stat *st)
{
	struct zip_entry e = {.name = name, .executable = (st->st_mode & 0111) != 0};

	if (!name_ok(name))
		return refuse(k, path, "its name is not plain UTF-8");
	if (k->n == ENTRIES_MAX)
		return refuse(k, path, "these are more than 50000 files");
	if ((uint64_t)st->st_size > UNPACKED_MAX - k->bytes)
		return refuse(k, path, "a function's code is at most 250 MiB before it is packed");
	if (S_ISREG(st->st_mode) && !bytes_read(k, fd, path, (size_t)st->st_size, &e.bytes))
		return false;
	k->bytes += e.bytes.n;
	k->entries = arena_grow(k->a, k->entries, &k->cap, k->n + 1, sizeof *k->entries);
	k->entries[k->n++] = e;
	return true;
}

static bool tree_take(struct packing *k, int dir, struct str name, struct str path, unsigned depth);

/* One name in a directory. A pipe is not opened for reading: nobody may be writing. */
static bool item_take(struct packing *k, int dir, const char *item, struct str name, struct str path, unsigned depth)
{
	struct stat st;
	int fd = openat(dir, item, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool ok;

	if (fd < 0)
		return refuse(k, path, errno == ENXIO ? "it is neither a file nor a directory" : strerror(errno));
	if (fstat(fd, &st) < 0) {
		ok = refuse(k, path, strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		return tree_take(k, fd, str_cat(k->a, name, STR("/")), path, depth + 1);
	} else if (S_ISREG(st.st_mode)) {
		ok = entry_take(k, name, path, fd, &st);
	} else {
		ok = refuse(k, path, "it is neither a file nor a directory");
	}
	close(fd);
	return ok;
}

/* Everything in the open directory, which is closed; name is what it is called in the archive, with a slash behind. */
static bool tree_take(struct packing *k, int dir, struct str name, struct str path, unsigned depth)
{
	DIR *d = fdopendir(dir);
	struct stat st = {.st_mode = S_IFDIR};
	struct dirent *e;
	size_t n = 0;
	bool ok = true;

	if (!d) {
		close(dir);
		return refuse(k, path, strerror(errno));
	}
	if (depth > DEPTH_MAX)
		ok = refuse(k, path, "it is more than 64 directories deep; is there a circle of symbolic links?");
	while (ok && (errno = 0, e = readdir(d)) != NULL) {
		struct str item = str_of(e->d_name);

		if (str_eqc(item, ".") || str_eqc(item, ".."))
			continue;
		n++;
		ok = item_take(k, dirfd(d), e->d_name, str_cat(k->a, name, item),
			       str_fmt(k->a, "%.*s/%.*s", STR_ARG(path), STR_ARG(item)), depth);
	}
	if (ok && errno)
		ok = refuse(k, path, strerror(errno));
	if (ok && !n && name.n)
		ok = entry_take(k, name, path, -1, &st);
	closedir(d);
	return ok;
}

static int by_name(const void *x, const void *y)
{
	return str_cmp(((const struct zip_entry *)x)->name, ((const struct zip_entry *)y)->name);
}

static bool entries_pack(struct packing *k, struct str path, struct str *archive)
{
	struct str why = STR_NONE;

	if (!k->n)
		return refuse(k, path, "there is nothing in it");
	qsort(k->entries, k->n, sizeof *k->entries, by_name);
	if (!zip_write(k->a, k->entries, k->n, false, archive, &why))
		return refuse(k, path, why.p);
	if (archive->n > PACKAGE_MAX && !zip_write(k->a, k->entries, k->n, true, archive, &why))
		return refuse(k, path, why.p);
	return true;
}

static bool file_pack(struct packing *k, struct str path, int fd, const struct stat *st, struct str *archive)
{
	struct str dir = path_dir(path);

	if (!S_ISREG(st->st_mode))
		return refuse(k, path, "it is neither a file nor a directory");
	if (!entry_take(k, str_sub(path, dir.n, path.n), path, fd, st))
		return false;
	*archive = k->entries[0].bytes;
	return zip_is(*archive) || entries_pack(k, path, archive);
}

static bool package_pack(struct arena *a, struct str path, struct pos from, struct errs *errs, struct str *archive)
{
	struct packing k = {.a = a, .errs = errs, .from = from};
	int fd = open(str_dup(a, path).p, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	bool ok;

	if (fd < 0)
		return refuse(&k, path, errno == ENXIO ? "it is neither a file nor a directory" : strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		ok = tree_take(&k, fd, STR_NONE, path, 0) && entries_pack(&k, path, archive);
	} else {
		ok = file_pack(&k, path, fd, &st, archive);
		close(fd);
	}
	return ok && (archive->n <= PACKAGE_MAX ||
		      refuse(&k, path, "the archive is larger than 50 MiB, which is what goes with a call; use S3Bucket and S3Key"));
}

/* --- while rendering: a path becomes a reference ------------------------------------------------------------------ */

/* The fingerprint of what is at the path: packed once for each rendering of a stack, and among the files that a stack
 * is made of. A stack that is not read from the disk brings its fingerprints along. */
static bool package_known(struct loader *ld, struct str path, struct pos from, struct str *sha256)
{
	struct str *known = name_get(&ld->packages, path), archive;

	if (!known) {
		known = arena_new(ld->arena, struct str);
		if (ld->no_files || ld->opt->files) {
			if (!file_keep(ld, path, from, known))
				return false;
		} else {
			struct arena scratch = {0};
			bool ok = package_pack(&scratch, path, from, ld->errs, &archive);

			if (ok)
				*known = package_sha256(ld->arena, archive);
			arena_free(&scratch);
			if (!ok)
				return false;
			text_keep(ld, path, *known);
		}
		name_put(ld->arena, &ld->packages, path, known);
	}
	*sha256 = *known;
	return true;
}

/* What the text for all of the property means: a path, from the file in which the resource is written. */
static struct value *path_refer(struct loader *ld, const struct item *it, const struct type_package *p,
				const struct value *v)
{
	struct package_ref ref = {.path = path_join(ld->arena, it->doc->dir, v->text)};
	struct value *out = value_map(ld->arena, v->pos);

	while (ref.path.n > 1 && ref.path.p[ref.path.n - 1] == '/')
		ref.path.n--;
	if (!package_known(ld, ref.path, v->pos, &ref.sha256))
		return value_expr(ld->arena, v->pos, FN_BROKEN);
	value_set(ld->arena, out, p->member, v->pos, value_string(ld->arena, v->pos, package_ref_text(ld->arena, &ref)));
	return out;
}

static void text_check(struct loader *ld, const struct value *text, const struct value *runtime)
{
	struct package_ref ref;
	struct str archive;
	struct arena scratch = {0};

	if (package_ref_parse(text->text, &ref))
		err_at(ld->errs, text->pos, "this is not source text: '%.*s'", STR_ARG(text->text));
	else if (text->text.n > TEXT_MAX)
		err_at(ld->errs, text->pos, "source text of more than 4 MiB; write it into files");
	else if (value_text(runtime).n && !package_of_text(&scratch, STR("x"), value_text(runtime), &archive))
		err_help(ld->errs, err_at(ld->errs, text->pos, "source text is for Python and Node.js, not for %.*s",
					  STR_ARG(value_text(runtime))), "write the code into files, and their path here");
	arena_free(&scratch);
}

struct value *package_refer(struct loader *ld, struct item *it, struct value *props)
{
	struct type_package p;
	struct value *code, *text;

	if (!type_package(it->res.type, &p))
		return props;
	code = value_get(props, p.property);
	text = value_get(code, p.member);
	if (it->packed)
		return props;
	it->packed = code && code->kind == V_STRING;
	if (it->packed)
		return value_with(ld->arena, props, p.property, path_refer(ld, it, &p, code));
	if (text && text->kind == V_STRING)
		text_check(ld, text, value_get(props, p.runtime));
	return props;
}

const struct value *package_hidden(struct arena *a, const struct type *t, const struct value *props)
{
	struct type_package p;
	struct package_ref ref;
	const struct value *code = type_package(t, &p) ? value_get(props, p.property) : NULL;

	if (!code || !package_ref_parse(value_text(value_get(code, p.member)), &ref))
		return props;
	return value_with(a, props, p.property, value_expr(a, code->pos, FN_FACT));
}

/* --- for a call ------------------------------------------------------------------------------------------------- */

/* The archive that a reference or a source text stands for. */
static bool archive_make(struct arena *a, const struct value *v, const struct value *runtime, struct str *archive,
			 struct errs *errs)
{
	struct package_ref ref;

	if (package_is_sha256(value_text(v))) {
		err_add(errs, ERR_INPUT, (struct pos){0}, "the code with the fingerprint %.*s is not here",
			STR_ARG(value_text(v)));
		return false;
	}
	if (!package_ref_parse(value_text(v), &ref)) {
		if (package_of_text(a, value_text(v), value_text(runtime), archive))
			return true;
		err_add(errs, ERR_INPUT, v->pos, "source text is for Python and Node.js, not for '%.*s'",
			STR_ARG(value_text(runtime)));
		return false;
	}
	if (!package_pack(a, ref.path, (struct pos){0}, errs, archive))
		return false;
	if (str_eq(package_sha256(a, *archive), ref.sha256))
		return true;
	err_help(errs, err_add(errs, ERR_INPUT, (struct pos){0}, "'%.*s' is not what was planned: it has changed since",
			       STR_ARG(ref.path)), "plan again");
	return false;
}

bool stack_package(struct arena *a, const struct type *t, const struct value **props, struct errs *errs)
{
	struct type_package p;
	const struct value *text;
	struct value *code;
	struct arena scratch = {0};
	struct str archive;
	bool ok = true;

	if (!type_package(t, &p))
		return true;
	code = value_get(*props, p.property);
	text = value_get(code, p.member);
	if (!text || text->kind != V_STRING)
		return true;
	ok = archive_make(&scratch, text, value_get(*props, p.runtime), &archive, errs);
	if (ok) {
		code = value_with(a, code, p.member, value_string(a, text->pos, str_dup(a, archive)));
		*props = value_with(a, *props, p.property, code);
	}
	arena_free(&scratch);
	return ok;
}
