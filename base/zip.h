/* Zip archives of what is in memory, the same bytes for the same entries at any time and place (libzip): fixed times,
 * two modes, entries in the order given. */
#ifndef DRPLAN_BASE_ZIP_H
#define DRPLAN_BASE_ZIP_H

#include "base/arena.h"
#include "base/str.h"

struct zip_entry {
	struct str name;	/* "lib/index.py", UTF-8; a directory of its own ends with '/' */
	struct str bytes;
	bool executable;
};

/* Entries are stored as they are, since compressors differ between versions; pack is for what would be too large. False:
 * *why says what libzip did not like. */
bool zip_write(struct arena *a, const struct zip_entry *entries, size_t n, bool pack, struct str *out, struct str *why);
/* It begins as zip archives do. */
bool zip_is(struct str bytes);

#endif
