/* What is on the machine that runs drplan (types DR::Local::...), in front of the provider of everything else: works of
 * its own types are carried out here, all others go through. A work on a file is done when start returns.
 *
 *	local.c   the provider: what is ours, what goes through, whose event comes first
 *	file.c    DR::Local::File: from properties to a file and back
 *	fileat.c   files below a folder, reached without following anything out of it
 */
#ifndef DRPLAN_PROVIDERS_LOCAL_H
#define DRPLAN_PROVIDERS_LOCAL_H

#include "providers/provider.h"

/* inner becomes the result's own, and is closed with it; NULL gives NULL. Files lie below root, a folder that is made
 * when the first file is; the string must live as long as the provider. */
struct provider *provider_local_open(struct provider *inner, struct str root);

/* --- file.c ------------------------------------------------------------------------------------------------------- */
/* Carry out a work on a DR::Local::File below root: results, state and error are in the work. */
void file_work(struct str root, struct work *w);

/* --- fileat.c ------------------------------------------------------------------------------------------------------ */
#define FILEAT_NAME_MAX 255

struct fileat { /* an open folder and a name in it */
	int dir; /* -1: the folder does not exist */
	struct str name;
};

/* The folder of path, below root. False with the reason in *why: the path leaves root, or something on its way is no
 * folder of its own (a symbolic link), or the system says no. make: folders that are missing are made. */
bool fileat_open(struct arena *a, struct str root, struct str path, bool make, struct fileat *out, struct str *why);
void fileat_close(struct fileat *p);

enum fileat_found { FILEAT_NOTHING, FILEAT_FILE, FILEAT_OTHER, FILEAT_FAILED };
/* Read the regular file there, at most max bytes: more is cut and *cut set. */
enum fileat_found fileat_read(struct arena *a, const struct fileat *p, size_t max, struct str *text, unsigned *mode,
			      bool *cut, struct str *why);
/* Write text and mode beside it and put that in its place at once. fresh: nothing may be there; false with *taken set
 * if something is. What an earlier write left behind is cleared away. */
bool fileat_write(struct arena *a, const struct fileat *p, struct str text, unsigned mode, bool fresh, bool *taken,
		  struct str *why);
bool fileat_remove(struct arena *a, const struct fileat *p, struct str *why);
/* What an interrupted write left behind is taken away. */
void fileat_tidy(struct arena *a, const struct fileat *p);

#endif
