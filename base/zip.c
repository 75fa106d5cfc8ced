/* Zip archives in memory; see zip.h. */
#include "base/zip.h"

#include <zip.h>

enum { DOS_DATE = (1 << 5) | 1, DOS_TIME = 0 };	/* 1980-01-01, the first day of the format */
enum { MODE_FILE = 0100644, MODE_PROGRAM = 0100755, MODE_DIRECTORY = 040755 };

bool zip_is(struct str bytes)
{
	return str_starts(bytes, STR("PK\x03\x04")) || str_starts(bytes, STR("PK\x05\x06"));
}

static bool entry_add(zip_t *z, struct arena *a, const struct zip_entry *e, bool pack)
{
	bool directory = str_ends(e->name, STR("/"));
	zip_uint32_t mode = directory ? MODE_DIRECTORY : e->executable ? MODE_PROGRAM : MODE_FILE;
	const char *name = str_dup(a, e->name).p;
	zip_source_t *from;
	zip_int64_t at;

	if (directory) {
		at = zip_dir_add(z, name, ZIP_FL_ENC_UTF_8);
	} else {
		from = zip_source_buffer(z, e->bytes.n ? e->bytes.p : "", e->bytes.n, 0);
		if (!from)
			return false;
		at = zip_file_add(z, name, from, ZIP_FL_ENC_UTF_8);
		if (at < 0)
			zip_source_free(from);
	}
	return at >= 0 &&
	       (directory || !zip_set_file_compression(z, (zip_uint64_t)at, pack ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 9)) &&
	       !zip_file_set_dostime(z, (zip_uint64_t)at, DOS_TIME, DOS_DATE, 0) &&
	       !zip_file_set_external_attributes(z, (zip_uint64_t)at, 0, ZIP_OPSYS_UNIX, mode << 16);
}

static bool archive_take(zip_source_t *source, struct arena *a, struct str *out)
{
	zip_stat_t stat;
	char *p;
	bool ok;

	zip_stat_init(&stat);
	if (zip_source_stat(source, &stat) < 0 || !(stat.valid & ZIP_STAT_SIZE) || zip_source_open(source) < 0)
		return false;
	p = arena_alloc(a, stat.size + 1);
	ok = zip_source_read(source, p, stat.size) == (zip_int64_t)stat.size;
	p[stat.size] = 0;
	*out = (struct str){p, stat.size};
	return zip_source_close(source) == 0 && ok;
}

bool zip_write(struct arena *a, const struct zip_entry *entries, size_t n, bool pack, struct str *out, struct str *why)
{
	zip_error_t error;
	zip_source_t *source;
	zip_t *z = NULL;
	bool ok = false;

	zip_error_init(&error);
	source = zip_source_buffer_create(NULL, 0, 0, &error);
	if (source)
		z = zip_open_from_source(source, ZIP_TRUNCATE, &error);
	if (!z)
		goto out;
	zip_source_keep(source);	/* the archive's is given back with it, this one is read afterwards */
	ok = true;
	for (size_t i = 0; ok && i < n; i++)
		ok = entry_add(z, a, &entries[i], pack);
	if (ok && zip_close(z) == 0) {
		z = NULL;
		ok = archive_take(source, a, out);
	} else {
		ok = false;
	}
	if (z) {
		*why = str_dup(a, str_of(zip_strerror(z)));
		zip_discard(z);
	}
out:
	if (!ok && !why->n)
		*why = str_dup(a, str_of(zip_error_strerror(&error)));
	if (source)
		zip_source_free(source);
	zip_error_fini(&error);
	return ok;
}
