/* Whole files of drplan's own making: plans and evidence. (Files that a stack asks for: providers/local/fileat.h.)
 *
 * A file is written beside its place, made durable and then renamed: it is whole or it is not there.
 */
#ifndef DRPLAN_BASE_FILE_H
#define DRPLAN_BASE_FILE_H

#include "base/str.h"

/* All of s, whatever the kernel takes at a time. False: errno says why. */
bool file_write_all(int fd, struct str s);
/* The n parts, one behind the other, become the file at path (mode 0600), in place of what is there. False: errno says
 * why, and nothing is left beside it. */
bool file_replace(struct arena *a, struct str path, const struct str *parts, size_t n);

#endif
